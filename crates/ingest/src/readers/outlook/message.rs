//! A message, contact, appointment or task, from wherever its properties come, as text with facts and attachments.

use std::collections::BTreeSet;

use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

use super::super::office;
use super::super::office97::file_time;
use super::super::out::Out;
use super::bodies;
use super::properties::{Key, Name, Names, PUBLIC_STRINGS, Properties, Value, set};
use crate::headers::{Headers, line};
use crate::ledger::Unread;
use crate::reading::{Child, Reading};

/// A message with everything on it.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub properties: Properties,
    pub names: Names,
    pub recipients: Vec<Properties>,
    pub attachments: Vec<Attachment>,
}

/// Something attached.
#[derive(Debug)]
pub(super) struct Attachment {
    pub properties: Properties,
    pub content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Bytes(Vec<u8>),
    /// A message, as a file of its own.
    Message(Vec<u8>),
    /// An embedded object, as a compound file.
    Object(Vec<u8>),
    /// Nothing that could be taken out.
    Missing,
}

/// Reads it.
pub(super) fn read(mut message: Message) -> Reading {
    let mut out = Out::default();
    let attachments = std::mem::take(&mut message.attachments);
    let properties = &message.properties;
    let mut lost = properties.lost;
    out.ledger.append(properties.ledger.clone());
    for more in message
        .recipients
        .iter()
        .chain(attachments.iter().map(|one| &one.properties))
    {
        lost += more.lost;
        out.ledger.append(more.ledger.clone());
    }
    if lost > 0 {
        out.ledger.add_many(
            Unread::Damaged,
            lost,
            "properties of the message that cannot be read",
        );
    }
    let mut text = bodies::read(properties, &mut out);
    let more = said(&message);
    if !more.is_empty() {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&more);
    }
    for attachment in attachments {
        attach(attachment, &mut out);
    }
    let class = properties.text(0x001A).to_ascii_lowercase();
    if class.contains("rpmsg") {
        out.unread(
            Unread::Encrypted,
            "a message that is protected by rights management",
        );
    }
    for (key, id) in [("created", 0x3007), ("modified", 0x3008)] {
        out.fact(
            key,
            &properties.time(id).and_then(file_time).unwrap_or_default(),
        );
    }
    let mut reading = out.finish();
    reading.text = text;
    reading.headers = Some(headers(&message));
    reading.sealed = class.starts_with("ipm.note.smime") && !class.ends_with("multipartsigned");
    reading
}

fn headers(message: &Message) -> Headers {
    let properties = &message.properties;
    let people = |kind: i64| -> String {
        let of_kind = |one: &&Properties| one.number(0x0C15).unwrap_or(1) & 15 == kind;
        let people = message.recipients.iter().filter(of_kind).map(recipient);
        let people: Vec<String> = people.filter(|one| !one.is_empty()).collect();
        people.join(", ")
    };
    // Where recipients have no list of their own, the message still names them.
    let or_shown = |people: String, id: u16| match people.is_empty() {
        true => line(properties.text(id)),
        false => people,
    };
    let date = [0x0039, 0x0E06, 0x3007]
        .into_iter()
        .find_map(|id| properties.time(id).and_then(file_time));
    let shown = date
        .as_deref()
        .and_then(|date| OffsetDateTime::parse(date, &Rfc3339).ok());
    let shown = shown.and_then(|date| date.format(&Rfc2822).ok());
    let id = |id: u16| properties.text(id).trim_matches(['<', '>', ' ']).to_owned();
    Headers {
        subject: line(&subject(properties)),
        from: sender(properties),
        to: or_shown(people(1), 0x0E04),
        cc: or_shown(people(2), 0x0E03),
        bcc: or_shown(people(3), 0x0E02),
        date: date.unwrap_or_default(),
        date_shown: shown.unwrap_or_default(),
        date_received: properties
            .time(0x0E06)
            .and_then(file_time)
            .unwrap_or_default(),
        message_id: id(0x1035),
        in_reply_to: id(0x1042),
        references: line(properties.text(0x1039)),
        ..Headers::default()
    }
}

/// The subject: stores mark the length of its prefix by two characters in front.
fn subject(properties: &Properties) -> String {
    let text = properties.first(&[0x0037, 0x0E1D, 0x0070]);
    match text.strip_prefix('\u{1}') {
        Some(rest) => rest.chars().skip(1).collect(),
        None => text.to_owned(),
    }
}

fn sender(properties: &Properties) -> String {
    let author = person(
        properties.first(&[0x0042, 0x0C1A]),
        properties.first(&[0x5D02, 0x0065, 0x5D01, 0x0C1F]),
    );
    let sender = person(properties.text(0x0C1A), properties.first(&[0x5D01, 0x0C1F]));
    match author.is_empty() {
        true => sender,
        false => author,
    }
}

fn recipient(properties: &Properties) -> String {
    person(
        properties.first(&[0x3001, 0x5FF6, 0x3A20]),
        properties.first(&[0x39FE, 0x3003]),
    )
}

fn person(name: &str, mail: &str) -> String {
    let (name, mail) = (line(name), line(mail));
    let name = name.trim_matches(['\'', '"']);
    match (name.is_empty() || name == mail, mail.is_empty()) {
        (true, _) => mail,
        (_, true) => name.to_owned(),
        _ => format!("{name} <{mail}>"),
    }
}

