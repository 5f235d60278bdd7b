//! The weights at a random point: what the prover commits as `c`, and what the verifier computes itself.
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
//! The prover's coefficients `C_j = sum_i g^i W_ij` split in the same way (`O(weights + inputs kernel)`).

use ff::Field;
use pasta_curves::Fp;
use rayon::prelude::*;

use super::challenge::Challenges1;
use super::shape::{Digits, Shape};
use crate::classify::{Layer, Linear, Network, TensorRef, Term};

/// `base^0, base^1, .., base^(count-1)`.
pub fn powers(base: Fp, count: usize) -> Vec<Fp> {
    let mut out = Vec::with_capacity(count);
    let mut value = Fp::ONE;
    for _ in 0..count {
        out.push(value);
        value *= base;
    }
    out
}

/// `base^exponent`.
pub fn pow(base: Fp, exponent: u64) -> Fp {
    base.pow_vartime([exponent])
}

/// `sum_{i < count} base^i`, also where `base = 1`.
pub fn geometric(base: Fp, count: u64) -> Fp {
    // Doubling: s(2m) = s(m) (1 + base^m), s(m+1) = 1 + base s(m).
    let (mut sum, mut power) = (Fp::ZERO, Fp::ONE);
    for bit in (0..u64::BITS).rev() {
        sum *= Fp::ONE + power;
        power = power.square();
        if (count >> bit) & 1 == 1 {
            sum = Fp::ONE + base * sum;
            power *= base;
        }
    }
    sum
}

