//! What a reader makes of some bytes: the one result that every format has, and the trait behind it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::headers::Headers;
use super::ledger::Ledger;
use super::names;

/// A reader of one format. It is handed hostile bytes, in a process of its own where the program offers
/// itself for that (see [`super::worker`]); it may panic, hang or die, and only its document suffers.
pub(crate) trait Reader: Sync {
    /// The reader with its version, as it is committed to.
    fn name(&self) -> &'static str;

    /// Reads `bytes`; what a container inside unpacks to is at most `unpacked` bytes.
    fn read(&self, bytes: &[u8], unpacked: u64) -> Result<Reading, ReadError>;

    /// What a person can do about a file that cannot be read, as in "...; X, or review it by hand".
    fn remedy(&self) -> &'static str {
        "open it with the program that made it, save it anew"
    }

    /// Whether the bytes say that they are protected by a password, for readers whose own messages do not.
    fn declares_encryption(&self, _bytes: &[u8]) -> bool {
        false
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
}

/// Something attached or embedded.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Child {
    /// As the container calls it; may be empty, and hostile.
    pub name: String,
    pub declared_type: String,
    pub content_id: String,
    pub charset: Option<String>,
    /// What keeps it from being read.
    pub damage: Option<String>,
    /// The container says that this is a message.
    pub is_message: bool,
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
    #[error("{0}")]
    Unsupported(String),
    #[error("{0}")]
    Corrupt(String),
}
