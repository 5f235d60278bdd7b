//! Messages: text, metadata and attachments.

use std::sync::LazyLock;

use mail_parser::{Message, MessageParser, MimeHeaders};
use regex::bytes::Regex;

use super::family::{FamilyBuilder, Input};
use super::headers::Headers;
use super::item::{ExceptionReason, RawItem};
use super::parts::{self, Attachment, Body};
use super::{detect, isolate, names};

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

/// What is taken from a parsed message.
struct Parsed {
    headers: Headers,
    body: Body,
    attachments: Vec<Attachment>,
    obstacle: Option<(ExceptionReason, &'static str)>,
}

/// Reads the message in `item.bytes`, and adds it and its attachments to the family.
pub(crate) fn read(family: &mut FamilyBuilder<'_>, mut item: RawItem, depth: usize) {
    item.extractor = EXTRACTOR.to_owned();
    let raw = without_from_line(&item.bytes);
    let nested = count(&NESTED, raw);
    let boundaries = count(&BOUNDARY, raw);
    if nested > MAX_NESTED || boundaries > MAX_BOUNDARIES {
        let detail = format!(
            "it has {nested} messages within messages and {boundaries} multipart boundaries; review it by hand"
        );
        item.fail(ExceptionReason::TooDeep, detail);
        family.push(item);
        return;
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
        Ok(Some(parsed)) => finish(family, item, parsed, depth),
        Ok(None) => {
            item.fail(
                ExceptionReason::Corrupt,
                "no message could be made out; review it by hand",
            );
            family.push(item);
        }
        Err(panic) => {
            let detail = format!("the mail reader failed on it ({panic}); review it by hand");
            item.fail(ExceptionReason::ReaderFailed, detail);
            family.push(item);
        }
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

fn parse(raw: &[u8], message: &Message<'_>) -> Parsed {
    let headers = Headers::read(raw, message);
    let obstacle = obstacle(message);
    let body = parts::body(message);
    let obstacle = obstacle.or_else(|| {
        body.text
            .trim_start()
            .starts_with("-----BEGIN PGP MESSAGE-----")
            .then_some((ExceptionReason::Encrypted, ENCRYPTED))
    });
    let attachments = match obstacle {
        None => parts::attachments(message),
        Some(_) => Vec::new(),
    };
    Parsed {
        headers,
        body,
        attachments,
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

fn finish(family: &mut FamilyBuilder<'_>, mut item: RawItem, parsed: Parsed, depth: usize) {
    parsed.headers.record(&mut item);
    for warning in &parsed.body.warnings {
        item.warn(warning);
    }
    if parsed.body.used_html {
        item.extractor = EXTRACTOR_HTML.to_owned();
    }
    if let Some((reason, detail)) = parsed.obstacle {
        item.fail(reason, detail);
        family.push(item);
        return;
    }
    item.text = Some(format!("{}\n{}", parsed.headers.shown(), parsed.body.text));
    if !parsed.attachments.is_empty() {
        item.note("attachments", parsed.attachments.len().to_string());
    }
    let path = item.path.clone();
    let parent = family.push(item);
    for (number, attachment) in (1..).zip(parsed.attachments) {
        family.add(input(&path, number, parent, depth, attachment));
    }
}

fn input(path: &str, number: usize, parent: usize, depth: usize, attached: Attachment) -> Input {
    let name = if attached.name.is_empty() {
        default_name(&attached)
    } else {
        names::attachment(&attached.name)
    };
    Input {
        path: format!("{path}!/attachments/{number}-{name}"),
        name,
        parent: Some(parent),
        depth: depth + 1,
        charset: attached.charset,
        metadata: vec![
            ("file_name", attached.name),
            ("declared_type", attached.declared_type),
            ("content_id", attached.content_id),
        ],
        damage: attached
            .damage
            .map(|damage| format!("{damage}; ask for the attachment by itself")),
        is_message: attached.is_message,
        bytes: attached.bytes,
    }
}

fn default_name(attached: &Attachment) -> String {
    let name = match attached.declared_type.as_str() {
        _ if attached.is_message => "message.eml",
        "text/plain" => "part.txt",
        "text/html" => "part.html",
        "text/calendar" => "invitation.ics",
        "message/delivery-status" => "delivery-status.txt",
        _ => "unnamed",
    };
    name.to_owned()
}
