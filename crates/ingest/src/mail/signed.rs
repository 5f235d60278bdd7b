//! Content inside of a signature or of a compression (CMS, as in S/MIME): taken out, without checking anything.

use std::collections::BTreeSet;
use std::io::Read;

use crate::ledger::{Ledger, Unread};

/// Most bytes that compressed content unpacks to.
const MAX_UNPACKED: u64 = 256 << 20;
/// How deep values are nested at most.
const MAX_DEPTH: usize = 24;
/// Most names that are taken from certificates.
const MAX_NAMES: usize = 100;
/// 1.2.840.113549.1: PKCS.
const PKCS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01];

/// Content taken out.
#[derive(Debug)]
pub(crate) struct Opened {
    pub content: Vec<u8>,
    pub ledger: Ledger,
}

/// Why there is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// It is encrypted.
    Sealed,
    /// It is a signature without the content, by these names.
    Signature(Vec<String>),
    Broken,
}

/// What kind of content the bytes declare, in the last numbers of its name; `None`: they are no CMS.
fn kind(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let outer = value(bytes, 0)?;
    let name = (outer.tag == 0x30)
        .then(|| value(bytes, outer.start))
        .flatten()?;
    let name_bytes = bytes.get(name.start..name.start.checked_add(name.len?)?)?;
    let rest = (name.tag == 0x06)
        .then(|| name_bytes.strip_prefix(PKCS))
        .flatten()?;
    Some((rest, name.start + name_bytes.len()))
}

/// Whether the bytes are CMS, by their beginning.
pub(crate) fn is_cms(bytes: &[u8]) -> bool {
    matches!(
        kind(bytes),
        Some(([7, 2 | 3 | 5 | 6] | [9, 16, 1, 9 | 23], _))
    )
}

/// The bytes within an armour of text (`-----BEGIN PKCS7-----`), if they lie in one.
pub(crate) fn unarmoured(bytes: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    if !bytes.starts_with(b"-----BEGIN ") {
        return bytes.into();
    }
    let mut out = Vec::new();
    let inner = super::lines(bytes).filter(|line| super::transfer::is_base64(line));
    super::transfer::push_base64(&mut out, inner.flatten().copied());
    out.into()
}

/// Takes the content out of `bytes`.
pub(crate) fn open(bytes: &[u8]) -> Result<Opened, Closed> {
    let (kind, at) = kind(bytes).ok_or(Closed::Broken)?;
    match kind {
        [7, 2 | 5] => {}
        [9, 16, 1, 9] => {}
        [7, 3 | 6] | [9, 16, 1, 23] => return Err(Closed::Sealed),
        _ => return Err(Closed::Broken),
    }
    let compressed = kind[0] == 9;
    let wrapper = value(bytes, at)
        .filter(|v| v.tag == 0xA0)
        .ok_or(Closed::Broken)?;
    let mut ledger = Ledger::default();
    let inner = value(bytes, wrapper.start).ok_or(Closed::Broken)?;
    let mut content = Vec::new();
    let whole = if inner.tag == 0x30 {
        let held = held(bytes, inner).ok_or_else(|| Closed::Signature(names(bytes)))?;
        octets(bytes, held, &mut content, 0).is_some()
    } else {
        // Content without what is to stand around it.
        ledger.add(Unread::Damaged, "the S/MIME envelope is damaged");
        octets(bytes, inner, &mut content, 0).is_some()
    };
    if !whole {
        ledger.add(Unread::Truncated, "the S/MIME envelope is cut off");
    }
    if compressed {
        let mut unpacked = Vec::new();
        let read = flate2::read::ZlibDecoder::new(content.as_slice())
            .take(MAX_UNPACKED)
            .read_to_end(&mut unpacked);
        if read.is_err() {
            ledger.add(Unread::Truncated, "the compressed content is damaged");
        }
        if unpacked.len() as u64 == MAX_UNPACKED {
            ledger.add(Unread::TextCut, "the compressed content is too large");
        }
        content = unpacked;
    }
    if content.is_empty() {
        return Err(Closed::Broken);
    }
    Ok(Opened { content, ledger })
}

