//! One file of the corpus to its families.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::sync::Arc;

use super::detect::{self, Content};
use super::family::{EMPTY_STORE, FamilyBuilder, Input, store_trouble, too_large, too_large_file};
use super::file::{SourceFile, SourceStatus, WRITTEN};
use super::item::{ExceptionReason, Family, ItemKind, RawItem};
use super::ledger::Unread;
use super::limits::IngestOptions;
use super::mbox::{Mbox, MboxMessage};
use super::readers::store;
use super::textual::HEAD;
use super::volume::ListedFamily;

/// How much of a mailbox is read at a time.
const BUFFER: usize = 1 << 20;

/// Reads one file. The families come one at a time, so that a mailbox of any size can be
/// processed; every other file is one family. Never empty, and never an error: see
/// [`super::Exception`].
pub fn read_source<'o>(file: &SourceFile, options: &'o IngestOptions) -> Families<'o> {
    let state = match &file.status {
        SourceStatus::Regular => open(file, options),
        SourceStatus::Link => State::failed(
            &file.rel,
            ExceptionReason::Link,
            "a symbolic link is not followed; add the file it points to, if it belongs to the corpus",
        ),
        SourceStatus::Special => State::failed(
            &file.rel,
            ExceptionReason::SpecialFile,
            "a device, socket or pipe has no content to produce",
        ),
        SourceStatus::Unreadable(why) => {
            State::failed(&file.rel, ExceptionReason::Unreadable, unreadable(why))
        }
    };
    Families {
        rel: file.rel.clone(),
        options,
        state,
    }
}

/// Reads what is read as one: see [`read_source`].
pub fn read<'o>(source: &Source, options: &'o IngestOptions) -> Families<'o> {
    match source {
        Source::File(file) => read_source(file, options),
        Source::Listed(family) => Families {
            rel: family.path().to_owned(),
            options,
            state: State::Ready(family.read(options)),
        },
        Source::Kept(kept) => Families {
            rel: kept.path().to_owned(),
            options,
            state: State::Several(kept.read(options).into_iter()),
        },
    }
}

/// Something that lies in no folder and is read from where it is kept: a document of an earlier commitment.
pub trait Kept: fmt::Debug + Send + Sync {
    /// Its place in the corpus.
    fn path(&self) -> &str;
    /// Bytes to be read.
    fn bytes(&self) -> u64;
    /// Reads it.
    fn read(&self, options: &IngestOptions) -> Vec<Family>;
}

/// What is read as one.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file of a folder.
    File(SourceFile),
    /// A family of a load file.
    Listed(ListedFamily),
    /// Something that lies in no folder.
    Kept(Arc<dyn Kept>),
}

impl Source {
    /// Bytes to be read.
    pub fn bytes(&self) -> u64 {
        match self {
            Source::File(file) => file.len,
            Source::Listed(family) => family.bytes(),
            Source::Kept(kept) => kept.bytes(),
        }
    }

    /// Its place in the corpus: that of its first document.
    pub fn path(&self) -> &str {
        match self {
            Source::File(file) => &file.rel,
            Source::Listed(family) => family.path(),
            Source::Kept(kept) => kept.path(),
        }
    }

    /// The file that the item at `path` is, whole; nothing if it is a part of one.
    pub fn file(&self, path: &str) -> Option<&SourceFile> {
        match self {
            Source::File(file) => (file.rel == path).then_some(file),
            Source::Listed(family) => family.native(path),
            Source::Kept(_) => None,
        }
    }
}

fn unreadable(why: impl std::fmt::Display) -> String {
    format!("{why}; check the permissions and the disk, then commit again")
}

/// The families of one file, in order.
pub struct Families<'o> {
    rel: String,
    options: &'o IngestOptions,
    state: State,
}

enum State {
    /// A family that is already there.
    Ready(Family),
    /// Some of them.
    Several(std::vec::IntoIter<Family>),
    /// A mailbox, not yet begun; whether it was written to since it was listed.
    Fresh(Mailbox, bool),
    /// A mailbox of more than one message, with the message to come and its number.
    Running(Mailbox, io::Result<MboxMessage>, usize),
    /// An Outlook store, with what is left of it; whether it was written to since it was listed.
    Store(Box<store::Items<store::InFile>>, bool),
    Done,
}

type Mailbox = Box<Mbox<BufReader<File>>>;

impl State {
    fn failed(rel: &str, reason: ExceptionReason, detail: impl Into<String>) -> Self {
        Self::Ready(vec![RawItem::failed(rel.to_owned(), reason, detail)])
    }
}

fn open(file: &SourceFile, options: &IngestOptions) -> State {
    try_open(file, options).unwrap_or_else(|error| {
        State::failed(&file.rel, ExceptionReason::Unreadable, unreadable(error))
    })
}

