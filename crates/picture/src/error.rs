//! Why bytes are no picture.

use super::limits::MAX_PIXELS;

/// Why bytes are no picture.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PictureError {
    /// The content is none of the formats that are read.
    #[error("not a picture that can be read (JPEG, PNG, GIF, BMP, TIFF, WebP or HEIC)")]
    Unrecognised,
    /// Larger than anything that is decoded.
    #[error(
        "a picture of {width} x {height} pixels is beyond the limits ({MAX_PIXELS} pixels, 512 MiB)"
    )]
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The decoder ran out of the memory it is allowed.
    #[error("decoding takes more memory than is allowed (512 MiB)")]
    Memory,
    /// Floating-point samples have no canonical bytes.
    #[error("pictures with floating-point samples are not supported")]
    FloatSamples,
    /// The file is broken.
    #[error("the picture cannot be decoded: {0}")]
    Broken(String),
}

impl From<image::ImageError> for PictureError {
    fn from(error: image::ImageError) -> Self {
        match error {
            image::ImageError::Limits(_) => PictureError::Memory,
            image::ImageError::Unsupported(e)
                if matches!(e.kind(), image::error::UnsupportedErrorKind::Format(_)) =>
            {
                PictureError::Unrecognised
            }
            other => PictureError::Broken(other.to_string()),
        }
    }
}
