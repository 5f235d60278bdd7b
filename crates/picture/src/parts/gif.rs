//! GIF: how many pictures it has, and where it ends.

use super::animation;
use super::found::{Limits, Main, Parts, Unseen};
use crate::bytes::Order::Little;
use crate::picture::limits as decoding;
use image::codecs::gif::GifDecoder;
use image::{AnimationDecoder, ImageDecoder};
use std::io::Cursor;

/// What a walk through the blocks finds.
pub(super) struct Walk {
    pub images: usize,
    pub end: usize,
}

/// Walks through the blocks.
pub(super) fn walk(bytes: &[u8]) -> Option<Walk> {
    let table = |flags: u8| match flags & 0x80 {
        0 => 0,
        _ => 3usize << ((flags & 7) + 1),
    };
    Little.u16(bytes, 8)?;
    let mut at = 13 + table(*bytes.get(10)?);
    let mut images = 0;
    let mut end = at;
    let blocks = |mut at: usize| -> Option<usize> {
        loop {
            match usize::from(*bytes.get(at)?) {
                0 => return Some(at + 1),
                size => at += 1 + size,
            }
        }
    };
    let mut step = || -> Option<bool> {
        match bytes.get(at)? {
            0x2c => {
                let flags = *bytes.get(at + 9)?;
                images += 1;
                at = blocks(at + 11 + table(flags))?;
            }
            0x21 => at = blocks(at + 2)?,
            0x3b => {
                end = at + 1;
                return None;
            }
            _ => return Some(false),
        }
        end = at;
        Some(true)
    };
    while step() == Some(true) {}
    Some(Walk {
        images,
        end: end.min(bytes.len()),
    })
}

pub(super) fn parts(bytes: &[u8], main: &mut Main<'_>, limits: &Limits, out: &mut Parts) {
    let Some(found) = walk(bytes) else {
        return;
    };
    if found.images > 0 {
        out.beside(found.end..bytes.len());
    }
    if found.images < 2 {
        return;
    }
    if main.picture().is_none() {
        out.unseen(Unseen::Frames, found.images - 1, "");
        return;
    }
    let open = || {
        let mut decoder = GifDecoder::new(Cursor::new(bytes))?;
        decoder.set_limits(decoding())?;
        Ok(decoder.into_frames())
    };
    animation::frames(open, found.images, main, limits, out);
}
