//! Messages: text, metadata and attachments.

use std::sync::LazyLock;

use mail_parser::{Message, MessageParser, MimeHeaders};
use regex::bytes::Regex;

use super::headers::Headers;
use super::item::{Exception, ExceptionReason};
use super::reading::Reading;
use super::{detect, isolate, parts};

pub(crate) const EXTRACTOR: &str = "mail-parser/0.11.9";
pub(crate) const EXTRACTOR_HTML: &str = "mail-parser/0.11.9 html2text/0.17.4";
/// From this many hints at nesting on, parsing gets a stack of its own.
const SUSPICIOUS: usize = 50;
/// Beyond this many hints at nested messages, a message is not opened.
const MAX_NESTED: usize = 10_000;
/// Beyond this many multipart boundaries, a message is not opened: looking for their ends takes
/// time proportional to their number times the size.
const MAX_BOUNDARIES: usize = 2_000;
const BIG_STACK: usize = 256 << 20;

/// A message read, and what kept it from being read further.
pub(crate) struct MessageRead {
    pub reading: Reading,
    /// The readers that took part.
    pub extractor: &'static str,
    pub warnings: Vec<&'static str>,
    /// Only the headers are to be relied upon.
    pub obstacle: Option<(ExceptionReason, &'static str)>,
}

/// Reads a message.
pub(crate) fn read(bytes: &[u8]) -> Result<MessageRead, Exception> {
    let problem = |reason, detail: String| Err(Exception { reason, detail });
    let raw = without_from_line(bytes);
    let nested = count(&NESTED, raw);
    let boundaries = count(&BOUNDARY, raw);
    if nested > MAX_NESTED || boundaries > MAX_BOUNDARIES {
        return problem(
            ExceptionReason::TooDeep,
            format!(
                "it has {nested} messages within messages and {boundaries} multipart boundaries; review it by hand"
            ),
        );
    }
    let work = || {
        MessageParser::default()
            .parse(raw)
            .map(|message| parse(raw, &message))
    };
    let parsed = if nested + boundaries > SUSPICIOUS {
        isolate::catch_on_stack(BIG_STACK, work)
    } else {
        isolate::catch(work)
    };
    match parsed {
        Ok(Some(message)) => Ok(message),
        Ok(None) => problem(
            ExceptionReason::Corrupt,
            "no message could be made out; review it by hand".to_owned(),
        ),
        Err(panic) => problem(
            ExceptionReason::ReaderFailed,
            format!("the mail reader failed on it ({panic}); review it by hand"),
        ),
    }
}

static NESTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i-u)message\s*/\s*(?:rfc822|global)|/\s*digest").expect("constant expression")
});
static BOUNDARY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i-u)\bboundary\s*[*=]").expect("constant expression"));

fn count(pattern: &Regex, raw: &[u8]) -> usize {
    pattern.find_iter(raw).count()
}

/// The message without the mbox line that some programs leave in front of it.
fn without_from_line(raw: &[u8]) -> &[u8] {
    let line = raw
        .split_inclusive(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let shown = line.strip_prefix(b">").unwrap_or(line);
    if shown.starts_with(b"From ") && detect::is_from_line(shown.trim_ascii_end()) {
        &raw[line.len()..]
    } else {
        raw
    }
}

fn parse(raw: &[u8], message: &Message<'_>) -> MessageRead {
    let headers = Headers::read(raw, message);
    let obstacle = obstacle(message);
    let body = parts::body(message);
    let obstacle = obstacle.or_else(|| {
        body.text
            .trim_start()
            .starts_with("-----BEGIN PGP MESSAGE-----")
            .then_some((ExceptionReason::Encrypted, ENCRYPTED))
    });
    let children = match obstacle {
        None => parts::attachments(message),
        Some(_) => Vec::new(),
    };
    MessageRead {
        reading: Reading {
            headers: Some(headers),
            text: body.text,
            children,
            ..Reading::default()
        },
        extractor: if body.used_html {
            EXTRACTOR_HTML
        } else {
            EXTRACTOR
        },
        warnings: body.warnings,
        obstacle,
    }
}

pub(crate) const ENCRYPTED: &str =
    "the message is encrypted; decrypt it with the recipient's key and add the result";

/// What keeps a message as a whole from being read.
fn obstacle(message: &Message<'_>) -> Option<(ExceptionReason, &'static str)> {
    let content = message.root_part().content_type()?;
    let subtype = content.subtype()?.to_ascii_lowercase();
    match (
        content.ctype().to_ascii_lowercase().as_str(),
        subtype.as_str(),
    ) {
        ("multipart", "encrypted") => Some((ExceptionReason::Encrypted, ENCRYPTED)),
        ("application", "pkcs7-mime" | "x-pkcs7-mime") => {
            let kind = content.attribute("smime-type").unwrap_or_default();
            if kind.eq_ignore_ascii_case("signed-data")
                || kind.eq_ignore_ascii_case("compressed-data")
            {
                Some((
                    ExceptionReason::Unsupported,
                    "the content is wrapped in an S/MIME envelope; unwrap it with a mail program and add the result",
                ))
            } else {
                Some((ExceptionReason::Encrypted, ENCRYPTED))
            }
        }
        _ => None,
    }
}
