//! Every file that a command is asked to write (`-o`, `--csv`, `--report` and their like) is written here.
//!
//! A name on a command line is easily the wrong one, and what would be lost is a commitment, a bundle, a vault. So:
//!
//! * a file that is there is replaced only if it is an earlier output of the same kind ([`Kind`] looks into it), or with
//!   `--force`;
//! * what the command reads is never replaced, nor is anything in a bundle, a vault or among a case's own files:
//!   `--force` makes no difference;
//! * links are not followed, and pipes, devices and folders are refused without being opened;
//! * the file is written beside its place and renamed, so it is there whole or not at all.
//!
//! What a name stands for is looked at before the work begins ([`Target::new`]) and again when the file is put in its
//! place.

use crate::bundle::bag;
use crate::clean;
use crate::commit::commitment;
use crate::commit::vault::{layout as vault, locked};
use crate::private::{self, Pending};
use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// How much of a file is looked at to see what it is.
const BEGINNING: u64 = 64 << 10;

/// What kind of thing is written.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// What it is called, with its article.
    pub name: &'static str,
    /// Whether a file that begins with these bytes is one.
    pub is: fn(&[u8]) -> bool,
}

impl Kind {
    /// A kind of which one is never put in another one's place.
    pub const fn unique(name: &'static str) -> Self {
        Kind {
            name,
            is: |_| false,
        }
    }
}

/// Why a file is not written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The command reads it.
    #[error("{} is read by this very command: choose another name for {kind}", path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// What was to be written.
        kind: &'static str,
    },
    /// Two outputs of one command.
    #[error("{} would be written twice by this command: choose another name for {kind}", path.display())]
    Twice {
        /// The file.
        path: PathBuf,
        /// What was to be written.
        kind: &'static str,
    },
    /// A link, a pipe, a folder.
    #[error("{}: it is {what}, and {kind} is written to a regular file only: choose another name", path.display())]
    NoFile {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// What was to be written.
        kind: &'static str,
    },
    /// In the middle of something that must stay as it is.
    #[error("{} lies in {what} {}, where candor writes nothing else: choose another place for {kind}", path.display(), whole.display())]
    Inside {
        /// The file.
        path: PathBuf,
        /// A bundle or vault.
        what: &'static str,
        /// Its folder.
        whole: PathBuf,
        /// What was to be written.
        kind: &'static str,
    },
    /// A file of a case.
    #[error("{} is a file of the case {}, which is never replaced: choose another name for {kind}", path.display(), case.display())]
    OfCase {
        /// The file.
        path: PathBuf,
        /// The case.
        case: PathBuf,
        /// What was to be written.
        kind: &'static str,
    },
    /// Something else, or something that cannot be had again.
    #[error("{} exists already, and candor does not overwrite it with {kind}: choose another name{}", path.display(), hint(*force))]
    Exists {
        /// The file.
        path: PathBuf,
        /// What was to be written.
        kind: &'static str,
        /// Whether the command has an option for it.
        force: bool,
    },
    /// No name, or a dash.
    #[error("'{}' names no file for {kind} (standard output is not offered here)", .path.display())]
    NoName {
        /// What was given.
        path: PathBuf,
        /// What was to be written.
        kind: &'static str,
    },
    /// The file system.
    #[error("{}: {kind} cannot be written: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was to be written.
        kind: &'static str,
        /// Why.
        source: io::Error,
    },
}

fn hint(force: bool) -> &'static str {
    if force {
        ", or --force to replace it"
    } else {
        ""
    }
}

impl OutputError {
    /// Whether another command line would help: the name is wrong, not the disk.
    pub fn is_usage(&self) -> bool {
        !matches!(self, OutputError::Io { .. })
    }
}

/// A file that is to be written.
#[derive(Clone, Debug)]
pub struct Target {
    path: PathBuf,
    kind: Kind,
    public: bool,
    /// Whether `--force` was given; nothing where the command has no such option.
    force: Option<bool>,
    /// Whether it belongs where it is: a signature beside what is signed.
    beside: bool,
}

