//! What a supplement follows: the earlier commitments of its chain, and what of them could not be read, or not wholly,
//! and is not resolved yet.
//!
//! | file | owns |
//! |---|---|
//! | `again` | reading again what is in an earlier vault |
//! | `answers` | which item of the supplement is which earlier exception |
//! | `list` | the responder's own list of that |
//! | `place` | where the cases of a chain lie |

mod again;
mod answers;
mod improved;
mod list;
pub mod place;

pub(crate) use answers::{Answers, Candidate};
pub use list::{ListError, Row, Rows};

use super::supplement::Supplement;
use super::vault::{self, Vault, VaultError};
use super::{Commitment, UNREAD, succession};
use crate::Surroundings;
use crate::custody::{Act, CustodyError};
use crate::ingest::{Ledger, Source};
use crate::item::Form;
use place::{ACT, INSTEAD_OF, Later, PlaceError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to be supplemented, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supplementing {
    /// The case whose commitment is supplemented.
    pub case: PathBuf,
    /// Why this comes later; published.
    pub why: Option<String>,
    /// Which files are which earlier exceptions, beyond what their bytes tell.
    pub rows: Rows,
    /// The roots of supplements that were made and never published: this one takes their place.
    pub instead_of: Vec<String>,
}

/// Why a commitment cannot be supplemented.
#[derive(Debug, thiserror::Error)]
pub enum EarlierError {
    /// Its vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The vault of one before it.
    #[error("what is resolved cannot be told: {0}")]
    Before(#[from] PlaceError),
    /// It was made, and another one took its place.
    #[error(
        "{} (root {root}) was replaced: the supplement with root {by} took its place (--instead-of), and what follows it \
         would be a fork. Supplement that one", case.display()
    )]
    Replaced {
        /// The supplement that does not count any more.
        case: PathBuf,
        /// Its root.
        root: String,
        /// The root of the one that counts.
        by: String,
    },
    /// A root that no supplement has.
    #[error(
        "--instead-of {root}: the custody log of {} knows of no supplement with that root{}", case.display(),
        known(roots)
    )]
    NoSuchSupplement {
        /// The case.
        case: PathBuf,
        /// What was named.
        root: String,
        /// What there is.
        roots: Vec<String>,
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
    /// Two at a time would be a fork.
    #[error(
        "another candor is supplementing {} right now: wait for it, and supplement its supplement", .0.display()
    )]
    Rival(PathBuf),
    /// There is nothing that could be read again.
    #[error(
        "everything in {} was read wholly, or is resolved already: there is nothing to read again. Name the folder with \
         what was found late", .0.display()
    )]
    NothingOpen(PathBuf),
    /// Nothing can be read that could not be read before.
    #[error(
        "of the {open} items that could not be read, or not wholly, nothing more can be read now ({first}): nothing was \
         committed. Give what was missing (--passwords, --ocr, a larger limit), or the folder with readable copies"
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

/// The roots that could have been named.
fn known(roots: &[String]) -> String {
    match roots {
        [] => String::new(),
        roots => format!("; it knows of {}", roots.join(", ")),
    }
}

