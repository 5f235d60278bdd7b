//! From floats to integers: scales, zero points, integer weights.
//!
//! A tensor is stored as bytes `A = clamp(round(s_c x) + z_c, 0, 255)` with one scale `s_c` and zero point
//! `z_c` per channel: whoever reads it absorbs them into weights and bias. For a layer with input scales `s_i`
//! and output scales `s_o`, and one shift `t` for the whole network,
//!
//! ```text
//! W = round(2^t s_o w / s_i)       b = round(2^t s_o bias) + 2^t z_o + 2^(t-1) - sum W z_i
//! ```
//!
//! so that `Q = floor(Z / 2^t)` is `s_o x + z_o` rounded to nearest. Scales are chosen from what calibration
//! pictures show, then lowered where the static bound on `Q` over *all* inputs would be passed.

use super::error::ImportError;
use super::float::{ChannelStats, Stats};
use super::graph::{Clamp, FloatNet, Kind, Node, Op, Source, Summand};
use candor_core::classify::network::{MAX_TERMS, MAX_WEIGHT};
use candor_core::classify::{Layer, Linear, TensorRef, Term};
use candor_core::item::Form;

/// How a tensor is stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Codes {
    /// Codes per unit, per channel.
    pub scale: Vec<f64>,
    /// Code of zero, per channel.
    pub zero: Vec<i64>,
    /// Channels that are zero for every picture there is: nothing reads them. A weight on such a channel would
    /// only make the static bounds of its reader coarser.
    pub dead: Vec<bool>,
}

impl Codes {
    fn bytes(channels: usize) -> Self {
        Codes {
            scale: vec![1.0; channels],
            zero: vec![0; channels],
            dead: vec![false; channels],
        }
    }

    /// Whether a term reads nothing but zero from this channel.
    fn is_nothing(&self, term: &Summand, channel: usize) -> bool {
        self.dead[channel] && term.zero.get(channel).is_none_or(|zero| *zero == 0.0)
    }

    /// The float that a code stands for.
    pub fn value(&self, channel: usize, code: u8) -> f32 {
        ((i64::from(code) - self.zero[channel]) as f64 / self.scale[channel]) as f32
    }
}

/// The integer layers of a network up to, not including, its scores.
pub(crate) struct Built {
    pub form: Form,
    pub shift: u32,
    pub layers: Vec<Layer>,
    /// Layer and codes of every node built.
    pub tensors: Vec<(usize, Codes)>,
    /// Channels that are stored more coarsely than calibration asked for, because of the static bound.
    pub coarse: usize,
    /// Channels in all.
    pub channels: usize,
    /// Channels whose upper clamp (ReLU6) lies above the model's, because of the static bound.
    pub loose: usize,
}

/// What the scale of a layer's outputs is chosen for.
pub(crate) enum Target {
    /// Bytes: these codes, with rounding to nearest.
    Codes(Codes),
    /// As fine as bounds and 16-bit weights allow; zero is code 0, no rounding.
    Finest,
    /// As [`Target::Finest`], but no finer than this many units per unit of the score: so that channels can be
    /// compared with each other.
    AtMost(f64),
}

impl Built {
    /// Quantises all nodes but the last.
    pub fn new(
        net: &FloatNet,
        stats: Option<&Stats>,
        form: Form,
        shift: u32,
    ) -> Result<Self, ImportError> {
        let mut built = Built {
            form,
            shift,
            layers: Vec::new(),
            tensors: Vec::new(),
            coarse: 0,
            channels: 0,
            loose: 0,
        };
        for (index, node) in net.nodes[..net.nodes.len() - 1].iter().enumerate() {
            match &node.kind {
                Kind::Linear { clamp, .. } => {
                    let stats = stats.map(|s| &s.0[index][..]);
                    let codes = choose(node, *clamp, stats, is_padded_somewhere(net, index))?;
                    let codes = built.linear(net, node, Target::Codes(codes))?;
                    built.tensors.push((built.layers.len() - 1, codes));
                }
                Kind::MaxPool {
                    input,
                    kernel,
                    stride,
                    pad,
                } => {
                    let codes = built.codes(net, *input);
                    let window = (*kernel, *stride, *pad);
                    built.max_pool(net, node, *input, window)?;
                    built.tensors.push((built.layers.len() - 1, codes));
                }
            }
        }
        Ok(built)
    }

