//! Which requests were answered over a case, and what they revealed.
//!
//! Every answer tells one bit about every item that has the classifier's form, whether or not the item is
//! produced; that is what a proof of completeness is. One classifier is what an order allows. Many are a
//! questionnaire, and many that hardly differ are a measurement of one document.
//!
//! ```text
//! CASE/requests/              private
//!     SHA256.clf              each classifier that was answered, as it came
//!     SHA256.sealed           the same of a sealed one: its public file
//!     SHA256.json             what the answer was: items, produced, withheld, when
//!     budget.json             most bits about an undisclosed item, if one was set
//! ```
//!
//! `prove` writes both files before the bundle appears, so an answer may be recorded that was never handed
//! over, and none is handed over that is not recorded. The folder moves with the case. Answers that only the
//! custody log knows, from versions before this one, count as one bit about every item.

mod ranges;
mod similar;
mod standing;

pub use ranges::Ranges;
pub use similar::Similar;
pub use standing::{Bits, Standing};

use crate::bundle::Manifest;
use crate::commit::VaultError;
use crate::custody::CustodyError;
use crate::item::Form;
use crate::private;
use crate::sealed::{AnyClassifier, AnyError, Published};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder's name in a case.
pub const FOLDER: &str = "requests";
const BUDGET: &str = "budget.json";
const FORMAT: &str = "candor-request-1";
/// Longest record that is read.
const MOST_BYTES: u64 = 256 << 20;

/// An answer that was proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    format: String,
    /// Root of the commitment.
    pub root: String,
    /// SHA-256 of the classifier.
    pub classifier: String,
    /// What the classifier calls itself.
    pub name: String,
    /// The form that it reads.
    pub form: Form,
    /// When it was proved, by the bundles' own dates; more than one if it was proved again.
    pub created: Vec<String>,
    /// Items that were produced, in any of the times.
    pub produced: Ranges,
    /// Items that match and were withheld each time.
    pub withheld: Ranges,
}

