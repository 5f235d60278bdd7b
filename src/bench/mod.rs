//! Measuring this machine: commitment, proof and verification over corpora of growing size.
//!
//! Corpora are made by resampling real mail or real pictures (`bench/corpus.rs`). CPU time is the process's (all threads),
//! from the operating system; peak memory is the resident set's high-water mark, reset before each phase
//! where the system allows it.

mod corpus;
pub mod trade_off;

use crate::Surroundings;
use crate::commit::{CommitOptions, Vault, commit_folder};
use crate::ingest::IngestOptions;
use crate::private::Scratch;
use crate::progress::Progress;
use crate::prove::{PlanOptions, ProveOptions, prove_case};
use crate::sealed::Held;
use crate::verify::verify;
use anyhow::{Context, bail};
use corpus::Material;
use cpu_time::ProcessTime;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde::Serialize;
use std::fs;
use std::path::Path;
use std::time::Instant;

/// What one size took.
#[derive(Clone, Debug, Serialize)]
pub struct Measurement {
    /// Items.
    pub items: usize,
    /// Whether the classifier was sealed.
    pub sealed: bool,
    /// Committed per second of wall time.
    pub commit_items_per_second: f64,
    /// CPU milliseconds to prove, per item.
    pub prove_cpu_ms_per_item: f64,
    /// Wall milliseconds to prove, per item.
    pub prove_wall_ms_per_item: f64,
    /// CPU seconds to prove all of them.
    pub prove_cpu_seconds: f64,
    /// Highest resident memory while proving, in MiB.
    pub prove_peak_mib: Option<u64>,
    /// CPU milliseconds to verify, per item, reading the bundle and loading parameters included.
    pub verify_cpu_ms_per_item: f64,
    /// CPU seconds to verify all of them.
    pub verify_cpu_seconds: f64,
    /// Wall seconds to verify all of them.
    pub verify_wall_seconds: f64,
    /// Bytes of proof per item.
    pub proof_bytes_per_item: f64,
    /// Bytes of all proofs.
    pub proof_bytes: u64,
    /// Number of proofs.
    pub proofs: usize,
}

/// Wall and CPU seconds of `f`.
fn timed<T>(f: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, f64, f64)> {
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let value = f()?;
    Ok((
        value,
        wall.elapsed().as_secs_f64(),
        cpu.elapsed().as_secs_f64(),
    ))
}

fn reset_peak() {
    // Linux: 5 resets VmHWM. Elsewhere, or if refused, peaks are those since the start.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn peak_mib() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib >> 10)
}

/// Measures each size in `sizes` with the classifier, on items resampled from `corpus`.
pub fn run<'c>(
    around: &Surroundings,
    corpus: &Path,
    classifier: impl Into<Held<'c>>,
    sizes: &[usize],
    progress: &dyn Progress,
    each: impl FnMut(&Measurement),
) -> anyhow::Result<()> {
    let classifier = classifier.into();
    run_beside(around, corpus, (classifier, None), sizes, progress, each)
}

/// As [`run`]; a second classifier, if there is one, is measured on the same committed items: the same one sealed, say.
pub fn run_beside(
    around: &Surroundings,
    corpus: &Path,
    (classifier, beside): (Held<'_>, Option<Held<'_>>),
    sizes: &[usize],
    progress: &dyn Progress,
    mut each: impl FnMut(&Measurement),
) -> anyhow::Result<()> {
    let material = Material::load(corpus, classifier.form())?;
    // Loading the parameters is a fixed cost of a process; it is not part of any figure but verification's
    // own, where it has happened by then: the first size would otherwise pay for all.
    crate::params::halo2(classifier.form().k())?;
    crate::params::basis(classifier.form().k())?;
    for &items in sizes {
        let both: Vec<Held<'_>> = [classifier].into_iter().chain(beside).collect();
        measure(around, &material, &both, items, progress, &mut each)?;
    }
    Ok(())
}

fn measure(
    around: &Surroundings,
    material: &Material,
    classifiers: &[Held<'_>],
    items: usize,
    progress: &dyn Progress,
    each: &mut dyn FnMut(&Measurement),
) -> anyhow::Result<()> {
    let dir = Scratch::new(around)?;
    let corpus = dir.path().join("corpus");
    fs::create_dir(&corpus)?;
    let mut rng = ChaCha20Rng::seed_from_u64(items as u64);
    for i in 0..items {
        material.write(&corpus, i, &mut rng)?;
    }
    let options = CommitOptions {
        case: dir.path().join("case"),
        name: "benchmark".to_owned(),
        custodian: None,
        reference: false,
        forms: vec![classifiers[0].form()],
        ingest: IngestOptions::default(),
        selection: Default::default(),
        numbering: Default::default(),
        supplements: None,
    };
    let (_, commit_wall, _) = timed(|| Ok(commit_folder(around, &corpus, &options, progress)?))?;
    let vault = Vault::open(&options.case)?;
    for (n, classifier) in classifiers.iter().enumerate() {
        let bundle = dir.path().join(format!("bundle-{n}"));
        let measured = answer(around, &vault, *classifier, &bundle, progress)?;
        each(&Measurement {
            commit_items_per_second: items as f64 / commit_wall,
            ..measured
        });
    }
    Ok(())
}

/// Proves and verifies.
fn answer(
    around: &Surroundings,
    vault: &Vault,
    classifier: Held<'_>,
    bundle: &Path,
    progress: &dyn Progress,
) -> anyhow::Result<Measurement> {
    let items = vault.len() as usize;
    reset_peak();
    let prove_options = ProveOptions {
        plan: PlanOptions::default(),
        ..ProveOptions::default()
    };
    let (summary, prove_wall, prove_cpu) = timed(|| {
        Ok(prove_case(
            around,
            vault,
            classifier,
            bundle,
            &prove_options,
            progress,
        )?)
    })?;
    let prove_peak_mib = peak_mib();
    let (report, verify_wall, verify_cpu) =
        timed(|| Ok(verify(bundle, vault.commitment(), classifier, progress)))?;
    if !report.verified() {
        bail!(
            "the benchmark's bundle does not verify: {}",
            report.failures().join("; ")
        );
    }
    let proof_bytes: u64 = (0..summary.batches)
        .map(|b| {
            let path = bundle.join(crate::bundle::layout::proof(b));
            fs::metadata(&path)
                .map(|m| m.len())
                .with_context(|| path.display().to_string())
        })
        .sum::<anyhow::Result<u64>>()?;
    let per_item = |total: f64| total / items as f64;
    Ok(Measurement {
        items,
        sealed: matches!(classifier, Held::Sealed(_)),
        commit_items_per_second: 0.0,
        // prove_case ends with a verification of its own result; it is part of what the user waits for.
        prove_cpu_ms_per_item: per_item(prove_cpu * 1e3),
        prove_wall_ms_per_item: per_item(prove_wall * 1e3),
        prove_cpu_seconds: prove_cpu,
        prove_peak_mib,
        verify_cpu_ms_per_item: per_item(verify_cpu * 1e3),
        verify_cpu_seconds: verify_cpu,
        verify_wall_seconds: verify_wall,
        proof_bytes_per_item: per_item(proof_bytes as f64),
        proof_bytes,
        proofs: summary.batches,
    })
}
