//! A vault at rest, locked with a passphrase: `vault.tar.age` in its place, a tar archive in the age format
//! (age-encryption.org/v1, scrypt), so that `age -d` and `tar` open it without this program. Who never locks
//! a vault pays nothing for it.
//!
//! A kill at any moment leaves the whole vault or the whole archive. Locking writes the archive, reads all of
//! it back from the file and compares every file with the vault's, puts it in its place, and only then takes
//! the vault away by renaming it to the name of an unfinished folder, which every later command sweeps.
//! Unlocking writes the vault as a whole before the archive is removed. Where a killed run left both, the
//! vault counts: the next command removes the archive and says so.
//!
//! Whoever reads a vault or writes decisions into it shares its manifest (`use_of` in the module above);
//! locking holds it alone, so nothing is written that would not be in the archive.

use super::layout::{self, at, sync_dir};
use super::presence::find;
pub use super::presence::{LOCKED, archive, is_locked};
use super::{Vault, VaultError, writer};
use crate::Surroundings;
use crate::custody::{Act, CustodyError, Doing, Recovered};
use crate::private::{self, Lock, Pending, WorkError, WorkFolder};
use crate::progress::{Progress, Unit};
use age::secrecy::SecretString;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Component, Path, PathBuf};

/// Fewest characters of a passphrase, and how many of them have to differ.
pub const SHORTEST: (usize, usize) = (12, 6);

/// Logarithm of scrypt's cost: 256 MiB and about a second, as the age program has it. Not measured on the
/// machine: a busy one would give weak archives.
const COST: u8 = if cfg!(test) { 8 } else { 18 };
/// What is believed of an archive that says how costly it is.
const MOST_COST: u8 = 22;

/// Why a vault cannot be locked or unlocked. Nothing is lost then.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The custody log.
    #[error("the custody log: {0}")]
    Custody(#[from] CustodyError),
    /// The unlocked vault.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// A passphrase that can be guessed.
    #[error(
        "this passphrase is too weak: whoever has the archive can try as many as they like. It needs {} \
         characters at least, {} of them different; six words chosen by dice are better", SHORTEST.0, SHORTEST.1
    )]
    Weak,
    /// Nothing to unlock.
    #[error("the vault of {} is not locked: there is nothing to unlock", .0.display())]
    NotLocked(PathBuf),
    /// Somebody put them there.
    #[error(
        "{} has both a vault and {LOCKED}, and no candor left them so: move away the one that is not needed",
        .0.display()
    )]
    Both(PathBuf),
    /// Others read it or decide.
    #[error(
        "another candor is working with the vault of {}: close it, then lock the vault", .0.display()
    )]
    InUse(PathBuf),
    /// Another passphrase.
    #[error("{} is not opened by this passphrase; nothing was changed", .0.display())]
    Passphrase(PathBuf),
    /// The archive.
    #[error(
        "{} cannot be decrypted: {why}; nothing was changed, restore it from a backup", path.display()
    )]
    Decrypt {
        /// The archive.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// What was written is not what was read: a damaged disk.
    #[error(
        "{} does not give the vault back ({what}): it is removed and the vault stays as it was; check the \
         disk", path.display()
    )]
    Different {
        /// The archive.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// The archive is there, and so are documents.
    #[error(
        "the archive is complete, but not everything could be removed from {}: {source}; remove that folder",
        path.display()
    )]
    Remains {
        /// Where the vault is now.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Stopped by the watcher.
    #[error("stopped: the vault is as it was")]
    Cancelled,
}

/// What was locked or unlocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Files of the vault.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Items whose documents lie outside of the vault, where they were when they were committed: not encrypted.
    pub outside: Option<PathBuf>,
    /// What killed runs had left.
    pub recovered: Vec<Recovered>,
}

/// Refuses what can be guessed.
pub fn check_strength(passphrase: &str) -> Result<(), LockError> {
    let different: std::collections::BTreeSet<char> = passphrase.chars().collect();
    let enough = passphrase.chars().count() >= SHORTEST.0 && different.len() >= SHORTEST.1;
    enough.then_some(()).ok_or(LockError::Weak)
}

/// The files of a vault by name, with length and SHA-256.
type Files = BTreeMap<String, (u64, [u8; 32])>;

fn bytes(files: &Files) -> u64 {
    files.values().map(|(size, _)| size).sum()
}

