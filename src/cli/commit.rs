//! `candor commit`: from a folder of documents to a commitment.

use super::common::{parse_form, parse_hash};
use super::{Common, Exit, InterruptedError, UsageError};
use crate::clean::{self, line as escape};
use crate::commit::Vault;
use crate::commit::earlier::{EarlierError, Rows};
use crate::commit::report::ExceptionLine;
use crate::commit::{
    self, CommitError, CommitOptions, CommitReport, Numbering, Supplementing, commit_again,
    commit_folder, vault,
};
use crate::custody::Recovered;
use crate::ingest::ocr::Ocr;
use crate::ingest::selection::{parse_day, parse_pattern};
use crate::ingest::volume;
use crate::ingest::{IngestError, IngestOptions, LoadFile, Passwords, Selection};
use crate::item::Form;
use indicatif::{HumanBytes, HumanCount};
use std::path::PathBuf;
use std::time::Duration;
use time::Date;

/// Commit to every document in a folder, before any request is known
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads every file below DIR: mail with its attachments, mailboxes, documents, pictures. What cannot be
processed is committed as an exception with its reason, never dropped. CASE receives

  commitment.json   to be published: it fixes the corpus and reveals nothing of it
  vault/            to be kept secret: what is needed to answer requests

An interrupted commit leaves nothing that could be mistaken for a commitment: run it again.

A folder with a load file (Concordance .DAT with any delimiters, .CSV, Opticon .OPT) is committed as it lists
the documents: a row is an item, under its control number, with the text that came with it. Rules that leave something out are published
in the commitment file, in words and with counts; names of what was left out are not.

Examples:
  candor commit mail/ --case acme --custodian \"Jane Roe\"
  candor commit /srv/export --case acme --reference     do not copy the files
  candor commit photos/ --case acme --forms rgb224      one form only: faster, fits fewer classifiers
  candor commit VOL001/ --case acme --load-file VOL001/DATA/VOL001.dat
  candor commit custodians/ --case acme --custodian-folders --only-custodian \"Jane Roe\"
  candor commit mail/ --case acme --from 2001-01-01 --to 2001-12-31 --exclude '*.tmp' --exclude 'spam/**'
  candor commit scans/ --case acme --ocr --ocr-language eng+deu    text of scans, by Tesseract
  candor commit mail/ --case acme --passwords passwords.txt     one password a line, tried on what is locked
  candor commit mail/ --case acme --max-item-size 2048          also single files of up to 2 GiB
  candor commit mail/ --case acme --json | jq -r .root

A commitment cannot be changed. What came later is committed by a supplement, which names the one before it by its
root, and the earlier exceptions that it resolves one by one. `verify-bundle` takes both with their bundles.

  candor commit --supplements acme --case acme-2 --passwords known.txt --why \"passwords received on 3 March\"
      reads again what acme could not read, or not wholly, from its vault
  candor commit late/ --supplements acme --case acme-2 --custodian \"John Doe\"
      documents found late; those that are exceptions of acme, by their bytes, resolve them
  candor commit repaired/ --supplements acme --case acme-2 --resolves repaired.csv
      repaired copies, whose bytes are others: a list with the columns item,path")]
