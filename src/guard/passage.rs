//! What many items share is asked about once: a newsletter's footer in two hundred letters is one question, not two
//! hundred.
//!
//! Of each item that goes out the guard knows what withheld content it shares: runs of words, or a whole thing such as
//! the bytes of an attachment. Items that share little come first, so what is common to many becomes a passage of its own,
//! and what another item shares besides becomes another. Every run of words is in one passage, and an item is asked about
//! by way of all passages that it shares, except for less than what makes a phrase.

use super::index::RULE;
use super::{Allowance, words};
use crate::commit::{Vault, VaultError};
use crate::ingest::names::escape;
use crate::ingest::plain;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

/// Something whole that is shared: in what way, and what.
pub(super) type Mark = (u8, u32);

/// What an item that goes out shares with withheld ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shared {
    /// Runs of words.
    pub runs: BTreeSet<u64>,
    /// Whole things.
    pub marks: BTreeSet<Mark>,
    /// Whether something else is asked about it, which only an answer about this item settles.
    pub alone: bool,
    /// Where it lies: the item itself, or items inside.
    pub places: BTreeSet<u32>,
    /// The withheld items.
    pub withheld: BTreeSet<u32>,
}

impl Shared {
    pub fn add(&mut self, other: Shared) {
        self.runs.extend(other.runs);
        self.marks.extend(other.marks);
        self.alone |= other.alone;
        self.places.extend(other.places);
        self.withheld.extend(other.withheld);
    }
}

/// Withheld content that stands in items that go out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Passage {
    /// Its name, which is a hash of it: another passage has another.
    pub id: String,
    /// Some of its words.
    pub excerpt: String,
    /// Runs of words in it.
    pub runs: usize,
    /// The items that it stands in and that go out.
    pub items: Vec<u32>,
    /// The withheld items that it is from.
    pub withheld: Vec<u32>,
}

impl fmt::Display for Passage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let withheld = list(&self.withheld, 4);
        let what = match self.excerpt.as_str() {
            "" => String::new(),
            excerpt => format!(" \"{}\"", escape(excerpt)),
        };
        write!(
            f,
            "passage {}{what} of withheld {withheld} stands in {} items: {}",
            self.id,
            self.items.len(),
            list(&self.items, 12)
        )
    }
}

fn list(items: &[u32], most: usize) -> String {
    let shown: Vec<String> = items.iter().take(most).map(u32::to_string).collect();
    match items.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// All passages, and which of them each item shares.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Passages {
    pub list: Vec<Passage>,
    /// By item, the places in the list. Items of which something else is asked are not in it.
    pub of: BTreeMap<u32, Vec<usize>>,
}

/// A passage while it is put together.
#[derive(Default)]
struct Part {
    runs: BTreeSet<u64>,
    marks: BTreeSet<Mark>,
    items: BTreeSet<u32>,
    withheld: BTreeSet<u32>,
    places: BTreeSet<u32>,
}

