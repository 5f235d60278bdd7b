//! A commitment and its supplements, each with its bundle: verified one by one, and added up.
//!
//! | name | establishes |
//! |---|---|
//! | `chain` | the commitment files are one chain: each supplement names the root before it, none is missing, twice or beside another |
//! | `bundles` | every commitment has a bundle, and each verifies by all the checks of a bundle |
//! | `resolved` | whatever is said to be resolved was an exception or read in part before, and was read by the supplement that names it |
//! | `sum` | committed = searched + resolved + not searched, over all of them |

// The report is what callers are after: an error in name only, moved once.
#![allow(clippy::result_large_err)]

use super::checks::{InputError, VerifiedBundle, check_input, check_is_bundle, is_earlier};
use super::checks::{Step, verify_watched};
use super::complaints::Complaints;
use super::found::{Check, Counts};
use super::links::{Answered, Link, Outcome, PARTLY};
use super::report::Report;
use super::verdict::{NotSearched, OUTSIDE_FORM, Over};
use crate::bundle::{self, Disposition};
use crate::input;
use crate::progress::Progress;
use crate::record::succession::{self, Succession, no_item_twice};
use crate::record::tree::Hash;
use crate::record::{Commitment, open_commitment};
use crate::sealed::Published;
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

/// What a watcher of the verification of a chain hears: of which bundle (its place among the commitments), or nothing
/// where it is about all of them.
pub type Watch<'w> = &'w dyn Fn(Option<u32>, Step<'_>);

/// Verifies bundles against commitment files, the first commitment first. A bundle belongs to the commitment whose root
/// it names.
pub fn verify_chain_files(
    bundles: &[PathBuf],
    commitments: &[PathBuf],
    classifier: &Path,
    progress: &dyn Progress,
) -> Result<Chain, InputError> {
    watch_chain_files(bundles, commitments, classifier, progress, &|_, _| {})
}

/// As [`verify_chain_files`]; `watch` hears of every check as it starts and ends.
pub fn watch_chain_files(
    bundles: &[PathBuf],
    commitments: &[PathBuf],
    classifier: &Path,
    progress: &dyn Progress,
    watch: Watch<'_>,
) -> Result<Chain, InputError> {
    let commitments = commitments
        .iter()
        .map(|path| open_commitment(path))
        .collect::<Result<Vec<_>, _>>()?;
    let classifier = input::any_classifier(classifier)?;
    for dir in bundles {
        check_is_bundle(dir)?;
        // A bundle about none of them is no mistake of a path: it fails, and says so.
        let about = |root: &str| commitments.iter().find(|c| c.root_hex() == root);
        if let Some(commitment) = bundle::stated_root(dir).ok().as_deref().and_then(about) {
            check_input(dir, commitment)?;
        }
    }
    Ok(verify_chain(
        bundles,
        commitments,
        &classifier,
        progress,
        watch,
    ))
}

/// As [`verify_chain_files`]; there has to be a commitment. `watch` hears of every check.
pub fn verify_chain<'c>(
    bundles: &[PathBuf],
    commitments: Vec<Commitment>,
    classifier: impl Into<Published<'c>>,
    progress: &dyn Progress,
    watch: Watch<'_>,
) -> Chain {
    let classifier = classifier.into();
    let mut run = Run {
        watch,
        checks: Vec::new(),
    };
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
            "{} commitments, each supplement names the root before it; {resolved} items answered by name",
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
    let whole = run.check_each("bundles", || {
        let paired = pair(bundles, &commitments)?;
        let mut failures = Complaints::default();
        for (at, dir) in paired {
            let hear = |step: Step<'_>| watch(Some(at as u32), step);
            let verified_one = verify_watched(dir, &commitments[at], classifier, progress, &hear);
            let (report, found) = match verified_one {
                Ok(found) => (found.report().clone(), Some(found)),
                Err(report) => (report, None),
            };
            let link = &mut links[at];
            let name = succession::name(link.number);
            for why in report.failures() {
                failures.add(name.clone(), why);
            }
            if !report.verified() && report.failures().is_empty() {
                failures.add(name, "its verification was stopped".to_owned());
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
            return Err(failures);
        }
        Ok(("every commitment has a bundle that verifies".to_owned(), ()))
    });
    let resolved = chain.zip(whole).and_then(|(chain, ())| {
        run.check("resolved", || {
            let answered = resolve(&chain, &verified)?;
            let count = |outcome| answered.iter().filter(|(_, a)| a.outcome == outcome).count();
            let mut detail = format!(
                "{} items that could not be searched before are answered by items that were",
                count(Outcome::Resolved)
            );
            for (outcome, what) in [
                (Outcome::Completed, "read in part before, and wholly by the answer"),
                (Outcome::StillPartly, "read in part before, and in part by the answer"),
                (
                    Outcome::NotSearched,
                    "answered by an item outside the classifier's form, which counts as not resolved",
                ),
            ] {
                match count(outcome) {
                    0 => {}
                    n => detail += &format!("; {n} {what}"),
                }
            }
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

/// Every answered item, with the commitment that it is of.
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
            let became = |commitment: u32, item: u32| found(commitment)?.dispositions().get(item);
            let disposition = became(supplement, by);
            let before = became(commitment, item);
            let wholly = leaf(supplement, by).is_some_and(|leaf| !leaf.is_partly_read());
            let answered = Answered {
                item,
                reason: match (reason, before) {
                    (Some(reason), _) => reason.to_string(),
                    (None, Some(Disposition::OutsideForm)) => OUTSIDE_FORM.to_owned(),
                    (None, _) => PARTLY.to_owned(),
                },
                supplement,
                by,
                disposition,
                outcome: match (searched(before), searched(disposition)) {
                    (_, false) => Outcome::NotSearched,
                    (false, true) => Outcome::Resolved,
                    (true, true) if wholly => Outcome::Completed,
                    (true, true) => Outcome::StillPartly,
                },
            };
            (commitment, answered)
        });
    Ok(answered.collect())
}

/// Whether the classifier said something about it.
fn searched(disposition: Option<Disposition>) -> bool {
    match disposition {
        Some(Disposition::Produced | Disposition::Withheld | Disposition::NotResponsive) => true,
        Some(Disposition::Exception | Disposition::OutsideForm) | None => false,
    }
}

/// The counts of all commitments, and what of them was not searched.
fn add_up(links: &[Link], counts: &mut Counts) -> Result<NotSearched, String> {
    let mut sum = NotSearched {
        of: counts.committed,
        over: Some(Over {
            commitments: links.len() as u32,
            ..Over::default()
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
        let (mut resolved, mut completed) = (0, 0);
        for answered in &link.resolved {
            let known = match answered.outcome {
                Outcome::Resolved => {
                    resolved += 1;
                    let part = match &*answered.reason {
                        OUTSIDE_FORM => &mut counts.outside_form,
                        _ => &mut counts.exceptions,
                    };
                    *part = part.saturating_sub(1);
                    found.resolve(&answered.reason)
                }
                Outcome::Completed => {
                    completed += 1;
                    found.complete()
                }
                Outcome::StillPartly | Outcome::NotSearched => true,
            };
            if !known {
                return Err(format!(
                    "item {} of {} is resolved, and was not among what could not be searched",
                    answered.item,
                    succession::name(link.number)
                ));
            }
        }
        counts.resolved += resolved;
        sum.add(&found, resolved, completed);
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
struct Run<'w> {
    watch: Watch<'w>,
    checks: Vec<Check>,
}

impl Run<'_> {
    fn check<T>(
        &mut self,
        name: &'static str,
        f: impl FnOnce() -> Result<(String, T), String>,
    ) -> Option<T> {
        self.check_each(name, || f().map_err(Complaints::from))
    }

    /// As [`Run::check`], of many things.
    fn check_each<T>(
        &mut self,
        name: &'static str,
        f: impl FnOnce() -> Result<(String, T), Complaints>,
    ) -> Option<T> {
        (self.watch)(None, Step::Started(name));
        let start = Instant::now();
        let (check, value) = Check::ended(name, start, f());
        (self.watch)(None, Step::Finished(&check));
        self.checks.push(check);
        value
    }

    fn finish(mut self) -> Vec<Check> {
        let why = "not checked: an earlier check failed";
        Check::fill(&mut self.checks, &CHAIN_CHECKS, why);
        self.checks
    }
}
