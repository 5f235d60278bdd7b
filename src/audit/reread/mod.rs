//! Reading documents again: is everything that is committed of an item what its bytes say?
//!
//! What counts as "the same" rests on the document's bytes and on this program's readers, on nothing that
//! the responder wrote beside them. Facts of the item (its charset, its name, the kind that its container
//! declares, its reader) may explain another reading; then a person has to compare, and the item is not
//! counted as settled. What the commitment says once for all items, and its root binds, is the exception:
//! which program made it, whether there was a load file, and whether it supplements another one.
//!
//! Items that were not searched are compared as those that were: whether and why, in which forms, the text, the
//! facts, what of it was not read, and what lies in it.

mod committed;
mod compare;
mod compared;
mod facts;
mod parts;

pub use committed::{Committed, Made, Part, Public};

use super::item::{ItemResult, ItemStatus};
use crate::bundle::Disposition;
use crate::commit::meta::ItemMeta;
use crate::commit::{Commitment, hashes};
use crate::export::source::{self, SourceError};
use crate::ingest::again::{self, Outside};
use crate::ingest::ocr;
use crate::ingest::{ExceptionReason, IngestOptions, ItemKind, RawItem};
use crate::item::{Agreement, CanonicalVector, agreement};
use crate::progress::{Progress, Unit};
use crate::sealed::Published;
use crate::verify::VerifiedBundle;
use compare::compare;
use compared::{Compared, Difference, What};
use parts::is_limit;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeSet;

/// What reading again says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reread {
    /// The same as was committed.
    Same,
    /// Something else.
    Differs(String),
    /// It cannot be said here.
    Unclear(String),
}

impl Reread {
    pub(super) fn into_result(self, item: u32, path: String) -> ItemResult {
        let (status, detail) = match self {
            Reread::Same => (ItemStatus::Ok, String::new()),
            Reread::Unclear(why) => (ItemStatus::Compare, why),
            Reread::Differs(why) => (ItemStatus::Failed, why),
        };
        ItemResult {
            item,
            path,
            status,
            detail,
        }
    }
}

/// What reading every produced document again says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rereading {
    /// Root of the corpus.
    pub root: String,
    /// Documents that were read again.
    pub produced: u32,
    /// Those with the committed text.
    pub ok: u32,
    /// Those that a person must compare.
    pub compare: u32,
    /// Those with another text.
    pub failed: u32,
    /// Lossy pictures that decode here with other rounding.
    pub roundings: u32,
    /// Those that did not give the committed text, and why.
    pub items: Vec<ItemResult>,
}

/// Reads every produced document again. The verification shows that text and file are the committed ones,
/// not that the one comes from the other: that takes the readers of documents, which a verifier of proofs
/// should not have to run, in the version that the commitment was made with.
pub fn reread_produced<'c>(
    verified: &VerifiedBundle,
    commitment: &Commitment,
    classifier: impl Into<Published<'c>>,
    options: &IngestOptions,
    progress: &dyn Progress,
) -> Result<Rereading, SourceError> {
    let classifier = classifier.into();
    let produced: Vec<u32> = verified
        .dispositions()
        .with(Disposition::Produced)
        .collect();
    let made = Made::of(commitment);
    progress.begin("reading again", Some(produced.len() as u64), Unit::Items);
    let read: Vec<(ItemResult, bool)> = produced
        .par_iter()
        .map(|&index| {
            let document = source::document(verified, index)?;
            let native = &document.native;
            let leaves = verified.leaves();
            let leaf = leaves.get(index as usize);
            let parts = document.meta.children.iter();
            let parts = parts.filter_map(|part| leaves.get(*part as usize));
            let parts = parts.map(|leaf| Part {
                public: Public::from(leaf),
                sha256: None,
            });
            let mut found = match leaf {
                None => Reread::Differs("it is not in the corpus".to_owned()),
                Some(leaf) => {
                    let item = Committed {
                        meta: &document.meta,
                        native,
                        text: &document.text,
                        public: Public::from(leaf),
                        parts: parts.collect(),
                    };
                    reread_with(&made, &item, options).verdict
                }
            };
            let mut rounded = false;
            if !classifier.form().is_text() {
                let committed = verified.bundle().vector(index)?;
                if let Ok(Agreement::Rounding { largest, derived }) = agreement(native, &committed)
                {
                    rounded = true;
                    let why = otherwise_rounded(classifier, &derived, true, largest);
                    if let (Some(why), Reread::Same) = (why, &found) {
                        found = Reread::Unclear(why);
                    }
                }
            }
            progress.advance(1);
            Ok((found.into_result(index, document.meta.path), rounded))
        })
        .collect::<Result<_, SourceError>>()?;
    progress.end();
    let roundings = read.iter().filter(|(_, rounded)| *rounded).count() as u32;
    let mut items: Vec<ItemResult> = read.into_iter().map(|(item, _)| item).collect();
    let count = |status| items.iter().filter(|item| item.status == status).count() as u32;
    let (ok, compare, failed) = (
        count(ItemStatus::Ok),
        count(ItemStatus::Compare),
        count(ItemStatus::Failed),
    );
    items.retain(|item| item.status != ItemStatus::Ok);
    Ok(Rereading {
        root: verified.report().root.clone(),
        produced: produced.len() as u32,
        ok,
        compare,
        failed,
        roundings,
        items,
    })
}

