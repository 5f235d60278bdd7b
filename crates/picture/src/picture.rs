//! The first frame of a file as a person sees it.

use crate::colour::Colour;
use crate::error::PictureError;
use crate::format::stated_colour;
use crate::heic;
use crate::kind::Kind;
use crate::limits::{MAX_MEMORY, MAX_PIXELS, MAX_SIDE};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage, RgbaImage};
use sha2::{Digest, Sha256};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Side of the tiles of [`Picture::tiles`], in pixels.
pub const TILE: usize = 16;

/// A decoded picture.
#[derive(Clone, Debug)]
pub struct Picture {
    pixels: DynamicImage,
    orientation: Orientation,
    colour: Colour,
}

/// The part of a picture that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// All of it.
    Whole,
    /// The square in its middle: the shorter side in full, and `floor((longer - shorter) / 2)` pixels left out before it
    /// on the longer side.
    Centre,
}

impl Picture {
    /// Decodes the first frame of a picture file.
    pub fn decode(bytes: &[u8]) -> Result<Self, PictureError> {
        guarded(|| decode(bytes))
    }

    pub(crate) fn new(pixels: DynamicImage, orientation: Orientation, colour: Colour) -> Self {
        Picture {
            colour: colour.fitting(is_grey(&pixels)),
            pixels,
            orientation,
        }
    }

    /// Pixels that need not be turned.
    pub(crate) fn upright(pixels: DynamicImage, colour: Colour) -> Self {
        Picture::new(pixels, Orientation::NoTransforms, colour)
    }

    /// The same with other pixels: a further frame.
    pub(crate) fn frame(&self, pixels: RgbaImage) -> Self {
        Picture {
            pixels: DynamicImage::ImageRgba8(pixels),
            orientation: self.orientation,
            colour: self.colour.clone(),
        }
    }

    /// Width and height as they are meant to be seen.
    pub fn size(&self) -> (u32, u32) {
        let (width, height) = self.stored();
        match self.orientation {
            Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH => (height as u32, width as u32),
            _ => (width as u32, height as u32),
        }
    }

    /// What its numbers mean.
    pub fn colour(&self) -> &Colour {
        &self.colour
    }

    /// Scaled to `side` x `side` pixels, upright, in sRGB over white: red, green and blue of each.
    ///
    /// Scaling is an exact area average. With `w x h` source and `s x s` target pixels, source pixel `(i, j)` covers target
    /// pixel `(x, y)` with weight `|[s i, s (i+1)) n [w x, w (x+1))|` times the same for rows. The weights of a target pixel
    /// sum to `w h`; the weighted sum is divided once, halves rounded up.
    pub fn square(&self, side: usize, window: Window) -> Vec<u8> {
        let square = RgbImage::from_raw(
            side as u32,
            side as u32,
            self.scale(self.area(window), side),
        )
        .expect("the buffer was made for this size");
        let mut square = DynamicImage::ImageRgb8(square);
        square.apply_orientation(self.orientation);
        square.into_bytes()
    }

    /// The picture as it is stored, in tiles of [`TILE`] x [`TILE`] pixels, row by row: sRGB over white, interleaved.
    /// Tiles at the right and lower edges are as small as what is left for them.
    pub fn tiles(&self) -> Vec<Vec<u8>> {
        let (width, height) = self.stored();
        let area = self.area(Window::Whole);
        let across = width.div_ceil(TILE);
        let mut out: Vec<Vec<u8>> = Vec::with_capacity(across * height.div_ceil(TILE));
        let mut row = vec![0u8; 3 * width];
        for y in 0..height {
            if y % TILE == 0 {
                out.extend((0..across).map(|_| Vec::with_capacity(3 * TILE * TILE)));
            }
            self.read_row(area, y, &mut row);
            let first = out.len() - across;
            for (tile, pixels) in out[first..].iter_mut().zip(row.chunks(3 * TILE)) {
                tile.extend_from_slice(pixels);
            }
        }
        out
    }

