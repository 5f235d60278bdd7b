//! Sealing a folder, for whoever makes a bundle.

use super::check::{
    BAGIT, BagError, DECLARATION, INFO, MANIFEST, TAG_MANIFEST, at, each_file, sha256,
};
use crate::input;
use candor_edge::private;
use std::fs;
use std::io;
use std::path::Path;

pub(super) fn sha256_file(path: &Path) -> io::Result<(String, u64)> {
    sha256(input::open(path)?)
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
