//! Which items are copies of which, and who had them.

use super::meta::ItemMeta;
use super::tree::Hash;
use crate::ingest::selection;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use time::Date;

/// How many groups of copies `Copies::across` lists at most.
pub const GROUPS_SHOWN: usize = 20;

/// Documents that several custodians had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SharedCopies {
    /// The first item with these bytes.
    pub item: u32,
    /// Its path, which may hold control characters: escape it before showing it.
    pub path: String,
    /// Items with these bytes, the first included.
    pub copies: u32,
    /// Everybody who had one, sorted.
    pub custodians: Vec<String>,
}

/// An item that is a copy of an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CopyOf {
    pub first: u32,
    /// Whether the bytes are equal; else only the Message-ID is.
    pub bytes: bool,
}

/// Everybody who had some content, and how often it occurs.
#[derive(Debug, Default)]
struct Group {
    path: String,
    copies: u32,
    custodians: BTreeSet<u32>,
}

/// What is known of copies, custodians and dates, item by item.
#[derive(Debug, Default)]
pub(super) struct Copies {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
    items_of: Vec<u32>,
    /// Custodian of the first item of each content that has occurred once so far.
    firsts: HashMap<u32, (Option<u32>, String)>,
    groups: BTreeMap<u32, Group>,
    messages: HashMap<String, (u32, Hash)>,
    pub same_bytes: u32,
    pub same_message: u32,
    dates: Option<(Date, Date)>,
    pub undated: u32,
}

impl Copies {
    /// Takes the next item. `same` is the first item with the same bytes, `custodian` whose it is if
    /// its metadata do not say.
    pub fn add(
        &mut self,
        index: u32,
        meta: &ItemMeta,
        sha256: Hash,
        same: Option<u32>,
        custodian: Option<&str>,
    ) -> Option<CopyOf> {
        let own = meta
            .metadata
            .get("custodian")
            .map(String::as_str)
            .or(custodian);
        let own = own.map(|name| self.number(name));
        if let Some(own) = own {
            self.items_of[own as usize] += 1;
        }
        match selection::day(&meta.metadata) {
            Some(day) => {
                let (first, last) = self.dates.unwrap_or((day, day));
                self.dates = Some((first.min(day), last.max(day)));
            }
            None => self.undated += 1,
        }
        let mih = meta.metadata.get("edrm_mih");
        let twin = mih.and_then(|mih| match self.messages.get(mih) {
            Some((first, hash)) if *hash != sha256 => Some(*first),
            Some(_) => None,
            None => {
                self.messages.insert(mih.clone(), (index, sha256));
                None
            }
        });
        match same {
            Some(first) => {
                self.same_bytes += 1;
                let begin = self.firsts.remove(&first);
                let group = self.groups.entry(first).or_default();
                if let Some((custodian, path)) = begin {
                    group.path = path;
                    group.copies = 1;
                    group.custodians.extend(custodian);
                }
                group.copies += 1;
                group.custodians.extend(own);
                Some(CopyOf { first, bytes: true })
            }
            None => {
                if meta.size > 0 {
                    self.firsts.insert(index, (own, meta.path.clone()));
                }
                self.same_message += u32::from(twin.is_some());
                twin.map(|first| CopyOf {
                    first,
                    bytes: false,
                })
            }
        }
    }

    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.items_of.push(0);
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// Items of each custodian.
    pub fn custodians(&self) -> BTreeMap<String, u32> {
        self.names
            .iter()
            .cloned()
            .zip(self.items_of.iter().copied())
            .collect()
    }

    /// The first and the last day of any item.
    pub fn dates(&self) -> Option<(Date, Date)> {
        self.dates
    }

    /// How many documents several custodians had, and the first of them.
    pub fn across(&self) -> (u32, Vec<SharedCopies>) {
        let across = || {
            self.groups
                .iter()
                .filter(|(_, group)| group.custodians.len() > 1)
        };
        let show = |(item, group): (&u32, &Group)| {
            let mut custodians: Vec<String> = group
                .custodians
                .iter()
                .map(|n| self.names[*n as usize].clone())
                .collect();
            custodians.sort();
            SharedCopies {
                item: *item,
                path: group.path.clone(),
                copies: group.copies,
                custodians,
            }
        };
        (
            across().count() as u32,
            across().take(GROUPS_SHOWN).map(show).collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(path: &str, custodian: &str, mih: &str, size: u64) -> ItemMeta {
        let facts = [
            ("custodian", custodian),
            ("edrm_mih", mih),
            ("date", "2001-02-03T23:00:00-05:00"),
        ];
        ItemMeta {
            children: Vec::new(),
            parent: None,
            exception: None,
            extractor: String::new(),
            kind: "mail".into(),
            media_type: "message/rfc822".into(),
            metadata: facts
                .into_iter()
                .filter(|(_, v)| !v.is_empty())
                .map(|(k, v)| (k.into(), v.into()))
                .collect(),
            path: path.into(),
            size,
        }
    }

    #[test]
    fn copies_are_counted_by_bytes_and_by_message() {
        let mut copies = Copies::default();
        let mut add = |index, who: &str, mih: &str, hash: u8, same| {
            copies.add(
                index,
                &meta(&format!("{index}"), who, mih, 1),
                [hash; 32],
                same,
                Some("Default"),
            )
        };
        assert_eq!(add(0, "Ann", "m1", 1, None), None);
        assert_eq!(
            add(1, "Ann", "m1", 1, Some(0)),
            Some(CopyOf {
                first: 0,
                bytes: true
            })
        );
        assert_eq!(
            add(2, "Bob", "m1", 1, Some(0)),
            Some(CopyOf {
                first: 0,
                bytes: true
            })
        );
        assert_eq!(
            add(3, "Bob", "m1", 2, None),
            Some(CopyOf {
                first: 0,
                bytes: false
            })
        );
        assert_eq!(add(4, "", "m2", 3, None), None);
        assert_eq!(
            add(5, "", "", 3, Some(4)),
            Some(CopyOf {
                first: 4,
                bytes: true
            })
        );
        assert_eq!((copies.same_bytes, copies.same_message), (3, 1));
        let (count, listed) = copies.across();
        assert_eq!((count, listed.len()), (1, 1));
        assert_eq!(
            (listed[0].item, listed[0].copies, &*listed[0].path),
            (0, 3, "0")
        );
        assert_eq!(listed[0].custodians, ["Ann", "Bob"]);
        let custodians = copies.custodians();
        assert_eq!(
            (custodians["Ann"], custodians["Bob"], custodians["Default"]),
            (2, 2, 2)
        );
        let day = time::macros::date!(2001 - 02 - 04);
        assert_eq!(copies.dates(), Some((day, day)));
    }
}
