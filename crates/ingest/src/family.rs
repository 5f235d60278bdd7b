//! Builds one family: decides what some bytes are, has them read, and keeps to the limits.

use std::io::{self, Read};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::detect::Content;
use super::item::{ExceptionReason, Family, ItemKind, RawItem};
use super::ledger::{Ledger, Unread};
use super::limits::{IngestOptions, human_bytes};
use super::mail::signed::Closed;
use super::mbox::{Mbox, MboxMessage};
use super::readers::{Format, store};
use super::reading::{Child, Reading};
use super::{
    beside, charset, clutter, dates, html, inside, isolated, lookalike, mail, normal, ocr,
    structured,
};

/// Recorded as the extractor of plain text.
pub(crate) const PLAIN_TEXT: &str = "candor-text/3 encoding_rs/0.8.44";

/// Recorded as the extractor of a store within a family.
const STORE: &str = "candor-store/1";

/// Recorded as the extractor of a mailbox within a family.
const MAILBOX: &str = "candor-mbox/1";

/// Some bytes with what is known about them.
#[derive(Debug, Default)]
pub(crate) struct Input {
    /// The corpus path of the item to be.
    pub path: String,
    /// The name it goes by, for telling kinds of text apart.
    pub name: String,
    pub bytes: Vec<u8>,
    /// Index of the parent in the family.
    pub parent: Option<usize>,
    /// How many containers it lies in.
    pub depth: usize,
    /// The charset that the container declared.
    pub charset: Option<String>,
    /// Facts from the container.
    pub metadata: Vec<(&'static str, String)>,
    /// What was wrong with the wrapping.
    pub damage: Option<String>,
    /// What the container could not hand out of it.
    pub ledger: Ledger,
    /// The container says that this is a message.
    pub is_message: bool,
}

impl Input {
    /// An item of a store at `path`.
    pub fn stored(
        item: store::StoredItem,
        path: &str,
        parent: Option<usize>,
        depth: usize,
    ) -> Self {
        Input {
            path: format!("{path}!/{}", item.place),
            name: item.place.rsplit('/').next().unwrap_or_default().to_owned(),
            bytes: item.bytes,
            parent,
            depth,
            metadata: vec![("folder", item.folder)],
            ledger: item.ledger,
            ..Input::default()
        }
    }
}

/// What to say of a store that is not, or not wholly, to be read.
pub(crate) fn store_trouble(why: &str) -> String {
    format!("{why}; ask for an intact copy, or repair it with scanpst and commit again")
}

/// What to say of a store without items.
pub(crate) const EMPTY_STORE: &str =
    "the store holds no items; ask the custodian whether that is right";

/// A family being read.
pub(crate) struct FamilyBuilder<'o> {
    pub options: &'o IngestOptions,
    items: Family,
    bytes: u64,
    full: bool,
}

impl<'o> FamilyBuilder<'o> {
    pub fn new(options: &'o IngestOptions) -> Self {
        Self {
            options,
            items: Vec::new(),
            bytes: 0,
            full: false,
        }
    }

    /// The finished family: every text in its one form, and none of them without a word.
    pub fn finish(mut self) -> Family {
        for item in &mut self.items {
            let cut = item.ledger.has(Unread::Truncated) || item.ledger.has(Unread::Undecodable);
            if let Some(exception) = item.exception.as_mut().filter(|_| cut)
                && matches!(
                    exception.reason,
                    ExceptionReason::Unsupported
                        | ExceptionReason::Corrupt
                        | ExceptionReason::ReaderFailed
                )
            {
                // What is wrong with it is that it did not arrive whole.
                exception.reason = ExceptionReason::Corrupt;
                exception.detail = format!("{}: {}", item.ledger.line(), exception.detail);
            }
            item.text = item.text.take().map(normal::normal);
            let private = item.text.as_deref().map_or(0, normal::private);
            if private > 0 && !item.ledger.has(Unread::NoUnicode) {
                let detail =
                    "characters of the private use area, which mean something in one font only";
                item.ledger.add_many(Unread::NoUnicode, private, detail);
            }
            if let Some(text) = &item.text {
                lookalike::count(text, &mut item.ledger);
            }
            let silent = item
                .text
                .as_deref()
                .is_some_and(|text| !normal::has_word(text));
            if silent && item.exception.is_none() {
                item.fail(
                    ExceptionReason::NoText,
                    "there is no word in it; look whether it is meant to be empty, or review it by hand",
                );
            }
        }
        self.items
    }