    pub fn codes(&self, net: &FloatNet, source: Source) -> Codes {
        match source {
            Source::Input => Codes::bytes(net.input[0]),
            Source::Node(i) => self.tensors[i].1.clone(),
        }
    }

    pub fn tensor(&self, source: Source) -> TensorRef {
        match source {
            Source::Input => TensorRef::Input,
            Source::Node(i) => TensorRef::Layer(self.tensors[i].0),
        }
    }

    /// Appends a linear node as a layer; returns the codes of its output.
    pub fn linear(
        &mut self,
        net: &FloatNet,
        node: &Node,
        target: Target,
    ) -> Result<Codes, ImportError> {
        let Kind::Linear { terms, bias, clamp } = &node.kind else {
            unreachable!("the caller matched a linear node");
        };
        let terms: Vec<Summand> = terms.iter().flat_map(|t| split_by_zero(t, net)).collect();
        if terms.len() > MAX_TERMS {
            return Err(ImportError::Node {
                node: node.name.clone(),
                problem: format!("it sums more than {MAX_TERMS} tensors"),
            });
        }
        let sources: Vec<Codes> = terms.iter().map(|t| self.codes(net, t.input)).collect();
        let finest = matches!(target, Target::Finest | Target::AtMost(_));
        let mut codes = match target {
            Target::Codes(codes) => codes,
            Target::Finest => Codes {
                scale: vec![f64::INFINITY; node.out[0]],
                zero: vec![0; node.out[0]],
                dead: vec![false; node.out[0]],
            },
            Target::AtMost(scale) => Codes {
                scale: vec![scale; node.out[0]],
                zero: vec![0; node.out[0]],
                dead: vec![false; node.out[0]],
            },
        };
        let two_t = (1u64 << self.shift) as f64;
        let max_q = self.form.limits().max_q as f64;
        let mut biases = Vec::with_capacity(node.out[0]);
        let mut weights: Vec<Vec<i32>> = vec![Vec::new(); terms.len()];
        for (channel, &start) in bias.iter().enumerate().take(node.out[0]) {
            // The extremes of the exact sum, and the largest weight per input code.
            let (mut lo, mut hi) = (f64::from(start), f64::from(start));
            let (mut largest, mut taps) = (0f64, 0usize);
            for (term, from) in terms.iter().zip(&sources) {
                let filter = term.op.filter(channel, net.shape(term.input), node.out[0]);
                for (i, run) in filter.channels() {
                    let zero = f64::from(term.zero.get(i).copied().unwrap_or(0.0));
                    let offset = from.zero[i] as f64 + zero * from.scale[i];
                    let (mut least, mut most) = (-offset, 255.0 - offset);
                    if term.op.is_padded() {
                        (least, most) = (least.min(0.0), most.max(0.0));
                    }
                    if from.is_nothing(term, i) {
                        continue;
                    }
                    for &w in run {
                        let w = f64::from(w) / from.scale[i];
                        lo += (w * least).min(w * most);
                        hi += (w * least).max(w * most);
                        largest = largest.max(w.abs());
                        taps += usize::from(w != 0.0);
                    }
                }
            }
            // Rounded weights shift the extremes by at most half a unit per tap and code.
            let room = max_q - 8.0 - taps as f64 * 256.0 / two_t;
            // What a ReLU cuts off for every input is gone, and so is what is made of nothing.
            let cut_off = clamp.lo >= 0.0 && hi <= 0.0 && codes.zero[channel] == 0;
            codes.dead[channel] = !finest && (cut_off || (lo == 0.0 && hi == 0.0));
            let zero = codes.zero[channel] as f64;
            let mut most = f64::INFINITY;
            if hi > 0.0 {
                most = most.min((room - zero).max(1.0) / hi);
            }
            if lo < 0.0 {
                most = most.min((room + zero).max(1.0) / -lo);
            }
            let heaviest = if finest {
                32_767.0
            } else {
                f64::from(MAX_WEIGHT)
            };
            if largest > 0.0 {
                most = most.min(heaviest / (largest * two_t));
            }
            if !most.is_finite() {
                most = 1.0;
            }
            self.channels += 1;
            if codes.scale[channel] > most {
                self.coarse += usize::from(!finest && codes.scale[channel] > 1.01 * most);
                codes.scale[channel] = most;
            }
            let top = (255.0 - zero) / codes.scale[channel];
            self.loose += usize::from(!finest && top > 1.01 * f64::from(clamp.hi));
            let scale = codes.scale[channel] * two_t;
            let mut z = (f64::from(bias[channel]) * scale).round();
            z += zero * two_t;
            if !finest {
                z += two_t / 2.0;
            }
            for ((term, from), into) in terms.iter().zip(&sources).zip(&mut weights) {
                let uniform = zero_point(term, from);
                let filter = term.op.filter(channel, net.shape(term.input), node.out[0]);
                for (i, run) in filter.channels() {
                    let fraction = f64::from(term.zero.get(i).copied().unwrap_or(0.0));
                    if from.is_nothing(term, i) {
                        into.extend(run.iter().map(|_| 0));
                        continue;
                    }
                    for &w in run {
                        let integer = (f64::from(w) * scale / from.scale[i]).round();
                        z += integer
                            * if term.zero.is_empty() {
                                (uniform - from.zero[i]) as f64
                            } else {
                                uniform as f64 - fraction
                            };
                        into.push(integer as i32);
                    }
                }
            }
            biases.push(z.round() as i64);
        }
        let terms = terms
            .iter()
            .zip(sources)
            .zip(weights)
            .map(|((term, from), weights)| Term {
                input: self.tensor(term.input),
                zero_point: zero_point(term, &from),
                op: operator(&term.op, weights),
            })
            .collect();
        self.layers.push(Layer {
            name: node.name.clone(),
            out: node.out,
            terms,
            bias: biases,
        });
        Ok(codes)
    }

