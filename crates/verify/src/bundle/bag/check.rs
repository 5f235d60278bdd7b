//! Checking a bag, and reading what it states.

use crate::input::Folder;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub(super) const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
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
pub(super) const MAX_INFO: u64 = 1 << 20;
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

pub(super) fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, BagError> {
    result.map_err(|source| BagError::Io {
        path: path.to_owned(),
        source,
    })
}

pub(super) fn sha256(mut file: impl Read) -> io::Result<(String, u64)> {
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

/// Calls `f` with the name of every file below `dir`, relative and `/`-separated. Anything that is no regular file,
/// and a name that is not UTF-8, is an error: it is listed nowhere.
pub(super) fn each_file(
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
