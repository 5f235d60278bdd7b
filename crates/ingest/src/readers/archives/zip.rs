//! Zip archives, by their directory and by what lies outside of it.
//!
//! The directory is authoritative, and not trusted to be complete: between the members that it lists, local
//! headers are looked for, and what they begin is a member like any other. Two members of one name are two
//! members. Bytes that belong to nothing are counted in the ledger.

use rawzip::extra_fields::{ExtraFieldId, ExtraFields};
use rawzip::{ZipLocator, ZipSliceArchive};

use crate::ledger::Unread;
use crate::limits::human_bytes;
use crate::reading::{Given, ReadError, Reader, Reading};

use super::unzip::{self, Packed};
use super::{Members, REMEDY, damaged, link};

/// Zip.
pub(crate) struct Zip;

/// Signatures of records.
const LOCAL: &[u8] = b"PK\x03\x04";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
/// Bytes of a local header before the name.
const LOCAL_SIZE: usize = 30;
/// Longest record behind a member's data.
const DESCRIPTOR_SIZE: usize = 24;
/// Places at which a member of unknown length may end that are tried.
const ENDS: usize = 2_000;

/// A member: where it is and what is said about it.
struct Entry<'a> {
    name: &'a [u8],
    utf8: bool,
    unicode: Option<String>,
    comment: &'a [u8],
    is_dir: bool,
    is_link: bool,
    /// The name in its own header, where that is another one.
    other_name: Option<&'a [u8]>,
    packed: Result<Packed<'a>, String>,
    start: usize,
    end: usize,
}

impl Reader for Zip {
    fn name(&self) -> &'static str {
        "rawzip/0.5.2 zip/9.8.1"
    }

    fn read(&self, bytes: &[u8], given: &Given) -> Result<Reading, ReadError> {
        let mut members = Members::new(given);
        let listing = Listing::of(bytes);
        if listing.entries.is_empty() && listing.volumes.is_none() && !listing.has_directory {
            return Err(ReadError::Corrupt(
                "not a readable zip archive: it has neither a directory nor members".to_owned(),
            ));
        }
        listing.say(&mut members);
        members.comment(&text(listing.comment));
        for entry in &listing.entries {
            let name = match (&entry.unicode, std::str::from_utf8(entry.name)) {
                (Some(name), _) => name.clone(),
                (None, Ok(name)) if entry.utf8 => name.to_owned(),
                _ => members.name(entry.name),
            };
            if entry.is_dir {
                continue;
            }
            if members.is_full() {
                continue;
            }
            let content = match &entry.packed {
                Ok(packed) => unzip::unpack(packed, &mut members),
                Err(why) => Err(damaged(why)),
            };
            let content = match content {
                Ok(bytes) if entry.is_link => Err(link(&text(&bytes))),
                content => content,
            };
            if let Some(other) = entry.other_name {
                let detail = format!("'{name}' is called '{}' in its own header", text(other));
                members.reading.ledger.add(Unread::Fact, detail);
            }
            members.add(&name, content);
            if !entry.comment.is_empty() {
                members.comment(&text(entry.comment));
            }
        }
        members.finish()
    }

    fn remedy(&self) -> &'static str {
        REMEDY
    }
}

fn text(bytes: &[u8]) -> String {
    super::names::decode(bytes).0
}

/// What there is in an archive.
struct Listing<'a> {
    entries: Vec<Entry<'a>>,
    has_directory: bool,
    /// The directory ends in a record that is none, after this many members.
    broken_after: Option<usize>,
    /// Members that the directory does not list.
    outside: usize,
    /// This volume and the number of all, where the archive has several.
    volumes: Option<(u16, u16)>,
    comment: &'a [u8],
    front: usize,
    behind: usize,
    /// Bytes between members that belong to none.
    between: usize,
}

