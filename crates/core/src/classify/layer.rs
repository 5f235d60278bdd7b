//! What networks are made of, and how large they may be.

/// Largest absolute value of a weight.
pub const MAX_WEIGHT: i32 = 1 << 24;
/// Largest absolute value of a bias.
pub const MAX_BIAS: i64 = 1 << 40;
/// Most weights in a network.
pub const MAX_WEIGHTS: usize = 1 << 24;
/// Most neurons in a network.
pub const MAX_NEURONS: usize = 1 << 24;
/// Most layers in a network.
pub const MAX_LAYERS: usize = 1024;
/// Most terms in a layer.
pub const MAX_TERMS: usize = 64;
/// Most multiplications per item.
pub const MAX_MACS: u64 = 1 << 33;

/// Where a term reads from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TensorRef {
    /// The item's canonical vector.
    Input,
    /// The activations of an earlier layer, by index.
    Layer(usize),
}

/// A linear operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Linear {
    /// Two-dimensional convolution (cross-correlation, as everywhere in machine learning).
    ///
    /// Output `(o, y, x)` sums over the taps `(i, dy, dx)` that fall inside the input the value
    /// `weights[o][i][dy][dx] * (input[g I/G + i][y sh + dy - top][x sw + dx - left] - zero_point)`, where
    /// `g` is the group of `o`. Taps outside the input contribute nothing.
    Conv {
        /// Height and width of the kernel.
        kernel: [usize; 2],
        /// Vertical and horizontal stride.
        stride: [usize; 2],
        /// Padding: top, left, bottom, right.
        pad: [usize; 4],
        /// Number of groups; as many as channels for a depthwise convolution.
        groups: usize,
        /// `[out][in / groups][kernel height][kernel width]`.
        weights: Vec<i32>,
    },
    /// Every output reads every input entry, in the input's own order.
    Dense {
        /// `[out][in]`.
        weights: Vec<i32>,
    },
}

impl Linear {
    /// The weights, in file order.
    pub fn weights(&self) -> &[i32] {
        match self {
            Linear::Conv { weights, .. } | Linear::Dense { weights } => weights,
        }
    }

    /// The operator without its weights.
    pub fn op(&self) -> Op {
        match self {
            Linear::Conv {
                kernel,
                stride,
                pad,
                groups,
                ..
            } => Op::Conv {
                kernel: *kernel,
                stride: *stride,
                pad: *pad,
                groups: *groups,
            },
            Linear::Dense { .. } => Op::Dense,
        }
    }

    #[cfg(feature = "prove")]
    pub(super) fn weights_mut(&mut self) -> &mut Vec<i32> {
        match self {
            Linear::Conv { weights, .. } | Linear::Dense { weights } => weights,
        }
    }
}

/// A linear operator without its weights; see [`Linear`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Two-dimensional convolution.
    Conv {
        /// Height and width of the kernel.
        kernel: [usize; 2],
        /// Vertical and horizontal stride.
        stride: [usize; 2],
        /// Padding: top, left, bottom, right.
        pad: [usize; 4],
        /// Number of groups.
        groups: usize,
    },
    /// Every output reads every input entry.
    Dense,
}

impl Op {
    /// Number of weights between tensors of these shapes, unless it overflows or groups are 0.
    pub fn weight_count(&self, input: [usize; 3], out: [usize; 3]) -> Option<usize> {
        let factors = match self {
            Op::Dense => [out[0], input[0], input[1], input[2]],
            Op::Conv { groups, kernel, .. } => {
                let per_group = input[0].checked_div(*groups)?;
                [out[0], per_group, kernel[0], kernel[1]]
            }
        };
        factors.iter().try_fold(1usize, |n, &f| n.checked_mul(f))
    }

    /// The operator with its weights.
    pub fn with(&self, weights: Vec<i32>) -> Linear {
        match self {
            Op::Dense => Linear::Dense { weights },
            Op::Conv {
                kernel,
                stride,
                pad,
                groups,
            } => Linear::Conv {
                kernel: *kernel,
                stride: *stride,
                pad: *pad,
                groups: *groups,
                weights,
            },
        }
    }
}

/// One summand of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The tensor it reads.
    pub input: TensorRef,
    /// The operator.
    pub op: Linear,
    /// Subtracted from every entry that is read.
    pub zero_point: i64,
}

/// A tensor of neurons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// For people.
    pub name: String,
    /// Channels, height, width.
    pub out: [usize; 3],
    /// The summands.
    pub terms: Vec<Term>,
    /// One bias per channel.
    pub bias: Vec<i64>,
}

impl Layer {
    /// Number of neurons.
    pub fn neurons(&self) -> usize {
        self.out.iter().product()
    }

    /// Number of neurons per channel.
    pub fn positions(&self) -> usize {
        self.out[1] * self.out[2]
    }
}

/// The miss neuron behind the match layer `last`.
pub(super) fn miss_layer(last: usize, shift: u32) -> Layer {
    // A shift out of range is reported by whoever checks the network.
    let one = 1i32 << shift.min(24);
    Layer {
        name: "miss".to_owned(),
        out: [1, 1, 1],
        terms: vec![Term {
            input: TensorRef::Layer(last),
            op: Linear::Dense {
                weights: vec![-one],
            },
            zero_point: 0,
        }],
        bias: vec![i64::from(one)],
    }
}
