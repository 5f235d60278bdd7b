//! What `candor-verify` does: the least program that a judge has to trust. A bundle, a commitment and a classifier go
//! in, a verdict comes out; checks, words and exit codes are those of `candor verify-bundle`.

use crate::verify::{check_families_input, verify_chain_files, verify_families, verify_files};
use candor_core::progress::Silent;
use candor_edge::clean;
use std::ffi::OsString;
use std::path::PathBuf;

const USAGE: &str = "\
Verify a disclosure bundle against the published commitment and the classifier.

Usage: candor-verify BUNDLE --commitment FILE --classifier FILE [--families FILE] [--json]

--families checks the opened families of a production (family-openings.jsonl) as well.

A commitment and its supplements are verified together, the first commitment first, each with a bundle:
  candor-verify BUNDLE BUNDLE.. --commitment FILE --commitment FILE.. --classifier FILE [--json]

  -h, --help     print this
  -V, --version  print the version

Exit codes: 0 verified, 1 failed, 2 usage (an argument is wrong), 3 a file cannot be read or is malformed, 4 verified with
items that were not searched, or not wholly.

Examples:
  candor-verify bundle --commitment commitment.json --classifier request.clf
  candor-verify bundle --commitment commitment.json --classifier request.clf --json
  candor-verify bundle bundle-2 --commitment acme/commitment.json --commitment acme-2/commitment.json \\
      --classifier request.clf
  candor-verify bundle --commitment commitment.json --classifier request.clf \\
      --families production/serve/family-openings.jsonl";

/// What the command line asks for.
struct Arguments {
    bundles: Vec<PathBuf>,
    commitments: Vec<PathBuf>,
    classifier: PathBuf,
    families: Option<PathBuf>,
    json: bool,
}

/// What was asked for.
enum Asked {
    Help,
    Version,
    Verify(Arguments),
}

/// The arguments, or what is wrong with them.
fn arguments(given: impl IntoIterator<Item = OsString>) -> Result<Asked, String> {
    let (mut bundles, mut commitments, mut classifier) = (Vec::new(), Vec::new(), None);
    let (mut families, mut json) = (None, false);
    let mut rest = given.into_iter();
    while let Some(argument) = rest.next() {
        let value = |rest: &mut dyn Iterator<Item = OsString>| {
            let value = rest.next().map(PathBuf::from);
            value.ok_or(format!("{} needs a file", argument.to_string_lossy()))
        };
        let once =
            |place: &mut Option<PathBuf>, name: &str, value: PathBuf| match place.replace(value) {
                Some(_) => Err(format!("{name} is given twice")),
                None => Ok(()),
            };
        match argument.to_str() {
            Some("-h" | "--help") => return Ok(Asked::Help),
            Some("-V" | "--version") => return Ok(Asked::Version),
            Some("--json") => json = true,
            Some("--commitment") => commitments.push(value(&mut rest)?),
            Some("--classifier") => once(&mut classifier, "--classifier", value(&mut rest)?)?,
            Some("--families") => once(&mut families, "--families", value(&mut rest)?)?,
            Some(option) if option.starts_with('-') => {
                return Err(format!("there is no option {option}"));
            }
            _ => bundles.push(PathBuf::from(&argument)),
        }
    }
    if bundles.is_empty() {
        return Err("no bundle is named".to_owned());
    }
    if commitments.is_empty() {
        return Err("--commitment is missing".to_owned());
    }
    if bundles.len() > 1 && commitments.len() == 1 {
        return Err(
            "more than one bundle is named, and one commitment: name that of each bundle"
                .to_owned(),
        );
    }
    for paths in [&bundles, &commitments] {
        if let Some(again) = crate::input::twice(paths) {
            return Err(format!("{} is named twice", again.display()));
        }
    }
    if families.is_some() && commitments.len() > 1 {
        return Err("--families goes with one bundle and one commitment".to_owned());
    }
    Ok(Asked::Verify(Arguments {
        bundles,
        commitments,
        classifier: classifier.ok_or("--classifier is missing")?,
        families,
        json,
    }))
}

