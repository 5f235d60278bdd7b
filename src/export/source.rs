//! The documents of a verified bundle, and the facts about withheld ones that the responder's vault
//! adds: read once more against the committed digests.

use crate::bundle::BundleError;
use crate::commit::meta::ItemMeta;
use crate::commit::{Vault, VaultError};
use crate::verify::VerifiedBundle;
use sha2::Digest as _;

/// A produced document.
#[derive(Debug)]
pub struct Document {
    /// What is known of it.
    pub meta: ItemMeta,
    /// Its bytes.
    pub native: Vec<u8>,
    /// Its text.
    pub text: String,
}

/// Why a document cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The bundle's files are not those that were verified.
    #[error("item {0} was changed after the bundle was verified: verify and export again")]
    Changed(u32),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The vault of another corpus.
    #[error(
        "the case has root {case}, the bundle root {bundle}: give the case that the bundle was made from"
    )]
    OtherCase {
        /// Root of the case.
        case: String,
        /// Root of the bundle.
        bundle: String,
    },
}

/// Reads a produced item, and compares it with the committed digests.
pub fn document(verified: &VerifiedBundle, index: u32) -> Result<Document, SourceError> {
    let bundle = verified.bundle();
    let opening = bundle.opening(index)?;
    let (meta, _) = bundle.meta(index)?;
    let native = bundle.native(index, &meta)?;
    let text = bundle.text(index)?;
    let sha256 = sha2::Sha256::digest(&native).into();
    let same = verified.leaves().get(index as usize).is_some_and(|leaf| {
        let opened = opening.disclosed.check_all(leaf.d(), &meta, &sha256, &text);
        opened.is_ok()
    });
    if same {
        Ok(Document { meta, native, text })
    } else {
        Err(SourceError::Changed(index))
    }
}

/// The responder's own record, which knows what the bundle keeps back.
#[derive(Debug)]
pub struct Insider<'a> {
    vault: &'a Vault,
}

impl<'a> Insider<'a> {
    /// The vault, if it is that of the bundle.
    pub fn new(vault: &'a Vault, verified: &VerifiedBundle) -> Result<Self, SourceError> {
        let (case, bundle) = (vault.commitment().root_hex(), &verified.report().root);
        if case == bundle {
            Ok(Insider { vault })
        } else {
            Err(SourceError::OtherCase {
                case: case.to_owned(),
                bundle: bundle.clone(),
            })
        }
    }

    /// The case.
    pub fn vault(&self) -> &Vault {
        self.vault
    }

    /// The metadata that was committed for an item.
    pub fn meta(&self, verified: &VerifiedBundle, index: u32) -> Result<ItemMeta, SourceError> {
        let item = self.vault.item(index)?;
        let opened = self.vault.disclosed(&item);
        let leaf = verified.leaves().get(index as usize);
        let same = leaf.is_some_and(|leaf| opened.check_root(leaf.d()).is_ok());
        if same && opened.check_meta(item.meta()).is_ok() {
            Ok(item.meta().clone())
        } else {
            Err(SourceError::Changed(index))
        }
    }
}
