//! BagIt packaging (RFC 8493): the payload manifest lists every file with its SHA-256, so a bundle is
//! complete and unaltered or it is refused. Archives' tools read the same files.
//!
//! The proofs do not lean on this; it catches damage early, names the damaged file, and leaves no room for
//! files that nobody vouched for. A signature, if any, is over the tag manifest.

use crate::input::{self, Folder};
use crate::private;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
/// The declaration.
pub const BAGIT: &str = "bagit.txt";
/// Facts for people and archives.
pub const INFO: &str = "bag-info.txt";
/// Hashes of the payload.
pub const MANIFEST: &str = "manifest-sha256.txt";
/// Hashes of the other tag files; what a signature is over.
pub const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";
/// Tag files that may stand beside the bag's own: signatures and time-stamps over it.
pub const OPTIONAL: [&str; 2] = [
    "tagmanifest-sha256.txt.minisig",
    "tagmanifest-sha256.txt.tsr",
];

/// Longest declaration, facts and tag manifest.
const MAX_SMALL: u64 = 16 << 10;
/// Largest document: no item of a commitment is larger.
pub const MAX_NATIVE: u64 = 256 << 20;
/// Longest line of a payload manifest: a hash, two spaces, a name, a line end.
const MAX_LINE: u64 = 64 + 2 + 128 + 1;
/// Longest payload manifest of all.
pub const MAX_MANIFEST: u64 = 512 << 20;
/// Most characters of a fact.
const MAX_FACT: usize = 200;
/// Longest `bag-info.txt`: it lists earlier audits.
const MAX_INFO: u64 = 1 << 20;
/// The facts that `bag-info.txt` may state, once each.
const FACTS: [&str; 5] = [
    "Bagging-Date",
    "Bag-Software-Agent",
    "Payload-Oxum",
    "External-Identifier",
    "External-Description",
];
/// What it may list.
const LISTS: [&str; 2] = ["Candor-Earlier-Bundle", "Candor-Earlier-Audit"];

/// Why a bag is refused.
#[derive(Debug, thiserror::Error)]
pub enum BagError {
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Not a bag.
    #[error("{} is not a disclosure bundle: {MANIFEST} is missing", .0.display())]
    NotABag(PathBuf),
    /// A tag file that is not as candor writes it.
    #[error("{file}, line {line}: {what}")]
    Tag {
        /// The tag file.
        file: &'static str,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// A listed file is missing.
    #[error("{0} is missing")]
    Missing(String),
    /// A file that is not listed.
    #[error("{0} is in the bundle but not in its manifest")]
    Unlisted(String),
    /// Something that is no file: it would be another thing for the next reader.
    #[error("{0} is a link, a pipe or a device, not a file")]
    NotAFile(String),
    /// A file that is larger than any such file may be.
    #[error("{name} is larger than the {limit} bytes such a file may have")]
    TooLarge {
        /// The file.
        name: String,
        /// The cap.
        limit: u64,
    },
    /// A file whose bytes changed.
    #[error("{0} was changed: its SHA-256 is not the one in the manifest")]
    Changed(String),
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, BagError> {
    result.map_err(|source| BagError::Io {
        path: path.to_owned(),
        source,
    })
}

fn sha256(mut file: impl Read) -> io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut total = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((hex::encode(hasher.finalize()), total)),
            n => {
                hasher.update(&buffer[..n]);
                total += n as u64;
            }
        }
    }
}

fn sha256_file(path: &Path) -> io::Result<(String, u64)> {
    sha256(input::open(path)?)
}

/// Calls `f` with the name of every file below `dir`, relative and `/`-separated. Anything that is no regular file,
/// and a name that is not UTF-8, is an error: it is listed nowhere.
fn each_file(
    dir: &Path,
    mut f: impl FnMut(String) -> Result<(), BagError>,
) -> Result<(), BagError> {
    for entry in walkdir::WalkDir::new(dir).min_depth(1).sort_by_file_name() {
        let entry = entry.map_err(|e| BagError::Io {
            path: e.path().unwrap_or(dir).to_owned(),
            source: e.into(),
        })?;
        let relative = entry.path().strip_prefix(dir).unwrap_or(entry.path());
        let lossy = || relative.to_string_lossy().into_owned();
        let parts: Option<Vec<&str>> = relative
            .components()
            .map(|c| c.as_os_str().to_str())
            .collect();
        let Some(parts) = parts else {
            return Err(BagError::Unlisted(lossy()));
        };
        if entry.file_type().is_dir() {
            continue;
        }
        if !entry.file_type().is_file() {
            return Err(BagError::NotAFile(lossy()));
        }
        f(parts.join("/"))?;
    }
    Ok(())
}

