//! What a commitment says of the one that it supplements.
//!
//! Documents are found late, passwords arrive, files are repaired. A commitment cannot be changed, so what came later
//! is committed by itself, and that commitment names its predecessor by its root. Where an item of it is what an earlier
//! one could not read, or not wholly, it says so by name: which item of which commitment, and by which of its own items.
//! Whether the two are one document is the responder's statement; that the first was an exception or read in part and the
//! second was read, the leaves show ([`super::succession`]).
//!
//! ```text
//! ... || 0x01 || predecessor's root || number u32 || why: 0 or (1, text)
//!     || resolved: n u32, each (commitment u32, item u32, by u32)
//! ```
//!
//! ends what the root hashes, and only of a supplement: the other files are what they were.

use super::tree::Hash;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Longest reason, in bytes.
const MAX_WHY: usize = 2_000;

/// The member `supplements` of a commitment file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supplement {
    /// The root of the commitment before this one, in hexadecimal.
    pub root: String,
    /// Its place: 1 supplements the first commitment, 2 supplements 1.
    pub number: u32,
    /// Why this came later, as the responder states.
    pub why: Option<String>,
    /// The earlier exceptions and partly read items that items of this commitment answer, ascending.
    pub resolves: Vec<Resolved>,
}

/// An item of an earlier commitment that could not be read, or in part only, and the item of a later one that is the
/// same document, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolved {
    /// The commitment with the exception: 0 is the first one.
    pub commitment: u32,
    /// The item there.
    pub item: u32,
    /// The item here.
    pub by: u32,
}

impl Supplement {
    /// Refuses what no commitment to so many read items can say, and tells why.
    pub(super) fn check(&self, items: u32, read: u32) -> Result<Hash, String> {
        let mut root = [0; 32];
        hex::decode_to_slice(&self.root, &mut root)
            .map_err(|error| format!("the root of the commitment before it: {error}"))?;
        if hex::encode(root) != self.root {
            return Err("hexadecimal digits must be lower case".to_owned());
        }
        if self.number == 0 {
            return Err("number 0 is the first commitment, which supplements nothing".to_owned());
        }
        if let Some(why) = &self.why
            && (why.trim().is_empty() || why.len() > MAX_WHY || why.chars().any(char::is_control))
        {
            return Err(format!(
                "the reason is empty, has control characters, or more than {MAX_WHY} bytes"
            ));
        }
        for pair in self.resolves.windows(2) {
            let place = |resolved: &Resolved| (resolved.commitment, resolved.item);
            let [
                Resolved {
                    commitment, item, ..
                },
                after,
            ] = pair
            else {
                continue;
            };
            if place(&pair[0]) == place(after) {
                return Err(format!(
                    "item {item} of commitment {commitment} is resolved twice"
                ));
            }
            if place(&pair[0]) > place(after) {
                return Err("what it resolves is not in ascending order".to_owned());
            }
        }
        let mut answers: Vec<u32> = self.resolves.iter().map(|resolved| resolved.by).collect();
        answers.sort_unstable();
        if let Some(pair) = answers.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("item {} is named as the answer to two", pair[0]));
        }
        for resolved in &self.resolves {
            if resolved.commitment >= self.number {
                return Err(format!(
                    "it resolves an item of commitment {}, which is none of those before it",
                    resolved.commitment
                ));
            }
            if resolved.by >= items {
                return Err(format!(
                    "item {} is named as an answer, and there are only {items} items",
                    resolved.by
                ));
            }
        }
        if self.resolves.len() as u64 > u64::from(read) {
            return Err("it resolves more items than it has read".to_owned());
        }
        Ok(root)
    }

    /// Hashes it; the file was checked.
    pub(super) fn hash(&self, predecessor: &Hash, hasher: &mut Sha256) {
        hasher.update([1]);
        hasher.update(predecessor);
        hasher.update(self.number.to_le_bytes());
        match &self.why {
            None => hasher.update([0]),
            Some(why) => {
                hasher.update([1]);
                hasher.update((why.len() as u32).to_le_bytes());
                hasher.update(why);
            }
        }
        hasher.update((self.resolves.len() as u32).to_le_bytes());
        for resolved in &self.resolves {
            for number in [resolved.commitment, resolved.item, resolved.by] {
                hasher.update(number.to_le_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supplement() -> Supplement {
        let resolved = |item, by| Resolved {
            commitment: 0,
            item,
            by,
        };
        Supplement {
            root: "ab".repeat(32),
            number: 1,
            why: Some("the passwords came on 3 March".to_owned()),
            resolves: vec![resolved(3, 1), resolved(8, 0)],
        }
    }

    #[test]
    fn refusals_name_the_problem() {
        assert_eq!(supplement().check(2, 2), Ok([0xab; 32]));
        type Change = fn(&mut Supplement);
        let cases: [(&str, Change); 11] = [
            ("the root of the commitment before it", |s| {
                s.root = "ab".to_owned()
            }),
            ("lower case", |s| s.root = "AB".repeat(32)),
            ("supplements nothing", |s| s.number = 0),
            ("control characters", |s| s.why = Some("a\nb".to_owned())),
            ("the reason is empty", |s| s.why = Some(" ".to_owned())),
            ("more than 2000 bytes", |s| s.why = Some("x".repeat(2001))),
            ("item 3 of commitment 0 is resolved twice", |s| {
                s.resolves[1].item = 3
            }),
            ("ascending order", |s| s.resolves.swap(0, 1)),
            ("item 1 is named as the answer to two", |s| {
                s.resolves[1].by = 1
            }),
            ("none of those before it", |s| s.resolves[1].commitment = 1),
            ("only 2 items", |s| s.resolves[1].by = 2),
        ];
        for (expected, change) in cases {
            let mut changed = supplement();
            change(&mut changed);
            let why = changed.check(2, 2).unwrap_err();
            assert!(why.contains(expected), "{expected}: {why}");
        }
        let why = supplement().check(3, 1).unwrap_err();
        assert!(why.contains("more items than it has read"), "{why}");
    }

    #[test]
    fn every_field_is_hashed() {
        let hash = |supplement: &Supplement, predecessor: Hash| -> Hash {
            let mut hasher = Sha256::new();
            supplement.hash(&predecessor, &mut hasher);
            hasher.finalize().into()
        };
        let mut all = std::collections::BTreeSet::from([hash(&supplement(), [1; 32])]);
        assert!(all.insert(hash(&supplement(), [2; 32])));
        type Change = fn(&mut Supplement);
        let changes: [Change; 7] = [
            |s| s.number = 2,
            |s| s.why = None,
            |s| s.why = Some(String::new()),
            |s| s.resolves[0].item = 2,
            |s| s.resolves[0].by = 2,
            |s| s.resolves[0].commitment = 1,
            |s| s.resolves.truncate(1),
        ];
        for change in changes {
            let mut changed = supplement();
            change(&mut changed);
            assert!(all.insert(hash(&changed, [1; 32])));
        }
    }
}
