//! The `candor` program: parse, run, translate the outcome into an exit code.

use std::process::ExitCode;

#[cfg(unix)]
mod memory;

fn main() -> ExitCode {
    #[cfg(unix)]
    memory::say_when_it_is_used_up();
    candor::cli::main(candor::Surroundings::system())
}