impl Rereading {
    /// The outcome in a sentence that begins with what matters most.
    pub fn headline(&self) -> String {
        let verdict = match (self.failed, self.compare) {
            (0, 0) => "READ AGAIN",
            (0, _) => "NOT SETTLED",
            _ => "FAILED",
        };
        let mut line = format!(
            "{verdict}: of {} produced documents, {} give another text, {} are to be compared by hand, {} give \
             the committed text",
            self.produced, self.failed, self.compare, self.ok
        );
        if self.roundings > 0 {
            line += &format!(
                "; {} pictures decode here with other rounding",
                self.roundings
            );
        }
        line
    }
}

/// Of a lossy picture that is decoded here with other rounding: why a person has to look at it, if the vector that was
/// derived gets another verdict than the committed one, or if nobody can tell.
pub(super) fn otherwise_rounded(
    classifier: Published<'_>,
    derived: &CanonicalVector,
    matches: bool,
    largest: u8,
) -> Option<String> {
    match classifier.evaluate(derived) {
        Some(verdict) if verdict.matches == matches => None,
        Some(_) => Some(format!(
            "decoded here (a value differs by {largest} of 255) it gets the other verdict: look at it, and at what \
             is near the classifier's threshold"
        )),
        None => Some(format!(
            "decoded here a value differs by {largest} of 255, and whether it gets the same verdict, nobody but the \
             owner of the sealed classifier can tell: look at it"
        )),
    }
}

/// What reading an item again says, and what it rests on.
#[derive(Clone, Debug)]
pub struct Read {
    /// The verdict.
    pub verdict: Reread,
    /// What stands as it was stated: facts that neither the file nor its bytes say.
    pub taken: BTreeSet<String>,
}

impl From<Reread> for Read {
    fn from(verdict: Reread) -> Self {
        Read {
            verdict,
            taken: BTreeSet::new(),
        }
    }
}

/// As [`reread`], and where that leaves something open, once more with passwords and text recognition. A text that was
/// recognised is the committed one if the same engine with the same models gives it here again; another text says nothing,
/// since engines differ from machine to machine.
pub fn reread_with(made: &Made, item: &Committed<'_>, options: &IngestOptions) -> Read {
    let plain = reread(made, item);
    let unclear = matches!(plain.verdict, Reread::Unclear(_));
    if plain.verdict == Reread::Same || (options.passwords.is_empty() && options.ocr.is_none()) {
        return plain;
    }
    if ocr::is_recognised(&item.meta.extractor) {
        let family = again::read(item.native, &Outside::default(), options);
        let reader = family.first().map(|found| &found.extractor);
        let found = compare(made, item, &family);
        let same = reader == Some(&item.meta.extractor) && found.is_same();
        return match unclear && same {
            true => Read {
                verdict: Reread::Same,
                taken: found.taken,
            },
            false => plain,
        };
    }
    if options.passwords.is_empty() {
        return plain;
    }
    let with = IngestOptions {
        ocr: None,
        ..options.clone()
    };
    read_again(made, item, &with)
}

/// Reads an item as the commitment did, and compares everything that is committed of it.
pub fn reread(made: &Made, item: &Committed<'_>) -> Read {
    read_again(made, item, &IngestOptions::default())
}

fn read_again(made: &Made, item: &Committed<'_>, options: &IngestOptions) -> Read {
    if let Some(why) = identity_contradicted(item.meta, item.native) {
        return Reread::Differs(why).into();
    }
    if item.is_given() && !made.lists(item.meta) {
        let what = match made.listed {
            true => "the load file has no row for it",
            false => "the commitment states none",
        };
        return Reread::Differs(format!(
            "its text is said to have come with a load file, and {what}"
        ))
        .into();
    }
    let family = again::read(item.native, &Outside::default(), options);
    let found = compare(made, item, &family);
    let (verdict, taken) = match family.first() {
        Some(alone) => judge(made, item, alone, found, options),
        None => (
            Reread::Unclear("nothing was found in it".to_owned()),
            found.taken,
        ),
    };
    Read { verdict, taken }
}

