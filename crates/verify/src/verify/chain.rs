//! A commitment and its supplements, each with its bundle: verified one by one, and added up.
//!
//! | name | establishes |
//! |---|---|
//! | `chain` | the commitment files are one chain: each supplement names the root before it, none is missing, twice or beside another |
//! | `bundles` | every commitment has a bundle, and each verifies by all the checks of a bundle |
//! | `resolved` | whatever is said to be resolved was an exception before, and was read by the supplement that names it |
//! | `sum` | committed = searched + resolved + not searched, over all of them |

// The report is what callers are after: an error in name only, moved once.
#![allow(clippy::result_large_err)]

use super::checks::{InputError, VerifiedBundle, is_earlier, verify_into};
use super::complaints::Complaints;
use super::found::{Check, Counts};
use super::links::{Answered, Link};
use super::report::Report;
use super::verdict::{NotSearched, Over};
use crate::bundle;
use crate::classify::Classifier;
use crate::input;
use crate::progress::Progress;
use crate::record::succession::{self, Succession, no_item_twice};
use crate::record::tree::Hash;
use crate::record::{Commitment, open_commitment};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What was found, over all commitments.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The report.
    pub report: Report,
    /// The bundles that verified, by commitment.
    pub bundles: Vec<Option<VerifiedBundle>>,
}

/// Verifies bundles against commitment files, the first commitment first. A bundle belongs to the commitment whose root
/// it names.
pub fn verify_chain_files(
    bundles: &[PathBuf],
    commitments: &[PathBuf],
    classifier: &Path,
    progress: &dyn Progress,
) -> Result<Chain, InputError> {
    let commitments = commitments
        .iter()
        .map(|path| open_commitment(path))
        .collect::<Result<Vec<_>, _>>()?;
    let classifier = input::classifier(classifier)?;
    Ok(verify_chain(bundles, commitments, &classifier, progress))
}

/// As [`verify_chain_files`]; there has to be a commitment.
pub fn verify_chain(
    bundles: &[PathBuf],
    commitments: Vec<Commitment>,
    classifier: &Classifier,
    progress: &dyn Progress,
) -> Chain {
    let mut run = Run::default();
    let mut links: Vec<Link> = (0..)
        .zip(&commitments)
        .map(|(number, commitment)| Link::new(number, commitment))
        .collect();
    let committed = commitments.iter().map(Commitment::count);
    let mut counts = Counts {
        committed: committed.fold(0, u32::saturating_add),
        ..Counts::default()
    };
    let mut verified: Vec<Option<VerifiedBundle>> = commitments.iter().map(|_| None).collect();
    let mut not_searched = None;
    let chain = run.check("chain", || {
        let chain = Succession::new(commitments.clone()).map_err(|error| error.to_string())?;
        let resolved = chain.resolved().count();
        let mut detail = format!(
            "{} commitments, each supplement names the root before it; {resolved} exceptions resolved by name",
            chain.members().len()
        );
        for (number, pair) in (1..).zip(chain.members().windows(2)) {
            let [before, after] = [pair[0].created(), pair[1].created()];
            if is_earlier(after, before) {
                detail += &format!(
                    "; STRANGE: {} states to be made {after}, before what it supplements, {before}",
                    succession::name(number)
                );
            }
        }
        Ok((detail, chain))
    });
    let whole = run.check("bundles", || {
        let paired = pair(bundles, &commitments)?;
        let mut failures = Vec::new();
        for (at, dir) in paired {
            let (report, found) = match verify_into(dir, &commitments[at], classifier, progress) {
                Ok(found) => (found.report().clone(), Some(found)),
                Err(report) => (report, None),
            };
            let link = &mut links[at];
            let name = succession::name(link.number);
            failures.extend(
                report
                    .failures()
                    .into_iter()
                    .map(|why| format!("{name}: {why}")),
            );
            if !report.verified() && report.failures().is_empty() {
                failures.push(format!("{name}: its verification was stopped"));
            }
            link.counts = found.as_ref().map(VerifiedBundle::counts);
            // What it supplements is given here.
            link.not_searched = found.as_ref().map(|found| NotSearched {
                alone: None,
                ..found.not_searched().clone()
            });
            let said = link.not_searched.as_ref().map(NotSearched::headline);
            link.headline = Some(said.unwrap_or_else(|| report.headline().to_owned()));
            link.checks = report.checks;
            verified[at] = found;
        }
        if !failures.is_empty() {
            return Err(failures.join("; "));
        }
        Ok(("every commitment has a bundle that verifies".to_owned(), ()))
    });
    let resolved = chain.zip(whole).and_then(|(chain, ())| {
        run.check("resolved", || {
            let answered = resolve(&chain, &verified)?;
            let detail = format!(
                "{} earlier exceptions are answered by items that were read",
                answered.len()
            );
            Ok((detail, answered))
        })
    });
    if let Some(resolved) = resolved {
        for (commitment, answered) in resolved {
            links[commitment as usize].resolved.push(answered);
        }
        not_searched = run.check("sum", || {
            let found = add_up(&links, &mut counts)?;
            Ok((format!("{counts}"), found))
        });
    }
    let report = Report::over(counts, not_searched, classifier, run.finish(), links);
    Chain {
        bundles: match report.verified() {
            true => verified,
            false => verified.iter().map(|_| None).collect(),
        },
        report,
    }
}

