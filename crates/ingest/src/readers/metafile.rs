//! Drawings of Windows (EMF, WMF): the words in them. They stand in documents as the looks of objects and charts.

use super::compound::{u16_at, u32_at, utf16};
use super::out::Out;
use crate::charset;
use crate::ledger::{Ledger, Unread};

/// Whether these bytes are a metafile.
pub(super) fn is_metafile(bytes: &[u8]) -> bool {
    is_enhanced(bytes) || bytes.starts_with(&[0xD7, 0xCD, 0xC6, 0x9A]) || is_bare(bytes)
}

fn is_enhanced(bytes: &[u8]) -> bool {
    u32_at(bytes, 0) == Some(1) && bytes.get(40..44) == Some(b" EMF")
}

/// A metafile without the header that places it.
fn is_bare(bytes: &[u8]) -> bool {
    bytes.starts_with(&[1, 0, 9, 0, 0, 3]) || bytes.starts_with(&[1, 0, 9, 0, 0, 1])
}

/// Adds the words of a metafile. One that draws a picture is said to.
pub(super) fn read(name: &str, bytes: &[u8], out: &mut Out) {
    let mut found = Found::default();
    if is_enhanced(bytes) {
        enhanced(bytes, &mut found);
    } else {
        let from = if is_bare(bytes) { 0 } else { 22 };
        windows(bytes.get(from..).unwrap_or_default(), &mut found);
    }
    for text in &found.texts {
        out.push_line(text);
    }
    out.ledger.append(std::mem::take(&mut found.ledger));
    if found.pictures > 0 {
        out.unread(Unread::Picture, name);
    }
}

#[derive(Default)]
struct Found {
    texts: Vec<String>,
    ledger: Ledger,
    pictures: usize,
}

impl Found {
    fn text(&mut self, text: String) {
        // Programs draw letter by letter: single letters are one word, spelled out.
        match self.texts.last_mut() {
            Some(last) if text.chars().count() == 1 && last.len() < 4096 => last.push_str(&text),
            _ => self.texts.push(text),
        }
    }
}

fn enhanced(bytes: &[u8], found: &mut Found) {
    let mut at = 0;
    while let (Some(kind), Some(size)) = (u32_at(bytes, at), u32_at(bytes, at + 4)) {
        let size = size as usize;
        let Some(record) = bytes.get(at..at.saturating_add(size)).filter(|_| size >= 8) else {
            break;
        };
        match kind {
            // Text in 8 and 16 bits, and the small variant.
            83 | 84 => {
                let count = u32_at(record, 44).unwrap_or(0) as usize;
                let from = u32_at(record, 48).unwrap_or(0) as usize;
                let width = if kind == 84 { 2 } else { 1 };
                let to = from.saturating_add(count.saturating_mul(width));
                if let Some(text) = record.get(from..to) {
                    let wide = kind == 84;
                    let text = if wide {
                        utf16(text)
                    } else {
                        charset::decode(text, None).told(&mut found.ledger)
                    };
                    found.text(text);
                }
            }
            108 => {
                let count = u32_at(record, 16).unwrap_or(0) as usize;
                let options = u32_at(record, 20).unwrap_or(0);
                let from = if options & 0x100 == 0 { 52 } else { 36 };
                let small = options & 0x200 != 0;
                let to = from
                    + count
                        .saturating_mul(if small { 1 } else { 2 })
                        .min(record.len());
                if let Some(text) = record.get(from..to) {
                    let text = if small {
                        charset::decode(text, None).told(&mut found.ledger)
                    } else {
                        utf16(text)
                    };
                    found.text(text);
                }
            }
            76 | 77 | 80 | 81 => found.pictures += 1,
            14 => break,
            _ => {}
        }
        at += size;
    }
}

fn windows(bytes: &[u8], found: &mut Found) {
    let mut at = 18;
    while let (Some(words), Some(kind)) = (u32_at(bytes, at), u16_at(bytes, at + 4)) {
        let size = (words as usize).saturating_mul(2);
        let Some(record) = bytes.get(at..at.saturating_add(size)).filter(|_| size >= 6) else {
            break;
        };
        let text = match kind {
            0x0521 => u16_at(record, 6).and_then(|count| record.get(8..8 + usize::from(count))),
            0x0A32 => u16_at(record, 10).and_then(|count| {
                let from = if u16_at(record, 12)? & 6 == 0 { 14 } else { 22 };
                record.get(from..from + usize::from(count))
            }),
            0x0940 | 0x0B41 | 0x0F43 => {
                found.pictures += 1;
                None
            }
            _ => None,
        };
        if let Some(text) = text {
            let text = charset::decode(text, None).told(&mut found.ledger);
            found.text(text);
        }
        at += size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u32, body: &[u8]) -> Vec<u8> {
        let size = 8 + body.len() as u32;
        [&kind.to_le_bytes(), &size.to_le_bytes(), body].concat()
    }

    #[test]
    fn words_of_metafiles() {
        let mut header = vec![0; 80];
        header[32..36].copy_from_slice(b" EMF");
        let mut text = vec![0; 36];
        text.extend_from_slice(&3u32.to_le_bytes());
        text.extend_from_slice(&76u32.to_le_bytes());
        text.resize(68, 0);
        text.extend("Tor".encode_utf16().flat_map(u16::to_le_bytes));
        let bytes = [
            record(1, &header),
            record(84, &text),
            record(81, &[0; 12]),
            record(14, &[0; 12]),
        ]
        .concat();
        assert!(is_metafile(&bytes));
        let mut out = Out::default();
        read("image1.emf", &bytes, &mut out);
        assert_eq!(out.text, "Tor\n");
        assert!(out.ledger.has(Unread::Picture));

        let mut bytes = vec![1, 0, 9, 0, 0, 3];
        bytes.resize(18, 0);
        bytes.extend_from_slice(&[7, 0, 0, 0, 0x21, 5, 5, 0]);
        bytes.extend_from_slice(b"words\0");
        let mut out = Out::default();
        read("a.wmf", &bytes, &mut out);
        assert_eq!(out.text, "words\n");
        for cut in 0..bytes.len() {
            read("a.wmf", &bytes[..cut], &mut Out::default());
        }
    }
}
