//! The image forms `image/rgb32-v1`, `image/rgb96-v1` and `image/rgb224-v1`.
//!
//! From the bytes of a picture file (JPEG, PNG, GIF, BMP, TIFF, WebP or HEIC, recognised by content) to a square
//! of RGB bytes, in integers only:
//!
//! 1. The first frame is decoded. Samples of 16 bits become `(v + 128) / 257`, grey becomes three equal
//!    channels, and a pixel with alpha `a` is laid over white: `(v a + 255 (255 - a) + 127) / 255`.
//! 2. `rgb32` and `rgb96` scale the whole picture to the square, `rgb224` its centre square: the shorter side
//!    in full, and `floor((longer - shorter) / 2)` pixels left out before it on the longer side.
//! 3. Scaling is an exact area average. With `w x h` source and `s x s` target pixels, source pixel `(i, j)`
//!    covers target pixel `(x, y)` with weight `|[s i, s (i+1)) n [w x, w (x+1))|` times the same for rows.
//!    The weights of a target pixel sum to `w h`; the weighted sum is divided once, halves rounded up.
//! 4. The orientation that the file states (EXIF) is applied to the square.
//! 5. Channel-major order: all red, all green, all blue.

mod error;
mod heic;
mod limits;

pub use error::ImageError;
pub use limits::{MAX_MEMORY, MAX_PIXELS, MAX_SIDE};

use crate::item::{CanonicalVector, Form};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Side of the tiles of [`Picture::tiles`], in pixels.
pub const TILE: usize = 16;

/// A decoded picture, from which every image form is derived.
#[derive(Clone, Debug)]
pub struct Picture {
    pixels: DynamicImage,
    orientation: Orientation,
}

/// The vector of one form, from the bytes of a picture file. See [`Picture`] for several forms at once.
pub fn image_vector(form: Form, bytes: &[u8]) -> Result<CanonicalVector, ImageError> {
    if form.is_text() {
        return Err(ImageError::Form(form));
    }
    Picture::decode(bytes)?.vector(form)
}

impl Picture {
    /// Decodes the first frame of a picture file.
    pub fn decode(bytes: &[u8]) -> Result<Self, ImageError> {
        // Decoders are other people's code on hostile input: a panic is a broken picture.
        catch_unwind(AssertUnwindSafe(|| decode(bytes))).unwrap_or_else(|_| {
            Err(ImageError::Broken(
                "the decoder gave up on it; the file is malformed".to_owned(),
            ))
        })
    }

    /// Width and height as they are meant to be seen.
    pub fn size(&self) -> (u32, u32) {
        let (width, height) = (self.pixels.width(), self.pixels.height());
        match self.orientation {
            Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH => (height, width),
            _ => (width, height),
        }
    }

    /// The vector of an image form.
    pub fn vector(&self, form: Form) -> Result<CanonicalVector, ImageError> {
        if form.is_text() {
            return Err(ImageError::Form(form));
        }
        let [_, side, _] = form.shape();
        let (width, height) = (self.pixels.width() as usize, self.pixels.height() as usize);
        let window = match form {
            Form::ImageRgb224V1 => Window::centre(width, height),
            _ => Window {
                left: 0,
                top: 0,
                width,
                height,
            },
        };
        let square = self.scale(window, side);
        let square = RgbImage::from_raw(side as u32, side as u32, square)
            .expect("the buffer was made for this size");
        let mut square = DynamicImage::ImageRgb8(square);
        square.apply_orientation(self.orientation);
        let interleaved = square.as_bytes();
        let mut bytes = Vec::with_capacity(interleaved.len());
        for channel in 0..3 {
            bytes.extend(interleaved.iter().skip(channel).step_by(3));
        }
        Ok(CanonicalVector::new(form, bytes)?)
    }

    /// The picture as it is stored, in tiles of [`TILE`] x [`TILE`] pixels, row by row: RGB over white, interleaved.
    /// Tiles at the right and lower edges are as small as what is left for them.
    pub fn tiles(&self) -> Vec<Vec<u8>> {
        let (width, height) = (self.pixels.width() as usize, self.pixels.height() as usize);
        let window = Window {
            left: 0,
            top: 0,
            width,
            height,
        };
        let across = width.div_ceil(TILE);
        let mut out: Vec<Vec<u8>> = Vec::with_capacity(across * height.div_ceil(TILE));
        let mut row = vec![0u8; 3 * width];
        for y in 0..height {
            if y % TILE == 0 {
                out.extend((0..across).map(|_| Vec::with_capacity(3 * TILE * TILE)));
            }
            self.read_row(window, y, &mut row);
            let first = out.len() - across;
            for (tile, pixels) in out[first..].iter_mut().zip(row.chunks(3 * TILE)) {
                tile.extend_from_slice(pixels);
            }
        }
        out
    }

