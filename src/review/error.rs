//! Why decisions cannot be read or recorded.

use crate::bundle::WithheldError;
use crate::commit::VaultError;
use std::io;
use std::path::PathBuf;

/// Why decisions cannot be read or recorded.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// No vault there, or a locked one.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line that nobody wrote.
    #[error(
        "{} line {line}: {what}; decisions after it would be lost, so none is read: put that line right, or \
         restore the file from a copy", path.display()
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// Too large to be what it says.
    #[error("{} is larger than any record of decisions ({} bytes)", path.display(), limit)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: u64,
    },
    /// Another process is writing, and goes on doing so.
    #[error("another candor is writing {} and does not finish: close it, then try again", .0.display())]
    Busy(PathBuf),
    /// Somebody else decided meanwhile.
    #[error(
        "something else was decided meanwhile ({}): look at what is withheld now before you take anything back",
        .0.display()
    )]
    Changed(PathBuf),
    /// A decision that says too little or too much.
    #[error(transparent)]
    Entry(#[from] WithheldError),
}
