//! Where the cases of a chain lie: the one before a case, and those that supplement it.
//!
//! A vault remembers where its predecessor was when it was made, the predecessor's custody log where its supplement was.
//! Folders are moved; `candor case chain CASE --moved DIR` notes in the custody log of a case where another one of its
//! chain lies now, and every command looks there first. What is found is told by its root, never by its place.

use super::super::vault::{Vault, VaultError};
use crate::Surroundings;
use crate::custody::{self, Chain, CustodyError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What the custody log of the earlier case calls a supplement.
pub(super) const ACT: &str = "supplement";
/// One that did not come about, in logs of candor 0.1: it was recorded before it was done.
const UNDONE: &str = "supplement undone";
/// The fact that names the supplements whose place another one took, separated by spaces.
pub(super) const INSTEAD_OF: &str = "instead_of";
/// A case of the chain lies elsewhere now.
const MOVED: &str = "case moved";

/// Why another case of a chain cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// Its vault.
    #[error(
        "{} supplements another case, which was {} when it was made, and that one is needed: {source}. If it was moved: \
         candor case chain {} --moved DIR", case.display(), path.display(), case.display()
    )]
    Before {
        /// The supplement.
        case: PathBuf,
        /// Where the other one is said to be.
        path: PathBuf,
        /// Why it cannot be opened.
        source: VaultError,
    },
    /// Another case lies there.
    #[error(
        "{} supplements the commitment with root {wanted}, and {} has another one, {found}. If the right case was \
         moved: candor case chain {} --moved DIR", case.display(), path.display(), case.display()
    )]
    Other {
        /// The supplement.
        case: PathBuf,
        /// The root of its predecessor.
        wanted: String,
        /// Where that was.
        path: PathBuf,
        /// The root of what is there.
        found: String,
    },
    /// A custody log.
    #[error("the custody log: {0}")]
    Custody(#[from] CustodyError),
    /// The folder that is named has no case of this chain.
    #[error(
        "{} has the commitment with root {found}, which is neither what {} supplements nor a supplement of it",
        path.display(), case.display()
    )]
    Stranger {
        /// The case.
        case: PathBuf,
        /// The folder.
        path: PathBuf,
        /// Its root.
        found: String,
    },
    /// What is named cannot be opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// A supplement that a case's custody log knows of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    /// Its root.
    pub root: String,
    /// Where it lies, as far as is known.
    pub case: PathBuf,
    /// The root of the supplement that took its place, if one did.
    pub replaced_by: Option<String>,
}