/// Every regular file below `dir`, sorted.
fn files(dir: &Path) -> Result<Vec<String>, BagError> {
    let mut out = Vec::new();
    each_file(dir, |name| {
        out.push(name);
        Ok(())
    })?;
    out.sort();
    Ok(out)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), BagError> {
    at(path, private::put(path, bytes))
}

/// Writes the tag files over a finished `data/` folder. `info` are extra fields of `bag-info.txt`.
pub fn seal(dir: &Path, date: &str, info: &[(&str, String)]) -> Result<(), BagError> {
    use rayon::prelude::*;
    let payload: Vec<String> = files(&dir.join("data"))?
        .into_iter()
        .map(|name| format!("data/{name}"))
        .collect();
    let hashed: Vec<(String, u64)> = payload
        .par_iter()
        .map(|name| {
            let path = dir.join(name);
            at(&path, sha256_file(&path))
        })
        .collect::<Result<_, _>>()?;
    let lines = |names: &[String], hashes: &[(String, u64)]| -> String {
        names
            .iter()
            .zip(hashes)
            .map(|(name, (hash, _))| format!("{hash}  {name}\n"))
            .collect()
    };
    let octets: u64 = hashed.iter().map(|(_, len)| len).sum();
    let mut text = format!(
        "Bagging-Date: {date}\nBag-Software-Agent: candor {}\nPayload-Oxum: {octets}.{}\n",
        env!("CARGO_PKG_VERSION"),
        payload.len()
    );
    for (key, value) in info {
        text.push_str(&format!("{key}: {value}\n"));
    }
    write(&dir.join(BAGIT), DECLARATION.as_bytes())?;
    write(&dir.join(INFO), text.as_bytes())?;
    write(&dir.join(MANIFEST), lines(&payload, &hashed).as_bytes())?;
    let tags = [INFO, BAGIT, MANIFEST].map(str::to_owned);
    let hashes: Vec<(String, u64)> = tags
        .iter()
        .map(|name| {
            let path = dir.join(name);
            at(&path, sha256_file(&path))
        })
        .collect::<Result<_, _>>()?;
    write(&dir.join(TAG_MANIFEST), lines(&tags, &hashes).as_bytes())
}

/// The fields of `bag-info.txt` with this name, in order.
pub fn info(dir: &Path, field: &str) -> Result<Vec<String>, BagError> {
    let text = read_tag(&at(dir, Folder::open(dir))?, INFO, MAX_INFO)?;
    let fields = parse_info(&text)?.into_iter();
    Ok(fields
        .filter(|(name, _)| name == field)
        .map(|(_, value)| value)
        .collect())
}

/// The seal of a bag that was just written; [`check`] says it of one that may have changed.
pub fn seal_of(dir: &Path) -> Result<[u8; 32], BagError> {
    let folder = at(dir, Folder::open(dir))?;
    Ok(Sha256::digest(read_tag(&folder, TAG_MANIFEST, MAX_SMALL)?).into())
}

fn read_tag(folder: &Folder, name: &str, limit: u64) -> Result<String, BagError> {
    let path = folder.path().join(name);
    let bytes = match folder.read(Path::new(name), limit) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && name != BAGIT => {
            return Err(BagError::Missing(name.to_owned()));
        }
        other => at(&path, other)?,
    };
    let text = String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"));
    at(&path, text)
}

