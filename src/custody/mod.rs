//! The custody log of a case: what was done with it, when, chained by hashes.
//!
//! `CASE/custody.log` has one JSON object per line:
//!
//! ```text
//! {"seq":0,"time":"2026-03-01T12:00:00Z","action":"commit","facts":{"root":"..."},
//!  "previous":"000...0","hash":"..."}
//! hash = SHA256("candor/custody/v1" || 0x00 || the line without its hash)
//! ```
//!
//! Every entry names the hash of the one before it, so no entry can be changed, removed from the middle
//! or put in without changing all that follow. What a chain alone cannot show is that its end was cut
//! off or that all of it was written anew: note the head's hash elsewhere (sign or time-stamp it) and
//! give it to the check.
//!
//! Every act is announced before it is done and recorded when it is done ([`Act`]); what a killed process
//! announced is completed or cancelled by the next command on the case. A last line that was torn by a crash
//! is repaired, and what was torn is kept ([`repair`]).

mod act;
mod repair;

pub use act::{Act, Doing, Recovered, recover};
pub use repair::{Repaired, repair};

use crate::Surroundings;
use crate::private;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The log's name in a case.
pub const FILE_NAME: &str = "custody.log";
const MAX_BYTES: u64 = 256 << 20;
const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its place, from 0.
    pub seq: u64,
    /// When, by this machine's clock (RFC 3339, UTC).
    pub time: String,
    /// What was done: commit, prove, export, sign, ...
    pub action: String,
    /// With what: roots, hashes, counts; no document content.
    pub facts: BTreeMap<String, String>,
    /// Hash of the line before, zeros for the first.
    pub previous: String,
    /// Hash of this line without this field.
    pub hash: String,
}

#[derive(Serialize)]
struct Unhashed<'a> {
    seq: u64,
    time: &'a str,
    action: &'a str,
    facts: &'a BTreeMap<String, String>,
    previous: &'a str,
}

impl Entry {
    /// The entry that follows a chain, dated `time`.
    fn after(chain: &Chain, time: String, action: &str, facts: BTreeMap<String, String>) -> Entry {
        let mut entry = Entry {
            seq: chain.entries.len() as u64,
            time,
            action: action.to_owned(),
            facts,
            previous: chain.head().to_owned(),
            hash: String::new(),
        };
        entry.hash = entry.computed();
        entry
    }

    /// As the log has it.
    fn line(&self) -> String {
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }

    fn computed(&self) -> String {
        let bytes = serde_json::to_vec(&Unhashed {
            seq: self.seq,
            time: &self.time,
            action: &self.action,
            facts: &self.facts,
            previous: &self.previous,
        })
        .unwrap_or_default();
        let mut hasher = Sha256::new_with_prefix(b"candor/custody/v1\0");
        hasher.update(bytes);
        hex::encode(hasher.finalize())
    }
}

/// Why a log cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CustodyError {
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A log that is broken must not grow.
    #[error(
        "{} is not intact: {fault}; nothing was done. Somebody changed it: keep it as it is, find out why, \
         and put back the copy that is intact", path.display()
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: Fault,
    },
}

/// Where a chain breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// A log as found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// The intact lines.
    pub entries: Vec<Entry>,
    /// The first line that is not.
    pub fault: Option<Fault>,
    /// Oddities that a person should explain, such as a clock that ran backwards.
    pub remarks: Vec<String>,
}

impl Chain {
    /// Hash of the last line.
    pub fn head(&self) -> &str {
        self.entries.last().map_or(START, |entry| &entry.hash)
    }

    /// Reads the bytes of a log. A line that was torn need not be text.
    pub fn of(bytes: &[u8]) -> Chain {
        match std::str::from_utf8(bytes) {
            Ok(text) => Chain::parse(text),
            Err(error) => {
                let (good, _) = bytes.split_at(error.valid_up_to());
                let whole = good
                    .iter()
                    .rposition(|byte| *byte == b'\n')
                    .map_or(0, |n| n + 1);
                let mut chain = Chain::parse(&String::from_utf8_lossy(&good[..whole]));
                let line = chain.entries.len() + 1;
                let what = "it is not text".to_owned();
                chain.fault.get_or_insert(Fault { line, what });
                chain
            }
        }
    }