pub struct CommitArgs {
    /// The folder with the documents
    #[arg(value_name = "DIR", required_unless_present = "supplements")]
    corpus: Option<PathBuf>,
    /// The case's folder, to be created
    #[arg(long, value_name = "CASE")]
    case: PathBuf,
    /// The name of the case in the commitment file [default: the name of the CASE folder]
    #[arg(long)]
    name: Option<String>,
    /// Whose documents these are; published in the commitment file
    #[arg(long)]
    custodian: Option<String>,
    /// The first folder below DIR names the custodian of what is in it
    #[arg(long)]
    custodian_folders: bool,
    /// The load file that lists the documents [default: the one in DIR, if there is one]
    #[arg(long, value_name = "FILE")]
    load_file: Option<PathBuf>,
    /// Commit to the files of DIR as they are, even if there is a load file
    #[arg(long, conflicts_with = "load_file")]
    no_load_file: bool,
    /// Which number of a date like 04/05/2001 in the load file is the day [default: what fits all its rows]
    #[arg(long, value_enum, value_name = "ORDER")]
    date_order: Option<DateOrder>,
    /// Leave files where they are instead of copying them into the vault. They must stay there,
    /// unchanged, until they are produced; attachments and messages from mailboxes are copied
    #[arg(long)]
    reference: bool,
    /// Leave out files and folders whose name begins with a dot
    #[arg(long, help_heading = "Scope")]
    skip_hidden: bool,
    /// Only paths that match; may be repeated. Without a slash it matches names in any folder
    #[arg(long, value_name = "GLOB", value_parser = parse_pattern, help_heading = "Scope")]
    include: Vec<String>,
    /// No paths that match; may be repeated
    #[arg(long, value_name = "GLOB", value_parser = parse_pattern, help_heading = "Scope")]
    exclude: Vec<String>,
    /// Only documents of this custodian; may be repeated
    #[arg(long, value_name = "NAME", help_heading = "Scope")]
    only_custodian: Vec<String>,
    /// Only documents from this day on (UTC). A family is judged by its first document
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day, help_heading = "Scope")]
    from: Option<Date>,
    /// Only documents up to and on this day (UTC)
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day, help_heading = "Scope")]
    to: Option<Date>,
    /// What becomes of families without a date, where days are given
    #[arg(long, value_enum, default_value = "keep", help_heading = "Scope")]
    undated: Undated,
    /// Forms to commit in, separated by commas: text, rgb32, rgb96, rgb224, text-v1 [default: every current form that
    /// an item has]. A request's classifier needs its form; what has none of those named becomes an
    /// exception
    #[arg(long, value_name = "FORMS", value_delimiter = ',')]
    forms: Vec<String>,
    /// Longest time that a reader may take for one document
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    reader_seconds: u64,
    /// Most memory that a reader may use, in MiB
    #[arg(long, value_name = "MIB", default_value = "4096", value_parser = clap::value_parser!(u64).range(256..=1_048_576))]
    reader_memory: u64,
    /// Recognise the text of scanned pages and of pictures with Tesseract, which has to be installed. Takes
    /// about a second a page. Engine and models are committed with each text
    #[arg(long, help_heading = "Text recognition")]
    ocr: bool,
    /// Languages of what is recognised, as Tesseract calls them
    #[arg(
        long,
        value_name = "LANG[+LANG]",
        default_value = "eng",
        requires = "ocr",
        help_heading = "Text recognition"
    )]
    ocr_language: String,
    /// A text file with passwords, one a line: they are tried on archives and documents that are locked.
    /// Which line fitted is committed with the item, the passwords are not
    #[arg(long, value_name = "FILE", help_heading = "Limits and passwords")]
    passwords: Option<PathBuf>,
    /// Largest single file, message or attachment that is read, in MiB. Readers need a multiple of it:
    /// see --reader-memory
    #[arg(long, value_name = "MIB", default_value = "256", value_parser = clap::value_parser!(u64).range(1..=65_536), help_heading = "Limits and passwords")]
    max_item_size: u64,
    /// Most that a file may unpack to with everything inside, in MiB
    #[arg(long, value_name = "MIB", default_value = "1024", value_parser = clap::value_parser!(u64).range(1..=1_048_576), help_heading = "Limits and passwords")]
    max_family_size: u64,
    /// Most items that one file may hold, messages of a mailbox not counted
    #[arg(long, value_name = "N", default_value = "5000", value_parser = clap::value_parser!(u32).range(1..=90_000), help_heading = "Limits and passwords")]
    max_family_items: u32,
    /// Longest text of one item, in MiB
    #[arg(long, value_name = "MIB", default_value = "16", value_parser = clap::value_parser!(u64).range(1..=4_096), help_heading = "Limits and passwords")]
    max_text_size: u64,
    /// How deep messages in messages and archives in archives are opened
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u8).range(1..=64), help_heading = "Limits and passwords")]
    max_depth: u8,
    /// Supplement the commitment of this case. Without DIR, what it could not read is read again from its vault
    #[arg(long, value_name = "EARLIER", help_heading = "Supplements")]
    supplements: Option<PathBuf>,
    /// Why this comes later, to be published in the commitment file
    #[arg(
        long,
        value_name = "TEXT",
        requires = "supplements",
        help_heading = "Supplements"
    )]
    why: Option<String>,
    /// A CSV file with the columns item,path: which earlier exceptions (or items read in part) are which files of DIR,
    /// beyond those with the same bytes. Of a case further back, with a column commitment: 0 is the first one
    #[arg(long, value_name = "FILE", requires_all = ["supplements", "corpus"], help_heading = "Supplements")]
    resolves: Option<PathBuf>,
    /// The root of an earlier supplement of the same case that was never published: this one takes its place; may be
    /// repeated
    #[arg(
        long,
        value_name = "ROOT",
        value_parser = parse_hash,
        requires = "supplements",
        help_heading = "Supplements"
    )]
    instead_of: Vec<String>,
    /// In which order items are numbered. The numbers are public, and an order tells: of neighbours in a folder, one
    /// that is produced gives away what the others are called
    #[arg(
        long,
        value_enum,
        default_value = "shuffled",
        env = "CANDOR_NUMBERING",
        hide_env = true
    )]
    numbering: Order,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum DateOrder {
    /// 12/31/2001
    MonthFirst,
    /// 31/12/2001
    DayFirst,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Order {
    /// At random, by a secret of the vault
    Shuffled,
    /// As they are read, in the order of paths: for corpora whose list of paths is public anyhow
    AsRead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Undated {
    /// They are committed
    Keep,
    /// They are left out
    Exclude,
}

/// Forms by id or short name, in order.
fn forms(names: &[String]) -> anyhow::Result<Vec<Form>> {
    let named = names
        .iter()
        .map(|name| parse_form(name).map_err(|why| UsageError(format!("--forms: {why}"))));
    let mut forms: Vec<Form> = named.collect::<Result<_, _>>()?;
    forms.sort_unstable();
    forms.dedup();
    Ok(forms)
}

pub(super) fn run(common: &Common, args: CommitArgs) -> anyhow::Result<Exit> {
    let is_commit = |found: &Recovered| matches!(found, Recovered::Completed(entry) if entry.action == "commit");
    let recorded = common.recover(&args.case)?.iter().any(is_commit);
    let finished = match vault::recover(&args.case)? {
        None if recorded => Some(Vault::open(&args.case)?.commitment().clone()),
        other => other,
    };
    if let Some(commitment) = finished {
        common.say(format_args!(
            "An earlier commit to {} had been interrupted in its last step; it is complete now. \
             Nothing was read again.",
            args.case.display()
        ));
        println!("root {}", commitment.root_hex());
        return Ok(Exit::Ok);
    }
    let supplements = match &args.supplements {
        Some(case) => Some(Supplementing {
            case: case.clone(),
            why: args.why.clone(),
            rows: rows(args.resolves.as_deref())?,
            instead_of: args.instead_of.clone(),
        }),
        None => None,
    };
    let earlier = match &args.supplements {
        Some(case) => {
            common.recover(case)?;
            // The vault is opened once, where it is read.
            Some(vault::commitment_of(case)?)
        }
        None => None,
    };
    if args.corpus.is_none() {
        only_again(&args)?;
    }
    let name = match (&args.name, &earlier) {
        (Some(name), _) => name.clone(),
        (None, Some(earlier)) => earlier.case().to_owned(),
        (None, None) => folder_name(&args.case)?,
    };
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        return Err(UsageError(format!("--from {from} is after --to {to}")).into());
    }
    let load_file = match (args.load_file, args.no_load_file) {
        (Some(path), _) => LoadFile::Path(path),
        (None, true) => LoadFile::Ignore,
        (None, false) => LoadFile::Detect,
    };
    let ocr = match args.ocr {
        true => {
            let found = Ocr::find(&common.around, &args.ocr_language);
            Some(found.map_err(|error| UsageError(format!("--ocr: {error}")))?)
        }
        false => None,
    };
    let options = CommitOptions {
        selection: Selection {
            load_file,
            date_order: args.date_order.map(|order| match order {
                DateOrder::MonthFirst => volume::DateOrder::MonthFirst,
                DateOrder::DayFirst => volume::DateOrder::DayFirst,
            }),
            custodian_folders: args.custodian_folders,
            custodian: None,
            include: args.include,
            exclude: args.exclude,
            custodians: args.only_custodian,
            from: args.from,
            to: args.to,
            dated_only: args.undated == Undated::Exclude,
        },
        case: args.case,
        name,
        custodian: match &args.corpus {
            Some(_) => args.custodian,
            // The documents are those of the earlier commitment.
            None => earlier
                .as_ref()
                .and_then(|earlier| earlier.custodian().map(str::to_owned)),
        },
        supplements,
        reference: args.reference,
        forms: forms(&args.forms)?,
        numbering: match args.numbering {
            Order::Shuffled => Numbering::Shuffled,
            Order::AsRead => Numbering::AsRead,
        },
        ingest: IngestOptions {
            skip_hidden: args.skip_hidden,
            max_time: Duration::from_secs(args.reader_seconds),
            max_reader_bytes: args.reader_memory << 20,
            passwords: passwords(args.passwords.as_deref())?,
            ocr,
            max_item_bytes: args.max_item_size << 20,
            max_family_bytes: args.max_family_size << 20,
            max_family_items: args.max_family_items as usize,
            max_text_bytes: (args.max_text_size << 20) as usize,
            max_depth: usize::from(args.max_depth),
        },
    };
    let before = earlier
        .iter()
        .map(|earlier| ("supplements", earlier.root_hex()));
    let supplements = options.supplements.as_ref().map(|what| what.case.as_path());
    let doing = vault::doing(&options.case, supplements);
    let act = common.begin(&options.case, "commit", before, doing)?;
    let progress = common.cancellable_progress();
    let result = match (&args.corpus, &options.supplements) {
        (None, Some(supplements)) => {
            commit_again(&common.around, supplements, &options, progress.as_ref())
        }
        (Some(corpus), _) => commit_folder(&common.around, corpus, &options, progress.as_ref()),
        (None, None) => return Err(UsageError("name a folder".into()).into()),
    };
    let report = match result {
        Err(CommitError::Earlier(
            error @ (EarlierError::Supplemented { .. }
            | EarlierError::Replaced { .. }
            | EarlierError::NoSuchSupplement { .. }
            | EarlierError::NothingOpen(_)),
        )) => return Err(UsageError(error.to_string()).into()),
        Err(CommitError::Ingest(
            error @ (IngestError::Pattern(_) | IngestError::SeveralLoadFiles { .. }),
        )) => return Err(UsageError(error.to_string()).into()),
        Err(CommitError::Commitment(error)) => return Err(UsageError(error.to_string()).into()),
        Err(CommitError::Cancelled) => {
            return Err(InterruptedError(CommitError::Cancelled.to_string()).into());
        }
        other => other?,
    };
    drop(progress);
    act.done(commit::facts(&report))?;
    if args.json {
        clean::print_json(&report.to_json())?;
    } else {
        print!("{}", summary(&report));
        common.say(advice(&report, &options));
    }
    Ok(Exit::Ok)
}

/// The passwords in a file.
pub(super) fn passwords(file: Option<&std::path::Path>) -> anyhow::Result<Passwords> {
    Ok(file.map(Passwords::read).transpose()?.unwrap_or_default())
}

/// The responder's list of what is resolved.
fn rows(file: Option<&std::path::Path>) -> anyhow::Result<Rows> {
    Ok(file.map(Rows::read).transpose()?.unwrap_or_default())
}

/// Refuses options about a folder where there is none.
fn only_again(args: &CommitArgs) -> anyhow::Result<()> {
    let given = [
        ("--load-file", args.load_file.is_some()),
        ("--reference", args.reference),
        ("--custodian", args.custodian.is_some()),
        ("--custodian-folders", args.custodian_folders),
        ("--skip-hidden", args.skip_hidden),
        ("--include", !args.include.is_empty()),
        ("--exclude", !args.exclude.is_empty()),
        ("--only-custodian", !args.only_custodian.is_empty()),
        ("--from", args.from.is_some()),
        ("--to", args.to.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(UsageError(format!(
            "{option} is about the files of a folder, and none is named: everything that the earlier case could not \
             read, or not wholly, is read again"
        ))
        .into()),
        None => Ok(()),
    }
}

fn folder_name(case: &std::path::Path) -> anyhow::Result<String> {
    let absolute = std::path::absolute(case)?;
    match absolute.file_name().and_then(|name| name.to_str()) {
        Some(name) => Ok(name.to_owned()),
        None => Err(UsageError(format!(
            "cannot name the case after {}: give --name",
            case.display()
        ))
        .into()),
    }
}

fn summary(report: &CommitReport) -> String {
    let commitment = &report.commitment;
    let count = |n: u32| HumanCount(u64::from(n)).to_string();
    let mut out = format!(
        "Committed {} items from {} files ({}) in {:.1} s, {:.0} items/s\n\n",
        count(commitment.count()),
        HumanCount(report.files),
        HumanBytes(report.bytes),
        report.seconds,
        report.items_per_second(),
    );
    out += &format!("  {:<44} {:>10} {:>12}\n", "type", "items", "size");
    for (kind, n) in &report.types {
        let size = HumanBytes(n.bytes).to_string();
        out += &format!("  {:<44} {:>10} {size:>12}\n", escape(kind), count(n.items));
    }
    out += "\n";
    for (form, n) in commitment.forms() {
        out += &format!("  {:<44} {:>10}\n", format!("with form {form}"), count(*n));
    }
    for (what, n) in [
        ("same bytes as an earlier item", report.duplicates),
        (
            "same message as an earlier item, other bytes",
            report.same_message,
        ),
        (
            "documents that several custodians had",
            report.across_custodians,
        ),
    ] {
        if n > 0 || what.starts_with("same bytes") {
            out += &format!("  {what:<44} {:>10}\n", count(n));
        }
    }
    out += &format!(
        "  {:<44} {:>10}\n",
        "read in part",
        count(commitment.partly_read())
    );
    for (code, n) in &report.unread {
        out += &format!("    {code:<42} {:>10}\n", count(*n));
    }
    out += &format!(
        "  {:<44} {:>10}\n",
        "not read at all (exceptions)",
        count(commitment.exceptions())
    );
    for (reason, n) in commitment.exceptions_by_reason() {
        out += &format!("    {reason:<42} {:>10}\n", count(*n));
    }
    out += &recognition(report);
    out += &supplemented(report);
    out += &who_and_when(report);
    if !report.first_partly.is_empty() {
        out += "\nRead in part:\n";
        for line in &report.first_partly {
            let (path, detail) = (escape(&line.path), escape(&line.detail));
            out += &format!("  {path}: {detail}\n");
        }
        let rest = commitment.partly_read() - report.first_partly.len() as u32;
        if rest > 0 {
            out += &format!("  and {} more\n", count(rest));
        }
        out += "  The full list: candor case items --case CASE --status partly-read\n";
    }
    if !report.first_exceptions.is_empty() {
        out += "\nExceptions:\n";
        for line in &report.first_exceptions {
            let (path, detail) = (escape(&line.path), escape(&line.detail));
            out += &format!("  {path}: {} ({detail})\n", line.reason);
        }
        let shown = report.first_exceptions.len() as u32;
        if commitment.exceptions() > shown {
            let rest = commitment.exceptions() - shown;
            out += &format!("  and {} more\n", count(rest));
        }
        out += &format!("  The full list: {}\n", report.exceptions_file.display());
    }
    out += &format!("\nroot {}\n", commitment.root_hex());
    out
}

/// What a supplement resolves of the commitments before it, and what it leaves.
fn supplemented(report: &CommitReport) -> String {
    let Some(found) = &report.supplements else {
        return String::new();
    };
    let mut out = format!(
        "\nSupplement {} to the commitment with root {}\n",
        found.number, found.root
    );
    let count = |title: &str, all: u32| {
        format!("  {title:<44} {:>10}\n", HumanCount(all.into()).to_string())
    };
    let lines = |all: u32, first: &[ExceptionLine]| {
        let mut out = String::new();
        for line in first {
            let (path, detail) = (escape(&line.path), escape(&line.detail));
            out += &format!("    {} {path}: {} ({detail})\n", line.item, line.reason);
        }
        match all.saturating_sub(first.len() as u32) {
            0 => out,
            rest => out + &format!("    and {} more\n", HumanCount(rest.into())),
        }
    };
    out += &count("earlier exceptions resolved", found.resolved);
    if found.completed > 0 {
        out += &count("earlier read in part, and more of it now", found.completed);
    }
    out += &lines(found.resolved + found.completed, &found.first_resolved);
    out += &count("earlier exceptions left", found.left);
    if found.left_partly > 0 {
        out += &count(
            "earlier items left that were read in part",
            found.left_partly,
        );
    }
    out + &lines(found.left + found.left_partly, &found.first_left)
}

/// What text recognition did.
fn recognition(report: &CommitReport) -> String {
    let Some(done) = &report.recognised else {
        return String::new();
    };
    let line = |what: &str, n: u64| format!("  {what:<44} {:>10}\n", HumanCount(n).to_string());
    line("pages and pictures recognised (OCR)", done.pages)
        + &line("  of them with little confidence", done.uncertain)
        + &format!("    by {}\n", done.engine)
}

/// Load file, scope, custodians, dates and shared documents, as far as there are any.
fn who_and_when(report: &CommitReport) -> String {
    let mut out = String::new();
    if let Some(facts) = &report.load_file {
        out += &format!(
            "\nListed by {} ({} documents)\n",
            facts.path.display(),
            facts.documents
        );
        if !facts.ignored.is_empty() {
            let names: Vec<String> = facts.ignored.iter().map(|name| escape(name)).collect();
            out += &format!("  columns not taken over: {}\n", names.join(", "));
        }
        for note in &facts.notes {
            out += &format!("  {}\n", escape(note));
        }
        if !facts.unnamed.is_empty() {
            let names: Vec<String> = facts.unnamed.iter().map(|name| escape(name)).collect();
            out += &format!(
                "  files here that it does not name, NOT committed (the first {}): {}\n",
                names.len(),
                names.join(", ")
            );
        }
    }
    let scope = report.commitment.scope();
    if !scope.is_empty() {
        out += "\nLeft out, as the commitment file states:\n";
        for rule in scope {
            out += &format!("  {}\n", escape(&rule.to_string()));
        }
    }
    if report.custodians.len() > 1 {
        out += "\nCustodians:\n";
        for (name, items) in &report.custodians {
            out += &format!("  {:<44} {items:>10}\n", escape(name));
        }
    }
    if let Some((first, last)) = report.dates {
        out += &format!(
            "\nDates from {first} to {last} (UTC); {} items without\n",
            report.undated
        );
    }
    if report.across_custodians > 0 {
        out += "\nHad by several custodians:\n";
        for shared in &report.first_across_custodians {
            let custodians = shared.custodians.join(", ");
            out += &format!(
                "  {} x{}: {}\n",
                escape(&shared.path),
                shared.copies,
                escape(&custodians)
            );
        }
        out += &format!("  All copies: {}\n", report.duplicates_file.display());
    }
    out
}

fn advice(report: &CommitReport, options: &CommitOptions) -> String {
    let keep = if options.reference {
        "\nThe files themselves were not copied: keep them in place and unchanged."
    } else {
        ""
    };
    let when = match &report.supplements {
        None => "before a request arrives",
        Some(_) => "with its own time-stamp",
    };
    format!(
        "\nPublish now, {when}: {}\n\
         and beside it its leaves, which later bundles leave out: {}\n\
         It fixes these documents, all of them, and reveals nothing of them. Have it (or at least\n\
         the root) signed and timestamped by somebody else.\n\
         Keep secret, and keep a backup: {}\n\
         Who has the vault can read the documents; without it no request can be answered.{keep}",
        report.commitment_file.display(),
        report.leaves_file.display(),
        commit::vault::layout::dir(&options.case).display(),
    )
}
