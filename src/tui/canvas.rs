//! Drawing, and remembering what was drawn where, so that the mouse can point at it.

use super::cursor::window;
use super::event::Snapshot;
use super::input::Input;
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
}

impl Canvas<'_, '_> {
    /// Makes an area clickable.
    pub fn hit(&mut self, area: Rect, hit: Hit) {
        self.hits.0.push((area, hit));
    }

    /// Text, cut at the edges.
    pub fn text<'t>(&mut self, area: Rect, text: impl Into<Text<'t>>) {
        self.frame.render_widget(Paragraph::new(text), area);
    }

    /// Text, wrapped at words.
    pub fn wrapped<'t>(&mut self, area: Rect, text: impl Into<Text<'t>>, scroll: u16) {
        let paragraph = Paragraph::new(text)
            .wrap(Wrap { trim: false })
            .scroll((scroll, 0));
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
            let mut state = ScrollbarState::new(len.saturating_sub(height))
                .position(range.start)
                .viewport_content_length(height);
            let bar = Scrollbar::new(ScrollbarOrientation::VerticalRight)
                .begin_symbol(None)
                .end_symbol(None)
                .style(self.theme.dim());
            self.frame.render_stateful_widget(bar, area, &mut state);
        }
    }

    /// Names and values, one a line; long values go on below.
    pub fn facts(&mut self, area: Rect, facts: &[(&str, String)], scroll: u16) {
        let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let columns = usize::from(area.width).saturating_sub(width + 2).max(8);
        let mut lines = Vec::new();
        for (name, value) in facts {
            for (i, part) in wrap(value, columns).into_iter().enumerate() {
                let name = if i == 0 { *name } else { "" };
                lines.push(Line::from(vec![
                    Span::styled(format!("{name:<width$}  "), self.theme.dim()),
                    Span::raw(part),
                ]));
            }
        }
        let text = Paragraph::new(lines).scroll((scroll, 0));
        self.frame.render_widget(text, area);
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
            (key_name(*code).chars().count() + label.chars().count() + 3) as u16
        };
        // The last one leads out: it is there however many there are.
        let last = keys.last().map_or(0, wide);
        for (n, (code, label)) in keys.iter().enumerate() {
            let name = key_name(*code);
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

/// Text broken into pieces of at most so many columns, at spaces where possible.
pub fn wrap(value: &str, columns: usize) -> Vec<String> {
    use unicode_width::UnicodeWidthStr;
    let mut out = Vec::new();
    for paragraph in value.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let mut word = word.to_owned();
            if !line.is_empty() && line.width() + 1 + word.width() > columns {
                out.push(std::mem::take(&mut line));
            }
            while word.width() > columns {
                let head = text::fit(&word, columns + 1);
                let head = head.trim_end_matches('…');
                if head.is_empty() {
                    break;
                }
                word = word[head.len()..].to_owned();
                out.push(head.to_owned());
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        out.push(line);
    }
    out
}

fn key_name(code: KeyCode) -> String {
    match code {
        KeyCode::Enter => "⏎".to_owned(),
        KeyCode::Esc => "Esc".to_owned(),
        KeyCode::Tab => "Tab".to_owned(),
        KeyCode::Char(' ') => "Space".to_owned(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Up => "↑".to_owned(),
        KeyCode::Down => "↓".to_owned(),
        KeyCode::Left => "←".to_owned(),
        KeyCode::Right => "→".to_owned(),
        KeyCode::PageDown => "PgDn".to_owned(),
        KeyCode::Delete => "Del".to_owned(),
        other => format!("{other:?}"),
    }
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
    }
}
