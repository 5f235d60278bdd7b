//! `candor verify-bundle`: what a judge or any third party runs, alone and offline.

use super::{Common, Exit, UsageError};
use crate::clean;
use crate::private;
use crate::report::certificate::Draft;
use crate::report::{self, Inputs, page};
use crate::sign::{StepError, beside, steps};
use crate::verify::{self, Report, Stamped, VerifiedBundle};
use anyhow::Context;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  candor verify-bundle bundle --commitment commitment.json --classifier request.clf
  candor verify-bundle bundle --commitment commitment.json --classifier request.clf --json
  candor verify-bundle bundle --commitment commitment.json --classifier request.clf \\
      --report report.html --certificate certificate.txt
  candor verify-bundle bundle --commitment commitment.json --classifier request.clf --ca tsa-root.pem

Times are the responder's own words. With --ca the time-stamp over the commitment file (commitment.json.tsr, or
the one that --timestamp names) is checked as one more check, and the report says when the commitment existed.

A commitment and its supplements (`commit --supplements`) are verified together: every bundle against its own
commitment, the commitment files as one chain, what is resolved, and the sums. The first commitment is named first.

  candor verify-bundle bundle bundle-2 --commitment acme/commitment.json --commitment acme-2/commitment.json \\
      --classifier request.clf

--families checks the family-openings.jsonl of a production (`export --families open`): every opened family against
the leaves, and that none of its members is left out.

Exit codes: 0 verified, 1 verification failed, 3 a file is unreadable, 4 verified, but the corpus has
exceptions or items outside the classifier's form, about which nothing is proved, or items that were read in part.";

