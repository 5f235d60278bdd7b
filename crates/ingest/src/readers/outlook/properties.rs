//! Properties: what Outlook messages, `winmail.dat` and stores are made of.

use std::collections::BTreeMap;

use super::super::compound::{u16_at, u32_at, utf16};
use crate::charset::{self, Charset};
use crate::ledger::Ledger;

/// A value of a property.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Texts(Vec<String>),
    Bytes(Vec<u8>),
    /// With its type: numbers of several sizes and truth values.
    Number(u16, i64),
    /// Tenths of microseconds since 1601.
    Time(i64),
}

/// Properties by number. Those from 0x8000 on have names that the container lists.
#[derive(Debug, Clone, Default)]
pub(super) struct Properties {
    pub values: BTreeMap<u16, Value>,
    /// Properties that could not be read.
    pub lost: u32,
    /// Texts whose charset had to be guessed, or that have bytes which are nothing in it.
    pub ledger: Ledger,
}

impl Properties {
    /// A text; empty if there is none.
    pub fn text(&self, id: u16) -> &str {
        match self.values.get(&id) {
            Some(Value::Text(text)) => text.trim_end_matches('\0'),
            _ => "",
        }
    }

    /// The first of some texts that is there.
    pub fn first(&self, ids: &[u16]) -> &str {
        let mut texts = ids.iter().map(|id| self.text(*id));
        texts
            .find(|text| !text.trim().is_empty())
            .unwrap_or_default()
    }

    pub fn number(&self, id: u16) -> Option<i64> {
        match self.values.get(&id) {
            Some(Value::Number(_, number)) => Some(*number),
            _ => None,
        }
    }

    pub fn bytes(&self, id: u16) -> Option<&[u8]> {
        match self.values.get(&id) {
            Some(Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    pub fn time(&self, id: u16) -> Option<i64> {
        match self.values.get(&id) {
            Some(Value::Time(time)) => Some(*time),
            _ => None,
        }
    }

    /// The code page of texts that have a byte a character.
    pub fn code_page(&self) -> Option<i64> {
        let page = |id| {
            self.number(id)
                .filter(|page| Charset::for_code_page(*page).is_some())
        };
        page(0x3FFD).or_else(|| page(0x3FDE))
    }
}

/// A text with a byte a character, in a code page if one is known.
pub(super) fn narrow(bytes: &[u8], code_page: Option<i64>, ledger: &mut Ledger) -> String {
    let label = code_page
        .and_then(Charset::for_code_page)
        .map(Charset::name);
    let text = charset::decode(bytes, label).told(ledger);
    text.trim_end_matches('\0').to_owned()
}

/// A value of a type of which the bytes are the value.
pub(super) fn value(
    kind: u16,
    bytes: &[u8],
    code_page: Option<i64>,
    ledger: &mut Ledger,
) -> Option<Value> {
    Some(match kind {
        0x1F => Value::Text(utf16(bytes).trim_end_matches('\0').to_owned()),
        0x1E => Value::Text(narrow(bytes, code_page, ledger)),
        0x102 | 0x0D => Value::Bytes(bytes.to_vec()),
        0x02 => Value::Number(kind, i64::from(u16_at(bytes, 0)? as i16)),
        0x03 | 0x0A => Value::Number(kind, i64::from(u32_at(bytes, 0)? as i32)),
        0x0B => Value::Number(kind, i64::from(bytes.first()? & 1)),
        0x14 => Value::Number(kind, long(bytes)?),
        0x40 => Value::Time(long(bytes)?),
        _ => return None,
    })
}

fn long(bytes: &[u8]) -> Option<i64> {
    Some(i64::from_le_bytes(bytes.get(..8)?.try_into().ok()?))
}

/// What a property from 0x8000 on is called: a set, and a number or a text in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub set: [u8; 16],
    pub key: Key,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Number(u32),
    Text(String),
}

/// Names by number.
pub(super) type Names = BTreeMap<u16, Name>;

/// The set of texts that people may choose.
pub(super) const PUBLIC_STRINGS: [u8; 16] = set(0x0002_0329);
/// The set of Outlook itself.
pub(super) const MAPI: [u8; 16] = set(0x0002_0328);

/// A set by its number.
pub(super) const fn set(number: u32) -> [u8; 16] {
    let [a, b, c, d] = number.to_le_bytes();
    [a, b, c, d, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46]
}

/// Reads the list of names, which messages and stores have in the same form: sets, entries, texts.
pub(super) fn names(sets: &[u8], entries: &[u8], texts: &[u8]) -> Names {
    let mut names = Names::new();
    for entry in entries.chunks_exact(8) {
        let (Some(key), Some(kind), Some(number)) =
            (u32_at(entry, 0), u16_at(entry, 4), u16_at(entry, 6))
        else {
            break;
        };
        let set = match kind >> 1 {
            0 => [0; 16],
            1 => MAPI,
            2 => PUBLIC_STRINGS,
            index => {
                let at = 16 * (usize::from(index) - 3);
                let set = sets.get(at..at + 16).and_then(|set| set.try_into().ok());
                set.unwrap_or_default()
            }
        };
        let key = if kind & 1 == 0 {
            Key::Number(key)
        } else {
            let at = key as usize;
            let length = u32_at(texts, at).unwrap_or(0) as usize;
            let text = texts.get(at + 4..(at + 4).saturating_add(length));
            Key::Text(utf16(text.unwrap_or_default()))
        };
        if let Some(id) = 0x8000u16.checked_add(number) {
            names.insert(id, Name { set, key });
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbers_or_texts() {
        let sets = set(0x0006_2002);
        let mut entries = 0x8208u32.to_le_bytes().to_vec();
        entries.extend_from_slice(&[6, 0, 0, 0]);
        entries.extend_from_slice(&[0, 0, 0, 0, 5, 0, 1, 0]);
        let mut texts = 16u32.to_le_bytes().to_vec();
        texts.extend("Keywords".encode_utf16().flat_map(u16::to_le_bytes));
        let names = names(&sets, &entries, &texts);
        assert_eq!(
            names[&0x8000],
            Name {
                set: sets,
                key: Key::Number(0x8208)
            }
        );
        assert_eq!(
            names[&0x8001],
            Name {
                set: PUBLIC_STRINGS,
                key: Key::Text("Keywords".into())
            }
        );
    }

    #[test]
    fn values_by_type() {
        assert_eq!(
            value(0x1E, b"\xcf\xf0\0", Some(1251), &mut Ledger::default()),
            Some(Value::Text("Пр".into()))
        );
        assert_eq!(
            value(2, &[0xFF, 0xFF, 9], None, &mut Ledger::default()),
            Some(Value::Number(2, -1))
        );
        assert_eq!(value(0x40, &[1, 2], None, &mut Ledger::default()), None);
        assert_eq!(value(0x48, &[0; 16], None, &mut Ledger::default()), None);
    }
}
