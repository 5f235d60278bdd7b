//! What makes two items the same: their bytes, or, for messages, their Message-ID.

use crate::ingest::RawItem;
use md5::Md5;
use sha2::{Digest, Sha256};

/// MD5 of the Message-ID with its angle brackets: the EDRM message identification hash.
pub fn message_hash(message_id: &str) -> String {
    match bare_id(message_id) {
        "" => String::new(),
        bare => hex::encode(Md5::digest(format!("<{bare}>"))),
    }
}

/// A Message-ID without its angle brackets.
pub fn bare_id(message_id: &str) -> &str {
    message_id
        .trim()
        .trim_start_matches('<')
        .trim_end_matches('>')
}

/// Records the hashes by which others may know an item, as `md5`, `sha256` and `edrm_mih`. Items whose
/// bytes are not at hand get none: the hash of nothing is the hash of no document.
pub(crate) fn record(raw: &mut RawItem) {
    if !raw.bytes.is_empty() {
        let sha256 = hex::encode(Sha256::digest(&raw.bytes));
        raw.metadata.insert("sha256".to_owned(), sha256);
        let md5 = hex::encode(Md5::digest(&raw.bytes));
        raw.metadata.insert("md5".to_owned(), md5);
    }
    let message = raw.metadata.get("message_id").map(|id| message_hash(id));
    if let Some(hash) = message.filter(|hash| !hash.is_empty()) {
        raw.metadata.insert("edrm_mih".to_owned(), hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_hash_is_over_the_id_with_brackets() {
        let want = hex::encode(Md5::digest(b"<a@b>"));
        assert_eq!(message_hash("a@b"), want);
        assert_eq!(message_hash(" <a@b> "), want);
        assert_eq!(message_hash(""), "");
        assert_eq!(message_hash("<>"), "");
    }
}
