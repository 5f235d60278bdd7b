//! The tree of a message's parts, read leniently: which are the body, which are attached, and the text
//! before, between and after them.

use std::borrow::Cow;

use super::block::{self, Block};
use super::blocks::{self, Piece};
use super::fields::Fields;
use super::flow;
use super::transfer::{self, Content as Decoded};
use super::{lines, signed};
use crate::charset;
use crate::detect::{self, Content};
use crate::headers::Headers;
use crate::html;
use crate::item::ExceptionReason;
use crate::ledger::{Ledger, Unread};
use crate::reading::Child;
use crate::textual::{HEAD, is_textual};

/// What is said of cipher text.
pub(crate) const ENCRYPTED: &str =
    "the message is encrypted; decrypt it with the recipient's key and add the result";

/// How deep parts within parts are looked for.
const MAX_DEPTH: usize = 60;
/// How deep structures are looked for that nothing declares.
const MAX_FOUND: usize = 6;

/// A piece of the body, in the order of the message.
pub(crate) struct Section {
    pub text: String,
    pub html: bool,
    /// The alternatives that it is one of.
    pub group: Option<usize>,
}

/// What has been found in a message so far.
pub(crate) struct Walk {
    pub sections: Vec<Section>,
    pub children: Vec<Child>,
    pub ledger: Ledger,
    /// What keeps the message as a whole from being read.
    pub obstacle: Option<(ExceptionReason, &'static str)>,
    /// Cipher text lies in the text.
    pub sealed: bool,
    /// Web pages as they stand: what they link to is looked at later.
    pub pages: Vec<String>,
    recoded: bool,
    groups: usize,
}

/// Where a part lies.
#[derive(Clone, Copy, Default)]
struct Place {
    depth: usize,
    /// How many structures were found that nothing declares.
    found: usize,
    group: Option<usize>,
    /// A part of something that belongs together with the first of its parts.
    beside: bool,
    /// The only content of the message.
    root: bool,
    /// Parts without a type are messages.
    digest: bool,
}

/// Text with a simple mark-up of its own (RFC 1896 and what was before it).
fn is_enriched(kind: &str) -> bool {
    matches!(kind, "text/enriched" | "text/richtext")
}

/// Whether some bytes are a file of a kind that no text begins like.
fn is_packed(bytes: &[u8]) -> bool {
    !matches!(
        detect::detect(bytes, ""),
        Content::Empty
            | Content::Text(_)
            | Content::Html
            | Content::Mail
            | Content::Mbox
            | Content::Unknown
    ) && !is_textual(&bytes[..bytes.len().min(HEAD)])
}

/// A file in base64 of which nothing says that it is: the header was lost, or never written.
fn undeclared_base64(fields: &Fields, bytes: &[u8]) -> Option<Vec<u8>> {
    let typed = ["text/", "message/", "multipart/"];
    if bytes.len() < 40
        || fields.kind.is_empty()
        || typed.iter().any(|kind| fields.kind.starts_with(kind))
        || !lines(bytes).all(|line| line.trim_ascii().is_empty() || transfer::is_base64(line))
    {
        return None;
    }
    let mut decoded = Vec::with_capacity(bytes.len() / 4 * 3);
    transfer::push_base64(&mut decoded, bytes.iter().copied());
    is_packed(&decoded).then_some(decoded)
}

impl Walk {
    pub fn new(recoded: bool) -> Self {
        Self {
            sections: Vec::new(),
            children: Vec::new(),
            ledger: Ledger::default(),
            obstacle: None,
            sealed: false,
            pages: Vec::new(),
            recoded,
            groups: 0,
        }
    }

    /// Reads the content of a message whose header has been taken off.
    pub fn message(&mut self, block: &Block<'_>) {
        let place = Place {
            root: true,
            ..Place::default()
        };
        self.part(block, place);
    }

    /// Reads text that is no message.
    pub fn plain_text(&mut self, text: &str) {
        self.scan(text, Place::default());
    }

