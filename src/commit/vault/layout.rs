//! Where things are in a case, and how private files are created.
//!
//! ```text
//! CASE/commitment.json       public: a copy of vault/commitment.json
//! CASE/leaves                public: a copy of vault/leaves
//! CASE/vault/                private (mode 0700, files 0600)
//!     commitment.json
//!     leaves                 the public leaves, as they are published beside the commitment
//!     vault.json             where the documents came from, and the secrets: of random audits, and the one that
//!                            everything is derived from that opens a leaf or a vector
//!     records.bin            one checksummed record per item, in the order of reading
//!     index.bin              offset of each record
//!     natives.bin            native bytes, each distinct content once
//!     texts.bin              extracted texts
//!     exceptions.csv         items that could not be processed, with reasons
//!     duplicates.csv         items that are copies of earlier ones, by bytes or by Message-ID
//!     review-HASH.jsonl      decisions to withhold, by the classifier that they are about
//! CASE/vault.tar.age         instead of the vault, while it is locked with a passphrase (see [`super::locked`])
//! CASE/.commit-in-progress/  a vault being written
//! CASE/.recognised/          texts that text recognition has found so far, for a run that was interrupted
//! CASE/.lock                 held while committing, locking and unlocking
//! ```
//!
//! A vault is written under the name `.commit-in-progress`, flushed to disk and renamed to `vault`
//! in one step. So `vault` exists only when it is complete, and what an interrupted commit leaves
//! behind is never taken for a vault: the next commit removes it and starts afresh.

use super::error::VaultError;
use crate::private;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::path::{Path, PathBuf};

pub(crate) const VAULT: &str = "vault";
pub(crate) const IN_PROGRESS: &str = ".commit-in-progress";
pub(crate) const RECOGNISED: &str = ".recognised";
pub(crate) const LOCK: &str = ".lock";
pub(crate) const MANIFEST: &str = "vault.json";
pub(crate) const RECORDS: &str = "records.bin";
/// What was read, before the items are numbered; gone in a complete vault.
pub(crate) const SPOOL: &str = "spool.bin";
pub(crate) const INDEX: &str = "index.bin";
pub(crate) const NATIVES: &str = "natives.bin";
pub(crate) const TEXTS: &str = "texts.bin";
pub(crate) const EXCEPTIONS: &str = "exceptions.csv";
pub(crate) const DUPLICATES: &str = "duplicates.csv";

pub(crate) const RECORDS_MAGIC: &[u8] = b"candor-vault-records-2\n";
pub(crate) const INDEX_MAGIC: &[u8] = b"candor-vault-index-2\n";
pub(crate) const NATIVES_MAGIC: &[u8] = b"candor-vault-natives-1\n";
pub(crate) const TEXTS_MAGIC: &[u8] = b"candor-vault-texts-1\n";

/// Length of a checksum.
pub(crate) const CHECKSUM: usize = 16;

/// Turns an IO result into a [`VaultError`] that names the file.
pub(crate) fn at<T>(path: &Path, result: std::io::Result<T>) -> Result<T, VaultError> {
    result.map_err(|source| VaultError::Io {
        path: path.to_owned(),
        source,
    })
}

/// Creates a folder (and its parents) that only the owner can enter.
pub(crate) fn create_private_dir(path: &Path) -> Result<(), VaultError> {
    let parent = private::parent(path);
    at(parent, private::create_dir_all(parent))?;
    at(path, private::create_dir(path))
}

/// Creates a file that only the owner can read; fails if it exists.
pub(crate) fn create_private_file(path: &Path) -> Result<File, VaultError> {
    at(path, private::create_new(path))
}

/// Flushes a folder's entries to disk, where the system offers that.
pub(crate) fn sync_dir(path: &Path) -> Result<(), VaultError> {
    at(path, private::sync_dir(path))
}

/// Writes a file that is to be published: it is there whole or not at all.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    at(path, private::write_public(path, bytes))
}

/// Copies a file piece by piece into one that is being written, and puts that in its place, `to`.
pub(crate) fn copy(
    from: &Path,
    into: std::io::Result<private::Pending>,
    to: &Path,
) -> Result<(), VaultError> {
    let mut file = at(from, crate::input::open(from))?;
    let mut into = at(to, into)?;
    at(to, std::io::copy(&mut file, &mut into))?;
    at(to, into.persist())
}

/// Reads at an offset without a shared cursor, so that threads need no lock.
pub(crate) fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
    }
    #[cfg(windows)]
    {
        let (mut done, len) = (0, buffer.len());
        while done < len {
            let rest = &mut buffer[done..];
            match std::os::windows::fs::FileExt::seek_read(file, rest, offset + done as u64)? {
                0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                n => done += n,
            }
        }
        Ok(())
    }
}

/// The checksum of a record, or of the index.
pub(crate) fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let mut sum = [0; CHECKSUM];
    sum.copy_from_slice(&Sha256::digest(bytes)[..CHECKSUM]);
    sum
}

/// The vault's folder in a case.
pub fn dir(case: &Path) -> PathBuf {
    case.join(VAULT)
}