fn try_open(source: &SourceFile, options: &IngestOptions) -> io::Result<State> {
    let mut opened = source.open()?;
    let mut written = opened.was_written()?;
    let file = &mut opened.file;
    let mut head = Vec::new();
    file.take(HEAD as u64).read_to_end(&mut head)?;
    let name = source.rel.rsplit('/').next().unwrap_or_default();
    if detect::detect(&head, name) == Content::Mbox {
        file.rewind()?;
        let reader = BufReader::with_capacity(BUFFER, opened.file);
        return Ok(State::Fresh(
            Box::new(Mbox::new(reader, options.max_item_bytes)),
            written,
        ));
    }
    if detect::detect(&head, name) == Content::Store && source.len <= store::MAX_STORE {
        let place = store::InFile::new(opened.file)?;
        return Ok(match store::Items::open(place, options.max_item_bytes) {
            Ok(items) => State::Store(Box::new(items), written),
            Err(why) => State::failed(&source.rel, ExceptionReason::Corrupt, store_trouble(&why)),
        });
    }
    // The size may have changed since the walk, so it is the reading that is limited.
    let mut bytes = head;
    let room = options.max_item_bytes.saturating_sub(bytes.len() as u64);
    file.take(room.saturating_add(1)).read_to_end(&mut bytes)?;
    written |= opened.was_written()?;
    if bytes.len() as u64 > options.max_item_bytes {
        let rest = opened.file;
        let item = too_large_file(source.rel.clone(), bytes, rest, options.max_item_bytes)?;
        return Ok(State::Ready(vec![item]));
    }
    let mut family = FamilyBuilder::new(options);
    family.add(Input {
        path: source.rel.clone(),
        name: name.to_owned(),
        bytes,
        ..Input::default()
    });
    let mut family = family.finish();
    if let Some(first) = family.first_mut().filter(|_| written) {
        first.unread(Unread::Changed, WRITTEN);
    }
    Ok(State::Ready(family))
}

impl Iterator for Families<'_> {
    type Item = Family;

    fn next(&mut self) -> Option<Family> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Ready(family) => Some(family),
            State::Several(mut families) => {
                let next = families.next();
                self.state = State::Several(families);
                next
            }
            State::Fresh(mailbox, written) => {
                let mut family = self.begin(mailbox);
                if let Some(first) = family.first_mut().filter(|_| written) {
                    first.unread(Unread::Changed, WRITTEN);
                }
                Some(family)
            }
            State::Running(mut mailbox, message, number) => {
                if let Some(next) = mailbox.next() {
                    self.state = State::Running(mailbox, next, number + 1);
                }
                Some(self.message(message, format!("{}!/{number}", self.rel)))
            }
            State::Store(items, written) => self.stored(items, written),
            State::Done => None,
        }
    }
}

impl Families<'_> {
    /// Looks at the first two messages: a file with only one is that message, whole.
    fn begin(&mut self, mut mailbox: Mailbox) -> Family {
        let first = match mailbox.next() {
            Some(first) => first,
            None => Err(io::Error::other("the mailbox has become empty")),
        };
        match (first, mailbox.next()) {
            (
                Ok(MboxMessage::Whole {
                    mut from_line,
                    bytes,
                    ..
                }),
                None,
            ) => {
                from_line.extend_from_slice(&bytes);
                let whole = MboxMessage::Whole {
                    from_line: Vec::new(),
                    bytes: from_line,
                    unquoted: None,
                };
                self.message(Ok(whole), self.rel.clone())
            }
            (first, Some(second)) => {
                self.state = State::Running(mailbox, second, 2);
                self.message(first, format!("{}!/1", self.rel))
            }
            (first, None) => self.message(first, self.rel.clone()),
        }
    }

    /// The next message of a store; at its end, what was lost of it.
    fn stored(
        &mut self,
        mut items: Box<store::Items<store::InFile>>,
        written: bool,
    ) -> Option<Family> {
        if let Some(item) = items.next() {
            let mut family = FamilyBuilder::new(self.options);
            family.add(Input::stored(item, &self.rel, None, 0));
            let mut family = family.finish();
            if let Some(first) = family.first_mut().filter(|_| written) {
                first.unread(Unread::Changed, WRITTEN);
            }
            self.state = State::Store(items, written);
            return Some(family);
        }
        let trouble = items.trouble()?;
        let (reason, detail) = match items.is_empty() {
            true => (ExceptionReason::Empty, EMPTY_STORE.to_owned()),
            false => (ExceptionReason::Corrupt, store_trouble(&trouble)),
        };
        let mut item = RawItem::failed(self.rel.clone(), reason, detail);
        item.media_type = "application/vnd.ms-outlook-pst".to_owned();
        item.kind = ItemKind::Archive;
        Some(vec![item])
    }

    fn message(&self, message: io::Result<MboxMessage>, path: String) -> Family {
        match message {
            Ok(MboxMessage::Whole {
                bytes, unquoted, ..
            }) => {
                let bytes = unquoted.unwrap_or(bytes);
                let mut family = FamilyBuilder::new(self.options);
                family.add(Input {
                    path,
                    bytes,
                    is_message: true,
                    ..Input::default()
                });
                family.finish()
            }
            Ok(MboxMessage::TooLarge { len, sha256 }) => {
                vec![too_large(path, len, self.options.max_item_bytes, &sha256)]
            }
            Err(error) => vec![RawItem::failed(
                path,
                ExceptionReason::Unreadable,
                unreadable(error),
            )],
        }
    }
}
