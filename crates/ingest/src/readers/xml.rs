//! XML of documents, read leniently and without recursion.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use crate::charset::Charset;

/// What a walk over XML comes across. Elements go by their local names: which prefix a program
/// chose for a namespace says nothing.
pub(super) enum Step<'a, 'b> {
    /// An element begins. One without content is followed by its end.
    Start(&'a str, &'a BytesStart<'b>),
    End(&'a str),
    /// Character data, references resolved.
    Text(&'a str),
}

/// Walks over some XML. An error says where it stopped being XML; everything before has been seen.
pub(super) fn walk(xml: &[u8], mut see: impl FnMut(Step<'_, '_>)) -> Result<(), String> {
    let xml = decode(xml);
    let mut reader = quick_xml::Reader::from_str(&xml);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => see(Step::Start(tag.local_name().into_inner(), &tag)),
            Ok(Event::Empty(tag)) => {
                see(Step::Start(tag.local_name().into_inner(), &tag));
                see(Step::End(tag.local_name().into_inner()));
            }
            Ok(Event::End(tag)) => see(Step::End(tag.local_name().into_inner())),
            Ok(Event::Text(text)) => see(Step::Text(&text)),
            Ok(Event::CData(text)) => see(Step::Text(&text)),
            Ok(Event::GeneralRef(name)) => {
                if let Some(c) = entity(&name) {
                    see(Step::Text(c.encode_utf8(&mut [0; 4])));
                }
            }
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(error) => {
                return Err(format!("{error} (byte {})", reader.error_position()));
            }
        }
    }
}

/// An attribute by local name.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    let found = attributes
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().into_inner() == name)?;
    Some(match found.normalized_value(XmlVersion::Implicit1_0) {
        Ok(value) => value.into_owned(),
        Err(_) => found.value.to_string(),
    })
}

/// The character that a reference stands for.
pub(super) fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let number = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(number);
    }
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => return None,
    })
}

/// XML as text: by its mark, else as it declares, else as UTF-8.
pub(super) fn decode(xml: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(xml) {
        return encoding.decode_without_bom_handling(&xml[mark..]).0;
    }
    match declared(xml) {
        Some(charset) => charset.decode(xml).0,
        None => String::from_utf8_lossy(xml),
    }
}

fn declared(xml: &[u8]) -> Option<Charset> {
    let head = String::from_utf8_lossy(&xml[..xml.len().min(200)]);
    let declaration = head.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let label = value.get(1..)?.split(['"', '\'']).next()?;
    // What says so in letters of one byte is no UTF-16.
    Charset::for_label(label).filter(|charset| !charset.is_utf16())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_references_and_charsets() {
        let mut seen = String::new();
        let xml = "<?xml version='1.0' encoding='windows-1251'?><x:a y:b='1 &lt;'>\u{438} &#x438;&amp;<![CDATA[<]]><c/></x:a></d>";
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(xml);
        walk(&bytes, |step| match step {
            Step::Start(name, tag) => {
                seen += &format!("[{name} {}]", attribute(tag, "b").unwrap_or_default());
            }
            Step::End(name) => seen += &format!("[/{name}]"),
            Step::Text(text) => seen += text,
        })
        .unwrap();
        assert_eq!(seen, "[a 1 <]\u{438} \u{438}&<[c ][/c][/a][/d]");
    }

    #[test]
    fn what_stops_being_xml_is_told_and_the_rest_is_kept() {
        let mut seen = String::new();
        let result = walk(b"<a>one<b>two<!-- ", |step| {
            if let Step::Text(text) = step {
                seen += text;
            }
        });
        assert_eq!(seen, "onetwo");
        assert!(result.is_err());
    }
}
