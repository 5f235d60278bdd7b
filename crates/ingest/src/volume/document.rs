//! Reading the documents of a load file.

use super::super::charset;
use super::super::detect::Content;
use super::super::family::{FamilyBuilder, Input, too_large_file};
use super::super::file::{SourceFile, SourceStatus};
use super::super::html;
use super::super::inside;
use super::super::item::{ExceptionReason, Family, ItemKind, RawItem};
use super::super::ledger::Unread;
use super::super::limits::{IngestOptions, human_bytes};
use md5::Md5;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::io::{self, Read};

/// Recorded as the extractor of text that came with a load file.
pub const GIVEN_TEXT: &str = "candor-given-text/2 encoding_rs/0.8.44";

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// There is none.
    None,
    /// To this file.
    Found(SourceFile),
    /// To this path, where nothing is.
    Missing(String),
    /// It is what it would lead to: the text itself.
    Inline(String),
}

impl Link {
    /// The place it names.
    pub fn path(&self) -> Option<&str> {
        match self {
            Link::None | Link::Inline(_) => None,
            Link::Found(file) => Some(&file.rel),
            Link::Missing(path) => Some(path),
        }
    }

    fn file(&self) -> Option<&SourceFile> {
        match self {
            Link::Found(file) => Some(file),
            _ => None,
        }
    }
}

/// A row, resolved.
#[derive(Clone, Debug)]
pub(super) struct ListedDocument {
    pub path: String,
    /// Index within the family.
    pub parent: Option<usize>,
    /// Whether the load file lists documents attached to it.
    pub attachments: bool,
    pub native: Link,
    pub text: Link,
    /// Texts of further columns.
    pub more: Vec<Link>,
    pub facts: Vec<(&'static str, String)>,
    pub warnings: Vec<String>,
    /// MD5 and SHA-256 as the load file states them.
    pub hashes: [String; 2],
}

/// Documents of a load file that belong together, parents first.
#[derive(Clone, Debug)]
pub struct ListedFamily {
    documents: Vec<ListedDocument>,
    len: u64,
}

impl ListedFamily {
    pub(super) fn new(documents: Vec<ListedDocument>) -> Self {
        let links = documents
            .iter()
            .flat_map(|document| [&document.native, &document.text]);
        let len = links.filter_map(Link::file).map(|file| file.len).sum();
        ListedFamily { documents, len }
    }

    /// Bytes of its files.
    pub fn bytes(&self) -> u64 {
        self.len
    }

    /// The path of its first document.
    pub fn path(&self) -> &str {
        self.documents.first().map_or("", |first| &first.path)
    }

    /// The native file of the document with that path.
    pub fn native(&self, path: &str) -> Option<&SourceFile> {
        let mut documents = self.documents.iter();
        documents
            .find(|document| document.path == path)?
            .native
            .file()
    }

