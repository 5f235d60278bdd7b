//! What a file is, judged by its content. Names only decide between kinds of text.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::charset;
use super::readers::{self, Format};

/// The sort of content, which decides the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Empty,
    Mail,
    Mbox,
    Html,
    Text(&'static str),
    Image(&'static str),
    Pdf,
    RichText,
    /// A zip file: an archive, or a document that is one inside.
    Zip,
    /// A compound document: old Office formats, Outlook messages, encrypted new Office formats.
    Compound,
    /// A document or Outlook message, once it is known how to read it.
    Document(Format, &'static str),
    /// Something with a media type, but without a reader of its own here.
    Typed(&'static str),
    /// Cipher text.
    Encrypted(&'static str),
    Unknown,
}

/// How much of a file is looked at.
pub(crate) const HEAD: usize = 16 << 10;

/// Judges by the first [`HEAD`] bytes. `name` is the file's name as far as it has one.
pub(crate) fn detect(head: &[u8], name: &str) -> Content {
    let head = &head[..head.len().min(HEAD)];
    if head.is_empty() {
        return Content::Empty;
    }
    if is_mbox(head) {
        return Content::Mbox;
    }
    // A message may carry binary content; it is its header that has to be text.
    if is_textual(header_block(head)) && is_mail(head, name) {
        return Content::Mail;
    }
    let textual = is_textual(head);
    if head.starts_with(b"-----BEGIN PGP MESSAGE-----") {
        return Content::Encrypted("application/pgp-encrypted");
    }
    if let Some(content) = by_signature(head, textual) {
        return content;
    }
    if let Some(kind) = infer::get(head) {
        let mime = kind.mime_type();
        // Two-letter signatures ("BM", "MZ", ...) also begin ordinary sentences.
        if (!textual || mime == "application/postscript") && !mime.starts_with("text/") {
            return match kind.matcher_type() {
                infer::MatcherType::Image => Content::Image(mime),
                _ => Content::Typed(mime),
            };
        }
    }
    if !textual {
        return Content::Unknown;
    }
    if is_html(head) {
        return Content::Html;
    }
    Content::Text(text_type(head, name))
}

/// Formats with a reader of their own here.
fn by_signature(head: &[u8], textual: bool) -> Option<Content> {
    // PDF readers tolerate some junk in front.
    let junk = &head[..head.len().min(1024)];
    let within = junk.windows(5).position(|window| window == b"%PDF-");
    // Of a text that begins with something else, only what has the objects of a PDF is one.
    let within = within.is_some_and(|at| !textual || at == 0 || begins_pdf(head, at));
    if within {
        return Some(Content::Pdf);
    }
    match head {
        [b'{', b'\\', b'r', b't', b'f', ..] => Some(Content::RichText),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Content::Zip),
        // The first of several volumes, or an archive made to be one and then not split.
        [b'P', b'K', 7, 8, b'P', b'K', 3, 4, ..]
        | [b'P', b'K', b'0', b'0', b'P', b'K', 3, 4, ..] => Some(Content::Zip),
        [0x1f, 0x8b, 8, ..] => Some(Content::Document(Format::Gzip, "application/gzip")),
        [
            b'B',
            b'Z',
            b'h',
            b'1'..=b'9',
            0x31,
            0x41,
            0x59,
            0x26,
            0x53,
            0x59,
            ..,
        ]
        | [
            b'B',
            b'Z',
            b'h',
            b'1'..=b'9',
            0x17,
            0x72,
            0x45,
            0x38,
            0x50,
            0x90,
            ..,
        ] => Some(Content::Document(Format::Bzip2, "application/x-bzip2")),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => {
            Some(Content::Document(Format::Xz, "application/x-xz"))
        }
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Some(Content::Document(
            Format::SevenZip,
            "application/x-7z-compressed",
        )),
        [b'R', b'a', b'r', b'!', 0x1a, 7, ..] => {
            Some(Content::Document(Format::Rar, "application/vnd.rar"))
        }
        [b'R', b'E', 0x7e, b'^', ..] if !textual => {
            Some(Content::Document(Format::Rar, "application/vnd.rar"))
        }
        // What lzma made before there was xz: no signature, but a header that hardly anything else has.
        [0x5d, 0, 0, _, _, size @ ..]
            if !textual
                && size.len() > 9
                && (size[..8] == [0xff; 8] || size[5..8] == [0; 3])
                && size[8] == 0 =>
        {
            Some(Content::Document(Format::Xz, "application/x-lzma"))
        }
        _ if !textual && readers::is_tar(head) => {
            Some(Content::Document(Format::Tar, "application/x-tar"))
        }
        // An Outlook store. The one Rust reader for them refuses real ones: see ARCHITECTURE.md.
        [b'!', b'B', b'D', b'N', _, _, _, _, b'S', b'M' | b'O', ..] => {
            Some(Content::Typed("application/vnd.ms-outlook-pst"))
        }
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => Some(Content::Compound),
        _ => None,
    }
}

/// Whether a line begins with the mark at `at`, and the first object of a PDF follows.
fn begins_pdf(head: &[u8], at: usize) -> bool {
    let line = matches!(head[at - 1], b'\n' | b'\r');
    let version = head.get(at + 5).is_some_and(u8::is_ascii_digit);
    let has = |wanted: &[u8]| {
        head[at..]
            .windows(wanted.len())
            .any(|window| window == wanted)
    };
    line && version && has(b" obj") && (has(b"endobj") || has(b"<<"))
}

/// Text in some charset: no zero bytes but those of UTF-16, and hardly any control characters.
fn is_textual(head: &[u8]) -> bool {
    if encoding_rs::Encoding::for_bom(head).is_some() || charset::utf16_without_mark(head).is_some()
    {
        return true;
    }
    let odd = head
        .iter()
        .filter(|byte| matches!(byte, 0..=6 | 14..=26 | 28..=31 | 127))
        .count();
    !head.contains(&0) && odd * 100 <= head.len()
}

/// Whether the file begins with an mbox `From ` line followed by a header.
fn is_mbox(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let second = lines.next().unwrap_or_default();
    first.starts_with(b"From ")
        && (is_from_line(first) || header_name(second).is_some())
        && (header_name(second).is_some() || second.starts_with(b">From "))
}

/// Whether `line` separates messages in an mbox: `From `, a sender, and a date with weekday,
/// month, time and year.
pub(crate) fn is_from_line(line: &[u8]) -> bool {
    static FROM: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?-u)^From .{0,300}\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .{0,12}\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b.{0,30}\b\d{4}\b",
        )
        .expect("the expression is a constant")
    });
    line.starts_with(b"From ") && FROM.is_match(line)
}

