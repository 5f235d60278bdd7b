//! The parts of documents that are zip files inside, within limits.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::limits::human_bytes;
use super::reading::ReadError;

pub(crate) type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Opens a zip file.
pub(crate) fn open(bytes: &[u8]) -> Result<Archive<'_>, ReadError> {
    ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| ReadError::Corrupt(format!("not a readable zip archive: {error}")))
}

/// The named part, of at most `limit` bytes.
pub(crate) fn read_part(
    archive: &mut Archive<'_>,
    name: &str,
    limit: u64,
) -> Result<Vec<u8>, ReadError> {
    let missing = |error| ReadError::Corrupt(format!("its part {name} cannot be read: {error}"));
    let part = archive
        .by_name(name)
        .map_err(|error| missing(error.to_string()))?;
    let mut bytes = Vec::new();
    part.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| missing(error.to_string()))?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::Corrupt(format!(
            "its part {name} unpacks to more than {}",
            human_bytes(limit)
        )));
    }
    Ok(bytes)
}

/// The named part of a zipped document, of at most `limit` bytes.
pub(crate) fn part(bytes: &[u8], name: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
    read_part(&mut open(bytes)?, name, limit)
}
