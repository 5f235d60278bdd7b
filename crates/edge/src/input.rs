//! Opening files that another party made, or that may change while we look.
//!
//! A bundle, a commitment, a classifier come from the other side; a corpus may be written to while it is read. So a
//! file is opened first and asked afterwards what it is: nothing is decided about a name that could stand for
//! something else a moment later. A named pipe or a device cannot hold us up (it is opened without waiting and
//! refused), below a [`Folder`] no link is followed, neither at the end nor on the way, and nothing is read
//! beyond what its reader allows.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// What a thing that is no regular file is called.
pub fn kind(meta: &Metadata) -> &'static str {
    let kind = meta.file_type();
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a named pipe";
        } else if kind.is_socket() {
            return "a socket";
        } else if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_dir() {
        "a folder"
    } else if kind.is_symlink() {
        "a link"
    } else {
        "something else"
    }
}

/// The file, if that is what was opened.
fn regular(file: File) -> io::Result<File> {
    let meta = file.metadata()?;
    if meta.is_file() {
        Ok(file)
    } else {
        let what = format!("it is {}, where a file is needed", kind(&meta));
        Err(io::Error::new(io::ErrorKind::InvalidInput, what))
    }
}

/// Opens a file that the user named: a link is followed, anything but a regular file refused.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits() as i32);
    }
    regular(options.open(path)?)
}

/// All of a file, which must not be longer than `limit`. Its length is asked before memory is taken.
pub fn read_file(mut file: File, limit: u64) -> io::Result<Vec<u8>> {
    let too_large = || {
        let what = format!("it is larger than the {limit} bytes such a file may have");
        io::Error::new(io::ErrorKind::FileTooLarge, what)
    };
    let length = file.metadata()?.len();
    if length > limit {
        return Err(too_large());
    }
    let memory = |_| {
        let what = format!("there is no memory for its {length} bytes");
        io::Error::new(io::ErrorKind::OutOfMemory, what)
    };
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX))
        .map_err(memory)?;
    // One byte more, should it grow meanwhile.
    (&mut file)
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(bytes)
}

/// All of a file that the user named: see [`open`] and [`read_file`].
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_file(open(path)?, limit)
}

/// The same as text.
pub fn read_to_string(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, limit)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// A folder that is held open, so that its files stay its files whatever happens to its name.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    #[cfg(unix)]
    handle: std::os::fd::OwnedFd,
}

impl Folder {
    /// Opens a folder that the user named.
    pub fn open(path: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        let handle = {
            use rustix::fs::{Mode, OFlags};
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            rustix::fs::open(path, flags, Mode::empty())?
        };
        Ok(Folder {
            path: path.to_owned(),
            #[cfg(unix)]
            handle,
        })
    }

    /// Its name when it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a regular file below the folder without following a link anywhere.
    #[cfg(unix)]
    pub fn file(&self, inside: &Path) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags, openat};
        use std::os::fd::{AsFd, OwnedFd};
        let parts = components(inside)?;
        let Some((last, folders)) = parts.split_last() else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let explain = |name: &std::ffi::OsStr, error: rustix::io::Errno| {
            // What O_NOFOLLOW says of a link; FreeBSD has EMLINK. With O_DIRECTORY a link is no folder.
            if matches!(
                error,
                rustix::io::Errno::LOOP | rustix::io::Errno::MLINK | rustix::io::Errno::NOTDIR
            ) {
                let what = format!(
                    "'{}' is a link or another thing than before; links are not followed",
                    name.to_string_lossy()
                );
                io::Error::new(io::ErrorKind::InvalidInput, what)
            } else {
                error.into()
            }
        };
        let mut at: Option<OwnedFd> = None;
        for name in folders {
            let parent = at.as_ref().map_or(self.handle.as_fd(), AsFd::as_fd);
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            at = Some(
                openat(parent, *name, flags, Mode::empty())
                    .map_err(|error| explain(name, error))?,
            );
        }
        let parent = at.as_ref().map_or(self.handle.as_fd(), AsFd::as_fd);
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file =
            openat(parent, *last, flags, Mode::empty()).map_err(|error| explain(last, error))?;
        regular(File::from(file))
    }

    /// Opens a regular file below the folder. Links are refused, as far as can be seen.
    #[cfg(not(unix))]
    pub fn file(&self, inside: &Path) -> io::Result<File> {
        let mut path = self.path.clone();
        for part in components(inside)? {
            path.push(part);
            if std::fs::symlink_metadata(&path)?.file_type().is_symlink() {
                let what = "it is a link, and links are not followed";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
            }
        }
        regular(File::open(path)?)
    }

    /// All of a file below the folder: see [`Folder::file`] and [`read_file`].
    pub fn read(&self, inside: &Path, limit: u64) -> io::Result<Vec<u8>> {
        read_file(self.file(inside)?, limit)
    }
}