/// Encrypts the vault of a case and removes it.
pub fn lock(
    around: &Surroundings,
    case: &Path,
    passphrase: &str,
    progress: &dyn Progress,
) -> Result<Done, LockError> {
    check_strength(passphrase)?;
    let (dir, target) = (layout::dir(case), archive(case));
    let away = WorkFolder::place_of(&dir);
    find(case)?;
    let none: [(&str, &str); 0] = [];
    let act = Act::begin(
        around,
        case,
        "vault lock",
        none,
        Doing {
            lock: Some(case.join(layout::LOCK)),
            scrub: vec![target.clone()],
            gone: Some(dir.clone()),
            ..Doing::leaving(target.clone())
        },
    )?;
    let recovered = act.recovered().to_vec();
    let _lock = writer::lock(case)?;
    if fs::symlink_metadata(&target).is_ok() {
        return Err(LockError::Both(case.to_owned()));
    }
    let vault = Vault::open(case)?;
    let outside = (vault.manifest.reference).then(|| vault.source().to_owned());
    drop(vault);
    let manifest = dir.join(layout::MANIFEST);
    let alone = at(&manifest, Lock::of_existing(&manifest))?;
    let _alone = alone.ok_or_else(|| LockError::InUse(case.to_owned()))?;
    private::sweep(case);
    forget_recognised(case)?;

    let mut pending = at(&target, Pending::create(&target))?;
    let files = write(&dir, &mut pending, passphrase, progress);
    let files = at(&target, stopped(progress, files)?)?;
    let written = at(&target, pending.reread())?;
    progress.begin("reading back", Some(bytes(&files)), Unit::Bytes);
    let read = extract(&target, written, passphrase, None, progress);
    progress.end();
    if let Some(what) = difference(&files, &stopped(progress, read)??) {
        return Err(LockError::Different { path: target, what });
    }
    at(&target, pending.persist())?;
    // From here on the archive is on the disk; this one step makes it the vault.
    if let Err(source) = fs::rename(&dir, &away) {
        let _ = fs::remove_file(&target);
        return at(&away, Err(source)).map_err(LockError::Vault);
    }
    sync_dir(case)?;
    if let Err(source) = fs::remove_dir_all(&away)
        && source.kind() != io::ErrorKind::NotFound
    {
        return Err(LockError::Remains { path: away, source });
    }
    let facts = [
        ("archive", LOCKED.to_owned()),
        ("files", files.len().to_string()),
    ];
    act.done(facts)?;
    Ok(Done {
        files: files.len(),
        bytes: bytes(&files),
        outside,
        recovered,
    })
}

/// Texts that a commit with text recognition kept for its next try: documents in clear, beside the vault. Where
/// there is a vault nobody needs them any more, and only a killed run leaves them.
fn forget_recognised(case: &Path) -> Result<(), LockError> {
    let kept = case.join(layout::RECOGNISED);
    match fs::remove_dir_all(&kept) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            at(&kept, Err(error)).map_err(LockError::Vault)
        }
        _ => Ok(()),
    }
}

/// Decrypts the vault of a case and removes the archive.
pub fn unlock(
    around: &Surroundings,
    case: &Path,
    passphrase: &str,
    progress: &dyn Progress,
) -> Result<Done, LockError> {
    let (dir, source) = (layout::dir(case), archive(case));
    if !source.is_file() {
        find(case)?;
        return Err(LockError::NotLocked(case.to_owned()));
    }
    let none: [(&str, &str); 0] = [];
    let act = Act::begin(
        around,
        case,
        "vault unlock",
        none,
        Doing {
            lock: Some(case.join(layout::LOCK)),
            replaced: Some(source.clone()),
            ..Doing::leaving(dir.clone())
        },
    )?;
    let recovered = act.recovered().to_vec();
    let _lock = writer::lock(case)?;
    // Another run may have been faster, or a killed one was completed just now.
    if fs::symlink_metadata(&dir).is_ok() {
        return Err(if source.is_file() {
            LockError::Both(case.to_owned())
        } else {
            LockError::NotLocked(case.to_owned())
        });
    }
    let work = WorkFolder::create(&dir)?;
    let file = at(&source, File::open(&source))?;
    let total = at(&source, file.metadata())?.len();
    progress.begin("decrypting", Some(total), Unit::Bytes);
    let files = extract(&source, file, passphrase, Some(work.content()), progress);
    progress.end();
    let files = stopped(progress, files)??;
    work.publish()?;
    at(&source, fs::remove_file(&source))?;
    sync_dir(case)?;
    act.done([("files", files.len().to_string())])?;
    let vault = Vault::open(case)?;
    Ok(Done {
        files: files.len(),
        bytes: bytes(&files),
        outside: (vault.manifest.reference).then(|| vault.source().to_owned()),
        recovered,
    })
}

/// What came of work, unless the watcher stopped it.
fn stopped<T>(progress: &dyn Progress, result: T) -> Result<T, LockError> {
    if progress.cancelled() {
        return Err(LockError::Cancelled);
    }
    Ok(result)
}

fn difference(vault: &Files, archive: &Files) -> Option<String> {
    let names = vault.keys().chain(archive.keys());
    let mut differing = names.filter(|name| vault.get(*name) != archive.get(*name));
    differing.next().cloned()
}

/// Reads, hashes and tells how far it is; ends when the watcher asks for it.
struct Watched<'a, R>(R, Sha256, &'a dyn Progress);

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.2.cancelled() {
            return Err(io::Error::other("stopped"));
        }
        let n = self.0.read(buffer)?;
        self.1.update(&buffer[..n]);
        self.2.advance(n as u64);
        Ok(n)
    }
}