/// An integer as a field element.
pub fn integer(value: i64) -> Fp {
    let magnitude = Fp::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

fn volume(shape: [usize; 3]) -> usize {
    shape.iter().product()
}

/// Positions `o` of one axis whose tap `k` falls inside the source, with the source position.
fn taps(
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
            kernel: [kh, kw],
            stride,
            pad,
            groups,
            weights,
        } => {
            let [oc, oh, ow] = out;
            let [ic, ih, iw] = source;
            let per_axis = |count: usize,
                            out: usize,
                            source: usize,
                            stride: usize,
                            pad: usize,
                            g: Fp,
                            s: Fp|
             -> Vec<Fp> {
                let (g, s) = (powers(g, out), powers(s, source));
                (0..count)
                    .map(|k| {
                        taps(out, source, stride, pad, k)
                            .map(|(o, i)| g[o] * s[i])
                            .sum()
                    })
                    .collect()
            };
            let rows = per_axis(
                *kh,
                oh,
                ih,
                stride[0],
                pad[0],
                pow(g, ow as u64),
                pow(s, iw as u64),
            );
            let columns = per_axis(*kw, ow, iw, stride[1], pad[1], g, s);
            let taps: Vec<Fp> = rows
                .iter()
                .flat_map(|r| columns.iter().map(move |c| *r * c))
                .collect();
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

/// Adds `scale sum_i g^i W_ij` of one term to `into[j]`.
fn transposed(term: &Term, out: [usize; 3], source: [usize; 3], g: Fp, scale: Fp, into: &mut [Fp]) {
    match &term.op {
        Linear::Dense { weights } => {
            let columns = volume(source);
            let g_powers: Vec<Fp> = powers(g, volume(out)).iter().map(|p| *p * scale).collect();
            into.par_iter_mut().enumerate().for_each(|(j, c)| {
                for (i, g) in g_powers.iter().enumerate() {
                    let w = weights[i * columns + j];
                    if w != 0 {
                        *c += integer(i64::from(w)) * g;
                    }
                }
            });
        }
        Linear::Conv {
            kernel: [kh, kw],
            stride,
            pad,
            groups,
            weights,
        } => {
            let [oc, oh, ow] = out;
            let [ic, ih, iw] = source;
            let (in_group, out_group) = (ic / groups, oc / groups);
            let channel: Vec<Fp> = powers(pow(g, (oh * ow) as u64), oc)
                .iter()
                .map(|p| *p * scale)
                .collect();
            let row = powers(pow(g, ow as u64), oh);
            let column = powers(g, ow);
            into.par_chunks_mut(ih * iw)
                .enumerate()
                .for_each(|(c, plane)| {
                    let group = c / in_group;
                    let within = c % in_group;
                    for ky in 0..*kh {
                        for kx in 0..*kw {
                            let mut k = Fp::ZERO;
                            for o in group * out_group..(group + 1) * out_group {
                                let w = weights[((o * in_group + within) * kh + ky) * kw + kx];
                                if w != 0 {
                                    k += integer(i64::from(w)) * channel[o];
                                }
                            }
                            if k == Fp::ZERO {
                                continue;
                            }
                            let xs: Vec<(usize, Fp)> = taps(ow, iw, stride[1], pad[1], kx)
                                .map(|(ox, ix)| (ix, k * column[ox]))
                                .collect();
                            for (oy, iy) in taps(oh, ih, stride[0], pad[0], ky) {
                                for (ix, value) in &xs {
                                    plane[iy * iw + ix] += *value * row[oy];
                                }
                            }
                        }
                    }
                });
        }
    }
}

/// `C_j = sum_i rho^i W_ij` for every neuron and every input, the verdict's `-theta rho^(N-1)` included.
fn coefficients(network: &Network, rho: Fp, theta: Fp) -> (Vec<Fp>, Vec<Fp>) {
    let n = network.neurons();
    let mut neurons = vec![Fp::ZERO; n];
    let mut inputs = vec![Fp::ZERO; volume(network.shape(TensorRef::Input))];
    for_each_term(network, |layer, l, term| {
        let source = network.shape(term.input);
        let scale = pow(rho, network.layer_offset(l) as u64);
        let into = match term.input {
            TensorRef::Input => &mut inputs[..],
            TensorRef::Layer(from) => {
                let start = network.layer_offset(from);
                &mut neurons[start..start + volume(source)]
            }
        };
        transposed(term, layer.out, source, rho, scale, into);
    });
    neurons[n - 1] -= theta * pow(rho, n as u64 - 1);
    (neurons, inputs)
}

fn for_each_term(network: &Network, mut f: impl FnMut(&Layer, usize, &Term)) {
    for (l, layer) in network.layers().iter().enumerate() {
        for term in &layer.terms {
            f(layer, l, term);
        }
    }
}

/// The columns of `c` (folds, then strips), `active_rows()` values each.
pub fn c_columns(network: &Network, shape: &Shape, rho: Fp, theta: Fp) -> Vec<Vec<Fp>> {
    let (neurons, inputs) = coefficients(network, rho, theta);
    let rows = shape.active_rows();
    let inverse = powers(rho.invert().unwrap_or(Fp::ZERO), rows);
    let scaled = |values: &[Fp]| -> Vec<Vec<Fp>> {
        values
            .chunks(rows)
            .map(|chunk| {
                let mut column: Vec<Fp> = chunk.iter().zip(&inverse).map(|(c, p)| *c * p).collect();
                column.resize(rows, Fp::ZERO);
                column
            })
            .collect()
    };
    let mut columns = scaled(&neurons);
    if shape.folds() == 1 {
        let n = shape.neurons();
        let (first, rest) = columns[0].split_at_mut(n);
        for slot in rest.chunks_exact_mut(n).take(shape.slots() - 1) {
            slot.copy_from_slice(first);
        }
    }
    columns.extend(scaled(&inputs));
    columns
}

/// `V`: what `sum_m nu_m sum_i tau^i c_m[i]` must be, from the weights alone.
pub fn v_value(network: &Network, shape: &Shape, ch: &Challenges1, tau: Fp) -> Fp {
    let sigma = tau * ch.rho.invert().unwrap_or(Fp::ZERO);
    let (mut neurons, mut inputs) = (Fp::ZERO, Fp::ZERO);
    for_each_term(network, |layer, l, term| {
        let source = network.shape(term.input);
        let value = bilinear(term, layer.out, source, ch.rho, sigma)
            * pow(ch.rho, network.layer_offset(l) as u64);
        match term.input {
            TensorRef::Input => inputs += value,
            TensorRef::Layer(from) => {
                neurons += value * pow(sigma, network.layer_offset(from) as u64)
            }
        }
    });
    let last = shape.neurons() as u64 - 1;
    neurons -= ch.theta * pow(ch.rho, last) * pow(sigma, last);
    let slots = geometric(pow(tau, shape.neurons() as u64), shape.slots() as u64);
    let strips = pow(sigma, (shape.folds() * shape.active_rows()) as u64);
    neurons * slots + inputs * strips
}

/// `B`: the public side of the linear identity, for the stated verdicts in item order.
pub fn b_value(
    network: &Network,
    shape: &Shape,
    ch: &Challenges1,
    misses: impl Iterator<Item = bool>,
) -> Fp {
    let mut biases = Fp::ZERO;
    for (l, layer) in network.layers().iter().enumerate() {
        let [_, height, width] = layer.out;
        let positions = (height * width) as u64;
        let channels = powers(pow(ch.rho, positions), layer.bias.len());
        let sum: Fp = layer
            .bias
            .iter()
            .zip(channels)
            .map(|(b, p)| integer(*b) * p)
            .sum();
        biases += sum * geometric(ch.rho, positions) * pow(ch.rho, network.layer_offset(l) as u64);
    }
    for_each_term(network, |layer, l, term| {
        if term.zero_point != 0 {
            let source = network.shape(term.input);
            let weights = bilinear(term, layer.out, source, ch.rho, Fp::ONE);
            biases -=
                integer(term.zero_point) * weights * pow(ch.rho, network.layer_offset(l) as u64);
        }
    });
    let verdict = ch.theta * pow(ch.rho, shape.neurons() as u64 - 1);
    misses
        .zip(lambdas(shape, ch.rho))
        .map(|(miss, lambda)| lambda * (biases + if miss { verdict } else { Fp::ZERO }))
        .sum()
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

/// The constants by name, and the products of constant columns that lanes, folds and columns of `c` carry.
#[derive(Clone, Debug)]
pub(crate) struct Constants {
    pub beta1: Fp,
    pub beta2: Fp,
    pub alpha: Fp,
    pub rho: Fp,
    pub tau: Fp,
    /// `lambda_l` of every lane.
    pub lambda: Vec<Fp>,
    /// `mu_f` of every fold.
    pub mu: Vec<Fp>,
    /// `nu_m` of every column of `c`.
    pub nu: Vec<Fp>,
}

impl Constants {
    /// From the values of the constant columns, as of [`constants`].
    pub fn new(shape: &Shape, values: &[Fp]) -> Self {
        let (named, rest) = values.split_at(5);
        let (lane, rest) = rest.split_at(shape.lane_digits().columns());
        let (fold, column) = rest.split_at(shape.fold_digits().columns());
        let products = |count: usize, digits: Digits, columns: &[Fp]| -> Vec<Fp> {
            (0..count)
                .map(|index| {
                    let factors = digits.factors(index).into_iter();
                    factors.fold(Fp::ONE, |product, i| product * columns[i])
                })
                .collect()
        };
        Constants {
            beta1: named[0],
            beta2: named[1],
            alpha: named[2],
            rho: named[3],
            tau: named[4],
            lambda: products(shape.lanes(), shape.lane_digits(), lane),
            mu: products(shape.folds(), shape.fold_digits(), fold),
            nu: products(shape.c_columns(), shape.c_digits(), column),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::testing::{Source, sparse_matrix};
    use crate::classify::testing::arb_network;
    use proptest::prelude::*;

    #[test]
    fn geometric_sums() {
        for base in [Fp::ONE, Fp::from(3), -Fp::from(7)] {
            for count in 0..40u64 {
                let naive: Fp = powers(base, count as usize).into_iter().sum();
                assert_eq!(geometric(base, count), naive);
            }
        }
    }

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

    /// Closed forms against the plain double sum over an explicitly unrolled matrix.
    fn check_closed_forms(network: &Network, g: Fp, tau: Fp) {
        let matrix = sparse_matrix(network);
        let inputs = volume(network.shape(TensorRef::Input));
        let n = network.neurons();
        let g_powers = powers(g, n);
        let theta = Fp::from(77);
        let mut want_neurons = vec![Fp::ZERO; n];
        let mut want_inputs = vec![Fp::ZERO; inputs];
        for (i, row) in matrix.iter().enumerate() {
            for (source, j, w) in row {
                let into = match source {
                    Source::Input => &mut want_inputs[*j],
                    Source::Neuron => &mut want_neurons[*j],
                };
                *into += integer(*w) * g_powers[i];
            }
        }
        want_neurons[n - 1] -= theta * g_powers[n - 1];
        let (neurons, from_inputs) = coefficients(network, g, theta);
        assert!(neurons == want_neurons);
        assert!(from_inputs == want_inputs);

        // V from the weights equals the tau-sum of the committed columns, stacked or folded.
        for k in [12, 15] {
            let shape = Shape::new(k, 11, 4088, n, inputs, 3).unwrap();
            let ch = Challenges1::draw(b"s", &[0; 32], &[]);
            let columns = c_columns(network, &shape, ch.rho, ch.theta);
            assert_eq!(columns.len(), shape.c_columns());
            let constants = constants(&shape, &ch, tau);
            let digits = shape.c_digits();
            let nu = &constants[constants.len() - digits.columns()..];
            let tau_powers = powers(tau, shape.active_rows());
            let want: Fp = columns
                .iter()
                .enumerate()
                .map(|(m, column)| {
                    let sum: Fp = column.iter().zip(&tau_powers).map(|(c, t)| *c * t).sum();
                    digits
                        .factors(m)
                        .into_iter()
                        .fold(sum, |acc, i| acc * nu[i])
                })
                .sum();
            assert_eq!(v_value(network, &shape, &ch, tau), want);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn closed_forms_equal_the_double_sum(network in arb_network(), g in 2u64.., tau in 2u64..) {
            check_closed_forms(&network, Fp::from(g), Fp::from(tau));
        }
    }
}
