//! Messages: text, metadata and attachments.
//!
//! | module | owns |
//! |---|---|
//! | `outer` | what lies around a message: marks, banners, separators |
//! | `block` | its header, mended, apart from its body |
//! | `words` | words and parameters of it in charsets of their own |
//! | `fields`, `headers` | what the header says, of the content and to a reader |
//! | `mime` | the tree of parts |
//! | `transfer`, `blocks` | transfer encodings; files and armour in the text |
//! | `body` | the text of all of it |
//! | `flow` | text with a little mark-up of its own |
//! | `links` | what lies elsewhere |
//! | `signed` | content wrapped in a signature (S/MIME) |
//!
//! Field values are read by mail-parser. The structure is read here: a reader that has to lose nothing needs
//! the text before, between and after the parts, and parts whose boundaries are wrong.

pub(crate) mod block;
mod blocks;
mod body;
pub(crate) mod fields;
mod flow;
pub(crate) mod known;
pub(crate) mod lines;
mod links;
mod mime;
pub(crate) mod openpgp;
pub(crate) mod outer;
pub(crate) mod signed;
pub(crate) mod transfer;
mod words;

pub(crate) use lines::lines;
pub(crate) use mime::ENCRYPTED;
pub(crate) use transfer::{BINHEX, push_base64};

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::headers::Headers;
use super::isolate;
use super::item::{Exception, ExceptionReason};
use super::ledger::Unread;
use super::reading::Reading;

pub(crate) const EXTRACTOR: &str = "mail-parser/0.11.9 candor-mail/3";
pub(crate) const EXTRACTOR_HTML: &str = "mail-parser/0.11.9 candor-mail/3 html2text/0.17.4";
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
    /// Only the headers are to be relied upon.
    pub obstacle: Option<(ExceptionReason, &'static str)>,
}

/// Reads a message.
pub(crate) fn read(bytes: &[u8]) -> Result<MessageRead, Exception> {
    let problem = |reason, detail: String| Err(Exception { reason, detail });
    let nested = NESTED.find_iter(bytes).count();
    let boundaries = BOUNDARY.find_iter(bytes).count();
    if nested > MAX_NESTED || boundaries > MAX_BOUNDARIES {
        return problem(
            ExceptionReason::TooDeep,
            format!(
                "it has {nested} messages within messages and {boundaries} multipart boundaries; review it by hand"
            ),
        );
    }
    let parsed = if nested + boundaries > SUSPICIOUS {
        isolate::catch_on_stack(BIG_STACK, || parse(bytes))
    } else {
        isolate::catch(|| parse(bytes))
    };
    parsed.or_else(|panic| {
        problem(
            ExceptionReason::ReaderFailed,
            format!("the mail reader failed on it ({panic}); review it by hand"),
        )
    })
}

static NESTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i-u)message\s*/\s*(?:rfc822|global)|/\s*digest").expect("constant expression")
});
static BOUNDARY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i-u)\bboundary\s*[*=]").expect("constant expression"));

fn parse(bytes: &[u8]) -> MessageRead {
    let peeled = outer::peel(bytes);
    let raw = match peeled
        .from_line
        .then(|| super::mbox::unquoted(&peeled.bytes))
    {
        Some(Some(unquoted)) => unquoted.into(),
        _ => peeled.bytes,
    };
    let mut block = block::split(&raw);
    if !known::has_mail_field(&block.header) {
        // Only called a message: what looks like a header is its text.
        block = block::Block {
            header: (&[]).into(),
            body: &raw,
            stray: Vec::new(),
            mended: false,
        };
    }
    let headers = Headers::read(&block.header);
    let mut walk = mime::Walk::new(peeled.recoded);
    walk.ledger.append(headers.ledger.clone());
    walk.message(&block);
    if headers.date.is_empty() && !headers.date_shown.is_empty() {
        let detail = format!(
            "the date \"{}\" could not be understood",
            headers.date_shown
        );
        walk.ledger.add(Unread::Fact, detail);
    }
    finish(walk, Some(headers))
}

/// Reads what is the content of a message without its own header: what a signature was made over.
pub(crate) fn read_content(bytes: &[u8]) -> MessageRead {
    let block = block::split(bytes);
    let mut walk = mime::Walk::new(false);
    walk.message(&block);
    finish(walk, None)
}

fn finish(mut walk: mime::Walk, headers: Option<Headers>) -> MessageRead {
    let body = body::assemble(&walk.sections);
    links::report(&mut walk, &body.text);
    let obstacle = walk.obstacle.or_else(|| {
        let only = walk.sealed && body.text.trim().is_empty() && walk.children.is_empty();
        only.then_some((ExceptionReason::Encrypted, ENCRYPTED))
    });
    if walk.sealed && obstacle.is_none() {
        walk.ledger.add(
            Unread::Encrypted,
            "a part of the text is encrypted; decrypt it with the recipient's key",
        );
    }
    let children = match obstacle {
        None => walk.children,
        Some(_) => Vec::new(),
    };
    MessageRead {
        reading: Reading {
            headers,
            text: body.text,
            children,
            ledger: walk.ledger,
            ..Reading::default()
        },
        extractor: if body.used_html {
            EXTRACTOR_HTML
        } else {
            EXTRACTOR
        },
        obstacle,
    }
}

/// Whether bytes are the content of a message without its own header: they begin with fields of content.
pub(crate) fn is_content(bytes: &[u8]) -> bool {
    let block = block::split(bytes);
    lines(&block.header).any(|line| {
        line.get(..12)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"content-type"))
    })
}

/// What lies in a plain text besides text: encoded files, armour, the parts of a message. `None`: nothing.
pub(crate) fn within(text: &str) -> Option<Reading> {
    let pieces = blocks::pieces(text);
    if !pieces
        .iter()
        .any(|piece| !matches!(piece, blocks::Piece::Text(_)))
    {
        return None;
    }
    // Encoded text that was decoded is part of the text, and of nothing else.
    let decoded = pieces
        .iter()
        .any(|piece| matches!(piece, blocks::Piece::File { .. }));
    drop(pieces);
    let mut walk = mime::Walk::new(true);
    walk.plain_text(text);
    let body = body::assemble(&walk.sections);
    if walk.sealed {
        walk.ledger.add(
            Unread::Encrypted,
            "a part of the text is encrypted; decrypt it with the owner's key",
        );
    }
    let found = decoded
        || !walk.children.is_empty()
        || !walk.ledger.is_empty()
        || body.text.len() * 2 < text.len();
    found.then_some(Reading {
        text: body.text,
        children: walk.children,
        ledger: walk.ledger,
        ..Reading::default()
    })
}
