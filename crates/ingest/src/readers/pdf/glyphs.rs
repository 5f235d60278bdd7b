//! What is drawn on a page, collected instead of painted.

use std::collections::{HashMap, HashSet};

use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::WritingMode;
use hayro::hayro_interpret::pattern::Pattern;
use hayro::hayro_interpret::{
    BlendMode, CacheKey, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, Paint,
    SoftMask,
};
use hayro::hayro_syntax::object::{Dict, String as PdfString};
use hayro::kurbo::{BezPath, PathEl, Point, Rect, Shape};

use super::lines::{self, Placed};
use super::strings;
use super::unicode::{Collections, Meaning, Meanings};

/// Most glyphs of a page that are kept: no page that was written to be read has as many.
const MAX_GLYPHS: usize = 1_000_000;
/// Most pictures of a page whose places are kept.
const MAX_PICTURES: usize = 10_000;
/// Most patterns and masks of a page that are looked into.
const MAX_WITHIN: usize = 1_000;
/// Smaller than this, in points, and nobody reads it.
const TINY: f64 = 2.0;

/// What one page has.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub glyphs: usize,
    pub invisible: usize,
    pub off_page: usize,
    pub tiny: usize,
    pub paths: usize,
    /// Small filled shapes with curves, as letters are that were made into outlines: how many, and different ones.
    pub letters: usize,
    pub alphabet: HashSet<u64>,
    /// More than was kept.
    pub cut: usize,
    /// Where pictures are, within the page.
    pub pictures: Vec<Rect>,
    /// Most pixels to the inch of any picture that is not small.
    pub dpi: f64,
    /// Pixels of all of them together.
    pub pixels: f64,
}

/// Glyphs of one font that have no character, or one that was guessed.
#[derive(Debug, Default)]
pub(super) struct Doubtful {
    /// How many, by page (from 1).
    pub by_page: Vec<(usize, usize)>,
    /// Different ones: a font with one or two is bullets and logos, not text.
    pub codes: HashSet<u32>,
}

impl Doubtful {
    fn add(&mut self, page: usize, code: u32) {
        match self.by_page.last_mut() {
            Some((last, count)) if *last == page => *count += 1,
            _ => self.by_page.push((page, 1)),
        }
        if self.codes.len() < 10 {
            self.codes.insert(code);
        }
    }
}

/// Collects page after page.
pub(super) struct Collector<'c> {
    meanings: Meanings<'c>,
    page: usize,
    bounds: Rect,
    pub glyphs: Vec<Placed>,
    pub drawn: Drawn,
    /// Replacement texts and descriptions that the page states.
    pub stated: Vec<String>,
    /// By name of the font.
    pub unknown: HashMap<String, Doubtful>,
    pub guessed: HashMap<String, Doubtful>,
    /// Patterns and masks of this page that were looked into.
    within: HashSet<u128>,
}

impl<'c> Collector<'c> {
    pub fn new(collections: &'c Collections) -> Self {
        Collector {
            meanings: Meanings::new(collections),
            page: 0,
            bounds: Rect::ZERO,
            glyphs: Vec::new(),
            drawn: Drawn::default(),
            stated: Vec::new(),
            unknown: HashMap::new(),
            guessed: HashMap::new(),
            within: HashSet::new(),
        }
    }

    /// Begins page `page` (from 1), which shows `bounds`.
    pub fn begin(&mut self, page: usize, bounds: Rect) {
        self.page = page;
        self.bounds = bounds;
        self.glyphs.clear();
        self.drawn = Drawn::default();
        self.stated.clear();
        self.within.clear();
    }

    /// Looks into what paints or masks something: text and pictures that no page draws by itself. Their lines are
    /// no part of the lines that they lie on.
    fn look_into(&mut self, key: u128, draw: impl FnOnce(&mut Self)) {
        if self.within.len() >= MAX_WITHIN {
            self.drawn.cut += usize::from(!self.within.contains(&key));
            return;
        }
        if !self.within.insert(key) {
            return;
        }
        let outside = std::mem::take(&mut self.glyphs);
        draw(self);
        let inside = std::mem::replace(&mut self.glyphs, outside);
        self.stated.extend(lines::lines(inside));
    }