impl Passages {
    /// Cuts what items share into passages. `vault` has the words of them.
    pub fn of(shared: &BTreeMap<u32, Shared>, vault: Option<&Vault>) -> Result<Self, VaultError> {
        let mut order: Vec<(&u32, &Shared)> = shared.iter().filter(|(_, s)| !s.alone).collect();
        order.sort_by_key(|(item, s)| (s.runs.len() + s.marks.len(), **item));
        let mut parts: Vec<Part> = Vec::new();
        let (mut of_run, mut of_mark) = (HashMap::new(), HashMap::new());
        let mut of: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (item, shared) in order {
            let mut touched: BTreeMap<usize, usize> = BTreeMap::new();
            let mut needed: BTreeSet<usize> = BTreeSet::new();
            let mut rest = Part::default();
            for run in &shared.runs {
                match of_run.get(run) {
                    Some(part) => *touched.entry(*part).or_default() += 1,
                    None => drop(rest.runs.insert(*run)),
                }
            }
            for mark in &shared.marks {
                match of_mark.get(mark) {
                    Some(part) => drop(needed.insert(*part)),
                    None => drop(rest.marks.insert(*mark)),
                }
            }
            // The greatest first; of what is left over altogether there may be a phrase, no more.
            let mut touched: Vec<(usize, usize)> = touched.into_iter().collect();
            touched.sort_by_key(|(part, count)| (std::cmp::Reverse(*count), *part));
            let mut left: usize = touched
                .iter()
                .filter(|(part, _)| !needed.contains(part))
                .map(|(_, count)| count)
                .sum();
            let of_new = rest.runs.len();
            let new = of_new >= RULE.fewest || !rest.marks.is_empty();
            let besides = if new { 0 } else { of_new };
            for (part, count) in touched {
                if needed.contains(&part) {
                    continue;
                }
                if left + besides < RULE.fewest && (new || !needed.is_empty()) {
                    break;
                }
                needed.insert(part);
                left -= count;
            }
            if new || needed.is_empty() {
                let number = parts.len();
                of_run.extend(rest.runs.iter().map(|run| (*run, number)));
                of_mark.extend(rest.marks.iter().map(|mark| (*mark, number)));
                rest.places.clone_from(&shared.places);
                parts.push(rest);
                needed.insert(number);
            }
            for &part in &needed {
                parts[part].items.insert(*item);
                parts[part].withheld.extend(&shared.withheld);
            }
            of.insert(*item, needed.into_iter().collect());
        }
        let list = parts
            .iter()
            .map(|part| part.finish(vault))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Passages { list, of })
    }

    /// Whether more than one item shares it.
    fn is_common(&self, part: usize) -> bool {
        self.list[part].items.len() > 1
    }

    /// Whether an item is asked about only by way of passages that others share.
    pub fn is_grouped(&self, item: u32) -> bool {
        let parts = self.of.get(&item);
        parts.is_some_and(|parts| parts.iter().all(|part| self.is_common(*part)))
    }

    /// Passages of several items about which somebody still has to decide, with these items alone.
    pub fn open(&self, undecided: &BTreeSet<u32>) -> Vec<Passage> {
        let open = self.list.iter().map(|passage| Passage {
            items: passage
                .items
                .iter()
                .copied()
                .filter(|item| undecided.contains(item) && self.is_grouped(*item))
                .collect(),
            ..passage.clone()
        });
        open.filter(|passage| !passage.items.is_empty()).collect()
    }

    /// The items that these passages settle, with why.
    pub fn allow(&self, given: &[(String, String)]) -> Vec<Allowance> {
        let reason = |part: &usize| given.iter().find(|(id, _)| *id == self.list[*part].id);
        let settled = self.of.iter().filter_map(|(item, parts)| {
            let by: Vec<&(String, String)> = parts.iter().map(reason).collect::<Option<_>>()?;
            let mut reasons: Vec<&str> = Vec::new();
            for (_, reason) in &by {
                if !reasons.contains(&reason.as_str()) {
                    reasons.push(reason);
                }
            }
            let ids: Vec<&str> = by.iter().map(|(id, _)| id.as_str()).collect();
            Some(Allowance {
                item: *item,
                reason: format!("{} (passage {})", reasons.join("; "), ids.join(", ")),
            })
        });
        settled.collect()
    }

    /// Those of the given passages that are none.
    pub fn unknown(&self, given: &[(String, String)]) -> Vec<String> {
        let known = |id: &String| self.list.iter().any(|passage| passage.id == *id);
        let ids = given.iter().map(|(id, _)| id);
        ids.filter(|id| !known(id)).cloned().collect()
    }
}