/// The facts of `bag-info.txt`: known ones, once each, short, without characters that are not shown.
fn parse_info(text: &str) -> Result<Vec<(String, String)>, BagError> {
    let mut out: Vec<(String, String)> = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let bad = |what: &str| BagError::Tag {
            file: INFO,
            line: i + 1,
            what: what.to_owned(),
        };
        let (key, value) = line
            .split_once(": ")
            .ok_or_else(|| bad("expected 'Name: value'"))?;
        if !FACTS.contains(&key) && !LISTS.contains(&key) {
            return Err(bad("not a fact that candor states"));
        }
        if value.chars().count() > MAX_FACT || crate::clean::line(value) != value {
            return Err(bad("too long, or with characters that are not shown"));
        }
        if FACTS.contains(&key) && out.iter().any(|(stated, _)| stated == key) {
            return Err(bad("stated twice"));
        }
        out.push((key.to_owned(), value.to_owned()));
    }
    Ok(out)
}

fn parse_manifest(file: &'static str, text: &str) -> Result<BTreeMap<String, String>, BagError> {
    let mut out = BTreeMap::new();
    for (i, line) in text.lines().enumerate() {
        let bad = |what: &str| BagError::Tag {
            file,
            line: i + 1,
            what: what.to_owned(),
        };
        let (hash, name) = line
            .split_once("  ")
            .ok_or_else(|| bad("expected 'hash  path'"))?;
        if hash.len() != 64
            || !hash
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        {
            return Err(bad("not a SHA-256 in lower-case hexadecimal"));
        }
        let safe = |c: &str| !c.is_empty() && c != "." && c != ".." && !c.contains('\\');
        if !name.split('/').all(safe) {
            return Err(bad("not a relative path"));
        }
        if out.insert(name.to_owned(), hash.to_owned()).is_some() {
            return Err(bad("listed twice"));
        }
    }
    Ok(out)
}

/// A bag whose files are all there and unaltered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The payload's file names.
    pub files: Vec<String>,
    /// Their lengths, in the same order.
    pub lengths: Vec<u64>,
    /// What `bag-info.txt` states: checked against the payload as far as that goes, else its author's word.
    pub info: Vec<(String, String)>,
    /// SHA-256 of the tag manifest: through the hashes in it, of every byte of the bag.
    pub seal: [u8; 32],
}

/// Checks the bag: declaration, every listed file with its hash, no file that is not listed. A payload file may be as
/// large as the largest document.
pub fn check(dir: &Path) -> Result<Sealed, BagError> {
    check_within(&at(dir, Folder::open(dir))?, u64::MAX, &|_| MAX_NATIVE)
}

