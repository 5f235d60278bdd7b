//! The weights at a random point: what the verifier computes itself of what the prover commits.
//!
//! All sums are over the network's matrix `W` (neuron `i`, source `j`), bilinear forms
//! `sum_ij W_ij g^i s^j`. Tensors are numbered channel-major, so for a convolution the powers split into a
//! part per channel, per row and per column, and the sums over positions separate:
//!
//! ```text
//! sum_{o,c,ky,kx} w[o,c,ky,kx] g^(o Ho Wo) s^(c Hi Wi) R_ky C_kx
//! R_ky = sum_oy g^(oy Wo) s^(iy Wi)     iy = oy stride_y + ky - pad_top,  0 <= iy < Hi
//! C_kx = sum_ox g^ox s^ix               ix = ox stride_x + kx - pad_left, 0 <= ix < Wi
//! ```
//!
//! That is `O(weights + kernel (height + width))` field operations, whatever the number of positions.

use ff::Field;
use pasta_curves::Fp;
use rayon::prelude::*;

use super::challenge::Challenges1;
use super::powers::{geometric, integer, pow, powers};
use super::shape::Shape;
use crate::classify::{Layer, Linear, Network, Plan, TensorRef, Term};

pub(super) fn volume(shape: [usize; 3]) -> usize {
    shape.iter().product()
}

/// Positions `o` of one axis whose tap `k` falls inside the source, with the source position.
pub(super) fn taps(
    out: usize,
    source: usize,
    stride: usize,
    pad: usize,
    k: usize,
) -> impl Iterator<Item = (usize, usize)> {
    (0..out).filter_map(move |o| {
        let i = (o * stride + k).checked_sub(pad)?;
        (i < source).then_some((o, i))
    })
}

/// Kernel, stride and padding of a convolution.
pub(super) type Window = ([usize; 2], [usize; 2], [usize; 4]);

/// `R_ky C_kx` for every tap of a convolution, row by row.
pub(super) fn tap_sums(
    (kernel, stride, pad): Window,
    [_, oh, ow]: [usize; 3],
    [_, ih, iw]: [usize; 3],
    g: Fp,
    s: Fp,
) -> Vec<Fp> {
    let per_axis = |a: usize, out: usize, source: usize, g: Fp, s: Fp| -> Vec<Fp> {
        let (g, s) = (powers(g, out), powers(s, source));
        (0..kernel[a])
            .map(|k| {
                taps(out, source, stride[a], pad[a], k)
                    .map(|(o, i)| g[o] * s[i])
                    .sum()
            })
            .collect()
    };
    let rows = per_axis(0, oh, ih, pow(g, ow as u64), pow(s, iw as u64));
    let columns = per_axis(1, ow, iw, g, s);
    rows.iter()
        .flat_map(|r| columns.iter().map(move |c| *r * c))
        .collect()
}

/// `sum_ij W_ij g^i s^j` of one term, `i` and `j` counted from the start of their tensors.
fn bilinear(term: &Term, out: [usize; 3], source: [usize; 3], g: Fp, s: Fp) -> Fp {
    match &term.op {
        Linear::Dense { weights } => {
            let columns = volume(source);
            let s_powers = powers(s, columns);
            let g_powers = powers(g, volume(out));
            weights
                .par_chunks(columns)
                .zip(g_powers.par_iter())
                .map(|(row, g)| {
                    let inner: Fp = row
                        .iter()
                        .zip(&s_powers)
                        .filter(|(w, _)| **w != 0)
                        .map(|(w, s)| integer(i64::from(*w)) * s)
                        .sum();
                    inner * g
                })
                .sum()
        }
        Linear::Conv {
            kernel,
            stride,
            pad,
            groups,
            weights,
        } => {
            let [oc, oh, ow] = out;
            let [ic, ih, iw] = source;
            let taps = tap_sums((*kernel, *stride, *pad), out, source, g, s);
            let [kh, kw] = *kernel;
            let g_powers = powers(pow(g, (oh * ow) as u64), oc);
            let s_powers = powers(pow(s, (ih * iw) as u64), ic);
            let (in_group, out_group) = (ic / groups, oc / groups);
            weights
                .par_chunks(in_group * kh * kw)
                .enumerate()
                .map(|(o, filter)| {
                    let first = (o / out_group) * in_group;
                    let inner: Fp = filter
                        .chunks(kh * kw)
                        .zip(&s_powers[first..first + in_group])
                        .map(|(plane, s)| {
                            let sum: Fp = plane
                                .iter()
                                .zip(&taps)
                                .filter(|(w, _)| **w != 0)
                                .map(|(w, t)| integer(i64::from(*w)) * t)
                                .sum();
                            sum * s
                        })
                        .sum();
                    inner * g_powers[o]
                })
                .sum()
        }
    }
}

