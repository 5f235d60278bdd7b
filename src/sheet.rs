//! Lists that people make with a spreadsheet or an editor: separated by commas, semicolons (Excel where the comma is the
//! decimal point) or tabs, in UTF-8 or UTF-16 (Excel's "Unicode text"), with or without a byte order mark. One reader for
//! all of them, so that what one command takes all take, and every mistake has its file and line.

use crate::clean;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::fmt;
use std::path::{Path, PathBuf};

/// Longest list that is read.
const MAX_BYTES: u64 = 64 << 20;

/// Said of bytes in no encoding that is read.
pub const ENCODING: &str = "the list is neither UTF-8 nor UTF-16: save it again, in Excel as \"CSV UTF-8\" or \"Unicode text\"";

/// Why a list cannot be used: file, line where there is one, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SheetError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1; nothing if it is no single line's fault.
    pub line: Option<u64>,
    /// What is wrong, and what to do.
    pub what: String,
}

impl fmt::Display for SheetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, from 1.
    pub number: u64,
    /// Its cells, in the order of the columns that were asked for; empty where the list has no such column.
    pub cells: Vec<String>,
}

/// A list that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    path: PathBuf,
    lines: Vec<Line>,
}

/// What is wrong with a table, in no words yet: who reads it says what its columns are for.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The file cannot be read.
    Unreadable(std::io::Error),
    /// Bytes in no encoding that is read.
    Encoding,
    /// Not CSV.
    Csv(csv::Error),
    /// There is not even a heading.
    Empty,
    /// A column that was not asked for.
    Unknown(String),
    /// A column twice.
    Twice(String),
    /// The place of a column that is needed and not there.
    Missing(usize),
    /// Another number of cells than columns.
    Cells { found: usize, columns: usize },
}

/// The lines of a table, as [`Sheet::read`] has it, and everything that is wrong with it: a line with other cells is left
/// out, what is not CSV ends it, and under a wrong heading nothing is read.
pub(crate) fn table(
    path: &Path,
    columns: &[&str],
    needed: usize,
    strict: bool,
    wrong: &mut dyn FnMut(Option<u64>, Fault),
) -> Vec<Line> {
    let bytes = match crate::input::read(path, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(error) => {
            wrong(None, Fault::Unreadable(error));
            return Vec::new();
        }
    };
    let Some(text) = decode(&bytes) else {
        wrong(None, Fault::Encoding);
        return Vec::new();
    };
    let (separator, table, skipped) = separator(&text);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .delimiter(separator)
        .flexible(true)
        .has_headers(false)
        .from_reader(table.as_bytes());
    let mut places: Option<Vec<Option<usize>>> = None;
    let (mut width, mut lines) = (0, Vec::new());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map(|at| at.line() + skipped);
                wrong(line, Fault::Csv(error));
                return lines;
            }
        };
        let number = record.position().map_or(0, |at| line(table, at)) + skipped;
        if record.iter().all(str::is_empty) {
            continue;
        }
        let Some(places) = &places else {
            width = record.len();
            match heading(&record, columns, needed, strict) {
                Ok(found) => places = Some(found),
                Err(faults) => {
                    let faults = faults.into_iter();
                    faults.for_each(|fault| wrong(Some(number), fault));
                    return Vec::new();
                }
            }
            continue;
        };
        // A spreadsheet may end a line with empty cells.
        if record.iter().skip(width).any(|cell| !cell.is_empty()) || record.len() < width {
            let (found, columns) = (record.len(), width);
            wrong(Some(number), Fault::Cells { found, columns });
            continue;
        }
        let cell = |place: &Option<usize>| place.and_then(|at| record.get(at)).unwrap_or_default();
        lines.push(Line {
            number,
            cells: places.iter().map(|place| cell(place).to_owned()).collect(),
        });
    }
    if places.is_none() {
        wrong(None, Fault::Empty);
    }
    lines
}

impl Sheet {
    /// Reads a list with these columns, in any order, of which the first `needed` have to be there. Another column is a
    /// mistake if `strict`: it may be one of them, spelt wrong. Of several mistakes the first is told.
    pub fn read(
        path: &Path,
        columns: &[&str],
        needed: usize,
        strict: bool,
    ) -> Result<Self, SheetError> {
        let all = columns.join(",");
        let mut first = None;
        let lines = table(path, columns, needed, strict, &mut |line, fault| {
            first.get_or_insert_with(|| SheetError {
                path: path.to_owned(),
                line,
                what: match fault {
                    Fault::Unreadable(error) => error.to_string(),
                    Fault::Encoding => ENCODING.to_owned(),
                    Fault::Csv(error) => format!("this is not CSV: {error}"),
                    Fault::Empty => format!("it is empty; the first line names the columns {all}"),
                    Fault::Unknown(name) => {
                        let name = clean::line(&name);
                        format!("there is no column '{name}'; the columns are {all}")
                    }
                    Fault::Twice(name) => {
                        format!("the column {name} is there twice; the columns are {all}")
                    }
                    Fault::Missing(at) => {
                        format!("the column {} is missing; the columns are {all}", columns[at])
                    }
                    Fault::Cells { found, columns } => format!(
                        "{found} cells, but {columns} columns: put text with separators or line ends in double quotes"
                    ),
                },
            });
        });
        match first {
            Some(error) => Err(error),
            None => Ok(Sheet {
                path: path.to_owned(),
                lines,
            }),
        }
    }

