//! `candor classify`: the responder's dry run of a classifier.

use super::common::{Force, Secret};
use super::{Common, Exit};
use crate::clean::{self, line as escape};
use crate::commit::Vault;
use crate::dryrun::{self, Counts, Outcome, Row, Table, dry_run_over};
use crate::explain::{self, scores::Scored};
use crate::output::Target;
use crate::sealed::Held;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Show which committed items a classifier selects, without proving anything
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Takes seconds. The outcome is exactly what the proofs will show. Use it to read the matching items,
to decide what is privileged, and to see how close the others are: a score is not negative exactly
for a match. Of a network that compares classes it is the distance between the best class that matches
and its strongest rival. The ten items nearest to zero are shown; --csv writes all of them.

Examples:
  candor classify --case acme --classifier spam.clf
  candor classify --case acme --classifier spam.clf --csv review.csv
  candor classify --case acme --classifier model.sealed --secret model.secret
  candor classify --case acme --classifier spam.clf --json | jq .counts")]
pub struct ClassifyArgs {
    /// The case's folder
    #[arg(long, value_name = "CASE")]
    case: PathBuf,
    /// The classifier file: the requester's, or a sealed one of your own
    #[arg(long, value_name = "FILE")]
    classifier: PathBuf,
    #[command(flatten)]
    secret: Secret,
    /// Write a row for every item to this CSV file: outcome, score, custodian, date, sender, subject, path
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    force: Force,
    /// Print counts, counts by type, the items nearest to the threshold and all matching items as JSON
    #[arg(long)]
    json: bool,
}

/// How many items are shown of those that are nearest to the threshold.
const NEAREST: usize = 10;

/// What becomes of the items of one media type.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct OfType {
    matches: u32,
    no_matches: u32,
    other_form: u32,
    exceptions: u32,
}

type Types = BTreeMap<String, OfType>;

impl OfType {
    fn add(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::Match { .. } => &mut self.matches,
            Outcome::NoMatch { .. } => &mut self.no_matches,
            Outcome::OtherForm => &mut self.other_form,
            Outcome::Exception { .. } => &mut self.exceptions,
        } += 1;
    }
}

/// Keeps a row if it is among the nearest to the threshold so far, on either side of it.
fn keep_near(nearest: &mut Vec<Row>, row: &Row) {
    let distance = |row: &Row| row.outcome.score().map(i64::unsigned_abs);
    let Some(own) = distance(row) else { return };
    let at = nearest.partition_point(|other| distance(other) <= Some(own));
    if at < NEAREST {
        nearest.insert(at, row.clone());
        nearest.truncate(NEAREST);
    }
}

pub(super) fn run(common: &Common, args: ClassifyArgs) -> anyhow::Result<Exit> {
    let inputs = [&*args.case, &*args.classifier];
    let target = |path: &PathBuf| Target::new(path, dryrun::KIND, args.force, &inputs);
    let target = args.csv.as_ref().map(target).transpose()?;
    common.recover(&args.case)?;
    let vault = Vault::open(&args.case)?;
    let any = args.secret.open(&args.classifier)?;
    let classifier = any.held_of(&args.classifier)?;
    let mut table = target.map(Table::create).transpose()?;
    let progress = common.progress();
    let mut matches = Vec::new();
    let (mut types, mut nearest) = (Types::new(), Vec::new());
    let mut scored = Scored::default();
    // People read the table: by path, not by the numbers, which are random.
    let order = vault.in_reading_order();
    let counts = dry_run_over(&vault, classifier, &order, progress.as_ref(), |row| {
        if let Some(table) = &mut table {
            table.write(&row)?;
        }
        scored
            .items
            .extend(row.outcome.score().map(|score| (row.item, score)));
        types
            .entry(row.media_type.clone())
            .or_default()
            .add(&row.outcome);
        keep_near(&mut nearest, &row);
        if args.json && matches!(row.outcome, Outcome::Match { .. }) {
            matches.push(row);
        }
        Ok(())
    })?;
    scored.items.sort_unstable();
    let (warnings, _) = explain::warnings_on(
        classifier.classifier(),
        &vault,
        Some(scored),
        progress.as_ref(),
    )?;
    drop(progress);
    if let Some(table) = table {
        table.finish()?;
    }
    let mut out = clean::Cleaning::new(clean::Out);
    if args.json {
        // Of equal scores, by path.
        matches.sort_by_key(|row| std::cmp::Reverse(row.outcome.score()));
        let report = serde_json::json!({
            "root": vault.commitment().root_hex(),
            "classifier": { "name": classifier.name(), "sha256": hex::encode(classifier.hash()) },
            "warnings": warnings,
            "counts": counts,
            "types": types,
            "nearest": nearest,
            "matches": matches,
            "list": args.csv,
        });
        writeln!(out, "{}", clean::to_json(&report)?)?;
    } else {
        for warning in &warnings {
            writeln!(out, "WARNING: {}", warning.text)?;
        }
        show(&mut out, classifier, &counts)?;
        show_types(&mut out, &types)?;
        show_nearest(&mut out, &nearest)?;
        show_list(&mut out, &counts, args.csv.as_deref())?;
    }
    Ok(Exit::Ok)
}

