//! Reading documents again: is the committed text what the document says, and could an item that was not
//! searched not have been?
//!
//! What counts as "the same" rests on the document's bytes and on this program's readers, on nothing that
//! the responder wrote beside them. Facts of the item (its charset, its name, the kind that its container
//! declares, its reader) may explain another text; then a person has to compare, and the item is not
//! counted as settled. What the commitment says once for all items, and its root binds, is the exception:
//! which program made it, and whether there was a load file.

use super::item::{ItemResult, ItemStatus};
use crate::bundle::Disposition;
use crate::classify::Classifier;
use crate::commit::meta::ItemMeta;
use crate::commit::{Commitment, UNREAD, hashes};
use crate::export::source::{self, SourceError};
use crate::ingest::again::{self, Outside};
use crate::ingest::ocr;
use crate::ingest::volume::GIVEN_TEXT;
use crate::ingest::{Exception, ExceptionReason, IngestOptions, ItemKind, Ledger, RawItem, Unread};
use crate::item::{Agreement, Form, agreement, image_vector, text_vector};
use crate::progress::{Progress, Unit};
use crate::verify::VerifiedBundle;
use rayon::prelude::*;
use serde::Serialize;

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

/// How the commitment says it was made. Its root binds that, so it is not one item's to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    software: String,
    /// By this version of candor, whose readers are at hand.
    here: bool,
    /// From a load file, which brings facts and texts of its own.
    listed: bool,
}

