//! Canonical forms: what an item looks like to a classifier, as bytes that every machine derives alike.
//!
//! An item is committed before any classifier is known, so it is committed in fixed, versioned forms:
//! vectors of bytes of fixed length, computed with integer arithmetic only.

pub mod agreement;
pub mod form;
pub mod image;
pub mod text;

pub use agreement::{Agreement, agreement};
pub use candor_picture::PictureError;
pub use form::{CanonicalVector, Form, Limits, VectorError};
pub use image::{ImageError, Picture, image_vector, picture_vector};
pub use text::text_vector;
