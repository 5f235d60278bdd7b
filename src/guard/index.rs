//! What must not leave, ready to be compared with everything that does.
//!
//! Withheld items are few and what goes out is much, so the withheld ones are indexed, shingle by shingle, and the
//! rest streams by: time is linear in what goes out, memory in what is withheld.

use super::words;
use crate::ingest::plain;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// When a text counts as contained in another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// From this share of its shingles on.
    pub share: f64,
    /// Shingles of a withheld text's own words that are a passage, whatever share of it they are.
    pub passage: usize,
    /// Fewer shared shingles than this are a phrase.
    pub fewest: usize,
}

/// The rule: what it catches and what it asks in vain is measured in `measure`.
pub(super) const RULE: Rule = Rule {
    share: 0.33,
    passage: 40,
    fewest: 8,
};
/// Shingles of own words below which a message is taken with what it quotes: "FYI" on top of somebody's memo.
const FEWEST_OWN: usize = 8;
/// From this many words on, equal texts are the same text and no coincidence.
pub(super) const FEWEST_WORDS: usize = 8;
/// Texts with more shingles than this are sampled, by their hashes.
const SAMPLED_FROM: usize = 4096;

/// What stands in this share of the withheld texts, and in at least so many, may be what every message ends with.
const WIDESPREAD: (f64, usize) = (0.1, 5);
/// It is, if it also stands in this share of what goes out, and in at least so many texts.
const EVERYWHERE: (f64, usize) = (0.05, 20);

fn part((share, least): (f64, usize), of: usize) -> usize {
    least.max((share * of as f64).ceil() as usize)
}

/// Shingles are hashes already.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are numbers")
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

type ByHash<T> = HashMap<u64, T, BuildHasherDefault<Ready>>;

/// Where a shingle occurs.
#[derive(Clone, Copy, Debug)]
struct Place {
    document: u32,
    own: bool,
}

/// How much of a document is in the index.
#[derive(Clone, Copy, Debug)]
struct Kept {
    all: usize,
    own: usize,
    /// One in this many shingles is kept.
    rate: u64,
}

/// The withheld texts, by number.
#[derive(Debug, Default)]
pub(super) struct Texts {
    places: ByHash<Vec<Place>>,
    kept: Vec<Kept>,
    whole: ByHash<Vec<u32>>,
    /// Whether no text before it has the same words.
    first: Vec<bool>,
}

/// How much of a withheld text another text contains.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Likeness {
    /// Word for word the same; with its length in words.
    Same(usize),
    /// Shared shingles, of how many.
    Contains {
        /// Shared.
        shared: usize,
        /// Of the withheld text.
        of: usize,
        /// The shared ones that are in the index.
        runs: Vec<u64>,
    },
}

impl Texts {
    /// Adds a text; its number is the count of those before it.
    pub fn add(&mut self, text: &str, is_message: bool) {
        let number = self.kept.len() as u32;
        let all = words::words(text);
        let same = self.whole.entry(words::whole(&all)).or_default();
        self.first.push(same.is_empty());
        if !all.is_empty() {
            same.push(number);
        }
        let body = if is_message { words::body(text) } else { text };
        let mut shingles = words::distinct(body);
        let rate = (shingles.len() / SAMPLED_FROM + 1) as u64;
        shingles.retain(|hash| hash % rate == 0);
        let mut own = if is_message {
            words::distinct(&words::own(body))
        } else {
            shingles.clone()
        };
        if own.len() < FEWEST_OWN {
            own.clone_from(&shingles);
        }
        own.retain(|hash| hash % rate == 0);
        // What quotation marks interrupt may be a shingle of the own words only.
        let every: Vec<u64> = shingles.union(&own).copied().collect();
        for hash in every {
            self.places.entry(hash).or_default().push(Place {
                document: number,
                own: own.contains(&hash),
            });
        }
        self.kept.push(Kept {
            all: shingles.len(),
            own: own.len(),
            rate,
        });
    }

