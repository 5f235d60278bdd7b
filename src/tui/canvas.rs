//! Drawing, and remembering what was drawn where, so that the mouse can point at it.

use super::cursor::window;
use super::event::Snapshot;
use super::input::Input;
use super::keys;
use super::text;
use super::theme::Theme;
use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{
    Block, Clear, Paragraph, Scrollbar, ScrollbarOrientation, ScrollbarState, Wrap,
};
use std::path::Path;

/// What lies under the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// Like pressing this key.
    Key(KeyCode),
    /// A row of the list that has the focus.
    Row(usize),
    /// Nothing, although something lies below.
    Nothing,
}

/// Areas and what they mean; later ones lie above earlier ones.
#[derive(Clone, Debug, Default)]
pub struct Hits(Vec<(Rect, Hit)>);

impl Hits {
    /// What lies at a position.
    pub fn at(&self, column: u16, row: u16) -> Option<Hit> {
        let position = Position::new(column, row);
        let found = self.0.iter().rev().find(|(a, _)| a.contains(position));
        found.map(|(_, hit)| *hit)
    }
}

/// Where screens draw.
pub struct Canvas<'a, 'b> {
    /// The frame.
    pub frame: &'a mut Frame<'b>,
    /// The styles.
    pub theme: Theme,
    /// Counts up with time, for things that move.
    pub tick: u64,
    /// What was drawn where.
    pub hits: Hits,
    /// The user's home.
    pub home: Option<&'a Path>,
}

impl Canvas<'_, '_> {
    /// A path as it is shown.
    pub fn path(&self, path: &Path) -> String {
        text::path(self.home, path)
    }

    /// Makes an area clickable.
    pub fn hit(&mut self, area: Rect, hit: Hit) {
        self.hits.0.push((area, hit));
    }

