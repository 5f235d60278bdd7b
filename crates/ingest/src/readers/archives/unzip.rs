//! Unpacking one member of a zip archive: every method and both encryptions of the `zip` crate, which is shown an
//! archive with this one member. So its own directory, which knows one member for each name, does not matter.

use std::io::{self, Read, Seek, SeekFrom};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::item::ExceptionReason;

use super::{Content, Members, damaged, failed};

/// A member as it lies in the archive.
pub(super) struct Packed<'a> {
    pub flags: u16,
    pub method: u16,
    /// Time and date, as they are written.
    pub time: [u8; 4],
    pub crc: u32,
    pub unpacked: u64,
    /// What is said about encryption with AES.
    pub aes: Option<[u8; 7]>,
    pub data: &'a [u8],
}

const ENCRYPTED: u16 = 1;
const STRONG: u16 = 1 << 6;
const MASKED: u16 = 1 << 13;

/// The member's content within the limits.
pub(super) fn unpack(packed: &Packed<'_>, members: &mut Members<'_>) -> Content {
    if packed.flags & (STRONG | MASKED) != 0 {
        return Err(failed(
            ExceptionReason::Encrypted,
            "it is encrypted in PKWARE's way, which is not read here; decrypt it with the program that made it and add the result",
        ));
    }
    if packed.data.len() as u64 >= u64::from(u32::MAX) {
        let room = members.room(packed.data.len() as u64).unwrap_or(0);
        return Err(members.too_large(packed.data.len() as u64, room));
    }
    let encrypted = packed.flags & ENCRYPTED != 0 || packed.method == 99;
    if !encrypted {
        return match read(packed, None, members) {
            Ok(content) => content,
            Err(error) => Err(explain(packed, error)),
        };
    }
    let passwords: Vec<(usize, Vec<u8>)> = members
        .given
        .passwords
        .iter()
        .enumerate()
        .flat_map(|(n, password)| written(password).into_iter().map(move |bytes| (n, bytes)))
        .collect();
    // The one that opened the last member first.
    let known = members.used.last().copied();
    let order = passwords
        .iter()
        .filter(|(n, _)| Some(*n) == known)
        .chain(passwords.iter().filter(|(n, _)| Some(*n) != known));
    for (number, password) in order {
        match read(packed, Some(password), members) {
            Ok(content) => {
                members.opened_with(*number);
                return content;
            }
            Err(ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_)) => {
                let error = ZipError::CompressionMethodNotSupported(packed.method);
                return Err(explain(packed, error));
            }
            // A wrong password is not always noticed before the content turns out to be none.
            Err(_) => {}
        }
    }
    Err(members.locked())
}

/// A password in the charsets that programs have written it in.
fn written(password: &str) -> Vec<Vec<u8>> {
    let mut all = vec![password.as_bytes().to_vec()];
    if !password.is_ascii() {
        all.extend(super::names::in_code_pages(password));
    }
    all
}

fn explain(packed: &Packed<'_>, error: ZipError) -> crate::item::Exception {
    match error {
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => failed(
            ExceptionReason::Unsupported,
            format!(
                "it is compressed in a way that is not read here (method {}); unpack the archive and add its content",
                packed.method
            ),
        ),
        error => damaged(error),
    }
}

fn read(
    packed: &Packed<'_>,
    password: Option<&[u8]>,
    members: &Members<'_>,
) -> Result<Content, ZipError> {
    let (head, tail) = around(packed);
    let chain = Chain {
        parts: [&head, packed.data, &tail],
        at: 0,
    };
    let mut archive = ZipArchive::new(chain)?;
    let member = match password {
        Some(password) => archive.by_index_decrypt(0, password)?,
        None => archive.by_index(0)?,
    };
    Ok(members.read(packed.data.len() as u64, member)?)
}

/// What stands before and behind the data of an archive with this member alone.
fn around(packed: &Packed<'_>) -> (Vec<u8>, Vec<u8>) {
    let extra: Vec<u8> = match packed.aes {
        Some(field) => [&[0x01, 0x99, 7, 0][..], &field].concat(),
        None => Vec::new(),
    };
    let size = (packed.data.len() as u32).to_le_bytes();
    let unpacked = u32::try_from(packed.unpacked)
        .unwrap_or(u32::MAX - 1)
        .min(u32::MAX - 1)
        .to_le_bytes();
    let common = |out: &mut Vec<u8>| {
        out.extend(51u16.to_le_bytes());
        out.extend((packed.flags & !(1 << 11)).to_le_bytes());
        out.extend(packed.method.to_le_bytes());
        out.extend(packed.time);
        out.extend(packed.crc.to_le_bytes());
        out.extend(size);
        out.extend(unpacked);
        out.extend(1u16.to_le_bytes());
        out.extend((extra.len() as u16).to_le_bytes());
    };
    let mut head = b"PK\x03\x04".to_vec();
    common(&mut head);
    head.push(b'm');
    head.extend(&extra);
    let mut tail = b"PK\x01\x02".to_vec();
    tail.extend(51u16.to_le_bytes());
    common(&mut tail);
    // No comment, one volume, no attributes, at the very beginning.
    tail.extend([0; 2 + 2 + 2 + 4 + 4]);
    tail.push(b'm');
    tail.extend(&extra);
    let directory = (tail.len() as u32).to_le_bytes();
    let at = ((head.len() + packed.data.len()) as u32).to_le_bytes();
    tail.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    tail.extend(directory);
    tail.extend(at);
    tail.extend([0, 0]);
    (head, tail)
}

/// Three pieces of memory read as one.
struct Chain<'a> {
    parts: [&'a [u8]; 3],
    at: u64,
}

impl Read for Chain<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut start = self.at;
        for part in self.parts {
            if let Some(rest) = usize::try_from(start)
                .ok()
                .and_then(|start| part.get(start..))
                && !rest.is_empty()
            {
                let count = rest.len().min(buffer.len());
                buffer[..count].copy_from_slice(&rest[..count]);
                self.at += count as u64;
                return Ok(count);
            }
            start = start.saturating_sub(part.len() as u64);
        }
        Ok(0)
    }
}

impl Seek for Chain<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let len: u64 = self.parts.iter().map(|part| part.len() as u64).sum();
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
