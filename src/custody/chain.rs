//! Entries, each with the hash of the one before it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub(super) const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

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
    pub(super) fn after(
        chain: &Chain,
        time: String,
        action: &str,
        facts: BTreeMap<String, String>,
    ) -> Entry {
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
    pub(super) fn line(&self) -> String {
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }

    pub(super) fn computed(&self) -> String {
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
