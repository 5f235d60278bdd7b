//! What is published about a corpus: the commitment file, its leaves and their tree, and the formats beneath.
//! Nothing here knows a vault.

pub mod chain;
pub mod codec;
pub mod commitment;
pub mod families;
pub mod identity;
pub mod kin;
pub mod leaf;
pub mod leaves;
pub mod meta;
pub mod opening;
pub mod scope;
pub mod succession;
pub mod supplement;
pub mod tree;
mod unique;

pub use commitment::{Commitment, CommitmentError, Numbering, OpenError, Stated, open_commitment};
pub use leaf::PublicLeaf;
pub use tree::Hash;
