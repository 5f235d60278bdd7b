//! Running a request: classify, plan, prove with resume, assemble, check.

use super::plan::{BatchPlan, Plan, PlanError, PlanOptions};
use super::terms::{self, Difference, Terms};
use super::withhold::{ItemFacts, Names, WithholdError, WithholdList};
use crate::Surroundings;
use crate::audit::history;
use crate::bundle::{Batch, Manifest, bag, layout};
use crate::circuit::Shape;
use crate::circuit::prover::Prover;
use crate::circuit::{BatchInput, CircuitError, Statement};
use crate::classify::Classifier;
use crate::commit::vault::{self, VaultItem};
use crate::commit::{NoSuchForm, Vault, VaultError};
use crate::custody;
use crate::dryrun::{DryRunError, Outcome, dry_run};
use crate::guard::allow::{self, AllowError};
use crate::guard::{self, Allowance, Findings, GuardError, Reader, Refusal};
use crate::opening::opening_of;
use crate::private::{self, Lock, Locking};
use crate::progress::{Progress, Unit};
use crate::requests::{self, RequestsError, Standing};
use crate::review::{Review, ReviewError};
use crate::verify::{self, Report};
use candor_core::wipe::Wiped;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const RESUME: &str = "resume.json";
const LOCK: &str = "resume.lock";
/// The list that the run was begun with, for whoever has to give it again.
const LIST: &str = "withheld.csv";
/// The growing bundle within the work folder.
const BAG: &str = "bag";

/// What to prove with.
#[derive(Debug, Default)]
pub struct ProveOptions {
    /// Bounds of the plan.
    pub plan: PlanOptions,
    /// Matching items to keep back.
    pub withhold: WithholdList,
    /// Why the case's budget of bits does not hold for this answer.
    pub over_budget: Option<String>,
    /// Whether an unfinished run goes on although the list is not the one it was begun with.
    pub change_list: bool,
    /// Near copies of withheld items that may leave, as ITEM=REASON.
    pub allow: Vec<String>,
    /// The same, by index: a file may be called like the index of another item.
    pub allowances: Vec<Allowance>,
    /// Whether the bundle has the leaves.
    pub leaves: Leaves,
}

/// Whether a bundle has the public leaves itself. They were published with the commitment, so a bundle can do without;
/// but then it can only be verified where they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leaves {
    /// In the first bundle over a commitment, and wherever they are small.
    #[default]
    Auto,
    /// Yes.
    Include,
    /// No.
    Omit,
}

impl Leaves {
    /// Leaves of this many bytes are no reason to do without.
    const SMALL: u64 = 4 << 20;

    fn included(self, vault: &Vault, first: bool) -> Result<bool, VaultError> {
        Ok(match self {
            Leaves::Include => true,
            Leaves::Omit => false,
            Leaves::Auto => first || vault.published_leaves()?.len() as u64 <= Self::SMALL,
        })
    }
}

/// What was made.
#[derive(Debug)]
pub struct ProveSummary {
    /// The verification of the finished bundle.
    pub report: Report,
    /// SHA-256 of the bundle's tag manifest, for the custody log: an audit opens for this bundle only.
    pub seal: String,
    /// Batches proved in this run; the others were there from an earlier one.
    pub proved_now: usize,
    /// All batches.
    pub batches: usize,
    /// What decided which documents are in it.
    pub terms: Terms,
    /// What the disclosure guard looked at and found.
    pub guard: Findings,
}

/// What is to leave, checked.
#[derive(Debug)]
pub struct Checked {
    /// Withheld items and allowed near copies.
    pub terms: Terms,
    /// What the disclosure guard found.
    pub guard: Findings,
    facts: Vec<ItemFacts>,
}

