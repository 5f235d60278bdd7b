//! `candor features`: canonical vectors for other people's tools.

use super::common::{Force, parse_form};
use super::{Common, Exit, UsageError};
use crate::item::Form;
use crate::train::features::{self, Format, Places};
use std::path::PathBuf;

/// Write the canonical vectors of documents, to train elsewhere
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Writes one row per document: unsigned bytes, exactly what would be committed. Beside the output, the
file NAME.index.csv tells which document each row is (row, label, path). The label is the name of the
first folder below DIR, empty for files directly in DIR.

Examples:
  candor features labelled -o X.npy     labelled/spam/..., labelled/ham/...
  candor features corpus -o X.csv
See classifiers/train_sklearn.py for how to train on the result and write a classifier file.")]
pub struct FeaturesArgs {
    /// Folder of documents
    folder: PathBuf,
    /// Output file; its extension, .npy or .csv, decides the format
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Canonical form
    #[arg(long, default_value = "text", value_parser = parse_form)]
    form: Form,
    #[command(flatten)]
    force: Force,
}

pub(super) fn run(common: &Common, args: FeaturesArgs) -> anyhow::Result<Exit> {
    let format = match args.output.extension().and_then(|e| e.to_str()) {
        Some("npy") => Format::Npy,
        Some("csv") => Format::Csv,
        _ => {
            return Err(UsageError(format!(
                "{}: the extension must be .npy or .csv",
                args.output.display()
            ))
            .into());
        }
    };
    let places = Places::new(&args.output, format, args.force.into())?;
    let progress = common.progress();
    let written = features::write(&args.folder, args.form, places, format, &*progress)?;
    println!(
        "{}  {} rows of {}",
        args.output.display(),
        written.rows,
        args.form.len()
    );
    println!("{}", written.index.display());
    if written.skipped > 0 {
        common.say(format_args!(
            "{} documents without text were skipped",
            written.skipped
        ));
    }
    Ok(Exit::Ok)
}
