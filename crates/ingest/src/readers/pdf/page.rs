//! One page: its lines, and what of it was not read.

use std::collections::BTreeMap;

use hayro::hayro_syntax::object::{Array, Dict, MaybeRef, Object, Stream};
use hayro::kurbo::Rect;

use super::glyphs::{self, Drawn};
use crate::ledger::{Ledger, Unread};

/// Fewer visible glyphs than this beside a picture are a stamp or a page number, not the page's text.
const STAMP: usize = 100;
/// A picture that covers this share of a page without text of its own is the page.
const PAGE_SHARE: f64 = 0.02;
const STAMPED_SHARE: f64 = 0.05;
/// A picture beside text that covers this share may hold text as well.
const BESIDE_SHARE: f64 = 0.25;
/// So many shapes and no glyph: letters that are drawn.
const OUTLINES: usize = 200;

/// So many small shapes of so many kinds beside text: letters that are drawn. A map or a chart has fewer kinds.
const LETTERS: usize = 60;
const ALPHABET: usize = 12;

/// Why a page should be looked at as a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pictured {
    /// It has no text but perhaps a stamp.
    Whole,
    /// A picture stands beside text.
    Beside,
}

/// Judges a page by what was drawn on it.
pub(super) fn pictured(drawn: &Drawn, bounds: Rect) -> Option<Pictured> {
    let visible = drawn.glyphs.saturating_sub(drawn.invisible);
    let cover = glyphs::cover(&drawn.pictures, bounds);
    // Somebody recognised the text of this picture before, and laid it under it.
    let recognised = drawn.invisible >= 20 && cover > 0.5;
    if recognised {
        return None;
    }
    let outlines = drawn.glyphs == 0 && drawn.paths > OUTLINES;
    if drawn.glyphs == 0 && cover > PAGE_SHARE
        || visible < STAMP && cover > STAMPED_SHARE
        || outlines
    {
        return Some(Pictured::Whole);
    }
    let drawn_letters = drawn.letters >= LETTERS && drawn.alphabet.len() >= ALPHABET;
    (cover > BESIDE_SHARE || drawn_letters).then_some(Pictured::Beside)
}

/// How finely a page is to be painted: as its scan is, within reason.
pub(super) fn dpi(drawn: &Drawn) -> u32 {
    match drawn.dpi {
        dpi if dpi >= 1.0 => dpi.clamp(150.0, 600.0).round() as u32,
        _ => 300,
    }
}

/// Parts of the content of a page that are not there.
pub(super) fn missing_content(page: &Dict<'_>) -> bool {
    let Some(content) = page.get_raw::<Object<'_>>("Contents") else {
        return false;
    };
    let resolved = page.get::<Object<'_>>("Contents");
    match (content, resolved) {
        (_, Some(Object::Array(parts))) => some_missing(&parts),
        (_, Some(Object::Stream(_))) => false,
        (MaybeRef::NotRef(Object::Null(_)), _) => false,
        _ => true,
    }
}

fn some_missing(parts: &Array<'_>) -> bool {
    let there = parts.iter::<Stream<'_>>().count();
    parts.raw_iter().take(100_000).count() > there
}

/// Numbers of pages by what is wrong with them, so that each code says "pages 1-3, 7" once.
#[derive(Debug, Default)]
pub(super) struct Pages(BTreeMap<(Unread, &'static str), Vec<u32>>);

impl Pages {
    pub fn add(&mut self, code: Unread, what: &'static str, page: u32) {
        let pages = self.0.entry((code, what)).or_default();
        if pages.last() != Some(&page) {
            pages.push(page);
        }
    }

    pub fn tell(self, ledger: &mut Ledger) {
        for ((code, what), pages) in self.0 {
            let count = u32::try_from(pages.len()).unwrap_or(u32::MAX);
            ledger.add_many(code, count, format!("{what} on {}", ranges(&pages)));
        }
    }
}

/// "page 3", "pages 1-3, 7".
pub(crate) fn ranges(pages: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &page in pages {
        match runs.last_mut() {
            Some((_, end)) if end.checked_add(1) == Some(page) => *end = page,
            _ => runs.push((page, page)),
        }
    }
    let shown: Vec<String> = runs
        .iter()
        .map(|(start, end)| match start == end {
            true => start.to_string(),
            false => format!("{start}-{end}"),
        })
        .collect();
    let word = if pages.len() == 1 { "page" } else { "pages" };
    format!("{word} {}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_pages_are_named_short() {
        assert_eq!(ranges(&[3]), "page 3");
        assert_eq!(ranges(&[1, 2, 3, 7, 9, 10]), "pages 1-3, 7, 9-10");
    }

    #[test]
    fn pages_are_judged_by_glyphs_and_pictures() {
        let page = Rect::new(0.0, 0.0, 100.0, 100.0);
        let judge = |glyphs, invisible, share: f64, paths| {
            let pictures = vec![Rect::new(0.0, 0.0, 100.0, 100.0 * share)];
            let drawn = Drawn {
                glyphs,
                invisible,
                paths,
                pictures,
                ..Drawn::default()
            };
            pictured(&drawn, page)
        };
        assert_eq!(judge(0, 0, 1.0, 0), Some(Pictured::Whole));
        assert_eq!(judge(30, 0, 0.5, 0), Some(Pictured::Whole));
        assert_eq!(judge(0, 0, 0.0, 1000), Some(Pictured::Whole));
        assert_eq!(judge(2000, 0, 0.5, 0), Some(Pictured::Beside));
        assert_eq!(judge(2000, 2000, 1.0, 0), None);
        assert_eq!(judge(2000, 0, 0.1, 5000), None);
        assert_eq!(judge(0, 0, 0.0, 0), None);
    }
}
