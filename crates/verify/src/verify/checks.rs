//! The checks, in order. Each has a name that never changes, and one thing that it establishes.
//!
//! | name | establishes |
//! |---|---|
//! | `bundle` | the folder holds plain files only, is complete and unaltered by its own manifest; its tag files are known and true |
//! | `commitment` | the bundle is about the corpus of this commitment file |
//! | `classifier` | the bundle is about this classifier file, and calls it by its name |
//! | `leaves` | its leaves are exactly the committed ones: count and Merkle root |
//! | `dispositions` | the manifest gives every leaf exactly one disposition, and no file is missing or too many |
//! | `produced` | every produced item's bytes, text, metadata, vector and score are the committed ones; facts about the bytes are true |
//! | `withheld` | every withheld item is logged once, with a reason, and is claimed as a match |
//! | `proofs` | every batch proof: statement, challenges, link to the leaves, circuit |
//! | `openings` | the deferred final equation of all proofs |
//! | `sealed` | of a sealed classifier only: each produced and each withheld item is proved to match |
//! | `count identity` | committed = produced + withheld + not responsive + exceptions (+ outside form) |
//!
//! Each number of the count identity has its own source: the commitment file, the documents that were
//! checked, the withheld log, the items that proofs showed not to match, the leaves. So a bundle that claims
//! items as not responsive and has no proof about them fails there, however sound its other proofs are.

// The report is what most callers are after: an error in name only, moved once.
#![allow(clippy::result_large_err)]