    /// `max` over a window of codes: with taps `x_0, x_1, ..`, `r_n = relu(x_n - x_0 - r_1 - .. - r_(n-1))`,
    /// and the maximum is `x_0 + r_1 + ..`. Taps outside the input read code 0, the least there is.
    fn max_pool(
        &mut self,
        net: &FloatNet,
        node: &Node,
        input: Source,
        (kernel, stride, pad): ([usize; 2], [usize; 2], [usize; 4]),
    ) -> Result<(), ImportError> {
        let channels = node.out[0];
        let taps = kernel[0] * kernel[1];
        if taps > MAX_TERMS {
            return Err(ImportError::Node {
                node: node.name.clone(),
                problem: format!("it pools more than {MAX_TERMS} positions"),
            });
        }
        debug_assert_eq!(net.shape(input)[0], channels);
        let one = 1i32 << self.shift;
        let window = |factors: &[(usize, i32)]| {
            let mut weights = vec![0; channels * taps];
            for plane in weights.chunks_exact_mut(taps) {
                for &(tap, factor) in factors {
                    plane[tap] += factor * one;
                }
            }
            Term {
                input: self.tensor(input),
                op: Linear::Conv {
                    kernel,
                    stride,
                    pad,
                    groups: channels,
                    weights,
                },
                zero_point: 0,
            }
        };
        let earlier = |layer: usize, sign: i32| Term {
            input: TensorRef::Layer(layer),
            op: depthwise(vec![sign * one; channels]),
            zero_point: 0,
        };
        let first = self.layers.len();
        let mut layers = Vec::new();
        for tap in 1..=taps {
            let last = tap == taps;
            let mut terms = vec![if last {
                window(&[(0, 1)])
            } else {
                window(&[(0, -1), (tap, 1)])
            }];
            let sign = if last { 1 } else { -1 };
            terms.extend((first..first + tap - 1).map(|layer| earlier(layer, sign)));
            layers.push(Layer {
                name: if last {
                    node.name.clone()
                } else {
                    format!("{} {tap}", node.name)
                },
                out: node.out,
                terms,
                bias: vec![0; channels],
            });
        }
        self.layers.extend(layers);
        Ok(())
    }
}

