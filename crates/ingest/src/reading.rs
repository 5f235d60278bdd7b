//! What a reader makes of some bytes: the one result that every format has, and the trait behind it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::headers::Headers;
use super::item::Exception;
use super::ledger::Ledger;
use super::limits::{IngestOptions, Passwords};
use super::names;
use super::ocr::Engine;

/// A reader of one format. It is handed hostile bytes, in a process of its own where the program offers
/// itself for that (see [`super::worker`]); it may panic, hang or die, and only its document suffers.
pub(crate) trait Reader: Sync {
    /// The reader with its version, as it is committed to.
    fn name(&self) -> &'static str;

    /// Reads `bytes`, within the limits and with the passwords that are given.
    fn read(&self, bytes: &[u8], given: &Given) -> Result<Reading, ReadError>;

    /// What a person can do about a file that cannot be read, as in "...; X, or review it by hand".
    fn remedy(&self) -> &'static str {
        "open it with the program that made it, save it anew"
    }

    /// Whether the bytes say that they are protected by a password, for readers whose own messages do not.
    fn declares_encryption(&self, _bytes: &[u8]) -> bool {
        false
    }
}

/// What a reader is given beside the bytes. It travels to the worker.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Given {
    /// The name that the file goes by, as far as it has one; hostile.
    pub name: String,
    /// Most bytes that everything inside may unpack to.
    pub unpacked: u64,
    /// Most bytes of one thing inside.
    pub item: u64,
    /// Most things inside.
    pub items: usize,
    /// Passwords to try where one is needed, in order.
    pub passwords: Passwords,
    /// Pages to be painted for text recognition.
    pub scans: Vec<Scan>,
    /// What recognises text, if it is asked to.
    pub engine: Option<Engine>,
    /// How finely a picture was scanned, in pixels to the inch; 0: it may say so itself.
    pub dpi: u32,
    /// Longest time of a text recognition.
    pub seconds: u64,
}

impl Given {
    /// Nothing but limits: everything inside together unpacks to at most `unpacked` bytes.
    pub fn within(unpacked: u64) -> Self {
        Given {
            unpacked,
            item: unpacked,
            items: IngestOptions::default().max_family_items,
            ..Given::default()
        }
    }

    /// What the options say, for a file of that name.
    pub fn new(name: &str, options: &IngestOptions) -> Self {
        Given {
            name: name.to_owned(),
            unpacked: options.max_family_bytes,
            item: options.max_item_bytes,
            items: options.max_family_items,
            passwords: options.passwords.clone(),
            ..Given::default()
        }
    }
}

/// What a document or message says, what it says about itself, and what it contains.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Reading {
    /// The headers of a message, which its text begins with.
    pub headers: Option<Headers>,
    pub text: String,
    /// Facts that become metadata: title, author, ...
    pub facts: BTreeMap<String, String>,
    /// Files with a content of their own: attachments.
    pub children: Vec<Child>,
    /// Only the headers can be read: the rest is cipher text.
    pub sealed: bool,
    /// What of the file was not read.
    pub ledger: Ledger,
    /// Stretches of bytes that belong to nothing, in which files may lie. They are no part of the ledger yet.
    #[serde(default)]
    pub beside: Vec<Vec<u8>>,
    /// Pages that should be looked at as pictures. They are no part of the ledger yet.
    #[serde(default)]
    pub scans: Vec<Scan>,
}

/// A page that should be looked at as a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scan {
    /// From 1.
    pub page: u32,
    /// How finely it is to be painted.
    pub dpi: u32,
    /// It has no text of its own, but perhaps a stamp; else a picture stands beside text.
    pub whole: bool,
    /// Where its own text lies in the text of the document: recognised text goes to the end of it.
    pub start: usize,
    pub end: usize,
}

/// Something attached or embedded.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Child {
    /// As the container calls it; may be empty, and hostile.
    pub name: String,
    pub declared_type: String,
    pub content_id: String,
    pub charset: Option<String>,
    /// What keeps it from being read, or, if there are bytes, from being read wholly.
    pub damage: Option<String>,
    /// What its container could not hand out of it.
    pub ledger: Ledger,
    /// The container says that this is a message.
    pub is_message: bool,
    /// Its place below the container, safe and unique there: set by archives. Others number what is attached.
    pub place: Option<String>,
    /// Why it could not be taken out, where that has a reason of its own. Its bytes are not used.
    pub obstacle: Option<Exception>,
    /// Travels beside the serialised form.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

impl Child {
    /// The name that it is filed under: its own without anything hostile, or one for its type.
    pub fn file_name(&self) -> String {
        if !self.name.is_empty() {
            return names::attachment(&self.name);
        }
        let name = match self.declared_type.as_str() {
            _ if self.is_message => "message.eml",
            "text/plain" => "part.txt",
            "text/html" => "part.html",
            "text/calendar" => "invitation.ics",
            "message/delivery-status" => "delivery-status.txt",
            _ => "unnamed",
        };
        name.to_owned()
    }
}

/// Why a reader gave up.
#[derive(Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub(crate) enum ReadError {
    #[error("protected by a password")]
    Encrypted,
    /// Protected, and there was no password that fits; says so in its own words.
    #[error("{0}")]
    Locked(String),
    #[error("{0}")]
    Unsupported(String),
    #[error("{0}")]
    Corrupt(String),
    /// There is nothing inside.
    #[error("{0}")]
    Nothing(String),
}