/// Why a bundle could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The dry run.
    #[error(transparent)]
    DryRun(#[from] DryRunError),
    /// The plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The list of items to withhold.
    #[error(transparent)]
    Withhold(#[from] WithholdError),
    /// What the guard needs cannot be read, or it was stopped.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// Something withheld would leave.
    #[error(transparent)]
    Disclosure(Box<Refusal>),
    /// An allowance that says nothing.
    #[error("--allow: {0}")]
    Allow(#[from] AllowError),
    /// The decisions that are kept in the case.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// The list is not what was decided.
    #[error(
        "the list of items to withhold is not what was decided in the review of this case ({}):{}\nTo withhold \
         what was decided, give no list; to make the list the decision, candor review import.",
        path.display(), lines(differences)
    )]
    OtherDecisions {
        /// The file with the decisions.
        path: PathBuf,
        /// The list against the decisions.
        differences: Vec<Difference>,
    },
    /// The circuit.
    #[error("batch {batch}: {source}")]
    Circuit {
        /// The batch.
        batch: usize,
        /// What went wrong.
        source: CircuitError,
    },
    /// What earlier answers revealed.
    #[error(transparent)]
    Requests(#[from] RequestsError),
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What the case's log says of earlier bundles and audits, which the bundle states.
    #[error(transparent)]
    Custody(#[from] crate::custody::CustodyError),
    /// Packaging.
    #[error(transparent)]
    Bag(#[from] bag::BagError),
    /// The output exists.
    #[error("{} exists already: candor does not overwrite bundles, choose another name", .0.display())]
    Exists(PathBuf),
    /// An unfinished run for something else is in the way.
    #[error(
        "{} holds the unfinished proofs of another request (another case, classifier or batch size), or \
         of another version of candor: choose another name for the bundle, or delete that folder", .0.display()
    )]
    OtherRun(PathBuf),
    /// The run was begun with another list.
    #[error(
        "{} was begun under other terms:{}\n{}", work.display(), lines(differences), remedy(work, terms)
    )]
    OtherTerms {
        /// The work folder.
        work: PathBuf,
        /// What it was begun with.
        terms: Box<Terms>,
        /// What is different now.
        differences: Vec<Difference>,
    },
    /// Another process is at it.
    #[error("another candor is proving into {} right now: let it finish", .0.display())]
    Busy(PathBuf),
    /// The corpus does not carry the form.
    #[error(transparent)]
    NoItems(#[from] NoSuchForm),
    /// The watcher asked to stop.
    #[error("stopped; the same command resumes where it stopped")]
    Cancelled,
    /// The finished bundle does not verify: a bug or a damaged disk.
    #[error(
        "the finished bundle does not verify ({0}); this is a bug in candor or a damaged disk, please report it"
    )]
    SelfCheck(String),
}

impl ProveSummary {
    /// What the custody log says of the run.
    pub fn custody(&self, bundle: &Path) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("bundle", bundle.display().to_string()),
            (crate::audit::log::SEAL, self.seal.clone()),
            ("classifier", self.report.classifier.clone()),
            ("counts", self.report.identity()),
            ("withheld_list", self.terms.digest().to_owned()),
        ];
        if !self.terms.allowed().is_empty() {
            let allowed = serde_json::to_string(self.terms.allowed()).unwrap_or_default();
            facts.push(("allowed", allowed));
        }
        facts
    }
}

fn lines(differences: &[Difference]) -> String {
    differences.iter().map(|d| format!("\n  {d}")).collect()
}

/// How to go on with an unfinished run.
fn remedy(work: &Path, terms: &Terms) -> String {
    let list = if terms.withheld().is_empty() {
        "give no list".to_owned()
    } else {
        format!("give --withhold {}", work.join(LIST).display())
    };
    let allowed: String = terms
        .allowed()
        .iter()
        .map(|a| format!(" --allow '{}={}'", a.item, a.reason.replace('\'', "'\\''")))
        .collect();
    format!(
        "To go on as it was begun, {list}{allowed}; to go on under the new terms and keep the finished proofs, add \
         --change-list; or choose another name for the bundle."
    )
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, ProveError> {
    result.map_err(|source| ProveError::Io {
        path: path.to_owned(),
        source,
    })
}

/// The plan for a request, and how many items it covers.
pub fn plan_case(
    vault: &Vault,
    classifier: &Classifier,
    options: &PlanOptions,
) -> Result<(Plan, usize), ProveError> {
    let form = classifier.form();
    let items = vault.commitment().forms().get(&form).copied().unwrap_or(0) as usize;
    if items == 0 {
        return Err(NoSuchForm::new(form, vault.commitment()).into());
    }
    Ok((Plan::new(classifier.network(), items, options)?, items))
}

/// What an unfinished run was about; a different request never continues it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Resume {
    root: String,
    classifier: String,
    batches: Vec<Batch>,
    terms: Terms,
}

/// The work folder of an unfinished bundle: what it is about, a lock, and the bundle as far as it got.
fn partial(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    out.with_file_name(name)
}

/// The plan that an unfinished run of this very request followed. The planner looks at the memory that is
/// free, so a later run might plan otherwise and lose what was proved; only a batch size that somebody asked
/// for, and that the run did not have, makes it another run.
fn unfinished(
    work: &Path,
    vault: &Vault,
    classifier: &Classifier,
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
            shape: Shape::for_network(classifier.network(), batch.lanes as usize)
                .map_err(PlanError::Circuit)?,
        });
        first += batch.items as usize;
    }
    Ok(Some(Plan { batches }))
}

fn batches(plan: &Plan) -> Vec<Batch> {
    plan.batches
        .iter()
        .map(|b| Batch {
            items: b.items as u32,
            lanes: b.shape.lanes() as u32,
        })
        .collect()
}

