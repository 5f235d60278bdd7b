//! The list of items to withhold, as spreadsheets write it (see [`sheet`](crate::sheet)): all of its mistakes at once.

use super::WithholdEntry;
use super::mistake::{Mistake, MistakeKind, WithholdError};
use crate::bundle::Reason;
use crate::sheet::{decode, line, separator};
use std::io::Read;
use std::path::Path;

const COLUMNS: [&str; 3] = ["item", "reason", "description"];
/// Longest list that is read.
const MAX_BYTES: u64 = 64 << 20;

/// The entries with their lines.
pub(super) fn read(path: &Path) -> Result<(Vec<WithholdEntry>, Vec<u64>), WithholdError> {
    let mut mistakes = Vec::new();
    let rows = rows(path, &mut mistakes);
    WithholdError::unless_empty(Some(path), mistakes)?;
    Ok(rows.into_iter().unzip())
}

fn rows(path: &Path, mistakes: &mut Vec<Mistake>) -> Vec<(WithholdEntry, u64)> {
    let mut wrong = |line, kind| mistakes.push(Mistake { line, kind });
    let mut bytes = Vec::new();
    let read =
        crate::input::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        let what = error.to_string();
        wrong(None, MistakeKind::Unreadable { what });
        return Vec::new();
    }
    if bytes.len() as u64 > MAX_BYTES {
        let what = format!("it is longer than {} MiB", MAX_BYTES >> 20);
        wrong(None, MistakeKind::Unreadable { what });
        return Vec::new();
    }
    let Some(text) = decode(&bytes) else {
        wrong(None, MistakeKind::Encoding);
        return Vec::new();
    };
    let (separator, table, skipped) = separator(&text);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .delimiter(separator)
        .flexible(true)
        .has_headers(false)
        .from_reader(table.as_bytes());
    let mut columns: Option<[usize; 3]> = None;
    let mut width = 0;
    let mut out = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map(|at| at.line() + skipped);
                let what = error.to_string();
                wrong(line, MistakeKind::Csv { what });
                return Vec::new();
            }
        };
        let line = record.position().map_or(0, |at| line(table, at)) + skipped;
        if record.iter().all(str::is_empty) {
            continue;
        }
        let Some(columns) = &columns else {
            width = record.len();
            match header(&record) {
                Ok(found) => columns = Some(found),
                Err(kinds) => {
                    kinds.into_iter().for_each(|kind| wrong(Some(line), kind));
                    return Vec::new();
                }
            }
            continue;
        };
        // A spreadsheet may end a line with empty cells.
        if record.iter().skip(width).any(|cell| !cell.is_empty()) || record.len() < width {
            let (found, expected) = (record.len(), width);
            wrong(Some(line), MistakeKind::Cells { found, expected });
            continue;
        }
        let [item, reason, description] = columns.map(|at| record.get(at).unwrap_or_default());
        match Reason::parse(reason) {
            Some(reason) => out.push((
                WithholdEntry {
                    item: item.to_owned(),
                    reason,
                    description: description.to_owned(),
                },
                line,
            )),
            None => {
                let reason = reason.to_owned();
                wrong(Some(line), MistakeKind::Reason { reason });
            }
        }
    }
    if columns.is_none() {
        wrong(None, MistakeKind::MissingColumn { name: COLUMNS[0] });
    }
    out
}

