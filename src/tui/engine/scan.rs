//! Looking at a folder before committing to it.

use super::progress::Channel;
use super::told::{Found, FoundException};
use crate::commit::NO_FORM;
use crate::commit::rules;
use crate::ingest::selection::{Selector, day};
use crate::ingest::{self, IngestOptions, ItemKind, RawItem, Selection, Source};
use crate::item::Form;
use crate::progress::{Progress, Unit};
use crate::tui::event::{Ended, Event, Outcome};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::path::Path;

/// Most exceptions that are listed.
const LISTED: usize = 200;

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
    Form::CURRENT.into_iter().filter(wanted).collect()
}

/// What a scan needs to keep of an item: neither its bytes nor its text.
struct Seen {
    size: u64,
    hash: [u8; 32],
    text: bool,
    raw: RawItem,
}

/// Looks at what a commitment with these rules and limits would be about.
pub(super) fn scan(
    folder: &Path,
    selection: &Selection,
    options: &IngestOptions,
    progress: &Channel,
) -> Ended {
    progress.begin("Listing files", None, Unit::Items);
    let corpus = match ingest::corpus::open(folder, selection, options) {
        Ok(corpus) => corpus,
        Err(error) => return Ended::Failed(error.to_string()),
    };
    progress.begin("Looking at files", Some(corpus.bytes()), Unit::Bytes);
    let mut found = Found {
        load_file: corpus.load_file,
        ..Found::default()
    };
    let mut selector = corpus.selector;
    let mut hashes = HashSet::new();
    found.rules = rules::from_counts(selector.counts());
    let listed = Box::new(found.clone());
    progress.send(|id| Event::Found(id, listed));
    for chunk in corpus.sources.chunks(32) {
        if progress.cancelled() {
            return Ended::Cancelled("stopped; nothing was written".to_owned());
        }
        let seen: Vec<Vec<Vec<Seen>>> = chunk
            .par_iter()
            .map(|file| {
                let families = ingest::read(file, options);
                families
                    .map(|family| family.into_iter().map(Seen::of).collect())
                    .collect()
            })
            .collect();
        for (file, families) in chunk.iter().zip(seen) {
            found.files += 1;
            found.bytes += file.bytes();
            for family in families {
                found.add(family, file, &mut selector, &mut hashes);
            }
        }
        progress.advance(chunk.iter().map(Source::bytes).sum());
        found.rules = rules::from_counts(selector.counts());
        let now = Box::new(found.clone());
        progress.send(|id| Event::Found(id, now));
    }
    Ended::Ok(Outcome::Scanned(Box::new(found)))
}

impl Seen {
    fn of(mut raw: RawItem) -> Self {
        let bytes = std::mem::take(&mut raw.bytes);
        Seen {
            size: bytes.len() as u64,
            hash: Sha256::digest(&bytes).into(),
            text: raw.exception.is_none() && raw.text.take().is_some(),
            raw,
        }
    }
}

impl Found {
    /// Counts a family, unless a rule leaves it out.
    fn add(
        &mut self,
        family: Vec<Seen>,
        source: &Source,
        selector: &mut Selector,
        hashes: &mut HashSet<[u8; 32]>,
    ) {
        let (seen, family): (Vec<_>, Vec<_>) = family
            .into_iter()
            .map(|item| ((item.size, item.hash, item.text), item.raw))
            .unzip();
        // Rules ask for paths and metadata only, so that bytes and text need not be there any more.
        let Some(family) = selector.admit(source, family) else {
            return;
        };
        for (raw, (size, hash, text)) in family.into_iter().zip(seen) {
            self.add_item(raw, size, text);
            if size > 0 && !hashes.insert(hash) {
                self.duplicates += 1;
            }
        }
    }

    fn add_item(&mut self, raw: RawItem, size: u64, text: bool) {
        self.items += 1;
        if let Some(name) = raw.metadata.get("custodian") {
            *self.custodians.entry(name.clone()).or_default() += 1;
        }
        if let Some(day) = day(&raw.metadata) {
            let (first, last) = self.dates.unwrap_or((day, day));
            self.dates = Some((first.min(day), last.max(day)));
        }
        let kind = self.types.entry(raw.media_type).or_default();
        kind.items += 1;
        kind.bytes += size;
        let picture = raw.exception.is_none() && raw.kind == ItemKind::Image;
        self.texts += u64::from(text);
        self.pictures += u64::from(picture);
        let neither = !text && !picture && raw.exception.is_none();
        self.neither += u64::from(neither);
        let exception = raw.exception.map(|e| (e.reason.id().to_owned(), e.detail));
        if let Some((reason, _)) = &exception {
            *self.reasons.entry(reason.clone()).or_default() += 1;
        }
        let neither = neither.then(|| {
            let detail = "neither text nor a picture; a person has to look".to_owned();
            (NO_FORM.to_owned(), detail)
        });
        if let Some((reason, detail)) = exception.or(neither)
            && self.exceptions.len() < LISTED
        {
            self.exceptions.push(FoundException {
                path: raw.path,
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
        let text = "text/words16376-v3";
        let pictures = ["image/rgb32-v1", "image/rgb96-v1", "image/rgb224-v1"];
        assert_eq!(ids(0, 0), [text]);
        assert_eq!(ids(9, 0), [text]);
        assert_eq!(ids(0, 9), pictures);
        assert_eq!(ids(1, 1)[0], text);
        assert_eq!(ids(1, 1)[1..], pictures);
    }
}