fn header(kind: tar::EntryType, size: u64, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(mode);
    header
}

fn write(
    dir: &Path,
    out: &mut Pending,
    passphrase: &str,
    progress: &dyn Progress,
) -> io::Result<Files> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(dir).min_depth(1).sort_by_file_name() {
        let entry = entry?;
        let name = entry.file_name().to_str().map(str::to_owned);
        match name.filter(|_| entry.file_type().is_file() && entry.depth() == 1) {
            Some(name) => found.push((name, entry.into_path())),
            None => {
                let path = entry.path().display();
                return Err(io::Error::other(format!("{path} is no file of a vault")));
            }
        }
    }
    let sizes = found.iter().map(|(_, path)| Ok(fs::metadata(path)?.len()));
    let sizes = sizes.collect::<io::Result<Vec<u64>>>()?;
    progress.begin("encrypting", Some(sizes.iter().sum()), Unit::Bytes);
    let mut recipient = age::scrypt::Recipient::new(SecretString::from(passphrase));
    recipient.set_work_factor(COST);
    let recipients = std::iter::once(&recipient as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
    let stream = encryptor.wrap_output(BufWriter::with_capacity(1 << 20, out))?;
    let mut tar = tar::Builder::new(stream);
    let mut folder = header(tar::EntryType::Directory, 0, 0o700);
    tar.append_data(&mut folder, layout::VAULT, io::empty())?;
    let mut files = Files::new();
    for ((name, path), size) in found.into_iter().zip(sizes) {
        let file = BufReader::with_capacity(1 << 18, File::open(path)?).take(size);
        let mut watched = Watched(file, Sha256::new(), progress);
        let mut header = header(tar::EntryType::Regular, size, 0o600);
        let inside = Path::new(layout::VAULT).join(&name);
        tar.append_data(&mut header, inside, &mut watched)?;
        files.insert(name, (size, watched.1.finalize().into()));
    }
    tar.into_inner()?.finish()?.flush()?;
    progress.end();
    Ok(files)
}

/// The name of an entry below the vault's folder; `None` for the folder itself.
fn entry_name(path: &Path, kind: tar::EntryType) -> io::Result<Option<String>> {
    let parts: Vec<Component<'_>> = path.components().collect();
    let root = Component::Normal(layout::VAULT.as_ref());
    let name = match (&parts[..], kind) {
        ([folder], tar::EntryType::Directory) if *folder == root => return Ok(None),
        ([folder, Component::Normal(name)], tar::EntryType::Regular) if *folder == root => {
            name.to_str()
        }
        _ => None,
    };
    let no_file = || io::Error::other(format!("{} is no file of a vault", path.display()));
    name.map(|name| Some(name.to_owned())).ok_or_else(no_file)
}

/// Reads an archive to its end, into a folder if there is one.
fn extract(
    path: &Path,
    file: File,
    passphrase: &str,
    into: Option<&Path>,
    progress: &dyn Progress,
) -> Result<Files, LockError> {
    let bad = |why: String| LockError::Decrypt {
        path: path.to_owned(),
        why,
    };
    let damaged = |error: io::Error| bad(format!("it is cut off or changed ({error})"));
    let mut identity = age::scrypt::Identity::new(SecretString::from(passphrase));
    identity.set_max_work_factor(MOST_COST);
    let input = BufReader::with_capacity(1 << 18, file);
    let plain = age::Decryptor::new_buffered(input)
        .and_then(|found| found.decrypt(std::iter::once(&identity as &dyn age::Identity)))
        .map_err(|error| match error {
            age::DecryptError::DecryptionFailed | age::DecryptError::KeyDecryptionFailed => {
                LockError::Passphrase(path.to_owned())
            }
            other => bad(other.to_string()),
        })?;
    let mut tar = tar::Archive::new(plain);
    let files = entries(&mut tar, into, progress).map_err(damaged)?;
    // Only its end shows that nothing was cut off.
    io::copy(&mut tar.into_inner(), &mut io::sink()).map_err(damaged)?;
    Ok(files)
}

fn entries<R: Read>(
    tar: &mut tar::Archive<R>,
    into: Option<&Path>,
    progress: &dyn Progress,
) -> io::Result<Files> {
    let mut files = Files::new();
    for entry in tar.entries()? {
        let entry = entry?;
        let Some(name) = entry_name(&entry.path()?, entry.header().entry_type())? else {
            continue;
        };
        let size = entry.size();
        let mut watched = Watched(entry, Sha256::new(), progress);
        let copied = match into {
            Some(dir) => {
                let file = private::create_new(&dir.join(&name))?;
                let mut out = BufWriter::with_capacity(1 << 18, file);
                let copied = io::copy(&mut watched, &mut out)?;
                out.flush()?;
                copied
            }
            None => io::copy(&mut watched, &mut io::sink())?,
        };
        if copied != size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        files.insert(name, (size, watched.1.finalize().into()));
    }
    Ok(files)
}

#[cfg(test)]
mod tests;
