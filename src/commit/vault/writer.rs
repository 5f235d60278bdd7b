//! Writes a vault, in two passes: items are appended to a spool as they are read; once it is known how many there
//! are, they are numbered, told their families and written as records. Nothing is kept in memory but offsets,
//! parents and hashes. The vault is complete only after [`VaultWriter::finish`].

use super::keys::Keys;
use super::layout::checksum;
use super::layout::{self, at};
use super::record::{Extent, RecordError, VaultItem};
use super::{Manifest, VaultError};
use crate::clean;
use crate::commit::commitment::{self, Commitment, Tally};
use crate::commit::copies::CopyOf;
use crate::commit::leaf::{MAX_LEAF_BYTES, PublicLeaf};
use crate::commit::leaves;
use crate::commit::opening::{Section, disclosed};
use crate::custody::Doing;
use crate::private::{self, Lock, Locking};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// A file that only grows.
struct Appender {
    path: PathBuf,
    file: BufWriter<File>,
    len: u64,
}

impl Appender {
    fn create(dir: &Path, name: &str, magic: &[u8]) -> Result<Self, VaultError> {
        let path = dir.join(name);
        let file = BufWriter::with_capacity(1 << 20, layout::create_private_file(&path)?);
        let mut appender = Appender { path, file, len: 0 };
        appender.append(magic)?;
        Ok(appender)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<Extent, VaultError> {
        at(&self.path, self.file.write_all(bytes))?;
        let extent = Extent {
            offset: self.len,
            len: bytes.len() as u64,
        };
        self.len += extent.len;
        Ok(extent)
    }

    fn sync(&mut self) -> Result<(), VaultError> {
        at(&self.path, self.file.flush())?;
        at(&self.path, self.file.get_ref().sync_all())
    }
}

/// A CSV file that only grows.
struct List {
    path: PathBuf,
    csv: csv::Writer<File>,
}

impl List {
    fn create(dir: &Path, name: &str, header: &[&str]) -> Result<Self, VaultError> {
        let path = dir.join(name);
        let csv = csv::Writer::from_writer(layout::create_private_file(&path)?);
        let mut list = List { path, csv };
        list.row(header)?;
        Ok(list)
    }

    fn row(&mut self, row: &[&str]) -> Result<(), VaultError> {
        at(&self.path, self.csv.write_record(row).map_err(Into::into))
    }

    fn flush(&mut self) -> Result<(), VaultError> {
        at(&self.path, self.csv.flush())
    }
}

/// An unfinished vault. Dropping it removes what was written.
pub(crate) struct VaultWriter {
    case: PathBuf,
    dir: PathBuf,
    spool: Appender,
    /// The numbers of parents, by number.
    parents: Vec<Option<u32>>,
    copies: BTreeMap<u32, CopyOf>,
    records: Appender,
    natives: Appender,
    texts: Appender,
    /// By index.
    offsets: Vec<u64>,
    exceptions: List,
    duplicates: List,
    finished: bool,
    /// Held until the end; the operating system releases it if the process dies.
    _lock: Lock,
}

impl VaultWriter {
    /// Starts a vault in a case that has none. Removes what an interrupted commit left.
    pub fn create(case: &Path) -> Result<Self, VaultError> {
        at(case, private::create_dir_all(case))?;
        let lock = lock(case)?;
        if super::presence::is_locked(case) {
            let case = case.to_owned();
            return Err(VaultError::Locked { case });
        }
        if layout::dir(case).exists() || case.join(commitment::FILE_NAME).exists() {
            return Err(VaultError::Exists {
                case: case.to_owned(),
            });
        }
        let dir = case.join(layout::IN_PROGRESS);
        if dir.exists() {
            at(&dir, fs::remove_dir_all(&dir))?;
        }
        layout::create_private_dir(&dir)?;
        let exceptions = ["item", "path", "reason", "detail"];
        let duplicates = ["item", "copy_of", "same", "custodian", "path", "sha256"];
        let writer = VaultWriter {
            records: Appender::create(&dir, layout::RECORDS, layout::RECORDS_MAGIC)?,
            natives: Appender::create(&dir, layout::NATIVES, layout::NATIVES_MAGIC)?,
            texts: Appender::create(&dir, layout::TEXTS, layout::TEXTS_MAGIC)?,
            spool: Appender::create(&dir, layout::SPOOL, &[])?,
            parents: Vec::new(),
            copies: BTreeMap::new(),
            offsets: Vec::new(),
            exceptions: List::create(&dir, layout::EXCEPTIONS, &exceptions)?,
            duplicates: List::create(&dir, layout::DUPLICATES, &duplicates)?,
            finished: false,
            case: case.to_owned(),
            dir,
            _lock: lock,
        };
        Ok(writer)
    }

