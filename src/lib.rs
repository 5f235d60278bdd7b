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
//! | [`import`] | from ONNX models to integer networks |
//! | [`circuit`] | the zero-knowledge proof of one batch of verdicts |
//! | [`commit`] | item commitments, leaves, the tree, the public file, the private vault |
//! | [`dryrun`] | what a classifier says about a committed corpus, without proofs |
//! | [`prove`] | a request: plan, prove, resume, assemble the bundle |
//! | [`bundle`] | the bundle's files, canonical, nothing but what belongs there |
//! | [`verify`] | named checks over a bundle; what passed them all |
//! | [`demo`], [`bench`](mod@bench) | the story on the shipped examples; what this machine needs |
//! | [`params`] | the public parameters of the proof system and of the commitments |
//! | [`progress`] | how long-running work reports to whoever is watching |
//! | [`sheet`] | cells of CSV files that spreadsheets may open |
//! | [`train`] | fitting classifiers and turning them into integers |
//! | [`cli`] | the command line: thin, everything it does is in the library |

pub mod bench;
pub mod bundle;
pub mod circuit;
pub mod classify;
pub mod cli;
pub mod commit;
pub mod demo;
pub mod dryrun;
pub mod import;
pub mod ingest;
pub mod item;
pub mod params;
pub mod progress;
pub mod prove;
pub mod sheet;
pub mod train;
pub mod verify;
