//! The headers that matter to a reader.

use std::fmt::Write as _;

use mail_parser::{Address, DateTime, HeaderValue, Message, MessageParser};
use serde::{Deserialize, Serialize};

use super::charset;
use super::item::RawItem;

/// Header fields as text, decoded.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Headers {
    pub subject: String,
    pub from: String,
    pub to: String,
    pub cc: String,
    pub bcc: String,
    /// RFC 3339, or as written where it is no valid date.
    pub date: String,
    /// As a reader knows it.
    pub date_shown: String,
    pub date_received: String,
    pub message_id: String,
    pub in_reply_to: String,
    pub references: String,
}

impl Headers {
    /// Reads the headers of `message`, whose bytes are `raw`.
    pub fn read(raw: &[u8], message: &Message<'_>) -> Self {
        let block = &raw[..header_length(raw)];
        if std::str::from_utf8(block).is_ok() {
            return Self::from_message(message);
        }
        // Headers in raw 8-bit charsets: decode the whole block, and parse that.
        let declared = message
            .root_part()
            .headers
            .iter()
            .filter_map(|header| header.value.as_content_type())
            .find_map(|content| content.attribute("charset").map(str::to_owned));
        let decoded = charset::decode(block, declared.as_deref());
        match MessageParser::default().parse_headers(decoded.text.as_bytes()) {
            Some(message) => Self::from_message(&message),
            None => Self::from_message(message),
        }
    }

    fn from_message(message: &Message<'_>) -> Self {
        let (date, date_shown) = match message.date().filter(|date| is_sound(date)) {
            Some(date) => (date.to_rfc3339(), date.to_rfc822()),
            None => {
                let written = line(message.header_raw("Date").unwrap_or_default());
                (String::new(), written)
            }
        };
        Self {
            subject: line(message.subject().unwrap_or_default()),
            from: addresses(message.from()),
            to: join(message.all_to().map(|to| addresses(Some(to)))),
            cc: join(message.all_cc().map(|cc| addresses(Some(cc)))),
            bcc: join(message.all_bcc().map(|bcc| addresses(Some(bcc)))),
            date,
            date_shown,
            date_received: message
                .received()
                .and_then(|received| received.date())
                .filter(is_sound)
                .map(|date| date.to_rfc3339())
                .unwrap_or_default(),
            message_id: line(message.message_id().unwrap_or_default()),
            in_reply_to: texts(message.in_reply_to()),
            references: texts(message.references()),
        }
    }

    /// Records everything known in the metadata.
    pub fn record(&self, item: &mut RawItem) {
        for (key, value) in [
            ("subject", &self.subject),
            ("from", &self.from),
            ("to", &self.to),
            ("cc", &self.cc),
            ("bcc", &self.bcc),
            ("date", &self.date),
            ("date_received", &self.date_received),
            ("message_id", &self.message_id),
            ("in_reply_to", &self.in_reply_to),
            ("references", &self.references),
        ] {
            item.note(key, value.as_str());
        }
    }

    /// The lines at the top of a message's text.
    pub fn shown(&self) -> String {
        let mut out = String::new();
        for (name, value) in [
            ("Subject", &self.subject),
            ("From", &self.from),
            ("To", &self.to),
            ("Cc", &self.cc),
            ("Date", &self.date_shown),
        ] {
            if !value.is_empty() {
                let _ = writeln!(out, "{name}: {value}");
            }
        }
        out
    }
}

/// Length of the header block, with the blank line that ends it.
fn header_length(raw: &[u8]) -> usize {
    let mut start = 0;
    while let Some(end) = raw[start..].iter().position(|byte| *byte == b'\n') {
        let next = start + end + 1;
        if raw[start..next].trim_ascii_end().is_empty() {
            return next;
        }
        start = next;
    }
    raw.len()
}

fn is_sound(date: &DateTime) -> bool {
    date.is_valid() && (1900..=9999).contains(&date.year)
}

fn addresses(address: Option<&Address<'_>>) -> String {
    join(address.into_iter().flat_map(Address::iter).map(|one| {
        let name = line(one.name().unwrap_or_default());
        let mail = line(one.address().unwrap_or_default());
        match (name.is_empty(), mail.is_empty()) {
            (false, false) => format!("{name} <{mail}>"),
            (true, _) => mail,
            (_, true) => name,
        }
    }))
}

fn texts(value: &HeaderValue<'_>) -> String {
    match value {
        HeaderValue::Text(text) => line(text),
        HeaderValue::TextList(list) => {
            let list: Vec<String> = list.iter().map(|text| line(text)).collect();
            list.join(" ")
        }
        _ => String::new(),
    }
}

fn join(values: impl Iterator<Item = String>) -> String {
    let values: Vec<String> = values.filter(|value| !value.is_empty()).collect();
    values.join(", ")
}

/// One line, without control characters.
fn line(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}
