//! What is found about one document.

use serde::Serialize;

/// How an item did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemStatus {
    /// File, text and vector are the committed ones, and reading the file again gives the same.
    Ok,
    /// Everything opens, but reading again cannot settle it here, so a person must compare.
    Compare,
    /// Something is not as committed.
    Failed,
    /// There is no answer for it, or none that can be read, or it came too late.
    NotOpened,
}

/// One opened item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ItemResult {
    /// The item.
    pub item: u32,
    /// Its place in the corpus, as committed. May hold control characters.
    pub path: String,
    /// How it did.
    pub status: ItemStatus,
    /// What is wrong, or to be done.
    pub detail: String,
}
