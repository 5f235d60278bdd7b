//! Committing to a corpus: item commitments, the tree, the public file and the private vault.

pub mod codec;
pub mod leaf;
pub mod pedersen;
pub mod tree;
