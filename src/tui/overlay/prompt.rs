//! A line of text.

use super::answer::{Answer, Asker, PromptFor};
use crate::tui::canvas::Canvas;
use crate::tui::input::Input;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout};
use ratatui::text::Line;

impl PromptFor {
    /// Whether an empty line means something.
    fn optional(self) -> bool {
        matches!(self, PromptFor::Memory | PromptFor::Batch)
    }

    /// What Enter does.
    fn enter(self) -> &'static str {
        match self {
            PromptFor::Output | PromptFor::Memory | PromptFor::Batch => "take",
            PromptFor::Head => "look for it",
            _ => "save",
        }
    }
}

/// Asks for a line.
#[derive(Clone, Debug)]
pub struct Prompt {
    what: PromptFor,
    title: String,
    hint: String,
    input: Input,
}

impl Prompt {
    /// Asks, with a first suggestion.
    pub fn new(what: PromptFor, title: &str, hint: &str, text: String) -> Self {
        Prompt {
            what,
            title: title.to_owned(),
            hint: hint.to_owned(),
            input: Input::new(text),
        }
    }

    pub(super) fn key(&mut self, key: KeyEvent, out: &mut dyn Asker) -> bool {
        match key.code {
            KeyCode::Enter if self.what.optional() || !self.input.text().trim().is_empty() => {
                let text = self.input.text().trim().to_owned();
                out.answer(Answer::Typed(self.what, text));
                true
            }
            KeyCode::Esc => true,
            _ => {
                self.input.key(key);
                false
            }
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.input.paste(text);
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        let inner = canvas.dialog(&self.title, 72, 7);
        let [hint, _, input, _, keys] = Layout::vertical([Constraint::Length(1); 5]).areas(inner);
        canvas.text(hint, Line::styled(self.hint.clone(), canvas.theme.dim()));
        canvas.input(input, &self.input, true);
        canvas.keys(
            keys,
            &[
                (KeyCode::Enter, self.what.enter()),
                (KeyCode::Esc, "cancel"),
            ],
        );
    }
}
