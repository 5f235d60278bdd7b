//! A question before anything that cannot be taken back.

use super::answer::{Answer, Asker, Question};
use crate::tui::canvas::{Canvas, wrap};
use crate::tui::scroll::Scroll;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout};
use ratatui::text::Line;

/// A question with an explanation.
#[derive(Clone, Debug)]
pub struct Confirm {
    question: Question,
    title: String,
    lines: Vec<String>,
    yes: &'static str,
    other: Option<(char, &'static str)>,
    scroll: Scroll,
}

impl Confirm {
    /// Asks; `lines` explain and must be clean, `yes` names what happens.
    pub fn new(question: Question, title: &str, lines: Vec<String>, yes: &'static str) -> Self {
        Confirm {
            question,
            title: title.to_owned(),
            lines,
            yes,
            other: None,
            scroll: Scroll::default(),
        }
    }

    /// A third possibility, with its key.
    pub fn or(mut self, key: char, what: &'static str) -> Self {
        self.other = Some((key, what));
        self
    }

    pub(super) fn key(&mut self, key: KeyEvent, out: &mut dyn Asker) -> bool {
        match key.code {
            KeyCode::Char('y' | 'Y') => {
                out.answer(Answer::Yes(self.question));
                true
            }
            KeyCode::Char(c) if self.other.is_some_and(|(key, _)| key == c) => {
                out.answer(Answer::Other(self.question));
                true
            }
            KeyCode::Char('n' | 'N' | 'q') | KeyCode::Esc => true,
            KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown => {
                self.scroll.key(key);
                false
            }
            _ => false,
        }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        let lines: Vec<String> = self.lines.iter().flat_map(|l| wrap(l, 60)).collect();
        let inner = canvas.dialog(&self.title, 66, lines.len() as u16 + 5);
        let [_, body, _, keys] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Min(0),
            Constraint::Length(1),
            Constraint::Length(1),
        ])
        .areas(inner);
        let lines: Vec<Line<'_>> = lines.into_iter().map(Line::from).collect();
        canvas.scrolled(body, lines, &self.scroll);
        let mut choices = vec![(KeyCode::Char('y'), self.yes)];
        choices.extend(self.other.map(|(key, what)| (KeyCode::Char(key), what)));
        if !(self.scroll.at_home() && self.scroll.at_end()) {
            choices.push((KeyCode::Down, "more"));
        }
        choices.push((KeyCode::Char('n'), "no"));
        canvas.keys(keys, &choices);
    }
}
