//! Excel 5 to 2003: one stream of records, sheet after sheet, hidden ones as well.

use std::collections::HashMap;

use super::super::code_pages::{WESTERN, code_page};
use super::super::compound::{Compound, u16_at, u32_at, utf16};
use super::super::numbers::NumberFormat;
use super::super::office::page_line;
use super::super::out::Out;
use super::art;
use super::cells::{self, Formats, Rows};
use super::strings::{Segments, string};
use crate::charset::Charset;
use crate::ledger::{Ledger, Unread};
use crate::reading::ReadError;

const BEGIN: u16 = 0x0809;
const CONTINUE: u16 = 0x003C;

pub(super) fn read(file: &Compound<'_>, unpacked: u64, out: &mut Out) -> Result<(), ReadError> {
    // Both are there where a file serves two versions; the newer one says all.
    let stream = file.stream("/Workbook").or_else(|| file.stream("/Book"));
    let stream = stream.unwrap_or_default();
    if (stream.len() as u64) > unpacked {
        return Err(ReadError::Corrupt(
            "the workbook is larger than the limit".to_owned(),
        ));
    }
    if u16_at(&stream, 0) != Some(BEGIN) {
        return Err(ReadError::Unsupported(
            "a workbook of Excel 4 or older".to_owned(),
        ));
    }
    let mut book = Book::new(u16_at(&stream, 4) == Some(0x0600));
    let mut records = Records {
        stream: &stream,
        at: 0,
    };
    while let Some((at, kind, body)) = records.next() {
        if kind == 0x002F {
            return Err(ReadError::Encrypted);
        }
        let mut parts = vec![body];
        // Drawings, shared strings and texts go on in further records.
        while records.peek() == Some(CONTINUE) && kind != CONTINUE {
            parts.extend(records.next().map(|(_, _, body)| body));
        }
        book.record(at, kind, &parts, out);
        if out.is_full() {
            break;
        }
    }
    book.rows.end(out);
    if records.at < stream.len() && stream[records.at..].iter().any(|byte| *byte != 0) {
        out.unread(
            Unread::Truncated,
            "the records of the workbook end too early",
        );
    }
    if book.missing > 0 {
        out.ledger
            .add_many(Unread::Damaged, book.missing, "cells whose text is missing");
    }
    art::pictures(&book.drawings, out);
    Ok(())
}

struct Records<'a> {
    stream: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    fn peek(&self) -> Option<u16> {
        u16_at(self.stream, self.at)
    }

    /// The next record: where it begins, its kind and content.
    fn next(&mut self) -> Option<(usize, u16, &'a [u8])> {
        let (kind, length) = (self.peek()?, u16_at(self.stream, self.at + 2)?);
        let body = self
            .stream
            .get(self.at + 4..self.at + 4 + usize::from(length))?;
        let at = self.at;
        self.at += 4 + usize::from(length);
        Some((at, kind, body))
    }
}

struct Book {
    /// Strings say of how many bytes their characters are (since 97).
    wide: bool,
    encoding: Charset,
    formats: Formats,
    strings: Vec<String>,
    /// Names of sheets by where their records begin.
    sheets: HashMap<usize, String>,
    rows: Rows,
    /// Row and style of a formula whose text comes in the next record.
    pending: Option<u16>,
    drawings: Vec<u8>,
    missing: u32,
}

impl Book {
    fn new(wide: bool) -> Self {
        Self {
            wide,
            encoding: WESTERN,
            formats: Formats::default(),
            strings: Vec::new(),
            sheets: HashMap::new(),
            rows: Rows::default(),
            pending: None,
            drawings: Vec::new(),
            missing: 0,
        }
    }

    fn text(&self, bytes: &[u8], short: bool) -> String {
        string(bytes, short, self.wide, self.encoding).unwrap_or_default()
    }

