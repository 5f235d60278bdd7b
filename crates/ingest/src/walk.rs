//! Finds the files of a corpus.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;
use walkdir::WalkDir;

use candor_edge::input::{self, Change, Folder, Stamp};

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
    /// The folder it was found in, and what it was then.
    place: Option<Place>,
}

/// Where a file was found, held so that another thing in its place is noticed.
#[derive(Debug, Clone)]
struct Place {
    folder: Arc<Folder>,
    inside: PathBuf,
    stamp: Stamp,
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        (self.folder.path(), &self.inside, self.stamp)
            == (other.folder.path(), &other.inside, other.stamp)
    }
}

impl Eq for Place {}

/// A source file that was opened.
#[derive(Debug)]
pub(super) struct Opened {
    /// To be read.
    pub file: File,
    stamp: Option<Stamp>,
}

/// What is said of a file that grew or changed while the corpus was read.
pub(super) const WRITTEN: &str =
    "the file was written to between listing and reading; this is what it held when it was read";

impl Opened {
    /// Whether the file was written to since it was listed. Asked before and after reading.
    pub fn was_written(&self) -> io::Result<bool> {
        Ok(match self.stamp {
            Some(stamp) => stamp.change(&self.file)?.is_some(),
            None => false,
        })
    }
}

impl SourceFile {
    /// A regular file at `path`, to be known as `rel`.
    pub fn regular(rel: impl Into<String>, path: impl Into<PathBuf>, len: u64) -> Self {
        Self {
            rel: rel.into(),
            path: path.into(),
            len,
            status: SourceStatus::Regular,
            place: None,
        }
    }

    /// Opens it. A file that was found by [`walk`] is reached from the folder that was walked, without following
    /// a link anywhere, and has to be the one that was found: what was put in its place since is not read.
    pub(super) fn open(&self) -> io::Result<Opened> {
        let Some(place) = &self.place else {
            return Ok(Opened {
                file: input::open(&self.path)?,
                stamp: None,
            });
        };
        let file = place.folder.file(&place.inside)?;
        if place.stamp.change(&file)? == Some(Change::Replaced) {
            let what = "another file was put in its place while the corpus was read";
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        Ok(Opened {
            file,
            stamp: Some(place.stamp),
        })
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
    let held = Arc::new(Folder::open(root).map_err(folder)?);

    let mut found = Vec::new();
    for entry in WalkDir::new(root).min_depth(1).follow_links(false) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => found.push(from_entry(&held, root, &entry)),
            Err(error) => {
                let path = error.path().unwrap_or(root).to_owned();
                found.push(SourceFile {
                    rel: relative(root, &path),
                    path,
                    len: 0,
                    status: SourceStatus::Unreadable(error.to_string()),
                    place: None,
                });
            }
        }
    }
    super::vaults::refuse(root, &found)?;
    found.sort_by(|a, b| a.rel.cmp(&b.rel).then_with(|| a.path.cmp(&b.path)));
    make_unique(&mut found);
    Ok(found)
}

fn from_entry(held: &Arc<Folder>, root: &Path, entry: &walkdir::DirEntry) -> SourceFile {
    let mut place = None;
    let kind = entry.file_type();
    let (len, status) = if kind.is_symlink() {
        (0, SourceStatus::Link)
    } else if !kind.is_file() {
        (0, SourceStatus::Special)
    } else {
        match entry.metadata() {
            Ok(meta) => {
                place = entry.path().strip_prefix(root).ok().map(|inside| Place {
                    folder: Arc::clone(held),
                    inside: inside.to_owned(),
                    stamp: Stamp::of(&meta),
                });
                (meta.len(), SourceStatus::Regular)
            }
            Err(error) => (0, SourceStatus::Unreadable(error.to_string())),
        }
    };
    SourceFile {
        rel: relative(root, entry.path()),
        path: entry.path().to_owned(),
        len,
        status,
        place,
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

    #[cfg(unix)]
    #[test]
    fn what_was_swapped_after_the_walk_is_not_read() {
        use crate::{ExceptionReason, Family, read_source};
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        use std::os::unix::fs::symlink;
        let outside = tempfile::tempdir().unwrap();
        fs::create_dir(outside.path().join("sub")).unwrap();
        let secret = outside.path().join("sub/b.txt");
        fs::write(&secret, "the secret of another folder").unwrap();
        type Swap<'a> = &'a dyn Fn(&Path);
        let swaps: [(&str, Swap<'_>); 5] = [
            ("a link", &|dir| {
                fs::remove_file(dir.join("sub/b.txt")).unwrap();
                symlink(&secret, dir.join("sub/b.txt")).unwrap();
            }),
            ("a folder above it is a link", &|dir| {
                fs::rename(dir.join("sub"), dir.join("moved")).unwrap();
                symlink(outside.path().join("sub"), dir.join("sub")).unwrap();
            }),
            ("a pipe", &|dir| {
                let path = dir.join("sub/b.txt");
                fs::remove_file(&path).unwrap();
                mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
            }),
            ("another file", &|dir| {
                fs::hard_link(&secret, dir.join("new")).unwrap();
                fs::rename(dir.join("new"), dir.join("sub/b.txt")).unwrap();
            }),
            ("a folder", &|dir| {
                fs::remove_file(dir.join("sub/b.txt")).unwrap();
                fs::create_dir(dir.join("sub/b.txt")).unwrap();
            }),
        ];
        for (what, swap) in swaps {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir(dir.path().join("sub")).unwrap();
            fs::write(dir.path().join("sub/b.txt"), "what was listed").unwrap();
            let files = walk(dir.path(), &IngestOptions::default()).unwrap();
            swap(dir.path());
            let options = IngestOptions::default();
            let read: Vec<Family> = read_source(&files[0], &options).collect();
            let item = &read[0][0];
            let reason = item.exception.as_ref().map(|e| e.reason);
            assert_eq!(reason, Some(ExceptionReason::Unreadable), "{what}");
            assert!(item.bytes.is_empty() && item.text.is_none(), "{what}");
        }
    }

    #[test]
    fn what_was_written_to_meanwhile_is_said() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.txt"), "what was listed").unwrap();
        let files = walk(dir.path(), &IngestOptions::default()).unwrap();
        let warnings = || {
            let options = IngestOptions::default();
            let family = crate::read_source(&files[0], &options).next().unwrap();
            family[0].ledger.line()
        };
        assert_eq!(warnings(), "");
        fs::write(dir.path().join("a.txt"), "something longer than that").unwrap();
        assert!(warnings().contains(WRITTEN));
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
