//! `candor bench`: what this machine needs.

use super::common::Force;
use super::{Common, Exit};
use crate::bench::{self, Measurement, trade_off};
use crate::clean;
use crate::item::Form;
use crate::output::Target;
use crate::sealed::{Held, seal};
use std::path::PathBuf;

/// Measure commitment, proof and verification on this machine
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Resamples the example mail or pictures into corpora of each size and measures the whole job with real
proofs. With --trade-off, measures a family of classifiers at the first size, and prints a table of what
each says of its accuracy and what it costs.

Examples:
  candor bench
  candor bench --sizes 64,512,2048 --json
  candor bench --sizes 2048 --sealed
  candor bench --sizes 2048 --scalar
  candor bench --classifier classifiers/person.clf --sizes 64
  candor bench --trade-off classifiers/trade-off,classifiers/footwear.clf --sizes 512 --plot trade-off.svg")]
pub struct BenchArgs {
    /// Numbers of items
    #[arg(long, value_delimiter = ',', default_value = "64,512,2048", value_parser = clap::value_parser!(u32).range(1..))]
    sizes: Vec<u32>,
    /// Folder of texts or pictures to resample [default: corpus-examples/mail or corpus-examples/images]
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Classifier to prove
    #[arg(
        long,
        value_name = "FILE",
        default_value = "classifiers/unsolicited-commercial-email.clf"
    )]
    classifier: PathBuf,
    /// Measure these classifiers instead, files or folders of them, separated by commas
    #[arg(
        long,
        value_name = "PATHS",
        value_delimiter = ',',
        conflicts_with = "classifier"
    )]
    trade_off: Vec<PathBuf>,
    /// Draw accuracy against cost into this SVG file
    #[arg(long, value_name = "FILE.svg", requires = "trade_off")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    force: Force,
    /// Calculate with one number at a time, as on processors without AVX-512 IFMA
    #[arg(long)]
    scalar: bool,
    /// Measure the same classifier sealed as well, on the same items, and say what that costs
    #[arg(long, conflicts_with = "trade_off")]
    sealed: bool,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

impl BenchArgs {
    fn corpus(&self, form: Form) -> PathBuf {
        self.corpus.clone().unwrap_or_else(|| {
            PathBuf::from(if form.is_text() {
                "corpus-examples/mail"
            } else {
                "corpus-examples/images"
            })
        })
    }
}

pub(super) fn run(common: &Common, args: BenchArgs) -> anyhow::Result<Exit> {
    let target = |path: &PathBuf| Target::new(path, trade_off::FIGURE, args.force, &[]);
    let figure = args.plot.as_ref().map(target).transpose()?;
    let progress = common.progress();
    if args.scalar {
        candor_core::wide::turn_off();
    }
    if !args.trade_off.is_empty() {
        let mut points = Vec::new();
        for file in trade_off::family(&args.trade_off)? {
            let classifier = crate::input::classifier(&file)?;
            let corpus = args.corpus(classifier.form());
            let items = args.sizes[0] as usize;
            points.push(trade_off::measure(
                &common.around,
                &classifier,
                &corpus,
                items,
                progress.as_ref(),
            )?);
        }
        points.sort_by_key(|point| point.neurons);
        if args.json {
            clean::print_json(&points)?;
        } else {
            print!("{}", trade_off::table(&points));
        }
        if let Some(target) = figure {
            target.write(trade_off::plot(&points)?.as_bytes())?;
        }
        return Ok(Exit::Ok);
    }
    let classifier = crate::input::classifier(&args.classifier)?;
    let sizes: Vec<usize> = args.sizes.iter().map(|n| *n as usize).collect();
    let corpus = args.corpus(classifier.form());
    let mut all: Vec<Measurement> = Vec::new();
    let around = &common.around;
    let opening = match args.sealed {
        true => {
            let card = classifier.card().published();
            Some(seal(classifier.clone(), card, Vec::new())?)
        }
        false => None,
    };
    bench::run_beside(
        around,
        &corpus,
        ((&classifier).into(), opening.as_ref().map(Held::from)),
        &sizes,
        progress.as_ref(),
        |m| {
            if !args.json {
                print(m);
                if let Some(public) = all.last().filter(|_| m.sealed) {
                    compare(public, m);
                }
            }
            all.push(m.clone());
        },
    )?;
    if args.json {
        clean::print_json(&all)?;
    }
    Ok(Exit::Ok)
}

/// What sealing costs.
fn compare(public: &Measurement, sealed: &Measurement) {
    println!(
        "  against the public one: prove {:.2} times the CPU, verify {:.2} times, {:.2} times the bytes of proof",
        sealed.prove_cpu_seconds / public.prove_cpu_seconds,
        sealed.verify_cpu_seconds / public.verify_cpu_seconds,
        sealed.proof_bytes as f64 / public.proof_bytes as f64
    );
}

fn print(m: &Measurement) {
    let sealed = if m.sealed { ", sealed" } else { "" };
    println!("{} items, {} proofs{sealed}", m.items, m.proofs);
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
        "  verify       {:>9.2} CPU ms/item ({:.2} CPU s, {:.2} s)",
        m.verify_cpu_ms_per_item, m.verify_cpu_seconds, m.verify_wall_seconds
    );
    println!("  proof size   {:>9.1} bytes/item", m.proof_bytes_per_item);
}
