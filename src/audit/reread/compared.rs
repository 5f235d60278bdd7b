//! What a comparison of an item with a reading of it says.

use std::collections::BTreeSet;

/// What of an item is not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Its text, its kind, or whether and how it is searched.
    Reading,
    /// Its media type.
    MediaType,
    /// The sentence that says why it was not searched.
    Sentence,
    /// Facts.
    Facts,
    /// What lies in it.
    Parts,
    /// What of it was not read.
    Unread,
    /// What is said about that.
    UnreadWords,
}

/// A difference, and whether a person may find an honest reason for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub what: What,
    pub why: String,
    pub unclear: bool,
}

/// What the comparison with one reading says.
#[derive(Clone, Debug, Default)]
pub(super) struct Compared {
    pub differences: Vec<Difference>,
    /// What stands as it was stated, since neither the file nor its bytes say it.
    pub taken: BTreeSet<String>,
}

impl Compared {
    pub fn differs(&mut self, what: What, why: String) {
        self.differences.push(Difference {
            what,
            why,
            unclear: false,
        });
    }

    pub fn unclear(&mut self, what: What, why: String) {
        self.differences.push(Difference {
            what,
            why,
            unclear: true,
        });
    }

    pub fn is_same(&self) -> bool {
        self.differences.is_empty()
    }

    /// Whether there is nothing but such differences.
    pub fn only(&self, of: &[What]) -> bool {
        self.differences
            .iter()
            .all(|difference| of.contains(&difference.what))
    }

    pub fn has(&self, what: What) -> bool {
        self.differences
            .iter()
            .any(|difference| difference.what == what)
    }
}