/// Verify a disclosure bundle against the published commitment and the classifier
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct VerifyArgs {
    /// The bundle folder; of a commitment and its supplements one each
    #[arg(required = true, value_name = "BUNDLE")]
    bundle: Vec<PathBuf>,
    /// The commitment file that the responder published before the request; its supplements behind it, in their
    /// order
    #[arg(long, required = true, value_name = "FILE")]
    commitment: Vec<PathBuf>,
    /// The requester's classifier file
    #[arg(long, value_name = "FILE")]
    classifier: PathBuf,
    /// Also check the opened families of a production, its family-openings.jsonl
    #[arg(long, value_name = "FILE")]
    families: Option<PathBuf>,
    /// Also write the report as a page to read and print
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Also write the draft of a certificate (FRE 902(13)/(14)), unsigned: .html or .txt
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Check the time-stamp over the commitment file against these trusted root certificates, PEM or DER; may be
    /// repeated
    #[arg(long, value_name = "FILE")]
    ca: Vec<PathBuf>,
    /// The time-stamp [default: beside the commitment file, with the extension .tsr]
    #[arg(long, value_name = "TOKEN", requires = "ca")]
    timestamp: Option<PathBuf>,
    /// Further certificates of the authority, if the token does not hold them
    #[arg(long, value_name = "FILE", requires = "ca")]
    tsa_certificate: Vec<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(common: &Common, args: VerifyArgs) -> anyhow::Result<Exit> {
    if let Some(path) = &args.certificate
        && !is_html(path)
        && path.extension().is_none_or(|ext| ext != "txt")
    {
        return Err(UsageError("--certificate takes a name in .html or .txt".into()).into());
    }
    if let Some(file) = &args.families {
        verify::check_families_input(file).with_context(|| file.display().to_string())?;
    }
    let (report, verified) = match (&args.bundle[..], &args.commitment[..]) {
        ([bundle], [commitment]) => one(common, &args, bundle, commitment)?,
        (bundles, [_]) => {
            let why = format!(
                "{} bundles are named and one --commitment: name the commitment file of each",
                bundles.len()
            );
            return Err(UsageError(why).into());
        }
        _ => several(common, &args)?,
    };
    let report = &report;
    let date = common.around.stamp();
    let command = report::chain_command(&args.bundle, &args.commitment, &args.classifier);
    if let Some(path) = &args.report {
        let commitments = args.commitment.iter();
        let commitments =
            commitments.map(|path| beside::look("The commitment", path, &[], &args.ca));
        let bundles = args.bundle.iter();
        let bundles = bundles.map(|path| beside::look("The bundle", path, &[], &[]));
        let trust = beside::sentences(&commitments.chain(bundles).collect::<Vec<_>>());
        let html = page(&Inputs {
            report,
            verified: match report.verified() {
                true => verified.iter().collect(),
                false => Vec::new(),
            },
            command: &command,
            date: &date,
            trust: &trust,
        });
        private::write(path, html.as_bytes()).with_context(|| path.display().to_string())?;
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
        private::write(path, text.as_bytes()).with_context(|| path.display().to_string())?;
        common.say("The certificate is a draft: a qualified person must complete and sign it.");
    }
    if args.json {
        clean::print_json(report)?;
    } else {
        print_report(report);
    }
    Ok(exit(report))
}

type Outcome = (Report, Vec<VerifiedBundle>);

/// One bundle against one commitment.
fn one(
    common: &Common,
    args: &VerifyArgs,
    bundle: &Path,
    commitment: &Path,
) -> anyhow::Result<Outcome> {
    let progress = common.progress();
    let outcome = verify::verify_files(bundle, commitment, &args.classifier, progress.as_ref())?;
    drop(progress);
    let mut report = match &outcome {
        Ok(verified) => verified.report().clone(),
        Err(report) => report.clone(),
    };
    if !args.ca.is_empty() {
        report.stamped(stamp(args, commitment)?);
    }
    if let Some(file) = &args.families {
        verify::verify_families(&outcome, file, &mut report)
            .with_context(|| file.display().to_string())?;
    }
    Ok((report, outcome.into_iter().collect()))
}

/// A commitment with its supplements, each with its bundle.
fn several(common: &Common, args: &VerifyArgs) -> anyhow::Result<Outcome> {
    if args.families.is_some() || args.timestamp.is_some() {
        let why = "--families and --timestamp go with one bundle and one commitment; time-stamps of several are those \
                   beside them";
        return Err(UsageError(why.into()).into());
    }
    let progress = common.progress();
    let files = (&args.bundle, &args.commitment);
    let chain = verify::verify_chain_files(files.0, files.1, &args.classifier, progress.as_ref())?;
    drop(progress);
    let mut report = chain.report;
    if !args.ca.is_empty() {
        let stamps = args.commitment.iter().map(|path| stamp(args, path));
        report.stamped_each(stamps.collect::<anyhow::Result<_>>()?);
    }
    Ok((report, chain.bundles.into_iter().flatten().collect()))
}

/// Checks the time-stamp that was asked for. One that does not hold is a result; files that cannot be read are
/// not.
fn stamp(args: &VerifyArgs, commitment: &Path) -> anyhow::Result<Result<Stamped, String>> {
    let token = args.timestamp.clone();
    match steps::check_stamp(commitment, &args.ca, &args.tsa_certificate, token) {
        Ok((stamp, _)) => Ok(Ok(Stamped {
            time: stamp.time,
            authority: clean::line(&stamp.authority),
        })),
        Err(StepError::Token(error)) => Ok(Err(error.to_string())),
        Err(error) => Err(error).context("the time-stamp cannot be checked"),
    }
}

fn is_html(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ext| ext.eq_ignore_ascii_case("html") || ext.eq_ignore_ascii_case("htm"))
}

/// The exit code that a report stands for.
pub(super) fn exit(report: &Report) -> Exit {
    match report.exit_code() {
        0 => Exit::Ok,
        4 => Exit::Exceptions,
        _ => Exit::Failed,
    }
}

/// The report for people.
pub(super) fn print_report(report: &Report) {
    print!("{}", report.to_text());
}