    /// As a file of its own: upright, in sRGB over white.
    pub fn to_png(&self) -> Result<Vec<u8>, PictureError> {
        png(&self.rgb()?.0)
    }

    /// Upright, in sRGB over white, and what tells it from others.
    pub(crate) fn rgb(&self) -> Result<(DynamicImage, [u8; 32]), PictureError> {
        let (width, height) = self.stored();
        let mut pixels = vec![0u8; 3 * width * height];
        let area = self.area(Window::Whole);
        for (y, row) in pixels.chunks_exact_mut(3 * width).enumerate() {
            self.read_row(area, y, row);
        }
        let hash = digest(width as u32, height as u32, &pixels);
        let image = RgbImage::from_raw(width as u32, height as u32, pixels)
            .expect("the buffer was made for this size");
        let mut image = DynamicImage::ImageRgb8(image);
        image.apply_orientation(self.orientation);
        Ok((image, hash))
    }

    pub(crate) fn stored(&self) -> (usize, usize) {
        (self.pixels.width() as usize, self.pixels.height() as usize)
    }

    pub(crate) fn area(&self, window: Window) -> Area {
        let (width, height) = self.stored();
        let side = width.min(height);
        match window {
            Window::Whole => Area {
                left: 0,
                top: 0,
                width,
                height,
            },
            Window::Centre => Area {
                left: (width - side) / 2,
                top: (height - side) / 2,
                width: side,
                height: side,
            },
        }
    }

    /// The exact area average of a part, `side x side`, interleaved.
    pub(crate) fn scale(&self, area: Area, side: usize) -> Vec<u8> {
        let columns = spans(area.width, side);
        let rows = spans(area.height, side);
        let mut row = vec![0u8; 3 * area.width];
        let mut sums = vec![0u64; 3 * side * side];
        let mut narrow = vec![0u64; 3 * side];
        let mut loaded = usize::MAX;
        for span in rows {
            if span.source != loaded {
                self.read_row(area, span.source, &mut row);
                narrow.fill(0);
                for column in &columns {
                    let from = &row[3 * column.source..][..3];
                    let to = &mut narrow[3 * column.target..][..3];
                    for (to, from) in to.iter_mut().zip(from) {
                        *to += column.weight * u64::from(*from);
                    }
                }
                loaded = span.source;
            }
            let to = &mut sums[3 * side * span.target..][..3 * side];
            for (to, from) in to.iter_mut().zip(&narrow) {
                *to += span.weight * from;
            }
        }
        let all = (area.width * area.height) as u64;
        sums.iter()
            .map(|sum| ((sum + all / 2) / all) as u8)
            .collect()
    }

    /// One row of a part as sRGB over white.
    pub(crate) fn read_row(&self, area: Area, y: usize, into: &mut [u8]) {
        let from = (area.top + y) * self.pixels.width() as usize + area.left;
        let pixels = into.chunks_exact_mut(3);
        macro_rules! grey {
            ($image:ident, $byte:expr) => {
                for (to, p) in pixels.zip($image.as_raw()[from..].iter()) {
                    to.copy_from_slice(&self.colour.apply([$byte(*p); 3]));
                }
            };
        }
        macro_rules! with_alpha {
            ($image:ident, $n:literal, $byte:expr) => {
                for (to, p) in pixels.zip($image.as_raw()[$n * from..].chunks_exact($n)) {
                    let alpha = $byte(p[$n - 1]);
                    let seen = [0, 1, 2].map(|c: usize| $byte(p[c.min($n - 2)]));
                    for (to, seen) in to.iter_mut().zip(self.colour.apply(seen)) {
                        *to = over_white(seen, alpha);
                    }
                }
            };
        }
        macro_rules! colour {
            ($image:ident, $byte:expr) => {
                for (to, p) in pixels.zip($image.as_raw()[3 * from..].chunks_exact(3)) {
                    let seen = [0, 1, 2].map(|c: usize| $byte(p[c]));
                    to.copy_from_slice(&self.colour.apply(seen));
                }
            };
        }
        let same = |v: u8| v;
        match &self.pixels {
            DynamicImage::ImageLuma8(i) => grey!(i, same),
            DynamicImage::ImageLuma16(i) => grey!(i, narrow),
            DynamicImage::ImageLumaA8(i) => with_alpha!(i, 2, same),
            DynamicImage::ImageLumaA16(i) => with_alpha!(i, 2, narrow),
            DynamicImage::ImageRgb8(i) => colour!(i, same),
            DynamicImage::ImageRgb16(i) => colour!(i, narrow),
            DynamicImage::ImageRgba8(i) => with_alpha!(i, 4, same),
            DynamicImage::ImageRgba16(i) => with_alpha!(i, 4, narrow),
            _ => unreachable!("decode refuses other sample types"),
        }
    }
}

