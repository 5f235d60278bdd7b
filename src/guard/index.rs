//! What must not leave, ready to be compared with everything that does.
//!
//! Withheld items are few and what goes out is much, so the withheld ones are indexed, shingle by shingle, and the
//! rest streams by: time is linear in what goes out, memory in what is withheld.

use super::words;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// From this share of its shingles on, a withheld text counts as contained.
pub(super) const SHARE: f64 = 0.5;
/// Shingles of a withheld text's own words that are a passage, whatever share of it they are.
pub(super) const PASSAGE: usize = 40;
/// Fewer shared shingles than this are a phrase.
pub(super) const FEWEST: usize = 8;
/// Shingles of own words below which a message is taken with what it quotes: "FYI" on top of somebody's memo.
const FEWEST_OWN: usize = 8;
/// From this many words on, equal texts are the same text and no coincidence.
pub(super) const FEWEST_WORDS: usize = 8;
/// Texts with more shingles than this are sampled, by their hashes.
const SAMPLED_FROM: usize = 4096;

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
}

/// How much of a withheld text another text contains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Likeness {
    /// Word for word the same; with its length in words.
    Same(usize),
    /// Shared shingles, of how many.
    Contains {
        /// Shared.
        shared: usize,
        /// Of the withheld text.
        of: usize,
    },
}

impl Texts {
    /// Adds a text; its number is the count of those before it.
    pub fn add(&mut self, text: &str, is_message: bool) {
        let number = self.kept.len() as u32;
        let all = words::words(text);
        if !all.is_empty() {
            let same = self.whole.entry(words::whole(&all)).or_default();
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

    /// The withheld texts that a text contains or resembles, and how much.
    pub fn compare(&self, text: &str) -> Vec<(u32, Likeness)> {
        let all = words::words(text);
        if all.is_empty() || self.kept.is_empty() {
            return Vec::new();
        }
        let mut out: Vec<(u32, Likeness)> = Vec::new();
        let same = self.whole.get(&words::whole(&all));
        for &number in same.into_iter().flatten() {
            out.push((number, Likeness::Same(all.len())));
        }
        let mut hits: Vec<u64> = words::shingles(&all)
            .filter(|hash| self.places.contains_key(hash))
            .collect();
        hits.sort_unstable();
        hits.dedup();
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
            if out.iter().any(|(same, _)| *same == number) {
                continue;
            }
            let kept = self.kept[number as usize];
            let rate = kept.rate as usize;
            let much = |shared: usize, of: usize| {
                shared * rate >= FEWEST && shared as f64 >= SHARE * of as f64
            };
            // Both counts are of distinct shingles; those that only quotation marks make are few.
            let found = if much(shared_own, kept.own) || shared_own * rate >= PASSAGE {
                Some((shared_own, kept.own))
            } else if much(shared, kept.all) {
                Some((shared.min(kept.all), kept.all))
            } else {
                None
            };
            if let Some((shared, of)) = found {
                let (shared, of) = (shared * rate, of * rate);
                out.push((number, Likeness::Contains { shared, of }));
            }
        }
        out.sort_by_key(|(number, _)| *number);
        out
    }
}
