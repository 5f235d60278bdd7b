//! The mathematics of candor: canonical forms, integer networks, vector commitments, and the proof that a
//! batch of committed items gets the stated verdicts.
//!
//! Nothing here knows files of a corpus, bundles or people; the `candor` crate does.
//!
//! | module | owns |
//! |---|---|
//! | [`item`] | canonical forms: items as bytes that every machine derives alike |
//! | [`classify`] | integer networks: the reference semantics of classifiers |
//! | [`pedersen`] | commitments of canonical vectors |
//! | [`sealed`] | classifiers whose weights are a secret: what is published of them, and the secret |
//! | [`points`] | reading points that come from outside |
//! | [`circuit`] | the zero-knowledge proof of one batch of verdicts |
//! | [`msm`] | sums of many curve points with small coefficients |
//! | [`params`] | the public parameters of the proof system and of the commitments |
//! | [`progress`] | how long-running work reports to whoever is watching |
//! | [`wide`] | field arithmetic eight elements at a time, where the processor can |
//! | [`wipe`](mod@wipe) | overwriting secrets |
//!
//! A verifier does without the feature `prove`, and without all that only makes proofs, commitments and classifier
//! files: the modules [`circuit::prover`] and [`wide`], sums of points for columns, blinds, writing of files.

pub mod circuit;
pub mod classify;
pub mod item;
mod magic;
pub mod msm;
pub mod params;
pub mod pedersen;
pub mod points;
pub mod progress;
pub mod sealed;
#[cfg(feature = "prove")]
pub mod wide;
#[cfg(feature = "prove")]
pub mod wipe;

#[cfg(all(test, not(feature = "prove")))]
compile_error!("the tests of candor-core make proofs: they need the feature `prove`");
