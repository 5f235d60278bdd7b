//! `candor tui`, and `candor` without arguments on a terminal.

use super::{Common, Exit};
use crate::tui;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Open the terminal application
#[derive(Clone, Debug, Default, clap::Args)]
#[command(after_help = "\
Examples:
  candor                       start with what was open before
  candor tui mail/             commit to a folder of documents
  candor tui acme/             a case
  candor tui bundle/           a disclosure bundle
  candor tui request.clf       a classifier file

Inside, ? lists the keys of every screen.")]
pub struct TuiArgs {
    /// What to open: a folder of documents, a case, a bundle or a classifier file
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
}

/// Whether there is a terminal to open it on.
pub(super) fn possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

pub(super) fn run(common: &Common, args: TuiArgs) -> anyhow::Result<Exit> {
    tui::run(&common.around, args.path.as_deref())?;
    Ok(Exit::Ok)
}
