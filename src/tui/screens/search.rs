//! Searching in a list: `/`, words, what contains them all.

use crate::tui::canvas::Canvas;
use crate::tui::input::Input;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

/// What is searched for, and whether it is being typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    input: Input,
    typing: bool,
}

impl Search {
    /// Starts typing.
    pub fn begin(&mut self) {
        self.typing = true;
    }

    /// Whether letters belong to it.
    pub fn typing(&self) -> bool {
        self.typing
    }

    /// Whether it narrows the list or is about to.
    pub fn shown(&self) -> bool {
        self.typing || !self.input.text().is_empty()
    }

    /// Forgets what was searched for; false if there was nothing.
    pub fn clear(&mut self) -> bool {
        let had = self.shown();
        *self = Search::default();
        had
    }

    /// A key while typing; false for keys that move in the list.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        match key.code {
            KeyCode::Enter => self.typing = false,
            KeyCode::Esc => {
                self.clear();
            }
            KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown => return false,
            _ => {
                self.input.key(key);
            }
        }
        true
    }

    /// Pasted text; false unless typing.
    pub fn paste(&mut self, text: &str) -> bool {
        if self.typing {
            self.input.paste(text);
        }
        self.typing
    }

    /// A test for texts: every word is in it, in upper or lower case.
    pub fn filter(&self) -> impl Fn(&[&str]) -> bool + use<> {
        let typed = self.input.text().to_lowercase();
        let words: Vec<String> = typed.split_whitespace().map(str::to_owned).collect();
        move |texts| {
            words.is_empty() || {
                let text = texts.join(" ").to_lowercase();
                words.iter().all(|word| text.contains(word))
            }
        }
    }

    /// Draws the line, if there is something to show; returns what is left for the list.
    pub fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect) -> Rect {
        if !self.shown() {
            return area;
        }
        let [line, list] =
            Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
        let [label, typed] =
            Layout::horizontal([Constraint::Length(2), Constraint::Min(1)]).areas(line);
        canvas.text(label, Line::styled("/", canvas.theme.accent()));
        canvas.input(typed, &self.input, self.typing);
        list
    }
}
