//! Builds one family: decides what some bytes are, has them read, and keeps to the limits.

use super::charset;
use super::detect::{self, Content};
use super::html;
use super::item::{ExceptionReason, Family, ItemKind, RawItem};
use super::limits::{IngestOptions, human_bytes};
use super::mail;
use super::mbox::{Mbox, MboxMessage};

/// Recorded as the extractor of plain text.
const PLAIN_TEXT: &str = "encoding_rs/0.8.44";

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
        let container = matches!(content, Content::Mail | Content::Mbox);
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
            Content::Typed(_) | Content::Unknown => {
                let detail = format!(
                    "no reader for {}; convert it to a supported format, or review it by hand",
                    item.media_type
                );
                item.fail(ExceptionReason::Unsupported, detail);
                self.push(item);
            }
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

fn describe(content: Content) -> (ItemKind, &'static str) {
    match content {
        Content::Mail => (ItemKind::Mail, "message/rfc822"),
        Content::Mbox => (ItemKind::Archive, "application/mbox"),
        Content::Html => (ItemKind::Html, "text/html"),
        Content::Text(media) => (ItemKind::Text, media),
        Content::Image(media) => (ItemKind::Image, media),
        Content::Typed(media) | Content::Encrypted(media) => (ItemKind::Other, media),
        Content::Empty | Content::Unknown => (ItemKind::Other, "application/octet-stream"),
    }
}
