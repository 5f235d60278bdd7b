//! The parts of a message: which are the body, which are attachments, and their bytes.

use std::borrow::Cow;
use std::collections::HashSet;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};

use super::reading::Child;
use super::{charset, html};

/// A part's bytes after its transfer encoding has been undone.
struct Content<'m> {
    bytes: Cow<'m, [u8]>,
    /// What was wrong with the encoding.
    damage: Option<&'static str>,
}

/// What a reader sees below the headers.
pub(crate) struct Body {
    pub text: String,
    pub warnings: Vec<&'static str>,
    pub used_html: bool,
}

/// The parts that make up the body, in order; everything else that has content is attached.
///
/// Where a message offers the same body as plain text and as HTML, the plain text is taken, and
/// the HTML as well if it says something that the plain text does not.
pub(crate) fn body(message: &Message<'_>) -> Body {
    let mut out = Body {
        text: String::new(),
        warnings: Vec::new(),
        used_html: false,
    };
    for &id in &message.text_body {
        if let Some(text) = message
            .part(id)
            .and_then(|part| part_text(message, part, &mut out))
        {
            append(&mut out.text, &text);
        }
    }
    for part in message.parts.iter().filter(|part| is_damaged_body(part)) {
        if let Some(text) = part_text(message, part, &mut out) {
            append(&mut out.text, &text);
        }
    }
    let mut alternatives = String::new();
    for &id in &message.html_body {
        if !message.text_body.contains(&id)
            && let Some(text) = message
                .part(id)
                .and_then(|part| part_text(message, part, &mut out))
        {
            append(&mut alternatives, &text);
        }
    }
    if says_more(&alternatives, &out.text) {
        append(&mut out.text, &alternatives);
    }
    out
}

/// Body text that the mail parser has put aside because of its transfer encoding.
fn is_damaged_body(part: &MessagePart<'_>) -> bool {
    part.is_encoding_problem
        && matches!(part.body, PartType::Text(_))
        && matches!(declared_type(part).as_str(), "text/plain" | "text/html")
        && part.attachment_name().is_none()
        && part
            .content_disposition()
            .is_none_or(|disposition| !disposition.is_attachment())
}

fn append(text: &mut String, more: &str) {
    if !text.is_empty() {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push('\n');
    }
    text.push_str(more.trim_end());
    text.push('\n');
}

/// Whether more than a tenth of the distinct words of `other` are not in `text`.
fn says_more(other: &str, text: &str) -> bool {
    let words = |text: &str| -> HashSet<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (other, text) = (words(other), words(text));
    other.difference(&text).count() * 10 > other.len()
}

/// The text of a body part; `None` for parts that are not text.
fn part_text(message: &Message<'_>, part: &MessagePart<'_>, out: &mut Body) -> Option<String> {
    let is_html = match &part.body {
        PartType::Text(_) => part.is_encoding_problem && declared_type(part) == "text/html",
        PartType::Html(_) => true,
        _ => return None,
    };
    let content = decode(message, part);
    let unended = part
        .is_encoding_problem
        .then_some("a part does not end properly");
    if let Some(warning) = content.damage.or(unended)
        && !out.warnings.contains(&warning)
    {
        out.warnings.push(warning);
    }
    let mut declared = part_charset(part);
    if is_html && declared.is_none() {
        declared = html::declared_charset(&content.bytes);
    }
    let decoded = charset::decode(&content.bytes, declared.as_deref());
    if decoded.lossy && !out.warnings.contains(&charset::LOSSY) {
        out.warnings.push(charset::LOSSY);
    }
    Some(if is_html {
        out.used_html = true;
        html::to_text(&decoded.text)
    } else {
        decoded.text
    })
}

fn part_charset(part: &MessagePart<'_>) -> Option<String> {
    part.content_type()?.attribute("charset").map(str::to_owned)
}

/// Everything attached to a message, in order.
pub(crate) fn attachments(message: &Message<'_>) -> Vec<Child> {
    let in_body: HashSet<u32> = message
        .text_body
        .iter()
        .chain(&message.html_body)
        .copied()
        .collect();
    let mut out = Vec::new();
    for (id, part) in (0u32..).zip(&message.parts) {
        let is_text = matches!(part.body, PartType::Text(_) | PartType::Html(_));
        if matches!(part.body, PartType::Multipart(_))
            || (is_text && in_body.contains(&id))
            || is_damaged_body(part)
        {
            continue;
        }
        let content = decode(message, part);
        let is_message = matches!(part.body, PartType::Message(_));
        // An empty part without a name is a leftover of the mail program, not a document.
        let name = part.attachment_name().unwrap_or_default().to_owned();
        if content.bytes.is_empty() && name.is_empty() {
            continue;
        }
        out.push(Child {
            name,
            declared_type: declared_type(part),
            charset: part_charset(part),
            content_id: part.content_id().unwrap_or_default().to_owned(),
            damage: content
                .damage
                .map(|damage| format!("{damage}; ask for the attachment by itself")),
            bytes: content.bytes.into_owned(),
            is_message,
            ..Child::default()
        });
    }
    out
}

