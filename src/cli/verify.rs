//! `candor verify-bundle`: what a judge or any third party runs, alone and offline.

use super::{Common, Exit, UsageError};
use crate::report::certificate::Draft;
use crate::report::{Inputs, page};
use crate::sign::tsp;
use crate::verify::{self, Report, Status};
use anyhow::Context;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const EXAMPLES: &str = "\
Examples:
  candor verify-bundle bundle --commitment commitment.json --classifier request.clf
  candor verify-bundle bundle --commitment commitment.json --classifier request.clf --json
  candor verify-bundle bundle --commitment commitment.json --classifier request.clf \\
      --report report.html --certificate certificate.txt

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
    /// Also write the report as a page to read and print
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Also write the draft of a certificate (FRE 902(13)/(14)), unsigned: .html or .txt
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(common: &Common, args: VerifyArgs) -> anyhow::Result<Exit> {
    if let Some(path) = &args.certificate
        && !is_html(path)
        && !path.extension().is_some_and(|ext| ext == "txt")
    {
        return Err(UsageError("--certificate takes a name in .html or .txt".into()).into());
    }
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
    let date = OffsetDateTime::now_utc()
        .replace_nanosecond(0)?
        .format(&Rfc3339)?;
    let command = command(&args);
    if let Some(path) = &args.report {
        let trust = trust(&args);
        let html = page(&Inputs {
            report,
            verified: outcome.as_ref().ok(),
            command: &command,
            date: &date,
            trust: &trust,
        });
        std::fs::write(path, html).with_context(|| path.display().to_string())?;
    }
    if let Some(path) = &args.certificate {
        let draft = Draft {
            report,
            command: &command,
            date: &date,
        };
        let text = if is_html(path) {
            draft.html()
        } else {
            draft.text()
        };
        std::fs::write(path, text).with_context(|| path.display().to_string())?;
        common.say("The certificate is a draft: a qualified person must complete and sign it.");
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(report)?);
    } else {
        print_report(report);
    }
    Ok(exit(report))
}

fn is_html(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ext| ext.eq_ignore_ascii_case("html") || ext.eq_ignore_ascii_case("htm"))
}

/// The command as somebody else would type it: names of files, not this machine's folders.
fn command(args: &VerifyArgs) -> String {
    let name = |path: &Path| -> String {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let name = name.to_string_lossy().into_owned();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        if name.bytes().all(plain) {
            name
        } else {
            format!("'{}'", name.replace('\'', "'\\''"))
        }
    };
    format!(
        "candor verify-bundle {} --commitment {} --classifier {}",
        name(&args.bundle),
        name(&args.commitment),
        name(&args.classifier)
    )
}

/// What lies beside the files, as sentences; nothing here is checked but what can be without keys.
fn trust(args: &VerifyArgs) -> Vec<String> {
    let mut out = Vec::new();
    for (what, path) in [
        ("The commitment", args.commitment.clone()),
        (
            "The bundle",
            args.bundle.join(crate::bundle::bag::TAG_MANIFEST),
        ),
    ] {
        let beside = |extension: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(".");
            name.push(extension);
            PathBuf::from(name)
        };
        if beside("minisig").is_file() {
            out.push(format!(
                "{what} has a signature; candor verify-signature checks it against the signer's key."
            ));
        }
        if let (Ok(token), Ok(data)) = (std::fs::read(beside("tsr")), std::fs::read(&path)) {
            out.push(match tsp::inspect(&token, &data, None) {
                Ok(stamp) => format!(
                    "{what} has a time-stamp of {}; candor timestamp verify checks its authority.",
                    stamp.time
                ),
                Err(error) => format!("{what} has a time-stamp that does not hold: {error}"),
            });
        }
    }
    if out.is_empty() {
        out.push("Neither a signature nor a time-stamp was found beside the files.".to_owned());
    }
    out
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
    for check in &report.checks {
        let mark = match check.status {
            Status::Ok => "ok    ",
            Status::Failed => "FAILED",
            Status::NotRun => "-     ",
        };
        println!("{mark}  {:<15} {}", check.name, check.detail);
    }
    println!();
    if report.verified() {
        println!("VERIFIED: {}", report.counts);
        println!("\nProved:");
        report.proved.iter().for_each(|line| println!("  - {line}"));
    } else {
        println!("VERIFICATION FAILED");
        report
            .failures()
            .iter()
            .for_each(|line| println!("  - {line}"));
    }
    println!("\nNot proved:");
    report
        .not_proved
        .iter()
        .for_each(|line| println!("  - {line}"));
}
