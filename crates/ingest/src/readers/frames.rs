//! Pictures: what they hold beside their first frame, which is all that a network sees of them.
//!
//! Further pages, frames and pictures become children, and so do thumbnails that show something else, and files behind the
//! end of the picture or inside of it. What could not be taken out is told.

use std::collections::HashSet;

use candor_picture::{Limits, Unseen, parts};
use memchr::memmem;

use crate::beside;
use crate::ledger::Unread;
use crate::reading::{Child, Given, ReadError, Reader, Reading};

use super::archives::is_tar;

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
        for range in found.beside {
            let stretch = &bytes[range];
            let place = "behind the end of the picture";
            beside::files(stretch, place, &mut out.children, &mut out.ledger);
        }
        polyglot(bytes, &mut out);
        let mut places = HashSet::new();
        for (number, child) in (1..).zip(&mut out.children) {
            let mut place = child.name.clone();
            if !places.insert(place.clone()) {
                place = format!("{number}-{place}");
                places.insert(place.clone());
            }
            child.place = Some(place);
        }
        Ok(out)
    }
}

/// A picture can be something else as well, to programs that look elsewhere for a mark.
fn polyglot(bytes: &[u8], out: &mut Reading) {
    let head = &bytes[..bytes.len().min(1024)];
    if let Some(at) = memmem::find(head, b"%PDF-") {
        out.children.push(Child {
            name: "document-inside.pdf".to_owned(),
            bytes: bytes[at..].to_vec(),
            ..Child::default()
        });
    }
    if is_tar(bytes) {
        out.ledger.add(
            Unread::Beside,
            "it is a tar archive as well; unpack it and add what is in it",
        );
    }
    beside::archive(bytes, &mut out.children, &mut out.ledger);
}