    /// Adds an item as it is, and returns its index.
    pub fn push(&mut self, mut item: RawItem) -> usize {
        let limit = self.options.max_text_bytes;
        if let Some(text) = item.text.as_ref().filter(|text| text.len() > limit) {
            let detail = format!(
                "its text has {}, the limit is {}; raise --max-text-size, or split the file",
                human_bytes(text.len() as u64),
                human_bytes(limit as u64)
            );
            item.fail(ExceptionReason::TooLarge, detail);
        }
        tell_holes(&mut item);
        self.items.push(item);
        self.items.len() - 1
    }

    /// Whether there is room for a further item of `len` bytes. The first one that does not fit
    /// leaves an exception behind, so that nothing is left out silently.
    fn admit(&mut self, path: &str, parent: Option<usize>, len: usize) -> bool {
        if self.full {
            return false;
        }
        let count = self.items.len();
        self.bytes = self.bytes.saturating_add(len as u64);
        let (reason, detail) = if count >= self.options.max_family_items {
            (
                ExceptionReason::TooMany,
                format!(
                    "this part and those after it were not read: the family already has {count} items; raise --max-family-items, or unpack the file"
                ),
            )
        } else if count > 0 && self.bytes > self.options.max_family_bytes {
            (
                ExceptionReason::TooLarge,
                format!(
                    "this part and those after it were not read: with them the family exceeds {}; raise --max-family-size, or unpack the file",
                    human_bytes(self.options.max_family_bytes)
                ),
            )
        } else {
            return true;
        };
        self.full = true;
        let mut item = RawItem::failed(path.to_owned(), reason, detail);
        item.parent = parent;
        self.push(item);
        false
    }

    /// Reads `input` and whatever it contains.
    pub fn add(&mut self, input: Input) {
        if !self.admit(&input.path, input.parent, input.bytes.len()) {
            return;
        }
        let content = match inside::content(&input.bytes, &input.name) {
            Content::Text(_) | Content::Html if input.is_message => Content::Mail,
            content => content,
        };
        let (kind, media_type) = inside::describe(content);
        let mut item = RawItem::new(input.path, kind, media_type);
        item.parent = input.parent;
        for (key, value) in input.metadata {
            item.note(key, value);
        }
        item.bytes = input.bytes;
        item.ledger.append(input.ledger);
        if let Some(damage) = input.damage {
            if item.bytes.is_empty() {
                item.fail(ExceptionReason::Corrupt, damage);
                self.push(item);
                return;
            }
            // What could be taken out is read; the rest is written down.
            item.unread(Unread::Undecodable, damage);
        }
        if let Some(what) = clutter::clutter(&item.bytes, &input.name) {
            item.fail(ExceptionReason::Clutter, what);
            self.push(item);
            return;
        }
        let plain = matches!(
            content,
            Content::Text(_) | Content::Typed(_) | Content::Unknown
        );
        if let Some(said) = mail::openpgp::told(&item.bytes).filter(|_| plain) {
            item.extractor = mail::EXTRACTOR.to_owned();
            item.text = Some(said);
            self.push(item);
            return;
        }
        let container = matches!(kind, ItemKind::Mail | ItemKind::Archive);
        if container && input.depth > self.options.max_depth {
            let detail = format!(
                "it lies in {} containers, the limit is {}; raise --max-depth, or open the outer ones and add the content by itself",
                input.depth, self.options.max_depth
            );
            item.fail(ExceptionReason::TooDeep, detail);
            self.push(item);
            return;
        }
        match content {
            Content::Mail => self.add_mail(item, input.depth),
            Content::Mbox => self.add_mailbox(item, input.depth),
            Content::Store => self.add_store(item, input.depth),
            Content::Html => {
                let declared: Vec<String> = input
                    .charset
                    .into_iter()
                    .chain(html::declared_charset(&item.bytes))
                    .collect();
                let decoded = charset::decode_among(&item.bytes, &declared);
                decoded.tell(&mut item.ledger);
                item.note("charset", decoded.charset);
                item.extractor = html::EXTRACTOR.to_owned();
                html::style::tell(&decoded.text, &mut item.ledger);
                let mut children = html::embedded::files(&decoded.text, &mut item.ledger);
                beside::archive(&item.bytes, &mut children, &mut item.ledger);
                let reading = Reading {
                    text: html::to_text(&decoded.text),
                    children,
                    ..Reading::default()
                };
                self.add_reading(item, reading, input.depth);
            }
            Content::Text(_) => {
                let notation = match item.media_type.as_str() {
                    "application/xml" => html::declared_charset(&item.bytes),
                    _ => None,
                };
                let declared: Vec<String> = input.charset.into_iter().chain(notation).collect();
                let decoded = charset::decode_among(&item.bytes, &declared);
                decoded.tell(&mut item.ledger);
                item.note("charset", decoded.charset);
                self.add_text(item, decoded.text, input.depth);
            }
            Content::Signed => self.add_signed(item, &input.name, input.depth),
            Content::Document(format, _) => {
                self.add_document(item, format, &input.name, input.depth)
            }
            Content::Image("image/avif") => {
                item.fail(
                    ExceptionReason::Unsupported,
                    "a picture in AVIF, which is not decoded here; convert it to JPEG or PNG and add the copy beside it, or review it by hand",
                );
                self.push(item);
            }
            Content::Image(_) => self.add_picture(item, input.depth),
            Content::Empty => {
                item.fail(
                    ExceptionReason::Empty,
                    "the file has no content; ask the custodian whether that is right",
                );
                self.push(item);
            }
            Content::Encrypted(_) => {
                item.fail(
                    ExceptionReason::Encrypted,
                    "it is encrypted; decrypt it with the owner's key and add the result",
                );
                self.push(item);
            }
            Content::Typed(_)
            | Content::Zip
            | Content::Unknown
            | Content::Compound
            | Content::Pdf
            | Content::RichText => {
                let detail = format!(
                    "no reader for {}; convert it to a supported format, or review it by hand",
                    item.media_type
                );
                item.fail(ExceptionReason::Unsupported, detail);
                self.push(item);
            }
        }
    }

