//! `candor verify-bundle`: what a judge or any third party runs, alone and offline.

use super::common::Force;
use super::{Common, Exit, UsageError};
use crate::clean;
use crate::output::{OutputError, Target};
use crate::report::certificate::{self, Draft};
use crate::report::{self, Inputs, REPORT, page};
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

The verdict is printed first. If --report or --certificate cannot be written after that (the disk is full, something else
has the name), the error says so and the exit code is 3, or 1 if the verification failed. A file that is there is replaced
only if it is an earlier one of the same kind.

Exit codes: 0 verified, 1 verification failed, 2 the command line is wrong, 3 a file is unreadable or malformed, or a report
could not be written, 4 verified, but the corpus has exceptions or items outside the classifier's form, about which nothing
is proved, or items that were read in part.";

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
    #[command(flatten)]
    force: Force,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl VerifyArgs {
    /// What is read, so what no report replaces.
    fn inputs(&self) -> Vec<&Path> {
        let files = self.bundle.iter().chain(&self.commitment).chain(&self.ca);
        let files = files.chain([&self.classifier]).chain(&self.families);
        let files = files.chain(&self.timestamp).chain(&self.tsa_certificate);
        files.map(PathBuf::as_path).collect()
    }

    /// Where report and certificate go. What makes no sense is refused at once; everything else (something else is
    /// there, it cannot be written) comes after the verdict, which is not to be lost for it.
    fn outputs(&self) -> anyhow::Result<Outputs> {
        let mut out = Outputs::default();
        let inputs = self.inputs();
        let places = [
            (&self.report, REPORT, &mut out.report),
            (&self.certificate, certificate::KIND, &mut out.certificate),
        ];
        for (path, kind, place) in places {
            let Some(path) = path else { continue };
            *place = Some(match Target::new(path, kind, self.force, &inputs) {
                Err(error @ (OutputError::Input { .. } | OutputError::NoName { .. })) => {
                    return Err(error.into());
                }
                other => other,
            });
        }
        if let (Some(report), Some(certificate)) = (&self.report, &self.certificate)
            && crate::output::same_file(report, certificate)
        {
            let why = "--report and --certificate name the same file";
            return Err(UsageError(why.into()).into());
        }
        Ok(out)
    }
}

/// What is written beside the verdict, or why not.
#[derive(Default)]
struct Outputs {
    report: Option<Result<Target, OutputError>>,
    certificate: Option<Result<Target, OutputError>>,
}

pub(super) fn run(common: &Common, args: VerifyArgs) -> anyhow::Result<Exit> {
    if let Some(path) = &args.certificate
        && !is_html(path)
        && path.extension().is_none_or(|ext| ext != "txt")
    {
        return Err(UsageError("--certificate takes a name in .html or .txt".into()).into());
    }
    for paths in [&args.bundle, &args.commitment] {
        if let Some(again) = crate::input::twice(paths) {
            return Err(UsageError(format!("{} is named twice", again.display())).into());
        }
    }
    let outputs = args.outputs()?;
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
    // First of all: whatever becomes of the files below, it was found.
    if args.json {
        clean::print_json(&report)?;
    } else {
        print_report(&report);
    }
    let written = write_outputs(common, &args, outputs, &report, &verified);
    Ok(match exit(&report) {
        Exit::Failed => Exit::Failed,
        verdict if written => verdict,
        _ => Exit::Unreadable,
    })
}

/// Writes report and certificate. What cannot be written is said; whether all was.
fn write_outputs(
    common: &Common,
    args: &VerifyArgs,
    outputs: Outputs,
    report: &Report,
    verified: &[VerifiedBundle],
) -> bool {
    let date = common.around.stamp();
    let command = report::chain_command(&args.bundle, &args.commitment, &args.classifier);
    let mut written = true;
    let mut put = |target: Result<Target, OutputError>, text: String| match target
        .and_then(|target| target.write(text.as_bytes()))
    {
        Ok(()) => true,
        Err(error) => {
            let said = clean::message(&error.to_string());
            eprintln!("error: {said}. The verdict above stands");
            written = false;
            false
        }
    };
    if let Some(target) = outputs.report {
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
        put(target, html);
    }
    if let (Some(target), Some(path)) = (outputs.certificate, &args.certificate) {
        let draft = Draft {
            report,
            command: &command,
            date: &date,
        };
        let text = match is_html(path) {
            true => draft.html(),
            false => draft.text(),
        };
        if put(target, text) {
            common.say("The certificate is a draft: a qualified person must complete and sign it.");
        }
    }
    written
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
