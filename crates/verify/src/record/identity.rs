//! What makes two items the same: their bytes, or, for messages, their Message-ID.

use md5::{Digest, Md5};

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
