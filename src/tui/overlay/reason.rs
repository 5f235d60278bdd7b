//! Why a matching item is kept back.

use super::answer::{Answer, Asker};
use crate::bundle::Reason;
use crate::tui::canvas::Canvas;
use crate::tui::cursor::Cursor;
use crate::tui::input::Input;
use crate::tui::text;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout};
use ratatui::text::Line;

/// A reason to choose and a description to type.
#[derive(Clone, Debug)]
pub struct ReasonDialog {
    title: String,
    cursor: Cursor,
    description: Input,
    typing: bool,
}

impl ReasonDialog {
    /// For the item with this (clean) title; starts with what was said before.
    pub fn new(title: &str, before: Option<(Reason, &str)>) -> Self {
        let mut cursor = Cursor::default();
        let row = Reason::all().position(|r| before.is_some_and(|(b, _)| b == r));
        cursor.set(row.unwrap_or(0));
        ReasonDialog {
            title: title.to_owned(),
            cursor,
            description: Input::new(before.map_or("", |(_, text)| text)),
            typing: false,
        }
    }

    pub(super) fn typing(&self) -> bool {
        self.typing
    }

    fn len() -> usize {
        Reason::all().count()
    }

    pub(super) fn select(&mut self, row: usize) -> bool {
        let again = self.cursor.get(Self::len()) == row;
        self.cursor.set(row);
        self.typing = false;
        again
    }

    pub(super) fn key(&mut self, key: KeyEvent, out: &mut dyn Asker) -> bool {
        match key.code {
            KeyCode::Esc if self.typing => self.typing = false,
            KeyCode::Esc => return true,
            KeyCode::Tab | KeyCode::BackTab => self.typing = !self.typing,
            KeyCode::Enter if !self.typing => self.typing = true,
            KeyCode::Enter if crate::clean::is_visible(self.description.text()) => {
                let reason = Reason::all().nth(self.cursor.get(Self::len()));
                let text = self.description.text().trim().to_owned();
                if let Some(reason) = reason {
                    out.answer(Answer::Reason(reason, text));
                }
                return true;
            }
            _ if self.typing => {
                self.description.key(key);
            }
            _ => {
                self.cursor.key(key, Self::len());
            }
        }
        false
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.typing = true;
        self.description.paste(text);
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        let inner = canvas.dialog("Withhold", 74, 22);
        let [title, _, list, label, input, keys] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Min(3),
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Length(1),
        ])
        .areas(inner);
        let width = usize::from(title.width);
        canvas.text(
            title,
            Line::styled(text::fit(&self.title, width), canvas.theme.strong()),
        );
        let reasons: Vec<Reason> = Reason::all().collect();
        let at = self.cursor.get(reasons.len());
        canvas.rows(list, reasons.len(), Some(at), !self.typing, |row, width| {
            let reason = reasons[row];
            let line = format!("{:<10} {}", reason.code(), reason.title());
            Line::from(text::pad(&line, width))
        });
        let say = "What the log tells, without revealing what is protected:";
        canvas.text(label, Line::styled(say, canvas.theme.dim()));
        canvas.input(input, &self.description, self.typing);
        let enter = if self.typing { "withhold" } else { "choose" };
        canvas.keys(
            keys,
            &[
                (KeyCode::Enter, enter),
                (KeyCode::Tab, "list or text"),
                (KeyCode::Esc, "cancel"),
            ],
        );
    }
}
