//! `candor verify-bundle`: what a judge or any third party runs, alone and offline.

use super::{Common, Exit};
use crate::verify::{self, Report};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  candor verify-bundle bundle --commitment commitment.json --classifier request.clf
  candor verify-bundle bundle --commitment commitment.json --classifier request.clf --json

Exit codes: 0 verified, 1 verification failed, 3 a file is unreadable, 4 verified, but the corpus has
exceptions or items outside the classifier's form, about which nothing is proved.";

/// Verify a disclosure bundle against the published commitment and the classifier
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct VerifyArgs {
    /// The bundle folder
    bundle: PathBuf,
    /// The commitment file that the responder published before the request
    #[arg(long, value_name = "FILE")]
    commitment: PathBuf,
    /// The requester's classifier file
    #[arg(long, value_name = "FILE")]
    classifier: PathBuf,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(common: &Common, args: VerifyArgs) -> anyhow::Result<Exit> {
    let progress = common.progress();
    let outcome = verify::verify_files(
        &args.bundle,
        &args.commitment,
        &args.classifier,
        progress.as_ref(),
    )?;
    let report = match &outcome {
        Ok(verified) => verified.report(),
        Err(report) => report,
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(report)?);
    } else {
        print_report(report);
    }
    Ok(exit(report))
}

/// The exit code that a report stands for.
pub(super) fn exit(report: &Report) -> Exit {
    if !report.verified() {
        Exit::Failed
    } else if report.counts.exceptions + report.counts.outside_form > 0 {
        Exit::Exceptions
    } else {
        Exit::Ok
    }
}

/// The report for people.
pub(super) fn print_report(report: &Report) {
    print!("{}", report.to_text());
}
