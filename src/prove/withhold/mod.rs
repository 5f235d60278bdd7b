//! The list of matching items to keep back: a CSV file with the columns `item`, `reason`, `description`.
//!
//! `item` is an index, a path of the corpus, or the control number that a document came with; `reason` a privilege type or an exemption
//! ([`Reason`]); `description` what the log will tell. All mistakes of a list are told at once, each with its line.

mod entry;
mod mistake;
mod names;
mod read;

pub use entry::{ItemFacts, WithholdEntry};
pub use mistake::{Mistake, MistakeKind, WithholdError};
pub(crate) use names::Names;

use crate::bundle::Withheld;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A list as read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WithholdList {
    entries: Vec<WithholdEntry>,
    /// The line of each entry, where the list is a file.
    lines: Vec<u64>,
    path: Option<PathBuf>,
}

impl WithholdList {
    /// A list made in the program.
    pub fn new(entries: Vec<WithholdEntry>) -> Self {
        WithholdList {
            entries,
            ..Self::default()
        }
    }

    /// The list that says what a log of withheld items says.
    pub fn of(withheld: &[Withheld]) -> Self {
        let entry = |w: &Withheld| WithholdEntry {
            item: w.index.to_string(),
            reason: w.reason,
            description: w.description.clone(),
        };
        WithholdList::new(withheld.iter().map(entry).collect())
    }

    /// Reads a CSV file: comma, semicolon or tab, UTF-8 or UTF-16, as spreadsheets write it.
    pub fn read(path: &Path) -> Result<Self, WithholdError> {
        let (entries, lines) = read::read(path)?;
        Ok(WithholdList {
            entries,
            lines,
            path: Some(path.to_owned()),
        })
    }

    /// The entries.
    pub fn entries(&self) -> &[WithholdEntry] {
        &self.entries
    }

    /// Looks every entry up and checks that withholding it means something: the item matches, it is named once
    /// and described.
    pub fn look_up(&self, items: &[ItemFacts]) -> Result<Vec<Withheld>, WithholdError> {
        let (found, mistakes) = self.find(items);
        self.refuse(mistakes)?;
        Ok(found.into_values().collect())
    }

    /// As [`look_up`](Self::look_up), and checks by what the dry run knows that no produced item contains a
    /// withheld one or has the same bytes. What needs the documents themselves, [`crate::guard`] sees.
    pub fn resolve(&self, items: &[ItemFacts]) -> Result<Vec<Withheld>, WithholdError> {
        let (found, mut mistakes) = self.find(items);
        disclosures(items, &found.keys().copied().collect(), &mut mistakes);
        self.refuse(mistakes)?;
        Ok(found.into_values().collect())
    }

    fn refuse(&self, mistakes: Vec<Mistake>) -> Result<(), WithholdError> {
        WithholdError::unless_empty(self.path.as_deref(), mistakes)
    }

    fn find(&self, items: &[ItemFacts]) -> (BTreeMap<u32, Withheld>, Vec<Mistake>) {
        let names = Names::new(items);
        let mut found: BTreeMap<u32, Withheld> = BTreeMap::new();
        let mut mistakes = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            let line = self.lines.get(at).copied();
            let mut wrong = |kind| mistakes.push(Mistake { line, kind });
            let index = match names.find(&entry.item) {
                Ok(index) => index,
                Err(kind) => {
                    wrong(kind);
                    continue;
                }
            };
            if !items[index as usize].matches() {
                wrong(MistakeKind::NoMatch { item: index });
                continue;
            }
            let withheld = Withheld {
                index,
                reason: entry.reason,
                description: entry.description.trim().to_owned(),
            };
            if let Err(error) = withheld.check() {
                wrong(MistakeKind::Entry {
                    what: error.to_string(),
                });
            }
            if found.insert(index, withheld).is_some() {
                wrong(MistakeKind::Twice { item: index });
            }
        }
        (found, mistakes)
    }
}

/// SHA-256 of no bytes: items without any are not copies of one another.
pub(crate) const OF_NOTHING: &str =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn disclosures(items: &[ItemFacts], withheld: &BTreeSet<u32>, mistakes: &mut Vec<Mistake>) {
    let mut wrong = |withheld, produced, why| {
        mistakes.push(Mistake {
            line: None,
            kind: MistakeKind::Disclosed {
                withheld,
                produced,
                why,
            },
        });
    };
    let mut hashes: BTreeMap<&str, u32> = BTreeMap::new();
    for &index in withheld {
        hashes.insert(&items[index as usize].sha256, index);
        let mut at = items[index as usize].parent;
        let mut seen = BTreeSet::new();
        while let Some(parent) = at.filter(|parent| seen.insert(*parent)) {
            let facts = &items[parent as usize];
            if facts.matches() && !withheld.contains(&parent) {
                wrong(index, parent, "contains it");
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
            wrong(same, item.index, "has the same bytes");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Reason;
    use crate::clean;

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
        let index = |name| Names::new(&facts).find(name);
        assert_eq!(index("ACME-7"), Ok(1));
        // Number and index of one item.
        assert_eq!(index("000002"), Ok(2));
        // The number of one item and the index of another.
        facts[2].control_number = Some("000003".into());
        let names = Names::new(&facts);
        assert!(matches!(
            names.find("000003"),
            Err(MistakeKind::Ambiguous { .. })
        ));
        assert_eq!(names.find("copy.txt").unwrap(), 2);
        assert_eq!(names.find("3").unwrap(), 3);
    }

    #[test]
    fn each_mistake_has_its_error_and_all_are_told_at_once() {
        let kinds = |rows: &[(&str, &str)]| -> Vec<MistakeKind> {
            let error = list(rows).resolve(&facts()).unwrap_err();
            error.mistakes().iter().map(|m| m.kind.clone()).collect()
        };
        let all = kinds(&[
            ("nope", "x"),
            ("99", "x"),
            ("3", "x"),
            ("0", " "),
            ("a.eml", "x"),
        ]);
        assert!(
            matches!(
                &all[..],
                [
                    MistakeKind::NoSuchItem { .. },
                    MistakeKind::NoSuchItem { .. },
                    MistakeKind::NoMatch { item: 3 },
                    MistakeKind::Entry { .. },
                    MistakeKind::Twice { item: 0 },
                ]
            ),
            "{all:?}"
        );
        assert!(matches!(
            kinds(&[("1", "x"), ("2", "x")])[..],
            [MistakeKind::Disclosed {
                withheld: 1,
                produced: 0,
                ..
            }]
        ));
        assert!(matches!(
            kinds(&[("0", "x"), ("1", "x")])[..],
            [MistakeKind::Disclosed {
                withheld: 1,
                produced: 2,
                ..
            }]
        ));
    }

    #[test]
    fn a_path_as_a_table_of_candor_writes_it_is_found() {
        let mut facts = facts();
        facts[3].path = "=b.eml".into();
        let written = clean::cell(&facts[3].path);
        assert_eq!(written, "'=b.eml");
        assert_eq!(Names::new(&facts).find(&written), Ok(3));
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
}
