//! What is published about a corpus: the commitment file, its leaves and their tree, and the formats beneath.
//! Nothing here knows a vault.

pub mod chain;
pub mod codec;
pub mod commitment;
pub mod digest;
pub mod identity;
pub mod leaf;
pub mod meta;
pub mod scope;
pub mod tree;

pub use commitment::{Commitment, CommitmentError, OpenError, open_commitment};
pub use leaf::PublicLeaf;
pub use tree::Hash;
