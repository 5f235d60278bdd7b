//! The disclosure bundle: what the responder hands over and anybody can verify.
//!
//! A bundle is a folder in BagIt layout (RFC 8493, [`bag`]):
//!
//! ```text
//! bagit.txt  bag-info.txt  manifest-sha256.txt  tagmanifest-sha256.txt
//! data/bundle.json                 what is claimed ([`Manifest`])
//! data/leaves.bin                  the public leaf of every committed item ([`leaves`])
//! data/proofs/000000.proof         one proof per batch of items
//! data/produced/000012/native.eml  the bytes of a produced item,
//!                      text.txt    its extracted text,
//!                      meta.json   its metadata,
//!                      opening.json  and what opens its leaf and its vector ([`opening`])
//! ```
//!
//! Reading trusts no byte: sizes are capped, encodings are canonical, the manifest lists every file and
//! there is no file it does not list.

pub mod bag;
pub mod layout;
mod manifest;
pub mod opening;
mod reader;
mod withheld;

pub use crate::record::leaves;
pub use manifest::{Batch, Disposition, Dispositions, Manifest, ManifestError};
pub use reader::{Bundle, BundleError, stated_root};
pub use withheld::{MAX_DESCRIPTION, Reason, Withheld, WithheldError};
