//! What a supplement follows: the earlier commitments of its chain, and what of them could not be read and is not
//! resolved yet.
//!
//! | file | owns |
//! |---|---|
//! | `again` | reading again what is in an earlier vault |
//! | `answers` | which item of the supplement is which earlier exception |
//! | `list` | the responder's own list of that |

mod again;
mod answers;
mod list;

pub(crate) use answers::{Answers, Candidate};
pub use list::{ListError, Row, Rows};

use super::supplement::Supplement;
use super::vault::{Vault, VaultError};
use super::{Commitment, succession};
use crate::Surroundings;
use crate::custody::{self, CustodyError};
use crate::ingest::Source;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the custody log of the earlier case calls a supplement, and one that did not come about.
const ACT: &str = "supplement";
const UNDONE: &str = "supplement undone";

/// What is to be supplemented, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supplementing {
    /// The case whose commitment is supplemented.
    pub case: PathBuf,
    /// Why this comes later; published.
    pub why: Option<String>,
    /// Which files are which earlier exceptions, beyond what their bytes tell.
    pub rows: Rows,
    /// The root of a supplement that was made and never published: this one takes its place.
    pub instead_of: Option<String>,
}

/// Why a commitment cannot be supplemented.
#[derive(Debug, thiserror::Error)]
pub enum EarlierError {
    /// Its vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The vault of one before it.
    #[error(
        "{} supplements another case, which was {} when it was made, and that one is needed to tell what is resolved: \
         {source}", case.display(), path.display()
    )]
    Before {
        /// The supplement.
        case: PathBuf,
        /// Where the other one was.
        path: PathBuf,
        /// Why it cannot be opened.
        source: VaultError,
    },
    /// Its commitments are no chain.
    #[error("the cases before it do not fit together: {0}")]
    Chain(#[from] succession::SuccessionError),
    /// A second supplement would be a fork.
    #[error(
        "{} was supplemented before, by {} (root {root}): supplement that one, or two supplements would say side by \
         side what is resolved. If it was never published and does not count, add --instead-of {root}",
        case.display(), by.display()
    )]
    Supplemented {
        /// The case.
        case: PathBuf,
        /// The supplement's case.
        by: PathBuf,
        /// The supplement's root.
        root: String,
    },
    /// There is nothing that could be read again.
    #[error(
        "everything in {} was read, or is resolved already: there is nothing to read again. Name the folder with \
         what was found late", .0.display()
    )]
    NothingOpen(PathBuf),
    /// Nothing can be read that could not be read before.
    #[error(
        "none of the {open} items that could not be read can be read now ({first}): nothing was committed. Give what \
         was missing (--passwords, --ocr, a larger limit), or the folder with readable copies"
    )]
    NothingRead {
        /// How many there are.
        open: usize,
        /// One of them, with the reason.
        first: String,
    },
    /// The responder's list.
    #[error(transparent)]
    List(#[from] ListError),
    /// A custody log.
    #[error("the custody log: {0}")]
    Custody(#[from] CustodyError),
}

/// An exception of an earlier commitment that nothing resolves yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Open {
    /// The commitment.
    pub commitment: u32,
    /// The item.
    pub item: u32,
    /// Its place in the corpus.
    pub path: String,
    /// Reason and detail.
    pub reason: String,
    pub detail: String,
    /// The nearest item whose bytes are known: itself, or what it lies in.
    pub anchor: Option<Anchor>,
}

/// Bytes that an item is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub item: u32,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
    /// Where in it the item lies: nothing if it is the item itself.
    pub rest: String,
}

/// The cases of a chain, the first commitment first.
#[derive(Debug)]
pub(crate) struct Earlier {
    vaults: Vec<Arc<Vault>>,
    open: Vec<Open>,
}

impl Earlier {
    /// Opens a case and all that it supplements, unless another case supplements it already.
    pub fn open(what: &Supplementing) -> Result<Self, EarlierError> {
        let last = Vault::open(&what.case)?;
        refuse_fork(what)?;
        let mut vaults = vec![last];
        while let Some(path) = vaults[0].supplements().map(Path::to_owned) {
            let before = Vault::open(&path).map_err(|source| EarlierError::Before {
                case: vaults[0].case().to_owned(),
                path,
                source,
            })?;
            // Numbers go down by one, or the chain is refused; so this ends.
            let number = |vault: &Vault| vault.commitment().supplements().map_or(0, |s| s.number);
            let descends = number(&before) < number(&vaults[0]);
            vaults.insert(0, before);
            if !descends {
                break;
            }
        }
        let members = vaults.iter().map(|vault| vault.commitment().clone());
        let chain = succession::Succession::new(members.collect())?;
        let resolved: BTreeSet<(u32, u32)> = chain.resolved().map(|(what, _)| what).collect();
        let mut open = Vec::new();
        for (commitment, vault) in (0..).zip(&vaults) {
            for item in vault.in_reading_order() {
                if !resolved.contains(&(commitment, item))
                    && let Some(found) = exception(vault, commitment, item)?
                {
                    open.push(found);
                }
            }
        }
        Ok(Earlier {
            vaults: vaults.into_iter().map(Arc::new).collect(),
            open,
        })
    }

