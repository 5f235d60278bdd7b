//! The readers that other people wrote, as tasks that can be run somewhere else: on a thread, or in a
//! process of its own (see [`super::worker`]).

use super::document::{self, Extracted, Format, ReadError};
use super::isolate::{self, Failure};
use super::limits::IngestOptions;
use super::{outlook, worker};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Task {
    /// A document.
    Document(Format),
    /// An Outlook message.
    Outlook,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// Of a document.
    Document(Result<Extracted, ReadError>),
    /// Of an Outlook message; what is wrong with it otherwise.
    Outlook(Result<Box<outlook::Message>, String>),
}

impl Task {
    /// The reader, with its version.
    pub fn reader(self) -> &'static str {
        match self {
            Task::Document(format) => format.extractor(),
            Task::Outlook => outlook::EXTRACTOR,
        }
    }

    /// Reads `bytes` here and now. `unpacked` limits what an archive inside may unpack to.
    pub fn perform(self, bytes: &[u8], unpacked: u64) -> Answer {
        match self {
            Task::Document(format) => Answer::Document(document::extract(format, bytes, unpacked)),
            Task::Outlook => Answer::Outlook(outlook::extract(bytes).map(Box::new)),
        }
    }

    /// Reads `bytes` within the limits: in another process where the program offers itself for that,
    /// else on a thread.
    pub fn run(self, bytes: &Arc<Vec<u8>>, options: &IngestOptions) -> Result<Answer, Failure> {
        let unpacked = options.max_family_bytes;
        match worker::pool() {
            Some(pool) => pool.run(self, bytes, options),
            None => isolate::catch_in_time(options.max_time, bytes, move |bytes| {
                self.perform(bytes, unpacked)
            }),
        }
    }
}

impl Answer {
    /// The bulky parts, which are not part of the serialised form, in order.
    pub fn take_blobs(&mut self) -> Vec<Vec<u8>> {
        match self {
            Answer::Outlook(Ok(message)) => {
                let attached = message.attachments.iter_mut();
                attached.map(|one| std::mem::take(&mut one.bytes)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Puts the bulky parts back; nothing if they are not as many as there were.
    pub fn with_blobs(mut self, blobs: Vec<Vec<u8>>) -> Option<Self> {
        let attachments = match &mut self {
            Answer::Outlook(Ok(message)) => &mut message.attachments[..],
            _ => &mut [],
        };
        if attachments.len() != blobs.len() {
            return None;
        }
        for (attached, bytes) in attachments.iter_mut().zip(blobs) {
            attached.bytes = bytes;
        }
        Some(self)
    }
}