    /// Takes note of shapes that are as letters are.
    fn outlines(&mut self, path: &BezPath, props: &DrawProps<'_>) {
        let elements = path.elements();
        if elements.len() > 20_000 || self.drawn.letters >= MAX_GLYPHS {
            return;
        }
        let parts = elements.split_inclusive(|element| matches!(element, PathEl::ClosePath));
        for part in parts {
            let curves = part
                .iter()
                .filter(|element| matches!(element, PathEl::CurveTo(..) | PathEl::QuadTo(..)));
            let curves = curves.count();
            // A circle is four curves, a box with round corners has as many lines.
            if !(3..=64).contains(&curves) || part.len() > 80 {
                continue;
            }
            let shape = BezPath::from_vec(part.to_vec());
            let place = (props.transform * shape).bounding_box();
            let fits =
                (2.0..=48.0).contains(&place.height()) && (1.0..=60.0).contains(&place.width());
            if !fits {
                continue;
            }
            self.drawn.letters += 1;
            if self.drawn.alphabet.len() < 1000 {
                // The same letter has the same steps and about the same size.
                let mut key = part.len() as u64;
                for element in part {
                    key = key << 2
                        | match element {
                            PathEl::LineTo(_) => 1,
                            PathEl::CurveTo(..) | PathEl::QuadTo(..) => 2,
                            _ => 3,
                        };
                }
                self.drawn
                    .alphabet
                    .insert(key << 16 | (place.width() * 2.0).round() as u64);
            }
        }
    }

    fn paint<'a>(&mut self, props: &DrawProps<'a>, mode: &DrawMode) {
        if let Paint::Pattern(pattern) = &props.paint
            && let Pattern::Tiling(tiling) = &**pattern
        {
            let stroke = matches!(mode, DrawMode::Stroke(_));
            self.look_into(pattern.cache_key(), |inside| {
                let _ = tiling.interpret(inside, tiling.matrix, stroke);
            });
        }
        self.mask(props.soft_mask.as_ref());
    }

    fn mask(&mut self, mask: Option<&SoftMask<'_>>) {
        if let Some(mask) = mask {
            self.look_into(mask.cache_key(), |inside| mask.interpret(inside));
        }
    }

    fn text_of(&mut self, glyph: &Glyph<'_>) -> String {
        match self.meanings.of(glyph) {
            Meaning::Said(said) => said,
            Meaning::Guessed(guess) => {
                let font = self.guessed.entry(font_name(glyph)).or_default();
                font.add(self.page, glyph.char_code());
                guess
            }
            Meaning::Unknown if is_blank(glyph) => " ".to_owned(),
            Meaning::Unknown => {
                let font = self.unknown.entry(font_name(glyph)).or_default();
                font.add(self.page, glyph.char_code());
                char::REPLACEMENT_CHARACTER.to_string()
            }
        }
    }
}

fn is_blank(glyph: &Glyph<'_>) -> bool {
    matches!(glyph, Glyph::Outline(outline) if outline.outline().elements().is_empty())
}

fn font_name(glyph: &Glyph<'_>) -> String {
    let named = match glyph {
        Glyph::Outline(outline) => outline.font_data().and_then(|font| font.postscript_name),
        Glyph::Type3(_) => Some("of type 3".to_owned()),
    };
    named.unwrap_or_else(|| "without a name".to_owned())
}