/// A value: its tag, where its content begins, and its length unless it ends with a mark.
#[derive(Clone, Copy, Debug)]
struct Value {
    tag: u8,
    start: usize,
    len: Option<usize>,
}

fn value(bytes: &[u8], at: usize) -> Option<Value> {
    let (tag, first) = (*bytes.get(at)?, *bytes.get(at + 1)?);
    // Tags of several bytes do not occur in what is read here.
    if tag & 0x1F == 0x1F {
        return None;
    }
    let (start, len) = match first {
        0x80 => (at + 2, None),
        0..=0x7F => (at + 2, Some(usize::from(first))),
        _ => {
            let count = usize::from(first & 0x7F);
            if count > 4 {
                return None;
            }
            let digits = bytes.get(at + 2..at + 2 + count)?;
            let len = digits
                .iter()
                .fold(0usize, |len, byte| len << 8 | usize::from(*byte));
            (at + 2 + count, Some(len))
        }
    };
    Some(Value { tag, start, len })
}

/// Where a value ends. `None`: beyond the bytes that there are.
fn end(bytes: &[u8], value_: Value, depth: usize) -> Option<usize> {
    if let Some(len) = value_.len {
        return value_
            .start
            .checked_add(len)
            .filter(|end| *end <= bytes.len());
    }
    if depth >= MAX_DEPTH {
        return None;
    }
    let mut at = value_.start;
    loop {
        if bytes.get(at..at + 2)? == [0, 0] {
            return Some(at + 2);
        }
        at = end(bytes, value(bytes, at)?, depth + 1)?;
    }
}

/// The content within signed or compressed data: the octets of the first value that is a type and its content.
fn held(bytes: &[u8], data: Value) -> Option<Value> {
    let mut at = data.start;
    for _ in 0..4 {
        let one = value(bytes, at)?;
        if one.tag == 0x30 {
            let name = value(bytes, one.start)?;
            let after = end(bytes, name, 0)?;
            let explicit = value(bytes, after);
            if name.tag == 0x06 && explicit.is_some_and(|v| v.tag == 0xA0) {
                return value(bytes, explicit?.start).filter(|v| matches!(v.tag, 0x04 | 0x24));
            }
        }
        at = end(bytes, one, 0)?;
    }
    None
}

/// Appends the octets of a string, which may come in pieces. `None`: it is cut off.
fn octets(bytes: &[u8], string: Value, out: &mut Vec<u8>, depth: usize) -> Option<usize> {
    if string.tag & 0x20 == 0 {
        let until = string.start.saturating_add(string.len?);
        out.extend_from_slice(bytes.get(string.start..until.min(bytes.len()))?);
        return (until <= bytes.len()).then_some(until);
    }
    let until = string.len.map(|len| string.start.saturating_add(len));
    if depth >= MAX_DEPTH {
        return None;
    }
    let mut at = string.start;
    loop {
        match until {
            Some(until) if at >= until => return Some(at),
            None if bytes.get(at..at + 2)? == [0, 0] => return Some(at + 2),
            _ => {}
        }
        let piece = value(bytes, at).filter(|v| matches!(v.tag, 0x04 | 0x24))?;
        at = octets(bytes, piece, out, depth + 1)?;
    }
}

