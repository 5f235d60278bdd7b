//! Names that this program gives to what it commits.

/// The reason code of an item that was read but has no vector in any of the chosen forms.
pub const NO_FORM: &str = "no_form";

/// The fact that holds what of an item was not read: see [`crate::ingest::Ledger::to_fact`].
pub const UNREAD: &str = "unread";
