//! What more than one of these commands needs.

use crate::classify::{Classifier, Evaluation};
use crate::cli::Common;
use crate::private;
use crate::train::Dataset;
use anyhow::Context;
use std::path::Path;

/// Writes a classifier file, for everybody to read.
pub(super) fn save(classifier: &Classifier, path: &Path) -> anyhow::Result<()> {
    private::write_public(path, &classifier.to_bytes()).with_context(|| path.display().to_string())
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
