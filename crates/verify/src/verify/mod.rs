//! Verifying a bundle: named checks, no trust in any byte, nothing but three files.
//!
//! This module reads a bundle, a commitment file and a classifier file. It never touches a vault or a
//! corpus, and it needs no network: the public parameters are part of the program.

mod chain;
mod checks;
mod complaints;
mod families;
mod found;
mod links;
mod produced;
mod report;
mod verdict;

pub use chain::{CHAIN_CHECKS, Chain, Watch, verify_chain, verify_chain_files, watch_chain_files};

pub use checks::{
    CHECKS, InputError, SEALED, Step, VerifiedBundle, check_input, verify, verify_files,
    verify_into, verify_watched,
};
pub use complaints::Complaint;
pub use families::{check_families_input, verify_families};
pub use found::{Check, Counts, Stamped, Status};
pub use links::{Answered, Link, Outcome};
pub use produced::{check_facts, check_vector};
pub use report::{
    NOT_PROVED, NOT_PROVED_OF_SEALED, NOT_PROVED_OF_SUPPLEMENTS, PROVED, PROVED_OF_NOTHING, Report,
    SealedFacts,
};
pub use verdict::{FAILED, NOTHING, NotSearched, Over, in_words};
