//! From the bytes of a picture file (JPEG, PNG, GIF, BMP, TIFF, WebP, HEIC, recognised by content) to what a person
//! sees, in integers only, the same on every machine.
//!
//! | module | owns |
//! |---|---|
//! | `picture` | the first frame: decoded, in sRGB, upright, over white, scaled |
//! | `colour` | colour profiles to sRGB |
//! | `heic` | pictures as telephones store them |
//! | `parts` | every further picture in a file, and where it ends |
//! | `kind` | which of the formats it is |
//!
//! Decoders are other people's code on hostile input: they are run within limits of memory, and a panic in one of them is
//! a broken picture.

mod bytes;
mod colour;
mod error;
mod format;
mod heic;
mod isobmff;
mod kind;
mod limits;
mod parts;
mod picture;

pub use colour::Colour;
pub use error::PictureError;
pub use kind::Kind;
pub use limits::{MAX_FRAMES, MAX_MEMORY, MAX_PAGES, MAX_PIXELS, MAX_SIDE};
pub use parts::{Limits, Part, Parts, Unseen, end, for_others, is_lossy, parts};
pub use picture::{Picture, TILE, Window};
