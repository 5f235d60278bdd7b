//! What every verdict says first: how many items were not searched, and why, and how many were read in part.
//!
//! A search that verified says nothing of what it could not read. So the number comes first wherever a
//! verdict is shown: on the command line, in JSON, in the report, the certificate, exports, answers and in
//! the terminal application. All of them take it, and the sentence, from here.

use crate::bundle::{Disposition, Dispositions};
use crate::record::PublicLeaf;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The key of items that the classifier does not read; no exception can have it.
pub(super) const OUTSIDE_FORM: &str = "outside-form";
/// Most reasons that the sentence names.
const NAMED: usize = 6;

/// The first line of a verification that failed.
pub const FAILED: &str =
    "VERIFICATION FAILED: nothing is established, this bundle must not be relied on";

/// How the first line begins where the bundle is what it should be, and not one item was searched.
pub const NOTHING: &str = "NOTHING WAS SEARCHED";

/// Items that were not searched: exceptions and items outside the classifier's form; and items of which something
/// was not read, so that only the rest was searched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotSearched {
    /// How many.
    pub items: u32,
    /// Of how many committed ones.
    pub of: u32,
    /// How many for each reason: the code of an exception, as the responder gave it, or `outside-form`.
    pub reasons: BTreeMap<String, u32>,
    /// Items that were searched as far as they were read, which was not wholly.
    pub partly: u32,
    /// If this is about a commitment and its supplements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Over>,
    /// If this is about a supplement alone, its place: what it supplements was not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alone: Option<u32>,
}

/// Several commitments, of which each supplements the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Over {
    /// How many.
    pub commitments: u32,
    /// Exceptions that a supplement resolves: neither searched where they were nor counted as not searched.
    pub resolved: u32,
    /// Items that were read in part, and that a supplement has wholly read: not among those read in part only.
    #[serde(default)]
    pub completed: u32,
}

impl NotSearched {
    /// Counts them.
    pub fn count(leaves: &[PublicLeaf], dispositions: &Dispositions) -> Self {
        let mut found = NotSearched {
            of: leaves.len() as u32,
            ..NotSearched::default()
        };
        for (leaf, (_, disposition)) in leaves.iter().zip(dispositions.iter()) {
            let reason = match disposition {
                Disposition::Exception => leaf.exception().map_or("", |code| code.as_str()),
                Disposition::OutsideForm => OUTSIDE_FORM,
                _ => {
                    found.partly += u32::from(leaf.is_partly_read());
                    continue;
                }
            };
            found.items += 1;
            *found.reasons.entry(reason.to_owned()).or_default() += 1;
        }
        found
    }

    /// Takes out an exception that a supplement resolves; whether there was one.
    pub(super) fn resolve(&mut self, reason: &str) -> bool {
        let Some(left) = self.reasons.get_mut(reason).filter(|n| **n > 0) else {
            return false;
        };
        *left -= 1;
        if *left == 0 {
            self.reasons.remove(reason);
        }
        self.items -= 1;
        true
    }

    /// Takes out an item that was read in part and that a supplement has wholly; whether there was one.
    pub(super) fn complete(&mut self) -> bool {
        let any = self.partly > 0;
        self.partly -= u32::from(any);
        any
    }

    /// Adds what was found of another commitment, of whose exceptions so many are resolved, and so many of whose
    /// partly read items are read wholly elsewhere.
    pub(super) fn add(&mut self, other: &NotSearched, resolved: u32, completed: u32) {
        self.items += other.items;
        self.partly += other.partly;
        for (reason, n) in &other.reasons {
            *self.reasons.entry(reason.clone()).or_default() += n;
        }
        if let Some(over) = &mut self.over {
            over.resolved += resolved;
            over.completed += completed;
        }
    }

    /// How many items the classifier said anything about.
    pub fn searched(&self) -> u32 {
        let resolved = self.over.map_or(0, |over| over.resolved);
        self.of.saturating_sub(self.items).saturating_sub(resolved)
    }

    /// Whether the classifier said nothing about any item: then what verified is a list of what was not searched.
    pub fn nothing(&self) -> bool {
        self.searched() == 0
    }

    /// Whether anything was not searched, or not wholly, or is not all that there is to look at, or counts as searched
    /// because the responder says which document it is.
    pub fn any(&self) -> bool {
        let resolved = self
            .over
            .is_some_and(|over| over.resolved + over.completed > 0);
        self.items > 0 || self.partly > 0 || self.alone.is_some() || resolved
    }

