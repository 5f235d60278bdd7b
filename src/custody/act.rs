//! Acts and their lines belong together.
//!
//! Before something is done with a case, it is announced in `CASE/.custody/`; when it is done, its line is
//! written and the announcement removed. If the process is killed in between, the next command on the case
//! finds an announcement whose lock nobody holds, and sees from the *witness*, a file that the act puts in
//! place in its last step, how far it came: if the witness is another than when it was announced, the act was
//! done, and its line is written now; if not, the act is cancelled, what it left is swept, and a line says
//! that it was interrupted. A line carries the announcement's name, so it is not written twice.
//!
//! ```text
//! CASE/.custody/NAME.lock    held by the process that is at it
//! CASE/.custody/NAME.act     what it does (JSON)
//! ```

use super::{CustodyError, Entry, Log, repair};
use crate::Surroundings;
use crate::commit::open_commitment;
use crate::private::{self, Lock, Locking};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The folder of announcements in a case.
const FOLDER: &str = ".custody";
/// The fact that names the announcement.
const NAME: &str = "act";
const MAX_ANNOUNCEMENT: u64 = 1 << 20;

/// Where an act leaves its traces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Doing {
    /// A file that the act's last step puts in place or replaces, or a folder that it puts in place.
    pub witness: PathBuf,
    /// A lock that whoever works on `scrub` and `leftover` holds.
    pub lock: Option<PathBuf>,
    /// What must not stay if the act was interrupted.
    pub scrub: Vec<PathBuf>,
    /// A work folder that has served its purpose once the act is done.
    pub leftover: Option<PathBuf>,
    /// What the act takes away after the witness is there: as long as it stands, the act is not done.
    #[serde(default)]
    pub gone: Option<PathBuf>,
    /// A file whose place the witness has taken once the act is done.
    #[serde(default)]
    pub replaced: Option<PathBuf>,
    /// The root that the witness, a commitment file, has once the act is done: another one in its place is no sign.
    #[serde(default)]
    pub root: Option<String>,
    /// Another case in which the same process announced its share of the act: it is recovered first.
    #[serde(default)]
    pub elsewhere: Option<PathBuf>,
}

impl Doing {
    /// An act whose last step puts `witness` in place.
    pub fn leaving(witness: PathBuf) -> Self {
        Doing {
            witness,
            lock: None,
            scrub: Vec::new(),
            leftover: None,
            gone: None,
            replaced: None,
            root: None,
            elsewhere: None,
        }
    }

    fn absolute(mut self) -> io::Result<Self> {
        let places = self.scrub.iter_mut().chain([&mut self.witness]);
        let places = places.chain(&mut self.lock).chain(&mut self.leftover);
        let places = places.chain(&mut self.gone).chain(&mut self.replaced);
        for place in places.chain(&mut self.elsewhere) {
            *place = std::path::absolute(&*place)?;
        }
        Ok(self)
    }
}

/// An announcement, as its file has it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Announced {
    action: String,
    time: String,
    facts: BTreeMap<String, String>,
    doing: Doing,
    /// SHA-256 of the witness when it was announced; none if it was not there.
    before: Option<String>,
}

impl Announced {
    fn is_done(&self) -> bool {
        let stands = |path: &PathBuf| fs::symlink_metadata(path).is_ok();
        if self.doing.gone.as_ref().is_some_and(stands) {
            return false;
        }
        if let Some(root) = &self.doing.root {
            return open_commitment(&self.doing.witness).is_ok_and(|c| c.root_hex() == root);
        }
        match &self.before {
            None => stands(&self.doing.witness),
            Some(before) => digest(&self.doing.witness).is_some_and(|now| now != *before),
        }
    }
}

/// What tells whether a witness is another one. A folder that appears as a whole is there or not.
fn digest(path: &Path) -> Option<String> {
    if path.is_dir() {
        return Some("folder".to_owned());
    }
    // It may be larger than memory.
    let mut hash = Sha256::new();
    let mut file = fs::File::open(path).ok()?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).ok()? {
            0 => return Some(hex::encode(hash.finalize())),
            n => hash.update(&buffer[..n]),
        }
    }
}

