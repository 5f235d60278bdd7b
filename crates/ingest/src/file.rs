//! One file of a corpus, from when it is listed until it is read.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use candor_edge::input::{self, Change, Folder, Stamp};

/// One file found by [`super::walk()`], to be read with [`super::read_source`].
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
    pub(super) place: Option<Place>,
}

/// Where a file was found, held so that another thing in its place is noticed.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub folder: Arc<Folder>,
    pub inside: PathBuf,
    pub stamp: Stamp,
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

    /// Opens it. A file that was found by [`super::walk()`] is reached from the folder that was walked, without following
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
