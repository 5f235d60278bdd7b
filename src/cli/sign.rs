//! `candor keygen`, `candor sign`, `candor verify-signature`.

use super::common::Force;
use super::{Common, Exit, UsageError, password};
use crate::clean;
use crate::sign::{KeyError, Password, Signature, Subject, keys, steps, verify_file};
use std::path::PathBuf;

/// The variable that a password may be in.
const PASSWORD: &str = "CANDOR_KEY_PASSWORD";

/// Make a key pair for signing commitments and bundles
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Writes NAME.key (secret: keep it, keep a backup) and NAME.pub (publish it). The files are minisign's.
The password is taken from --password-file, from CANDOR_KEY_PASSWORD, or asked for.

Examples:
  candor keygen acme-records
  candor keygen acme-records --no-password     for machines; whoever has the file can sign")]
pub struct KeygenArgs {
    /// Name of the key's files, without extension
    #[arg(value_name = "NAME")]
    name: PathBuf,
    /// Do not protect the secret key with a password
    #[arg(long, conflicts_with = "password_file")]
    no_password: bool,
    /// A file with the password on its first line
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Sign a commitment file, a bundle, or any file (minisign-compatible)
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
A bundle is signed over its tag manifest, which covers every byte of it; a case over its commitment
file. The signature is put beside the file, with the extension .minisig.

Examples:
  candor sign acme/commitment.json --key acme-records.key
  candor sign bundle --key acme-records.key
  minisign -V -p acme-records.pub -m acme/commitment.json      checks it as well")]
pub struct SignArgs {
    /// A file, a bundle or a case
    #[arg(value_name = "FILE|BUNDLE")]
    what: PathBuf,
    /// The secret key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// A file with the key's password on its first line
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// A case whose custody log records this [default: the case that is signed]
    #[arg(long, value_name = "CASE")]
    case: Option<PathBuf>,
    #[command(flatten)]
    force: Force,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Check the signature of a commitment file, a bundle, or any file
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  candor verify-signature acme/commitment.json --key acme-records.pub
  candor verify-signature bundle --key RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3

For a bundle, this says who vouches for its bytes; candor verify-bundle says what they prove.
Exit codes: 0 the signature holds, 1 it does not, 3 a file is missing or malformed.")]
pub struct VerifySignatureArgs {
    /// A file, a bundle or a case
    #[arg(value_name = "FILE|BUNDLE")]
    what: PathBuf,
    /// The public key: a file, or the key itself
    #[arg(long, value_name = "FILE|KEY")]
    key: String,
    /// The signature [default: beside the file]
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn keygen(common: &Common, args: KeygenArgs) -> anyhow::Result<Exit> {
    let chosen = if args.no_password {
        Password::None
    } else {
        let given = match password::given(&common.around, args.password_file.as_deref(), PASSWORD)?
        {
            Some(password) => Some(password),
            None => {
                let first = password::ask("Password for the new key: ");
                if first.is_some() && password::ask("The same again: ") != first {
                    return Err(super::UsageError("the passwords are not the same".into()).into());
                }
                first
            }
        };
        let given = given.filter(|password| !password.is_empty());
        Password::Of(given.ok_or_else(|| {
            super::UsageError(format!(
                "a password is needed: set {PASSWORD}, give --password-file or --no-password"
            ))
        })?)
    };
    let (secret, public) = keys::generate(&args.name, &chosen)?;
    if args.json {
        println!(
            "{:#}",
            serde_json::json!({ "secret": secret, "public": public })
        );
    } else {
        println!("secret key {}", secret.display());
        println!("public key {}", public.display());
        common.say("Publish the public key where the other side trusts it; guard the secret one.");
    }
    Ok(Exit::Ok)
}

pub(super) fn sign(common: &Common, args: SignArgs) -> anyhow::Result<Exit> {
    let given = password::given(&common.around, args.password_file.as_deref(), PASSWORD)?;
    let asked = || given.or_else(|| password::ask("Password of the key: "));
    let made = steps::sign(
        &common.around,
        &args.what,
        &args.key,
        asked,
        args.case.as_deref(),
        args.force.force,
    )?;
    print_signature(&made, args.json, "signed")?;
    common.say(format_args!("signature: {}", made.signature.display()));
    Ok(Exit::Ok)
}

pub(super) fn verify(common: &Common, args: VerifySignatureArgs) -> anyhow::Result<Exit> {
    let subject = Subject::of(&args.what)?;
    let key = keys::public(&args.key).map_err(|error| match error {
        KeyError::NeitherFileNorKey(_) => UsageError(error.to_string()).into(),
        other => anyhow::Error::from(other),
    })?;
    match verify_file(&subject, &key, args.signature)? {
        Ok(signature) => {
            print_signature(&signature, args.json, "good signature on")?;
            common.say("It vouches for the bytes; what they prove is for candor verify-bundle.");
            Ok(Exit::Ok)
        }
        Err(why) => {
            if args.json {
                let file = subject.file();
                println!(
                    "{:#}",
                    serde_json::json!({ "valid": false, "file": file, "why": why })
                );
            } else {
                println!("BAD SIGNATURE on {}: {why}", subject.file().display());
            }
            Ok(Exit::Failed)
        }
    }
}

fn print_signature(signature: &Signature, json: bool, what: &str) -> anyhow::Result<()> {
    if json {
        let mut value = serde_json::to_value(signature)?;
        value["valid"] = true.into();
        clean::print_json(&value)?;
    } else {
        println!("{what} {}", signature.file.display());
        println!("  key     {}", signature.key);
        let comment = crate::clean::line(&signature.comment.replace('\t', " "));
        println!("  comment {comment}");
    }
    Ok(())
}
