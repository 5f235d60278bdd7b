//! Messages in files of their own (`.msg`).

use std::collections::BTreeMap;

use super::super::compound::{self, Compound, u16_at, u32_at};
use super::message::{Attachment, Content, Message};
use super::properties::{Names, Properties, Value, names, value};
use crate::ledger::Ledger;

/// The stream that makes a storage a message.
pub(super) const TABLE: &str = "__properties_version1.0";
const NAMES: &str = "/__nameid_version1.0";
/// Most recipients and attachments of one message.
const MAX_LISTED: usize = 10_000;
/// Most values of one property.
const MAX_VALUES: usize = 1000;

/// Reads the message that a file is.
pub(super) fn message(file: &Compound<'_>) -> Message {
    let stream = |id: &str| {
        file.stream(&format!("{NAMES}/__substg1.0_{id}"))
            .unwrap_or_default()
    };
    let names: Names = names(
        &stream("00020102"),
        &stream("00030102"),
        &stream("00040102"),
    );
    let properties = properties(file, "", 32, None);
    let code_page = properties.code_page();
    let mut message = Message {
        properties,
        names,
        ..Message::default()
    };
    let storages: Vec<String> = file
        .within("")
        .filter(|entry| entry.storage)
        .map(|entry| entry.path.clone())
        .take(MAX_LISTED)
        .collect();
    for path in storages {
        let lower = path.to_ascii_lowercase();
        if lower.starts_with("/__recip_version1.0_") {
            message
                .recipients
                .push(self::properties(file, &path, 8, code_page));
        } else if lower.starts_with("/__attach_version1.0_") {
            let properties = self::properties(file, &path, 8, code_page);
            message
                .attachments
                .push(attachment(file, &path, properties));
        }
    }
    message
}

fn attachment(file: &Compound<'_>, path: &str, mut properties: Properties) -> Attachment {
    let inner = format!("{path}/__substg1.0_3701000D");
    let content = if file.has_stream(&format!("{inner}/{TABLE}")) {
        Content::Message(embedded(file, &inner))
    } else if file.has_storage(&inner) {
        Content::Object(file.extract(&inner))
    } else {
        match properties.values.remove(&0x3701) {
            Some(Value::Bytes(bytes)) => Content::Bytes(bytes),
            _ => Content::Missing,
        }
    };
    Attachment {
        properties,
        content,
    }
}

/// An embedded message as a file of its own: with a longer head, and the names of the file around it.
fn embedded(file: &Compound<'_>, storage: &str) -> Vec<u8> {
    let mut streams = file.streams(storage);
    let table = format!("/{TABLE}");
    if let Some(content) = streams.get_mut(&table) {
        let at = content.len().min(24);
        content.splice(at..at, [0; 8]);
    }
    let names: BTreeMap<String, Vec<u8>> = file.streams(NAMES);
    streams.extend(
        names
            .into_iter()
            .map(|(path, content)| (format!("{NAMES}{path}"), content)),
    );
    compound::write::write(&streams)
}

/// The properties of a storage, whose table has a head of `head` bytes.
fn properties(file: &Compound<'_>, path: &str, head: usize, inherited: Option<i64>) -> Properties {
    let mut properties = Properties::default();
    let Some(table) = file.stream(&format!("{path}/{TABLE}")) else {
        properties.lost += 1;
        return properties;
    };
    let rows = || table.get(head..).unwrap_or_default().chunks_exact(16);
    // Numbers first: one of them says what charset the texts have.
    for row in rows() {
        let (Some(kind), Some(id)) = (u16_at(row, 0), u16_at(row, 2)) else {
            continue;
        };
        if matches!(kind, 2 | 3 | 0x0A | 0x0B | 0x14 | 0x40)
            && let Some(value) = value(kind, &row[8..], None, &mut properties.ledger)
        {
            properties.values.insert(id, value);
        }
    }
    let code_page = properties.code_page().or(inherited);
    for row in rows() {
        let (Some(kind), Some(id)) = (u16_at(row, 0), u16_at(row, 2)) else {
            continue;
        };
        let stream = format!("{path}/__substg1.0_{id:04X}{kind:04X}");
        let value = match kind {
            0x1E | 0x1F | 0x102 => file
                .stream(&stream)
                .and_then(|bytes| value(kind, &bytes, code_page, &mut properties.ledger)),
            0x101E | 0x101F => texts(
                file,
                &stream,
                kind & 0xFFF,
                code_page,
                &mut properties.ledger,
            ),
            _ => continue,
        };
        match value {
            Some(value) => {
                properties.values.insert(id, value);
            }
            // An empty text may have no stream.
            None if u32_at(row, 8).is_none_or(|size| size > 2) => properties.lost += 1,
            None => {}
        }
    }
    properties
}

fn texts(
    file: &Compound<'_>,
    stream: &str,
    kind: u16,
    code_page: Option<i64>,
    ledger: &mut Ledger,
) -> Option<Value> {
    let mut found = Vec::new();
    for number in 0..MAX_VALUES {
        let Some(bytes) = file.stream(&format!("{stream}-{number:08X}")) else {
            break;
        };
        if let Some(Value::Text(text)) = value(kind, &bytes, code_page, ledger) {
            found.push(text);
        }
    }
    Some(Value::Texts(found))
}