    fn part(&mut self, block: &Block<'_>, place: Place) {
        let mut fields = Fields::read(&block.header);
        fields.settle(block.body);
        self.ledger.append(std::mem::take(&mut fields.ledger));
        if block.mended {
            self.ledger
                .add(Unread::Damaged, "a header was damaged and has been mended");
        }
        if !block.stray.trim_ascii().is_empty() {
            let stray = self.decode(&block.stray, &[]);
            self.text(stray, false, None);
        }
        self.content(&fields, block.body, place);
    }

    fn content(&mut self, fields: &Fields, body: &[u8], place: Place) {
        let elsewhere = !fields.elsewhere.is_empty();
        if elsewhere {
            self.elsewhere(fields);
        }
        if place.depth > MAX_DEPTH {
            self.ledger
                .add(Unread::Undecodable, "parts are nested too deeply");
            self.plain(body, fields, place);
            return;
        }
        let kind = match fields.kind.as_str() {
            "" if place.digest => "message/rfc822",
            kind => kind,
        };
        if fields.is_multipart() {
            self.multipart(fields, body, place);
            return;
        }
        match kind {
            "message/rfc822" | "message/global" | "message/news" => self.attach(fields, body, true),
            "message/partial" => {
                let of = |name| fields.parameter(name).unwrap_or("?");
                let detail = format!(
                    "it is part {} of {} of a longer message ({}); put the parts together and add the result",
                    of("number"),
                    of("total"),
                    of("id")
                );
                self.ledger.add(Unread::Truncated, detail);
                if of("number") == "1" {
                    // The first part begins with the header of the whole.
                    let block = block::split(body);
                    let headers = Headers::read(&block.header);
                    self.text(headers.shown(), false, None);
                    self.ledger.append(headers.ledger);
                    let place = Place {
                        depth: place.depth + 1,
                        root: true,
                        ..place
                    };
                    self.part(&block, place);
                } else {
                    self.plain(body, fields, place);
                }
            }
            "message/external-body" => {
                let shown = fields
                    .parameters
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}"));
                let shown: Vec<String> = shown
                    .chain((!fields.name.is_empty()).then(|| format!("name: {}", fields.name)))
                    .collect();
                self.ledger.add(
                    Unread::External,
                    format!("a body that lies elsewhere ({})", shown.join(", ")),
                );
                let text = self.decode(body, &[]);
                self.text(format!("{}\n{text}", shown.join("\n")), false, None);
            }
            "application/pkcs7-mime" | "application/x-pkcs7-mime" if place.root => {
                self.enveloped(fields, body, place);
            }
            "application/pgp-encrypted" => {
                let content = transfer::decode(body, &fields.encoding);
                // The part that only says which version it is.
                if content.bytes.len() > 200 {
                    self.attach(fields, body, false);
                }
            }
            "" | "text" | "text/plain" | "text/html" | "application/xhtml+xml"
                if self.is_body(fields, place) =>
            {
                self.readable(fields, body, place);
            }
            kind if is_enriched(kind) && self.is_body(fields, place) => {
                self.readable(fields, body, place);
            }
            "text/x-moz-deleted" => self.readable(fields, body, place),
            _ => self.attach(fields, body, false),
        }
    }

    /// Whether text is what a reader sees, or a document that came along.
    fn is_body(&self, fields: &Fields, place: Place) -> bool {
        !fields.attached && (place.root || !fields.type_name && !place.beside)
    }

