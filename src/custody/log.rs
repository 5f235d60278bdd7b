//! The file of a case, which only grows.

use super::chain::{Chain, CustodyError, Entry};
use crate::Surroundings;
use crate::private;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The log's name in a case.
pub const FILE_NAME: &str = "custody.log";
const MAX_BYTES: u64 = 256 << 20;

/// The log's place in a case.
pub fn path(case: &Path) -> PathBuf {
    case.join(FILE_NAME)
}

fn read_bytes(path: &Path, file: &mut File) -> Result<Vec<u8>, CustodyError> {
    let mut bytes = Vec::new();
    let read = file
        .seek(SeekFrom::Start(0))
        .and_then(|_| file.take(MAX_BYTES).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(source) => Err(CustodyError::Io {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Reads the log of a case; a case without one has an empty log.
pub fn read(case: &Path) -> Result<Chain, CustodyError> {
    let path = path(case);
    match crate::input::open(&path) {
        Ok(mut file) => Ok(Chain::of(&read_bytes(&path, &mut file)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Chain::default()),
        Err(source) => Err(CustodyError::Io { path, source }),
    }
}

/// The log of a case, locked: two processes take turns.
pub(super) struct Log {
    pub path: PathBuf,
    file: File,
    pub around: Surroundings,
}

impl Log {
    pub(super) fn open(around: &Surroundings, case: &Path) -> Result<Log, CustodyError> {
        let path = path(case);
        let io = |source| CustodyError::Io {
            path: path.clone(),
            source,
        };
        let file = private::append(&path).map_err(io)?;
        file.lock().map_err(io)?;
        Ok(Log {
            path,
            file,
            around: around.clone(),
        })
    }

    pub(super) fn read(&mut self) -> Result<Vec<u8>, CustodyError> {
        read_bytes(&self.path, &mut self.file)
    }

    /// Adds an entry after those of `chain` and flushes it to disk.
    pub(super) fn add(
        &mut self,
        chain: &Chain,
        action: &str,
        facts: BTreeMap<String, String>,
    ) -> Result<Entry, CustodyError> {
        let entry = Entry::after(chain, self.around.stamp(), action, facts);
        let line = entry.line();
        self.file
            .write_all(line.as_bytes())
            .and_then(|()| self.file.sync_all())
            .map_err(|source| CustodyError::Io {
                path: self.path.clone(),
                source,
            })?;
        Ok(entry)
    }
}