use super::complaints::Complaints;
use super::found::{Check, Counts};
use super::produced;
use super::report::Report;
use super::verdict::NotSearched;
use crate::bundle::{Bundle, BundleError, Disposition, Dispositions, Manifest, bag, layout};
use crate::circuit::{BatchVerifier, Statement, VerifyError};
use crate::input;
use crate::progress::{Progress, Unit};
use crate::record::commitment::{LEAVES_NAME, Tally};
use crate::record::kin::Kinship;
use crate::record::{Commitment, PublicLeaf};
use crate::record::{OpenError, open_commitment};
use crate::sealed::{AnyError, Published, SealedClassifier};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A bundle that passed every check. Only [`verify_watched`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedBundle {
    bundle: Bundle,
    leaves: Vec<PublicLeaf>,
    dispositions: Dispositions,
    kinship: Kinship,
    counts: Counts,
    not_searched: NotSearched,
    report: Report,
}

impl VerifiedBundle {
    /// The files.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }
    /// The public leaves, in index order.
    pub fn leaves(&self) -> &[PublicLeaf] {
        &self.leaves
    }
    /// What became of every item.
    pub fn dispositions(&self) -> &Dispositions {
        &self.dispositions
    }
    /// Who lies in whom, as far as the produced documents say.
    pub fn kinship(&self) -> &Kinship {
        &self.kinship
    }
    /// The verification's report.
    pub fn report(&self) -> &Report {
        &self.report
    }
    /// The count identity, which holds.
    pub fn counts(&self) -> Counts {
        self.counts
    }
    /// The items that were not searched.
    pub fn not_searched(&self) -> &NotSearched {
        &self.not_searched
    }
}

/// Why there was nothing to verify.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The commitment file.
    #[error(transparent)]
    Commitment(#[from] OpenError),
    /// The classifier file.
    #[error(transparent)]
    Classifier(#[from] AnyError),
    /// A path that is no bundle at all. What has anything of a bundle is one, and fails if it is not whole.
    #[error("{} is not a disclosure bundle: {what}", path.display())]
    NotABundle {
        /// The path.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// The leaves were not given.
    #[error(transparent)]
    NoLeaves(BundleError),
}

/// What an operator can have mistaken: a path that is no bundle, leaves that are not beside the commitment. What
/// whoever made a bundle can have done to it is for the checks.
pub fn check_input(dir: &Path, commitment: &Commitment) -> Result<(), InputError> {
    check_is_bundle(dir)?;
    check_leaves_given(dir, commitment)
}

/// Whether there is a bundle at all.
pub(super) fn check_is_bundle(dir: &Path) -> Result<(), InputError> {
    let not = |what: &str| {
        let (path, what) = (dir.to_owned(), what.to_owned());
        Err(InputError::NotABundle { path, what })
    };
    let there = |name: &str| dir.join(name).symlink_metadata().is_ok();
    match dir.metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return not("there is no such folder");
        }
        Ok(found) if found.is_file() => return not("it is a file, and a bundle is a folder"),
        _ => {}
    }
    let parts = [
        bag::BAGIT,
        bag::INFO,
        bag::MANIFEST,
        bag::TAG_MANIFEST,
        layout::MANIFEST,
    ];
    if !parts.iter().any(|name| there(name)) {
        let inner = dir.join("bundle").join(bag::MANIFEST);
        if there("vault") || there("vault.tar.age") || there("custody.log") {
            return not("it is a case; the bundle is the folder that 'candor prove -o' wrote");
        } else if inner.is_file() {
            return not("there is one inside: name the folder 'bundle' in it");
        } else if there("serve") {
            return not("it is an export; the bundle is the folder that was exported");
        }
        let whole = dir.canonicalize().unwrap_or_default();
        let around = whole.ancestors().skip(1).take(3);
        if let Some(bundle) = around
            .into_iter()
            .find(|dir| dir.join(bag::MANIFEST).is_file())
        {
            return not(&format!(
                "it is a folder inside of one: name the bundle around it, {}",
                bundle.display()
            ));
        }
        return not(
            "it has none of a bundle's files (bagit.txt, manifest-sha256.txt, data/bundle.json)",
        );
    }
    Ok(())
}

/// Whether a bundle that has no leaves of its own finds them where they were published.
fn check_leaves_given(dir: &Path, commitment: &Commitment) -> Result<(), InputError> {
    let there = |name: &str| dir.join(name).symlink_metadata().is_ok();
    let beside = commitment.leaves_file().unwrap_or(Path::new(LEAVES_NAME));
    let missing = |path: &Path| matches!(path.symlink_metadata(), Err(error) if error.kind() == std::io::ErrorKind::NotFound);
    if there(layout::LEAVES) || !missing(beside) {
        return Ok(());
    }
    // A bundle that lists leaves and has none is not whole; one that lists none needs those beside the commitment.
    let line = format!("  {}\n", layout::LEAVES).into_bytes();
    match crate::input::read(&dir.join(bag::MANIFEST), bag::MAX_MANIFEST) {
        Ok(manifest) if !manifest.windows(line.len()).any(|part| part == line) => {
            let none = BundleError::NoLeaves(beside.to_owned());
            Err(InputError::NoLeaves(none))
        }
        _ => Ok(()),
    }
}

/// What to do if leaves beside a commitment are those of another one in the same folder.
fn of_another(commitment: &Commitment) -> String {
    let named = commitment.own_leaves_file().and_then(Path::file_name);
    let name = named.map_or("acme-2.leaves".into(), |name| name.to_string_lossy());
    format!(
        "; if it belongs to another commitment in this folder, give each its own: the leaves of this one may be \
         called {name}"
    )
}

/// Verifies the bundle in `dir` against the two files.
pub fn verify_files(
    dir: &Path,
    commitment: &Path,
    classifier: &Path,
    progress: &dyn Progress,
) -> Result<Result<VerifiedBundle, Report>, InputError> {
    let commitment = open_commitment(commitment)?;
    let classifier = input::any_classifier(classifier)?;
    check_input(dir, &commitment)?;
    Ok(verify_into(dir, &commitment, &classifier, progress))
}

/// Verifies the bundle in `dir`.
pub fn verify<'c>(
    dir: &Path,
    commitment: &Commitment,
    classifier: impl Into<Published<'c>>,
    progress: &dyn Progress,
) -> Report {
    match verify_into(dir, commitment, classifier, progress) {
        Ok(verified) => verified.report,
        Err(report) => report,
    }
}