/// Which bundle is about which commitment.
fn pair<'b>(
    bundles: &'b [PathBuf],
    commitments: &[Commitment],
) -> Result<BTreeMap<usize, &'b Path>, String> {
    let mut paired: BTreeMap<usize, &Path> = BTreeMap::new();
    for dir in bundles {
        let root = bundle::stated_root(dir).map_err(|error| error.to_string())?;
        let place = commitments.iter().position(|c| c.root_hex() == root);
        let Some(place) = place else {
            return Err(format!(
                "the bundle {} is about the corpus with root {root}, and no commitment file with it is given",
                dir.display()
            ));
        };
        if let Some(other) = paired.insert(place, dir) {
            return Err(format!(
                "two bundles are about {}: {} and {}",
                succession::name(place as u32),
                other.display(),
                dir.display()
            ));
        }
    }
    let without = (0..commitments.len()).find(|place| !paired.contains_key(place));
    match without {
        Some(place) => Err(format!(
            "no bundle is given for {}, so nothing is known of its items: give it as well",
            succession::name(place as u32)
        )),
        None => Ok(paired),
    }
}

/// Every resolved exception, with the commitment that it is of.
fn resolve(
    chain: &Succession,
    verified: &[Option<VerifiedBundle>],
) -> Result<Vec<(u32, Answered)>, String> {
    let found = |commitment: u32| verified[commitment as usize].as_ref();
    let leaves = |found: &VerifiedBundle| found.leaves().iter().map(|leaf| *leaf.d()).collect();
    let digests: Vec<Vec<Hash>> = verified.iter().flatten().map(leaves).collect();
    no_item_twice(&digests).map_err(|error| error.to_string())?;
    let leaf = |commitment: u32, item: u32| found(commitment)?.leaves().get(item as usize);
    chain
        .check_leaves(leaf)
        .map_err(|error| error.to_string())?;
    let answered = chain
        .resolved()
        .map(|((commitment, item), (supplement, by))| {
            let reason = leaf(commitment, item).and_then(|leaf| leaf.exception());
            let answered = Answered {
                item,
                reason: reason.map(ToString::to_string).unwrap_or_default(),
                supplement,
                by,
                disposition: found(supplement).and_then(|found| found.dispositions().get(by)),
            };
            (commitment, answered)
        });
    Ok(answered.collect())
}

/// The counts of all commitments, and what of them was not searched.
fn add_up(links: &[Link], counts: &mut Counts) -> Result<NotSearched, String> {
    let mut sum = NotSearched {
        of: counts.committed,
        over: Some(Over {
            commitments: links.len() as u32,
            resolved: 0,
        }),
        ..NotSearched::default()
    };
    let mut searched = 0u64;
    for link in links {
        let (Some(of), Some(mut found)) = (link.counts, link.not_searched.clone()) else {
            return Err(format!("{} is not verified", succession::name(link.number)));
        };
        counts.produced += of.produced;
        counts.withheld += of.withheld;
        counts.not_responsive += of.not_responsive;
        counts.exceptions += of.exceptions;
        counts.outside_form += of.outside_form;
        let matches = u64::from(of.produced) + u64::from(of.withheld);
        searched += matches + u64::from(of.not_responsive);
        for answered in &link.resolved {
            if !found.resolve(&answered.reason) {
                return Err(format!(
                    "item {} of {} is resolved, and was not among what could not be searched",
                    answered.item,
                    succession::name(link.number)
                ));
            }
        }
        let resolved = link.resolved.len() as u32;
        counts.resolved += resolved;
        counts.exceptions -= resolved.min(counts.exceptions);
        sum.add(&found, resolved);
    }
    let parts = searched + u64::from(counts.resolved) + u64::from(sum.items);
    if !counts.balance() || parts != u64::from(counts.committed) {
        return Err(format!(
            "the counts do not add up: {counts}; {searched} searched, {} not searched",
            sum.items
        ));
    }
    Ok(sum)
}

/// The checks of a chain of commitments, in order.
pub const CHAIN_CHECKS: [&str; 4] = ["chain", "bundles", "resolved", "sum"];

/// Runs the checks and keeps what they found.
#[derive(Default)]
struct Run {
    checks: Vec<Check>,
}

impl Run {
    fn check<T>(
        &mut self,
        name: &'static str,
        f: impl FnOnce() -> Result<(String, T), String>,
    ) -> Option<T> {
        let start = Instant::now();
        let result = f().map_err(Complaints::from);
        let (check, value) = Check::ended(name, start, result);
        self.checks.push(check);
        value
    }

    fn finish(mut self) -> Vec<Check> {
        let why = "not checked: an earlier check failed";
        Check::fill(&mut self.checks, &CHAIN_CHECKS, why);
        self.checks
    }
}
