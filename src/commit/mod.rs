//! Committing to a corpus: item commitments, the tree, the public file and the private vault.

pub mod audit;
pub mod chain;
pub mod codec;
pub mod commitment;
mod copies;
pub mod digest;
pub mod identity;
pub mod leaf;
#[cfg(test)]
pub(crate) mod liar;
pub mod meta;
pub mod pipeline;
mod prepare;
pub mod report;
pub mod scope;
mod source;
pub mod tree;
pub mod vault;

pub use candor_core::pedersen;
pub use commitment::{Commitment, CommitmentError};
pub use leaf::PublicLeaf;
pub use pipeline::{CommitError, CommitOptions, commit_folder};
pub use prepare::NO_FORM;
pub use report::CommitReport;
pub use tree::Hash;
pub use vault::{Vault, VaultError, VaultItem};
