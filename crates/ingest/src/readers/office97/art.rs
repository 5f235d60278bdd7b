//! Pictures in the drawings of old documents.

use std::collections::HashSet;
use std::io::Read;

use sha2::{Digest, Sha256};

use super::super::compound::{u16_at, u32_at};
use super::super::metafile;
use super::super::office::picture;
use super::super::out::Out;
use crate::ledger::Unread;

/// Most bytes that a packed drawing unpacks to.
const MAX_DRAWING: u64 = 32 << 20;

/// Takes every picture out of a stream of drawing records, wherever they stand in it.
pub(super) fn pictures(stream: &[u8], out: &mut Out) {
    let mut seen = HashSet::new();
    let mut at = 0;
    while let Some(found) = next(stream, at) {
        at = found + 1;
        let (Some(kind), Some(length)) = (u16_at(stream, found + 2), u32_at(stream, found + 4))
        else {
            continue;
        };
        let body = found + 8;
        let Some(record) = stream.get(body..body.saturating_add(length as usize)) else {
            continue;
        };
        let Some(content) = content(kind, record) else {
            continue;
        };
        at = body + length as usize;
        let number = seen.len() + 1;
        if !seen.insert(Sha256::digest(content).to_vec()) {
            continue;
        }
        match kind {
            0xF01A | 0xF01B => drawing(content, out),
            0xF01D | 0xF02A => picture(
                format!("image{number}.jpg"),
                "image/jpeg",
                content.to_vec(),
                out,
            ),
            0xF01E => picture(
                format!("image{number}.png"),
                "image/png",
                content.to_vec(),
                out,
            ),
            0xF029 => picture(
                format!("image{number}.tif"),
                "image/tiff",
                content.to_vec(),
                out,
            ),
            _ => out.unread(Unread::Picture, "a picture of the Macintosh or of Windows"),
        }
    }
}

/// Where the next record of a picture may begin.
fn next(stream: &[u8], from: usize) -> Option<usize> {
    let rest = stream.get(from..)?;
    let found = rest.windows(4).position(|window| {
        window[3] == 0xF0 && matches!(window[2], 0x1A..=0x1F | 0x29 | 0x2A) && window[0] & 15 == 0
    })?;
    Some(from + found)
}

/// The picture in a record, if it is one: behind one or two fingerprints.
fn content(kind: u16, record: &[u8]) -> Option<&[u8]> {
    let behind = |fingerprints: usize, head: usize| record.get(16 * fingerprints + head..);
    let begins = |signature: &[u8]| {
        [1, 2]
            .into_iter()
            .find_map(|count| behind(count, 1).filter(|rest| rest.starts_with(signature)))
    };
    match kind {
        0xF01D | 0xF02A => begins(&[0xFF, 0xD8, 0xFF]),
        0xF01E => begins(&[0x89, b'P', b'N', b'G']),
        0xF029 => begins(b"II*\0").or_else(|| begins(b"MM\0*")),
        // Packed by zlib; what is not packed says so in the byte before the last of its head.
        _ => [1, 2].into_iter().find_map(|count| {
            let head = behind(count, 32)?;
            let packed = behind(count, 34)?;
            let fits = head.first()? == &0 && matches!(packed.first()?, 0x78 | 0x48 | 0x58 | 0x68);
            let bare = head.first()? == &0xFE && head.get(1)? == &0xFE;
            (fits || bare).then_some(packed)
        }),
    }
}

fn drawing(content: &[u8], out: &mut Out) {
    let mut unpacked = Vec::new();
    let _ = flate2::read::ZlibDecoder::new(content)
        .take(MAX_DRAWING)
        .read_to_end(&mut unpacked);
    let bytes = if unpacked.is_empty() {
        content
    } else {
        &unpacked
    };
    if metafile::is_metafile(bytes) {
        metafile::read("a drawing", bytes, out);
    } else {
        out.unread(Unread::Picture, "a drawing");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_once_each() {
        let png = [&[0x89, b'P', b'N', b'G'][..], &[7; 40]].concat();
        let mut record = vec![0xE0, 0x6E, 0x1E, 0xF0];
        record.extend_from_slice(&(17 + png.len() as u32).to_le_bytes());
        record.extend_from_slice(&[1; 17]);
        record.extend_from_slice(&png);
        let stream = [
            &[9, 9][..],
            &record,
            &[0, 0, 0x1E, 0xF0, 1, 0, 0, 0, 5],
            &record,
        ]
        .concat();
        let mut out = Out::default();
        pictures(&stream, &mut out);
        assert_eq!(out.children.len(), 1);
        assert_eq!(
            (out.children[0].name.as_str(), &out.children[0].bytes),
            ("image1.png", &png)
        );
        for cut in 0..stream.len() {
            pictures(&stream[..cut], &mut Out::default());
        }
    }
}