    fn record(&mut self, at: usize, kind: u16, parts: &[&[u8]], out: &mut Out) {
        let body = parts[0];
        match kind {
            BEGIN => {
                self.rows.end(out);
                if let Some(name) = self.sheets.remove(&at) {
                    out.push_line(&name);
                }
            }
            0x0042 => {
                // Since Excel 97 texts are UTF-16, and what this says is of no account.
                let number = i64::from(u16_at(body, 0).unwrap_or(1252));
                let mut unused = Ledger::default();
                let ledger = if self.wide {
                    &mut unused
                } else {
                    &mut out.ledger
                };
                // As Excel for the Macintosh and of Windows wrote it.
                self.encoding = match number {
                    0x8000 => code_page(10000, ledger),
                    0x8001 => code_page(1252, ledger),
                    number => code_page(number, ledger),
                };
            }
            0x0022 => self.formats.from_1904 = u16_at(body, 0) == Some(1),
            0x041E => {
                if let (Some(number), Some(rest)) = (u16_at(body, 0), body.get(2..)) {
                    let code = self.text(rest, !self.wide);
                    self.formats
                        .defined
                        .insert(number, NumberFormat::parse(&code));
                    for words in super::super::numbers::words(&code) {
                        out.push_line(&words);
                    }
                }
            }
            0x00E0 => self.formats.styles.push(u16_at(body, 2).unwrap_or(0)),
            0x0085 => {
                if let (Some(at), Some(rest)) = (u32_at(body, 0), body.get(6..)) {
                    let name = self.text(rest, true);
                    self.sheets.insert(at as usize, name);
                }
            }
            0x00FC => self.shared_strings(parts, out),
            // Drawings of the workbook.
            0x00EB => parts
                .iter()
                .for_each(|part| self.drawings.extend_from_slice(part)),
            0x0014 | 0x0015 => {
                let text = self.text(body, !self.wide);
                self.rows.end(out);
                out.push_line(&page_line(&text));
            }
            0x01B6 => self.text_box(parts, out),
            // The text of a note before 97; since then its author.
            0x001C => {
                let text = match self.wide {
                    true => body.get(8..).map(|rest| self.text(rest, false)),
                    false => body
                        .get(6..)
                        .map(|rest| self.encoding.decode(rest).0.into_owned()),
                };
                self.rows.end(out);
                out.push_line(&text.unwrap_or_default());
            }
            // Texts of charts.
            0x100D => {
                let text = body.get(2..).map(|rest| self.text(rest, true));
                self.rows.end(out);
                out.push_line(&text.unwrap_or_default());
            }
            0x01B8 => {
                self.rows.end(out);
                for text in link(body) {
                    out.push_line(&text);
                }
            }
            0x01BE => {
                self.rows.end(out);
                for text in self.prompts(body) {
                    out.push_line(&text);
                }
            }
            _ => self.cell(kind, parts, out),
        }
    }

    fn cell(&mut self, kind: u16, parts: &[&[u8]], out: &mut Out) {
        let body = parts[0];
        let (Some(row), style) = (u16_at(body, 0), u16_at(body, 4).unwrap_or(0)) else {
            return;
        };
        let shown = match kind {
            0x00FD => {
                let index = u32_at(body, 6).unwrap_or(u32::MAX) as usize;
                let text = self.strings.get(index).cloned();
                self.missing += u32::from(text.is_none());
                text
            }
            0x0204 | 0x00D6 => body.get(6..).map(|rest| self.text(rest, false)),
            0x0203 => float(body, 6).map(|value| self.formats.show(value, style)),
            0x027E => u32_at(body, 6).map(|value| self.formats.show(cells::packed(value), style)),
            0x00BD => {
                let mut at = 4;
                while let (Some(style), Some(value)) = (u16_at(body, at), u32_at(body, at + 2)) {
                    if at + 6 > body.len().saturating_sub(2) {
                        break;
                    }
                    let shown = self.formats.show(cells::packed(value), style);
                    self.rows.cell(row, &shown, out);
                    at += 6;
                }
                None
            }
            0x0205 => body.get(6..8).map(|value| flag(value[0], value[1])),
            0x0006 | 0x0206 | 0x0406 => {
                let value = self.formula(row, style, body);
                let constants =
                    constants(body.get(22..).unwrap_or_default(), self.wide, self.encoding);
                if let Some(value) = &value {
                    self.rows.cell(row, value, out);
                }
                for constant in constants {
                    self.rows.cell(row, &constant, out);
                }
                None
            }
            0x0207 => match self.pending.take() {
                Some(row) => {
                    let mut segments = Segments::new(parts.to_vec());
                    let text = if self.wide {
                        segments.string()
                    } else {
                        Some(self.text(body, false))
                    };
                    self.rows.cell(row, &text.unwrap_or_default(), out);
                    None
                }
                None => None,
            },
            _ => return,
        };
        if let Some(shown) = shown {
            self.rows.cell(row, &shown, out);
        }
    }

