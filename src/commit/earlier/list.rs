//! The responder's list of which files are which earlier exceptions: for repaired and decrypted copies, whose bytes
//! are others. A CSV file with the columns `item` and `path`, and `commitment` where it is not the one supplemented.

use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Longest list.
const MAX_BYTES: u64 = 64 << 20;

/// The lines of a list, and which file it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    file: PathBuf,
    rows: Vec<Row>,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The number of the exception, or of the partly read item, in the earlier commitment.
    pub item: u32,
    /// The file that is the same document, by its path below the folder.
    pub path: String,
    /// The earlier commitment: 0 is the first one. The one supplemented, if nothing is said.
    pub commitment: Option<u32>,
    /// Where it stands.
    pub line: u64,
}

/// What is wrong with a list.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The file system.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not such a list.
    #[error("{}: {source}; the columns are item,path and, if needed, commitment", file.display())]
    Csv {
        /// The file.
        file: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// No exception of that number.
    #[error(
        "{}, line {line}: item {item} of commitment {commitment} is no exception and no partly read item that is still \
         unresolved{}; candor case items --status exception --status partly-read lists them", file.display(),
        instead(unsaid.as_deref())
    )]
    NotOpen {
        /// The file.
        file: PathBuf,
        /// The line.
        line: u64,
        /// The item.
        item: u32,
        /// The commitment.
        commitment: u32,
        /// If the line did not say which commitment: those with an unresolved item of that number.
        unsaid: Option<Vec<u32>>,
    },
    /// A path twice.
    #[error("{}, line {line}: its path stands in line {other} already", file.display())]
    Path {
        /// The file.
        file: PathBuf,
        /// The line.
        line: u64,
        /// The other line.
        other: u64,
    },
    /// An item twice.
    #[error("{}, line {line}: item {item} is resolved by another line already", file.display())]
    Item {
        /// The file.
        file: PathBuf,
        /// The line.
        line: u64,
        /// The item.
        item: u32,
    },
    /// A file that is not there, or that cannot be read.
    #[error(
        "{}, line {line}: there is no '{}' in the folder that could be read, so nothing was committed",
        file.display(), crate::clean::line(path)
    )]
    NotRead {
        /// The file.
        file: PathBuf,
        /// The line.
        line: u64,
        /// What it names.
        path: String,
    },
}

/// What a line without a commitment means, and what may have been meant.
fn instead(unsaid: Option<&[u32]>) -> String {
    let Some(others) = unsaid else {
        return String::new();
    };
    let mut out =
        " (without a column 'commitment' that is the case which is supplemented)".to_owned();
    if let [first, ..] = others {
        let named: Vec<String> = others.iter().map(u32::to_string).collect();
        out += &format!(
            "; commitment {} has an unresolved item of that number: if it is meant, write {first} into a column \
             'commitment'",
            named.join(" and commitment ")
        );
    }
    out
}

#[derive(Deserialize)]
struct Line {
    item: u32,
    path: String,
    #[serde(default)]
    commitment: Option<u32>,
}

impl Rows {
    /// Reads a list.
    pub fn read(file: &Path) -> Result<Self, ListError> {
        let bytes = crate::input::read(file, MAX_BYTES).map_err(|source| ListError::Io {
            file: file.to_owned(),
            source,
        })?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let first = bytes.split(|byte| *byte == b'\n').next();
        let of = |wanted: u8| first.is_some_and(|line| line.contains(&wanted));
        let delimiter = match (of(b','), of(b';')) {
            (false, true) => b';',
            (false, false) if of(b'\t') => b'\t',
            _ => b',',
        };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .delimiter(delimiter)
            .from_reader(bytes);
        let bad = |source| ListError::Csv {
            file: file.to_owned(),
            source,
        };
        let headers = reader.headers().map_err(bad)?.clone();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(bad)?;
            let line = record.position().map_or(0, csv::Position::line);
            let read: Line = record.deserialize(Some(&headers)).map_err(bad)?;
            rows.push(Row {
                item: read.item,
                path: read.path,
                commitment: read.commitment,
                line,
            });
        }
        Ok(Rows {
            file: file.to_owned(),
            rows,
        })
    }

    /// The lines.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter()
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_spreadsheets_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("resolved.csv");
        for text in [
            "item,path\n12,a/b.docx\n3,c.zip\n",
            "\u{feff}path;item\r\na/b.docx;12\r\nc.zip;3\r\n",
            "item\tpath\tcommitment\n12\ta/b.docx\t\n3\tc.zip\t\n",
        ] {
            std::fs::write(&file, text).unwrap();
            let rows = Rows::read(&file).unwrap();
            let rows: Vec<_> = rows
                .iter()
                .map(|row| (row.item, &*row.path, row.commitment))
                .collect();
            assert_eq!(rows, [(12, "a/b.docx", None), (3, "c.zip", None)], "{text}");
        }
        std::fs::write(&file, "item,path,commitment\n1,x,0\n").unwrap();
        assert_eq!(
            Rows::read(&file).unwrap().iter().next().unwrap().commitment,
            Some(0)
        );
        std::fs::write(&file, "item,name\n1,x\n").unwrap();
        let said = Rows::read(&file).unwrap_err().to_string();
        assert!(
            said.contains("missing field `path`") && said.contains("columns are"),
            "{said}"
        );
        std::fs::write(&file, "item,path\nfirst,x\n").unwrap();
        let said = Rows::read(&file).unwrap_err().to_string();
        assert!(
            said.contains("line 2") || said.contains("line: 2"),
            "{said}"
        );
    }
}