impl Part {
    fn finish(&self, vault: Option<&Vault>) -> Result<Passage, VaultError> {
        let mut hasher = Sha256::new_with_prefix(b"candor/passage/v1\0");
        for run in &self.runs {
            hasher.update(run.to_le_bytes());
        }
        for (ground, item) in &self.marks {
            hasher.update([*ground]);
            hasher.update(item.to_le_bytes());
        }
        let mut excerpt = String::new();
        if let Some(vault) = vault.filter(|_| !self.runs.is_empty()) {
            let runs: HashSet<u64> = self.runs.iter().copied().collect();
            for place in &self.places {
                let item = vault.item(*place)?;
                let text = vault.text_of(&item)?;
                excerpt = text.map_or(String::new(), |text| words::excerpt(&text, &runs));
                if excerpt.is_empty() {
                    plain::each_text(&vault.native_of(&item)?, &mut |text| {
                        if excerpt.is_empty() {
                            excerpt = words::excerpt(text, &runs);
                        }
                    });
                }
                if !excerpt.is_empty() {
                    break;
                }
            }
        }
        Ok(Passage {
            id: hex::encode(&hasher.finalize()[..4]),
            excerpt,
            runs: self.runs.len(),
            items: self.items.iter().copied().collect(),
            withheld: self.withheld.iter().copied().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(runs: impl IntoIterator<Item = u64>) -> Shared {
        Shared {
            runs: runs.into_iter().collect(),
            withheld: [100].into(),
            ..Shared::default()
        }
    }

    fn given(passages: &Passages, parts: &[usize]) -> Vec<(String, String)> {
        let one = |part: &usize| (passages.list[*part].id.clone(), format!("why {part}"));
        parts.iter().map(one).collect()
    }

    /// A footer of 20 runs stands in ten items; one of them quotes 30 runs more, another 30 others.
    #[test]
    fn what_many_share_is_one_passage_and_what_one_shares_besides_another() {
        let mut all: BTreeMap<u32, Shared> = (0..10).map(|i| (i, shared(0..20))).collect();
        all.insert(10, shared(0..50));
        all.insert(11, shared((0..20).chain(60..90)));
        // Nearly the footer: a run less, and a phrase more.
        all.insert(12, shared((1..20).chain(200..205)));
        let passages = Passages::of(&all, None).unwrap();
        let items: Vec<&[u32]> = passages.list.iter().map(|p| &*p.items).collect();
        assert_eq!(items.len(), 3, "{items:?}");
        assert_eq!(items[0], (0..=12).collect::<Vec<u32>>());
        assert_eq!((items[1], items[2]), (&[10][..], &[11][..]));
        assert!(passages.is_grouped(12) && !passages.is_grouped(10));
        // Allowing the footer does not allow what is quoted beside it.
        let by = |parts: &[usize]| -> Vec<u32> {
            let allowed = passages.allow(&given(&passages, parts));
            allowed.iter().map(|a| a.item).collect()
        };
        assert_eq!(by(&[0]), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12]);
        assert_eq!(by(&[1]), Vec::<u32>::new());
        assert_eq!(by(&[0, 1]), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12]);
        let allowed = passages.allow(&given(&passages, &[0, 1]));
        let ten = allowed.iter().find(|a| a.item == 10).unwrap();
        assert!(ten.reason.starts_with("why 0; why 1 (passage "), "{ten:?}");
        // Whoever has decided about some is asked about the others.
        let open = passages.open(&[3, 10, 12].into());
        assert_eq!(open.len(), 1);
        assert_eq!(open[0].items, [3, 12]);
    }

    #[test]
    fn a_name_is_of_the_passage_and_not_of_who_shares_it() {
        let few = Passages::of(&[(1, shared(0..20))].into(), None).unwrap();
        let many: BTreeMap<u32, Shared> = (5..9).map(|i| (i, shared(0..20))).collect();
        let many = Passages::of(&many, None).unwrap();
        assert_eq!(few.list[0].id, many.list[0].id);
        let other = Passages::of(&[(1, shared(0..21))].into(), None).unwrap();
        assert_ne!(few.list[0].id, other.list[0].id);
        assert_eq!(
            few.unknown(&[("00000000".into(), "x".into())]),
            ["00000000"]
        );
    }

    /// Something whole is never too little to be asked about, and what is asked about an item alone is not settled by
    /// a passage.
    #[test]
    fn whole_things_and_other_questions_stay() {
        let with = |mark: Mark| Shared {
            marks: [mark].into(),
            ..shared([])
        };
        let mut all: BTreeMap<u32, Shared> =
            [(1, with((0, 7))), (2, with((0, 7))), (3, with((1, 7)))].into();
        let mut both = shared(0..20);
        both.alone = true;
        all.insert(4, both);
        all.insert(5, shared([1, 2, 3]));
        let passages = Passages::of(&all, None).unwrap();
        assert_eq!(
            passages.of.keys().copied().collect::<Vec<_>>(),
            [1, 2, 3, 5]
        );
        assert!(passages.is_grouped(1) && !passages.is_grouped(3) && !passages.is_grouped(4));
        assert_eq!(passages.list.len(), 3);
        let everything: Vec<usize> = (0..passages.list.len()).collect();
        let allowed = passages.allow(&given(&passages, &everything));
        assert!(allowed.iter().all(|a| a.item != 4), "{allowed:?}");
    }
}
