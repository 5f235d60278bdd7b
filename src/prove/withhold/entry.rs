//! What a list says, and of what.

use crate::bundle::Reason;
use crate::dryrun::Row;

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
    /// What a dry run says of it.
    pub fn of(row: Row) -> Self {
        ItemFacts {
            index: row.item,
            verdict: row.outcome.verdict(),
            path: row.path,
            parent: row.parent,
            sha256: row.sha256,
            control_number: row.control_number,
        }
    }

    /// Whether it matches.
    pub fn matches(&self) -> bool {
        self.verdict == Some(true)
    }
}
