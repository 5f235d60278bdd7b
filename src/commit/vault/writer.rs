//! Writes a vault: items appended one after the other, nothing kept in memory but offsets and
//! hashes, complete only after [`VaultWriter::finish`].

use super::layout::{self, at};
use super::record::{Extent, VaultItem};
use super::{Manifest, VaultError, checksum};
use crate::clean;
use crate::commit::commitment::{self, Commitment};
use crate::commit::copies::CopyOf;
use crate::commit::meta::ItemMeta;
use crate::commit::tree::Hash;
use crate::custody::Doing;
use crate::private::{self, Lock, Locking};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
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
    records: Appender,
    natives: Appender,
    texts: Appender,
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
        if super::locked::is_locked(case) {
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

    /// Notes that an item is a copy of an earlier one.
    pub fn put_copy(
        &mut self,
        index: u32,
        copy: CopyOf,
        meta: &ItemMeta,
        sha256: &Hash,
    ) -> Result<(), VaultError> {
        let same = if copy.bytes { "bytes" } else { "message_id" };
        let custodian = meta
            .metadata
            .get("custodian")
            .map(String::as_str)
            .unwrap_or_default();
        self.duplicates.row(&[
            &index.to_string(),
            &copy.first.to_string(),
            same,
            &clean::cell(custodian),
            &clean::cell(&meta.path),
            &hex::encode(sha256),
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

    /// Appends the next item's record.
    pub fn put_item(&mut self, item: &VaultItem) -> Result<(), VaultError> {
        let record = zeroize::Zeroizing::new(item.encode());
        let len = (record.len() as u32).to_le_bytes();
        self.offsets.push(self.records.len);
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

/// What the custody log has to know before a vault is made: see [`crate::custody::Act`].
pub fn doing(case: &Path) -> Doing {
    Doing {
        lock: Some(case.join(layout::LOCK)),
        scrub: vec![case.join(layout::IN_PROGRESS)],
        ..Doing::leaving(layout::dir(case).join(commitment::FILE_NAME))
    }
}

/// Puts the public copy of the commitment file beside the vault.
fn publish(case: &Path, commitment: &Commitment) -> Result<(), VaultError> {
    layout::write_atomically(&case.join(commitment::FILE_NAME), &commitment.to_json())
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
