//! BagIt packaging (RFC 8493): the payload manifest lists every file with its SHA-256, so a bundle is
//! complete and unaltered or it is refused. Archives' tools read the same files.
//!
//! The proofs do not lean on this; it catches damage early, names the damaged file, and leaves no room for
//! files that nobody vouched for. A signature, if any, is over the tag manifest.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
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

const MAX_TAG_BYTES: u64 = 512 << 20;

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

fn sha256_file(path: &Path) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
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

/// Every regular file below `dir`, relative and `/`-separated, sorted; anything else is an error.
fn files(dir: &Path) -> Result<Vec<String>, BagError> {
    let mut out = Vec::new();
    for entry in walkdir::WalkDir::new(dir).min_depth(1).sort_by_file_name() {
        let entry = entry.map_err(|e| BagError::Io {
            path: e.path().unwrap_or(dir).to_owned(),
            source: e.into(),
        })?;
        if entry.file_type().is_dir() {
            continue;
        }
        let relative = entry.path().strip_prefix(dir).unwrap_or(entry.path());
        let name = relative
            .components()
            .map(|c| c.as_os_str().to_string_lossy())
            .collect::<Vec<_>>()
            .join("/");
        if !entry.file_type().is_file() {
            return Err(BagError::Unlisted(name));
        }
        out.push(name);
    }
    out.sort();
    Ok(out)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), BagError> {
    at(
        path,
        File::create(path).and_then(|mut f| f.write_all(bytes).and_then(|()| f.sync_all())),
    )
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
    let text = read_tag(dir, INFO)?;
    let value = |line: &str| {
        line.strip_prefix(field)?
            .strip_prefix(": ")
            .map(str::to_owned)
    };
    Ok(text.lines().filter_map(value).collect())
}

/// The seal of a bag that was just written; [`check`] says it of one that may have changed.
pub fn seal_of(dir: &Path) -> Result<[u8; 32], BagError> {
    Ok(Sha256::digest(read_tag(dir, TAG_MANIFEST)?).into())
}

fn read_tag(dir: &Path, name: &str) -> Result<String, BagError> {
    let path = dir.join(name);
    let mut text = String::new();
    let file = at(&path, File::open(&path))?;
    at(&path, file.take(MAX_TAG_BYTES).read_to_string(&mut text))?;
    Ok(text)
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
    /// SHA-256 of the tag manifest: through the hashes in it, of every byte of the bag.
    pub seal: [u8; 32],
}

/// Checks the bag: declaration, every listed file with its hash, no file that is not listed.
pub fn check(dir: &Path) -> Result<Sealed, BagError> {
    use rayon::prelude::*;
    if !dir.join(MANIFEST).is_file() {
        return Err(BagError::NotABag(dir.to_owned()));
    }
    if read_tag(dir, BAGIT)? != DECLARATION {
        return Err(BagError::Tag {
            file: BAGIT,
            line: 1,
            what: "unknown BagIt version or encoding".to_owned(),
        });
    }
    let payload = parse_manifest(MANIFEST, &read_tag(dir, MANIFEST)?)?;
    let tag_manifest = read_tag(dir, TAG_MANIFEST)?;
    let tags = parse_manifest(TAG_MANIFEST, &tag_manifest)?;
    for name in [BAGIT, INFO, MANIFEST] {
        if !tags.contains_key(name) {
            return Err(BagError::Unlisted(name.to_owned()));
        }
    }
    for name in files(dir)? {
        let known = if name.starts_with("data/") {
            payload.contains_key(&name)
        } else {
            tags.contains_key(&name) || name == TAG_MANIFEST || OPTIONAL.contains(&&*name)
        };
        if !known {
            return Err(BagError::Unlisted(name));
        }
    }
    payload
        .par_iter()
        .chain(tags.par_iter())
        .try_for_each(|(name, hash)| {
            let path = dir.join(name);
            if !path.is_file() {
                return Err(BagError::Missing(name.clone()));
            }
            if at(&path, sha256_file(&path))?.0 != *hash {
                return Err(BagError::Changed(name.clone()));
            }
            Ok(())
        })?;
    Ok(Sealed {
        files: payload.into_keys().collect(),
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
        assert!(matches!(check(dir.path()), Err(BagError::Unlisted(n)) if n == "data/link"));
    }
}
