//! What the header of a part says about its content.

use mail_parser::{MessageParser, MimeHeaders};

use crate::charset;

/// The fields that decide how a part is read.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// Type and subtype in small letters; empty where there is no such field.
    pub kind: String,
    pub boundary: Option<String>,
    pub charset: Option<String>,
    pub encoding: String,
    /// Of the content type or the disposition.
    pub name: String,
    /// Of the content type alone.
    pub type_name: bool,
    pub attached: bool,
    pub content_id: String,
    pub description: String,
    /// Other parameters of the content type, as in "name=value".
    pub parameters: Vec<(String, String)>,
    /// Fields in which mail programs say that the content has been taken out.
    pub elsewhere: Vec<(String, String)>,
}

/// Fields of stubs: their names, in small letters.
const STUBS: [&str; 6] = [
    "x-mozilla-altered",
    "x-mozilla-external-attachment-url",
    "x-mozilla-cloud-part",
    "x-apple-content-length",
    "x-attachment-removed",
    "x-ms-exchange-organization-attachmentremoved",
];

/// The header as text: as UTF-8 where it is, else in the charset that it is likely to be in.
pub(crate) fn header_text(header: &[u8], declared: Option<&str>) -> String {
    let mut text = match std::str::from_utf8(header) {
        Ok(text) => text.to_owned(),
        Err(_) => charset::decode(header, declared).text,
    };
    // Its last field ends as the others do.
    text.push_str("\n\n");
    text
}

impl Fields {
    /// Reads them.
    pub fn read(header: &[u8]) -> Self {
        let text = header_text(header, None);
        let mut out = Self::default();
        let Some(message) = MessageParser::default().parse_headers(text.as_bytes()) else {
            return out;
        };
        if let Some(content) = message.content_type() {
            let main = content.ctype().trim();
            out.kind = match content.subtype() {
                Some(subtype) => format!("{main}/{}", subtype.trim()).to_ascii_lowercase(),
                None => main.to_ascii_lowercase(),
            };
            for attribute in content.attributes().unwrap_or_default() {
                let (name, value) = (
                    attribute.name.to_ascii_lowercase(),
                    attribute.value.to_string(),
                );
                match name.as_str() {
                    "boundary" => out.boundary = Some(value.trim_end().to_owned()),
                    "charset" => out.charset = Some(value),
                    "name" => out.type_name = true,
                    _ => out.parameters.push((name, value)),
                }
            }
        }
        out.boundary = out.boundary.filter(|boundary| !boundary.is_empty());
        out.encoding = message
            .content_transfer_encoding()
            .unwrap_or_default()
            .to_owned();
        out.name = message.attachment_name().unwrap_or_default().to_owned();
        out.attached = message
            .content_disposition()
            .is_some_and(|disposition| disposition.is_attachment());
        out.content_id = message.content_id().unwrap_or_default().to_owned();
        out.description = message.content_description().unwrap_or_default().to_owned();
        for (name, value) in message.headers_raw() {
            let name = name.to_ascii_lowercase();
            if STUBS.contains(&name.as_str()) {
                out.elsewhere
                    .push((name, value.split_whitespace().collect::<Vec<_>>().join(" ")));
            }
        }
        out
    }

    /// A parameter of the content type.
    pub fn parameter(&self, wanted: &str) -> Option<&str> {
        let mut all = self.parameters.iter();
        all.find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    }

    /// Whether the content is several parts.
    pub fn is_multipart(&self) -> bool {
        self.kind.starts_with("multipart/") || self.kind == "multipart"
    }
}
