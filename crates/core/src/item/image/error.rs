//! Why bytes have no image form.

use super::limits::MAX_PIXELS;
use crate::item::{Form, VectorError};

/// Why bytes have no image form.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// Asked for a form of texts.
    #[error("{0} is not a form of pictures")]
    Form(Form),
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
    /// The file gives another vector than the committed one.
    #[error(
        "the file gives another vector than the committed one (a value differs by {largest} of 255)"
    )]
    Differs {
        /// Largest difference of one byte.
        largest: u8,
    },
    /// The vector was refused.
    #[error(transparent)]
    Vector(#[from] VectorError),
}