    /// Notes that an item is a copy of an earlier one; both by number.
    pub fn put_copy(&mut self, number: u32, copy: CopyOf) {
        self.copies.insert(number, copy);
    }

    fn list_copy(
        &mut self,
        index: u32,
        first: u32,
        bytes: bool,
        item: &VaultItem,
    ) -> Result<(), VaultError> {
        let same = if bytes { "bytes" } else { "message_id" };
        let meta = &item.meta;
        let custodian = meta.metadata.get("custodian").map(String::as_str);
        self.duplicates.row(&[
            &index.to_string(),
            &first.to_string(),
            same,
            &clean::cell(custodian.unwrap_or_default()),
            &clean::cell(&meta.path),
            &hex::encode(item.sha256),
        ])
    }

    /// Stores native bytes.
    pub fn put_native(&mut self, bytes: &[u8]) -> Result<Extent, VaultError> {
        self.natives.append(bytes)
    }

    /// Stores a text.
    pub fn put_text(&mut self, text: &str) -> Result<Extent, VaultError> {
        self.texts.append(text.as_bytes())
    }

    /// Appends the next item. Its leaf, its section of facts, and where it names others, are those of numbers so
    /// far: [`VaultWriter::settle`] makes them final.
    pub fn put_item(&mut self, item: &VaultItem) -> Result<(), VaultError> {
        debug_assert_eq!(item.number as usize, self.parents.len());
        self.parents.push(item.meta.parent);
        let record = zeroize::Zeroizing::new(item.encode());
        self.spool.append(&(record.len() as u32).to_le_bytes())?;
        self.spool.append(&record)?;
        Ok(())
    }

    /// Gives every item its index, by its number, tells it its family, and writes records, lists and leaves.
    pub fn settle(&mut self, order: &[u32], keys: &Keys) -> Result<Tally, VaultError> {
        at(&self.spool.path, self.spool.file.flush())?;
        let path = self.spool.path.clone();
        let mut spool = BufReader::with_capacity(1 << 20, at(&path, File::open(&path))?);
        let count = self.parents.len() as u32;
        let mut tally = Tally::of(count);
        self.offsets = vec![0; count as usize];
        let children = children(&self.parents, order);
        let mut next = 0;
        while next < count {
            let mut records = Vec::new();
            let mut bytes = 0;
            while next + (records.len() as u32) < count && records.len() < 1024 && bytes < 64 << 20
            {
                let mut length = [0; 4];
                at(&path, spool.read_exact(&mut length))?;
                let mut record =
                    zeroize::Zeroizing::new(vec![0; u32::from_le_bytes(length) as usize]);
                at(&path, spool.read_exact(&mut record))?;
                bytes += record.len();
                records.push(record);
            }
            let settled = records
                .par_iter()
                .map(|record| {
                    let mut item = VaultItem::parse(record)?;
                    settle(&mut item, order, &children, keys)?;
                    Ok(item)
                })
                .collect::<Result<Vec<_>, RecordError>>()
                .map_err(|source| VaultError::Record {
                    index: next,
                    source,
                })?;
            for item in &settled {
                tally.put(&item.leaf);
                self.write(item)?;
                if let Some(copy) = self.copies.get(&item.number).copied() {
                    let first = order[copy.first as usize];
                    self.list_copy(item.index(), first, copy.bytes, item)?;
                }
            }
            next += settled.len() as u32;
        }
        Ok(tally)
    }

