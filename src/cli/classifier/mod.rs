//! `candor classifier`: make, look into and measure classifier files.

mod eval;
mod explain;
#[cfg(feature = "onnx")]
mod import;
mod inspect;
mod train;

use super::{Common, Exit, UsageError};
use crate::classify::{Classifier, Evaluation};
use crate::item::Form;
use crate::private;
use crate::train::Dataset;
use anyhow::Context;
use clap::Subcommand;
use std::path::Path;

/// Make, inspect and measure classifier files
#[derive(Debug, clap::Args)]
pub struct ClassifierArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train a classifier on two folders of labelled documents
    Train(Box<train::TrainArgs>),
    /// Turn an ONNX model into a classifier of pictures
    #[cfg(feature = "onnx")]
    Import(Box<import::ImportArgs>),
    /// Show what is inside a classifier file
    Inspect(inspect::InspectArgs),
    /// Tell what a classifier looks for, from its numbers and not from its card
    Explain(explain::ExplainArgs),
    /// Measure a classifier on two folders of labelled documents
    Eval(eval::EvalArgs),
}

pub(super) fn run(common: &Common, args: ClassifierArgs) -> anyhow::Result<Exit> {
    match args.command {
        Command::Train(args) => train::run(common, *args),
        #[cfg(feature = "onnx")]
        Command::Import(args) => import::run(common, *args),
        Command::Inspect(args) => inspect::run(args),
        Command::Explain(args) => explain::run(common, args),
        Command::Eval(args) => eval::run(common, args),
    }
}

/// Writes a classifier file, for everybody to read.
fn save(classifier: &Classifier, path: &Path) -> anyhow::Result<()> {
    private::write_public(path, &classifier.to_bytes()).with_context(|| path.display().to_string())
}

/// Parses a form on the command line; `text` is short for the text form.
pub(super) fn parse_form(value: &str) -> Result<Form, String> {
    match value {
        "text" => Ok(Form::TextWordsV2),
        id => Form::from_id(id).ok_or_else(|| {
            let known: Vec<&str> = Form::ALL.iter().map(Form::id).collect();
            format!(
                "there is no form '{id}'; known are text, {}",
                known.join(", ")
            )
        }),
    }
}

/// Warns about files that could not be used.
fn report_skipped(common: &Common, data: &Dataset) {
    const SHOWN: usize = 5;
    for (path, reason) in data.skipped.iter().take(SHOWN) {
        common.say(format_args!(
            "skipped {}: {reason}",
            crate::clean::line(path)
        ));
    }
    if let Some(more) = data.skipped.len().checked_sub(SHOWN + 1) {
        common.say(format_args!("... and {} more files skipped", more + 1));
    }
}

fn percent(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |v| format!("{:.2} %", 100.0 * v))
}

/// Precision, recall and F1 in columns.
fn measures(e: &Evaluation) -> String {
    format!(
        "{:>9} {:>9} {:>9}",
        percent(e.precision()),
        percent(e.recall()),
        percent(e.f1())
    )
}

fn measures_json(e: &Evaluation) -> serde_json::Value {
    serde_json::json!({
        "items": e.items(),
        "true_positives": e.true_positives,
        "false_positives": e.false_positives,
        "false_negatives": e.false_negatives,
        "true_negatives": e.true_negatives,
        "precision": e.precision(),
        "recall": e.recall(),
        "f1": e.f1(),
        "accuracy": e.accuracy(),
    })
}
