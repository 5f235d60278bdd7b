//! Commitments to a pair's columns, by value instead of by row.
//!
//! Quotients and remainders take few values: a pair has `n` rows, but `2^t` possible remainders, and its quotients
//! crowd around zero. With `S_k = sum of L_j over the rows j that hold k`,
//!
//! ```text
//! C_q = sum_k k S_k        C_a = sum_k clamp(k - q_max) S_k        C_r = sum_k k S'_k
//! C_h = sum_k (1/u_k) S_k + sum_k (1/v_k) S'_k
//! ```
//!
//! so that the full-size scalars of `h` number as many as there are values, not rows. A cell that is not what the
//! tables say of its row (only tests make such cells) is corrected by its difference.

use ff::Field;
use group::Curve;
use pasta_curves::{Eq, EqAffine, Fp};
use rayon::prelude::*;

use super::keys::{Argument, Blinding};
use crate::circuit::logup::clamp;
use crate::circuit::powers::integer;
use crate::circuit::prover::lookups::{Inverses, key};
use crate::msm::{self, Point};
use crate::sealed::Opening;
use crate::wipe::wipe;

/// Sums of the row bases of one pair by quotient and by remainder.
#[derive(Debug)]
pub(in crate::circuit) struct PairSums {
    q: Vec<(u32, Point)>,
    r: Vec<(u32, Point)>,
}

/// The cells of a column that differ from what is expected of their row, with the difference.
fn differences(column: &[Fp], expected: impl Iterator<Item = Fp>) -> Vec<(usize, Fp)> {
    let rest = std::iter::repeat(Fp::ZERO);
    column
        .iter()
        .zip(expected.chain(rest))
        .enumerate()
        .filter(|(_, (value, expected))| *value != expected)
        .map(|(row, (value, expected))| (row, *value - expected))
        .collect()
}

fn small(sums: &[(u32, Point)], value: impl Fn(u32) -> u32) -> Eq {
    let (values, points): (Vec<u32>, Vec<Point>) =
        sums.iter().map(|(k, p)| (value(*k), *p)).unzip();
    msm::small(&values, &points)
}

impl Argument {
    fn keys(&self, column: &[Fp], limit: usize) -> Vec<u32> {
        column[..self.shape.active_rows()]
            .iter()
            .map(|value| key(value, limit).unwrap_or(0))
            .collect()
    }

    fn quotient_keys(&self, columns: &[Vec<Fp>], pair: usize) -> Vec<u32> {
        let limit = 2 * self.shape.q_max() as usize + 1;
        self.keys(&columns[self.at.q(pair)], limit)
    }

    fn remainder_keys(&self, columns: &[Vec<Fp>], pair: usize) -> Vec<u32> {
        self.keys(&columns[self.at.r(pair)], 1 << self.shape.shift())
    }

    /// The part of a column's commitment that is not a sum by value: differences, blinding rows and blind.
    fn rest(
        &self,
        differences: &[(usize, Fp)],
        column: usize,
        blinding: &Blinding,
    ) -> (Vec<Fp>, Vec<Point>) {
        let usable = self.shape.usable_rows();
        let tail = blinding.tails[column].iter().copied();
        let rows = differences.iter().copied().chain((usable..).zip(tail));
        let (points, mut scalars): (Vec<Point>, Vec<Fp>) = rows
            .map(|(row, value)| (self.basis.points[row], value))
            .unzip();
        scalars.push(blinding.blinds[column]);
        (scalars, [points, vec![self.w]].concat())
    }

    /// Commitments to `q, r, a` of every pair, in column order, and the sums for its `h`.
    pub fn commit_pairs(
        &self,
        columns: &[Vec<Fp>],
        blinding: &Blinding,
    ) -> (Vec<EqAffine>, Vec<PairSums>) {
        let q_max = i64::from(self.shape.q_max());
        let activation = |key: u32| clamp(i64::from(key) - q_max) as u32;
        let bytes: Vec<Fp> = (0..256).map(Fp::from).collect();
        let all: Vec<([EqAffine; 3], PairSums)> = (0..self.shape.pairs())
            .into_par_iter()
            .map(|pair| {
                let [q, r, a] = [self.at.q(pair), self.at.r(pair), self.at.a(pair)];
                let (q_keys, r_keys) = (
                    self.quotient_keys(columns, pair),
                    self.remainder_keys(columns, pair),
                );
                let sums = PairSums {
                    q: msm::by_key(&q_keys, &self.basis.points),
                    r: msm::by_key(&r_keys, &self.basis.points),
                };
                let value = |key: &u32| Fp::from(u64::from(*key));
                let commitments = [
                    (
                        q,
                        small(&sums.q, |k| k),
                        differences(&columns[q], q_keys.iter().map(value)),
                    ),
                    (
                        r,
                        small(&sums.r, |k| k),
                        differences(&columns[r], r_keys.iter().map(value)),
                    ),
                    (
                        a,
                        small(&sums.q, activation),
                        differences(
                            &columns[a],
                            q_keys.iter().map(|k| bytes[activation(*k) as usize]),
                        ),
                    ),
                ]
                .map(|(column, sum, differences)| {
                    let (scalars, points) = self.rest(&differences, column, blinding);
                    (sum + msm::scalars(&scalars, &points)).to_affine()
                });
                (commitments, sums)
            })
            .collect();
        let (commitments, sums): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        (commitments.into_iter().flatten().collect(), sums)
    }

    /// Commitments to the secret numbers of a sealed network: those of its file, with rows and blinds of this proof.
    pub fn commit_weights(
        &self,
        columns: &[Vec<Fp>],
        blinding: &Blinding,
        opening: &Opening,
    ) -> Vec<EqAffine> {
        let parameters = opening.parameters();
        parameters
            .par_chunks(self.shape.active_rows())
            .zip(opening.sealed().commitments())
            .zip(opening.blinds())
            .enumerate()
            .map(|(s, ((strip, sealed), blind))| {
                let w = self.at.w(s);
                let expected = strip.iter().map(|value| integer(*value));
                let differences = differences(&columns[w], expected);
                let (mut scalars, points) = self.rest(&differences, w, blinding);
                let fresh = msm::scalars(&scalars, &points) - self.basis.w * blind;
                wipe(&mut scalars);
                (fresh + sealed).to_affine()
            })
            .collect()
    }

    /// Commitments to `h` of every pair.
    pub fn commit_helpers(
        &self,
        columns: &[Vec<Fp>],
        blinding: &Blinding,
        sums: &[PairSums],
        inverses: &Inverses,
    ) -> Vec<EqAffine> {
        sums.par_iter()
            .enumerate()
            .map(|(pair, sums)| {
                let h = self.at.h(pair);
                let q_keys = self.quotient_keys(columns, pair);
                let r_keys = self.remainder_keys(columns, pair);
                let expected = q_keys
                    .iter()
                    .zip(&r_keys)
                    .map(|(q, r)| inverses.u[*q as usize] + inverses.v[*r as usize]);
                let differences = differences(&columns[h], expected);
                let (mut scalars, mut points) = self.rest(&differences, h, blinding);
                for (sums, inverses) in [(&sums.q, &inverses.u), (&sums.r, &inverses.v)] {
                    scalars.extend(sums.iter().map(|(key, _)| inverses[*key as usize]));
                    points.extend(sums.iter().map(|(_, point)| *point));
                }
                msm::scalars(&scalars, &points).to_affine()
            })
            .collect()
    }
}
