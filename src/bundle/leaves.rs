//! `leaves.bin`: the public leaf of every committed item, in index order.
//!
//! ```text
//! "candor-leaves-1\n"   count u32   then per leaf: length u16, encoding      (little-endian)
//! ```

use crate::commit::PublicLeaf;
use crate::commit::codec::{CodecError, Reader};
use crate::commit::leaf::{LeafError, MAX_LEAF_BYTES};

const MAGIC: &[u8] = b"candor-leaves-1\n";

/// Longest file that is read: 16 million leaves of ordinary size.
pub const MAX_BYTES: u64 = 4 << 30;

/// Why the leaves are refused.
#[derive(Debug, thiserror::Error)]
pub enum LeavesError {
    /// Not such a file.
    #[error("it does not start as a list of leaves")]
    Magic,
    /// Too short or too long.
    #[error("the list of leaves is malformed: {0}")]
    Codec(#[from] CodecError),
    /// One leaf.
    #[error("leaf {index}: {source}")]
    Leaf {
        /// Its place.
        index: u32,
        /// What is wrong.
        source: LeafError,
    },
    /// A leaf in the wrong place.
    #[error("leaf {found} stands where leaf {expected} belongs")]
    Order {
        /// The place.
        expected: u32,
        /// The leaf's own index.
        found: u32,
    },
}

/// Writes the list.
pub fn encode<'l>(count: u32, leaves: impl Iterator<Item = &'l PublicLeaf>) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&count.to_le_bytes());
    for leaf in leaves {
        let encoded = leaf.encode();
        debug_assert!(encoded.len() <= MAX_LEAF_BYTES);
        out.extend_from_slice(&(encoded.len() as u16).to_le_bytes());
        out.extend_from_slice(&encoded);
    }
    out
}

/// Reads the list: every leaf canonical and in its place, nothing behind the last.
pub fn decode(bytes: &[u8]) -> Result<Vec<PublicLeaf>, LeavesError> {
    use rayon::prelude::*;
    let rest = bytes.strip_prefix(MAGIC).ok_or(LeavesError::Magic)?;
    let mut reader = Reader::new(rest);
    let count = reader.u32()?;
    let mut parts = Vec::new();
    for _ in 0..count {
        let len = u16::from_le_bytes(reader.array()?);
        parts.push(reader.take(usize::from(len))?);
    }
    reader.finish()?;
    parts
        .par_iter()
        .enumerate()
        .map(|(i, part)| {
            let expected = i as u32;
            let leaf = PublicLeaf::parse(part).map_err(|source| LeavesError::Leaf {
                index: expected,
                source,
            })?;
            if leaf.index() != expected {
                return Err(LeavesError::Order {
                    expected,
                    found: leaf.index(),
                });
            }
            Ok(leaf)
        })
        .collect()
}