/// As [`check`], of a folder that is held open, with at most `most` payload files, each as large as `allowed` says of
/// its name.
pub fn check_within(
    folder: &Folder,
    most: u64,
    allowed: &(dyn Fn(&str) -> u64 + Sync),
) -> Result<Sealed, BagError> {
    use rayon::prelude::*;
    let dir = folder.path();
    match folder.file(Path::new(MANIFEST)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(BagError::NotABag(dir.to_owned()));
        }
        other => at(&dir.join(MANIFEST), other.map(drop))?,
    }
    if read_tag(folder, BAGIT, MAX_SMALL)? != DECLARATION {
        return Err(BagError::Tag {
            file: BAGIT,
            line: 1,
            what: "unknown BagIt version or encoding".to_owned(),
        });
    }
    let limit = most.saturating_mul(MAX_LINE).min(MAX_MANIFEST);
    let payload = parse_manifest(MANIFEST, &read_tag(folder, MANIFEST, limit)?)?;
    let tag_manifest = read_tag(folder, TAG_MANIFEST, MAX_SMALL)?;
    let tags = parse_manifest(TAG_MANIFEST, &tag_manifest)?;
    for name in [BAGIT, INFO, MANIFEST] {
        if !tags.contains_key(name) {
            return Err(BagError::Unlisted(name.to_owned()));
        }
    }
    if let Some(stray) = tags
        .keys()
        .find(|n| ![BAGIT, INFO, MANIFEST].contains(&n.as_str()))
    {
        return Err(BagError::Unlisted(stray.clone()));
    }
    if let Some(stray) = payload.keys().find(|name| !name.starts_with("data/")) {
        return Err(BagError::Unlisted(stray.clone()));
    }
    each_file(dir, |name| {
        let known = payload.contains_key(&name)
            || tags.contains_key(&name)
            || name == TAG_MANIFEST
            || OPTIONAL.contains(&&*name);
        if known {
            Ok(())
        } else {
            Err(BagError::Unlisted(name))
        }
    })?;
    // A file with a hole costs its sender nothing, and whoever hashes it hours: of each file no more is read than
    // such a file may have, and its length is asked before any is hashed.
    let open = |name: &String| match folder.file(Path::new(name)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(BagError::Missing(name.clone()))
        }
        other => at(&dir.join(name), other),
    };
    let too_large = |name: &String, limit: u64| BagError::TooLarge {
        name: name.clone(),
        limit,
    };
    let mut lengths = Vec::new();
    for name in payload.keys() {
        let limit = allowed(name);
        let length = at(&dir.join(name), open(name)?.metadata())?.len();
        if length > limit {
            return Err(too_large(name, limit));
        }
        lengths.push(length);
    }
    let check = |(name, hash): (&String, &String), limit: u64| {
        let file = open(name)?.take(limit.saturating_add(1));
        let (found, length) = at(&dir.join(name), sha256(file))?;
        if length > limit {
            return Err(too_large(name, limit));
        }
        match found == *hash {
            true => Ok(()),
            false => Err(BagError::Changed(name.clone())),
        }
    };
    let of_tags = limit.max(MAX_INFO);
    tags.par_iter().try_for_each(|tag| check(tag, of_tags))?;
    let info = parse_info(&read_tag(folder, INFO, MAX_INFO)?)?;
    let octets = lengths
        .iter()
        .fold(0u64, |sum, length| sum.saturating_add(*length));
    let oxum = format!("{octets}.{}", payload.len());
    if info
        .iter()
        .any(|(name, stated)| name == "Payload-Oxum" && *stated != oxum)
    {
        return Err(BagError::Tag {
            file: INFO,
            line: 3,
            what: format!("the payload is {oxum}, octets and files"),
        });
    }
    payload
        .iter()
        .zip(&lengths)
        .collect::<Vec<_>>()
        .into_par_iter()
        .try_for_each(|(file, length)| check(file, *length))?;
    Ok(Sealed {
        files: payload.into_keys().collect(),
        lengths,
        info,
        seal: Sha256::digest(tag_manifest).into(),
    })
}

