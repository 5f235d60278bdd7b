//! 7z archives.

use std::io::Cursor;

use sevenz_rust2::{Archive, BlockDecoder, Error, Password};

use crate::ledger::Unread;
use crate::limits::{human_bytes, locked};
use crate::reading::{Given, ReadError, Reader, Reading};

use super::{DECODER_MEMORY, Members, REMEDY, damaged, failed};
use crate::item::ExceptionReason;

/// 7-Zip's own format.
pub(crate) struct SevenZip;

const MEMORY_KIB: usize = (DECODER_MEMORY >> 10) as usize;
/// Attribute bit that says that the upper half is a Unix mode, and the mode of a link there.
const UNIX: u32 = 0x8000;
const LINK: u32 = 0o120_000;

impl Reader for SevenZip {
    fn name(&self) -> &'static str {
        "sevenz-rust2/0.25.0"
    }

    fn read(&self, bytes: &[u8], given: &Given) -> Result<Reading, ReadError> {
        let start = super::found::seven_zip_at(bytes).unwrap_or_default();
        let bytes = &bytes[start..];
        let mut members = Members::new(given);
        if start > 0 {
            let detail = format!(
                "{} in front of the archive, a program or something else",
                human_bytes(start as u64)
            );
            members.reading.ledger.add(Unread::Unknown, detail);
        }
        let (archive, known) = open(bytes, given)?;
        if let Some(number) = known {
            members.opened_with(number);
        }
        for block in 0..archive.blocks.len() {
            self::block(&archive, block, bytes, &mut members, known);
        }
        for (at, file) in archive.files.iter().enumerate() {
            let in_block = archive
                .stream_map
                .file_block_index
                .get(at)
                .copied()
                .flatten();
            if in_block.is_none() && !file.is_directory() {
                members.add(file.name(), Ok(Vec::new()));
            }
        }
        members.finish()
    }

    fn remedy(&self) -> &'static str {
        REMEDY
    }
}

/// The directory, and the number of the password that opened it if it took one.
fn open(bytes: &[u8], given: &Given) -> Result<(Archive, Option<usize>), ReadError> {
    let read = |password: &Password| {
        Archive::read_with_memory_limit(&mut Cursor::new(bytes), password, MEMORY_KIB)
    };
    let problem = |error: Error| {
        let beyond = bytes.get(12..28).is_some_and(|header| {
            let number =
                |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().unwrap_or_default());
            number(0).saturating_add(number(8)) > bytes.len() as u64
        });
        match error {
            Error::Unsupported(_)
            | Error::UnsupportedCompressionMethod(_)
            | Error::UnsupportedVersion { .. }
            | Error::ExternalUnsupported
            | Error::MaxMemLimited { .. } => ReadError::Unsupported(format!("a 7z archive of a kind that is not read here ({error})")),
            _ if beyond => ReadError::Corrupt(
                "the 7z archive ends too early; if it is the first of several volumes (.7z.001, .002, ...), join them into one file".to_owned(),
            ),
            error => ReadError::Corrupt(format!("not a readable 7z archive: {error}")),
        }
    };
    match read(&Password::empty()) {
        Ok(archive) => return Ok((archive, None)),
        Err(Error::PasswordRequired | Error::MaybeBadPassword(_)) => {}
        Err(error) => return Err(problem(error)),
    }
    for (number, password) in given.passwords.iter().enumerate() {
        if let Ok(archive) = read(&Password::from(password)) {
            return Ok((archive, Some(number)));
        }
    }
    let detail = format!(
        "its list of members is encrypted: {}",
        locked(&given.passwords)
    );
    Err(ReadError::Locked(detail))
}

