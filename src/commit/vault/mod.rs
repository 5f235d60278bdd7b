//! The private vault: everything the responder needs to answer requests, and must never hand over
//! as a whole. See [`layout`] for the files.
//!
//! Records are read one at a time and checked against their checksum; a text is checked against
//! its section of the opening tree and native bytes against their SHA-256 before they are returned.

mod error;
pub mod keys;
pub mod layout;
pub mod locked;
mod manifest;
mod presence;
pub mod record;
mod secret;
mod secrets;
pub(crate) mod writer;

pub use error::VaultError;
pub use keys::Keys;
pub(crate) use manifest::Manifest;
pub use presence::presence;
pub(crate) use presence::{find, use_of};
pub use record::{Blinds, RecordError, VaultItem};
pub use secret::VaultSecret;
pub use secrets::{Secret, SecretKind};
pub use writer::{doing, publish_leaves, recover, supplementing};

use super::chain;
use super::commitment::{self, Commitment, Tally};
use super::kin::Kinship;
use super::leaf::PublicLeaf;
use super::meta::ItemMeta;
use super::open_commitment;
use crate::item::Form;
use crate::private;
use candor_core::wipe::Wiped;
use candor_verify::record::opening::{Disclosed, Seed};
use error::damaged;
use layout::{CHECKSUM, at, checksum, read_exact_at};
use rayon::prelude::*;
use record::{Extent, NativePlace};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const RECORD_HEAD: usize = 4 + CHECKSUM;
/// Longest record that is believed before its checksum is known.
const MAX_RECORD: u32 = 64 << 20;

/// What the vault of a case is committed to, without opening the rest of it.
pub fn commitment_of(case: &Path) -> Result<Commitment, VaultError> {
    let _in_use = use_of(case)?;
    Ok(open_commitment(
        &layout::dir(case).join(commitment::FILE_NAME),
    )?)
}

/// A complete vault, open for reading. Threads may share it.
#[derive(Debug)]
pub struct Vault {
    case: PathBuf,
    dir: PathBuf,
    /// While this is open, nobody locks the vault with a passphrase.
    _in_use: File,
    manifest: Manifest,
    commitment: Commitment,
    keys: Keys,
    offsets: Vec<u64>,
    records: File,
    natives: File,
    texts: File,
    /// How often each record was read.
    #[cfg(test)]
    pub(crate) read: std::sync::Mutex<std::collections::HashMap<u32, usize>>,
}

impl Vault {
    /// Opens the vault of a case.
    pub fn open(case: &Path) -> Result<Vault, VaultError> {
        let in_use = use_of(case)?;
        let dir = layout::dir(case);
        let commitment = open_commitment(&dir.join(commitment::FILE_NAME))?;
        let public = case.join(commitment::FILE_NAME);
        if public.exists() && open_commitment(&public)? != commitment {
            return Err(VaultError::OtherCommitment { path: public });
        }
        let manifest = manifest::open(&dir.join(layout::MANIFEST))?;
        if chain::anchor(manifest.audit_secret.as_bytes()) != *commitment.audit_anchor() {
            let what = "its secret of audits is not the one of the commitment";
            return Err(damaged(&dir.join(layout::MANIFEST), what));
        }
        let offsets = open_index(&dir.join(layout::INDEX), commitment.count())?;
        let open = |name: &str, magic: &[u8]| {
            let path = dir.join(name);
            let file = at(&path, crate::input::open(&path))?;
            let mut found = vec![0; magic.len()];
            at(&path, read_exact_at(&file, &mut found, 0))?;
            if found == magic {
                Ok(file)
            } else {
                Err(damaged(&path, "it is of another kind or version"))
            }
        };
        Ok(Vault {
            records: open(layout::RECORDS, layout::RECORDS_MAGIC)?,
            natives: open(layout::NATIVES, layout::NATIVES_MAGIC)?,
            texts: open(layout::TEXTS, layout::TEXTS_MAGIC)?,
            case: case.to_owned(),
            dir,
            _in_use: in_use,
            keys: Keys::new(manifest.secret.clone(), *commitment.id()),
            manifest,
            commitment,
            offsets,
            #[cfg(test)]
            read: Default::default(),
        })
    }

    /// The case's folder.
    pub fn case(&self) -> &Path {
        &self.case
    }

    /// The corpus folder as it was when committing.
    pub fn source(&self) -> &Path {
        &self.manifest.source
    }

    /// The case that this one supplements, where it was when this one was made.
    pub fn supplements(&self) -> Option<&Path> {
        self.manifest.supplements.as_deref()
    }

