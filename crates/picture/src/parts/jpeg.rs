//! JPEG: its segments, the small pictures in them, and where it ends. What follows is another file: the further pictures of
//! an MPO, a film, an archive.

use super::{Limits, Main, Parts, Unseen, exif};
use image::{DynamicImage, RgbImage};
use std::ops::Range;

/// Most places in segments that are tried for a picture.
const MAX_TRIES: usize = 64;

/// What a walk through the segments finds.
pub(super) struct Walk {
    /// Content of the segments for programs (APP0 to APP15): number and place.
    pub programs: Vec<(u8, Range<usize>)>,
    /// Numbers for each pixel.
    pub components: u8,
    /// Frame and scan are there.
    pub is_picture: bool,
    pub end: usize,
}

/// Walks through the segments, up to the mark of the end.
pub(super) fn walk(bytes: &[u8]) -> Option<Walk> {
    let mut out = Walk {
        programs: Vec::new(),
        components: 0,
        is_picture: false,
        end: 0,
    };
    bytes.starts_with(&[0xff, 0xd8]).then_some(())?;
    let mut at = 2;
    loop {
        // The next mark; decoders pass over what is between.
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        while bytes.get(at) == Some(&0xff) {
            at += 1;
        }
        let marker = *bytes.get(at)?;
        at += 1;
        match marker {
            0x00 | 0x01 | 0xd0..=0xd8 => continue,
            0xd9 => {
                out.end = at;
                return Some(out);
            }
            _ => {}
        }
        let size = usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
        let content = at + 2..at.checked_add(size.max(2))?;
        match marker {
            0xe0..=0xef if content.end <= bytes.len() && out.programs.len() < 10_000 => {
                out.programs.push((marker - 0xe0, content.clone()));
            }
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                out.components = *bytes.get(content.start + 5)?;
            }
            0xda => out.is_picture = out.components > 0,
            _ => {}
        }
        at = content.end;
    }
}

pub(super) fn parts(bytes: &[u8], main: &mut Main<'_>, limits: &Limits, out: &mut Parts) {
    let Some(found) = walk(bytes) else {
        return;
    };
    out.beside(found.end..bytes.len());
    let mut tries = 0;
    for (number, range) in found.programs {
        let content = &bytes[range];
        match (number, content) {
            (1, [b'E', b'x', b'i', b'f', 0, _, block @ ..]) => {
                exif::thumbnail(block, main, limits, out);
            }
            (
                0,
                [
                    b'J',
                    b'F',
                    b'I',
                    b'F',
                    0,
                    _,
                    _,
                    _,
                    _,
                    _,
                    _,
                    _,
                    width,
                    height,
                    pixels @ ..,
                ],
            ) => {
                raw(*width, *height, pixels, main, limits, out);
            }
            (0, [b'J', b'F', b'X', b'X', 0, 0x13, width, height, pixels @ ..]) => {
                raw(*width, *height, pixels, main, limits, out);
            }
            (0, [b'J', b'F', b'X', b'X', 0, 0x11, ..]) => {
                out.unseen(Unseen::Frames, 1, "a thumbnail with a palette");
            }
            // Whatever else holds a whole picture: programs for photographs, makers of cameras.
            _ => {
                let mut at = 0;
                while let Some(next) = content[at..]
                    .windows(3)
                    .position(|w| w == [0xff, 0xd8, 0xff])
                {
                    at += next;
                    tries += 1;
                    if tries > MAX_TRIES {
                        out.unseen(Unseen::Frames, 1, "what its fields for programs hold");
                        return;
                    }
                    match walk(&content[at..]).filter(|inner| inner.is_picture) {
                        Some(inner) => {
                            let small = content[at..at + inner.end].to_vec();
                            main.thumbnail(limits, "thumbnail.jpg", small, out);
                            at += inner.end;
                        }
                        None => at += 3,
                    }
                }
            }
        }
    }
}

/// A thumbnail of bare pixels.
fn raw(
    width: u8,
    height: u8,
    pixels: &[u8],
    main: &mut Main<'_>,
    limits: &Limits,
    out: &mut Parts,
) {
    let size = 3 * usize::from(width) * usize::from(height);
    if size == 0 {
        return;
    }
    let image = pixels
        .get(..size)
        .and_then(|pixels| RgbImage::from_raw(width.into(), height.into(), pixels.to_vec()));
    match image.map(|image| crate::picture::png(&DynamicImage::ImageRgb8(image))) {
        Some(Ok(png)) => main.thumbnail(limits, "thumbnail.png", png, out),
        _ => out.unseen(Unseen::Frames, 1, "a thumbnail that is cut off"),
    }
}
