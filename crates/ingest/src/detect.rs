//! What a file is, judged by its content. Names only decide between kinds of text.

use std::sync::LazyLock;

use candor_picture::Kind;
use regex::bytes::Regex;

use super::charset;
use super::mail::known::{MAIL_FIELDS, SIGNS, is_known};
use super::mail::lines::{header_name, is_from_line};
use super::mail::{BINHEX, outer, signed};
use super::readers::{self, Format};
use super::textual::{HEAD, is_textual};

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
    /// An Outlook store: many messages.
    Store,
    /// A document or Outlook message, once it is known how to read it.
    Document(Format, &'static str),
    /// Content inside of a signature, or a signature (CMS).
    Signed,
    /// Something with a media type, but without a reader of its own here.
    Typed(&'static str),
    /// Cipher text.
    Encrypted(&'static str),
    Unknown,
}

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
    // Before marks that are looked for further inside: what begins as a picture is shown as one, whatever else it is.
    if !textual && let Some(kind) = Kind::of(head) {
        return Content::Image(picture_type(kind, head));
    }
    if signed::is_cms(head)
        || head.starts_with(b"-----BEGIN PKCS7-----")
        || head.starts_with(b"-----BEGIN CMS-----")
    {
        return Content::Signed;
    }
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
    if !textual && !is_text_with_zeros(head) {
        return Content::Unknown;
    }
    if is_html(head) {
        return Content::Html;
    }
    Content::Text(text_type(head, name))
}

/// The media type of a picture. What makers of cameras made of TIFF has types of its own.
pub(crate) fn picture_type(kind: Kind, head: &[u8]) -> &'static str {
    match kind {
        Kind::Jpeg => "image/jpeg",
        Kind::Png => "image/png",
        Kind::Gif => "image/gif",
        Kind::Bmp => "image/bmp",
        Kind::WebP => "image/webp",
        Kind::Heic => "image/heif",
        Kind::Tiff => infer::get(head)
            .map(|kind| kind.mime_type())
            .filter(|mime| mime.starts_with("image/"))
            .unwrap_or("image/tiff"),
    }
}

/// Whether these bytes are a container by their first ones: a PDF near the beginning lies in it.
fn is_container(head: &[u8]) -> bool {
    let signatures: [&[u8]; 12] = [
        b"\x1f\x8b\x08",
        b"BZh",
        b"\xfd7zXZ\0",
        b"7z\xbc\xaf\x27\x1c",
        b"Rar!\x1a\x07",
        b"RE\x7e^",
        b"MZ",
        b"\x7fELF",
        b"PK",
        b"!BDN",
        &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1],
        &[0x78, 0x9F, 0x3E, 0x22],
    ];
    signatures
        .iter()
        .any(|signature| head.starts_with(signature))
        || readers::is_tar(head)
}

/// Formats with a reader of their own here.
fn by_signature(head: &[u8], textual: bool) -> Option<Content> {
    if textual && let Some(media) = readers::flat_type(head) {
        return Some(Content::Document(Format::OpenDocument, media));
    }
    // PDF readers tolerate some junk in front.
    let junk = &head[..head.len().min(1024)];
    let within = junk.windows(5).position(|window| window == b"%PDF-");
    // Of a text that begins with something else, only what has the objects of a PDF is one.
    let within = within.is_some_and(|at| !textual || at == 0 || begins_pdf(head, at));
    if within && !is_container(head) {
        return Some(Content::Pdf);
    }
    // Files that hold text in an encoding of their own: read as text, most of it would be lost without a word.
    if head.trim_ascii_start().starts_with(BINHEX) {
        return Some(Content::Typed("application/mac-binhex40"));
    }
    match head {
        [0xcf, 0xad, 0x12, 0xfe, ..] => Some(Content::Typed("application/x-outlook-express")),
        [0x1a, 0, 0, 4, 0, 0, ..] => Some(Content::Typed("application/vnd.lotus-notes")),
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
        [b'!', b'B', b'D', b'N', _, _, _, _, b'S', b'M' | b'O', ..] => Some(Content::Store),
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => Some(Content::Compound),
        [0x78, 0x9F, 0x3E, 0x22, ..] => {
            Some(Content::Document(Format::Tnef, "application/ms-tnef"))
        }
        [b'%', b'P', b'D', b'F', b'-', ..] => Some(Content::Pdf),
        // PDF readers tolerate some junk in front. What is a container has none: a PDF lies in it.
        _ => {
            let junk = &head[..head.len().min(1024)];
            let within = !textual && junk.windows(5).any(|window| window == b"%PDF-");
            within.then_some(Content::Pdf)
        }
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

/// Text in which single zero bytes stand, as some programs leave them.
fn is_text_with_zeros(head: &[u8]) -> bool {
    let zeros = head.iter().filter(|byte| **byte == 0).count();
    let rest: Vec<u8> = head.iter().copied().filter(|byte| *byte != 0).collect();
    zeros * 20 <= head.len()
        && rest.len() >= 8
        && !head.windows(4).any(|four| four == [0; 4])
        && is_textual(&rest)
}

/// Whether the file begins with an mbox `From ` line followed by a header.
fn is_mbox(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let lines = head.split_inclusive(|byte| *byte == b'\n');
    let mut lines = lines.skip_while(|line| line.trim_ascii().is_empty());
    let kind = separator(lines.next().unwrap_or_default());
    let next: Vec<Vec<u8>> = lines.take(3).map(<[u8]>::to_vec).collect();
    let headed = next.first().is_some_and(|line| is_header(line));
    kind != Separator::No && headed && begins_message(kind, true, &next)
}

/// How a line separates messages in an mbox, if it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Separator {
    No,
    /// `From `, perhaps with a sender, but without a date.
    Bare,
    /// With a date.
    Dated,
}

/// What a line looks like, by itself.
pub(crate) fn separator(line: &[u8]) -> Separator {
    static LOOSE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?-u)^From .{0,300}?(?:\b(?:19|20)\d\d-\d\d-\d\d\b|\b\d{1,2}:\d\d\b.{0,40}\b(?:19|20)\d\d\b|\b(?:19|20)\d\d\b.{0,20}\b\d{1,2}:\d\d\b)")
            .expect("the expression is a constant")
    });
    let line = line.trim_ascii_end();
    if line == b"From" {
        return Separator::Bare;
    }
    if !line.starts_with(b"From ") || line.len() > 1000 {
        return Separator::No;
    }
    if is_from_line(line) || LOOSE.is_match(line) {
        return Separator::Dated;
    }
    let sender = line[5..].trim_ascii();
    let one_word = !sender.contains(&b' ');
    if one_word && (sender.is_empty() || sender == b"-" || sender.contains(&b'@')) {
        return Separator::Bare;
    }
    Separator::No
}