/// What the differences to the reading of the bytes alone come to.
fn judge(
    made: &Made,
    item: &Committed<'_>,
    alone: &RawItem,
    found: Compared,
    options: &IngestOptions,
) -> (Reread, BTreeSet<String>) {
    if ocr::is_recognised(&item.meta.extractor) {
        return (recognised(made, item, alone, &found), found.taken);
    }
    if found.is_same() {
        return (settled(alone), found.taken);
    }
    for (outside, why) in outside(item, alone) {
        let family = again::read(item.native, &outside, options);
        let named = compare(made, item, &family);
        if let (true, Some(head)) = (named.is_same(), family.first()) {
            let verdict = match found.only(&[What::MediaType, What::Sentence]) {
                true => settled(head),
                false => Reread::Unclear(format!("{why}: compare the two by eye")),
            };
            return (verdict, named.taken);
        }
    }
    if item.native.is_empty() && !made.lists(item.meta) && found.has(What::Reading) {
        return (without_bytes(made, item), found.taken);
    }
    if found.has(What::Reading)
        && let Some(verdict) = explained(made, item, alone)
    {
        return (verdict, found.taken);
    }
    (weighed(made, item, alone, &found), found.taken)
}

/// A reading that gives all that is committed.
fn settled(found: &RawItem) -> Reread {
    match again::is_lossy(found) {
        false => Reread::Same,
        true => Reread::Unclear(
            "some of its bytes are not valid in any charset that fits, and replacement characters stand in \
             its text: compare the two by eye"
                .to_owned(),
        ),
    }
}

/// All differences in one sentence: one that nothing explains fails, whatever is to be looked at besides.
fn weighed(made: &Made, item: &Committed<'_>, alone: &RawItem, found: &Compared) -> Reread {
    let fails = |difference: &&Difference| {
        !difference.unclear && (made.here || difference.what == What::Reading)
    };
    let failing: Vec<&str> = found
        .differences
        .iter()
        .filter(fails)
        .map(|d| &*d.why)
        .collect();
    if failing.is_empty() {
        let all: Vec<&str> = found.differences.iter().map(|d| &*d.why).collect();
        return Reread::Unclear(all.join("; "));
    }
    let mut why = failing.join("; ");
    let read = item.public.reason.is_none() && !item.is_given();
    if read && found.has(What::Reading) && alone.extractor != item.meta.extractor {
        why += &format!(
            ", and the reader {} that is named is not the one that {} has for it",
            item.meta.extractor, made.software
        );
    }
    Reread::Differs(why)
}

/// Why another reading is to be expected here, if it is; or a shorter word for it.
fn explained(made: &Made, item: &Committed<'_>, alone: &RawItem) -> Option<Reread> {
    let reason = item.public.reason.as_deref();
    let limited = alone.exception.as_ref().filter(|e| is_limit(e.reason.id()));
    let Some(reason) = reason else {
        if item.is_given() {
            return None;
        }
        return match &alone.exception {
            Some(exception) if exception.reason == ExceptionReason::Encrypted => {
                Some(Reread::Unclear(
                    "it is protected by a password that is not at hand: give it with --passwords, or compare the two \
                     by eye"
                        .to_owned(),
                ))
            }
            Some(exception) if made.here && limited.is_none() => Some(Reread::Differs(format!(
                "it cannot be read ({exception}), and the commitment has a text of it"
            ))),
            Some(exception) => Some(Reread::Unclear(format!(
                "it cannot be read again here: {exception}"
            ))),
            None if alone.extractor != item.meta.extractor && !made.here => {
                Some(Reread::Unclear(format!(
                    "it was committed with reader {} by {}, this program has {}: use the version of candor that made \
                     the commitment",
                    item.meta.extractor, made.software, alone.extractor
                )))
            }
            None => None,
        };
    };
    let here = made
        .outcomes(alone)
        .first()
        .map(|o| Public::from(o).shown());
    let here = here.unwrap_or_default();
    let limits = limited.is_some() || (is_limit(reason) && may_be_limited(made, item, alone));
    if limits {
        return Some(Reread::Unclear(format!(
            "it was not searched ({reason}), which depends on limits and on the machine, and by itself it is {here} \
             here: a person must look"
        )));
    }
    let same_reader = !alone.extractor.is_empty() && alone.extractor == item.meta.extractor;
    let no_excuse = made.here && !made.lists(item.meta) && !item.is_contained();
    match same_reader || no_excuse {
        true => None,
        false => Some(Reread::Unclear(format!(
            "it was not searched ({reason}), and by itself it is {here} here: a person must say whether that is \
             explained by where it was found or by another version"
        ))),
    }
}