/// What a watcher of a verification hears.
#[derive(Debug)]
pub enum Step<'a> {
    /// The check with this name starts.
    Started(&'static str),
    /// A check is over.
    Finished(&'a Check),
}

/// Runs checks, stopping at the first that leaves nothing to check, and keeps what they established.
struct Run<'a> {
    progress: &'a dyn Progress,
    watch: &'a dyn Fn(Step<'_>),
    checks: Vec<Check>,
}

/// The check that only a bundle for a sealed classifier has.
pub const SEALED: &str = "sealed";

/// The checks of a bundle, in order; [`SEALED`] where the classifier is.
pub const CHECKS: [&str; 11] = [
    "bundle",
    "commitment",
    "classifier",
    "leaves",
    "dispositions",
    "produced",
    "withheld",
    "proofs",
    "openings",
    SEALED,
    "count identity",
];

impl Run<'_> {
    /// Runs one check; `Ok` carries the detail to show and the value it established.
    fn check<T>(
        &mut self,
        name: &'static str,
        f: impl FnOnce(&dyn Progress) -> Result<(String, T), String>,
    ) -> Option<T> {
        self.check_each(name, |progress| f(progress).map_err(Complaints::from))
    }

    /// As [`Run::check`], of many things.
    fn check_each<T>(
        &mut self,
        name: &'static str,
        f: impl FnOnce(&dyn Progress) -> Result<(String, T), Complaints>,
    ) -> Option<T> {
        debug_assert!(CHECKS.contains(&name));
        if self.progress.cancelled() {
            // What did not run counts as failed, so a stopped verification verifies nothing.
            return None;
        }
        (self.watch)(Step::Started(name));
        let start = Instant::now();
        let (check, value) = Check::ended(name, start, f(self.progress));
        (self.watch)(Step::Finished(&check));
        self.checks.push(check);
        value
    }

    /// The report; checks that did not run are listed as such.
    fn finish(
        mut self,
        counts: Counts,
        not_searched: Option<NotSearched>,
        commitment: &Commitment,
        classifier: Published<'_>,
    ) -> Report {
        let not_run = if self.progress.cancelled() {
            "not checked: stopped as asked"
        } else {
            "not checked: an earlier check failed"
        };
        let applies = |name: &&&str| **name != SEALED || classifier.sealed().is_some();
        let names: Vec<&'static str> = CHECKS.iter().filter(applies).copied().collect();
        Check::fill(&mut self.checks, &names, not_run);
        Report::new(counts, not_searched, commitment, classifier, self.checks)
    }
}

/// Verifies the bundle in `dir`; what passed every check can be exported.
pub fn verify_into<'c>(
    dir: &Path,
    commitment: &Commitment,
    classifier: impl Into<Published<'c>>,
    progress: &dyn Progress,
) -> Result<VerifiedBundle, Report> {
    verify_watched(dir, commitment, classifier, progress, &|_| {})
}

/// As [`verify_into`]; `watch` hears of every check as it starts and ends.
pub fn verify_watched<'c>(
    dir: &Path,
    commitment: &Commitment,
    classifier: impl Into<Published<'c>>,
    progress: &dyn Progress,
    watch: &dyn Fn(Step<'_>),
) -> Result<VerifiedBundle, Report> {
    let classifier = classifier.into();
    let mut run = Run {
        progress,
        watch,
        checks: Vec::new(),
    };
    let mut counts = Counts {
        committed: commitment.count(),
        ..Counts::default()
    };
    let outcome = stages(&mut run, &mut counts, dir, commitment, classifier);
    let alone = commitment.supplements().map(|supplement| supplement.number);
    let count = |leaves: &[PublicLeaf], dispositions: &Dispositions| NotSearched {
        alone,
        ..NotSearched::count(leaves, dispositions)
    };
    let not_searched = outcome
        .as_ref()
        .map(|(_, leaves, dispositions, _)| count(leaves, dispositions));
    let report = run.finish(counts, not_searched, commitment, classifier);
    match outcome {
        Some((bundle, leaves, dispositions, kinship)) if report.verified() => Ok(VerifiedBundle {
            kinship,
            not_searched: count(&leaves, &dispositions),
            bundle,
            leaves,
            dispositions,
            counts,
            report,
        }),
        _ => Err(report),
    }
}