/// Removes the tag files, so that a folder can be sealed again.
pub fn unseal(dir: &Path) -> Result<(), BagError> {
    for name in [TAG_MANIFEST, MANIFEST, INFO, BAGIT] {
        let path = dir.join(name);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return at(&path, Err(e)),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bag() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("data/sub")).unwrap();
        fs::write(dir.path().join("data/a.bin"), b"one").unwrap();
        fs::write(dir.path().join("data/sub/b.bin"), b"two!").unwrap();
        seal(
            dir.path(),
            "2026-01-02",
            &[("External-Identifier", "root".into())],
        )
        .unwrap();
        dir
    }

    #[test]
    fn a_sealed_bag_checks_and_states_its_payload() {
        let dir = bag();
        let sealed = check(dir.path()).unwrap();
        assert_eq!(sealed.files, ["data/a.bin", "data/sub/b.bin"]);
        assert_eq!(check(dir.path()).unwrap(), sealed);
        let info = fs::read_to_string(dir.path().join(INFO)).unwrap();
        assert!(info.contains("Payload-Oxum: 7.2\n"), "{info}");
        let manifest = fs::read_to_string(dir.path().join(MANIFEST)).unwrap();
        assert!(manifest.starts_with(
            "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed  data/a.bin\n"
        ));
    }

    #[test]
    fn each_kind_of_damage_is_named() {
        let damage = |f: &dyn Fn(&Path)| {
            let dir = bag();
            f(dir.path());
            check(dir.path()).unwrap_err()
        };
        assert!(
            matches!(damage(&|d| fs::write(d.join("data/a.bin"), b"onE").unwrap()), BagError::Changed(n) if n == "data/a.bin")
        );
        assert!(
            matches!(damage(&|d| fs::remove_file(d.join("data/a.bin")).unwrap()), BagError::Missing(n) if n == "data/a.bin")
        );
        assert!(
            matches!(damage(&|d| fs::write(d.join("data/c"), b"").unwrap()), BagError::Unlisted(n) if n == "data/c")
        );
        assert!(
            matches!(damage(&|d| fs::write(d.join("extra.txt"), b"").unwrap()), BagError::Unlisted(n) if n == "extra.txt")
        );
        assert!(
            matches!(damage(&|d| fs::write(d.join(INFO), b"x").unwrap()), BagError::Changed(n) if n == INFO)
        );
        assert!(matches!(
            damage(&|d| fs::write(d.join(BAGIT), b"x").unwrap()),
            BagError::Tag { .. }
        ));
        assert!(matches!(
            damage(&|d| fs::remove_file(d.join(MANIFEST)).unwrap()),
            BagError::NotABag(_)
        ));
        let with_line = |line: &'static str| {
            damage(&move |d| {
                let path = d.join(MANIFEST);
                let text = fs::read_to_string(&path).unwrap();
                fs::write(&path, text + line).unwrap();
            })
        };
        assert!(matches!(
            with_line("zz  data/x\n"),
            BagError::Tag { line: 3, .. }
        ));
        let hash = "0".repeat(64);
        let escape: &'static str =
            Box::leak(format!("{hash}  data/../../etc/passwd\n").into_boxed_str());
        assert!(matches!(with_line(escape), BagError::Tag { line: 3, .. }));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_refused() {
        let dir = bag();
        std::os::unix::fs::symlink("/etc/hostname", dir.path().join("data/link")).unwrap();
        assert!(matches!(check(dir.path()), Err(BagError::NotAFile(n)) if n == "data/link"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_refused_before_anything_waits_for_it() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        for name in [
            BAGIT,
            INFO,
            MANIFEST,
            TAG_MANIFEST,
            OPTIONAL[0],
            "data/a.bin",
        ] {
            let dir = bag();
            let path = dir.path().join(name);
            let _ = fs::remove_file(&path);
            mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
            let error = check(dir.path()).unwrap_err().to_string();
            assert!(error.contains("pipe"), "{name}: {error}");
        }
        // A link to the very bytes is refused as well, for a tag file, a payload file and a folder.
        for name in [BAGIT, MANIFEST, "data/a.bin", "data/sub", "data"] {
            let dir = bag();
            let (path, moved) = (dir.path().join(name), tempfile::tempdir().unwrap());
            fs::rename(&path, moved.path().join("x")).unwrap();
            std::os::unix::fs::symlink(moved.path().join("x"), &path).unwrap();
            let error = check(dir.path()).unwrap_err().to_string();
            assert!(error.contains("link"), "{name}: {error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf8_is_not_read_as_another() {
        use std::os::unix::ffi::OsStrExt;
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("data")).unwrap();
        fs::write(dir.path().join("data/x\u{fffd}"), "bytes").unwrap();
        seal(dir.path(), "2026-01-02", &[]).unwrap();
        assert!(check(dir.path()).is_ok());
        let other = dir.path().join(std::ffi::OsStr::from_bytes(b"data/x\xff"));
        fs::rename(dir.path().join("data/x\u{fffd}"), &other).unwrap();
        assert!(matches!(check(dir.path()), Err(BagError::Unlisted(_))));
        fs::write(dir.path().join("data/x\u{fffd}"), "bytes").unwrap();
        assert!(matches!(check(dir.path()), Err(BagError::Unlisted(_))));
    }

    #[test]
    fn tag_files_are_the_known_ones_and_short() {
        let reseal = |change: &dyn Fn(&Path)| {
            let dir = bag();
            change(dir.path());
            let tags = [INFO, BAGIT, MANIFEST, "note.txt"];
            let lines: String = tags
                .iter()
                .filter(|name| dir.path().join(name).is_file())
                .map(|name| {
                    format!(
                        "{}  {name}\n",
                        sha256_file(&dir.path().join(name)).unwrap().0
                    )
                })
                .collect();
            fs::write(dir.path().join(TAG_MANIFEST), lines).unwrap();
            check(dir.path())
        };
        assert!(reseal(&|_| ()).is_ok());
        let with_info = |more: String| {
            reseal(&move |d| {
                let path = d.join(INFO);
                let text = fs::read_to_string(&path).unwrap();
                fs::write(&path, text + &more).unwrap();
            })
            .unwrap_err()
            .to_string()
        };
        // A listed tag file of one's own.
        let note = reseal(&|d| fs::write(d.join("note.txt"), "only privileged").unwrap());
        assert!(matches!(note, Err(BagError::Unlisted(n)) if n == "note.txt"));
        for (more, why) in [
            ("Remark: all is well\n".to_owned(), "not a fact"),
            ("Payload-Oxum: 7.2\n".to_owned(), "stated twice"),
            ("External-Description: \u{1b}[2J\n".to_owned(), "not shown"),
            (
                format!("External-Description: {}\n", "x".repeat(201)),
                "too long",
            ),
            ("x".repeat(MAX_INFO as usize), "larger than"),
        ] {
            let error = with_info(more);
            assert!(error.contains(why), "{error}");
        }
        let oxum = reseal(&|d| {
            let path = d.join(INFO);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text.replace("7.2", "7.3")).unwrap();
        });
        assert!(oxum.unwrap_err().to_string().contains("the payload is 7.2"));
        // Whole files are not blamed for a number.
        let small = reseal(&|d| {
            let path = d.join(INFO);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text.replace("7.2", "1.2")).unwrap();
        });
        let small = small.unwrap_err().to_string();
        assert!(small.contains("the payload is 7.2"), "{small}");
    }

    /// A TiB of nothing, which no test could wait for.
    #[test]
    fn holes_are_not_hashed_to_their_end() {
        for name in ["data/a.bin", INFO, BAGIT] {
            let dir = bag();
            let file = fs::OpenOptions::new()
                .write(true)
                .open(dir.path().join(name))
                .unwrap();
            file.set_len(1 << 40).unwrap();
            let error = check(dir.path()).unwrap_err().to_string();
            assert!(
                error.contains("changed") || error.contains("larger than"),
                "{name}: {error}"
            );
        }
    }

    /// A bag need not state its octets; that must not be a way to have terabytes hashed.
    #[test]
    fn what_is_hashed_is_bounded_without_stated_octets() {
        let dir = bag();
        let info = dir.path().join(INFO);
        let text = fs::read_to_string(&info).unwrap();
        let kept = text
            .lines()
            .filter(|line| !line.starts_with("Payload-Oxum"));
        fs::write(
            &info,
            kept.map(|line| format!("{line}\n")).collect::<String>(),
        )
        .unwrap();
        let tags: String = [INFO, BAGIT, MANIFEST]
            .map(|name| {
                format!(
                    "{}  {name}\n",
                    sha256_file(&dir.path().join(name)).unwrap().0
                )
            })
            .concat();
        fs::write(dir.path().join(TAG_MANIFEST), tags).unwrap();
        check(dir.path()).unwrap();
        let file = fs::OpenOptions::new()
            .write(true)
            .open(dir.path().join("data/a.bin"))
            .unwrap();
        file.set_len(1 << 40).unwrap();
        let error = check(dir.path()).unwrap_err();
        assert!(matches!(error, BagError::TooLarge { .. }), "{error}");
        // Each file by what it is.
        file.set_len(100).unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        let error = check_within(&folder, 2, &|name| match name {
            "data/a.bin" => 99,
            _ => 1000,
        });
        assert!(matches!(
            error.unwrap_err(),
            BagError::TooLarge { limit: 99, .. }
        ));
    }

    #[test]
    fn the_payload_manifest_is_bounded_by_the_number_of_files() {
        let dir = bag();
        let folder = Folder::open(dir.path()).unwrap();
        assert!(check_within(&folder, 2, &|_| MAX_NATIVE).is_ok());
        let file = fs::OpenOptions::new()
            .write(true)
            .open(dir.path().join(MANIFEST))
            .unwrap();
        file.set_len(400 << 20).unwrap();
        let error = check_within(&folder, 2, &|_| MAX_NATIVE)
            .unwrap_err()
            .to_string();
        assert!(error.contains("larger than"), "{error}");
    }
}
