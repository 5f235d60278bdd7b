//! One opening for all evaluations (halo2's multi-point argument), prover's side.
//!
//! Polynomials are grouped by the set of points they are opened at; `x_1` folds each group to one polynomial
//! `q_s`, `x_2` the quotients `q_s / prod (X - point)` to `q'`, and `x_4` everything to the one polynomial that is
//! opened at `x_3` by the inner product argument.

use ff::Field;
use halo2_proofs::arithmetic::{eval_polynomial, kate_division};
use halo2_proofs::transcript::TranscriptWrite;
use pasta_curves::Fp;

use super::inner_product;
use super::keys::{Argument, Writer, squeeze};
use super::randomness::{Randomness, Secret};
use crate::circuit::powers::powers;

/// A group of polynomials opened at the same points, already folded.
pub(super) struct Group {
    /// The points.
    pub points: Vec<Fp>,
    /// Coefficients, lowest first, of `q_s`.
    pub poly: Vec<Fp>,
    /// The blind of its commitment.
    pub blind: Fp,
}

/// Folds polynomials with powers of `x_1`: the last has factor 1.
pub(super) fn factors(x1: Fp, count: usize) -> Vec<Fp> {
    let mut powers = powers(x1, count);
    powers.reverse();
    powers
}

/// Writes the opening of all groups.
pub(super) fn open(
    argument: &Argument,
    transcript: &mut Writer,
    rng: &mut Randomness,
    x2: Fp,
    groups: Vec<Group>,
) -> std::io::Result<()> {
    let n = argument.domain.n();
    let mut poly = vec![Fp::ZERO; n];
    for group in &groups {
        let quotient = group.points.iter().fold(group.poly.clone(), |poly, point| {
            kate_division(&poly, *point)
        });
        for (i, sum) in poly.iter_mut().enumerate() {
            *sum = *sum * x2 + quotient.get(i).unwrap_or(&Fp::ZERO);
        }
    }
    let mut blind = rng.scalar(Secret::Opening);
    transcript.write_point(argument.commit_coefficients(&poly, blind))?;

    let x3 = squeeze(transcript);
    for group in &groups {
        transcript.write_scalar(eval_polynomial(&group.poly, x3))?;
    }
    let x4 = squeeze(transcript);
    for group in &groups {
        for (sum, c) in poly.iter_mut().zip(&group.poly) {
            *sum = *sum * x4 + c;
        }
        blind = blind * x4 + group.blind;
    }
    inner_product::open(argument, transcript, rng, &poly, blind, x3)
}