    /// Reads the family. Never empty and never an error, like [`super::super::read_source`].
    pub fn read(&self, options: &IngestOptions) -> Family {
        let listed = self.listed_children(options);
        let mut family: Family = Vec::new();
        let mut places = Vec::with_capacity(self.documents.len());
        let mut bytes = 0u64;
        for document in &self.documents {
            let first = family.len();
            places.push(first);
            let size: u64 = [&document.native, &document.text]
                .into_iter()
                .filter_map(Link::file)
                .map(|f| f.len)
                .sum();
            bytes = bytes.saturating_add(size);
            let mut items = if first > 0 && bytes > options.max_family_bytes {
                let limit = human_bytes(options.max_family_bytes);
                let detail = format!(
                    "not read: with it the family exceeds {limit}; raise --max-family-size, or review it by hand"
                );
                vec![RawItem::failed(
                    document.path.clone(),
                    ExceptionReason::TooLarge,
                    detail,
                )]
            } else {
                document.read(options)
            };
            if document.attachments {
                keep_unlisted(&mut items, &listed[places.len() - 1]);
            }
            for (at, item) in items.iter_mut().enumerate() {
                item.parent = match at {
                    0 => document.parent.map(|parent| places[parent]),
                    _ => item.parent.map(|parent| first + parent),
                };
            }
            document.describe(&mut items[0]);
            family.append(&mut items);
        }
        family
    }
}

/// What tells an attachment that has a row: hashes of files, and their names.
#[derive(Debug, Default)]
struct Listed {
    count: usize,
    hashes: HashSet<[u8; 32]>,
    names: HashSet<String>,
}

impl ListedFamily {
    /// For every document what the load file lists as attached to it, directly.
    fn listed_children(&self, options: &IngestOptions) -> Vec<Listed> {
        let mut listed: Vec<Listed> = self.documents.iter().map(|_| Listed::default()).collect();
        for document in &self.documents {
            let Some(parent) = document.parent else {
                continue;
            };
            let entry = &mut listed[parent];
            entry.count += 1;
            let called = document.facts.iter().filter(|(key, _)| *key == "file_name");
            entry
                .names
                .extend(called.map(|(_, name)| name.to_lowercase()));
            if let Some(file) = document.native.file() {
                entry.names.insert(name(file).to_lowercase());
                if let Ok(bytes) = load(file, &document.path, options) {
                    entry.hashes.insert(Sha256::digest(&bytes).into());
                }
            }
        }
        listed
    }
}

/// Of what a native contains, keeps what the load file does not list. Attachments may be listed in another form (text
/// for a calendar entry, a picture for a page): as long as there are no more of them inside than are listed, they are
/// taken to be those.
fn keep_unlisted(items: &mut Family, listed: &Listed) {
    let direct: Vec<usize> = (1..items.len())
        .filter(|at| items[*at].parent == Some(0))
        .collect();
    let has_row = |at: usize| {
        let item = &items[at];
        let digest: [u8; 32] = Sha256::digest(&item.bytes).into();
        let called = item
            .metadata
            .get("file_name")
            .map(|name| name.to_lowercase());
        (!item.bytes.is_empty() && listed.hashes.contains(&digest))
            || called.is_some_and(|name| listed.names.contains(&name))
    };
    let mut kept: Vec<usize> = direct.iter().copied().filter(|at| !has_row(*at)).collect();
    let matched = direct.len() - kept.len();
    if kept.len() <= listed.count.saturating_sub(matched) {
        kept.clear();
    }
    let mut keep = vec![false; items.len()];
    keep[0] = true;
    for at in 1..items.len() {
        keep[at] = match items[at].parent {
            Some(0) | None => kept.contains(&at),
            Some(parent) => keep[parent],
        };
    }
    if !kept.is_empty() {
        let detail = format!(
            "{} files inside have no row in the load file; they were read",
            kept.len()
        );
        items[0].unread(Unread::Fact, detail);
    }
    let mut new_index = vec![0; items.len()];
    let (mut next, mut result) = (0, Family::new());
    for (at, mut item) in std::mem::take(items).into_iter().enumerate() {
        if !keep[at] {
            continue;
        }
        new_index[at] = next;
        next += 1;
        item.parent = item.parent.map(|parent| new_index[parent]);
        result.push(item);
    }
    *items = result;
}

impl ListedDocument {
    /// The document, and what it contains where the load file does not list that.
    fn read(&self, options: &IngestOptions) -> Family {
        let native = match &self.native {
            Link::None | Link::Inline(_) => None,
            Link::Missing(path) => return vec![self.missing("native file", path)],
            Link::Found(file) => match load(file, &self.path, options) {
                Ok(bytes) => Some((file, bytes)),
                Err(item) => return vec![*item],
            },
        };
        let text = match &self.text {
            Link::None => None,
            Link::Inline(text) => Some((None, text.clone().into_bytes())),
            Link::Missing(path) => {
                let mut item = self.missing("text file", path);
                if let Some((file, bytes)) = native {
                    (item.kind, item.media_type) = inside::kind_of(&bytes, name(file));
                    item.bytes = bytes;
                }
                return vec![item];
            }
            Link::Found(file) => match load(file, &self.path, options) {
                Ok(bytes) => Some((Some(file), bytes)),
                Err(item) => return vec![*item],
            },
        };
        match (native, text) {
            (None, None) => {
                let detail =
                    "the load file names neither its native file nor its text; ask for them";
                vec![RawItem::failed(
                    self.path.clone(),
                    ExceptionReason::Missing,
                    detail,
                )]
            }
            (Some((file, bytes)), None) => {
                let mut builder = FamilyBuilder::new(options);
                builder.add(Input {
                    path: self.path.clone(),
                    name: name(file).to_owned(),
                    bytes,
                    ..Input::default()
                });
                builder.finish()
            }
            (native, Some((text_file, text))) => {
                let has_native = native.is_some();
                let (file, bytes) = match native {
                    Some((file, bytes)) => (Some(file), bytes),
                    None => (text_file, text.clone()),
                };
                let called = file.map_or("text.txt", name);
                let (kind, media) = inside::kind_of(&bytes, called);
                let mut item = RawItem::new(self.path.clone(), kind, &media);
                item.bytes = bytes;
                // The text of a load file is decoded already, whatever it may look like.
                let declared = text_file.is_none().then_some("utf-8");
                let decoded = charset::decode(&text, declared);
                item.extractor = GIVEN_TEXT.to_owned();
                if text_file.is_some() {
                    decoded.tell(&mut item.ledger);
                    item.note("text_charset", decoded.charset);
                }
                let mut given = said(&text, decoded.text, &mut item);
                self.further(&mut given, &mut item, options);
                if given.trim().is_empty() {
                    item.fail(
                        ExceptionReason::NoText,
                        "the text that came with it is empty; run text recognition, or review it by hand",
                    );
                } else {
                    item.text = Some(given);
                }
                let inside = match has_native && may_contain(kind) {
                    true => self.inside(&mut item, called, options),
                    false => Vec::new(),
                };
                let mut builder = FamilyBuilder::new(options);
                builder.push(item);
                let mut items = builder.finish();
                items.extend(inside);
                items
            }
        }
    }

