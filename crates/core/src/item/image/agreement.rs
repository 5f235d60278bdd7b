//! Whether a committed picture vector belongs to a file.
//!
//! The vector of a lossless picture is a function of its bytes, on every machine. Decoders of JPEG and lossy
//! WebP may differ by rounding (the standards allow it), so there a small distance is accepted, and said.

use super::{ImageError, image_vector};
use crate::item::CanonicalVector;
use image::ImageFormat;

/// Largest difference of one byte between two decoders of a lossy format.
pub const LARGEST: u8 = 16;
/// Largest mean difference of all bytes between two decoders of a lossy format.
pub const MEAN: u64 = 1;

/// How a committed vector relates to the one derived here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Equal.
    Exact,
    /// A lossy format, decoded with other rounding; the largest difference of one byte.
    Rounding(u8),
}

/// Derives the vector of a picture file again and compares it with a committed one.
///
/// # Errors
/// The file has no vector of this form, or another one: [`ImageError::Differs`].
pub fn agreement(file: &[u8], committed: &CanonicalVector) -> Result<Agreement, ImageError> {
    let derived = image_vector(committed.form(), file)?;
    let (a, b) = (derived.bytes(), committed.bytes());
    let distances = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b));
    let largest = distances.clone().max().unwrap_or(0);
    if largest == 0 {
        return Ok(Agreement::Exact);
    }
    let sum: u64 = distances.map(u64::from).sum();
    let lossy = matches!(
        image::guess_format(file),
        Ok(ImageFormat::Jpeg | ImageFormat::WebP)
    );
    if lossy && largest <= LARGEST && sum <= MEAN * a.len() as u64 {
        Ok(Agreement::Rounding(largest))
    } else {
        Err(ImageError::Differs { largest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Form;
    use image::{DynamicImage, RgbImage};
    use std::io::Cursor;

    const FORM: Form = Form::ImageRgb32V1;

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let picture = RgbImage::from_fn(40, 36, |x, y| {
            image::Rgb([(x * 5) as u8, (y * 6) as u8, (x * y % 200) as u8])
        });
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(picture)
            .write_to(&mut bytes, format)
            .unwrap();
        bytes.into_inner()
    }

    fn altered(file: &[u8], change: impl Fn(usize, u8) -> u8) -> CanonicalVector {
        let mut bytes = image_vector(FORM, file).unwrap().bytes().to_vec();
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = change(i, *byte);
        }
        CanonicalVector::new(FORM, bytes).unwrap()
    }

    #[test]
    fn rounding_is_accepted_for_lossy_formats_only() {
        let off_by_one = |i: usize, b: u8| if i.is_multiple_of(7) { b ^ 1 } else { b };
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Bmp] {
            let file = encoded(format);
            let same = altered(&file, |_, b| b);
            assert_eq!(agreement(&file, &same).unwrap(), Agreement::Exact);
            let near = agreement(&file, &altered(&file, off_by_one));
            if format == ImageFormat::Jpeg {
                assert_eq!(near.unwrap(), Agreement::Rounding(1));
            } else {
                assert!(matches!(near, Err(ImageError::Differs { largest: 1 })));
            }
        }
    }

    #[test]
    fn another_picture_is_refused() {
        let file = encoded(ImageFormat::Jpeg);
        let move_by = |d: u8| move |_: usize, b: u8| if b < 128 { b + d } else { b - d };
        // Every byte a little, and one byte a lot.
        let far = agreement(&file, &altered(&file, move_by(2)));
        assert!(matches!(far, Err(ImageError::Differs { largest: 2 })));
        let one = |i: usize, b: u8| {
            if i == 9 {
                b.wrapping_add(LARGEST + 1)
            } else {
                b
            }
        };
        assert!(matches!(
            agreement(&file, &altered(&file, one)),
            Err(ImageError::Differs { .. })
        ));
    }
}
