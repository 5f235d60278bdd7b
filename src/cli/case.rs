//! `candor case`: looking after a case.

use super::{Common, Exit};
use crate::clean::{self, line as escape};
use crate::commit::{Vault, audit::audit};
use std::path::PathBuf;

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
}

pub(super) fn run(common: &Common, args: CaseArgs) -> anyhow::Result<Exit> {
    let CaseCommand::Check { case, json } = args.command;
    let vault = Vault::open(&case)?;
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