    /// A picture: its first frame is the item's own, everything else in it is a child.
    fn add_picture(&mut self, mut item: RawItem, depth: usize) {
        item.extractor = super::readers::PICTURE.to_owned();
        let bytes = Arc::new(std::mem::take(&mut item.bytes));
        let found = isolated::picture(&bytes, self.options);
        item.bytes = Arc::unwrap_or_clone(bytes);
        let mut children = Vec::new();
        match found {
            Ok(mut reading) => {
                beside::of_picture(&item.bytes, &mut reading);
                item.ledger.append(reading.ledger);
                children = reading.children;
            }
            Err(why) => item.unread(Unread::Frames, why),
        }
        if depth > self.options.max_depth && !children.is_empty() {
            let count = u32::try_from(children.len()).unwrap_or(u32::MAX);
            let detail = "it lies too deep for what is inside of it; raise --max-depth";
            item.ledger.add_many(Unread::Frames, count, detail);
            children.clear();
        }
        if let Some(ocr) = &self.options.ocr {
            ocr::picture(ocr, &mut item, self.options);
        }
        let path = item.path.clone();
        let parent = self.push(item);
        self.add_children(&path, parent, children, depth);
    }

    fn add_document(&mut self, mut item: RawItem, format: Format, name: &str, depth: usize) {
        let bytes = Arc::new(std::mem::take(&mut item.bytes));
        let result = isolated::read(format, name, &bytes, self.options);
        item.bytes = Arc::unwrap_or_clone(bytes);
        item.extractor = format.reader().name().to_owned();
        let recognised = |reading: &Reading| reading.facts.contains_key(ocr::RECOGNISED);
        if let Some(ocr) = &self.options.ocr
            && result.as_ref().is_ok_and(recognised)
        {
            item.extractor = format!("{} {}", item.extractor, ocr.name());
        }
        match result {
            Ok(mut reading) => {
                reading.text = charset::tidy(&reading.text);
                self.add_beside(&item, format, name, &mut reading);
                self.around(&item, format, &mut reading);
                self.add_reading(item, reading, depth);
            }
            Err(exception) => {
                let mut beside = Reading::default();
                self.add_beside(&item, format, name, &mut beside);
                self.around(&item, format, &mut beside);
                item.ledger.append(beside.ledger);
                item.fail(exception.reason, exception.detail);
                let path = item.path.clone();
                let parent = self.push(item);
                self.add_children(&path, parent, beside.children, depth);
            }
        }
    }

