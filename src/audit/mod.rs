//! The random audit: what the proofs cannot show, shown in camera for a sample.
//!
//! The proofs show that every committed vector that was not disclosed does not match. That the vector
//! was honestly made from the document, and that the classifier does not overlook documents a person
//! would call responsive, only the documents themselves can show. So:
//!
//! 1. the requester or judge writes a **challenge** ([`challenge`]) to a bundle: from what how many items
//!    are to be drawn ([`Stratum`]), until when, and a nonce that the responder could not foresee;
//! 2. the responder **opens** ([`open`]) before the judge, nobody else, the items that follow from the nonce
//!    and from its own half of the seed, which the commitment fixed before ([`sample`], [`log`]);
//! 3. anybody who holds the openings **verifies** them ([`verify`]): the sample is the one that both halves
//!    give, file, text and vector are the committed ones, reading the file again gives the same, and, once a
//!    person has labelled the items, how many documents are not where they belong ([`estimate`]).
//!
//! Produced documents need no challenge: [`reread_produced`] reads all of them again.

pub mod answer;
pub mod challenge;
pub mod estimate;
pub mod history;
mod item;
pub mod log;
pub mod open;
mod reread;
pub mod sample;
pub mod verify;
pub mod within;

pub use answer::Answer;
pub use challenge::{Challenge, ChallengeError, Population, Stratum, Terms};
pub use estimate::{Elusion, Labels};
pub use item::{ItemResult, ItemStatus};
pub use open::{open_sample, open_sample_allowing};
pub use reread::{Rereading, reread_produced};
pub use verify::{AuditReport, verify_openings};

#[cfg(test)]
mod liar_tests;
