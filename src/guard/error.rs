//! Why the guard cannot look.

use crate::commit::VaultError;
use crate::requests::RequestsError;
use std::path::PathBuf;

/// Why the guard cannot look.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What was answered before.
    #[error(transparent)]
    Requests(#[from] RequestsError),
    /// The case that this one supplements.
    #[error(
        "this case supplements {}, and what was withheld from that one cannot be compared with what goes out; put it, \
         or a link to it, back into its place: {source}", path.display()
    )]
    Before {
        /// Where it was when the supplement was made.
        path: PathBuf,
        /// Why it cannot be opened.
        source: VaultError,
    },
    /// The watcher asked to stop.
    #[error("stopped as asked")]
    Cancelled,
}
