//! A corpus must not hold a case: its vault has every document of that case again, and what opens its
//! commitment.

use super::error::IngestError;
use super::file::{SourceFile, SourceStatus};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What the files of a vault begin with, of any version.
const MAGIC: &[u8] = b"candor-vault-";
/// Files of a vault that say by their beginning what they are.
const TOLD: [&str; 4] = ["records.bin", "index.bin", "natives.bin", "texts.bin"];

/// A vault that is locked with a passphrase, and what its file begins with.
const LOCKED: (&str, &[u8]) = ("vault.tar.age", b"age-encryption.org/v1\n");

fn tells(path: &Path) -> bool {
    begins(path, MAGIC)
}

fn begins(path: &Path, with: &[u8]) -> bool {
    let mut begin = vec![0; with.len()];
    // A pipe would never answer.
    let plain = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file());
    plain
        && File::open(path)
            .and_then(|mut file| file.read_exact(&mut begin))
            .is_ok()
        && begin == with
}

/// The vault that a file belongs to, under whatever name it was copied.
fn vault_of(file: &SourceFile) -> Option<PathBuf> {
    let folder = file.path.parent()?;
    let name = file.path.file_name()?.to_str()?;
    let told = file.status == SourceStatus::Regular && TOLD.contains(&name) && tells(&file.path);
    // One that cannot be read now may be read when it is committed.
    let named = name == "vault.json" && folder.file_name().is_some_and(|n| n == "vault");
    let locked = name == LOCKED.0 && begins(&file.path, LOCKED.1);
    (told || named || locked).then(|| folder.to_owned())
}

/// Refuses a corpus that holds a vault or lies in one.
pub(super) fn refuse(root: &Path, files: &[SourceFile]) -> Result<(), IngestError> {
    let around = || {
        let whole = root.canonicalize().ok()?;
        let vault = |folder: &&Path| TOLD.iter().any(|name| tells(&folder.join(name)));
        whole.ancestors().skip(1).find(vault).map(Path::to_owned)
    };
    match files.iter().find_map(vault_of).or_else(around) {
        None => Ok(()),
        Some(vault) => Err(IngestError::HoldsCase {
            path: root.to_owned(),
            vault,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::walk::walk_all;
    use super::*;
    use std::fs;

    fn refused(root: &Path) -> Option<PathBuf> {
        match walk_all(root) {
            Ok(_) => None,
            Err(IngestError::HoldsCase { vault, .. }) => Some(vault),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn a_vault_is_found_wherever_it_lies_and_whatever_it_is_called() {
        let dir = tempfile::tempdir().unwrap();
        let mail = dir.path().join("mail");
        fs::create_dir_all(mail.join("inbox")).unwrap();
        fs::write(mail.join("inbox/1.eml"), "Subject: x\n\ny").unwrap();
        // Names alone make no vault of a document.
        fs::write(mail.join("records.bin"), "measurements").unwrap();
        fs::write(mail.join("vault.json"), "{}").unwrap();
        assert_eq!(refused(&mail), None);
        for name in ["acme/vault", "old/copy of the case", ".commit-in-progress"] {
            let vault = mail.join(name);
            fs::create_dir_all(vault.join("below")).unwrap();
            fs::write(vault.join("below/x.txt"), "x").unwrap();
            fs::write(vault.join("natives.bin"), "candor-vault-natives-9\nsecret").unwrap();
            assert_eq!(refused(&mail), Some(vault.clone()), "{name}");
            assert_eq!(refused(&vault), Some(vault.clone()), "{name}");
            let below = refused(&vault.join("below")).unwrap();
            assert_eq!(below, vault.canonicalize().unwrap(), "{name}");
            fs::remove_dir_all(&vault).unwrap();
        }
        let vault = mail.join("acme/vault");
        fs::create_dir_all(&vault).unwrap();
        fs::write(vault.join("vault.json"), "{}").unwrap();
        assert_eq!(refused(&mail), Some(vault.clone()));
        fs::remove_dir_all(&vault).unwrap();
        let locked = mail.join("acme/vault.tar.age");
        fs::write(&locked, "words about a vault").unwrap();
        assert_eq!(refused(&mail), None);
        fs::write(&locked, "age-encryption.org/v1\n-> scrypt").unwrap();
        assert_eq!(refused(&mail), Some(mail.join("acme")));
    }
}
