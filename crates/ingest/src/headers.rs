//! The headers that matter to a reader.

use std::collections::HashMap;
use std::fmt::Write as _;

use mail_parser::{Addr, Address, DateTime, HeaderValue, Message, MessageParser};
use serde::{Deserialize, Serialize};

use super::dates;
use super::item::RawItem;
use super::ledger::Ledger;
use super::mail::fields;

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
    /// Other fields that people search, by name, as they are shown.
    pub others: Vec<(String, String)>,
    /// What of them could not be decoded.
    #[serde(default)]
    pub ledger: Ledger,
}

/// Fields that people search, beside those above: shown where they say something new.
const OTHERS: [&str; 20] = [
    "reply-to",
    "sender",
    "keywords",
    "comments",
    "organization",
    "organisation",
    "newsgroups",
    "summary",
    "thread-topic",
    "resent-from",
    "resent-sender",
    "resent-to",
    "resent-cc",
    "resent-bcc",
    "resent-reply-to",
    "apparently-to",
    "x-bcc",
    "mail-reply-to",
    "mail-followup-to",
    "disposition-notification-to",
];

/// Fields that are always shown, in small letters.
const SHOWN: [&str; 5] = ["subject", "from", "to", "cc", "bcc"];

impl Headers {
    /// Reads the header of a message.
    pub fn read(header: &[u8]) -> Self {
        // Headers in raw 8-bit charsets: the one that the content declares, if it fits.
        let declared = match std::str::from_utf8(header) {
            Ok(_) => Vec::new(),
            Err(_) => fields::Fields::read(header).charsets,
        };
        let mut ledger = Ledger::default();
        let text = fields::header_text(header, &declared, &mut ledger, |name| {
            SHOWN.contains(&name) || OTHERS.contains(&name)
        });
        let parser = MessageParser::default();
        parser
            .parse_headers(text.as_bytes())
            .map(|message| Self {
                ledger,
                ..Self::from_message(&message)
            })
            .unwrap_or_default()
    }

    fn from_message(message: &Message<'_>) -> Self {
        let received = message.received().and_then(|received| received.date());
        let written = line(message.header_raw("Date").unwrap_or_default());
        let (date, date_shown) = match dates::understand(&written, received.as_ref()) {
            Some(date) => (date.rfc3339, date.shown.unwrap_or(written)),
            None => (String::new(), written),
        };
        let mut out = Self {
            subject: line(message.subject().unwrap_or_default()),
            from: addresses(message.from()),
            to: join(message.all_to().map(|to| addresses(Some(to)))),
            cc: join(message.all_cc().map(|cc| addresses(Some(cc)))),
            bcc: join(message.all_bcc().map(|bcc| addresses(Some(bcc)))),
            date,
            date_shown,
            date_received: received
                .filter(is_sound)
                .map(|date| date.to_rfc3339())
                .unwrap_or_default(),
            message_id: line(message.message_id().unwrap_or_default()),
            in_reply_to: texts(message.in_reply_to()),
            references: texts(message.references()),
            others: Vec::new(),
            ledger: Ledger::default(),
        };
        out.add_others(message);
        out
    }

    /// Adds fields that say what the others do not.
    fn add_others(&mut self, message: &Message<'_>) {
        let mut known = self.shown().to_lowercase();
        let single = |name: &str| matches!(name, "subject" | "from" | "date");
        let mut times: HashMap<String, usize> = HashMap::new();
        for (name, _) in message.headers_raw() {
            *times.entry(name.to_ascii_lowercase()).or_default() += 1;
        }
        for (name, value) in message.headers_raw() {
            let lower = name.to_ascii_lowercase();
            // Programs show the first or the last of several: each is one that another does not tell.
            let repeated = single(&lower) && times[&lower] > 1;
            if !(repeated || OTHERS.contains(&lower.as_str())) {
                continue;
            }
            let value = words(value);
            if !value.is_empty() && !known.contains(&value.to_lowercase()) {
                known.push_str(&value.to_lowercase());
                self.others.push((name.trim().to_owned(), value));
            }
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
            ("Bcc", &self.bcc),
            ("Date", &self.date_shown),
        ] {
            if !value.is_empty() {
                let _ = writeln!(out, "{name}: {value}");
            }
        }
        for (name, value) in &self.others {
            let _ = writeln!(out, "{name}: {value}");
        }
        out
    }
}

/// A field's value with its encoded words decoded.
fn words(value: &str) -> String {
    let field = format!("Subject: {}\n\n", line(value));
    let parsed = MessageParser::default().parse_headers(field.as_bytes());
    let subject = parsed.as_ref().and_then(|message| message.subject());
    line(subject.unwrap_or(value))
}

fn is_sound(date: &DateTime) -> bool {
    date.is_valid() && (1900..=9999).contains(&date.year)
}

fn addresses(address: Option<&Address<'_>>) -> String {
    let one = |one: &Addr<'_>| {
        let name = line(one.name().unwrap_or_default());
        let mail = line(one.address().unwrap_or_default());
        match (name.is_empty(), mail.is_empty()) {
            (false, false) => format!("{name} <{mail}>"),
            (true, _) => mail,
            (_, true) => name,
        }
    };
    match address {
        None => String::new(),
        Some(Address::List(all)) => join(all.iter().map(one)),
        // Groups by their names: some have no members.
        Some(Address::Group(groups)) => join(groups.iter().flat_map(|group| {
            let name = group.name.as_deref().map(line).unwrap_or_default();
            std::iter::once(name).chain(group.addresses.iter().map(one))
        })),
    }
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
pub(crate) fn line(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some programs show the first of several, others the last.
    #[test]
    fn fields_that_stand_twice_are_told_twice() {
        let shown = Headers::read(
            b"From: Jane Roe <jane@acme.example>\nFrom: Nobody <n@x.example>\nSubject: Destroy the invoices\n\
              Subject: =?utf-8?Q?L=C3=BCnch?=\nDate: Mon, 1 Jan 2001 10:00:00 +0000\n\
              Date: Tue, 5 Feb 2008 10:00:00 +0000\n\n",
        )
        .shown();
        for said in [
            "Jane Roe",
            "Nobody",
            "Destroy the invoices",
            "L\u{fc}nch",
            "1 Jan 2001",
            "5 Feb 2008",
        ] {
            assert_eq!(shown.matches(said).count(), 1, "{said}: {shown}");
        }
        let once = Headers::read(b"From: \"Roe, Jane\" <j@x.example>\nSubject: One\n\n").shown();
        assert_eq!(once, "Subject: One\nFrom: Roe, Jane <j@x.example>\n");
    }
}
