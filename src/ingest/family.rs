//! Builds one family: decides what some bytes are, has them read, and keeps to the limits.

use std::io::{self, Read};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::archive::{self, Member, ZipKind};
use super::charset;
use super::detect::{self, Content};
use super::document::{self, Format};
use super::html;
use super::item::{ExceptionReason, Family, ItemKind, RawItem};
use super::limits::{IngestOptions, human_bytes};
use super::mail;
use super::mbox::{Mbox, MboxMessage};
use super::{names, outlook};

/// Recorded as the extractor of plain text.
pub(crate) const PLAIN_TEXT: &str = "encoding_rs/0.8.44";

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
    /// The container says that this is a message.
    pub is_message: bool,
}

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

    /// The finished family.
    pub fn finish(self) -> Family {
        self.items
    }

    /// Adds an item as it is, and returns its index.
    pub fn push(&mut self, mut item: RawItem) -> usize {
        let limit = self.options.max_text_bytes;
        if let Some(text) = item.text.as_ref().filter(|text| text.len() > limit) {
            let detail = format!(
                "its text has {}, the limit is {}; split the file or raise the limit",
                human_bytes(text.len() as u64),
                human_bytes(limit as u64)
            );
            item.fail(ExceptionReason::TooLarge, detail);
        }
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
                    "this part and those after it were not read: the family already has {count} items; raise the limit or unpack the file"
                ),
            )
        } else if count > 0 && self.bytes > self.options.max_family_bytes {
            (
                ExceptionReason::TooLarge,
                format!(
                    "this part and those after it were not read: with them the family exceeds {}; raise the limit or unpack the file",
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
        let head = &input.bytes[..input.bytes.len().min(detect::HEAD)];
        let content = match detect::detect(head, &input.name) {
            Content::Text(_) | Content::Html if input.is_message => Content::Mail,
            content => content,
        };
        let content = look_inside(content, &input.bytes);
        let (kind, media_type) = describe(content);
        let mut item = RawItem::new(input.path, kind, media_type);
        item.parent = input.parent;
        for (key, value) in input.metadata {
            item.note(key, value);
        }
        item.bytes = input.bytes;
        if let Some(damage) = input.damage {
            item.fail(ExceptionReason::Corrupt, damage);
            self.push(item);
            return;
        }
        let container = matches!(kind, ItemKind::Mail | ItemKind::Archive);
        if container && input.depth > self.options.max_depth {
            let detail = format!(
                "it lies in {} containers, the limit is {}; open the outer ones and add the content by itself",
                input.depth, self.options.max_depth
            );
            item.fail(ExceptionReason::TooDeep, detail);
            self.push(item);
            return;
        }
        match content {
            Content::Mail => mail::read(self, item, input.depth),
            Content::Mbox => self.add_mailbox(item, input.depth),
            Content::Html => {
                let declared = input
                    .charset
                    .or_else(|| html::declared_charset(&item.bytes));
                let decoded = charset::decode(&item.bytes, declared.as_deref());
                item.note("charset", decoded.charset);
                item.text = Some(html::to_text(&decoded.text));
                item.extractor = html::EXTRACTOR.to_owned();
                self.push(item);
            }
            Content::Text(_) => {
                let decoded = charset::decode(&item.bytes, input.charset.as_deref());
                item.note("charset", decoded.charset);
                item.text = Some(decoded.text);
                item.extractor = PLAIN_TEXT.to_owned();
                self.push(item);
            }
            Content::Document(format, _) => self.add_document(item, format),
            Content::Zip => self.add_archive(item, input.depth),
            Content::Outlook => self.add_outlook(item, input.depth),
            Content::Image(_) => {
                self.push(item);
            }
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
            | Content::Unknown
            | Content::Compound
            | Content::Pdf
            | Content::RichText => {
                let detail = match &*item.media_type {
                    "application/vnd.ms-outlook-pst" => {
                        "an Outlook store; export its messages as .eml, .msg or mbox, and commit to those".to_owned()
                    }
                    other => format!(
                        "no reader for {other}; convert it to a supported format, or review it by hand"
                    ),
                };
                item.fail(ExceptionReason::Unsupported, detail);
                self.push(item);
            }
        }
    }

    fn add_document(&mut self, mut item: RawItem, format: Format) {
        let bytes = Arc::new(std::mem::take(&mut item.bytes));
        let result = document::read(format, &bytes, self.options);
        item.bytes = Arc::unwrap_or_clone(bytes);
        item.extractor = format.extractor().to_owned();
        match result {
            Ok(extracted) => {
                item.text = Some(charset::tidy(&extracted.text));
                for (key, value) in extracted.metadata {
                    item.note(&key, value);
                }
            }
            Err(exception) => item.fail(exception.reason, exception.detail),
        }
        self.push(item);
    }

    /// An archive: its text is the list of its members, which become children.
    fn add_archive(&mut self, mut item: RawItem, depth: usize) {
        item.extractor = archive::EXTRACTOR.to_owned();
        let bytes = std::mem::take(&mut item.bytes);
        let path = item.path.clone();
        let parent = self.push(item);
        let limit = self.options.max_item_bytes;
        let mut list = String::new();
        let done = archive::members(&bytes, limit, |member| {
            list.push_str(&charset::tidy(&member.name));
            list.push('\n');
            self.add_member(&path, parent, depth, member);
            !self.full
        });
        let item = &mut self.items[parent];
        item.bytes = bytes;
        item.text = Some(list);
        if let Err(problem) = done {
            let detail = format!("{problem}; ask for an intact copy");
            item.fail(ExceptionReason::Corrupt, detail);
        }
    }

    fn add_member(&mut self, path: &str, parent: usize, depth: usize, member: Member) {
        let path = format!("{path}!/{}", member.path);
        match member.content {
            Ok(bytes) => self.add(Input {
                path,
                name: member.path,
                bytes,
                parent: Some(parent),
                depth: depth + 1,
                metadata: vec![("file_name", member.name)],
                ..Input::default()
            }),
            Err(exception) => {
                if self.admit(&path, Some(parent), 0) {
                    let mut item = RawItem::failed(path, exception.reason, exception.detail);
                    item.parent = Some(parent);
                    item.note("file_name", member.name);
                    self.push(item);
                }
            }
        }
    }

    fn add_outlook(&mut self, mut item: RawItem, depth: usize) {
        item.extractor = outlook::EXTRACTOR.to_owned();
        let bytes = Arc::new(std::mem::take(&mut item.bytes));
        let result = outlook::read(&bytes, self.options);
        item.bytes = Arc::unwrap_or_clone(bytes);
        let message = match result {
            Ok(message) => message,
            Err(exception) => {
                item.fail(exception.reason, exception.detail);
                self.push(item);
                return;
            }
        };
        message.headers.record(&mut item);
        if message.encrypted {
            item.fail(ExceptionReason::Encrypted, mail::ENCRYPTED);
            self.push(item);
            return;
        }
        let body = charset::tidy(&message.body);
        item.text = Some(format!("{}\n{body}", message.headers.shown()));
        if !message.attachments.is_empty() {
            item.note("attachments", message.attachments.len().to_string());
        }
        let path = item.path.clone();
        let parent = self.push(item);
        for (number, attached) in (1..).zip(message.attachments) {
            let name = names::attachment(&attached.name);
            let unread = attached.is_message && attached.bytes.is_empty();
            self.add(Input {
                path: format!("{path}!/attachments/{number}-{name}"),
                name,
                bytes: attached.bytes,
                parent: Some(parent),
                depth: depth + 1,
                metadata: vec![
                    ("file_name", attached.name),
                    ("declared_type", attached.declared_type),
                    ("content_id", attached.content_id),
                ],
                damage: unread.then(|| {
                    "the embedded message cannot be taken out; export it by itself".to_owned()
                }),
                ..Input::default()
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
                mail::read(self, item, depth);
                return;
            }
            item.text = Some(String::new());
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
            Some(Ok(MboxMessage::Whole { bytes, .. })) => self.add(Input {
                path,
                bytes,
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

/// The exception for content that is not held in memory.
pub(crate) fn too_large(path: String, len: u64, limit: u64, sha256: &[u8]) -> RawItem {
    let detail = format!(
        "it has {}, the limit is {}; split it or raise the limit",
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

/// The kind and media type of some bytes, without reading them.
pub(crate) fn kind_of(bytes: &[u8], name: &str) -> (ItemKind, String) {
    let head = &bytes[..bytes.len().min(detect::HEAD)];
    let (kind, media) = describe(look_inside(detect::detect(head, name), bytes));
    (kind, media.to_owned())
}

/// Tells apart what only a look at the whole file can.
fn look_inside(content: Content, bytes: &[u8]) -> Content {
    match content {
        Content::Pdf => Content::Document(Format::Pdf, "application/pdf"),
        Content::RichText => Content::Document(Format::RichText, "application/rtf"),
        Content::Zip => match archive::kind(bytes) {
            ZipKind::Plain => Content::Zip,
            ZipKind::Office(media) => Content::Document(Format::Office, media),
            ZipKind::OpenDocument(media) => Content::Document(Format::OpenDocument, media),
        },
        Content::Compound if outlook::is_message(bytes) => Content::Outlook,
        Content::Compound => {
            let media = document::office_type(bytes).unwrap_or("application/x-ole-storage");
            Content::Document(Format::Office, media)
        }
        content => content,
    }
}

fn describe(content: Content) -> (ItemKind, &'static str) {
    match content {
        Content::Mail => (ItemKind::Mail, "message/rfc822"),
        Content::Mbox => (ItemKind::Archive, "application/mbox"),
        Content::Outlook => (ItemKind::Mail, "application/vnd.ms-outlook"),
        Content::Zip => (ItemKind::Archive, "application/zip"),
        Content::Document(_, media) => (ItemKind::Document, media),
        Content::Html => (ItemKind::Html, "text/html"),
        Content::Text(media) => (ItemKind::Text, media),
        Content::Image(media) => (ItemKind::Image, media),
        Content::Typed(media) | Content::Encrypted(media) => (ItemKind::Other, media),
        Content::Empty
        | Content::Unknown
        | Content::Compound
        | Content::Pdf
        | Content::RichText => (ItemKind::Other, "application/octet-stream"),
    }
}
