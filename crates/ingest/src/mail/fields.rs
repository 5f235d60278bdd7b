//! What the header of a part says about its content.

use mail_parser::{Message, MessageParser, MimeHeaders};

use super::{block, known, lines, transfer, words};
use crate::charset;
use crate::ledger::{Ledger, Unread};
use crate::textual::{HEAD, is_textual};

/// The fields that decide how a part is read.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// Type and subtype in small letters; empty where there is no such field.
    pub kind: String,
    pub boundary: Option<String>,
    /// Every charset that is declared, the likeliest first.
    pub charsets: Vec<String>,
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
    /// What of these fields could not be decoded.
    pub ledger: Ledger,
    /// Content types where there are several that differ, and transfer encodings likewise.
    types: Vec<Type>,
    encodings: Vec<String>,
}

/// What one field says about the type of the content.
#[derive(Debug, Default, Clone)]
struct Type {
    kind: String,
    boundaries: Vec<String>,
    charsets: Vec<String>,
    name: bool,
    parameters: Vec<(String, String)>,
}

impl Type {
    fn read(message: &Message<'_>) -> Option<Self> {
        let content = message.content_type()?;
        let main = content.ctype().trim();
        let mut out = Self {
            kind: match content.subtype() {
                Some(subtype) => format!("{main}/{}", subtype.trim()).to_ascii_lowercase(),
                None => main.to_ascii_lowercase(),
            },
            ..Self::default()
        };
        for attribute in content.attributes().unwrap_or_default() {
            let (name, value) = (
                attribute.name.to_ascii_lowercase(),
                attribute.value.to_string(),
            );
            match name.as_str() {
                "boundary" => out.boundaries.push(value.trim_end().to_owned()),
                "charset" => out.charsets.push(value.trim().to_owned()),
                "name" => out.name = true,
                _ => out.parameters.push((name, value)),
            }
        }
        out.boundaries.retain(|boundary| !boundary.is_empty());
        out.charsets.retain(|charset| !charset.is_empty());
        Some(out)
    }

    fn is_multipart(&self) -> bool {
        self.kind.starts_with("multipart/") || self.kind == "multipart"
    }
}

/// The values of the fields of that name, each once, without what makes no difference.
fn values(message: &Message<'_>, wanted: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (name, value) in message.headers_raw() {
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        let known = |known: &String| known.eq_ignore_ascii_case(&value);
        if name.trim().eq_ignore_ascii_case(wanted)
            && !value.is_empty()
            && !out.iter().any(known)
            && out.len() < 10
        {
            out.push(value);
        }
    }
    out
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

/// The header as text: as UTF-8 where it is, else in one of the declared charsets or the one that it is likely to be
/// in; its words decoded. What is doubtful about the fields that are `wanted` is written down.
pub(crate) fn header_text(
    header: &[u8],
    declared: &[String],
    ledger: &mut Ledger,
    wanted: fn(&str) -> bool,
) -> String {
    let text = match std::str::from_utf8(header) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            let has_doubt = |line: &&[u8]| {
                let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
                !line.is_ascii()
                    && wanted(&String::from_utf8_lossy(name).trim().to_ascii_lowercase())
            };
            let decoded = charset::decode_among(header, declared);
            if lines(header).any(|line| has_doubt(&line)) {
                decoded.tell(ledger);
            }
            decoded.text
        }
    };
    let mut text = words::decoded(&text, ledger, wanted);
    // Its last field ends as the others do.
    text.push_str("\n\n");
    text
}

/// Whether a field is about the content: its name is, in small letters.
pub(crate) fn is_of_content(name: &str) -> bool {
    name.starts_with("content-")
}

