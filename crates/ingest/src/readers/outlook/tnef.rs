//! `winmail.dat` (TNEF): a message's properties in a row, as Outlook sends them to those it takes for Outlook.

use super::super::compound::{u16_at, u32_at};
use super::message::{self, Attachment, Content, Message};
use super::properties::{Key, Name, Properties, Value, narrow, value};
use crate::ledger::{Ledger, Unread};
use crate::reading::{Given, ReadError, Reader, Reading};

/// What it begins with.
pub(crate) const SIGNATURE: [u8; 4] = [0x78, 0x9F, 0x3E, 0x22];
/// Most attachments and recipients.
const MAX_LISTED: u32 = 10_000;
/// Most properties in one list.
const MAX_PROPERTIES: u32 = 100_000;

pub(crate) struct Tnef;

impl Reader for Tnef {
    fn name(&self) -> &'static str {
        "candor-tnef/2"
    }

    fn read(&self, bytes: &[u8], _given: &Given) -> Result<Reading, ReadError> {
        if !bytes.starts_with(&SIGNATURE) {
            return Err(ReadError::Corrupt("not readable as TNEF".to_owned()));
        }
        let mut tnef = Parser::default();
        tnef.run(bytes);
        if tnef.attributes == 0 {
            return Err(ReadError::Corrupt(
                "it is cut off at its beginning".to_owned(),
            ));
        }
        let mut reading = message::read(tnef.message);
        reading.ledger.append(tnef.ledger);
        // Beside a mail it mostly has attachments alone: what it says of itself is not said again.
        if reading
            .headers
            .as_ref()
            .is_some_and(|headers| headers.shown().trim().is_empty())
        {
            reading.headers = None;
        }
        Ok(reading)
    }

    fn remedy(&self) -> &'static str {
        "ask the sender to send it again, not as rich text"
    }
}

#[derive(Default)]
struct Parser {
    message: Message,
    ledger: Ledger,
    code_page: Option<i64>,
    attributes: usize,
    /// The attachment being read: its properties, and its content as the old format has it.
    open: Option<(Properties, Option<Vec<u8>>)>,
}

impl Parser {
    fn run(&mut self, bytes: &[u8]) {
        let mut at = 6;
        while at < bytes.len() {
            let (Some(id), Some(length)) = (u16_at(bytes, at + 1), u32_at(bytes, at + 5)) else {
                self.ledger
                    .add(Unread::Truncated, "it ends within an attribute");
                break;
            };
            let end = (at + 9).saturating_add(length as usize);
            let Some(content) = bytes.get(at + 9..end) else {
                self.ledger
                    .add(Unread::Truncated, "it ends within an attribute");
                // An attachment that is cut off is read as far as it goes.
                self.attribute(id, &bytes[(at + 9).min(bytes.len())..]);
                break;
            };
            let sum = content
                .iter()
                .fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
            if u16_at(bytes, end).is_some_and(|stated| stated != sum) {
                self.ledger.add(Unread::Damaged, "a checksum does not fit");
            }
            self.attributes += 1;
            self.attribute(id, content);
            at = end + 2;
        }
        self.close();
    }

    fn attribute(&mut self, id: u16, content: &[u8]) {
        let code_page = self.code_page;
        let text = |ledger: &mut Ledger| Value::Text(narrow(content, code_page, ledger));
        match id {
            0x9007 => self.code_page = u32_at(content, 0).map(i64::from),
            // A new attachment.
            0x9002 => {
                self.close();
                self.open = Some((Properties::default(), None));
            }
            0x8010 => {
                let name = text(&mut self.ledger);
                self.attachment().0.values.entry(0x3704).or_insert(name);
            }
            0x800F => self.attachment().1 = Some(content.to_vec()),
            0x800C => {
                let body = text(&mut self.ledger);
                self.message.properties.values.entry(0x1000).or_insert(body);
            }
            0x8004 => {
                let subject = text(&mut self.ledger);
                self.message
                    .properties
                    .values
                    .entry(0x0037)
                    .or_insert(subject);
            }
            0x8008 => {
                // The class of old mail programs is another name for those of today.
                let class = text(&mut self.ledger);
                self.message
                    .properties
                    .values
                    .entry(0x001A)
                    .or_insert(class);
            }
            0x9003 => {
                let mut properties = std::mem::take(&mut self.message.properties);
                self.list(content, 0, &mut properties);
                self.message.properties = properties;
            }
            0x9005 => {
                let mut properties = std::mem::take(&mut self.attachment().0);
                self.list(content, 0, &mut properties);
                self.attachment().0 = properties;
            }
            0x9004 => self.recipients(content),
            _ => {}
        }
    }

