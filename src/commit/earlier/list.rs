//! The responder's list of which files are which earlier exceptions: for repaired and decrypted copies, whose bytes
//! are others. A CSV file with the columns `item` and `path`, and `commitment` where it is not the one supplemented.

use crate::sheet::{Sheet, SheetError};
use std::path::{Path, PathBuf};

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
    /// Not such a list.
    #[error(transparent)]
    Sheet(#[from] SheetError),
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

impl Rows {
    /// Reads a list.
    pub fn read(file: &Path) -> Result<Self, ListError> {
        let sheet = Sheet::read(file, &["item", "path", "commitment"], 2, false)?;
        let mut rows = Vec::new();
        for line in sheet.lines() {
            let number = |at: usize, what: &str| {
                let cell = &line.cells[at];
                let shown = crate::clean::line(cell);
                let wrong = || sheet.wrong(line, format!("'{shown}' is not the number of {what}"));
                cell.parse::<u32>().map_err(|_| wrong())
            };
            if line.cells[1].is_empty() {
                return Err(sheet
                    .wrong(line, "it names no path: which file of the folder is it?")
                    .into());
            }
            rows.push(Row {
                item: number(0, "an item (candor case items lists them)")?,
                path: line.cells[1].clone(),
                commitment: match line.cells[2].is_empty() {
                    true => None,
                    false => Some(number(2, "a commitment (0 is the first one)")?),
                },
                line: line.number,
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
            said.contains("resolved.csv, line 1: the column path is missing; the columns are"),
            "{said}"
        );
        std::fs::write(&file, "item,path\nfirst,x\n").unwrap();
        let said = Rows::read(&file).unwrap_err().to_string();
        assert!(
            said.contains("resolved.csv, line 2: 'first' is not the number of an item"),
            "{said}"
        );
    }
}