    /// Reads the text of a log.
    pub fn parse(text: &str) -> Chain {
        let mut chain = Chain::default();
        if text.is_empty() {
            return chain;
        }
        let whole = text.ends_with('\n');
        let lines: Vec<&str> = text.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            let what = match serde_json::from_str::<Entry>(line) {
                Err(error) => format!("it is not an entry: {error}"),
                Ok(entry) => match chain.fits(&entry, line) {
                    Err(what) => what,
                    Ok(()) if n + 1 == lines.len() && !whole => "it was cut off".to_owned(),
                    Ok(()) => {
                        chain.entries.push(entry);
                        continue;
                    }
                },
            };
            chain.fault = Some(Fault { line: n + 1, what });
            return chain;
        }
        chain
    }

    fn fits(&mut self, entry: &Entry, line: &str) -> Result<(), String> {
        if serde_json::to_string(entry).ok().as_deref() != Some(line) {
            return Err("it is not written as candor writes it".to_owned());
        }
        if entry.seq != self.entries.len() as u64 {
            return Err(format!(
                "it has number {}, expected {}: lines are missing or repeated",
                entry.seq,
                self.entries.len()
            ));
        }
        if entry.previous != self.head() {
            return Err("it does not follow the line before it".to_owned());
        }
        if entry.hash != entry.computed() {
            return Err("it was changed: its hash is another".to_owned());
        }
        let parse = |text: &str| OffsetDateTime::parse(text, &Rfc3339);
        let time = parse(&entry.time).map_err(|error| format!("its time: {error}"))?;
        if let Some(before) = self.entries.last()
            && parse(&before.time).is_ok_and(|before| before > time)
        {
            self.remarks.push(format!(
                "entry {} is dated before the entry that it follows: the clock was set back",
                entry.seq
            ));
        }
        Ok(())
    }
}

/// The log's place in a case.
pub fn path(case: &Path) -> PathBuf {
    case.join(FILE_NAME)
}