    /// The result of a formula; a text comes in the next record.
    fn formula(&mut self, row: u16, style: u16, body: &[u8]) -> Option<String> {
        let result = body.get(6..14)?;
        if result[6..] != [0xFF, 0xFF] {
            return Some(self.formats.show(float(body, 6)?, style));
        }
        match result[0] {
            0 => {
                self.pending = Some(row);
                None
            }
            1 => Some(flag(result[2], 0)),
            2 => Some(flag(result[2], 1)),
            _ => None,
        }
    }

    fn shared_strings(&mut self, parts: &[&[u8]], out: &mut Out) {
        let mut segments = Segments::new(parts.to_vec());
        let count = segments.skip(4).and_then(|()| segments.long()).unwrap_or(0);
        for _ in 0..count {
            match segments.string() {
                Some(text) => self.strings.push(text),
                None => {
                    out.unread(Unread::Damaged, "the list of texts is damaged");
                    return;
                }
            }
        }
    }

    /// A text box or the text of a note: it stands in the records that continue this one.
    fn text_box(&mut self, parts: &[&[u8]], out: &mut Out) {
        let count = usize::from(u16_at(parts[0], 10).unwrap_or(0));
        if count == 0 || parts.len() < 2 {
            return;
        }
        let mut segments = Segments::new(parts[1..].to_vec());
        let text = segments
            .byte()
            .and_then(|flags| segments.characters(count, flags));
        self.rows.end(out);
        match text {
            Some(text) => out.push_line(&text),
            None => out.unread(Unread::Damaged, "a text box"),
        }
    }

    /// What a rule for entries says to who enters something.
    fn prompts(&self, body: &[u8]) -> Vec<String> {
        let mut segments = Segments::new(vec![body.get(4..).unwrap_or_default()]);
        let mut prompts = Vec::new();
        for _ in 0..4 {
            match segments.string() {
                Some(text) => prompts.push(text.replace('\0', "")),
                None => break,
            }
        }
        prompts
    }
}

fn float(bytes: &[u8], at: usize) -> Option<f64> {
    Some(f64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// A truth value or an error.
fn flag(value: u8, is_error: u8) -> String {
    match (is_error, value) {
        (0, 0) => "FALSE",
        (0, _) => "TRUE",
        (_, code) => cells::error(code),
    }
    .to_owned()
}

/// The texts in a formula. Its tokens are followed as far as their sizes are known.
fn constants(tokens: &[u8], wide: bool, encoding: Charset) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        // The class of an operand is in its upper bits.
        let base = if token & 0x60 != 0 {
            token & 0x1F | 0x20
        } else {
            *token
        };
        at += match base {
            0x17 => {
                let Some(rest) = tokens.get(at..) else { break };
                let count = usize::from(rest.first().copied().unwrap_or(0));
                let flags = rest.get(1).copied().unwrap_or(0);
                found.extend(string(rest, true, wide, encoding));
                match (wide, flags & 1) {
                    (false, _) => 1 + count,
                    (true, 0) => 2 + count,
                    (true, _) => 2 + 2 * count,
                }
            }
            0x03..=0x16 => 0,
            0x19 => match tokens.get(at) {
                // A choice has a table of jumps.
                Some(kind) if kind & 4 != 0 => {
                    3 + 2 * (usize::from(u16_at(tokens, at + 1).unwrap_or(0)) + 1)
                }
                _ => 3,
            },
            0x1C | 0x1D => 1,
            0x1E => 2,
            0x1F => 8,
            0x20 if wide => 7,
            0x21 => 2,
            0x22 => 3,
            0x23 => {
                if wide {
                    4
                } else {
                    14
                }
            }
            0x24 | 0x2A | 0x2C => {
                if wide {
                    4
                } else {
                    3
                }
            }
            0x25 | 0x2B | 0x2D => {
                if wide {
                    8
                } else {
                    6
                }
            }
            0x26..=0x28 => 6,
            0x29 => 2,
            0x39 if wide => 6,
            0x3A | 0x3C if wide => 6,
            0x3B | 0x3D if wide => 10,
            _ => break,
        };
    }
    found.retain(|text| !text.trim().is_empty());
    found
}

