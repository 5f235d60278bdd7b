//! Reading what is longer than its pane: the one piece of code that scrolls, by rows as they are drawn.
//!
//! How many rows a text has depends on the width it is wrapped to, which only drawing knows. So drawing notes
//! how far one can scroll, and keys move within that.

use super::canvas::{Canvas, wrap};
use super::text;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::cell::Cell;
use std::ops::Range;

/// The first row that is shown.
#[derive(Clone, Debug, Default)]
pub struct Scroll {
    at: Cell<usize>,
    /// The last row that can be the first one shown, when it was drawn last.
    last: Cell<usize>,
    /// Rows that were shown then.
    page: Cell<usize>,
}

impl Scroll {
    /// To the first row.
    pub fn home(&self) {
        self.at.set(0);
    }

    /// To the last row, also of what was not drawn yet.
    pub fn end(&self) {
        self.at.set(usize::MAX);
    }

    /// Whether the first row is shown.
    pub fn at_home(&self) -> bool {
        self.at.get() == 0
    }

    /// Whether the last row is shown.
    pub fn at_end(&self) -> bool {
        self.at.get() >= self.last.get()
    }

    /// Moves by a key; false if the key does not move, or there is nowhere to move to.
    pub fn key(&self, key: KeyEvent) -> bool {
        let (at, last) = (self.at.get().min(self.last.get()), self.last.get());
        // One row of the old page stays in sight.
        let page = self.page.get().saturating_sub(1).max(1);
        let to = match key.code {
            KeyCode::Down | KeyCode::Char('j') => at + 1,
            KeyCode::Up | KeyCode::Char('k') => at.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => at + page,
            KeyCode::PageUp => at.saturating_sub(page),
            KeyCode::Home | KeyCode::Char('g') => 0,
            KeyCode::End | KeyCode::Char('G') => last,
            _ => return false,
        };
        self.at.set(to.min(last));
        true
    }

    /// The rows to draw of so many.
    pub fn window(&self, rows: usize, height: usize) -> Range<usize> {
        self.page.set(height);
        self.last.set(rows.saturating_sub(height));
        let at = self.at.get().min(self.last.get());
        self.at.set(at);
        at..rows.min(at + height)
    }
}

impl Canvas<'_, '_> {
    /// Names and values, one a line; long values go on below.
    pub fn facts(&mut self, area: Rect, facts: &[(&str, String)], scroll: &Scroll) {
        let theme = self.theme;
        let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        self.scrolled_rows(area, scroll, |columns| {
            let columns = columns.saturating_sub(width + 2).max(8);
            let mut lines = Vec::new();
            for (name, value) in facts {
                for (i, part) in wrap(value, columns).into_iter().enumerate() {
                    let name = if i == 0 { *name } else { "" };
                    lines.push(Line::from(vec![
                        Span::styled(format!("{name:<width$}  "), theme.dim()),
                        Span::raw(part),
                    ]));
                }
            }
            lines
        });
    }

    /// Lines, wrapped at words, as many as fit from where one has scrolled to.
    pub fn scrolled(&mut self, area: Rect, lines: Vec<Line<'_>>, scroll: &Scroll) {
        self.scrolled_rows(area, scroll, |width| {
            lines
                .iter()
                .flat_map(|line| wrap_line(line, width))
                .collect()
        });
    }

    /// As [`Canvas::scrolled`]; `rows` makes the rows for a width.
    pub fn scrolled_rows<'t>(
        &mut self,
        area: Rect,
        scroll: &Scroll,
        rows: impl Fn(usize) -> Vec<Line<'t>>,
    ) {
        let height = usize::from(area.height);
        let all = rows(usize::from(area.width));
        if all.len() <= height || area.width < 3 {
            let shown = scroll.window(all.len(), height);
            return self.text(area, all[shown].to_vec());
        }
        // The bar takes a column.
        let inside = Rect {
            width: area.width - 1,
            ..area
        };
        let all = rows(usize::from(inside.width));
        let shown = scroll.window(all.len(), height);
        self.bar(area, all.len(), shown.start);
        self.text(inside, all[shown].to_vec());
    }
}

/// A line that is too long, in pieces; they have the style that it begins with.
fn wrap_line(line: &Line<'_>, width: usize) -> Vec<Line<'static>> {
    let whole: String = line.spans.iter().map(|s| s.content.as_ref()).collect();
    if text::width(&whole) <= width {
        let spans = line.spans.iter();
        let spans = spans.map(|s| Span::styled(s.content.to_string(), s.style));
        let mut owned = Line::from(spans.collect::<Vec<_>>()).style(line.style);
        owned.alignment = line.alignment;
        return vec![owned];
    }
    let first = line.spans.first();
    let style = first.map_or(line.style, |s| line.style.patch(s.style));
    let parts = wrap(&whole, width).into_iter();
    parts.map(|part| Line::styled(part, style)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_move_within_what_was_drawn() {
        let scroll = Scroll::default();
        let press = |code: KeyCode| {
            assert!(scroll.key(code.into()));
            scroll.window(100, 10)
        };
        assert_eq!(scroll.window(100, 10), 0..10);
        assert_eq!(press(KeyCode::Down), 1..11);
        assert_eq!(press(KeyCode::PageDown), 10..20);
        assert_eq!(press(KeyCode::End), 90..100);
        // No key is lost beyond the end.
        assert_eq!(press(KeyCode::Down), 90..100);
        assert_eq!(press(KeyCode::Up), 89..99);
        assert_eq!(press(KeyCode::PageUp), 80..90);
        assert_eq!(press(KeyCode::Home), 0..10);
        assert!(!scroll.key(KeyCode::Char('x').into()));
        // The end of what is not drawn yet, and of what became shorter.
        scroll.end();
        assert_eq!(scroll.window(50, 10), 40..50);
        assert_eq!(scroll.window(5, 10), 0..5);
        assert!(scroll.at_home() && scroll.at_end());
    }
}
