//! `candor case lock` and `candor case unlock`: a vault at rest.

use super::{Common, Exit, InterruptedError, UsageError, password};
use crate::Surroundings;
use crate::clean::line as escape;
use crate::commit::vault::locked::{self, Done, LockError};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// The variable that the passphrase may be in.
const PASSPHRASE: &str = "CANDOR_VAULT_PASSWORD";

pub(super) const LOCK_HELP: &str = "\
Puts everything in CASE/vault into one encrypted file, CASE/vault.tar.age, reads it back from the disk,
compares, and removes the vault. It needs as much free space as the vault has. A run that is killed leaves
either the vault or the archive, and the next command on the case says which.

The passphrase is taken from --password-file, from CANDOR_VAULT_PASSWORD, or asked for twice. It has at
least 12 characters, 6 of them different; without it the documents are lost, for there is no other way in.
The archive is a tar file in the age format, so that it can be opened without this program:

  age -d acme/vault.tar.age | tar -x -C acme

Not encrypted: commitment, custody log, requests/ (classifiers, and numbers of items), documents that
commit --reference left where they were, and whatever a disk or a backup keeps of removed files.

Example:
  candor case lock acme";

pub(super) const UNLOCK_HELP: &str = "\
Puts the vault back as it was and removes the archive.

Example:
  candor case unlock acme";

/// The options of both.
#[derive(Clone, Debug, clap::Args)]
pub struct LockArgs {
    /// The case's folder
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// A file with the passphrase on its first line
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl LockArgs {
    fn passphrase(&self, around: &Surroundings, new: bool) -> anyhow::Result<Zeroizing<String>> {
        let given = match password::given(around, self.password_file.as_deref(), PASSPHRASE)? {
            Some(given) => Some(given),
            None => {
                let first = password::ask("Passphrase of the vault: ");
                if let Some(first) = first.as_ref().filter(|_| new) {
                    check(first)?;
                    if password::ask("The same again: ").as_ref() != Some(first) {
                        let what = "the passphrases are not the same; nothing was locked";
                        return Err(UsageError(what.into()).into());
                    }
                }
                first
            }
        };
        let given = given.ok_or_else(|| {
            let what =
                format!("a passphrase is needed: set {PASSPHRASE} or give --password-file FILE");
            UsageError(what)
        })?;
        if new {
            check(&given)?;
        }
        Ok(given)
    }
}

fn check(passphrase: &str) -> Result<(), UsageError> {
    locked::check_strength(passphrase).map_err(|error| UsageError(error.to_string()))
}

pub(super) fn lock(common: &Common, args: &LockArgs) -> anyhow::Result<Exit> {
    // Before anybody is asked for anything: is there something to lock?
    common.recover(&args.case)?;
    crate::commit::vault::presence(&args.case)?;
    let passphrase = args.passphrase(&common.around, true)?;
    let progress = common.cancellable_progress();
    let done = settled(locked::lock(
        &common.around,
        &args.case,
        &passphrase,
        progress.as_ref(),
    ))?;
    drop(progress);
    print(common, args, &done, "locked");
    if !args.json {
        common.say("Keep the passphrase: without it no request can be answered any more.");
    }
    Ok(Exit::Ok)
}

pub(super) fn unlock(common: &Common, args: &LockArgs) -> anyhow::Result<Exit> {
    common.recover(&args.case)?;
    if !locked::is_locked(&args.case) {
        crate::commit::vault::presence(&args.case)?;
        return Err(LockError::NotLocked(args.case.clone()).into());
    }
    let passphrase = args.passphrase(&common.around, false)?;
    let progress = common.cancellable_progress();
    let done = settled(locked::unlock(
        &common.around,
        &args.case,
        &passphrase,
        progress.as_ref(),
    ))?;
    drop(progress);
    print(common, args, &done, "unlocked");
    Ok(Exit::Ok)
}

fn settled(done: Result<Done, LockError>) -> anyhow::Result<Done> {
    match done {
        Err(error @ LockError::Cancelled) => Err(InterruptedError(error.to_string()).into()),
        other => Ok(other?),
    }
}

fn print(common: &Common, args: &LockArgs, done: &Done, state: &str) {
    done.recovered.iter().for_each(|found| common.say(found));
    let archive = locked::archive(&args.case);
    let archive = (state == "locked").then(|| archive.display().to_string());
    let outside = done.outside.as_ref().map(|path| path.display().to_string());
    if args.json {
        let value = serde_json::json!({
            "state": state, "files": done.files, "bytes": done.bytes, "archive": archive,
            "not_encrypted": outside,
        });
        println!("{value:#}");
        return;
    }
    println!(
        "{}: {state}, {} files, {} bytes",
        escape(&args.case.display().to_string()),
        done.files,
        done.bytes
    );
    if let Some(archive) = archive {
        println!("archive {}", escape(&archive));
        if let Some(outside) = outside {
            println!(
                "NOT ENCRYPTED: the documents themselves, which were left in {}",
                escape(&outside)
            );
        }
    }
}