    /// What stands around a document in its file.
    fn around(&self, item: &RawItem, format: Format, reading: &mut Reading) {
        let (children, ledger) = (&mut reading.children, &mut reading.ledger);
        match format {
            Format::Pdf => beside::of_pdf(&item.bytes, children, ledger),
            Format::RichText => beside::archive(&item.bytes, children, ledger),
            _ => {}
        }
    }

    /// A document that is a zip file inside may be used as an archive as well: files that somebody put beside
    /// its parts become children.
    fn add_beside(&mut self, item: &RawItem, format: Format, name: &str, reading: &mut Reading) {
        let package = matches!(format, Format::Office | Format::OpenDocument);
        if !package || !item.bytes.starts_with(b"PK") {
            return;
        }
        let beside = super::readers::foreign_members(&item.bytes);
        if beside.is_empty() {
            return;
        }
        let bytes = Arc::new(item.bytes.clone());
        match isolated::read(Format::Beside, name, &bytes, self.options) {
            Ok(mut found) => {
                let known = &reading.children;
                let is_new = |child: &Child| !known.iter().any(|k| k.bytes == child.bytes);
                found
                    .children
                    .retain(|child| child.obstacle.is_some() || is_new(child));
                reading.ledger.append(found.ledger);
                reading.children.append(&mut found.children);
            }
            Err(exception) => {
                let count = u32::try_from(beside.len()).unwrap_or(u32::MAX);
                reading
                    .ledger
                    .add_many(Unread::Embedded, count, exception.detail);
            }
        }
    }

    /// Text: as it stands, or as its notation says; files within it become children.
    fn add_text(&mut self, mut item: RawItem, text: String, depth: usize) {
        let told = structured::tell(&item.media_type, &text);
        let reading = match (told, item.media_type.as_str()) {
            (Some(told), _) => {
                item.extractor = structured::EXTRACTOR.to_owned();
                Some(Reading {
                    text: charset::tidy(&told.text),
                    children: told.children,
                    ledger: told.ledger,
                    ..Reading::default()
                })
            }
            (None, "text/plain") => {
                let found = mail::within(&text);
                if found.is_some() {
                    item.extractor = format!("{} {PLAIN_TEXT}", mail::EXTRACTOR);
                }
                found
            }
            _ => None,
        };
        let mut archives = Vec::new();
        beside::archive(&item.bytes, &mut archives, &mut item.ledger);
        let reading = if archives.is_empty() {
            reading
        } else {
            if item.extractor.is_empty() {
                item.extractor = PLAIN_TEXT.to_owned();
            }
            let mut reading = reading.unwrap_or_else(|| Reading {
                text: text.clone(),
                ..Reading::default()
            });
            reading.children.append(&mut archives);
            Some(reading)
        };
        match reading {
            Some(reading) => self.add_reading(item, reading, depth),
            None => {
                item.text = Some(text);
                item.extractor = PLAIN_TEXT.to_owned();
                self.push(item);
            }
        }
    }

    /// Content in a signature: a message or text is the item's own, anything else is inside of it.
    fn add_signed(&mut self, mut item: RawItem, name: &str, depth: usize) {
        item.extractor = mail::EXTRACTOR.to_owned();
        let bytes = mail::signed::unarmoured(&item.bytes);
        let opened = match mail::signed::open(&bytes) {
            Ok(opened) => opened,
            Err(Closed::Sealed) => {
                item.fail(
                    ExceptionReason::Encrypted,
                    "it is encrypted; decrypt it with the owner's key and add the result",
                );
                self.push(item);
                return;
            }
            Err(Closed::Signature(names)) => {
                item.text = Some(format!("Signature\n{}\n", names.join("\n")));
                self.push(item);
                return;
            }
            Err(Closed::Broken) => {
                item.fail(
                    ExceptionReason::Corrupt,
                    "its envelope is damaged; unwrap it with the program that made it and add the result",
                );
                self.push(item);
                return;
            }
        };
        let stem = name
            .strip_suffix(".p7m")
            .or(name.strip_suffix(".P7M"))
            .unwrap_or("");
        let reading = if mail::is_content(&opened.content) {
            let read = mail::read_content(&opened.content);
            if let Some((reason, detail)) = read.obstacle {
                item.fail(reason, detail);
                self.push(item);
                return;
            }
            read.reading
        } else if let Content::Text(_) = inside::content(&opened.content, stem) {
            Reading {
                text: charset::decode(&opened.content, None).told(&mut item.ledger),
                ..Reading::default()
            }
        } else {
            Reading {
                text: "Signed content\n".to_owned(),
                children: vec![Child {
                    name: stem.to_owned(),
                    bytes: opened.content,
                    ..Child::default()
                }],
                ..Reading::default()
            }
        };
        item.ledger.append(opened.ledger);
        self.add_reading(item, reading, depth);
    }