    /// Text that belongs to the message.
    fn readable(&mut self, fields: &Fields, body: &[u8], place: Place) {
        let content = transfer::decode(body, &fields.encoding);
        // Said to be text, and is something else: what it is, its content says.
        if !content.bytes.starts_with(b"=y") && is_packed(&content.bytes) {
            self.attach(fields, body, false);
            return;
        }
        self.damage(&content, &fields.name);
        let is_html = fields.kind == "text/html" || fields.kind == "application/xhtml+xml";
        let mut declared = self.declared(fields, &content);
        if is_html {
            declared.extend(html::declared_charset(&content.bytes));
        }
        let (bytes, files) = transfer::without_yenc(&content.bytes);
        self.children.extend(files.into_iter().map(|block| {
            let mut ledger = Ledger::default();
            if !block.ended {
                ledger.add(Unread::Truncated, "the encoded file has no end");
            }
            Child {
                name: block.name,
                bytes: block.bytes,
                ledger,
                ..Child::default()
            }
        }));
        let mut text = self.decode(&bytes, &declared);
        if let Some(again) = transfer::undeclared_quoted_printable(&bytes) {
            let again = self.decode(&again, &declared);
            text = charset::both(&text, &again);
            self.ledger.add(
                Unread::Guessed,
                "it seems to be quoted-printable, which its header does not say; both readings are its text",
            );
        }
        if is_html {
            self.text(html::to_text(&text), true, place.group);
            html::style::tell(&text, &mut self.ledger);
            let embedded = html::embedded::files(&text, &mut self.ledger);
            self.children.extend(embedded);
            self.pages.push(text);
        } else if is_enriched(&fields.kind) {
            self.text(flow::unmarked(&text), false, place.group);
        } else if fields
            .parameter("delsp")
            .is_some_and(|said| said.eq_ignore_ascii_case("yes"))
        {
            self.scan(&flow::joined(&text), place);
        } else {
            self.scan(&text, place);
        }
        self.tail(&content, place);
    }

    fn plain(&mut self, body: &[u8], fields: &Fields, place: Place) {
        let declared: &[String] = if self.recoded { &[] } else { &fields.charsets };
        let text = self.decode(body, declared);
        self.scan(&text, place);
    }

    /// Text in the clear behind an encoded part.
    fn tail(&mut self, content: &Decoded<'_>, place: Place) {
        if !content.tail.trim_ascii().is_empty() {
            let text = self.decode(content.tail, &[]);
            self.scan(&text, place);
        }
    }

    fn decode(&mut self, bytes: &[u8], declared: &[String]) -> String {
        charset::decode_among(bytes, declared).told(&mut self.ledger)
    }

    /// The charsets that a part declares, unless its bytes have been brought into another one since.
    fn declared(&self, fields: &Fields, content: &Decoded<'_>) -> Vec<String> {
        let changed = self.recoded && matches!(content.bytes, Cow::Borrowed(_));
        match changed {
            true => Vec::new(),
            false => fields.charsets.clone(),
        }
    }

    fn damage(&mut self, content: &Decoded<'_>, name: &str) {
        if let Some((code, what)) = content.damage {
            match name {
                "" => self.ledger.add(code, what),
                name => self.ledger.add(code, format!("{name}: {what}")),
            }
        }
    }

    fn text(&mut self, text: String, html: bool, group: Option<usize>) {
        if !text.trim().is_empty() {
            self.sections.push(Section { text, html, group });
        }
    }

    /// Text in which files, armour and lost structures may lie.
    fn scan(&mut self, text: &str, place: Place) {
        let mut shown = String::new();
        for piece in blocks::pieces(text) {
            match piece {
                Piece::Text(text) => shown.push_str(text),
                Piece::Sealed(armour) => self.armour(armour, &mut shown, place),
                Piece::File { head, block } => {
                    if !head.is_empty() {
                        shown.push_str(head);
                        shown.push('\n');
                    }
                    if !block.ended {
                        let detail = format!("the encoded file {} has no end", block.name);
                        self.ledger
                            .add(Unread::Truncated, detail.replace("  ", " "));
                    }
                    // What was only encoded text is text.
                    let utf8 = std::str::from_utf8(&block.bytes).ok();
                    match utf8.filter(|text| head.is_empty() && readable(text)) {
                        Some(text) => {
                            shown.push_str(text);
                            shown.push('\n');
                        }
                        None if block.bytes.is_empty() => {}
                        None => self.children.push(Child {
                            name: block.name,
                            bytes: block.bytes,
                            ..Child::default()
                        }),
                    }
                }
                Piece::Parts(rest, boundary) if place.found < MAX_FOUND => {
                    self.text(std::mem::take(&mut shown), false, place.group);
                    let place = Place {
                        found: place.found + 1,
                        root: false,
                        beside: false,
                        digest: false,
                        ..place
                    };
                    let rest = rest.as_bytes().to_vec();
                    // The text has been decoded already.
                    let before = std::mem::replace(&mut self.recoded, true);
                    self.parts(&rest, &boundary, place, "mixed");
                    self.recoded = before;
                }
                Piece::Parts(rest, _) => shown.push_str(rest),
            }
        }
        self.text(shown, false, place.group);
    }

