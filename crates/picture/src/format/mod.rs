//! What the formats say by themselves, without decoding: where they end, and what their colours mean.

pub(crate) mod bmp;
pub(crate) mod jpeg;
pub(crate) mod png;

use crate::colour::Colour;
use crate::kind::Kind;

/// Four numbers for inks become three for light by a rule of thumb.
pub(crate) const INKS: Colour =
    Colour::Unconverted("printing inks (CMYK), shown in approximate colours");

/// What a file says of its colours, with the profile that was found in it.
pub(crate) fn stated_colour(kind: Kind, bytes: &[u8], profile: Option<&[u8]>) -> Colour {
    match (kind, profile) {
        (Kind::Jpeg, _) if jpeg::walk(bytes).is_some_and(|found| found.components == 4) => INKS,
        (Kind::Png, profile) => png::colour(bytes, profile),
        (Kind::Bmp, _) => bmp::colour(bytes),
        (_, Some(profile)) => Colour::of_profile(profile),
        (_, None) => Colour::Srgb,
    }
}