/// Proves a request over a case and writes the bundle to `out`.
pub fn prove_case(
    around: &Surroundings,
    vault: &Vault,
    classifier: &Classifier,
    out: &Path,
    options: &ProveOptions,
    progress: &dyn Progress,
) -> Result<ProveSummary, ProveError> {
    if out.exists() {
        return Err(ProveError::Exists(out.to_owned()));
    }
    if options.over_budget.is_none() {
        Standing::of(vault, Some(classifier), None)?.within_budget()?;
    }
    let work = partial(out);
    let plan = match unfinished(&work, vault, classifier, &options.plan)? {
        Some(plan) => plan,
        None => plan_case(vault, classifier, &options.plan)?.0,
    };
    let Checked {
        terms,
        guard,
        facts,
    } = check_terms(vault, classifier, options, progress)?;

    let dir = work.join(BAG);
    let batches = batches(&plan);
    let now_wanted = Resume {
        root: vault.commitment().root_hex().to_owned(),
        classifier: hex::encode(classifier.hash()),
        batches: batches.clone(),
        terms: terms.clone(),
    };
    let lock = start(&work, &now_wanted, options.change_list, &facts)?;
    let proved_now = prove_batches(vault, classifier, &plan, &facts, &dir, progress)?;

    let matches: Vec<u32> = facts
        .iter()
        .filter(|f| f.matches())
        .map(|f| f.index)
        .collect();
    let manifest = Manifest::new(
        around.stamp(),
        *vault.commitment().root(),
        classifier.hash(),
        classifier.name().to_owned(),
        classifier.form(),
        matches,
        terms.withheld().to_vec(),
        batches,
    );
    let first = requests::answers(vault.case(), vault.commitment().root_hex())?.is_empty();
    assemble(
        vault,
        &manifest,
        &dir,
        options.leaves.included(vault, first)?,
        progress,
    )?;
    let report = verify::verify(&dir, vault.commitment(), classifier, progress);
    if !report.verified() {
        return Err(ProveError::SelfCheck(report.failures().join("; ")));
    }
    let seal = bag::seal_of(&dir)?;
    // Before the bundle appears: no answer is handed over that is not counted.
    requests::record(vault.case(), classifier, &manifest)?;
    at(out, private::publish(&dir, out))?;
    at(&work, private::remove_unfinished(&work, lock))?;
    Ok(ProveSummary {
        report,
        seal: hex::encode(seal),
        proved_now,
        batches: plan.batches.len(),
        terms,
        guard,
    })
}

