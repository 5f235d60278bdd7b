//! A folder that appears whole or not at all.

use super::files::{self, hidden, rename_new};
use super::lock::{LOCK, Lock, Locking, WORK};
use super::parent;
use super::sweep::{remove_unfinished, sweep};
use crate::Surroundings;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

const CONTENT: &str = "content";

/// Why a folder cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is something already.
    #[error("{} exists already and candor never overwrites: choose another folder", .0.display())]
    Exists(PathBuf),
    /// Another process is at it.
    #[error("another candor is writing {} right now: let it finish", .0.display())]
    Busy(PathBuf),
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, WorkError> {
    result.map_err(|source| WorkError::Io {
        path: path.to_owned(),
        source,
    })
}

/// A folder that is being written beside its place, for its owner only. [`WorkFolder::publish`] puts it
/// there; dropped before, it is gone. A killed process leaves it behind, and whoever next writes a folder
/// beside it sweeps it.
#[derive(Debug)]
pub struct WorkFolder {
    target: PathBuf,
    root: PathBuf,
    content: PathBuf,
    lock: Option<Lock>,
}

impl WorkFolder {
    /// The name under which the folder `target` is being written.
    pub fn place_of(target: &Path) -> PathBuf {
        parent(target).join(hidden(target.file_name().unwrap_or_default(), WORK))
    }

    /// Starts a folder that must not exist. Folders above it that are missing are made for the owner only;
    /// what killed runs left beside it is swept.
    pub fn create(target: &Path) -> Result<Self, WorkError> {
        if target.file_name().is_none() || fs::symlink_metadata(target).is_ok() {
            return Err(WorkError::Exists(target.to_owned()));
        }
        let above = parent(target);
        at(above, files::create_dir_all(above))?;
        sweep(above);
        let root = Self::place_of(target);
        let lock = Self::lock(&root, target)?;
        let content = root.join(CONTENT);
        // Whatever the sweep could not remove is removed now or is the error.
        if fs::symlink_metadata(&content).is_ok() {
            at(&content, fs::remove_dir_all(&content))?;
        }
        at(&content, files::create_dir(&content))?;
        Ok(WorkFolder {
            target: target.to_owned(),
            root,
            content,
            lock: Some(lock),
        })
    }

    /// Makes and locks the folder `root`. One that is being swept is not in use, so it is worth waiting.
    fn lock(root: &Path, target: &Path) -> Result<Lock, WorkError> {
        for _ in 0..50 {
            match files::create_dir(root) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return at(root, Err(error));
                }
                _ => {}
            }
            let path = root.join(LOCK);
            match Lock::acquire(&path) {
                Ok(Locking::Locked(lock)) => return Ok(lock),
                Ok(Locking::Held) => thread::sleep(Duration::from_millis(20)),
                // Swept between the two steps.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return at(&path, Err(error)),
            }
        }
        Err(WorkError::Busy(target.to_owned()))
    }

    /// Where files are while the folder is being written.
    pub fn content(&self) -> &Path {
        &self.content
    }

    /// Where it will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Flushes everything to disk and puts the folder in its place, where nothing may be.
    pub fn publish(self) -> Result<(), WorkError> {
        match publish(&self.content, &self.target) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(WorkError::Exists(self.target.clone()))
            }
            other => at(&self.target, other),
        }
    }
}

/// Flushes a folder and everything in it to disk and renames it to a name that must not exist.
pub fn publish(from: &Path, to: &Path) -> io::Result<()> {
    sync_tree(from)?;
    rename_new(from, to)?;
    files::sync_dir(parent(to))
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        if let Some(lock) = self.lock.take() {
            // Best effort: what stays behind is swept by the next run.
            let _ = remove_unfinished(&self.root, lock);
        }
    }
}

fn sync_tree(dir: &Path) -> io::Result<()> {
    use rayon::prelude::*;
    let entries: Vec<_> = walkdir::WalkDir::new(dir)
        .into_iter()
        .collect::<Result<_, _>>()?;
    entries
        .par_iter()
        .filter(|entry| entry.file_type().is_file() || (cfg!(unix) && entry.file_type().is_dir()))
        .try_for_each(|entry| File::open(entry.path())?.sync_all())
}

/// A folder for passing things to code that wants a file: for its owner only, gone when dropped, and swept
/// by the next one if its process is killed.
#[derive(Debug)]
pub struct Scratch(WorkFolder);

impl Scratch {
    /// A new folder where the system wants temporary files.
    pub fn new(around: &Surroundings) -> Result<Self, WorkError> {
        let name = format!("candor-{}", around.name());
        Ok(Scratch(WorkFolder::create(&around.temporary().join(name))?))
    }

    /// Its place.
    pub fn path(&self) -> &Path {
        self.0.content()
    }
}
