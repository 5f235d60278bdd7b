//! Tar archives, as old and as new programs write them.

use std::io::Read;

use ::tar::{Archive, EntryType};

use crate::item::ExceptionReason;
use crate::ledger::Unread;
use crate::reading::{Given, ReadError, Reader, Reading};

use super::{Members, REMEDY, damaged, failed, link};

/// A tape archive.
pub(crate) struct Tar;

/// Bytes of a block.
const BLOCK: usize = 512;

/// Whether the first block is the header of a tar archive: its checksum is right.
pub(crate) fn is_tar(head: &[u8]) -> bool {
    let Some(header) = head.get(..BLOCK) else {
        return false;
    };
    let field = &header[148..156];
    let digits = field.iter().copied().skip_while(|byte| *byte == b' ');
    let digits: Vec<u8> = digits
        .take_while(|byte| matches!(byte, b'0'..=b'7'))
        .collect();
    if digits.is_empty() || header[0] == 0 {
        return false;
    }
    let stated = digits
        .iter()
        .fold(0u32, |sum, digit| sum * 8 + u32::from(digit - b'0'));
    let blank = |at: usize| {
        if (148..156).contains(&at) {
            b' '
        } else {
            header[at]
        }
    };
    // Some programs have added signed characters.
    let unsigned: u32 = (0..BLOCK).map(|at| u32::from(blank(at))).sum();
    let signed: i32 = (0..BLOCK).map(|at| i32::from(blank(at) as i8)).sum();
    stated == unsigned || i64::from(stated) == i64::from(signed)
}

impl Reader for Tar {
    fn name(&self) -> &'static str {
        "tar/0.4.46"
    }

    fn read(&self, bytes: &[u8], given: &Given) -> Result<Reading, ReadError> {
        let mut members = Members::new(given);
        let mut rest = bytes;
        // Archives that were joined: behind the end of one lies the next.
        while let Some(next) = self.one(rest, &mut members)? {
            rest = next;
        }
        let blocks = bytes.chunks(BLOCK);
        let zeros = blocks
            .rev()
            .take_while(|block| block.iter().all(|byte| *byte == 0));
        if zeros.count() == 0 {
            let detail = "it does not end as archives do; ask for an intact copy";
            members.reading.ledger.add(Unread::Truncated, detail);
        }
        members.finish()
    }

    fn remedy(&self) -> &'static str {
        REMEDY
    }
}

impl Tar {
    /// Reads one archive; what follows behind it, if that is one as well.
    fn one<'b>(
        &self,
        bytes: &'b [u8],
        members: &mut Members<'_>,
    ) -> Result<Option<&'b [u8]>, ReadError> {
        let mut archive = Archive::new(bytes);
        let mut end = 0;
        let problem = |error| ReadError::Corrupt(format!("not a readable tar archive: {error}"));
        for entry in archive.entries().map_err(problem)? {
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(error) if members.reading.children.is_empty() => return Err(problem(error)),
                Err(error) => {
                    let detail = format!(
                        "the archive cannot be read on after {} members ({error}); ask for an intact copy",
                        members.reading.children.len()
                    );
                    members.reading.ledger.add(Unread::Truncated, detail);
                    return Ok(None);
                }
            };
            let packed = entry.header().entry_size().unwrap_or_default();
            end = entry.raw_file_position().saturating_add(packed);
            let kind = entry.header().entry_type();
            if kind.is_dir() || kind.is_pax_global_extensions() {
                continue;
            }
            let name = entry.path_bytes().into_owned();
            let name = members.name(&name);
            let content = match kind {
                EntryType::Link | EntryType::Symlink => {
                    let to = entry.link_name_bytes().unwrap_or_default();
                    Err(link(&super::names::decode(&to).0))
                }
                EntryType::Char | EntryType::Block | EntryType::Fifo => Err(failed(
                    ExceptionReason::SpecialFile,
                    "a device or pipe has no content to produce",
                )),
                _ => content(members, &mut entry),
            };
            members.add(&name, content);
        }
        let end = usize::try_from(end).unwrap_or(usize::MAX).min(bytes.len());
        let behind = &bytes[end..];
        let Some(at) = behind.iter().position(|byte| *byte != 0) else {
            return Ok(None);
        };
        // Archives begin at blocks.
        let begin = end + at;
        let begin = begin - begin % BLOCK;
        let next = &bytes[begin..];
        if begin >= end && begin > 0 && is_tar(next) {
            return Ok(Some(next));
        }
        let detail = format!(
            "{} bytes behind its end are no archive; look at them by themselves",
            bytes.len() - end - at
        );
        members.reading.ledger.add(Unread::Unknown, detail);
        Ok(None)
    }
}

/// A member's bytes. A hole in a sparse file is as many zeros: what it may unpack to is limited like anything else.
fn content(members: &Members<'_>, entry: &mut ::tar::Entry<'_, &[u8]>) -> super::Content {
    let packed = entry.header().entry_size().unwrap_or_default();
    let size = entry.size();
    match members.read(packed.min(size), &mut *entry as &mut dyn Read) {
        Ok(Ok(bytes)) if (bytes.len() as u64) < size => Err(damaged("it ends too early")),
        Ok(content) => content,
        Err(error) => Err(damaged(error)),
    }
}