/// What the program has to say, and its exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// For standard output, cleaned.
    pub out: String,
    /// For standard error, cleaned.
    pub error: String,
    /// 0 verified, 1 failed, 2 usage, 3 unreadable, 4 verified with items that were not searched.
    pub code: u8,
}

/// An error and what is behind it, as far as it does not say that itself.
fn with_reasons(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut behind = error.source();
    while let Some(reason) = behind {
        let reason_said = reason.to_string();
        if !out.contains(&reason_said) {
            out += &format!(": {reason_said}");
        }
        behind = reason.source();
    }
    out
}

/// Runs the program with these arguments.
pub fn run(given: impl IntoIterator<Item = OsString>) -> Said {
    let failed = |code, error: String| Said {
        error: clean::block(&error),
        code,
        ..Said::default()
    };
    let arguments = match arguments(given) {
        Ok(Asked::Verify(arguments)) => arguments,
        Ok(Asked::Help) => {
            return Said {
                out: format!("{USAGE}\n"),
                ..Said::default()
            };
        }
        Ok(Asked::Version) => {
            return Said {
                out: concat!("candor-verify ", env!("CARGO_PKG_VERSION"), "\n").to_owned(),
                ..Said::default()
            };
        }
        Err(problem) => {
            return failed(
                2,
                format!("error: {}\n\n{USAGE}\n", clean::message(&problem)),
            );
        }
    };
    let unreadable = |error: String| failed(3, format!("error: {}\n", clean::message(&error)));
    if let Some(file) = &arguments.families
        && let Err(error) = check_families_input(file)
    {
        return unreadable(format!("{}: {error}", file.display()));
    }
    let report = match (&arguments.bundles[..], &arguments.commitments[..]) {
        ([bundle], [commitment]) => {
            let classifier = &arguments.classifier;
            let verified = match verify_files(bundle, commitment, classifier, &Silent) {
                Ok(verified) => verified,
                Err(error) => return unreadable(with_reasons(&error)),
            };
            let mut report = match &verified {
                Ok(verified) => verified.report().clone(),
                Err(report) => report.clone(),
            };
            if let Some(file) = &arguments.families
                && let Err(error) = verify_families(&verified, file, &mut report)
            {
                return unreadable(format!("{}: {error}", file.display()));
            }
            report
        }
        (bundles, commitments) => {
            match verify_chain_files(bundles, commitments, &arguments.classifier, &Silent) {
                Ok(chain) => chain.report,
                Err(error) => return unreadable(with_reasons(&error)),
            }
        }
    };
    let out = if arguments.json {
        match clean::to_json(&report) {
            Ok(json) => json + "\n",
            Err(error) => return failed(3, format!("error: {error}\n")),
        }
    } else {
        clean::block(&report.to_text())
    };
    Said {
        out,
        error: String::new(),
        code: report.exit_code(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_is_and_how_it_is_used() {
        let said = |line: &str| run(line.split(' ').map(OsString::from));
        for option in ["--version", "-V", "x --version"] {
            let said = said(option);
            assert_eq!((said.code, &*said.error), (0, ""));
            assert_eq!(
                said.out,
                format!("candor-verify {}\n", env!("CARGO_PKG_VERSION"))
            );
        }
        let help = said("--help");
        assert!(help.code == 0 && help.out.contains("Examples:") && help.out.contains("--version"));
        for line in [
            "b --classifier a --classifier b --commitment c",
            "b --commitment",
            "b -x",
            "",
        ] {
            assert_eq!(said(line).code, 2, "{line}");
        }
    }

    #[test]
    fn a_refused_file_comes_with_the_reason() {
        #[derive(Debug, thiserror::Error)]
        #[error("x.clf is no classifier")]
        struct Outer(#[source] std::fmt::Error);

        let said = with_reasons(&Outer(std::fmt::Error));
        assert_eq!(said, format!("x.clf is no classifier: {}", std::fmt::Error));
    }
}
