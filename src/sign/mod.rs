//! Signatures and time-stamps over the two things that are handed around: the commitment file and
//! the tag manifest of a bundle, which covers every byte of it.
//!
//! Signatures are minisign's (Ed25519), so `minisign -V` checks them as well. Time-stamps are RFC 3161
//! tokens over the SHA-256 of the file, so `openssl ts -verify -data FILE` checks them as well.

pub mod beside;
pub mod keys;
pub mod minisig;
pub mod steps;
pub mod subject;
pub mod tsp;

pub use beside::Beside;
pub use keys::{KeyError, Password};
pub use minisig::{SignError, Signature, sign_file, verify_file};
pub use steps::StepError;
pub use subject::{Subject, SubjectError};

/// Largest file that is time-stamped: it is held in memory.
const MAX_STAMPED: u64 = 1 << 30;
