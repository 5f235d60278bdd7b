//! The kernels: item commitment, witness, one proof per shape, verification.
//!
//! `cargo bench` runs all of them; criterion reports wall time, on a machine that does nothing else.

use candor::circuit::Shape;
use candor::circuit::prover::Prover;
use candor::circuit::prover::witness::Witness;
use candor::circuit::verifier::{verify_with_key, verifying_key};
use candor::circuit::{BatchInput, Statement};
use candor::classify::{Classifier, trace};
use candor::commit::pedersen;
use candor::item::{CanonicalVector, text_vector};
use candor_core::item::Form;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use ff::Field;
use pasta_curves::Fp;
use std::hint::black_box;
use std::path::Path;

fn classifier() -> Classifier {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    candor::input::classifier(&root.join("classifiers/unsolicited-commercial-email.clf"))
        .expect("shipped")
}

fn texts(count: usize) -> Vec<CanonicalVector> {
    let words = [
        "offer", "free", "meeting", "kernel", "money", "report", "list", "order",
    ];
    (0..count)
        .map(|i| {
            let text: String = (0..120)
                .map(|j| format!("{}{} ", words[(i * 7 + j * 3) % words.len()], (i + j) % 50))
                .collect();
            text_vector(Form::TextWordsV3, &text)
        })
        .collect()
}

fn kernels(c: &mut Criterion) {
    let classifier = classifier();
    let network = classifier.network();
    let form = classifier.form();
    let vectors = texts(2044);
    let blinds = vec![Fp::from(7).invert().unwrap()];

    c.bench_function("commitment/text", |b| {
        b.iter(|| pedersen::commit(&form, black_box(vectors[0].bytes()), &blinds).unwrap());
    });
    c.bench_function("vector/text", |b| {
        let text = "A plain text of some twenty words, ".repeat(20);
        b.iter(|| text_vector(Form::TextWordsV3, black_box(&text)));
    });
    let traces: Vec<_> = vectors.iter().map(|v| trace(network, v.bytes())).collect();
    for lanes in [1, 4] {
        let shape = Shape::for_network(network, lanes).unwrap();
        c.bench_function(&format!("witness/text/{lanes}"), |b| {
            b.iter(|| Witness::stage0(&shape, black_box(&traces)).unwrap());
        });
    }
    let mut group = c.benchmark_group("batch");
    group.sample_size(10);
    for lanes in [1, 4] {
        let shape = Shape::for_network(network, lanes).unwrap();
        let prover = Prover::new(&shape).unwrap();
        let commitments: Vec<_> = vectors
            .iter()
            .map(|v| pedersen::commit(&form, v.bytes(), &blinds).unwrap())
            .collect();
        let statement = Statement::new(
            &[1; 32],
            &classifier.hash(),
            form.id(),
            commitments
                .iter()
                .zip(&traces)
                .enumerate()
                .map(|(i, (c, t))| (i as u32, &c[..], !t.matches())),
        );
        let inputs: Vec<BatchInput<'_>> = vectors
            .iter()
            .map(|v| BatchInput {
                vector: v.bytes(),
                blinds: &blinds,
            })
            .collect();
        group.bench_function(format!("prove/text/{lanes}"), |b| {
            b.iter_batched(
                || (),
                |()| prover.prove(network, &statement, &inputs).unwrap(),
                BatchSize::PerIteration,
            );
        });
        let proof = prover.prove(network, &statement, &inputs).unwrap();
        let key = verifying_key(&shape).unwrap();
        group.bench_function(format!("verify/text/{lanes}"), |b| {
            b.iter(|| verify_with_key(&key, &shape, network, &statement, &proof).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, kernels);
criterion_main!(benches);
