//! Strings as PDF has them, and the text of XML inside of it.

use hayro::hayro_syntax::object::{Array, Dict, Object, String as PdfString};
use quick_xml::events::Event;

use crate::charset;

/// Most elements of an array of strings that are read.
const MAX_PARTS: usize = 10_000;

/// A text string: UTF-16, UTF-8 or PDFDocEncoding, without the marks of language that may be in it.
pub(super) fn text(bytes: &[u8]) -> String {
    let text = match bytes {
        [0xFE, 0xFF, rest @ ..] => encoding_rs::UTF_16BE
            .decode_without_bom_handling(rest)
            .0
            .into_owned(),
        [0xFF, 0xFE, rest @ ..] => encoding_rs::UTF_16LE
            .decode_without_bom_handling(rest)
            .0
            .into_owned(),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        // PDF 2.0 demands a mark in front of UTF-8, and writers forget it.
        _ => match std::str::from_utf8(bytes) {
            Ok(utf8) if bytes.iter().any(|byte| *byte >= 0x80) => utf8.to_owned(),
            _ => {
                let text: String = bytes.iter().map(|&byte| doc_encoding(byte)).collect();
                // Writers put the charset of their machine where there is none: then it is both.
                match charset::likelier(bytes) {
                    Some(other) => format!("{text} {other}"),
                    None => text,
                }
            }
        },
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            // The mark of a language and perhaps a country. What is longer is none, and text.
            '\u{1b}' => {
                let mark = rest.bytes().take(7).position(|byte| byte == 0x1b);
                if let Some(len) = mark.filter(|len| rest.as_bytes()[..*len].is_ascii()) {
                    rest = &rest[len + 1..];
                }
            }
            '\0' => {}
            c => out.push(c),
        }
    }
    out
}

/// PDFDocEncoding, which is Latin-1 but for these.
fn doc_encoding(byte: u8) -> char {
    const ACCENTS: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
    const SIGNS: [char; 31] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚',
        '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž',
    ];
    match byte {
        0x18..=0x1f if byte != 0x1b => ACCENTS[usize::from(byte - 0x18)],
        0x80..=0x9e => SIGNS[usize::from(byte - 0x80)],
        0xa0 => '€',
        byte => char::from(byte),
    }
}

/// What a key of a dictionary says, if it is anything like text; without white space around it.
pub(super) fn of(dict: &Dict<'_>, key: &str) -> Option<String> {
    let said = match dict.get::<Object<'_>>(key)? {
        Object::String(string) => text(string.as_bytes()),
        Object::Stream(stream) => text(&stream.decoded_data().ok()?),
        Object::Name(name) => String::from_utf8_lossy(name.as_ref()).into_owned(),
        Object::Array(array) => strings(&array),
        _ => return None,
    };
    let said = said.trim();
    (!said.is_empty()).then(|| said.to_owned())
}

fn strings(array: &Array<'_>) -> String {
    let parts = array.iter::<PdfString<'_>>().take(MAX_PARTS);
    let parts: Vec<String> = parts.map(|part| text(part.as_bytes())).collect();
    parts.join("\n")
}

/// Walks through XML that may be damaged: `see` gets every piece of text with the local names of the
/// elements around it.
pub(super) fn walk_xml(xml: &str, mut see: impl FnMut(&[String], &str)) {
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let mut around: Vec<String> = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                let name = start.local_name();
                let name = String::from_utf8_lossy(name.as_ref().as_ref()).into_owned();
                around.push(name);
                attributes(&start, &mut around, &mut see);
            }
            Ok(Event::End(_)) => {
                see(&around, "\n");
                around.pop();
            }
            Ok(Event::Empty(start)) => {
                attributes(&start, &mut around, &mut see);
                see(&around, "\n");
            }
            Ok(Event::Text(text)) => see(&around, &text),
            Ok(Event::CData(text)) => see(&around, &text),
            Ok(Event::GeneralRef(name)) => see(&around, &entity(&name)),
            Ok(Event::Eof) | Err(_) => return,
            Ok(_) => {}
        }
        if around.len() > 10_000 {
            return;
        }
    }
}

/// Properties of a description may stand as its attributes instead of as elements.
fn attributes(
    tag: &quick_xml::events::BytesStart<'_>,
    around: &mut Vec<String>,
    see: &mut impl FnMut(&[String], &str),
) {
    let name = tag.local_name();
    if String::from_utf8_lossy(name.as_ref().as_ref()) != "Description" {
        return;
    }
    for attribute in tag.attributes().with_checks(false).flatten().take(1000) {
        let key = attribute.key.local_name();
        around.push(String::from_utf8_lossy(key.as_ref().as_ref()).into_owned());
        let value = attribute.value.to_string();
        see(around, &xml_text(&value));
        around.pop();
    }
}

fn entity(name: &str) -> String {
    let number = name.strip_prefix('#').and_then(|number| {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        char::from_u32(code)
    });
    match (number, name) {
        (Some(c), _) => c.to_string(),
        (None, "amp") => "&".to_owned(),
        (None, "lt") => "<".to_owned(),
        (None, "gt") => ">".to_owned(),
        (None, "quot") => "\"".to_owned(),
        (None, "apos") => "'".to_owned(),
        (None, _) => " ".to_owned(),
    }
}

/// All text of some XML, line by line.
pub(super) fn xml_text(xml: &str) -> String {
    let mut out = String::new();
    walk_xml(xml, |_, text| out.push_str(text));
    lines(&out)
}

/// The lines of a text that are not blank, trimmed.
pub(super) fn lines(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_come_in_four_encodings() {
        assert_eq!(text(b"\xfe\xff\x04\x1f\x04\x40"), "Пр");
        assert_eq!(text(b"\xff\xfe\x1f\x04"), "П");
        assert_eq!(text(b"\xef\xbb\xbfM\xc3\xbcller"), "Müller");
        assert_eq!(text("Müller".as_bytes()), "Müller");
        assert_eq!(text(b"M\xfcller \x93note\x94 \xa0"), "Müller ﬁnoteﬂ €");
        assert_eq!(text(b"\xfe\xff\0\x1b\0d\0e\0\x1b\0a"), "a");
        // An escape that marks no language swallows nothing.
        assert_eq!(text(b"\xfe\xff\0\x1b\0v\0e\0l\0v\0e\0t\0 \0o"), "velvet o");
        let russian = encoding_rs::WINDOWS_1251
            .encode("Отчёт о продажах")
            .0
            .into_owned();
        assert!(text(&russian).ends_with(" Отчёт о продажах"));
        assert_eq!(text(b"\xc4\xd6\xdc"), "ÄÖÜ");
    }

    #[test]
    fn xml_is_read_as_far_as_it_goes() {
        assert_eq!(
            xml_text("<a>one &amp; <b>t&#119;o</b><c/>three</d><e>four"),
            "one & two\nthree\nfour"
        );
        assert_eq!(xml_text("<a><![CDATA[x < y]]></a>"), "x < y");
    }
}
