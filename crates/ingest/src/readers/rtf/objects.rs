//! Objects and pictures that rich text holds in hexadecimal.

use super::super::compound::{SIGNATURE, u32_at};
use super::super::metafile;
use super::super::office;
use super::super::out::Out;
use crate::ledger::Unread;

/// An OLE 1.0 object stream: a package, or a compound file.
pub(super) fn object(bytes: &[u8], out: &mut Out) {
    match content(bytes) {
        Some((class, content)) if content.starts_with(&SIGNATURE) => {
            office::file(&format!("{class}.ole"), content, out);
        }
        Some((_, content)) if !content.is_empty() => {
            // As in the stream of a compound file, which has the length in front.
            let length = content.len() as u32;
            office::native(&[&length.to_le_bytes(), content].concat(), out);
        }
        _ => out.unread(Unread::Embedded, "an object that cannot be taken out"),
    }
}

/// Class and content: behind a head of 8 bytes and three counted strings.
fn content(bytes: &[u8]) -> Option<(String, &[u8])> {
    let mut at = 8usize;
    let mut class = String::new();
    for number in 0..3 {
        let length = u32_at(bytes, at)? as usize;
        let text = bytes.get(at + 4..(at + 4).checked_add(length)?)?;
        if number == 0 {
            class = String::from_utf8_lossy(text)
                .trim_end_matches('\0')
                .to_owned();
        }
        at += 4 + length;
    }
    let length = u32_at(bytes, at)? as usize;
    let rest = bytes.get(at + 4..)?;
    Some((class, &rest[..rest.len().min(length)]))
}

/// A picture.
pub(super) fn picture(bytes: Vec<u8>, out: &mut Out) {
    let number = out.children.len() + 1;
    if bytes.is_empty() {
        return;
    }
    if bytes.starts_with(&[0x89, b'P', b'N', b'G']) {
        office::picture(format!("image{number}.png"), "image/png", bytes, out);
    } else if bytes.starts_with(&[0xFF, 0xD8]) {
        office::picture(format!("image{number}.jpg"), "image/jpeg", bytes, out);
    } else if metafile::is_metafile(&bytes) {
        metafile::read("a drawing", &bytes, out);
    } else {
        out.unread(Unread::Picture, "a picture of the Macintosh or of Windows");
    }
}
