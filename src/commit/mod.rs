//! Committing to a corpus: item commitments, the tree, the public file and the private vault.

pub mod codec;
pub mod commitment;
pub mod digest;
pub mod leaf;
pub mod meta;
pub mod pedersen;
pub mod tree;

pub use commitment::{Commitment, CommitmentError};
pub use leaf::PublicLeaf;
pub use tree::Hash;