/// The names on the way to a file below a folder; nothing that leads out of it.
fn components(inside: &Path) -> io::Result<Vec<&std::ffi::OsStr>> {
    inside
        .components()
        .map(|part| match part {
            Component::Normal(name) => Ok(name),
            _ => {
                let what = format!("'{}' does not stay in its folder", inside.display());
                Err(io::Error::new(io::ErrorKind::InvalidInput, what))
            }
        })
        .collect()
}

/// What a file was when it was listed: enough to notice that another one is in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Device and number of the file; zero where the system has none.
    identity: (u64, u64),
    length: u64,
    modified: Option<std::time::SystemTime>,
}

/// How a file differs from what was listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is another file.
    Replaced,
    /// It is the same file and was written to.
    Written,
}

impl Stamp {
    /// The stamp of a file.
    pub fn of(meta: &Metadata) -> Self {
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt;
            (meta.dev(), meta.ino())
        };
        #[cfg(not(unix))]
        let identity = (0, 0);
        Stamp {
            identity,
            length: meta.len(),
            modified: meta.modified().ok(),
        }
    }

    /// Whether the open file is what the stamp was taken of.
    pub fn change(&self, file: &File) -> io::Result<Option<Change>> {
        let now = Stamp::of(&file.metadata()?);
        Ok(if now.identity != self.identity {
            Some(Change::Replaced)
        } else if now != *self {
            Some(Change::Written)
        } else {
            None
        })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn fifo(path: &Path) {
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    }

    #[test]
    fn only_regular_files_are_opened_and_nothing_waits() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "content").unwrap();
        fs::create_dir(at("sub")).unwrap();
        fs::write(at("sub/inner"), "inner").unwrap();
        fifo(&at("pipe"));
        symlink(at("file"), at("link")).unwrap();
        symlink(at("pipe"), at("link-to-pipe")).unwrap();
        symlink(at("sub"), at("way")).unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        let read = |name: &str| folder.read(Path::new(name), 100);
        assert_eq!(read("file").unwrap(), b"content");
        assert_eq!(read("sub/inner").unwrap(), b"inner");
        for (name, why) in [
            ("pipe", "named pipe"),
            ("sub", "a folder"),
            ("link", "is a link"),
            ("link-to-pipe", "is a link"),
            ("way/inner", "is a link"),
            ("file/inner", "is a link or another thing"),
            ("../file", "does not stay"),
            ("/etc/hostname", "does not stay"),
        ] {
            let error = read(name).unwrap_err().to_string();
            assert!(error.contains(why), "{name}: {error}");
        }
        assert_eq!(
            folder.file(Path::new("none")).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        // What the user named may be a link, but not to anything.
        assert_eq!(super::read(&at("link"), 7).unwrap(), b"content");
        for name in ["pipe", "link-to-pipe", "sub"] {
            assert!(super::open(&at(name)).is_err(), "{name}");
        }
        assert!(super::open(Path::new("/dev/zero")).is_err());
        assert!(Folder::open(&at("pipe")).is_err());
    }

    #[test]
    fn length_is_asked_before_memory_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sparse");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        let error = read(&path, 1 << 20).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        // Within its limit, but more than any machine has: a sentence, no abort.
        File::create(&path).unwrap().set_len(1 << 43).unwrap();
        let error = read(&path, u64::MAX).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory, "{error}");
    }

    #[test]
    fn a_replaced_file_is_told_from_one_that_was_written_to() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "one").unwrap();
        let stamp = Stamp::of(&fs::symlink_metadata(&path).unwrap());
        assert_eq!(stamp.change(&open(&path).unwrap()).unwrap(), None);
        fs::write(&path, "longer").unwrap();
        let change = stamp.change(&open(&path).unwrap()).unwrap();
        assert_eq!(change, Some(Change::Written));
        fs::write(dir.path().join("b"), "one").unwrap();
        fs::rename(dir.path().join("b"), &path).unwrap();
        let change = stamp.change(&open(&path).unwrap()).unwrap();
        assert_eq!(change, Some(Change::Replaced));
    }
}
