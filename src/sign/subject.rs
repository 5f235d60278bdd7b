//! What is signed or time-stamped when a path is named.

use crate::bundle::bag;
use std::path::{Path, PathBuf};

/// The file that a signature or time-stamp is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    file: PathBuf,
}

/// Why a path cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum SubjectError {
    /// A folder that is no bundle.
    #[error("{} is a folder but not a bundle: it has no {}", .0.display(), bag::TAG_MANIFEST)]
    Folder(PathBuf),
    /// Nothing there.
    #[error("{} does not exist", .0.display())]
    Missing(PathBuf),
}

impl Subject {
    /// A file stands for itself, a bundle for its tag manifest, a case for its commitment file.
    pub fn of(path: &Path) -> Result<Self, SubjectError> {
        if !path.exists() {
            return Err(SubjectError::Missing(path.to_owned()));
        }
        if !path.is_dir() {
            return Ok(Subject {
                file: path.to_owned(),
            });
        }
        for name in [bag::TAG_MANIFEST, crate::commit::commitment::FILE_NAME] {
            let file = path.join(name);
            if file.is_file() {
                return Ok(Subject { file });
            }
        }
        Err(SubjectError::Folder(path.to_owned()))
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The file's name with an extension more, beside it: `.minisig`, `.tsq`, `.tsr`.
    pub fn beside(&self, extension: &str) -> PathBuf {
        let mut name = self.file.file_name().unwrap_or_default().to_owned();
        name.push(".");
        name.push(extension);
        self.file.with_file_name(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundles_cases_and_files_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        assert!(matches!(
            Subject::of(dir.path()),
            Err(SubjectError::Folder(_))
        ));
        std::fs::write(at("commitment.json"), "").unwrap();
        let case = Subject::of(dir.path()).unwrap();
        assert_eq!(case.file(), at("commitment.json"));
        assert_eq!(case.beside("minisig"), at("commitment.json.minisig"));
        std::fs::write(at(bag::TAG_MANIFEST), "").unwrap();
        let bundle = Subject::of(dir.path()).unwrap();
        let name = bundle.beside("tsr");
        let name = name.file_name().unwrap().to_str().unwrap();
        assert!(bag::OPTIONAL.contains(&name));
        assert!(matches!(
            Subject::of(&at("none")),
            Err(SubjectError::Missing(_))
        ));
    }
}
