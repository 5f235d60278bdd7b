//! Many proofs verified together: no error cancels another's, and no answer is given where nothing was shown.

use ff::{Field, PrimeField};
use pasta_curves::Fp;

use super::*;
use crate::circuit::link::LINK_BYTES;
use crate::circuit::verifier::BatchVerifier;

fn add(verifier: &mut BatchVerifier, batch: &Batch, proof: &[u8]) -> Result<(), VerifyError> {
    verifier.add(&batch.shape, &batch.network, &batch.statement, proof)
}

/// The proof with an error in the last scalar of its opening, the coefficient of `W`.
fn shifted(proof: &[u8], error: Fp) -> Vec<u8> {
    let mut out = proof.to_vec();
    let at = proof.len() - LINK_BYTES - 32;
    let mut repr = <Fp as PrimeField>::Repr::default();
    repr.copy_from_slice(&out[at..at + 32]);
    let value = Fp::from_repr(repr).unwrap() + error;
    out[at..at + 32].copy_from_slice(&value.to_repr());
    out
}

#[test]
fn errors_of_several_proofs_do_not_cancel() {
    let batch = Batch::text(5);
    let proof = batch.honest_proof();
    let (plus, minus) = (Fp::ONE, -Fp::ONE);
    for errors in [
        [plus, minus, Fp::ZERO],
        [Fp::ZERO, plus, minus],
        [plus, Fp::ZERO, minus],
    ] {
        let mut all = BatchVerifier::new();
        for error in errors {
            add(&mut all, &batch, &shifted(&proof, error)).unwrap();
        }
        assert!(matches!(all.finish(), Err(VerifyError::Opening)));
    }
    let mut all = BatchVerifier::new();
    for _ in 0..3 {
        add(&mut all, &batch, &proof).unwrap();
    }
    all.finish().unwrap();
}

#[test]
fn nothing_proves_nothing() {
    let finished = BatchVerifier::new().finish();
    assert!(matches!(finished, Err(VerifyError::Nothing)));
}

#[test]
fn a_refusal_is_remembered_whatever_comes_before_and_after() {
    let batch = Batch::text(5);
    let good = batch.honest_proof();
    let mut unlinked = good.clone();
    *unlinked.last_mut().unwrap() ^= 1;
    let mut unstated = batch.clone();
    unstated.statement.items.clear();
    for order in 0..3 {
        for foreign in [false, true] {
            let mut all = BatchVerifier::new();
            for turn in 0..3 {
                match (turn == order, foreign) {
                    (true, true) => assert!(add(&mut all, &unstated, &good).is_err()),
                    (true, false) => assert!(add(&mut all, &batch, &unlinked).is_err()),
                    (false, _) => add(&mut all, &batch, &good).unwrap(),
                }
            }
            assert!(matches!(all.finish(), Err(VerifyError::Refused)));
        }
    }
}
