//! Why a vault is not written, opened or read.

use super::record::RecordError;
use crate::commit::OpenError;
use crate::commit::commitment::CommitmentError;
use std::path::{Path, PathBuf};

/// Why a vault cannot be written, opened or read.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is a commitment already.
    #[error(
        "{} holds a commitment already, and candor never overwrites one: choose another folder \
         for the new case", case.display()
    )]
    Exists {
        /// The case.
        case: PathBuf,
    },
    /// Another process is committing.
    #[error("another candor is committing to {} right now: let it finish", case.display())]
    Busy {
        /// The case.
        case: PathBuf,
    },
    /// Not a case.
    #[error("{} is not a case: it has no vault (run candor commit first)", case.display())]
    Missing {
        /// The folder.
        case: PathBuf,
    },
    /// A commit was interrupted.
    #[error(
        "the commit to {} was interrupted before it was complete: run the same candor commit again",
        case.display()
    )]
    Interrupted {
        /// The folder.
        case: PathBuf,
    },
    /// It is encrypted.
    #[error(
        "the vault of {} is locked with a passphrase: run candor case unlock with this folder first",
        case.display()
    )]
    Locked {
        /// The folder.
        case: PathBuf,
    },
    /// Another process is encrypting it.
    #[error("another candor is locking the vault of {} right now: let it finish", case.display())]
    BeingLocked {
        /// The folder.
        case: PathBuf,
    },
    /// A file is not what it should be.
    #[error("{} is damaged: {what}; restore it from a backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The vault's own commitment file.
    #[error("{} is refused: {source}", path.display())]
    Commitment {
        /// The file.
        path: PathBuf,
        /// Why.
        source: CommitmentError,
    },
    /// The public commitment file is another one.
    #[error(
        "{} is not the commitment of this vault (its copy is in the vault folder): was it \
         replaced or edited?", path.display()
    )]
    OtherCommitment {
        /// The file.
        path: PathBuf,
    },
    /// A record of one item.
    #[error("the record of item {index} is damaged: {source}; restore the vault from a backup")]
    Record {
        /// The item.
        index: u32,
        /// What is wrong.
        source: RecordError,
    },
    /// There is no such item.
    #[error("there is no item {index}: the case has {count} items, numbered from 0")]
    NoSuchItem {
        /// The item asked for.
        index: u32,
        /// How many there are.
        count: u32,
    },
    /// A document that was left where it was has changed.
    #[error(
        "{} is not the file that was committed as item {index}: its content has changed; put the \
         original back", path.display()
    )]
    Changed {
        /// The item.
        index: u32,
        /// The file.
        path: PathBuf,
    },
}

pub(super) fn damaged(path: &Path, what: impl ToString) -> VaultError {
    VaultError::Damaged {
        path: path.to_owned(),
        what: what.to_string(),
    }
}

impl From<OpenError> for VaultError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Io { path, source } => VaultError::Io { path, source },
            OpenError::Refused { path, source } => VaultError::Commitment { path, source },
        }
    }
}