/// The zero point that taps outside the input stand for. Elsewhere zero points go into the bias.
fn zero_point(term: &Summand, from: &Codes) -> i64 {
    if !term.op.is_padded() {
        return 0;
    }
    match term.zero.first() {
        // After `split_by_zero`, all channels with weights agree.
        Some(_) => term
            .zero
            .iter()
            .find(|z| !z.is_nan())
            .map_or(0, |z| z.round() as i64)
            .clamp(0, 255),
        None => from.zero[0],
    }
}

/// One term per distinct rounded zero point; channels with another one get weight zero.
fn split_by_zero(term: &Summand, net: &FloatNet) -> Vec<Summand> {
    let mut zeros: Vec<i64> = term.zero.iter().map(|z| z.round() as i64).collect();
    zeros.sort_unstable();
    zeros.dedup();
    if zeros.len() < 2 {
        return vec![term.clone()];
    }
    let input = net.shape(term.input);
    let Op::Conv { kernel, groups, .. } = &term.op else {
        unreachable!("only padded convolutions have zero points");
    };
    let taps = kernel[0] * kernel[1];
    let per_group = input[0] / groups;
    let outputs = term.op.weights().len() / (taps * per_group);
    zeros
        .iter()
        .map(|&zero| {
            let mut part = term.clone();
            for (n, run) in part.op.weights_mut().chunks_exact_mut(taps).enumerate() {
                let channel = n / per_group / (outputs / groups) * per_group + n % per_group;
                if term.zero[channel].round() as i64 != zero {
                    run.fill(0.0);
                }
            }
            for z in part.zero.iter_mut() {
                if z.round() as i64 != zero {
                    *z = f32::NAN;
                }
            }
            // A channel without weights contributes nothing, whatever its zero point.
            let stated = part.zero.iter().copied().find(|z| !z.is_nan());
            let stated = stated.unwrap_or(0.0);
            part.zero
                .iter_mut()
                .filter(|z| z.is_nan())
                .for_each(|z| *z = stated);
            part
        })
        .collect()
}

fn operator(op: &Op, weights: Vec<i32>) -> Linear {
    match op {
        Op::Conv {
            kernel,
            stride,
            pad,
            groups,
            ..
        } => Linear::Conv {
            kernel: *kernel,
            stride: *stride,
            pad: *pad,
            groups: *groups,
            weights,
        },
        Op::Dense { .. } => Linear::Dense { weights },
        Op::Scale { .. } => depthwise(weights),
    }
}

fn depthwise(weights: Vec<i32>) -> Linear {
    Linear::Conv {
        kernel: [1, 1],
        stride: [1, 1],
        pad: [0; 4],
        groups: weights.len(),
        weights,
    }
}

/// True when a padded convolution reads the tensor: then all channels need one zero point.
fn is_padded_somewhere(net: &FloatNet, index: usize) -> bool {
    net.nodes.iter().any(|node| match &node.kind {
        Kind::Linear { terms, .. } => terms
            .iter()
            .any(|t| t.input == Source::Node(index) && t.op.is_padded()),
        Kind::MaxPool { input, .. } => {
            // A pool's output has its input's codes.
            *input == Source::Node(index)
        }
    })
}