    /// Armoured content: S/MIME may be signed only.
    fn armour(&mut self, armour: &str, shown: &mut String, place: Place) {
        if !armour.starts_with("-----BEGIN PGP") {
            let mut bytes = Vec::new();
            let inner = armour
                .lines()
                .filter(|line| transfer::is_base64(line.as_bytes()));
            transfer::push_base64(&mut bytes, inner.flat_map(str::bytes));
            if let Ok(unwrapped) = signed::open(&bytes) {
                self.unwrapped(unwrapped, place);
                return;
            }
        }
        self.sealed = true;
        // Headers of armour may say something: "Comment: ...".
        for line in armour
            .lines()
            .skip(1)
            .take_while(|line| !line.trim().is_empty())
        {
            if line.contains(": ") && !line.starts_with("Version: ") {
                shown.push_str(line);
                shown.push('\n');
            }
        }
    }

    /// A message that is wrapped as a whole (S/MIME).
    fn enveloped(&mut self, fields: &Fields, body: &[u8], place: Place) {
        let content = transfer::decode(body, &fields.encoding);
        self.damage(&content, "");
        match signed::open(&content.bytes) {
            Ok(unwrapped) => self.unwrapped(unwrapped, place),
            Err(signed::Closed::Sealed) => {
                self.obstacle = Some((ExceptionReason::Encrypted, ENCRYPTED));
            }
            Err(_) => {
                let kind = fields.parameter("smime-type").unwrap_or_default();
                let wrapped = kind.starts_with("signed") || kind.starts_with("compressed");
                self.obstacle = Some(if wrapped {
                    (
                        ExceptionReason::Corrupt,
                        "its S/MIME envelope is damaged; unwrap it with a mail program and add the result",
                    )
                } else {
                    (ExceptionReason::Encrypted, ENCRYPTED)
                });
            }
        }
        self.tail(&content, place);
    }

    fn unwrapped(&mut self, unwrapped: signed::Opened, place: Place) {
        self.ledger.append(unwrapped.ledger);
        let place = Place {
            depth: place.depth + 1,
            ..place
        };
        self.part(&block::split(&unwrapped.content), place);
    }

    /// A part with a content of its own.
    fn attach(&mut self, fields: &Fields, body: &[u8], is_message: bool) {
        let mut content = transfer::decode(body, &fields.encoding);
        if let Some(bytes) = undeclared_base64(fields, &content.bytes) {
            content.bytes = Cow::Owned(bytes);
        }
        if is_message
            && content
                .damage
                .is_some_and(|(code, _)| code == Unread::Undecodable)
        {
            content.damage = None;
        }
        // An empty part without a name is a leftover of the mail program, not a document.
        if content.bytes.is_empty() && fields.name.is_empty() {
            return;
        }
        let mut ledger = Ledger::default();
        if let Some((code, what)) = content.damage {
            ledger.add(code, format!("{what}; ask for the attachment by itself"));
        }
        let named = |name: &str| {
            name.rsplit_once('.')
                .is_some_and(|(stem, end)| !stem.is_empty() && end.len() < 6)
        };
        let name = match fields.name.as_str() {
            "" if named(&fields.description)
                && !fields.description.contains(char::is_whitespace) =>
            {
                &fields.description
            }
            name => name,
        };
        self.children.push(Child {
            name: name.to_owned(),
            declared_type: fields.kind.clone(),
            charset: self.declared(fields, &content).into_iter().next(),
            content_id: fields.content_id.clone(),
            ledger,
            bytes: content.bytes.to_vec(),
            is_message,
            ..Child::default()
        });
        let signature = fields.kind.ends_with("-signature");
        if !signature && name != fields.description && !fields.description.trim().is_empty() {
            self.text(fields.description.clone(), false, None);
        }
        self.tail(&content, Place::default());
    }