    fn attachment(&mut self) -> &mut (Properties, Option<Vec<u8>>) {
        self.open.get_or_insert_with(Default::default)
    }

    fn recipients(&mut self, content: &[u8]) {
        let mut at = 4;
        for _ in 0..u32_at(content, 0).unwrap_or(0).min(MAX_LISTED) {
            let mut recipient = Properties::default();
            let Some(end) = self.list(content, at, &mut recipient) else {
                break;
            };
            at = end;
            self.message.recipients.push(recipient);
        }
    }

    /// Ends the attachment being read.
    fn close(&mut self) {
        let Some((mut properties, old)) = self.open.take() else {
            return;
        };
        if self.message.attachments.len() >= MAX_LISTED as usize {
            self.ledger
                .add(Unread::Embedded, "more attachments than are taken out");
            return;
        }
        let content = match properties.values.remove(&0x3701) {
            Some(Value::Bytes(bytes)) => Some(bytes),
            _ => old,
        };
        let content = match content {
            // An object: its class, and a message in this same form or a compound file.
            Some(bytes) if bytes.get(16..20) == Some(&SIGNATURE[..]) => {
                properties
                    .values
                    .insert(0x370E, Value::Text("application/ms-tnef".into()));
                Content::Bytes(bytes[16..].to_vec())
            }
            Some(bytes) if bytes.get(16..24) == Some(&super::super::compound::SIGNATURE[..]) => {
                Content::Object(bytes[16..].to_vec())
            }
            Some(bytes) => Content::Bytes(bytes),
            None => Content::Missing,
        };
        self.message.attachments.push(Attachment {
            properties,
            content,
        });
    }

    /// A list of properties from `at`; returns where it ends.
    fn list(&mut self, bytes: &[u8], at: usize, properties: &mut Properties) -> Option<usize> {
        let end = self.try_list(bytes, at, properties);
        if end.is_none() {
            self.ledger
                .add(Unread::Damaged, "a list of properties is damaged");
        }
        end
    }

    fn try_list(
        &mut self,
        bytes: &[u8],
        mut at: usize,
        properties: &mut Properties,
    ) -> Option<usize> {
        let count = u32_at(bytes, at)?;
        at += 4;
        for _ in 0..count.min(MAX_PROPERTIES) {
            let (kind, id) = (u16_at(bytes, at)?, u16_at(bytes, at + 2)?);
            at += 4;
            if id >= 0x8000 {
                at = self.name(bytes, at, id)?;
            }
            let (several, kind) = (kind & 0x1000 != 0, kind & 0xFFF);
            let size = match kind {
                2 | 3 | 4 | 10 | 11 => Some(4),
                5 | 6 | 7 | 0x14 | 0x40 => Some(8),
                0x48 => Some(16),
                0x1E | 0x1F | 0x102 | 0x0D => None,
                0 | 1 => Some(0),
                _ => return None,
            };
            let values = match several || size.is_none() {
                true => {
                    at += 4;
                    u32_at(bytes, at - 4)?
                }
                false => 1,
            };
            let mut texts = Vec::new();
            for _ in 0..values {
                let (from, length) = match size {
                    Some(size) => (at, size),
                    None => (at + 4, u32_at(bytes, at)? as usize),
                };
                let content = bytes.get(from..from.checked_add(length)?)?;
                at = from + length.next_multiple_of(4);
                match value(kind, content, self.code_page, &mut self.ledger) {
                    Some(Value::Text(text)) if several => texts.push(text),
                    Some(value) => {
                        properties.values.insert(id, value);
                    }
                    None => {}
                }
                if values > 1 && length == 0 && size.is_some() {
                    break;
                }
            }
            if !texts.is_empty() {
                properties.values.insert(id, Value::Texts(texts));
            }
        }
        Some(at)
    }

