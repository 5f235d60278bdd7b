//! `candor classify`: the responder's dry run of a classifier.

use super::{Common, Exit};
use crate::classify::Classifier;
use crate::clean::{self, line as escape};
use crate::commit::Vault;
use crate::dryrun::{Counts, Outcome, Row, Table, dry_run_over};
use crate::explain::{self, scores::Scored};
use anyhow::Context;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Show which committed items a classifier selects, without proving anything
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Takes seconds. The outcome is exactly what the proofs will show. Use it to read the matching items,
to decide what is privileged, and to see how close the others are: a score is not negative exactly
for a match. Of a network that compares classes it is the distance between the best class that matches
and its strongest rival.

Examples:
  candor classify --case acme --classifier spam.clf
  candor classify --case acme --classifier spam.clf --csv review.csv
  candor classify --case acme --classifier spam.clf --json | jq .counts")]
pub struct ClassifyArgs {
    /// The case's folder
    #[arg(long, value_name = "CASE")]
    case: PathBuf,
    /// The requester's classifier file
    #[arg(long, value_name = "FILE")]
    classifier: PathBuf,
    /// Write a row for every item to this CSV file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Print counts and matching items as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(common: &Common, args: ClassifyArgs) -> anyhow::Result<Exit> {
    common.recover(&args.case)?;
    let vault = Vault::open(&args.case)?;
    let classifier = crate::input::classifier(&args.classifier)?;
    let unwritable = |path: &Path| format!("cannot write {}", path.display());
    let mut table = match &args.csv {
        Some(path) => {
            let table = Table::create(path).with_context(|| unwritable(path))?;
            Some((path, table))
        }
        None => None,
    };
    let progress = common.progress();
    let mut matches = Vec::new();
    let mut scored = Scored::default();
    // People read the table: by path, not by the numbers, which are random.
    let order = vault.in_reading_order();
    let counts = dry_run_over(&vault, &classifier, &order, progress.as_ref(), |row| {
        if let Some((_, table)) = &mut table {
            table.write(&row)?;
        }
        scored
            .items
            .extend(row.outcome.score().map(|score| (row.item, score)));
        if matches!(row.outcome, Outcome::Match { .. }) {
            matches.push(row);
        }
        Ok(())
    })?;
    scored.items.sort_unstable();
    let told = explain::on_case(&classifier, &vault, Some(scored), progress.as_ref())?;
    let warnings = told.warnings();
    drop(progress);
    if let Some((path, table)) = table {
        table.finish().with_context(|| unwritable(path))?;
    }
    // Of equal scores, by path.
    matches.sort_by_key(|row| std::cmp::Reverse(row.outcome.score()));
    let mut out = clean::Cleaning::new(clean::Out);
    if args.json {
        let report = serde_json::json!({
            "root": vault.commitment().root_hex(),
            "classifier": { "name": classifier.name(), "sha256": hex::encode(classifier.hash()) },
            "warnings": warnings,
            "counts": counts,
            "matches": matches,
        });
        writeln!(out, "{}", clean::to_json(&report)?)?;
    } else {
        for warning in &warnings {
            writeln!(out, "WARNING: {}", warning.text)?;
        }
        show(&mut out, &classifier, &counts, &matches)?;
    }
    Ok(Exit::Ok)
}

fn show(
    out: &mut impl Write,
    classifier: &Classifier,
    counts: &Counts,
    matches: &[Row],
) -> std::io::Result<()> {
    for row in matches {
        let score = row.outcome.score().unwrap_or_default();
        let copy = match row.duplicate_of {
            Some(first) => format!("  (same bytes as item {first})"),
            None => String::new(),
        };
        writeln!(
            out,
            "{:>8}  {score:>10}  {}{copy}",
            row.item,
            escape(&row.path)
        )?;
    }
    if !matches.is_empty() {
        writeln!(out)?;
    }
    writeln!(
        out,
        "Classifier: {} (claimed by its author)",
        escape(classifier.name())
    )?;
    writeln!(out, "  sha256 {}", hex::encode(classifier.hash()))?;
    writeln!(out, "Committed items        {:>10}", counts.committed)?;
    writeln!(out, "  match                {:>10}", counts.matches)?;
    if counts.duplicate_matches > 0 {
        writeln!(
            out,
            "    of these duplicates{:>10}",
            counts.duplicate_matches
        )?;
    }
    writeln!(out, "  do not match         {:>10}", counts.no_matches)?;
    if counts.other_form > 0 {
        writeln!(out, "  of another form      {:>10}", counts.other_form)?;
    }
    writeln!(out, "  exceptions           {:>10}", counts.exceptions)?;
    if counts.partly_read > 0 {
        writeln!(
            out,
            "{} of the items that were searched were read in part only, {} items not at all",
            counts.partly_read, counts.exceptions
        )?;
    }
    Ok(())
}
