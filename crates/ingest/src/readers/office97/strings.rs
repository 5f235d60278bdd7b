//! Records with their continuations, and the strings in them.

use super::super::compound::{u16_at, utf16};
use crate::charset::Charset;

/// The body of a record and of those that continue it.
pub(super) struct Segments<'a> {
    parts: Vec<&'a [u8]>,
    part: usize,
    at: usize,
}

impl<'a> Segments<'a> {
    pub fn new(parts: Vec<&'a [u8]>) -> Self {
        Self {
            parts,
            part: 0,
            at: 0,
        }
    }

    fn rest(&mut self) -> Option<&'a [u8]> {
        loop {
            let part = self.parts.get(self.part)?;
            if self.at < part.len() {
                return Some(&part[self.at..]);
            }
            self.part += 1;
            self.at = 0;
        }
    }

    /// A byte.
    pub fn byte(&mut self) -> Option<u8> {
        let byte = *self.rest()?.first()?;
        self.at += 1;
        Some(byte)
    }

    /// A little-endian number of two bytes.
    pub fn short(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    /// A little-endian number of four bytes.
    pub fn long(&mut self) -> Option<u32> {
        Some(u32::from(self.short()?) | u32::from(self.short()?) << 16)
    }

    /// Leaves bytes out.
    pub fn skip(&mut self, mut count: usize) -> Option<()> {
        while count > 0 {
            let step = self.rest()?.len().min(count);
            self.at += step;
            count -= step;
        }
        Some(())
    }

    /// A string: its length in two bytes, flags, characters, and what comes after them.
    pub fn string(&mut self) -> Option<String> {
        let count = usize::from(self.short()?);
        let flags = self.byte()?;
        let runs = if flags & 8 != 0 {
            usize::from(self.short()?)
        } else {
            0
        };
        let more = if flags & 4 != 0 {
            self.long()? as usize
        } else {
            0
        };
        let text = self.characters(count, flags)?;
        self.skip((4 * runs).saturating_add(more))?;
        Some(text)
    }

    /// Characters of one or two bytes; where they go on in another record, its first byte says which.
    pub fn characters(&mut self, mut count: usize, mut flags: u8) -> Option<String> {
        let mut text = String::new();
        let mut wide: Vec<u8> = Vec::new();
        while count > 0 {
            let part = self.part;
            let rest = self.rest()?;
            let rest = if self.part != part {
                flags = *rest.first()?;
                self.at += 1;
                &rest[1..]
            } else {
                rest
            };
            let width = usize::from(flags & 1) + 1;
            let taken = count.min(rest.len() / width);
            if taken == 0 && rest.len() < width {
                // A half character at a record's end: nothing that programs write.
                self.at += rest.len();
                if rest.is_empty() {
                    continue;
                }
                return None;
            }
            let bytes = &rest[..taken * width];
            if width == 2 {
                wide.extend_from_slice(bytes);
            } else {
                wide.extend(bytes.iter().flat_map(|byte| [*byte, 0]));
            }
            self.at += bytes.len();
            count -= taken;
        }
        text.push_str(&utf16(&wide));
        Some(text)
    }
}

/// A string within one record, of Excel 97 or of 5 and 95; `short`: its length takes one byte.
pub(super) fn string(bytes: &[u8], short: bool, wide: bool, encoding: Charset) -> Option<String> {
    let (count, at) = match short {
        true => (usize::from(*bytes.first()?), 1),
        false => (usize::from(u16_at(bytes, 0)?), 2),
    };
    if !wide {
        let end = (at + count).min(bytes.len());
        return Some(encoding.decode(bytes.get(at..end)?).0.into_owned());
    }
    if count == 0 {
        return Some(String::new());
    }
    let flags = *bytes.get(at)?;
    let skip = if flags & 8 != 0 { 2 } else { 0 } + if flags & 4 != 0 { 4 } else { 0 };
    let rest = bytes.get(at + 1 + skip..)?;
    Some(match flags & 1 {
        1 => utf16(&rest[..rest.len().min(2 * count)]),
        // The low bytes of UTF-16.
        _ => rest
            .iter()
            .take(count)
            .map(|byte| char::from(*byte))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_go_on_in_other_records() {
        let parts: Vec<&[u8]> = vec![
            &[5, 0, 0, b'h', b'e'],
            &[1, b'r', 0, b'o', 0, b'n', 0, 2, 0, 8, 1, 0],
            &[b'x', b'y', 0, 0, 0, 0, 1, 0, 0, b'z'],
        ];
        let mut segments = Segments::new(parts);
        assert_eq!(segments.string().unwrap(), "heron");
        // The characters begin in a new record: it has flags of its own.
        let parts: Vec<&[u8]> = vec![
            &[2, 0, 8, 1, 0],
            &[0, b'x', b'y', 0, 0, 0, 0, 1, 0, 0, b'z'],
        ];
        let mut segments = Segments::new(parts);
        assert_eq!(segments.string().as_deref(), Some("xy"));
        assert_eq!(segments.string().as_deref(), Some("z"));
        assert_eq!(segments.string(), None);
        assert_eq!(
            string(
                &[2, 0, b'a', 0xE4],
                true,
                true,
                Charset::Known(encoding_rs::WINDOWS_1252)
            )
            .as_deref(),
            Some("aä")
        );
        assert_eq!(
            string(
                &[1, 0, 0xE4],
                false,
                false,
                Charset::Known(encoding_rs::WINDOWS_1251)
            )
            .as_deref(),
            Some("д")
        );
    }
}
