//! The list of matching items to keep back: a CSV file with the columns `item`, `reason`, `description`.
//!
//! `item` is an index, a path of the corpus, or the control number that a document came with; `reason` a privilege type or an exemption
//! ([`Reason`]); `description` what the log will tell.

use crate::bundle::{Reason, Withheld, WithheldError};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One line of the list, before paths are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithholdEntry {
    /// Index, path or control number.
    pub item: String,
    /// Why.
    pub reason: Reason,
    /// What the log tells.
    pub description: String,
}

/// A list as read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WithholdList {
    entries: Vec<WithholdEntry>,
}

/// Why a list is refused.
#[derive(Debug, thiserror::Error)]
pub enum WithholdError {
    /// Not readable as CSV with these columns.
    #[error(
        "{}: {source}; expected the columns item, reason, description", path.display()
    )]
    Csv {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: csv::Error,
    },
    /// An unknown reason.
    #[error("line {line}: '{reason}' is not a known reason; known are {}", known())]
    Reason {
        /// The line, from 1 with the header.
        line: u64,
        /// What stands there.
        reason: String,
    },
    /// No such item.
    #[error(
        "'{0}' is neither the index nor the path nor the control number of an item of this case"
    )]
    NoSuchItem(String),
    /// A name that several items have.
    #[error("'{0}' names several items; use the path of the one that is meant")]
    Ambiguous(String),
    /// Listed twice.
    #[error("item {0} is listed twice")]
    Twice(u32),
    /// Not a match.
    #[error(
        "item {0} does not match the classifier, so there is nothing to withhold: remove it from the list"
    )]
    NoMatch(u32),
    /// An entry that says too little or too much.
    #[error(transparent)]
    Entry(#[from] WithheldError),
    /// The content would be disclosed all the same.
    #[error(
        "item {withheld} is to be withheld, but item {produced} would be produced and {why}: withhold that too"
    )]
    Disclosed {
        /// The item on the list.
        withheld: u32,
        /// The item that gives it away.
        produced: u32,
        /// How.
        why: &'static str,
    },
}

fn known() -> String {
    Reason::all()
        .map(|r| r.code())
        .collect::<Vec<_>>()
        .join(", ")
}

#[derive(Deserialize)]
struct Row {
    item: String,
    reason: String,
    #[serde(default)]
    description: String,
}

/// What the list needs to know of an item.
#[derive(Clone, Debug)]
pub struct ItemFacts {
    /// Index.
    pub index: u32,
    /// Path in the corpus.
    pub path: String,
    /// The item it is attached to.
    pub parent: Option<u32>,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// The number it came with in a load file.
    pub control_number: Option<String>,
    /// Whether it matches; `None` if the classifier says nothing about it.
    pub verdict: Option<bool>,
}

impl ItemFacts {
    /// Whether it matches.
    pub fn matches(&self) -> bool {
        self.verdict == Some(true)
    }
}

impl WithholdList {
    /// A list made in the program.
    pub fn new(entries: Vec<WithholdEntry>) -> Self {
        WithholdList { entries }
    }

    /// Reads a CSV file.
    pub fn read(path: &Path) -> Result<Self, WithholdError> {
        let csv = |source| WithholdError::Csv {
            path: path.to_owned(),
            source,
        };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_path(path)
            .map_err(csv)?;
        let mut entries = Vec::new();
        for (i, row) in reader.deserialize::<Row>().enumerate() {
            let row = row.map_err(csv)?;
            let reason = Reason::parse(&row.reason).ok_or(WithholdError::Reason {
                line: i as u64 + 2,
                reason: row.reason,
            })?;
            entries.push(WithholdEntry {
                item: row.item,
                reason,
                description: row.description,
            });
        }
        Ok(WithholdList { entries })
    }

    /// The entries.
    pub fn entries(&self) -> &[WithholdEntry] {
        &self.entries
    }