/// Everything before the first blank line.
fn header_block(head: &[u8]) -> &[u8] {
    let blank = |marker: &[u8]| {
        head.windows(marker.len())
            .position(|window| window == marker)
    };
    let end = [blank(b"\n\n"), blank(b"\n\r\n")]
        .into_iter()
        .flatten()
        .min();
    &head[..end.unwrap_or(head.len())]
}

/// The field name of a header line.
fn header_name(line: &[u8]) -> Option<&[u8]> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = line[..colon].trim_ascii_end();
    let valid = !name.is_empty() && name.len() <= 76 && name.iter().all(u8::is_ascii_graphic);
    valid.then_some(name)
}

/// Header fields that only mail has, or that mail nearly always has.
const MAIL_FIELDS: [&str; 17] = [
    "from",
    "to",
    "subject",
    "date",
    "received",
    "message-id",
    "return-path",
    "mime-version",
    "delivered-to",
    "reply-to",
    "cc",
    "sender",
    "x-mailer",
    "in-reply-to",
    "content-type",
    "x-received",
    "dkim-signature",
];

/// Whether the text begins with a block of mail headers. A name ending in `.eml` makes one known
/// field enough; otherwise it takes two, and every line before the first blank one must be a
/// header or the continuation of one.
fn is_mail(head: &[u8], name: &str) -> bool {
    let named = name.to_ascii_lowercase().ends_with(".eml");
    let mut known = 0;
    let mut lines = 0;
    let mut strange = 0;
    for line in head.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        lines += 1;
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            if lines == 1 {
                return false;
            }
            continue;
        }
        match header_name(line) {
            Some(field) => {
                let field = field.to_ascii_lowercase();
                known += usize::from(MAIL_FIELDS.iter().any(|f| f.as_bytes() == field));
            }
            None if lines == 1 && line.starts_with(b"From ") => {}
            None => strange += 1,
        }
    }
    if named {
        known >= 1
    } else {
        known >= 2 && strange == 0
    }
}

