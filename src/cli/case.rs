//! `candor case`: looking after a case.

use super::chain::{self, ChainArgs};
use super::items::{self, ItemsArgs};
use super::lock::{self, LockArgs};
use super::{Common, Exit};
use crate::clean::{self, line as escape};
use crate::commit::{Vault, audit::audit};
use crate::custody::Doing;
use crate::requests::{self, Standing};
use std::path::{Path, PathBuf};

/// Look after a case
#[derive(Debug, clap::Args)]
pub struct CaseArgs {
    #[command(subcommand)]
    command: CaseCommand,
}

#[derive(Debug, clap::Subcommand)]
enum CaseCommand {
    /// Check that a case is intact: that the vault still opens everything that was committed
    #[command(after_help = "\
Reads every document and recomputes every digest and commitment. Exit code 1 if anything is not as
it was committed.

Example:
  candor case check acme")]
    Check {
        /// The case's folder
        #[arg(value_name = "CASE")]
        case: PathBuf,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Lock the vault with a passphrase while nobody works with it
    #[command(after_help = lock::LOCK_HELP)]
    Lock(LockArgs),
    /// Unlock a locked vault
    #[command(after_help = lock::UNLOCK_HELP)]
    Unlock(LockArgs),
    /// List everything that was committed, item by item, and how far it was read
    #[command(after_help = "\
What an item has that could not be read is named by code. An item read in part was searched in part: a
request that it does not match says nothing about the rest.

Examples:
  candor case items --case acme --status partly-read --status exception
  candor case items --case acme --csv > items.csv
  candor case items --case acme --json --text --path 2001/")]
    Items(ItemsArgs),
    /// Show the chain of commitments that a case belongs to, and say where a case of it lies now
    #[command(after_help = chain::HELP)]
    Chain(ChainArgs),
    /// List the requests answered over a case, and how many bits about how many items they revealed
    #[command(after_help = "\
Every answer tells one bit about every item of the classifier's form. Classifiers that hardly differ
from each other measure single documents: with --classifier, a request is compared with those that
were answered.

Examples:
  candor case requests acme
  candor case requests acme --classifier request.clf --json")]
    Requests {
        /// The case's folder
        #[arg(value_name = "CASE")]
        case: PathBuf,
        /// A request at hand
        #[arg(long, value_name = "FILE")]
        classifier: Option<PathBuf>,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Set the most bits that answers may reveal about an undisclosed item
    #[command(after_help = "\
Beyond it, candor prove refuses, unless it is given --over-budget and a reason, which the custody log
keeps. Without an option the budget is shown.

Examples:
  candor case budget acme --bits 3
  candor case budget acme --none
  candor case budget acme")]
    Budget {
        /// The case's folder
        #[arg(value_name = "CASE")]
        case: PathBuf,
        /// Most bits about an undisclosed item: each classifier answered is one
        #[arg(long, value_name = "N", conflicts_with = "none")]
        bits: Option<u32>,
        /// Remove the budget
        #[arg(long)]
        none: bool,
    },
}

pub(super) fn run(common: &Common, args: CaseArgs) -> anyhow::Result<Exit> {
    match args.command {
        CaseCommand::Check { case, json } => check(common, &case, json),
        CaseCommand::Lock(args) => lock::lock(common, &args),
        CaseCommand::Unlock(args) => lock::unlock(common, &args),
        CaseCommand::Items(args) => {
            common.recover(args.case())?;
            items::run(args)
        }
        CaseCommand::Chain(args) => chain::run(common, &args),
        CaseCommand::Requests {
            case,
            classifier,
            json,
        } => {
            common.recover(&case)?;
            list(&case, classifier.as_deref(), json)
        }
        CaseCommand::Budget { case, bits, none } => {
            common.recover(&case)?;
            budget(common, &case, bits, none)
        }
    }
}

fn list(case: &Path, classifier: Option<&Path>, json: bool) -> anyhow::Result<Exit> {
    let vault = Vault::open(case)?;
    let request = classifier.map(crate::input::any_classifier).transpose()?;
    let standing = Standing::of(&vault, request.as_ref().map(Into::into), None)?;
    if json {
        println!("{}", clean::to_json(&standing)?);
        return Ok(Exit::Ok);
    }
    for line in standing.lines() {
        println!("{}", escape(&line));
    }
    for answer in &standing.answers {
        println!(
            "\n{}  {} (claimed by its author)\n  {}: {} produced, {} withheld; proved {}",
            answer.classifier,
            escape(&answer.name),
            answer.form,
            answer.produced.count(),
            answer.withheld.count(),
            escape(&answer.created.join(", "))
        );
    }
    Ok(Exit::Ok)
}

fn budget(common: &Common, case: &Path, bits: Option<u32>, none: bool) -> anyhow::Result<Exit> {
    // A folder without a vault is not a case.
    Vault::open(case)?;
    if bits.is_some() || none {
        let facts = [(
            "bits",
            bits.map_or("none".to_owned(), |bits| bits.to_string()),
        )];
        let doing = Doing::leaving(requests::budget_file(case));
        let act = common.begin(case, "budget", facts.clone(), doing)?;
        requests::set_budget(case, bits)?;
        act.done(facts)?;
    }
    println!(
        "{}",
        match requests::budget(case)? {
            Some(bits) => format!("budget: {bits} about an undisclosed item"),
            None => "budget: none".to_owned(),
        }
    );
    Ok(Exit::Ok)
}

fn check(common: &Common, case: &Path, json: bool) -> anyhow::Result<Exit> {
    common.recover(case)?;
    let vault = Vault::open(case)?;
    let progress = common.progress();
    let audit = audit(&vault, progress.as_ref());
    drop(progress);
    if json {
        clean::print_json(&audit)?;
    } else {
        for problem in &audit.problems {
            println!("item {}: {}", problem.item, escape(&problem.problem));
        }
        let listed = audit.problems.len() as u32;
        if audit.damaged > listed {
            println!("and {} more", audit.damaged - listed);
        }
        if !audit.root_matches {
            println!("the leaves do not have the published root");
        }
        let verdict = if audit.is_sound() {
            "intact"
        } else {
            "DAMAGED"
        };
        println!("{}: {} items, {verdict}", case.display(), audit.items);
        println!("root {}", vault.commitment().root_hex());
    }
    Ok(if audit.is_sound() {
        Exit::Ok
    } else {
        Exit::Failed
    })
}
