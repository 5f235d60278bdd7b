//! `candor bench`: what this machine needs.

use super::{Common, Exit};
use crate::bench::{self, Measurement};
use crate::classify::Classifier;
use std::path::PathBuf;

/// Measure commitment, proof and verification on this machine
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Resamples the example mail into corpora of each size and measures the whole job with real proofs.

Examples:
  candor bench
  candor bench --sizes 64,512,2048 --json")]
pub struct BenchArgs {
    /// Numbers of items
    #[arg(long, value_delimiter = ',', default_value = "64,512,2048", value_parser = clap::value_parser!(u32).range(1..))]
    sizes: Vec<u32>,
    /// Folder of texts to resample
    #[arg(long, value_name = "DIR", default_value = "corpus-examples/mail")]
    corpus: PathBuf,
    /// Classifier to prove
    #[arg(
        long,
        value_name = "FILE",
        default_value = "classifiers/unsolicited-commercial-email.clf"
    )]
    classifier: PathBuf,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(common: &Common, args: BenchArgs) -> anyhow::Result<Exit> {
    let classifier = Classifier::load(&args.classifier)?;
    let sizes: Vec<usize> = args.sizes.iter().map(|n| *n as usize).collect();
    let progress = common.progress();
    let mut all: Vec<Measurement> = Vec::new();
    bench::run(&args.corpus, &classifier, &sizes, progress.as_ref(), |m| {
        if !args.json {
            print(m);
        }
        all.push(m.clone());
    })?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&all)?);
    }
    Ok(Exit::Ok)
}

fn print(m: &Measurement) {
    println!("{} items, {} proofs", m.items, m.proofs);
    println!("  commit       {:>9.0} items/s", m.commit_items_per_second);
    println!(
        "  prove        {:>9.2} CPU ms/item ({:.1} CPU s)",
        m.prove_cpu_ms_per_item, m.prove_cpu_seconds
    );
    println!(
        "               {:>9.2} wall ms/item",
        m.prove_wall_ms_per_item
    );
    if let Some(mib) = m.prove_peak_mib {
        println!("  peak memory  {mib:>9} MiB");
    }
    println!(
        "  verify       {:>9.2} CPU ms/item ({:.2} CPU s)",
        m.verify_cpu_ms_per_item, m.verify_cpu_seconds
    );
    println!("  proof size   {:>9.1} bytes/item", m.proof_bytes_per_item);
}
