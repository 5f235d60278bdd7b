//! Committing to a corpus: item commitments, the tree, the public file and the private vault.

pub mod audit;
mod copies;
pub mod earlier;
mod error;
mod forms;
pub(crate) mod hashes;
#[cfg(test)]
pub(crate) mod liar;
mod names;
pub mod ocr;
pub mod pipeline;
pub(crate) mod prepare;
pub mod report;
pub mod rules;
mod source;
pub mod vault;

pub use candor_core::pedersen;
pub use candor_verify::record::{
    Commitment, CommitmentError, Hash, Numbering, OpenError, PublicLeaf, chain, codec, commitment,
    families, identity, kin, leaf, leaves, meta, open_commitment, opening, scope, succession,
    supplement, tree,
};
pub use earlier::Supplementing;
pub use error::CommitError;
pub use forms::NoSuchForm;
pub use names::{NO_FORM, UNREAD};
pub use pipeline::{CommitOptions, commit_again, commit_folder};
pub use report::{CommitReport, facts};
pub use vault::{Vault, VaultError, VaultItem};
