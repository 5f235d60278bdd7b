//! Salted digests of what an item consists of.
//!
//! ```text
//! digest = SHA256(domain || 0x00 || salt || data)
//! ```
//!
//! Every digest of every item has its own 32-byte salt from the operating system, so a leaf tells
//! nothing about an item to somebody who guesses its content, and disclosing one part of an item
//! (its metadata in a withheld log) does not open the others.

use super::tree::Hash;
use rand::TryRng;
use rand::rngs::{SysError, SysRng};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// 32 bytes that make a digest unguessable. Debug output hides them.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Salt([u8; 32]);

impl Salt {
    /// A fresh salt from the operating system's generator.
    pub fn random() -> Result<Self, SysError> {
        let mut salt = Salt([0; 32]);
        SysRng.try_fill_bytes(&mut salt.0)?;
        Ok(salt)
    }

    /// A salt that was disclosed or stored.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Salt(bytes)
    }

    /// The bytes, for disclosure or storage.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for Salt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salt(..)")
    }
}

/// What a digest is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The bytes as found.
    Native,
    /// The extracted text; an item without text has the empty text.
    Text,
    /// The metadata, see [`super::meta::ItemMeta`].
    Meta,
}

impl Part {
    fn domain(self) -> &'static [u8] {
        match self {
            Part::Native => b"candor/item/native/v1\0",
            Part::Text => b"candor/item/text/v1\0",
            Part::Meta => b"candor/item/meta/v1\0",
        }
    }

    /// The salted digest of `data`.
    pub fn digest(self, salt: &Salt, data: &[u8]) -> Hash {
        self.hasher(salt).chain_update(data).finalize().into()
    }

    /// The same for data that comes in pieces.
    pub fn hasher(self, salt: &Salt) -> Sha256 {
        Sha256::new()
            .chain_update(self.domain())
            .chain_update(salt.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_pinned_and_separate_parts_and_salts() {
        let salt = Salt::from_bytes([7; 32]);
        let native = Part::Native.digest(&salt, b"data");
        let by_hand = [b"candor/item/native/v1\0", &[7u8; 32][..], b"data"].concat();
        assert_eq!(native, <Hash>::from(Sha256::digest(&by_hand)));
        assert_ne!(native, Part::Text.digest(&salt, b"data"));
        assert_ne!(native, Part::Meta.digest(&salt, b"data"));
        assert_ne!(
            native,
            Part::Native.digest(&Salt::from_bytes([8; 32]), b"data")
        );
    }

    #[test]
    fn fresh_salts_differ_and_are_not_printed() {
        let salt = Salt::random().unwrap();
        assert_ne!(salt, Salt::random().unwrap());
        assert_eq!(format!("{salt:?}"), "Salt(..)");
    }
}
