//! Zip archives: members one by one, within limits.

use std::collections::HashSet;
use std::io::Read;

use zip::result::ZipError;

use super::item::{Exception, ExceptionReason};
use super::limits::human_bytes;
use super::names;
use super::reading::ReadError;
use super::zipped::{self, Archive};

/// Recorded as the reader of archives.
pub(crate) const EXTRACTOR: &str = "zip/9.8.1";
/// Members that unpack to more than this many times their size, and are large, are bombs.
const MAX_RATIO: u64 = 500;
const LARGE: u64 = 16 << 20;

/// A member of an archive, unpacked.
pub(crate) struct Member {
    /// Path below the archive, safe and unique in it.
    pub path: String,
    /// As the archive calls it.
    pub name: String,
    pub content: Result<Vec<u8>, Exception>,
}

/// Hands the members of an archive to `each`, one at a time, until it returns false. Folders are
/// not members.
pub(crate) fn members(
    bytes: &[u8],
    limit: u64,
    mut each: impl FnMut(Member) -> bool,
) -> Result<(), ReadError> {
    let mut archive = zipped::open(bytes)?;
    let mut taken = HashSet::new();
    for index in 0..archive.len() {
        let (name, is_dir) = match archive.by_index_raw(index) {
            Ok(entry) => (
                String::from_utf8_lossy(entry.name_raw()).into_owned(),
                entry.is_dir(),
            ),
            Err(_) => (format!("member-{index}"), false),
        };
        if is_dir {
            continue;
        }
        let wanted = names::member(&name);
        let mut path = wanted.clone();
        let mut number = 2;
        while !taken.insert(path.clone()) {
            path = format!("{wanted}~{number}");
            number += 1;
        }
        let content = unpack(&mut archive, index, limit);
        if !each(Member {
            path,
            name,
            content,
        }) {
            break;
        }
    }
    Ok(())
}

fn unpack(archive: &mut Archive<'_>, index: usize, limit: u64) -> Result<Vec<u8>, Exception> {
    let problem = |reason, detail: String| Exception { reason, detail };
    let corrupt = |error: String| {
        problem(
            ExceptionReason::Corrupt,
            format!("it cannot be unpacked ({error}); ask for the file by itself"),
        )
    };
    let entry = archive
        .by_index_raw(index)
        .map_err(|error| corrupt(error.to_string()))?;
    if entry.encrypted() {
        return Err(problem(
            ExceptionReason::Encrypted,
            "the archive protects it with a password; ask for the password or the file by itself"
                .to_owned(),
        ));
    }
    if entry.is_symlink() {
        return Err(problem(
            ExceptionReason::Link,
            "a symbolic link is not followed; add the file it points to, if it belongs to the corpus".to_owned(),
        ));
    }
    let packed = entry.compressed_size();
    drop(entry);
    let cap = limit.min(LARGE.max(packed.saturating_mul(MAX_RATIO)));
    let entry = archive.by_index(index).map_err(|error| match error {
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => problem(
            ExceptionReason::Unsupported,
            format!("it cannot be unpacked ({error}); unpack the archive and add its content"),
        ),
        error => corrupt(error.to_string()),
    })?;
    let mut bytes = Vec::new();
    entry
        .take(cap.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| corrupt(error.to_string()))?;
    if bytes.len() as u64 > cap {
        return Err(problem(
            ExceptionReason::TooLarge,
            format!(
                "it unpacks from {} to more than {}; unpack it by hand, with care",
                human_bytes(packed),
                human_bytes(cap)
            ),
        ));
    }
    Ok(bytes)
}
