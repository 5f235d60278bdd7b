//! `candor audit`: a random sample, opened in camera.

use super::{Common, Exit, InterruptedError, UsageError, verify};
use crate::audit::challenge::{Challenge, ChallengeError, Population, Size, Stratum};
use crate::audit::open::OpenError;
use crate::audit::{
    AuditReport, ItemResult, ItemStatus, Labels, Rereading, open_sample, reread_produced,
    verify_openings,
};
use crate::classify::Classifier;
use crate::clean::{self, line as escape};
use crate::commit::Vault;
use crate::commit::vault::open_commitment;
use crate::custody;
use crate::verify::{VerifiedBundle, verify_files};
use anyhow::Context;
use std::path::{Path, PathBuf};

/// Look at a random sample of what was not produced, before the judge
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The proofs show that no undisclosed item matches. Whether the items were honestly read into what was
searched, and what the search overlooks, only documents can show: so a random sample is opened in camera.

  requester   candor audit challenge bundle --commitment c.json --classifier r.clf \\
                  --nonce \"words spoken in court on 3 May\" -o challenge.json
  responder   candor audit open --case acme --bundle bundle --classifier r.clf \\
                  --challenge challenge.json -o in-camera
  judge       candor audit verify in-camera --challenge challenge.json --bundle bundle \\
                  --commitment c.json --classifier r.clf --labels labels.csv

Produced documents can be read again without any challenge: candor audit reread.")]
pub struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum AuditCommand {
    /// Draw a random sample of items that were not produced
    #[command(after_help = "\
The nonce must be chosen after the bundle was handed over, by somebody else than the responder.

  not-responsive  items that were proved not to match: what did the classifier overlook?
  exceptions      items that could not be searched: is responsive material among them, and could they
                  really not be read?
  all             both, everything that the search did not find: how complete is the production?
  withheld        matches that were kept back: is the ground good?

Examples:
  candor audit challenge bundle --commitment c.json --classifier r.clf -o challenge.json
  candor audit challenge bundle --commitment c.json --classifier r.clf --population exceptions \\
      -o exceptions.json
  candor audit challenge bundle --commitment c.json --classifier r.clf --margin 2.5 --confidence 99 \\
      --nonce \"lottery of 3 May: 4 8 15 16 23 42\" -o challenge.json")]
    Challenge {
        /// The bundle folder
        bundle: PathBuf,
        /// The commitment file
        #[arg(long, value_name = "FILE")]
        commitment: PathBuf,
        /// The requester's classifier file
        #[arg(long, value_name = "FILE")]
        classifier: PathBuf,
        /// What to draw from
        #[arg(
            long,
            value_enum,
            default_value = "not-responsive",
            value_name = "WHICH"
        )]
        population: Which,
        /// Confidence in per cent
        #[arg(long, default_value_t = 95.0, value_name = "PERCENT")]
        confidence: f64,
        /// Margin of error in per cent
        #[arg(long, default_value_t = 5.0, value_name = "PERCENT")]
        margin: f64,
        /// Number of items, instead of a margin
        #[arg(long, value_name = "N", conflicts_with = "margin")]
        size: Option<u32>,
        /// 64 hexadecimal digits, or words [default: random]
        #[arg(long, value_name = "TEXT")]
        nonce: Option<String>,
        /// The challenge to write
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Open exactly the sampled items, for the judge only
    #[command(after_help = "\
Refuses a challenge whose items are not those that its nonce gives. The folder holds documents that
were not produced: hand it to the judge, not to the other side.

