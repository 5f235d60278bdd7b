//! What reading yields: one [`RawItem`] per message, attachment, document or file, whether it
//! could be processed or not.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::ledger::{Ledger, Unread};

/// A message with everything attached to it, or a single file: the items that belong together,
/// parents before their children.
pub type Family = Vec<RawItem>;

/// One thing a custodian would call a document, as read from the corpus.
///
/// Every input ends in at least one item: what cannot be processed carries an [`Exception`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawItem {
    /// Place in the corpus: `/`-separated, relative, unique; inside of containers it goes on
    /// after `!/`, as in `2001/archive.mbox!/12` or `offer.eml!/attachments/1-terms.pdf`.
    /// May hold control characters: see [`candor_edge::clean::line`] before showing it.
    pub path: String,
    /// Index of the item this one is attached to, within the same [`Family`].
    pub parent: Option<usize>,
    /// What the content is, judged by the content.
    pub kind: ItemKind,
    /// Media type of the content, such as `message/rfc822`.
    pub media_type: String,
    /// The native bytes. Empty for empty files, and for exceptions whose content cannot or must
    /// not be held in memory; those that could be read to the end then have their `size` and
    /// `sha256` in the metadata.
    pub bytes: Vec<u8>,
    /// The text a reader sees and a text classifier is run on.
    pub text: Option<String>,
    /// Facts by stable key: `subject`, `from`, `to`, `cc`, `bcc`, `date`, `date_received` (RFC
    /// 3339), `message_id`, `in_reply_to`, `references`, `file_name`, `charset`, ...
    pub metadata: BTreeMap<String, String>,
    /// What produced the text, with its version: `mail-parser/0.11.9`.
    pub extractor: String,
    /// Why the item could not be processed, if so. An item with an exception has no text.
    pub exception: Option<Exception>,
    /// What of it was not read.
    pub ledger: Ledger,
}

impl RawItem {
    /// An item without content yet.
    pub(crate) fn new(path: String, kind: ItemKind, media_type: &str) -> Self {
        Self {
            path,
            parent: None,
            kind,
            media_type: media_type.to_owned(),
            bytes: Vec::new(),
            text: None,
            metadata: BTreeMap::new(),
            extractor: String::new(),
            exception: None,
            ledger: Ledger::default(),
        }
    }

    /// Bytes of which nothing is known.
    pub fn nameless(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            ..Self::new(String::new(), ItemKind::Other, "application/octet-stream")
        }
    }

    /// An item that stands for something that could not be processed.
    pub(crate) fn failed(path: String, reason: ExceptionReason, detail: impl Into<String>) -> Self {
        let mut item = Self::new(path, ItemKind::Other, "application/octet-stream");
        item.fail(reason, detail);
        item
    }

    /// Turns the item into an exception: its text, if any, is not to be relied upon and goes.
    pub(crate) fn fail(&mut self, reason: ExceptionReason, detail: impl Into<String>) {
        self.text = None;
        self.exception = Some(Exception {
            reason,
            detail: detail.into(),
        });
    }

    /// Records a fact, unless it is empty.
    pub(crate) fn note(&mut self, key: &str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.metadata.insert(key.to_owned(), value);
        }
    }

    /// Writes down that something was not read.
    pub(crate) fn unread(&mut self, code: Unread, detail: impl AsRef<str>) {
        self.ledger.add(code, detail);
    }
}

/// The sort of content, as far as processing differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// A mail message.
    Mail,
    /// Plain text in any charset, Markdown, CSV, source code, ...
    Text,
    /// A web page.
    Html,
    /// A word processor, spreadsheet, presentation or PDF file.
    Document,
    /// A picture. It has no text; image forms are computed from its bytes.
    Image,
    /// A container of other files.
    Archive,
    /// Anything else.
    Other,
}

impl ItemKind {
    /// The stable name used in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Text => "text",
            Self::Html => "html",
            Self::Document => "document",
            Self::Image => "image",
            Self::Archive => "archive",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for ItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// Why an item could not be processed, and what would help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// The reason, from a closed list.
    pub reason: ExceptionReason,
    /// One sentence for the person who has to deal with it.
    pub detail: String,
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}

/// The closed list of reasons for which an item ends as an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionReason {
    /// The file system refused to hand out the content.
    Unreadable,
    /// There is no content.
    Empty,
    /// The content is encrypted or protected by a password.
    Encrypted,
    /// No reader for this kind of content.
    Unsupported,
    /// The content is damaged, or not what it claims to be.
    Corrupt,
    /// Larger than the limits allow.
    TooLarge,
    /// Nested deeper than the limits allow.
    TooDeep,
    /// More parts than the limits allow.
    TooMany,
    /// The document holds no text, for instance a scan without recognised text.
    NoText,
    /// Reading took longer than the limits allow.
    TimeLimit,
    /// The reader for this kind of content failed on it.
    ReaderFailed,
    /// A symbolic link, which is never followed.
    Link,
    /// A device, socket or pipe.
    SpecialFile,
    /// Named by a load file, but not there.
    Missing,
    /// No document, but what a system or program leaves beside documents.
    Clutter,
}

impl ExceptionReason {
    /// Every reason, in the order of the identifiers' declaration.
    pub const ALL: [Self; 15] = [
        Self::Unreadable,
        Self::Empty,
        Self::Encrypted,
        Self::Unsupported,
        Self::Corrupt,
        Self::TooLarge,
        Self::TooDeep,
        Self::TooMany,
        Self::NoText,
        Self::TimeLimit,
        Self::ReaderFailed,
        Self::Link,
        Self::SpecialFile,
        Self::Missing,
        Self::Clutter,
    ];

    /// The stable name used in files; the same as the serde form.
    pub fn id(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Empty => "empty",
            Self::Encrypted => "encrypted",
            Self::Unsupported => "unsupported",
            Self::Corrupt => "corrupt",
            Self::TooLarge => "too_large",
            Self::TooDeep => "too_deep",
            Self::TooMany => "too_many",
            Self::NoText => "no_text",
            Self::TimeLimit => "time_limit",
            Self::ReaderFailed => "reader_failed",
            Self::Link => "link",
            Self::SpecialFile => "special_file",
            Self::Missing => "missing",
            Self::Clutter => "clutter",
        }
    }

    /// The reason of that name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.id() == id)
    }
}

impl fmt::Display for ExceptionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_the_serde_form() {
        for reason in ExceptionReason::ALL {
            let json = serde_json::to_string(&reason).unwrap();
            assert_eq!(json, format!("\"{}\"", reason.id()));
            assert_eq!(ExceptionReason::from_id(reason.id()), Some(reason));
        }
        assert_eq!(ExceptionReason::from_id("nonsense"), None);
        let kind = serde_json::to_string(&ItemKind::Document).unwrap();
        assert_eq!(kind, format!("\"{}\"", ItemKind::Document));
    }

    #[test]
    fn an_exception_takes_the_text_away() {
        let mut item = RawItem::new("a".into(), ItemKind::Text, "text/plain");
        item.text = Some("half of it".into());
        item.fail(ExceptionReason::Corrupt, "cut off");
        assert_eq!(item.text, None);
        assert_eq!(item.exception.unwrap().to_string(), "corrupt: cut off");
    }
}