fn stages(
    run: &mut Run<'_>,
    counts: &mut Counts,
    dir: &Path,
    commitment: &Commitment,
    classifier: Published<'_>,
) -> Option<(Bundle, Vec<PublicLeaf>, Dispositions, Kinship)> {
    let bundle = run.check("bundle", |_| {
        let bundle = Bundle::open_for(dir, commitment).map_err(|e| e.to_string())?;
        let manifest = bundle.manifest();
        let detail = format!(
            "{} files, all listed and unaltered; finished {} with {}, as stated by the responder",
            bundle.files().len(),
            manifest.created,
            manifest.software
        );
        Ok((detail, bundle))
    })?;
    let manifest = bundle.manifest();
    let same_root = run.check("commitment", |_| {
        if manifest.root == commitment.root_hex() {
            let mut detail = format!("root {}", commitment.root_hex());
            if is_earlier(&manifest.created, commitment.created()) {
                detail += &format!(
                    "; STRANGE: the bundle states to be finished {}, before its commitment was made, {}",
                    manifest.created,
                    commitment.created()
                );
            }
            Ok((detail, ()))
        } else {
            Err(format!(
                "the bundle is about the corpus with root {}, the commitment file is for {}",
                manifest.root,
                commitment.root_hex()
            ))
        }
    });
    let same_classifier = run.check("classifier", |_| {
        let hash = hex::encode(classifier.hash());
        if manifest.classifier != hash {
            Err(format!(
                "the bundle is about the classifier with SHA-256 {}, the file given is {hash}",
                manifest.classifier
            ))
        } else if manifest.classifier_name != classifier.name() {
            Err(format!(
                "the bundle calls its classifier '{}', the file given is '{}'",
                manifest.classifier_name,
                classifier.name()
            ))
        } else if manifest.form != classifier.form() {
            Err(format!(
                "the bundle claims form {}, the classifier reads {}",
                manifest.form,
                classifier.form()
            ))
        } else if let Some(stated) = classifier.sealed().map(|sealed| sealed.plan())
            && !stated.disclosed().is_empty()
        {
            Err(format!(
                "the sealed classifier states the activations of {} neurons with every verdict, and a bundle has a yes \
                 or no",
                stated.disclosed_neurons().count()
            ))
        } else {
            Ok((
                format!(
                    "'{}' (claimed by its author{}), SHA-256 {hash}",
                    classifier.name(),
                    match classifier.sealed() {
                        Some(_) => "; SEALED: what it looks for is its owner's secret",
                        None => "",
                    }
                ),
                (),
            ))
        }
    });
    let leaves = run.check("leaves", |_| {
        let leaves = bundle.leaves(commitment).map_err(|error| match &error {
            BundleError::Published { .. } => format!("{error}{}", of_another(commitment)),
            _ => error.to_string(),
        })?;
        let mut tally = Tally::default();
        leaves.iter().for_each(|leaf| tally.add(leaf));
        let contained = bundle.is_self_contained();
        match tally.differs(commitment) {
            Some(why) if contained => Err(format!("{}: {why}", layout::LEAVES)),
            Some(why) => {
                let file = commitment.leaves_file().unwrap_or(Path::new(LEAVES_NAME));
                Err(format!(
                    "{}: {why} (this file is not the bundle's: it was looked for beside the commitment){}",
                    file.display(),
                    of_another(commitment)
                ))
            }
            None => {
                let from = match contained {
                    true => "in the bundle",
                    false => "published beside the commitment",
                };
                let detail = format!("{} leaves {from} hash to the committed root", tally.count());
                Ok((detail, leaves))
            }
        }
    })?;
    let dispositions = run.check("dispositions", |_| {
        let found = Dispositions::derive(manifest, &leaves).map_err(|e| e.to_string())?;
        bundle
            .check_files(found.with(Disposition::Produced))
            .map_err(|e| e.to_string())?;
        Ok(("every item has exactly one".to_owned(), found))
    })?;
    counts.produced = dispositions.count(Disposition::Produced);
    counts.withheld = dispositions.count(Disposition::Withheld);
    counts.not_responsive = dispositions.count(Disposition::NotResponsive);
    counts.exceptions = dispositions.count(Disposition::Exception);
    counts.outside_form = dispositions.count(Disposition::OutsideForm);

    let documents = run.check_each("produced", |progress| {
        produced::check_all(&bundle, &leaves, &dispositions, classifier, progress)
            .map(|(detail, items, kinship)| (detail, (items, kinship)))
    });
    let logged = run.check("withheld", |_| {
        manifest.check_withheld().map_err(|e| e.to_string())?;
        let logged = manifest.withheld.len() as u32;
        Ok((format!("{logged} items, each with a reason"), logged))
    });
    same_root?;
    same_classifier?;
    let (verifier, proved) = run.check_each("proofs", |progress| {
        check_proofs(
            &bundle,
            &leaves,
            &dispositions,
            commitment,
            classifier,
            progress,
        )
    })?;
    let none = dispositions.proved().next().is_none();
    run.check("openings", |_| {
        // The leaves say that there is nothing to prove; a bundle without proofs about something else fails.
        if none && manifest.batches.is_empty() {
            let why = format!(
                "no item has the form {}, so there is no proof",
                manifest.form
            );
            return Ok((why, ()));
        }
        verifier.finish().map_err(|e| e.to_string())?;
        Ok(("the final equation holds for all proofs".to_owned(), ()))
    })?;
    if let Some(sealed) = classifier.sealed() {
        run.check(SEALED, |_| check_sealed(sealed, counts, proved))?;
    }
    let ((produced, kinship), withheld) = (documents?, logged?);
    run.check("count identity", |_| {
        let outside =
            |leaf: &&PublicLeaf| leaf.exception().is_none() && leaf.form(manifest.form).is_none();
        let found = Counts {
            committed: commitment.count(),
            produced,
            withheld,
            not_responsive: proved.misses,
            exceptions: commitment.exceptions(),
            outside_form: leaves.iter().filter(outside).count() as u32,
            resolved: 0,
        };
        check_identity(manifest, &found, counts)
    })?;
    Some((bundle, leaves, dispositions, kinship))
}

