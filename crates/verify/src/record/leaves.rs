//! The public leaf of every committed item, in index order: `leaves` beside the commitment file, and
//! `data/leaves.bin` in bundles that are to be verified without it.
//!
//! ```text
//! "candor-leaves-2\n"   count u32   then per leaf: length u16, encoding      (little-endian)
//! ```

use super::PublicLeaf;
use super::codec::{CodecError, Reader};
use super::leaf::{LeafError, MAX_LEAF_BYTES};
use std::io::{self, Read};

const MAGIC: &[u8] = b"candor-leaves-2\n";

/// Leaves that are parsed at a time.
const AT_ONCE: u32 = 4096;

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
    /// Another number of leaves than there are items.
    #[error(
        "it lists {found} items, where the commitment has {expected}: these are the leaves of another one"
    )]
    Count {
        /// Items of the commitment.
        expected: u32,
        /// Leaves that the list announces.
        found: u32,
    },
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What begins a list of so many leaves; the leaves follow, each as [`put`] writes it.
pub fn head(count: u32) -> Vec<u8> {
    [MAGIC, &count.to_le_bytes()].concat()
}

/// Appends a leaf.
pub fn put(out: &mut Vec<u8>, leaf: &PublicLeaf) {
    let encoded = leaf.encode();
    debug_assert!(encoded.len() <= MAX_LEAF_BYTES);
    out.extend_from_slice(&(encoded.len() as u16).to_le_bytes());
    out.extend_from_slice(&encoded);
}

/// Writes the list.
pub fn encode<'l>(count: u32, leaves: impl Iterator<Item = &'l PublicLeaf>) -> Vec<u8> {
    let mut out = head(count);
    leaves.for_each(|leaf| put(&mut out, leaf));
    out
}

/// Reads the list: every leaf canonical and in its place, nothing behind the last, and exactly `expected` of them
/// if that is known. Memory is taken for leaves that were read, never for what a number announces.
pub fn decode(mut from: impl Read, expected: Option<u32>) -> Result<Vec<PublicLeaf>, LeavesError> {
    let mut head = [0; MAGIC.len() + 4];
    fill(&mut from, &mut head)?;
    let (magic, count) = head.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(LeavesError::Magic);
    }
    let count = Reader::new(count).u32()?;
    if let Some(expected) = expected.filter(|&expected| expected != count) {
        return Err(LeavesError::Count {
            expected,
            found: count,
        });
    }
    let mut leaves = Vec::new();
    let mut next = 0;
    while next < count {
        let end = next.saturating_add(AT_ONCE).min(count);
        let mut encoded = Vec::new();
        for _ in next..end {
            let mut len = [0; 2];
            fill(&mut from, &mut len)?;
            let mut leaf = vec![0; usize::from(u16::from_le_bytes(len))];
            fill(&mut from, &mut leaf)?;
            encoded.push(leaf);
        }
        leaves.extend(parse(next, &encoded)?);
        next = end;
    }
    match io::copy(&mut from.take(1 << 20), &mut io::sink())? {
        0 => Ok(leaves),
        more => Err(CodecError::Trailing(more as usize).into()),
    }
}

fn fill(from: &mut impl Read, bytes: &mut [u8]) -> Result<(), LeavesError> {
    from.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => CodecError::Truncated.into(),
        _ => error.into(),
    })
}

fn parse(first: u32, encoded: &[Vec<u8>]) -> Result<Vec<PublicLeaf>, LeavesError> {
    use rayon::prelude::*;
    encoded
        .par_iter()
        .enumerate()
        .map(|(i, part)| {
            let expected = first + i as u32;
            PublicLeaf::parse(expected, part).map_err(|source| LeavesError::Leaf {
                index: expected,
                source,
            })
        })
        .collect()
}
