//! What decides which documents leave, bound to a run: a killed run goes on under the terms it was begun with, or
//! not at all.

use super::withhold::ItemFacts;
use crate::bundle::Withheld;
use crate::clean;
use crate::guard::Allowance;
use crate::ingest::names::escape;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The list that a run was begun with, for whoever has to give it again.
pub(super) const LIST: &str = "withheld.csv";

/// The list of items to withhold and the near copies that may leave all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    digest: String,
    withheld: Vec<Withheld>,
    allowed: Vec<Allowance>,
}

/// One difference between the terms of an unfinished run and those given now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum Difference {
    /// Withheld now, but not then.
    Added {
        /// The item.
        item: u32,
        /// Its path.
        path: String,
        /// The reason.
        reason: String,
    },
    /// Withheld then, and not now: it would be produced.
    Removed {
        /// The item.
        item: u32,
        /// Its path.
        path: String,
        /// The reason.
        reason: String,
    },
    /// Another reason or description.
    Changed {
        /// The item.
        item: u32,
        /// Its path.
        path: String,
        /// Reason and description then.
        before: String,
        /// Reason and description now.
        now: String,
    },
    /// A near copy is allowed to leave that was not.
    Allowed {
        /// The item.
        item: u32,
        /// Its path.
        path: String,
    },
    /// A near copy was allowed to leave and is not now.
    NoLongerAllowed {
        /// The item.
        item: u32,
        /// Its path.
        path: String,
    },
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Difference::Added { item, path, reason } => write!(
                f,
                "item {item} ({}) is withheld now ({reason}) and was not",
                escape(path)
            ),
            Difference::Removed { item, path, reason } => write!(
                f,
                "item {item} ({}) was withheld ({reason}) and would be produced now",
                escape(path)
            ),
            Difference::Changed {
                item,
                path,
                before,
                now,
            } => write!(
                f,
                "item {item} ({}) was withheld as {}, now as {}",
                escape(path),
                escape(before),
                escape(now)
            ),
            Difference::Allowed { item, path } => write!(
                f,
                "item {item} ({}) is allowed to leave now and was not",
                escape(path)
            ),
            Difference::NoLongerAllowed { item, path } => write!(
                f,
                "item {item} ({}) was allowed to leave and is not now",
                escape(path)
            ),
        }
    }
}

impl Terms {
    /// Terms of a run; both in index order.
    pub fn new(withheld: Vec<Withheld>, allowed: Vec<Allowance>) -> Self {
        Terms {
            digest: digest(&withheld),
            withheld,
            allowed,
        }
    }

    /// SHA-256 of the list of withheld items, as the custody log records it.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Items kept back.
    pub fn withheld(&self) -> &[Withheld] {
        &self.withheld
    }

    /// Near copies that may leave.
    pub fn allowed(&self) -> &[Allowance] {
        &self.allowed
    }

    /// What is different now.
    pub fn differences(&self, now: &Terms, items: &[ItemFacts]) -> Vec<Difference> {
        let path = |item: u32| {
            let facts = items.get(item as usize);
            facts.map_or(String::new(), |facts| facts.path.clone())
        };
        differences(&self.withheld, &now.withheld, path)
            .into_iter()
            .chain(self.allowances(now, path))
            .collect()
    }

    fn allowances(&self, now: &Terms, path: impl Fn(u32) -> String) -> Vec<Difference> {
        let items = |terms: &Terms| -> BTreeSet<(u32, String)> {
            let one = |a: &Allowance| (a.item, a.reason.clone());
            terms.allowed.iter().map(one).collect()
        };
        let (before, now) = (items(self), items(now));
        let new = now
            .difference(&before)
            .map(|(item, _)| Difference::Allowed {
                item: *item,
                path: path(*item),
            });
        let gone = before
            .difference(&now)
            .map(|(item, _)| Difference::NoLongerAllowed {
                item: *item,
                path: path(*item),
            });
        new.chain(gone).collect()
    }