/// What a sealed classifier takes besides. Nobody can run it over the documents that were produced, so that they match
/// is known from the proofs alone, as it is of those that were withheld: each has to stand in one.
fn check_sealed(
    sealed: &SealedClassifier,
    claimed: &Counts,
    proved: Proved,
) -> Result<(String, ()), String> {
    let plan = sealed.plan();
    let matches = claimed.produced + claimed.withheld;
    if proved.matches != matches {
        return Err(format!(
            "{matches} items are claimed to match, and {} are proved to: nobody else can run a sealed classifier over \
             the documents that were handed over",
            proved.matches
        ));
    }
    let detail = format!(
        "{} secret weights and biases, fixed by the classifier's file (commitments: {}); that each of {matches} items \
         matches is known from its proof alone",
        plan.parameters(),
        sealed.commitments().len()
    );
    Ok((detail, ()))
}

/// Whether one time is before another, if both are times.
pub(super) fn is_earlier(one: &str, other: &str) -> bool {
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;
    let parse = |text| OffsetDateTime::parse(text, &Rfc3339).ok();
    matches!((parse(one), parse(other)), (Some(one), Some(other)) if one < other)
}

/// Whether what was found adds up, and is what the manifest claims.
fn check_identity(
    manifest: &Manifest,
    found: &Counts,
    claimed: &Counts,
) -> Result<(String, ()), String> {
    let covered: u64 = manifest.batches.iter().map(|b| u64::from(b.items)).sum();
    let searched = found.committed - found.exceptions - found.outside_form;
    if covered != u64::from(searched) {
        return Err(format!(
            "the proofs cover {covered} items, but {searched} items have the form {}: {found}",
            manifest.form
        ));
    }
    if !found.balance() || found != claimed {
        return Err(format!(
            "the counts do not add up: found {found}; claimed {claimed}"
        ));
    }
    Ok((found.to_string(), ()))
}