/// What a command found and put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// An act that was done: its line is in the log now.
    Completed(Entry),
    /// An act that was not done: a line says so.
    Cancelled(Entry, Vec<PathBuf>),
    /// A torn line.
    Repaired(super::Repaired),
}

impl std::fmt::Display for Recovered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let facts = |entry: &Entry| {
            let facts = entry
                .facts
                .iter()
                .filter(|(key, _)| *key != NAME && *key != "what");
            let facts: Vec<_> = facts.map(|(key, value)| format!("{key} {value}")).collect();
            facts.join(", ")
        };
        match self {
            Recovered::Completed(entry) => write!(
                f,
                "an earlier '{}' was killed after its last step: it is done, and the custody log has it now \
                 ({})",
                entry.action,
                facts(entry)
            ),
            Recovered::Cancelled(entry, swept) => {
                let what = entry.facts.get("what").map_or("", String::as_str);
                write!(
                    f,
                    "an earlier '{what}' was killed before it was done: the custody log says so ({})",
                    facts(entry)
                )?;
                match swept.len() {
                    0 => Ok(()),
                    1 => write!(f, "; what it left is removed: {}", swept[0].display()),
                    n => write!(
                        f,
                        "; what it left is removed: {} and {} more",
                        swept[0].display(),
                        n - 1
                    ),
                }
            }
            Recovered::Repaired(repaired) => repaired.fmt(f),
        }
    }
}

/// Something that is being done with a case. [`Act::done`] writes its line. Dropped before, it was not done,
/// unless its last step was taken: then the next command writes the line.
#[derive(Debug)]
pub struct Act {
    around: Surroundings,
    case: PathBuf,
    made_case: bool,
    name: String,
    announced: Announced,
    lock: Option<Lock>,
    recovered: Vec<Recovered>,
}

impl Act {
    /// Announces an act, after recovering earlier ones. Fails, before anything is done, if the log is not
    /// intact.
    pub fn begin<K: Into<String>, V: Into<String>>(
        around: &Surroundings,
        case: &Path,
        action: &str,
        facts: impl IntoIterator<Item = (K, V)>,
        doing: Doing,
    ) -> Result<Act, CustodyError> {
        let made_case = !case.exists();
        if made_case && action != "commit" {
            let source = io::Error::new(io::ErrorKind::NotFound, "there is no such case");
            let path = case.to_owned();
            return Err(CustodyError::Io { path, source });
        }
        let recovered = recover(around, case)?;
        let folder = case.join(FOLDER);
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| CustodyError::Io { path, source }
        };
        let name = around.name();
        let path = folder.join(format!("{name}.lock"));
        let lock = loop {
            private::create_dir_all(&folder).map_err(io(&folder))?;
            match Lock::acquire(&path) {
                Ok(Locking::Locked(lock)) => break lock,
                // Another process, which was done, has removed the folder meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(io(&path)(error)),
                Ok(Locking::Held) => {
                    return Err(io(&path)(io::Error::other("another process has this name")));
                }
            }
        };
        let doing = doing.absolute().map_err(io(case))?;
        let facts = facts
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()));
        let announced = Announced {
            action: action.to_owned(),
            time: around.stamp(),
            facts: facts.collect(),
            before: digest(&doing.witness),
            doing,
        };
        let path = folder.join(format!("{name}.act"));
        let json = serde_json::to_vec_pretty(&announced).unwrap_or_default();
        private::write(&path, &json).map_err(io(&path))?;
        Ok(Act {
            around: around.clone(),
            case: case.to_owned(),
            made_case,
            name,
            announced,
            lock: Some(lock),
            recovered,
        })
    }

    /// Whether another process has announced the same and is at it.
    pub fn has_rival(&self) -> Result<bool, CustodyError> {
        for name in names(&self.case) {
            let path = self.case.join(FOLDER).join(format!("{name}.lock"));
            let same = || read_announcement(&self.case, &name);
            // One that nobody holds is dead: it is recovered by whoever comes next.
            let held = |source| CustodyError::Io {
                path: path.clone(),
                source,
            };
            if name != self.name
                && same()?.is_some_and(|other| other.action == self.announced.action)
                && path.exists()
                && Lock::of_existing(&path).map_err(held)?.is_none()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What earlier acts had left, for a person to know.
    pub fn recovered(&self) -> &[Recovered] {
        &self.recovered
    }

    /// The act is done, and what it did has written its line before.
    pub fn recorded(mut self) {
        if let Some(lock) = self.lock.take() {
            forget(&self.case, &self.name, lock);
        }
    }

    /// Writes the act's line.
    pub fn done<K: Into<String>, V: Into<String>>(
        mut self,
        facts: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Entry, CustodyError> {
        let facts = facts
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()));
        let facts = facts.collect();
        let entry = record_once(
            &self.around,
            &self.case,
            &self.name,
            &self.announced.action,
            facts,
        )?;
        if let Some(lock) = self.lock.take() {
            forget(&self.case, &self.name, lock);
        }
        Ok(entry)
    }
}

