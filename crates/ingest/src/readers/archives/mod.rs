//! Archives: containers whose members are files of their own.
//!
//! Every reader here hands over each member as a [`Child`] with its place in the archive, and everything that
//! could not be taken out with a reason of its own. What of the archive itself was not read (bytes in front of
//! it, a directory that is missing, names whose charset was guessed) is in the ledger. Nothing unpacks to more
//! than the limits allow, whatever it declares.

mod found;
mod names;
mod rar;
mod seven;
mod single;
mod tar;
#[cfg(test)]
mod tests;
mod unzip;
mod zip;

pub(crate) use found::program_with_archive;
pub(crate) use rar::Rar;
pub(crate) use seven::SevenZip;
pub(crate) use single::{Bzip2, Gzip, Xz};
pub(crate) use tar::{Tar, is_tar};
pub(crate) use zip::{Beside, Zip, foreign_members};

use std::collections::HashSet;
use std::io::Read;

use crate::charset;
use crate::item::{Exception, ExceptionReason};
use crate::ledger::Unread;
use crate::limits::{human_bytes, locked};
use crate::names::member;
use crate::reading::{Child, Given, ReadError, Reading};

/// Members that unpack to more than this many times their size, and are large, are bombs.
const MAX_RATIO: u64 = 500;
const LARGE: u64 = 16 << 20;

/// Memory that one decoder may ask for because a file says so.
const DECODER_MEMORY: u64 = 1 << 30;

/// What a person can do about an archive that cannot be opened.
const REMEDY: &str = "unpack it with the program that made it, add what is in it";

/// An archive being read: its members within the limits, and the list of their names.
struct Members<'g> {
    given: &'g Given,
    taken: HashSet<String>,
    list: String,
    unpacked: u64,
    beyond: u32,
    guessed: Vec<String>,
    used: Vec<usize>,
    reading: Reading,
}

/// What a member that was read came to.
type Content = Result<Vec<u8>, Exception>;

impl<'g> Members<'g> {
    fn new(given: &'g Given) -> Self {
        Members {
            given,
            taken: HashSet::new(),
            list: String::new(),
            unpacked: 0,
            beyond: 0,
            guessed: Vec::new(),
            used: Vec::new(),
            reading: Reading::default(),
        }
    }

    /// Whether there is room for more members; those beyond are counted.
    fn is_full(&mut self) -> bool {
        // One more than the limit: the family then says that there were more.
        let full = self.reading.children.len() > self.given.items;
        if full {
            self.beyond = self.beyond.saturating_add(1);
        }
        full
    }

    /// Most bytes that a member of `packed` bytes may unpack to now, or why it may not at all.
    fn room(&self, packed: u64) -> Result<u64, Exception> {
        let left = self.given.unpacked.saturating_sub(self.unpacked);
        if left == 0 && self.given.unpacked > 0 {
            return Err(self.family_full());
        }
        Ok(left
            .min(self.given.item)
            .min(LARGE.max(packed.saturating_mul(MAX_RATIO))))
    }

    fn family_full(&self) -> Exception {
        failed(
            ExceptionReason::TooLarge,
            format!(
                "with it the archive unpacks to more than {}; raise --max-family-size, or unpack it by hand",
                human_bytes(self.given.unpacked)
            ),
        )
    }

    /// What to say of a member of `packed` bytes that has more than `room`.
    fn too_large(&self, packed: u64, room: u64) -> Exception {
        if room >= self.given.item {
            let limit = human_bytes(room);
            let detail = format!(
                "it unpacks to more than {limit}; raise --max-item-size, or unpack it by hand"
            );
            return failed(ExceptionReason::TooLarge, detail);
        }
        if room >= self.given.unpacked.saturating_sub(self.unpacked) {
            return self.family_full();
        }
        let detail = format!(
            "it unpacks from {} to more than {}, as what is made to fill a disk does; unpack it by hand, with care",
            human_bytes(packed),
            human_bytes(room)
        );
        failed(ExceptionReason::TooLarge, detail)
    }