    /// The list as a file that `--withhold` reads.
    pub fn to_csv(&self) -> Vec<u8> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        // Writing to memory does not fail.
        let _ = csv.write_record(["item", "reason", "description"]);
        for w in &self.withheld {
            let _ = csv.write_record([
                w.index.to_string(),
                w.reason.code().to_owned(),
                clean::cells_by_line(&w.description),
            ]);
        }
        csv.into_inner().unwrap_or_default()
    }
}

/// What is different between two lists.
pub fn differences(
    before: &[Withheld],
    now: &[Withheld],
    path: impl Fn(u32) -> String,
) -> Vec<Difference> {
    let by_index = |list: &[Withheld]| -> BTreeMap<u32, Withheld> {
        list.iter().map(|w| (w.index, w.clone())).collect()
    };
    let (before, now) = (by_index(before), by_index(now));
    let items: BTreeSet<u32> = before.keys().chain(now.keys()).copied().collect();
    let one = |item: u32| {
        let path = path(item);
        match (before.get(&item), now.get(&item)) {
            (Some(then), Some(now)) if then != now => Some(Difference::Changed {
                item,
                path,
                before: format!("{}, {}", then.reason, then.description),
                now: format!("{}, {}", now.reason, now.description),
            }),
            (Some(then), None) => Some(Difference::Removed {
                item,
                path,
                reason: then.reason.code().to_owned(),
            }),
            (None, Some(now)) => Some(Difference::Added {
                item,
                path,
                reason: now.reason.code().to_owned(),
            }),
            _ => None,
        }
    };
    items.into_iter().filter_map(one).collect()
}

fn digest(withheld: &[Withheld]) -> String {
    let mut hasher = Sha256::new_with_prefix(b"candor/withheld/v1\0");
    hasher.update(serde_json::to_vec(withheld).unwrap_or_default());
    hex::encode(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Reason;

    fn withheld(index: u32, reason: &str, description: &str) -> Withheld {
        Withheld {
            index,
            reason: Reason::parse(reason).unwrap(),
            description: description.into(),
        }
    }

    fn terms(list: Vec<Withheld>, allowed: &[(u32, &str)]) -> Terms {
        let allowance = |(item, reason): &(u32, &str)| Allowance {
            item: *item,
            reason: (*reason).into(),
        };
        Terms::new(list, allowed.iter().map(allowance).collect())
    }

    #[test]
    fn every_difference_is_named() {
        let then = terms(
            vec![
                withheld(1, "AC", "x"),
                withheld(2, "AC", "x"),
                withheld(3, "WP", "y"),
            ],
            &[(7, "agreed"), (8, "agreed")],
        );
        let now = terms(
            vec![
                withheld(2, "AC", "z"),
                withheld(3, "WP", "y"),
                withheld(4, "b5", "q"),
            ],
            &[(8, "agreed"), (9, "agreed")],
        );
        let words: Vec<String> = then
            .differences(&now, &[])
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            words,
            [
                "item 1 () was withheld (AC) and would be produced now",
                "item 2 () was withheld as AC, x, now as AC, z",
                "item 4 () is withheld now ((b)(5)) and was not",
                "item 9 () is allowed to leave now and was not",
                "item 7 () was allowed to leave and is not now",
            ]
        );
        assert!(then.differences(&then, &[]).is_empty());
        assert_ne!(then.digest(), now.digest());
    }

    #[test]
    fn the_list_of_a_run_is_a_list_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("withheld.csv");
        let list = terms(vec![withheld(1, "b7c", "names, \"of\"\nothers")], &[]);
        std::fs::write(&path, list.to_csv()).unwrap();
        let read = super::super::WithholdList::read(&path).unwrap();
        assert_eq!(read.entries()[0].item, "1");
        assert_eq!(read.entries()[0].reason, list.withheld()[0].reason);
        assert_eq!(
            read.entries()[0].description,
            list.withheld()[0].description
        );
    }
}
