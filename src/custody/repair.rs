//! A last line that a crash has torn.
//!
//! The log is only ever added to, a line at a time, so a crash can leave one thing: the beginning of a line
//! at the end. Whatever else is wrong was done by somebody, and is not repaired.

use super::chain::{Chain, CustodyError, Entry};
use super::log::{self, Log};
use crate::Surroundings;
use crate::private;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What was repaired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Repaired {
    /// The line, from 1.
    pub line: usize,
    /// How many bytes of it were there.
    pub bytes: u64,
    /// Where they are kept now; none if the line was whole but for its end and is in the log.
    pub kept: Option<PathBuf>,
}

impl std::fmt::Display for Repaired {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Repaired { line, bytes, kept } = self;
        match kept {
            Some(kept) => write!(
                f,
                "line {line} of the custody log was torn by a crash: its {bytes} bytes are kept in {}, and \
                 the log goes on with an entry that says so",
                kept.display()
            ),
            None => write!(
                f,
                "line {line} of the custody log lacked its end and nothing else: it stays, and the log goes \
                 on with an entry that says so"
            ),
        }
    }
}

/// Repairs the log of a case if its last line is torn; `None` if it is intact.
pub fn repair(around: &Surroundings, case: &Path) -> Result<Option<Repaired>, CustodyError> {
    // Only a log that needs it is opened for writing: a case may be on a disk that cannot be written.
    if log::read(case)?.fault.is_none() {
        return Ok(None);
    }
    intact(&mut Log::open(around, case)?).map(|(_, repaired)| repaired)
}

/// The chain of a log that is intact, or was but for a torn last line.
pub(super) fn intact(log: &mut Log) -> Result<(Chain, Option<Repaired>), CustodyError> {
    let bytes = log.read()?;
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |n| n + 1);
    let (head, torn) = bytes.split_at(whole);
    let mut chain = Chain::of(head);
    if let Some(fault) = chain.fault {
        let path = log.path.clone();
        return Err(CustodyError::Broken { path, fault });
    }
    if torn.is_empty() {
        return Ok((chain, None));
    }
    let repaired =
        mend(log, &mut chain, whole as u64, torn).map_err(|source| CustodyError::Io {
            path: log.path.clone(),
            source,
        })?;
    Ok((chain, Some(repaired)))
}

fn mend(log: &Log, chain: &mut Chain, at: u64, torn: &[u8]) -> io::Result<Repaired> {
    let line = chain.entries.len() + 1;
    let whole = Chain::of(&[chain_bytes(chain).as_slice(), torn, b"\n"].concat());
    let mut facts = BTreeMap::from([
        ("line".to_owned(), line.to_string()),
        ("bytes".to_owned(), torn.len().to_string()),
        ("sha256".to_owned(), hex::encode(Sha256::digest(torn))),
    ]);
    let (kept, start, prefix) = if whole.fault.is_none() {
        *chain = whole;
        facts.insert(
            "kept".to_owned(),
            "in the log, which lacked its last end of line".to_owned(),
        );
        (None, at + torn.len() as u64, "\n")
    } else {
        let kept = keep(&log.path, line, torn)?;
        let name = kept.file_name().unwrap_or_default().to_string_lossy();
        facts.insert("kept".to_owned(), name.into_owned());
        (Some(kept), at, "")
    };
    let entry = Entry::after(chain, log.around.stamp(), "repair", facts);
    // Over the torn bytes in one go: a crash now leaves a torn line again, and the bytes are kept.
    let mut file = std::fs::OpenOptions::new().write(true).open(&log.path)?;
    let text = format!("{prefix}{}", entry.line());
    file.seek(SeekFrom::Start(start))?;
    file.write_all(text.as_bytes())?;
    file.set_len(start + text.len() as u64)?;
    file.sync_all()?;
    chain.entries.push(entry);
    Ok(Repaired {
        line,
        bytes: torn.len() as u64,
        kept,
    })
}

fn chain_bytes(chain: &Chain) -> Vec<u8> {
    chain
        .entries
        .iter()
        .map(Entry::line)
        .collect::<String>()
        .into_bytes()
}

