//! Why training failed.

/// Fewest examples of either label.
pub const FEWEST: usize = 20;

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
    /// A file must not be written.
    #[error(transparent)]
    Output(#[from] crate::output::OutputError),
    /// A folder of documents cannot be read.
    #[error(transparent)]
    Ingest(crate::ingest::IngestError),
    /// Not enough to learn from.
    #[error("only {found} {label} items with text: at least {} are needed", FEWEST)]
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
