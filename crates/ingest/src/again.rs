//! Reading one item a second time, away from the place where it lay.
//!
//! Most items say by themselves what they are. Some do not: the charset of an attachment may stand in its
//! message, a message in a mailbox or an attachment may be one because its container says so, and a name
//! ending in `.eml` makes one header field enough. What comes from outside is asked for by name here, so
//! that whoever compares knows what a reading rests on.

use super::family::{FamilyBuilder, Input};
use super::item::{ExceptionReason, Family, ItemKind, RawItem};
use super::ledger::Unread;
use super::limits::IngestOptions;

/// What is known of an item that its bytes do not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside<'a> {
    /// The name it goes by.
    pub name: &'a str,
    /// The charset that its container declared.
    pub charset: Option<&'a str>,
    /// Its container says that it is a message.
    pub message: bool,
}

/// Reads `bytes` as the reader of a corpus does. The first item is the one asked for, and is always there;
/// what it contains follows.
pub fn read(bytes: &[u8], outside: &Outside<'_>, options: &IngestOptions) -> Family {
    read_at("item", bytes, outside, options)
}

/// As [`read`], for an item in this place of a corpus.
pub fn read_at(path: &str, bytes: &[u8], outside: &Outside<'_>, options: &IngestOptions) -> Family {
    let mut family = FamilyBuilder::new(options);
    family.add(Input {
        path: path.to_owned(),
        name: outside.name.to_owned(),
        bytes: bytes.to_vec(),
        charset: outside.charset.map(str::to_owned),
        is_message: outside.message,
        ..Input::default()
    });
    family.finish()
}

/// Whether the text of an item has replacement characters for bytes that could not be decoded.
pub fn is_lossy(item: &RawItem) -> bool {
    item.ledger.has(Unread::Replaced)
}

/// Whether text recognition could find more in an item that was read without it: it is a picture, or has one.
pub fn may_be_recognised(item: &RawItem) -> bool {
    let no_text = item
        .exception
        .as_ref()
        .is_some_and(|exception| exception.reason == ExceptionReason::NoText);
    item.kind == ItemKind::Image
        || no_text
        || item.ledger.has(Unread::PicturePage)
        || item.ledger.has(Unread::Picture)
}