/// How many items proofs are about.
#[derive(Clone, Copy, Debug, Default)]
struct Proved {
    /// Shown not to match.
    misses: u32,
    /// Shown to match.
    matches: u32,
}

fn check_proofs(
    bundle: &Bundle,
    leaves: &[PublicLeaf],
    dispositions: &Dispositions,
    commitment: &Commitment,
    classifier: Published<'_>,
    progress: &dyn Progress,
) -> Result<(String, (BatchVerifier, Proved)), Complaints> {
    let manifest = bundle.manifest();
    let mut verifier = BatchVerifier::new();
    let mut items = dispositions.proved();
    let mut proved = Proved::default();
    let total: u64 = manifest.batches.iter().map(|b| u64::from(b.items)).sum();
    progress.begin("Verifying proofs", Some(total), Unit::Items);
    let (mut bytes, mut failures) = (0, Complaints::default());
    for (b, batch) in manifest.batches.iter().enumerate() {
        if progress.cancelled() {
            return Err("stopped as asked".to_owned().into());
        }
        let members: Vec<(u32, bool)> = items.by_ref().take(batch.items as usize).collect();
        let misses = members.iter().filter(|(_, miss)| *miss).count() as u32;
        proved.misses += misses;
        proved.matches += members.len() as u32 - misses;
        if members.is_empty() {
            failures.add(format!("proof {b}"), "it is about no item".to_owned());
            continue;
        }
        let statement = Statement::new(
            commitment.root(),
            &classifier.hash(),
            manifest.form.id(),
            members.iter().map(|(index, miss)| {
                let commitments = leaves[*index as usize].form(manifest.form);
                (*index, commitments.unwrap_or_default(), *miss)
            }),
        );
        let result = classifier
            .shape(batch.lanes as usize)
            .map_err(|e| e.to_string())
            .and_then(|shape| {
                // One width per number of items: a bundle cannot ask for more work than its items need.
                let needed = members.len().div_ceil(shape.slots());
                if shape.lanes() != needed {
                    return Err(format!(
                        "its circuit has {} lanes where {needed} are needed",
                        shape.lanes()
                    ));
                }
                let proof = bundle.proof(b).map_err(|e| e.to_string())?;
                bytes += proof.len();
                verifier
                    .add(&shape, classifier.model(), &statement, &proof)
                    .map_err(|e: VerifyError| e.to_string())
            });
        if let Err(why) = result {
            let (first, last) = (members.first(), members.last());
            let whom = format!(
                "proof {b} (items {} to {})",
                first.map_or(0, |m| m.0),
                last.map_or(0, |m| m.0)
            );
            failures.add(whom, why);
        }
        progress.advance(u64::from(batch.items));
    }
    progress.end();
    if failures.is_empty() {
        let detail = format!(
            "{} proofs over {} matches and {} others, {bytes} bytes",
            manifest.batches.len(),
            proved.matches,
            proved.misses
        );
        Ok((detail, (verifier, proved)))
    } else {
        Err(failures)
    }
}