    /// Content that a mail program has taken out.
    fn elsewhere(&mut self, fields: &Fields) {
        let said: Vec<&str> = fields
            .elsewhere
            .iter()
            .map(|(_, value)| value.as_str())
            .collect();
        let name = match fields.name.as_str() {
            "" => "an attachment",
            name => name,
        };
        self.ledger.add(
            Unread::External,
            format!("{name} was taken out of the message ({})", said.join(", ")),
        );
        let is_address =
            |(name, _): &&(String, String)| name.ends_with("-url") || name.ends_with("-part");
        let addresses: Vec<&str> = fields
            .elsewhere
            .iter()
            .filter(is_address)
            .map(|(_, value)| value.as_str())
            .collect();
        self.text(addresses.join("\n"), false, None);
    }

    fn multipart(&mut self, fields: &Fields, body: &[u8], place: Place) {
        // A transfer encoding over all parts is forbidden, and met.
        let encoding = fields.encoding.to_ascii_lowercase();
        let decoded = match encoding.trim() {
            "base64" | "quoted-printable"
                if !fields
                    .boundary
                    .as_deref()
                    .is_some_and(|b| has_boundary(body, b)) =>
            {
                transfer::decode(body, &encoding).bytes
            }
            _ => Cow::Borrowed(body),
        };
        let declared = fields
            .boundary
            .clone()
            .filter(|b| has_boundary(&decoded, b));
        let mut subtype = fields
            .kind
            .split_once('/')
            .map_or("mixed", |(_, subtype)| subtype);
        if subtype == "encrypted" && place.root {
            self.obstacle = Some((ExceptionReason::Encrypted, ENCRYPTED));
            return;
        }
        let boundary = match declared {
            Some(boundary) => boundary,
            None => match guess(&decoded) {
                Some(boundary) => {
                    self.ledger.add(
                        Unread::Damaged,
                        "its parts are not divided as its header says; the lines that divide them were guessed",
                    );
                    boundary
                }
                None => {
                    if !decoded.trim_ascii().is_empty() {
                        self.ledger.add(
                            Unread::Damaged,
                            "the parts that its header declares are not there",
                        );
                    }
                    self.plain(
                        &decoded,
                        fields,
                        Place {
                            root: false,
                            ..place
                        },
                    );
                    return;
                }
            },
        };
        if subtype.is_empty() {
            subtype = "mixed";
        }
        self.parts(&decoded, &boundary, place, subtype);
    }

    /// Reads the parts in `body`, with what stands before and after them.
    fn parts(&mut self, body: &[u8], boundary: &str, place: Place, subtype: &str) {
        let split = split(body, boundary);
        let group = match subtype {
            "alternative" if place.group.is_none() => {
                self.groups += 1;
                Some(self.groups)
            }
            _ => place.group,
        };
        let inner = Place {
            depth: place.depth + 1,
            group,
            root: false,
            beside: false,
            digest: subtype == "digest",
            ..place
        };
        let aside = Place {
            depth: place.depth + 1,
            found: place.found + 1,
            ..Place::default()
        };
        if !is_boilerplate(split.before) {
            let text = self.decode(split.before, &[]);
            self.scan(&text, aside);
        }
        for (number, part) in split.parts.iter().enumerate() {
            let place = Place {
                beside: subtype == "related" && number > 0,
                ..inner
            };
            self.part(&block::split(part), place);
        }
        if !split.after.trim_ascii().is_empty() {
            let text = self.decode(split.after, &[]);
            self.scan(&text, aside);
        }
        // What nothing declares may be quoted, and only in part.
        if !split.closed && place.found == 0 {
            self.ledger.add(
                Unread::Truncated,
                "the line that ends its parts is missing: it may be cut off",
            );
        }
    }
}