/// As a PNG file.
pub(crate) fn png(image: &DynamicImage) -> Result<Vec<u8>, PictureError> {
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, image::ImageFormat::Png)?;
    Ok(out.into_inner())
}

/// Decoders are other people's code on hostile input: a panic is a broken picture.
pub(crate) fn guarded<T>(
    work: impl FnOnce() -> Result<T, PictureError>,
) -> Result<T, PictureError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(PictureError::Broken(
            "the decoder gave up on it; the file is malformed".to_owned(),
        ))
    })
}

/// What tells one frame from another.
fn digest(width: u32, height: u32, rgb: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(width.to_le_bytes());
    hash.update(height.to_le_bytes());
    hash.update(rgb);
    hash.finalize().into()
}

fn is_grey(pixels: &DynamicImage) -> bool {
    matches!(
        pixels,
        DynamicImage::ImageLuma8(_)
            | DynamicImage::ImageLuma16(_)
            | DynamicImage::ImageLumaA8(_)
            | DynamicImage::ImageLumaA16(_)
    )
}

/// The limits that decoders are given.
pub(crate) fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    limits
}

fn decode(bytes: &[u8]) -> Result<Picture, PictureError> {
    let kind = Kind::of(bytes).ok_or(PictureError::Unrecognised)?;
    let Some(format) = kind.format() else {
        let (pixels, colour) = heic::decode(bytes)?;
        return Ok(Picture::upright(pixels, colour));
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(PictureError::Broken("it has no pixels".to_owned()));
    }
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_MEMORY {
        return Err(PictureError::TooLarge { width, height });
    }
    // A file whose orientation or profile cannot be read is shown as it is stored.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let colour = stated_colour(kind, bytes, profile.as_deref());
    let pixels = DynamicImage::from_decoder(decoder)?;
    match pixels {
        DynamicImage::ImageLuma8(_)
        | DynamicImage::ImageLuma16(_)
        | DynamicImage::ImageLumaA8(_)
        | DynamicImage::ImageLumaA16(_)
        | DynamicImage::ImageRgb8(_)
        | DynamicImage::ImageRgb16(_)
        | DynamicImage::ImageRgba8(_)
        | DynamicImage::ImageRgba16(_) => Ok(Picture::new(pixels, orientation, colour)),
        _ => Err(PictureError::FloatSamples),
    }
}

fn narrow(sample: u16) -> u8 {
    ((u32::from(sample) + 128) / 257) as u8
}

fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// A part of the stored picture.
#[derive(Clone, Copy)]
pub(crate) struct Area {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
}

/// A source position that covers part of a target position.
struct Span {
    source: usize,
    target: usize,
    weight: u64,
}

/// All overlaps of `source` positions with `target` positions along one axis, by source.
fn spans(source: usize, target: usize) -> Vec<Span> {
    let mut out = Vec::with_capacity(source + target);
    for s in 0..source {
        let (from, to) = (s * target, (s + 1) * target);
        for t in from / source..to.div_ceil(source) {
            let weight = to.min((t + 1) * source) - from.max(t * source);
            out.push(Span {
                source: s,
                target: t,
                weight: weight as u64,
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparency_is_white() {
        assert_eq!(over_white(10, 255), 10);
        assert_eq!(over_white(10, 0), 255);
        assert_eq!(over_white(0, 128), 127);
    }
}
