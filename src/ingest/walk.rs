//! Finds the files of a corpus.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use thiserror::Error;
use walkdir::WalkDir;

use super::limits::IngestOptions;
use super::names;
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
    /// The load file cannot be used.
    #[error("the load file {}: {source}", .path.display())]
    LoadFile {
        /// The load file.
        path: PathBuf,
        /// What is wrong.
        source: VolumeError,
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

/// One file found by [`walk`], to be read with [`super::read_source`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Place in the corpus, `/`-separated; unique.
    pub rel: String,
    /// Where it lies on this machine.
    pub path: PathBuf,
    /// Size in bytes.
    pub len: u64,
    /// What the file system says it is.
    pub status: SourceStatus,
}

impl SourceFile {
    /// A regular file at `path`, to be known as `rel`.
    pub fn regular(rel: impl Into<String>, path: impl Into<PathBuf>, len: u64) -> Self {
        Self {
            rel: rel.into(),
            path: path.into(),
            len,
            status: SourceStatus::Regular,
        }
    }

    /// Whether its name or that of a folder around it begins with a dot.
    pub fn is_hidden(&self) -> bool {
        self.rel.split('/').any(|part| part.starts_with('.'))
    }
}

/// What the file system says about a directory entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceStatus {
    /// A regular file.
    Regular,
    /// A symbolic link: recorded, never followed.
    Link,
    /// A device, socket or pipe: recorded, never opened.
    Special,
    /// Listed, but out of reach; with what the system said. A folder that cannot be listed is one
    /// such entry.
    Unreadable(String),
}

/// Lists every file below `root`, hidden ones included, sorted by path, so that the same corpus
/// gives the same list on every machine. Links are not followed.
///
/// With [`IngestOptions::skip_hidden`], entries whose name begins with a dot are left out.
pub fn walk(root: &Path, options: &IngestOptions) -> Result<Vec<SourceFile>, IngestError> {
    let mut found = walk_all(root)?;
    if options.skip_hidden {
        found.retain(|file| !file.is_hidden());
    }
    Ok(found)
}

/// As [`walk`], and nothing is left out.
pub(super) fn walk_all(root: &Path) -> Result<Vec<SourceFile>, IngestError> {
    let folder = |source| IngestError::Folder {
        path: root.to_owned(),
        source,
    };
    if !std::fs::metadata(root).map_err(folder)?.is_dir() {
        return Err(IngestError::NotAFolder {
            path: root.to_owned(),
        });
    }
    std::fs::read_dir(root).map_err(folder)?;

    let mut found = Vec::new();
    for entry in WalkDir::new(root).min_depth(1).follow_links(false) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => found.push(from_entry(root, &entry)),
            Err(error) => {
                let path = error.path().unwrap_or(root).to_owned();
                found.push(SourceFile {
                    rel: relative(root, &path),
                    path,
                    len: 0,
                    status: SourceStatus::Unreadable(error.to_string()),
                });
            }
        }
    }
    found.sort_by(|a, b| a.rel.cmp(&b.rel).then_with(|| a.path.cmp(&b.path)));
    make_unique(&mut found);
    Ok(found)
}

fn from_entry(root: &Path, entry: &walkdir::DirEntry) -> SourceFile {
    let kind = entry.file_type();
    let (len, status) = if kind.is_symlink() {
        (0, SourceStatus::Link)
    } else if !kind.is_file() {
        (0, SourceStatus::Special)
    } else {
        match entry.metadata() {
            Ok(meta) => (meta.len(), SourceStatus::Regular),
            Err(error) => (0, SourceStatus::Unreadable(error.to_string())),
        }
    };
    SourceFile {
        rel: relative(root, entry.path()),
        path: entry.path().to_owned(),
        len,
        status,
    }
}

fn relative(root: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<String> = inside
        .components()
        .filter_map(|part| match part {
            std::path::Component::Normal(name) => Some(names::component(name)),
            _ => None,
        })
        .collect();
    if parts.is_empty() {
        "unnamed".to_owned()
    } else {
        parts.join("/")
    }
}

/// Names made equal by the replacement of unprintable bytes (which takes a name that itself
/// contains a replacement character) are told apart by a number.
fn make_unique(found: &mut [SourceFile]) {
    let mut taken: HashSet<String> = HashSet::with_capacity(found.len());
    for file in found {
        let mut name = file.rel.clone();
        let mut number = 2;
        while taken.contains(&name) {
            name = format!("{}~{number}", file.rel);
            number += 1;
        }
        file.rel.clone_from(&name);
        taken.insert(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn lists_everything_in_order() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("b/.hidden")).unwrap();
        fs::create_dir(dir.path().join("empty")).unwrap();
        for name in ["b/z.txt", "b/.hidden/x", "a.eml", ".dot", "b-1", "Ä"] {
            fs::write(dir.path().join(name), name).unwrap();
        }
        let files = walk(dir.path(), &IngestOptions::default()).unwrap();
        let rels: Vec<_> = files.iter().map(|f| f.rel.as_str()).collect();
        assert_eq!(
            rels,
            [".dot", "a.eml", "b-1", "b/.hidden/x", "b/z.txt", "Ä"]
        );
        assert!(files.iter().all(|f| f.status == SourceStatus::Regular));
        assert_eq!(files[1].len, 5);
        let options = IngestOptions {
            skip_hidden: true,
            ..IngestOptions::default()
        };
        assert_eq!(walk(dir.path(), &options).unwrap().len(), 4);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_odd_names_are_kept_apart() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(OsStr::from_bytes(b"n\xff")), "1").unwrap();
        fs::write(dir.path().join("n\u{FFFD}FF"), "2").unwrap();
        std::os::unix::fs::symlink("/", dir.path().join("out")).unwrap();
        let files = walk(dir.path(), &IngestOptions::default()).unwrap();
        let rels: HashSet<_> = files.iter().map(|f| f.rel.clone()).collect();
        assert_eq!(rels.len(), 3, "{rels:?}");
        assert_eq!(files[2].rel, "out");
        assert_eq!(files[2].status, SourceStatus::Link);
    }

    #[test]
    fn errors_name_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("nowhere");
        let message = walk(&missing, &IngestOptions::default())
            .unwrap_err()
            .to_string();
        assert!(message.contains("nowhere"), "{message}");
        fs::write(&missing, "").unwrap();
        assert!(matches!(
            walk(&missing, &IngestOptions::default()),
            Err(IngestError::NotAFolder { .. })
        ));
    }
}
