//! Messages of stores as files of their own: what a store holds is handed on in the form that Outlook opens.

use std::collections::BTreeMap;

use super::super::compound;
use super::message::{Attachment, Content, Message};
use super::msg::TABLE;
use super::properties::{Key, MAPI, Name, Names, PUBLIC_STRINGS, Properties, Value};

/// Writes a message as a `.msg` file. The same message gives the same bytes.
pub(super) fn write(message: &Message) -> Vec<u8> {
    let mut streams = BTreeMap::new();
    let renamed = names(&message.names, message, &mut streams);
    let counts = [
        message.recipients.len() as u32,
        message.attachments.len() as u32,
    ];
    let mut head = vec![0; 8];
    for _ in 0..2 {
        head.extend(counts.iter().flat_map(|count| count.to_le_bytes()));
    }
    head.resize(32, 0);
    storage("", head, &message.properties, &renamed, &mut streams);
    for (number, recipient) in message.recipients.iter().enumerate() {
        let path = format!("/__recip_version1.0_#{number:08X}");
        storage(&path, vec![0; 8], recipient, &renamed, &mut streams);
    }
    for (number, attachment) in message.attachments.iter().enumerate() {
        let path = format!("/__attach_version1.0_#{number:08X}");
        attach(&path, attachment, &renamed, &mut streams);
    }
    compound::write::write(&streams)
}

type Streams = BTreeMap<String, Vec<u8>>;

fn attach(
    path: &str,
    attachment: &Attachment,
    renamed: &BTreeMap<u16, u16>,
    streams: &mut Streams,
) {
    let mut properties = attachment.properties.clone();
    match &attachment.content {
        Content::Bytes(bytes) => {
            properties
                .values
                .insert(0x3701, Value::Bytes(bytes.clone()));
        }
        // A message file in a message file: attached as what it is, a file.
        Content::Message(bytes) => {
            properties
                .values
                .insert(0x3701, Value::Bytes(bytes.clone()));
            properties.values.insert(0x3705, Value::Number(3, 1));
            let name = properties.first(&[0x3707, 0x3704, 0x3001]).to_owned();
            if !name.to_ascii_lowercase().ends_with(".msg") {
                let name = if name.is_empty() {
                    "message".to_owned()
                } else {
                    name
                };
                properties
                    .values
                    .insert(0x3707, Value::Text(format!("{name}.msg")));
            }
        }
        Content::Object(bytes) => {
            properties
                .values
                .insert(0x3701, Value::Bytes(bytes.clone()));
        }
        Content::Missing => {}
    }
    storage(path, vec![0; 8], &properties, renamed, streams);
}

/// The table of properties and the streams of those that do not fit into it.
fn storage(
    path: &str,
    head: Vec<u8>,
    properties: &Properties,
    renamed: &BTreeMap<u16, u16>,
    streams: &mut Streams,
) {
    let mut table = head;
    for (id, value) in &properties.values {
        let id = renamed.get(id).copied().unwrap_or(*id);
        let (kind, fixed) = match value {
            Value::Text(text) => (0x1F, stream(path, id, 0x1F, wide(text), 2, streams)),
            Value::Bytes(bytes) => (0x102, stream(path, id, 0x102, bytes.clone(), 0, streams)),
            Value::Texts(texts) => {
                let mut lengths = Vec::new();
                for (number, text) in texts.iter().enumerate() {
                    let text = wide(&format!("{text}\0"));
                    lengths.extend_from_slice(&(text.len() as u32).to_le_bytes());
                    streams.insert(
                        format!("{path}/__substg1.0_{id:04X}101F-{number:08X}"),
                        text,
                    );
                }
                (0x101F, stream(path, id, 0x101F, lengths, 0, streams))
            }
            Value::Number(kind, number) => (*kind, *number),
            Value::Time(time) => (0x40, *time),
        };
        table.extend_from_slice(&kind.to_le_bytes());
        table.extend_from_slice(&id.to_le_bytes());
        // Readable and writable.
        table.extend_from_slice(&6u32.to_le_bytes());
        table.extend_from_slice(&fixed.to_le_bytes());
    }
    streams.insert(format!("{path}/{TABLE}"), table);
}

/// Writes a stream; returns its size as the table states it.
fn stream(
    path: &str,
    id: u16,
    kind: u16,
    content: Vec<u8>,
    end: i64,
    streams: &mut Streams,
) -> i64 {
    let size = content.len() as i64 + end;
    streams.insert(format!("{path}/__substg1.0_{id:04X}{kind:04X}"), content);
    size
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Lists the names that the message uses; returns what each number has become.
fn names(names: &Names, message: &Message, streams: &mut Streams) -> BTreeMap<u16, u16> {
    let (mut sets, mut entries, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    let mut renamed = BTreeMap::new();
    let used = message
        .recipients
        .iter()
        .chain(message.attachments.iter().map(|one| &one.properties));
    let used: std::collections::BTreeSet<u16> = used
        .chain([&message.properties])
        .flat_map(|properties| properties.values.keys().copied().filter(|id| *id >= 0x8000))
        .collect();
    for id in used {
        // Numbers without a name would take those of others: they get a name.
        let nameless = Name {
            set: [0; 16],
            key: Key::Number(u32::from(id)),
        };
        let Name { set, key } = names.get(&id).unwrap_or(&nameless);
        let index = match *set {
            MAPI => 1,
            PUBLIC_STRINGS => 2,
            set => {
                let known = sets.chunks_exact(16).position(|one: &[u8]| one == set);
                let at = known.unwrap_or(sets.len() / 16);
                if known.is_none() {
                    sets.extend_from_slice(&set);
                }
                at as u16 + 3
            }
        };
        let (key, is_text) = match key {
            Key::Number(number) => (*number, 0),
            Key::Text(text) => {
                let at = texts.len() as u32;
                let text = wide(text);
                texts.extend_from_slice(&(text.len() as u32).to_le_bytes());
                texts.extend_from_slice(&text);
                texts.resize(texts.len().next_multiple_of(4), 0);
                (at, 1)
            }
        };
        let number = renamed.len() as u16;
        entries.extend_from_slice(&key.to_le_bytes());
        entries.extend_from_slice(&(index << 1 | is_text).to_le_bytes());
        entries.extend_from_slice(&number.to_le_bytes());
        renamed.insert(id, 0x8000 + number);
    }
    for (stream, content) in [
        ("00020102", sets),
        ("00030102", entries),
        ("00040102", texts),
    ] {
        streams.insert(
            format!("/__nameid_version1.0/__substg1.0_{stream}"),
            content,
        );
    }
    renamed
}
