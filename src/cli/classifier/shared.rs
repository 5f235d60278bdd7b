//! What more than one of these commands needs.

use crate::classify::Evaluation;
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