    /// Text, cut at the edges.
    pub fn text<'t>(&mut self, area: Rect, text: impl Into<Text<'t>>) {
        self.frame.render_widget(Paragraph::new(text), area);
    }

    /// Text of this program, wrapped at words, that fits; what can be longer goes through
    /// [`Canvas::scrolled`].
    pub fn wrapped<'t>(&mut self, area: Rect, text: impl Into<Text<'t>>) {
        let paragraph = Paragraph::new(text).wrap(Wrap { trim: false });
        self.frame.render_widget(paragraph, area);
    }

    /// A frame with a title; returns what is inside.
    pub fn block(&mut self, area: Rect, title: &str, focused: bool) -> Rect {
        let style = if focused {
            self.theme.accent()
        } else {
            self.theme.dim()
        };
        let title = Span::styled(
            format!(
                " {} ",
                text::fit(title, area.width.saturating_sub(4) as usize)
            ),
            if focused {
                self.theme.accent()
            } else {
                self.theme.strong()
            },
        );
        let block = Block::bordered().border_style(style).title(title);
        let inner = block.inner(area);
        self.frame.render_widget(block, area);
        inner
    }

    /// A frame in the middle of the screen, above everything else; returns what is inside.
    pub fn dialog(&mut self, title: &str, width: u16, height: u16) -> Rect {
        let screen = self.frame.area();
        let width = width.min(screen.width.saturating_sub(2));
        let height = height.min(screen.height.saturating_sub(2));
        let area = Rect::new(
            (screen.width - width) / 2,
            (screen.height - height) / 2,
            width,
            height,
        );
        self.hit(screen, Hit::Nothing);
        self.frame.render_widget(Clear, area);
        let inner = self.block(area, title, true);
        Rect {
            x: inner.x + 1,
            width: inner.width.saturating_sub(2),
            ..inner
        }
    }

    /// A list; `line` makes the line of a row, given the columns it may take.
    pub fn rows<'t>(
        &mut self,
        area: Rect,
        len: usize,
        selected: Option<usize>,
        focused: bool,
        line: impl Fn(usize, usize) -> Line<'t>,
    ) {
        let height = usize::from(area.height);
        let scrolls = len > height && area.width > 2;
        let columns = area.width - u16::from(scrolls);
        let range = window(selected.unwrap_or(0), len, height);
        for (y, row) in range.clone().enumerate() {
            let at = Rect::new(area.x, area.y + y as u16, columns, 1);
            let mut line = line(row, usize::from(columns));
            if selected == Some(row) {
                // One style for the whole row, whatever its parts had.
                line.spans.iter_mut().for_each(|s| s.style = Style::new());
                line = line.style(self.theme.selected(focused));
            }
            self.frame.render_widget(line, at);
            self.hit(at, Hit::Row(row));
        }
        if scrolls {
            self.bar(area, len, range.start);
        }
    }

    /// A bar at the right edge that tells where in so many rows one is.
    pub fn bar(&mut self, area: Rect, rows: usize, at: usize) {
        let height = usize::from(area.height);
        let mut state = ScrollbarState::new(rows.saturating_sub(height))
            .position(at)
            .viewport_content_length(height);
        let bar = Scrollbar::new(ScrollbarOrientation::VerticalRight)
            .begin_symbol(None)
            .end_symbol(None)
            .style(self.theme.dim());
        self.frame.render_stateful_widget(bar, area, &mut state);
    }

    /// A line of typed text with its cursor.
    pub fn input(&mut self, area: Rect, input: &Input, focused: bool) {
        let (before, after) = input.split();
        let width = usize::from(area.width);
        if !focused {
            let all = text::clean(&format!("{before}{after}"));
            return self.text(area, text::fit_end(&all, width));
        }
        let before = text::fit_end(&text::clean(before), width.saturating_sub(1));
        let mut rest = after.chars();
        let under = rest
            .next()
            .map_or(" ".to_owned(), |c| text::clean(&c.to_string()));
        let line = Line::from(vec![
            Span::raw(before),
            Span::styled(under, self.theme.selected(true)),
            Span::raw(text::clean(rest.as_str())),
        ]);
        self.text(area, line);
    }

    /// Something that moves while work goes on.
    pub fn spinner(&self) -> char {
        ['⠋', '⠙', '⠸', '⠴', '⠦', '⠇'][self.tick as usize % 6]
    }

    /// How far a job is, in three lines.
    pub fn progress(&mut self, area: Rect, at: &Snapshot, paused: bool) {
        let [head, bar, foot] = Layout::vertical([Constraint::Length(1); 3]).areas(area);
        let mark = if paused { '⏸' } else { self.spinner() };
        let mut label = vec![
            Span::styled(format!("{mark} "), self.theme.accent()),
            Span::styled(text::clean(&at.label), self.theme.strong()),
        ];
        if !at.note.is_empty() {
            label.push(Span::styled(
                format!("  {}", text::clean(&at.note)),
                self.theme.dim(),
            ));
        }
        self.text(head, Line::from(label));
        if let Some(total) = at.total {
            let ratio = at.done as f64 / total.max(1) as f64;
            let full = (ratio.clamp(0.0, 1.0) * f64::from(bar.width)) as usize;
            let rest = usize::from(bar.width) - full;
            let line = Line::from(vec![
                Span::styled("█".repeat(full), self.theme.accent()),
                Span::styled("░".repeat(rest), self.theme.dim()),
            ]);
            self.text(bar, line);
        }
        let show = |n: u64| {
            if at.in_bytes {
                text::bytes(n)
            } else {
                text::count(n)
            }
        };
        let mut parts = vec![match at.total {
            Some(total) => format!("{} of {}", show(at.done), show(total)),
            None if at.done > 0 => show(at.done),
            None => String::new(),
        }];
        if at.done > 0 && !at.elapsed.is_zero() {
            parts.push(if at.in_bytes {
                format!("{}/s", text::bytes(at.rate() as u64))
            } else {
                format!("{:.1}/s", at.rate())
            });
        }
        if paused {
            parts.push("paused".to_owned());
        } else if let Some(left) = at.left() {
            parts.push(format!("about {} left", text::duration(left)));
        } else if at.elapsed.as_secs() > 1 {
            parts.push(format!("{} so far", text::duration(at.elapsed)));
        }
        parts.retain(|p| !p.is_empty());
        self.text(foot, Line::styled(parts.join("   "), self.theme.dim()));
    }

    /// Tabs with the key that leads to each.
    pub fn tabs(&mut self, area: Rect, tabs: &[(char, String)], current: usize) {
        let mut x = area.x;
        for (i, (key, label)) in tabs.iter().enumerate() {
            let cells = format!(" {key} {label} ");
            let width = (text::pad(&cells, cells.chars().count()).chars().count()) as u16;
            if x + width > area.right() {
                break;
            }
            let at = Rect::new(x, area.y, width, 1);
            let style = if i == current {
                self.theme.selected(true)
            } else {
                Style::new()
            };
            self.text(at, Line::styled(cells, style));
            self.hit(at, Hit::Key(KeyCode::Char(*key)));
            x += width;
        }
    }

    /// The footer: keys that work here. They can be clicked.
    pub fn keys(&mut self, area: Rect, keys: &[(KeyCode, &str)]) {
        let mut x = area.x;
        let wide = |(code, label): &(KeyCode, &str)| {
            (keys::name(*code).chars().count() + label.chars().count() + 3) as u16
        };
        // The last one leads out: it is there however many there are.
        let last = keys.last().map_or(0, wide);
        for (n, (code, label)) in keys.iter().enumerate() {
            let name = keys::name(*code);
            let width = wide(&(*code, *label));
            let kept = if n + 1 < keys.len() { last } else { 0 };
            if x + width + kept > area.right() {
                continue;
            }
            let at = Rect::new(x, area.y, width, 1);
            let line = Line::from(vec![
                Span::styled(format!(" {name}"), self.theme.accent()),
                Span::raw(format!(" {label} ")),
            ]);
            self.text(at, line);
            self.hit(at, Hit::Key(*code));
            x += width;
        }
    }
}

