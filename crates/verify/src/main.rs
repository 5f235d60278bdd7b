//! `candor-verify`: the least program that a judge has to trust. A bundle, a commitment and a classifier go in, a
//! verdict comes out; the checks and exit codes are those of `candor verify-bundle`.

use candor_edge::{clean, eprintln, print, println};
use candor_verify::verify::verify_files;
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
Verify a disclosure bundle against the published commitment and the classifier.

Usage: candor-verify BUNDLE --commitment FILE --classifier FILE [--json]

Exit codes: 0 verified, 1 failed, 2 usage, 3 a file cannot be read, 4 verified with items that were not searched.
Example:
  candor-verify bundle --commitment commitment.json --classifier request.clf";

/// What the command line asks for.
struct Arguments {
    bundle: PathBuf,
    commitment: PathBuf,
    classifier: PathBuf,
    json: bool,
}

/// The arguments, or what is wrong with them; nothing if help was asked for.
fn arguments() -> Result<Option<Arguments>, String> {
    let (mut bundle, mut commitment, mut classifier, mut json) = (None, None, None, false);
    let mut rest = std::env::args_os().skip(1);
    while let Some(argument) = rest.next() {
        let value = |rest: &mut dyn Iterator<Item = std::ffi::OsString>| {
            let value = rest.next().map(PathBuf::from);
            value.ok_or(format!("{} needs a file", argument.to_string_lossy()))
        };
        match argument.to_str() {
            Some("-h" | "--help") => return Ok(None),
            Some("--json") => json = true,
            Some("--commitment") => commitment = Some(value(&mut rest)?),
            Some("--classifier") => classifier = Some(value(&mut rest)?),
            Some(option) if option.starts_with('-') => {
                return Err(format!("there is no option {option}"));
            }
            _ if bundle.is_none() => bundle = Some(PathBuf::from(&argument)),
            _ => return Err("more than one bundle is named".to_owned()),
        }
    }
    Ok(Some(Arguments {
        bundle: bundle.ok_or("no bundle is named")?,
        commitment: commitment.ok_or("--commitment is missing")?,
        classifier: classifier.ok_or("--classifier is missing")?,
        json,
    }))
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("error: {problem}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let verified = verify_files(
        &arguments.bundle,
        &arguments.commitment,
        &arguments.classifier,
        &candor_core::progress::Silent,
    );
    let report = match verified {
        Ok(Ok(verified)) => verified.report().clone(),
        Ok(Err(report)) => report,
        Err(error) => {
            eprintln!("error: {}", clean::message(&error.to_string()));
            return ExitCode::from(3);
        }
    };
    if arguments.json {
        match clean::to_json(&report) {
            Ok(json) => println!("{json}"),
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::from(3);
            }
        }
    } else {
        print!("{}", report.to_text());
    }
    ExitCode::from(report.exit_code())
}
