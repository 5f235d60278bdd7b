//! Reading documents again: is the committed text what the document says, and could an item that was not
//! searched not have been?

use super::item::{ItemResult, ItemStatus};
use crate::bundle::Disposition;
use crate::commit::meta::ItemMeta;
use crate::export::fields;
use crate::export::source::{self, SourceError};
use crate::ingest::volume::GIVEN_TEXT;
use crate::ingest::{IngestOptions, ItemKind, RawItem, SourceFile, read_source};
use crate::item::{Form, image_vector};
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
    /// Those that did not give the committed text, and why.
    pub items: Vec<ItemResult>,
}

/// Reads every produced document again. The verification shows that text and file are the committed ones,
/// not that the one comes from the other: that takes the readers of documents, which a verifier of proofs
/// should not have to run, in the version that the commitment was made with.
pub fn reread_produced(
    verified: &VerifiedBundle,
    progress: &dyn Progress,
) -> Result<Rereading, SourceError> {
    let produced: Vec<u32> = verified
        .dispositions()
        .with(Disposition::Produced)
        .collect();
    progress.begin("reading again", Some(produced.len() as u64), Unit::Items);
    let mut items: Vec<ItemResult> = produced
        .par_iter()
        .map(|&index| {
            let document = source::document(verified, index)?;
            let found = reread(&document.meta, &document.native, &document.text);
            progress.advance(1);
            Ok(found.into_result(index, document.meta.path))
        })
        .collect::<Result<_, SourceError>>()?;
    progress.end();
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
        items,
    })
}

/// Reads `native` as the commitment did, and compares the text.
pub fn reread(meta: &ItemMeta, native: &[u8], text: &str) -> Reread {
    if meta.extractor == GIVEN_TEXT {
        let why = "its text came with a load file and was not read from the document: compare the two by eye";
        return Reread::Unclear(why.to_owned());
    }
    let found = match extract(meta, native) {
        Ok(found) => found,
        Err(why) => return Reread::Unclear(why),
    };
    if let Some(exception) = found.exception {
        return Reread::Unclear(format!("it cannot be read again here: {exception}"));
    }
    let again = found.text.unwrap_or_default();
    if again == text || charset_explains(meta, native, text) {
        return Reread::Same;
    }
    if found.extractor != meta.extractor {
        return Reread::Unclear(other_reader(meta, &found.extractor));
    }
    Reread::Differs(format!(
        "reading the file again gives a text of {} characters that is not the committed one of {}",
        again.chars().count(),
        text.chars().count()
    ))
}

/// Reads an item again that was not searched, for a `reason` if it is an exception, although one of
/// `forms` would have allowed it.
pub fn reread_unsearched(
    meta: &ItemMeta,
    native: &[u8],
    reason: Option<&str>,
    forms: &[Form],
) -> Reread {
    let reason = reason.unwrap_or("of another form than the classifier reads");
    if native.is_empty() {
        return match reason {
            "empty" => Reread::Same,
            _ => Reread::Unclear(format!(
                "its content was not committed ({reason}): look at the original"
            )),
        };
    }
    if reason == "empty" {
        return Reread::Differs(format!(
            "it was committed as empty, and has {} bytes",
            native.len()
        ));
    }
    let found = match extract(meta, native) {
        Ok(found) => found,
        Err(why) => return Reread::Unclear(why),
    };
    let vector = |form: &&Form| {
        let text = found.text.as_deref();
        match form.is_text() {
            true => text.is_some(),
            false => found.kind == ItemKind::Image && image_vector(**form, native).is_ok(),
        }
    };
    match forms
        .iter()
        .find(vector)
        .filter(|_| found.exception.is_none())
    {
        None => Reread::Same,
        Some(form) if !found.extractor.is_empty() && found.extractor == meta.extractor => {
            Reread::Differs(format!(
                "it was not searched ({reason}), but {} reads it, as {form}",
                found.extractor
            ))
        }
        Some(form) => Reread::Unclear(format!(
            "it was not searched ({reason}), and by itself it can be read here, as {form}: a person must \
             say whether that is explained by where it was found or by another version"
        )),
    }
}