/// Whether a separator begins a message, by the lines that follow.
pub(crate) fn begins_message(kind: Separator, blank_before: bool, next: &[Vec<u8>]) -> bool {
    let Some(first) = next.first() else {
        return kind == Separator::Dated && blank_before;
    };
    let headers = next
        .iter()
        .take_while(|line| is_header(line) || line.starts_with(b" ") || line.starts_with(b"\t"));
    let count = headers.clone().count();
    let known = headers.filter(|line| is_known(line)).count();
    match kind {
        Separator::No => false,
        Separator::Dated if blank_before => {
            // Without a header, a message may have a body only; ">From " goes with some of them.
            let relayed = first.starts_with(b">From ")
                && (is_from_line(&first[1..]) || first.windows(12).any(|w| w == b"remote from "));
            is_header(first) || first.trim_ascii().is_empty() || relayed
        }
        Separator::Dated => known >= 1 && count >= 1,
        Separator::Bare => {
            known >= 1
                && (count >= 2 || next.get(1).is_some_and(|line| line.trim_ascii().is_empty()))
        }
    }
}

fn is_header(line: &[u8]) -> bool {
    header_name(line).is_some_and(|name| {
        name.iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    })
}

/// The value of a field in a header, on one line.
pub(crate) fn field<'a>(header: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    header.split(|byte| *byte == b'\n').find_map(|line| {
        let name = header_name(line).filter(|name| name.eq_ignore_ascii_case(wanted))?;
        let colon = line[name.len()..].iter().position(|byte| *byte == b':')?;
        Some(line[name.len() + colon + 1..].trim_ascii())
    })
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

/// Whether the text begins with a block of mail headers, whatever a program has wrapped around it.
///
/// A name that mail goes by makes one known field enough. Otherwise it takes two, and what a typed memo has
/// (To, From, Subject, Date) does not suffice: a field that only programs write, or an address and a date as
/// programs write them. Lines that are no header are borne with only among several such fields.
fn is_mail(head: &[u8], name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let named = [".eml", ".emlx", ".mht", ".mhtml", ".nws", ".mim", ".mime"]
        .iter()
        .any(|end| name.ends_with(end));
    let peeled = outer::peel(head);
    let head = &*peeled.bytes;
    let (mut known, mut signs, mut lines, mut strange) = (0, 0, 0, 0);
    let (mut address, mut date, mut last_known) = (false, false, 0);
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
            Some(field) if !line.starts_with(b"--") => {
                let name = field.to_ascii_lowercase();
                let value = &line[field.len()..];
                if MAIL_FIELDS.iter().any(|f| f.as_bytes() == name) {
                    known += 1;
                    last_known = lines;
                }
                signs += usize::from(SIGNS.iter().any(|f| f.as_bytes() == name));
                address |= name == b"from" && value.contains(&b'@');
                date |= name == b"date" && value.windows(6).any(is_clock);
            }
            _ => strange += 1,
        }
        // What follows without a blank line is a body.
        if strange > 0 && lines > last_known + 8 {
            break;
        }
    }
    let from_mailbox = usize::from(peeled.from_line);
    let plain = known >= 2 && strange == 0 && (signs >= 1 || address && (date || known >= 3));
    let torn = known >= 4 && signs >= 2;
    plain || torn || named && known >= 1 || from_mailbox == 1 && known >= 2
}

