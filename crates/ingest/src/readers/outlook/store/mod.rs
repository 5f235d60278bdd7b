//! Outlook stores: `.pst` of 1997 and of 2003, `.ost` of 2013.
//!
//! Items are taken from the tree of nodes itself, so that what no folder lists (deleted, orphaned) is found too. Where
//! the trees are damaged or cut off, the file is searched for their leaves. A store is read in place: only its index
//! is held in memory. Every message becomes a file of its own, and a family.
//!
//! `outlook-pst` 1.2.0 refuses every message of a real store of 71, and ost files altogether; libpff and readpst, in C,
//! were the references.

mod heap;
mod items;
mod tables;
mod tree;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

pub(crate) use items::{Items, StoredItem};

/// Largest store that is read, in bytes.
pub(crate) const MAX_STORE: u64 = 200 << 30;

/// Where a store lies.
pub(crate) trait Place {
    /// Its size in bytes.
    fn len(&self) -> u64;
    /// `length` bytes from `at`; nothing if they are not all there.
    fn bytes(&self, at: u64, length: usize) -> Option<Vec<u8>>;
}

impl Place for Vec<u8> {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    fn bytes(&self, at: u64, length: usize) -> Option<Vec<u8>> {
        let at = usize::try_from(at).ok()?;
        Some(self.get(at..at.checked_add(length)?)?.to_vec())
    }
}

/// A store in a file.
pub(crate) struct InFile {
    file: Mutex<File>,
    len: u64,
}

impl InFile {
    pub fn new(mut file: File) -> std::io::Result<Self> {
        let len = file.seek(SeekFrom::End(0))?;
        Ok(Self {
            file: Mutex::new(file),
            len,
        })
    }
}

impl Place for InFile {
    fn len(&self) -> u64 {
        self.len
    }

    fn bytes(&self, at: u64, length: usize) -> Option<Vec<u8>> {
        if at.checked_add(length as u64)? > self.len {
            return None;
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(at)).ok()?;
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }
}
