//! `candor commit`: from a folder of documents to a commitment.

use super::{Common, Exit, InterruptedError, UsageError};
use crate::commit::{self, CommitError, CommitOptions, CommitReport, commit_folder, vault};
use crate::custody;
use crate::ingest::{IngestOptions, names::escape};
use crate::item::Form;
use indicatif::{HumanBytes, HumanCount};
use std::path::PathBuf;

/// Commit to every document in a folder, before any request is known
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads every file below DIR: mail with its attachments, mailboxes, documents, pictures. What cannot be
processed is committed as an exception with its reason, never dropped. CASE receives

  commitment.json   to be published: it fixes the corpus and reveals nothing of it
  vault/            to be kept secret: what is needed to answer requests

An interrupted commit leaves nothing that could be mistaken for a commitment: run it again.

Examples:
  candor commit mail/ --case acme --custodian \"Jane Roe\"
  candor commit /srv/export --case acme --reference     do not copy the files
  candor commit photos/ --case acme --forms rgb224      one form only: faster, fits fewer classifiers
  candor commit mail/ --case acme --json | jq -r .root")]
pub struct CommitArgs {
    /// The folder with the documents
    #[arg(value_name = "DIR")]
    corpus: PathBuf,
    /// The case's folder, to be created
    #[arg(long, value_name = "CASE")]
    case: PathBuf,
    /// The name of the case in the commitment file [default: the name of the CASE folder]
    #[arg(long)]
    name: Option<String>,
    /// Whose documents these are; published in the commitment file
    #[arg(long)]
    custodian: Option<String>,
    /// Leave files where they are instead of copying them into the vault. They must stay there,
    /// unchanged, until they are produced; attachments and messages from mailboxes are copied
    #[arg(long)]
    reference: bool,
    /// Leave out files and folders whose name begins with a dot
    #[arg(long)]
    skip_hidden: bool,
    /// Forms to commit in, separated by commas: text, rgb32, rgb96, rgb224 [default: every form that
    /// an item has]. A request's classifier needs its form; what has none of those named becomes an
    /// exception
    #[arg(long, value_name = "FORMS", value_delimiter = ',')]
    forms: Vec<String>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Forms by id or short name, in order.
fn forms(names: &[String]) -> anyhow::Result<Vec<Form>> {
    let mut forms = Vec::new();
    for name in names {
        let short = |form: &Form| match form {
            Form::TextHash4080V1 => "text",
            Form::ImageRgb32V1 => "rgb32",
            Form::ImageRgb96V1 => "rgb96",
            Form::ImageRgb224V1 => "rgb224",
        };
        let known = Form::ALL
            .into_iter()
            .find(|f| f.id() == name || short(f) == name);
        match known {
            Some(form) => forms.push(form),
            None => {
                let all: Vec<&str> = Form::ALL.iter().map(short).collect();
                let why = format!("there is no form '{name}'; known are {}", all.join(", "));
                return Err(UsageError(why).into());
            }
        }
    }
    forms.sort_unstable();
    forms.dedup();
    Ok(forms)
}

pub(super) fn run(common: &Common, args: CommitArgs) -> anyhow::Result<Exit> {
    if let Some(commitment) = vault::recover(&args.case)? {
        common.say(format_args!(
            "An earlier commit to {} had been interrupted in its last step; it is complete now. \
             Nothing was read again.",
            args.case.display()
        ));
        println!("root {}", commitment.root_hex());
        return Ok(Exit::Ok);
    }
    let name = match &args.name {
        Some(name) => name.clone(),
        None => folder_name(&args.case)?,
    };
    let options = CommitOptions {
        case: args.case,
        name,
        custodian: args.custodian,
        reference: args.reference,
        forms: forms(&args.forms)?,
        ingest: IngestOptions {
            skip_hidden: args.skip_hidden,
            ..IngestOptions::default()
        },
    };
    let progress = common.cancellable_progress();
    let report = match commit_folder(&args.corpus, &options, progress.as_ref()) {
        Err(CommitError::Commitment(error)) => return Err(UsageError(error.to_string()).into()),
        Err(CommitError::Cancelled) => {
            return Err(InterruptedError(CommitError::Cancelled.to_string()).into());
        }
        other => other?,
    };
    drop(progress);
    let facts = [
        ("root", report.commitment.root_hex().to_owned()),
        ("items", report.commitment.count().to_string()),
    ];
    custody::record(&options.case, "commit", facts)?;
    if args.json {
        println!("{:#}", report.to_json());
    } else {
        print!("{}", summary(&report));
        common.say(advice(&report, &options));
    }
    Ok(Exit::Ok)
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
    let duplicates = "same bytes as an earlier item";
    out += &format!("  {duplicates:<44} {:>10}\n", count(report.duplicates));
    out += &format!(
        "  {:<44} {:>10}\n",
        "exceptions",
        count(commitment.exceptions())
    );
    for (reason, n) in commitment.exceptions_by_reason() {
        out += &format!("    {reason:<42} {:>10}\n", count(*n));
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

fn advice(report: &CommitReport, options: &CommitOptions) -> String {
    let keep = if options.reference {
        "\nThe files themselves were not copied: keep them in place and unchanged."
    } else {
        ""
    };
    format!(
        "\nPublish now, before a request arrives: {}\n\
         It fixes these documents, all of them, and reveals nothing of them. Have it (or at least\n\
         the root) signed and timestamped by somebody else.\n\
         Keep secret, and keep a backup: {}\n\
         Who has the vault can read the documents; without it no request can be answered.{keep}",
        report.commitment_file.display(),
        commit::vault::layout::dir(&options.case).display(),
    )
}
