//! The work folder of a bundle that is not finished: what it is about, a lock, and the bundle as far as it got.

use super::error::{ProveError, at};
use super::plan::{BatchPlan, Plan, PlanError, PlanOptions};
use super::terms::{LIST, Terms};
use super::withhold::ItemFacts;
use crate::bundle::{Batch, bag, layout};
use crate::commit::Vault;
use crate::custody;
use crate::private::{self, Lock, Locking};
use crate::sealed::Published;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const RESUME: &str = "resume.json";
const LOCK: &str = "resume.lock";
/// The growing bundle within the work folder.
pub(super) const BAG: &str = "bag";

/// What an unfinished run was about; a different request never continues it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Resume {
    pub root: String,
    pub classifier: String,
    pub batches: Vec<Batch>,
    pub terms: Terms,
}

/// The work folder of an unfinished bundle: what it is about, a lock, and the bundle as far as it got.
pub(super) fn partial(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    out.with_file_name(name)
}

/// The plan that an unfinished run of this very request followed. The planner looks at the memory that is
/// free, so a later run might plan otherwise and lose what was proved; only a batch size that somebody asked
/// for, and that the run did not have, makes it another run.
pub(super) fn unfinished(
    work: &Path,
    vault: &Vault,
    classifier: Published<'_>,
    options: &PlanOptions,
) -> Result<Option<Plan>, ProveError> {
    let Some(resume) = fs::read(work.join(RESUME))
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Resume>(&bytes).ok())
    else {
        return Ok(None);
    };
    let items: usize = resume.batches.iter().map(|b| b.items as usize).sum();
    let form = classifier.form();
    let expected = vault.commitment().forms().get(&form).copied().unwrap_or(0) as usize;
    let too_large = |b: &Batch| options.max_items.is_some_and(|max| b.items as usize > max);
    if resume.root != vault.commitment().root_hex()
        || resume.classifier != hex::encode(classifier.hash())
        || items != expected
        || resume.batches.iter().any(too_large)
    {
        return Ok(None);
    }
    let mut first = 0;
    let mut batches = Vec::with_capacity(resume.batches.len());
    for batch in &resume.batches {
        batches.push(BatchPlan {
            first,
            items: batch.items as usize,
            shape: classifier
                .shape(batch.lanes as usize)
                .map_err(PlanError::Circuit)?,
        });
        first += batch.items as usize;
    }
    Ok(Some(Plan { batches }))
}

/// Creates or reopens the work folder and takes its lock. What is there has to be about the same, under the same
/// terms: otherwise a resumed run might produce what the one that was begun kept back.
pub(super) fn start(
    work: &Path,
    wanted: &Resume,
    change_list: bool,
    facts: &[ItemFacts],
) -> Result<Lock, ProveError> {
    at(work, private::create_dir_all(work))?;
    let lock_path = work.join(LOCK);
    let Locking::Locked(lock) = at(&lock_path, Lock::acquire(&lock_path))? else {
        return Err(ProveError::Busy(work.to_owned()));
    };
    // Documents that a killed run had written, perhaps with another list, are written anew at the end.
    at(work, scrub(work))?;
    let proofs = work.join(BAG).join(layout::PROOFS);
    at(&proofs, private::create_dir_all(&proofs))?;
    let path = work.join(RESUME);
    match fs::read(&path) {
        Ok(bytes) => {
            let begun = serde_json::from_slice::<Resume>(&bytes)
                .ok()
                .filter(|begun| begun.root == wanted.root)
                .filter(|begun| begun.classifier == wanted.classifier)
                .filter(|begun| begun.batches == wanted.batches)
                .ok_or_else(|| ProveError::OtherRun(work.to_owned()))?;
            if begun.terms == wanted.terms {
                return Ok(lock);
            }
            if !change_list {
                return Err(ProveError::OtherTerms {
                    work: work.to_owned(),
                    differences: begun.terms.differences(&wanted.terms, facts),
                    terms: Box::new(begun.terms),
                });
            }
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return at(&path, Err(e)),
    }
    write_atomic(&work.join(LIST), &wanted.terms.to_csv())?;
    let json = serde_json::to_vec_pretty(wanted).expect("plain data always serialises");
    write_atomic(&path, &json)?;
    Ok(lock)
}

pub(super) fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), ProveError> {
    at(path, private::write(path, bytes))
}

/// Removes from a work folder everything but finished proofs and what they are about.
fn scrub(work: &Path) -> io::Result<()> {
    for place in documents(work) {
        match fs::remove_dir_all(&place) {
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => fs::remove_file(&place)?,
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Where in a work folder there may be documents, or words about them.
fn documents(work: &Path) -> Vec<PathBuf> {
    let bag = work.join(BAG);
    let names = [layout::PRODUCED, layout::MANIFEST, layout::LEAVES];
    let tags = [bag::TAG_MANIFEST, bag::MANIFEST, bag::INFO, bag::BAGIT];
    names
        .iter()
        .chain(&tags)
        .map(|name| bag.join(name))
        .collect()
}

/// What the custody log has to know before a bundle is made: see [`custody::Act`].
pub fn doing(out: &Path) -> custody::Doing {
    let work = partial(out);
    custody::Doing {
        lock: Some(work.join(LOCK)),
        scrub: documents(&work),
        leftover: Some(work),
        ..custody::Doing::leaving(out.join(bag::TAG_MANIFEST))
    }
}