/// An item whose content was not committed. Some reasons say that there was none to commit; the others had it.
fn without_bytes(made: &Made, item: &Committed<'_>) -> Reread {
    let reason = item.reason();
    let never_read = matches!(
        reason,
        "unreadable" | "too_large" | "link" | "special_file" | "missing"
    );
    // Of a store the messages are items, not the file.
    let store = item.meta.media_type == "application/vnd.ms-outlook-pst";
    let explained = never_read || store || item.is_contained();
    match (item.public.reason.is_some() && explained) || !made.here {
        true => Reread::Unclear(format!(
            "its content was not committed ({reason}): look at the original"
        )),
        false => Reread::Differs(format!(
            "its content was not committed, and that it was not searched ({reason}) does not explain that"
        )),
    }
}

/// A text by OCR, which another machine would read otherwise. It is never made again: a person compares. But
/// there has to be something that OCR could have read, whatever the file says by itself is in the text, and what
/// else is committed of it is as the file says.
fn recognised(made: &Made, item: &Committed<'_>, alone: &RawItem, found: &Compared) -> Reread {
    if !again::may_be_recognised(alone) {
        return Reread::Differs(
            "its text is said to have been recognised (OCR), and the file has neither a scanned page nor is it \
             a picture"
                .to_owned(),
        );
    }
    if alone.kind.id() != item.meta.kind {
        return Reread::Differs(format!(
            "it was committed as {}, and its file is {}",
            item.meta.kind, alone.kind
        ));
    }
    let fails = |difference: &&Difference| {
        !difference.unclear
            && made.here
            && matches!(difference.what, What::Facts | What::Parts | What::Unread)
    };
    if let Some(difference) = found.differences.iter().find(fails) {
        return Reread::Differs(difference.why.clone());
    }
    let own = alone.text.as_deref().unwrap_or_default();
    let same_reader = item.meta.extractor.starts_with(&alone.extractor);
    let mut committed = item.text.lines();
    let mut lines = own.lines().filter(|line| !line.trim().is_empty());
    let holds = lines.all(|line| committed.any(|other| other == line));
    if made.here && !same_reader {
        return Reread::Differs(format!(
            "the reader {} that is named is not the one that {} has for it",
            item.meta.extractor, made.software
        ));
    }
    if made.here && !holds {
        return Reread::Differs(
            "what the file says without text recognition is not in its committed text".to_owned(),
        );
    }
    Reread::Unclear(format!(
        "its text was recognised in a picture ({}), which is not done again here: compare the two by eye",
        item.meta.extractor
    ))
}

/// What the item's committed facts say that its bytes do not, and that may have changed its reading.
fn outside<'a>(item: &Committed<'a>, alone: &RawItem) -> Vec<(Outside<'a>, &'static str)> {
    let meta = item.meta;
    let name = meta.path.rsplit('/').next().unwrap_or_default();
    let named = Outside {
        name,
        ..Outside::default()
    };
    let mut out = vec![(
        named.clone(),
        "how it is read depends on the name that was recorded beside it",
    )];
    if !item.is_contained() {
        return out;
    }
    let charset = meta.metadata.get("charset").map(String::as_str);
    if matches!(alone.kind, ItemKind::Text | ItemKind::Html) && charset.is_some() {
        out.push((
            Outside {
                charset,
                ..named.clone()
            },
            "its text depends on the charset that was recorded beside it",
        ));
    }
    let message = Outside {
        message: true,
        ..named
    };
    out.push((
        message,
        "it is read as a message only because its container is said to call it one",
    ));
    out
}

/// Whether a limit can be why an item was not searched. What lies in nothing is not too deep; and what is read without
/// a process of its own is neither too slow, nor does its reader fail.
fn may_be_limited(made: &Made, item: &Committed<'_>, alone: &RawItem) -> bool {
    if !made.here || item.is_contained() || made.lists(item.meta) {
        return true;
    }
    match item.reason() {
        "too_deep" | "too_many" => false,
        "time_limit" | "reader_failed" => matches!(
            alone.kind,
            ItemKind::Document | ItemKind::Archive | ItemKind::Image | ItemKind::Other
        ),
        _ => true,
    }
}

/// Size and hashes that the metadata states and the bytes do not have.
fn identity_contradicted(meta: &ItemMeta, native: &[u8]) -> Option<String> {
    if meta.size != native.len() as u64 {
        return Some(format!(
            "its metadata states {} bytes, it has {}",
            meta.size,
            native.len()
        ));
    }
    if native.is_empty() {
        return None;
    }
    hashes::of_bytes(native)
        .into_iter()
        .find(|(key, hash)| meta.metadata.get(*key) != Some(hash))
        .map(|(key, _)| format!("its metadata states another {key} than its bytes have"))
}

#[cfg(test)]
mod tests;