    /// In one sentence, the reasons right behind the number.
    pub fn sentence(&self) -> String {
        let partly = match self.partly {
            0 => String::new(),
            1 => ", 1 was read in part only".to_owned(),
            n => format!(", {} were read in part only", many(n)),
        };
        if let Some(over) = self.over {
            let completed = match over.completed {
                0 => String::new(),
                n => format!(
                    ", {} read in part at first and wholly in a supplement (as the responder states)",
                    many(n)
                ),
            };
            return self.sum(over) + &partly + &completed;
        }
        let partly = match self.alone {
            None => partly,
            Some(number) => format!(
                "{partly}; this is supplement {number}, and what it supplements was not given"
            ),
        };
        let searched = match (self.items, self.of) {
            (0, 1) if self.partly > 0 => {
                let rest = partly.trim_start_matches(", 1 was read in part only");
                return format!("the one item was read in part only{rest}");
            }
            (0, 1) => "the one item was searched".to_owned(),
            (0, of) => format!("all {} items were searched", many(of)),
            (_, 1) => format!("the one item could not be searched ({})", self.why()),
            (items, of) if items == of => format!(
                "none of the {} items could be searched ({})",
                many(of),
                self.why()
            ),
            (items, of) => format!(
                "{} of {} items could not be searched ({})",
                many(items),
                many(of),
                self.why()
            ),
        };
        searched + &partly
    }

    /// Several commitments in one sentence.
    fn sum(&self, over: Over) -> String {
        let items = if self.of == 1 { "item" } else { "items" };
        let mut out = format!(
            "{} {items} committed in {} commitments, {} searched, {} resolved by a supplement (as the responder states), ",
            many(self.of),
            many(over.commitments),
            many(self.searched()),
            many(over.resolved)
        );
        out += &match self.items {
            0 => "none that could not be searched".to_owned(),
            n => format!("{} could not be searched ({})", many(n), self.why()),
        };
        out
    }

    /// The reasons, most frequent first.
    fn why(&self) -> String {
        let mut reasons: Vec<(&str, u32)> = self.reasons.iter().map(|(r, n)| (&**r, *n)).collect();
        reasons.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let rest: u32 = reasons.iter().skip(NAMED).map(|(_, n)| n).sum();
        let mut out: Vec<String> = reasons
            .iter()
            .take(NAMED)
            .map(|(reason, n)| format!("{} {}", many(*n), in_words(reason)))
            .collect();
        if rest > 0 {
            out.push(format!("{} for other reasons", many(rest)));
        }
        out.join(", ")
    }

    /// The first line of a verdict on a bundle that verified. One in which nothing was searched does not begin as a
    /// search that verified does.
    pub fn headline(&self) -> String {
        let begins = match self.nothing() {
            true => NOTHING,
            false => "VERIFIED",
        };
        format!("{begins}: {}", self.sentence())
    }
}