/// The members of one block, which are compressed and encrypted as one.
fn block(
    archive: &Archive,
    at: usize,
    bytes: &[u8],
    members: &mut Members<'_>,
    known: Option<usize>,
) {
    let (first, last) = {
        let empty = Password::empty();
        let mut source = Cursor::new(bytes);
        let decoder =
            BlockDecoder::new_with_memory_limit(1, MEMORY_KIB, at, archive, &empty, &mut source);
        let first = archive
            .stream_map
            .block_first_file_index
            .get(at)
            .copied()
            .unwrap_or_default();
        (first, first + decoder.entry_count())
    };
    let encrypted = (first..last).any(|file| archive.is_file_encrypted(file));
    let passwords: Vec<(Option<usize>, Password)> = match encrypted {
        false => vec![(None, Password::empty())],
        true => {
            let list = members.given.passwords.iter().enumerate();
            let mut list: Vec<_> = list
                .map(|(n, password)| (Some(n), Password::from(password)))
                .collect();
            // The one that opened the directory first.
            if let Some(known) = known {
                list.sort_by_key(|(n, _)| *n != Some(known));
            }
            list
        }
    };
    let mut last_error = None;
    for (number, password) in passwords {
        let mut source = Cursor::new(bytes);
        let (found, error) = decode(archive, at, &mut source, &password, members);
        if error.is_some() && encrypted && found.is_empty() {
            last_error = error;
            continue;
        }
        if let Some(number) = number {
            members.opened_with(number);
        }
        let count = found.len();
        for (name, content) in found {
            members.add(&name, content);
        }
        let why = match error {
            Some(error) => damaged(error),
            None => failed(
                ExceptionReason::TooLarge,
                "it lies behind one that is beyond a limit in one solid block; raise the limit named there, or unpack it by hand",
            ),
        };
        rest(archive, first, last, count, members, &why);
        return;
    }
    let why = match last_error {
        None
        | Some(
            Error::PasswordRequired
            | Error::MaybeBadPassword(_)
            | Error::ChecksumVerificationFailed
            | Error::Io(..),
        ) => members.locked(),
        Some(error) => damaged(error),
    };
    rest(archive, first, last, 0, members, &why);
}

/// Members of a block that were not reached, all for the same reason.
fn rest(
    archive: &Archive,
    first: usize,
    last: usize,
    done: usize,
    members: &mut Members<'_>,
    why: &crate::item::Exception,
) {
    let files = archive.files[first..last]
        .iter()
        .filter(|file| !file.is_directory());
    for file in files.skip(done) {
        members.add(file.name(), Err(why.clone()));
    }
}

type Found = Vec<(String, super::Content)>;

/// Decodes a block: its members as far as they go, and what ended it.
fn decode(
    archive: &Archive,
    at: usize,
    source: &mut Cursor<&[u8]>,
    password: &Password,
    members: &Members<'_>,
) -> (Found, Option<Error>) {
    let mut found: Found = Vec::new();
    let mut used = 0u64;
    let packed = source.get_ref().len() as u64;
    let decoder = BlockDecoder::new_with_memory_limit(1, MEMORY_KIB, at, archive, password, source);
    let result = decoder.for_each_entries(&mut |entry, reader| {
        if entry.is_directory() {
            return Ok(true);
        }
        let name = entry.name().to_owned();
        let left = members
            .given
            .unpacked
            .saturating_sub(members.unpacked.saturating_add(used));
        let room = match members.room(packed) {
            Ok(room) if left > 0 => room.min(left),
            _ => {
                found.push((name, Err(members.family_full())));
                return Ok(false);
            }
        };
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(
            &mut std::io::Read::take(&mut *reader, room.saturating_add(1)),
            &mut bytes,
        )?;
        if bytes.len() as u64 > room {
            found.push((name, Err(members.too_large(packed, room))));
            return Ok(false);
        }
        used += bytes.len() as u64;
        let attributes = entry.windows_attributes();
        let content = if attributes & UNIX != 0 && (attributes >> 16) & 0o170_000 == LINK {
            Err(super::link(&String::from_utf8_lossy(&bytes)))
        } else {
            Ok(bytes)
        };
        found.push((name, content));
        Ok(found.len() <= members.given.items)
    });
    (found, result.err())
}