impl Drop for Act {
    fn drop(&mut self) {
        if let Some(lock) = self.lock.take()
            && !self.announced.is_done()
        {
            forget(&self.case, &self.name, lock);
            if self.made_case {
                // Only if there is nothing in it.
                let _ = fs::remove_dir(&self.case);
            }
        }
    }
}

/// Removes an announcement. What cannot be removed is found again, and its line is not written twice.
fn forget(case: &Path, name: &str, lock: Lock) {
    let folder = case.join(FOLDER);
    let _ = fs::remove_file(folder.join(format!("{name}.act")));
    let _ = fs::remove_file(lock.path());
    // Only if there is nothing in it.
    let _ = fs::remove_dir(folder);
}

/// Writes a line unless the log has one of that name.
fn record_once(
    around: &Surroundings,
    case: &Path,
    name: &str,
    action: &str,
    mut facts: BTreeMap<String, String>,
) -> Result<Entry, CustodyError> {
    let mut log = Log::open(around, case)?;
    let (chain, _) = repair::intact(&mut log)?;
    let has = |entry: &&Entry| entry.facts.get(NAME).is_some_and(|found| found == name);
    if let Some(entry) = chain.entries.iter().rev().find(has) {
        return Ok(entry.clone());
    }
    facts.insert(NAME.to_owned(), name.to_owned());
    log.add(&chain, action, facts)
}

/// Completes or cancels what killed processes had begun on a case, and repairs a torn line. Every command on
/// a case begins with it and tells what it returns.
pub fn recover(around: &Surroundings, case: &Path) -> Result<Vec<Recovered>, CustodyError> {
    let mut found = Vec::new();
    if !case.is_dir() {
        return Ok(found);
    }
    found.extend(repair(around, case)?.map(Recovered::Repaired));
    let folder = case.join(FOLDER);
    if !folder.is_dir() {
        return Ok(found);
    }
    private::sweep(&folder);
    for name in names(case) {
        let path = folder.join(format!("{name}.lock"));
        let io = |source| CustodyError::Io {
            path: path.clone(),
            source,
        };
        // One that is locked lives; one that is gone was recovered by somebody else.
        if let Some(lock) = Lock::of_existing(&path).map_err(io)? {
            found.extend(recover_one(around, case, &name)?);
            forget(case, &name, lock);
        }
    }
    Ok(found)
}

