//! `candor prove`: the responder's answer to a request.

use super::common::Secret;
use super::{Common, Exit, InterruptedError, RefusedError, UsageError, chain};
use crate::clean::{self, line as escape};
use crate::commit::earlier::place;
use crate::commit::vault::Vault;
use crate::dryrun::DryRunError;
use crate::explain::{self, Warning};
use crate::guard::{Findings, GuardError};
use crate::output;
use crate::prove::{
    self, Checked, Leaves, Plan, PlanOptions, ProveError, ProveOptions, WithholdError,
    WithholdList, parse_bytes,
};
use crate::requests::{RequestsError, Standing};
use crate::review::Review;
use crate::sealed::Held;
use anyhow::Context;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  candor prove --case acme --classifier request.clf -o bundle
  candor prove --case acme --classifier request.clf --withhold privileged.csv -o bundle
  candor prove --case acme --classifier model.sealed --secret model.secret -o bundle
  candor prove --case acme --classifier request.clf --plan --withhold privileged.csv
  candor prove --case acme --classifier request.clf --withhold privileged.csv \\
      --allow '12=a public newsletter that counsel quotes' -o bundle

The file for --withhold has the columns item, reason, description. An item is an index or a path of
the corpus, or the control number it came with in a load file; reasons are AC, WP, CI, JDA, OTHER, COURT or a FOIA exemption such as (b)(5).

First of all it says, --quiet or not, what the classifier looks for where that needs saying, and which requests were
answered over this root, with how many bits about how many items that revealed. A budget of bits is set with
candor case budget; what goes beyond it needs --over-budget and a reason.

Killed at any moment, the same command resumes: finished proofs are kept in BUNDLE.partial. With another
list it does not resume but names the differences; --change-list says that they are meant.";

