//! Outlook messages (`.msg`).

use std::sync::Arc;

use msg_parser::{Outlook, Person};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

use super::headers::Headers;
use super::isolate::Failure;
use super::item::{Exception, ExceptionReason};
use super::limits::IngestOptions;
use super::reader::{Answer, Task};
use super::{html, rtf};

/// Recorded as the reader.
pub(crate) const EXTRACTOR: &str = "msg_parser/0.3.6";

/// A message read.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Message {
    pub headers: Headers,
    pub body: String,
    pub attachments: Vec<Attached>,
    pub encrypted: bool,
}

/// Something attached.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Attached {
    pub name: String,
    pub declared_type: String,
    pub content_id: String,
    /// Travels beside the serialised form.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    pub is_message: bool,
}

/// Whether a compound document is an Outlook message: it has a stream of that name.
pub(crate) fn is_message(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "__properties_version1.0"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    bytes.windows(name.len()).any(|window| window == name)
}

/// Reads a message, isolated and in limited time.
pub(crate) fn read(bytes: &Arc<Vec<u8>>, options: &IngestOptions) -> Result<Message, Exception> {
    let problem = |reason, detail: String| Exception { reason, detail };
    match Task::Outlook.run(bytes, options) {
        Ok(Answer::Outlook(Ok(message))) => Ok(*message),
        Ok(Answer::Outlook(Err(error))) => Err(problem(
            ExceptionReason::Corrupt,
            format!(
                "not a readable Outlook message ({error}); export it as .eml, or review it by hand"
            ),
        )),
        Ok(Answer::Document(_)) => Err(problem(
            ExceptionReason::ReaderFailed,
            "the reader answered for another format; review it by hand".to_owned(),
        )),
        Err(Failure::Crash(what)) => Err(problem(
            ExceptionReason::ReaderFailed,
            format!(
                "the reader {EXTRACTOR} did not survive it ({what}); export it as .eml, or review it by hand"
            ),
        )),
        Err(Failure::Panic(message)) => Err(problem(
            ExceptionReason::ReaderFailed,
            format!(
                "the reader {EXTRACTOR} failed on it ({message}); export it as .eml, or review it by hand"
            ),
        )),
        Err(Failure::Time) => Err(problem(
            ExceptionReason::TimeLimit,
            format!(
                "not read within {} s; export it as .eml, or review it by hand",
                options.max_time.as_secs()
            ),
        )),
    }
}

/// Reads a message here and now.
pub(crate) fn extract(bytes: &[u8]) -> Result<Message, String> {
    Outlook::from_slice(bytes)
        .map(convert)
        .map_err(|error| error.to_string())
}

fn convert(outlook: Outlook) -> Message {
    let body = body(&outlook);
    let date = [&outlook.client_submit_time, &outlook.message_delivery_time]
        .into_iter()
        .find_map(|date| OffsetDateTime::parse(date, &Rfc3339).ok());
    let written = |format| {
        date.and_then(|date| date.format(format).ok())
            .unwrap_or_default()
    };
    let class = outlook.message_class.to_ascii_lowercase();
    Message {
        headers: Headers {
            subject: outlook.subject.trim().to_owned(),
            from: person(&outlook.sender),
            to: people(&outlook.to),
            cc: people(&outlook.cc),
            bcc: people(&outlook.bcc),
            date: date
                .and_then(|date| date.format(&Rfc3339).ok())
                .unwrap_or_default(),
            date_shown: written(&Rfc2822),
            date_received: OffsetDateTime::parse(&outlook.message_delivery_time, &Rfc3339)
                .ok()
                .and_then(|date| date.format(&Rfc3339).ok())
                .unwrap_or_default(),
            message_id: outlook
                .headers
                .message_id
                .trim_matches(['<', '>', ' '])
                .to_owned(),
            ..Headers::default()
        },
        body,
        encrypted: class.starts_with("ipm.note.smime") && !class.ends_with("multipartsigned"),
        attachments: outlook
            .attachments
            .into_iter()
            .map(|attachment| Attached {
                is_message: attachment.is_embedded_message(),
                name: [
                    attachment.long_file_name,
                    attachment.file_name,
                    attachment.display_name,
                ]
                .into_iter()
                .find(|name| !name.is_empty())
                .unwrap_or_default(),
                declared_type: attachment.mime_tag,
                content_id: attachment.content_id,
                bytes: attachment.payload_bytes,
            })
            .collect(),
    }
}

/// The plain text if there is any, else the HTML, else the rich text.
fn body(outlook: &Outlook) -> String {
    if !outlook.body.trim().is_empty() {
        return outlook.body.replace("\r\n", "\n").replace('\0', "");
    }
    if !outlook.html.trim().is_empty() {
        return html::to_text(&outlook.html);
    }
    if let Some(page) = outlook.html_from_rtf() {
        return html::to_text(&page);
    }
    outlook
        .rtf_decompressed()
        .and_then(|bytes| rtf::to_text(&bytes))
        .unwrap_or_default()
}

fn people(people: &[Person]) -> String {
    let people: Vec<String> = people.iter().map(person).collect();
    people.join(", ")
}

fn person(person: &Person) -> String {
    let (name, mail) = (person.name.trim(), person.email.trim());
    if name.is_empty() || name == mail {
        mail.to_owned()
    } else if mail.is_empty() {
        name.to_owned()
    } else {
        format!("{name} <{mail}>")
    }
}
