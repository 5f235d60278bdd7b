//! WebP: its chunks, and the frames of an animated one.

use super::found::{Limits, Main, Parts, Unseen};
use super::{animation, exif};
use crate::bytes::Order::Little;
use crate::picture::limits as decoding;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, ImageDecoder};
use std::io::Cursor;

/// Where the file ends, as it says.
pub(super) fn end(bytes: &[u8]) -> Option<usize> {
    let size = Little.u32(bytes, 4)? as usize;
    let end = size.checked_add(8 + size % 2)?;
    (end >= 12 && size + 8 <= bytes.len()).then_some(end.min(bytes.len()))
}

/// Name and content of the chunks.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut at = 12;
    std::iter::from_fn(move || {
        let (name, size) = (bytes.get(at..at + 4)?, Little.u32(bytes, at + 4)? as usize);
        let from = at + 8;
        let content = bytes.get(from..from.checked_add(size)?)?;
        // Chunks are padded to even lengths.
        at = from + size + size % 2;
        Some((name, content))
    })
}

pub(super) fn parts(bytes: &[u8], main: &mut Main<'_>, limits: &Limits, out: &mut Parts) {
    if let Some(end) = end(bytes) {
        out.beside(end..bytes.len());
    }
    if let Some((_, block)) = chunks(bytes).find(|(name, _)| *name == b"EXIF") {
        exif::thumbnail(block, main, limits, out);
    }
    let frames = chunks(bytes).filter(|(name, _)| *name == b"ANMF").count();
    if frames < 2 {
        return;
    }
    if main.picture().is_none() {
        out.unseen(Unseen::Frames, frames - 1, "");
        return;
    }
    let open = || {
        let mut decoder = WebPDecoder::new(Cursor::new(bytes))?;
        decoder.set_limits(decoding())?;
        Ok(decoder.into_frames())
    };
    animation::frames(open, frames, main, limits, out);
}

/// Looks for the chunk that holds the first frame: `VP8 ` is lossy, `VP8L` is not. What follows in an animation is nested
/// in `ANMF`, behind 16 bytes.
pub(super) fn first_frame_is_lossy(mut chunks: &[u8]) -> bool {
    while let Some((head, rest)) = chunks.split_first_chunk::<8>() {
        let (name, size) = head.split_at(4);
        let size = u32::from_le_bytes([size[0], size[1], size[2], size[3]]) as usize;
        match name {
            b"VP8 " => return true,
            b"VP8L" => return false,
            b"ANMF" => {
                let frame = &rest[..size.min(rest.len())];
                return frame.get(16..).is_some_and(first_frame_is_lossy);
            }
            _ => {
                chunks = rest
                    .get(size.saturating_add(size % 2)..)
                    .unwrap_or_default()
            }
        }
    }
    false
}
