//! Pictures end to end: a classifier file, committed pictures, one proof, its verification.
//!
//! The second test is a measurement, run by hand:
//!
//! ```sh
//! CANDOR_CLF=classifiers/person.clf CANDOR_PICTURES=DIR CANDOR_COUNT=8 \
//!     cargo test --release --test image_proofs measure -- --ignored --nocapture
//! ```

use candor::circuit::prover::{BatchInput, Prover};
use candor::circuit::verifier::{verify_batch, verify_with_key, verifying_key};
use candor::circuit::{Shape, Statement, StatementItem, VerifyError};
use candor::classify::{Classifier, evaluate};
use candor::commit::pedersen;
use candor::import::read_samples;
use candor::item::CanonicalVector;
use pasta_curves::Fp;
use std::path::Path;
use std::time::Instant;

struct Batch {
    shape: Shape,
    statement: Statement,
    vectors: Vec<CanonicalVector>,
    blinds: Vec<Vec<Fp>>,
}

fn batch(classifier: &Classifier, pictures: &Path, count: usize) -> Batch {
    let net = classifier.network();
    let form = net.form();
    let (samples, _) = read_samples(pictures, form).unwrap();
    let vectors: Vec<CanonicalVector> = samples
        .iter()
        .cycle()
        .take(count)
        .map(|s| s.vector.clone())
        .collect();
    let limits = form.limits();
    let new = |lanes| {
        Shape::new(
            form.k(),
            net.shift(),
            limits.max_q as u32,
            net.neurons(),
            form.len(),
            lanes,
        )
        .unwrap()
    };
    let shape = new(count.div_ceil(new(1).slots()));
    let mut items = Vec::new();
    let mut blinds = Vec::new();
    for (index, vector) in vectors.iter().enumerate() {
        let blind: Vec<Fp> = (0..form.strips())
            .map(|_| pedersen::random_blind().unwrap())
            .collect();
        items.push(StatementItem {
            index: index as u32,
            commitments: pedersen::commit(&form, vector.bytes(), &blind).unwrap(),
            miss: !evaluate(net, vector).matches,
        });
        blinds.push(blind);
    }
    let statement = Statement {
        root: [7; 32],
        classifier: classifier.hash(),
        form: form.id().to_owned(),
        items,
    };
    Batch {
        shape,
        statement,
        vectors,
        blinds,
    }
}

impl Batch {
    fn inputs(&self) -> Vec<BatchInput<'_>> {
        let pairs = self.vectors.iter().zip(&self.blinds);
        pairs
            .map(|(v, blinds)| BatchInput {
                vector: v.bytes(),
                blinds,
            })
            .collect()
    }
}

fn shipped(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The shipped footwear classifier on the shipped pictures: what is proved is what the labels say, and a
/// turned verdict is refused.
#[test]
#[ignore = "needs classifiers/footwear.clf, which classifiers/build-images.sh makes"]
fn footwear_is_proved() {
    let classifier = Classifier::load(&shipped("classifiers/footwear.clf")).unwrap();
    let batch = batch(&classifier, &shipped("corpus-examples/images"), 8);
    let proof = Prover::new(&batch.shape)
        .unwrap()
        .prove(classifier.network(), &batch.statement, &batch.inputs())
        .unwrap();
    let verify =
        |statement: &Statement| verify_batch(&batch.shape, classifier.network(), statement, &proof);
    verify(&batch.statement).unwrap();
    let mut turned = batch.statement.clone();
    turned.items[3].miss = !turned.items[3].miss;
    assert!(verify(&turned).is_err());
    let mut swapped = batch.statement.clone();
    swapped.items.swap(0, 1);
    assert!(matches!(
        verify(&swapped),
        Err(VerifyError::Link | VerifyError::Halo2(_))
    ));
}

fn proc_field(file: &str, key: &str) -> u64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text
        .lines()
        .find(|l| l.starts_with(key))
        .unwrap_or_default()
        .to_owned();
    line.split_whitespace()
        .nth(1)
        .and_then(|v| v.parse().ok())
        .unwrap_or(0)
}

/// User and system time of this process, in seconds.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .collect();
    let ticks = |i: usize| {
        fields
            .get(i)
            .and_then(|v| v.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    (ticks(11) + ticks(12)) / 100.0
}

#[test]
#[ignore = "a measurement; see the head of this file"]
fn measure() {
    let var = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("set {name}"));
    let classifier = Classifier::load(Path::new(&var("CANDOR_CLF"))).unwrap();
    let count: usize = var("CANDOR_COUNT").parse().unwrap();
    let net = classifier.network();
    let batch = batch(&classifier, Path::new(&var("CANDOR_PICTURES")), count);
    println!(
        "{}: {} neurons, {} weights; {count} pictures: {} lanes x {} folds, {} columns",
        classifier.card().name,
        net.neurons(),
        net.weight_count(),
        batch.shape.lanes(),
        batch.shape.folds(),
        batch.shape.advice_columns()
    );
    let lap = |what: &str, wall: Instant, before: f64| {
        println!(
            "  {what:<8} wall {:8.2} s  cpu {:8.2} s",
            wall.elapsed().as_secs_f64(),
            cpu() - before
        );
    };
    let (wall, before) = (Instant::now(), cpu());
    let prover = Prover::new(&batch.shape).unwrap();
    lap("keys", wall, before);
    let (wall, before) = (Instant::now(), cpu());
    let proof = prover
        .prove(net, &batch.statement, &batch.inputs())
        .unwrap();
    lap("prove", wall, before);
    println!("  per picture {:.2} CPU s", (cpu() - before) / count as f64);
    println!(
        "  peak memory {} MiB, proof {} bytes",
        proc_field("/proc/self/status", "VmHWM:") >> 10,
        proof.len()
    );
    drop(prover);
    let (wall, before) = (Instant::now(), cpu());
    let key = verifying_key(&batch.shape).unwrap();
    lap("vk", wall, before);
    let (wall, before) = (Instant::now(), cpu());
    verify_with_key(&key, &batch.shape, net, &batch.statement, &proof).unwrap();
    lap("verify", wall, before);
}