impl Target {
    /// A file for its owner only. `inputs` are the files and folders that the command reads.
    pub fn new(
        path: &Path,
        kind: Kind,
        force: impl Into<Option<bool>>,
        inputs: &[&Path],
    ) -> Result<Self, OutputError> {
        let target = Target {
            path: path.to_owned(),
            kind,
            public: false,
            force: force.into(),
            beside: false,
        };
        target.no_input(inputs)?;
        target.check()?;
        Ok(target)
    }

    /// A file that belongs beside another one, whatever that lies in: a signature, a time-stamp.
    pub fn beside(
        path: &Path,
        kind: Kind,
        force: impl Into<Option<bool>>,
    ) -> Result<Self, OutputError> {
        let target = Target {
            path: path.to_owned(),
            kind,
            public: true,
            force: force.into(),
            beside: true,
        };
        target.check()?;
        Ok(target)
    }

    /// For everybody to read: what is handed on.
    pub fn public(mut self) -> Self {
        self.public = true;
        self
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses that it is another output of the same command.
    pub fn apart_from(&self, other: &Target) -> Result<(), OutputError> {
        match same_file(&self.path, &other.path) {
            true => Err(OutputError::Twice {
                path: self.path.clone(),
                kind: self.kind.name,
            }),
            false => Ok(()),
        }
    }

    fn no_input(&self, inputs: &[&Path]) -> Result<(), OutputError> {
        let reads = |input: &&Path| same_file(&self.path, input);
        match inputs.iter().any(reads) {
            true => Err(OutputError::Input {
                path: self.path.clone(),
                kind: self.kind.name,
            }),
            false => Ok(()),
        }
    }

    /// Refuses what must not be written; tells whether a file is there that may be replaced.
    fn check(&self) -> Result<bool, OutputError> {
        let (path, kind) = (self.path.clone(), self.kind.name);
        if self.path.as_os_str() == "-" || self.path.file_name().is_none() {
            return Err(OutputError::NoName { path, kind });
        }
        let found = match fs::symlink_metadata(&self.path) {
            Ok(found) => Some(found),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(OutputError::Io { path, kind, source }),
        };
        if let Some(found) = &found
            && !found.is_file()
        {
            let what = crate::input::kind(found);
            return Err(OutputError::NoFile { path, what, kind });
        }
        if !self.beside {
            self.outside(found.is_some())?;
        }
        let Some(_) = found else {
            return Ok(false);
        };
        if self.force == Some(true) || self.is_kind()? {
            return Ok(true);
        }
        let force = self.force.is_some();
        Err(OutputError::Exists { path, kind, force })
    }

    fn is_kind(&self) -> Result<bool, OutputError> {
        let mut beginning = Vec::new();
        crate::input::open(&self.path)
            .and_then(|file| file.take(BEGINNING).read_to_end(&mut beginning))
            .map_err(|source| self.io(source))?;
        Ok((self.kind.is)(&beginning))
    }

    /// Refuses a place in a bundle or vault, and the files that a case is made of.
    fn outside(&self, exists: bool) -> Result<(), OutputError> {
        let folder = private::parent(&self.path);
        // One that is not there is the error of whoever writes.
        let Ok(folder) = folder.canonicalize() else {
            return Ok(());
        };
        let inside = |what, whole: &Path| {
            Err(OutputError::Inside {
                path: self.path.clone(),
                what,
                whole: whole.to_owned(),
                kind: self.kind.name,
            })
        };
        for whole in folder.ancestors() {
            if whole.join(bag::BAGIT).is_file() && whole.join(bag::MANIFEST).is_file() {
                return inside("the bundle", whole);
            }
            if is_vault(whole) {
                return inside("the vault", whole);
            }
            if is_case(whole) && whole != folder {
                return inside("the case", whole);
            }
        }
        let of_case = exists && is_case(&folder) && !self.is_kind()?;
        match of_case {
            true => Err(OutputError::OfCase {
                path: self.path.clone(),
                case: folder,
                kind: self.kind.name,
            }),
            false => Ok(()),
        }
    }

    fn io(&self, source: io::Error) -> OutputError {
        OutputError::Io {
            path: self.path.clone(),
            kind: self.kind.name,
            source,
        }
    }

    /// Begins to write it.
    pub fn begin(self) -> Result<Writing, OutputError> {
        let pending = match self.public {
            true => Pending::create_public(&self.path),
            false => Pending::create(&self.path),
        };
        let pending = pending.map_err(|source| self.io(source))?;
        Ok(Writing {
            target: self,
            pending,
        })
    }

    /// Writes it, whole.
    pub fn write(self, bytes: &[u8]) -> Result<(), OutputError> {
        let mut writing = self.begin()?;
        let written = writing.write_all(bytes);
        written.map_err(|source| writing.target.io(source))?;
        writing.finish()
    }
}

/// Refuses a place in a bundle, a vault or a case's own folders for a folder that a command is told to write. That nothing
/// is there, whoever writes it sees to.
pub fn check_folder(path: &Path, kind: &'static str) -> Result<(), OutputError> {
    if path.as_os_str() == "-" {
        let path = path.to_owned();
        return Err(OutputError::NoName { path, kind });
    }
    let target = Target {
        path: path.to_owned(),
        kind: Kind::unique(kind),
        public: false,
        force: None,
        beside: false,
    };
    target.outside(false)
}

/// A file that is being written beside its place; dropped before it is finished, it is gone.
#[derive(Debug)]
pub struct Writing {
    target: Target,
    pending: Pending,
}

impl Writing {
    /// Where it will be.
    pub fn path(&self) -> &Path {
        &self.target.path
    }

