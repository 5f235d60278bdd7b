//! `candor economics`: whether stakes keep everybody honest.

use super::{Common, Exit, UsageError};
use crate::bench::trade_off::FIGURE;
use crate::clean;
use crate::economics::picture::draw;
use crate::economics::{Round, Sale, Verdict};
use crate::output::Target;
use serde_json::json;
use std::path::PathBuf;

/// Say whether cheating pays when accuracy or predictions are proved, for given fees, stakes and costs
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
A provider claims an accuracy, is tested on a sample that neither side chose, and is paid if the observed
accuracy is at least the claimed one; if not, its stake is lost. The inequalities are derived from the
description in Kang et al. (arXiv 2210.08674), which prints none; chances are bounds (Hoeffding).

Exit codes: 0 cheating does not pay, an honest provider takes part and griefing does not pay; 4 not all of it.

Examples:
  candor economics --fee 1000 --value 500 --stake 300 --items 600 --proof-cost 99.94
  candor economics --fee 1000 --stake 300 --items 600 --proof-cost 99.94 --reserve 2.5 --plot stakes.svg
  candor economics --predictions 1000 --contested 50 --gain 0.01")]
pub struct EconomicsArgs {
    /// What the consumer pays for a model that passes
    #[arg(long, value_name = "AMOUNT", required_unless_present = "predictions", value_parser = amount)]
    fee: Option<f64>,
    /// What else it is worth to the provider to be believed
    #[arg(long, value_name = "AMOUNT", default_value = "0", value_parser = amount)]
    value: f64,
    /// The provider's stake
    #[arg(long, value_name = "AMOUNT", default_value = "0", value_parser = amount)]
    stake: f64,
    /// The consumer's stake
    #[arg(long, value_name = "AMOUNT", default_value = "0", value_parser = amount)]
    consumer_stake: f64,
    /// What all proofs of the test cost
    #[arg(long, value_name = "AMOUNT", default_value = "0", value_parser = amount)]
    proof_cost: f64,
    /// What an honest provider loses when the consumer breaks off [default: the proofs]
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    burnt: Option<f64>,
    /// Items that are tested
    #[arg(long, value_name = "N", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    items: u64,
    /// By how many points a cheat's claim exceeds the truth
    #[arg(long, value_name = "POINTS", default_value = "5", value_parser = points)]
    excess: f64,
    /// By how many points an honest claim stays below the truth
    #[arg(long, value_name = "POINTS", default_value = "5", value_parser = points)]
    reserve: f64,
    /// Predictions in a round, of which some are contested
    #[arg(long, value_name = "N", requires_all = ["contested", "gain"], value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    predictions: Option<u32>,
    /// Of these, contested
    #[arg(long, value_name = "N", requires = "predictions", value_parser = clap::value_parser!(u32).range(1..))]
    contested: Option<u32>,
    /// What a provider gains by each prediction that is not the model's
    #[arg(long, value_name = "AMOUNT", requires = "predictions", value_parser = amount)]
    gain: Option<f64>,
    /// Draw gains over stakes into this SVG file
    #[arg(long, value_name = "FILE.svg", requires = "fee")]
    plot: Option<PathBuf>,
    /// Replace what is there under the name of the picture, whatever it is
    #[arg(long, requires = "plot")]
    force: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// An amount of money: a number that is not negative.
pub(super) fn amount(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(value),
        _ => Err("an amount is a number that is not negative, such as 99.94".into()),
    }
}

/// Per cent as a share.
pub(super) fn points(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..100.0).contains(&value) => Ok(value / 100.0),
        _ => Err("points are a number from 0 to below 100, such as 2.5".into()),
    }
}

pub(super) fn run(common: &Common, args: EconomicsArgs) -> anyhow::Result<Exit> {
    let round = args.predictions.map(|predictions| Round {
        predictions,
        contested: args.contested.unwrap_or(1),
        gain: args.gain.unwrap_or(0.0),
    });
    if let Some(round) = round.filter(|r| r.contested > r.predictions) {
        let what = format!(
            "--contested: of {} predictions, {} cannot be contested",
            round.predictions, round.contested
        );
        return Err(UsageError(what).into());
    }
    let sale = args.fee.map(|fee| Sale {
        fee,
        belief: args.value,
        provider_stake: args.stake,
        consumer_stake: args.consumer_stake,
        proofs: args.proof_cost,
        burnt: args.burnt.unwrap_or(args.proof_cost),
        items: args.items,
        excess: args.excess,
        reserve: args.reserve,
    });
    let figure = args.plot.as_ref();
    let figure = figure.map(|path| Target::new(path, FIGURE, args.force, &[]));
    if let (Some(figure), Some(sale)) = (figure.transpose()?, &sale) {
        figure.write(draw(sale)?.as_bytes())?;
    }
    let stakes = round.map(|round| round.stake());
    let verdict = sale.map(|sale| sale.verdict());
    if args.json {
        clean::print_json(&json!({
            "derived": "not printed by the source",
            "sale": sale,
            "verdict": verdict,
            "round": round,
            "round_stake": stakes,
        }))?;
    } else {
        if let (Some(sale), Some(verdict)) = (&sale, &verdict) {
            print!("{}", about_sale(sale, verdict));
        }
        if let (Some(round), Some(stakes)) = (round, stakes) {
            println!(
                "Round of {} predictions, {} contested at random, {} gained by each that is not the model's:",
                round.predictions, round.contested, round.gain
            );
            println!(
                "  a stake above {:.2} keeps the provider honest if a round's payments are forfeited with it,",
                stakes.forfeited
            );
            println!("  above {:.2} if they are kept", stakes.kept);
        }
        common.say(
            "Derived from the description of the protocols; the source prints no such figures.",
        );
    }
    let well = verdict.is_none_or(|v| !v.cheating_pays && v.honest_takes_part && !v.griefing_pays);
    Ok(if well { Exit::Ok } else { Exit::Exceptions })
}

fn about_sale(sale: &Sale, v: &Verdict) -> String {
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    let line = |what: &str, holds: bool, why: String| {
        format!("{} {what}: {why}\n", if holds { "yes" } else { "NO " })
    };
    let mut out = line(
        "cheating does not pay",
        !v.cheating_pays,
        format!(
            "a claim {} above the truth passes with a chance of at most {}, and gains {:.2} at most on average",
            percent(sale.excess),
            percent(v.cheat_passes),
            v.cheat_gains
        ),
    );
    out += &line(
        "an honest provider takes part",
        v.honest_takes_part,
        format!(
            "a claim {} below the truth fails with a chance of at most {}, and gains {:.2} at least on average",
            percent(sale.reserve),
            percent(v.honest_fails),
            v.honest_gains
        ),
    );
    out += &line(
        "griefing does not pay",
        !v.griefing_pays,
        format!(
            "who breaks off loses {:.2}, and the provider {:.2}",
            sale.consumer_stake, sale.burnt
        ),
    );
    out += &match v.window() {
        Some((from, to)) if to.is_finite() => {
            format!("Stakes of the provider that do both: above {from:.2}, up to {to:.2}\n")
        }
        Some((from, _)) => format!("Stakes of the provider that do both: above {from:.2}\n"),
        None => format!(
            "No stake of the provider does both: it would have to be above {:.2} and at most {:.2}. Test more items.\n",
            v.stake_above, v.stake_up_to
        ),
    };
    out
}
