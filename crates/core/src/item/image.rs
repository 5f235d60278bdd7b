//! The image forms `image/rgb32-v1`, `image/rgb96-v1` and `image/rgb224-v1`.
//!
//! From the bytes of a picture file (JPEG, PNG, GIF, BMP, TIFF, WebP or HEIC, recognised by content) to a square
//! of RGB bytes, in integers only (`candor-picture`):
//!
//! 1. The first frame is decoded. Samples of 16 bits become `(v + 128) / 257`, grey becomes three equal
//!    channels, colours of another profile become sRGB, and a pixel with alpha `a` is laid over white:
//!    `(v a + 255 (255 - a) + 127) / 255`.
//! 2. `rgb32` and `rgb96` scale the whole picture to the square, `rgb224` its centre square: the shorter side
//!    in full, and `floor((longer - shorter) / 2)` pixels left out before it on the longer side.
//! 3. Scaling is an exact area average, halves rounded up.
//! 4. The orientation that the file states (EXIF) is applied to the square.
//! 5. Channel-major order: all red, all green, all blue.

mod error;

pub use candor_picture::Picture;
pub use error::ImageError;

use crate::item::{CanonicalVector, Form};
use candor_picture::Window;

/// The vector of one form, from the bytes of a picture file. See [`picture_vector`] for several forms at once.
pub fn image_vector(form: Form, bytes: &[u8]) -> Result<CanonicalVector, ImageError> {
    if form.is_text() {
        return Err(ImageError::Form(form));
    }
    picture_vector(form, &Picture::decode(bytes)?)
}

/// The vector of an image form, from a decoded picture.
pub fn picture_vector(form: Form, picture: &Picture) -> Result<CanonicalVector, ImageError> {
    if form.is_text() {
        return Err(ImageError::Form(form));
    }
    let [_, side, _] = form.shape();
    let window = match form {
        Form::ImageRgb224V1 => Window::Centre,
        _ => Window::Whole,
    };
    let interleaved = picture.square(side, window);
    let mut bytes = Vec::with_capacity(interleaved.len());
    for channel in 0..3 {
        bytes.extend(interleaved.iter().skip(channel).step_by(3));
    }
    Ok(CanonicalVector::new(form, bytes)?)
}

#[cfg(test)]
mod tests;