    /// Looks every entry up and checks that withholding it means something: the item matches, and no
    /// produced item contains it or has the same bytes.
    pub fn resolve(&self, items: &[ItemFacts]) -> Result<Vec<Withheld>, WithholdError> {
        let names = Names::new(items);
        let mut out: BTreeMap<u32, Withheld> = BTreeMap::new();
        for entry in &self.entries {
            let index = names.find(&entry.item)?;
            if !items[index as usize].matches() {
                return Err(WithholdError::NoMatch(index));
            }
            let withheld = Withheld {
                index,
                reason: entry.reason,
                description: entry.description.trim().to_owned(),
            };
            withheld.check()?;
            if out.insert(index, withheld).is_some() {
                return Err(WithholdError::Twice(index));
            }
        }
        check_disclosure(items, &out.keys().copied().collect())?;
        Ok(out.into_values().collect())
    }
}

/// Items by everything that a list may call them.
struct Names<'a> {
    paths: BTreeMap<&'a str, Vec<u32>>,
    control_numbers: BTreeMap<&'a str, Vec<u32>>,
    count: usize,
}

impl<'a> Names<'a> {
    fn new(items: &'a [ItemFacts]) -> Self {
        let (mut paths, mut control_numbers) = (BTreeMap::new(), BTreeMap::new());
        for item in items {
            let named: &mut Vec<u32> = paths.entry(&*item.path).or_default();
            named.push(item.index);
            if let Some(number) = &item.control_number {
                let named: &mut Vec<u32> = control_numbers.entry(&**number).or_default();
                named.push(item.index);
            }
        }
        Names {
            paths,
            control_numbers,
            count: items.len(),
        }
    }

    /// A path is taken as such. Otherwise a control number of digits may also be the index of another item, and
    /// then the list has to say which it means.
    fn find(&self, name: &str) -> Result<u32, WithholdError> {
        let index = name.parse().ok().filter(|i| (*i as usize) < self.count);
        let mut found: BTreeSet<u32> = match self.paths.get(name) {
            Some(items) => items.iter().copied().collect(),
            None => {
                let numbered = self.control_numbers.get(name).into_iter().flatten();
                numbered.copied().chain(index).collect()
            }
        };
        match (found.pop_first(), found.is_empty()) {
            (Some(one), true) => Ok(one),
            (Some(_), false) => Err(WithholdError::Ambiguous(name.to_owned())),
            (None, _) => Err(WithholdError::NoSuchItem(name.to_owned())),
        }
    }
}