impl<'a> Listing<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let mut listing = Listing {
            entries: Vec::new(),
            has_directory: false,
            broken_after: None,
            outside: 0,
            volumes: None,
            comment: b"",
            front: 0,
            behind: 0,
            between: 0,
        };
        let locator = ZipLocator::new().max_search_space(bytes.len() as u64);
        let archive = locator.locate_in_slice(bytes).ok();
        let mut end = bytes.len();
        if let Some(archive) = &archive {
            listing.has_directory = true;
            let eocd = archive.eocd_offset() as usize;
            listing.volumes = volumes(&bytes[eocd.min(bytes.len())..]);
            let after = (archive.end_offset() as usize).min(bytes.len());
            listing.comment = &bytes[(eocd + 22).min(after)..after];
            listing.behind = waste(&bytes[after..]);
            end = (archive.directory_offset() as usize).min(bytes.len());
            // Places in another volume mean nothing in this one.
            if listing.volumes.is_none() {
                listing.directory(archive, bytes);
            }
        }
        if bytes.starts_with(DESCRIPTOR) && listing.volumes.is_none() && !listing.has_directory {
            listing.volumes = Some((0, 0));
        }
        listing.gaps(bytes, end);
        listing
    }

    fn directory(&mut self, archive: &ZipSliceArchive<&'a [u8]>, bytes: &'a [u8]) {
        // The iterator borrows the archive, and the archive the bytes: places outlive both.
        let base = bytes.as_ptr() as usize;
        let within = |part: &[u8]| -> &'a [u8] {
            let at = (part.as_ptr() as usize).wrapping_sub(base);
            bytes
                .get(at..at.saturating_add(part.len()))
                .unwrap_or_default()
        };
        let mut entries = archive.entries();
        loop {
            let record = match entries.next_entry() {
                Ok(Some(record)) => record,
                Ok(None) => break,
                Err(_) => {
                    self.broken_after = Some(self.entries.len());
                    break;
                }
            };
            let start = usize::try_from(record.local_header_offset()).unwrap_or(usize::MAX);
            let name = within(record.file_path().as_bytes());
            let flags = record.flags();
            let mut entry = Entry {
                name,
                utf8: flags.is_utf8(),
                unicode: unicode(
                    record.extra_fields(),
                    ExtraFieldId::INFO_ZIP_UNICODE_PATH,
                    name,
                ),
                comment: within(record.comment().as_bytes()),
                is_dir: record.is_dir() && record.uncompressed_size_hint() == 0,
                is_link: record.mode().is_symlink(),
                other_name: None,
                packed: Err("there is nothing at its place in the archive".to_owned()),
                start,
                end: start,
            };
            if let (Ok(found), Some(local)) = (
                archive.get_entry(record.wayfinder()),
                Local::at(bytes, start),
            ) {
                let (from, to) = found.compressed_data_range();
                let data = &bytes[from as usize..to as usize];
                entry.end = to as usize;
                if flags.has_data_descriptor() {
                    entry.end += descriptor_len(&bytes[to as usize..], data.len());
                }
                if local.name != name && !local.name.is_empty() && flags.bits() & (1 << 13) == 0 {
                    entry.other_name = Some(local.name);
                }
                entry.packed = Ok(Packed {
                    flags: flags.bits(),
                    method: record.compression_method().as_u16(),
                    time: local.time,
                    crc: record.crc32(),
                    unpacked: record.uncompressed_size_hint(),
                    aes: aes(record.extra_fields()).or_else(|| aes(ExtraFields::new(local.extra))),
                    data,
                });
            }
            self.entries.push(entry);
        }
    }

    /// Looks for members between and in front of those that are listed, up to `end`.
    fn gaps(&mut self, bytes: &'a [u8], end: usize) {
        let mut covered: Vec<(usize, usize)> =
            self.entries.iter().map(|e| (e.start, e.end)).collect();
        covered.push((end, end));
        covered.sort_unstable();
        let ends: Vec<usize> = memchr::memmem::find_iter(bytes, DESCRIPTOR).collect();
        let (mut at, mut first) = (0, true);
        for (start, stop) in covered {
            if start > at && start <= bytes.len() {
                let before = self.entries.len();
                let left = self.gap(bytes, at, start, &ends);
                let none_found = before == self.entries.len();
                match first && none_found {
                    true => self.front += left,
                    false => self.between += left,
                }
            }
            first = false;
            at = at.max(stop);
        }
    }

    /// Members in `from..to`, where the directory has none. Returns the bytes that belong to nothing.
    fn gap(&mut self, bytes: &'a [u8], from: usize, to: usize, ends: &[usize]) -> usize {
        let (mut at, mut left) = (from, 0);
        while let Some(found) = memchr::memmem::find(&bytes[at..to], LOCAL) {
            let start = at + found;
            let entry = Local::at(&bytes[..to], start)
                .and_then(|local| local.entry(bytes, start, to, ends));
            let Some(entry) = entry else {
                left += waste(&bytes[at..start + LOCAL.len()]);
                at = start + LOCAL.len();
                continue;
            };
            left += waste(&bytes[at..start]);
            at = entry.end.max(start + LOCAL.len()).min(to);
            self.outside += usize::from(self.has_directory && self.volumes.is_none());
            self.entries.push(entry);
        }
        left + waste(&bytes[at..to])
    }

    /// What of the archive was not read, or not as it should be.
    fn say(&self, members: &mut Members<'_>) {
        let ledger = &mut members.reading.ledger;
        if let Some((this, all)) = self.volumes {
            let which = match all {
                0 => "this is one volume of an archive in several".to_owned(),
                _ => format!(
                    "this is volume {} of {all} of an archive",
                    u32::from(this) + 1
                ),
            };
            let detail = format!(
                "{which} (.z01, .z02, ..., .zip); join them into one file ('zip -s 0 first.zip --out whole.zip') and add that"
            );
            ledger.add(Unread::Truncated, detail);
        } else if !self.has_directory {
            let detail = "the archive ends too early: its directory is missing, members were found by their own headers";
            ledger.add(Unread::Truncated, detail);
        }
        if let Some(after) = self.broken_after {
            let detail = format!(
                "the directory is damaged after {after} members; others were found by their own headers"
            );
            ledger.add(Unread::Damaged, detail);
        }
        if self.outside > 0 {
            let detail = format!(
                "{} members that the directory of the archive does not list; they were read, other programs do not show them",
                self.outside
            );
            ledger.add_many(
                Unread::Fact,
                u32::try_from(self.outside).unwrap_or(u32::MAX),
                detail,
            );
        }
        for (count, place) in [
            (
                self.front,
                "in front of the archive, a program or something else",
            ),
            (self.between, "between its members"),
            (self.behind, "behind the archive"),
        ] {
            if count > 0 {
                ledger.add(
                    Unread::Unknown,
                    format!("{} {place}", human_bytes(count as u64)),
                );
            }
        }
    }
}