    /// The commitment that is supplemented.
    pub fn commitment(&self) -> &Commitment {
        self.vaults[self.vaults.len() - 1].commitment()
    }

    /// Its case.
    pub fn case(&self) -> PathBuf {
        let case = self.vaults[self.vaults.len() - 1].case();
        case.canonicalize().unwrap_or_else(|_| case.to_owned())
    }

    /// What is not resolved.
    pub fn exceptions(&self) -> &[Open] {
        &self.open
    }

    /// The place of the supplement.
    pub fn number(&self) -> u32 {
        self.vaults.len() as u32
    }

    /// What the commitment file will say.
    pub fn supplement(
        &self,
        why: Option<String>,
        mut resolves: Vec<super::supplement::Resolved>,
    ) -> Supplement {
        resolves.sort_unstable();
        Supplement {
            root: self.commitment().root_hex().to_owned(),
            number: self.number(),
            why,
            resolves,
        }
    }

    /// Everything that can be read again, each with what it is hoped to resolve.
    pub fn sources(&self) -> Vec<Source> {
        let mut wanted: BTreeMap<(u32, u32), BTreeSet<String>> = BTreeMap::new();
        let mut order = Vec::new();
        for open in &self.open {
            let Some(anchor) = &open.anchor else { continue };
            let place = (open.commitment, anchor.item);
            if !wanted.contains_key(&place) {
                order.push(place);
            }
            wanted.entry(place).or_default().insert(open.path.clone());
        }
        let source = |place: (u32, u32)| {
            let vault = &self.vaults[place.0 as usize];
            let paths = wanted.remove(&place).unwrap_or_default();
            again::Document::new(vault.clone(), place.1, paths)
        };
        let documents = order.into_iter().filter_map(source);
        documents
            .map(|document| Source::Kept(Arc::new(document)))
            .collect()
    }

    /// Writes into the earlier case that it is supplemented. Before the last step of the new one: a supplement that
    /// nobody knows of would let another be made beside it.
    pub fn announce(
        &self,
        around: &Surroundings,
        by: &Path,
        root: &str,
        resolves: usize,
    ) -> Result<(), EarlierError> {
        let by = std::path::absolute(by).unwrap_or_else(|_| by.to_owned());
        let facts = [
            ("root", root.to_owned()),
            ("case", by.display().to_string()),
            ("resolves", resolves.to_string()),
        ];
        custody::record(around, &self.case(), ACT, facts)?;
        Ok(())
    }

    /// The last step failed.
    pub fn withdraw(&self, around: &Surroundings, root: &str) -> Result<(), EarlierError> {
        custody::record(around, &self.case(), UNDONE, [("root", root)])?;
        Ok(())
    }
}

fn exception(vault: &Vault, commitment: u32, item: u32) -> Result<Option<Open>, VaultError> {
    let leaf = vault.leaf(item)?;
    let Some(reason) = leaf.exception() else {
        return Ok(None);
    };
    let found = vault.item(item)?;
    let path = found.path().to_owned();
    let (mut anchor, mut at) = (None, Some(found.clone()));
    while let Some(here) = at {
        let rest = path.strip_prefix(here.path());
        if let (Some(sha256), Some(rest)) = (here.meta().metadata.get("sha256"), rest) {
            anchor = Some(Anchor {
                item: here.index(),
                sha256: sha256.clone(),
                rest: rest.to_owned(),
            });
            break;
        }
        // Who lies in whom is no circle in a vault that is intact; reading it twice would be one.
        at = match here.parent() {
            Some(parent) if parent != here.index() && parent != item => Some(vault.item(parent)?),
            _ => None,
        };
    }
    Ok(Some(Open {
        commitment,
        item,
        path,
        reason: reason.to_string(),
        detail: found.meta().exception.clone().unwrap_or_default(),
        anchor,
    }))
}

fn refuse_fork(what: &Supplementing) -> Result<(), EarlierError> {
    let log = custody::read(&what.case)?;
    let of = |action: &'static str| {
        let entries = log.entries.iter().filter(move |e| e.action == action);
        entries.filter_map(|entry| Some((entry.facts.get("root")?.clone(), entry)))
    };
    let undone: BTreeSet<String> = of(UNDONE).map(|(root, _)| root).collect();
    for (root, entry) in of(ACT) {
        if !undone.contains(&root) && what.instead_of.as_ref() != Some(&root) {
            return Err(EarlierError::Supplemented {
                case: what.case.clone(),
                by: entry
                    .facts
                    .get("case")
                    .map(PathBuf::from)
                    .unwrap_or_default(),
                root,
            });
        }
    }
    Ok(())
}
