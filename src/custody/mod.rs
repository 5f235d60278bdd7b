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
mod chain;
mod log;
mod repair;

pub use act::{Act, Doing, Recovered, done_unrecorded, recover};
pub use chain::{Chain, CustodyError, Entry, Fault};
pub use log::{FILE_NAME, path, read};
pub use repair::{Repaired, repair};

use crate::Surroundings;
use log::Log;
use std::path::{Path, PathBuf};

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
    use crate::custody::chain::START;
    use sha2::{Digest, Sha256};

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
