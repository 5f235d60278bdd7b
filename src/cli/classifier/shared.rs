//! What more than one of these commands needs.

use crate::classify::{Card, Evaluation, Op, TensorRef};
use crate::cli::Common;
use crate::cli::common::Force;
use crate::output::{Kind, OutputError, Target};
use crate::train::Dataset;
use std::path::Path;

const CLASSIFIER: Kind = Kind {
    name: "a classifier",
    is: |bytes| bytes.starts_with(b"candor-clf-"),
};

/// Where a classifier file goes, for everybody to read: looked at before the work begins.
pub(super) fn target(path: &Path, force: Force, inputs: &[&Path]) -> Result<Target, OutputError> {
    Ok(Target::new(path, CLASSIFIER, force, inputs)?.public())
}

/// Warns about files that could not be used.
pub(super) fn report_skipped(common: &Common, data: &Dataset) {
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

/// A layer's terms in words: for each its operator, its input and its zero point.
pub(super) fn terms(
    terms: impl Iterator<Item = (Op, TensorRef, i64)>,
    source: impl Fn(TensorRef) -> String,
) -> String {
    let term = |(op, input, zero_point): (Op, TensorRef, i64)| {
        let zero = match zero_point {
            0 => String::new(),
            z => format!(" - {z}"),
        };
        format!("{} of {}{zero}", operator(&op), source(input))
    };
    terms.map(term).collect::<Vec<_>>().join(" + ")
}

pub(super) fn operator(op: &Op) -> String {
    match op {
        Op::Dense => "dense".to_owned(),
        Op::Conv {
            kernel: [h, w],
            stride: [sh, sw],
            pad,
            groups,
        } => format!("conv {h}x{w} stride {sh}x{sw} pad {pad:?} groups {groups}"),
    }
}

/// A line of a name and its value; none without a value.
pub(super) fn line(name: &str, value: &str) -> String {
    match value {
        "" => String::new(),
        _ => format!("{name:<12} {value}\n"),
    }
}

/// What a card claims of its classifier, before it says when it matches.
pub(super) fn claims(card: &Card) -> String {
    let labels = format!("{} | {}", card.labels.matching, card.labels.other);
    [
        line("name", &card.name),
        line("description", &indented(&card.description)),
        line("author", &card.author),
        line("labels", &labels),
    ]
    .concat()
}

/// A value of several lines, below its first.
pub(super) fn indented(value: &str) -> String {
    value.replace('\n', "\n             ")
}

pub(super) fn percent(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |v| format!("{:.2} %", 100.0 * v))
}

/// Precision, recall and F1 in columns.
pub(super) fn measures(e: &Evaluation) -> String {
    format!(
        "{:>9} {:>9} {:>9}",
        percent(e.precision()),
        percent(e.recall()),
        percent(e.f1())
    )
}

pub(super) fn measures_json(e: &Evaluation) -> serde_json::Value {
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
