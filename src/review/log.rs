//! The file of decisions: one JSON object a line, flushed to disk before an act counts.
//!
//! ```text
//! {"step":0,"time":"2026-03-01T12:00:00Z","act":"withhold","index":7,"reason":"AC","description":"..."}
//! {"step":1,"time":"...","act":"release","index":7}
//! {"step":2,"time":"...","act":"undo"}
//! ```
//!
//! Lines with one `step` were decided together (`left` of them follow); `undo` takes back the last step that still
//! stands. A last line without its end, or a last step without all its lines, was being written when the program or
//! the machine stopped: it never counted, is left out, and said to be. A line in the middle that cannot be read stops everything, for what is withheld after it must not
//! be forgotten.

use super::ReviewError;
use crate::bundle::{Reason, Withheld};
use crate::commit::vault;
use crate::private;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const PREFIX: &str = "review-";
const SUFFIX: &str = ".jsonl";
/// A line has a description of at most 4,000 bytes, six times that when every one is escaped.
const MAX_BYTES: u64 = 64 << 20;
/// How long another process may take for its lines.
const PATIENCE: Duration = Duration::from_secs(3);

/// One act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// An item is withheld, or for another reason than before.
    Withhold {
        /// The item.
        index: u32,
        /// The ground.
        reason: Reason,
        /// What the log will tell.
        description: String,
    },
    /// An item is not withheld.
    Release {
        /// The item.
        index: u32,
    },
    /// The last step that stands is taken back.
    Undo,
}

impl Act {
    /// The item that it is about.
    pub fn item(&self) -> Option<u32> {
        match self {
            Act::Withhold { index, .. } | Act::Release { index } => Some(*index),
            Act::Undo => None,
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Acts of one step were decided together.
    pub step: u64,
    /// Lines of this step that follow: a step counts when it is there whole.
    #[serde(default, skip_serializing_if = "none")]
    pub left: u32,
    /// When, by this machine's clock (RFC 3339, UTC).
    pub time: String,
    /// What was done.
    #[serde(flatten)]
    pub act: Act,
}

fn none(left: &u32) -> bool {
    *left == 0
}

/// The file as far as it was read.
#[derive(Debug)]
pub(super) struct Log {
    case: PathBuf,
    path: PathBuf,
    lines: Vec<Line>,
    /// Bytes of whole lines.
    whole: u64,
    remarks: Vec<String>,
}

/// While this lives, nobody else writes.
#[derive(Debug)]
pub(super) struct Guard {
    file: File,
    /// Nor does anybody encrypt the vault: a decision that came after would not be in it.
    _vault: File,
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, ReviewError> {
    result.map_err(|source| ReviewError::Io {
        path: path.to_owned(),
        source,
    })
}

/// The files of decisions in a case, by the classifier that they are about.
pub(super) fn requests(case: &Path) -> Result<BTreeMap<String, PathBuf>, ReviewError> {
    let folder = vault::find(case)?;
    let mut found = BTreeMap::new();
    for entry in at(&folder, fs::read_dir(&folder))? {
        let entry = at(&folder, entry)?;
        let name = entry.file_name();
        let hash = (name.to_str())
            .and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX))
            .filter(|hash| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()));
        if let Some(hash) = hash {
            found.insert(hash.to_owned(), entry.path());
        }
    }
    Ok(found)
}

