//! Pictures as pages: platforms show TIFF and JPEG; what else a picture is becomes a TIFF.

use image::{ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// A page that platforms show.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// "tif" or "jpg".
    pub extension: &'static str,
    /// The picture.
    pub bytes: Vec<u8>,
    /// Whether it was converted.
    pub converted: bool,
}

/// The page of a picture, or why it has none.
pub fn page(native: &[u8]) -> Result<Page, String> {
    let mut reader = ImageReader::new(Cursor::new(native))
        .with_guessed_format()
        .map_err(|error| error.to_string())?;
    let as_is = |extension| {
        Ok(Page {
            extension,
            bytes: native.to_vec(),
            converted: false,
        })
    };
    match reader.format() {
        Some(ImageFormat::Jpeg) => return as_is("jpg"),
        Some(ImageFormat::Tiff) if tiff_pages(native) == Some(1) => return as_is("tif"),
        Some(ImageFormat::Tiff) => return Err("a TIFF of several pages: see the native".into()),
        Some(_) => {}
        None => return Err("no known picture format: see the native".into()),
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(20_000);
    limits.max_image_height = Some(20_000);
    limits.max_alloc = Some(512 << 20);
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    image::DynamicImage::ImageRgb8(picture.to_rgb8())
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Tiff)
        .map_err(|error| error.to_string())?;
    Ok(Page {
        extension: "tif",
        bytes,
        converted: true,
    })
}

/// How many pages a TIFF has; `None` if its directories make no sense.
fn tiff_pages(bytes: &[u8]) -> Option<u32> {
    let little = match bytes.get(..4)? {
        b"II\x2a\x00" => true,
        b"MM\x00\x2a" => false,
        _ => return None,
    };
    let u16_at = |at: usize| -> Option<usize> {
        let pair: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(usize::from(if little {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        }))
    };
    let u32_at = |at: usize| -> Option<usize> {
        let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little {
            u32::from_le_bytes(four)
        } else {
            u32::from_be_bytes(four)
        } as usize)
    };
    let mut at = u32_at(4)?;
    let mut pages = 0;
    while at != 0 {
        pages += 1;
        if pages > 10_000 {
            return None; // a loop
        }
        at = u32_at(at.checked_add(2 + 12 * u16_at(at)?)?)?;
    }
    Some(pages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    fn picture(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        RgbImage::from_pixel(3, 2, Rgb([1, 2, 3]))
            .write_to(&mut Cursor::new(&mut bytes), format)
            .unwrap();
        bytes
    }

    #[test]
    fn tiff_and_jpeg_stay_and_others_become_tiff() {
        let tiff = page(&picture(ImageFormat::Tiff)).unwrap();
        assert_eq!((tiff.extension, tiff.converted), ("tif", false));
        let jpeg = page(&picture(ImageFormat::Jpeg)).unwrap();
        assert_eq!((jpeg.extension, jpeg.converted), ("jpg", false));
        let png = page(&picture(ImageFormat::Png)).unwrap();
        assert_eq!((png.extension, png.converted), ("tif", true));
        let back = image::load_from_memory(&png.bytes).unwrap().to_rgb8();
        assert_eq!(back.get_pixel(2, 1), &Rgb([1, 2, 3]));
    }

    #[test]
    fn what_is_no_single_page_is_refused_with_a_reason() {
        assert!(page(b"not a picture").is_err());
        // A TIFF whose directory points back at itself.
        let looped = b"II\x2a\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x00";
        assert_eq!(tiff_pages(looped), None);
        assert!(page(looped).unwrap_err().contains("see the native"));
        assert!(page(&picture(ImageFormat::Png)[..40]).is_err());
    }
}
