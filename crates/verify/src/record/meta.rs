//! The metadata of an item, in one byte form. Its facts are leaves of the item's opening tree, see
//! [`super::opening`].

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Longest canonical JSON that is accepted.
pub const MAX_META_BYTES: usize = 16 << 20;

/// What is known about an item beside its content. Fields are declared in alphabetical order and
/// serialised without white space: that is the canonical form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemMeta {
    /// The items that were found in it, ascending.
    pub children: Vec<u32>,
    /// For an exception: one sentence for the person who has to deal with it.
    pub exception: Option<String>,
    /// What produced the text, with its version: "mail-parser/0.11.9".
    pub extractor: String,
    /// The sort of content: "mail", "text", "image", ...
    pub kind: String,
    /// Media type judged by the content.
    pub media_type: String,
    /// Facts by stable key: subject, from, to, date, ...
    pub metadata: BTreeMap<String, String>,
    /// The item it was found in: a message for its attachment.
    pub parent: Option<u32>,
    /// Place in the corpus, `/`-separated; `!/` enters a container.
    pub path: String,
    /// Length of the native bytes.
    pub size: u64,
}

/// Why bytes are not canonical metadata.
#[derive(Debug, thiserror::Error)]
pub enum MetaError {
    /// Larger than any real metadata.
    #[error("metadata of {0} bytes are more than candor accepts")]
    TooLong(usize),
    /// Not the expected JSON.
    #[error("malformed metadata: {0}")]
    Json(#[from] serde_json::Error),
    /// Right content, but not written canonically.
    #[error("malformed metadata: it is not in canonical form")]
    NotCanonical,
}

impl ItemMeta {
    /// The canonical bytes.
    pub fn to_canonical(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings and numbers always serialise")
    }

    /// Parses canonical bytes and nothing else.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, MetaError> {
        if bytes.len() > MAX_META_BYTES {
            return Err(MetaError::TooLong(bytes.len()));
        }
        let meta: ItemMeta = serde_json::from_slice(bytes)?;
        if meta.to_canonical() == bytes {
            Ok(meta)
        } else {
            Err(MetaError::NotCanonical)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta() -> ItemMeta {
        ItemMeta {
            children: vec![5, 9],
            exception: None,
            extractor: "mail-parser/0.11.9".into(),
            kind: "mail".into(),
            media_type: "message/rfc822".into(),
            metadata: [("subject", "caf\u{e9} \u{1b}[31m"), ("from", "a@b")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
            parent: None,
            path: "in/1.eml".into(),
            size: 12,
        }
    }

    #[test]
    fn the_canonical_form_is_pinned() {
        let expected = "{\"children\":[5,9],\"exception\":null,\"extractor\":\"mail-parser/0.11.9\",\
             \"kind\":\"mail\",\"media_type\":\"message/rfc822\",\
             \"metadata\":{\"from\":\"a@b\",\"subject\":\"caf\u{e9} \\u001b[31m\"},\
             \"parent\":null,\"path\":\"in/1.eml\",\"size\":12}";
        assert_eq!(meta().to_canonical(), expected.as_bytes());
        assert_eq!(
            ItemMeta::from_canonical(expected.as_bytes()).unwrap(),
            meta()
        );
    }

    #[test]
    fn other_spellings_are_refused() {
        let canonical = String::from_utf8(meta().to_canonical()).unwrap();
        for other in [
            canonical.replace("\"size\":12", "\"size\": 12"),
            canonical.replace("\"exception\":null,", ""),
            canonical.replace("\"exception\"", "\"extra\":1,\"exception\""),
            canonical.replace(
                "\"from\":\"a@b\",\"subject\"",
                "\"subject\":\"x\",\"subject\"",
            ),
            canonical.replace("mail-parser", "m\\u0061il-parser"),
            format!("{canonical} "),
        ] {
            assert_ne!(other, canonical);
            assert!(
                ItemMeta::from_canonical(other.as_bytes()).is_err(),
                "{other}"
            );
        }
    }
}
