//! `candor export`: a production that review platforms load.

use super::{Common, Exit, InterruptedError, RefusedError, UsageError, verify};
use crate::clean;
use crate::commit::Vault;
use crate::commit::earlier::place;
use crate::custody;
use crate::dat::Encoding;
use crate::export::bates::DEFAULT_WIDTH;
use crate::export::production::volume_name;
use crate::export::{
    Bates, BatesError, ExportError, ExportOptions, LogFact, Named, Production, Profile, Side,
    export,
};
use crate::guard::allow;
use crate::output;
use crate::verify::verify_files;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Verifies the bundle first and exports nothing from a bundle that fails. DIR receives two folders:

  serve/      may be handed over as it is: the load file (Concordance DAT, or CSV), an Opticon file where there
              are pictures, NATIVES and TEXT named by Bates number, privilege-log.csv and .xlsx, exceptions.csv
              (every replacement, broken family and item that was not searched), families.csv (families that
              are produced in part, member by member, as far as the produced documents tell; with
              --families open all of them, and family-openings.jsonl), production.json and hashes.csv. Nothing in it tells of
              an undisclosed document what the bundle does not tell.
  internal/   stays with the responder, written only with --case: the logs with dates, parties, subjects, paths
              and what the readers said.

A production is of one bundle. Of a commitment and its supplements each bundle is exported by itself, the next with
--start at the number that is printed; the sums of all of them are in the report of verify-bundle, which takes the chain.

A privilege log that is served usually has dates, authors and recipients. --log-facts puts them there, fact by
fact: date, type, author, to, cc, bcc, subject, file-name, custodian. Documents withheld under (b)(6),
(b)(7)(C), (b)(7)(D) and (b)(7)(F) are left alone even then; --personal-facts is about them.

Examples:
  candor export bundle --commitment commitment.json --classifier request.clf \\
      --profile relativity --prefix ACME- -o production
  candor export bundle --commitment commitment.json --classifier request.clf --profile csv --slip-sheets \\
      --case acme --log-facts date,type,author,to,cc -o production";

/// Write a production for a review platform, from a bundle that verifies
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ExportArgs {
    /// The bundle folder
    bundle: PathBuf,
    /// The commitment file that the responder published before the request
    #[arg(long, value_name = "FILE")]
    commitment: PathBuf,
    /// The requester's classifier file
    #[arg(long, value_name = "FILE")]
    classifier: PathBuf,
    /// The platform: relativity, nuix, everlaw, logikcull or csv
    #[arg(long, value_name = "NAME", value_parser = parse_profile)]
    profile: Profile,
    /// The folder to write; it must not exist
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// What Bates numbers begin with
    #[arg(long, default_value = "PROD")]
    prefix: String,
    /// The first number
    #[arg(long, default_value_t = 1, value_name = "N")]
    start: u64,
    /// Digits of a number
    #[arg(long, default_value_t = DEFAULT_WIDTH, value_name = "N")]
    width: usize,
    /// Name of the first volume
    #[arg(long, default_value = "VOL001", value_name = "NAME")]
    volume: String,
    /// Begin a new volume after so many documents; families stay together
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    volume_documents: Option<u32>,
    /// Encoding of the DAT: utf8, utf8-bom, utf16 or cp1252 [default: the platform's]
    #[arg(long, value_name = "NAME", value_parser = parse_encoding)]
    encoding: Option<Encoding>,
    /// Designation under a protective order, written for every document
    #[arg(
        long,
        default_value = "",
        value_name = "TEXT",
        hide_default_value = true
    )]
    confidentiality: String,
    /// Give every withheld document a numbered placeholder
    #[arg(long)]
    slip_sheets: bool,
    /// The responder's case: writes complete logs into internal/
    #[arg(long, value_name = "CASE")]
    case: Option<PathBuf>,
    /// Whether the parents of all members of produced families are opened, so that families.csv has every member:
    /// for parties that agreed on families. Nothing else of the members is opened
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        default_value = "known",
        requires_if("open", "case")
    )]
    families: Families,
    /// Facts of withheld documents that the served privilege log names, such as date,type,author,to
    #[arg(long, value_name = "FACTS", requires = "case", value_delimiter = ',', value_parser = LogFact::parse)]
    log_facts: Vec<LogFact>,
    /// The same for documents withheld to protect persons: (b)(6), (b)(7)(C), (b)(7)(D), (b)(7)(F)
    #[arg(long, value_name = "FACTS", requires = "case", value_delimiter = ',', value_parser = LogFact::parse)]
    personal_facts: Vec<LogFact>,
    /// A document that may leave although it resembles a withheld one: its number or path, and why; the custody
    /// log keeps it. passage:ID=REASON is about all that share a passage. What was allowed when the bundle was made
    /// needs no second word
    #[arg(long, value_name = "ITEM=REASON", requires = "case")]
    allow: Vec<String>,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Families {
    /// What the produced documents say
    Known,
    /// The parents of all members of families of which something is produced
    Open,
}

impl Families {
    /// As the custody log has it.
    fn id(self) -> &'static str {
        match self {
            Families::Known => "known",
            Families::Open => "open",
        }
    }
}

pub(super) fn parse_profile(text: &str) -> Result<Profile, String> {
    Profile::from_id(text).ok_or_else(|| {
        let known: Vec<&str> = Profile::ALL.iter().map(|p| p.id()).collect();
        format!("known profiles are {}", known.join(", "))
    })
}

fn parse_encoding(text: &str) -> Result<Encoding, String> {
    Encoding::from_id(text)
        .ok_or_else(|| "known encodings are utf8, utf8-bom, utf16, cp1252".to_owned())
}