#[cfg(feature = "prove")]
pub(super) fn for_each_term(network: &Network, mut f: impl FnMut(&Layer, usize, &Term)) {
    for (l, layer) in network.layers().iter().enumerate() {
        for term in &layer.terms {
            f(layer, l, term);
        }
    }
}

/// Where neurons stand: all that closed forms need to know of a network beside its operators.
pub(super) trait Layout {
    /// Shape of a tensor.
    fn tensor(&self, tensor: TensorRef) -> [usize; 3];
    /// Index of a layer's first neuron.
    fn first(&self, layer: usize) -> u64;
}

impl Layout for Network {
    fn tensor(&self, tensor: TensorRef) -> [usize; 3] {
        self.shape(tensor)
    }
    fn first(&self, layer: usize) -> u64 {
        self.layer_offset(layer) as u64
    }
}

impl Layout for Plan {
    fn tensor(&self, tensor: TensorRef) -> [usize; 3] {
        self.shape(tensor)
    }
    fn first(&self, layer: usize) -> u64 {
        self.layer_offset(layer) as u64
    }
}

/// The points of `V`, and the factors of what is stacked in slots and of what stands in strips behind the folds.
pub(super) struct Frame {
    pub rho: Fp,
    pub sigma: Fp,
    pub slots: Fp,
    strips: Fp,
}

impl Frame {
    pub fn new(shape: &Shape, ch: &Challenges1, tau: Fp) -> Self {
        let sigma = tau * ch.rho.invert().unwrap_or(Fp::ZERO);
        Frame {
            rho: ch.rho,
            sigma,
            slots: geometric(pow(tau, shape.neurons() as u64), shape.slots() as u64),
            strips: pow(sigma, (shape.folds() * shape.active_rows()) as u64),
        }
    }

    /// What the bilinear form of a term of layer `l` is multiplied with in `V`.
    pub fn place(&self, layout: &impl Layout, l: usize, input: TensorRef) -> Fp {
        let source = match input {
            TensorRef::Input => self.strips,
            TensorRef::Layer(from) => pow(self.sigma, layout.first(from)) * self.slots,
        };
        pow(self.rho, layout.first(l)) * source
    }

    /// The verdict's part of `V`.
    pub fn verdict(&self, shape: &Shape, ch: &Challenges1) -> Fp {
        let last = shape.neurons() as u64 - 1;
        -(ch.theta * pow(ch.rho, last) * pow(self.sigma, last) * self.slots)
    }
}

/// A layer's part of `V`.
pub(super) fn v_layer(layer: &Layer, l: usize, layout: &impl Layout, frame: &Frame) -> Fp {
    let terms = layer.terms.iter().map(|term| {
        let source = layout.tensor(term.input);
        bilinear(term, layer.out, source, frame.rho, frame.sigma)
            * frame.place(layout, l, term.input)
    });
    terms.sum()
}

/// `sum_i rho^i (b_i - zero points)` over the neurons of a layer.
pub(super) fn b_layer(layer: &Layer, l: usize, layout: &impl Layout, rho: Fp) -> Fp {
    let positions = layer.positions() as u64;
    let channels = powers(pow(rho, positions), layer.bias.len());
    let biases: Fp = layer
        .bias
        .iter()
        .zip(channels)
        .map(|(b, p)| integer(*b) * p)
        .sum();
    let mut sum = biases * geometric(rho, positions);
    for term in layer.terms.iter().filter(|term| term.zero_point != 0) {
        let source = layout.tensor(term.input);
        sum -= integer(term.zero_point) * bilinear(term, layer.out, source, rho, Fp::ONE);
    }
    sum * pow(rho, layout.first(l))
}

