//! `candor classifier`: make, look into and measure classifier files.

mod eval;
mod explain;
#[cfg(feature = "onnx")]
mod import;
mod inspect;
mod seal;
mod sealed;
mod shared;
mod train;

use super::{Common, Exit};
use clap::Subcommand;

/// Make, inspect and measure classifier files
#[derive(Debug, clap::Args)]
pub struct ClassifierArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train a classifier on two folders of labelled documents
    Train(Box<train::TrainArgs>),
    /// Turn an ONNX model into a classifier of pictures
    #[cfg(feature = "onnx")]
    Import(Box<import::ImportArgs>),
    /// Seal a classifier: publish what it is made of and a commitment to its weights, and keep the weights
    Seal(seal::SealArgs),
    /// Show what is inside a classifier file
    Inspect(inspect::InspectArgs),
    /// Tell what a classifier looks for, from its numbers and not from its card
    Explain(explain::ExplainArgs),
    /// Measure a classifier on two folders of labelled documents
    Eval(eval::EvalArgs),
}

pub(super) fn run(common: &Common, args: ClassifierArgs) -> anyhow::Result<Exit> {
    match args.command {
        Command::Train(args) => train::run(common, *args),
        #[cfg(feature = "onnx")]
        Command::Import(args) => import::run(common, *args),
        Command::Seal(args) => seal::run(common, args),
        Command::Inspect(args) => inspect::run(args),
        Command::Explain(args) => explain::run(common, args),
        Command::Eval(args) => eval::run(common, args),
    }
}
