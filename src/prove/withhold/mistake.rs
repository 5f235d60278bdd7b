//! What can be wrong with a list, said all at once.

use crate::bundle::Reason;
use crate::ingest::names::escape;
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// The line of the file, from 1; nothing if it is no single line's fault.
    pub line: Option<u64>,
    /// What is wrong.
    #[serde(flatten)]
    pub kind: MistakeKind,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "mistake", rename_all = "snake_case")]
pub enum MistakeKind {
    /// The file cannot be read.
    #[error("{what}")]
    Unreadable {
        /// Why.
        what: String,
    },
    /// Bytes in no encoding that is read.
    #[error(
        "the list is neither UTF-8 nor UTF-16: save it again, in Excel as \"CSV UTF-8\" or \"Unicode text\""
    )]
    Encoding,
    /// Not CSV.
    #[error("this is not CSV: {what}")]
    Csv {
        /// Why.
        what: String,
    },
    /// A column that has no meaning here.
    #[error(
        "there is no column '{}': the columns are item, reason, description; take it out or name it right",
        escape(name)
    )]
    UnknownColumn {
        /// Its name.
        name: String,
    },
    /// A column twice.
    #[error("the column {name} is there twice")]
    ColumnTwice {
        /// Its name.
        name: String,
    },
    /// A column that is not there.
    #[error(
        "the column {name} is missing: the first line names the columns item, reason, description"
    )]
    MissingColumn {
        /// Its name.
        name: &'static str,
    },
    /// Another number of cells than columns.
    #[error(
        "{found} cells, but {expected} columns: put text with separators or line ends in double quotes"
    )]
    Cells {
        /// Cells of the line.
        found: usize,
        /// Columns.
        expected: usize,
    },
    /// An unknown reason.
    #[error("'{}' is not a known reason; known are {}", escape(reason), known())]
    Reason {
        /// What stands there.
        reason: String,
    },
    /// No such item.
    #[error(
        "'{}' is neither the index nor the path nor the control number of an item of this case",
        escape(name)
    )]
    NoSuchItem {
        /// What stands there.
        name: String,
    },
    /// A name that several items have.
    #[error(
        "'{}' names several items; use the path of the one that is meant",
        escape(name)
    )]
    Ambiguous {
        /// The name.
        name: String,
    },
    /// Listed twice.
    #[error("item {item} is listed twice")]
    Twice {
        /// The item.
        item: u32,
    },
    /// Not a match.
    #[error(
        "item {item} does not match the classifier, so there is nothing to withhold: remove it from the list"
    )]
    NoMatch {
        /// The item.
        item: u32,
    },
    /// An entry that says too little or too much.
    #[error("{what}")]
    Entry {
        /// Why.
        what: String,
    },
    /// The content would be disclosed all the same.
    #[error(
        "item {withheld} is to be withheld, but item {produced} would be produced and {why}: withhold that too"
    )]
    Disclosed {
        /// The item on the list.
        withheld: u32,
        /// The item that gives it away.
        produced: u32,
        /// How.
        why: &'static str,
    },
}

fn known() -> String {
    Reason::all()
        .map(|r| r.code())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Why a list is refused: everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WithholdError {
    path: Option<PathBuf>,
    mistakes: Vec<Mistake>,
}

impl WithholdError {
    pub(super) fn unless_empty(path: Option<&Path>, mistakes: Vec<Mistake>) -> Result<(), Self> {
        if mistakes.is_empty() {
            return Ok(());
        }
        Err(WithholdError {
            path: path.map(Path::to_owned),
            mistakes,
        })
    }

    /// Everything that is wrong, in the order of the list.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.kind),
            None => self.kind.fmt(f),
        }
    }
}

impl fmt::Display for WithholdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}: ", escape(&path.to_string_lossy()))?;
        }
        if let [one] = &self.mistakes[..] {
            return one.fmt(f);
        }
        write!(
            f,
            "{} mistakes in the list of items to withhold",
            self.mistakes.len()
        )?;
        for mistake in &self.mistakes {
            write!(f, "\n  {mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for WithholdError {}
