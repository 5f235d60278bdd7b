//! What is to leave, before anything is proved: the list against the matches and the decisions, and the disclosure guard.

use super::error::ProveError;
use super::options::ProveOptions;
use super::terms::{self, Terms};
use super::withhold::{ItemFacts, Names};
use crate::commit::Vault;
use crate::dryrun::dry_run;
use crate::guard::{self, Findings, Reader, allow};
use crate::progress::Progress;
use crate::review::Review;
use crate::sealed::Held;
use std::collections::BTreeSet;

/// What is to leave, checked.
#[derive(Debug)]
pub struct Checked {
    /// Withheld items and allowed near copies.
    pub terms: Terms,
    /// What the disclosure guard found.
    pub guard: Findings,
    pub(super) facts: Vec<ItemFacts>,
}

/// Checks the list of items to withhold against what matches and against what was decided in the review of the
/// case, and has the disclosure guard compare everything withheld with everything that would be produced.
pub fn check_terms<'c>(
    vault: &Vault,
    classifier: impl Into<Held<'c>>,
    options: &ProveOptions,
    progress: &dyn Progress,
) -> Result<Checked, ProveError> {
    let classifier = classifier.into();
    let facts = facts(vault, classifier, progress)?;
    let withheld = options.withhold.look_up(&facts)?;
    let review = Review::open(vault.case(), &classifier.hash())?;
    let decided = review.withheld();
    if !decided.is_empty() && decided != withheld {
        let path = |item: u32| {
            let facts = facts.get(item as usize);
            facts.map_or(String::new(), |facts| facts.path.clone())
        };
        return Err(ProveError::OtherDecisions {
            path: review.path().to_owned(),
            differences: terms::differences(&decided, &withheld, path),
        });
    }
    let names = Names::new(&facts);
    let find = |name: &str| names.find(name).map_err(|mistake| mistake.to_string());
    let mut allowed = allow::parse(&options.allow, find)?;
    allowed.extend(options.allowances.iter().cloned());
    allowed.sort();
    let kept: BTreeSet<u32> = withheld.iter().map(|w| w.index).collect();
    let outgoing: BTreeSet<u32> = facts
        .iter()
        .filter(|f| f.matches() && !kept.contains(&f.index))
        .map(|f| f.index)
        .collect();
    let mut guard =
        guard::inspect_with_earlier(vault, &kept, &outgoing, Some(classifier), progress)?;
    let settled = guard.settle(&allow::passages(&options.allow)?);
    guard.no_idle_passage()?;
    let given: BTreeSet<u32> = allowed.iter().map(|a| a.item).collect();
    allowed.extend(settled.into_iter().filter(|a| !given.contains(&a.item)));
    allowed.sort();
    guard
        .judge(&allowed, Reader::OtherSide)
        .map_err(|refusal| ProveError::Disclosure(Box::new(refusal)))?;
    Ok(Checked {
        terms: Terms::new(withheld, allowed),
        guard,
        facts,
    })
}

/// What the list of items to withhold and the proofs need to know of every item. An item that the
/// classifier says nothing about has no verdict.
pub fn facts<'c>(
    vault: &Vault,
    classifier: impl Into<Held<'c>>,
    progress: &dyn Progress,
) -> Result<Vec<ItemFacts>, ProveError> {
    let mut facts = Vec::with_capacity(vault.len() as usize);
    dry_run(vault, classifier, progress, |row| {
        facts.push(ItemFacts::of(row));
        Ok(())
    })?;
    Ok(facts)
}