/// An exception or a partly read item of an earlier commitment that nothing resolves yet.
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
    /// What of it was not read, if the rest was; nothing of an exception.
    pub partly: Option<Ledger>,
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
        let mut vaults = place::all_before(&last)?;
        vaults.reverse();
        vaults.push(last);
        refuse_replaced(&vaults)?;
        let members = vaults.iter().map(|vault| vault.commitment().clone());
        let chain = succession::Succession::new(members.collect())?;
        let resolved: BTreeSet<(u32, u32)> = chain.resolved().map(|(what, _)| what).collect();
        let mut open = Vec::new();
        for (commitment, vault) in (0..).zip(&vaults) {
            for item in vault.in_reading_order() {
                if !resolved.contains(&(commitment, item))
                    && let Some(found) = unresolved(vault, commitment, item)?
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

    /// Forms of any of them that items are not committed in unless that is asked for: a request that reads one of them
    /// reads the supplement as well.
    pub fn older_forms(&self) -> Vec<Form> {
        let stated = |form: &Form| {
            let mut commitments = self.vaults.iter().map(|vault| vault.commitment());
            commitments.any(|commitment| commitment.forms().contains_key(form))
        };
        let all = Form::ALL.into_iter();
        all.filter(|form| !Form::CURRENT.contains(form) && stated(form))
            .collect()
    }

    /// What is not resolved.
    pub fn unresolved(&self) -> &[Open] {
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
        let mut wanted: BTreeMap<(u32, u32), again::Wanted> = BTreeMap::new();
        let mut order = Vec::new();
        for open in &self.open {
            let Some(anchor) = &open.anchor else { continue };
            let place = (open.commitment, anchor.item);
            if !wanted.contains_key(&place) {
                order.push(place);
            }
            let of_place = wanted.entry(place).or_default();
            of_place.insert(open.path.clone(), open.partly.clone());
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

    /// Announces in the earlier case that it is being supplemented, before the last step of the new one. What becomes
    /// of it if this process is killed, the next command on either case sees from what is in place.
    pub fn announce(
        &self,
        around: &Surroundings,
        what: &Supplementing,
        by: &Path,
        root: &str,
        resolves: usize,
    ) -> Result<Announced, EarlierError> {
        let by = std::path::absolute(by).unwrap_or_else(|_| by.to_owned());
        let mut facts = vec![
            ("root", root.to_owned()),
            ("case", by.display().to_string()),
            ("resolves", resolves.to_string()),
        ];
        if !what.instead_of.is_empty() {
            facts.push((INSTEAD_OF, what.instead_of.join(" ")));
        }
        let doing = vault::supplementing(&by, root);
        let act = Act::begin(around, &self.case(), ACT, facts.clone(), doing)?;
        // Since it was opened somebody else may have supplemented it, or be about to.
        refuse_fork(what)?;
        if act.has_rival()? {
            return Err(EarlierError::Rival(what.case.clone()));
        }
        Ok(Announced { act, facts })
    }
}

/// A supplement that its predecessor knows to be on its way. Dropped before it is in place, it was never there.
#[derive(Debug)]
pub(crate) struct Announced {
    act: Act,
    facts: Vec<(&'static str, String)>,
}

impl Announced {
    /// The supplement is in place: its predecessor's log has it now.
    pub fn done(self) -> Result<(), EarlierError> {
        self.act.done(self.facts)?;
        Ok(())
    }
}

/// An item that was not read, or not wholly.
fn unresolved(vault: &Vault, commitment: u32, item: u32) -> Result<Option<Open>, VaultError> {
    let leaf = vault.leaf(item)?;
    if leaf.exception().is_none() && !leaf.is_partly_read() {
        return Ok(None);
    }
    let found = vault.item(item)?;
    let ledger = found.meta().metadata.get(UNREAD);
    let partly = match leaf.exception() {
        Some(_) => None,
        None => Some(
            ledger
                .and_then(|fact| Ledger::from_fact(fact))
                .unwrap_or_default(),
        ),
    };
    let reason = match (leaf.exception(), &partly) {
        (Some(reason), _) => reason.to_string(),
        (None, Some(ledger)) => {
            let codes: Vec<String> = ledger.entries().map(|(code, _)| code.to_string()).collect();
            codes.join(", ")
        }
        (None, None) => String::new(),
    };
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
        reason,
        detail: match &partly {
            Some(ledger) => ledger.line(),
            None => found.meta().exception.clone().unwrap_or_default(),
        },
        partly,
        anchor,
    }))
}

/// Refuses to supplement a case beside a supplement that stands.
fn refuse_fork(what: &Supplementing) -> Result<(), EarlierError> {
    let known = place::after(&what.case)?;
    let named = |root: &String| known.iter().any(|later| later.root == *root);
    if let Some(root) = what.instead_of.iter().find(|root| !named(root)) {
        return Err(EarlierError::NoSuchSupplement {
            case: what.case.clone(),
            root: root.clone(),
            roots: known.iter().map(|later| later.root.clone()).collect(),
        });
    }
    let stands =
        |later: &&Later| later.replaced_by.is_none() && !what.instead_of.contains(&later.root);
    match known.iter().find(stands) {
        Some(later) => Err(EarlierError::Supplemented {
            case: what.case.clone(),
            by: later.case.clone(),
            root: later.root.clone(),
        }),
        None => Ok(()),
    }
}

/// Refuses to follow a supplement whose place another one took.
fn refuse_replaced(vaults: &[Vault]) -> Result<(), EarlierError> {
    for pair in vaults.windows(2) {
        if let Some(by) = replaced_in(&pair[0], &pair[1])? {
            return Err(EarlierError::Replaced {
                case: pair[1].case().to_owned(),
                root: pair[1].commitment().root_hex().to_owned(),
                by,
            });
        }
    }
    Ok(())
}

/// The root of the supplement that took the place of this one, as the case before it has it.
fn replaced_in(before: &Vault, vault: &Vault) -> Result<Option<String>, CustodyError> {
    let root = vault.commitment().root_hex();
    let mut known = place::after(before.case())?.into_iter();
    Ok(known
        .find(|later| later.root == root)
        .and_then(|later| later.replaced_by))
}
