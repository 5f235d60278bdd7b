//! Fields by which a header is known as one of mail.

use super::lines::header_name;

/// Header fields that only mail has, or that mail nearly always has.
pub(crate) const MAIL_FIELDS: [&str; 17] = [
    "from",
    "to",
    "subject",
    "date",
    "received",
    "message-id",
    "return-path",
    "mime-version",
    "delivered-to",
    "reply-to",
    "cc",
    "sender",
    "x-mailer",
    "in-reply-to",
    "content-type",
    "x-received",
    "dkim-signature",
];

/// Fields that nothing but mail programs write.
pub(crate) const SIGNS: [&str; 14] = [
    "received",
    "message-id",
    "return-path",
    "mime-version",
    "delivered-to",
    "x-mailer",
    "in-reply-to",
    "references",
    "content-type",
    "content-transfer-encoding",
    "x-received",
    "dkim-signature",
    "x-mozilla-status",
    "x-originating-ip",
];

/// Whether a line is a field that is known from mail.
pub(crate) fn is_known(line: &[u8]) -> bool {
    header_name(line).is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        name.starts_with(b"x-")
            || name == b"status"
            || MAIL_FIELDS.iter().any(|field| field.as_bytes() == name)
    })
}

/// Whether a header has a field that is known from mail, or says what the content is.
pub(crate) fn has_mail_field(header: &[u8]) -> bool {
    let known = |line: &[u8]| {
        let name = header_name(line).unwrap_or_default().to_ascii_lowercase();
        is_known(line)
            || name.starts_with(b"content-")
            || name.starts_with(b"resent-")
            || SIGNS.iter().any(|field| field.as_bytes() == name)
    };
    header.split(|byte| *byte == b'\n').any(known)
}
