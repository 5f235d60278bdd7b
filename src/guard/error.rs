//! Why the guard cannot look.

use crate::commit::VaultError;
use crate::commit::earlier::place::PlaceError;
use crate::custody::CustodyError;
use crate::requests::RequestsError;
use crate::review::ReviewError;

/// Why the guard cannot look.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What was answered before.
    #[error(transparent)]
    Requests(#[from] RequestsError),
    /// Another case of the chain.
    #[error("what was withheld from it cannot be compared with what goes out: {0}")]
    Before(#[from] PlaceError),
    /// The custody log, which knows the other cases of the chain.
    #[error(transparent)]
    Custody(#[from] CustodyError),
    /// Decisions that are kept in another case of the chain.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// The watcher asked to stop.
    #[error("stopped as asked")]
    Cancelled,
}
