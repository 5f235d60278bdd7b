//! What Outlook writes: messages (`.msg`), `winmail.dat`, stores (`.pst`, `.ost`). All of them are properties of
//! messages, read in one place.

mod bodies;
mod message;
mod msg;
mod properties;
pub(crate) mod store;
mod tnef;
mod write;

use super::compound::Compound;
use crate::ledger::Unread;
use crate::reading::{Given, ReadError, Reader, Reading};

pub(crate) use tnef::Tnef;

/// Whether a compound document is an Outlook message.
pub(crate) fn is_message(bytes: &[u8]) -> bool {
    Compound::open(bytes).is_ok_and(|file| file.has_stream(&format!("/{}", msg::TABLE)))
}

pub(crate) struct OutlookMessage;

impl Reader for OutlookMessage {
    fn name(&self) -> &'static str {
        "candor-msg/2"
    }

    fn read(&self, bytes: &[u8], _given: &Given) -> Result<Reading, ReadError> {
        let file = Compound::open(bytes).map_err(|why| ReadError::Corrupt(why.to_owned()))?;
        let message = msg::message(&file);
        if message.properties.values.is_empty() {
            return Err(ReadError::Corrupt(
                "not a readable Outlook message".to_owned(),
            ));
        }
        let mut reading = message::read(message);
        if !file.is_whole() {
            reading.ledger.add(
                Unread::Truncated,
                "streams of the message are shorter than they should be",
            );
        }
        Ok(reading)
    }

    fn remedy(&self) -> &'static str {
        "export it as .eml"
    }
}

#[cfg(test)]
mod tests {
    use super::message::{Attachment, Content, Message};
    use super::properties::{Key, Name, Properties, Value, set};
    use super::*;

    fn properties(values: impl IntoIterator<Item = (u16, Value)>) -> Properties {
        Properties {
            values: values.into_iter().collect(),
            ..Properties::default()
        }
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn sample() -> Message {
        let inner = Message {
            properties: properties([
                (0x0037, text("inner")),
                (0x1000, text("inner gannet words")),
            ]),
            ..Message::default()
        };
        let mut message = Message {
            properties: properties([
                (0x001A, text("IPM.Note")),
                (0x0037, text("\u{1}\u{5}RE: Ledger")),
                (0x0C1A, text("Ann")),
                (0x5D01, text("ann@x.example")),
                (
                    0x0039,
                    Value::Time((1_015_934_400 + 11_644_473_600) * 10_000_000),
                ),
                (0x1000, text("зимородок переехал")),
                (
                    0x1013,
                    Value::Bytes("<p>зимородок переехал</p><p>kingfisher</p>".into()),
                ),
                (0x3FDE, Value::Number(3, 65001)),
                (0x3A1C, text("555-0100")),
                (0x8010, text("Room 7")),
                (0x8011, Value::Texts(vec!["red".into(), "blue".into()])),
                (0x8012, text("16.0")),
            ]),
            ..Message::default()
        };
        let number = |set, key| Name {
            set,
            key: Key::Number(key),
        };
        let keywords = Name {
            set: properties::PUBLIC_STRINGS,
            key: Key::Text("Keywords".into()),
        };
        message
            .names
            .insert(0x8010, number(set(0x0006_2002), 0x8208));
        message.names.insert(0x8011, keywords);
        message
            .names
            .insert(0x8012, number(set(0x0006_2008), 0x8554));
        for (kind, name) in [(1, "Bob"), (2, "Cid"), (3, "Carol Hidden")] {
            message.recipients.push(properties([
                (0x0C15, Value::Number(3, kind)),
                (0x3001, text(name)),
                (0x39FE, text("someone@x.example")),
            ]));
        }
        message.attachments.push(Attachment {
            properties: properties([(0x3707, text("Отчёт.txt")), (0x3705, Value::Number(3, 1))]),
            content: Content::Bytes(b"attached".to_vec()),
        });
        message.attachments.push(Attachment {
            properties: properties([(0x3001, text("inner")), (0x3705, Value::Number(3, 5))]),
            content: Content::Message(write::write(&inner)),
        });
        message
    }

    #[test]
    fn a_message_is_written_and_read() {
        let bytes = write::write(&sample());
        assert_eq!(bytes, write::write(&sample()), "the same bytes each time");
        assert!(is_message(&bytes));
        let reading = OutlookMessage
            .read(&bytes, &Given::within(u64::MAX))
            .unwrap();
        assert!(reading.ledger.is_empty(), "{}", reading.ledger.line());
        let headers = reading.headers.as_ref().unwrap();
        assert_eq!(headers.subject, "RE: Ledger");
        assert_eq!(headers.from, "Ann <ann@x.example>");
        assert_eq!(headers.bcc, "Carol Hidden <someone@x.example>");
        assert_eq!(headers.date, "2002-03-12T12:00:00Z");
        assert_eq!(
            reading.text,
            "зимородок переехал\nkingfisher\n555-0100\nRoom 7\nred; blue"
        );
        let names: Vec<_> = reading
            .children
            .iter()
            .map(|child| child.name.as_str())
            .collect();
        assert_eq!(names, ["Отчёт.txt", "inner.msg"]);
        let inner = OutlookMessage
            .read(&reading.children[1].bytes, &Given::within(u64::MAX))
            .unwrap();
        assert_eq!(inner.text, "inner gannet words");
    }

    #[test]
    fn damage_is_told_or_survived() {
        let bytes = write::write(&sample());
        for cut in (0..bytes.len()).step_by(97) {
            let _ = OutlookMessage.read(&bytes[..cut], &Given::within(u64::MAX));
        }
        let cut = OutlookMessage.read(&bytes[..bytes.len() - 1024], &Given::within(u64::MAX));
        assert!(cut.is_err() || !cut.unwrap().ledger.is_empty());
        assert!(
            OutlookMessage
                .read(b"nothing", &Given::within(u64::MAX))
                .is_err()
        );
    }
}