    /// Whether there is anything to compare with.
    pub fn has_any(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Shingles that stand in so many different withheld texts that they may be what every message ends with.
    pub fn widespread(&self) -> HashSet<u64> {
        let texts = self.first.iter().filter(|first| **first).count();
        let least = part(WIDESPREAD, texts);
        let first = |place: &&Place| self.first[place.document as usize];
        self.places
            .iter()
            .filter(|(_, places)| {
                places.len() >= least && places.iter().filter(first).count() >= least
            })
            .map(|(hash, _)| *hash)
            .collect()
    }

    /// Takes out those that stand in many of the texts that go out as well: disclaimers, footers, forms. They are
    /// neither shared nor are they part of what could be; says how many they are.
    pub fn set_aside(&mut self, widespread: &HashSet<u64>, leaving: &[String]) -> usize {
        use rayon::prelude::*;
        let found: Vec<HashSet<u64>> = leaving
            .par_iter()
            .map(|text| {
                let all = words::words(text);
                let shingles = words::shingles(&all);
                shingles.filter(|hash| widespread.contains(hash)).collect()
            })
            .collect();
        let mut counts: HashMap<u64, usize> = HashMap::new();
        for hash in found.into_iter().flatten() {
            *counts.entry(hash).or_default() += 1;
        }
        let least = part(EVERYWHERE, leaving.len());
        counts.retain(|_, count| *count >= least);
        for hash in counts.keys() {
            for place in self.places.remove(hash).into_iter().flatten() {
                let kept = &mut self.kept[place.document as usize];
                kept.all = kept.all.saturating_sub(1);
                kept.own = kept.own.saturating_sub(usize::from(place.own));
            }
        }
        counts.len()
    }

    /// The withheld texts that a text contains or resembles, and how much.
    pub fn compare(&self, text: &str) -> Vec<(u32, Likeness)> {
        self.compare_by(&RULE, text)
    }

    /// As [`Texts::compare`], by another rule.
    pub(super) fn compare_by(&self, rule: &Rule, text: &str) -> Vec<(u32, Likeness)> {
        let all = words::words(text);
        if all.is_empty() || self.kept.is_empty() {
            return Vec::new();
        }
        let mut out: Vec<(u32, Likeness)> = Vec::new();
        let same = self.whole.get(&words::whole(&all));
        for &number in same.into_iter().flatten() {
            out.push((number, Likeness::Same(all.len())));
        }
        let mut hits = Vec::new();
        self.hits(&all, &mut hits);
        let same: HashSet<u32> = out.iter().map(|(number, _)| *number).collect();
        out.extend(self.contained(rule, hits, &same));
        out.sort_by_key(|(number, _)| *number);
        out
    }

    /// As [`Texts::compare`], of what the bytes of a file say by themselves.
    pub fn compare_bytes(&self, bytes: &[u8]) -> Vec<(u32, Likeness)> {
        let mut hits = Vec::new();
        if !self.kept.is_empty() {
            plain::each_text(bytes, &mut |text| self.hits(&words::words(text), &mut hits));
        }
        let mut out = self.contained(&RULE, hits, &HashSet::new());
        out.sort_by_key(|(number, _)| *number);
        out
    }

    /// Adds those shingles of a text that are in the index.
    fn hits(&self, all: &[u64], hits: &mut Vec<u64>) {
        hits.extend(words::shingles(all).filter(|hash| self.places.contains_key(hash)));
        hits.sort_unstable();
        hits.dedup();
    }

    /// The withheld texts of which these shingles are much, except `same`.
    fn contained(&self, rule: &Rule, hits: Vec<u64>, same: &HashSet<u32>) -> Vec<(u32, Likeness)> {
        let mut out = Vec::new();
        let mut counts: HashMap<u32, (usize, usize)> = HashMap::new();
        for place in hits
            .iter()
            .filter_map(|hash| self.places.get(hash))
            .flatten()
        {
            let count = counts.entry(place.document).or_default();
            count.0 += 1;
            count.1 += usize::from(place.own);
        }
        for (number, (shared, shared_own)) in counts {
            if same.contains(&number) {
                continue;
            }
            let kept = self.kept[number as usize];
            let rate = kept.rate as usize;
            let much = |shared: usize, of: usize| {
                shared * rate >= rule.fewest && shared as f64 >= rule.share * of as f64
            };
            // Both counts are of distinct shingles; those that only quotation marks make are few.
            let found = if much(shared_own, kept.own) || shared_own * rate >= rule.passage {
                Some((shared_own, kept.own))
            } else if much(shared, kept.all) {
                Some((shared.min(kept.all), kept.all))
            } else {
                None
            };
            if let Some((shared, of)) = found {
                let (shared, of) = (shared * rate, of * rate);
                let its = |hash: &u64| {
                    self.places[hash]
                        .iter()
                        .any(|place| place.document == number)
                };
                let runs = hits.iter().copied().filter(its).collect();
                out.push((number, Likeness::Contains { shared, of, runs }));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(word: &str, words: usize) -> String {
        (0..words).map(|n| format!("{word}{n} ")).collect()
    }

    /// Every message of a firm ends with the same sixty words: that is no passage of a withheld one.
    #[test]
    fn what_every_message_ends_with_is_no_passage() {
        let disclaimer = numbered("disclaimer", 60);
        let withheld = |i: usize| format!("{}\n\n{disclaimer}", numbered(&format!("memo{i}x"), 30));
        let mut texts = Texts::default();
        (0..12).for_each(|i| texts.add(&withheld(i), false));
        let leaving: Vec<String> = (0..100)
            .map(|i| format!("{}\n\n{disclaimer}", numbered(&format!("letter{i}x"), 40)))
            .collect();
        assert!(leaving.iter().all(|text| texts.compare(text).len() == 12));
        let widespread = texts.widespread();
        assert_eq!(texts.set_aside(&widespread, &leaving), widespread.len());
        assert!(leaving.iter().all(|text| texts.compare(text).is_empty()));
        // Its own words are still found, and so is the whole.
        let quoted = format!("they say {} and so on", numbered("memo3x", 30));
        let found = texts.compare(&quoted);
        assert!(
            matches!(found[..], [(3, Likeness::Contains { .. })]),
            "{found:?}"
        );
        let found = texts.compare(&withheld(5));
        assert!(matches!(found[..], [(5, Likeness::Same(90))]), "{found:?}");
    }

    /// What is withheld in many versions and quoted in few documents, or stands in everything that goes out and in few
    /// that are withheld, is compared.
    #[test]
    fn what_stands_in_many_of_one_side_only_is_compared() {
        let memo = numbered("memo", 60);
        let many: Vec<String> = (0..100)
            .map(|i| numbered(&format!("letter{i}x"), 40))
            .collect();
        let mut texts = Texts::default();
        (0..12).for_each(|i| {
            texts.add(
                &format!("{} {memo}", numbered(&format!("v{i}x"), 10)),
                false,
            )
        });
        assert_eq!(texts.set_aside(&texts.widespread(), &many), 0);
        assert_eq!(texts.compare(&format!("see {memo} thanks")).len(), 12);
        let mut texts = Texts::default();
        texts.add(&memo, false);
        (0..40).for_each(|i| texts.add(&numbered(&format!("w{i}x"), 20), false));
        let quoting: Vec<String> = many.iter().map(|text| format!("{text} {memo}")).collect();
        assert_eq!(texts.set_aside(&texts.widespread(), &quoting), 0);
        assert_eq!(texts.compare(&quoting[0]).len(), 1);
    }
}