impl Made {
    /// As that commitment was.
    pub fn of(commitment: &Commitment) -> Self {
        Made {
            software: commitment.software().to_owned(),
            here: commitment.software() == concat!("candor ", env!("CARGO_PKG_VERSION")),
            listed: commitment
                .scope()
                .iter()
                .any(|rule| rule.rule == "load_file"),
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
pub fn reread_produced(
    verified: &VerifiedBundle,
    commitment: &Commitment,
    classifier: &Classifier,
    options: &IngestOptions,
    progress: &dyn Progress,
) -> Result<Rereading, SourceError> {
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
            let (meta, native) = (&document.meta, &document.native);
            let mut found = reread_with(&made, meta, native, &document.text, options);
            let mut rounded = false;
            if !classifier.form().is_text() {
                let committed = verified.bundle().vector(index)?;
                if let Ok(Agreement::Rounding { largest, derived }) = agreement(native, &committed)
                {
                    rounded = true;
                    if !classifier.evaluate(&derived).matches && found == Reread::Same {
                        found = Reread::Unclear(other_verdict(largest));
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

/// A lossy picture whose committed and derived vectors get different verdicts.
pub(super) fn other_verdict(largest: u8) -> String {
    format!(
        "decoded here (a value differs by {largest} of 255) it gets the other verdict: look at it, and at what \
         is near the classifier's threshold"
    )
}

/// As [`reread`], and where that leaves something open, once more with passwords and text recognition. A text that was
/// recognised is the committed one if the same engine with the same models gives it here again; another text says nothing,
/// since engines differ from machine to machine.
pub fn reread_with(
    made: &Made,
    meta: &ItemMeta,
    native: &[u8],
    text: &str,
    options: &IngestOptions,
) -> Reread {
    let plain = reread(made, meta, native, text);
    if plain == Reread::Same || (options.passwords.is_empty() && options.ocr.is_none()) {
        return plain;
    }
    if ocr::is_recognised(&meta.extractor) {
        let family = again::read(native, &Outside::default(), options);
        let same = |item: &&RawItem| gives(item, meta, text) && item.extractor == meta.extractor;
        return match (family.first().filter(same), &plain) {
            (Some(item), Reread::Unclear(_)) => facts(made, meta, item),
            _ => plain,
        };
    }
    if options.passwords.is_empty() {
        return plain;
    }
    let with = IngestOptions {
        ocr: None,
        ..options.clone()
    };
    read_again(made, meta, native, text, &with)
}

/// Reads `native` as the commitment did, and compares text and facts, and whether the corpus has as many items of
/// it as there are parts in it.
pub fn reread(made: &Made, meta: &ItemMeta, native: &[u8], text: &str) -> Reread {
    read_again(made, meta, native, text, &IngestOptions::default())
}

fn read_again(
    made: &Made,
    meta: &ItemMeta,
    native: &[u8],
    text: &str,
    options: &IngestOptions,
) -> Reread {
    let parts = meta.children.len();
    if let Some(why) = identity_contradicted(meta, native) {
        return Reread::Differs(why);
    }
    let given = meta.extractor == GIVEN_TEXT;
    if given && !made.listed {
        return Reread::Differs(
            "its text is said to have come with a load file, and the commitment states none"
                .to_owned(),
        );
    }
    let family = again::read(native, &Outside::default(), options);
    let Some(alone) = family.first() else {
        return Reread::Unclear("nothing was found in it".to_owned());
    };
    if ocr::is_recognised(&meta.extractor) {
        return recognised(made, meta, alone, text);
    }
    if gives(alone, meta, text) {
        if again::is_lossy(alone) {
            return Reread::Unclear(
                "some of its bytes are not valid in any charset that fits, and replacement characters stand in \
                 its text: compare the two by eye"
                    .to_owned(),
            );
        }
        let found = family.iter().filter(|item| item.parent == Some(0)).count();
        if !made.listed && found != parts {
            return Reread::Differs(format!(
                "the file contains {found} parts, and the corpus has {parts} items of it"
            ));
        }
        return match facts(made, meta, alone) {
            Reread::Same => unread(made, meta, alone, native, options),
            other => other,
        };
    }
    if given {
        return Reread::Unclear(
            "its text came with a load file and is not what reading the document gives: compare the two by eye"
                .to_owned(),
        );
    }
    for (outside, why) in outside(meta, alone) {
        let family = again::read(native, &outside, options);
        if family.first().is_some_and(|item| gives(item, meta, text)) {
            return Reread::Unclear(format!("{why}: compare the two by eye"));
        }
    }
    if let Some(exception) = &alone.exception {
        if exception.reason == ExceptionReason::Encrypted {
            return Reread::Unclear(
                "it is protected by a password that is not at hand: give it with --passwords, or compare the two by \
                 eye"
                    .to_owned(),
            );
        }
        let depends = limits(exception.reason.id());
        return match made.here && !depends {
            true => Reread::Differs(format!(
                "it cannot be read ({exception}), and the commitment has a text of it"
            )),
            false => Reread::Unclear(format!("it cannot be read again here: {exception}")),
        };
    }
    if alone.extractor != meta.extractor && !made.here {
        return Reread::Unclear(format!(
            "it was committed with reader {} by {}, this program has {}: use the version of candor that made \
             the commitment",
            meta.extractor, made.software, alone.extractor
        ));
    }
    let again = alone.text.as_deref().unwrap_or_default();
    let mut why = format!(
        "reading the file again gives a text of {} characters that is not the committed one of {}",
        again.chars().count(),
        text.chars().count()
    );
    if alone.extractor != meta.extractor {
        why += &format!(
            ", and the reader {} that is named is not the one that {} has for it",
            meta.extractor, made.software
        );
    }
    Reread::Differs(why)
}

/// A text by OCR, which another machine would read otherwise. It is never made again: a person compares. But
/// there has to be something that OCR could have read, and whatever the file says by itself is in the text.
fn recognised(made: &Made, meta: &ItemMeta, alone: &RawItem, text: &str) -> Reread {
    if !again::may_be_recognised(alone) {
        return Reread::Differs(
            "its text is said to have been recognised (OCR), and the file has neither a scanned page nor is it \
             a picture"
                .to_owned(),
        );
    }
    let own = alone.text.as_deref().unwrap_or_default();
    let same_reader = meta.extractor.starts_with(&alone.extractor);
    if let Some(why @ Reread::Differs(_)) = hidden(made, meta, &[alone], BY_RECOGNITION) {
        return why;
    }
    let mut committed = text.lines();
    let mut lines = own.lines().filter(|line| !line.trim().is_empty());
    let holds = lines.all(|line| committed.any(|other| other == line));
    if made.here && same_reader && !holds {
        return Reread::Differs(
            "what the file says without text recognition is not in its committed text".to_owned(),
        );
    }
    Reread::Unclear(format!(
        "its text was recognised in a picture ({}), which is not done again here: compare the two by eye",
        meta.extractor
    ))
}

/// Codes that text recognition takes out of a ledger, and those that depend on it.
const BY_RECOGNITION: &[Unread] = &[Unread::PicturePage, Unread::Picture];

/// Codes that passwords, which are not at hand when a document is read again, take out of a ledger.
const BY_PASSWORD: &[Unread] = &[Unread::Encrypted];

/// Whether what of the file is not read was committed as it is. Reading in a container may miss more than reading
/// alone, never less; unless the container said what the charset is.
fn unread(
    made: &Made,
    meta: &ItemMeta,
    alone: &RawItem,
    native: &[u8],
    options: &IngestOptions,
) -> Reread {
    let Some(first) = hidden(made, meta, &[alone], BY_PASSWORD) else {
        return Reread::Same;
    };
    let elsewhere: Vec<RawItem> = outside(meta, alone)
        .into_iter()
        .filter_map(|(outside, _)| again::read(native, &outside, options).into_iter().next())
        .filter(|item| gives(item, meta, alone.text.as_deref().unwrap_or_default()))
        .collect();
    let mut all = vec![alone];
    all.extend(&elsewhere);
    match hidden(made, meta, &all, BY_PASSWORD) {
        Some(_) => first,
        None => Reread::Unclear(
            "how much of it could be read depends on what was recorded beside it: compare the two by eye".to_owned(),
        ),
    }
}

/// What every one of `readings` could not read and the commitment does not say: a part that was not searched,
/// hidden behind "read". `explained` is what may be missing for a good reason.
fn hidden(
    made: &Made,
    meta: &ItemMeta,
    readings: &[&RawItem],
    explained: &[Unread],
) -> Option<Reread> {
    let committed = match meta
        .metadata
        .get(UNREAD)
        .map(|fact| Ledger::from_fact(fact))
    {
        None => Ledger::default(),
        Some(Some(ledger)) => ledger,
        Some(None) => {
            return Some(Reread::Differs(
                "what its metadata states as not read is no such list".to_owned(),
            ));
        }
    };
    let count = |ledger: &Ledger, code| {
        let mut entries = ledger.entries();
        let found = entries.find(|(other, _)| *other == code);
        found.map_or(0, |(_, entry)| entry.count)
    };
    let missing: Vec<(Unread, u32, u32)> = Unread::ALL
        .iter()
        .filter_map(|&code| {
            let least = readings
                .iter()
                .map(|item| count(&item.ledger, code))
                .min()?;
            let stated = count(&committed, code);
            (least > stated).then_some((code, least, stated))
        })
        .collect();
    if missing.is_empty() {
        return None;
    }
    let named: Vec<String> = missing
        .iter()
        .map(|(code, found, stated)| format!("{} ({found} here, {stated} stated)", code.shown()))
        .collect();
    let named = named.join(", ");
    let unexplained = missing.iter().any(|(code, ..)| !explained.contains(code));
    Some(match made.here && !made.listed && unexplained {
        true => Reread::Differs(format!(
            "it could not be read whole, and the commitment does not say so: {named}"
        )),
        false => Reread::Unclear(format!(
            "reading it here misses more than the commitment says, which another version, a load file, a password or \
             text recognition may explain ({named}): compare the two by eye"
        )),
    })
}

/// Whether a reading is the committed one.
fn gives(found: &RawItem, meta: &ItemMeta, text: &str) -> bool {
    found.exception.is_none()
        && found.text.as_deref().unwrap_or_default() == text
        && found.kind.id() == meta.kind
}

/// What the item's committed facts say that its bytes do not, and that may have changed its reading.
fn outside<'a>(meta: &'a ItemMeta, alone: &RawItem) -> Vec<(Outside<'a>, &'static str)> {
    let name = meta.path.rsplit('/').next().unwrap_or_default();
    let named = Outside {
        name,
        ..Outside::default()
    };
    let mut out = vec![(
        named.clone(),
        "its text depends on the name that was recorded beside it",
    )];
    if !is_contained(meta) {
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

fn is_contained(meta: &ItemMeta) -> bool {
    meta.path.contains("!/")
}

/// Whether an exception depends on limits and machines, which may be others here.
fn limits(reason: &str) -> bool {
    matches!(
        reason,
        "too_large" | "too_deep" | "too_many" | "time_limit" | "reader_failed"
    )
}

/// Facts that an item has from its container, its custodian or a warning about it.
const FROM_OUTSIDE: [&str; 6] = [
    "file_name",
    "declared_type",
    "content_id",
    "custodian",
    "charset",
    "unread",
];

/// Compares the committed facts with those that the file states: dates, senders, titles.
fn facts(made: &Made, meta: &ItemMeta, found: &RawItem) -> Reread {
    let mut found = found.clone();
    hashes::record(&mut found);
    let outside = |key: &str| match key {
        // Without a container nobody but the file says what its charset is.
        "charset" => is_contained(meta),
        key => FROM_OUTSIDE.contains(&key),
    };
    let keys = found.metadata.keys().chain(meta.metadata.keys());
    let mut wrong: Vec<&str> = keys
        .filter(|key| !outside(key) && found.metadata.get(*key) != meta.metadata.get(*key))
        .map(String::as_str)
        .collect();
    wrong.sort_unstable();
    wrong.dedup();
    let named = wrong.join(", ");
    match (wrong.is_empty(), made.listed) {
        (true, _) => Reread::Same,
        (false, true) => Reread::Unclear(format!(
            "what the load file states is not what the file itself says ({named}): compare the two by eye"
        )),
        (false, false) => Reread::Differs(format!(
            "its committed facts are not what the file says: {named}"
        )),
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
    let mut found = RawItem::nameless(native.to_vec());
    hashes::record(&mut found);
    ["sha256", "md5"]
        .into_iter()
        .find(|key| found.metadata.get(*key) != meta.metadata.get(*key))
        .map(|key| format!("its metadata states another {key} than its bytes have"))
}

/// Reads an item again that was not searched, for a `reason` if it is an exception, although one of
/// `forms` would have allowed it.
pub fn reread_unsearched(
    made: &Made,
    meta: &ItemMeta,
    native: &[u8],
    reason: Option<&str>,
    forms: &[Form],
) -> Reread {
    let reason = reason.unwrap_or("of another form than the classifier reads");
    if let Some(why) = identity_contradicted(meta, native) {
        return Reread::Differs(why);
    }
    if native.is_empty() {
        return match reason {
            "empty" => Reread::Same,
            _ => Reread::Unclear(format!(
                "its content was not committed ({reason}): look at the original"
            )),
        };
    }
    let family = again::read(native, &Outside::default(), &IngestOptions::default());
    let Some(found) = family.first() else {
        return Reread::Unclear("nothing was found in it".to_owned());
    };
    // An archive of nothing has bytes and is empty.
    let none = |e: &Exception| e.reason == ExceptionReason::Empty;
    if reason == "empty" && !found.exception.as_ref().is_some_and(none) {
        return Reread::Differs(format!(
            "it was committed as empty, and has {} bytes",
            native.len()
        ));
    }
    let vector = |form: &&Form| match form.is_text() {
        true => {
            let text = found.text.as_deref();
            text.is_some_and(|text| !text_vector(**form, text).is_zero())
        }
        false => found.kind == ItemKind::Image && image_vector(**form, native).is_ok(),
    };
    let Some(form) = forms
        .iter()
        .find(vector)
        .filter(|_| found.exception.is_none())
    else {
        return Reread::Same;
    };
    let same_reader = !found.extractor.is_empty() && found.extractor == meta.extractor;
    // Neither the place, nor limits, nor another version can be why it was not read.
    let no_excuse = made.here && !made.listed && !is_contained(meta) && !limits(reason);
    if same_reader || no_excuse {
        let reader = match &*found.extractor {
            "" => "this version",
            reader => reader,
        };
        return Reread::Differs(format!(
            "it was not searched ({reason}), but {reader} reads it, as {form}"
        ));
    }
    Reread::Unclear(format!(
        "it was not searched ({reason}), and by itself it can be read here, as {form}: a person must say \
         whether that is explained by where it was found or by another version"
    ))
}

#[cfg(test)]
#[path = "reread_tests.rs"]
mod tests;
