//! Reading a corpus: from the files that custodians have to items with text and metadata.
//!
//! [`walk()`] lists the files of a folder, [`read_source`] reads one of them, family by family: a
//! message with its attachments, a file, an archive with its members. Nothing is dropped and
//! nothing fails here: what cannot be processed becomes an item with an [`Exception`], which
//! names the reason and what would help.
//!
//! # Invariants
//! - Every file found by [`walk()`] yields at least one item; parents come before their children.
//! - Paths of items are relative, unique within a corpus and free of `..` components
//!   ([`names::is_safe_relative`]), whatever files and attachments call themselves.
//! - The same bytes under the same name give the same items on every machine, except that a file
//!   system may refuse access and that a slow machine may meet a time limit.
//! - Memory is bounded by [`IngestOptions`], not by the size of the corpus or of a mailbox.
//! - Parsers of documents are isolated: a panic in one is an exception of the file it was reading, and so is
//!   a crash where [`worker::offer`] was called, as the program does.
//!
//! # Code map
//! | module | owns |
//! |---|---|
//! | `walk`, `file` | finding files, and opening what was found |
//! | `corpus`, `selection` | what of a folder is to be read, and what each rule leaves out |
//! | `volume` | documents listed by a load file |
//! | `source` | one file to families, streaming where the file is a mailbox |
//! | `family` | what becomes of some bytes, and the limits of a family |
//! | `detect`, `inside` | the kind of content, by its beginning and by a look at all of it |
//! | `beside` | what lies in a file beside what its format reads |
//! | `clutter` | files that systems leave behind, told from documents |
//! | `mail`, `headers`, `dates` | messages: their parts, what a reader sees of them, and their attachments |
//! | `mbox` | splitting mailboxes |
//! | `ledger` | what of an item was not read, by code |
//! | `reading` | what every reader returns, and the trait behind it |
//! | `readers` | PDF, Office, OpenDocument, rich text, Outlook: one file each, and their table |
//! | `readers/archives` | zip, 7z, tar, gz, bz2, xz, rar and their members |
//! | `zipped` | the parts of documents that are zip files inside |
//! | `ocr` | text of scanned pages and pictures, by Tesseract, where it is asked for |
//! | `again` | reading one item a second time, away from where it lay |
//! | `html`, `charset` | text from web pages and from bytes |
//! | `plain` | what bytes say by themselves, for finding known words in them |
//! | `structured` | text with a notation: calendars, contacts, JSON, chats, XML |
//! | `normal` | the one form that all text is given |
//! | `isolated`, `limited`, `isolate`, `worker` | surviving other people's parsers, on threads or in processes |

pub mod again;
mod beside;
mod charset;
mod clutter;
pub mod corpus;
pub mod dat;
mod dates;
mod detect;
mod error;
pub mod facts;
mod family;
mod file;
#[doc(hidden)]
pub mod fuzzing;
mod headers;
mod html;
mod inside;
mod isolate;
mod isolated;
mod item;
mod ledger;
mod limited;
mod limits;
mod lookalike;
mod mail;
mod mbox;
pub mod names;
mod normal;
pub mod ocr;
pub mod plain;
mod readers;
mod reading;
pub mod selection;
mod source;
mod structured;
mod textual;
mod vaults;
pub mod volume;
mod walk;
pub mod worker;
mod zipped;

pub use error::IngestError;
pub use file::{SourceFile, SourceStatus};
pub use item::{Exception, ExceptionReason, Family, ItemKind, RawItem};
pub use ledger::{Entry, Ledger, Unread};
pub use limits::{IngestOptions, Passwords, PasswordsError};
pub use selection::{LoadFile, Selection};
pub use source::{Families, Kept, Source, read, read_source};
pub use walk::walk;

#[cfg(test)]
mod picture_tests;
#[cfg(test)]
mod silent_tests;
#[cfg(test)]
mod unmarked_tests;
#[cfg(test)]
mod version_tests;
#[cfg(test)]
mod tests {
    /// The names of readers are committed to: they must say what was really used.
    #[test]
    fn readers_are_named_with_the_versions_in_use() {
        let lock = include_str!("../../../Cargo.lock");
        let readers = super::readers::Format::ALL.iter();
        let others = [
            super::family::PLAIN_TEXT,
            super::html::EXTRACTOR,
            super::mail::EXTRACTOR,
            super::mail::EXTRACTOR_HTML,
            super::volume::GIVEN_TEXT,
        ];
        for named in readers.map(|format| format.reader().name()).chain(others) {
            for part in named.split(' ').filter(|part| !part.starts_with("candor-")) {
                let (name, version) = part.split_once('/').unwrap();
                let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
                assert!(lock.contains(&entry), "{part} is not what Cargo.lock has");
            }
        }
    }
}