fn other_reader(meta: &ItemMeta, found: &str) -> String {
    format!(
        "it was committed with reader {}, this program has {found}: use the version of candor that made \
         the commitment",
        meta.extractor
    )
}

fn extract(meta: &ItemMeta, native: &[u8]) -> Result<RawItem, String> {
    let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
    // The name matters little, but some formats are told apart by it.
    let extension = match &*meta.media_type {
        "message/rfc822" => "eml".to_owned(),
        _ => fields::extension(meta),
    };
    let name = format!("document.{extension}");
    let path = dir.path().join(&name);
    std::fs::write(&path, native).map_err(|error| error.to_string())?;
    let file = SourceFile::regular(name, path, native.len() as u64);
    let options = IngestOptions::default();
    let first = read_source(&file, &options)
        .next()
        .and_then(|family| family.into_iter().next());
    first.ok_or_else(|| "nothing was found in it".to_owned())
}

/// The charset of an attachment may stand in the message, not in the attachment itself; it was recorded.
fn charset_explains(meta: &ItemMeta, native: &[u8], text: &str) -> bool {
    let label = meta.metadata.get("charset").map(String::as_str);
    label
        .and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()))
        .is_some_and(|encoding| encoding.decode(native).0 == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(extractor: &str) -> ItemMeta {
        ItemMeta {
            exception: None,
            extractor: extractor.into(),
            kind: "text".into(),
            media_type: "text/plain".into(),
            metadata: Default::default(),
            path: "a/note.txt".into(),
            size: 5,
        }
    }

    #[test]
    fn a_text_that_is_not_the_documents_is_noticed() {
        let native = b"We pay the fine in May.\n";
        let honest = extract(&meta(""), native).unwrap();
        let meta = meta(&honest.extractor);
        assert_eq!(reread(&meta, native, &honest.text.unwrap()), Reread::Same);
        assert!(matches!(
            reread(&meta, native, "Nothing to see."),
            Reread::Differs(_)
        ));
        let mut other = meta.clone();
        other.extractor = "another/9".into();
        assert!(matches!(
            reread(&other, native, "Nothing to see."),
            Reread::Unclear(why) if why.contains("another/9")
        ));
        assert!(matches!(reread(&meta, b"", "x"), Reread::Unclear(_)));
        other.extractor = GIVEN_TEXT.into();
        assert!(matches!(
            reread(&other, native, "Nothing to see."),
            Reread::Unclear(why) if why.contains("by eye")
        ));
    }

    #[test]
    fn the_recorded_charset_counts() {
        let mut meta = meta("text/1");
        meta.metadata
            .insert("charset".into(), "windows-1251".into());
        let text = "\u{43f}\u{440}\u{438}\u{432}\u{435}\u{442}";
        let native = encoding_rs::WINDOWS_1251.encode(text).0.into_owned();
        assert_eq!(reread(&meta, &native, text), Reread::Same);
    }

    #[test]
    fn an_exception_that_can_be_read_is_noticed() {
        let (native, forms) = (b"We pay the fine in May.\n", [Form::TextHash4080V1]);
        let mut meta = meta(&extract(&meta(""), native).unwrap().extractor);
        let again = |meta: &ItemMeta, native: &[u8], reason| {
            reread_unsearched(meta, native, Some(reason), &forms)
        };
        assert!(matches!(
            again(&meta, native, "corrupt"),
            Reread::Differs(why) if why.contains("corrupt") && why.contains("text/hash4080-v1")
        ));
        assert!(matches!(again(&meta, native, "empty"), Reread::Differs(_)));
        assert_eq!(again(&meta, b"", "empty"), Reread::Same);
        assert!(matches!(
            again(&meta, b"", "unreadable"),
            Reread::Unclear(_)
        ));
        // An archive too deep down names no reader, and by itself it can be read.
        meta.extractor.clear();
        assert!(matches!(
            again(&meta, native, "too_deep"),
            Reread::Unclear(_)
        ));
        // What no reader here reads, and what no form of the commitment is for.
        assert_eq!(
            again(&meta, b"\x7fELF\x02\x01\x01\0\0\0", "unsupported"),
            Reread::Same
        );
        assert_eq!(
            reread_unsearched(&meta, native, Some("no_form"), &[Form::ImageRgb32V1]),
            Reread::Same
        );
    }
}
