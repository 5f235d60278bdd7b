//! `candor audit`: a random sample, opened in camera.

use super::common::parse_time;
use super::{Common, Exit, InterruptedError, RefusedError, UsageError, verify};
use crate::audit::challenge::{self, Challenge, ChallengeError, Population, Size, Stratum};
use crate::audit::history::History;
use crate::audit::log::{self, LogError, Logged};
use crate::audit::open::OpenError;
use crate::audit::verify::{Answered, AuditError};
use crate::audit::{
    AuditReport, ItemResult, ItemStatus, Labels, Rereading, Terms, open_sample_allowing,
    reread_produced, verify_openings,
};
use crate::clean::{self, line as escape};
use crate::commit::Vault;
use crate::commit::{chain, open_commitment};
use crate::custody;
use crate::guard::CheckError;
use crate::ingest::IngestOptions;
use crate::ingest::ocr::Ocr;
use crate::output::{self, Kind, Target};
use crate::verify::{VerifiedBundle, verify_files};
use anyhow::Context;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

/// Look at a random sample of what was not produced, before the judge
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The proofs show that no undisclosed item matches. Whether the items were honestly read into what was
searched, and what the search overlooks, only documents can show: so a random sample is opened in camera.
Which items these are follows from the challenge's nonce and from a secret that the commitment fixed: neither
side can choose them, nor know them before the other has moved.

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
    /// Ask for a random sample of items that were not produced
    #[command(after_help = "\
The nonce must be chosen after the bundle was handed over, by somebody else than the responder. The challenge
says how many items of what, and until when; which items, the responder's half of the seed decides. Sign it
and have it time-stamped when it is served (candor sign, candor timestamp), so that who does not answer
cannot deny it. Audits over a commitment are numbered: a refused number takes a new challenge with a new
nonce. The same challenge with a later deadline (same nonce, same number) is the same sample.

  not-responsive  items that were proved not to match: what did the classifier overlook?
  exceptions      items that could not be searched: is responsive material among them, and could they
                  really not be read?
  all             both, everything that the search did not find: how complete is the production?
  withheld        matches that were kept back: is the ground good?

Examples:
  candor audit challenge bundle --commitment c.json --classifier r.clf --deadline 2026-05-17 -o challenge.json
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
        #[arg(long, default_value = "95", value_name = "PERCENT", value_parser = parse_confidence)]
        confidence: f64,
        /// Margin of error in per cent
        #[arg(long, default_value = "5", value_name = "PERCENT", value_parser = parse_margin)]
        margin: f64,
        /// Number of items, instead of a margin
        #[arg(long, value_name = "N", conflicts_with = "margin", value_parser = clap::value_parser!(u32).range(1..))]
        size: Option<u32>,
        /// 64 hexadecimal digits, or words [default: random]
        #[arg(long, value_name = "TEXT", value_parser = parse_nonce)]
        nonce: Option<String>,
        /// Number of the audit over this commitment [default: after those that the bundle states]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(chain::LENGTH)))]
        number: Option<u32>,
        /// Until when a complete answer is due: a date, or a time such as 2026-05-03T17:00:00Z
        #[arg(long, value_name = "TIME", value_parser = parse_deadline)]
        deadline: Option<String>,
        /// The challenge to write
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Open exactly the sampled items, for the judge only
    #[command(after_help = "\
Opens for the very bundle that candor prove made in this case, and only if it verifies; for the next number,
which is recorded in the custody log first; and once for the same items, unless --again says why
there is another sample. The folder holds documents that were not produced: hand it to the judge, not to the
other side.

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
        /// Why the same items of the same bundle are sampled another time; recorded
        #[arg(long, value_name = "REASON", value_parser = crate::cli::common::in_words)]
        again: Option<String>,
        /// Open an item that contains or resembles a withheld one, for a reason that is recorded (repeatable)
        #[arg(long, value_name = "ITEM=REASON")]
        allow: Vec<String>,
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
commitments are checked. An item that was not opened, not by the deadline, or not as it was committed,
counts as a defect in both, whatever its label says. What came and cannot be read is no answer: if there is
none at all, --unanswered says so once the deadline is over.

Exit codes: 0 all items are as committed, 1 one is not, 4 a person must compare some.

