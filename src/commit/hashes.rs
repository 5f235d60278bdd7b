//! The hashes by which others may know an item, recorded with it.

use super::identity::message_hash;
use crate::ingest::RawItem;
use md5::Md5;
use sha2::{Digest, Sha256};

/// The hashes of some bytes, by the names of their facts.
pub(crate) fn of_bytes(bytes: &[u8]) -> [(&'static str, String); 2] {
    [
        ("sha256", hex::encode(Sha256::digest(bytes))),
        ("md5", hex::encode(Md5::digest(bytes))),
    ]
}

/// Records the hashes by which others may know an item, as `md5`, `sha256` and `edrm_mih`. Items whose
/// bytes are not at hand get none: the hash of nothing is the hash of no document.
pub(crate) fn record(raw: &mut RawItem) {
    if !raw.bytes.is_empty() {
        let hashes = of_bytes(&raw.bytes).map(|(key, hash)| (key.to_owned(), hash));
        raw.metadata.extend(hashes);
    }
    let message = raw.metadata.get("message_id").map(|id| message_hash(id));
    if let Some(hash) = message.filter(|hash| !hash.is_empty()) {
        raw.metadata.insert("edrm_mih".to_owned(), hash);
    }
}
