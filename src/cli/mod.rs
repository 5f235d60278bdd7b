//! The command line. One file per subcommand; each is thin and calls the library.
//!
//! Data goes to standard output, progress and messages to standard error. Exit codes are stated
//! once, in [`Exit`].

mod accuracy;
mod audit;
mod bench;
mod case;
mod chain;
mod classifier;
mod classify;
mod commit;
mod common;
mod custody;
mod demo;
mod economics;
mod exit;
mod export;
mod features;
mod foia;
mod interrupt;
mod items;
mod lock;
mod params;
mod password;
mod prove;
#[cfg(test)]
mod reference;
mod review;
mod shell;
mod sign;
mod timestamp;
mod tui;
mod verify;

pub use common::Common;
pub use exit::{Exit, InterruptedError, RefusedError, UsageError};

use crate::Surroundings;
use crate::clean;
use crate::ingest::worker;
use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

const EXIT_CODES: &str = "\
Exit codes:
  0  done, or verified
  1  verification failed
  2  the command line was wrong: an option or argument is malformed, or makes no sense
  3  a file that it names was unreadable, malformed or could not be written, or there was not enough memory
  4  verified, with exceptions that need a human look
  130  interrupted

Set NO_COLOR to switch colours off.";

/// Discovery and freedom-of-information productions that prove the search was honest.
#[derive(Debug, Parser)]
#[command(name = "candor", version, after_help = EXIT_CODES, propagate_version = true)]
pub struct Cli {
    /// What everybody may set.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options that every subcommand understands.
#[derive(Clone, Debug, clap::Args)]
pub struct Flags {
    /// Print results and errors only: no progress, no explanations
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Commit to every document in a folder, before any request is known
    Commit(commit::CommitArgs),
    /// Show which committed items a classifier selects, without proving anything
    Classify(classify::ClassifyArgs),
    /// Prove a classifier's verdict on every committed item and write the disclosure bundle
    Prove(prove::ProveArgs),
    /// Decisions to withhold, kept in the case: list, write and read them as lists
    Review(review::ReviewArgs),
    /// Verify a disclosure bundle against the published commitment and the classifier
    VerifyBundle(verify::VerifyArgs),
    /// Tell the whole story on the shipped examples: commit, prove, verify, cheat and be caught
    Demo(demo::DemoArgs),
    /// Measure commitment, proof and verification on this machine
    Bench(bench::BenchArgs),
    /// Write a production for a review platform, from a bundle that verifies
    Export(export::ExportArgs),
    /// Answer batches of freedom-of-information requests
    Foia(foia::FoiaArgs),
    /// Make a key pair for signing commitments and bundles
    Keygen(sign::KeygenArgs),
    /// Sign a commitment file, a bundle, or any file
    Sign(sign::SignArgs),
    /// Check the signature of a commitment file, a bundle, or any file
    VerifySignature(sign::VerifySignatureArgs),
    /// Time-stamp a commitment or a bundle
    Timestamp(timestamp::TimestampArgs),
    /// Show or check the custody log of a case
    Custody(custody::CustodyArgs),
    /// Look at a random sample of what was not produced, before the judge
    Audit(audit::AuditArgs),
    /// Plan a test of a model's accuracy
    Accuracy(accuracy::AccuracyArgs),
    /// Say whether cheating pays when accuracy or predictions are proved, for given fees, stakes and costs
    Economics(economics::EconomicsArgs),
    /// Look after a case
    Case(case::CaseArgs),
    /// Make, inspect and measure classifier files
    Classifier(classifier::ClassifierArgs),
    /// Write the canonical vectors of documents, to train elsewhere
    Features(features::FeaturesArgs),
    /// Open the terminal application, as candor without arguments does
    Tui(tui::TuiArgs),
    /// Check or regenerate the public parameters that ship with this program
    Params(params::ParamsArgs),
    /// Write the completions of a shell
    Completions(shell::CompletionsArgs),
    /// Write the manual pages
    Man(shell::ManArgs),
    /// Read documents for another process of this program: see `ingest::worker`
    #[command(name = worker::COMMAND, hide = true)]
    ReadOne,
}

/// Runs the program on the process's arguments and returns its exit code.
pub fn main(around: Surroundings) -> ExitCode {
    clean_panics();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Ok
            };
            if error.use_stderr() {
                // It quotes arguments, which a shell may have made of file names.
                eprint!("{}", error.render());
            } else {
                // Nothing useful can be done when the terminal is gone.
                let _ = error.print();
            }
            return code.into();
        }
    };
    // The bench measures its own memory, which a closed process may not, and has no secrets.
    if !matches!(cli.command, Some(Command::Bench(_))) {
        candor_edge::process::shut();
    }
    if let Ok(program) = around.program() {
        worker::offer(&around, program);
    }
    match run(cli, around) {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("error: {}", clean::message(&exit::in_words(&error)));
            Exit::of(&error).into()
        }
    }
}

/// A panic may quote a document: what it says is cleaned as everything else.
fn clean_panics() {
    std::panic::set_hook(Box::new(|info| {
        let backtrace = std::backtrace::Backtrace::capture();
        eprintln!("internal error: {}", clean::message(&info.to_string()));
        if backtrace.status() == std::backtrace::BacktraceStatus::Captured {
            eprintln!("{backtrace}");
        }
    }));
}

fn run(cli: Cli, around: Surroundings) -> anyhow::Result<Exit> {
    let common = &Common {
        quiet: cli.flags.quiet,
        around,
    };
    match cli.command {
        None if tui::possible() => tui::run(common, tui::TuiArgs::default()),
        None => {
            print!("{}", Cli::command().render_help().ansi());
            Ok(Exit::Usage)
        }
        Some(Command::Commit(args)) => commit::run(common, args),
        Some(Command::Classify(args)) => classify::run(common, args),
        Some(Command::Prove(args)) => prove::run(common, args),
        Some(Command::Review(args)) => review::run(common, args),
        Some(Command::VerifyBundle(args)) => verify::run(common, args),
        Some(Command::Demo(args)) => demo::run(common, args),
        Some(Command::Bench(args)) => bench::run(common, args),
        Some(Command::Export(args)) => export::run(common, args),
        Some(Command::Foia(args)) => foia::run(common, args),
        Some(Command::Keygen(args)) => sign::keygen(common, args),
        Some(Command::Sign(args)) => sign::sign(common, args),
        Some(Command::VerifySignature(args)) => sign::verify(common, args),
        Some(Command::Timestamp(args)) => timestamp::run(common, args),
        Some(Command::Custody(args)) => custody::run(common, args),
        Some(Command::Audit(args)) => audit::run(common, args),
        Some(Command::Case(args)) => case::run(common, args),
        Some(Command::Classifier(args)) => classifier::run(common, args),
        Some(Command::Features(args)) => features::run(common, args),
        Some(Command::Accuracy(args)) => accuracy::run(common, args),
        Some(Command::Economics(args)) => economics::run(common, args),
        Some(Command::Tui(args)) => tui::run(common, args),
        Some(Command::Params(args)) => params::run(common, args),
        Some(Command::Completions(args)) => shell::completions(Cli::command(), args),
        Some(Command::Man(args)) => shell::man(common, Cli::command(), args),
        Some(Command::ReadOne) => {
            worker::serve()?;
            Ok(Exit::Ok)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
