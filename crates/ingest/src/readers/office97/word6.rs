//! Word 6 and 95: a byte a character, in the code page of the document's language.

use encoding_rs::Encoding;

use super::super::compound::{u16_at, u32_at};
use super::super::out::Out;
use super::pieces::pieces;
use crate::ledger::Unread;

/// All of the text: body, footnotes, headers, comments, endnotes, text boxes.
pub(super) fn text(stream: &[u8], flags: u16, out: &mut Out) -> Option<String> {
    let encoding = encoding(u16_at(stream, 6)?);
    let first = u32_at(stream, 24)? as usize;
    let count = (0..8)
        .filter_map(|i| u32_at(stream, 52 + 4 * i))
        .map(|count| count as usize);
    let count = count.fold(0usize, usize::saturating_add);
    // Saved fast, it is in pieces; the table of them is in the same stream.
    let complex = flags & 4 != 0;
    let listed = complex.then(|| {
        let from = u32_at(stream, 352)? as usize;
        let length = u32_at(stream, 356)? as usize;
        pieces(stream.get(from..from.checked_add(length)?)?)
    });
    let mut bytes = Vec::new();
    match listed {
        Some(pieces) => {
            for piece in pieces? {
                // Places are those of bytes here, without a mark.
                let at = if piece.narrow { piece.at * 2 } else { piece.at };
                let end = at.saturating_add(piece.count);
                if end > stream.len() || bytes.len() > stream.len() {
                    out.unread(
                        Unread::Truncated,
                        "text that lies behind the end of the file",
                    );
                    break;
                }
                bytes.extend_from_slice(&stream[at..end]);
            }
        }
        None => {
            let end = first.saturating_add(count);
            if end > stream.len() {
                out.unread(
                    Unread::Truncated,
                    "text that lies behind the end of the file",
                );
            }
            bytes.extend_from_slice(stream.get(first..end.min(stream.len()))?);
        }
    }
    Some(encoding.decode_without_bom_handling(&bytes).0.into_owned())
}

/// The charset of a language, by the number Windows gives it.
fn encoding(language: u16) -> &'static Encoding {
    match language & 0x3FF {
        0x05 | 0x0E | 0x15 | 0x18 | 0x1A | 0x1B | 0x1C | 0x24 => encoding_rs::WINDOWS_1250,
        0x02 | 0x19 | 0x22 | 0x23 | 0x2F => encoding_rs::WINDOWS_1251,
        0x08 => encoding_rs::WINDOWS_1253,
        0x1F => encoding_rs::WINDOWS_1254,
        0x0D => encoding_rs::WINDOWS_1255,
        0x01 | 0x20 | 0x29 => encoding_rs::WINDOWS_1256,
        0x25..=0x27 => encoding_rs::WINDOWS_1257,
        0x2A => encoding_rs::WINDOWS_1258,
        0x1E => encoding_rs::WINDOWS_874,
        0x11 => encoding_rs::SHIFT_JIS,
        0x12 => encoding_rs::EUC_KR,
        0x04 if matches!(language, 0x0404 | 0x0C04 | 0x1404) => encoding_rs::BIG5,
        0x04 => encoding_rs::GBK,
        _ => encoding_rs::WINDOWS_1252,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_whole_and_of_a_fast_saved_document() {
        let mut stream = vec![0; 400];
        stream[6..8].copy_from_slice(&0x0419u16.to_le_bytes());
        stream[24..28].copy_from_slice(&400u32.to_le_bytes());
        stream[52..56].copy_from_slice(&4u32.to_le_bytes());
        stream[56..60].copy_from_slice(&2u32.to_le_bytes());
        stream.extend_from_slice(b"\xcf\xf0\xe8\xe2ab");
        let mut out = Out::default();
        assert_eq!(text(&stream, 0, &mut out).unwrap(), "Привab");
        let table_at = stream.len() as u32;
        let mut table = vec![2];
        table.extend_from_slice(&(3 * 4 + 2 * 8u32).to_le_bytes());
        for at in [0u32, 2, 6] {
            table.extend_from_slice(&at.to_le_bytes());
        }
        for place in [404u32, 400] {
            table.extend_from_slice(&[0, 0]);
            table.extend_from_slice(&place.to_le_bytes());
            table.extend_from_slice(&[0, 0]);
        }
        stream[352..356].copy_from_slice(&table_at.to_le_bytes());
        stream[356..360].copy_from_slice(&(table.len() as u32).to_le_bytes());
        stream.extend_from_slice(&table);
        assert_eq!(text(&stream, 4, &mut out).unwrap(), "abПрив");
        assert!(out.ledger.is_empty());
        for cut in 0..stream.len() {
            text(&stream[..cut], 4, &mut Out::default());
        }
    }
}