const APPOINTMENT: [u8; 16] = set(0x0006_2002);
const TASK: [u8; 16] = set(0x0006_2003);
const ADDRESS: [u8; 16] = set(0x0006_2004);
const COMMON: [u8; 16] = set(0x0006_2008);
const LOG: [u8; 16] = set(0x0006_200A);
const NOTE: [u8; 16] = set(0x0006_200E);
const MEETING: [u8; 16] = [
    0x90, 0xDA, 0xD8, 0x6E, 0x0B, 0x45, 0x1B, 0x10, 0x98, 0xDA, 0x00, 0xAA, 0x00, 0x3F, 0x13, 0x05,
];

/// The sets in which people's entries lie; all zeros where a name is not known. Other sets are of servers.
const OF_PEOPLE: [[u8; 16]; 8] = [
    APPOINTMENT,
    TASK,
    ADDRESS,
    COMMON,
    LOG,
    NOTE,
    MEETING,
    [0; 16],
];

/// Times that people know by a name.
const TIMES: [([u8; 16], u32, &str); 6] = [
    (APPOINTMENT, 0x820D, "Start"),
    (APPOINTMENT, 0x820E, "End"),
    (TASK, 0x8104, "Start"),
    (TASK, 0x8105, "Due"),
    (TASK, 0x810F, "Completed"),
    (LOG, 0x8706, "Start"),
];

/// Named texts that are of programs, not of people.
const MECHANICAL: [([u8; 16], u32); 8] = [
    (COMMON, 0x8554),
    (COMMON, 0x8580),
    (COMMON, 0x8581),
    (COMMON, 0x8533),
    (COMMON, 0x85A4),
    (ADDRESS, 0x8082),
    (ADDRESS, 0x8092),
    (ADDRESS, 0x80A2),
];

/// What contacts, appointments and tasks say beside a body: one line each, none twice.
fn said(message: &Message) -> String {
    let mut known = BTreeSet::new();
    let mut lines = Vec::new();
    for (id, value) in &message.properties.values {
        let name = message.names.get(id);
        let line = match value {
            Value::Text(text) if is_said(*id, name) => text.trim().to_owned(),
            Value::Texts(texts) if is_said(*id, name) => texts.join("; "),
            Value::Time(time) => match (time_label(*id, name), file_time(*time)) {
                (Some(label), Some(time)) => format!("{label}: {time}"),
                _ => continue,
            },
            _ => continue,
        };
        let line = line.replace(['\r', '\0'], "");
        // Addresses within Exchange are of machines.
        if !line.is_empty()
            && !line.starts_with("/o=")
            && !line.starts_with("/O=")
            && known.insert(line.clone())
        {
            lines.push(line);
        }
    }
    lines.join("\n")
}

fn is_said(id: u16, name: Option<&Name>) -> bool {
    match (id, name) {
        // Names, telephones, addresses, companies of contacts.
        (0x3A00..0x3B00, _) => true,
        (0x8000.., Some(name)) => match &name.key {
            Key::Number(key) => {
                OF_PEOPLE.contains(&name.set) && !MECHANICAL.contains(&(name.set, *key))
            }
            Key::Text(key) => {
                let key = key.to_ascii_lowercase();
                let of_programs = [
                    "x-",
                    "content-",
                    "urn:",
                    "http:",
                    "acceptlanguage",
                    "thread-",
                    "_",
                ];
                name.set == PUBLIC_STRINGS
                    && !of_programs.iter().any(|begin| key.starts_with(begin))
            }
        },
        (0x8000.., None) => true,
        _ => false,
    }
}

fn time_label(id: u16, name: Option<&Name>) -> Option<&'static str> {
    match (id, name) {
        (0x3A42, _) => Some("Birthday"),
        (0x3A41, _) => Some("Anniversary"),
        (_, Some(name)) => {
            let Key::Number(key) = name.key else {
                return None;
            };
            let known = TIMES
                .iter()
                .find(|(set, number, _)| *set == name.set && *number == key);
            known.map(|(_, _, label)| *label)
        }
        _ => None,
    }
}

fn attach(attachment: Attachment, out: &mut Out) {
    let properties = &attachment.properties;
    let name = properties
        .first(&[0x3707, 0x3704, 0x3001])
        .trim()
        .to_owned();
    let child = Child {
        name: name.clone(),
        declared_type: properties.text(0x370E).to_owned(),
        content_id: properties
            .text(0x3712)
            .trim_matches(['<', '>', ' '])
            .to_owned(),
        ..Child::default()
    };
    match attachment.content {
        Content::Bytes(bytes) => out.attach(Child { bytes, ..child }),
        Content::Message(bytes) => {
            let name = match name.to_ascii_lowercase().ends_with(".msg") {
                true => name,
                false if name.is_empty() => "message.msg".to_owned(),
                false => format!("{name}.msg"),
            };
            out.attach(Child {
                name,
                bytes,
                ..child
            });
        }
        Content::Object(bytes) => {
            let name = if name.is_empty() { "object" } else { &name };
            office::file(&format!("{name}.ole"), &bytes, out);
        }
        Content::Missing => {
            let elsewhere = properties.first(&[0x370D, 0x3708]);
            match properties.number(0x3705) {
                Some(2..=4 | 7) => out.unread(Unread::External, format!("{name} {elsewhere}")),
                _ => out.attach(Child {
                    damage: Some("the attachment has no content that can be read".to_owned()),
                    ..child
                }),
            }
        }
    }
}