    /// The name that stands before a property from 0x8000 on.
    fn name(&mut self, bytes: &[u8], at: usize, id: u16) -> Option<usize> {
        let set = bytes.get(at..at + 16)?.try_into().ok()?;
        let (key, end) = match u32_at(bytes, at + 16)? {
            0 => (Key::Number(u32_at(bytes, at + 20)?), at + 24),
            _ => {
                let length = u32_at(bytes, at + 20)? as usize;
                let text = bytes.get(at + 24..(at + 24).checked_add(length)?)?;
                let text = super::super::compound::utf16(text);
                let key = Key::Text(text.trim_end_matches('\0').to_owned());
                (key, at + 24 + length.next_multiple_of(4))
            }
        };
        self.message.names.insert(id, Name { set, key });
        Some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(level: u8, id: u16, kind: u16, content: &[u8]) -> Vec<u8> {
        let sum = content
            .iter()
            .fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        let mut out = vec![level];
        out.extend_from_slice(&id.to_le_bytes());
        out.extend_from_slice(&kind.to_le_bytes());
        out.extend_from_slice(&(content.len() as u32).to_le_bytes());
        out.extend_from_slice(content);
        out.extend_from_slice(&sum.to_le_bytes());
        out
    }

    fn property(kind: u16, id: u16, content: &[u8]) -> Vec<u8> {
        let mut out = [kind.to_le_bytes(), id.to_le_bytes()].concat();
        out.extend_from_slice(&1u32.to_le_bytes());
        out.extend_from_slice(&(content.len() as u32).to_le_bytes());
        out.extend_from_slice(content);
        out.resize(out.len().next_multiple_of(4), 0);
        out
    }

    fn sample() -> Vec<u8> {
        let wide =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        let inner = [
            &SIGNATURE[..],
            &[1, 0],
            &attribute(1, 0x800C, 2, b"inner words"),
        ]
        .concat();
        let object = [&[0; 16][..], &inner].concat();
        let list = |properties: &[Vec<u8>]| {
            [
                &(properties.len() as u32).to_le_bytes()[..],
                &properties.concat(),
            ]
            .concat()
        };
        [
            &SIGNATURE[..],
            &[1, 0],
            &attribute(1, 0x9007, 6, &1251u32.to_le_bytes()),
            &attribute(1, 0x8004, 1, b"\xcf\xf0\0"),
            &attribute(
                1,
                0x9003,
                6,
                &list(&[property(0x1F, 0x1000, &wide("the body"))]),
            ),
            &attribute(2, 0x9002, 6, &[0; 14]),
            &attribute(2, 0x8010, 1, b"OLD~1.TXT\0"),
            &attribute(2, 0x800F, 6, b"attached"),
            &attribute(
                2,
                0x9005,
                6,
                &list(&[property(0x1F, 0x3707, &wide("long name.txt"))]),
            ),
            &attribute(2, 0x9002, 6, &[0; 14]),
            &attribute(2, 0x9005, 6, &list(&[property(0x0D, 0x3701, &object)])),
        ]
        .concat()
    }

    #[test]
    fn body_attachments_and_messages_within() {
        let reading = Tnef.read(&sample(), &Given::within(u64::MAX)).unwrap();
        assert!(reading.ledger.is_empty(), "{}", reading.ledger.line());
        assert_eq!(reading.text, "the body");
        assert_eq!(reading.headers.unwrap().subject, "Пр");
        let children = &reading.children;
        assert_eq!(children.len(), 2);
        assert_eq!(
            (children[0].name.as_str(), &children[0].bytes[..]),
            ("long name.txt", &b"attached"[..])
        );
        let inner = Tnef
            .read(&children[1].bytes, &Given::within(u64::MAX))
            .unwrap();
        assert_eq!(
            (inner.text.as_str(), inner.headers.is_none()),
            ("inner words", true)
        );
    }

    #[test]
    fn damage_is_told() {
        let bytes = sample();
        for cut in 0..bytes.len() {
            let _ = Tnef.read(&bytes[..cut], &Given::within(u64::MAX));
        }
        let cut = Tnef
            .read(&bytes[..bytes.len() - 5], &Given::within(u64::MAX))
            .unwrap();
        assert!(cut.ledger.has(Unread::Truncated));
        let mut broken = bytes.clone();
        let at = bytes.len() - 30;
        broken[at] ^= 0x55;
        assert!(
            !Tnef
                .read(&broken, &Given::within(u64::MAX))
                .unwrap()
                .ledger
                .is_empty()
        );
    }
}
