//! Whether reading again read more.

use crate::ingest::{Ledger, Unread};

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
    entries.any(|(code, entry)| code.is_lost() && left(code) < entry.count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_of_what_was_lost_is_news_and_nothing_else_is() {
        for code in Unread::ALL {
            let ledger = |count| {
                let mut ledger = Ledger::default();
                ledger.add_many(*code, count, "");
                ledger
            };
            assert_eq!(improves(&ledger(2), &ledger(1)), code.is_lost(), "{code}");
            assert_eq!(improves(&ledger(2), &ledger(0)), code.is_lost(), "{code}");
            assert!(!improves(&ledger(2), &ledger(2)), "{code}");
            assert!(!improves(&ledger(0), &ledger(2)), "{code}");
        }
        // Letters that look alike are read, whatever they are.
        assert!(!Unread::Lookalike.is_lost() && Unread::PicturePage.is_lost());
    }
}
