//! PNG: the frames of an animated one, and a thumbnail in its fields.

use super::found::{Limits, Main, Parts, Unseen};
use super::{animation, exif};
use crate::format::png::walk;
use crate::picture::limits as decoding;
use image::AnimationDecoder;
use image::codecs::png::PngDecoder;
use std::io::Cursor;

pub(super) fn parts(bytes: &[u8], main: &mut Main<'_>, limits: &Limits, out: &mut Parts) {
    let found = walk(bytes);
    if let Some(end) = found.end {
        out.beside(end..bytes.len());
    }
    if let Some(block) = found.exif {
        exif::thumbnail(block, main, limits, out);
    }
    let Some(stated) = found.frames else {
        return;
    };
    if main.picture().is_none() {
        out.unseen(Unseen::Frames, stated, "");
        return;
    }
    let open = || {
        let decoder = PngDecoder::with_limits(Cursor::new(bytes), decoding())?;
        Ok(decoder.apng()?.into_frames())
    };
    animation::frames(open, stated, main, limits, out);
}
