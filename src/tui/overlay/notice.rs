//! Something to read that does not fit into the last line.

use crate::tui::canvas::{Canvas, wrap};
use crate::tui::scroll::Scroll;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout};
use ratatui::text::Line;

/// A message, whole.
#[derive(Clone, Debug)]
pub struct Notice {
    lines: Vec<String>,
    scroll: Scroll,
}

impl Notice {
    /// Shows a message of one or more lines, which must be clean.
    pub fn new(message: &str) -> Self {
        Notice {
            lines: message.lines().map(str::to_owned).collect(),
            scroll: Scroll::default(),
        }
    }

    /// The message.
    pub fn text(&self) -> String {
        self.lines.join("\n")
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> bool {
        matches!(key.code, KeyCode::Enter | KeyCode::Esc | KeyCode::Char('q')) || {
            self.scroll.key(key);
            false
        }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        let rows: usize = self.lines.iter().map(|l| wrap(l, 72).len()).sum();
        let inner = canvas.dialog("candor says", 76, (rows as u16).saturating_add(4));
        let [body, _, keys] = Layout::vertical([
            Constraint::Min(1),
            Constraint::Length(1),
            Constraint::Length(1),
        ])
        .areas(inner);
        let lines = self.lines.iter().map(|l| Line::from(l.as_str())).collect();
        canvas.scrolled(body, lines, &self.scroll);
        let more = !(self.scroll.at_home() && self.scroll.at_end());
        let mut choices = vec![(KeyCode::Enter, "read")];
        if more {
            choices.insert(0, (KeyCode::Down, "more"));
        }
        canvas.keys(keys, &choices);
    }
}
