//! Jobs: the same library calls as the command line makes.

use super::asked::Helpers;
use super::progress::Channel;
use super::told::{DryRunData, Fact, PlanFacts};
use super::verify::Session;
use super::{audit, bundle, case, export, scan, sign, verify};
use crate::Surroundings;
use crate::commit::earlier::Rows;
use crate::commit::{self, CommitError, CommitOptions, Vault, commit_again, commit_folder};
use crate::custody::Act;
use crate::dryrun::{DryRunError, Table, dry_run};
use crate::explain::{self, ExplainError, scores::Scored};
use crate::guard::Allowance;
use crate::ingest::ocr::Ocr;
use crate::ingest::{IngestOptions, Passwords};
use crate::output::{Kind, OutputError, Target};
use crate::prove::{
    self, ItemFacts, PlanOptions, ProveError, ProveOptions, WithholdList, prove_case,
};
use crate::requests::Standing;
use crate::seal;
use crate::sealed::{AnyClassifier, Held};
use crate::tui::event::{Ended, Job, Outcome};
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Helpers {
    /// Looks up all that the options need.
    fn prepare(&self, around: &Surroundings, options: &mut CommitOptions) -> Result<(), String> {
        self.find(around, &mut options.ingest)?;
        let Some(what) = &mut options.supplements else {
            return Ok(());
        };
        if let Some(file) = &self.resolves {
            what.rows = Rows::read(file).map_err(|error| error.to_string())?;
        }
        let recovered = crate::custody::recover(around, &what.case);
        recovered.map_err(|error| error.to_string())?;
        if self.again {
            // The documents are those of the earlier commitment.
            let earlier = commit::vault::commitment_of(&what.case);
            let earlier = earlier.map_err(|error| error.to_string())?;
            options.custodian = earlier.custodian().map(str::to_owned);
        }
        Ok(())
    }

    /// Reads the list and looks for the engine.
    fn find(&self, around: &Surroundings, options: &mut IngestOptions) -> Result<(), String> {
        if let Some(file) = &self.passwords {
            options.passwords = Passwords::read(file).map_err(|error| error.to_string())?;
        }
        if let Some(language) = &self.ocr {
            options.ocr = Some(Ocr::find(around, language).map_err(|error| error.to_string())?);
        }
        Ok(())
    }
}

/// Runs a job to its end.
pub(super) fn run(around: &Surroundings, job: Job, session: &Session, progress: &Channel) -> Ended {
    let failed = |e: &dyn std::fmt::Display| Ended::Failed(e.to_string());
    match job {
        Job::Scan(folder, what) => {
            let (selection, options) = *what;
            scan::scan(&folder, &selection, &options, progress)
        }
        Job::Commit(folder, mut options, helpers) => match helpers.prepare(around, &mut options) {
            Ok(()) => commit_job(around, &folder, &options, helpers.again, progress),
            Err(why) => Ended::Failed(why),
        },
        Job::OpenCase(path) => match case::open(around, &path, progress) {
            Ok(Some(case)) => Ended::Ok(Outcome::Case(Box::new(case))),
            Ok(None) => Ended::Cancelled("stopped".to_owned()),
            Err(e) => failed(&e),
        },
        Job::DryRun {
            classifier,
            case,
            secret,
        } => dry_run_job(&classifier, case.as_deref(), secret.as_deref(), progress),
        Job::Prove {
            case,
            classifier,
            withhold,
            allow,
            plan,
            output,
        } => {
            let allowance = |(item, reason)| Allowance { item, reason };
            let options = ProveOptions {
                plan,
                withhold: WithholdList::new(withhold),
                allowances: allow.into_iter().map(allowance).collect(),
                ..ProveOptions::default()
            };
            match held(&classifier) {
                Ok(classifier) => prove_job(around, &case, classifier, &options, &output, progress),
                Err(why) => Ended::Failed(why),
            }
        }
        Job::OpenBundle(path) => match bundle::open(&path, progress) {
            Ok(Some(bundle)) => Ended::Ok(Outcome::Bundle(Box::new(bundle))),
            Ok(None) => Ended::Cancelled("stopped".to_owned()),
            Err(e) => failed(&e),
        },
        Job::Verify(target) => verify::run(&target, session, progress),
        Job::VerifyChain(target) => verify::run_chain(&target, progress),
        Job::Export(task) => export::run(around, *task, session, progress),
        Job::Audit(task) => audit::run(around, *task, session, progress),
        Job::Plan {
            case,
            classifier,
            options,
        } => match (Vault::open(&case), held(&classifier)) {
            (Ok(vault), Ok(held)) => Ended::Ok(Outcome::Planned(plan(&vault, held, &options))),
            (Err(e), _) => failed(&e),
            (_, Err(why)) => Ended::Failed(why),
        },
        Job::Scores {
            case,
            classifier,
            output,
        } => match held(&classifier) {
            Ok(classifier) => scores_job(&case, classifier, output, progress),
            Err(why) => Ended::Failed(why),
        },
        Job::Sign(task) => sign::run(around, *task, progress),
        Job::CheckCase(path) => match Vault::open(&path) {
            Ok(vault) => {
                let audit = commit::audit::audit(&vault, progress);
                Ended::Ok(Outcome::CaseChecked(Box::new(audit)))
            }
            Err(e) => failed(&e),
        },
    }
}