/// A number as people write it.
fn many(n: u32) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Why items were not searched, as it stands behind their number. A code that this version does not know
/// is the responder's own wording, so it is quoted: it cannot finish the sentence.
pub fn in_words(code: &str) -> String {
    match code {
        OUTSIDE_FORM => "outside the classifier's form",
        "unreadable" => "unreadable",
        "empty" => "empty",
        "encrypted" => "encrypted",
        "unsupported" => "of a kind that is not read",
        "corrupt" => "damaged",
        "too_large" => "too large",
        "too_deep" => "nested too deep",
        "too_many" => "with too many parts",
        "no_text" => "without text",
        "time_limit" => "out of time",
        "reader_failed" => "on which a reader failed",
        "link" => "links",
        "special_file" => "no regular files",
        "clutter" => "files that systems leave behind",
        "missing" => "missing",
        "no_form" => "in none of the committed forms",
        other => return format!("'{other}'"),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_searched(of: u32, reasons: &[(&str, u32)]) -> NotSearched {
        let reasons: BTreeMap<String, u32> =
            reasons.iter().map(|(r, n)| ((*r).to_owned(), *n)).collect();
        NotSearched {
            items: reasons.values().sum(),
            of,
            reasons,
            ..NotSearched::default()
        }
    }

    #[test]
    fn over_several_commitments_the_first_line_adds_up() {
        let mut sum = not_searched(1248, &[]);
        sum.over = Some(Over {
            commitments: 2,
            ..Over::default()
        });
        let mut first = not_searched(1239, &[("encrypted", 10), ("corrupt", 2)]);
        first.partly = 12;
        for _ in 0..7 {
            assert!(first.resolve("encrypted"));
        }
        assert!(!first.resolve("no_text"));
        sum.add(&first, 7, 0);
        sum.add(&not_searched(9, &[]), 0, 0);
        assert_eq!(
            sum.headline(),
            "VERIFIED: 1,248 items committed in 2 commitments, 1,236 searched, 7 resolved by a supplement (as the \
             responder states), 5 could not be searched (3 encrypted, 2 damaged), 12 were read in part only"
        );
        let mut lone = not_searched(9, &[]);
        lone.alone = Some(1);
        assert!(lone.any());
        assert_eq!(
            lone.headline(),
            "VERIFIED: all 9 items were searched; this is supplement 1, and what it supplements was not given"
        );
        let mut one = not_searched(1, &[]);
        (one.partly, one.alone) = (1, Some(2));
        assert_eq!(
            one.headline(),
            "VERIFIED: the one item was read in part only; this is supplement 2, and what it supplements was not given"
        );
    }

    #[test]
    fn what_was_read_in_part_stands_in_the_first_line() {
        let mut found = not_searched(3285, &[("encrypted", 3)]);
        found.partly = 1200;
        assert_eq!(
            found.headline(),
            "VERIFIED: 3 of 3,285 items could not be searched (3 encrypted), 1,200 were read in part only"
        );
        let mut all = not_searched(10, &[]);
        all.partly = 1;
        assert_eq!(
            all.headline(),
            "VERIFIED: all 10 items were searched, 1 was read in part only"
        );
        assert!(all.any() && !not_searched(10, &[]).any());
        let mut one = not_searched(1, &[]);
        one.partly = 1;
        assert_eq!(
            one.headline(),
            "VERIFIED: the one item was read in part only"
        );
    }

    #[test]
    fn the_first_line_says_how_many_were_not_searched_and_why() {
        for (found, line) in [
            (
                not_searched(
                    3285,
                    &[("no_text", 12), ("encrypted", 3), (OUTSIDE_FORM, 235)],
                ),
                "VERIFIED: 250 of 3,285 items could not be searched (235 outside the classifier's form, \
                 12 without text, 3 encrypted)",
            ),
            (
                not_searched(3285, &[]),
                "VERIFIED: all 3,285 items were searched",
            ),
            (not_searched(1, &[]), "VERIFIED: the one item was searched"),
            (
                not_searched(1, &[("link", 1)]),
                "NOTHING WAS SEARCHED: the one item could not be searched (1 links)",
            ),
            (
                not_searched(1200, &[("encrypted", 1199), (OUTSIDE_FORM, 1)]),
                "NOTHING WAS SEARCHED: none of the 1,200 items could be searched (1,199 encrypted, 1 outside the \
                 classifier's form)",
            ),
        ] {
            assert_eq!(found.headline(), line);
        }
    }

    /// Not one item in the classifier's form: in the last supplement, or in all of a chain.
    #[test]
    fn what_searched_nothing_does_not_begin_as_a_search_that_verified() {
        let mut lone = not_searched(2, &[("encrypted", 2)]);
        lone.alone = Some(1);
        assert_eq!(
            lone.headline(),
            "NOTHING WAS SEARCHED: none of the 2 items could be searched (2 encrypted); this is supplement 1, and \
             what it supplements was not given"
        );
        let mut sum = not_searched(5, &[]);
        sum.over = Some(Over {
            commitments: 2,
            ..Over::default()
        });
        sum.add(&not_searched(3, &[("encrypted", 3)]), 0, 0);
        sum.add(&not_searched(2, &[(OUTSIDE_FORM, 2)]), 0, 0);
        assert!(sum.nothing() && sum.any());
        assert!(
            sum.headline().starts_with(
                "NOTHING WAS SEARCHED: 5 items committed in 2 commitments, 0 searched,"
            ),
            "{}",
            sum.headline()
        );
        sum.items = 4;
        assert!(sum.headline().starts_with("VERIFIED: "));
    }

    #[test]
    fn items_that_a_supplement_has_wholly_are_counted_apart() {
        let mut sum = not_searched(10, &[]);
        sum.over = Some(Over {
            commitments: 2,
            ..Over::default()
        });
        let mut first = not_searched(8, &[]);
        first.partly = 3;
        assert!(first.complete());
        sum.add(&first, 0, 1);
        sum.add(&not_searched(2, &[]), 0, 0);
        assert_eq!(
            sum.headline(),
            "VERIFIED: 10 items committed in 2 commitments, 10 searched, 0 resolved by a supplement (as the responder \
             states), none that could not be searched, 2 were read in part only, 1 read in part at first and wholly in \
             a supplement (as the responder states)"
        );
        assert!(!not_searched(1, &[]).complete());
    }

    #[test]
    fn numbers_are_grouped() {
        let written = [0, 7, 999, 1_000, 123_456, u32::MAX].map(many);
        assert_eq!(
            written,
            ["0", "7", "999", "1,000", "123,456", "4,294,967,295"]
        );
    }

    /// A responder chooses the codes. They cannot talk the number away, nor push what follows off the page.
    #[test]
    fn codes_that_a_responder_made_up_are_quoted_and_few() {
        let talk = not_searched(10, &[("of_which_all_were_searched_after_all", 9)]);
        assert!(
            talk.headline()
                .ends_with("(9 'of_which_all_were_searched_after_all')"),
            "{}",
            talk.headline()
        );
        let codes: Vec<String> = (0..5000).map(|n| format!("code_{n}")).collect();
        let many: Vec<(&str, u32)> = codes.iter().map(|code| (&**code, 1)).collect();
        let line = not_searched(9000, &many).headline();
        assert!(line.len() < 300, "{line}");
        assert!(line.ends_with("4,994 for other reasons)"), "{line}");
    }
}
