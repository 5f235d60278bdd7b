//! `candor foia`: batches of freedom-of-information requests.

use super::exit::in_words;
use super::{Common, Exit, InterruptedError, UsageError};
use crate::clean::{self, line as escape};
use crate::commit::Vault;
use crate::custody;
use crate::export::foia::batch::SUMMARY;
use crate::export::foia::{Defaults, export_batch, read_requests};
use crate::export::{ExportError, LogFact, Named};
use crate::guard::allow;
use crate::output;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Answer batches of freedom-of-information requests
#[derive(Clone, Debug, clap::Args)]
pub struct FoiaArgs {
    #[command(subcommand)]
    command: FoiaCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum FoiaCommand {
    /// Export a folder per request: numbered documents, determination facts, Vaughn index, log row
    #[command(after_help = "\
REQUESTS is a folder with a folder per request (a bundle, or bundle/ with its own commitment.json,
one .clf and request.json beside it), or a CSV list with the columns
  request, bundle, commitment, classifier, case, requester, track, received, perfected, closed, target
of which only the first two are needed; paths are relative to the list, dates are YYYY-MM-DD.

Each request gets a folder with two halves: serve/ goes to whoever asked, internal/ stays with the agency.
With --case, dates and parties of withheld documents are in internal/; serve/ names them only if --log-facts
says so, and those of (b)(6), (b)(7)(C), (b)(7)(D) and (b)(7)(F) only if --personal-facts does.

Every bundle is verified first. A request that fails does not stop the batch; run the same command
again to go on after an interruption or a repair.

Examples:
  candor foia export requests.csv -o batch-2026-11
  candor foia export bundles/ --commitment commitment.json --classifier request.clf -o batch
  candor foia export requests.csv --case agency --log-facts date,type,author,to -o batch-2026-11
  candor foia export requests.csv --case agency --allow '12=a press release that counsel quotes' -o batch-2026-11

Exit codes: 0 all exported, 1 some failed (see internal/failures.csv), 4 all exported, but some items were
not searched.")]
    Export {
        /// A folder of requests or a CSV list
        #[arg(value_name = "REQUESTS")]
        requests: PathBuf,
        /// The folder to write, or to go on with
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
        /// The commitment file of requests that do not name their own
        #[arg(long, value_name = "FILE")]
        commitment: Option<PathBuf>,
        /// The classifier file of requests that do not name their own
        #[arg(long, value_name = "FILE")]
        classifier: Option<PathBuf>,
        /// The agency's case: writes a Vaughn index with dates and parties, and what was not searched with
        /// paths, into internal/
        #[arg(long, value_name = "CASE")]
        case: Option<PathBuf>,
        /// Facts of withheld documents that the served Vaughn index names: date, type, author, to
        #[arg(long, value_name = "FACTS", value_delimiter = ',', value_parser = LogFact::parse)]
        log_facts: Vec<LogFact>,
        /// The same for documents withheld to protect persons: (b)(6), (b)(7)(C), (b)(7)(D), (b)(7)(F)
        #[arg(long, value_name = "FACTS", value_delimiter = ',', value_parser = LogFact::parse)]
        personal_facts: Vec<LogFact>,
        /// A document that may leave although it resembles a withheld one: its number or path in the case, and
        /// why; the custody log keeps it. passage:ID=REASON is about all that share a passage. What was allowed when
        /// the bundle was made needs no second word
        #[arg(long, value_name = "ITEM=REASON")]
        allow: Vec<String>,
        /// Print the summary as JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(common: &Common, args: FoiaArgs) -> anyhow::Result<Exit> {
    let FoiaCommand::Export {
        requests,
        output,
        commitment,
        classifier,
        case,
        log_facts,
        personal_facts,
        allow,
        json,
    } = args.command;
    let named = Named {
        facts: log_facts,
        personal: personal_facts,
    };
    if output.starts_with(&requests) && requests.is_dir() {
        return Err(UsageError("the output cannot be inside the folder of requests".into()).into());
    }
    output::check_folder(&output, "a batch")?;
    let defaults = Defaults {
        commitment,
        classifier,
        case,
    };
    let mut found = read_requests(&requests, &defaults)?;
    let readable = found.iter().filter_map(|request| request.as_ref().ok());
    let cases: BTreeSet<PathBuf> = readable.filter_map(|r| r.case.clone()).collect();
    check_allowances(&cases, &allow)?;
    let mut acts = Vec::new();
    // A case that is not there, or that cannot be worked with, is the failure of its requests and of no others.
    for case in cases.into_iter().filter(|case| case.is_dir()) {
        let facts = [("batch", output.display().to_string())];
        let doing = custody::Doing::leaving(output.join(SUMMARY));
        match common.begin(&case, "foia export", facts, doing) {
            Ok(act) => acts.push(act),
            Err(error) => {
                let why = in_words(&error);
                for request in &mut found {
                    if let Ok(of_case) = request
                        && of_case.case.as_ref() == Some(&case)
                    {
                        *request = Err((of_case.number.clone(), why.clone()));
                    }
                }
            }
        }
    }
    let progress = common.cancellable_progress();
    let summary = match export_batch(&found, &output, &named, &allow, progress.as_ref()) {
        Err(ExportError::Cancelled) => {
            let what = "stopped as asked; run the same command again to go on";
            return Err(InterruptedError(what.to_owned()).into());
        }
        other => other?,
    };
    drop(progress);
    for act in acts {
        let mut facts = vec![
            ("batch", output.display().to_string()),
            ("requests", summary.requests.to_string()),
            ("exported", summary.exported.to_string()),
            ("failed", summary.failures.len().to_string()),
            ("served", named.record()),
        ];
        if !summary.allowed.is_empty() {
            facts.push(("allowed", serde_json::to_string(&summary.allowed)?));
        }
        act.done(facts)?;
    }
    for idle in &summary.idle {
        common.say(format!(
            "{idle} is allowed, but nothing was found about it in what was exported now: take the \
             allowance out"
        ));
    }
    for warning in named.warnings() {
        eprintln!("{warning}");
    }
    if json {
        clean::print_json(&summary)?;
    } else {
        println!(
            "{} items could not be searched, over {} exported requests (each one's search.txt says why)",
            summary.unprocessed,
            summary.exported + summary.earlier
        );
        println!(
            "{} of {} requests exported ({} in an earlier run): {} documents released, {} withheld",
            summary.exported, summary.requests, summary.kept, summary.released, summary.withheld
        );
        if summary.earlier > 0 {
            println!(
                "the folder also has {} requests of earlier batches: they stay in its log and are counted \
                 below",
                summary.earlier
            );
        }
        for allowance in &summary.allowed {
            println!(
                "  allowed to leave, although near a withheld document: item {}: {}",
                allowance.item,
                escape(&allowance.reason)
            );
        }
        for (disposition, count) in &summary.dispositions {
            println!("  {disposition:<34} {count:>6}");
        }
        if !summary.exemptions.is_empty() {
            println!("requests by exemption (each counts once per request):");
        }
        for (code, count) in &summary.exemptions {
            println!("  {code:<34} {count:>6}");
        }
        if !summary.failures.is_empty() {
            println!("FAILED:");
        }
        for failure in &summary.failures {
            let (request, reason) = (escape(&failure.request), escape(&failure.reason));
            println!("  {request}: {reason}");
        }
        println!("batch: {}", output.display());
    }
    Ok(if !summary.failures.is_empty() {
        Exit::Failed
    } else if summary.unprocessed > 0 {
        Exit::Exceptions
    } else {
        Exit::Ok
    })
}

/// Refuses allowances that make no sense, before anything is written.
fn check_allowances(cases: &BTreeSet<PathBuf>, allow: &[String]) -> anyhow::Result<()> {
    if allow.is_empty() {
        return Ok(());
    }
    let wrong = |what: &dyn std::fmt::Display| UsageError(format!("--allow: {what}"));
    match cases.iter().collect::<Vec<_>>()[..] {
        [case] => {
            let vault = Vault::open(case)?;
            allow::parse_in(&vault, allow).map_err(|error| wrong(&error))?;
            allow::passages(allow).map_err(|error| wrong(&error))?;
            Ok(())
        }
        [] => Err(wrong(&"no request names a case, so nothing is compared: name it with --case").into()),
        _ => Err(wrong(
            &"the requests are of several cases, where numbers mean other documents: export each case by itself",
        )
        .into()),
    }
}