/// Processors that a proof can use.
fn cores() -> f64 {
    std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64)
}

/// Writes to the custody log what was done. The work itself is done, so a failure is told with it.
fn recorded(act: Act, facts: impl IntoIterator<Item = (&'static str, String)>) -> Option<Ended> {
    let error = act.done(facts).err()?;
    Some(Ended::Failed(format!(
        "it is done, but could not be recorded in the custody log: {error}"
    )))
}

fn commit_job(
    around: &Surroundings,
    folder: &Path,
    options: &CommitOptions,
    again: bool,
    progress: &Channel,
) -> Ended {
    match commit::vault::recover(&options.case) {
        Ok(None) => {}
        Ok(Some(_)) => {
            return Ended::Failed(format!(
                "an earlier commit to {} had been interrupted in its last step; it is complete now: \
                 open that case, or choose another name",
                options.case.display()
            ));
        }
        Err(e) => return Ended::Failed(e.to_string()),
    }
    let none: [(&str, &str); 0] = [];
    let supplements = options.supplements.as_ref().map(|what| what.case.as_path());
    let doing = commit::vault::doing(&options.case, supplements);
    let act = match Act::begin(around, &options.case, "commit", none, doing) {
        Ok(act) => act,
        Err(e) => return Ended::Failed(e.to_string()),
    };
    let made = match &options.supplements {
        Some(what) if again => commit_again(around, what, options, progress),
        _ => commit_folder(around, folder, options, progress),
    };
    match made {
        Ok(report) => recorded(act, commit::facts(&report))
            .unwrap_or_else(|| Ended::Ok(Outcome::Committed(Box::new(report)))),
        Err(e @ CommitError::Cancelled) => Ended::Cancelled(e.to_string()),
        Err(e) => Ended::Failed(e.to_string()),
    }
}

/// The classifier with its numbers.
fn held(classifier: &AnyClassifier) -> Result<Held<'_>, String> {
    let sealed = "the classifier is sealed, and its secret part was not given";
    classifier.held().ok_or_else(|| sealed.to_owned())
}

/// An error with the reasons behind it.
fn whole(error: impl std::error::Error + Send + Sync + 'static) -> String {
    format!("{:#}", anyhow::Error::new(error))
}

fn dry_run_job(
    path: &Path,
    case: Option<&Path>,
    secret: Option<&Path>,
    progress: &Channel,
) -> Ended {
    let classifier = match crate::input::any_classifier(path) {
        Ok(classifier) => classifier,
        Err(e) => return Ended::Failed(whole(e)),
    };
    let Some(case) = case else {
        return Ended::Ok(Outcome::DryRun(Arc::new(classifier), None));
    };
    let classifier = if classifier.is_sealed() {
        let beside = seal::secret_beside(path);
        let secret = secret.unwrap_or(&beside);
        let public = classifier.published().sealed().cloned();
        match seal::open_with(classifier, secret) {
            Ok(opened) => opened,
            Err(error) => {
                let Some(public) = public else {
                    return Ended::Failed(whole(error));
                };
                let why = match secret.exists() {
                    true => whole(error),
                    false => format!(
                        "the classifier is sealed, and its secret part is not beside it ({})",
                        secret.display()
                    ),
                };
                let public = Arc::new(AnyClassifier::Sealed(public));
                return Ended::Ok(Outcome::Unopened(public, why));
            }
        }
    } else {
        classifier
    };
    let classifier = Arc::new(classifier);
    let run = held(&classifier).map(|held| classify(held, case, progress));
    let run = match run {
        Ok(run) => run,
        Err(why) => return Ended::Failed(why),
    };
    match run {
        Ok(data) => Ended::Ok(Outcome::DryRun(classifier, Some(Box::new(data)))),
        Err(DryRunError::Cancelled) => Ended::Cancelled("stopped".to_owned()),
        Err(e) => Ended::Failed(e.to_string()),
    }
}