    /// Adds what further columns of texts say that the first does not.
    fn further(&self, given: &mut String, item: &mut RawItem, options: &IngestOptions) {
        for link in &self.more {
            let (bytes, declared) = match link {
                Link::None => continue,
                Link::Inline(text) => (text.clone().into_bytes(), Some("utf-8")),
                Link::Missing(path) => {
                    let detail = format!("the further text file {path} is not in the volume");
                    item.unread(Unread::External, detail);
                    continue;
                }
                Link::Found(file) => match load(file, &self.path, options) {
                    Ok(bytes) => (bytes, None),
                    Err(failed) => {
                        let why = failed.exception.map_or(String::new(), |e| e.detail);
                        item.unread(Unread::Embedded, format!("a further text: {why}"));
                        continue;
                    }
                },
            };
            let decoded = charset::decode(&bytes, declared);
            decoded.tell(&mut item.ledger);
            let more = said(&bytes, decoded.text, item);
            let words = |text: &str| {
                text.split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            if !more.trim().is_empty() && words(&more) != words(given) {
                if !given.is_empty() {
                    given.push_str("\n\n");
                }
                given.push_str(&more);
            }
        }
    }

    /// What a native contains whose text came with it: the text is of the native alone, its attachments are not in
    /// it. The first item is left out.
    fn inside(&self, item: &mut RawItem, name: &str, options: &IngestOptions) -> Vec<RawItem> {
        let mut builder = FamilyBuilder::new(options);
        builder.add(Input {
            path: self.path.clone(),
            name: name.to_owned(),
            bytes: item.bytes.clone(),
            ..Input::default()
        });
        let mut items = builder.finish();
        let head = items.remove(0);
        if let Some(exception) = head.exception
            && !matches!(
                exception.reason,
                ExceptionReason::NoText | ExceptionReason::Unsupported
            )
        {
            let detail = format!("what is attached to the native, if anything ({exception})");
            item.unread(Unread::Embedded, detail);
        }
        let embedded = head
            .ledger
            .entries()
            .filter(|(code, _)| *code == Unread::Embedded);
        for (code, entry) in embedded {
            item.ledger.add_many(code, entry.count, &entry.detail);
        }
        items
    }

    fn missing(&self, what: &str, path: &str) -> RawItem {
        let detail = format!(
            "the load file names the {what} {path}, which is not in the volume; restore it and commit again, or review it by hand"
        );
        RawItem::failed(self.path.clone(), ExceptionReason::Missing, detail)
    }

    /// Adds what the load file says about the document.
    fn describe(&self, item: &mut RawItem) {
        for (key, value) in &self.facts {
            if value.contains('\0') {
                item.unread(
                    Unread::Replaced,
                    format!("zero bytes in {key} were left out"),
                );
            }
            item.note(key, value.replace('\0', ""));
        }
        for warning in &self.warnings {
            item.unread(Unread::Fact, warning);
        }
        if !matches!(self.native, Link::Found(_)) || item.bytes.is_empty() {
            return;
        }
        let found = [
            hex::encode(Md5::digest(&item.bytes)),
            hex::encode(Sha256::digest(&item.bytes)),
        ];
        for ((stated, found), name) in self.hashes.iter().zip(found).zip(["MD5", "SHA-256"]) {
            if !stated.is_empty() && *stated != found {
                let detail = format!("its {name} is not the one in the load file");
                item.unread(Unread::Fact, detail);
            }
        }
    }
}

/// A text that came with a load file: one that is a web page says what the page says.
fn said(bytes: &[u8], text: String, item: &mut RawItem) -> String {
    if bytes.contains(&0) && std::str::from_utf8(bytes).is_ok() {
        item.unread(Unread::Replaced, "zero bytes in the text were left out");
    }
    match inside::content(bytes, "text.txt") {
        Content::Html => html::to_text(&text),
        _ => text,
    }
}

/// Whether natives of that kind have attachments or files inside.
fn may_contain(kind: ItemKind) -> bool {
    matches!(
        kind,
        ItemKind::Mail | ItemKind::Document | ItemKind::Archive
    )
}

fn name(file: &SourceFile) -> &str {
    file.rel.rsplit('/').next().unwrap_or_default()
}

/// The bytes of a file, or the exception that they are.
fn load(file: &SourceFile, path: &str, options: &IngestOptions) -> Result<Vec<u8>, Box<RawItem>> {
    if file.status != SourceStatus::Regular {
        let detail = format!(
            "{} is a link, a device or out of reach; put a readable file there",
            file.rel
        );
        return Err(Box::new(RawItem::failed(
            path.to_owned(),
            ExceptionReason::Unreadable,
            detail,
        )));
    }
    let read = || -> io::Result<Result<Vec<u8>, RawItem>> {
        let mut bytes = Vec::new();
        let opened = file.open()?;
        let mut source = opened.file;
        (&mut source)
            .take(options.max_item_bytes.saturating_add(1))
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 > options.max_item_bytes {
            return Ok(Err(too_large_file(
                path.to_owned(),
                bytes,
                source,
                options.max_item_bytes,
            )?));
        }
        Ok(Ok(bytes))
    };
    match read() {
        Ok(bytes) => bytes.map_err(Box::new),
        Err(error) => {
            let detail = format!(
                "{}: {error}; check the permissions and the disk, then commit again",
                file.rel
            );
            Err(Box::new(RawItem::failed(
                path.to_owned(),
                ExceptionReason::Unreadable,
                detail,
            )))
        }
    }
}