    /// The content of a member of `packed` bytes, read within the limits. Errors are the reader's.
    fn read(&self, packed: u64, from: impl Read) -> std::io::Result<Content> {
        let room = match self.room(packed) {
            Ok(room) => room,
            Err(full) => return Ok(Err(full)),
        };
        let mut bytes = Vec::new();
        from.take(room.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > room {
            return Ok(Err(self.too_large(packed, room)));
        }
        Ok(Ok(bytes))
    }

    /// Takes a member in.
    fn add(&mut self, name: &str, content: Content) {
        if self.is_full() {
            return;
        }
        self.list.push_str(&charset::tidy(name).replace('\n', " "));
        self.list.push('\n');
        let wanted = member(name);
        let mut place = wanted.clone();
        let mut number = 2;
        while !self.taken.insert(place.clone()) {
            place = format!("{wanted}~{number}");
            number += 1;
        }
        let (bytes, obstacle) = match content {
            Ok(bytes) => (bytes, None),
            Err(exception) => (Vec::new(), Some(exception)),
        };
        self.unpacked = self.unpacked.saturating_add(bytes.len() as u64);
        self.reading.children.push(Child {
            name: name.to_owned(),
            place: Some(place),
            obstacle,
            bytes,
            ..Child::default()
        });
    }

    /// Notes that the password with that number in the list, from 0, opened something.
    fn opened_with(&mut self, number: usize) {
        if !self.used.contains(&number) {
            self.used.push(number);
        }
    }

    /// What is said of a member that no password opens.
    fn locked(&self) -> Exception {
        failed(ExceptionReason::Encrypted, locked(&self.given.passwords))
    }

    /// The name of a member whose bytes are in no stated charset.
    fn name(&mut self, bytes: &[u8]) -> String {
        let (name, guess) = names::decode(bytes);
        if let Some(charset) = guess {
            self.guessed.push(format!("{name} ({charset})"));
        }
        name
    }

    /// Text of the archive itself: its comment.
    fn comment(&mut self, comment: &str) {
        let comment = charset::tidy(comment);
        if !comment.trim().is_empty() {
            self.list.push_str(&comment);
            self.list.push('\n');
        }
    }

    fn finish(mut self) -> Result<Reading, ReadError> {
        if self.reading.children.is_empty() && self.reading.ledger.is_empty() {
            return Err(ReadError::Nothing(
                "there is nothing in the archive; ask the custodian whether that is right"
                    .to_owned(),
            ));
        }
        let ledger = &mut self.reading.ledger;
        if self.beyond > 0 {
            let detail = format!(
                "members beyond the limit of {}; raise --max-family-items, or unpack it by hand",
                self.given.items
            );
            ledger.add_many(Unread::Embedded, self.beyond, detail);
        }
        for name in &self.guessed {
            ledger.add(Unread::Guessed, format!("charset of the name {name}"));
        }
        if !self.used.is_empty() {
            let lines: Vec<String> = self.used.iter().map(|at| (at + 1).to_string()).collect();
            let fact = format!("password {} of the list", lines.join(", "));
            self.reading.facts.insert("opened_with".to_owned(), fact);
        }
        if self.list.trim().is_empty() {
            self.list = "an archive without names\n".to_owned();
        }
        self.reading.text = self.list;
        Ok(self.reading)
    }
}

fn failed(reason: ExceptionReason, detail: impl Into<String>) -> Exception {
    Exception {
        reason,
        detail: detail.into(),
    }
}

/// The exception for a member that is damaged.
fn damaged(error: impl std::fmt::Display) -> Exception {
    let detail = format!("it cannot be unpacked ({error}); ask for the file by itself");
    failed(ExceptionReason::Corrupt, detail)
}

/// The exception for a link in an archive.
fn link(to: &str) -> Exception {
    let detail = format!(
        "a link to '{to}' is not followed; add the file it points to, if it is not in the archive and belongs to the corpus"
    );
    failed(ExceptionReason::Link, detail)
}