impl Fields {
    /// Reads them.
    pub fn read(header: &[u8]) -> Self {
        let mut out = Self::default();
        let text = header_text(header, &[], &mut out.ledger, is_of_content);
        let Some(message) = MessageParser::default().parse_headers(text.as_bytes()) else {
            return out;
        };
        let types = values(&message, "content-type");
        if types.len() > 1 {
            out.types = types
                .iter()
                .filter_map(|value| {
                    let field = format!("Content-Type: {value}\n\n");
                    Type::read(&MessageParser::default().parse_headers(field.as_bytes())?)
                })
                .collect();
        }
        if let Some(content) = Type::read(&message) {
            out.take(content);
        }
        out.encoding = message
            .content_transfer_encoding()
            .unwrap_or_default()
            .to_owned();
        out.encodings = values(&message, "content-transfer-encoding");
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

    fn take(&mut self, content: Type) {
        self.kind = content.kind;
        self.boundary = content.boundaries.first().cloned();
        self.charsets = content.charsets;
        self.type_name = content.name;
        self.parameters = content.parameters;
        if content.boundaries.len() > 1 {
            self.types.push(Type {
                boundaries: content.boundaries,
                kind: self.kind.clone(),
                charsets: self.charsets.clone(),
                name: self.type_name,
                parameters: self.parameters.clone(),
            });
        }
    }

    /// Where a part has several types, or several transfer encodings, programs differ in which of them they believe. Its
    /// content decides; that there was a choice is written down.
    pub fn settle(&mut self, body: &[u8]) {
        if self.encodings.len() > 1 {
            let fits = |name: &&String| {
                let content = transfer::decode(body, name);
                let changed = *content.bytes != *body;
                content.damage.is_none() && changed && !content.bytes.is_empty()
            };
            let strict = |name: &&String| name.to_ascii_lowercase().contains("base") && fits(name);
            let all = || self.encodings.iter();
            let best = all().find(strict).or(all().find(fits)).or(all().next());
            if let Some(best) = best.cloned() {
                let all = self.encodings.join(", ");
                self.ledger.add(
                    Unread::Damaged,
                    format!(
                        "it declares several transfer encodings ({all}), and was read as {best}"
                    ),
                );
                self.encoding = best;
            }
        }
        if self.types.is_empty() {
            return;
        }
        let content = transfer::decode(body, &self.encoding);
        let bounded = |content: &Type| {
            let own = |boundary: &&String| {
                lines(body).any(|line| {
                    let rest = line
                        .strip_prefix(b"--")
                        .and_then(|rest| rest.strip_prefix(boundary.as_bytes()));
                    rest.is_some_and(|rest| matches!(rest.trim_ascii(), b"" | b"--"))
                })
            };
            content.boundaries.iter().find(own).cloned()
        };
        let is_message = |content: &&Type| {
            content.kind.starts_with("message/")
                && known::has_mail_field(&block::split(body).header)
        };
        let head = &content.bytes[..content.bytes.len().min(HEAD)];
        let tagged = memchr::memchr(b'<', head).is_some() && memchr::memchr(b'>', head).is_some();
        let readable = is_textual(head);
        let of = |kind: &'static str| move |content: &&Type| content.kind.starts_with(kind);
        let types = &self.types;
        let parts = types
            .iter()
            .find(|content| content.is_multipart() && bounded(content).is_some());
        let chosen = parts
            .or(types.iter().find(is_message))
            .or(types
                .iter()
                .filter(|_| readable && tagged)
                .find(of("text/html")))
            .or(types.iter().filter(|_| readable).find(of("text/")))
            .or(types
                .iter()
                .filter(|_| !readable)
                .find(|content| !content.kind.starts_with("text/") && !content.is_multipart()))
            .or(types.first());
        let Some(mut chosen) = chosen.cloned() else {
            return;
        };
        if let Some(boundary) = bounded(&chosen) {
            chosen.boundaries = vec![boundary];
        }
        for charset in types.iter().flat_map(|content| &content.charsets) {
            if !chosen
                .charsets
                .iter()
                .any(|known| known.eq_ignore_ascii_case(charset))
            {
                chosen.charsets.push(charset.clone());
            }
        }
        let kinds: Vec<&str> = types.iter().map(|content| content.kind.as_str()).collect();
        self.ledger.add(
            Unread::Damaged,
            format!(
                "it declares several content types ({}), and was read as {}",
                kinds.join(", "),
                chosen.kind
            ),
        );
        self.types.clear();
        self.take(chosen);
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
