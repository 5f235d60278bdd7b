//! How much one input may ask of the machine.

use std::time::Duration;

/// What reading is allowed to use. Whatever goes beyond becomes an exception that names the limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngestOptions {
    /// Largest item, in bytes, that is held in memory. An mbox may be of any size: this limits
    /// its messages.
    pub max_item_bytes: u64,
    /// Most bytes that the items of one family may have together, attachments decoded and
    /// archives unpacked.
    pub max_family_bytes: u64,
    /// Longest text of one item, in bytes of UTF-8.
    pub max_text_bytes: usize,
    /// How deep messages in messages and archives in archives are opened.
    pub max_depth: usize,
    /// Most items in one family.
    pub max_family_items: usize,
    /// Leave out files and folders whose name begins with a dot. Off unless asked for: what is
    /// left out here is not part of the corpus.
    pub skip_hidden: bool,
    /// Most bytes of address space that a process which reads documents may use.
    pub max_reader_bytes: u64,
    /// Longest time that a reader may take for one document.
    pub max_time: Duration,
}

impl Default for IngestOptions {
    fn default() -> Self {
        Self {
            max_item_bytes: 256 << 20,
            max_family_bytes: 1 << 30,
            max_text_bytes: 16 << 20,
            max_depth: 8,
            max_family_items: 5_000,
            skip_hidden: false,
            max_reader_bytes: 4 << 30,
            max_time: Duration::from_secs(60),
        }
    }
}

/// A count of bytes as people write it.
pub(crate) fn human_bytes(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}
