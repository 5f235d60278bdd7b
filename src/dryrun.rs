//! The responder's dry run: what a classifier says about every committed item, without proofs.

use crate::clean;
use crate::commit::{Vault, VaultError};
use crate::ingest::facts;
use crate::output::{Kind, OutputError, Target, Writing};
use crate::progress::{Progress, Unit};
use crate::sealed::Held;
use rayon::prelude::*;
use serde::Serialize;

/// Items evaluated at once.
const CHUNK: usize = 1024;

/// What becomes of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// The classifier selects it.
    Match {
        /// Not negative; the larger, the clearer: see [`Verdict::score`](crate::classify::Verdict::score).
        score: i64,
    },
    /// The classifier does not select it.
    NoMatch {
        /// Negative; the closer to zero, the closer to a match.
        score: i64,
    },
    /// It has no vector in the classifier's form, so the classifier says nothing about it.
    OtherForm,
    /// It could not be processed when it was committed.
    Exception {
        /// Why.
        reason: String,
    },
}

impl Outcome {
    /// The outcome's stable name.
    pub fn id(&self) -> &'static str {
        match self {
            Outcome::Match { .. } => "match",
            Outcome::NoMatch { .. } => "no_match",
            Outcome::OtherForm => "other_form",
            Outcome::Exception { .. } => "exception",
        }
    }

    /// Whether it matches; `None` where the classifier says nothing.
    pub fn verdict(&self) -> Option<bool> {
        match self {
            Outcome::Match { .. } => Some(true),
            Outcome::NoMatch { .. } => Some(false),
            Outcome::OtherForm | Outcome::Exception { .. } => None,
        }
    }

    /// The score, where there is one.
    pub fn score(&self) -> Option<i64> {
        match self {
            Outcome::Match { score } | Outcome::NoMatch { score } => Some(*score),
            _ => None,
        }
    }
}

/// One item of the dry run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The item.
    pub item: u32,
    /// What becomes of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Its path, which may hold control characters: escape it before showing it.
    pub path: String,
    /// The item that it was found in.
    #[serde(skip)]
    pub parent: Option<u32>,
    /// Media type.
    pub media_type: String,
    /// The first item with the same native bytes.
    pub duplicate_of: Option<u32>,
    /// SHA-256 of the native bytes.
    pub sha256: String,
    /// The number that the document came with in a load file.
    pub control_number: Option<String>,
    /// Whether it was read in part only.
    pub partly_read: bool,
    /// Whose it is, where the document has a custodian of its own.
    pub custodian: String,
    /// Its subject, or the title that it gives itself.
    pub subject: String,
    /// When it was sent; of what was not sent, when it was last changed or made.
    pub date: String,
    /// Who sent it; of what was not sent, who wrote it.
    pub from: String,
}

/// The columns of [`Row::record`].
const COLUMNS: [&str; 13] = [
    "item",
    "outcome",
    "score",
    "reason",
    "media_type",
    "duplicate_of",
    "sha256",
    "control_number",
    "custodian",
    "date",
    "from",
    "subject",
    "path",
];

impl Row {
    /// As a line of a table.
    fn record(&self) -> [String; COLUMNS.len()] {
        let reason = match &self.outcome {
            Outcome::Exception { reason } => reason.clone(),
            _ => String::new(),
        };
        let score = self.outcome.score().map(|score| score.to_string());
        let first = self.duplicate_of.map(|first| first.to_string());
        [
            self.item.to_string(),
            self.outcome.id().to_owned(),
            score.unwrap_or_default(),
            reason,
            self.media_type.clone(),
            first.unwrap_or_default(),
            self.sha256.clone(),
            clean::cell(self.control_number.as_deref().unwrap_or_default()),
            clean::cell(&self.custodian),
            self.date.clone(),
            clean::cell(&self.from),
            clean::cell(&self.subject),
            clean::cell(&self.path),
        ]
    }
}