    /// The exact area average of a window, `side x side`, interleaved.
    fn scale(&self, window: Window, side: usize) -> Vec<u8> {
        let columns = spans(window.width, side);
        let rows = spans(window.height, side);
        let mut row = vec![0u8; 3 * window.width];
        let mut sums = vec![0u64; 3 * side * side];
        let mut narrow = vec![0u64; 3 * side];
        let mut loaded = usize::MAX;
        for span in rows {
            if span.source != loaded {
                self.read_row(window, span.source, &mut row);
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
        let area = (window.width * window.height) as u64;
        sums.iter()
            .map(|sum| ((sum + area / 2) / area) as u8)
            .collect()
    }

    /// One row of a window as RGB over white.
    fn read_row(&self, window: Window, y: usize, into: &mut [u8]) {
        let from = (window.top + y) * self.pixels.width() as usize + window.left;
        let pixels = into.chunks_exact_mut(3);
        macro_rules! grey {
            ($image:ident, $byte:expr) => {
                for (to, p) in pixels.zip($image.as_raw()[from..].iter()) {
                    to.fill($byte(*p));
                }
            };
        }
        macro_rules! with_alpha {
            ($image:ident, $n:literal, $byte:expr) => {
                for (to, p) in pixels.zip($image.as_raw()[$n * from..].chunks_exact($n)) {
                    let alpha = $byte(p[$n - 1]);
                    for (c, to) in to.iter_mut().enumerate() {
                        *to = over_white($byte(p[c.min($n - 2)]), alpha);
                    }
                }
            };
        }
        macro_rules! colour {
            ($image:ident, $byte:expr) => {
                for (to, p) in into.iter_mut().zip($image.as_raw()[3 * from..].iter()) {
                    *to = $byte(*p);
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

fn decode(bytes: &[u8]) -> Result<Picture, ImageError> {
    if heic::is_heic(bytes) {
        return Ok(Picture {
            pixels: heic::decode(bytes)?,
            orientation: Orientation::NoTransforms,
        });
    }
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|e| ImageError::Broken(e.to_string()))?;
    if reader.format().is_none() {
        return Err(ImageError::Unrecognised);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(ImageError::Broken("it has no pixels".to_owned()));
    }
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_MEMORY {
        return Err(ImageError::TooLarge { width, height });
    }
    // A file whose orientation cannot be read is shown as it is stored.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let pixels = DynamicImage::from_decoder(decoder).map_err(refused)?;
    match pixels {
        DynamicImage::ImageLuma8(_)
        | DynamicImage::ImageLuma16(_)
        | DynamicImage::ImageLumaA8(_)
        | DynamicImage::ImageLumaA16(_)
        | DynamicImage::ImageRgb8(_)
        | DynamicImage::ImageRgb16(_)
        | DynamicImage::ImageRgba8(_)
        | DynamicImage::ImageRgba16(_) => Ok(Picture {
            pixels,
            orientation,
        }),
        _ => Err(ImageError::FloatSamples),
    }
}

fn refused(error: image::ImageError) -> ImageError {
    match error {
        image::ImageError::Limits(_) => ImageError::Memory,
        image::ImageError::Unsupported(e)
            if matches!(e.kind(), image::error::UnsupportedErrorKind::Format(_)) =>
        {
            ImageError::Unrecognised
        }
        other => ImageError::Broken(other.to_string()),
    }
}

fn narrow(sample: u16) -> u8 {
    ((u32::from(sample) + 128) / 257) as u8
}

fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// The part of the stored picture that a form shows.
#[derive(Clone, Copy)]
struct Window {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Window {
    fn centre(width: usize, height: usize) -> Self {
        let side = width.min(height);
        Window {
            left: (width - side) / 2,
            top: (height - side) / 2,
            width: side,
            height: side,
        }
    }
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
mod tests;
