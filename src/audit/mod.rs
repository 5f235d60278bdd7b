//! The random audit: what the proofs cannot show, shown in camera for a sample.
//!
//! The proofs show that every committed vector that was not disclosed does not match. That the vector
//! was honestly made from the document, and that the classifier does not overlook documents a person
//! would call responsive, only the documents themselves can show. So:
//!
//! 1. the requester or judge draws a **challenge** ([`challenge`]) from the bundle and a nonce that the
//!    responder could not foresee, which fixes a random sample: of the items that do not match, of those
//!    that could not be searched, of both, or of those that were withheld ([`Stratum`]);
//! 2. the responder **opens** exactly those items ([`open`]) before the judge, nobody else;
//! 3. anybody who holds the openings **verifies** them ([`verify`]): file, text and vector are the
//!    committed ones, reading the file again gives the same, and, once a person has labelled the items,
//!    how many documents are not where they belong ([`estimate`]).
//!
//! Produced documents need no challenge: [`reread_produced`] reads all of them again.

pub mod challenge;
pub mod estimate;
mod item;
pub mod open;
mod reread;
pub mod sample;
pub mod verify;

pub use challenge::{Challenge, ChallengeError, Population, Stratum};
pub use estimate::{Elusion, Labels};
pub use item::{ItemResult, ItemStatus};
pub use open::open_sample;
pub use reread::{Rereading, reread_produced};
pub use verify::{AuditReport, verify_openings};
