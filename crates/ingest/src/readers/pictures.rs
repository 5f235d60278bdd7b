//! Pictures that stand where text should be: a scanned page pasted into a document.

use super::compound::{u16_at, u32_at};
use super::out::Out;
use crate::ledger::Unread;

/// From so many dots on a picture may be a page.
const PAGE: u64 = 150_000;
/// Words beside a picture that make it an illustration.
const WORDS: usize = 100;

/// Writes down the large pictures of a document that says little.
pub(super) fn judge(out: &mut Out) {
    let large: Vec<String> = out
        .children
        .iter()
        .filter(|child| dots(&child.bytes).is_some_and(|dots| dots >= PAGE))
        .map(|child| child.name.clone())
        .collect();
    if large.is_empty()
        || out
            .text
            .split_whitespace()
            .nth(WORDS * large.len())
            .is_some()
    {
        return;
    }
    for name in large {
        out.unread(Unread::PicturePage, name);
    }
}

/// How many dots a picture has, as far as its beginning tells.
fn dots(bytes: &[u8]) -> Option<u64> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let side = |at| u32_at(bytes, at).map(|side| u64::from(side.swap_bytes()));
        return side(16)?.checked_mul(side(20)?);
    }
    if bytes.starts_with(b"GIF8") {
        return Some(u64::from(u16_at(bytes, 6)?) * u64::from(u16_at(bytes, 8)?));
    }
    if bytes.starts_with(b"BM") {
        return u64::from(u32_at(bytes, 18)?).checked_mul(u64::from(u32_at(bytes, 22)?));
    }
    if bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*") {
        // What is kept as TIFF is a scan or a fax.
        return Some(PAGE);
    }
    if !bytes.starts_with(&[0xFF, 0xD8]) {
        return None;
    }
    let mut at = 2;
    loop {
        let marker = *bytes.get(at + 1)?;
        let length = usize::from(u16_at(bytes, at + 2)?.swap_bytes());
        if matches!(marker, 0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF) {
            let side = |at| u16_at(bytes, at).map(|side| u64::from(side.swap_bytes()));
            return Some(side(at + 5)? * side(at + 7)?);
        }
        at += 2 + length.max(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_from_illustrations() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend_from_slice(&[0, 0, 3, 32, 0, 0, 1, 44]);
        assert_eq!(dots(&png), Some(240_000));
        let jpeg = [
            0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xC2, 0, 17, 8, 0, 10, 0, 20, 3,
        ];
        assert_eq!(dots(&jpeg), Some(200));
        assert_eq!(dots(&jpeg[..10]), None);
        let judged = |text: &str| {
            let mut out = Out::default();
            out.push(text);
            out.child("image1.png", png.clone());
            judge(&mut out);
            out.ledger.has(Unread::PicturePage)
        };
        assert!(judged("Cover note"));
        assert!(!judged(&"word ".repeat(150)));
    }
}