    fn write(&mut self, item: &VaultItem) -> Result<(), VaultError> {
        let record = zeroize::Zeroizing::new(item.encode());
        let len = (record.len() as u32).to_le_bytes();
        self.offsets[item.index() as usize] = self.records.len;
        self.records.append(&len)?;
        self.records.append(&checksum(&record))?;
        self.records.append(&record)?;
        if let Some(reason) = item.leaf.exception() {
            let index = item.index().to_string();
            let detail = item.meta.exception.as_deref().unwrap_or_default();
            let (path, detail) = (clean::cell(item.path()), clean::cell(detail));
            self.exceptions
                .row(&[&index, &path, reason.as_str(), &detail])?;
        }
        Ok(())
    }

    /// The leaves in index order, read back from the records.
    fn write_leaves(&mut self) -> Result<(), VaultError> {
        at(&self.records.path, self.records.file.flush())?;
        let records = at(&self.records.path, File::open(&self.records.path))?;
        let path = self.dir.join(commitment::LEAVES_NAME);
        let mut file = BufWriter::with_capacity(1 << 20, layout::create_private_file(&path)?);
        at(
            &path,
            file.write_all(&leaves::head(self.offsets.len() as u32)),
        )?;
        for (index, offset) in (0..).zip(&self.offsets) {
            let mut start = [0; MAX_LEAF_BYTES + 64];
            // Behind the record's head, version and index come first, then the leaf with its length.
            let from = offset + super::RECORD_HEAD as u64;
            let room = (self.records.len - from).min(start.len() as u64) as usize;
            at(
                &self.records.path,
                layout::read_exact_at(&records, &mut start[..room], from),
            )?;
            let leaf = VaultItem::parse_leaf(&start[..room])
                .map_err(|source| VaultError::Record { index, source })?;
            let mut encoded = Vec::new();
            leaves::put(&mut encoded, &leaf);
            at(&path, file.write_all(&encoded))?;
        }
        at(&path, file.flush())?;
        at(&path, file.get_ref().sync_all())
    }

