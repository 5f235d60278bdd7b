//! PowerPoint since 97: records within records.

use std::io::Read;

use super::super::compound::{Compound, u16_at, u32_at, utf16};
use super::super::office;
use super::super::out::Out;
use super::art;
use crate::ledger::Unread;
use crate::reading::ReadError;

/// What says, in the stream of the current user, that the document is encrypted.
const ENCRYPTED: u32 = 0xF3D1_C4DF;
/// How deep records may be nested.
const MAX_DEPTH: usize = 64;

const MASTER: u16 = 0x03F8;
const HANDOUT: u16 = 0x0FC9;
const SHAPE: u16 = 0xF004;
const PLACEHOLDER: u16 = 0x0BC3;
const TEXT: u16 = 0x0FA0;
const NARROW_TEXT: u16 = 0x0FA8;
const STRING: u16 = 0x0FBA;
const OBJECT: u16 = 0x1011;

pub(super) fn read(file: &Compound<'_>, unpacked: u64, out: &mut Out) -> Result<(), ReadError> {
    let user = file.stream("/Current User");
    if user.and_then(|user| u32_at(&user, 12)) == Some(ENCRYPTED) {
        return Err(ReadError::Encrypted);
    }
    let stream = file.stream("/PowerPoint Document").unwrap_or_default();
    let mut left = unpacked;
    records(&stream, 0, false, &mut left, out);
    if let Some(pictures) = file.stream("/Pictures") {
        art::pictures(&pictures, out);
    }
    Ok(())
}

/// A record: its version and instance, kind, and content as far as it is there.
fn record(bytes: &[u8], at: usize) -> Option<(u16, u16, &[u8], usize)> {
    let length = u32_at(bytes, at + 4)? as usize;
    let end = (at + 8).saturating_add(length);
    let body = bytes.get(at + 8..end.min(bytes.len()))?;
    Some((u16_at(bytes, at)?, u16_at(bytes, at + 2)?, body, end))
}

fn records(bytes: &[u8], depth: usize, master: bool, left: &mut u64, out: &mut Out) {
    let mut at = 0;
    while let Some((version, kind, body, end)) = record(bytes, at) {
        if end > bytes.len() && depth == 0 {
            out.unread(Unread::Truncated, "the records end too early");
        }
        let container = version & 15 == 15;
        match kind {
            TEXT | STRING => {
                let text = utf16(body);
                // Names of extensions.
                if !text.starts_with("___PPT") {
                    out.push_line(&text.replace(['\r', '\u{b}'], "\n"));
                }
            }
            NARROW_TEXT => {
                // The low bytes of UTF-16.
                let text: String = body.iter().map(|byte| char::from(*byte)).collect();
                out.push_line(&text.replace(['\r', '\u{b}'], "\n"));
            }
            OBJECT => object(version >> 4 == 1, body, left, out),
            // "Click to edit": what fills the places of a master says nothing.
            SHAPE if master && has_placeholder(body, 0) => {}
            _ if container && depth < MAX_DEPTH => {
                let master = master || matches!(kind, MASTER | HANDOUT);
                records(body, depth + 1, master, left, out);
            }
            _ if container => out.unread(Unread::Damaged, "records nested too deeply"),
            _ => {}
        }
        at = end;
    }
}

fn has_placeholder(bytes: &[u8], depth: usize) -> bool {
    let mut at = 0;
    while let Some((version, kind, body, end)) = record(bytes, at) {
        if kind == PLACEHOLDER
            || version & 15 == 15 && depth < 4 && has_placeholder(body, depth + 1)
        {
            return true;
        }
        at = end;
    }
    false
}

/// An embedded object, which may be compressed.
fn object(packed: bool, body: &[u8], left: &mut u64, out: &mut Out) {
    let mut content = Vec::new();
    if packed {
        let packed = body.get(4..).unwrap_or_default();
        let reader = flate2::read::ZlibDecoder::new(packed);
        let done = reader.take(*left).read_to_end(&mut content);
        if done.is_err() || content.len() as u64 >= *left {
            out.unread(Unread::Embedded, "an object that cannot be unpacked");
        }
        *left = left.saturating_sub(content.len() as u64);
    } else {
        content.extend_from_slice(body);
    }
    if !content.is_empty() {
        office::file("object.ole", &content, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atom(kind: u16, version: u16, body: &[u8]) -> Vec<u8> {
        let length = body.len() as u32;
        [
            &version.to_le_bytes(),
            &kind.to_le_bytes(),
            &length.to_le_bytes()[..],
            body,
        ]
        .concat()
    }

    #[test]
    fn records_within_records() {
        let wide: Vec<u8> = "heron\rnote"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let filler = [
            atom(0xF011, 15, &atom(PLACEHOLDER, 0, &[0; 8])),
            atom(NARROW_TEXT, 0, b"Click to edit"),
        ]
        .concat();
        let master = [
            atom(SHAPE, 15, &filler),
            atom(SHAPE, 15, &atom(NARROW_TEXT, 0, b"Confidential")),
        ]
        .concat();
        let stream = [
            atom(0x03E8, 15, &atom(TEXT, 0, &wide)),
            atom(MASTER, 15, &master),
            atom(NARROW_TEXT, 0, b"na\xefve"),
        ]
        .concat();
        let mut out = Out::default();
        records(&stream, 0, false, &mut 1000, &mut out);
        assert_eq!(out.text, "heron\nnote\nConfidential\nnaïve\n");
        let mut deep = Vec::new();
        for _ in 0..1000 {
            deep = atom(0x03E8, 15, &deep);
        }
        records(&deep, 0, false, &mut 1000, &mut out);
        assert!(out.ledger.has(Unread::Damaged));
    }
}
