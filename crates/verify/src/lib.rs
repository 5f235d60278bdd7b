//! Verifying a disclosure bundle: what a judge, or anybody, has to trust.
//!
//! Everything that the verdict rests on is here and in the crates below: the public [`record`] of a commitment,
//! the [`bundle`] and its files, the named checks of [`verify`]. No reader of documents, no vault, no terminal.

pub use candor_core::{circuit, classify, item, params, pedersen, progress, sealed};
pub use candor_edge::clean;

pub mod bundle;
pub mod input;
pub mod program;
pub mod record;
pub mod verify;