    /// The lines, without the heading.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// A mistake in one of its lines.
    pub fn wrong(&self, line: &Line, what: impl Into<String>) -> SheetError {
        SheetError {
            path: self.path.clone(),
            line: Some(line.number),
            what: what.into(),
        }
    }
}

/// Where each column is, or everything that is wrong with the heading.
fn heading(
    record: &csv::StringRecord,
    columns: &[&str],
    needed: usize,
    strict: bool,
) -> Result<Vec<Option<usize>>, Vec<Fault>> {
    let mut places = vec![None; columns.len()];
    let mut wrong = Vec::new();
    for (at, name) in record.iter().enumerate() {
        let lower = name.to_lowercase();
        match columns.iter().position(|column| *column == lower) {
            Some(column) if places[column].is_some() => wrong.push(Fault::Twice(lower)),
            Some(column) => places[column] = Some(at),
            None if name.is_empty() || !strict => {}
            None => wrong.push(Fault::Unknown(name.to_owned())),
        }
    }
    let missing = places.iter().take(needed).enumerate();
    let missing = missing.filter(|(_, place)| place.is_none());
    wrong.extend(missing.map(|(column, _)| Fault::Missing(column)));
    match wrong.is_empty() {
        true => Ok(places),
        false => Err(wrong),
    }
}

/// The line a record begins on: the reader counts from before the blank lines that it passes over.
fn line(table: &str, at: &csv::Position) -> u64 {
    let rest = table
        .as_bytes()
        .get(at.byte() as usize..)
        .unwrap_or_default();
    let blank = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
    at.line() + blank.filter(|b| **b == b'\n').count() as u64
}

/// The text, unless the bytes are in an encoding that cannot be told.
fn decode(bytes: &[u8]) -> Option<String> {
    let (encoding, mark) = match Encoding::for_bom(bytes) {
        Some(found) => found,
        // The header is ASCII, so UTF-16 without its mark shows.
        None if bytes.len() >= 2 && bytes[0] != 0 && bytes[1] == 0 => (UTF_16LE, 0),
        None if bytes.len() >= 2 && bytes[0] == 0 && bytes[1] != 0 => (UTF_16BE, 0),
        None => (UTF_8, 0),
    };
    encoding
        .decode_without_bom_handling_and_without_replacement(&bytes[mark..])
        .map(|text| text.into_owned())
}

/// The separator, the table and how many lines stand before it. Excel may write `sep=;` in front.
fn separator(text: &str) -> (u8, &str, u64) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let first = first.trim();
    if let Some(stated) = first.to_ascii_lowercase().strip_prefix("sep=")
        && let [separator] = stated.as_bytes()
    {
        return (*separator, rest, 1);
    }
    let header = text.lines().find(|line| !line.trim().is_empty());
    let count = |separator: &u8| {
        header
            .unwrap_or_default()
            .bytes()
            .filter(|b| b == separator)
            .count()
    };
    let best = b",;\t".iter().rev().max_by_key(|s| count(s)).copied();
    (best.unwrap_or(b','), text, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("list.csv");
        std::fs::write(&path, bytes).unwrap();
        let sheet = Sheet::read(&path, &["item", "path", "note"], 2, true);
        let lines = sheet.map_err(|error| {
            error
                .to_string()
                .split_once("list.csv")
                .unwrap()
                .1
                .to_owned()
        })?;
        let line = |line: &Line| (line.number, line.cells.clone());
        Ok(lines.lines().iter().map(line).collect())
    }

    #[test]
    fn a_list_is_the_same_however_it_was_saved() {
        let wanted = [(2, vec!["1".to_owned(), "a, b".to_owned(), String::new()])];
        for text in [
            "item,path\n1,\"a, b\"\n",
            "\u{feff}item,path\r\n1,\"a, b\"\r\n",
            "Path;Item\na, b;1\n",
            "\u{feff}item\tpath\n1\ta, b\n",
        ] {
            assert_eq!(read(text.as_bytes()).unwrap(), wanted, "{text}");
            let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert_eq!(read(&utf16).unwrap(), wanted, "{text}");
        }
        assert_eq!(read(b"sep=;\nitem;path;note\n\n1;x;y\n").unwrap()[0].0, 4);
    }

    #[test]
    fn mistakes_have_their_line() {
        for (text, said) in [
            ("item,path\n1,x\n2\n", ", line 3: 1 cells, but 2 columns"),
            (
                "item,paht\n1,x\n",
                ", line 1: there is no column 'paht'; the columns are item,path,note",
            ),
            ("item,note\n1,x\n", ", line 1: the column path is missing"),
            (
                "item,item,path\n",
                ", line 1: the column item is there twice",
            ),
            (
                "",
                ": it is empty; the first line names the columns item,path,note",
            ),
        ] {
            let found = read(text.as_bytes()).unwrap_err();
            assert!(found.starts_with(said), "{found}");
        }
        assert!(
            read(b"item,path\n1,f\xfcr\n")
                .unwrap_err()
                .contains("CSV UTF-8")
        );
    }
}