fn declared_type(part: &MessagePart<'_>) -> String {
    part.content_type().map_or(String::new(), |content| {
        let subtype = content.subtype().unwrap_or("*");
        format!("{}/{subtype}", content.ctype()).to_ascii_lowercase()
    })
}

/// Undoes the transfer encoding of a part, from the raw bytes: what the mail parser offers for
/// text has already been through a charset decoder.
fn decode<'m>(message: &'m Message<'_>, part: &'m MessagePart<'_>) -> Content<'m> {
    match &part.body {
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) if !part.is_encoding_problem => {
            return Content {
                bytes: Cow::Borrowed(bytes),
                damage: None,
            };
        }
        PartType::Message(nested) => {
            return Content {
                bytes: Cow::Borrowed(nested.raw_message()),
                damage: None,
            };
        }
        _ => {}
    }
    let range = part.offset_body as usize..part.offset_end as usize;
    let raw = message.raw_message.get(range).unwrap_or_default();
    let declared = part
        .content_transfer_encoding()
        .unwrap_or_default()
        .to_ascii_lowercase();
    match (part.encoding, declared.as_str()) {
        (Encoding::Base64, _) | (Encoding::None, "base64") => decode_base64(raw),
        (Encoding::QuotedPrintable, _) | (Encoding::None, "quoted-printable") => {
            match quoted_printable_decode(raw) {
                Some(bytes) => Content {
                    bytes: Cow::Owned(bytes),
                    damage: None,
                },
                None => Content {
                    bytes: Cow::Owned(lenient_quoted_printable(raw)),
                    damage: None,
                },
            }
        }
        _ => Content {
            bytes: Cow::Borrowed(raw),
            damage: None,
        },
    }
}

/// Base64 that is damaged is read as far as possible; text sent in the clear under the name of
/// base64 is taken as it is.
fn decode_base64(raw: &[u8]) -> Content<'_> {
    let proper = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let kept: Vec<u8> = raw.iter().copied().filter(proper).collect();
    let foreign = raw
        .iter()
        .filter(|byte| !proper(byte) && !byte.is_ascii_whitespace())
        .count();
    if foreign == 0
        && let Some(bytes) = base64_decode(&kept)
    {
        let missing = kept.len() % 4 == 1;
        return Content {
            bytes: Cow::Owned(bytes),
            damage: missing.then_some("the base64 encoding is cut off"),
        };
    }
    if foreign * 50 > raw.len() || raw.contains(&b' ') && foreign * 200 > raw.len() {
        return Content {
            bytes: Cow::Borrowed(raw),
            damage: Some("declared as base64, but is not"),
        };
    }
    let whole = kept.len() / 4 * 4;
    Content {
        bytes: Cow::Owned(base64_decode(&kept[..whole]).unwrap_or_default()),
        damage: Some("the base64 encoding is damaged"),
    }
}

/// Quoted-printable in which every `=` that does not begin a valid escape stands for itself.
fn lenient_quoted_printable(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'=' {
            out.push(byte);
        } else if let Some(after) = tail.strip_prefix(b"\r\n").or(tail.strip_prefix(b"\n")) {
            rest = after;
        } else {
            let value = tail
                .get(..2)
                .and_then(|digits| std::str::from_utf8(digits).ok())
                .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
                .and_then(|digits| u8::from_str_radix(digits, 16).ok());
            match value {
                Some(value) => {
                    out.push(value);
                    rest = &tail[2..];
                }
                None => out.push(b'='),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_encodings_are_read_as_far_as_possible() {
        assert_eq!(lenient_quoted_printable(b"a=3Db=\nc=ZZd=4"), b"a=bc=ZZd=4");
        let cut = decode_base64(b"aGVsbG8gd29ybGQ\n");
        assert_eq!((&*cut.bytes, cut.damage), (&b"hello world"[..], None));
        let damaged = decode_base64(b"aGVsbG8gd29ybGQgYWdhaW4gYW5kIGFnYWluIGFuZCBhZ2Fpbg*=");
        assert!(damaged.bytes.starts_with(b"hello world again"));
        assert!(damaged.damage.is_some());
        let clear = decode_base64(b"This is not base64 at all, it's prose.");
        assert!(clear.bytes.starts_with(b"This is not"));
    }

    #[test]
    fn html_that_says_the_same_is_not_repeated() {
        assert!(!says_more("Hello, WORLD!", "hello world"));
        assert!(says_more(
            "hello world and a real offer",
            "please enable HTML"
        ));
        assert!(!says_more("", ""));
    }
}
