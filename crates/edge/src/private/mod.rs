//! Files that come from a vault are their owner's alone.
//!
//! Whatever a command writes about documents that may never be disclosed goes through this module:
//!
//! * **modes**: folders are 0700 and files 0600 from the moment they exist, whatever the umask is. Folders
//!   that were there keep the mode that their owner gave them.
//! * **whole or not at all**: a file is written beside its place, flushed, and renamed ([`write()`],
//!   [`Pending`]); a folder grows in a [`WorkFolder`] and is renamed when it is complete.
//! * **nothing is left lying about**: the names of unfinished files and folders say whose they are, not
//!   which process makes them, and whoever makes them holds a lock. The next run sweeps what is there and
//!   not locked ([`sweep`]): its process was killed. What is locked is being made, and stays.
//!
//! ```text
//! .NAME.candor-part        a file NAME that is being written; locked itself
//! .NAME.candor-work/       a folder NAME that is being written
//!     lock                 locked
//!     content/             becomes NAME
//! ```
//!
//! On systems without modes (Windows) a new file has the permissions of its folder.

mod files;
mod lock;
mod sweep;
mod work;

pub use files::{
    Pending, append, create_dir, create_dir_all, create_new, put, sync_dir, write, write_new,
    write_public, write_public_new,
};
pub use lock::{Lock, Locking};
pub use sweep::{remove_unfinished, sweep};
pub use work::{Scratch, WorkError, WorkFolder, publish};

use std::path::Path;

/// The folder that a path is in; a bare name is in the current one.
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(all(test, unix))]
mod tests;