/// What the table is, for whoever is about to replace one.
pub const KIND: Kind = Kind {
    name: "a list of a dry run",
    is: |bytes| {
        let heading = bytes
            .split(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        heading == COLUMNS.join(",").as_bytes()
    },
};

/// The CSV table of everything that was looked at.
#[derive(Debug)]
pub struct Table(csv::Writer<Writing>);

impl Table {
    /// Begins a table, which is there once it is finished.
    pub fn create(target: Target) -> Result<Self, OutputError> {
        let path = target.path().to_owned();
        let mut csv = csv::Writer::from_writer(target.begin()?);
        csv.write_record(COLUMNS).map_err(|error| OutputError::Io {
            path,
            kind: KIND.name,
            source: error.into(),
        })?;
        Ok(Table(csv))
    }

    /// Adds a row.
    pub fn write(&mut self, row: &Row) -> std::io::Result<()> {
        Ok(self.0.write_record(row.record())?)
    }

    /// Puts the table in its place.
    pub fn finish(self) -> Result<(), OutputError> {
        let path = self.0.get_ref().path().to_owned();
        let written = self.0.into_inner().map_err(|error| OutputError::Io {
            path,
            kind: KIND.name,
            source: error.into_error(),
        })?;
        written.finish()
    }
}

/// The counts of a dry run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Items in the commitment.
    pub committed: u32,
    /// Items that match.
    pub matches: u32,
    /// Of these, items with the same bytes as an earlier item.
    pub duplicate_matches: u32,
    /// Items that do not match.
    pub no_matches: u32,
    /// Items without the classifier's form.
    pub other_form: u32,
    /// Items that could not be processed.
    pub exceptions: u32,
    /// Of those that match or do not, how many were read in part only.
    pub partly_read: u32,
}

/// Why a dry run was not possible.
#[derive(Debug, thiserror::Error)]
pub enum DryRunError {
    /// The vault cannot be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The receiver of rows failed.
    #[error("cannot write the results: {0}")]
    Output(#[from] std::io::Error),
    /// The watcher asked to stop.
    #[error("stopped as asked")]
    Cancelled,
}

/// Runs the classifier over every item in order; `each` receives the rows.
pub fn dry_run<'c>(
    vault: &Vault,
    classifier: impl Into<Held<'c>>,
    progress: &dyn Progress,
    each: impl FnMut(Row) -> std::io::Result<()>,
) -> Result<Counts, DryRunError> {
    let order: Vec<u32> = (0..vault.len()).collect();
    dry_run_over(vault, classifier, &order, progress, each)
}

/// As [`dry_run`], in another order: of reading, for lists that people read.
pub fn dry_run_over<'c>(
    vault: &Vault,
    classifier: impl Into<Held<'c>>,
    order: &[u32],
    progress: &dyn Progress,
    mut each: impl FnMut(Row) -> std::io::Result<()>,
) -> Result<Counts, DryRunError> {
    let classifier = classifier.into();
    let len = order.len() as u64;
    let mut counts = Counts {
        committed: vault.len(),
        ..Counts::default()
    };
    progress.begin("classifying", Some(len), Unit::Items);
    for chunk in order.chunks(CHUNK) {
        if progress.cancelled() {
            return Err(DryRunError::Cancelled);
        }
        let rows = chunk
            .par_iter()
            .map(|index| row(vault, classifier, *index))
            .collect::<Result<Vec<_>, _>>()?;
        for row in rows {
            counts.add(&row);
            each(row)?;
        }
        progress.advance(chunk.len() as u64);
    }
    progress.end();
    Ok(counts)
}

impl Counts {
    fn add(&mut self, row: &Row) {
        self.partly_read += u32::from(row.partly_read && row.outcome.score().is_some());
        match row.outcome {
            Outcome::Match { .. } => {
                self.matches += 1;
                self.duplicate_matches += u32::from(row.duplicate_of.is_some());
            }
            Outcome::NoMatch { .. } => self.no_matches += 1,
            Outcome::OtherForm => self.other_form += 1,
            Outcome::Exception { .. } => self.exceptions += 1,
        }
    }
}

fn row(vault: &Vault, classifier: Held<'_>, index: u32) -> Result<Row, VaultError> {
    let item = vault.item(index)?;
    let outcome = match (item.vector(classifier.form()), item.leaf().exception()) {
        (Some(vector), _) => {
            let verdict = classifier.evaluate(vector);
            let score = verdict.score;
            if verdict.matches {
                Outcome::Match { score }
            } else {
                Outcome::NoMatch { score }
            }
        }
        (None, Some(reason)) => Outcome::Exception {
            reason: reason.to_string(),
        },
        (None, None) => Outcome::OtherForm,
    };
    let known = |keys: &[&str]| -> String {
        let metadata = &item.meta().metadata;
        let mut found = keys.iter().filter_map(|key| metadata.get(*key));
        found.next().cloned().unwrap_or_default()
    };
    Ok(Row {
        item: index,
        outcome,
        path: item.path().to_owned(),
        parent: item.parent(),
        media_type: item.meta().media_type.clone(),
        duplicate_of: item.duplicate_of(),
        sha256: hex::encode(item.sha256()),
        control_number: item.meta().metadata.get("control_number").cloned(),
        partly_read: item.leaf().is_partly_read(),
        custodian: known(&["custodian"]),
        subject: known(&["subject", "title"]),
        date: known(&facts::DATES),
        from: known(&[&["from"], &facts::AUTHORS[..]].concat()),
    })
}