/// Bytes that are not just filling.
fn waste(bytes: &[u8]) -> usize {
    let trimmed = bytes
        .strip_prefix(DESCRIPTOR)
        .or(bytes.strip_prefix(b"PK00"))
        .unwrap_or(bytes);
    match trimmed.iter().all(|byte| *byte == 0) {
        true => 0,
        false => bytes.len(),
    }
}

/// Number of this volume and of all, from the end record, where there are several.
fn volumes(record: &[u8]) -> Option<(u16, u16)> {
    let number = |at: usize| {
        record
            .get(at..at + 2)
            .map(|b| u16::from_le_bytes([b[0], b[1]]))
    };
    match number(4)? {
        0 | u16::MAX => None,
        this => Some((this, this.saturating_add(1))),
    }
}

/// How long the record behind `data_len` bytes of a member is.
fn descriptor_len(behind: &[u8], data_len: usize) -> usize {
    let word = |at: usize| {
        behind
            .get(at..at + 4)
            .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    };
    let size = Some(data_len as u32);
    let sign = if behind.starts_with(DESCRIPTOR) { 4 } else { 0 };
    if word(sign + 4) != size {
        return 0;
    }
    // Sizes have four bytes, or eight with zip64: then the next word is zero, and no record begins with that.
    let long = word(sign + 8) == Some(0) && data_len > 0;
    (sign + if long { 20 } else { 12 })
        .min(behind.len())
        .min(DESCRIPTOR_SIZE)
}

/// The name in Unicode that stands beside one in some code page, if it is that one's.
fn unicode(extra: ExtraFields<'_>, id: ExtraFieldId, name: &[u8]) -> Option<String> {
    let mut fields = extra;
    let field = fields.find(|(found, _)| *found == id)?.1;
    let (head, text) = field.split_at_checked(5)?;
    let crc = u32::from_le_bytes([head[1], head[2], head[3], head[4]]);
    (head[0] == 1 && crc == rawzip::crc32(name))
        .then(|| std::str::from_utf8(text).ok().map(str::to_owned))
        .flatten()
}

/// What is said about encryption with AES.
fn aes(mut extra: ExtraFields<'_>) -> Option<[u8; 7]> {
    let field = extra.find(|(id, _)| *id == ExtraFieldId::AES)?.1;
    field.get(..7)?.try_into().ok()
}

/// A local header.
struct Local<'a> {
    flags: u16,
    method: u16,
    time: [u8; 4],
    crc: u32,
    packed: u64,
    unpacked: u64,
    name: &'a [u8],
    extra: &'a [u8],
    data: usize,
}

