//! Why an explanation is not possible.

use crate::commit::{NoSuchForm, VaultError};

/// Why an explanation is not possible.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The vault cannot be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Nothing in the case has the classifier's form.
    #[error(transparent)]
    NoItems(#[from] NoSuchForm),
    /// The watcher asked to stop.
    #[error("stopped as asked")]
    Cancelled,
}
