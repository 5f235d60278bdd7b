//! The reference evaluator: what a network computes on one item, bit for bit.
//!
//! One item is evaluated on one thread; callers spread items over threads.

use crate::classify::clearness::Clearness;
use crate::classify::network::{Layer, Linear, Network, TensorRef, Term};
use crate::item::CanonicalVector;

/// What a classifier says about an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// True when the item matches.
    pub matches: bool,
    /// How clearly: the item matches exactly when this is not negative. `Z - 2^t` of the match neuron, or,
    /// where that neuron only counts yes and no of others, the sums behind them: see
    /// [`clearness`](crate::classify::clearness). For a network that compares classes this is the distance
    /// between the winner and the runner-up.
    pub score: i64,
}

/// Every intermediate value, in the order of neurons: what the circuit's witness consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Quotients, `Z = 2^t Q + R`.
    pub q: Vec<i32>,
    /// Remainders, `0 <= R < 2^t`.
    pub r: Vec<u32>,
    /// Activations, `clamp(Q, 0, 255)`.
    pub a: Vec<u8>,
}

impl Trace {
    /// True when the item matches: the last neuron, `miss`, is 0.
    pub fn matches(&self) -> bool {
        self.a.last() == Some(&0)
    }
}

/// Runs the network on an item.
///
/// # Panics
/// When the vector is of another form than the network: a programming error, not a property of data.
pub fn evaluate(net: &Network, x: &CanonicalVector) -> Verdict {
    assert_eq!(x.form(), net.form(), "vector and network differ in form");
    let mut clearness = Clearness::new(net);
    let mut keep = |z: &[i64]| clearness.layer(z);
    let a = forward(net, x.bytes(), &mut keep);
    Verdict {
        matches: a.last() == Some(&0),
        score: clearness.score(),
    }
}

/// Runs the network on the bytes of a [`CanonicalVector`] of its form and keeps every value.
///
/// # Panics
/// When `x` has another length than the form.
pub fn trace(net: &Network, x: &[u8]) -> Trace {
    let shift = net.shift();
    let mask = (1i64 << shift) - 1;
    let mut q = Vec::with_capacity(net.neurons());
    let mut r = Vec::with_capacity(net.neurons());
    let mut keep = |z: &[i64]| {
        q.extend(z.iter().map(|z| (z >> shift) as i32));
        r.extend(z.iter().map(|z| (z & mask) as u32));
    };
    let a = forward(net, x, &mut keep);
    Trace { q, r, a }
}

/// Activations of all neurons; `keep` sees each layer's `Z` in order.
fn forward(net: &Network, x: &[u8], keep: &mut dyn FnMut(&[i64])) -> Vec<u8> {
    assert_eq!(x.len(), net.form().len(), "wrong number of bytes");
    // Without a norm bound, the static bounds come from intervals alone and hold for every vector of
    // bytes. Then |Z| < 2^31 for certain, and sums modulo 2^32 give Z exactly, whatever happens on the way.
    if net.form().max_norm_sq().is_none() {
        forward_in::<i32>(net, x, keep)
    } else {
        forward_in::<i64>(net, x, keep)
    }
}

fn forward_in<T: Accumulator>(net: &Network, x: &[u8], keep: &mut dyn FnMut(&[i64])) -> Vec<u8> {
    let mut a: Vec<u8> = Vec::with_capacity(net.neurons());
    let mut exact: Vec<i64> = Vec::new();
    for layer in net.layers() {
        let positions = layer.positions();
        let mut z: Vec<T> = Vec::with_capacity(layer.neurons());
        for &bias in &layer.bias {
            z.extend(std::iter::repeat_n(T::from_i64(bias), positions));
        }
        for term in &layer.terms {
            let input = match term.input {
                TensorRef::Input => x,
                TensorRef::Layer(i) => &a[net.layer_offset(i)..net.layer_offset(i + 1)],
            };
            add_term(&mut z, layer, term, net.shape(term.input), input);
        }
        exact.clear();
        exact.extend(z.iter().map(|z| z.to_i64()));
        keep(&exact);
        let shift = net.shift();
        a.extend(exact.iter().map(|z| (z >> shift).clamp(0, 255) as u8));
    }
    a
}

