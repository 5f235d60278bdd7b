//! Pictures as telephones store them: HEIC, a still picture of HEVC in an ISO file (ISO/IEC 23008-12).
//!
//! Decoding HEVC is exact; the colours behind it are the decoder's (`heifer`, pinned). Rotations, mirrors and crops that the
//! file states are applied by it, so no orientation is left; the format says that EXIF does not count beside them.

use crate::colour::Colour;
use crate::error::PictureError;
use crate::isobmff::boxes;
use heifer::heifer_isobmff::HeifFile;
use heifer::heifer_isobmff::boxes::{ColorInfo, Property};
use image::{DynamicImage, RgbaImage};

/// Most pixels: the decoder takes up to 16 bytes for each.
const MAX_PIXELS: u64 = super::limits::MAX_MEMORY / 16;

/// The primary picture, and what its colours mean.
pub(crate) fn decode(bytes: &[u8]) -> Result<(DynamicImage, Colour), PictureError> {
    let file = open(bytes)?;
    item(bytes, &file, file.primary_id)
}

/// The boxes of a file.
pub(crate) fn open(bytes: &[u8]) -> Result<HeifFile<'_>, PictureError> {
    HeifFile::parse(bytes).map_err(|error| broken(&error))
}

fn broken(error: &dyn std::fmt::Display) -> PictureError {
    PictureError::Broken(format!("HEIC: {error}"))
}

/// One picture of a file, with its alpha, and what its colours mean.
pub(crate) fn item(
    bytes: &[u8],
    file: &HeifFile<'_>,
    id: u32,
) -> Result<(DynamicImage, Colour), PictureError> {
    let mut pixels = pixels(bytes, file, id)?;
    let opaque = pixels.pixels().all(|pixel| pixel[3] == 255);
    // The decoder knows the alpha of pictures that are no grid.
    if let Some(alpha) = alpha(file, id).filter(|_| opaque && !is_coded(file, id)) {
        let alpha = self::pixels(bytes, file, alpha)?;
        if alpha.dimensions() != pixels.dimensions() {
            return Err(broken(&"its alpha has another size"));
        }
        for (to, from) in pixels.pixels_mut().zip(alpha.pixels()) {
            to[3] = from[0];
        }
    }
    Ok((DynamicImage::ImageRgba8(pixels), colour(file, id)))
}

fn is_coded(file: &HeifFile<'_>, id: u32) -> bool {
    file.item(id).is_ok_and(|item| &item.item_type.0 == b"hvc1")
}

/// The picture that is the alpha of another one.
pub(crate) fn alpha(file: &HeifFile<'_>, id: u32) -> Option<u32> {
    file.referencing_items(id, b"auxl").into_iter().find(|aux| {
        let mut properties = file.item_properties(*aux).into_iter().flatten();
        properties.any(|property| {
            matches!(property, Property::AuxiliaryType(kind)
                if kind == "urn:mpeg:hevc:2015:auxid:1" || kind == "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha")
        })
    })
}

fn pixels(bytes: &[u8], file: &HeifFile<'_>, id: u32) -> Result<RgbaImage, PictureError> {
    let options = heifer::Options {
        max_threads: 1,
        max_pixels: MAX_PIXELS,
    };
    // The decoder takes the primary picture: the other ones of a file get their turn as that.
    let image = if id == file.primary_id {
        heifer::decode_with_options(bytes, &options)
    } else {
        match with_primary(bytes, file.primary_id, id) {
            Some(other) => heifer::decode_with_options(&other, &options),
            None => return Err(broken(&"its primary picture is not where it should be")),
        }
    };
    let image = image.map_err(|error| broken(&error))?;
    if image.width == 0 || image.height == 0 {
        return Err(PictureError::Broken("it has no pixels".to_owned()));
    }
    let mut samples = image.to_rgba8();
    if !image.has_alpha {
        samples.chunks_exact_mut(4).for_each(|pixel| pixel[3] = 255);
    }
    RgbaImage::from_raw(image.width, image.height, samples)
        .ok_or_else(|| broken(&"its size is not that of its pixels"))
}

/// What the colours of a picture mean.
pub(crate) fn colour(file: &HeifFile<'_>, id: u32) -> Colour {
    if let Ok(Some(profile)) = file.icc_profile(id) {
        return Colour::of_profile(profile);
    }
    let stated = file.item_properties(id).into_iter().flatten();
    let stated = stated.filter_map(|property| match property {
        Property::Color(ColorInfo::Nclx {
            primaries,
            transfer,
            ..
        }) => Some(Colour::of_code_points(*primaries, *transfer)),
        _ => None,
    });
    stated.last().unwrap_or(Colour::Srgb)
}

/// The same file with another primary picture. The number of it stands in a box of its own.
fn with_primary(bytes: &[u8], from: u32, to: u32) -> Option<Vec<u8>> {
    let mut out = bytes.to_vec();
    let meta = boxes(bytes).find(|found| &found.name == b"meta")?;
    let inner = meta.from.checked_add(4)?;
    let place = boxes(bytes.get(..meta.to)?.get(inner..)?).find(|found| &found.name == b"pitm")?;
    let (at, end) = (inner + place.from, inner + place.to);
    let stated = out.get_mut(at..end)?;
    match stated {
        [0, _, _, _, id @ ..] if id.len() == 2 && u32::from(be16(id)) == from => {
            id.copy_from_slice(&u16::try_from(to).ok()?.to_be_bytes());
        }
        [1, _, _, _, id @ ..] if id.len() == 4 => id.copy_from_slice(&to.to_be_bytes()),
        _ => return None,
    }
    Some(out)
}

fn be16(two: &[u8]) -> u16 {
    u16::from_be_bytes([two[0], two[1]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isobmff::is_heic;
    use crate::picture::{Picture, Window};

    const BLOCKS: &[u8] = include_bytes!("../../../tests/data/blocks.heic");
    const TURNED: &[u8] = include_bytes!("../../../tests/data/turned.heic");
    const ALPHA: &[u8] = include_bytes!("../../../tests/data/alpha.heic");

    /// Made by libheif from four blocks: red and green above, blue and white below.
    #[test]
    fn colours_are_those_of_the_picture() {
        let at = |bytes: &[u8], x: usize, y: usize| -> [u8; 3] {
            let square = Picture::decode(bytes).unwrap().square(32, Window::Whole);
            std::array::from_fn(|c| square[3 * (y * 32 + x) + c])
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
