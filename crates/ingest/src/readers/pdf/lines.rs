//! From glyphs at their places to lines of text.
//!
//! The order is that of drawing, which is the order of reading in nearly every file; pieces of a line that
//! were drawn apart are joined. Words are told apart by gaps: of the line's own usual gap, not of zero, so
//! that letters that are set apart stay a word.

use std::collections::HashMap;

use super::logical;
use unicode_normalization::UnicodeNormalization;

/// A glyph on the page, in units of the page.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub text: String,
    /// Where it begins.
    pub x: f64,
    pub y: f64,
    /// Where the next one would begin.
    pub end_x: f64,
    pub end_y: f64,
    /// Size of the font.
    pub size: f64,
}

impl Placed {
    fn is_space(&self) -> bool {
        self.text
            .chars()
            .all(|c| c.is_whitespace() || c.is_control())
    }

    fn is_finite(&self) -> bool {
        [self.x, self.y, self.end_x, self.end_y, self.size]
            .iter()
            .all(|value| value.is_finite())
    }
}

/// A gap of this share of the font's size begins a word.
const WORD_GAP: f64 = 0.13;
/// A gap of this many sizes begins another piece: a column.
const COLUMN_GAP: f64 = 1.5;
/// How many pieces back the beginning of a line is looked for.
const LOOK_BACK: usize = 400;

/// Glyphs one behind the other, in one direction.
struct Piece {
    glyphs: Vec<Placed>,
    dx: f64,
    dy: f64,
    /// Characters set below each other by a font for horizontal text.
    down: bool,
}

impl Piece {
    fn along(&self, x: f64, y: f64) -> f64 {
        x * self.dx + y * self.dy
    }

    fn across(&self, x: f64, y: f64) -> f64 {
        (x * self.dy - y * self.dx).abs()
    }

    /// Gap between two of its glyphs, in sizes.
    fn gap(&self, before: &Placed, after: &Placed) -> f64 {
        self.along(after.x - before.end_x, after.y - before.end_y)
            / after.size.max(before.size * 0.5).max(0.01)
    }

    fn has_right_to_left(&self) -> bool {
        self.glyphs
            .iter()
            .any(|glyph| glyph.text.chars().any(logical::is_right_to_left))
    }
}

/// The lines of a page, in the order of drawing. Words that were set letter by letter with spaces between
/// are there as they are, and once more, joined, at the end.
pub(super) fn lines(glyphs: Vec<Placed>) -> Vec<String> {
    let mut out = Vec::new();
    let mut joined = Vec::new();
    for piece in joined_pieces(pieces(glyphs)) {
        out.extend(line(&piece, true));
        joined.extend(without_letter_spaces(&piece));
    }
    out.extend(joined);
    out
}

fn pieces(glyphs: Vec<Placed>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut overprints = Overprints::default();
    for glyph in glyphs {
        if !glyph.is_finite() {
            continue;
        }
        let (mut dx, mut dy) = (glyph.end_x - glyph.x, glyph.end_y - glyph.y);
        let advance = dx.hypot(dy);
        if advance > 1e-6 {
            (dx, dy) = (dx / advance, dy / advance);
        } else if let Some(last) = pieces.last() {
            (dx, dy) = (last.dx, last.dy);
        } else {
            (dx, dy) = (1.0, 0.0);
        }
        if !glyph.is_space() && overprints.has(&glyph, advance) {
            continue;
        }
        match pieces.last_mut() {
            Some(last) if continues(last, &glyph, dx, dy) => last.glyphs.push(glyph),
            Some(last) if goes_down(last, &glyph, dx, dy) => {
                last.down = true;
                last.glyphs.push(glyph);
            }
            _ => pieces.push(Piece {
                glyphs: vec![glyph],
                dx,
                dy,
                down: false,
            }),
        }
    }
    pieces
}

/// Tells the same character at nearly the same place: bold by printing twice, filled and stroked.
#[derive(Default)]
struct Overprints(HashMap<(i64, i64, char), (f64, f64)>);

impl Overprints {
    fn has(&mut self, glyph: &Placed, advance: f64) -> bool {
        // Below the advance: "ll" is not one letter.
        let near = (glyph.size * 0.1).min(advance * 0.3).max(1e-3);
        let cell = (glyph.size * 0.1).max(0.01);
        let (x, y) = (
            (glyph.x / cell).round() as i64,
            (glyph.y / cell).round() as i64,
        );
        let c = glyph.text.chars().next().unwrap_or_default();
        for a in -1..=1 {
            for b in -1..=1 {
                let place = (x.saturating_add(a), y.saturating_add(b), c);
                if let Some((x, y)) = self.0.get(&place)
                    && (x - glyph.x).hypot(y - glyph.y) < near
                {
                    return true;
                }
            }
        }
        self.0.insert((x, y, c), (glyph.x, glyph.y));
        false
    }
}

