//! What prover and verifier compute alike from a statement and the challenges.

use group::Curve;
use pasta_curves::{Eq, EqAffine, Fp};

use super::challenge::{Challenges1, Challenges2};
use super::forms;
use super::shape::Shape;
use super::statement::Statement;
use crate::classify::Network;

/// `D_s = C_X,s - sum_e lambda_e C_{e,s}` for every strip.
pub(crate) fn differences(
    shape: &Shape,
    statement: &Statement,
    combined: &[EqAffine],
    ch1: &Challenges1,
) -> Vec<EqAffine> {
    let lambdas: Vec<Fp> = forms::lambdas(shape, ch1.rho)
        .take(statement.items.len())
        .collect();
    combined
        .iter()
        .enumerate()
        .map(|(s, x)| {
            let points: Vec<EqAffine> = statement.items.iter().map(|i| i.commitments[s]).collect();
            let sum: Eq = halo2_proofs::arithmetic::best_multiexp(&lambdas, &points);
            (Eq::from(*x) - sum).to_affine()
        })
        .collect()
}

/// The instance column: constants, `B`, `V`. Prover and verifier compute it with this one function.
pub(crate) fn instance(
    network: &Network,
    shape: &Shape,
    statement: &Statement,
    ch1: &Challenges1,
    ch2: &Challenges2,
) -> Vec<Fp> {
    let mut values = forms::constants(shape, ch1, ch2.tau);
    let misses = statement.items.iter().map(|item| item.miss);
    values.push(forms::b_value(network, shape, ch1, misses));
    values.push(forms::v_value(network, shape, ch1, ch2.tau));
    values
}