fn show(out: &mut impl Write, classifier: Held<'_>, counts: &Counts) -> std::io::Result<()> {
    writeln!(
        out,
        "Classifier: {} (claimed by its author){}",
        escape(classifier.name()),
        match classifier {
            Held::Public(_) => "",
            Held::Sealed(_) => ", sealed",
        }
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

fn show_types(out: &mut impl Write, types: &Types) -> std::io::Result<()> {
    let titles = ["match", "no match", "other form", "exception"];
    write!(out, "\n{:<44}", "Items by type")?;
    for title in titles {
        write!(out, " {title:>10}")?;
    }
    writeln!(out)?;
    for (media_type, n) in types {
        write!(out, "  {:<42}", escape(media_type))?;
        for count in [n.matches, n.no_matches, n.other_form, n.exceptions] {
            write!(out, " {count:>10}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn show_nearest(out: &mut impl Write, nearest: &[Row]) -> std::io::Result<()> {
    if nearest.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\nNearest to the threshold (item, score, outcome, path)"
    )?;
    for row in nearest {
        let score = row.outcome.score().unwrap_or_default();
        let outcome = match row.outcome {
            Outcome::Match { .. } => "match",
            _ => "no match",
        };
        let copy = match row.duplicate_of {
            Some(first) => format!("  (same bytes as item {first})"),
            None => String::new(),
        };
        writeln!(
            out,
            "{:>8}  {score:>10}  {outcome:<8}  {}{copy}",
            row.item,
            escape(&row.path)
        )?;
    }
    Ok(())
}

/// Where every item is listed, or how to have them listed.
fn show_list(out: &mut impl Write, counts: &Counts, csv: Option<&Path>) -> std::io::Result<()> {
    match csv {
        Some(path) => writeln!(
            out,
            "\nAll {} items, with scores: {}",
            counts.committed,
            escape(&path.display().to_string())
        ),
        None => writeln!(
            out,
            "\nAll {} items, with scores: again with --csv FILE",
            counts.committed
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_are_kept_from_both_sides_in_order() {
        let row = |item: u32, outcome: Outcome| Row {
            item,
            outcome,
            path: String::new(),
            parent: None,
            media_type: String::new(),
            duplicate_of: None,
            sha256: String::new(),
            control_number: None,
            partly_read: false,
            custodian: String::new(),
            subject: String::new(),
            date: String::new(),
            from: String::new(),
        };
        let mut nearest = Vec::new();
        for (item, score) in (0..).zip([900, -3, 700, 0, -1, 5, 600, 500, -400, 300, 200, i64::MIN])
        {
            let outcome = match score {
                0.. => Outcome::Match { score },
                _ => Outcome::NoMatch { score },
            };
            keep_near(&mut nearest, &row(item, outcome));
        }
        keep_near(&mut nearest, &row(99, Outcome::OtherForm));
        let items: Vec<u32> = nearest.iter().map(|row| row.item).collect();
        assert_eq!(items, [3, 4, 1, 5, 10, 9, 8, 7, 6, 2]);
    }
}