/// Text broken into pieces of at most so many columns, at spaces where possible. Nothing is lost but the spaces
/// at which it is broken.
pub fn wrap(value: &str, columns: usize) -> Vec<String> {
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
    let columns = columns.max(1);
    let mut out = Vec::new();
    for paragraph in value.split('\n') {
        let (mut line, mut used) = (String::new(), 0);
        let mut fresh = true;
        for word in paragraph.split(' ') {
            let mut word = word;
            let width = word.width();
            if !fresh && used + 1 + width > columns && used > 0 {
                out.push(std::mem::take(&mut line));
                (used, fresh) = (0, true);
            }
            if !fresh {
                line.push(' ');
                used += 1;
            }
            fresh = false;
            // A word longer than a line is broken where the line ends.
            while used + word.width() > columns {
                let mut end = 0;
                for (at, c) in word.char_indices() {
                    let width = c.width().unwrap_or(0);
                    // One character at least, or there would be no end.
                    if used + width > columns && (at > 0 || used > 0) {
                        break;
                    }
                    used += width;
                    end = at + c.len_utf8();
                }
                line.push_str(&word[..end]);
                word = &word[end..];
                if word.is_empty() {
                    break;
                }
                out.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(word);
            used += word.width();
        }
        out.push(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_loses_nothing() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("a\nb", 9), ["a", "b"]);
        assert_eq!(wrap("", 9), [""]);
        // A word of one column too many, one that ends like a cut one, columns that a wide letter does not fit.
        assert_eq!(wrap("abcd", 3), ["abc", "d"]);
        assert_eq!(wrap("ab… cd", 3), ["ab…", "cd"]);
        assert_eq!(wrap("日本語", 3), ["日", "本", "語"]);
        assert_eq!(wrap("日", 1), ["日"]);
        // Space at the beginning and between words is part of a text.
        assert_eq!(wrap("    four  five", 20), ["    four  five"]);
        let text = "x ".repeat(300) + &"y".repeat(500) + "  z\n\n   end";
        for columns in 1..90 {
            let rows = wrap(&text, columns);
            assert!(rows.iter().all(|r| text::width(r) <= columns), "{columns}");
            let kept = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            assert_eq!(kept(&rows.concat()), kept(&text), "{columns}");
        }
    }
}
