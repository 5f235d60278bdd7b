//! `candor demo`: the whole story on the shipped examples.

use super::{Common, Exit};
use crate::demo;
use std::path::PathBuf;

/// Tell the whole story on the shipped examples: commit, prove, verify, cheat and be caught
#[derive(Clone, Debug, clap::Args)]
pub struct DemoArgs {
    /// Keep the case and the bundle in this folder [default: a temporary folder, removed at the end]
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Where corpus-examples/ and classifiers/ are [default: looked for around here and the program]
    #[arg(long, value_name = "DIR")]
    examples: Option<PathBuf>,
}

pub(super) fn run(common: &Common, args: DemoArgs) -> anyhow::Result<Exit> {
    let progress = common.progress();
    let caught = demo::run(
        &common.around,
        args.examples.as_deref(),
        args.keep.as_deref(),
        progress.as_ref(),
        &mut |line| println!("{line}"),
    )?;
    Ok(if caught { Exit::Ok } else { Exit::Failed })
}
