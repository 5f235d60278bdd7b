//! Outlook messages (`.msg`).

use msg_parser::{Attachment, Outlook, Person};
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

use super::rtf;
use crate::headers::Headers;
use crate::html;
use crate::reading::{Child, ReadError, Reader, Reading};

/// Whether a compound document is an Outlook message: it has a stream of that name.
pub(crate) fn is_message(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "__properties_version1.0"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    bytes.windows(name.len()).any(|window| window == name)
}

pub(crate) struct OutlookMessage;

impl Reader for OutlookMessage {
    fn name(&self) -> &'static str {
        "msg_parser/0.3.6"
    }

    fn read(&self, bytes: &[u8], _unpacked: u64) -> Result<Reading, ReadError> {
        Outlook::from_slice(bytes).map(convert).map_err(|error| {
            ReadError::Corrupt(format!("not a readable Outlook message ({error})"))
        })
    }

    fn remedy(&self) -> &'static str {
        "export it as .eml"
    }
}

fn convert(outlook: Outlook) -> Reading {
    let body = body(&outlook);
    let date = [&outlook.client_submit_time, &outlook.message_delivery_time]
        .into_iter()
        .find_map(|date| OffsetDateTime::parse(date, &Rfc3339).ok());
    let written = |format| {
        date.and_then(|date| date.format(format).ok())
            .unwrap_or_default()
    };
    let class = outlook.message_class.to_ascii_lowercase();
    Reading {
        headers: Some(Headers {
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
        }),
        text: body,
        sealed: class.starts_with("ipm.note.smime") && !class.ends_with("multipartsigned"),
        children: outlook.attachments.into_iter().map(child).collect(),
        ..Reading::default()
    }
}

fn child(attached: Attachment) -> Child {
    let unread = attached.is_embedded_message() && attached.payload_bytes.is_empty();
    Child {
        name: [
            attached.long_file_name,
            attached.file_name,
            attached.display_name,
        ]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or_default(),
        declared_type: attached.mime_tag,
        content_id: attached.content_id,
        damage: unread
            .then(|| "the embedded message cannot be taken out; export it by itself".to_owned()),
        bytes: attached.payload_bytes,
        ..Child::default()
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