Examples:
  candor audit verify --unanswered --challenge challenge.json --bundle bundle --commitment c.json \\
      --classifier r.clf
  candor audit verify in-camera --challenge challenge.json --bundle bundle --commitment c.json \\
      --classifier r.clf --labels labels.csv")]
    Verify {
        /// The opened items
        #[arg(required_unless_present = "unanswered", conflicts_with = "unanswered")]
        openings: Option<PathBuf>,
        /// There is no answer, and the deadline is over
        #[arg(long)]
        unanswered: bool,
        /// When the answer came, such as 2026-05-03T17:00:00Z, to compare it with the deadline
        #[arg(long, value_name = "TIME", conflicts_with = "unanswered", value_parser = parse_time)]
        received: Option<OffsetDateTime>,
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
    /// List the audits of a case, from its custody log
    #[command(after_help = "Example:\n  candor audit log acme")]
    Log {
        /// The case
        case: PathBuf,
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
  candor audit reread bundle --commitment c.json --classifier r.clf
  candor audit reread bundle --commitment c.json --classifier r.clf --passwords known.txt --ocr --ocr-language deu")]
    Reread {
        /// The bundle folder
        bundle: PathBuf,
        /// The commitment file
        #[arg(long, value_name = "FILE")]
        commitment: PathBuf,
        /// The classifier file
        #[arg(long, value_name = "FILE")]
        classifier: PathBuf,
        /// A text file with passwords, one a line, for documents that were committed with `commit --passwords`
        #[arg(long, value_name = "FILE")]
        passwords: Option<PathBuf>,
        /// Recognise text again, with Tesseract: a text that the same engine with the same models gives again is settled
        #[arg(long)]
        ocr: bool,
        /// Languages of what is recognised, as Tesseract calls them
        #[arg(
            long,
            value_name = "LANG[+LANG]",
            default_value = "eng",
            requires = "ocr"
        )]
        ocr_language: String,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
}

fn percentage(value: &str, range: std::ops::RangeInclusive<f64>) -> Result<f64, String> {
    let number: f64 = value.parse().map_err(|_| "this is no number".to_owned())?;
    match range.contains(&number) {
        true => Ok(number),
        false => Err(format!(
            "it lies between {} and {} per cent",
            range.start(),
            range.end()
        )),
    }
}

fn parse_confidence(value: &str) -> Result<f64, String> {
    percentage(value, 50.0..=99.99)
}

fn parse_margin(value: &str) -> Result<f64, String> {
    percentage(value, 0.1..=50.0)
}

/// Words, or 64 hexadecimal digits; what looks like such digits and is not all of them is no words.
fn parse_nonce(value: &str) -> Result<String, String> {
    let digits = value.len() >= 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    match (digits, value.len()) {
        (true, 64) => Ok(value.to_ascii_lowercase()),
        (true, found) => Err(format!(
            "64 hexadecimal digits are needed, and these are {found}"
        )),
        _ if !clean::is_visible(value) => Err("there is nothing to read in it".to_owned()),
        _ => Ok(value.to_owned()),
    }
}

fn parse_deadline(value: &str) -> Result<String, String> {
    challenge::deadline(value)
        .map(|_| value.to_owned())
        .map_err(|error| error.to_string())
}

/// What a sample is drawn from.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Which {
    NotResponsive,
    Exceptions,
    All,
    Withheld,
    Partly,
}

