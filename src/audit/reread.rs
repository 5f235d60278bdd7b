//! Reading a document again: is the committed text what the document says?

use crate::commit::meta::ItemMeta;
use crate::export::fields;
use crate::ingest::{IngestOptions, SourceFile, read_source};

/// Why a text cannot be confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reread {
    /// Reading again gives the committed text.
    Same,
    /// It gives another text.
    Differs(String),
    /// It cannot be read again here.
    Unreadable(String),
}

/// Reads `native` as the commitment did, and compares the text.
pub fn reread(meta: &ItemMeta, native: &[u8], text: &str) -> Reread {
    let found = match extract(meta, native) {
        Ok(found) => found,
        Err(why) => return Reread::Unreadable(why),
    };
    if found.text == text || charset_explains(meta, native, text) {
        return Reread::Same;
    }
    if found.extractor != meta.extractor {
        return Reread::Unreadable(format!(
            "it was committed with reader {}, this program has {}: use the version of candor that made \
             the commitment",
            meta.extractor, found.extractor
        ));
    }
    Reread::Differs(format!(
        "reading the file again gives a text of {} characters that is not the committed one of {}",
        found.text.chars().count(),
        text.chars().count()
    ))
}

struct Found {
    text: String,
    extractor: String,
}

fn extract(meta: &ItemMeta, native: &[u8]) -> Result<Found, String> {
    let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
    // The name matters little, but some formats are told apart by it.
    let name = format!("document.{}", fields::extension(meta));
    let path = dir.path().join(&name);
    std::fs::write(&path, native).map_err(|error| error.to_string())?;
    let file = SourceFile::regular(name, path, native.len() as u64);
    let options = IngestOptions::default();
    let first = read_source(&file, &options)
        .next()
        .and_then(|family| family.into_iter().next());
    let item = first.ok_or("nothing was found in it")?;
    if let Some(exception) = item.exception {
        return Err(exception.to_string());
    }
    Ok(Found {
        text: item.text.unwrap_or_default(),
        extractor: item.extractor,
    })
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
        assert_eq!(reread(&meta, native, &honest.text), Reread::Same);
        assert!(matches!(
            reread(&meta, native, "Nothing to see."),
            Reread::Differs(_)
        ));
        let mut other = meta.clone();
        other.extractor = "another/9".into();
        assert!(matches!(
            reread(&other, native, "Nothing to see."),
            Reread::Unreadable(why) if why.contains("another/9")
        ));
        assert!(matches!(reread(&meta, b"", "x"), Reread::Unreadable(_)));
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
}
