//! The source text of macros: modules of Visual Basic, compressed within a compound file.

use super::compound::{Compound, u16_at};
use super::out::Out;
use crate::charset;
use crate::ledger::Unread;

/// Longest source text of one module.
const MAX_MODULE: usize = 4 << 20;
/// How every module's source begins, as it stands compressed: a flag byte between "Attribut" and "e".
const BEGIN: &[u8] = b"\0Attribut\0e ";

/// Reads the modules of a project that is a compound file of its own.
pub(super) fn read(bytes: &[u8], out: &mut Out) {
    match Compound::open(bytes) {
        Ok(file) => modules(&file, out),
        Err(why) => out.unread(Unread::Undecodable, format!("macros: {why}")),
    }
}

/// Adds the source of every module in a compound file.
pub(super) fn modules(file: &Compound<'_>, out: &mut Out) {
    let streams: Vec<String> = file
        .entries()
        .filter(|entry| !entry.storage && entry.path.to_lowercase().contains("vba/"))
        .map(|entry| entry.path.clone())
        .collect();
    let mut unread = !streams.is_empty();
    for path in streams {
        let Some(bytes) = file.stream(&path) else {
            continue;
        };
        // The offset of the source stands in another stream; its beginning is unmistakable.
        let Some(at) = bytes
            .windows(BEGIN.len())
            .position(|window| window == BEGIN)
        else {
            continue;
        };
        let Some(source) = at
            .checked_sub(3)
            .and_then(|from| decompress(&bytes[from..]))
        else {
            continue;
        };
        unread = false;
        let source = charset::decode(&source, None).told(&mut out.ledger);
        let lines = source
            .lines()
            .filter(|line| !line.starts_with("Attribute VB_"));
        for line in lines {
            out.push_line(line);
        }
    }
    if unread {
        out.unread(Unread::Undecodable, "macros");
    }
}

/// The compression of Visual Basic projects.
fn decompress(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.first() != Some(&1) {
        return None;
    }
    let mut out = Vec::new();
    let mut at = 1;
    while let Some(header) = u16_at(bytes, at) {
        let size = usize::from(header & 0xFFF) + 3;
        let end = (at + size).min(bytes.len());
        at += 2;
        if header & 0x8000 == 0 {
            out.extend_from_slice(bytes.get(at..end)?);
            at = end;
            continue;
        }
        let chunk = out.len();
        while at < end {
            let flags = bytes[at];
            at += 1;
            for bit in 0..8 {
                if at >= end {
                    break;
                }
                if flags >> bit & 1 == 0 {
                    out.push(bytes[at]);
                    at += 1;
                    continue;
                }
                let Some(token) = u16_at(bytes, at) else {
                    return Some(out);
                };
                at += 2;
                let position = out.len() - chunk;
                let mut bits = 4;
                while 1 << bits < position {
                    bits += 1;
                }
                let bits = bits.min(12);
                let offset = usize::from(token >> (16 - bits)) + 1;
                let length = usize::from(token & (0xFFFF >> bits)) + 3;
                for _ in 0..length {
                    let byte = *out.get(out.len().checked_sub(offset)?)?;
                    out.push(byte);
                }
            }
        }
        if out.len() > MAX_MODULE {
            return Some(out);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_unpacked() {
        // From the specification of the compression: "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa".
        let packed = [
            0x01, 0x2F, 0xB0, 0x00, 0x23, 0x61, 0x61, 0x61, 0x62, 0x63, 0x64, 0x65, 0x82, 0x66,
            0x00, 0x70, 0x61, 0x67, 0x68, 0x69, 0x6A, 0x01, 0x38, 0x08, 0x61, 0x6B, 0x6C, 0x00,
            0x30, 0x6D, 0x6E, 0x6F, 0x70, 0x06, 0x71, 0x02, 0x70, 0x04, 0x10, 0x72, 0x73, 0x74,
            0x75, 0x76, 0x10, 0x77, 0x78, 0x79, 0x7A, 0x00, 0x3C,
        ];
        let text = decompress(&packed).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"
        );
        for cut in 0..packed.len() {
            decompress(&packed[..cut]);
        }
        assert_eq!(decompress(&[1, 0x02, 0xB0, 0x01, 0x00, 0x00]), None);
    }
}