impl Later {
    /// Its vault, if the case that lies there is this one; else why not.
    pub fn open(&self) -> Result<Vault, String> {
        match Vault::open(&self.case) {
            Ok(found) if found.commitment().root_hex() == self.root => Ok(found),
            Ok(_) => Err("another case lies there".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// A case of a chain, in its place.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Member {
    /// 0 is the first commitment.
    pub number: u32,
    /// Its root.
    pub root: String,
    /// Where it lies, as far as is known.
    pub case: PathBuf,
    /// How many items it has, if it can be opened.
    pub items: Option<u32>,
    /// Why it cannot be opened.
    pub unreachable: Option<String>,
    /// The root of the supplement that took its place, if one did.
    pub replaced_by: Option<String>,
}

impl Member {
    fn of(vault: &Vault) -> Self {
        let commitment = vault.commitment();
        Member {
            number: commitment.supplements().map_or(0, |s| s.number),
            root: commitment.root_hex().to_owned(),
            case: vault.case().to_owned(),
            items: Some(commitment.count()),
            unreachable: None,
            replaced_by: None,
        }
    }
}

/// The cases of the chain that a case belongs to, the first commitment first. What comes before has to be there; of
/// what comes after, that it cannot be opened is said. Supplements that were replaced are among them, and say so.
pub fn chain(vault: &Vault) -> Result<Vec<Member>, PlaceError> {
    let before = all_before(vault)?;
    let mut out: Vec<Member> = before.iter().rev().map(Member::of).collect();
    out.push(Member::of(vault));
    for at in 1..out.len() {
        let known = after(&out[at - 1].case)?;
        let own = known.into_iter().find(|later| later.root == out[at].root);
        out[at].replaced_by = own.and_then(|later| later.replaced_by);
    }
    let mut next = vec![(vault.case().to_owned(), out.len() as u32)];
    while let Some((case, number)) = next.pop() {
        for later in after(&case)? {
            // Every root contains the one before it, so there is no circle.
            let opened = later.open();
            if opened.is_ok() && later.replaced_by.is_none() {
                next.push((later.case.clone(), number + 1));
            }
            let member = opened.as_ref().map(Member::of).ok();
            out.push(Member {
                replaced_by: later.replaced_by.clone(),
                ..member.unwrap_or_else(|| Member {
                    number,
                    root: later.root.clone(),
                    case: later.case.clone(),
                    items: None,
                    unreachable: opened.err(),
                    replaced_by: None,
                })
            });
        }
    }
    Ok(out)
}

/// Where cases lie now, by root: what was noted last.
fn moved(log: &Chain) -> BTreeMap<&str, &str> {
    let entries = log.entries.iter().filter(|entry| entry.action == MOVED);
    entries
        .filter_map(|entry| {
            let root = entry.facts.get("root")?;
            Some((root.as_str(), entry.facts.get("case")?.as_str()))
        })
        .collect()
}

/// Opens the case that this one supplements; nothing if it supplements none.
pub fn before(vault: &Vault) -> Result<Option<Vault>, PlaceError> {
    let (Some(supplement), Some(then)) = (vault.commitment().supplements(), vault.supplements())
    else {
        return Ok(None);
    };
    let log = custody::read(vault.case())?;
    let now = moved(&log).get(supplement.root.as_str()).map(PathBuf::from);
    let path = now.unwrap_or_else(|| then.to_owned());
    let found = Vault::open(&path).map_err(|source| PlaceError::Before {
        case: vault.case().to_owned(),
        path: path.clone(),
        source,
    })?;
    match found.commitment().root_hex() == supplement.root {
        true => Ok(Some(found)),
        false => Err(PlaceError::Other {
            case: vault.case().to_owned(),
            wanted: supplement.root.clone(),
            path,
            found: found.commitment().root_hex().to_owned(),
        }),
    }
}

/// Every case that this one supplements, the next one before it first.
pub fn all_before(vault: &Vault) -> Result<Vec<Vault>, PlaceError> {
    let mut out: Vec<Vault> = Vec::new();
    // Every root contains the one before it, so there is no circle, and this ends.
    while let Some(found) = before(out.last().unwrap_or(vault))? {
        out.push(found);
    }
    Ok(out)
}

/// The supplements of a case that came about, as its custody log has them; those that were replaced say by which.
pub fn after(case: &Path) -> Result<Vec<Later>, CustodyError> {
    let log = custody::read(case)?;
    let entries = |action: &'static str| log.entries.iter().filter(move |e| e.action == action);
    let root = |entry: &custody::Entry| entry.facts.get("root").cloned();
    let undone: Vec<String> = entries(UNDONE).filter_map(root).collect();
    let places = moved(&log);
    let mut out: Vec<Later> = Vec::new();
    let logged = entries(ACT).map(|entry| &entry.facts);
    // One whose process was killed after its last step is there, although its line is not yet.
    let unrecorded = custody::done_unrecorded(case, ACT)?;
    for facts in logged.chain(&unrecorded) {
        let root = facts.get("root").cloned();
        let Some(root) = root.filter(|root| !undone.contains(root)) else {
            continue;
        };
        if out.iter().any(|known| known.root == root) {
            continue;
        }
        let replaced = facts.get(INSTEAD_OF).map_or("", String::as_str);
        for gone in replaced.split_whitespace() {
            let known = out.iter_mut().find(|later| later.root == gone);
            known
                .into_iter()
                .for_each(|later| later.replaced_by = Some(root.clone()));
        }
        let place = places.get(root.as_str()).copied();
        let place = place.or(facts.get("case").map(String::as_str));
        out.push(Later {
            case: place.map(PathBuf::from).unwrap_or_default(),
            root,
            replaced_by: None,
        });
    }
    Ok(out)
}

/// Notes that the case of this chain next to `case` lies in `dir` now; its root is returned.
pub fn note_moved(around: &Surroundings, case: &Path, dir: &Path) -> Result<String, PlaceError> {
    let here = Vault::open(case)?;
    let there = Vault::open(dir)?;
    let found = there.commitment().root_hex().to_owned();
    let is_before = here
        .commitment()
        .supplements()
        .is_some_and(|s| s.root == found);
    let is_after = after(case)?.iter().any(|later| later.root == found);
    if !is_before && !is_after {
        return Err(PlaceError::Stranger {
            case: case.to_owned(),
            path: dir.to_owned(),
            found,
        });
    }
    let place = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let facts = [
        ("root", found.clone()),
        ("case", place.display().to_string()),
    ];
    custody::record(around, case, MOVED, facts)?;
    Ok(found)
}
