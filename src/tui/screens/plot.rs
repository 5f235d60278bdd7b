//! The histogram of scores, with the line that decides.

use crate::tui::canvas::Canvas;
use crate::tui::text;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Counts of scores in bins of equal width; bin `zero` is the first that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bins {
    counts: Vec<u64>,
    width: i64,
    zero: usize,
}

impl Bins {
    /// At most `most` bins, none of which holds scores of both sides.
    pub fn new(scores: &[i64], most: usize) -> Option<Self> {
        let low = (*scores.iter().min()?).min(-1);
        let high = (*scores.iter().max()?).max(0);
        let most = most.max(4) as i64;
        let span = high.saturating_sub(low);
        let mut width = (span / most).max(1);
        let bins = |width: i64| low.div_euclid(width).saturating_neg() + high / width + 1;
        while bins(width) > most {
            width += (width / 16).max(1);
        }
        let zero = low.div_euclid(width).saturating_neg() as usize;
        let mut counts = vec![0; bins(width) as usize];
        for score in scores {
            let bin = score.div_euclid(width) + zero as i64;
            counts[bin as usize] += 1;
        }
        Some(Bins {
            counts,
            width,
            zero,
        })
    }
}

/// A score in the unit of the classifier's rule, where it has one.
pub(super) fn score(score: i64, unit: Option<u64>) -> String {
    match unit {
        Some(unit) if unit > 0 => format!("{:.2}", score as f64 / unit as f64),
        _ => score.to_string(),
    }
}

/// Draws columns that grow from the bottom; an odd one out is never invisible.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect, scores: &[i64], unit: Option<u64>) {
    let room = usize::from(area.width).saturating_sub(2);
    // Few items in many narrow bins would look like noise.
    let wanted = ((scores.len() as f64).sqrt() * 3.0) as usize;
    let Some(bins) = Bins::new(scores, wanted.clamp(12, room.max(12)).min(room)) else {
        return canvas.text(area, "no item has a score");
    };
    let wide = (room / bins.counts.len()).max(1);
    let height = area.height.saturating_sub(2);
    let most = bins.counts.iter().copied().max().unwrap_or(1).max(1);
    let theme = canvas.theme;
    // Square roots: a few near the line must be seen beside thousands far from it.
    let eighths = |n: u64| {
        let share = (n as f64).sqrt() / (most as f64).sqrt();
        let full = (share * f64::from(height) * 8.0).round() as u64;
        if n > 0 { full.max(1) } else { 0 }
    };
    let mut lines = Vec::new();
    for row in (0..u64::from(height)).rev() {
        let mut spans = Vec::new();
        for (bin, n) in bins.counts.iter().enumerate() {
            if bin == bins.zero {
                spans.push(Span::styled("│", theme.warn()));
            }
            let style = if bin < bins.zero {
                theme.dim()
            } else {
                theme.accent()
            };
            let level = eighths(*n).saturating_sub(row * 8).min(8) as usize;
            let block = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"][level];
            let gap = if wide > 2 { " " } else { "" };
            let column = block.repeat(wide - gap.len()) + gap;
            spans.push(Span::styled(column, style));
        }
        lines.push(Line::from(spans));
    }
    let rest = bins.counts.len() - bins.zero;
    lines.push(Line::from(vec![
        Span::styled("─".repeat(bins.zero * wide), theme.dim()),
        Span::styled("┴", theme.warn()),
        Span::styled("─".repeat(rest * wide), theme.dim()),
    ]));
    let low = score(-(bins.zero as i64) * bins.width, unit);
    let high = score(rest as i64 * bins.width, unit);
    let left = format!("{low} ← not responsive");
    let right = format!("match → {high}");
    let all = bins.counts.len() * wide + 1;
    let gap = all.saturating_sub(left.chars().count() + right.chars().count());
    let axis = if gap > 0 {
        format!("{left}{}{right}", " ".repeat(gap))
    } else {
        format!("{low} … {high}")
    };
    let axis = text::fit(&axis, usize::from(area.width));
    lines.push(Line::styled(axis, theme.dim()));
    canvas.text(area, lines);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bin_mixes_the_two_sides_and_every_score_is_in_one() {
        for (scores, most) in [
            (vec![-1, 0], 10),
            (vec![-1000, -3, -1, 0, 1, 999], 7),
            ((-500..37).collect(), 60),
            (vec![5, 6], 4),
            (vec![-7], 4),
            (vec![-8_000_000, 8_000_000], 40),
        ] {
            let bins = Bins::new(&scores, most).unwrap();
            assert!(bins.counts.len() <= most, "{bins:?}");
            let below: u64 = bins.counts[..bins.zero].iter().sum();
            assert_eq!(below, scores.iter().filter(|s| **s < 0).count() as u64);
            assert_eq!(bins.counts.iter().sum::<u64>(), scores.len() as u64);
        }
        assert_eq!(Bins::new(&[], 10), None);
    }
}
