//! Word, Excel and PowerPoint before 2007: compound files of records.

mod art;
mod cells;
mod encrypted;
mod excel;
mod pieces;
mod powerpoint;
mod strings;
mod summary;
mod word;
mod word6;

pub(super) use summary::file_time;

use super::compound::Compound;
use super::out::Out;
use super::{macros, office};
use crate::ledger::Unread;
use crate::reading::{Given, ReadError, Reader, Reading};

pub(crate) struct OldOffice;

impl Reader for OldOffice {
    fn name(&self) -> &'static str {
        "candor-ole/2"
    }

    fn read(&self, bytes: &[u8], given: &Given) -> Result<Reading, ReadError> {
        let unpacked = given.unpacked;
        let file = Compound::open(bytes).map_err(|why| ReadError::Corrupt(why.to_owned()))?;
        let mut out = Out::default();
        let kind = Kind::of(&file);
        match kind {
            Kind::Encrypted => return encrypted(&file, given),
            Kind::Word => word::read(&file, &mut out)?,
            Kind::PowerPoint => powerpoint::read(&file, unpacked, &mut out)?,
            Kind::Excel => excel::read(&file, unpacked, &mut out)?,
            Kind::Named(_) | Kind::Unknown => {}
        }
        office::extract(&file, "", &mut out);
        if matches!(kind, Kind::Named(_) | Kind::Unknown) && out.children.is_empty() {
            let what = match kind {
                Kind::Named(what) => what,
                _ => "a compound document of an unknown kind",
            };
            return Err(ReadError::Unsupported(format!("no reader for {what}")));
        }
        if let Kind::Named(what) = kind {
            out.unread(
                Unread::Unknown,
                format!("the text of {what}; what it embeds was read"),
            );
        }
        macros::modules(&file, &mut out);
        summary::read(&file, &mut out);
        if !file.is_whole() {
            out.unread(
                Unread::Truncated,
                "streams of the document are shorter than they should be",
            );
        }
        super::pictures::judge(&mut out);
        Ok(out.finish())
    }
}

/// A package that is encrypted: it is read if one of the passwords fits.
fn encrypted(file: &Compound<'_>, given: &Given) -> Result<Reading, ReadError> {
    let package = encrypted::open(file, given.passwords.iter()).map_err(|closed| match closed {
        encrypted::Closed::Locked => ReadError::Encrypted,
        encrypted::Closed::Unknown => ReadError::Locked(
            "it is encrypted in a way that is not known here; ask for an unprotected copy"
                .to_owned(),
        ),
    })?;
    office::Office.read(&package, given)
}

/// What a compound file is, by the streams in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Excel,
    PowerPoint,
    Encrypted,
    /// Known, and without a reader.
    Named(&'static str),
    Unknown,
}

impl Kind {
    fn of(file: &Compound<'_>) -> Self {
        let has = |path: &str| file.has_stream(path);
        if has("/WordDocument") {
            Self::Word
        } else if has("/PowerPoint Document") {
            Self::PowerPoint
        } else if has("/Workbook") || has("/Book") {
            Self::Excel
        } else if has("/EncryptedPackage") {
            Self::Encrypted
        } else if has("/VisioDocument") {
            Self::Named("a drawing of Visio")
        } else if file.has_storage("/Quill") {
            Self::Named("a document of Publisher")
        } else if has("/PP40") || has("/PP97_DUALSTORAGE") {
            Self::Named("a presentation of PowerPoint 95 or older")
        } else if has("/MatOST") || has("/MM") {
            Self::Named("a document of Works")
        } else if file
            .entries()
            .any(|entry| entry.name().ends_with("ProjectProps") || entry.name() == "TBkndTask")
        {
            Self::Named("a plan of Project")
        } else {
            Self::Unknown
        }
    }
}

/// The media type of a compound document; nothing if it is none of Office.
pub(crate) fn compound_type(bytes: &[u8]) -> Option<&'static str> {
    let file = Compound::open(bytes).ok()?;
    Some(match Kind::of(&file) {
        Kind::Word => "application/msword",
        Kind::Excel => "application/vnd.ms-excel",
        Kind::PowerPoint => "application/vnd.ms-powerpoint",
        Kind::Named("a drawing of Visio") => "application/vnd.visio",
        Kind::Named("a document of Publisher") => "application/x-mspublisher",
        Kind::Named(_) | Kind::Encrypted | Kind::Unknown => return None,
    })
}