/// Codes of a node from its own statement or from calibration.
fn choose(
    node: &Node,
    clamp: Clamp,
    stats: Option<&[ChannelStats]>,
    uniform: bool,
) -> Result<Codes, ImportError> {
    let channels = node.out[0];
    if let Some(hint) = node.hint {
        return Ok(Codes {
            scale: vec![1.0 / hint.scale; channels],
            zero: vec![hint.zero; channels],
            dead: vec![false; channels],
        });
    }
    let stats = stats.ok_or_else(|| {
        ImportError::Calibration(format!(
            "the model states no scale for the output of '{}'; give a folder of sample pictures \
             (--calibrate)",
            node.name
        ))
    })?;
    let ranges = ranges(clamp, stats);
    let lowest = ranges.iter().map(|r| r.0).fold(0.0, f64::min);
    let highest = ranges.iter().map(|r| r.1).fold(0.0, f64::max);
    let mut codes = Codes::bytes(channels);
    if lowest == 0.0 || (uniform && highest - lowest > 0.0) {
        let zero = if lowest < 0.0 {
            (-lowest / (highest - lowest) * 255.0)
                .round()
                .clamp(1.0, 254.0)
        } else {
            0.0
        };
        for (channel, (lo, hi)) in ranges.iter().enumerate() {
            let below = if *lo < 0.0 { zero / -lo } else { f64::INFINITY };
            let above = if *hi > 0.0 {
                (255.0 - zero) / hi
            } else {
                f64::INFINITY
            };
            let scale = below.min(above);
            codes.scale[channel] = if scale.is_finite() && scale > 0.0 {
                scale
            } else {
                1.0
            };
            codes.zero[channel] = zero as i64;
        }
    } else {
        for (channel, (lo, hi)) in ranges.iter().enumerate() {
            let scale = 255.0 / (hi - lo).max(1e-30);
            codes.scale[channel] = scale;
            codes.zero[channel] = (-lo * scale).round() as i64;
        }
    }
    Ok(codes)
}

/// How far beyond what calibration showed a channel may go before it is cut off.
const MARGIN: f64 = 0.15;
/// Channels are expected to stay within this many standard deviations of their mean.
const DEVIATIONS: f64 = 6.0;
/// A channel that never varied in calibration gets this part of the tensor's range, as it may vary elsewhere; and no
/// range is smaller than this part of the values in it.
const LEAST: f64 = 1.0 / 32.0;

/// The range of every channel.
fn ranges(clamp: Clamp, stats: &[ChannelStats]) -> Vec<(f64, f64)> {
    let (floor, ceiling) = (f64::from(clamp.lo), f64::from(clamp.hi));
    let mut ranges: Vec<(f64, f64)> = stats
        .iter()
        .map(|s| {
            let (lo, hi) = (f64::from(s.lo), f64::from(s.hi));
            let margin = MARGIN * (hi - lo);
            let spread = DEVIATIONS * s.deviation();
            let lo = (lo - margin).min(s.mean() - spread).max(floor);
            let hi = (hi + margin).max(s.mean() + spread).min(ceiling);
            (lo, hi.max(lo))
        })
        .collect();
    let widest = ranges.iter().map(|(lo, hi)| hi - lo).fold(0.0, f64::max);
    for (lo, hi) in &mut ranges {
        // A small channel may count as much as a large one: the next layer's weights decide. But codes that tell
        // thousandths of a channel's size apart would put zero far beyond all codes.
        let least = match *hi - *lo <= 1e-9 * widest {
            true => LEAST * widest,
            false => LEAST * lo.abs().max(hi.abs()),
        };
        if *hi - *lo < least {
            *hi = (*hi + least).min(ceiling);
            *lo = (*lo - (least - (*hi - *lo)).max(0.0)).max(floor);
        }
        if *hi - *lo < 1e-12 {
            *hi = *lo + 1.0;
        }
    }
    // What is clamped from below at zero needs no codes below zero.
    if floor >= 0.0 {
        ranges.iter_mut().for_each(|r| r.0 = 0.0);
    }
    ranges
}