/// What was announced under a name; nothing if its process was killed before it had announced anything.
fn read_announcement(case: &Path, name: &str) -> Result<Option<Announced>, CustodyError> {
    let path = case.join(FOLDER).join(format!("{name}.act"));
    match crate::input::read(&path, MAX_ANNOUNCEMENT).map(|bytes| serde_json::from_slice(&bytes)) {
        Ok(Ok(announced)) => Ok(Some(announced)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(CustodyError::Io { path, source }),
        Ok(Err(error)) => {
            let source =
                io::Error::other(format!("it is not an announcement ({error}): move it away"));
            Err(CustodyError::Io { path, source })
        }
    }
}

/// The names of announcements in a case.
fn names(case: &Path) -> Vec<String> {
    let entries = fs::read_dir(case.join(FOLDER)).into_iter().flatten();
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".lock").map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// What was announced in a case, done and not recorded: the facts of acts that the log does not have yet. Who only
/// reads a case takes them for lines of the log; the next command that works with it records them.
pub fn done_unrecorded(
    case: &Path,
    action: &str,
) -> Result<Vec<BTreeMap<String, String>>, CustodyError> {
    let mut out = Vec::new();
    for name in names(case) {
        if let Some(announced) = read_announcement(case, &name)?
            && announced.action == action
            && announced.is_done()
        {
            out.push(announced.facts);
        }
    }
    Ok(out)
}

fn recover_one(
    around: &Surroundings,
    case: &Path,
    name: &str,
) -> Result<Vec<Recovered>, CustodyError> {
    let Some(announced) = read_announcement(case, name)? else {
        return Ok(Vec::new());
    };
    let mut found = match &announced.doing.elsewhere {
        // A share of this act is announced there, never the other way round.
        Some(other) => recover(around, other)?,
        None => Vec::new(),
    };
    let done = announced.is_done();
    let swept = sweep(&announced.doing, done);
    let mut facts = announced.facts;
    facts.insert("begun".to_owned(), announced.time);
    found.push(if done {
        facts.insert(
            "recovered".to_owned(),
            "killed before this line was written".to_owned(),
        );
        let witness = &announced.doing.witness;
        if let Some(digest) = digest(witness).filter(|_| witness.is_file()) {
            facts.insert("seal".to_owned(), digest);
        }
        if let Ok(commitment) = open_commitment(witness) {
            facts.insert("root".to_owned(), commitment.root_hex().to_owned());
            facts.insert("items".to_owned(), commitment.count().to_string());
        }
        Recovered::Completed(record_once(around, case, name, &announced.action, facts)?)
    } else {
        facts.insert("what".to_owned(), announced.action);
        Recovered::Cancelled(
            record_once(around, case, name, "interrupted", facts)?,
            swept,
        )
    });
    Ok(found)
}

/// Removes what a killed act left, as far as nobody else is at it by now.
fn sweep(doing: &Doing, done: bool) -> Vec<PathBuf> {
    // The output is the witness or the folder that it is in.
    let mut places: Vec<&Path> = doing.witness.ancestors().skip(1).take(2).collect();
    places.retain(|place| place.is_dir());
    let mut swept: Vec<PathBuf> = places.into_iter().flat_map(private::sweep).collect();
    let lock = match &doing.lock {
        Some(path) => match Lock::of_existing(path) {
            Ok(Some(lock)) => Some(lock),
            _ => return swept,
        },
        None => None,
    };
    if done {
        if let (Some(root), Some(lock)) = (&doing.leftover, lock)
            && private::remove_unfinished(root, lock).is_ok()
        {
            swept.push(root.clone());
        }
        if let Some(replaced) = &doing.replaced
            && fs::remove_file(replaced).is_ok()
        {
            swept.push(replaced.clone());
        }
        return swept;
    }
    for place in &doing.scrub {
        let gone = match fs::symlink_metadata(place) {
            Ok(found) if found.is_dir() => fs::remove_dir_all(place),
            Ok(_) => fs::remove_file(place),
            Err(_) => continue,
        };
        if gone.is_ok() {
            swept.push(place.clone());
        }
    }
    swept
}

#[cfg(test)]
mod tests;
