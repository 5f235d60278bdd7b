//! Windows bitmaps: where they end, and what their colours mean. (Some programs state a wrong size of the file.)

use crate::bytes::Order::Little;
use crate::colour::Colour;

/// Behind pixels and profile.
pub(crate) fn end(bytes: &[u8]) -> Option<usize> {
    let header = Little.u32(bytes, 14)? as usize;
    let from = Little.u32(bytes, 10)? as usize;
    let (width, height, bits, compression, size) = match header {
        12 => (
            u64::from(Little.u16(bytes, 18)?),
            u64::from(Little.u16(bytes, 20)?),
            Little.u16(bytes, 24)?,
            0,
            0,
        ),
        _ => (
            u64::from(Little.u32(bytes, 18)?),
            u64::from((Little.u32(bytes, 22)? as i32).unsigned_abs()),
            Little.u16(bytes, 28)?,
            Little.u32(bytes, 30)?,
            Little.u32(bytes, 34)?,
        ),
    };
    let pixels = match compression {
        // Runs of pixels have no size of their own.
        1 | 2 | 4 | 5 => u64::from(size),
        _ => (width * u64::from(bits)).div_ceil(32) * 4 * height,
    };
    let mut end = from.checked_add(usize::try_from(pixels).ok()?)?;
    if let Some((at, size)) = embedded(bytes) {
        end = end.max(at.checked_add(size)?);
    }
    (pixels > 0 && end <= bytes.len()).then_some(end)
}

/// Where an embedded profile lies.
fn embedded(bytes: &[u8]) -> Option<(usize, usize)> {
    let header = Little.u32(bytes, 14)?;
    (header == 124 && bytes.get(70..74)? == b"DEBM").then_some(())?;
    Some((
        14usize.checked_add(Little.u32(bytes, 126)? as usize)?,
        Little.u32(bytes, 130)? as usize,
    ))
}

pub(crate) fn colour(bytes: &[u8]) -> Colour {
    let header = Little.u32(bytes, 14).unwrap_or(0);
    if let Some((at, size)) = embedded(bytes) {
        let profile = bytes.get(at..at.saturating_add(size)).unwrap_or_default();
        return Colour::of_profile(profile);
    }
    match (header, bytes.get(70..74)) {
        (124, Some(b"KNIL")) => Colour::Unconverted("a profile that lies in another file"),
        // Primaries and gammas of its own; most programs leave them zero, and mean nothing by it.
        (108 | 124, Some([0, 0, 0, 0]))
            if bytes
                .get(74..122)
                .is_some_and(|stated| stated.iter().any(|v| *v != 0)) =>
        {
            Colour::Unconverted("primaries and gammas of its own")
        }
        _ => Colour::Srgb,
    }
}