impl<'a> Device<'a> for Collector<'_> {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.drawn.paths += 1;
        if matches!(mode, DrawMode::Fill(_)) {
            self.outlines(path, &props);
        }
        self.paint(&props, mode);
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}

    fn push_transparency_group(&mut self, _: f32, mask: Option<SoftMask<'a>>, _: BlendMode) {
        self.mask(mask.as_ref());
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.mask(props.soft_mask.as_ref());
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        self.drawn.pixels += width * height;
        let outline = props.transform * Rect::new(0.0, 0.0, width, height).to_path(0.1);
        let place = outline.bounding_box().intersect(self.bounds);
        if place.area().partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater)
            || self.drawn.pictures.len() >= MAX_PICTURES
        {
            return;
        }
        self.drawn.pictures.push(place);
        if place.area() > 0.05 * self.bounds.area() {
            let [a, b, ..] = props.transform.as_coeffs();
            let dpi = 72.0 / a.hypot(b);
            if dpi.is_finite() {
                self.drawn.dpi = self.drawn.dpi.max(dpi);
            }
        }
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        self.paint(&props, mode);
        for glyph in run.glyphs() {
            if self.glyphs.len() >= MAX_GLYPHS {
                self.drawn.cut += 1;
                continue;
            }
            let place = props.transform * glyph.transform();
            let advance = match &**glyph {
                Glyph::Outline(outline) => outline.advance_width(),
                Glyph::Type3(glyph) => glyph.advance_width(),
            };
            let begin = place * Point::ZERO;
            let end = match run.writing_mode() {
                WritingMode::Vertical => place * Point::new(0.0, -1000.0),
                WritingMode::Horizontal => {
                    place * Point::new(f64::from(advance.unwrap_or(500.0)), 0.0)
                }
            };
            let size = (place * Point::new(0.0, 1000.0) - begin).hypot();
            let text = self.text_of(glyph);
            let placed = Placed {
                text,
                x: begin.x,
                y: begin.y,
                end_x: end.x,
                end_y: end.y,
                size,
            };
            if !placed.text.trim().is_empty() {
                self.drawn.glyphs += 1;
                self.drawn.invisible += usize::from(matches!(mode, DrawMode::Invisible));
                self.drawn.off_page += usize::from(!self.bounds.contains(begin));
                self.drawn.tiny += usize::from(size < TINY);
            }
            self.glyphs.push(placed);
        }
    }

    fn begin_marked_content(&mut self, _: &[u8], properties: Option<&Dict<'_>>) {
        for key in ["ActualText", "Alt"] {
            let said = properties.and_then(|said| said.get::<PdfString<'_>>(key));
            if let Some(said) = said.filter(|_| self.stated.len() < MAX_GLYPHS) {
                self.stated.push(strings::text(said.as_bytes()));
            }
        }
    }
}

/// Which share of `bounds` the union of `rects` covers, on a grid.
pub(super) fn cover(rects: &[Rect], bounds: Rect) -> f64 {
    const CELLS: usize = 64;
    let mut hit = [false; CELLS * CELLS];
    for rect in rects {
        let column = |x: f64| ((x - bounds.x0) / bounds.width() * CELLS as f64).round();
        let row = |y: f64| ((y - bounds.y0) / bounds.height() * CELLS as f64).round();
        let (x0, x1) = (column(rect.x0) as usize, column(rect.x1) as usize);
        let (y0, y1) = (row(rect.y0) as usize, row(rect.y1) as usize);
        for y in y0..y1.min(CELLS) {
            hit[y * CELLS..][x0.min(CELLS)..x1.clamp(x0.min(CELLS), CELLS)].fill(true);
        }
    }
    hit.iter().filter(|hit| **hit).count() as f64 / (CELLS * CELLS) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_cover_a_share_of_the_page_once() {
        let page = Rect::new(0.0, 0.0, 100.0, 200.0);
        let half = Rect::new(0.0, 0.0, 100.0, 100.0);
        assert_eq!(cover(&[], page), 0.0);
        assert_eq!(cover(&[half, half], page), 0.5);
        assert_eq!(cover(&[page, half], page), 1.0);
        assert_eq!(cover(&[Rect::new(-1e300, -5.0, 1e300, 500.0)], page), 1.0);
    }
}
