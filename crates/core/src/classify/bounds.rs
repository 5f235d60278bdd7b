//! Static bounds: which values a neuron can take for *any* input of the form.
//!
//! The circuit can only represent `|Q| <= max_q`, so a network is accepted only when this holds for every
//! input, not just for the inputs somebody tried. Two bounds are computed for every output channel and the
//! tighter one is used on each side:
//!
//! * **Intervals.** Each tap contributes `w (y - zp)` with `y` in its channel's range `[lo, hi]`; positive
//!   and negative weights take opposite ends. Where a convolution pads, a tap may be absent, so its interval
//!   is extended to contain 0. Ranges of earlier layers are the clamped quotients of their own bounds.
//! * **Cauchy-Schwarz**, for forms with a norm bound `M` ([`Form::max_norm_sq`]): since all entries are
//!   non-negative, `-||w-|| M <= sum w x <= ||w+|| M`, where `w+` and `w-` are the positive and negative parts.
//!
//! Arithmetic is exact (128-bit integers, square roots rounded up).

use crate::classify::layer::{Layer, Linear, TensorRef, Term};
use crate::item::Form;

/// An inclusive range of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Smallest value.
    pub lo: i64,
    /// Largest value.
    pub hi: i64,
}

impl Range {
    const BYTE: Range = Range { lo: 0, hi: 255 };
}

/// Ranges per output channel of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerBounds {
    /// Range of `Z` per channel.
    pub z: Vec<Range>,
    /// Range of the activation `A` per channel.
    pub a: Vec<Range>,
}

impl LayerBounds {
    /// The range of `Z` over all channels.
    pub fn z_range(&self) -> Range {
        hull(&self.z)
    }

    /// The range of `A` over all channels.
    pub fn a_range(&self) -> Range {
        hull(&self.a)
    }
}

/// A neuron may leave the range that the circuit can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "layer {index} ('{name}'), channel {channel}: Z can reach {z}, beyond {limit}: use smaller weights"
)]
pub struct BoundsError {
    /// Index of the layer.
    pub index: usize,
    /// Name of the layer.
    pub name: String,
    /// The channel.
    pub channel: usize,
    /// The extreme value.
    pub z: i128,
    /// The end of the allowed range that it passes.
    pub limit: i64,
}

/// Bounds of all layers, or the first channel that is out of range.
///
/// The layers must have passed the shape checks of [`crate::classify::Network`].
pub(crate) fn analyse(
    form: Form,
    shift: u32,
    layers: &[Layer],
) -> Result<Vec<LayerBounds>, BoundsError> {
    let max_q = form.limits().max_q;
    // |Q| <= max_q with Q = floor(Z / 2^t).
    let least = -(max_q << shift);
    let most = (max_q << shift) + (1 << shift) - 1;
    let mut all: Vec<LayerBounds> = Vec::with_capacity(layers.len());
    for (index, layer) in layers.iter().enumerate() {
        let mut bounds = LayerBounds {
            z: Vec::with_capacity(layer.out[0]),
            a: Vec::with_capacity(layer.out[0]),
        };
        for channel in 0..layer.out[0] {
            let mut lo = i128::from(layer.bias[channel]);
            let mut hi = lo;
            for term in &layer.terms {
                let (term_lo, term_hi) = term_range(form, layers, &all, term, layer, channel);
                lo += term_lo;
                hi += term_hi;
            }
            let fail = |z, limit| BoundsError {
                index,
                name: layer.name.clone(),
                channel,
                z,
                limit,
            };
            if lo < i128::from(least) {
                return Err(fail(lo, least));
            }
            if hi > i128::from(most) {
                return Err(fail(hi, most));
            }
            let (lo, hi) = (lo as i64, hi as i64);
            bounds.z.push(Range { lo, hi });
            bounds.a.push(Range {
                lo: (lo >> shift).clamp(0, 255),
                hi: (hi >> shift).clamp(0, 255),
            });
        }
        all.push(bounds);
    }
    Ok(all)
}

/// Range of one term's contribution to one channel.
fn term_range(
    form: Form,
    layers: &[Layer],
    done: &[LayerBounds],
    term: &Term,
    layer: &Layer,
    channel: usize,
) -> (i128, i128) {
    let input = match term.input {
        TensorRef::Input => form.shape(),
        TensorRef::Layer(index) => layers[index].out,
    };
    let range_of = |input_channel: usize| match term.input {
        TensorRef::Input => Range::BYTE,
        TensorRef::Layer(index) => done[index].a[input_channel],
    };
    // Weights of this channel come in runs that read the same input channel.
    let (weights, run, first, padded) = match &term.op {
        Linear::Dense { weights } => {
            let row = input.iter().product::<usize>();
            let weights = &weights[channel * row..][..row];
            (weights, input[1] * input[2], 0, false)
        }
        Linear::Conv {
            kernel,
            pad,
            groups,
            weights,
            ..
        } => {
            let per_group = input[0] / groups;
            let run = kernel[0] * kernel[1];
            let row = per_group * run;
            let group = channel / (layer.out[0] / groups);
            let weights = &weights[channel * row..][..row];
            (weights, run, group * per_group, pad.iter().any(|&p| p > 0))
        }
    };
    let (mut lo, mut hi) = (0i128, 0i128);
    for (input_channel, taps) in weights.chunks_exact(run).enumerate() {
        let range = range_of(first + input_channel);
        let mut from = i128::from(range.lo - term.zero_point);
        let mut to = i128::from(range.hi - term.zero_point);
        if padded {
            from = from.min(0);
            to = to.max(0);
        }
        for &w in taps {
            let w = i128::from(w);
            if w >= 0 {
                lo += w * from;
                hi += w * to;
            } else {
                lo += w * to;
                hi += w * from;
            }
        }
    }
    // Padding matters only with a zero point; absent taps otherwise read as y = 0, which the norm covers.
    if term.input == TensorRef::Input
        && (!padded || term.zero_point == 0)
        && let Some(limit) = form.max_norm_sq()
    {
        let (norm_lo, norm_hi) = norm_range(weights, limit);
        let sum: i128 = weights.iter().map(|&w| i128::from(w)).sum();
        let offset = i128::from(term.zero_point) * sum;
        lo = lo.max(norm_lo - offset);
        hi = hi.min(norm_hi - offset);
    }
    (lo, hi)
}

/// `-ceil(||w-|| M) ..= ceil(||w+|| M)` with `M^2 = limit`.
fn norm_range(weights: &[i32], limit: u64) -> (i128, i128) {
    let (mut minus, mut plus) = (0u128, 0u128);
    for &w in weights {
        let square = u128::from(w.unsigned_abs()) * u128::from(w.unsigned_abs());
        if w < 0 {
            minus += square;
        } else {
            plus += square;
        }
    }
    let root = |square: u128| {
        let floor = square.isqrt();
        (floor + u128::from(floor * floor < square)) as i128
    };
    let limit = u128::from(limit);
    (-root(minus * limit), root(plus * limit))
}

fn hull(ranges: &[Range]) -> Range {
    Range {
        lo: ranges.iter().map(|r| r.lo).min().unwrap_or(0),
        hi: ranges.iter().map(|r| r.hi).max().unwrap_or(0),
    }
}