impl<'a> Local<'a> {
    fn at(bytes: &'a [u8], start: usize) -> Option<Self> {
        let fixed = bytes.get(start..start.checked_add(LOCAL_SIZE)?)?;
        if !fixed.starts_with(LOCAL) {
            return None;
        }
        let short = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let long = |at: usize| {
            u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]])
        };
        let name_end = start + LOCAL_SIZE + usize::from(short(26));
        let data = name_end + usize::from(short(28));
        let extra = bytes.get(name_end..data)?;
        let (mut packed, mut unpacked) = (u64::from(long(18)), u64::from(long(22)));
        if let Some((_, field)) = ExtraFields::new(extra).find(|(id, _)| *id == ExtraFieldId::ZIP64)
        {
            let number = |at: usize| {
                field
                    .get(at..at + 8)
                    .and_then(|b| b.try_into().ok())
                    .map(u64::from_le_bytes)
            };
            let mut next = 0;
            for size in [&mut unpacked, &mut packed] {
                if *size == u64::from(u32::MAX) {
                    *size = number(next).unwrap_or(*size);
                    next += 8;
                }
            }
        }
        Some(Local {
            flags: short(6),
            method: short(8),
            time: [fixed[10], fixed[11], fixed[12], fixed[13]],
            crc: long(14),
            packed,
            unpacked,
            name: bytes.get(start + LOCAL_SIZE..name_end)?,
            extra,
            data,
        })
    }

    /// The member that it begins, if it is one: it has a name, a known method, and an end.
    fn entry(self, bytes: &'a [u8], start: usize, to: usize, ends: &[usize]) -> Option<Entry<'a>> {
        let known = matches!(self.method, 0..=20 | 93..=99);
        if self.name.is_empty() || !known || self.name.contains(&0) {
            return None;
        }
        let streamed = self.flags & 8 != 0 && self.packed == 0;
        let (len, crc, unpacked, end) = match streamed {
            false => {
                let len = usize::try_from(self.packed).ok()?;
                let end = self.data.checked_add(len)?;
                // A volume, or a file that is cut off, has the beginning of its last member.
                (
                    len.min(to.checked_sub(self.data)?),
                    self.crc,
                    self.unpacked,
                    end.min(to),
                )
            }
            true => self.streamed(bytes, to, ends)?,
        };
        let data = bytes.get(self.data..self.data + len)?;
        let cut = !streamed && (len as u64) < self.packed;
        let packed = match cut {
            true => Err("the archive ends in the middle of it".to_owned()),
            false => Ok(Packed {
                flags: self.flags,
                method: self.method,
                time: self.time,
                crc,
                unpacked,
                aes: aes(ExtraFields::new(self.extra)),
                data,
            }),
        };
        Some(Entry {
            name: self.name,
            utf8: self.flags & 1 << 11 != 0,
            unicode: unicode(
                ExtraFields::new(self.extra),
                ExtraFieldId::INFO_ZIP_UNICODE_PATH,
                self.name,
            ),
            comment: b"",
            is_dir: self.name.ends_with(b"/") && len == 0,
            is_link: false,
            other_name: None,
            packed,
            start,
            end,
        })
    }

    /// A member whose length stands behind it: there is a record that says how far away its beginning is.
    fn streamed(
        &self,
        bytes: &[u8],
        to: usize,
        ends: &[usize],
    ) -> Option<(usize, u32, u64, usize)> {
        let word = |at: usize| {
            bytes
                .get(at..at + 4)
                .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        };
        let first = ends.partition_point(|end| *end < self.data);
        for end in ends[first..].iter().take(ENDS).take_while(|end| **end < to) {
            let len = end - self.data;
            if word(end + 8) == Some(len as u32) {
                let long = word(end + 12) == Some(0) && len > 0;
                let unpacked = word(end + if long { 16 } else { 12 })?;
                let size = if long { 24 } else { 16 };
                return Some((
                    len,
                    word(end + 4)?,
                    u64::from(unpacked),
                    (end + size).min(to),
                ));
            }
        }
        // Without a signature: the compressed stream says where it ends.
        if self.method == 8 && self.flags & 1 == 0 {
            let mut decoder = flate2::bufread::DeflateDecoder::new(&bytes[self.data..to]);
            let limit = super::LARGE.max((to - self.data) as u64 * 4);
            let mut crc = flate2::CrcReader::new(&mut decoder);
            let unpacked = std::io::copy(
                &mut std::io::Read::take(&mut crc, limit),
                &mut std::io::sink(),
            )
            .ok()?;
            let sum = crc.crc().sum();
            let len = decoder.total_in() as usize;
            let end = self.data + len;
            return Some((
                len,
                sum,
                unpacked,
                end + descriptor_len(&bytes[end..to], len),
            ));
        }
        None
    }
}

/// Members of a package (an Office or OpenDocument file) that are no parts of it: files that somebody put beside.
/// Names as they stand in the archive.
pub(crate) fn foreign_members(bytes: &[u8]) -> Vec<String> {
    let listing = Listing::of(bytes);
    let declared = super::found::declared_parts(bytes);
    let Some(declared) = declared else {
        return Vec::new();
    };
    let files = listing.entries.iter().filter(|entry| !entry.is_dir);
    let names = files.map(|entry| text(entry.name));
    names
        .filter(|name| !declared.has(name))
        .take(10_000)
        .collect()
}

/// What lies beside the parts of a package.
pub(crate) struct Beside;

impl Reader for Beside {
    fn name(&self) -> &'static str {
        Zip.name()
    }

    fn read(&self, bytes: &[u8], given: &Given) -> Result<Reading, ReadError> {
        let mut reading = Zip.read(bytes, given)?;
        let foreign: std::collections::HashSet<String> =
            foreign_members(bytes).into_iter().collect();
        reading
            .children
            .retain(|child| foreign.contains(&child.name));
        Ok(reading)
    }
}