/// Checks the list of items to withhold against what matches and against what was decided in the review of the
/// case, and has the disclosure guard compare everything withheld with everything that would be produced.
pub fn check_terms(
    vault: &Vault,
    classifier: &Classifier,
    options: &ProveOptions,
    progress: &dyn Progress,
) -> Result<Checked, ProveError> {
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
    let mut guard = guard::inspect_with_earlier(vault, &kept, &outgoing, progress)?;
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
pub fn facts(
    vault: &Vault,
    classifier: &Classifier,
    progress: &dyn Progress,
) -> Result<Vec<ItemFacts>, ProveError> {
    let mut facts = Vec::with_capacity(vault.len() as usize);
    dry_run(vault, classifier, progress, |row| {
        facts.push(ItemFacts {
            index: row.item,
            verdict: match row.outcome {
                Outcome::Match { .. } => Some(true),
                Outcome::NoMatch { .. } => Some(false),
                Outcome::OtherForm | Outcome::Exception { .. } => None,
            },
            path: row.path,
            parent: None,
            sha256: row.sha256,
            control_number: row.control_number,
        });
        Ok(())
    })?;
    for item in &mut facts {
        item.parent = vault.item(item.index)?.parent();
    }
    Ok(facts)
}

/// Creates or reopens the work folder and takes its lock. What is there has to be about the same, under the same
/// terms: otherwise a resumed run might produce what the one that was begun kept back.
fn start(
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

fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), ProveError> {
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

fn prove_batches(
    vault: &Vault,
    classifier: &Classifier,
    plan: &Plan,
    facts: &[ItemFacts],
    dir: &Path,
    progress: &dyn Progress,
) -> Result<usize, ProveError> {
    let positions: Vec<(u32, bool)> = facts
        .iter()
        .filter_map(|f| f.verdict.map(|matches| (f.index, !matches)))
        .collect();
    progress.begin("Proving", Some(positions.len() as u64), Unit::Items);
    let mut prover: Option<Prover> = None;
    let mut proved = 0;
    for (b, batch) in plan.batches.iter().enumerate() {
        let path = dir.join(layout::proof(b));
        progress.note(&format!("batch {} of {}", b + 1, plan.batches.len()));
        if path.exists() {
            progress.advance(batch.items as u64);
            continue;
        }
        if progress.cancelled() {
            return Err(ProveError::Cancelled);
        }
        let circuit = |source| ProveError::Circuit { batch: b, source };
        if prover.as_ref().is_none_or(|p| *p.shape() != batch.shape) {
            prover = Some(Prover::new(&batch.shape).map_err(circuit)?);
        }
        let Some(prover) = &prover else {
            unreachable!("a prover was just made")
        };
        let members = &positions[batch.first..batch.first + batch.items];
        let proof = prove_one(vault, classifier, members, prover, b)?;
        write_atomic(&path, &proof)?;
        proved += 1;
        progress.advance(batch.items as u64);
    }
    progress.end();
    Ok(proved)
}

fn prove_one(
    vault: &Vault,
    classifier: &Classifier,
    members: &[(u32, bool)],
    prover: &Prover,
    batch: usize,
) -> Result<Vec<u8>, ProveError> {
    let form = classifier.form();
    let items: Vec<VaultItem> = members
        .par_iter()
        .map(|(index, _)| vault.item(*index))
        .collect::<Result<_, _>>()?;
    let blinds: Vec<_> = items
        .iter()
        .map(|item| {
            item.blinds(form)
                .map(|b| Wiped(b.to_scalars()))
                .unwrap_or_default()
        })
        .collect();
    let inputs: Vec<BatchInput<'_>> = items
        .iter()
        .zip(&blinds)
        .map(|(item, blinds)| BatchInput {
            vector: item.vector(form).map(|v| v.bytes()).unwrap_or_default(),
            blinds,
        })
        .collect();
    let statement = Statement::new(
        vault.commitment().root(),
        &classifier.hash(),
        form.id(),
        items.iter().zip(members).map(|(item, (index, miss))| {
            (*index, item.leaf().form(form).unwrap_or_default(), *miss)
        }),
    );
    prover
        .prove(classifier.network(), &statement, &inputs)
        .map_err(|source| ProveError::Circuit { batch, source })
}

/// Writes everything but the proofs, and seals the bag.
fn assemble(
    vault: &Vault,
    manifest: &Manifest,
    dir: &Path,
    with_leaves: bool,
    progress: &dyn Progress,
) -> Result<(), ProveError> {
    if with_leaves {
        let path = dir.join(layout::LEAVES);
        at(&path, private::put(&path, &vault.published_leaves()?))?;
    } else {
        // Whoever verifies looks for them beside the commitment file.
        vault::publish_leaves(vault.case())?;
    }

    // Left over from a run that was killed while writing produced items, perhaps with another list.
    let produced_dir = dir.join(layout::PRODUCED);
    if produced_dir.exists() {
        at(&produced_dir, fs::remove_dir_all(&produced_dir))?;
    }
    bag::unseal(dir)?;
    let withheld = |index: &u32| {
        manifest
            .withheld
            .binary_search_by_key(index, |w| w.index)
            .is_ok()
    };
    let produced: Vec<u32> = manifest
        .matches
        .iter()
        .copied()
        .filter(|i| !withheld(i))
        .collect();
    progress.begin(
        "Writing produced items",
        Some(produced.len() as u64),
        Unit::Items,
    );
    produced.par_iter().try_for_each(|&index| {
        write_produced(vault, manifest, dir, index)?;
        progress.advance(1);
        Ok::<(), ProveError>(())
    })?;
    progress.end();
    let path = dir.join(layout::MANIFEST);
    at(&path, private::put(&path, &manifest.to_json()))?;
    let mut info = vec![
        ("External-Identifier", manifest.root.clone()),
        ("External-Description", manifest.description()),
    ];
    info.extend(history::of_case(vault.case(), &manifest.classifier)?);
    bag::seal(dir, &manifest.created[..10], &info)?;
    Ok(())
}

fn write_produced(
    vault: &Vault,
    manifest: &Manifest,
    dir: &Path,
    index: u32,
) -> Result<(), ProveError> {
    let item = vault.item(index)?;
    let folder = dir.join(layout::item_dir(index));
    at(&folder, private::create_dir_all(&folder))?;
    let put = |name: String, bytes: &[u8]| {
        let path = dir.join(name);
        at(&path, private::put(&path, bytes))
    };
    let text = vault.text_of(&item)?.unwrap_or_default();
    let opening = opening_of(&item, manifest.form).expect("a matching item has the form");
    put(layout::native(index, item.meta()), &vault.native_of(&item)?)?;
    put(layout::text(index), text.as_bytes())?;
    put(layout::meta(index), &item.meta().to_canonical())?;
    if let Some(vector) = item.vector(manifest.form)
        && !manifest.form.is_text()
    {
        put(layout::vector(index), vector.bytes())?;
    }
    put(layout::opening(index), &opening.to_json())
}
