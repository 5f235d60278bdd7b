//! PNG: its chunks, what it says of its colours, and the frames of an animated one.

use super::{Limits, Main, Parts, Unseen, animation, exif};
use crate::bytes::Order::Big;
use crate::colour::Colour;
use crate::picture::limits as decoding;
use image::AnimationDecoder;
use image::codecs::png::PngDecoder;
use std::io::Cursor;

/// What stands in the chunks.
#[derive(Default)]
pub(super) struct Walk<'b> {
    pub end: Option<usize>,
    gamma: Option<&'b [u8]>,
    primaries: Option<&'b [u8]>,
    code_points: Option<&'b [u8]>,
    srgb: bool,
    exif: Option<&'b [u8]>,
    frames: Option<usize>,
}

/// Walks through the chunks, up to the last.
pub(super) fn walk(bytes: &[u8]) -> Walk<'_> {
    let mut out = Walk::default();
    let mut at = 8;
    let mut data = false;
    while let (Some(size), Some(name)) = (Big.u32(bytes, at), bytes.get(at + 4..at + 8)) {
        let from = at + 8;
        let Some(content) = from
            .checked_add(size as usize)
            .and_then(|to| bytes.get(from..to))
        else {
            break;
        };
        let first = |slot: &mut Option<_>| {
            if !data {
                slot.get_or_insert(content);
            }
        };
        match name {
            b"gAMA" => first(&mut out.gamma),
            b"cHRM" => first(&mut out.primaries),
            b"cICP" => first(&mut out.code_points),
            b"sRGB" => out.srgb |= !data,
            b"eXIf" => out.exif = out.exif.or(Some(content)),
            b"acTL" if !data => out.frames = Big.u32(content, 0).map(|count| count as usize),
            b"IDAT" => data = true,
            _ => {}
        }
        at = from + size as usize + 4;
        if name == b"IEND" {
            out.end = Some(at.min(bytes.len()));
            break;
        }
    }
    out
}

/// Code points count before a profile, a profile before `sRGB`, and that before gamma and primaries.
pub(super) fn colour(bytes: &[u8], profile: Option<&[u8]>) -> Colour {
    let found = walk(bytes);
    if let Some([primaries, transfer, ..]) = found.code_points {
        return Colour::of_code_points(u16::from(*primaries), u16::from(*transfer));
    }
    if let Some(profile) = profile {
        return Colour::of_profile(profile);
    }
    let number =
        |chunk: &[u8], index: usize| Big.u32(chunk, 4 * index).map(|v| f64::from(v) / 100_000.0);
    match found.gamma.and_then(|chunk| number(chunk, 0)) {
        Some(gamma) if !found.srgb => {
            let pair = |chunk, index| Some([number(chunk, index)?, number(chunk, index + 1)?]);
            let stated = found.primaries.and_then(|chunk| {
                Some([
                    pair(chunk, 0)?,
                    pair(chunk, 2)?,
                    pair(chunk, 4)?,
                    pair(chunk, 6)?,
                ])
            });
            Colour::of_png(gamma, stated)
        }
        _ => Colour::Srgb,
    }
}

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