/// SHA-256 of no bytes: items without any are not copies of one another.
const OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn check_disclosure(items: &[ItemFacts], withheld: &BTreeSet<u32>) -> Result<(), WithholdError> {
    let mut hashes: BTreeMap<&str, u32> = BTreeMap::new();
    for &index in withheld {
        hashes.insert(&items[index as usize].sha256, index);
        let mut at = items[index as usize].parent;
        while let Some(parent) = at {
            let facts = &items[parent as usize];
            if facts.matches() && !withheld.contains(&parent) {
                return Err(WithholdError::Disclosed {
                    withheld: index,
                    produced: parent,
                    why: "contains it",
                });
            }
            at = facts.parent;
        }
    }
    for item in items {
        if item.matches()
            && !withheld.contains(&item.index)
            && item.sha256 != OF_NOTHING
            && let Some(&same) = hashes.get(&*item.sha256)
        {
            return Err(WithholdError::Disclosed {
                withheld: same,
                produced: item.index,
                why: "has the same bytes",
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Vec<ItemFacts> {
        // 0 mail (match) with attachment 1 (match); 2 duplicate of 1; 3 no match.
        [
            ("a.eml", None, 1, true),
            ("a.eml!/1.txt", Some(0), 2, true),
            ("copy.txt", None, 2, true),
            ("b.eml", None, 3, false),
        ]
        .into_iter()
        .enumerate()
        .map(|(i, (path, parent, hash, matches))| ItemFacts {
            index: i as u32,
            path: path.into(),
            parent,
            sha256: hash.to_string(),
            control_number: None,
            verdict: Some(matches),
        })
        .collect()
    }

    fn list(rows: &[(&str, &str)]) -> WithholdList {
        WithholdList::new(
            rows.iter()
                .map(|(item, description)| WithholdEntry {
                    item: (*item).into(),
                    reason: Reason::parse("AC").unwrap(),
                    description: (*description).into(),
                })
                .collect(),
        )
    }

    #[test]
    fn items_are_found_by_index_and_path_and_sorted() {
        let all = list(&[("copy.txt", "x"), ("0", "y"), ("a.eml!/1.txt", "z")]);
        let resolved = all.resolve(&facts()).unwrap();
        assert_eq!(
            resolved.iter().map(|w| w.index).collect::<Vec<_>>(),
            [0, 1, 2]
        );
    }

    #[test]
    fn items_are_found_by_the_number_they_came_with() {
        let mut facts = facts();
        facts[1].control_number = Some("ACME-7".into());
        facts[2].control_number = Some("000002".into());
        let index = |name| Names::new(&facts).find(name).map_err(|e| e.to_string());
        assert_eq!(index("ACME-7"), Ok(1));
        // Number and index of one item.
        assert_eq!(index("000002"), Ok(2));
        // The number of one item and the index of another.
        facts[2].control_number = Some("000003".into());
        let names = Names::new(&facts);
        assert!(matches!(
            names.find("000003"),
            Err(WithholdError::Ambiguous(_))
        ));
        assert_eq!(names.find("copy.txt").unwrap(), 2);
        assert_eq!(names.find("3").unwrap(), 3);
    }

    #[test]
    fn each_mistake_has_its_error() {
        let error = |rows: &[(&str, &str)]| list(rows).resolve(&facts()).unwrap_err();
        assert!(matches!(
            error(&[("nope", "x")]),
            WithholdError::NoSuchItem(_)
        ));
        assert!(matches!(
            error(&[("99", "x")]),
            WithholdError::NoSuchItem(_)
        ));
        assert!(matches!(error(&[("3", "x")]), WithholdError::NoMatch(3)));
        assert!(matches!(
            error(&[("0", "x"), ("a.eml", "x")]),
            WithholdError::Twice(0)
        ));
        assert!(matches!(
            error(&[("0", " ")]),
            WithholdError::Entry(WithheldError::NoDescription(0))
        ));
        assert!(matches!(
            error(&[("1", "x"), ("2", "x")]),
            WithholdError::Disclosed {
                withheld: 1,
                produced: 0,
                ..
            }
        ));
        assert!(matches!(
            error(&[("0", "x"), ("1", "x")]),
            WithholdError::Disclosed {
                withheld: 1,
                produced: 2,
                ..
            }
        ));
    }

    #[test]
    fn items_without_bytes_are_not_copies_of_one_another() {
        let mut facts = facts();
        for at in [1, 2] {
            facts[at].sha256 = OF_NOTHING.to_owned();
        }
        assert_eq!(
            hex::encode(<sha2::Sha256 as sha2::Digest>::digest(b"")),
            OF_NOTHING
        );
        assert!(list(&[("0", "x"), ("1", "x")]).resolve(&facts).is_ok());
    }

    #[test]
    fn files_are_read_and_bad_reasons_named_by_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("w.csv");
        std::fs::write(
            &path,
            "item,reason,description\n0, b5 ,\"Draft, internal\"\n",
        )
        .unwrap();
        let read = WithholdList::read(&path).unwrap();
        assert_eq!(read.entries()[0].reason.code(), "(b)(5)");
        assert_eq!(read.entries()[0].description, "Draft, internal");
        std::fs::write(&path, "item,reason,description\n0,AC,x\n1,secret,x\n").unwrap();
        assert!(matches!(
            WithholdList::read(&path),
            Err(WithholdError::Reason { line: 3, .. })
        ));
        std::fs::write(&path, "a,b\n0,AC\n").unwrap();
        assert!(matches!(
            WithholdList::read(&path),
            Err(WithholdError::Csv { .. })
        ));
    }
}
