//! What the prover of a sealed network commits as `g`: the factor of every secret number in `V + kappa B`.
//!
//! The numbers of a convolution share the sums over its positions, as in the verifier's closed forms: `O(K)` field
//! operations. See [`sealed`](crate::circuit::sealed) for the mathematics.

use ff::Field;
use pasta_curves::Fp;
use rayon::prelude::*;

use crate::circuit::challenge::{Challenges1, Challenges2};
use crate::circuit::forms::{Frame, Layout, tap_sums, volume};
use crate::circuit::powers::{geometric, integer, pow, powers};
use crate::circuit::sealed::kappa_lambda;
use crate::circuit::shape::Shape;
use crate::classify::{Op, Plan};

/// Adds `scale sum g^i s^j` over the entries `ij` of the matrix that hold a weight, for every weight of an operator.
fn add(
    op: &Op,
    (out, source): ([usize; 3], [usize; 3]),
    (g, s): (Fp, Fp),
    scale: Fp,
    into: &mut [Fp],
) {
    match op {
        Op::Dense => {
            let columns = volume(source);
            let s_powers = powers(s, columns);
            let g_powers: Vec<Fp> = powers(g, volume(out)).iter().map(|p| *p * scale).collect();
            into.par_chunks_mut(columns)
                .zip(&g_powers)
                .for_each(|(row, g)| {
                    row.iter_mut()
                        .zip(&s_powers)
                        .for_each(|(w, s)| *w += *g * s);
                });
        }
        Op::Conv {
            kernel,
            stride,
            pad,
            groups,
        } => {
            let [oc, oh, ow] = out;
            let [ic, ih, iw] = source;
            let (in_group, out_group) = (ic / groups, oc / groups);
            let taps = tap_sums((*kernel, *stride, *pad), out, source, g, s);
            let g_powers = powers(pow(g, (oh * ow) as u64), oc);
            let s_powers = powers(pow(s, (ih * iw) as u64), ic);
            into.par_chunks_mut(in_group * taps.len())
                .enumerate()
                .for_each(|(o, filter)| {
                    let first = (o / out_group) * in_group;
                    let g = g_powers[o] * scale;
                    for (c, plane) in filter.chunks_mut(taps.len()).enumerate() {
                        let factor = g * s_powers[first + c];
                        plane
                            .iter_mut()
                            .zip(&taps)
                            .for_each(|(w, t)| *w += factor * t);
                    }
                });
        }
    }
}

/// `g_k` for every secret number, in the order of the plan.
pub fn factors(
    plan: &Plan,
    shape: &Shape,
    (ch1, ch2): (&Challenges1, &Challenges2),
    items: usize,
) -> Vec<Fp> {
    let frame = Frame::new(shape, ch1, ch2.tau);
    let rho = ch1.rho;
    let of_b = kappa_lambda(shape, ch1, ch2, items);
    let mut all = vec![Fp::ZERO; plan.parameters()];
    for (l, layer) in plan.layers().iter().enumerate() {
        let mut rest = &mut all[plan.parameter_offset(l)..plan.parameter_offset(l + 1)];
        let offset = pow(rho, plan.first(l));
        for (t, term) in layer.terms.iter().enumerate() {
            let (weights, later) = rest.split_at_mut(plan.weight_count(l, t));
            rest = later;
            let shapes = (layer.out, plan.tensor(term.input));
            let place = frame.place(plan, l, term.input);
            add(&term.op, shapes, (rho, frame.sigma), place, weights);
            if term.zero_point != 0 {
                let scale = -(of_b * offset * integer(term.zero_point));
                add(&term.op, shapes, (rho, Fp::ONE), scale, weights);
            }
        }
        let positions = (layer.out[1] * layer.out[2]) as u64;
        let scale = of_b * offset * geometric(rho, positions);
        let channels = powers(pow(rho, positions), rest.len());
        for (bias, power) in rest.iter_mut().zip(channels) {
            *bias = scale * power;
        }
    }
    all
}