    fn add_mail(&mut self, mut item: RawItem, depth: usize) {
        item.extractor = mail::EXTRACTOR.to_owned();
        let message = match mail::read(&item.bytes) {
            Ok(message) => message,
            Err(exception) => {
                item.fail(exception.reason, exception.detail);
                self.push(item);
                return;
            }
        };
        item.extractor = message.extractor.to_owned();
        match message.obstacle {
            Some((reason, detail)) => {
                if let Some(headers) = message.reading.headers {
                    headers.record(&mut item);
                }
                item.ledger.append(message.reading.ledger);
                item.fail(reason, detail);
                self.push(item);
            }
            None => self.add_reading(item, message.reading, depth),
        }
    }

    /// Adds what a reader made of an item: its text below the headers it may have, and what it contains.
    fn add_reading(&mut self, mut item: RawItem, reading: Reading, depth: usize) {
        for (key, value) in reading.facts {
            match key.as_str() {
                "created" | "modified" => note_date(&mut item, &key, &value),
                _ => item.note(&key, value),
            }
        }
        item.ledger.append(reading.ledger);
        item.text = Some(match reading.headers {
            Some(headers) => {
                headers.record(&mut item);
                format!("{}\n{}", headers.shown(), reading.text)
            }
            None => reading.text,
        });
        let empty = item
            .text
            .as_ref()
            .is_some_and(|text| text.trim().is_empty());
        if empty && item.kind == ItemKind::Document {
            let detail = "it holds no text of its own; what lies in it is listed below it";
            item.fail(ExceptionReason::NoText, detail);
        }
        if reading.sealed {
            item.fail(ExceptionReason::Encrypted, mail::ENCRYPTED);
            self.push(item);
            return;
        }
        let attached = reading
            .children
            .iter()
            .filter(|child| child.place.is_none());
        match attached.count() {
            0 => {}
            count => item.note("attachments", count.to_string()),
        }
        let path = item.path.clone();
        let parent = self.push(item);
        self.add_children(&path, parent, reading.children, depth);
    }

    /// Adds what an item contains.
    fn add_children(&mut self, path: &str, parent: usize, children: Vec<Child>, depth: usize) {
        for (number, child) in (1..).zip(children) {
            let name = child.file_name();
            let path = match &child.place {
                Some(place) => format!("{path}!/{place}"),
                None => format!("{path}!/attachments/{number}-{name}"),
            };
            if let Some(exception) = child.obstacle {
                if self.admit(&path, Some(parent), 0) {
                    let mut item = RawItem::failed(path, exception.reason, exception.detail);
                    item.parent = Some(parent);
                    item.note("file_name", child.name);
                    self.push(item);
                }
                continue;
            }
            self.add(Input {
                path,
                name,
                parent: Some(parent),
                depth: depth + 1,
                charset: child.charset,
                metadata: vec![
                    ("file_name", child.name),
                    ("declared_type", child.declared_type),
                    ("content_id", child.content_id),
                ],
                damage: child.damage,
                ledger: child.ledger,
                is_message: child.is_message,
                bytes: child.bytes,
            });
        }
    }

    /// A mailbox within a family (attached, or in an archive): its messages become children. One
    /// message with an mbox line in front is simply a message.
    fn add_mailbox(&mut self, mut item: RawItem, depth: usize) {
        let bytes = std::mem::take(&mut item.bytes);
        let mut messages = Mbox::new(bytes.as_slice(), self.options.max_item_bytes);
        let mut next = messages.next();
        if matches!(next, Some(Ok(_))) {
            let first = next;
            next = messages.next();
            if next.is_none() {
                item.bytes = bytes;
                item.kind = ItemKind::Mail;
                item.media_type = "message/rfc822".to_owned();
                self.add_mail(item, depth);
                return;
            }
            item.text = Some("Mailbox\n".to_owned());
            item.extractor = MAILBOX.to_owned();
            let (path, parent) = (item.path.clone(), self.push(item));
            self.add_message(&path, 1, parent, depth, first);
            let mut number = 2;
            while next.is_some() && !self.full {
                self.add_message(&path, number, parent, depth, next);
                next = messages.next();
                number += 1;
            }
            self.items[parent].bytes = bytes;
        } else {
            item.bytes = bytes;
            item.fail(
                ExceptionReason::Corrupt,
                "it begins like a mailbox, but holds no message; repair or review it by hand",
            );
            self.push(item);
        }
    }

