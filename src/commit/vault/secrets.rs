//! What a vault must keep to itself, listed for tests that look for it where it must not be.

use super::Vault;
use super::error::VaultError;
use super::record::Blinds;
use crate::item::Form;
use zeroize::Zeroizing;

/// Which secret of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// Everything else follows from it.
    VaultSecret,
    /// Opens everything about the item.
    Seed,
    /// Opens everything but the decoded picture.
    DisclosingSeed,
    /// A blinding factor: form and strip.
    Blind(Form, usize),
    /// A committed vector.
    Vector(Form),
    /// The native bytes.
    Native,
    /// The extracted text.
    Text,
    /// The path in the corpus.
    Path,
}

/// Bytes that may leave the vault only if the item is disclosed. Wiped when dropped.
#[derive(Clone)]
pub struct Secret {
    /// The item.
    pub index: u32,
    /// What it is.
    pub kind: SecretKind,
    /// The bytes.
    pub bytes: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, len) = (self.kind, self.bytes.len());
        write!(f, "{kind:?} of item {} ({len} bytes)", self.index)
    }
}

impl Vault {
    /// Everything that must not leave the vault unless an item is disclosed, item by item: for
    /// tests that search bundles for it.
    pub fn secrets(&self) -> impl Iterator<Item = Result<Vec<Secret>, VaultError>> + '_ {
        (0..self.len()).map(|index| of_item(self, index))
    }
}

fn of_item(vault: &Vault, index: u32) -> Result<Vec<Secret>, VaultError> {
    let item = vault.item(index)?;
    let mut found = Vec::new();
    let mut add = |kind, bytes: &[u8]| {
        if !bytes.is_empty() {
            let bytes = Zeroizing::new(bytes.to_vec());
            found.push(Secret { index, kind, bytes });
        }
    };
    add(SecretKind::VaultSecret, vault.keys().secret().as_bytes());
    let seed = vault.seed(&item);
    add(SecretKind::Seed, seed.as_bytes());
    add(SecretKind::DisclosingSeed, seed.child(0).as_bytes());
    for vector in &item.vectors {
        let blinds = vault.blinds(&item, vector.form());
        let blinds = blinds.iter().flat_map(Blinds::as_bytes);
        for (strip, blind) in blinds.enumerate() {
            add(SecretKind::Blind(vector.form(), strip), blind);
        }
        add(SecretKind::Vector(vector.form()), vector.bytes());
    }
    add(SecretKind::Native, &vault.native_of(&item)?);
    if let Some(text) = vault.text_of(&item)? {
        add(SecretKind::Text, text.as_bytes());
    }
    add(SecretKind::Path, item.path().as_bytes());
    Ok(found)
}
