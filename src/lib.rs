//! candor: discovery and freedom-of-information productions that prove the search was honest.
//!
//! A responder commits to a corpus before seeing the request, later runs the requester's
//! classifier over every committed item, and hands over a bundle in which every item is either
//! disclosed or proved in zero knowledge not to match.
//!
//! # Code map
//!
//! | module | owns |
//! |---|---|
//! | [`ingest`] | reading a corpus: files to items with text, or exceptions |
//! | [`item`] | canonical forms: items as bytes that every machine derives alike |
//! | [`classify`] | integer networks: the reference semantics of classifiers |
//! | [`sealed`] | classifiers whose weights are a secret |
//! | `import` (feature `onnx`) | from ONNX models to integer networks |
//! | [`circuit`] | the zero-knowledge proof of one batch of verdicts |
//! | [`commit`] | item commitments, leaves, the tree, the public file, the private vault |
//! | [`explain`] | what a classifier looks for, from its numbers and not from its card |
//! | [`dryrun`] | what a classifier says about a committed corpus, without proofs |
//! | [`requests`] | which requests were answered over a case, and what they revealed |
//! | [`prove`] | a request: plan, prove, resume, assemble the bundle |
//! | [`bundle`] | the bundle's files, canonical, nothing but what belongs there |
//! | [`verify`] | named checks over a bundle; what passed them all |
//! | [`dat`] | Concordance load files, read and written byte for byte |
//! | [`demo`], [`bench`](mod@bench) | the story on the shipped examples; what this machine needs |
//! | [`seal`] | sealing a classifier into files, and opening them |
//! | [`export`] | productions, logs and batches, from verified bundles only |
//! | [`sign`] | signatures and time-stamps over commitments and bundles |
//! | [`custody`] | the hash-chained log of what was done with a case |
//! | [`audit`] | random samples opened in camera, and what they say about what was missed |
//! | [`report`] | a verification as a page to print and as a draft certificate |
//! | [`private`] | files of the owner's alone: modes, whole writes, sweeping what killed runs left |
//! | [`sheet`] | lists that people make with a spreadsheet |
//! | [`output`] | every file that a command is asked to write |
//! | [`review`] | decisions to withhold, kept in the case, for both front ends |
//! | [`params`] | the public parameters of the proof system and of the commitments |
//! | [`progress`] | how long-running work reports to whoever is watching |
//! | [`input`] | opening files that another party made, or that may change meanwhile |
//! | [`clean`] | strings that others chose, on their way to a terminal, a CSV file, a page |
//! | [`train`] | fitting classifiers and turning them into integers |
//! | [`tui`] | the terminal application: a pure state machine over the same library calls |
//! | [`cli`] | the command line: thin, everything it does is in the library |

pub use candor_core::{circuit, classify, item, params, sealed};
pub use candor_edge::{Surroundings, private};
#[cfg(feature = "onnx")]
pub use candor_import as import;
pub use candor_ingest::{self as ingest, dat};
pub use candor_verify::{bundle, input, verify};

// First: its macros replace `println!` and its sisters in everything below.
#[macro_use]
pub mod clean;

pub mod audit;
pub mod bench;
pub mod cli;
pub mod commit;
pub mod custody;
pub mod demo;
pub mod dryrun;
pub mod economics;
pub mod explain;
pub mod export;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod guard;
mod opening;
pub mod output;
pub mod progress;
pub mod prove;
#[cfg(test)]
mod reference;
pub mod report;
pub mod requests;
pub mod review;
pub mod seal;
pub mod sheet;
pub mod sign;
mod signals;
pub mod statistics;
pub mod train;
pub mod tui;
