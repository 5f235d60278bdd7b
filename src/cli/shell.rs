//! `candor completions` and `candor man`: what a shell and a manual reader want to know of the program.

use super::common::Force;
use super::{Common, Exit};
use crate::output::{Kind, OutputError, Target};
use anyhow::Context;
use clap::Command;
use clap_complete::Shell;
use std::io::Write;
use std::path::PathBuf;

/// Write the completions of a shell: bash, zsh, fish, elvish or powershell
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  candor completions bash > ~/.local/share/bash-completion/completions/candor
  candor completions zsh > ~/.zfunc/_candor
  candor completions fish > ~/.config/fish/completions/candor.fish")]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Write the manual pages
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  candor man | man -l -                      the page of the program
  candor man -o ~/.local/share/man/man1      one page for every command")]
pub struct ManArgs {
    /// Write a page for every command into this folder, which must exist
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    force: Force,
}

/// What a page of ours begins with.
const PAGE: Kind = Kind {
    name: "a manual page",
    is: |bytes| {
        let text = String::from_utf8_lossy(bytes);
        text.contains(".TH candor")
    },
};

/// A page for every command, each with the name of its file.
fn pages(command: &Command, out: &mut Vec<(String, Vec<u8>)>) -> std::io::Result<()> {
    for inner in command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set())
    {
        pages(inner, out)?;
    }
    let man = clap_mangen::Man::new(command.clone());
    let mut page = Vec::new();
    man.render(&mut page)?;
    out.push((man.get_filename(), page));
    Ok(())
}

/// Written whole, so that a reader who stops early is no error of ours.
fn print(bytes: &[u8]) -> anyhow::Result<Exit> {
    match std::io::stdout().write_all(bytes) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(Exit::Ok),
        other => other.context("standard output").map(|()| Exit::Ok),
    }
}

/// Of the program whose command line this is.
pub(super) fn completions(mut program: Command, args: CompletionsArgs) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "candor", &mut script);
    print(&script)
}

pub(super) fn man(common: &Common, program: Command, args: ManArgs) -> anyhow::Result<Exit> {
    let Some(dir) = args.output else {
        let mut page = Vec::new();
        clap_mangen::Man::new(program).render(&mut page)?;
        return print(&page);
    };
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let mut written = Vec::new();
    pages(&program, &mut written)?;
    let target = |(name, page): (String, Vec<u8>)| {
        let target = Target::new(&dir.join(name), PAGE, args.force, &[])?;
        Ok((target.public(), page))
    };
    // All names are looked at before the first page is written.
    let targets = written.into_iter().map(target);
    for (target, page) in targets.collect::<Result<Vec<_>, OutputError>>()? {
        target.write(&page)?;
    }
    common.say(format_args!("manual pages: {}", dir.display()));
    Ok(Exit::Ok)
}
