//! One compressed file: gzip, bzip2, xz and lzma.

use std::io::Read;

use crate::ledger::Unread;
use crate::reading::{Given, ReadError, Reader, Reading};

use super::{DECODER_MEMORY, Members, REMEDY};

/// `.gz`, with as many parts behind one another as there are.
pub(crate) struct Gzip;
/// `.bz2`.
pub(crate) struct Bzip2;
/// `.xz`, and `.lzma` as it was before.
pub(crate) struct Xz;

impl Reader for Gzip {
    fn name(&self) -> &'static str {
        "flate2/1.1.11"
    }

    fn read(&self, bytes: &[u8], given: &Given) -> Result<Reading, ReadError> {
        let first = flate2::read::GzDecoder::new(bytes);
        let named = first.header().and_then(|header| header.filename());
        let mut members = Members::new(given);
        let name = match named.filter(|name| !name.is_empty()) {
            Some(name) => members.name(name),
            None => stem(&given.name, &[".gz", ".z"]),
        };
        let comment = first.header().and_then(|header| header.comment());
        if let Some(comment) = comment {
            members.comment(&super::names::decode(comment).0);
        }
        single(
            members,
            name,
            bytes,
            flate2::read::MultiGzDecoder::new(bytes),
        )
    }

    fn remedy(&self) -> &'static str {
        REMEDY
    }
}

impl Reader for Bzip2 {
    fn name(&self) -> &'static str {
        "bzip2/0.6.1"
    }

    fn read(&self, bytes: &[u8], given: &Given) -> Result<Reading, ReadError> {
        let name = stem(&given.name, &[".bz2", ".bz"]);
        let decoder = bzip2::read::MultiBzDecoder::new(bytes);
        single(Members::new(given), name, bytes, decoder)
    }

    fn remedy(&self) -> &'static str {
        REMEDY
    }
}

impl Reader for Xz {
    fn name(&self) -> &'static str {
        "lzma-rust2/0.25.0"
    }

    fn read(&self, bytes: &[u8], given: &Given) -> Result<Reading, ReadError> {
        let name = stem(&given.name, &[".xz", ".lzma"]);
        let (members, memory) = (Members::new(given), (DECODER_MEMORY >> 10) as u32);
        if bytes.starts_with(b"\xfd7zXZ\0") {
            let decoder = lzma_rust2::XzReader::new_mem_limit(bytes, true, memory);
            return single(members, name, bytes, decoder);
        }
        let decoder = lzma_rust2::LzmaReader::new_mem_limit(bytes, memory, None)
            .map_err(|error| ReadError::Corrupt(format!("not a readable lzma file: {error}")))?;
        single(members, name, bytes, decoder)
    }

    fn remedy(&self) -> &'static str {
        REMEDY
    }
}

/// The name without what compressing it has added.
fn stem(name: &str, endings: &[&str]) -> String {
    let lower = name.to_ascii_lowercase();
    for (short, long) in [
        (".tgz", ".tar"),
        (".tbz", ".tar"),
        (".tbz2", ".tar"),
        (".txz", ".tar"),
        (".tlz", ".tar"),
        (".svgz", ".svg"),
        (".emz", ".emf"),
        (".wmz", ".wmf"),
    ] {
        if lower.ends_with(short) && name.len() > short.len() {
            return format!("{}{long}", &name[..name.len() - short.len()]);
        }
    }
    let fits = |ending: &&&str| lower.ends_with(**ending) && name.len() > ending.len();
    match endings.iter().find(fits) {
        Some(ending) => name[..name.len() - ending.len()].to_owned(),
        None => "content".to_owned(),
    }
}

/// The one file inside. What can be had of a damaged one is read, and the damage said.
fn single(
    mut members: Members<'_>,
    name: String,
    packed: &[u8],
    mut from: impl Read,
) -> Result<Reading, ReadError> {
    let packed = packed.len() as u64;
    let room = match members.room(packed) {
        Ok(room) => room,
        Err(full) => {
            members.add(&name, Err(full));
            return members.finish();
        }
    };
    let (mut bytes, mut buffer, mut broken) = (Vec::new(), vec![0; 64 << 10], None);
    while bytes.len() as u64 <= room {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                broken = Some(error);
                break;
            }
        }
    }
    if bytes.len() as u64 > room {
        let error = members.too_large(packed, room);
        members.add(&name, Err(error));
        return members.finish();
    }
    if let Some(error) = broken {
        if bytes.is_empty() {
            return Err(ReadError::Corrupt(format!(
                "it cannot be unpacked: {error}"
            )));
        }
        let (code, what) = match error.kind() {
            std::io::ErrorKind::UnexpectedEof => (Unread::Truncated, "the file ends too early"),
            _ => (Unread::Damaged, "the rest is damaged, or is no part of it"),
        };
        let detail = format!("{what} ({error}); what came before is read");
        members.reading.ledger.add(code, detail);
    }
    members.add(&name, Ok(bytes));
    members.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_compression_added() {
        let gz = [".gz", ".z"];
        for (name, want) in [
            ("a.txt.gz", "a.txt"),
            ("B.TGZ", "B.tar"),
            ("x.emz", "x.emf"),
            ("letter.doc", "content"),
            (".gz", "content"),
            ("", "content"),
        ] {
            assert_eq!(stem(name, &gz), want, "{name}");
        }
    }
}
