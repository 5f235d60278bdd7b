//! Running a request: classify, plan, prove with resume, assemble, check.

use super::assemble::assemble;
use super::batches::prove_batches;
use super::check::{Checked, check_terms};
use super::error::{ProveError, at};
use super::options::{ProveOptions, plan_case};
use super::plan::Plan;
use super::terms::Terms;
use super::work::{BAG, Resume, partial, start, unfinished};
use crate::Surroundings;
use crate::bundle::{Batch, Manifest, bag};
use crate::commit::Vault;
use crate::guard::Findings;
use crate::private;
use crate::progress::Progress;
use crate::requests::{self, Standing};
use crate::sealed::Held;
use crate::verify::{self, Report};
use std::path::Path;

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
///
/// Of a sealed classifier nothing but its public file is used for anything that gets into the bundle, and the bundle is
/// verified as anybody would who has no more.
pub fn prove_case<'c>(
    around: &Surroundings,
    vault: &Vault,
    classifier: impl Into<Held<'c>>,
    out: &Path,
    options: &ProveOptions,
    progress: &dyn Progress,
) -> Result<ProveSummary, ProveError> {
    let classifier = classifier.into();
    if out.exists() {
        return Err(ProveError::Exists(out.to_owned()));
    }
    if options.over_budget.is_none() {
        Standing::of(vault, Some(classifier.published()), None)?.within_budget()?;
    }
    let work = partial(out);
    let plan = match unfinished(&work, vault, classifier.published(), &options.plan)? {
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
    requests::record(vault.case(), classifier.published(), &manifest)?;
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