fn is_html(head: &[u8]) -> bool {
    static HTML: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?is-u)^(?:\xEF\xBB\xBF)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta|table|div|font|center|p|br|h[1-6])\b")
            .expect("the expression is a constant")
    });
    if let Some(encoding) = charset::utf16_without_mark(head)
        .or_else(|| encoding_rs::Encoding::for_bom(head).map(|(encoding, _)| encoding))
    {
        let (text, _) = encoding.decode_with_bom_removal(head);
        return HTML.is_match(text.as_bytes());
    }
    HTML.is_match(head)
}

/// The media type of text, for which the name may be believed.
fn text_type(head: &[u8], name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
    match extension.as_deref() {
        Some("csv") => "text/csv",
        Some("tsv" | "tab") => "text/tab-separated-values",
        Some("md" | "markdown") => "text/markdown",
        Some("ics") => "text/calendar",
        Some("vcf") => "text/vcard",
        Some("json") => "application/json",
        _ if head.trim_ascii_start().starts_with(b"<?xml") => "application/xml",
        _ => "text/plain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        let mail = b"Received: by x\r\n\tfor y\r\nSubject: s\r\n\r\nbody";
        assert_eq!(detect(mail, "x.pdf"), Content::Mail);
        assert_eq!(detect(b"Subject: only one\n\nx", "x.eml"), Content::Mail);
        assert_eq!(detect(b"From: a\nTo: b\n\n\0\x01\0\x02", ""), Content::Mail);
        assert_eq!(
            detect(b"Subject: only one\n\nx", "note.txt"),
            Content::Text("text/plain")
        );
        assert_eq!(
            detect(b"To: me\nFrom here on it is prose\nDate: x\n\n", "n.txt"),
            Content::Text("text/plain")
        );
        assert_eq!(detect(b" <!-- x --> <HTML><p>", "a.txt"), Content::Html);
        assert_eq!(detect(b"%PDF-1.4\n1 0 obj", "a.eml"), Content::Pdf);
        let junk = b"junk in front\n%PDF-1.4\n1 0 obj\n<<>>\nendobj";
        assert_eq!(detect(junk, "a.pdf"), Content::Pdf);
        assert_eq!(
            detect(b"A file begins with\n%PDF-1.4 and so on", "a.txt"),
            Content::Text("text/plain")
        );
        assert_eq!(
            detect(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.txt"),
            Content::Image("image/png")
        );
        assert_eq!(detect(b"a,b\n1,2\n", "t.csv"), Content::Text("text/csv"));
        assert_eq!(detect(b"", "t.csv"), Content::Empty);
        assert_eq!(
            detect(&[3, 0, 9, 1, 255, 0, 0, 7], "t.csv"),
            Content::Unknown
        );
    }

    #[test]
    fn short_signatures_do_not_make_text_binary() {
        for text in [
            "BM is a car maker",
            "MZ initials",
            "BZh me",
            "ID3 tags",
            "GIF as a word",
        ] {
            assert_eq!(
                detect(text.as_bytes(), "a.txt"),
                Content::Text("text/plain"),
                "{text}"
            );
        }
    }

    #[test]
    fn utf16_is_text() {
        let bytes: Vec<u8> = "<html><p>hello"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(detect(&bytes, ""), Content::Html);
        let bytes: Vec<u8> = "hello there"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        assert_eq!(detect(&bytes, ""), Content::Text("text/plain"));
    }

    #[test]
    fn from_lines() {
        for line in [
            "From a@b.c Thu Aug 22 13:17:22 2002",
            "From - Sat Jan  1 00:00:00 2022",
            "From 1234@xxx Mon Jan 01 00:00:00 +0000 2020",
            "From MAILER-DAEMON Fri Jul  8 12:08:34 2011\r",
        ] {
            assert!(is_from_line(line.as_bytes()), "{line}");
        }
        for line in [
            "From the beginning of Monday it was clear",
            ">From a@b.c Thu Aug 22 13:17:22 2002",
            "From: a@b.c",
        ] {
            assert!(!is_from_line(line.as_bytes()), "{line}");
        }
        let mbox = b"From a Thu Aug 22 13:17:22 2002\nReturn-Path: <a>\n\nx";
        assert_eq!(detect(mbox, "x.eml"), Content::Mbox);
        assert_eq!(
            detect(b"From here\nto there\n", ""),
            Content::Text("text/plain")
        );
    }
}
