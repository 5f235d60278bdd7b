//! What the prover commits as `c`: for every column of the network's matrix, its weights at a random point.
//!
//! The coefficients `C_j = sum_i g^i W_ij` of a convolution split as the verifier's forms do
//! ([`forms`](crate::circuit::forms)): `O(weights + inputs kernel)` field operations.

use ff::Field;
use pasta_curves::Fp;
use rayon::prelude::*;

use crate::circuit::forms::{for_each_term, taps, volume};
use crate::circuit::powers::{integer, pow, powers};
use crate::circuit::shape::Shape;
use crate::classify::{Linear, Network, TensorRef, Term};
use crate::wipe::Wiped;

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

/// The columns of `c` (folds, then strips), `active_rows()` values each.
pub fn c_columns(network: &Network, shape: &Shape, rho: Fp, theta: Fp) -> Vec<Vec<Fp>> {
    let (neurons, inputs) = coefficients(network, rho, theta);
    // They tell the weights, which may be a secret.
    let (neurons, inputs) = (Wiped(neurons), Wiped(inputs));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::challenge::Challenges1;
    use crate::circuit::forms::{constants, v_value};
    use crate::circuit::testing::{Source, sparse_matrix};
    use crate::classify::testing::arb_network;
    use proptest::prelude::*;

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
