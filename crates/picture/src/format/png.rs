//! PNG: its chunks, and what it says of its colours.

use crate::bytes::Order::Big;
use crate::colour::Colour;

/// What stands in the chunks.
#[derive(Default)]
pub(crate) struct Walk<'b> {
    pub end: Option<usize>,
    gamma: Option<&'b [u8]>,
    primaries: Option<&'b [u8]>,
    code_points: Option<&'b [u8]>,
    srgb: bool,
    pub exif: Option<&'b [u8]>,
    pub frames: Option<usize>,
}

/// Walks through the chunks, up to the last.
pub(crate) fn walk(bytes: &[u8]) -> Walk<'_> {
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
pub(crate) fn colour(bytes: &[u8], profile: Option<&[u8]>) -> Colour {
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