pub(super) fn run(common: &Common, args: ExportArgs) -> anyhow::Result<Exit> {
    let numbers = |error: BatesError| {
        let option = match &error {
            BatesError::Prefix(_) | BatesError::EndsInDigit(_) => "--prefix",
            BatesError::Width(_) | BatesError::Full { .. } => "--width",
        };
        UsageError(format!("{option}: {error}"))
    };
    let bates = Bates::new(&args.prefix, args.start, args.width).map_err(numbers)?;
    args.profile.check(&bates).map_err(numbers)?;
    volume_name(&args.volume, 0).map_err(|error| UsageError(format!("--volume: {error}")))?;
    if args.encoding.is_some() && args.profile == Profile::Csv {
        return Err(UsageError("--encoding is about DAT files; csv is UTF-8".into()).into());
    }
    output::check_folder(&args.output, "a production")?;
    let vault = args.case.as_deref().map(Vault::open).transpose()?;
    if let Some(vault) = &vault {
        let wrong = |error: allow::AllowError| UsageError(format!("--allow: {error}"));
        allow::parse_in(vault, &args.allow).map_err(wrong)?;
        allow::passages(&args.allow).map_err(wrong)?;
    }
    let act = match &args.case {
        Some(case) => {
            let facts = [("production", args.output.display().to_string())];
            let doing = custody::Doing::leaving(args.output.clone());
            Some(common.begin(case, "export", facts, doing)?)
        }
        None => None,
    };
    let progress = common.progress();
    let outcome = verify_files(
        &args.bundle,
        &args.commitment,
        &args.classifier,
        progress.as_ref(),
    )?;
    drop(progress);
    let verified = match outcome {
        Ok(verified) => verified,
        Err(report) => {
            common.say("The bundle does not verify, so nothing is exported.");
            if args.json {
                clean::print_json(&report)?;
            } else {
                verify::print_report(&report);
            }
            return Ok(Exit::Failed);
        }
    };
    let families = args.families;
    let options = ExportOptions {
        volume: args.volume,
        volume_documents: args.volume_documents.map_or(usize::MAX, |n| n as usize),
        encoding: args.encoding,
        confidentiality: args.confidentiality,
        slip_sheets: args.slip_sheets,
        open_families: families == Families::Open,
        named: Named {
            facts: args.log_facts,
            personal: args.personal_facts,
        },
        allow: args.allow,
        ..ExportOptions::new(args.profile, bates)
    };
    let progress = common.cancellable_progress();
    let exported = export(
        &verified,
        vault.as_ref(),
        &args.output,
        &options,
        progress.as_ref(),
    );
    drop(progress);
    let production = match exported {
        Err(ExportError::Cancelled) => {
            return Err(InterruptedError(ExportError::Cancelled.to_string()).into());
        }
        Err(ExportError::Guard(error)) => return Err(RefusedError(error.to_string()).into()),
        other => other?,
    };
    if let Some(act) = act {
        let mut facts = vec![
            ("production", args.output.display().to_string()),
            ("profile", args.profile.to_string()),
            ("documents", production.documents.to_string()),
            ("served", options.named.record()),
            ("families", families.id().to_owned()),
        ];
        if !production.allowed.is_empty() {
            facts.push(("allowed", serde_json::to_string(&production.allowed)?));
        }
        act.done(facts)?;
    }
    for warning in options.named.warnings() {
        eprintln!("{warning}");
    }
    if args.json {
        clean::print_json(&production)?;
    } else {
        print!("{}", summary(&production));
        let folder = |side: Side| args.output.join(side.folder());
        println!("hand over: {}", folder(Side::Serve).display());
        if args.case.is_some() {
            println!("keep:      {}", folder(Side::Internal).display());
        }
        if let Some(vault) = &vault {
            others(common, vault, args.start + production.documents as u64)?;
        }
    }
    if production.withheld > 0 && options.named == Named::default() {
        common.say(match &args.case {
            None => {
                "The privilege log has what the bundle tells: reason and description. With --case a complete \
                 one is written for the responder."
            }
            Some(_) => {
                "The served privilege log has what the bundle tells, the one in internal/ everything. \
                 --log-facts date,type,author,to,cc puts these facts into the served one."
            }
        });
    }
    Ok(verify::exit(verified.report()))
}

/// What this production leaves out, if its case is one of several.
fn others(common: &Common, vault: &Vault, next: u64) -> anyhow::Result<()> {
    let chain = place::chain(vault)?;
    let others = chain.iter().filter(|member| {
        member.replaced_by.is_none() && member.root != vault.commitment().root_hex()
    });
    let others: Vec<String> = others
        .map(|member| clean::line(&member.case.display().to_string()))
        .collect();
    if !others.is_empty() {
        common.say(format_args!(
            "This case is one of a chain of commitments. The documents of {} are in productions of their own, with \
             numbers from {next} on (--start {next}).",
            others.join(", ")
        ));
    }
    Ok(())
}

fn summary(production: &Production) -> String {
    let mut out = format!("{}\n{}\n", production.headline, production.counts);
    match (&production.first, &production.last) {
        (Some(first), Some(last)) => {
            out += &format!("{} documents, {first} to {last}", production.documents);
        }
        _ => out += "no documents",
    }
    out += &format!(
        ", of which {} placeholders; {} images\n",
        production.slip_sheets, production.images
    );
    out += &format!(
        "privilege log: {} lines; exceptions.csv: {} substitutions, {} documents without their parent, {} \
         unprocessed items\n",
        production.withheld,
        production.substitutions,
        production.broken_families,
        production.unprocessed
    );
    if production.incomplete_families > 0 {
        out += &format!(
            "families.csv: {} families are produced in part, since each document is judged by itself\n",
            production.incomplete_families
        );
    }
    out
}
