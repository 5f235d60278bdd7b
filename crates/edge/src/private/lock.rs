//! Locks that die with their process and that nobody else can hold.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// How a folder that is being written ends.
pub(super) const WORK: &str = ".candor-work";
/// The lock inside.
pub(super) const LOCK: &str = "lock";

/// A file that this process has locked. The system releases the lock when the process ends, however it
/// ends.
///
/// The file is 0600 and its owner's: a lock can be held by whoever can open the file, so another user's or
/// everybody's would let others stop this program for ever.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    file: File,
}

/// The outcome of trying to lock.
#[derive(Debug)]
pub enum Locking {
    /// It is locked now.
    Locked(Lock),
    /// A living process has it.
    Held,
}

impl Lock {
    /// Locks a file, which is created if it is missing, unless it is locked.
    pub fn acquire(path: &Path) -> io::Result<Locking> {
        loop {
            let file = open(path, true)?;
            match file.try_lock() {
                Ok(()) if is_still(path, &file)? => {
                    let path = path.to_owned();
                    return Ok(Locking::Locked(Lock { path, file }));
                }
                // It was removed or renamed between opening and locking.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(Locking::Held),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Locks a file, which is created if it is missing; waits for its turn.
    pub fn wait(path: &Path) -> io::Result<Lock> {
        loop {
            let file = open(path, true)?;
            file.lock()?;
            if is_still(path, &file)? {
                let path = path.to_owned();
                return Ok(Lock { path, file });
            }
        }
    }

    /// Locks a file that is there; `None` if it is gone or a living process has it.
    pub fn of_existing(path: &Path) -> io::Result<Option<Lock>> {
        let file = match open(path, false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        match file.try_lock() {
            Ok(()) if is_still(path, &file)? => Ok(Some(Lock {
                path: path.to_owned(),
                file,
            })),
            Ok(()) | Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Opens a file that is there for reading and shares it: nobody can lock it until what is returned is
    /// dropped. `None` if a living process has locked it. Where the file system knows no such thing, nothing is
    /// held.
    pub fn share(path: &Path) -> io::Result<Option<File>> {
        loop {
            let file = File::open(path)?;
            match file.try_lock_shared() {
                Ok(()) if is_still(path, &file)? => return Ok(Some(file)),
                // It was removed or renamed between opening and locking.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(_)) => return Ok(Some(file)),
            }
        }
    }

    /// The locked file's place.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The locked file.
    pub fn file(&self) -> &File {
        &self.file
    }
}

/// Whether the path leads to this very file.
#[cfg(unix)]
fn is_still(path: &Path, file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let here = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok(there.dev() == here.dev() && there.ino() == here.ino()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Elsewhere an open file cannot be removed or renamed.
#[cfg(not(unix))]
fn is_still(path: &Path, _: &File) -> io::Result<bool> {
    Ok(fs::symlink_metadata(path).is_ok())
}

#[cfg(not(unix))]
fn open(path: &Path, create: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(create).open(path)
}

#[cfg(unix)]
fn open(path: &Path, create: bool) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(create)
        .mode(0o600)
        .custom_flags(flags.cast_signed())
        .open(path)
        .map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => io::Error::new(
                error.kind(),
                "this file keeps two runs apart, and it is another user's: candor has to be run by the \
                 owner of the folder",
            ),
            _ => error,
        })?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("it is not a regular file: remove it"));
    }
    let owner = fs::metadata(super::parent(path))?.uid();
    if found.uid() != rustix::process::geteuid().as_raw() && found.uid() != owner {
        return Err(io::Error::other(format!(
            "it belongs to another user (number {}), who could hold it for ever: remove it, and let only \
             the owner write to its folder",
            found.uid()
        )));
    }
    // Made by an earlier version, or by hand.
    if found.mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}
