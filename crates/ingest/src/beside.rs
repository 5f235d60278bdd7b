//! What lies in a file beside what its format reads: behind the end of a picture, before and behind a PDF, a zip archive at
//! the end of something else. What is a file becomes one; what is not is counted.

use std::collections::HashSet;

use candor_picture::Kind;
use memchr::memmem;

use super::detect::Content;
use super::inside;
use super::ledger::{Ledger, Unread};
use super::normal;
use super::readers;
use super::reading::{Child, Reading};
use super::zipped;

/// Most files that are taken from one stretch.
const MAX_FILES: usize = 1_000;
/// Most places that are tried for the beginning of a file.
const MAX_TRIES: usize = 1_000;
/// Marks of the beginning of a file that hardly occur by chance.
const MARKS: [&[u8]; 12] = [
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a",
    b"GIF87a",
    b"PK\x03\x04",
    b"%PDF-",
    b"RIFF",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"{\\rtf",
    b"\xfd7zXZ\0",
];

/// Takes the files out of a stretch of bytes that belongs to nothing; `place` says where it lies, as in "behind the end
/// of the picture".
pub(crate) fn files(stretch: &[u8], place: &str, children: &mut Vec<Child>, ledger: &mut Ledger) {
    let mut at = 0;
    let mut strange = 0usize;
    let mut tries = 0;
    loop {
        at += padding(&stretch[at..]);
        let rest = &stretch[at..];
        if rest.is_empty() {
            break;
        }
        if children.len() >= MAX_FILES || tries >= MAX_TRIES {
            strange += rest.len();
            break;
        }
        tries += 1;
        if let Some((size, extension)) = file(rest) {
            children.push(Child {
                name: format!("{}-{}.{extension}", slug(place), children.len() + 1),
                bytes: rest[..size].to_vec(),
                ..Child::default()
            });
            at += size;
            continue;
        }
        // The next place where one may begin.
        let next = MARKS
            .iter()
            .filter_map(|mark| memmem::find(rest.get(1..)?, mark))
            .min()
            .map_or(rest.len(), |next| next + 1);
        strange += next;
        at += next;
    }
    if strange > 0 {
        ledger.add(Unread::Beside, format!("{strange} bytes {place}"));
    }
}

/// Zeros and blanks, with which files are filled up.
fn padding(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|byte| !matches!(byte, 0 | b' ' | b'\t' | b'\r' | b'\n'))
        .unwrap_or(bytes.len())
}

fn slug(place: &str) -> String {
    place.replace(' ', "-")
}

/// The file that begins here: how long it is, and what to call it.
fn file(rest: &[u8]) -> Option<(usize, &'static str)> {
    if let Some(kind) = Kind::of(rest) {
        // What is cut off runs on to the end of everything.
        let size = candor_picture::end(rest);
        let certain = !matches!(kind, Kind::Jpeg | Kind::Bmp | Kind::Tiff | Kind::Gif);
        return match size {
            Some(size) => Some((size, extension(kind))),
            None => certain.then_some((rest.len(), extension(kind))),
        };
    }
    let extension = match inside::content(rest, "") {
        Content::Text(_) | Content::Html => {
            let text = String::from_utf8_lossy(rest);
            normal::has_word(&text).then_some("txt")?
        }
        Content::Pdf | Content::Document(..) | Content::Mail | Content::Mbox => "bin",
        // Two letters are enough for some programs: only what a viewer of pictures would not pass over.
        Content::Typed(media) if media.starts_with("video/") || media.starts_with("audio/") => {
            "bin"
        }
        Content::Image(_) | Content::Signed | Content::Store | Content::Encrypted(_) => "bin",
        _ => return None,
    };
    Some((rest.len(), extension))
}

fn extension(kind: Kind) -> &'static str {
    match kind {
        Kind::Jpeg => "jpg",
        Kind::Png => "png",
        Kind::Gif => "gif",
        Kind::Bmp => "bmp",
        Kind::Tiff => "tif",
        Kind::WebP => "webp",
        Kind::Heic => "heic",
    }
}

/// Something that is no archive may end with one, which programs that unpack find from the end: it becomes a child, unless
/// one of the children is it.
pub(crate) fn archive(bytes: &[u8], children: &mut Vec<Child>, ledger: &mut Ledger) {
    let tail = &bytes[bytes.len().saturating_sub(66_000)..];
    if memmem::find(tail, b"PK\x05\x06").is_none() {
        return;
    }
    let known = |child: &Child| child.bytes.starts_with(b"PK");
    if children.iter().any(known) {
        return;
    }
    let Ok(archive) = zipped::open(bytes) else {
        return;
    };
    if archive.is_empty() {
        return;
    }
    let from = usize::try_from(archive.offset()).unwrap_or(0);
    match bytes.get(from..) {
        Some(archive) if archive.starts_with(b"PK\x03\x04") => children.push(Child {
            name: "archive-inside.zip".to_owned(),
            bytes: archive.to_vec(),
            ..Child::default()
        }),
        _ => ledger.add(
            Unread::Beside,
            "it is a zip archive as well; unpack it and add what is in it",
        ),
    }
}

/// What stands behind a picture, and what else it is to programs that look elsewhere for a mark. All children get places.
pub(crate) fn of_picture(bytes: &[u8], reading: &mut Reading) {
    let (children, ledger) = (&mut reading.children, &mut reading.ledger);
    for stretch in std::mem::take(&mut reading.beside) {
        files(&stretch, "behind the end of the picture", children, ledger);
    }
    let head = &bytes[..bytes.len().min(1024)];
    if let Some(at) = memmem::find(head, b"%PDF-") {
        children.push(Child {
            name: "document-inside.pdf".to_owned(),
            bytes: bytes[at..].to_vec(),
            ..Child::default()
        });
    }
    if readers::is_tar(bytes) {
        ledger.add(
            Unread::Beside,
            "it is a tar archive as well; unpack it and add what is in it",
        );
    }
    archive(bytes, children, ledger);
    let mut places = HashSet::new();
    for (number, child) in (1..).zip(children) {
        let mut place = child.name.clone();
        if !places.insert(place.clone()) {
            place = format!("{number}-{place}");
            places.insert(place.clone());
        }
        child.place = Some(place);
    }
}

/// What stands before and behind a PDF document.
pub(crate) fn of_pdf(bytes: &[u8], children: &mut Vec<Child>, ledger: &mut Ledger) {
    let head = &bytes[..bytes.len().min(1024)];
    if let Some(at) = memmem::find(head, b"%PDF-") {
        let front = &head[..at];
        let marks = front.strip_prefix(b"\xef\xbb\xbf").unwrap_or(front);
        if padding(marks) < marks.len() {
            ledger.add(
                Unread::Beside,
                format!("{at} bytes before the beginning of the PDF"),
            );
        }
    }
    if let Some(at) = memmem::rfind(bytes, b"%%EOF") {
        files(
            &bytes[at + 5..],
            "behind the end of the PDF",
            children,
            ledger,
        );
    }
}