    /// The responder's half of the seed of audits.
    pub fn audit_secret(&self) -> &VaultSecret {
        &self.manifest.audit_secret
    }

    /// What its seeds and blinds are derived from.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The items in the order of reading, which is the order of paths: for lists that people read.
    pub fn in_reading_order(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.len()).collect();
        // Records were written as items were read.
        order.sort_unstable_by_key(|index| self.offsets[*index as usize]);
        order
    }

    /// The published commitment.
    pub fn commitment(&self) -> &Commitment {
        &self.commitment
    }

    /// Number of items.
    #[allow(clippy::len_without_is_empty)] // a commitment has at least one item
    pub fn len(&self) -> u32 {
        self.commitment.count()
    }

    /// How many bytes the leaves have, as they are published beside the commitment.
    pub fn size_of_leaves(&self) -> Result<u64, VaultError> {
        let path = self.dir.join(commitment::LEAVES_NAME);
        Ok(at(&path, fs::metadata(&path))?.len())
    }

    /// Writes the leaves as they are published into a file, for its owner only until they are handed over.
    pub fn copy_leaves(&self, to: &Path) -> Result<(), VaultError> {
        let from = self.dir.join(commitment::LEAVES_NAME);
        layout::copy(&from, private::Pending::create(to), to)
    }

    /// The public leaf of an item.
    pub fn leaf(&self, index: u32) -> Result<PublicLeaf, VaultError> {
        let record = self.record(index)?;
        self.own(index, VaultItem::parse_leaf(&record), |leaf| leaf.index())
    }

    /// Everything but the content of an item.
    pub fn item(&self, index: u32) -> Result<VaultItem, VaultError> {
        let record = self.record(index)?;
        self.own(index, VaultItem::parse(&record), VaultItem::index)
    }

    /// The facts of an item.
    pub fn meta(&self, index: u32) -> Result<ItemMeta, VaultError> {
        let record = self.record(index)?;
        let meta = self.own(index, VaultItem::parse_meta(&record), |(index, _)| *index);
        meta.map(|(_, meta)| meta)
    }

    /// The seed of an item's opening tree. Who has it can open everything.
    pub fn seed(&self, item: &VaultItem) -> Seed {
        self.keys.seed(item.number())
    }

    /// What opens the leaf of the whole document.
    pub fn disclosed(&self, item: &VaultItem) -> Disclosed {
        Disclosed::new(&self.seed(item), *item.sections())
    }

    /// The blinding factors of the strips of an item's vector of a form, if it has one.
    pub fn blinds(&self, item: &VaultItem, form: Form) -> Option<Blinds> {
        item.vector(form)?;
        Some(Blinds::new(&Wiped(self.keys.blinds(item.number(), form))))
    }

    /// All leaves in order, one at a time.
    pub fn leaves(&self) -> impl Iterator<Item = Result<PublicLeaf, VaultError>> + '_ {
        (0..self.len()).map(|index| self.leaf(index))
    }

    /// All items in order, one at a time.
    pub fn items(&self) -> impl Iterator<Item = Result<VaultItem, VaultError>> + '_ {
        (0..self.len()).map(|index| self.item(index))
    }

    /// Who lies in whom, of all items.
    pub fn kinship(&self) -> Result<Kinship, VaultError> {
        let said = (0..self.len())
            .into_par_iter()
            .map(|index| {
                let meta = self.meta(index)?;
                Ok((meta.parent, meta.children))
            })
            .collect::<Result<Vec<_>, VaultError>>()?;
        let mut kinship = Kinship::default();
        for (index, (parent, children)) in (0..).zip(said) {
            kinship
                .learn(index, parent, &children, self.len())
                .map_err(|error| damaged(&self.dir.join(layout::RECORDS), error))?;
        }
        Ok(kinship)
    }

    /// The native bytes of an item, equal to those that were committed.
    pub fn native(&self, index: u32) -> Result<Vec<u8>, VaultError> {
        self.native_of(&self.item(index)?)
    }

    /// As [`Vault::native`], for an item at hand.
    pub fn native_of(&self, item: &VaultItem) -> Result<Vec<u8>, VaultError> {
        let index = item.index();
        let (path, bytes, moved) = match &item.native {
            NativePlace::Vault(extent) => {
                let path = self.dir.join(layout::NATIVES);
                let bytes = read_extent(&self.natives, &path, extent)?;
                (path, bytes, false)
            }
            NativePlace::Corpus(rel) => {
                let path = self.manifest.source.join(rel);
                // No more than was committed: what has grown since, or became a pipe, has changed.
                let bytes = match crate::input::read(&path, item.meta().size) {
                    Err(error)
                        if matches!(
                            error.kind(),
                            std::io::ErrorKind::FileTooLarge | std::io::ErrorKind::InvalidInput
                        ) =>
                    {
                        return Err(VaultError::Changed { index, path });
                    }
                    other => at(&path, other)?,
                };
                (path, bytes, true)
            }
        };
        if Sha256::digest(&bytes)[..] == item.sha256[..] {
            Ok(bytes)
        } else if moved {
            Err(VaultError::Changed { index, path })
        } else {
            Err(damaged(
                &path,
                format!("the bytes of item {index} are not those committed"),
            ))
        }
    }

    /// The extracted text of an item, equal to the one that was committed; `None` if it has none.
    pub fn text(&self, index: u32) -> Result<Option<String>, VaultError> {
        self.text_of(&self.item(index)?)
    }

    /// As [`Vault::text`], for an item at hand.
    pub fn text_of(&self, item: &VaultItem) -> Result<Option<String>, VaultError> {
        let Some(extent) = &item.text else {
            return Ok(None);
        };
        let path = self.dir.join(layout::TEXTS);
        let bytes = read_extent(&self.texts, &path, extent)?;
        let committed = |text: &String| self.disclosed(item).check_text(text).is_ok();
        match String::from_utf8(bytes) {
            Ok(text) if committed(&text) => Ok(Some(text)),
            _ => Err(damaged(
                &path,
                format!("the text of item {} is not the one committed", item.index()),
            )),
        }
    }

    /// Reads every record and compares all leaves with the commitment.
    pub fn check(&self) -> Result<(), VaultError> {
        let mut tally = Tally::default();
        for leaf in self.leaves() {
            tally.add(&leaf?);
        }
        if tally.matches(&self.commitment) {
            Ok(())
        } else {
            let path = self.dir.join(layout::RECORDS);
            Err(damaged(&path, "its leaves do not have the committed root"))
        }
    }

    fn own<T>(
        &self,
        index: u32,
        parsed: Result<T, RecordError>,
        stated: impl Fn(&T) -> u32,
    ) -> Result<T, VaultError> {
        let source = match parsed {
            Ok(value) if stated(&value) == index => return Ok(value),
            Ok(_) => RecordError::Malformed("it belongs to another item"),
            Err(source) => source,
        };
        Err(VaultError::Record { index, source })
    }

    fn record(&self, index: u32) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        #[cfg(test)]
        {
            *self.read.lock().unwrap().entry(index).or_default() += 1;
        }
        let path = self.dir.join(layout::RECORDS);
        let offset = *self
            .offsets
            .get(index as usize)
            .ok_or(VaultError::NoSuchItem {
                index,
                count: self.len(),
            })?;
        let mut head = [0; RECORD_HEAD];
        at(&path, read_exact_at(&self.records, &mut head, offset))?;
        let (len, sum) = head.split_at(4);
        let len = u32::from_le_bytes(len.try_into().unwrap_or_default());
        let broken = || damaged(&path, format!("the record of item {index} is not intact"));
        if len > MAX_RECORD {
            return Err(broken());
        }
        let mut record = Zeroizing::new(vec![0; len as usize]);
        let start = offset + RECORD_HEAD as u64;
        at(&path, read_exact_at(&self.records, &mut record, start))?;
        if checksum(&record) == sum {
            Ok(record)
        } else {
            Err(broken())
        }
    }
}

