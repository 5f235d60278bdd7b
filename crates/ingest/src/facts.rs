//! Facts that answer one question, the best answer first: they are stated by different readers.

/// When a document was sent, else received, else last changed, else made.
pub const DATES: [&str; 4] = ["date", "date_received", "modified", "created"];

/// Who wrote a document, as it says itself; where that is left empty, who changed it last.
pub const AUTHORS: [&str; 2] = ["author", "last_author"];