fn classify(
    classifier: Held<'_>,
    case: &Path,
    progress: &Channel,
) -> Result<DryRunData, DryRunError> {
    let vault = Vault::open(case)?;
    let mut items = Vec::new();
    let counts = dry_run(&vault, classifier, progress, |row| {
        items.push(Fact {
            score: row.outcome.score(),
            title: match row.subject.is_empty() {
                true => row.path.clone(),
                false => row.subject.clone(),
            },
            duplicate_of: row.duplicate_of,
            facts: ItemFacts::of(row),
        });
        Ok(())
    })?;
    let scored = Scored {
        items: items
            .iter()
            .filter_map(|i| i.score.map(|score| (i.facts.index, score)))
            .collect(),
        left_out: 0,
    };
    let matching = scored.matching();
    let warnings =
        match explain::warnings_on(classifier.classifier(), &vault, Some(scored), progress) {
            Ok((warnings, _)) => warnings.into_iter().map(|w| w.text).collect(),
            Err(ExplainError::Cancelled) => return Err(DryRunError::Cancelled),
            Err(error) => vec![format!("what it looks for could not be tested: {error}")],
        };
    let answered = match Standing::of(&vault, Some(classifier.published()), Some(&matching)) {
        Ok(standing) => standing.lines(),
        Err(error) => vec![format!("earlier answers are not known: {error}")],
    };
    Ok(DryRunData {
        counts,
        items,
        warnings,
        answered,
        plan: plan(&vault, classifier, &PlanOptions::default()),
    })
}

fn plan(vault: &Vault, classifier: Held<'_>, options: &PlanOptions) -> Result<PlanFacts, String> {
    let (plan, items) = prove::plan_case(vault, classifier, options).map_err(|e| e.to_string())?;
    Ok(PlanFacts {
        items,
        proofs: plan.batches.iter().map(|b| b.items as u64).collect(),
        memory: plan.memory(),
        cpu_seconds: plan.cpu_seconds(),
        seconds: plan.cpu_seconds() / cores(),
        bytes: plan.proof_bytes(),
        limit: options.memory,
        most: options.max_items,
    })
}

/// The table of everything that a dry run says.
fn scores_job(case: &Path, classifier: Held<'_>, output: PathBuf, progress: &Channel) -> Ended {
    let say = |error: &dyn std::fmt::Display| format!("{}: {error}", output.display());
    let table = || -> Result<(), DryRunError> {
        let vault = Vault::open(case)?;
        let refused = |error: OutputError| std::io::Error::other(error.to_string());
        let target = Target::new(&output, Kind::unique("a list"), None, &[]).map_err(refused)?;
        let mut table = Table::create(target).map_err(refused)?;
        dry_run(&vault, classifier, progress, |row| table.write(&row))?;
        Ok(table.finish().map_err(refused)?)
    };
    match table() {
        Ok(()) => Ended::Ok(Outcome::Exported(Vec::new(), output)),
        Err(DryRunError::Cancelled) => {
            Ended::Cancelled("stopped; the list is not whole".to_owned())
        }
        Err(error) => Ended::Failed(say(&error)),
    }
}

fn prove_job(
    around: &Surroundings,
    case: &Path,
    classifier: Held<'_>,
    options: &ProveOptions,
    output: &Path,
    progress: &Channel,
) -> Ended {
    let run = || -> Result<_, ProveError> {
        let vault = Vault::open(case)?;
        prove_case(around, &vault, classifier, output, options, progress)
    };
    let begun = [
        ("bundle", output.display().to_string()),
        ("classifier", hex::encode(classifier.hash())),
    ];
    let act = match Act::begin(around, case, "prove", begun, prove::doing(output)) {
        Ok(act) => act,
        Err(e) => return Ended::Failed(e.to_string()),
    };
    match run() {
        Ok(summary) => recorded(act, summary.custody(output))
            .unwrap_or_else(|| Ended::Ok(Outcome::Proved(Box::new(summary.report)))),
        Err(
            ProveError::Cancelled
            | ProveError::DryRun(DryRunError::Cancelled)
            | ProveError::Guard(crate::guard::GuardError::Cancelled),
        ) => {
            Ended::Cancelled("stopped; finished proofs are kept, proving again resumes".to_owned())
        }
        Err(ProveError::Disclosure(refusal)) => Ended::Ok(Outcome::Guarded(refusal)),
        Err(e) => Ended::Failed(e.to_string()),
    }
}
