//! Pictures: what they hold beside their first frame, which is all that a network sees of them.
//!
//! Further pages, frames and pictures become children, and so do thumbnails that show something else. What lies behind the
//! end of the picture is handed out as it is. What could not be taken out is told.

use candor_picture::{Limits, Unseen, parts};

use crate::ledger::Unread;
use crate::reading::{Child, Given, ReadError, Reader, Reading};

/// Recorded as the reader of pictures.
pub(crate) const EXTRACTOR: &str = "candor-picture/1 image/0.25.10 heifer/0.1.3";

pub(super) struct Frames;

impl Reader for Frames {
    fn name(&self) -> &'static str {
        EXTRACTOR
    }

    fn read(&self, bytes: &[u8], given: &Given) -> Result<Reading, ReadError> {
        let mut out = Reading::default();
        let found = parts(
            bytes,
            &Limits {
                bytes: given.unpacked,
            },
        );
        for (what, count, detail) in found.unseen {
            let code = match what {
                Unseen::Frames => Unread::Frames,
                Unseen::Colour => Unread::Colour,
                Unseen::Cut => Unread::Truncated,
            };
            out.ledger.add_many(code, count, detail);
        }
        for part in found.pictures {
            out.children.push(Child {
                name: part.name,
                bytes: part.bytes,
                ..Child::default()
            });
        }
        out.beside = found
            .beside
            .into_iter()
            .map(|range| bytes[range].to_vec())
            .collect();
        Ok(out)
    }
}