impl From<Which> for Stratum {
    fn from(which: Which) -> Self {
        match which {
            Which::NotResponsive => Stratum::NotResponsive,
            Which::Exceptions => Stratum::Exceptions,
            Which::All => Stratum::All,
            Which::Withheld => Stratum::Withheld,
            Which::Partly => Stratum::Partly,
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
            number,
            deadline,
            output,
            json,
        } => {
            // Its nonce is chosen once: none is put in another one's place.
            let inputs = [&*bundle, &*commitment, &*classifier];
            let target = Target::new(&output, Kind::unique("a challenge"), None, &inputs)?;
            let Some(verified) = verified(common, &bundle, &commitment, &classifier)? else {
                return Ok(Exit::Failed);
            };
            let nonce = match nonce {
                Some(text) => Challenge::nonce_from_text(&text),
                None => Challenge::fresh_nonce()?,
            };
            let history = History::of_bundle(&bundle)?;
            let terms = Terms {
                confidence,
                size: size.map_or(Size::Margin(margin), Size::Items),
                number: number.unwrap_or_else(|| history.next()),
                deadline,
            };
            if !history.allows(terms.number) {
                let what = format!(
                    "by what the bundle states, audits up to {} were answered: whoever saw an answer could foresee \
                     the sample of number {}; the next one is {}",
                    history.next() - 1,
                    terms.number,
                    history.next()
                );
                return Err(UsageError(what).into());
            }
            let population = Population::of(&verified, population.into());
            let challenge = match Challenge::draw(&population, &terms, nonce) {
                Err(
                    error @ (ChallengeError::Parameter(_)
                    | ChallengeError::Number(_)
                    | ChallengeError::Deadline(_)),
                ) => return Err(UsageError(error.to_string()).into()),
                other => other?,
            };
            target.write(&challenge.to_json())?;
            if json {
                clean::print_json(&challenge)?;
            } else {
                println!(
                    "{} of the {} {} are to be opened, as audit {}",
                    challenge.sample,
                    challenge.population_count,
                    challenge.population.items(),
                    challenge.number
                );
                if let Some(deadline) = &challenge.deadline {
                    println!("answer due by {deadline}");
                }
                println!("nonce {}", challenge.nonce);
                println!("bundle {}", challenge.bundle);
                for line in history.words() {
                    println!("as the responder states, {line}");
                }
                println!("challenge: {}", output.display());
            }
            Ok(Exit::Ok)
        }
        AuditCommand::Open {
            case,
            bundle,
            classifier,
            challenge,
            again,
            allow,
            output,
            json,
        } => {
            output::check_folder(&output, "an answer")?;
            let vault = Vault::open(&case)?;
            let classifier = crate::input::any_classifier(&classifier)?;
            let read =
                Challenge::load(&challenge).with_context(|| challenge.display().to_string())?;
            let begun = [("number", read.number.to_string())];
            let doing = custody::Doing::leaving(output.clone());
            let act = common.begin(&case, "audit open", begun, doing)?;
            let progress = common.cancellable_progress();
            let opened = open_sample_allowing(
                &common.around,
                &vault,
                &bundle,
                &classifier,
                &read,
                again.as_deref(),
                &allow,
                &output,
                progress.as_ref(),
            );
            drop(progress);
            let opened = match opened {
                Err(OpenError::Guard(error @ CheckError::Allow(_))) => {
                    return Err(UsageError(error.to_string()).into());
                }
                Err(OpenError::Guard(error)) => {
                    return Err(RefusedError(error.to_string()).into());
                }
                Err(OpenError::Cancelled) => {
                    return Err(InterruptedError(OpenError::Cancelled.to_string()).into());
                }
                Err(OpenError::NotVerified(why)) => {
                    eprintln!("{}", escape(&OpenError::NotVerified(why).to_string()));
                    return Ok(Exit::Failed);
                }
                Err(OpenError::Log(
                    error @ (LogError::Repeated { .. } | LogError::Number { .. }),
                )) => {
                    return Err(UsageError(error.to_string()).into());
                }
                other => other?,
            };
            opened.record(&common.around, act, &case, &read, &output)?;
            let opened = opened.items;
            if json {
                println!(
                    "{:#}",
                    serde_json::json!({ "opened": opened, "number": read.number, "output": output })
                );
            } else {
                println!(
                    "{opened} items opened as audit {}: {}",
                    read.number,
                    output.display()
                );
                common.say(
                    "IN CAMERA: these documents were not produced. Hand them to the judge only.",
                );
            }
            Ok(Exit::Ok)
        }
        AuditCommand::Verify {
            openings,
            unanswered,
            received,
            challenge,
            bundle,
            commitment,
            classifier,
            labels,
            json,
        } => {
            let received = match received {
                _ if unanswered => Some(common.around.now()),
                given => given,
            };
            let read =
                Challenge::load(&challenge).with_context(|| challenge.display().to_string())?;
            let labels = labels
                .map(|path| Labels::read(&path, read.population))
                .transpose()?;
            let Some(verified) = verified(common, &bundle, &commitment, &classifier)? else {
                return Ok(Exit::Failed);
            };
            let classifier = crate::input::any_classifier(&classifier)?;
            let commitment = open_commitment(&commitment)?;
            let progress = common.progress();
            let answered = Answered {
                openings: openings.as_deref(),
                received,
            };
            let report = verify_openings(
                &verified,
                &commitment,
                &classifier,
                &read,
                answered,
                labels.as_ref(),
                progress.as_ref(),
            )
            .map_err(no_answer)?;
            drop(progress);
            if json {
                clean::print_json(&report)?;
            } else {
                print_report(&report);
            }
            Ok(exit(report.failed + report.unopened, report.compare))
        }
        AuditCommand::Log { case, json } => {
            let chain = custody::read(&case)?;
            if let Some(fault) = chain.fault {
                anyhow::bail!("{} is not intact: {fault}", custody::path(&case).display());
            }
            let audits = log::audits(&chain);
            if json {
                let next = log::next(&audits);
                clean::print_json(&serde_json::json!({ "audits": audits, "next": next }))?;
            } else {
                print_log(&audits);
            }
            Ok(Exit::Ok)
        }
        AuditCommand::Reread {
            bundle,
            commitment,
            classifier,
            passwords,
            ocr,
            ocr_language,
            json,
        } => {
            let found = ocr
                .then(|| Ocr::find(&common.around, &ocr_language))
                .transpose();
            let options = IngestOptions {
                passwords: super::commit::passwords(passwords.as_deref())?,
                ocr: found.map_err(|error| UsageError(format!("--ocr: {error}")))?,
                ..IngestOptions::default()
            };
            let Some(verified) = verified(common, &bundle, &commitment, &classifier)? else {
                return Ok(Exit::Failed);
            };
            let commitment = open_commitment(&commitment)?;
            let classifier = crate::input::any_classifier(&classifier)?;
            let progress = common.progress();
            let report = reread_produced(
                &verified,
                &commitment,
                &classifier,
                &options,
                progress.as_ref(),
            )?;
            drop(progress);
            if json {
                clean::print_json(&report)?;
            } else {
                print_rereading(&report);
            }
            Ok(exit(report.failed, report.compare))
        }
    }
}

