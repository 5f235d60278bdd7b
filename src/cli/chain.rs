//! `candor case chain`: the cases of a chain, where they lie, and how they are verified together.

use super::{Common, Exit};
use crate::clean;
use crate::commit::Vault;
use crate::commit::commitment;
use crate::commit::earlier::place::{self, Member};
use crate::commit::succession;
use crate::custody::{self, CustodyError};
use crate::report;
use std::path::{Path, PathBuf};

pub(super) const HELP: &str = "\
A commitment and its supplements are one chain. The case before each is remembered by the vault, the one after it by
the custody log; whatever compares them (commit, prove, export) has to find them. Where one was moved, --moved says
where it lies now: it is told by its root, and noted in the custody log of CASE.

Examples:
  candor case chain acme-2
  candor case chain acme-2 --moved /archive/acme";

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct ChainArgs {
    /// The case's folder
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// Where the case lies now that CASE supplements, or that supplements CASE
    #[arg(long, value_name = "DIR")]
    moved: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(common: &Common, args: &ChainArgs) -> anyhow::Result<Exit> {
    common.recover(&args.case)?;
    if let Some(dir) = &args.moved {
        let root = place::note_moved(&common.around, &args.case, dir)?;
        common.say(format_args!(
            "noted: the case with root {root} lies in {} now",
            dir.display()
        ));
    }
    let vault = Vault::open(&args.case)?;
    let members = place::chain(&vault)?;
    let own = vault.commitment().root_hex();
    if args.json {
        clean::print_json(&serde_json::json!({"root": own, "chain": members}))?;
        return Ok(Exit::Ok);
    }
    for member in &members {
        println!("{}", line(member, own));
    }
    Ok(Exit::Ok)
}

fn line(member: &Member, own: &str) -> String {
    let mut out = format!(
        "{:<22} root {}  {}",
        succession::name(member.number),
        member.root,
        clean::line(&member.case.display().to_string())
    );
    match (&member.items, &member.unreachable) {
        (Some(items), _) => out += &format!("  ({items} items)"),
        (None, Some(why)) => out += &format!("  CANNOT BE OPENED: {}", clean::line(why)),
        (None, None) => {}
    }
    if let Some(by) = &member.replaced_by {
        out += &format!("  REPLACED by the one with root {by}");
    }
    if member.root == own {
        out += "  <- this case";
    }
    out
}

/// How a bundle that was just proved is verified with those of the other cases of its chain; nothing if its case is no
/// part of one. What was not proved yet for this classifier stands as a name in capitals.
pub(super) fn advice(
    vault: &Vault,
    bundle: &Path,
    classifier: &Path,
    hash: &str,
) -> anyhow::Result<Option<String>> {
    let members = place::chain(vault)?;
    let members: Vec<&Member> = members
        .iter()
        .filter(|member| {
            member.replaced_by.is_none() || member.root == vault.commitment().root_hex()
        })
        .collect();
    if members.len() < 2 {
        return Ok(None);
    }
    let (mut bundles, mut files, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for member in &members {
        files.push(member.case.join(commitment::FILE_NAME));
        let found = match member.root == vault.commitment().root_hex() {
            true => Some(bundle.to_owned()),
            false => proved(&member.case, hash)?,
        };
        let name = member
            .case
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        bundles.push(found.unwrap_or_else(|| {
            missing.push(clean::line(&member.case.display().to_string()));
            PathBuf::from(format!("BUNDLE-OF-{name}"))
        }));
    }
    let mut out = format!(
        "Hand over the bundle. It is one of {} that are verified together, the first commitment first:\n  {}",
        members.len(),
        report::chain_command_here(&bundles, &files, classifier)
    );
    if !missing.is_empty() {
        out += &format!(
            "\nNo bundle of {} for this classifier is known: without it the chain cannot be verified (candor prove).",
            missing.join(", ")
        );
    }
    Ok(Some(out))
}

/// The last bundle that a case proved for a classifier, if it is still there.
fn proved(case: &Path, hash: &str) -> Result<Option<PathBuf>, CustodyError> {
    if !case.exists() {
        return Ok(None);
    }
    let log = custody::read(case)?;
    let mut entries = log
        .entries
        .iter()
        .rev()
        .filter(|entry| entry.action == "prove");
    let of = |entry: &&custody::Entry| entry.facts.get("classifier").is_some_and(|c| c == hash);
    let found = entries.find(of).and_then(|entry| entry.facts.get("bundle"));
    Ok(found.map(PathBuf::from).filter(|path| path.exists()))
}
