//! Verifying a bundle: named checks, no trust in any byte, nothing but three files.
//!
//! This module reads a bundle, a commitment file and a classifier file. It never touches a vault or a
//! corpus, and it needs no network: the public parameters are part of the program.

mod checks;
mod families;
mod produced;
mod report;
mod verdict;

pub use checks::{
    InputError, Step, VerifiedBundle, verify, verify_files, verify_into, verify_watched,
};
pub use families::verify_families;
pub use produced::{check_facts, check_vector};
pub use report::{Check, Counts, NOT_PROVED, PROVED, Report, Stamped, Status};
pub use verdict::{FAILED, NotSearched, in_words};