impl Log {
    pub(super) fn open(case: &Path, classifier: &[u8; 32]) -> Result<Self, ReviewError> {
        let folder = vault::find(case)?;
        let name = format!("{PREFIX}{}{SUFFIX}", hex::encode(classifier));
        let mut log = Log {
            case: case.to_owned(),
            path: folder.join(name),
            lines: Vec::new(),
            whole: 0,
            remarks: Vec::new(),
        };
        match fs::symlink_metadata(&log.path) {
            Ok(meta) if !meta.is_file() => {
                return at(&log.path, Err(io::Error::other("this is not a plain file")));
            }
            Ok(_) => {
                let mut file = at(&log.path, File::open(&log.path))?;
                // What another process is writing now is not whole yet; a read needs no more than whole lines.
                wait(&log.path, || file.try_lock_shared())?;
                log.read(&mut file)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return at(&log.path, Err(error)),
        }
        Ok(log)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(super) fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Takes the file for writing, which creates it.
    pub(super) fn lock(&self) -> Result<Guard, ReviewError> {
        let vault = vault::use_of(&self.case)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let fresh = !self.path.exists();
        let file = at(&self.path, options.open(&self.path))?;
        wait(&self.path, || file.try_lock())?;
        if fresh && let Some(folder) = self.path.parent() {
            at(folder, private::sync_dir(folder))?;
        }
        Ok(Guard {
            file,
            _vault: vault,
        })
    }

    /// Reads what others added; true if there is something.
    pub(super) fn refresh(&mut self, guard: &Guard) -> Result<bool, ReviewError> {
        let length = at(&self.path, guard.file.metadata())?.len();
        if length == self.whole {
            return Ok(false);
        }
        let before = self.lines.len();
        let mut file = &guard.file;
        at(&self.path, file.seek(SeekFrom::Start(0)))?;
        self.read(&mut file)?;
        Ok(self.lines.len() != before)
    }

    fn read(&mut self, file: &mut impl Read) -> Result<(), ReviewError> {
        let mut bytes = Vec::new();
        at(&self.path, file.take(MAX_BYTES + 1).read_to_end(&mut bytes))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(ReviewError::TooLarge {
                path: self.path.clone(),
                limit: MAX_BYTES,
            });
        }
        (self.lines, self.remarks) = (Vec::new(), Vec::new());
        let (mut lines, mut seen, mut whole) = (Vec::new(), 0, 0);
        let ended = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
        for (n, line) in bytes[..ended].split_inclusive(|b| *b == b'\n').enumerate() {
            seen += line.len();
            let line = parse(&line[..line.len() - 1]).map_err(|what| ReviewError::Broken {
                path: self.path.clone(),
                line: n + 1,
                what,
            })?;
            if line.left == 0 {
                whole = seen;
            }
            lines.push((seen, line));
        }
        let stands = lines.into_iter().filter(|(end, _)| *end <= whole);
        self.lines = stands.map(|(_, line)| line).collect();
        self.whole = whole as u64;
        if whole < bytes.len() {
            let rest = String::from_utf8_lossy(&bytes[whole..]);
            let rest: String = rest.chars().take(200).collect();
            self.remarks.push(format!(
                "{}: the last decision was cut off while it was written and does not count; take it again: {}",
                self.path.display(),
                crate::clean::line(&rest)
            ));
        }
        Ok(())
    }

    /// Adds acts as one step, flushed to disk; what was cut off before them makes room.
    pub(super) fn append(
        &mut self,
        guard: &Guard,
        time: &str,
        acts: Vec<Act>,
    ) -> Result<(), ReviewError> {
        let step = self.lines.last().map_or(0, |line| line.step + 1);
        let count = acts.len() as u32;
        let lines = (0..count).rev().zip(acts).map(|(left, act)| Line {
            step,
            left,
            time: time.to_owned(),
            act,
        });
        let lines: Vec<Line> = lines.collect();
        let mut bytes = Vec::new();
        for line in &lines {
            bytes.extend(serde_json::to_vec(line).map_err(|error| ReviewError::Io {
                path: self.path.clone(),
                source: error.into(),
            })?);
            bytes.push(b'\n');
        }
        if self.whole + bytes.len() as u64 > MAX_BYTES {
            return Err(ReviewError::TooLarge {
                path: self.path.clone(),
                limit: MAX_BYTES,
            });
        }
        let mut file = &guard.file;
        at(&self.path, file.set_len(self.whole))?;
        at(&self.path, file.seek(SeekFrom::Start(self.whole)))?;
        let written = file.write_all(&bytes).and_then(|()| file.sync_all());
        if written.is_err() {
            // Half a step must not be there when the next one is written.
            let _ = file.set_len(self.whole);
        }
        at(&self.path, written)?;
        self.whole += bytes.len() as u64;
        self.lines.extend(lines);
        self.remarks.clear();
        Ok(())
    }
}

fn parse(line: &[u8]) -> Result<Line, String> {
    let line: Line =
        serde_json::from_slice(line).map_err(|error| format!("not a decision: {error}"))?;
    if let Act::Withhold {
        index,
        reason,
        description,
    } = &line.act
    {
        let withheld = Withheld {
            index: *index,
            reason: *reason,
            description: description.clone(),
        };
        withheld.check().map_err(|error| error.to_string())?;
    }
    if line.time.len() > 40 || OffsetDateTime::parse(&line.time, &Rfc3339).is_err() {
        return Err("it has no time".to_owned());
    }
    Ok(line)
}

/// Tries for a while, for others need moments only.
fn wait(
    path: &Path,
    mut lock: impl FnMut() -> Result<(), TryLockError>,
) -> Result<(), ReviewError> {
    let pause = Duration::from_millis(20);
    let mut left = PATIENCE;
    loop {
        match lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if left > Duration::ZERO => {
                std::thread::sleep(pause);
                left = left.saturating_sub(pause);
            }
            Err(TryLockError::WouldBlock) => return Err(ReviewError::Busy(path.to_owned())),
            Err(TryLockError::Error(source)) => return at(path, Err(source)),
        }
    }
}
