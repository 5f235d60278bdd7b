//! What is found in a picture file, and how much may be.

use super::alike;
use crate::limits::MAX_PAGES;
use crate::picture::Picture;
use std::ops::Range;

/// How much may be taken out of one file.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of all pictures together.
    pub bytes: u64,
}

/// A picture inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is, as the name of a file: `page-2.tif`.
    pub name: String,
    /// A picture file.
    pub bytes: Vec<u8>,
}

/// What of a picture file is not in its vector, and not in those of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// Frames, pages or pictures inside.
    Frames,
    /// What its colours mean.
    Colour,
    /// What was behind the end of the file.
    Cut,
}

/// What a file holds beside its first frame.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// Further pictures, in order.
    pub pictures: Vec<Part>,
    /// What could not be taken out: of what, how many, and why.
    pub unseen: Vec<(Unseen, u32, String)>,
    /// Stretches that belong to no picture: behind its end, or in boxes of an unknown kind.
    pub beside: Vec<Range<usize>>,
    bytes: u64,
}

impl Parts {
    pub(super) fn unseen(&mut self, what: Unseen, count: usize, detail: impl Into<String>) {
        if count > 0 {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            self.unseen.push((what, count, detail.into()));
        }
    }

    /// Adds a picture, unless there are enough.
    pub(super) fn push(&mut self, limits: &Limits, name: String, bytes: Vec<u8>) {
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        if self.pictures.len() >= MAX_PAGES {
            self.unseen(
                Unseen::Frames,
                1,
                format!("those behind the first {MAX_PAGES}"),
            );
        } else if self.bytes > limits.bytes {
            self.unseen(
                Unseen::Frames,
                1,
                "together they are larger than a family may be; raise --max-family-size",
            );
        } else {
            self.pictures.push(Part { name, bytes });
        }
    }

    pub(super) fn beside(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.beside.push(range);
        }
    }
}

/// The first frame of the file, decoded once and only where it is asked for.
pub(super) struct Main<'b> {
    bytes: &'b [u8],
    picture: Option<Option<Picture>>,
}

impl<'b> Main<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Main {
            bytes,
            picture: None,
        }
    }

    pub(super) fn picture(&mut self) -> Option<&Picture> {
        self.picture
            .get_or_insert_with(|| Picture::decode(self.bytes).ok())
            .as_ref()
    }

    /// Adds a small copy of the picture to the others, unless it shows the same.
    pub(super) fn thumbnail(
        &mut self,
        limits: &Limits,
        name: &str,
        bytes: Vec<u8>,
        out: &mut Parts,
    ) {
        match Picture::decode(&bytes) {
            Ok(small) => {
                if !self
                    .picture()
                    .is_some_and(|main| alike::alike(main, &small))
                {
                    out.push(limits, name.to_owned(), bytes);
                }
            }
            Err(error) => out.unseen(Unseen::Frames, 1, format!("{name}: {error}")),
        }
    }
}
