//! A document of an earlier vault, read again.

use super::improved::improves;
use crate::commit::UNREAD;
use crate::commit::vault::{Vault, VaultError, VaultItem};
use crate::ingest::again::{self, Outside};
use crate::ingest::{Family, IngestOptions, ItemKind, Kept, Ledger, RawItem};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// Facts that are of the bytes and made anew with them.
const OF_THE_BYTES: [&str; 4] = ["sha256", "md5", "edrm_mih", UNREAD];

/// What could not be read, by path; of what was read in part, what of it was not.
pub(super) type Wanted = BTreeMap<String, Option<Ledger>>;

/// An item of an earlier commitment, and which of the items in it could not be read, or not wholly.
pub(super) struct Document {
    vault: Arc<Vault>,
    item: VaultItem,
    wanted: Wanted,
    /// The paths of everything in it that was committed.
    known: BTreeSet<String>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({})", self.item.index())
    }
}

impl Document {
    /// Nothing if the vault has no bytes of it.
    pub fn new(vault: Arc<Vault>, item: u32, wanted: Wanted) -> Option<Self> {
        let item = vault.item(item).ok()?;
        let known = paths(&vault, &item).ok()?;
        (item.meta().size > 0).then_some(Document {
            vault,
            item,
            wanted,
            known,
        })
    }

    /// Whether an item can be read now that could not be read before, or more of it.
    fn is_news(&self, item: &RawItem) -> bool {
        let wanted = self.wanted.get(&item.path);
        item.exception.is_none()
            && wanted.is_some_and(|before| match before {
                None => true,
                Some(ledger) => improves(ledger, &item.ledger),
            })
    }

    /// What the earlier commitment knew of an item beside its bytes: the name that a message gave an attachment, the
    /// custodian, a control number.
    fn remember(&self, item: &mut RawItem) {
        let meta = self.item.meta();
        for (key, value) in &meta.metadata {
            if !OF_THE_BYTES.contains(&key.as_str()) {
                let value = || value.clone();
                item.metadata.entry(key.clone()).or_insert_with(value);
            }
        }
        if let Some(custodian) = self.vault.commitment().custodian() {
            let custodian = || custodian.to_owned();
            let entry = item.metadata.entry("custodian".to_owned());
            entry.or_insert_with(custodian);
        }
    }
}

impl Kept for Document {
    fn path(&self) -> &str {
        self.item.path()
    }

    fn bytes(&self) -> u64 {
        self.item.meta().size
    }

    /// What can be read now and could not be read before, or not wholly, with everything inside of it that was not
    /// committed. What was read before stays where it is committed.
    fn read(&self, options: &IngestOptions) -> Vec<Family> {
        // A vault that is damaged has nothing to read again; it stays unresolved, and `case check` says why.
        let Ok(bytes) = self.vault.native_of(&self.item) else {
            return Vec::new();
        };
        let meta = self.item.meta();
        let fact = |key: &str| meta.metadata.get(key).map(String::as_str);
        let name = fact("file_name").or(meta.path.rsplit('/').next());
        let outside = Outside {
            name: name.unwrap_or_default(),
            charset: fact("charset"),
            message: meta.kind == ItemKind::Mail.id(),
        };
        let family = again::read_at(&meta.path, &bytes, &outside, options);
        let mut families: Vec<Family> = Vec::new();
        // Where an item of the family went: which family, and its place there.
        let mut places: Vec<Option<(usize, usize)>> = Vec::with_capacity(family.len());
        for mut item in family {
            let inside = item.parent.and_then(|parent| places[parent]);
            let read = self.is_news(&item);
            let new = read || !self.known.contains(&item.path);
            let place = match inside {
                Some((at, parent)) if new => {
                    item.parent = Some(parent);
                    Some((at, families[at].len()))
                }
                _ if read => {
                    item.parent = None;
                    families.push(Vec::new());
                    Some((families.len() - 1, 0))
                }
                _ => None,
            };
            places.push(place);
            if let Some((at, _)) = place {
                if item.path == meta.path {
                    self.remember(&mut item);
                } else if let Some(custodian) =
                    fact("custodian").or(self.vault.commitment().custodian())
                    && item.parent.is_none()
                {
                    let entry = item.metadata.entry("custodian".to_owned());
                    entry.or_insert_with(|| custodian.to_owned());
                }
                families[at].push(item);
            }
        }
        families
    }
}

/// The paths of an item and of everything that was found in it.
fn paths(vault: &Vault, item: &VaultItem) -> Result<BTreeSet<String>, VaultError> {
    let mut known = BTreeSet::from([item.path().to_owned()]);
    let mut seen = BTreeSet::from([item.index()]);
    let mut next: Vec<u32> = item.children().to_vec();
    while let Some(index) = next.pop() {
        // Numbers are drawn at random, so nothing but this says that a walk ends.
        if seen.insert(index) {
            let child = vault.item(index)?;
            known.insert(child.path().to_owned());
            next.extend(child.children());
        }
    }
    Ok(known)
}