Example:
  candor audit open --case acme --bundle bundle --classifier r.clf --challenge challenge.json -o in-camera")]
    Open {
        /// The case
        #[arg(long, value_name = "CASE")]
        case: PathBuf,
        /// The bundle that was handed over
        #[arg(long, value_name = "BUNDLE")]
        bundle: PathBuf,
        /// The classifier file
        #[arg(long, value_name = "FILE")]
        classifier: PathBuf,
        /// The challenge
        #[arg(long, value_name = "FILE")]
        challenge: PathBuf,
        /// The folder to write; it must not exist
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Check the opened items against the commitment, and estimate what the search missed
    #[command(after_help = "\
--labels is a CSV file with the columns item, responsive (yes or no), one line per opened item, filled
in by a person who read them; for withheld items the columns are item, justified. Without it, only the
commitments are checked.

Exit codes: 0 all items are as committed, 1 one is not, 4 a person must compare some.

Example:
  candor audit verify in-camera --challenge challenge.json --bundle bundle --commitment c.json \\
      --classifier r.clf --labels labels.csv")]
    Verify {
        /// The opened items
        openings: PathBuf,
        /// The challenge that was sent
        #[arg(long, value_name = "FILE")]
        challenge: PathBuf,
        /// The bundle
        #[arg(long, value_name = "BUNDLE")]
        bundle: PathBuf,
        /// The commitment file
        #[arg(long, value_name = "FILE")]
        commitment: PathBuf,
        /// The classifier file
        #[arg(long, value_name = "FILE")]
        classifier: PathBuf,
        /// What a person said about each item
        #[arg(long, value_name = "FILE")]
        labels: Option<PathBuf>,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Read every produced document again: is its text what its file says?
    #[command(after_help = "\
The verification shows that file and text are the committed ones. Whether the one comes from the other
takes the readers of documents, in the version that the commitment was made with. A responder who doctored
the texts before the request was known could not know which of them would be produced.

Exit codes: 0 every text is that of its file, 1 one is not, 4 a person must compare some.

Example:
  candor audit reread bundle --commitment c.json --classifier r.clf")]
    Reread {
        /// The bundle folder
        bundle: PathBuf,
        /// The commitment file
        #[arg(long, value_name = "FILE")]
        commitment: PathBuf,
        /// The classifier file
        #[arg(long, value_name = "FILE")]
        classifier: PathBuf,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
}

/// What a sample is drawn from.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Which {
    NotResponsive,
    Exceptions,
    All,
    Withheld,
}

impl From<Which> for Stratum {
    fn from(which: Which) -> Self {
        match which {
            Which::NotResponsive => Stratum::NotResponsive,
            Which::Exceptions => Stratum::Exceptions,
            Which::All => Stratum::All,
            Which::Withheld => Stratum::Withheld,
        }
    }
}

/// The bundle, if it verifies; otherwise says so.
fn verified(
    common: &Common,
    bundle: &Path,
    commitment: &Path,
    classifier: &Path,
) -> anyhow::Result<Option<VerifiedBundle>> {
    let progress = common.progress();
    match verify_files(bundle, commitment, classifier, progress.as_ref())? {
        Ok(verified) => Ok(Some(verified)),
        Err(report) => {
            common.say("The bundle does not verify, so there is nothing to audit.");
            verify::print_report(&report);
            Ok(None)
        }
    }
}

pub(super) fn run(common: &Common, args: AuditArgs) -> anyhow::Result<Exit> {
    match args.command {
        AuditCommand::Challenge {
            bundle,
            commitment,
            classifier,
            population,
            confidence,
            margin,
            size,
            nonce,
            output,
            json,
        } => {
            if output.exists() {
                let what = format!("{} exists already: choose another name", output.display());
                return Err(UsageError(what).into());
            }
            if verified(common, &bundle, &commitment, &classifier)?.is_none() {
                return Ok(Exit::Failed);
            }
            let nonce = match nonce {
                Some(text) => Challenge::nonce_from_text(&text),
                None => Challenge::fresh_nonce()?,
            };
            let size = size.map_or(Size::Margin(margin), Size::Items);
            let population = Population::of(&bundle, population.into())?;
            let challenge = match Challenge::draw(&population, confidence, size, nonce) {
                Err(ChallengeError::Parameter(what)) => {
                    return Err(UsageError(what.to_owned()).into());
                }
                other => other?,
            };
            crate::commit::vault::layout::write_atomically(&output, &challenge.to_json())?;
            if json {
                clean::print_json(&challenge)?;
            } else {
                println!(
                    "{} of the {} {} were drawn",
                    challenge.items.len(),
                    challenge.population_count,
                    challenge.population.items()
                );
                println!("nonce {}", challenge.nonce);
                println!("challenge: {}", output.display());
            }
            Ok(Exit::Ok)
        }
        AuditCommand::Open {
            case,
            bundle,
            classifier,
            challenge,
            output,
            json,
        } => {
            let vault = Vault::open(&case)?;
            let classifier = Classifier::load(&classifier)?;
            let read =
                Challenge::load(&challenge).with_context(|| challenge.display().to_string())?;
            let progress = common.cancellable_progress();
            let opened = open_sample(
                &vault,
                &bundle,
                &classifier,
                &read,
                &output,
                progress.as_ref(),
            );
            drop(progress);
            let opened = match opened {
                Err(OpenError::Cancelled) => {
                    return Err(InterruptedError(OpenError::Cancelled.to_string()).into());
                }
                other => other?,
            };
            let facts = [
                ("population", read.population.items().to_owned()),
                ("items", opened.to_string()),
                ("nonce", read.nonce.clone()),
                ("bundle", read.bundle.clone()),
            ];
            custody::record(&case, "audit", facts)?;
            if json {
                println!(
                    "{:#}",
                    serde_json::json!({ "opened": opened, "items": read.items, "output": output })
                );
            } else {
                println!("{opened} items opened: {}", output.display());
                common.say(
                    "IN CAMERA: these documents were not produced. Hand them to the judge only.",
                );
            }
            Ok(Exit::Ok)
        }
        AuditCommand::Verify {
            openings,
            challenge,
            bundle,
            commitment,
            classifier,
            labels,
            json,
        } => {
            let read =
                Challenge::load(&challenge).with_context(|| challenge.display().to_string())?;
            let labels = labels
                .map(|path| Labels::read(&path, read.population))
                .transpose()?;
            let forms: Vec<_> = open_commitment(&commitment)?
                .forms()
                .keys()
                .copied()
                .collect();
            let Some(verified) = verified(common, &bundle, &commitment, &classifier)? else {
                return Ok(Exit::Failed);
            };
            let classifier = Classifier::load(&classifier)?;
            let progress = common.progress();
            let report = verify_openings(
                &verified,
                &classifier,
                &read,
                &openings,
                &forms,
                labels.as_ref(),
                progress.as_ref(),
            )?;
            drop(progress);
            if json {
                clean::print_json(&report)?;
            } else {
                print_report(&report);
            }
            Ok(exit(report.failed, report.compare))
        }
        AuditCommand::Reread {
            bundle,
            commitment,
            classifier,
            json,
        } => {
            let Some(verified) = verified(common, &bundle, &commitment, &classifier)? else {
                return Ok(Exit::Failed);
            };
            let report = reread_produced(&verified, common.progress().as_ref())?;
            if json {
                clean::print_json(&report)?;
            } else {
                print_rereading(&report);
            }
            Ok(exit(report.failed, report.compare))
        }
    }
}

fn exit(failed: u32, compare: u32) -> Exit {
    match (failed, compare) {
        (0, 0) => Exit::Ok,
        (0, _) => Exit::Exceptions,
        _ => Exit::Failed,
    }
}

fn print_items(items: &[ItemResult]) {
    for item in items {
        let mark = match item.status {
            ItemStatus::Ok => continue,
            ItemStatus::Compare => "COMPARE",
            ItemStatus::Failed => "FAILED",
        };
        println!(
            "{mark}  item {} ({}): {}",
            item.item,
            escape(&item.path),
            escape(&item.detail)
        );
    }
}

fn print_rereading(report: &Rereading) {
    print_items(&report.items);
    println!(
        "{} produced documents read again: {} give the committed text, {} to compare by hand, {} give \
         another text",
        report.produced, report.ok, report.compare, report.failed
    );
}

fn print_report(report: &AuditReport) {
    print_items(&report.items);
    println!(
        "{} of {} {} opened: {} as committed, {} to compare by hand, {} failed",
        report.sampled,
        report.population,
        report.stratum.items(),
        report.ok,
        report.compare,
        report.failed
    );
    match &report.elusion {
        Some(elusion) => elusion.plain.iter().for_each(|line| println!("{line}")),
        None => println!(
            "No labels were given, so nothing is said about what a person would find: see --labels."
        ),
    }
}