/// Whether decoded bytes are prose.
fn readable(text: &str) -> bool {
    let odd = text
        .chars()
        .filter(|c| c.is_control() && !c.is_whitespace())
        .count();
    text.contains(char::is_whitespace) && odd == 0
}

/// The pieces of a body.
struct Split<'a> {
    before: &'a [u8],
    parts: Vec<&'a [u8]>,
    after: &'a [u8],
    /// Whether the closing boundary was there.
    closed: bool,
}

/// What a line is, as far as `boundary` goes: `Some(true)` for the closing one.
fn delimiter(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    match rest.trim_ascii() {
        b"" => Some(false),
        b"--" => Some(true),
        // Text that follows the closing line without a line end.
        other if other.starts_with(b"--") && rest.starts_with(b"--") => Some(true),
        _ => None,
    }
}

fn has_boundary(body: &[u8], boundary: &str) -> bool {
    lines(body).any(|line| delimiter(line, boundary.as_bytes()).is_some())
}

fn split<'a>(body: &'a [u8], boundary: &str) -> Split<'a> {
    let boundary = boundary.as_bytes();
    let mut out = Split {
        before: body,
        parts: Vec::new(),
        after: b"",
        closed: false,
    };
    let mut from: Option<usize> = None;
    let mut at = 0;
    for line in lines(body) {
        let start = at;
        at += line.len();
        let Some(closing) = delimiter(line, boundary) else {
            continue;
        };
        match from {
            Some(from) => out.parts.push(without_line_end(&body[from..start])),
            None => out.before = &body[..start],
        }
        from = Some(at);
        if closing {
            let glued =
                line.len() - line.strip_prefix(b"--").map_or(0, <[u8]>::len) + boundary.len() + 2;
            let after = &body[start + glued.min(line.len())..];
            // Some programs go on after the closing line: that is another part.
            match lines(after).any(|line| delimiter(line, boundary).is_some()) {
                true => from = None,
                false => {
                    out.after = after;
                    out.closed = true;
                    return out;
                }
            }
            out.closed = true;
        }
    }
    if let Some(from) = from {
        out.parts.push(&body[from.min(body.len())..]);
        out.closed = false;
    }
    out
}

/// The line end before a boundary belongs to the boundary.
fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// The boundary that the body itself uses, where the header names none or another one.
fn guess(body: &[u8]) -> Option<String> {
    let mut all = lines(body).peekable();
    while let Some(line) = all.next() {
        let Some(name) = line.strip_prefix(b"--") else {
            continue;
        };
        let name = name.trim_ascii_end();
        let next = all.peek().copied().unwrap_or_default();
        let header = next
            .get(..8)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"content-"));
        if !name.is_empty() && name.len() <= 200 && header && !name.ends_with(b"--") {
            return String::from_utf8(name.to_vec()).ok();
        }
    }
    None
}

/// Sentences that mail programs write for those that cannot read MIME.
fn is_boilerplate(text: &[u8]) -> bool {
    const KNOWN: [&str; 15] = [
        "this is a multipart mime message",
        "this is a multi-part message in mime format",
        "this is a multipart message in mime format",
        "this is a multi part message in mime format",
        "this is a cryptographically signed message in mime format",
        "this is a mime-encapsulated message",
        "this is a mime encapsulated message",
        "this is a mime encoded message",
        "this is an openpgp/mime signed message (rfc 4880 and 3156)",
        "this is an openpgp/mime signed message (rfc 2440 and 3156)",
        "this message is in mime format",
        "since your mail reader does not understand this format, some or all of this message may not be legible",
        "the first part should be readable text, while the remaining parts are likely unreadable without mime-aware tools",
        "if you are reading this, your mail reader may not support mime",
        "mime message",
    ];
    if text.trim_ascii().is_empty() {
        return true;
    }
    if text.len() > 1000 {
        return false;
    }
    let text = String::from_utf8_lossy(text).to_lowercase();
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for known in KNOWN {
        text = text.replace(known, "");
    }
    !text.contains(char::is_alphanumeric)
}
