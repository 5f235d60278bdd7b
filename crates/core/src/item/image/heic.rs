//! Pictures as telephones store them: HEIC, a still picture of HEVC in an ISO file (ISO/IEC 23008-12).
//!
//! Decoding HEVC is exact; the colours behind it are the decoder's (`heifer`, pinned). Rotations, mirrors and crops that the
//! file states are applied by it, so no orientation is left; the format says that EXIF does not count beside them.

use super::error::ImageError;
use image::{DynamicImage, RgbaImage};

/// Most pixels: the decoder takes up to 16 bytes for each.
const MAX_PIXELS: u64 = super::limits::MAX_MEMORY / 16;

/// Brands whose still pictures are HEVC.
const BRANDS: [&[u8; 4]; 6] = [b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"];
/// A brand whose pictures are not.
const OTHER: &[u8; 4] = b"avif";

/// Whether the bytes are such a file, by the brands that it states.
pub(super) fn is_heic(bytes: &[u8]) -> bool {
    let Some((size, rest)) = bytes.split_first_chunk::<4>() else {
        return false;
    };
    let end = (u32::from_be_bytes(*size) as usize).clamp(8, 256) - 4;
    let Some(brands) = rest[..end.min(rest.len())].strip_prefix(b"ftyp") else {
        return false;
    };
    let has = |brand: &[u8; 4]| brands.chunks_exact(4).any(|found| found == brand);
    BRANDS.iter().any(|brand| has(brand)) && !has(OTHER)
}

/// The primary picture.
pub(super) fn decode(bytes: &[u8]) -> Result<DynamicImage, ImageError> {
    let options = heifer::Options {
        max_threads: 1,
        max_pixels: MAX_PIXELS,
    };
    let image = heifer::decode_with_options(bytes, &options)
        .map_err(|error| ImageError::Broken(format!("HEIC: {error}")))?;
    if image.width == 0 || image.height == 0 {
        return Err(ImageError::Broken("it has no pixels".to_owned()));
    }
    let mut samples = image.to_rgba8();
    if !image.has_alpha {
        samples.chunks_exact_mut(4).for_each(|pixel| pixel[3] = 255);
    }
    RgbaImage::from_raw(image.width, image.height, samples)
        .map(DynamicImage::ImageRgba8)
        .ok_or_else(|| ImageError::Broken("HEIC: its size is not that of its pixels".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::image::Picture;
    use crate::item::{Form, image_vector};

    const BLOCKS: &[u8] = include_bytes!("../../../../../tests/data/blocks.heic");
    const TURNED: &[u8] = include_bytes!("../../../../../tests/data/turned.heic");
    const ALPHA: &[u8] = include_bytes!("../../../../../tests/data/alpha.heic");

    /// Made by libheif from four blocks: red and green above, blue and white below.
    #[test]
    fn colours_are_those_of_the_picture() {
        let at = |bytes: &[u8], x: usize, y: usize| -> [u8; 3] {
            let vector = image_vector(Form::ImageRgb32V1, bytes).unwrap();
            std::array::from_fn(|c| vector.bytes()[c * 1024 + y * 32 + x])
        };
        let near = |found: [u8; 3], wanted: [u8; 3]| {
            let close = found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 6);
            assert!(close, "{found:?} is not {wanted:?}");
        };
        let (red, green, blue, white) = ([200, 30, 40], [20, 160, 60], [30, 60, 190], [240; 3]);
        assert_eq!(Picture::decode(BLOCKS).unwrap().size(), (96, 64));
        for (x, y, wanted) in [(4, 4, red), (28, 4, green), (4, 28, blue), (28, 28, white)] {
            near(at(BLOCKS, x, y), wanted);
        }
        // A quarter turn to the right, which the file states.
        assert_eq!(Picture::decode(TURNED).unwrap().size(), (64, 96));
        for (x, y, wanted) in [(4, 4, blue), (28, 4, red), (4, 28, white), (28, 28, green)] {
            near(at(TURNED, x, y), wanted);
        }
        // Half of it is the white behind.
        near(at(ALPHA, 4, 4), [227, 142, 147]);
    }

    #[test]
    fn damaged_and_other_files_are_refused() {
        assert!(is_heic(BLOCKS) && !is_heic(b"") && !is_heic(&BLOCKS[..7]));
        assert!(!is_heic(b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf"));
        assert!(!is_heic(b"\0\0\0\x14ftypisom\0\0\0\0mp42"));
        for end in 0..BLOCKS.len() {
            assert!(Picture::decode(&BLOCKS[..end]).is_err(), "{end}");
        }
        // No byte makes it panic, or take more than it may.
        for at in 0..BLOCKS.len() {
            let mut bytes = BLOCKS.to_vec();
            bytes[at] ^= 0xff;
            if let Ok(picture) = Picture::decode(&bytes) {
                let (width, height) = picture.size();
                assert!(u64::from(width) * u64::from(height) <= MAX_PIXELS);
            }
        }
    }
}
