//! The first bytes of the files that this crate reads, so that each can say which of the others it was given.

/// A classifier file, all of it public.
pub const CLASSIFIER: &[u8] = b"candor-clf-1\n";
/// The public file of a sealed classifier.
pub const SEALED: &[u8] = b"candor-seal-1\n";
/// The secret part of a sealed classifier.
pub const SEAL_SECRET: &[u8] = b"candor-seal-secret-1\n";
