//! `candor accuracy`: how good a model is, before it is bought or relied on.

use super::economics::{amount, points};
use super::{Common, Exit, UsageError};
use crate::clean;
use crate::statistics::sizes::{for_margin, for_tampering};
use serde::Serialize;

/// Plan a test of a model's accuracy
#[derive(Clone, Debug, clap::Args)]
pub struct AccuracyArgs {
    #[command(subcommand)]
    command: AccuracyCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum AccuracyCommand {
    /// Say how many items a test needs, and what their proofs cost
    #[command(after_help = "\
Two questions have two sizes. How far may the observed accuracy be from the true one? And: if some of the
answers are not the model's at all, is at least one of them drawn? With --pool the items come from a pool of
that many, without replacement.

Costs are CPU seconds an item, as candor bench measures them on your machine, times the price of a processor
hour; or a price a proof.

Examples:
  candor accuracy plan
  candor accuracy plan --margin 2.5 --confidence 95 --cpu-seconds 0.56 --price-per-hour 0.05
  candor accuracy plan --tampered 2 --confidence 97.5 --pool 10000 --price 0.16656 --json")]
    Plan {
        /// Points by which the observed accuracy may differ from the true one
        #[arg(long, value_name = "POINTS", default_value = "5", value_parser = some_points)]
        margin: f64,
        /// Share of answers, in per cent, that may not be the model's without being noticed
        #[arg(long, value_name = "PERCENT", default_value = "5", value_parser = some_points)]
        tampered: f64,
        /// Confidence in per cent
        #[arg(long, value_name = "PERCENT", default_value = "95", value_parser = some_points)]
        confidence: f64,
        /// Hold the margin to both sides: nobody is surprised by a better model either
        #[arg(long)]
        two_sided: bool,
        /// Items of the pool that is drawn from [default: more than will ever be drawn]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        pool: Option<u32>,
        /// CPU seconds that the proof of one item takes
        #[arg(long, value_name = "SECONDS", requires = "price_per_hour", conflicts_with = "price", value_parser = amount)]
        cpu_seconds: Option<f64>,
        /// Price of one hour of one processor
        #[arg(long, value_name = "AMOUNT", requires = "cpu_seconds", value_parser = amount)]
        price_per_hour: Option<f64>,
        /// Price of the proof of one item
        #[arg(long, value_name = "AMOUNT", value_parser = amount)]
        price: Option<f64>,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
}

fn some_points(text: &str) -> Result<f64, String> {
    match points(text)? {
        0.0 => Err("it must be above 0".into()),
        share => Ok(share),
    }
}

/// How large a test is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Plan {
    margin: f64,
    tampered: f64,
    confidence: f64,
    two_sided: bool,
    pool: Option<u32>,
    items_for_margin: u64,
    items_for_tampering: u64,
    /// The larger of both.
    items: u64,
    cpu_seconds: Option<f64>,
    cost: Option<f64>,
}

pub(super) fn run(common: &Common, args: AccuracyArgs) -> anyhow::Result<Exit> {
    let AccuracyCommand::Plan {
        margin,
        tampered,
        confidence,
        two_sided,
        pool,
        cpu_seconds,
        price_per_hour,
        price,
        json,
    } = args.command;
    let error = 1.0 - confidence;
    let side = if two_sided { error / 2.0 } else { error };
    let items_for_margin = for_margin(margin, side, pool);
    let items_for_tampering = for_tampering(tampered, error, pool);
    let items = items_for_margin.max(items_for_tampering);
    if items > u64::from(u32::MAX) {
        let what = format!("--margin: {items} items would be needed: choose a wider one");
        return Err(UsageError(what).into());
    }
    let cpu = cpu_seconds.map(|seconds| seconds * items as f64);
    let by_hour = cpu
        .zip(price_per_hour)
        .map(|(seconds, hour)| seconds / 3_600.0 * hour);
    let plan = Plan {
        margin,
        tampered,
        confidence,
        two_sided,
        pool,
        items_for_margin,
        items_for_tampering,
        items,
        cpu_seconds: cpu,
        cost: by_hour.or(price.map(|price| price * items as f64)),
    };
    if json {
        clean::print_json(&plan)?;
        return Ok(Exit::Ok);
    }
    let percent = |share: f64| format!("{} %", (share * 1e6).round() / 1e4);
    let from = pool.map_or(String::new(), |n| format!(" of a pool of {n}"));
    println!(
        "{items} items{from} are to be drawn, with {} confidence",
        percent(confidence)
    );
    println!(
        "  {items_for_margin:>8}  for an observed accuracy within {} of the true one ({})",
        percent(margin),
        if two_sided {
            "to both sides"
        } else {
            "to one side"
        }
    );
    println!(
        "  {items_for_tampering:>8}  to draw at least one false answer where {} or more are false",
        percent(tampered)
    );
    if let Some(seconds) = plan.cpu_seconds {
        println!("  {seconds:>8.0}  CPU seconds for their proofs");
    }
    if let Some(cost) = plan.cost {
        println!("  {cost:>8.2}  for their proofs, at the price that you gave");
    }
    common.say(format_args!(
        "The rule: a claim passes if the observed accuracy is at least the claimed one. A claim that is {} above the truth \
         then passes with a chance of at most {}; an honest claim at the true accuracy itself fails about half the time: \
         claim {} less than the truth, and it fails with at most {}.",
        percent(margin),
        percent(side),
        percent(margin),
        percent(side)
    ));
    Ok(Exit::Ok)
}