    /// Completes the vault: flushes everything to disk, puts it in place in one step and publishes
    /// the commitment file beside it.
    pub fn finish(
        mut self,
        manifest: &Manifest,
        commitment: &Commitment,
    ) -> Result<(), VaultError> {
        let mut index = Vec::with_capacity(self.offsets.len() * 8);
        for offset in &self.offsets {
            index.extend_from_slice(&offset.to_le_bytes());
        }
        let dir = self.dir.clone();
        let write = |name: &str, parts: &[&[u8]]| {
            let path = dir.join(name);
            let mut file = layout::create_private_file(&path)?;
            for part in parts {
                at(&path, file.write_all(part))?;
            }
            at(&path, file.sync_all())
        };
        write(
            layout::INDEX,
            &[layout::INDEX_MAGIC, &index, &checksum(&index)],
        )?;
        write(layout::MANIFEST, &[&manifest.to_json()])?;
        write(commitment::FILE_NAME, &[&commitment.to_json()])?;
        self.write_leaves()?;
        at(&self.spool.path, fs::remove_file(&self.spool.path))?;
        self.exceptions.flush()?;
        self.duplicates.flush()?;
        for appender in [&mut self.records, &mut self.natives, &mut self.texts] {
            appender.sync()?;
        }
        layout::sync_dir(&dir)?;
        let vault = layout::dir(&self.case);
        at(&vault, fs::rename(&dir, &vault))?;
        self.finished = true;
        layout::sync_dir(&self.case)?;
        publish(&self.case, commitment)
    }
}

impl Drop for VaultWriter {
    fn drop(&mut self) {
        if !self.finished {
            // Best effort: what stays behind is removed by the next commit.
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}

/// Finishes a commit that was interrupted in its very last step: the vault is complete and in place,
/// but its commitment file is not beside it. Returns the commitment if that was so.
pub fn recover(case: &Path) -> Result<Option<Commitment>, VaultError> {
    let vault = layout::dir(case);
    if !vault.is_dir() || case.join(commitment::FILE_NAME).exists() {
        return Ok(None);
    }
    let _lock = lock(case)?;
    let commitment = super::open_commitment(&vault.join(commitment::FILE_NAME))?;
    publish(case, &commitment)?;
    Ok(Some(commitment))
}

/// What the custody log has to know before a vault is made: see [`crate::custody::Act`]. A supplement is announced in
/// the case that it supplements as well.
pub fn doing(case: &Path, supplements: Option<&Path>) -> Doing {
    Doing {
        lock: Some(case.join(layout::LOCK)),
        scrub: vec![case.join(layout::IN_PROGRESS)],
        elsewhere: supplements.map(|earlier| {
            earlier
                .canonicalize()
                .unwrap_or_else(|_| earlier.to_owned())
        }),
        ..Doing::leaving(layout::dir(case).join(commitment::FILE_NAME))
    }
}

/// What the log of the case that is supplemented has to know: the supplement with this root is in place.
pub fn supplementing(by: &Path, root: &str) -> Doing {
    Doing {
        root: Some(root.to_owned()),
        ..Doing::leaving(layout::dir(by).join(commitment::FILE_NAME))
    }
}

/// Puts the public copies of the leaves and the commitment file beside the vault.
fn publish(case: &Path, commitment: &Commitment) -> Result<(), VaultError> {
    publish_leaves(case)?;
    layout::write_atomically(&case.join(commitment::FILE_NAME), &commitment.to_json())
}

/// Puts the public copy of the leaves beside the commitment file, if it is not there.
pub fn publish_leaves(case: &Path) -> Result<(), VaultError> {
    let to = case.join(commitment::LEAVES_NAME);
    if to.exists() {
        return Ok(());
    }
    let from = layout::dir(case).join(commitment::LEAVES_NAME);
    layout::copy(&from, private::Pending::create_public(&to), &to)
}

/// The children of every item, both by index and ascending.
fn children(parents: &[Option<u32>], order: &[u32]) -> HashMap<u32, Vec<u32>> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for (number, parent) in parents.iter().enumerate() {
        if let Some(parent) = parent {
            let list = children.entry(order[*parent as usize]).or_default();
            list.push(order[number]);
        }
    }
    children.values_mut().for_each(|list| list.sort_unstable());
    children
}

/// Makes an item final that was written by numbers: its index, its family, its facts, its leaf.
fn settle(
    item: &mut VaultItem,
    order: &[u32],
    children: &HashMap<u32, Vec<u32>>,
    keys: &Keys,
) -> Result<(), RecordError> {
    let of = |number: u32| order.get(number as usize).copied();
    let index = of(item.number).ok_or(RecordError::Malformed("a number without an index"))?;
    item.meta.parent = item.meta.parent.and_then(of);
    item.meta.children = children.get(&index).cloned().unwrap_or_default();
    item.duplicate_of = item.duplicate_of.and_then(of);
    item.sections.0[Section::Facts as usize] =
        disclosed::of_facts(&keys.seed(item.number), &item.meta);
    let (status, forms) = (item.leaf.status().clone(), item.leaf.forms().to_vec());
    item.leaf = PublicLeaf::new(index, status, item.sections.root(), forms)?;
    Ok(())
}

/// The lock of a case, held by whoever makes, locks or unlocks its vault.
pub(super) fn lock(case: &Path) -> Result<Lock, VaultError> {
    let path = case.join(layout::LOCK);
    match at(&path, Lock::acquire(&path))? {
        Locking::Locked(lock) => Ok(lock),
        Locking::Held => Err(VaultError::Busy {
            case: case.to_owned(),
        }),
    }
}
