//! Which items a proof is about: none, too many, one twice, strangers, phantoms; and of which circuit it is.

use ff::Field;
use group::CurveAffine;
use pasta_curves::Fp;

use super::*;
use crate::circuit::testing::image_network;
use crate::circuit::verifier::{verify_with_key, verifying_key};
use crate::item::Form;

fn refusal(batch: &Batch, proof: &[u8]) -> Refusal {
    Refusal::of(&batch.verify(proof).unwrap_err())
}

#[test]
fn a_statement_is_about_some_items_but_not_more_than_fit() {
    let batch = Batch::text(5);
    let proof = batch.honest_proof();
    let mut none = batch.clone();
    none.statement.items.clear();
    assert_eq!(refusal(&none, &proof), Refusal::Statement);
    let mut many = batch.clone();
    let again = many.statement.items[0].clone();
    many.statement
        .items
        .resize(many.shape.capacity() + 1, again);
    assert_eq!(refusal(&many, &proof), Refusal::Statement);
    for count in [0, 2] {
        let mut strips = batch.clone();
        let point = batch.statement.items[0].commitments[0];
        strips.statement.items[0].commitments = vec![point; count];
        assert_eq!(refusal(&strips, &proof), Refusal::Statement);
    }
}

#[test]
fn a_statement_with_the_identity_is_refused() {
    // The zero vector without a blind: a commitment that anybody can open.
    let mut batch = Batch::text(3);
    let nothing = vec![0; batch.shape.inputs()];
    let mut item = Item::honest(&batch.shape, &batch.network, &nothing, &mut rng(1));
    item.blinds = vec![Fp::ZERO];
    batch.items[0] = item;
    batch.state();
    assert!(bool::from(
        batch.statement.items[0].commitments[0].is_identity()
    ));
    let found = batch.attack(Hooks::default());
    assert_eq!(found, (gates(&[]), Some(Refusal::Statement)));
    // With a blind it is an item like others.
    batch.items[0].blinds = vec![Fp::from(7)];
    batch.state();
    assert_eq!(batch.attack(Hooks::default()), (gates(&[]), None));
}

#[test]
fn the_circuit_is_that_of_the_network_and_its_form() {
    let batch = Batch::text(5);
    let proof = batch.honest_proof();
    let key = verifying_key(&batch.shape).unwrap();
    let say = |shape: &Shape, network: &Network, form: &str| {
        let mut statement = batch.statement.clone();
        statement.form = form.into();
        let error = verify_with_key(&key, shape, network, &statement, &proof);
        match error.unwrap_err() {
            VerifyError::Statement(why) => why,
            other => panic!("{other}"),
        }
    };
    let (network, text) = (&batch.network, "text/hash4080-v1");
    let of = |k, q_max, inputs| Shape::new(k, 9, q_max, 2, inputs, 1).unwrap();
    const CIRCUIT: &str = "the circuit is not the one of this network";
    // Rows, range of quotients, number of entries, each with everything else right.
    for shape in [of(15, 4088, 4080), of(12, 4087, 4080), of(12, 4088, 4079)] {
        assert_eq!(say(&shape, network, text), CIRCUIT);
    }
    let shift = Shape::new(12, 8, 4088, 2, 4080, 1).unwrap();
    assert_eq!(say(&shift, network, text), CIRCUIT);
    let neurons = Shape::new(12, 9, 4088, 3, 4080, 1).unwrap();
    assert_eq!(say(&neurons, network, text), CIRCUIT);
    // A form that is not the network's: in the statement, and in the network.
    const FORM: &str = "the network reads another form";
    assert_eq!(say(&batch.shape, network, "image/rgb32-v1"), FORM);
    assert_eq!(say(&batch.shape, network, "text/hash4080-v1 "), FORM);
    let picture = image_network(Form::ImageRgb32V1);
    assert_eq!(say(&batch.shape, &picture, text), FORM);
}

#[test]
fn another_number_of_lanes_is_another_proof() {
    let batch = Batch::text(5);
    let proof = batch.honest_proof();
    for lanes in [2, 3] {
        let mut other = batch.clone();
        other.shape = Shape::for_network(&batch.network, lanes).unwrap();
        assert_eq!(refusal(&other, &proof), Refusal::Link);
    }
}

#[test]
fn one_committed_item_has_one_verdict() {
    let mut batch = Batch::text(1);
    let twin = batch.items[0].clone();
    batch.items.push(twin);
    batch.state();
    assert_eq!(batch.attack(Hooks::default()), (gates(&[]), None));
    batch.lie_about(1);
    let found = batch.attack(Hooks::default());
    assert_eq!(found, (gates(&[IS_B]), Some(Refusal::Opening)));
}

#[test]
fn a_commitment_in_the_basis_of_another_form_is_not_linked() {
    let mut batch = Batch::text(1);
    let large = Shape::new(15, 9, 4088, 2, 4080, 1).unwrap();
    let item = &batch.items[0];
    let foreign = commit_column(&large, &item.strips[0][..4080], item.blinds[0]);
    batch.statement.items[0].commitments = vec![foreign];
    let found = batch.attack(Hooks::default());
    assert_eq!(found, (gates(&[]), Some(Refusal::Link)));
}

#[test]
fn a_phantom_in_an_unused_place_lends_nothing() {
    let mut batch = Batch::text(4);
    // Three items are stated, four are in the circuit.
    batch.statement.items.pop();
    let found = batch.attack(Hooks::default());
    assert_eq!(found, (gates(&[IS_B]), Some(Refusal::Link)));
    // A phantom that is committed to nothing, but has a score: a guess at what a lie lacks.
    let mut batch = Batch::text(3);
    batch.lie_about(0);
    let shape = &batch.shape;
    batch.items.push(Item {
        strips: vec![vec![Fp::ZERO; shape.rows()]],
        blinds: vec![Fp::ZERO],
        trace: Trace {
            q: vec![0, 0],
            r: vec![1, 0],
            a: vec![0, 0],
        },
    });
    let found = batch.attack(Hooks::default());
    assert_eq!(found, (gates(&[IS_B]), Some(Refusal::Opening)));
}
