//! Whether a case has a vault, and holding on to it.

use super::error::VaultError;
use super::layout;
use crate::private;
use std::fs::File;
use std::path::{Path, PathBuf};

/// The archive that stands for a locked vault.
pub const LOCKED: &str = "vault.tar.age";

/// The archive of a case.
pub fn archive(case: &Path) -> PathBuf {
    case.join(LOCKED)
}

/// Whether a case has an archive instead of its vault.
pub fn is_locked(case: &Path) -> bool {
    !layout::dir(case).is_dir() && archive(case).is_file()
}

/// The vault's folder, or why there is none.
pub(crate) fn find(case: &Path) -> Result<PathBuf, VaultError> {
    let dir = layout::dir(case);
    if dir.is_dir() {
        return Ok(dir);
    }
    let case = case.to_owned();
    Err(if is_locked(&case) {
        VaultError::Locked { case }
    } else if case.join(layout::IN_PROGRESS).exists() {
        VaultError::Interrupted { case }
    } else {
        VaultError::Missing { case }
    })
}

/// Whether there is an open vault, or why not.
pub fn presence(case: &Path) -> Result<(), VaultError> {
    find(case).map(drop)
}

/// Keeps others from locking the vault with a passphrase, until it is dropped. Whoever reads the vault or
/// writes into it holds one.
pub(crate) fn use_of(case: &Path) -> Result<File, VaultError> {
    let path = find(case)?.join(layout::MANIFEST);
    match private::Lock::share(&path) {
        Ok(Some(file)) => Ok(file),
        Ok(None) => Err(VaultError::BeingLocked {
            case: case.to_owned(),
        }),
        // It may have been taken away a moment ago.
        Err(source) => Err(find(case).err().unwrap_or(VaultError::Io { path, source })),
    }
}