/// "10:00:" as in the time of day.
fn is_clock(six: &[u8]) -> bool {
    let digit = |at: usize| six[at].is_ascii_digit();
    digit(0)
        && digit(1)
        && six[2] == b':'
        && digit(3)
        && digit(4)
        && (six[5] == b':' || six[5] == b' ')
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

/// The media type of text, for which the name may be believed, and a beginning that means nothing else.
fn text_type(head: &[u8], name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
    let start = head
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(head)
        .trim_ascii_start();
    let begins = |what: &[u8]| {
        start
            .get(..what.len())
            .is_some_and(|s| s.eq_ignore_ascii_case(what))
    };
    match extension.as_deref() {
        Some("csv") => "text/csv",
        Some("tsv" | "tab") => "text/tab-separated-values",
        Some("md" | "markdown") => "text/markdown",
        Some("ics" | "ifb" | "vcs") => "text/calendar",
        Some("vcf" | "vcard" | "vmg" | "vnt" | "vmsg") => "text/vcard",
        Some("json" | "jsonl" | "ndjson") => "application/json",
        _ if begins(b"<?xml") => "application/xml",
        Some("xml") if start.starts_with(b"<") => "application/xml",
        _ if begins(b"BEGIN:VCALENDAR") => "text/calendar",
        _ if begins(b"BEGIN:VCARD") || begins(b"BEGIN:VMSG") || begins(b"BEGIN:VNOTE") => {
            "text/vcard"
        }
        Some("ldif" | "ldi") => "text/x-ldif",
        _ if is_json(start) => "application/json",
        _ => "text/plain",
    }
}

/// Whether text begins like an object of JSON, or a list of them.
fn is_json(start: &[u8]) -> bool {
    let inner = start.strip_prefix(b"[").unwrap_or(start).trim_ascii_start();
    let member = inner.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    member.is_some_and(|member| {
        let end = member.iter().skip(1).position(|byte| *byte == b'"');
        member.starts_with(b"\"")
            && end.is_some_and(|end| member[end + 2..].trim_ascii_start().starts_with(b":"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        let mail = b"Received: by x\r\n\tfor y\r\nSubject: s\r\n\r\nbody";
        assert_eq!(detect(mail, "x.pdf"), Content::Mail);
        assert_eq!(detect(b"Subject: only one\n\nx", "x.eml"), Content::Mail);
        assert_eq!(
            detect(b"From: a\nMIME-Version: 1.0\n\n\0\x01\0\x02", ""),
            Content::Mail
        );
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
        assert_eq!(detect(b"\x01\x02junk%PDF-1.4", ""), Content::Pdf);
        let message = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\x00%PDF-1.4";
        assert_eq!(detect(message, ""), Content::Compound);
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

    /// What a typist puts on top of a memo is not what a mail program writes.
    #[test]
    fn a_typed_memo_is_not_mail() {
        for memo in [
            "TO: All staff\nFROM: Ann Sample\nDATE: March 12, 2002\nSUBJECT: Parking\n\nPlease note",
            "To: Bob\nFrom: Ann\nCc: File\nSubject: x\nDate: 3/12/2002\n\nx",
            "From: Ann <ann@example.com>\nOn the other hand: nothing\nthat says more\n\nx",
        ] {
            assert_eq!(
                detect(memo.as_bytes(), "memo.txt"),
                Content::Text("text/plain"),
                "{memo}"
            );
        }
        for mail in [
            "From: Ann <ann@example.com>\nTo: b@example.com\nSubject: x\n\nx",
            "From: ann@example.com\nDate: Tue, 12 Mar 2002 10:00:00\n\nx",
            "\nFrom: a\nTo: b\nMessage-ID: <1@x>\n\nx",
            "\u{feff}From: a\nTo: b\nMessage-ID: <1@x>\n\nx",
            "From: a\rTo: b\rMessage-ID: <1@x>\r\rx",
            "Microsoft Mail Internet Headers Version 2.0\r\nReceived: by x\r\nTo: b\r\n\r\nx",
            "From: a\nTo: b\nSubject: s\nMessage-ID: <1@x>\nthis was torn\nMIME-Version: 1.0\n\nx",
            "60\nFrom: a\nTo: b\nMessage-ID: <1@x>\n\nx",
        ] {
            assert_eq!(detect(mail.as_bytes(), "287079."), Content::Mail, "{mail}");
        }
    }

    #[test]
    fn notations_are_told_by_their_beginning() {
        for (text, wanted) in [
            ("BEGIN:VCALENDAR\r\nVERSION:2.0", "text/calendar"),
            ("begin:vcard\nFN:x", "text/vcard"),
            ("[ {\"a\" : 1}]", "application/json"),
            ("{\"a\": 1}", "application/json"),
            ("[see below] {\"", "text/plain"),
            ("<?xml version='1.0'?><a/>", "application/xml"),
        ] {
            assert_eq!(
                detect(text.as_bytes(), "x"),
                Content::Text(wanted),
                "{text}"
            );
        }
        assert_eq!(
            detect(b"red\0 kingfisher and more words", "b.txt"),
            Content::Text("text/plain")
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
