//! What is written from a bundle that verifies, and only from one: productions, logs, reports.

use super::asked::{ExportTask, Target, What};
use super::progress::Channel;
use super::verify::{Session, obtain};
use crate::Surroundings;
use crate::commit::Vault;
use crate::custody::{self, Act, Doing};
use crate::export::log::{self, Departures, Table};
use crate::export::source::{Insider, SourceError};
use crate::export::{ExportError, ExportOptions, Named, Production, export};
use crate::guard::{CheckError, allow};
use crate::output::{self, Kind, OutputError};
use crate::report::certificate::Draft;
use crate::report::{Inputs, command, page};
use crate::sign::beside;
use crate::tui::event::{Ended, Outcome};
use crate::verify::{Report, VerifiedBundle};
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
enum TaskError {
    #[error("{}: inside of the bundle, where an added file would break its seal", .0.display())]
    Inside(PathBuf),
    #[error("{} exists already: choose another name", .0.display())]
    Exists(PathBuf),
    #[error(transparent)]
    Output(OutputError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Vault(#[from] crate::commit::VaultError),
    #[error("the log cannot be written: {0}")]
    Csv(#[from] csv::Error),
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    #[error("the report cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    #[error("allowed: {0}")]
    Allow(#[from] allow::AllowError),
    #[error("the custody log: {0}")]
    Custody(#[from] custody::CustodyError),
}

pub(super) fn run(
    around: &Surroundings,
    task: ExportTask,
    session: &Session,
    progress: &Channel,
) -> Ended {
    let result = match &task.what {
        What::Report(Some(report)) | What::Certificate(Some(report)) => {
            paper(around, &task, report, None)
        }
        _ => match obtain(&task.target, session, progress) {
            Ok(verified) => write(around, &task, &verified, progress),
            Err(ended) => return *ended,
        },
    };
    match result {
        Ok(lines) => Ended::Ok(Outcome::Exported(lines, task.output)),
        Err(TaskError::Export(error @ ExportError::Cancelled)) => {
            Ended::Cancelled(error.to_string())
        }
        Err(TaskError::Export(ExportError::Guard(CheckError::Disclosure(refusal)))) => {
            Ended::Ok(Outcome::Guarded(Box::new(refusal)))
        }
        Err(error) => Ended::Failed(error.to_string()),
    }
}

/// Refuses to write into the bundle.
fn outside(task: &ExportTask) -> Result<(), TaskError> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let within = task.output.parent().map(real);
    if within.is_some_and(|folder| folder.starts_with(real(&task.target.bundle))) {
        return Err(TaskError::Inside(task.output.clone()));
    }
    Ok(())
}

/// The report or the draft of a certificate, also of a verification that failed.
fn paper(
    around: &Surroundings,
    task: &ExportTask,
    report: &Report,
    verified: Option<&VerifiedBundle>,
) -> Result<Vec<String>, TaskError> {
    outside(task)?;
    if !matches!(task.what, What::Certificate(_)) {
        save(&task.output, &report_file(around, task, report, verified)?)?;
        return Ok(vec!["The report, for people to read and print.".to_owned()]);
    }
    let draft = Draft {
        report,
        command: &repeat(&task.target),
        date: &around.stamp(),
    };
    let text = if is(&task.output, "html") {
        draft.html()
    } else {
        draft.text()
    };
    save(&task.output, text.as_bytes())?;
    Ok(vec![
        "A draft, unsigned: a qualified person must complete and sign it.".to_owned(),
    ])
}

fn write(
    around: &Surroundings,
    task: &ExportTask,
    verified: &VerifiedBundle,
    progress: &Channel,
) -> Result<Vec<String>, TaskError> {
    outside(task)?;
    let vault = task.case.as_deref().map(Vault::open).transpose()?;
    let insider = vault
        .as_ref()
        .map(|vault| Insider::new(vault, verified))
        .transpose()?;
    match &task.what {
        What::Report(_) | What::Certificate(_) => {
            paper(around, task, verified.report(), Some(verified))
        }
        What::Production(options) => {
            let act = begin(around, task)?;
            let made = export(verified, vault.as_ref(), &task.output, options, progress)?;
            record(act, task, &made, options)?;
            Ok(summary(&made, task))
        }
        What::PrivilegeLog => {
            // A log on its own: nothing is numbered.
            let log = log::privilege(
                verified,
                insider.as_ref(),
                &[],
                &Named::everything(),
                verified.kinship(),
            )?;
            table(&task.output, &log, "Privilege log")?;
            let mut lines = vec![format!("The privilege log: {} lines.", log.rows.len())];
            lines.push(stays(insider.is_some()));
            Ok(lines)
        }
        What::Exceptions => {
            let mut departures = Departures::default();
            departures.add_unprocessed(verified, insider.as_ref())?;
            table(&task.output, departures.table(), "Exceptions")?;
            let lines = departures.table().rows.len();
            Ok(vec![
                format!("The log of unprocessed items: {lines} lines."),
                stays(insider.is_some()),
            ])
        }
    }
}

/// Who may read a log that was written on its own.
fn stays(names: bool) -> String {
    if names {
        "INTERNAL: it names what was not produced, from the case. It stays with the responder."
    } else {
        "It tells what the bundle tells, and may be handed over."
    }
    .to_owned()
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case(extension))
}

fn table(path: &Path, table: &Table, name: &str) -> Result<(), TaskError> {
    let bytes = if is(path, "xlsx") {
        table.xlsx(name)?
    } else {
        table.csv()?
    };
    save(path, &bytes)
}

fn report_file(
    around: &Surroundings,
    task: &ExportTask,
    report: &Report,
    verified: Option<&VerifiedBundle>,
) -> Result<Vec<u8>, TaskError> {
    if is(&task.output, "json") {
        return Ok(serde_json::to_vec_pretty(report)?);
    }
    if !is(&task.output, "html") {
        return Ok(report.to_text().into_bytes());
    }
    let target = &task.target;
    let trust = beside::sentences(&[
        beside::look("The commitment", &target.commitment, &[], &[]),
        beside::look("The bundle", &target.bundle, &[], &[]),
    ]);
    let html = page(&Inputs {
        report,
        verified: verified.into_iter().collect(),
        command: &repeat(target),
        date: &around.stamp(),
        trust: &trust,
    });
    Ok(html.into_bytes())
}

fn repeat(target: &Target) -> String {
    command(&target.bundle, &target.commitment, &target.classifier)
}

/// Writes a file that must not exist yet.
fn save(path: &Path, bytes: &[u8]) -> Result<(), TaskError> {
    let target = output::Target::new(path, Kind::unique("a report"), None, &[]);
    let written = target.and_then(|target| target.write(bytes));
    written.map_err(|error| match error {
        OutputError::Exists { path, .. } => TaskError::Exists(path),
        other => TaskError::Output(other),
    })
}

fn begin(around: &Surroundings, task: &ExportTask) -> Result<Option<Act>, TaskError> {
    let begin = |case: &PathBuf| {
        let facts = [("production", task.output.display().to_string())];
        Act::begin(
            around,
            case,
            "export",
            facts,
            Doing::leaving(task.output.clone()),
        )
    };
    Ok(task.case.as_ref().map(begin).transpose()?)
}

fn record(
    act: Option<Act>,
    task: &ExportTask,
    made: &Production,
    options: &ExportOptions,
) -> Result<(), TaskError> {
    if let Some(act) = act {
        let mut facts = vec![
            ("production", task.output.display().to_string()),
            ("profile", made.profile.to_string()),
            ("documents", made.documents.to_string()),
            ("served", options.named.record()),
            (
                "families",
                if options.open_families {
                    "open"
                } else {
                    "known"
                }
                .to_owned(),
            ),
        ];
        if !made.allowed.is_empty() {
            facts.push(("allowed", serde_json::to_string(&made.allowed)?));
        }
        act.done(facts)?;
    }
    Ok(())
}

fn summary(made: &Production, task: &ExportTask) -> Vec<String> {
    let mut out = vec![made.headline.clone(), made.counts.to_string()];
    out.push(match (&made.first, &made.last) {
        (Some(first), Some(last)) => format!(
            "{} documents, {first} to {last}; {} placeholders, {} images",
            made.documents, made.slip_sheets, made.images
        ),
        _ => "No documents.".to_owned(),
    });
    out.push(format!(
        "Privilege log: {} lines. Log of departures: {} substitutions, {} broken families, {} \
         unprocessed items.",
        made.withheld, made.substitutions, made.broken_families, made.unprocessed
    ));
    out.push("Hand over the folder serve/ and nothing else.".to_owned());
    if task.case.is_some() {
        out.push("internal/ names what was not produced: it stays with the responder.".to_owned());
    }
    out
}
