//! The commitment tree: `rs_merkle` over SHA-256 with separated domains.
//!
//! ```text
//! leaf = SHA256(0x00 || encoded leaf)         node = SHA256(0x01 || left || right)
//! ```
//!
//! `rs_merkle` promotes a node without a right sibling unchanged to the next level, so the tree
//! alone does not say how many leaves it has: `[a, b, c]` and `[node(a, b), c]` have one root.
//! Two things exclude the confusion. (1) A leaf hash starts from `0x00` and a node hash from `0x01`,
//! so a node cannot be presented as a leaf. (2) The count is part of the commitment's root
//! ([`super::commitment`]). For a fixed count the shape of the tree is fixed, and going down from
//! equal roots, each node of the two trees is either the hash of its two children, which are then
//! equal unless SHA-256 collides, or a promoted copy of its only child: hence equal leaves.

use rs_merkle::{Hasher, MerkleProof, MerkleTree};
use sha2::{Digest, Sha256};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

#[derive(Clone)]
struct NodeHasher;

impl Hasher for NodeHasher {
    type Hash = Hash;

    fn hash(data: &[u8]) -> Hash {
        leaf_hash(data)
    }

    fn concat_and_hash(left: &Hash, right: Option<&Hash>) -> Hash {
        match right {
            Some(right) => node_hash(left, right),
            None => *left,
        }
    }
}

/// The hash of an encoded leaf.
pub fn leaf_hash(encoded: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(encoded)
        .finalize()
        .into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// The root over the hashes of the leaves in order; `None` without leaves.
pub fn merkle_root(leaves: &[Hash]) -> Option<Hash> {
    MerkleTree::<NodeHasher>::from_leaves(leaves).root()
}

/// The sibling hashes that show the leaf at `index` to be in the tree, lowest first.
pub fn inclusion_path(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    (index < leaves.len()).then(|| {
        MerkleTree::<NodeHasher>::from_leaves(leaves)
            .proof(&[index])
            .proof_hashes()
            .to_vec()
    })
}

/// Whether `path` shows `leaf` to be the leaf at `index` of the tree with this root and count.
pub fn includes(root: &Hash, count: usize, index: usize, leaf: &Hash, path: &[Hash]) -> bool {
    index < count
        && path.len() == path_len(count, index)
        && MerkleProof::<NodeHasher>::new(path.to_vec()).verify(*root, &[index], &[*leaf], count)
}

/// How many siblings the leaf at `index` meets on its way up in a tree of `count` leaves.
fn path_len(count: usize, index: usize) -> usize {
    let (mut width, mut at, mut siblings) = (count, index, 0);
    while width > 1 {
        if at % 2 == 1 || at + 1 < width {
            siblings += 1;
        }
        at /= 2;
        width = width.div_ceil(2);
    }
    siblings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(n: usize) -> Vec<Hash> {
        (0..n).map(|i| leaf_hash(&i.to_le_bytes())).collect()
    }

    /// The same tree written down level by level, without the crate.
    fn independent_root(leaves: &[Hash]) -> Hash {
        let mut level = leaves.to_vec();
        while level.len() > 1 {
            level = level
                .chunks(2)
                .map(|pair| match pair {
                    [left, right] => {
                        let mut bytes = vec![1];
                        bytes.extend_from_slice(left);
                        bytes.extend_from_slice(right);
                        Sha256::digest(&bytes).into()
                    }
                    _ => pair[0],
                })
                .collect();
        }
        level[0]
    }

    #[test]
    fn agrees_with_an_independent_computation() {
        assert_eq!(merkle_root(&[]), None);
        for n in 1..=33 {
            let leaves = leaves(n);
            assert_eq!(merkle_root(&leaves), Some(independent_root(&leaves)), "{n}");
        }
    }

    #[test]
    fn every_leaf_has_a_path_and_only_its_own() {
        for n in 1..=17 {
            let leaves = leaves(n);
            let root = merkle_root(&leaves).unwrap();
            for i in 0..n {
                let path = inclusion_path(&leaves, i).unwrap();
                assert!(includes(&root, n, i, &leaves[i], &path), "{i} of {n}");
                let stranger = leaf_hash(b"stranger");
                assert!(!includes(&root, n, i, &stranger, &path));
                if n > 1 {
                    assert!(!includes(&root, n, (i + 1) % n, &leaves[i], &path));
                }
                let mut long = path.clone();
                long.push(stranger);
                assert!(!includes(&root, n, i, &leaves[i], &long));
                if let Some(short) = path.split_last() {
                    assert!(!includes(&root, n, i, &leaves[i], short.1));
                }
            }
            assert_eq!(inclusion_path(&leaves, n), None);
        }
    }

    #[test]
    fn promotion_confuses_counts_so_the_count_must_be_bound() {
        let three = leaves(3);
        let two = [node_hash(&three[0], &three[1]), three[2]];
        assert_eq!(merkle_root(&three), merkle_root(&two));
        // No leaf encoding has that hash: leaves and nodes are hashed in separate domains.
        let as_leaf = leaf_hash(&[three[0], three[1]].concat());
        assert_ne!(as_leaf, two[0]);
    }
}
