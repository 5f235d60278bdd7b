//! Whether reading again read more.

use crate::ingest::{Ledger, Unread};

/// Codes about what was read all the same, with less certainty: no part of the document is missing.
const READ_ALL_THE_SAME: [Unread; 4] = [
    Unread::Fact,
    Unread::Guessed,
    Unread::Replaced,
    Unread::Uncertain,
];

/// Whether something that was not read before is read now: of some code there is less. Other codes may be new, such as
/// those of what lies in a part that could not be opened before.
pub(super) fn improves(before: &Ledger, now: &Ledger) -> bool {
    let left = |code: Unread| {
        let mut entries = now.entries();
        entries
            .find(|(other, _)| *other == code)
            .map_or(0, |(_, entry)| entry.count)
    };
    let mut entries = before.entries();
    entries.any(|(code, entry)| !READ_ALL_THE_SAME.contains(&code) && left(code) < entry.count)
}