/// An error, and what becomes of an audit whose answer has one: it must not be worth making.
fn no_answer(error: AuditError) -> anyhow::Error {
    let of_the_answer = matches!(
        error,
        AuditError::Answer(_)
            | AuditError::File(_)
            | AuditError::Bag(_)
            | AuditError::Stray(_)
            | AuditError::OtherChallenge { .. }
    );
    match of_the_answer {
        true => anyhow::anyhow!(
            "{error}\nThis is no answer to the challenge: ask for one that is. If there is none by the deadline, every \
             item counts as not opened (candor audit verify --unanswered)."
        ),
        false => error.into(),
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
            ItemStatus::NotOpened => "NOT OPENED",
        };
        // An answer that could not be read has no path.
        let path = match item.path.as_str() {
            "" => String::new(),
            path => format!(" ({})", escape(path)),
        };
        println!("{mark}  item {}{path}: {}", item.item, escape(&item.detail));
    }
}

fn print_rereading(report: &Rereading) {
    println!("{}", report.headline());
    print_items(&report.items);
}

fn print_report(report: &AuditReport) {
    println!("{}", report.headline());
    print_items(&report.items);
    for line in report.remarks() {
        println!("{}", escape(&line));
    }
    match &report.elusion {
        Some(elusion) => elusion.plain.iter().for_each(|line| println!("{line}")),
        None => println!(
            "No labels were given, so nothing is said about what a person would find: see --labels."
        ),
    }
}

fn print_log(audits: &[Logged]) {
    for audit in audits {
        let again = match &audit.reason {
            Some(reason) => format!(", once more because: {}", escape(reason)),
            None => String::new(),
        };
        println!(
            "{}  {}  {} items of {}{again}\n   challenge {}\n   bundle    {}",
            audit.number,
            audit.time,
            escape(&audit.items),
            escape(&audit.population),
            escape(&audit.challenge),
            escape(&audit.bundle)
        );
    }
    println!("the next audit has number {}", log::next(audits));
}