fn continues(piece: &Piece, glyph: &Placed, dx: f64, dy: f64) -> bool {
    let Some(last) = piece.glyphs.last() else {
        return false;
    };
    let size = glyph.size.max(last.size * 0.5).max(0.01);
    let (x, y) = (glyph.x - last.end_x, glyph.y - last.end_y);
    let along = piece.along(x, y);
    let in_line = piece.along(dx, dy) > 0.95
        && piece.across(x, y) < 0.45 * size.max(last.size)
        && along < COLUMN_GAP * size;
    // Text from right to left that is drawn in logical order runs backwards.
    let backwards = || {
        let mut both = glyph.text.chars().chain(last.text.chars());
        along > -4.0 * size && both.any(logical::is_right_to_left)
    };
    in_line && (along > -0.6 * size || backwards())
}

fn goes_down(piece: &Piece, glyph: &Placed, dx: f64, dy: f64) -> bool {
    let Some(last) = piece.glyphs.last() else {
        return false;
    };
    let size = glyph.size.max(last.size * 0.5).max(0.01);
    let (x, y) = (glyph.x - last.x, glyph.y - last.y);
    (piece.glyphs.len() == 1 || piece.down)
        && is_east_asian(&glyph.text)
        && is_east_asian(&last.text)
        && piece.along(dx, dy) > 0.95
        && piece.along(x, y).abs() < 0.2 * size
        && (0.7..2.2).contains(&((x * piece.dy - y * piece.dx) / size))
}

fn is_east_asian(text: &str) -> bool {
    text.chars().all(|c| {
        matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}')
    })
}

/// Joins pieces of one line that were drawn apart.
fn joined_pieces(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for mut piece in pieces {
        match neighbour(&out, &piece) {
            Some((at, false)) => out[at].glyphs.append(&mut piece.glyphs),
            Some((at, true)) => {
                piece.glyphs.append(&mut out[at].glyphs);
                out[at].glyphs = piece.glyphs;
            }
            None => out.push(piece),
        }
    }
    out
}

/// The piece that this one goes on, or (true) that goes on after it.
fn neighbour(pieces: &[Piece], piece: &Piece) -> Option<(usize, bool)> {
    if piece.down {
        return None;
    }
    let (first, last) = (piece.glyphs.first()?, piece.glyphs.last()?);
    let size = first.size.max(0.01);
    let touches = |other: &Piece, x: f64, y: f64| {
        let along = other.along(x, y);
        other.across(x, y) < 0.3 * size && along > -0.3 * size && along < size
    };
    for (at, other) in pieces.iter().enumerate().rev().take(LOOK_BACK) {
        if other.down || other.along(piece.dx, piece.dy) < 0.95 {
            continue;
        }
        let (begin, end) = (other.glyphs.first()?, other.glyphs.last()?);
        if touches(other, first.x - end.end_x, first.y - end.end_y) {
            return Some((at, false));
        }
        if touches(other, begin.x - last.end_x, begin.y - last.end_y) {
            return Some((at, true));
        }
    }
    None
}

/// One line. `spaces`: characters that are spaces count as such, else only gaps do.
fn line(piece: &Piece, spaces: bool) -> Option<String> {
    let right_to_left = piece.has_right_to_left();
    let mut glyphs: Vec<&Placed> = piece.glyphs.iter().collect();
    if !spaces {
        glyphs.retain(|glyph| !glyph.is_space());
    }
    if right_to_left {
        glyphs.sort_by(|a, b| piece.along(a.x, a.y).total_cmp(&piece.along(b.x, b.y)));
    }
    let limit = limit(piece, &glyphs);
    let mut parts: Vec<&str> = Vec::with_capacity(glyphs.len());
    let mut before: Option<&Placed> = None;
    for glyph in glyphs {
        let ends_blank = parts.last().is_none_or(|part| *part == " ");
        if glyph.is_space() {
            if !ends_blank {
                parts.push(" ");
            }
        } else {
            let apart = |before| piece.gap(before, glyph) > limit;
            if !ends_blank && !piece.down && before.is_some_and(apart) {
                parts.push(" ");
            }
            parts.push(&glyph.text);
        }
        before = Some(glyph);
    }
    if right_to_left {
        parts = logical::from_visual(parts);
    }
    let mut out = String::new();
    let last = parts.len().saturating_sub(1);
    for (at, part) in parts.iter().enumerate() {
        fold(part, at == last, &mut out);
    }
    let out = out.trim();
    (!out.is_empty()).then(|| out.to_owned())
}

