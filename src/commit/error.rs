//! Why nothing was committed.

use super::commitment::CommitmentError;
use super::earlier::EarlierError;
use super::leaf::LeafError;
use super::pedersen::PedersenError;
use super::vault::VaultError;
use crate::ingest::IngestError;
use std::path::PathBuf;

/// Why a folder was not committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The folder cannot be read.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The case cannot be written.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What is to be supplemented.
    #[error(transparent)]
    Earlier(#[from] EarlierError),
    /// The case or custodian cannot be named so.
    #[error(transparent)]
    Commitment(#[from] CommitmentError),
    /// The parameters are missing or damaged.
    #[error(transparent)]
    Pedersen(#[from] PedersenError),
    /// An item that no leaf can describe.
    #[error(transparent)]
    Leaf(#[from] LeafError),
    /// The operating system gives no random numbers.
    #[error("the operating system's random number generator failed: {0}")]
    Randomness(String),
    /// The case lies inside the corpus.
    #[error(
        "the case {} lies inside the corpus {}: choose a folder outside of it, or the vault \
         would become part of what is committed", case.display(), corpus.display()
    )]
    Overlap {
        /// The case.
        case: PathBuf,
        /// The corpus.
        corpus: PathBuf,
    },
    /// There are no files, or none that were asked for.
    #[error("there are no documents in {} that are to be committed: nothing to commit to", .0.display())]
    Nothing(PathBuf),
    /// Items are numbered with 32 bits.
    #[error(
        "the corpus has more than {} items: split it into several cases",
        u32::MAX
    )]
    TooMany,
    /// The watcher asked to stop.
    #[error("stopped as asked; nothing was committed")]
    Cancelled,
}

impl CommitError {
    pub(super) fn randomness(error: impl std::fmt::Display) -> Self {
        CommitError::Randomness(error.to_string())
    }
}
