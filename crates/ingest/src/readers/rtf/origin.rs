//! What rich text is.

/// What rich text was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::readers) enum Origin {
    RichText,
    PlainText,
    /// A web page: the text is that page, with its tags.
    Html,
}
