//! Which examples belong together: copies, near copies and messages of one conversation.
//!
//! A forward of a message that was trained on is recognised, not classified. So what is kin stays on one side
//! of every split, and figures are of texts that the training has not seen in any dress.

use crate::guard::words;
use std::collections::{BTreeMap, HashMap};

/// Two texts are near copies where this share of the shorter one's shingles is in the other.
const SHARED: f64 = 0.5;
/// Texts of a posting list that a text is compared with: those just before it.
const NEIGHBOURS: usize = 4;

/// What relates an example to others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kin {
    /// Message ids: its own, the one it answers and those that it refers to.
    threads: Vec<String>,
    /// Hashes of its shingles, sorted, each once.
    shingles: Vec<u64>,
}

impl Kin {
    /// From the facts of a message and the text.
    pub fn new(facts: &BTreeMap<String, String>, text: Option<&str>) -> Self {
        let ids = ["message_id", "in_reply_to", "references"];
        let mut threads: Vec<String> = ids
            .iter()
            .filter_map(|key| facts.get(*key))
            .flat_map(|ids| ids.split(|c: char| c.is_whitespace() || "<>,;".contains(c)))
            .filter(|id| id.contains('@'))
            .map(str::to_owned)
            .collect();
        threads.sort_unstable();
        threads.dedup();
        let mut shingles: Vec<u64> = text
            .map(|text| words::distinct(words::body(text)).into_iter().collect())
            .unwrap_or_default();
        shingles.sort_unstable();
        Kin { threads, shingles }
    }
}

/// Numbers of groups, one for each example: equal for those that belong together, directly or through others.
/// `same` tells equal contents.
pub fn groups<'a>(kin: impl Iterator<Item = (&'a Kin, [u8; 32])>) -> Vec<usize> {
    let all: Vec<(&Kin, [u8; 32])> = kin.collect();
    let mut sets = Sets::new(all.len());
    let mut contents: HashMap<[u8; 32], usize> = HashMap::new();
    let mut threads: HashMap<&str, usize> = HashMap::new();
    let mut posted: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut shared: HashMap<usize, usize> = HashMap::new();
    for (i, (kin, content)) in all.iter().enumerate() {
        sets.join(i, *contents.entry(*content).or_insert(i));
        for id in &kin.threads {
            sets.join(i, *threads.entry(id).or_insert(i));
        }
        // How many shingles it shares with those before it. A list names the last few only, so that what every
        // message ends with does not compare all with all; chains of near copies still hold together.
        shared.clear();
        for shingle in &kin.shingles {
            let list = posted.entry(*shingle).or_default();
            list.iter()
                .for_each(|&j| *shared.entry(j).or_default() += 1);
            if list.len() == NEIGHBOURS {
                list.remove(0);
            }
            list.push(i);
        }
        for (&j, &count) in &shared {
            let shorter = kin.shingles.len().min(all[j].0.shingles.len());
            if count as f64 >= SHARED * shorter as f64 {
                sets.join(i, j);
            }
        }
    }
    (0..all.len()).map(|i| sets.find(i)).collect()
}

/// Disjoint sets.
struct Sets(Vec<usize>);

impl Sets {
    fn new(len: usize) -> Self {
        Sets((0..len).collect())
    }

    fn find(&mut self, mut i: usize) -> usize {
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    /// The earlier one names the set.
    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    fn kin(facts: &[(&str, &str)], text: &str) -> (Kin, [u8; 32]) {
        let facts = facts
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let content = Sha256::digest(text.as_bytes()).into();
        (Kin::new(&facts.collect(), Some(text)), content)
    }

    fn of(list: &[(Kin, [u8; 32])]) -> Vec<usize> {
        groups(list.iter().map(|(kin, content)| (kin, *content)))
    }

    #[test]
    fn threads_and_near_copies_belong_together_and_others_do_not() {
        let memo =
            "the quarterly report on the harbour is late because the crane broke twice in may";
        let list = [
            kin(&[("message_id", "a@x")], "yes"),
            kin(&[], memo),
            kin(&[("in_reply_to", "<a@x>")], "no"),
            kin(&[], &format!("please read this now:\n{memo}")),
            kin(&[("references", "<b@x> <a@x>")], "perhaps"),
            kin(
                &[],
                "lunch is served at noon in the small hall, bring your own cup and plate",
            ),
            kin(&[], "no"),
        ];
        assert_eq!(of(&list), [0, 1, 0, 1, 0, 5, 0]);
    }

    #[test]
    fn what_every_message_ends_with_does_not_make_them_kin() {
        let footer = "this message is confidential and for its addressee only";
        let list: Vec<_> = (0..40)
            .map(|i| {
                let words: Vec<String> = (0..40)
                    .map(|k| format!("w{}", (i * 131 + k * 17) % 9973))
                    .collect();
                kin(&[], &format!("{} {footer}", words.join(" ")))
            })
            .collect();
        assert_eq!(of(&list), (0..40).collect::<Vec<_>>());
    }

    #[test]
    fn many_forwards_of_many_texts_stay_with_their_own() {
        let text = |i: usize| {
            let words: Vec<String> = (0..60).map(|k| format!("x{i}of{k}")).collect();
            words.join(" ")
        };
        // Forwards of all texts in turn, so that copies are never neighbours.
        let list: Vec<_> = (0..8)
            .flat_map(|n| (0..60).map(move |i| (n, i)))
            .map(|(n, i)| {
                kin(
                    &[],
                    &format!("forwarded by number {n} of the office\n{}", text(i)),
                )
            })
            .collect();
        let found = of(&list);
        assert!((0..list.len()).all(|i| found[i] == i % 60));
    }
}
