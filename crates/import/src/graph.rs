//! The float network between ONNX and integers: linear nodes with clamps, and max-pools.

use super::error::ImportError;
use candor_core::classify::network::MAX_WEIGHTS;

/// Where a node reads from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// The picture, bytes 0..=255.
    Input,
    /// An earlier node.
    Node(usize),
}

/// A linear operator on floats. Shapes as in [`candor_core::classify::Linear`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Op {
    Conv {
        kernel: [usize; 2],
        stride: [usize; 2],
        pad: [usize; 4],
        groups: usize,
        weights: Vec<f32>,
    },
    Dense {
        weights: Vec<f32>,
    },
    /// One factor per channel; the shape stays.
    Scale {
        factors: Vec<f32>,
    },
}

impl Op {
    /// True when some taps may lie outside the input.
    pub fn is_padded(&self) -> bool {
        matches!(self, Op::Conv { pad, .. } if pad.iter().any(|&p| p > 0))
    }

    /// Weights of one output channel: `(first input channel, taps per input channel, weights)`.
    pub fn filter(&self, channel: usize, input: [usize; 3], out: usize) -> Filter<'_> {
        match self {
            Op::Conv {
                kernel,
                groups,
                weights,
                ..
            } => {
                let per_group = input[0] / groups;
                let run = kernel[0] * kernel[1];
                Filter {
                    first: channel / (out / groups) * per_group,
                    run,
                    weights: &weights[channel * per_group * run..][..per_group * run],
                }
            }
            Op::Dense { weights } => {
                let row = input.iter().product::<usize>();
                Filter {
                    first: 0,
                    run: input[1] * input[2],
                    weights: &weights[channel * row..][..row],
                }
            }
            Op::Scale { factors } => Filter {
                first: channel,
                run: 1,
                weights: &factors[channel..=channel],
            },
        }
    }

    pub fn weights(&self) -> &[f32] {
        match self {
            Op::Conv { weights, .. } | Op::Dense { weights } => weights,
            Op::Scale { factors } => factors,
        }
    }

    pub fn weights_mut(&mut self) -> &mut Vec<f32> {
        match self {
            Op::Conv { weights, .. } | Op::Dense { weights } => weights,
            Op::Scale { factors } => factors,
        }
    }
}

/// The weights of one output channel, in runs that read the same input channel.
pub(crate) struct Filter<'a> {
    pub first: usize,
    pub run: usize,
    pub weights: &'a [f32],
}

impl Filter<'_> {
    /// Input channel and taps.
    pub fn channels(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.weights
            .chunks_exact(self.run)
            .enumerate()
            .map(|(i, taps)| (self.first + i, taps))
    }
}

/// One summand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summand {
    pub input: Source,
    pub op: Op,
    /// Value per input channel that a tap outside the input reads, and that is subtracted from what other
    /// taps read; empty for zero. Only for [`Source::Input`].
    pub zero: Vec<f32>,
}

/// Bounds that a node clamps its sum to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Clamp {
    pub lo: f32,
    pub hi: f32,
}

impl Clamp {
    pub const NONE: Clamp = Clamp {
        lo: f32::NEG_INFINITY,
        hi: f32::INFINITY,
    };

    pub fn is_none(self) -> bool {
        self == Clamp::NONE
    }
}

/// Scale and zero point that the model itself states: `code = round(value / scale) + zero`, 0..=255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Hint {
    pub scale: f64,
    pub zero: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Linear {
        terms: Vec<Summand>,
        bias: Vec<f32>,
        clamp: Clamp,
    },
    MaxPool {
        input: Source,
        kernel: [usize; 2],
        stride: [usize; 2],
        pad: [usize; 4],
    },
}

/// A tensor and how it is computed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub name: String,
    /// Channels, height, width.
    pub out: [usize; 3],
    pub kind: Kind,
    pub hint: Option<Hint>,
}

impl Node {
    pub fn inputs(&self) -> Vec<Source> {
        match &self.kind {
            Kind::Linear { terms, .. } => terms.iter().map(|t| t.input).collect(),
            Kind::MaxPool { input, .. } => vec![*input],
        }
    }

