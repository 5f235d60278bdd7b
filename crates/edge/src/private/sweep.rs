//! Removing what killed runs left behind.

use super::files::PART;
use super::lock::{LOCK, Lock, Locking, WORK};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Removes the unfinished files and folders in a folder that no living process holds, and returns them.
/// Only this user's, and only names that this program gives.
pub fn sweep(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut swept = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let Ok(found) = fs::symlink_metadata(&path) else {
            continue;
        };
        if !name.starts_with('.') || !is_own(&found) {
            continue;
        }
        let gone = if name.ends_with(WORK) && found.is_dir() {
            sweep_folder(&path)
        } else if name.ends_with(PART) && found.is_file() {
            sweep_file(&path)
        } else if found.is_dir() && process_of(&name).is_some_and(is_dead) {
            fs::remove_dir_all(&path).map(|()| true)
        } else {
            continue;
        };
        // What cannot be removed is the next run's business again.
        if let Ok(true) = gone {
            swept.push(path);
        }
    }
    swept.sort();
    swept
}

fn sweep_folder(path: &Path) -> io::Result<bool> {
    match Lock::acquire(&path.join(LOCK))? {
        Locking::Locked(lock) => remove_unfinished(path, lock).map(|()| true),
        Locking::Held => Ok(false),
    }
}

fn sweep_file(path: &Path) -> io::Result<bool> {
    match Lock::of_existing(path)? {
        Some(lock) => fs::remove_file(lock.path()).map(|()| true),
        None => Ok(false),
    }
}

/// Removes a folder whose lock is held: the content first, so that a kill in the middle leaves what the
/// next sweep takes for unfinished.
pub fn remove_unfinished(root: &Path, lock: Lock) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.path() == lock.path() {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_file(lock.path())?;
    match fs::remove_dir(root) {
        // Somebody has begun anew in it.
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        other => other,
    }
}

/// The process in a name that version 0.1.0 gave: `.NAME.partial-PID`.
fn process_of(name: &str) -> Option<u32> {
    let (_, process) = name.rsplit_once(".partial-")?;
    process.parse().ok()
}

#[cfg(unix)]
fn is_own(found: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(found) == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_own(_: &fs::Metadata) -> bool {
    true
}

/// Whether there is no process of this number.
fn is_dead(process: u32) -> bool {
    #[cfg(unix)]
    {
        let pid = i32::try_from(process)
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        pid.is_some_and(|pid| {
            rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH)
        })
    }
    #[cfg(not(unix))]
    {
        let _ = process;
        false
    }
}