    /// Puts it in its place.
    pub fn finish(self) -> Result<(), OutputError> {
        // What is there now may be something else than when the work began.
        let replaces = self.target.check()?;
        let put = match replaces {
            true => self.pending.persist(),
            false => self.pending.persist_new(),
        };
        put.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => OutputError::Exists {
                path: self.target.path.clone(),
                kind: self.target.kind.name,
                force: self.target.force.is_some(),
            },
            _ => self.target.io(source),
        })
    }
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pending.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pending.flush()
    }
}

impl Seek for Writing {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.pending.seek(to)
    }
}

/// Whether two names stand for one file, there or not.
pub fn same_file(a: &Path, b: &Path) -> bool {
    let place = |path: &Path| {
        let folder = private::parent(path).canonicalize().ok()?;
        Some(folder.join(path.file_name()?))
    };
    if let (Some(a), Some(b)) = (place(a), place(b))
        && a == b
    {
        return true;
    }
    // Under another name: a link to it, or a second hard link.
    match (identity(a), identity(b)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

fn is_vault(folder: &Path) -> bool {
    let has = |name: &str| folder.join(name).is_file();
    has(vault::MANIFEST) && has(vault::INDEX)
        || folder.join(vault::RECORDS).is_file() && has(vault::NATIVES)
}

fn is_case(folder: &Path) -> bool {
    folder.join(commitment::FILE_NAME).is_file()
        && (vault::dir(folder).is_dir()
            || locked::archive(folder).is_file()
            || crate::custody::path(folder).is_file())
}

/// A page whose title begins with this.
pub(crate) fn is_page(bytes: &[u8], title: &str) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.starts_with("<!DOCTYPE html>") && text.contains(&format!("<title>{}", clean::html(title)))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    const NOTE: Kind = Kind {
        name: "a note",
        is: |bytes| bytes.starts_with(b"note "),
    };

    fn refused(path: &Path, force: bool, inputs: &[&Path]) -> String {
        let before = fs::read(path).ok();
        let error = Target::new(path, NOTE, force, inputs).unwrap_err();
        assert!(error.is_usage(), "{error}");
        assert_eq!(fs::read(path).ok(), before);
        error.to_string()
    }

    fn write(path: &Path, force: bool, text: &str) {
        let target = Target::new(path, NOTE, force, &[]).unwrap();
        target.write(text.as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), text);
    }

    #[test]
    fn only_an_earlier_one_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        write(&at("a"), false, "note 1");
        write(&at("a"), false, "note 2");
        fs::write(at("b"), "something else").unwrap();
        assert!(refused(&at("b"), false, &[]).contains("--force"));
        write(&at("b"), true, "note 3");
        // Not even forced: what the command reads, under whatever name.
        fs::hard_link(at("a"), at("hard")).unwrap();
        symlink(at("a"), at("soft")).unwrap();
        for input in ["a", "hard", "soft"] {
            assert!(refused(&at("a"), true, &[&at(input)]).contains("is read by"));
        }
        assert!(refused(Path::new("-"), true, &[]).contains("standard output"));
        let without = Target::new(&at("b"), Kind::unique("a letter"), None, &[]).unwrap_err();
        assert!(!without.to_string().contains("--force"), "{without}");
    }

    #[test]
    fn nothing_but_a_regular_file_is_written_to() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("real"), "note 1").unwrap();
        symlink(at("real"), at("link")).unwrap();
        symlink(at("nowhere"), at("dangling")).unwrap();
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), kind, mode, 0).unwrap();
        fs::create_dir(at("folder")).unwrap();
        for (name, what) in [
            ("link", "a link"),
            ("dangling", "a link"),
            ("pipe", "a named pipe"),
            ("folder", "a folder"),
        ] {
            for force in [false, true] {
                let error = Target::new(&at(name), NOTE, force, &[])
                    .unwrap_err()
                    .to_string();
                assert!(error.contains(what), "{error}");
            }
        }
        assert!(Target::new(Path::new("/dev/null"), NOTE, true, &[]).is_err());
        assert_eq!(fs::read_to_string(at("real")).unwrap(), "note 1");
        // One that comes while the work goes on is not followed either.
        let target = Target::new(&at("later"), NOTE, true, &[]).unwrap();
        let mut writing = target.begin().unwrap();
        writing.write_all(b"note 2").unwrap();
        symlink(at("real"), at("later")).unwrap();
        assert!(writing.finish().is_err());
        assert_eq!(fs::read_to_string(at("real")).unwrap(), "note 1");
        let names: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(names.len(), 6, "{names:?}");
    }

    #[test]
    fn bundles_vaults_and_cases_stay_as_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for folder in ["bundle/data", "case/vault", "case/requests"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for file in [
            "bundle/bagit.txt",
            "bundle/manifest-sha256.txt",
            "case/vault/vault.json",
            "case/vault/index.bin",
            "case/commitment.json",
            "case/custody.log",
        ] {
            fs::write(at(file), "x").unwrap();
        }
        for (file, what) in [
            ("bundle/new.html", "the bundle"),
            ("bundle/bagit.txt", "the bundle"),
            ("bundle/data/new.html", "the bundle"),
            ("case/vault/new.html", "the vault"),
            ("case/vault/vault.json", "the vault"),
            ("case/requests/new.html", "the case"),
            ("case/commitment.json", "of the case"),
            ("case/custody.log", "of the case"),
        ] {
            for force in [false, true] {
                let said = refused(&at(file), force, &[]);
                assert!(said.contains(what), "{file}: {said}");
            }
        }
        for place in [
            "bundle/new",
            "bundle/data/new",
            "case/vault/new",
            "case/requests/new",
            ".",
        ] {
            assert!(
                check_folder(&at(place), "a bundle").is_err() || place == ".",
                "{place}"
            );
        }
        assert!(check_folder(&at("case/new"), "a bundle").is_ok());
        assert!(check_folder(Path::new("-"), "a bundle").is_err());
        // Beside the commitment there is room, and a note of one's own is replaced.
        write(&at("case/report"), false, "note 1");
        write(&at("case/report"), false, "note 2");
    }
}
