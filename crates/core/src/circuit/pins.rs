//! Pins: verifying keys, proof sizes, and a stored proof that every later version must accept.
//!
//! A change here means that old bundles no longer verify. If that is meant, raise the protocol's version
//! strings and regenerate with `CANDOR_REGENERATE=1 cargo test --release -p candor-core --lib pins`.

use super::prover::Prover;
use super::testing::{Fixture, image_network, image_vectors, text_network, text_vectors};
use super::verifier::{verify_batch, verify_with_key, verifying_key};
use super::{BatchInput, Shape};
use crate::item::Form;
use crate::sealed::SealedClassifier;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

fn digest(shape: &Shape) -> String {
    let key = verifying_key(shape).unwrap();
    hex::encode(Sha256::digest(format!("{:?}", key.pinned())))
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/pins")
        .join(name)
}

fn regenerate() -> bool {
    std::env::var_os("CANDOR_REGENERATE").is_some()
}

#[test]
fn verifying_keys_and_proof_sizes_are_pinned_per_shape() {
    let shapes = [
        (
            "text, linear, 1 lane",
            Shape::new(12, 11, 4088, 2, 4080, 1).unwrap(),
        ),
        (
            "text, linear, 4 lanes",
            Shape::new(12, 11, 4088, 2, 4080, 4).unwrap(),
        ),
        (
            "text, 16 hidden, 16 lanes",
            Shape::new(12, 11, 4088, 18, 4080, 16).unwrap(),
        ),
        (
            "text, 5000 hidden, 2 folds",
            Shape::new(12, 11, 4088, 5002, 4080, 2).unwrap(),
        ),
        (
            "pictures of 32 pixels, 34 neurons, 1 lane",
            Shape::new(15, 11, 32_760, 34, 3072, 1).unwrap(),
        ),
        (
            "pictures of 96 pixels, 28762 neurons, 5 lanes",
            Shape::new(15, 14, 32_760, 28_762, 27_648, 5).unwrap(),
        ),
        (
            "pictures of 224 pixels, 70000 neurons, 2 lanes of 3 folds, 5 strips",
            Shape::new(15, 14, 32_760, 70_000, 150_528, 2).unwrap(),
        ),
        (
            "text, linear, 1 lane, sealed",
            Shape::new(12, 11, 4088, 2, 4080, 1)
                .and_then(|s| s.sealed(4081))
                .unwrap(),
        ),
        (
            "pictures of 96 pixels, 28762 neurons, 5 lanes, sealed in 7 strips",
            Shape::new(15, 14, 32_760, 28_762, 27_648, 5)
                .and_then(|s| s.sealed(220_000))
                .unwrap(),
        ),
    ];
    let found: String = shapes
        .iter()
        .map(|(name, shape)| format!("{name}: {} {}\n", digest(shape), shape.proof_bytes()))
        .collect();
    let path = file("keys.txt");
    if regenerate() {
        std::fs::write(&path, &found).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), found);
}

/// The stored proof of a batch has the stated size and verifies.
fn stored(name: &str, f: &Fixture) {
    let path = file(name);
    if regenerate() {
        let inputs: Vec<BatchInput<'_>> = f.inputs();
        let proof = Prover::new(&f.shape)
            .unwrap()
            .prove(f.known(), &f.statement, &inputs)
            .unwrap();
        std::fs::write(&path, proof).unwrap();
    }
    let proof = std::fs::read(path).unwrap();
    assert_eq!(proof.len() as u64, f.shape.proof_bytes());
    let key = verifying_key(&f.shape).unwrap();
    verify_with_key(&key, &f.shape, f.model(), &f.statement, &proof).unwrap();
}

#[test]
fn a_stored_proof_about_texts_still_verifies() {
    let f = Fixture::new(12, 1, text_network(0), text_vectors(3));
    stored("text-linear.proof", &f);
}

#[test]
fn a_stored_proof_about_pictures_still_verifies() {
    let form = Form::ImageRgb32V1;
    let f = Fixture::new(15, 1, image_network(form), image_vectors(form, 3));
    stored("pictures-32.proof", &f);
}

/// With the sealed file that it is about: its secret part is not needed, and not stored.
#[test]
fn a_stored_proof_about_a_seal_still_verifies() {
    let mut f = Fixture::sealed(1, text_network(6), text_vectors(3));
    let path = file("text-sealed.seal");
    if regenerate() {
        std::fs::write(&path, f.seal.as_ref().unwrap().sealed().to_bytes()).unwrap();
        stored("text-sealed.proof", &f);
    }
    let sealed = SealedClassifier::from_bytes(&std::fs::read(path).unwrap()).unwrap();
    f.statement.classifier = sealed.hash();
    let proof = std::fs::read(file("text-sealed.proof")).unwrap();
    assert_eq!(proof.len() as u64, f.shape.proof_bytes());
    verify_batch(&f.shape, &sealed, &f.statement, &proof).unwrap();
}
