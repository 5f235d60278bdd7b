//! What a list says, and of what.

use crate::bundle::Reason;

/// One line of the list, before paths are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithholdEntry {
    /// Index, path or control number.
    pub item: String,
    /// Why.
    pub reason: Reason,
    /// What the log tells.
    pub description: String,
}

/// What the list needs to know of an item.
#[derive(Clone, Debug)]
pub struct ItemFacts {
    /// Index.
    pub index: u32,
    /// Path in the corpus.
    pub path: String,
    /// The item it is attached to.
    pub parent: Option<u32>,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// The number it came with in a load file.
    pub control_number: Option<String>,
    /// Whether it matches; `None` if the classifier says nothing about it.
    pub verdict: Option<bool>,
}

impl ItemFacts {
    /// Whether it matches.
    pub fn matches(&self) -> bool {
        self.verdict == Some(true)
    }
}
