//! Committing to a corpus: item commitments, the tree, the public file and the private vault.

pub mod audit;
mod copies;
pub mod earlier;
mod forms;
pub(crate) mod hashes;
#[cfg(test)]
pub(crate) mod liar;
pub mod ocr;
pub mod pipeline;
mod prepare;
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
pub use forms::NoSuchForm;
pub use pipeline::{CommitError, CommitOptions, commit_again, commit_folder};
pub use prepare::{NO_FORM, UNREAD};
pub use report::{CommitReport, facts};
pub use vault::{Vault, VaultError, VaultItem};
