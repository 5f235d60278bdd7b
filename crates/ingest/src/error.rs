//! Why nothing of a corpus can be read.

use std::path::PathBuf;

use thiserror::Error;

use super::selection::PatternError;
use super::volume::VolumeError;

/// Why a corpus folder cannot be walked at all. Problems with single files are no such errors:
/// they become exceptions.
#[derive(Debug, Error)]
pub enum IngestError {
    /// The folder is missing or cannot be listed.
    #[error("cannot read the folder {}: {source}; check the path and its permissions", .path.display())]
    Folder {
        /// The folder given.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file was given where a folder is needed.
    #[error("{} is not a folder; give the folder that holds the corpus", .path.display())]
    NotAFolder {
        /// The path given.
        path: PathBuf,
    },
    /// There is a case in it.
    #[error(
        "{} holds a case of candor, or lies in one: {} is a vault, with every document of that case and what \
         opens its commitment. Give the folder that has the documents alone, or move the case out of it",
        .path.display(), .vault.display()
    )]
    HoldsCase {
        /// The folder given.
        path: PathBuf,
        /// The vault.
        vault: PathBuf,
    },
    /// The load file cannot be used.
    #[error("the load file {}: {source}", .path.display())]
    LoadFile {
        /// The load file.
        path: PathBuf,
        /// What is wrong.
        source: VolumeError,
    },
    /// Something that is a load file and cannot be read as one.
    #[error(
        "{} is a load file that cannot be used ({why}): mend it, name another one with --load-file, or commit the \
         files as they are with --no-load-file", .path.display()
    )]
    NotUnderstood {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// More than one load file.
    #[error(
        "there are {} load files in {} ({}): name one with --load-file, or commit the files as they are \
         with --no-load-file", .found.len(), .folder.display(), list(.found)
    )]
    SeveralLoadFiles {
        /// The folder.
        folder: PathBuf,
        /// The load files.
        found: Vec<PathBuf>,
    },
    /// A pattern that means nothing.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

fn list(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths
        .iter()
        .take(5)
        .map(|path| path.display().to_string())
        .collect();
    names.join(", ")
}
