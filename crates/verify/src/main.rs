//! `candor-verify BUNDLE --commitment FILE --classifier FILE`: see [`candor_verify::program`].

use candor_edge::{eprint, print};
use std::process::ExitCode;

fn main() -> ExitCode {
    candor_edge::process::shut();
    let said = candor_verify::program::run(std::env::args_os().skip(1));
    print!("{}", said.out);
    eprint!("{}", said.error);
    ExitCode::from(said.code)
}