/// Integers that sums are taken in.
trait Accumulator: Copy {
    fn from_i64(value: i64) -> Self;
    fn to_i64(self) -> i64;
    /// `self + w y`.
    fn plus(self, w: i32, y: i32) -> Self;
}

impl Accumulator for i64 {
    fn from_i64(value: i64) -> Self {
        value
    }
    fn to_i64(self) -> i64 {
        self
    }
    #[inline(always)]
    fn plus(self, w: i32, y: i32) -> Self {
        self + i64::from(w) * i64::from(y)
    }
}

impl Accumulator for i32 {
    fn from_i64(value: i64) -> Self {
        value as i32
    }
    fn to_i64(self) -> i64 {
        i64::from(self)
    }
    #[inline(always)]
    fn plus(self, w: i32, y: i32) -> Self {
        self.wrapping_add(w.wrapping_mul(y))
    }
}

fn add_term<T: Accumulator>(
    z: &mut [T],
    layer: &Layer,
    term: &Term,
    shape: [usize; 3],
    input: &[u8],
) {
    let zero_point = term.zero_point as i32;
    match &term.op {
        Linear::Dense { weights } => {
            // Texts are sparse: visit only what is not zero.
            let entries: Vec<(usize, i32)> = input
                .iter()
                .enumerate()
                .map(|(i, &y)| (i, i32::from(y) - zero_point))
                .filter(|&(_, y)| y != 0)
                .collect();
            for (z, row) in z.iter_mut().zip(weights.chunks_exact(input.len())) {
                *z = entries.iter().fold(*z, |sum, &(i, y)| sum.plus(row[i], y));
            }
        }
        Linear::Conv {
            kernel,
            stride,
            pad,
            groups,
            weights,
        } => {
            let y: Vec<i32> = input.iter().map(|&y| i32::from(y) - zero_point).collect();
            let conv = Conv {
                shape,
                out: layer.out,
                kernel: *kernel,
                stride: *stride,
                pad: *pad,
                groups: *groups,
            };
            conv.add(z, &y, weights);
        }
    }
}

struct Conv {
    shape: [usize; 3],
    out: [usize; 3],
    kernel: [usize; 2],
    stride: [usize; 2],
    pad: [usize; 4],
    groups: usize,
}

impl Conv {
    fn add<T: Accumulator>(&self, z: &mut [T], y: &[i32], weights: &[i32]) {
        let [channels, height, width] = self.shape;
        let per_group = channels / self.groups;
        let out_per_group = self.out[0] / self.groups;
        let (in_plane, out_plane) = (height * width, self.out[1] * self.out[2]);
        let pointwise = self.kernel == [1, 1] && self.stride == [1, 1];
        let taps = self.kernel[0] * self.kernel[1];
        let mut weights = weights.chunks_exact(taps);
        for (o, z) in z.chunks_exact_mut(out_plane).enumerate() {
            let first = o / out_per_group * per_group;
            for i in first..first + per_group {
                let Some(kernel) = weights.next() else {
                    return; // the number of weights was checked with the network
                };
                let y = &y[i * in_plane..][..in_plane];
                if pointwise {
                    axpy(z, kernel[0], y);
                } else {
                    self.add_plane(z, y, kernel);
                }
            }
        }
    }