/// Where each column is, or everything that is wrong with the header.
fn header(record: &csv::StringRecord) -> Result<[usize; 3], Vec<MistakeKind>> {
    let mut places = [None; 3];
    let mut wrong = Vec::new();
    for (at, name) in record.iter().enumerate() {
        let lower = name.to_lowercase();
        match COLUMNS.iter().position(|column| *column == lower) {
            Some(column) if places[column].is_some() => {
                wrong.push(MistakeKind::ColumnTwice { name: lower });
            }
            Some(column) => places[column] = Some(at),
            None if name.is_empty() => {}
            None => wrong.push(MistakeKind::UnknownColumn {
                name: name.to_owned(),
            }),
        }
    }
    for (place, name) in places.iter().zip(COLUMNS) {
        if place.is_none() {
            wrong.push(MistakeKind::MissingColumn { name });
        }
    }
    match places {
        [Some(item), Some(reason), Some(description)] if wrong.is_empty() => {
            Ok([item, reason, description])
        }
        _ => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::super::WithholdList;
    use super::*;

    fn list(bytes: &[u8]) -> Result<Vec<WithholdEntry>, WithholdError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("w.csv");
        std::fs::write(&path, bytes).unwrap();
        WithholdList::read(&path).map(|list| list.entries().to_vec())
    }

    fn utf16(text: &str, mark: bool, big: bool) -> Vec<u8> {
        let mark = mark.then_some(0xfeff);
        mark.into_iter()
            .chain(text.encode_utf16())
            .flat_map(|unit| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let comma = "item,reason,description\n0, b5 ,\"Draft, internal\"\n";
        let semicolon = "Item;Reason;Description\r\n0;(b)(5);Draft, internal\r\n;;\r\n";
        let tab = "reason\titem\tdescription\r\nB5\t0\tDraft, internal\r\n";
        let wanted = list(comma.as_bytes()).unwrap();
        assert_eq!(wanted[0].reason.code(), "(b)(5)");
        assert_eq!(wanted[0].description, "Draft, internal");
        for text in [
            semicolon.to_owned(),
            tab.to_owned(),
            format!("\u{feff}{semicolon}"),
            format!("sep=;\r\n{semicolon}"),
            format!("\n{comma}"),
            // Cells beyond the columns, all empty.
            comma
                .replace("description\n", "description,,\n")
                .replace("l\"\n", "l\",,\n"),
        ] {
            assert_eq!(list(text.as_bytes()).unwrap(), wanted, "{text}");
            for (mark, big) in [(true, true), (true, false), (false, true), (false, false)] {
                // Without a mark, a first character that is not ASCII cannot be told.
                if !text.starts_with('\u{feff}') {
                    let bytes = utf16(&text, mark, big);
                    assert_eq!(list(&bytes).unwrap(), wanted, "{text}");
                }
            }
        }
        let umlaut = "item;reason;description\n0;AC;Entwurf für Ärzte\n";
        let read = list(&utf16(umlaut, true, false)).unwrap();
        assert_eq!(read[0].description, "Entwurf für Ärzte");
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let text =
            "item,reason,description\n0,AC,x\n1,secret,x\n\n2,AC\n3,none,\"a\nb\"\n4,AC,a,b\n";
        let error = list(text.as_bytes()).unwrap_err();
        let lines: Vec<_> = error.mistakes().iter().map(|m| m.line).collect();
        assert_eq!(lines, [Some(3), Some(5), Some(6), Some(8)]);
        let words = error.to_string();
        assert!(words.contains("w.csv: 4 mistakes"), "{words}");
        assert!(words.contains("line 3: 'secret' is not a known reason; known are AC"));
        assert!(words.contains("line 5: 2 cells, but 3 columns"));
        // Under a line of its own the numbers count on.
        let error = list(format!("sep=,\n{text}").as_bytes()).unwrap_err();
        assert_eq!(error.mistakes()[0].line, Some(4));
    }

    #[test]
    fn columns_are_named() {
        let words = |text: &str| list(text.as_bytes()).unwrap_err().to_string();
        let all = words("item,reson,description,notes\n0,AC,x,y\n");
        for part in [
            "line 1: there is no column 'reson'",
            "there is no column 'notes'",
            "the column reason is missing",
        ] {
            assert!(all.contains(part), "{all}");
        }
        assert!(words("item,item,reason,description\n").contains("the column item is there twice"));
        assert!(words("").contains("the column item is missing"));
        assert!(words("a\u{1b}[31m,b\n").contains("no column 'a\\u{1b}"));
    }

    #[test]
    fn what_cannot_be_decoded_is_not_guessed() {
        // Windows-1252, as Excel writes "CSV" in Europe: an umlaut would become something else.
        let error = list(b"item;reason;description\n0;AC;Entwurf f\xfcr\n").unwrap_err();
        assert!(error.to_string().contains("CSV UTF-8"), "{error}");
        let missing = WithholdList::read(Path::new("/nonexistent/w.csv")).unwrap_err();
        assert!(missing.to_string().starts_with("/nonexistent/w.csv: "));
    }
}
