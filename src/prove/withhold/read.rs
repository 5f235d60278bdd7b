//! The list of items to withhold, as spreadsheets write it (see [`sheet`](crate::sheet)): all of its mistakes at once.

use super::WithholdEntry;
use super::mistake::{Mistake, MistakeKind, WithholdError};
use crate::bundle::Reason;
use crate::sheet::{Fault, Line, table};
use std::path::Path;

const COLUMNS: [&str; 3] = ["item", "reason", "description"];

/// The entries with their lines.
pub(super) fn read(path: &Path) -> Result<(Vec<WithholdEntry>, Vec<u64>), WithholdError> {
    let mut mistakes = Vec::new();
    let rows = rows(path, &mut mistakes);
    WithholdError::unless_empty(Some(path), mistakes)?;
    Ok(rows.into_iter().unzip())
}

fn rows(path: &Path, mistakes: &mut Vec<Mistake>) -> Vec<(WithholdEntry, u64)> {
    let lines = table(path, &COLUMNS, COLUMNS.len(), true, &mut |line, fault| {
        let kind = kind(fault);
        mistakes.push(Mistake { line, kind });
    });
    let mut out = Vec::new();
    let mut reasons = Vec::new();
    for Line { number, cells } in lines {
        let [item, reason, description] = cells.try_into().expect("as many cells as columns");
        match Reason::parse(&reason) {
            Some(reason) => out.push((
                WithholdEntry {
                    item,
                    reason,
                    description,
                },
                number,
            )),
            None => reasons.push(Mistake {
                line: Some(number),
                kind: MistakeKind::Reason { reason },
            }),
        }
    }
    mistakes.append(&mut reasons);
    mistakes.sort_by_key(|mistake| mistake.line);
    out
}

fn kind(fault: Fault) -> MistakeKind {
    match fault {
        Fault::Unreadable(error) => MistakeKind::Unreadable {
            what: error.to_string(),
        },
        Fault::Encoding => MistakeKind::Encoding,
        Fault::Csv(error) => MistakeKind::Csv {
            what: error.to_string(),
        },
        Fault::Empty => MistakeKind::MissingColumn { name: COLUMNS[0] },
        Fault::Unknown(name) => MistakeKind::UnknownColumn { name },
        Fault::Twice(name) => MistakeKind::ColumnTwice { name },
        Fault::Missing(column) => MistakeKind::MissingColumn {
            name: COLUMNS[column],
        },
        Fault::Cells { found, columns } => MistakeKind::Cells {
            found,
            expected: columns,
        },
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
