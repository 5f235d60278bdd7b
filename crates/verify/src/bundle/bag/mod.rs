//! BagIt packaging (RFC 8493): the payload manifest lists every file with its SHA-256, so a bundle is
//! complete and unaltered or it is refused. Archives' tools read the same files.
//!
//! The proofs do not lean on this; it catches damage early, names the damaged file, and leaves no room for
//! files that nobody vouched for. A signature, if any, is over the tag manifest.

mod check;
#[cfg(feature = "make")]
mod seal;
#[cfg(all(test, feature = "make"))]
mod tests;

pub use check::{
    BAGIT, BagError, INFO, MANIFEST, MAX_MANIFEST, MAX_NATIVE, OPTIONAL, Sealed, TAG_MANIFEST,
    check, check_within, info, seal_of,
};
#[cfg(feature = "make")]
pub use seal::{seal, unseal};
