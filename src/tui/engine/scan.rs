//! Looking at a folder before committing to it.

use super::progress::Channel;
use crate::commit::NO_FORM;
use crate::commit::report::TypeCount;
use crate::ingest::{self, IngestOptions, ItemKind, Selection, Source};
use crate::item::Form;
use crate::progress::{Progress, Unit};
use crate::tui::event::{Ended, Event, Outcome};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// Most exceptions that are listed.
const LISTED: usize = 200;

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
    /// Items that have text.
    pub texts: u64,
    /// Pictures.
    pub pictures: u64,
    /// Items that were read and have neither.
    pub neither: u64,
    /// All that cannot be read, by reason.
    pub reasons: BTreeMap<String, u64>,
    /// The first of them, and of those with neither text nor picture.
    pub exceptions: Vec<FoundException>,
}

/// The forms that a commitment will have if none are named, judging by what is there: every form that
/// occurs, and the text form where none does.
pub fn default_forms(found: &Found) -> Vec<Form> {
    let text = found.texts > 0 || found.pictures == 0;
    let wanted = |form: &Form| {
        if form.is_text() {
            text
        } else {
            found.pictures > 0
        }
    };
    Form::ALL.into_iter().filter(wanted).collect()
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
    text: bool,
    picture: bool,
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
            text: raw.exception.is_none() && raw.text.is_some(),
            picture: raw.exception.is_none() && raw.kind == ItemKind::Image,
            path: raw.path,
            media_type: raw.media_type,
            exception: raw.exception.map(|e| (e.reason.id().to_owned(), e.detail)),
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
        self.texts += u64::from(item.text);
        self.pictures += u64::from(item.picture);
        let neither = !item.text && !item.picture && item.exception.is_none();
        self.neither += u64::from(neither);
        if let Some((reason, _)) = &item.exception {
            *self.reasons.entry(reason.clone()).or_default() += 1;
        }
        let neither = neither.then(|| {
            let detail = "neither text nor a picture; a person has to look".to_owned();
            (NO_FORM.to_owned(), detail)
        });
        if let Some((reason, detail)) = item.exception.or(neither)
            && self.exceptions.len() < LISTED
        {
            self.exceptions.push(FoundException {
                path: item.path,
                reason,
                detail,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_follow_what_is_there() {
        let ids = |texts, pictures| -> Vec<&str> {
            let found = Found {
                texts,
                pictures,
                ..Found::default()
            };
            default_forms(&found).iter().map(Form::id).collect()
        };
        let text = "text/hash4080-v1";
        let pictures = ["image/rgb32-v1", "image/rgb96-v1", "image/rgb224-v1"];
        assert_eq!(ids(0, 0), [text]);
        assert_eq!(ids(9, 0), [text]);
        assert_eq!(ids(0, 9), pictures);
        assert_eq!(ids(1, 1)[0], text);
        assert_eq!(ids(1, 1)[1..], pictures);
    }
}
