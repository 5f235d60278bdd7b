//! Creating files and folders, and writing files whole.

use super::lock::Lock;
use super::parent;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// How a file that is being written ends.
pub(super) const PART: &str = ".candor-part";

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readers {
    /// Its owner (0600).
    Owner,
    /// Everybody (0644): commitments, signatures, keys to publish.
    Everybody,
}

fn private_options(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Creates a folder that only its owner can enter. Its parent must be there.
pub fn create_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Creates a folder and whatever is missing above it, all for the owner only. Folders that are there keep
/// their modes.
pub fn create_dir_all(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    })
}

/// Creates a file that only its owner can read; fails if it exists. For files inside a folder that appears
/// as a whole; elsewhere [`write_new`] is what is wanted.
pub fn create_new(path: &Path) -> io::Result<File> {
    private_options(OpenOptions::new().write(true).create_new(true)).open(path)
}

/// Opens a file of the owner's to read it and to add to it; creates it if it is missing.
pub fn append(path: &Path) -> io::Result<File> {
    private_options(OpenOptions::new().read(true).append(true).create(true)).open(path)
}

/// Writes a file inside a folder that appears as a whole: replaced if it is there, not flushed to disk.
pub fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    create_new(path)?.write_all(bytes)
}

/// Flushes a folder's entries to disk, where the system offers that.
pub fn sync_dir(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(path)?.sync_all()?;
    }
    Ok(())
}

/// Writes a file for its owner only: there whole or not at all, on disk when this returns; what was there
/// is replaced.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut pending = Pending::create(path)?;
    pending.write_all(bytes)?;
    pending.persist()
}

/// As [`write()`], but fails if there is anything at the path.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut pending = Pending::create(path)?;
    pending.write_all(bytes)?;
    pending.persist_new()
}

/// As [`write()`], for a file that is meant to be published.
pub fn write_public(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut pending = Pending::create_public(path)?;
    pending.write_all(bytes)?;
    pending.persist()
}

/// As [`write_public`], but fails if there is anything at the path.
pub fn write_public_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut pending = Pending::create_public(path)?;
    pending.write_all(bytes)?;
    pending.persist_new()
}

/// A file that is being written beside its place. It gets there by [`Pending::persist`] or
/// [`Pending::persist_new`]; dropped before, it is gone.
#[derive(Debug)]
pub struct Pending {
    target: PathBuf,
    readers: Readers,
    out: BufWriter<File>,
    /// Where it is being written; none once it is in its place.
    part: Option<Lock>,
}

impl Pending {
    /// Starts to write the file `target`, for its owner only. If another process is writing it, this waits.
    pub fn create(target: &Path) -> io::Result<Self> {
        // A link is not followed, and nothing but a file is opened: a pipe might wait for ever.
        if let Ok(found) = fs::symlink_metadata(target)
            && !found.is_file()
        {
            let what = format!(
                "it is {}, where a file is to be",
                crate::input::kind(&found)
            );
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
        }
        let target = target.to_owned();
        let name = target
            .file_name()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it has no file name"))?;
        let part = parent(&target).join(hidden(name, PART));
        let lock = Lock::wait(&part)?;
        // A run that was killed may have left something in it.
        lock.file().set_len(0)?;
        let out = BufWriter::new(lock.file().try_clone()?);
        Ok(Pending {
            target,
            readers: Readers::Owner,
            out,
            part: Some(lock),
        })
    }

    /// As [`Pending::create`], for a file that is meant to be published.
    pub fn create_public(target: &Path) -> io::Result<Self> {
        let mut pending = Pending::create(target)?;
        pending.readers = Readers::Everybody;
        Ok(pending)
    }

    /// Flushes the file to disk and puts it in its place, instead of what is there.
    pub fn persist(self) -> io::Result<()> {
        self.place(|from, to| fs::rename(from, to))
    }

    /// Flushes the file to disk and puts it in its place, where nothing may be.
    pub fn persist_new(self) -> io::Result<()> {
        self.place(rename_new)
    }

    /// Flushes what was written so far to disk and opens it for reading, from its beginning.
    pub fn reread(&mut self) -> io::Result<File> {
        self.out.flush()?;
        let Some(part) = &self.part else {
            return Err(io::Error::other("it is in its place already"));
        };
        part.file().sync_all()?;
        File::open(part.path())
    }

    fn place(mut self, rename: impl Fn(&Path, &Path) -> io::Result<()>) -> io::Result<()> {
        self.out.flush()?;
        let Some(part) = &self.part else {
            return Ok(());
        };
        if self.readers == Readers::Everybody {
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                part.file()
                    .set_permissions(fs::Permissions::from_mode(0o644))?;
            }
        }
        part.file().sync_all()?;
        rename(part.path(), &self.target)?;
        self.part = None;
        sync_dir(parent(&self.target))
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Seek for Pending {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.out.seek(to)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            // Best effort: what stays is swept by the next run.
            let _ = fs::remove_file(part.path());
        }
    }
}

/// `.NAME` and an ending.
pub(super) fn hidden(name: &std::ffi::OsStr, ending: &str) -> OsString {
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(ending);
    hidden
}

/// Renames to a name that must not exist; an empty folder is something, too.
pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Not every file system can.
            Err(
                rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP,
            ) => {}
            other => return other.map_err(io::Error::from),
        }
    }
    if fs::symlink_metadata(to).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}