fn open_index(path: &Path, count: u32) -> Result<Vec<u64>, VaultError> {
    let bytes = at(path, crate::input::read(path, u64::MAX))?;
    let offsets = bytes
        .strip_prefix(layout::INDEX_MAGIC)
        .and_then(<[u8]>::split_last_chunk::<CHECKSUM>)
        .filter(|(offsets, sum)| checksum(offsets) == **sum)
        .map(|(offsets, _)| offsets)
        .ok_or_else(|| damaged(path, "it is not intact"))?;
    if offsets.len() as u64 != u64::from(count) * 8 {
        return Err(damaged(path, "it has another number of items"));
    }
    Ok(offsets
        .as_chunks::<8>()
        .0
        .iter()
        .map(|offset| u64::from_le_bytes(*offset))
        .collect())
}

fn read_extent(file: &File, path: &Path, extent: &Extent) -> Result<Vec<u8>, VaultError> {
    let size = at(path, file.metadata())?.len();
    let end = extent.offset.checked_add(extent.len);
    if end.is_none_or(|end| end > size) {
        return Err(damaged(path, "it is shorter than its index says"));
    }
    let mut bytes = vec![0; extent.len as usize];
    at(path, read_exact_at(file, &mut bytes, extent.offset))?;
    Ok(bytes)
}