/// Prove a classifier's verdict on every committed item and write the disclosure bundle
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ProveArgs {
    /// The case, as made by candor commit
    #[arg(long, value_name = "CASE")]
    case: PathBuf,
    /// The classifier file: the requester's, or a sealed one of your own
    #[arg(long, value_name = "FILE")]
    classifier: PathBuf,
    #[command(flatten)]
    secret: Secret,
    /// The bundle to write
    #[arg(short, long, value_name = "BUNDLE", required_unless_present = "plan")]
    output: Option<PathBuf>,
    /// Matching items to keep back, with reasons
    #[arg(long, value_name = "LIST.csv")]
    withhold: Option<PathBuf>,
    /// Let a near copy of a withheld item leave, for a reason that is recorded (repeatable);
    /// passage:ID=REASON lets all leave that share a passage
    #[arg(long, value_name = "ITEM=REASON")]
    allow: Vec<String>,
    /// Go on with an unfinished run although the list is not the one it was begun with
    #[arg(long)]
    change_list: bool,
    /// State circuits, memory, time and proof size, and prove nothing
    #[arg(long)]
    plan: bool,
    /// Memory that proving may take, such as 4G or 900M [default: three quarters of what is free]
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    memory: Option<u64>,
    /// Most items in one proof
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    batch: Option<u32>,
    /// Answer although the budget of the case is used up (candor case budget): why; it is logged
    #[arg(long, value_name = "REASON", value_parser = crate::cli::common::in_words)]
    over_budget: Option<String>,
    /// Whether the bundle contains the public leaves, about 90 bytes an item. Without them it can only be verified
    /// where the file 'leaves' lies beside the commitment file, as it was published
    #[arg(long, value_enum, value_name = "WHICH", default_value = "auto")]
    leaves: WithLeaves,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum WithLeaves {
    /// In the first bundle over a commitment, and while they are small
    Auto,
    /// Contained
    Include,
    /// Left out
    Omit,
}

pub(super) fn run(common: &Common, args: ProveArgs) -> anyhow::Result<Exit> {
    let vault = Vault::open(&args.case)?;
    let any = args.secret.open(&args.classifier)?;
    let classifier = any.held_of(&args.classifier)?;
    let mut plan = PlanOptions {
        max_items: args.batch.map(|n| n as usize),
        ..PlanOptions::default()
    };
    if let Some(memory) = args.memory {
        plan.memory = memory;
    }
    let (planned, items) = prove::plan_case(&vault, classifier, &plan)?;
    let before = Before::of(common, &vault, classifier)?;
    let withhold = match list(common, &args, &vault, classifier) {
        Ok(list) => list,
        Err(error) => return Err(refused(error, args.json)),
    };
    let options = ProveOptions {
        plan,
        withhold,
        change_list: args.change_list,
        allow: args.allow.clone(),
        over_budget: args.over_budget.clone(),
        leaves: match args.leaves {
            WithLeaves::Auto => Leaves::Auto,
            WithLeaves::Include => Leaves::Include,
            WithLeaves::Omit => Leaves::Omit,
        },
        ..ProveOptions::default()
    };
    let progress = common.cancellable_progress();
    if args.plan {
        let kept_back = |answer: &crate::requests::Answer| answer.withheld.count() > 0;
        let asked = !options.withhold.entries().is_empty()
            || !options.allow.is_empty()
            || before.standing.answers.iter().any(kept_back)
            || place::chain(&vault)?.len() > 1;
        let checked = asked
            .then(|| prove::check_terms(&vault, classifier, &options, progress.as_ref()))
            .transpose();
        drop(progress);
        let checked = checked.map_err(|error| refused(error, args.json))?;
        checked
            .iter()
            .for_each(|checked| handed_over(&checked.guard));
        print_plan(&planned, items, &before, checked.as_ref(), args.json);
        return Ok(Exit::Ok);
    }
    before.say();
    common.say(format_args!(
        "{items} items to prove in {} proofs, about {:.0} CPU seconds and {} MiB of memory",
        planned.batches.len(),
        planned.cpu_seconds().max(1.0),
        planned.memory() >> 20
    ));
    let output = args.output.context("no output given")?;
    output::check_folder(&output, "a bundle")?;
    let facts = [
        ("bundle", output.display().to_string()),
        ("classifier", hex::encode(classifier.hash())),
    ];
    let act = common.begin(&args.case, "prove", facts, prove::doing(&output))?;
    let summary = match prove::prove_case(
        &common.around,
        &vault,
        classifier,
        &output,
        &options,
        progress.as_ref(),
    ) {
        Err(
            error @ (ProveError::Cancelled
            | ProveError::DryRun(DryRunError::Cancelled)
            | ProveError::Guard(GuardError::Cancelled)),
        ) => {
            return Err(InterruptedError(error.to_string()).into());
        }
        Err(ProveError::Requests(over @ RequestsError::OverBudget { .. })) => {
            return Err(UsageError(over.to_string()).into());
        }
        Err(error) => return Err(refused(error, args.json)),
        Ok(summary) => summary,
    };
    let mut facts = summary.custody(&output);
    if let Some(reason) = args.over_budget {
        facts.push(("over_budget", reason));
    }
    act.done(facts)?;
    if args.json {
        let mut told = serde_json::to_value(&summary.report)?;
        told["allowed"] = serde_json::to_value(summary.terms.allowed())?;
        told["guard"] = serde_json::to_value(&summary.guard)?;
        clean::print_json(&told)?;
    } else {
        println!("{}", summary.report.headline());
        println!("{}", summary.report.identity());
        if worth_a_line(&summary.guard) {
            println!("{}", guarded(&summary.guard, summary.terms.allowed().len()));
        }
        println!("bundle: {}", output.display());
        if summary.proved_now < summary.batches {
            common.say(format_args!(
                "resumed: {} of {} proofs were there already",
                summary.batches - summary.proved_now,
                summary.batches
            ));
        }
        let leaves = output.join(crate::bundle::layout::LEAVES);
        if !leaves.is_file() {
            common.say(format_args!(
                "This bundle has no leaves of its own. Hand over {} as well, if that was not done with an earlier \
                 bundle: it has to lie beside commitment.json wherever the bundle is verified.",
                args.case.join(crate::commit::commitment::LEAVES_NAME).display()
            ));
        }
        let hash = hex::encode(classifier.hash());
        match chain::advice(&vault, &output, &args.classifier, &hash)? {
            Some(together) => common.say(together),
            None => common.say(format_args!(
                "Hand over the bundle. Anybody can check it with:\n  candor verify-bundle {} --commitment {} --classifier {}",
                output.display(),
                args.case.join(crate::commit::commitment::FILE_NAME).display(),
                args.classifier.display()
            )),
        }
    }
    handed_over(&summary.guard);
    Ok(Exit::Ok)
}

/// What a responder should know before answering: what the classifier looks for, and what was answered.
struct Before {
    warnings: Vec<Warning>,
    standing: Standing,
}

impl Before {
    fn of(common: &Common, vault: &Vault, classifier: Held<'_>) -> anyhow::Result<Self> {
        let progress = common.progress();
        let (warnings, scored) =
            explain::warnings_on(classifier.classifier(), vault, None, progress.as_ref())?;
        // Of pictures only a sample may have been evaluated; then the matches are not known.
        let matches = (scored.left_out == 0).then(|| scored.matching());
        Ok(Before {
            warnings,
            standing: Standing::of(vault, Some(classifier.published()), matches.as_ref())?,
        })
    }

    /// On standard error, quiet or not: nobody should answer without having seen it.
    fn say(&self) {
        self.warnings
            .iter()
            .for_each(|w| eprintln!("WARNING: {}", w.text));
        self.standing
            .lines()
            .iter()
            .for_each(|line| eprintln!("{}", escape(line)));
    }
}

/// The list that is given; without one, what was decided in the review of the case.
fn list(
    common: &Common,
    args: &ProveArgs,
    vault: &Vault,
    classifier: Held<'_>,
) -> Result<WithholdList, ProveError> {
    if let Some(path) = &args.withhold {
        return Ok(WithholdList::read(path)?);
    }
    let review = Review::open(vault.case(), &classifier.hash())?;
    let decided = review.withheld();
    if !decided.is_empty() {
        common.say(format_args!(
            "{} items are withheld as decided in the review of this case ({})",
            decided.len(),
            review.path().display()
        ));
    }
    Ok(WithholdList::of(&decided))
}

/// Whether there was anything that the guard could compare.
fn worth_a_line(guard: &Findings) -> bool {
    guard.withheld + guard.earlier + guard.withheld_elsewhere > 0 || !guard.unreachable.is_empty()
}

/// What no list can keep back any more, on standard error, quiet or not.
fn handed_over(guard: &Findings) {
    for handed in &guard.handed_over {
        eprintln!("WARNING: {}", escape(&handed.to_string()));
    }
}

/// What the guard did, in a line.
fn guarded(guard: &Findings, allowed: usize) -> String {
    let mut line = guard.summary();
    if allowed > 0 {
        line += &format!("; {allowed} near copies go out as allowed");
    }
    line
}

/// The error of a refused run, which programs get in their own form besides.
fn refused(error: ProveError, json: bool) -> anyhow::Error {
    let told = match &error {
        ProveError::OtherTerms { differences, .. } => {
            serde_json::json!({"error": "other_terms", "differences": differences})
        }
        ProveError::OtherDecisions { differences, .. } => {
            serde_json::json!({"error": "other_decisions", "differences": differences})
        }
        ProveError::Disclosure(refusal) => {
            serde_json::json!({"error": "disclosure", "refusal": refusal})
        }
        ProveError::Withhold(list) => withhold_json(list),
        ProveError::Allow(_) => serde_json::json!({"error": "allow", "what": error.to_string()}),
        _ => return error.into(),
    };
    if json {
        // Standard output may be closed; the error is told all the same.
        let _ = clean::print_json(&told);
    }
    match error {
        ProveError::Disclosure(refusal) if refusal.exact.is_empty() && refusal.near.is_empty() => {
            UsageError(refusal.to_string()).into()
        }
        ProveError::Disclosure(refusal) => RefusedError(refusal.to_string()).into(),
        ProveError::OtherTerms { .. } | ProveError::OtherDecisions { .. } => {
            UsageError(error.to_string()).into()
        }
        ProveError::Allow(_) => UsageError(format!("--allow: {error}")).into(),
        _ => error.into(),
    }
}

fn withhold_json(error: &WithholdError) -> serde_json::Value {
    serde_json::json!({"error": "withhold_list", "mistakes": error.mistakes()})
}

fn print_plan(plan: &Plan, items: usize, before: &Before, checked: Option<&Checked>, json: bool) {
    if json {
        let batches: Vec<_> = plan
            .batches
            .iter()
            .map(|b| {
                serde_json::json!({
                    "items": b.items,
                    "rows": b.shape.rows(),
                    "columns": b.shape.advice_columns(),
                    "lanes": b.shape.lanes(),
                    "folds": b.shape.folds(),
                    "slots": b.shape.slots(),
                    "memory_bytes": prove::plan::memory(&b.shape),
                    "cpu_seconds": prove::plan::cpu_seconds(&b.shape),
                    "proof_bytes": b.shape.proof_bytes(),
                })
            })
            .collect();
        let mut value = serde_json::json!({
            "warnings": before.warnings,
            "requests": before.standing,
            "items": items,
            "batches": batches,
            "memory_bytes": plan.memory(),
            "cpu_seconds": plan.cpu_seconds(),
            "proof_bytes": plan.proof_bytes(),
        });
        if let Some(checked) = checked {
            value["withheld"] = serde_json::json!(checked.terms.withheld());
            value["allowed"] = serde_json::json!(checked.terms.allowed());
            value["guard"] = serde_json::json!(checked.guard);
        }
        println!("{}", clean::json(&format!("{value:#}")));
        return;
    }
    for warning in &before.warnings {
        println!("WARNING: {}", warning.text);
    }
    for line in before.standing.lines() {
        println!("{}", escape(&line));
    }
    println!("{items} items in {} proofs", plan.batches.len());
    for (i, b) in plan.batches.iter().enumerate() {
        println!(
            "  proof {i}: {} items, {} rows x {} columns ({} lanes, {} folds, {} items per column), \
             {} MiB, {:.1} CPU s, {} bytes",
            b.items,
            b.shape.rows(),
            b.shape.advice_columns(),
            b.shape.lanes(),
            b.shape.folds(),
            b.shape.slots(),
            prove::plan::memory(&b.shape) >> 20,
            prove::plan::cpu_seconds(&b.shape),
            b.shape.proof_bytes(),
        );
    }
    if let Some(checked) = checked {
        println!("{}", guarded(&checked.guard, checked.terms.allowed().len()));
        for finding in checked.guard.told() {
            println!("  {finding}");
        }
    }
    println!(
        "estimated: {:.1} CPU seconds, {} MiB peak memory, {} bytes of proofs",
        plan.cpu_seconds(),
        plan.memory() >> 20,
        plan.proof_bytes()
    );
}
