//! The readers as functions of bytes, for fuzzers and for the test that mutates seeds.

use super::family::{FamilyBuilder, Input};
use super::readers::Format;
use super::reading::Given;
use super::{IngestOptions, RawItem, charset, html as page, isolate, names, structured, volume};
use std::collections::HashSet;
use std::time::Duration;

/// What a container may unpack to.
const UNPACKED: u64 = 16 << 20;
/// As in a worker.
const STACK: usize = 64 << 20;

/// Names of items are safe and their own, and parents come first.
fn check_family(family: &[RawItem]) {
    let mut paths = HashSet::new();
    for (i, item) in family.iter().enumerate() {
        assert!(names::is_safe_relative(&item.path));
        assert!(paths.insert(&item.path), "{} twice", item.path);
        assert!(item.parent.is_none_or(|parent| parent < i));
    }
}

/// Reads some bytes with everything in them as one family.
fn family(name: &str, bytes: &[u8], is_message: bool) -> bool {
    let options = IngestOptions {
        max_family_bytes: UNPACKED,
        max_family_items: 300,
        max_time: Duration::from_secs(20),
        ..IngestOptions::default()
    };
    let mut builder = FamilyBuilder::new(&options);
    builder.add(Input {
        path: name.to_owned(),
        name: name.to_owned(),
        bytes: bytes.to_vec(),
        is_message,
        ..Input::default()
    });
    let items = builder.finish();
    assert!(!items.is_empty(), "nothing is dropped");
    check_family(&items);
    items.iter().any(|item| item.text.is_some())
}

/// A message.
pub fn mail(bytes: &[u8]) -> bool {
    family("message.eml", bytes, true)
}

/// A mailbox.
pub fn mbox(bytes: &[u8]) -> bool {
    family("folder.mbox", bytes, false)
}

/// An archive.
pub fn zip(bytes: &[u8]) -> bool {
    family("archive.zip", bytes, false)
}

/// A tar archive.
pub fn tar(bytes: &[u8]) -> bool {
    isolated("archive.tar", bytes)
}

/// A 7z archive.
pub fn seven_zip(bytes: &[u8]) -> bool {
    isolated("archive.7z", bytes)
}

/// A rar archive.
pub fn rar(bytes: &[u8]) -> bool {
    isolated("archive.rar", bytes)
}

/// An Outlook store.
pub fn store(bytes: &[u8]) -> bool {
    isolated("mail.pst", bytes)
}

/// A picture, with everything that is no part of its first frame.
pub fn frames(bytes: &[u8]) -> bool {
    others(Format::Frames, bytes)
}

/// The targets that cover the readers of documents, by name: a reader without one does not compile.
pub fn targets() -> Vec<&'static str> {
    let target = |format: &Format| match format {
        // What paints or recognises a page is given to a program of others, one picture at a time.
        Format::Pdf | Format::PdfPages => "pdf",
        Format::Recognition => "recognition",
        Format::Frames => "frames",
        Format::Office | Format::OldOffice | Format::Beside => "office",
        Format::OpenDocument => "opendocument",
        Format::RichText => "rtf",
        Format::Outlook => "outlook",
        Format::Zip => "zip",
        Format::SevenZip => "seven-zip",
        Format::Tar => "tar",
        Format::Gzip | Format::Bzip2 | Format::Xz => "compressed",
        Format::Rar => "rar",
        Format::Tnef => "winmail",
    };
    Format::ALL.iter().map(target).collect()
}

/// One file, compressed: gz, bz2, xz.
pub fn compressed(bytes: &[u8]) -> bool {
    isolated("file.txt.gz", bytes)
}

/// What Outlook sends beside a mail.
pub fn winmail(bytes: &[u8]) -> bool {
    isolated("winmail.dat", bytes)
}

/// Calendars and contacts.
pub fn cards(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    structured::tell("text/calendar", &text).is_some_and(|told| !told.text.is_empty())
}

/// JSON, chats in it, and XML.
pub fn notation(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let json = structured::tell("application/json", &text);
    let xml = structured::tell("application/xml", &text);
    json.is_some() || xml.is_some_and(|told| !told.text.is_empty())
}

/// A load file of pages.
pub fn opticon(bytes: &[u8]) -> bool {
    volume::opticon_reads(&String::from_utf8_lossy(bytes))
}

/// A family that readers of other people take part in: their panics cost one item.
fn isolated(name: &str, bytes: &[u8]) -> bool {
    isolate::catch_on_stack(STACK, || family(name, bytes, false)).expect("a family is always read")
}

/// A web page.
pub fn html(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    page::declared_charset(bytes);
    !page::to_text(&text).is_empty()
}

/// Bytes in some charset, or in one that a label names.
pub fn charset(bytes: &[u8]) -> bool {
    let label: String = bytes.iter().take(8).map(|b| char::from(*b)).collect();
    let _ = charset::decode(bytes, None);
    let _ = charset::decode(bytes, Some(&label));
    let _ = charset::decode(bytes, Some("iso-2022-jp"));
    true
}

fn own(format: Format, bytes: &[u8]) -> bool {
    format
        .reader()
        .read(bytes, &Given::within(UNPACKED))
        .is_ok()
}

fn others(format: Format, bytes: &[u8]) -> bool {
    let read = || {
        format
            .reader()
            .read(bytes, &Given::within(UNPACKED))
            .is_ok()
    };
    isolate::catch_on_stack(STACK, read).unwrap_or(false)
}

/// Rich text.
pub fn rtf(bytes: &[u8]) -> bool {
    own(Format::RichText, bytes)
}

/// OpenDocument.
pub fn opendocument(bytes: &[u8]) -> bool {
    own(Format::OpenDocument, bytes)
}

/// PDF.
pub fn pdf(bytes: &[u8]) -> bool {
    others(Format::Pdf, bytes)
}

/// Office, old and new.
pub fn office(bytes: &[u8]) -> bool {
    match bytes.starts_with(b"PK") {
        true => own(Format::Office, bytes),
        false => others(Format::OldOffice, bytes),
    }
}

/// An Outlook message.
pub fn outlook(bytes: &[u8]) -> bool {
    others(Format::Outlook, bytes)
}