/// Why the record cannot be read or written, or another answer is refused.
#[derive(Debug, thiserror::Error)]
pub enum RequestsError {
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the record is not what it should be.
    #[error(
        "{} is damaged: {what}; restore it from a backup (what earlier answers revealed is counted from it)",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A recorded classifier.
    #[error(transparent)]
    Classifier(#[from] AnyError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The custody log.
    #[error(transparent)]
    Custody(#[from] CustodyError),
    /// The budget is used up.
    #[error(
        "this answer would reveal {bits} bits about each of {items} undisclosed items, and the budget of this \
         case is {budget}: raise it (candor case budget CASE --bits N), or give the reason for going beyond it \
         (candor prove --over-budget REASON), which is logged"
    )]
    OverBudget {
        /// Most bits about an item after this answer.
        bits: u32,
        /// About how many items that many.
        items: u32,
        /// What was set.
        budget: u32,
    },
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, RequestsError> {
    result.map_err(|source| RequestsError::Io {
        path: path.to_owned(),
        source,
    })
}

/// The record's folder.
pub fn dir(case: &Path) -> PathBuf {
    case.join(FOLDER)
}

fn make_dir(case: &Path) -> Result<PathBuf, RequestsError> {
    let dir = dir(case);
    match private::create_dir(&dir) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => at(&dir, Err(e)),
        _ => Ok(dir),
    }
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, RequestsError> {
    let damaged = |what: String| RequestsError::Damaged {
        path: path.to_owned(),
        what,
    };
    let bytes = at(path, crate::input::read(path, MOST_BYTES))?;
    serde_json::from_slice(&bytes).map_err(|e| damaged(e.to_string()))
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), RequestsError> {
    let json = serde_json::to_vec_pretty(value).expect("plain data always serialises");
    at(path, private::write(path, &json))
}

/// The answers over a root that are recorded in a case, in the order of their first dates.
pub fn answers(case: &Path, root: &str) -> Result<Vec<Answer>, RequestsError> {
    let dir = dir(case);
    if !dir.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in at(&dir, fs::read_dir(&dir))? {
        let path = at(&dir, entry)?.path();
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let json = path.extension().is_some_and(|e| e == "json");
        if !json || stem.len() != 64 {
            continue;
        }
        let answer: Answer = read_json(&path)?;
        let wrong = if answer.format != FORMAT {
            Some("it is of another version")
        } else if answer.classifier != stem {
            Some("it is about another classifier than its name says")
        } else {
            None
        };
        if let Some(what) = wrong {
            let what = what.to_owned();
            return Err(RequestsError::Damaged { path, what });
        }
        if answer.root == root {
            found.push(answer);
        }
    }
    found.sort_by(|a, b| (&a.created, &a.classifier).cmp(&(&b.created, &b.classifier)));
    Ok(found)
}

/// The classifier of an answer; nothing if its file is gone.
pub fn classifier(case: &Path, answer: &Answer) -> Result<Option<AnyClassifier>, RequestsError> {
    let dir = dir(case);
    let named = |extension: &str| dir.join(format!("{}.{extension}", answer.classifier));
    let names = [named("clf"), named(crate::seal::EXTENSION)];
    let Some(path) = names.into_iter().find(|path| path.exists()) else {
        return Ok(None);
    };
    let found = crate::input::any_classifier(&path)?;
    if hex::encode(found.hash()) != answer.classifier {
        let what = "it is not the classifier that it is named after".to_owned();
        return Err(RequestsError::Damaged { path, what });
    }
    Ok(Some(found))
}

/// Records an answer. The same classifier over the same root is one answer, however often it is proved.
pub fn record(
    case: &Path,
    classifier: Published<'_>,
    manifest: &Manifest,
) -> Result<(), RequestsError> {
    let dir = make_dir(case)?;
    let hash = hex::encode(classifier.hash());
    let withheld: Vec<u32> = manifest.withheld.iter().map(|w| w.index).collect();
    let kept = Ranges::of(withheld.iter().copied());
    let produced = Ranges::of(
        manifest
            .matches
            .iter()
            .copied()
            .filter(|i| !kept.contains(*i)),
    );
    let mut answer = Answer {
        format: FORMAT.to_owned(),
        root: manifest.root.clone(),
        classifier: hash.clone(),
        name: classifier.name().to_owned(),
        form: classifier.form(),
        created: vec![manifest.created.clone()],
        produced,
        withheld: kept,
    };
    let path = dir.join(format!("{hash}.json"));
    if path.exists() {
        let before: Answer = read_json(&path)?;
        if before.root == answer.root {
            answer.produced = Ranges::of(before.produced.iter().chain(answer.produced.iter()));
            let given = answer.produced.clone();
            let both = before.withheld.iter().chain(answer.withheld.iter());
            answer.withheld = Ranges::of(both.filter(|i| !given.contains(*i)));
            let mut created = before.created;
            created.append(&mut answer.created);
            created.dedup();
            answer.created = created;
        }
    }
    let extension = match classifier.sealed() {
        Some(_) => crate::seal::EXTENSION,
        None => "clf",
    };
    let copy = dir.join(format!("{hash}.{extension}"));
    at(&copy, private::write(&copy, &classifier.to_bytes()))?;
    write_json(&path, &answer)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Budget {
    /// Nothing once it was removed: a file that changes tells a killed run from one that did nothing.
    bits: Option<u32>,
}

/// The most bits that answers may reveal about an undisclosed item, if that was set.
pub fn budget(case: &Path) -> Result<Option<u32>, RequestsError> {
    let path = budget_file(case);
    if !path.exists() {
        return Ok(None);
    }
    Ok(read_json::<Budget>(&path)?.bits)
}

/// The file that a budget is set in.
pub fn budget_file(case: &Path) -> PathBuf {
    dir(case).join(BUDGET)
}

/// Sets the budget, or removes it.
pub fn set_budget(case: &Path, bits: Option<u32>) -> Result<(), RequestsError> {
    make_dir(case)?;
    write_json(&budget_file(case), &Budget { bits })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_set_and_removed() {
        let case = tempfile::tempdir().unwrap();
        assert_eq!(budget(case.path()).unwrap(), None);
        set_budget(case.path(), Some(3)).unwrap();
        assert_eq!(budget(case.path()).unwrap(), Some(3));
        set_budget(case.path(), None).unwrap();
        assert_eq!(budget(case.path()).unwrap(), None);
        set_budget(case.path(), None).unwrap();
    }

    #[test]
    fn a_damaged_record_is_not_taken_for_none() {
        let case = tempfile::tempdir().unwrap();
        let dir = make_dir(case.path()).unwrap();
        let name = "ab".repeat(32);
        std::fs::write(dir.join(format!("{name}.json")), "{}").unwrap();
        let error = answers(case.path(), "root").unwrap_err().to_string();
        assert!(error.contains("is damaged"), "{error}");
    }
}
