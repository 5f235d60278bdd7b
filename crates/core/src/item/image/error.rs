//! Why bytes have no image form.

use crate::item::{Form, VectorError};
use candor_picture::PictureError;

/// Why bytes have no image form.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// Asked for a form of texts.
    #[error("{0} is not a form of pictures")]
    Form(Form),
    /// The file is no picture, or cannot be decoded.
    #[error(transparent)]
    Picture(#[from] PictureError),
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