    pub fn size(&self) -> usize {
        self.out.iter().product()
    }
}

/// A float network; the last node is the row of scores.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FloatNet {
    pub input: [usize; 3],
    pub nodes: Vec<Node>,
}

impl FloatNet {
    pub fn shape(&self, source: Source) -> [usize; 3] {
        match source {
            Source::Input => self.input,
            Source::Node(i) => self.nodes[i].out,
        }
    }

    /// How many summands and pools read each node; the last node is also read by the world.
    pub fn readers(&self) -> Vec<usize> {
        let mut readers = vec![0; self.nodes.len()];
        for node in &self.nodes {
            for source in node.inputs() {
                if let Source::Node(i) = source {
                    readers[i] += 1;
                }
            }
        }
        if let Some(last) = readers.last_mut() {
            *last += 1;
        }
        readers
    }

    /// The scores as a linear function: rows of `(class, factor)` recombine the last node's channels.
    ///
    /// The last node must be linear, without a clamp, `[classes, 1, 1]`.
    pub fn recombined(
        &self,
        name: &str,
        rows: &[Vec<(usize, f32)>],
        offsets: &[f32],
    ) -> Result<Node, ImportError> {
        let last = self.scores()?;
        let Kind::Linear { terms, bias, .. } = &last.kind else {
            return Err(ImportError::Output("it is not linear".into()));
        };
        let total: usize = terms
            .iter()
            .map(|t| rows.len() * self.shape(t.input).iter().product::<usize>())
            .sum();
        if total > MAX_WEIGHTS {
            return Err(ImportError::TooLarge {
                what: "weights in the decision",
                limit: MAX_WEIGHTS as u64,
                found: total as u64,
            });
        }
        let terms = terms
            .iter()
            .map(|term| self.recombine_term(term, last.out[0], rows))
            .collect::<Result<Vec<_>, _>>()?;
        let bias = rows
            .iter()
            .zip(offsets)
            .map(|(row, offset)| offset + row.iter().map(|(c, f)| f * bias[*c]).sum::<f32>())
            .collect();
        Ok(Node {
            name: name.to_owned(),
            out: [rows.len(), 1, 1],
            kind: Kind::Linear {
                terms,
                bias,
                clamp: Clamp::NONE,
            },
            hint: None,
        })
    }

    /// The last node, if it is a row of scores.
    pub fn scores(&self) -> Result<&Node, ImportError> {
        let last = self
            .nodes
            .last()
            .ok_or_else(|| ImportError::Output("the model computes nothing".into()))?;
        match &last.kind {
            Kind::Linear { clamp, .. }
                if clamp.is_none() && last.out[1] == 1 && last.out[2] == 1 =>
            {
                Ok(last)
            }
            _ => Err(ImportError::Output(format!(
                "expected one row of scores, found shape {:?}",
                last.out
            ))),
        }
    }

    fn recombine_term(
        &self,
        term: &Summand,
        classes: usize,
        rows: &[Vec<(usize, f32)>],
    ) -> Result<Summand, ImportError> {
        let input = self.shape(term.input);
        let plane = input[1] * input[2];
        let size = input[0] * plane;
        if term.op.is_padded() || !term.zero.is_empty() {
            return Err(ImportError::Output(
                "the scores come from a padded convolution".into(),
            ));
        }
        let mut weights = vec![0f32; rows.len() * size];
        for (row, out) in rows.iter().zip(weights.chunks_exact_mut(size)) {
            for &(class, factor) in row {
                let filter = term.op.filter(class, input, classes);
                // A single output position: an unpadded kernel starts at the input's corner.
                let width = match &term.op {
                    Op::Conv { kernel, .. } => kernel[1],
                    Op::Dense { .. } | Op::Scale { .. } => input[2],
                };
                for (channel, taps) in filter.channels() {
                    for (i, w) in taps.iter().enumerate() {
                        let at = channel * plane + i / width * input[2] + i % width;
                        out[at] += factor * w;
                    }
                }
            }
        }
        Ok(Summand {
            input: term.input,
            op: Op::Dense { weights },
            zero: Vec::new(),
        })
    }
}
