//! The bodies of one message: plain text, a web page, rich text. They mostly say the same, and then once.

use std::collections::HashSet;

use super::super::out::Out;
use super::super::rtf::{self, Origin};
use super::properties::{Properties, Value, narrow};
use crate::charset::{self, Charset};
use crate::html;
use crate::ledger::Unread;

/// Longest rich text that a packed body may become.
const MAX_BODY: usize = 64 << 20;

/// The text of a message. Files within rich text become children.
pub(super) fn read(properties: &Properties, out: &mut Out) -> String {
    let plain = match properties.values.get(&0x1000) {
        Some(Value::Bytes(bytes)) => narrow(bytes, properties.code_page(), &mut out.ledger),
        _ => properties.text(0x1000).to_owned(),
    };
    let mut texts = vec![charset::tidy(&plain)];
    texts.extend(page(properties, out));
    texts.extend(rich(properties, out));
    merge(texts)
}

fn page(properties: &Properties, out: &mut Out) -> Option<String> {
    let page = match properties.values.get(&0x1013)? {
        Value::Text(text) => text.clone(),
        Value::Bytes(bytes) => {
            let page = properties
                .number(0x3FDE)
                .or_else(|| properties.number(0x3FFD));
            let known = page.and_then(Charset::for_code_page);
            let declared: Vec<String> = known
                .map(|charset| charset.name().to_owned())
                .into_iter()
                .chain(html::declared_charset(bytes))
                .collect();
            charset::decode_among(bytes, &declared).told(&mut out.ledger)
        }
        _ => return None,
    };
    html::style::tell(&page, &mut out.ledger);
    Some(html::to_text(&page))
}

fn rich(properties: &Properties, out: &mut Out) -> Option<String> {
    let packed = properties.bytes(0x1009)?;
    if packed.is_empty() {
        return None;
    }
    let mut body = Out::default();
    let origin = unpack(packed).and_then(|rich| rtf::read(&rich, &mut body));
    let Some(origin) = origin else {
        out.unread(Unread::Undecodable, "the body in rich text");
        return None;
    };
    out.ledger.append(body.ledger);
    // What rich text made from a page holds is attached to the message as well.
    if origin == Origin::RichText {
        body.children
            .into_iter()
            .for_each(|child| out.attach(child));
    }
    Some(match origin {
        Origin::Html => html::to_text(&body.text),
        _ => charset::tidy(&body.text),
    })
}

/// One text of several: the first, or one that says far more, and of the others the lines with words that are new.
fn merge(texts: Vec<String>) -> String {
    let mut out = String::new();
    let mut known: HashSet<String> = HashSet::new();
    for text in texts.into_iter().filter(|text| !text.trim().is_empty()) {
        if out.is_empty() {
            known.extend(words(&text));
            out = text;
            continue;
        }
        let own: HashSet<String> = words(&text).collect();
        let shared = own.iter().filter(|word| known.contains(*word)).count();
        // A stub ("this message is a page") is followed by what it stands for, whole.
        let stub = 2 * shared < own.len();
        let mut more = String::new();
        for line in text.lines() {
            if stub || words(line).any(|word| !known.contains(&word)) {
                more.push_str(line);
                more.push('\n');
            }
        }
        if !more.trim().is_empty() {
            if !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(&more);
        }
        known.extend(own);
    }
    out
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// What every packed body is taken to follow.
const PRELOADED: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// Unpacks rich text as Outlook packs it.
fn unpack(bytes: &[u8]) -> Option<Vec<u8>> {
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (size, kind) = (number(4)? as usize, number(8)?);
    let source = bytes.get(16..)?;
    match kind {
        // "MELA": as it is. "LZFu": packed.
        0x414C_454D => return Some(source[..source.len().min(size)].to_vec()),
        0x7546_5A4C => {}
        _ => return None,
    }
    let mut window = [0u8; 4096];
    window[..PRELOADED.len()].copy_from_slice(PRELOADED);
    let mut at = PRELOADED.len();
    let mut out = Vec::new();
    let mut rest = source.iter().copied();
    'all: while out.len() < size.min(MAX_BODY) {
        let Some(flags) = rest.next() else { break };
        for bit in 0..8 {
            let Some(first) = rest.next() else { break 'all };
            if flags >> bit & 1 == 0 {
                out.push(first);
                window[at % 4096] = first;
                at += 1;
                continue;
            }
            let Some(second) = rest.next() else {
                break 'all;
            };
            let token = usize::from(first) << 8 | usize::from(second);
            let (from, length) = (token >> 4, (token & 15) + 2);
            if from == at % 4096 {
                break 'all;
            }
            for i in 0..length {
                let byte = window[(from + i) % 4096];
                out.push(byte);
                window[at % 4096] = byte;
                at += 1;
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_said_once_and_nothing_is_lost() {
        let merged = |texts: &[&str]| merge(texts.iter().map(|text| text.to_string()).collect());
        assert_eq!(
            merged(&["The Offer\nstands", " the offer \n\nstands."]),
            "The Offer\nstands"
        );
        assert_eq!(
            merged(&["Dear Ann\nBob", "Dear Ann\nRob"]),
            "Dear Ann\nBob\nRob\n"
        );
        assert_eq!(merged(&["", "  ", "page"]), "page");
        assert_eq!(
            merged(&["see the page", "the ledger\nwas moved\nthe page"]),
            "see the page\nthe ledger\nwas moved\nthe page\n"
        );
    }

    #[test]
    fn packed_rich_text() {
        // The example of the specification: "{\rtf1\ansi\ansicpg1252\pard hello world}\r\n".
        let packed = [
            0x2d, 0x00, 0x00, 0x00, 0x2b, 0x00, 0x00, 0x00, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5,
            0xc7, 0xa7, 0x03, 0x00, 0x0a, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42,
            0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0,
            0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
        ];
        let rich = unpack(&packed).unwrap();
        assert_eq!(rich, b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        for cut in 0..packed.len() {
            unpack(&packed[..cut]);
        }
    }
}
