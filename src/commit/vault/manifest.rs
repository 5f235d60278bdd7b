//! What the vault says of itself: where the documents came from, and the secrets that everything else follows from.

use super::error::{VaultError, damaged};
use super::layout::at;
use super::secret::VaultSecret;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Longest manifest that is read.
const MAX_BYTES: u64 = 64 << 20;

/// Version 3 derives seeds and blinds from one secret.
const FORMAT: &str = "candor-vault-3";

/// Where the documents came from, and the responder's half of the seed of audits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    format: String,
    /// What [`crate::commit::chain`] hashes.
    pub(super) audit_secret: VaultSecret,
    /// What seeds and blinds are derived from, see [`super::keys`].
    pub(super) secret: VaultSecret,
    /// The corpus folder as it was when committing.
    pub(super) source: PathBuf,
    /// Whether files were left in the corpus folder instead of being copied.
    pub(super) reference: bool,
    /// The case that this one supplements, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) supplements: Option<PathBuf>,
}

impl Manifest {
    pub fn new(
        source: PathBuf,
        reference: bool,
        audit_secret: VaultSecret,
        secret: VaultSecret,
    ) -> Self {
        Manifest {
            format: FORMAT.to_owned(),
            audit_secret,
            secret,
            source,
            reference,
            supplements: None,
        }
    }

    /// Of a vault that supplements the one of this case.
    pub fn supplementing(mut self, case: Option<PathBuf>) -> Self {
        self.supplements = case;
        self
    }

    pub(super) fn to_json(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(serde_json::to_vec_pretty(self).unwrap_or_default())
    }
}

pub(super) fn open(path: &Path) -> Result<Manifest, VaultError> {
    let bytes = Zeroizing::new(at(path, crate::input::read(path, MAX_BYTES))?);
    match serde_json::from_slice::<Manifest>(&bytes) {
        Ok(manifest) if manifest.format == FORMAT => Ok(manifest),
        Ok(manifest) => Err(damaged(
            path,
            format!("it has format '{}', not '{FORMAT}'", manifest.format),
        )),
        Err(error) => Err(damaged(path, error)),
    }
}
