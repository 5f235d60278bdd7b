//! What some bytes are, where the first of them do not tell: zip files and compound documents are many things.

use candor_picture::Kind;

use super::detect::{self, Content};
use super::item::ItemKind;
use super::readers::{self, Format};
use super::textual::HEAD;
use super::zipped;

/// The kind and media type of some bytes, without reading them.
pub(crate) fn kind_of(bytes: &[u8], name: &str) -> (ItemKind, String) {
    let (kind, media) = describe(content(bytes, name));
    (kind, media.to_owned())
}

/// What some bytes are. `name` is the file's name as far as it has one.
pub(crate) fn content(bytes: &[u8], name: &str) -> Content {
    let head = &bytes[..bytes.len().min(HEAD)];
    match detect::detect(head, name) {
        Content::Pdf => Content::Document(Format::Pdf, "application/pdf"),
        // Letters may be the bytes of a whole picture as well.
        Content::Text(_) | Content::Html if candor_picture::end(bytes).is_some() => {
            match Kind::of(bytes) {
                Some(kind) => Content::Image(detect::picture_type(kind, head)),
                None => detect::detect(head, name),
            }
        }
        Content::RichText => Content::Document(Format::RichText, "application/rtf"),
        Content::Zip => zip_content(bytes),
        // A program that unpacks itself, or an archive with something in front of it.
        content @ (Content::Typed(
            "application/vnd.microsoft.portable-executable" | "application/x-executable",
        )
        | Content::Unknown) => match readers::program_with_archive(bytes) {
            Some((Format::Zip, _)) => zip_content(bytes),
            Some((format, media)) => Content::Document(format, media),
            None => content,
        },
        Content::Compound if readers::is_message(bytes) => {
            Content::Document(Format::Outlook, "application/vnd.ms-outlook")
        }
        Content::Compound => {
            let media = readers::compound_type(bytes).unwrap_or("application/x-ole-storage");
            Content::Document(Format::OldOffice, media)
        }
        content => content,
    }
}

/// Tells documents that are zip files inside from archives.
fn zip_content(bytes: &[u8]) -> Content {
    if let Some(media_type) = readers::office_type(bytes) {
        return Content::Document(Format::Office, media_type);
    }
    let zip = Content::Document(Format::Zip, "application/zip");
    let Ok(mut archive) = zipped::open(bytes) else {
        return zip;
    };
    let stated = zipped::read_part(&mut archive, "mimetype", 200).unwrap_or_default();
    match readers::opendocument_type(&String::from_utf8_lossy(&stated)) {
        Some(media) => Content::Document(Format::OpenDocument, media),
        None => zip,
    }
}

/// The kind and media type of content.
pub(crate) fn describe(content: Content) -> (ItemKind, &'static str) {
    match content {
        Content::Mail => (ItemKind::Mail, "message/rfc822"),
        Content::Mbox => (ItemKind::Archive, "application/mbox"),
        Content::Zip => (ItemKind::Archive, "application/zip"),
        Content::Store => (ItemKind::Archive, "application/vnd.ms-outlook-pst"),
        Content::Document(Format::Outlook | Format::Tnef, media) => (ItemKind::Mail, media),
        Content::Document(
            Format::Zip
            | Format::SevenZip
            | Format::Tar
            | Format::Gzip
            | Format::Bzip2
            | Format::Xz
            | Format::Rar,
            media,
        ) => (ItemKind::Archive, media),
        Content::Document(_, media) => (ItemKind::Document, media),
        Content::Html => (ItemKind::Html, "text/html"),
        Content::Text(media) => (ItemKind::Text, media),
        Content::Image(media) => (ItemKind::Image, media),
        Content::Typed(media) | Content::Encrypted(media) => (ItemKind::Other, media),
        Content::Signed => (ItemKind::Other, "application/pkcs7-mime"),
        Content::Empty
        | Content::Unknown
        | Content::Compound
        | Content::Pdf
        | Content::RichText => (ItemKind::Other, "application/octet-stream"),
    }
}