/// Keeps what was torn beside the log, under a name that is free or that has these very bytes.
fn keep(log: &Path, line: usize, torn: &[u8]) -> io::Result<PathBuf> {
    for n in 0.. {
        let more = if n == 0 {
            String::new()
        } else {
            format!("-{n}")
        };
        let path = log.with_file_name(format!("{}.torn-{line}{more}", super::FILE_NAME));
        match private::write_new(&path, torn) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if std::fs::read(&path)? == torn {
                    return Ok(path);
                }
            }
            other => return other.map(|()| path),
        }
    }
    unreachable!("there is always another number")
}

#[cfg(test)]
mod tests {
    use super::super::{path, read, record};
    use super::*;

    fn log() -> (tempfile::TempDir, Vec<u8>) {
        let dir = tempfile::tempdir().unwrap();
        for action in ["commit", "prove", "export"] {
            // Some of it takes two bytes a letter, so that it can be cut inside of one.
            record(
                &Surroundings::system(),
                dir.path(),
                action,
                [("bundle", "Jürgen")],
            )
            .unwrap();
        }
        let bytes = std::fs::read(path(dir.path())).unwrap();
        (dir, bytes)
    }

    #[test]
    fn a_line_torn_anywhere_is_repaired_and_kept() {
        let (dir, bytes) = log();
        let case = dir.path();
        let last = bytes[..bytes.len() - 1]
            .iter()
            .rposition(|b| *b == b'\n')
            .unwrap()
            + 1;
        for cut in last + 1..bytes.len() - 1 {
            std::fs::write(path(case), &bytes[..cut]).unwrap();
            let repaired = repair(&Surroundings::system(), case).unwrap().unwrap();
            let kept = repaired.kept.clone().unwrap();
            assert_eq!(std::fs::read(&kept).unwrap(), &bytes[last..cut]);
            let chain = read(case).unwrap();
            assert_eq!(chain.fault, None, "cut at {cut}");
            let actions: Vec<_> = chain.entries.iter().map(|e| &*e.action).collect();
            assert_eq!(actions, ["commit", "prove", "repair"]);
            let name = kept.file_name().unwrap().to_str().unwrap();
            assert_eq!(chain.entries[2].facts["kept"], name);
            assert_eq!(repair(&Surroundings::system(), case).unwrap(), None);
            std::fs::remove_file(kept).unwrap();
        }
    }

    #[test]
    fn a_line_without_its_end_stays() {
        let (dir, bytes) = log();
        std::fs::write(path(dir.path()), &bytes[..bytes.len() - 1]).unwrap();
        // The next thing that is recorded repairs first.
        record(&Surroundings::system(), dir.path(), "audit", [("a", "b")]).unwrap();
        let chain = read(dir.path()).unwrap();
        let actions: Vec<_> = chain.entries.iter().map(|e| &*e.action).collect();
        assert_eq!(actions, ["commit", "prove", "export", "repair", "audit"]);
        assert_eq!(chain.fault, None);
    }

    #[test]
    fn what_was_torn_twice_is_kept_twice() {
        let (dir, bytes) = log();
        let case = dir.path();
        let mut seen = Vec::new();
        for cut in [5, 9, 5] {
            std::fs::write(path(case), &bytes[..cut]).unwrap();
            seen.push(
                repair(&Surroundings::system(), case)
                    .unwrap()
                    .unwrap()
                    .kept
                    .unwrap(),
            );
        }
        assert_eq!(seen[0], seen[2]);
        assert_ne!(seen[0], seen[1]);
    }

    #[test]
    fn what_somebody_changed_is_not_repaired() {
        let (dir, bytes) = log();
        let mut changed = bytes.clone();
        changed[20] ^= 1;
        changed.truncate(bytes.len() - 3);
        std::fs::write(path(dir.path()), &changed).unwrap();
        assert!(matches!(
            repair(&Surroundings::system(), dir.path()),
            Err(CustodyError::Broken { .. })
        ));
        assert_eq!(std::fs::read(path(dir.path())).unwrap(), changed);
        assert_eq!(
            repair(&Surroundings::system(), Path::new("/nonexistent")).unwrap(),
            None
        );
    }
}
