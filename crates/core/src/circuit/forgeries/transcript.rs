//! Proofs that are cut, spliced and encoded anew.

use ff::PrimeField;
use pasta_curves::Fp;

use super::*;
use crate::circuit::link::LINK_BYTES;
use crate::circuit::verifier::{verify_with_key, verifying_key};

/// What a verifier with its key says of altered bytes.
fn verifier(batch: &Batch) -> impl Fn(&[u8]) -> Option<Refusal> + '_ {
    let key = verifying_key(&batch.shape).unwrap();
    move |proof| {
        verify_with_key(&key, &batch.shape, &batch.network, &batch.statement, proof)
            .err()
            .as_ref()
            .map(Refusal::of)
    }
}

#[allow(clippy::single_range_in_vec_init)]
#[test]
fn parts_of_two_proofs_of_one_statement_do_not_make_a_third() {
    let batch = Batch::text(5);
    let (one, two) = (batch.honest_proof(), batch.honest_proof());
    let verify = verifier(&batch);
    assert_eq!((verify(&one), verify(&two)), (None, None));
    let stage0 = 32 * batch.shape.stage0_columns();
    let stage1 = stage0 + 32 * batch.shape.stage1_columns();
    let (link, end) = (one.len() - LINK_BYTES, one.len());
    for (what, cuts, want) in [
        ("stage 0", vec![0..stage0], Refusal::Link),
        ("stage 1", vec![stage0..stage1], Refusal::Link),
        ("stages 0 and 1", vec![0..stage1], Refusal::Link),
        ("link", vec![link..end], Refusal::Link),
        ("everything but the link", vec![0..link], Refusal::Link),
        (
            "stages 0 and 1 with their link",
            vec![0..stage1, link..end],
            Refusal::Opening,
        ),
        (
            "everything after the stages",
            vec![stage1..link],
            Refusal::Opening,
        ),
    ] {
        let mut spliced = one.clone();
        for cut in cuts {
            spliced[cut.clone()].copy_from_slice(&two[cut]);
        }
        assert_eq!(verify(&spliced), Some(want), "{what}");
    }
}

#[test]
fn no_point_may_be_the_identity_and_no_scalar_be_written_twice() {
    let batch = Batch::text(3);
    let proof = batch.honest_proof();
    let verify = verifier(&batch);
    assert_eq!(verify(&proof), None);
    let stage0 = batch.shape.stage0_columns();
    let inputs = stage0 + batch.shape.c_columns();
    let (stages, words) = (stage0 + batch.shape.stage1_columns(), proof.len() / 32);
    let link = words - LINK_BYTES / 32;
    // What a zeroed word is seen as, by its place: the identity where a point should be.
    let expected = |word: usize| -> &[Refusal] {
        match word {
            w if w < inputs => &[Refusal::Link],
            w if w < stages => &[Refusal::Encoding],
            w if w < link => &[Refusal::Halo2, Refusal::Opening],
            w if w == link => &[Refusal::Encoding],
            _ => &[Refusal::Link],
        }
    };
    let modulus: [u8; 32] = {
        let mut repr = (-Fp::from(1)).to_repr();
        repr[0] += 1;
        repr
    };
    let mut unreduced = 0;
    for word in 0..words {
        let place = 32 * word..32 * word + 32;
        let altered = |change: &dyn Fn(&mut [u8])| {
            let mut bytes = proof.clone();
            change(&mut bytes[place.clone()]);
            (bytes != proof).then(|| verify(&bytes))
        };
        if let Some(said) = altered(&|w| w.fill(0)) {
            let said = said.expect("a proof with a zeroed word verifies");
            assert!(expected(word).contains(&said), "word {word}: {said:?}");
        }
        // The negative of a point; a scalar that is not reduced.
        let said = altered(&|w| w[31] ^= 0x80).unwrap();
        assert!(said.is_some(), "word {word} with another sign");
        // x + p, where it fits: the same scalar, written otherwise.
        let mut sum = [0u8; 32];
        let mut carry = 0u16;
        for ((sum, a), b) in sum.iter_mut().zip(&proof[place.clone()]).zip(modulus) {
            let digit = u16::from(*a) + u16::from(b) + carry;
            (*sum, carry) = (digit as u8, digit >> 8);
        }
        if carry == 0 {
            unreduced += 1;
            let said = altered(&|w| w.copy_from_slice(&sum)).unwrap();
            assert!(said.is_some(), "word {word} plus the modulus");
        }
    }
    assert!(unreduced > 20, "only {unreduced}");
}
