//! The inner product argument: that a committed polynomial has a value at a point (Bulletproofs as in
//! Halo, ePrint 2019/1021), prover's side; the messages are those of halo2's `commitment::create_proof`.
//!
//! A round halves coefficients `p`, powers `b` and bases `G`: `G'_i = G_i + u G_(i + half)`. Halving the bases every
//! round is a full scalar multiplication for every base. Here the bases are left alone for [`STEP`] rounds,
//! whose sums are taken over the larger set with products of the challenges as factors, and then collapsed by
//! `2^STEP` at once ([`msm::collapse`]).

use ff::Field;
use group::Curve;
use halo2_proofs::arithmetic::{compute_inner_product, eval_polynomial};
use halo2_proofs::transcript::TranscriptWrite;
use pasta_curves::{EqAffine, Fp};

use super::keys::{Argument, Writer, squeeze};
use super::randomness::{Randomness, Secret};
use crate::circuit::powers::powers;
use crate::msm::{self, Point};

/// Rounds between two collapses of the bases.
const STEP: u32 = 3;

/// The bases, as they are after some rounds: `G'_i = sum_b factors[b] points[b m + i]` for `m` current bases.
struct Bases {
    points: Vec<Point>,
    factors: Vec<Fp>,
}

impl Bases {
    /// `sum_i p_i G'_i` over the lower or upper half of the current bases; `p` has one scalar for each.
    fn sum(&self, p: &[Fp], upper: bool) -> pasta_curves::Eq {
        let half = p.len();
        let from = if upper { half } else { 0 };
        let mut scalars = Vec::with_capacity(half * self.factors.len());
        let mut points = Vec::with_capacity(scalars.capacity());
        for (block, factor) in self.points.chunks_exact(2 * half).zip(&self.factors) {
            points.extend_from_slice(&block[from..from + half]);
            scalars.extend(p.iter().map(|p| *p * factor));
        }
        msm::scalars(&scalars, &points)
    }

    /// `G'_i = G'_i + u G'_(i + half)`.
    fn fold(&mut self, u: Fp) {
        self.factors = self
            .factors
            .iter()
            .flat_map(|factor| [*factor, *factor * u])
            .collect();
        if self.factors.len() == 1 << STEP {
            self.points = msm::collapse(&self.points, &self.factors);
            self.factors = vec![Fp::ONE];
        }
    }
}

fn fold(values: &mut Vec<Fp>, factor: Fp) {
    let half = values.len() / 2;
    let (low, high) = values.split_at_mut(half);
    low.iter_mut()
        .zip(high)
        .for_each(|(low, high)| *low += *high * factor);
    values.truncate(half);
}

/// Writes the proof that the polynomial `poly`, committed with `blind`, has the value at `x` that the verifier
/// computes.
pub(super) fn open(
    argument: &Argument,
    transcript: &mut Writer,
    rng: &mut Randomness,
    poly: &[Fp],
    blind: Fp,
    x: Fp,
) -> std::io::Result<()> {
    let (w, u_base) = (argument.basis.w, argument.basis.u);
    // A random polynomial with a root at x masks everything that follows.
    let mut mask = rng.scalars(Secret::Mask, poly.len());
    let at_x = eval_polynomial(&mask, x);
    mask[0] -= at_x;
    let mask_blind = rng.scalar(Secret::MaskBlind);
    transcript.write_point(argument.commit_coefficients(&mask, mask_blind))?;
    let xi = squeeze(transcript);
    let z = squeeze(transcript);

    let mut p: Vec<Fp> = mask.iter().zip(poly).map(|(s, p)| *s * xi + p).collect();
    let at_x = eval_polynomial(&p, x);
    p[0] -= at_x;
    let mut blind = mask_blind * xi + blind;
    let mut b = powers(x, p.len());
    let mut bases = Bases {
        points: argument.monomials.clone(),
        factors: vec![Fp::ONE],
    };
    while p.len() > 1 {
        let half = p.len() / 2;
        let (low, high) = p.split_at(half);
        let (b_low, b_high) = b.split_at(half);
        let mut side = |sum: pasta_curves::Eq, value: Fp| -> (EqAffine, Fp) {
            let random = rng.scalar(Secret::Round);
            let point = sum + u_base * (value * z) + w * random;
            (point.to_affine(), random)
        };
        let (left, left_random) = side(bases.sum(high, false), compute_inner_product(high, b_low));
        let (right, right_random) = side(bases.sum(low, true), compute_inner_product(low, b_high));
        transcript.write_point(left)?;
        transcript.write_point(right)?;
        let u = squeeze(transcript);
        let u_inverse = Option::<Fp>::from(u.invert())
            .ok_or_else(|| std::io::Error::other("a challenge is zero"))?;
        fold(&mut p, u_inverse);
        fold(&mut b, u);
        bases.fold(u);
        blind += left_random * u_inverse + right_random * u;
    }
    transcript.write_scalar(p[0])?;
    transcript.write_scalar(blind)
}