/// What a hyperlink says: its label, address and tip.
fn link(body: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut read = || -> Option<()> {
        let flags = u32_at(body, 28)?;
        let mut at = 32;
        let counted = |at: &mut usize| -> Option<String> {
            let count = u32_at(body, *at)? as usize;
            let text = body.get(*at + 4..(*at + 4).checked_add(count.checked_mul(2)?)?)?;
            *at += 4 + 2 * count;
            Some(utf16(text).replace('\0', ""))
        };
        if flags & 0x10 != 0 {
            found.push(counted(&mut at)?);
        }
        if flags & 0x80 != 0 {
            counted(&mut at)?;
        }
        if flags & 1 != 0 && flags & 0x100 != 0 {
            found.push(counted(&mut at)?);
        } else if flags & 1 != 0 {
            let class = body.get(at..at + 4)?;
            at += 16;
            if class == [0xE0, 0xC9, 0xEA, 0x79] {
                let size = u32_at(body, at)? as usize;
                let text = utf16(body.get(at + 4..(at + 4).checked_add(size)?)?);
                found.push(text.split('\0').next().unwrap_or_default().to_owned());
                at += 4 + size;
            } else {
                let size = u32_at(body, at + 2)? as usize;
                let text = body.get(at + 6..(at + 6).checked_add(size)?)?;
                found.push(
                    crate::charset::Charset::decode(WESTERN, text)
                        .0
                        .replace('\0', ""),
                );
                return None;
            }
        }
        if flags & 8 != 0 {
            found.push(counted(&mut at)?);
        }
        Some(())
    };
    read();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, body: &[u8]) -> Vec<u8> {
        let length = body.len() as u16;
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), body].concat()
    }

    fn stream(records: &[Vec<u8>]) -> Vec<u8> {
        let bytes = records.concat();
        let mut streams = std::collections::BTreeMap::new();
        streams.insert("/Workbook".to_owned(), bytes);
        crate::readers::compound::write::write(&streams)
    }

    #[test]
    fn a_workbook_of_records() {
        let globals = [
            record(BEGIN, &[0, 6, 5, 0]),
            record(0x0022, &[1, 0]),
            record(
                0x041E,
                &[
                    164, 0, 8, 0, 0, b'#', b',', b'#', b'#', b'0', b'.', b'0', b'0',
                ],
            ),
            record(0x00E0, &[0, 0, 0, 0]),
            record(0x00E0, &[0, 0, 14, 0]),
            record(0x00E0, &[0, 0, 164, 0]),
            record(0x00FC, &[1, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, b'h', b'e']),
            record(CONTINUE, &[1, b'r', 0, b'o', 0, b'n', 0]),
        ];
        let sheet_at = globals.concat().len() as u32 + 4 + 12;
        let mut bound = sheet_at.to_le_bytes().to_vec();
        bound.extend_from_slice(&[2, 0, 4, 0, b'O', b'n', b'e', b'!']);
        let number = |row: u8, style: u8, value: f64| {
            let mut body = vec![row, 0, 0, 0, style, 0];
            body.extend_from_slice(&value.to_le_bytes());
            record(0x0203, &body)
        };
        let mut formula = vec![1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF];
        formula.extend_from_slice(&[0; 8]);
        formula.extend_from_slice(&[0x17, 4, 0, b'k', b'e', b'p', b't', 0x44, 0, 0, 0, 0]);
        let mut records = globals.to_vec();
        records.push(record(0x0085, &bound));
        records.extend([
            record(BEGIN, &[0, 6, 0x10, 0]),
            record(0x00FD, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            number(0, 1, 35865.0),
            number(0, 2, 1234.5),
            record(0x0006, &formula),
            record(0x0207, &[2, 0, 0, b'o', b'k']),
            record(
                0x0014,
                &[
                    9, 0, 0, b'&', b'C', b'h', b'e', b'a', b'd', b'e', b'r', b'!',
                ],
            ),
            record(0x01B6, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0]),
            record(CONTINUE, &[0, b'b', b'o', b'x']),
            record(0x00FD, &[2, 0, 0, 0, 0, 0, 7, 0, 0, 0]),
            record(0x000A, &[]),
        ]);
        let bytes = stream(&records);
        let file = Compound::open(&bytes).unwrap();
        let mut out = Out::default();
        read(&file, 1 << 20, &mut out).unwrap();
        assert_eq!(
            out.text,
            "One!\nheron\t2002-03-12\t1,234.50\nkept\tok\nheader!\nbox\n"
        );
        assert!(out.ledger.has(Unread::Damaged), "a text is missing");
        records.insert(1, record(0x002F, &[0; 4]));
        let bytes = stream(&records);
        let file = Compound::open(&bytes).unwrap();
        assert_eq!(read(&file, 1 << 20, &mut out), Err(ReadError::Encrypted));
    }
}
