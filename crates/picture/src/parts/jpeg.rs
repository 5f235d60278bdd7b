//! JPEG: its segments, the small pictures in them, and where it ends. What follows is another file: the further pictures of
//! an MPO, a film, an archive.

use super::exif;
use super::found::{Limits, Main, Parts, Unseen};
use crate::format::jpeg::walk;
use image::{DynamicImage, RgbImage};

/// Most places in segments that are tried for a picture.
const MAX_TRIES: usize = 64;

pub(super) fn parts(bytes: &[u8], main: &mut Main<'_>, limits: &Limits, out: &mut Parts) {
    let Some(found) = walk(bytes) else {
        // Decoders show what is there, and something grey for the rest.
        return out.unseen(Unseen::Cut, 1, "the mark of its end is missing");
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
