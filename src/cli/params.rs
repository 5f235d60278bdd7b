//! `candor params`: the public parameters, regenerated from nothing and compared.

use super::common::Force;
use super::{Common, Exit, UsageError};
use crate::output::{Kind, Target};
use crate::params::{self, SIZES};
use anyhow::Context;
use std::path::{Path, PathBuf};

/// Check or regenerate the public parameters
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The parameters are nothing-up-my-sleeve points: hashes to the curve of counters. There is no
secret behind them and no ceremony. Regenerating takes about a minute.

Examples:
  candor params                 list what is embedded
  candor params --check         regenerate and compare byte for byte
  candor params --write assets  regenerate and write params-12.bin, params-12-y.bin, params-14.bin, ...")]
pub struct ParamsArgs {
    /// Regenerate the parameters and compare them with the embedded ones
    #[arg(long)]
    check: bool,
    /// Regenerate the parameters and write them to this folder
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    write: Option<PathBuf>,
    #[command(flatten)]
    force: Force,
    /// Only this size (14: text, 15: images, 12: texts in their first form)
    #[arg(short, value_name = "K")]
    k: Option<u32>,
}

/// Parameters are the same whoever makes them, so those that are there are not replaced unasked.
fn write(path: &Path, force: Force, bytes: &[u8]) -> anyhow::Result<()> {
    let kind = Kind::unique("a file of parameters");
    Ok(Target::new(path, kind, force, &[])?.public().write(bytes)?)
}

pub(super) fn run(common: &Common, args: ParamsArgs) -> anyhow::Result<Exit> {
    let sizes: Vec<u32> = match args.k {
        None => SIZES.to_vec(),
        Some(k) if SIZES.contains(&k) => vec![k],
        Some(k) => {
            return Err(UsageError(format!(
                "-k {k}: there are no parameters of this size, only {SIZES:?}"
            ))
            .into());
        }
    };
    let mut exit = Exit::Ok;
    for k in sizes {
        if let Some(dir) = &args.write {
            common.say(format_args!("generating parameters for k = {k} ..."));
            let bytes = params::generate(k);
            let path = dir.join(params::file_name(k));
            std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
            write(&path, args.force, &bytes)?;
            println!("{}  {}", params::sha256_hex(&bytes), path.display());
            let ordinates = params::ordinates(k, &bytes)?;
            let path = dir.join(params::ordinates_name(k));
            write(&path, args.force, &ordinates)?;
            println!("{}  {}", params::sha256_hex(&ordinates), path.display());
        } else if args.check {
            common.say(format_args!("generating parameters for k = {k} ..."));
            let same = params::generate(k) == params::embedded(k)?;
            let verdict = if same { "identical" } else { "DIFFERENT" };
            println!("{}  {verdict}", params::file_name(k));
            if !same {
                exit = Exit::Failed;
            }
        } else {
            let bytes = params::embedded(k)?;
            println!("{}  {}", params::sha256_hex(bytes), params::file_name(k));
        }
    }
    Ok(exit)
}
