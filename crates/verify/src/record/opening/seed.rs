//! Seeds: who has one has all salts below it, and none beside it.

use crate::record::tree::Hash;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A seed of a subtree. Debug output hides it; it is wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Seed(Hash);

impl Seed {
    /// As derived by a vault or disclosed.
    pub fn from_bytes(bytes: Hash) -> Self {
        Seed(bytes)
    }

    /// For disclosure.
    pub fn as_bytes(&self) -> &Hash {
        &self.0
    }

    /// The seed of the left (0) or right (1) subtree.
    pub fn child(&self, side: u8) -> Seed {
        let hasher = Sha256::new_with_prefix([2, side]);
        Seed(hasher.chain_update(self.0).finalize().into())
    }

    /// The salt of the leaf whose seed this is.
    pub fn salt(&self) -> Hash {
        let hasher = Sha256::new_with_prefix([3]);
        hasher.chain_update(self.0).finalize().into()
    }

    /// The seed of the subtree with these leaves, in the tree of `count` leaves whose seed this is. The leaves have
    /// to be those of a subtree.
    pub fn of_subtree(&self, count: u32, leaves: &std::ops::Range<u32>) -> Seed {
        let (mut seed, mut at) = (self.clone(), 0..count);
        while at != *leaves && at.end - at.start > 1 {
            let middle = at.start + super::shape::split(at.end - at.start);
            (seed, at) = match leaves.start < middle {
                true => (seed.child(0), at.start..middle),
                false => (seed.child(1), middle..at.end),
            };
        }
        seed
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(..)")
    }
}