    /// An Outlook store within a family (attached, or in an archive): its items become children.
    fn add_store(&mut self, mut item: RawItem, depth: usize) {
        item.extractor = STORE.to_owned();
        let items =
            store::Items::open(std::mem::take(&mut item.bytes), self.options.max_item_bytes);
        let path = item.path.clone();
        let mut items = match items {
            Ok(items) => items,
            Err(why) => {
                item.fail(ExceptionReason::Corrupt, store_trouble(&why));
                self.push(item);
                return;
            }
        };
        let parent = self.push(item);
        let mut folders = String::new();
        for stored in items.by_ref() {
            if self.full {
                break;
            }
            if !folders.lines().any(|folder| folder == stored.folder) {
                folders.push_str(&stored.folder);
                folders.push('\n');
            }
            self.add(Input::stored(stored, &path, Some(parent), depth + 1));
        }
        let trouble = items.trouble();
        let item = &mut self.items[parent];
        item.text = Some(folders);
        match trouble {
            Some(_) if items.is_empty() => item.fail(ExceptionReason::Empty, EMPTY_STORE),
            Some(why) => item.unread(Unread::Damaged, why),
            None => {}
        }
        item.bytes = items.into_place();
    }

    fn add_message(
        &mut self,
        path: &str,
        number: usize,
        parent: usize,
        depth: usize,
        message: Option<std::io::Result<MboxMessage>>,
    ) {
        let path = format!("{path}!/{number}");
        match message {
            Some(Ok(MboxMessage::Whole {
                bytes, unquoted, ..
            })) => self.add(Input {
                path,
                bytes: unquoted.unwrap_or(bytes),
                parent: Some(parent),
                depth: depth + 1,
                is_message: true,
                ..Input::default()
            }),
            Some(Ok(MboxMessage::TooLarge { len, sha256 })) => {
                let mut item = too_large(path, len, self.options.max_item_bytes, &sha256);
                item.parent = Some(parent);
                self.push(item);
            }
            _ => {}
        }
    }
}

/// Records when a document says that it was made or changed, in the form of mails' dates. What stands for
/// "never" in such fields is no date; what is none that is known is said to be so.
fn note_date(item: &mut RawItem, key: &str, written: &str) {
    let written = written.trim();
    match dates::understand(written, None) {
        Some(date) => item.note(key, date.rfc3339),
        None if written.is_empty() || dates::is_never(written) => {}
        None => item.unread(Unread::Fact, format!("{key} '{written}' is no date")),
    }
}

/// The exception for content that is not held in memory.
pub(crate) fn too_large(path: String, len: u64, limit: u64, sha256: &[u8]) -> RawItem {
    let detail = format!(
        "it has {}, the limit is {}; raise --max-item-size, or split it",
        human_bytes(len),
        human_bytes(limit)
    );
    let mut item = RawItem::failed(path, ExceptionReason::TooLarge, detail);
    item.note("size", len.to_string());
    item.note("sha256", hex::encode(sha256));
    item
}

/// That exception for a file of which `bytes` have been read: the rest is hashed, not kept.
pub(crate) fn too_large_file(
    path: String,
    mut bytes: Vec<u8>,
    mut rest: impl Read,
    limit: u64,
) -> io::Result<RawItem> {
    let mut hash = Sha256::new();
    hash.update(&bytes);
    let mut len = bytes.len() as u64;
    bytes.resize(1 << 20, 0);
    loop {
        let count = rest.read(&mut bytes)?;
        if count == 0 {
            return Ok(too_large(path, len, limit, &hash.finalize()));
        }
        hash.update(&bytes[..count]);
        len += count as u64;
    }
}

/// Whatever reader an item had: where a sign stands for what was no character, it is said so.
fn tell_holes(item: &mut RawItem) {
    let hole = |text: &str| text.contains(char::REPLACEMENT_CHARACTER);
    let told = [Unread::Replaced, Unread::NoUnicode];
    let found = item.text.as_deref().is_some_and(hole)
        || item.metadata.values().any(|fact| hole(fact))
        || hole(&item.path);
    if found && !told.iter().any(|code| item.ledger.has(*code)) {
        item.unread(Unread::Replaced, charset::LOSSY);
    }
}
