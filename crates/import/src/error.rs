//! Why a model cannot become a classifier.

use candor_core::classify::{ClassifierError, NetworkError};
use candor_core::item::{Form, ImageError};
use std::path::PathBuf;

/// Why a model cannot become a classifier.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file or folder cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The bytes are no ONNX model.
    #[error("not a usable ONNX model: {0}")]
    Malformed(String),
    /// Above a cap.
    #[error("the model has {found} {what}, more than the {limit} that are read")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The cap.
        limit: u64,
        /// The number found.
        found: u64,
    },
    /// A node that cannot be expressed.
    #[error("{node}: {problem}")]
    Node {
        /// Name and operator of the node.
        node: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The model's input does not fit the form.
    #[error("the model's input {found} does not fit the form {form}: {problem}")]
    Input {
        /// The form asked for.
        form: Form,
        /// Name and shape of the model's input.
        found: String,
        /// What is wrong.
        problem: String,
    },
    /// The model's output is no row of scores.
    #[error("the model's output: {0}")]
    Output(String),
    /// The decision does not fit the model or the labels.
    #[error("decision: {0}")]
    Decision(String),
    /// The labels do not fit the model.
    #[error("labels: {0}")]
    Labels(String),
    /// Sample pictures are missing or unsuitable.
    #[error("calibration: {0}")]
    Calibration(String),
    /// A sample picture cannot be used.
    #[error("{}: {source}", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ImageError,
    },
    /// The float reference cannot run the model.
    #[error("the float model cannot be run for comparison: {0}")]
    Reference(String),
    /// The integer network is too far from the model.
    #[error("the integer network is not faithful enough: {0}")]
    Fidelity(String),
    /// The integer network was refused.
    #[error("the integer network was refused: {0}")]
    Network(#[from] NetworkError),
    /// The classifier was refused.
    #[error(transparent)]
    Classifier(#[from] ClassifierError),
}

/// A name from a model, harmless to print.
pub(crate) fn printable(name: &str) -> String {
    let escaped: String = name
        .chars()
        .map(|c| {
            let safe = c.is_ascii_graphic() || c == ' ';
            if safe { c } else { '?' }
        })
        .collect();
    match escaped.len() {
        0 => "(unnamed)".to_owned(),
        1..=80 => escaped,
        n => format!("..{}", &escaped[n - 78..]),
    }
}
