//! Training classifiers on the very vectors that will be committed and proved.
//!
//! Floating point ends here: what leaves this module is an integer network and a report of how closely it
//! follows the model it was made from.

pub mod dataset;
pub mod features;
pub mod idf;
pub mod interval;
pub mod kin;
pub mod load;
pub mod model;
pub mod quantise;
pub mod run;
pub mod split;
pub mod threshold;

pub use dataset::{Dataset, Example, Row};
pub use load::{load_folder, load_labelled};
pub use model::{FitOptions, Loss, Model};
pub use run::{TYPES, TestReport, ThresholdLine, TrainOptions, TrainReport, Trained, train};
pub use threshold::Goal;

/// Why training failed.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A file cannot be written.
    #[error("{}: {source}", path.display())]
    Write {
        /// The file.
        path: std::path::PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// A folder of documents cannot be read.
    #[error(transparent)]
    Ingest(crate::ingest::IngestError),
    /// Not enough to learn from.
    #[error(
        "only {found} {label} items with text: at least {} are needed",
        run::FEWEST
    )]
    TooFew {
        /// `positive` or `negative`.
        label: &'static str,
        /// How many there are.
        found: usize,
    },
    /// The optimiser failed.
    #[error("the optimiser found no model: {0}")]
    Optimiser(String),
    /// The model does not fit into integers.
    #[error(
        "the model cannot be turned into an integer network: {0}; a stronger penalty (--l2) helps"
    )]
    Quantise(crate::classify::NetworkError),
    /// Name, description or labels are unacceptable.
    #[error(transparent)]
    File(crate::classify::ClassifierError),
}