/// Names and addresses in the certificates.
fn names(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut stack = vec![(0usize, bytes.len(), 0usize)];
    while let Some((mut at, until, depth)) = stack.pop() {
        let mut inner = Vec::new();
        while at < until && found.len() < MAX_NAMES {
            let Some(one) = value(bytes, at) else { break };
            let stop = one
                .len
                .map_or(until, |len| one.start.saturating_add(len))
                .min(until);
            if one.tag & 0x20 != 0 && depth < MAX_DEPTH {
                inner.push((one.start, stop, depth + 1));
            }
            let raw = bytes.get(one.start..stop).unwrap_or_default();
            let text = match one.tag {
                0x0C | 0x13 | 0x16 | 0x81 => {
                    std::str::from_utf8(raw).unwrap_or_default().to_owned()
                }
                0x14 => raw.iter().map(|byte| char::from(*byte)).collect(),
                0x1E => {
                    let units = raw
                        .chunks_exact(2)
                        .map(|two| u16::from_be_bytes([two[0], two[1]]));
                    char::decode_utf16(units)
                        .map(Result::unwrap_or_default)
                        .collect()
                }
                _ => String::new(),
            };
            let plain = !text.chars().any(char::is_control) && (3..200).contains(&text.len());
            if plain && !text.starts_with("http") && seen.insert(text.clone()) {
                found.push(text);
            }
            at = stop.max(at + 2);
        }
        stack.extend(inner.into_iter().rev());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![tag, 0x82];
        out.extend((content.len() as u16).to_be_bytes());
        out.extend(content);
        out
    }

    fn oid(last: &[u8]) -> Vec<u8> {
        let mut name = PKCS.to_vec();
        name.extend(last);
        let mut out = vec![0x06, name.len() as u8];
        out.extend(name);
        out
    }

    fn cms(kind: &[u8], content: Option<Vec<u8>>, cert: &[u8]) -> Vec<u8> {
        let content = content.map(|string| tlv(0xA0, &string)).unwrap_or_default();
        let held = tlv(0x30, &[oid(&[7, 1]), content].concat());
        let data = tlv(
            0x30,
            &[tlv(0x02, &[1]), tlv(0x31, &[]), held, cert.to_vec()].concat(),
        );
        tlv(0x30, &[oid(kind), tlv(0xA0, &data)].concat())
    }

    #[test]
    fn signed_content_is_taken_out() {
        let text = b"Content-Type: text/plain\r\n\r\nthe words";
        let whole = cms(&[7, 2], Some(tlv(0x04, text)), &[]);
        assert!(is_cms(&whole));
        let opened = open(&whole).unwrap();
        assert_eq!(
            (&*opened.content, opened.ledger.is_empty()),
            (&text[..], true)
        );
        // In pieces, without lengths.
        let pieces = [
            &[0x24, 0x80][..],
            &tlv(4, &text[..9]),
            &tlv(4, &text[9..]),
            &[0, 0],
        ]
        .concat();
        let opened = open(&cms(&[7, 2], Some(pieces), &[])).unwrap();
        assert_eq!(&*opened.content, &text[..]);
        let cut = &whole[..whole.len() - 4];
        let opened = open(cut).unwrap();
        assert!(text.starts_with(&opened.content) && opened.ledger.has(Unread::Truncated));
    }

    #[test]
    fn other_kinds() {
        assert_eq!(open(&cms(&[7, 3], None, &[])).unwrap_err(), Closed::Sealed);
        assert_eq!(open(b"0\x80").unwrap_err(), Closed::Broken);
        assert_eq!(open(b"").unwrap_err(), Closed::Broken);
        let cert = tlv(0x30, &tlv(0x13, b"Ann Sample"));
        let signature = open(&cms(&[7, 2], None, &cert)).unwrap_err();
        assert_eq!(signature, Closed::Signature(vec!["Ann Sample".into()]));
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, b"packed words").unwrap();
        let string = tlv(0x04, &packed.finish().unwrap());
        let opened = open(&cms(&[9, 16, 1, 9], Some(string), &[])).unwrap();
        assert_eq!(opened.content, b"packed words");
    }

    #[test]
    fn hostile_nesting_ends() {
        let deep: Vec<u8> = [0x24, 0x80].repeat(100_000);
        let string = cms(&[7, 2], None, &[]);
        let _ = open(&[&string[..], &deep].concat());
        let mut bytes = vec![0x30, 0x80];
        bytes.extend(oid(&[7, 2]));
        bytes.extend([0xA0, 0x80]);
        bytes.extend(&deep);
        assert!(open(&bytes).is_err());
    }
}
