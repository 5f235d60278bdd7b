//! Word since 97: the whole text space of a document, piece by piece. It holds the body, footnotes, headers,
//! comments, endnotes and text boxes one after the other.

use super::super::compound::{Compound, u16_at, u32_at, utf16};
use super::super::field;
use super::super::out::Out;
use super::pieces::{Piece, pieces};
use super::{art, word6};
use crate::ledger::Unread;
use crate::reading::ReadError;

/// How deep fields are followed into each other.
const MAX_FIELDS: usize = 64;

pub(super) fn read(file: &Compound<'_>, out: &mut Out) -> Result<(), ReadError> {
    let damaged = || ReadError::Corrupt("the tables of the document are damaged".to_owned());
    let stream = file.stream("/WordDocument").ok_or_else(damaged)?;
    let version = u16_at(&stream, 2).ok_or_else(damaged)?;
    let flags = u16_at(&stream, 10).ok_or_else(damaged)?;
    if flags & 0x100 != 0 {
        return Err(ReadError::Encrypted);
    }
    let text = if version < 0x00C1 {
        word6::text(&stream, flags, out).ok_or_else(damaged)?
    } else {
        let name = if flags & 0x200 != 0 {
            "/1Table"
        } else {
            "/0Table"
        };
        let table = file.stream(name).ok_or_else(damaged)?;
        let pieces = piece_table(&stream, &table).ok_or_else(damaged)?;
        text(&stream, &pieces, out)
    };
    write(&text, out);
    for name in ["/Data", "/WordDocument"] {
        if let Some(stream) = file.stream(name) {
            art::pictures(&stream, out);
        }
    }
    Ok(())
}

fn piece_table(stream: &[u8], table: &[u8]) -> Option<Vec<Piece>> {
    // The header's parts are of sizes that it states itself.
    let words = usize::from(u16_at(stream, 32)?);
    let longs_at = 34 + 2 * words;
    let longs = usize::from(u16_at(stream, longs_at)?);
    let places = longs_at + 2 + 4 * longs + 2;
    let from = u32_at(stream, places + 33 * 8)? as usize;
    let length = u32_at(stream, places + 33 * 8 + 4)? as usize;
    pieces(table.get(from..from.checked_add(length)?)?)
}

fn text(stream: &[u8], pieces: &[Piece], out: &mut Out) -> String {
    let mut text = String::new();
    // Pieces that overlap would make a small file a large text.
    let mut left = stream.len().saturating_mul(4);
    for piece in pieces {
        let length = if piece.narrow {
            piece.count
        } else {
            piece.count.saturating_mul(2)
        };
        let end = piece.at.saturating_add(length);
        if end > stream.len() {
            out.unread(
                Unread::Truncated,
                "text that lies behind the end of the file",
            );
        }
        let bytes = stream
            .get(piece.at..end.min(stream.len()))
            .unwrap_or_default();
        let Some(rest) = left.checked_sub(bytes.len()) else {
            out.unread(Unread::Damaged, "the pieces of the text overlap");
            break;
        };
        left = rest;
        // A byte a character is Windows 1252 by the format, whatever the language.
        match piece.narrow {
            true => text.push_str(
                &encoding_rs::WINDOWS_1252
                    .decode_without_bom_handling(bytes)
                    .0,
            ),
            false => text.push_str(&utf16(bytes)),
        }
    }
    text
}

/// Writes the text with its special characters as what they stand for.
fn write(text: &str, out: &mut Out) {
    // Instructions of open fields; `None` once their result has begun.
    let mut fields: Vec<Option<String>> = Vec::new();
    let mut before = '\0';
    let mut beside: Vec<String> = Vec::new();
    for c in text.chars() {
        match c {
            '\u{13}' if fields.len() < MAX_FIELDS => fields.push(Some(String::new())),
            '\u{14}' | '\u{15}' => {
                let instruction = match c {
                    '\u{14}' => fields.last_mut().and_then(Option::take),
                    _ => fields.pop().flatten(),
                };
                // Behind the paragraph: no sentence is torn by an address.
                if let Some(said) = instruction.as_deref().and_then(field::arguments) {
                    beside.push(said);
                }
            }
            c => match fields.last_mut() {
                Some(Some(instruction))
                    if instruction.len() < 16 << 10 && !matches!(c, '\r' | '\u{7}') =>
                {
                    instruction.push(c);
                }
                _ => character(c, before, out),
            },
        }
        before = c;
        if matches!(c, '\r' | '\u{c}') && fields.iter().all(Option::is_none) {
            beside.drain(..).for_each(|said| out.push_line(&said));
        }
    }
    beside.drain(..).for_each(|said| out.push_line(&said));
}

fn character(c: char, before: char, out: &mut Out) {
    match c {
        '\r' | '\u{b}' | '\u{c}' | '\u{e}' => out.line(),
        // A mark ends a cell, and another one its row.
        '\u{7}' if before == '\u{7}' => out.row(),
        '\u{7}' => out.cell(),
        '\u{1e}' => out.push("-"),
        // Marks of notes and comments.
        '\u{2}' | '\u{5}' => out.space(),
        '\0' | '\u{1}' | '\u{3}' | '\u{4}' | '\u{8}' | '\u{13}' | '\u{1f}' => {}
        c => out.push_char(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_what_they_stand_for() {
        let mut out = Out::default();
        write(
            "ledger\u{2}was\rsee \u{13} HYPERLINK \"http://heron.example\" \u{14}here\u{15} \u{13}PAGE\u{14}3\u{15}\ra\u{7}b\u{7}\u{7}end\u{1f}ing",
            &mut out,
        );
        assert_eq!(
            out.text,
            "ledger was\nsee here 3\n\"http://heron.example\"\na\tb\nending"
        );
    }

    #[test]
    fn pieces_may_lie_anywhere() {
        let mut table = vec![1, 2, 0, 9, 9, 2];
        table.extend_from_slice(&(4 * 4 + 3 * 8u32).to_le_bytes());
        for at in [0u32, 3, 5, 9] {
            table.extend_from_slice(&at.to_le_bytes());
        }
        for place in [0x4000_0000 | (2 * 4), 0u32, 0x4000_0000 | (2 * 1000)] {
            table.extend_from_slice(&[0, 0]);
            table.extend_from_slice(&place.to_le_bytes());
            table.extend_from_slice(&[0, 0]);
        }
        let pieces = pieces(&table).unwrap();
        let mut out = Out::default();
        assert_eq!(text(b"d\0e\0abc", &pieces, &mut out), "abcde");
        assert!(out.ledger.has(Unread::Truncated));
        for cut in 0..table.len() {
            super::super::pieces::pieces(&table[..cut]);
        }
    }
}
