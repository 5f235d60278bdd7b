//! `candor timestamp`: RFC 3161 time-stamps, offline.

use super::common::Force;
use super::{Common, Exit};
use crate::clean;
use crate::sign::tsp::{Stamp, TokenError};
use crate::sign::{StepError, steps};
use std::path::{Path, PathBuf};

/// Time-stamp a commitment or a bundle (RFC 3161)
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
A token over the commitment file, made before the request arrived, shows that the commitment was not
made up afterwards. candor never goes online: you send the request.

Example:
  candor timestamp request acme/commitment.json
  curl -H 'Content-Type: application/timestamp-query' --data-binary @acme/commitment.json.tsq \\
      https://tsa.example -o reply.tsr
  candor timestamp store acme/commitment.json reply.tsr
  candor timestamp verify acme/commitment.json --ca tsa-root.pem")]
pub struct TimestampArgs {
    #[command(subcommand)]
    command: TimestampCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum TimestampCommand {
    /// Write a request to send to a time-stamping authority
    Request {
        /// A file, a bundle or a case
        #[arg(value_name = "FILE|BUNDLE")]
        what: PathBuf,
        /// The request [default: beside the file, with the extension .tsq; for a bundle, beside it]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        force: Force,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Keep an authority's reply beside the file, if it is about this file and this request
    Store {
        /// A file, a bundle or a case
        #[arg(value_name = "FILE|BUNDLE")]
        what: PathBuf,
        /// The reply
        #[arg(value_name = "REPLY")]
        reply: PathBuf,
        /// The request that was sent [default: where timestamp request put it]
        #[arg(long, value_name = "FILE")]
        request: Option<PathBuf>,
        /// A case whose custody log records this [default: the case that is stamped]
        #[arg(long, value_name = "CASE")]
        case: Option<PathBuf>,
        #[command(flatten)]
        force: Force,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Check a stored time-stamp against certificates you trust
    Verify {
        /// A file, a bundle or a case
        #[arg(value_name = "FILE|BUNDLE")]
        what: PathBuf,
        /// Trusted root certificates, PEM or DER; may be repeated
        #[arg(long, value_name = "FILE", required = true)]
        ca: Vec<PathBuf>,
        /// Further certificates of the authority, if the token does not hold them
        #[arg(long, value_name = "FILE")]
        tsa_certificate: Vec<PathBuf>,
        /// The reply [default: beside the file, with the extension .tsr]
        #[arg(long, value_name = "FILE")]
        token: Option<PathBuf>,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(common: &Common, args: TimestampArgs) -> anyhow::Result<Exit> {
    match args.command {
        TimestampCommand::Request {
            what,
            output,
            force,
            json,
        } => {
            let (file, path) = steps::request(&what, output, force.force)?;
            if json {
                clean::print_json(&serde_json::json!({ "file": file, "request": path }))?;
            } else {
                println!("{}", path.display());
            }
            common.say("Send it to a time-stamping authority, then: candor timestamp store");
            Ok(Exit::Ok)
        }
        TimestampCommand::Store {
            what,
            reply,
            request,
            case,
            force,
            json,
        } => match steps::store(
            &common.around,
            &what,
            &reply,
            request,
            case.as_deref(),
            force.force,
        ) {
            Ok((stamp, target)) => {
                print_stamp(&stamp, &target, json)?;
                common.say(
                    "Stored. Its signature has not been checked: candor timestamp verify --ca does that.",
                );
                Ok(Exit::Ok)
            }
            Err(StepError::Token(error)) => refuse(&error, json),
            Err(error) => Err(error.into()),
        },
        TimestampCommand::Verify {
            what,
            ca,
            tsa_certificate,
            token,
            json,
        } => match steps::check_stamp(&what, &ca, &tsa_certificate, token) {
            Ok((stamp, path)) => {
                print_stamp(&stamp, &path, json)?;
                Ok(Exit::Ok)
            }
            Err(StepError::Token(error)) => refuse(&error, json),
            Err(error) => Err(error.into()),
        },
    }
}

/// A reply that is readable but wrong is a failed check; one that is not readable is malformed.
fn refuse(error: &TokenError, json: bool) -> anyhow::Result<Exit> {
    if json {
        println!(
            "{:#}",
            serde_json::json!({ "valid": false, "why": error.to_string() })
        );
    } else {
        println!("REFUSED: {error}");
    }
    Ok(match error {
        TokenError::Der(_) | TokenError::TooLong(_) | TokenError::Content(_) => Exit::Unreadable,
        _ => Exit::Failed,
    })
}

fn print_stamp(stamp: &Stamp, path: &Path, json: bool) -> anyhow::Result<()> {
    if json {
        let mut value = serde_json::to_value(stamp)?;
        value["valid"] = true.into();
        value["token"] = path.display().to_string().into();
        clean::print_json(&value)?;
    } else {
        println!("stamped   {}", stamp.time);
        if stamp.trusted {
            let authority = crate::clean::line(&stamp.authority);
            println!("authority {authority} (trusted)");
        }
        println!("policy    {}", stamp.policy);
        println!("token     {}", path.display());
    }
    Ok(())
}
