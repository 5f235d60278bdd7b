//! `candor custody`: the log of what was done with a case.

use super::common::parse_hash;
use super::{Common, Exit};
use crate::clean::{self, line as escape};
use crate::custody;
use std::path::{Path, PathBuf};

/// Show or check the custody log of a case
#[derive(Clone, Debug, clap::Args)]
pub struct CustodyArgs {
    #[command(subcommand)]
    command: CustodyCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum CustodyCommand {
    /// List what was done, when
    #[command(after_help = "Example:\n  candor custody show acme")]
    Show {
        /// The case
        case: PathBuf,
        /// Print the entries as JSON
        #[arg(long)]
        json: bool,
    },
    /// Check the chain of hashes
    #[command(after_help = "\
A chain shows that no entry was changed, removed from the middle or put in. That its end was not cut
off shows only a hash that was noted elsewhere: give it with --head.

Examples:
  candor custody verify acme
  candor custody verify acme --head 5f0c...

Exit codes: 0 the chain holds, 1 it does not.")]
    Verify {
        /// The case
        case: PathBuf,
        /// A hash of the log that was noted earlier: the log must still contain it
        #[arg(long, value_name = "HASH", value_parser = parse_hash)]
        head: Option<String>,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Repair a last line that a crash has torn
    #[command(after_help = "\
A crash or a full disk can leave the beginning of a line at the end of the log. It is kept in a file of
its own beside the log, and the log goes on with an entry that says so; the chain holds. Commands that
write into the log do the same by themselves. Anything else that is wrong with a log was done by somebody,
and is not repaired.

Example:
  candor custody repair acme

Exit codes: 0 the log is intact now, 3 it is damaged otherwise.")]
    Repair {
        /// The case
        case: PathBuf,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
}

fn repair(common: &Common, case: &Path, json: bool) -> anyhow::Result<Exit> {
    if !case.is_dir() {
        anyhow::bail!("{} is not a case", case.display());
    }
    let repaired = custody::repair(&common.around, case)?;
    let head = custody::read(case)?.head().to_owned();
    if json {
        println!(
            "{:#}",
            serde_json::json!({ "repaired": repaired, "head": head })
        );
    } else {
        match repaired {
            Some(repaired) => println!("{}", escape(&repaired.to_string())),
            None => println!("nothing to repair: no line is torn"),
        }
        println!("head {head}");
    }
    Ok(Exit::Ok)
}

pub(super) fn run(common: &Common, args: CustodyArgs) -> anyhow::Result<Exit> {
    let (case, head, json, listing) = match args.command {
        CustodyCommand::Show { case, json } => (case, None, json, true),
        CustodyCommand::Verify { case, head, json } => (case, head, json, false),
        CustodyCommand::Repair { case, json } => return repair(common, &case, json),
    };
    if !case.is_dir() {
        anyhow::bail!("{} is not a case", case.display());
    }
    let chain = custody::read(&case)?;
    let contains = head
        .as_ref()
        .map(|head| chain.entries.iter().any(|entry| entry.hash == *head));
    let holds = chain.fault.is_none() && contains != Some(false);
    if json {
        let mut value = serde_json::json!({
            "intact": holds,
            "entries": chain.entries.len(),
            "head": chain.head(),
            "fault": chain.fault,
            "remarks": chain.remarks,
        });
        if let Some(contains) = contains {
            value["contains_head"] = contains.into();
        }
        if listing {
            value["log"] = serde_json::to_value(&chain.entries)?;
        }
        clean::print_json(&value)?;
    } else {
        if listing {
            for entry in &chain.entries {
                let facts: Vec<String> = entry
                    .facts
                    .iter()
                    .map(|(key, value)| format!("{}={}", escape(key), escape(value)))
                    .collect();
                println!(
                    "{:>4}  {}  {:<10} {}",
                    entry.seq,
                    escape(&entry.time),
                    escape(&entry.action),
                    facts.join(" ")
                );
            }
        }
        for remark in &chain.remarks {
            println!("remark: {}", escape(remark));
        }
        match (&chain.fault, contains) {
            (Some(fault), _) => println!("BROKEN: {}", escape(&fault.to_string())),
            (None, Some(false)) => println!("BROKEN: the noted hash is not in the log"),
            _ => println!("intact: {} entries", chain.entries.len()),
        }
        println!("head {}", chain.head());
        common.say("Note the head elsewhere, or sign it, so that nobody can cut the log short.");
    }
    Ok(if holds { Exit::Ok } else { Exit::Failed })
}
