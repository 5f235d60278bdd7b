//! `candor classifier eval`.

use super::shared::{measures_json, percent, report_skipped};
use crate::classify::Evaluation;
use crate::clean;
use crate::cli::common::Secret;
use crate::cli::{Common, Exit, UsageError};
use crate::train::{self, Dataset};
use rayon::prelude::*;
use std::path::PathBuf;

/// Measure a classifier on two folders of labelled documents
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  candor classifier eval --classifier spam.clf --positive spam --negative ham
  candor classifier eval --classifier spam.clf --positive spam --negative ham --mistakes")]
pub(super) struct EvalArgs {
    /// Classifier file
    #[arg(short, long, value_name = "FILE")]
    classifier: PathBuf,
    #[command(flatten)]
    secret: Secret,
    /// Folder of documents that should match (may be given several times)
    #[arg(long, value_name = "DIR")]
    positive: Vec<PathBuf>,
    /// Folder of documents that should not match (may be given several times)
    #[arg(long, value_name = "DIR")]
    negative: Vec<PathBuf>,
    /// List the documents that are classified otherwise than labelled
    #[arg(long)]
    mistakes: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(common: &Common, args: EvalArgs) -> anyhow::Result<Exit> {
    if args.positive.is_empty() && args.negative.is_empty() {
        return Err(UsageError("give --positive or --negative folders, or both".to_owned()).into());
    }
    let any = args.secret.open(&args.classifier)?;
    let classifier = any.held_of(&args.classifier)?;
    let progress = common.progress();
    let mut data = Dataset::default();
    for (folders, positive) in [(&args.positive, true), (&args.negative, false)] {
        for folder in folders {
            train::load_folder(&mut data, folder, classifier.form(), positive, &*progress)?;
        }
    }
    report_skipped(common, &data);
    let verdicts: Vec<_> = data
        .examples
        .par_iter()
        .map(|e| classifier.evaluate(&e.vector))
        .collect();
    let mut evaluation = Evaluation::default();
    let mut mistakes = vec![];
    for (example, verdict) in data.examples.iter().zip(verdicts) {
        evaluation.count(example.positive, verdict.matches);
        if example.positive != verdict.matches {
            mistakes.push((example, verdict));
        }
    }
    if args.json {
        let mut report = measures_json(&evaluation);
        report["classifier"] = hex::encode(classifier.hash()).into();
        report["source"] = "measured here".into();
        report["skipped"] = data.skipped.len().into();
        if args.mistakes {
            report["mistakes"] = mistakes
                .iter()
                .map(|(e, v)| {
                    serde_json::json!({"path": e.path, "positive": e.positive, "score": v.score})
                })
                .collect();
        }
        clean::print_json(&report)?;
        return Ok(Exit::Ok);
    }
    println!("measured here, on the documents given");
    println!("                labelled positive   labelled negative");
    println!(
        "matches         {:>17}   {:>17}",
        evaluation.true_positives, evaluation.false_positives
    );
    println!(
        "does not match  {:>17}   {:>17}",
        evaluation.false_negatives, evaluation.true_negatives
    );
    println!(
        "\nprecision {}, recall {}, F1 {}, accuracy {} on {} items",
        percent(evaluation.precision()),
        percent(evaluation.recall()),
        percent(evaluation.f1()),
        percent(evaluation.accuracy()),
        evaluation.items()
    );
    if args.mistakes {
        println!();
        for (example, verdict) in mistakes {
            let label = if example.positive {
                "missed"
            } else {
                "wrong match"
            };
            println!(
                "{label:<12} {:>10}  {}",
                verdict.score,
                crate::clean::line(&example.path)
            );
        }
    }
    Ok(Exit::Ok)
}
