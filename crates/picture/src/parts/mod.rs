//! Every picture in a file that is not its first frame, and what of the file is no picture at all.
//!
//! A network sees the first frame. So that nothing stands in the second one unseen, further pages, frames, pictures and
//! thumbnails are taken out as files of their own: cut out byte by byte where the format allows it (TIFF, JPEG), else as PNG
//! of what a person sees of them. Thumbnails that show the picture itself are left, and so are frames that were seen already.

mod alike;
mod animation;
mod bmp;
mod exif;
mod found;
mod gif;
mod heif;
mod jpeg;
mod png;
mod tiff;
mod webp;

pub use found::{Limits, Part, Parts, Unseen};

use crate::colour::Colour;
use crate::error::PictureError;
use crate::format::{INKS, bmp as bitmap, jpeg as segments, png as chunks, stated_colour};
use crate::kind::Kind;
use crate::picture::{Picture, guarded, limits};
use image::{ColorType, ExtendedColorType, ImageDecoder, ImageReader};
use std::io::Cursor;

/// What a picture file holds beside its first frame. Nothing of what is no picture.
pub fn parts(bytes: &[u8], limits: &Limits) -> Parts {
    let mut out = Parts::default();
    let Some(kind) = Kind::of(bytes) else {
        return out;
    };
    let mut main = found::Main::new(bytes);
    match kind {
        Kind::Jpeg => jpeg::parts(bytes, &mut main, limits, &mut out),
        Kind::Png => png::parts(bytes, &mut main, limits, &mut out),
        Kind::Gif => gif::parts(bytes, &mut main, limits, &mut out),
        Kind::Bmp => bmp::parts(bytes, &mut out),
        Kind::Tiff => tiff::parts(bytes, &mut main, limits, &mut out),
        Kind::WebP => webp::parts(bytes, &mut main, limits, &mut out),
        Kind::Heic => heif::parts(bytes, &mut main, limits, &mut out),
    }
    if let Some(why) = colour(kind, bytes).unconverted() {
        out.unseen(Unseen::Colour, 1, why);
    }
    out
}

/// Where the first picture of these bytes ends, if its format says so and all of it is there.
pub fn end(bytes: &[u8]) -> Option<usize> {
    match Kind::of(bytes)? {
        Kind::Jpeg => segments::walk(bytes)
            .filter(|found| found.is_picture)
            .map(|found| found.end),
        Kind::Png => chunks::walk(bytes).end,
        Kind::Gif => gif::walk(bytes)
            .filter(|found| found.images > 0)
            .map(|found| found.end),
        Kind::Bmp => bitmap::end(bytes),
        Kind::Tiff => tiff::File::open(bytes)
            .filter(|file| !file.directories.is_empty())
            .map(|file| file.end),
        Kind::WebP => webp::end(bytes),
        Kind::Heic => heif::end(bytes),
    }
}

/// The first page as a file of its own, where a file has several; for programs that would take all.
pub fn first_page(bytes: &[u8]) -> Option<Vec<u8>> {
    let file = (Kind::of(bytes)? == Kind::Tiff).then(|| tiff::File::open(bytes))??;
    (file.directories.len() > 1).then(|| file.cut(&file.directories[0]))?
}

/// Whether the pixels of the first frame are coded in a way that decoders may round differently.
pub fn is_lossy(bytes: &[u8]) -> bool {
    match Kind::of(bytes) {
        Some(Kind::Jpeg) => true,
        Some(Kind::WebP) => bytes.get(12..).is_some_and(webp::first_frame_is_lossy),
        Some(Kind::Tiff) => tiff::File::open(bytes)
            .and_then(|file| file.number(file.directories.first()?, tiff::COMPRESSION))
            .is_some_and(|compression| matches!(compression, 6 | 7 | 34_892)),
        _ => false,
    }
}

/// A file as PNG of what a person sees of its first frame, for programs that know fewer formats, or do not turn pictures;
/// nothing if they can take the file as it is.
pub fn for_others(bytes: &[u8]) -> Option<Vec<u8>> {
    let known = matches!(
        Kind::of(bytes)?,
        Kind::Jpeg | Kind::Png | Kind::Bmp | Kind::Tiff
    );
    if known && !guarded(|| orientation(bytes)).unwrap_or(false) {
        return first_page(bytes);
    }
    Picture::decode(bytes)
        .and_then(|picture| picture.to_png())
        .ok()
}

fn orientation(bytes: &[u8]) -> Result<bool, PictureError> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut decoder = reader
        .map_err(|error| PictureError::Broken(error.to_string()))?
        .into_decoder()?;
    Ok(decoder.orientation()? != image::metadata::Orientation::NoTransforms)
}

/// What the colours of a file mean, without decoding it.
fn colour(kind: Kind, bytes: &[u8]) -> Colour {
    let Some(format) = kind.format() else {
        return heif::colour(bytes);
    };
    let look = || {
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        reader.limits(limits());
        let mut decoder = reader.into_decoder()?;
        let profile = decoder.icc_profile().ok().flatten();
        let grey = matches!(
            decoder.color_type(),
            ColorType::L8 | ColorType::L16 | ColorType::La8 | ColorType::La16
        );
        let inks = matches!(
            decoder.original_color_type(),
            ExtendedColorType::Cmyk8 | ExtendedColorType::Cmyk16
        );
        Ok(match inks {
            true => INKS,
            false => stated_colour(kind, bytes, profile.as_deref()).fitting(grey),
        })
    };
    // What has no header has no picture either, and is an exception.
    guarded(look).unwrap_or(Colour::Srgb)
}

#[cfg(test)]
mod tests;
