//! Looking at a folder before committing to it.

use super::progress::Channel;
use crate::commit::report::TypeCount;
use crate::ingest::{self, IngestOptions, Selection, Source};
use crate::progress::{Progress, Unit};
use crate::tui::event::{Ended, Event, Outcome};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// Most exceptions that are listed.
const LISTED: usize = 200;

/// The reason of an item that was read but has no vector in the forms of a commitment.
const NO_FORM: &str = "no_form";

/// What is in a folder, as far as it has been looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Items: files, messages of mailboxes, attachments.
    pub items: u64,
    /// By media type.
    pub types: BTreeMap<String, TypeCount>,
    /// Items with the bytes of an earlier one.
    pub duplicates: u64,
    /// All exceptions, by reason.
    pub reasons: BTreeMap<String, u64>,
    /// The first of them.
    pub exceptions: Vec<FoundException>,
}

/// An item that will be an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundException {
    /// Its path.
    pub path: String,
    /// The reason's code.
    pub reason: String,
    /// What is wrong.
    pub detail: String,
}

/// What a scan needs to keep of an item.
struct Seen {
    path: String,
    media_type: String,
    size: u64,
    hash: [u8; 32],
    exception: Option<(String, String)>,
}

pub(super) fn scan(folder: &Path, skip_hidden: bool, progress: &Channel) -> Ended {
    let options = IngestOptions {
        skip_hidden,
        ..IngestOptions::default()
    };
    progress.begin("Listing files", None, Unit::Items);
    let files = match ingest::corpus::open(folder, &Selection::default(), &options) {
        Ok(corpus) => corpus.sources,
        Err(error) => return Ended::Failed(error.to_string()),
    };
    let total = files.iter().map(Source::bytes).sum();
    progress.begin("Looking at files", Some(total), Unit::Bytes);
    let mut found = Found::default();
    let mut hashes = HashSet::new();
    for chunk in files.chunks(32) {
        if progress.cancelled() {
            return Ended::Cancelled("stopped; nothing was written".to_owned());
        }
        let seen: Vec<Vec<Seen>> = chunk
            .par_iter()
            .map(|file| {
                let families = ingest::read(file, &options);
                families.flatten().map(Seen::of).collect()
            })
            .collect();
        for (file, items) in chunk.iter().zip(seen) {
            found.files += 1;
            found.bytes += file.bytes();
            items
                .into_iter()
                .for_each(|item| found.add(item, &mut hashes));
        }
        progress.advance(chunk.iter().map(Source::bytes).sum());
        let now = found.clone();
        progress.send(|id| Event::Found(id, now));
    }
    Ended::Ok(Outcome::Scanned(found))
}

impl Seen {
    fn of(raw: ingest::RawItem) -> Self {
        Seen {
            size: raw.bytes.len() as u64,
            hash: Sha256::digest(&raw.bytes).into(),
            path: raw.path,
            media_type: raw.media_type,
            exception: match raw.exception {
                Some(e) => Some((e.reason.id().to_owned(), e.detail)),
                None if raw.text.is_none() => Some((
                    NO_FORM.to_owned(),
                    "there is no text in it; a person has to look".to_owned(),
                )),
                None => None,
            },
        }
    }
}

impl Found {
    fn add(&mut self, item: Seen, hashes: &mut HashSet<[u8; 32]>) {
        self.items += 1;
        let kind = self.types.entry(item.media_type).or_default();
        kind.items += 1;
        kind.bytes += item.size;
        if item.size > 0 && !hashes.insert(item.hash) {
            self.duplicates += 1;
        }
        if let Some((reason, detail)) = item.exception {
            *self.reasons.entry(reason.clone()).or_default() += 1;
            if self.exceptions.len() < LISTED {
                self.exceptions.push(FoundException {
                    path: item.path,
                    reason,
                    detail,
                });
            }
        }
    }
}