/// The case that something done with this file belongs to: the case itself, or the one whose commitment file
/// this is.
pub fn case_of(what: &Path) -> Option<PathBuf> {
    let case = if what.file_name() == Some(crate::commit::commitment::FILE_NAME.as_ref()) {
        match what.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    } else {
        what
    };
    path(case).exists().then(|| case.to_owned())
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
    match File::open(&path) {
        Ok(mut file) => Ok(Chain::of(&read_bytes(&path, &mut file)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Chain::default()),
        Err(source) => Err(CustodyError::Io { path, source }),
    }
}

/// The log of a case, locked: two processes take turns.
struct Log {
    path: PathBuf,
    file: File,
    around: Surroundings,
}

impl Log {
    fn open(around: &Surroundings, case: &Path) -> Result<Log, CustodyError> {
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

    fn read(&mut self) -> Result<Vec<u8>, CustodyError> {
        read_bytes(&self.path, &mut self.file)
    }

    /// Adds an entry after those of `chain` and flushes it to disk.
    fn add(
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

/// Adds an entry to the log of a case and flushes it to disk. Two processes take turns. A last line that was
/// torn is repaired first: see [`repair`].
pub fn record<K: Into<String>, V: Into<String>>(
    around: &Surroundings,
    case: &Path,
    action: &str,
    facts: impl IntoIterator<Item = (K, V)>,
) -> Result<Entry, CustodyError> {
    let mut facts = Some(facts);
    record_with(around, case, action, |_| {
        Ok::<_, CustodyError>(facts.take())
    })
    .map(|entry| entry.expect("there were facts to record"))
}

/// As [`record`], with facts that depend on what the log says: nobody else writes to it in between. Without
/// facts nothing is recorded.
pub fn record_with<K, V, I, E>(
    around: &Surroundings,
    case: &Path,
    action: &str,
    decide: impl FnOnce(&Chain) -> Result<Option<I>, E>,
) -> Result<Option<Entry>, E>
where
    K: Into<String>,
    V: Into<String>,
    I: IntoIterator<Item = (K, V)>,
    E: From<CustodyError>,
{
    let mut log = Log::open(around, case)?;
    let (chain, _) = repair::intact(&mut log)?;
    let Some(facts) = decide(&chain)? else {
        return Ok(None);
    };
    let facts = facts
        .into_iter()
        .map(|(key, value)| (key.into(), value.into()))
        .collect();
    Ok(Some(log.add(&chain, action, facts)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> (tempfile::TempDir, String) {
        let dir = tempfile::tempdir().unwrap();
        for action in ["commit", "prove", "export"] {
            record(
                &Surroundings::system(),
                dir.path(),
                action,
                [("root", "ab")],
            )
            .unwrap();
        }
        let text = std::fs::read_to_string(path(dir.path())).unwrap();
        (dir, text)
    }

    #[test]
    fn a_commitment_file_belongs_to_its_case() {
        let dir = tempfile::tempdir().unwrap();
        let case = dir.path().join("acme");
        std::fs::create_dir(&case).unwrap();
        assert_eq!(case_of(&case), None);
        std::fs::write(path(&case), "").unwrap();
        assert_eq!(case_of(&case), Some(case.clone()));
        assert_eq!(case_of(&case.join("commitment.json")), Some(case.clone()));
        assert_eq!(case_of(&case.join("other.json")), None);
        assert_eq!(case_of(&dir.path().join("commitment.json")), None);
    }

    #[test]
    fn the_hash_is_pinned() {
        let entry = Entry {
            seq: 0,
            time: "2026-03-01T12:00:00Z".into(),
            action: "commit".into(),
            facts: [("root".to_owned(), "ab".to_owned())].into(),
            previous: START.into(),
            hash: String::new(),
        };
        let by_hand = format!(
            "candor/custody/v1\0{{\"seq\":0,\"time\":\"2026-03-01T12:00:00Z\",\"action\":\"commit\",\
             \"facts\":{{\"root\":\"ab\"}},\"previous\":\"{START}\"}}"
        );
        assert_eq!(entry.computed(), hex::encode(Sha256::digest(by_hand)));
    }

    #[test]
    fn a_log_grows_and_holds() {
        let (dir, text) = log();
        let chain = read(dir.path()).unwrap();
        assert_eq!(chain.fault, None);
        assert_eq!(chain.entries.len(), 3);
        assert_eq!(chain.entries[1].previous, chain.entries[0].hash);
        assert_eq!(Chain::parse(&text), chain);
        assert_eq!(read(Path::new("/nonexistent")).unwrap(), Chain::default());
    }

    #[test]
    fn every_kind_of_tampering_is_found_at_its_line() {
        let (dir, text) = log();
        let lines: Vec<&str> = text.lines().collect();
        let fault = |text: &str| Chain::parse(text).fault.unwrap();
        assert_eq!(fault(&text.replacen("\"prove\"", "\"audit\"", 1)).line, 2);
        let missing = format!("{}\n{}\n", lines[0], lines[2]);
        assert_eq!(fault(&missing).line, 2);
        let swapped = format!("{}\n{}\n{}\n", lines[1], lines[0], lines[2]);
        assert_eq!(fault(&swapped).line, 1);
        assert_eq!(fault(text.trim_end()).what, "it was cut off");
        assert_eq!(
            fault(&text.replacen("\"seq\":0,", "\"seq\": 0,", 1)).line,
            1
        );
        assert_eq!(fault(&format!("{text}{text}")).line, 4);
        // A line made anew from the changed content breaks the next one.
        let mut entry: Entry = serde_json::from_str(lines[1]).unwrap();
        entry.action = "nothing".into();
        entry.hash = entry.computed();
        let forged = serde_json::to_string(&entry).unwrap();
        assert_eq!(fault(&text.replacen(lines[1], &forged, 1)).line, 3);
        // A broken log does not grow.
        std::fs::write(path(dir.path()), missing).unwrap();
        let refused = record(&Surroundings::system(), dir.path(), "x", [("a", "b")]);
        assert!(matches!(refused, Err(CustodyError::Broken { .. })));
    }
}