/// `sum_e lambda_e (biases + theta rho^(N-1) miss_e)` over the stated verdicts in item order.
pub(super) fn stated(
    biases: Fp,
    shape: &Shape,
    ch: &Challenges1,
    misses: impl Iterator<Item = bool>,
) -> Fp {
    let verdict = ch.theta * pow(ch.rho, shape.neurons() as u64 - 1);
    misses
        .zip(lambdas(shape, ch.rho))
        .map(|(miss, lambda)| lambda * (biases + if miss { verdict } else { Fp::ZERO }))
        .sum()
}

/// `V`: what `sum_m nu_m sum_i tau^i c_m[i]` must be, from the weights alone.
pub fn v_value(network: &Network, shape: &Shape, ch: &Challenges1, tau: Fp) -> Fp {
    let frame = Frame::new(shape, ch, tau);
    let layers = network.layers().iter().enumerate();
    let weights: Fp = layers
        .map(|(l, layer)| v_layer(layer, l, network, &frame))
        .sum();
    weights + frame.verdict(shape, ch)
}

/// `B`: the public side of the linear identity, for the stated verdicts in item order.
pub fn b_value(
    network: &Network,
    shape: &Shape,
    ch: &Challenges1,
    misses: impl Iterator<Item = bool>,
) -> Fp {
    let layers = network.layers().iter().enumerate();
    let biases = layers
        .map(|(l, layer)| b_layer(layer, l, network, ch.rho))
        .sum();
    stated(biases, shape, ch, misses)
}

/// `lambda_e = rho^base(e)` for `e = 0, 1, ..`.
pub fn lambdas(shape: &Shape, rho: Fp) -> impl Iterator<Item = Fp> + use<> {
    let slot = pow(rho, shape.neurons() as u64);
    let lane = pow(rho, (shape.folds() * shape.active_rows()) as u64);
    let slots = shape.slots();
    let mut lane_start = Fp::ONE;
    let mut value = Fp::ONE;
    (0..shape.capacity()).map(move |e| {
        if e > 0 {
            if e % slots == 0 {
                lane_start *= lane;
                value = lane_start;
            } else {
                value *= slot;
            }
        }
        value
    })
}

/// The values of the constant columns, in instance order.
pub fn constants(shape: &Shape, ch: &Challenges1, tau: Fp) -> Vec<Fp> {
    let rows = shape.active_rows() as u64;
    let sigma = tau * ch.rho.invert().unwrap_or(Fp::ZERO);
    let lane = pow(ch.rho, rows * shape.folds() as u64);
    let fold = pow(ch.rho, rows);
    let column = pow(sigma, rows);
    let mut out = vec![ch.beta1, ch.beta2, ch.alpha, ch.rho, tau];
    for (base, digits) in [
        (lane, shape.lane_digits()),
        (fold, shape.fold_digits()),
        (column, shape.c_digits()),
    ] {
        out.extend(digits.exponents().into_iter().map(|e| pow(base, e)));
    }
    out
}

/// The values of the further constant columns of a sealed network, in instance order.
pub fn seal_constants(shape: &Shape, kappa: Fp, eta: Fp) -> Vec<Fp> {
    let strip = pow(eta, shape.active_rows() as u64);
    let exponents = shape.xi_digits().exponents().into_iter();
    [kappa, eta]
        .into_iter()
        .chain(exponents.map(|e| pow(strip, e)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambdas_are_the_powers_of_base() {
        for (n, l) in [(7, 5), (120, 3), (400, 4)] {
            let shape = Shape::new(8, 4, 300, n, 10, l).unwrap();
            let rho = Fp::from(5);
            for (e, lambda) in lambdas(&shape, rho).enumerate() {
                assert_eq!(lambda, pow(rho, shape.base(e)));
            }
        }
    }
}
