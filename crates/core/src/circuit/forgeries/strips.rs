//! Vectors of several strips, at `k = 15`: strips exchanged, errors that cancel between them.

use ff::Field;
use pasta_curves::Fp;

use super::*;
use crate::circuit::testing::{image_network, image_vectors};
use crate::item::Form;

fn pictures(count: usize) -> Batch {
    let form = Form::ImageRgb224V1;
    Batch::new(image_network(form), &image_vectors(form, count), 1)
}

#[test]
fn strips_are_not_exchangeable_and_their_errors_do_not_cancel() {
    let batch = pictures(2);
    assert_eq!(batch.shape.strips(), 5);
    let proof = batch.honest_proof();
    batch.verify(&proof).unwrap();

    let mut swapped = batch.clone();
    swapped.statement.items[0].commitments.swap(0, 1);
    let said = swapped.verify(&proof).unwrap_err();
    assert!(matches!(said, VerifyError::Link), "{said}");
    // The same with a proof that was made for it.
    let said = swapped.verify(&swapped.honest_proof()).unwrap_err();
    assert!(matches!(said, VerifyError::Link), "{said}");

    // X_0 + d, X_1 - d: the differences add up to what they should.
    let change = |combined: &mut Vec<Vec<Fp>>| {
        combined[0][10] += Fp::ONE;
        combined[1][10] -= Fp::ONE;
    };
    let hooks = Hooks {
        inputs: Some(&change),
        ..Hooks::default()
    };
    let said = batch.verify(&batch.prove(hooks).proof).unwrap_err();
    assert!(matches!(said, VerifyError::Link), "{said}");

    // The short last strip: an entry beyond the picture.
    let change = |combined: &mut Vec<Vec<Fp>>| combined[4][30_000] += Fp::ONE;
    let hooks = Hooks {
        inputs: Some(&change),
        ..Hooks::default()
    };
    let said = batch.verify(&batch.prove(hooks).proof).unwrap_err();
    assert!(matches!(said, VerifyError::Link), "{said}");
}
