//! The opening tree of an item: one hash `d` in the public leaf, from which any part of the item can be opened
//! alone, and of which nothing can be guessed that was not opened.
//!
//! It is the redactable commitment of Johnson, Molnar, Song and Wagner (2002): a tree of seeds gives every leaf a
//! salt, a hash tree goes over the salted leaves. Who has the seed of a subtree has all salts below it and none
//! beside it, so a stretch of a text is opened with a few seeds and not with a salt a word.
//!
//! ```text
//! s       = 32 bytes of the vault for this item
//! child_b = SHA256(02 || b || s)       salt = SHA256(03 || s)
//! leaf    = SHA256(04 || salt || section u8 || pos u32 || len u32 || value)       node = SHA256(05 || l || r)
//! section = SHA256(06 || salt of the section || section u8 || count u32 || root)
//! d       = SHA256(07 || facts || people || native || text || picture)
//! ```
//!
//! Numbers are little-endian. Every tree has the shape of RFC 6962: of `n` leaves the left subtree has the largest
//! power of two below `n`. Seeds follow the same shapes: the item's seed goes down to five sections, a section's
//! `child_0` gives its own salt and its `child_1` is the root of the seeds of its leaves. A section without leaves
//! has count 0 and 32 zero bytes as its root, and is salted as any other, so what is absent looks like what is closed.
//! 02 to 07 are apart from the corpus tree's 00 and 01 ([`super::tree`]).
//!
//! | section | leaves |
//! |---|---|
//! | 0 facts | a fixed position for each fact ([`facts::FIELDS`]), so that their number says nothing |
//! | 1 people | one for each sender and recipient, in order, with the field ([`people`]) |
//! | 2 native | one: the SHA-256 of the native bytes |
//! | 3 text | one for each word with the white space behind it ([`words`]) |
//! | 4 picture | one for each 16 x 16 tile of the decoded picture, row by row |
//!
//! Opening *some* leaves is [`Part`], opening an item in parts is [`ItemOpening`]; a document that is handed over
//! whole is opened by one seed ([`Disclosed`]).

pub mod disclosed;
pub mod facts;
mod part;
pub mod people;
pub mod seed;
pub mod shape;
pub mod words;

mod item;
#[cfg(test)]
mod naive;

pub use disclosed::{Disclosed, Sections, WrongSection};
pub use item::{ItemOpening, OpenSection, OpeningTreeError};
pub use part::{Part, PartError};
pub use seed::Seed;

use super::tree::Hash;
use sha2::{Digest, Sha256};

/// The parts of an item that have trees of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// What is known about the item.
    Facts,
    /// Senders and recipients.
    People,
    /// The bytes as found.
    Native,
    /// The extracted text.
    Text,
    /// The decoded picture.
    Picture,
}

impl Section {
    /// Every section, in the order of the tree.
    pub const ALL: [Section; 5] = [
        Section::Facts,
        Section::People,
        Section::Native,
        Section::Text,
        Section::Picture,
    ];

    /// Its number in the tree.
    pub fn id(self) -> u8 {
        self as u8
    }

    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Section::Facts => "metadata",
            Section::People => "senders and recipients",
            Section::Native => "bytes",
            Section::Text => "text",
            Section::Picture => "picture",
        }
    }
}

fn leaf_hash(salt: &Hash, section: Section, position: u32, value: &[u8]) -> Hash {
    Sha256::new_with_prefix([4])
        .chain_update(salt)
        .chain_update([section.id()])
        .chain_update(position.to_le_bytes())
        .chain_update((value.len() as u32).to_le_bytes())
        .chain_update(value)
        .finalize()
        .into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([5])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

fn section_hash(salt: &Hash, section: Section, count: u32, root: &Hash) -> Hash {
    Sha256::new_with_prefix([6])
        .chain_update(salt)
        .chain_update([section.id()])
        .chain_update(count.to_le_bytes())
        .chain_update(root)
        .finalize()
        .into()
}

/// `d`: the root over the sections' hashes, in the order of [`Section::ALL`].
pub fn root(sections: &[Hash; 5]) -> Hash {
    let mut hasher = Sha256::new_with_prefix([7]);
    sections.iter().for_each(|hash| hasher.update(hash));
    hasher.finalize().into()
}

/// The hash of a whole section with this seed. The values are taken one after the other: nothing of them is kept
/// but one hash a level.
pub fn section<'v>(
    seed: &Seed,
    section: Section,
    count: u32,
    values: impl IntoIterator<Item = &'v [u8]>,
) -> Hash {
    let mut values = values.into_iter();
    let root = match count {
        0 => [0; 32],
        _ => subtree(&seed.child(1), section, 0, count, &mut values),
    };
    section_hash(&seed.child(0).salt(), section, count, &root)
}

/// The hash over `count` leaves from `first` on, whose seeds all come from `seed`. The recursion is as deep as the
/// tree, at most 32.
fn subtree<'v>(
    seed: &Seed,
    section: Section,
    first: u32,
    count: u32,
    values: &mut impl Iterator<Item = &'v [u8]>,
) -> Hash {
    if count <= 1 {
        let value = values.next().unwrap_or_default();
        return leaf_hash(&seed.salt(), section, first, value);
    }
    let left = shape::split(count);
    let l = subtree(&seed.child(0), section, first, left, values);
    let r = subtree(&seed.child(1), section, first + left, count - left, values);
    node_hash(&l, &r)
}
