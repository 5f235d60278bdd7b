//! The `candor` program: parse, run, translate the outcome into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    candor::cli::main(candor::Surroundings::system())
}