    /// Adds one input plane, seen through one kernel, to one output plane.
    fn add_plane<T: Accumulator>(&self, z: &mut [T], y: &[i32], kernel: &[i32]) {
        let [_, height, width] = self.shape;
        let [_, out_height, out_width] = self.out;
        let [top, left, ..] = self.pad;
        for dy in 0..self.kernel[0] {
            let rows = valid(dy, top, self.stride[0], height, out_height);
            for dx in 0..self.kernel[1] {
                let w = kernel[dy * self.kernel[1] + dx];
                if w == 0 {
                    continue;
                }
                let columns = valid(dx, left, self.stride[1], width, out_width);
                if columns.is_empty() {
                    continue;
                }
                for row in rows.clone() {
                    let from = (row * self.stride[0] + dy - top) * width;
                    let from = from + columns.start * self.stride[1] + dx - left;
                    let z = &mut z[row * out_width..][columns.clone()];
                    if self.stride[1] == 1 {
                        axpy(z, w, &y[from..]);
                    } else {
                        let y = y[from..].iter().step_by(self.stride[1]);
                        for (z, &y) in z.iter_mut().zip(y) {
                            *z = z.plus(w, y);
                        }
                    }
                }
            }
        }
    }
}

/// Output positions for which the tap at `offset` lies inside the input.
fn valid(
    offset: usize,
    pad: usize,
    stride: usize,
    size: usize,
    out: usize,
) -> std::ops::Range<usize> {
    // pad <= position * stride + offset < size + pad
    let start = pad.saturating_sub(offset).div_ceil(stride);
    let end = (size + pad).saturating_sub(offset).div_ceil(stride);
    start..end.min(out).max(start)
}

#[inline(always)]
fn axpy<T: Accumulator>(z: &mut [T], w: i32, y: &[i32]) {
    for (z, &y) in z.iter_mut().zip(y) {
        *z = z.plus(w, y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::naive::naive_trace;
    use crate::classify::testing::{arb_network, arb_vector};
    use crate::item::Form;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn agrees_with_the_definition(
            (net, x) in arb_network().prop_flat_map(|net| {
                let form = net.form();
                (Just(net), arb_vector(form))
            })
        ) {
            let trace = trace(&net, x.bytes());
            prop_assert_eq!(&trace, &naive_trace(&net, x.bytes()));
            let verdict = evaluate(&net, &x);
            prop_assert_eq!(verdict.matches, trace.matches());
            prop_assert_eq!(verdict.matches, verdict.score >= 0);
            let n = net.neurons();
            prop_assert_eq!(trace.a[n - 1], u8::from(trace.a[n - 2] == 0));
            for (i, bounds) in net.bounds().iter().enumerate() {
                let layer = &net.layers()[i];
                for p in 0..layer.neurons() {
                    let at = net.layer_offset(i) + p;
                    let z = (i64::from(trace.q[at]) << net.shift()) + i64::from(trace.r[at]);
                    let channel = p / layer.positions();
                    let (range, a) = (bounds.z[channel], bounds.a[channel]);
                    prop_assert!(range.lo <= z && z <= range.hi);
                    let y = i64::from(trace.a[at]);
                    prop_assert!(a.lo <= y && y <= a.hi);
                }
            }
        }
    }

    /// Two neurons by hand: score = floor((3 x_0 - 2 x_1 + 5) / 2).
    #[test]
    fn a_linear_classifier_by_hand() {
        let mut weights = vec![0; 4080];
        (weights[0], weights[1]) = (3, -2);
        let layer = Layer {
            name: "match".into(),
            out: [1, 1, 1],
            terms: vec![Term {
                input: TensorRef::Input,
                op: Linear::Dense { weights },
                zero_point: 0,
            }],
            bias: vec![5],
        };
        let net = Network::with_miss(Form::TextHash4080V1, 1, vec![layer]).unwrap();
        let run = |x0, x1| {
            let mut x = vec![0; 4080];
            (x[0], x[1]) = (x0, x1);
            trace(&net, &x)
        };
        let hit = run(4, 1); // Z = 15
        assert_eq!((hit.q, hit.r, hit.a), (vec![7, -6], vec![1, 0], vec![7, 0]));
        let miss = run(0, 4); // Z = -3
        assert_eq!(
            (miss.q, miss.r, miss.a),
            (vec![-2, 1], vec![1, 0], vec![0, 1])
        );
    }
}
