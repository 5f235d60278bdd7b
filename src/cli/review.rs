//! `candor review`: which matching items are to be withheld, as recorded in the case.

use super::common::Secret;
use super::{Common, Exit};
use crate::bundle::Withheld;
use crate::clean::{self, line as escape};
use crate::commit::Vault;
use crate::output::{Kind, Target};
use crate::prove::{self, WithholdList};
use crate::review::{self, Review};
use crate::sealed::{AnyClassifier, Held};
use anyhow::Context;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Decisions to withhold, kept in the case
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The terminal application and these commands share the decisions; candor prove without --withhold
withholds what they say. They lie in CASE/vault/, one file for each classifier.")]
pub struct ReviewArgs {
    #[command(subcommand)]
    command: ReviewCommand,
}

#[derive(Clone, Debug, clap::Args)]
struct Which {
    /// The case
    #[arg(long, value_name = "CASE")]
    case: PathBuf,
    /// The requester's classifier file
    #[arg(long, value_name = "FILE")]
    classifier: PathBuf,
    #[command(flatten)]
    secret: Secret,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum ReviewCommand {
    /// List what is withheld, why, and since when
    #[command(after_help = "Example:\n  candor review list --case acme --classifier request.clf")]
    List {
        #[command(flatten)]
        which: Which,
        /// Print the decisions as JSON, with everything that was undone
        #[arg(long)]
        json: bool,
    },
    /// Write the decisions as a list for --withhold (CSV: item, reason, description)
    #[command(after_help = "\
Examples:
  candor review export --case acme --classifier request.clf -o withheld.csv
  candor review export --case acme --classifier request.clf > withheld.csv")]
    Export {
        #[command(flatten)]
        which: Which,
        /// The file, which must not exist yet [default: standard output]
        #[arg(short, long, value_name = "LIST.csv")]
        output: Option<PathBuf>,
    },
    /// Record a list (CSV: item, reason, description) as decisions
    #[command(after_help = "\
Items of the list are withheld as it says; decisions on other items stay, unless --replace is given.
A list with a mistake changes nothing. One undo in the terminal application takes all of it back.

Example:
  candor review import privileged.csv --case acme --classifier request.clf")]
    Import {
        /// The list
        #[arg(value_name = "LIST.csv")]
        list: PathBuf,
        #[command(flatten)]
        which: Which,
        /// Release what is not on the list
        #[arg(long)]
        replace: bool,
        /// Print the decisions afterwards as JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(common: &Common, args: ReviewArgs) -> anyhow::Result<Exit> {
    match args.command {
        ReviewCommand::List { which, json } => {
            let (vault, _, review) = open(common, &which)?;
            remarks(&review);
            print(&review, &vault, json)?;
        }
        ReviewCommand::Export { which, output } => {
            // People go on writing in such a list.
            let list = Kind::unique("a list of decisions");
            let inputs = [&*which.case, &*which.classifier];
            let target = |path: &PathBuf| Target::new(path, list, None, &inputs);
            let target = output.as_ref().map(target).transpose()?;
            let (vault, _, review) = open(common, &which)?;
            remarks(&review);
            let csv = review::to_csv(&review, &vault)?;
            match target {
                Some(target) => {
                    let path = target.path().to_owned();
                    target.write(&csv)?;
                    common.say(format_args!(
                        "{}: {} withheld",
                        path.display(),
                        review.decisions().len()
                    ));
                }
                None => clean::Out.write_all(&csv)?,
            }
        }
        ReviewCommand::Import {
            list,
            which,
            replace,
            json,
        } => {
            let (vault, classifier, mut review) = open(common, &which)?;
            remarks(&review);
            let before = review.decisions().clone();
            let held = classifier.held_of(&which.classifier)?;
            let items = read(common, &list, &vault, held)?;
            if replace {
                review.replace(&common.around, items)?;
            } else {
                review.withhold_all(&common.around, items)?;
            }
            let after = review.decisions();
            let new = after.keys().filter(|n| !before.contains_key(n)).count();
            let released = before.keys().filter(|n| !after.contains_key(n)).count();
            let changed = (after.iter())
                .filter(|(n, now)| before.get(n).is_some_and(|was| was != *now))
                .count();
            if json {
                print(&review, &vault, true)?;
            } else {
                println!(
                    "{} withheld: {new} new, {changed} changed, {released} released",
                    after.len()
                );
            }
        }
    }
    Ok(Exit::Ok)
}

fn open(common: &Common, which: &Which) -> anyhow::Result<(Vault, AnyClassifier, Review)> {
    common.recover(&which.case)?;
    let vault = Vault::open(&which.case)?;
    let classifier = which.secret.open_if_given(&which.classifier)?;
    let review = Review::open(&which.case, &classifier.hash())?;
    if let Some((index, _)) = review.decisions().last_key_value()
        && *index >= vault.len()
    {
        anyhow::bail!(
            "{}: item {index} is withheld, but the case has {} items: these are decisions on another case",
            review.path().display(),
            vault.len()
        );
    }
    Ok((vault, classifier, review))
}

/// A cut-off decision concerns everybody, also who reads results by program.
fn remarks(review: &Review) {
    for remark in review.remarks() {
        eprintln!("remark: {}", escape(remark));
    }
}

fn print(review: &Review, vault: &Vault, json: bool) -> anyhow::Result<()> {
    let mut decisions = Vec::new();
    for (index, decision) in review.decisions() {
        let item = vault.item(*index)?;
        decisions.push((*index, decision, item.meta().path.clone()));
    }
    if json {
        let decisions: Vec<_> = decisions
            .into_iter()
            .map(|(index, decision, path)| {
                serde_json::json!({
                    "item": index,
                    "path": path,
                    "reason": decision.reason,
                    "description": decision.description,
                    "decided_at": decision.decided_at,
                })
            })
            .collect();
        let value = serde_json::json!({
            "withheld": decisions.len(),
            "decisions": decisions,
            "history": review.history(),
            "remarks": review.remarks(),
            "file": review.path(),
        });
        clean::print_json(&value)?;
        return Ok(());
    }
    for (index, decision, path) in &decisions {
        println!(
            "{index:>7}  {:<9}  {}  {}\n                    {}",
            decision.reason.code(),
            escape(&decision.decided_at),
            escape(path),
            escape(&decision.description)
        );
    }
    println!("{} withheld", decisions.len());
    Ok(())
}

/// Reads a list and looks its items up.
fn read(
    common: &Common,
    list: &Path,
    vault: &Vault,
    classifier: Held<'_>,
) -> anyhow::Result<Vec<Withheld>> {
    let read = WithholdList::read(list).with_context(|| list.display().to_string())?;
    let facts = prove::facts(vault, classifier, common.progress().as_ref())?;
    read.resolve(&facts)
        .with_context(|| list.display().to_string())
}