/// The gap that begins a word: where letters are set apart, their usual gap counts as none.
fn limit(piece: &Piece, glyphs: &[&Placed]) -> f64 {
    let pairs = glyphs
        .windows(2)
        .filter(|pair| !pair[0].is_space() && !pair[1].is_space());
    let mut gaps: Vec<f64> = pairs.map(|pair| piece.gap(pair[0], pair[1])).collect();
    gaps.sort_by(f64::total_cmp);
    let usual = match gaps.len() {
        0..4 => 0.0,
        count => gaps[count / 4].max(0.0),
    };
    match usual > 0.05 {
        true => usual + WORD_GAP.max(usual * 0.3),
        false => WORD_GAP,
    }
}

/// A line that has a space behind nearly every letter, read without them ("k i n g"); nothing for others.
fn without_letter_spaces(piece: &Piece) -> Option<String> {
    let letters = piece
        .glyphs
        .iter()
        .filter(|glyph| !glyph.is_space())
        .count();
    if letters < 5 {
        return None;
    }
    let as_it_is = line(piece, true)?;
    let words = as_it_is.split_whitespace();
    let single = words.clone().filter(|word| word.chars().count() == 1);
    if single.count() * 10 < words.count() * 8 {
        return None;
    }
    line(piece, false).filter(|joined| *joined != as_it_is)
}

/// Ligatures and shapes of letters become letters; nothing else is folded. A soft hyphen stays at the end.
fn fold(part: &str, last: bool, out: &mut String) {
    for c in part.chars() {
        match c {
            '\u{FB00}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}' => {
                out.extend(std::iter::once(c).nfkc())
            }
            '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{3000}' => out.push(' '),
            '\u{AD}' if !last => {}
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letters of width 0.5 at size 10, beginning at `x`, `step` apart.
    fn set(text: &str, x: f64, y: f64, step: f64) -> Vec<Placed> {
        let place = |(at, c): (usize, char)| Placed {
            text: c.to_string(),
            x: x + at as f64 * step,
            y,
            end_x: x + at as f64 * step + 5.0,
            end_y: y,
            size: 10.0,
        };
        text.chars().enumerate().map(place).collect()
    }

    #[test]
    fn letters_that_are_set_apart_stay_a_word() {
        assert_eq!(lines(set("kingfisher", 0.0, 0.0, 5.0)), ["kingfisher"]);
        assert_eq!(lines(set("kingfisher", 0.0, 0.0, 8.0)), ["kingfisher"]);
        let spaced = lines(set("k i n g f i s h e r", 0.0, 0.0, 5.0));
        assert_eq!(spaced, ["k i n g f i s h e r", "kingfisher"]);
    }

    #[test]
    fn gaps_are_spaces_and_wide_gaps_columns() {
        let mut glyphs = set("the", 0.0, 0.0, 5.0);
        glyphs.extend(set("ledger", 18.0, 0.0, 5.0));
        glyphs.extend(set("far", 200.0, 0.0, 5.0));
        assert_eq!(lines(glyphs), ["the ledger", "far"]);
    }

    #[test]
    fn overprinting_is_one_letter() {
        let mut glyphs = Vec::new();
        for glyph in set("bell", 0.0, 0.0, 5.0) {
            let twice = Placed {
                x: glyph.x + 0.2,
                ..glyph.clone()
            };
            glyphs.extend([glyph, twice]);
        }
        assert_eq!(lines(glyphs), ["bell"]);
    }

    #[test]
    fn pieces_of_a_line_are_joined_in_either_order() {
        let mut glyphs = set("fisher", 20.0, 0.0, 5.0);
        glyphs.extend(set("other", 0.0, 50.0, 5.0));
        glyphs.extend(set("king", 0.0, 0.0, 5.0));
        assert_eq!(lines(glyphs), ["kingfisher", "other"]);
    }

    #[test]
    fn rotated_lines_and_ligatures() {
        let turned = set("\u{fb01}n", 0.0, 0.0, 5.0)
            .into_iter()
            .map(|glyph| Placed {
                x: glyph.y,
                y: glyph.x,
                end_x: glyph.end_y,
                end_y: glyph.end_x,
                ..glyph
            });
        assert_eq!(lines(turned.collect()), ["fin"]);
    }

    #[test]
    fn nonsense_coordinates_are_left_out() {
        let mut glyphs = set("a", 0.0, 0.0, 5.0);
        glyphs[0].x = f64::NAN;
        glyphs.extend(set("b", 1e300, 1e300, 5.0));
        assert_eq!(lines(glyphs), ["b"]);
    }
}
