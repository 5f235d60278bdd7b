//! Where everything begins: what can be done, and what was open before.

use super::{Bundle, Case, Commit, Keys, Request, Sign, Verify, View};
use crate::tui::canvas::{Canvas, Hit};
use crate::tui::cursor::{Cursor, window};
use crate::tui::nav::Draw;
use crate::tui::overlay::{Answer, Overlay, PickFor, Picker};
use crate::tui::recent::{Kind, Recent};
use crate::tui::state::Out;
use crate::tui::text;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Key, title, explanation, what is picked.
const ACTIONS: [(char, &str, &str, PickFor); 6] = [
    (
        'c',
        "Commit a folder",
        "responder: fix the documents before a request comes",
        PickFor::Corpus,
    ),
    (
        'o',
        "Open a case",
        "responder: documents, requests, productions",
        PickFor::Case,
    ),
    (
        'r',
        "Read a classifier",
        "anybody: what a request looks for, and how well",
        PickFor::Classifier,
    ),
    (
        'b',
        "Browse a bundle",
        "anybody: what was produced, withheld, proved",
        PickFor::Bundle,
    ),
    (
        'v',
        "Verify a bundle",
        "judge: is every committed item accounted for?",
        PickFor::VerifyBundle,
    ),
    (
        's',
        "Sign, time-stamp",
        "anybody: who vouches for a file, and since when",
        PickFor::Subject,
    ),
];

/// The first screen.
#[derive(Clone, Debug)]
pub struct Home {
    recent: Vec<Recent>,
    cursor: Cursor,
}

impl Home {
    /// With what was open before.
    pub fn new(recent: Vec<Recent>) -> Self {
        Home {
            recent,
            cursor: Cursor::default(),
        }
    }

    fn len(&self) -> usize {
        ACTIONS.len() + self.recent.len()
    }

    fn open(&self, row: usize, out: &mut Out) {
        if let Some((_, _, _, pick)) = ACTIONS.get(row) {
            let picker = Picker::new(*pick, out.cwd.clone());
            return out.ask(Overlay::Picker(picker));
        }
        let Some(recent) = self.recent.get(row - ACTIONS.len()) else {
            return;
        };
        let path = recent.path.clone();
        match recent.kind {
            Kind::Case => out.push(Case::new(path)),
            Kind::Bundle => out.push(Bundle::new(path)),
            Kind::Classifier => out.push(Request::new(path, None)),
        }
    }

    fn draw_recent(&self, canvas: &mut Canvas<'_, '_>, area: Rect, at: usize) {
        let inner = canvas.block(area, "Recent", at >= ACTIONS.len());
        if self.recent.is_empty() {
            let say = "Cases, bundles and classifiers that you open will be listed here.";
            return canvas.wrapped(inner, Line::styled(say, canvas.theme.dim()));
        }
        let selected = at.checked_sub(ACTIONS.len());
        let theme = canvas.theme;
        let len = self.recent.len();
        let shown = window(selected.unwrap_or(0), len, usize::from(inner.height));
        for (y, row) in shown.enumerate() {
            let recent = &self.recent[row];
            let line = Rect::new(inner.x, inner.y + y as u16, inner.width, 1);
            let width = usize::from(inner.width).saturating_sub(12);
            let path = text::fit_end(&canvas.path(&recent.path), width);
            let mut content = Line::from(vec![
                Span::styled(format!(" {:<11}", recent.kind.label()), theme.dim()),
                Span::raw(text::pad(&path, width)),
            ]);
            if selected == Some(row) {
                content
                    .spans
                    .iter_mut()
                    .for_each(|s| s.style = Style::new());
                content = content.style(theme.selected(true));
            }
            canvas.text(line, content);
            canvas.hit(line, Hit::Row(ACTIONS.len() + row));
        }
    }
}

impl View for Home {
    fn title(&self) -> String {
        "Home".to_owned()
    }

    fn shown(&mut self, recent: &[Recent], _: &mut Out) {
        self.recent = recent.to_vec();
    }

    fn key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        if self.cursor.key(key, self.len()) {
            return true;
        }
        match key.code {
            KeyCode::Tab | KeyCode::BackTab => {
                let down = self.cursor.get(self.len()) < ACTIONS.len();
                self.cursor.set(if down { ACTIONS.len() } else { 0 });
            }
            KeyCode::Enter => self.open(self.cursor.get(self.len()), out),
            KeyCode::Char(c) if !key.modifiers.contains(KeyModifiers::CONTROL) => {
                let Some(row) = ACTIONS.iter().position(|a| a.0 == c) else {
                    return false;
                };
                self.cursor.set(row);
                self.open(row, out);
            }
            _ => return false,
        }
        true
    }

    fn select(&mut self, row: usize, _: &mut Out) -> bool {
        let again = self.cursor.get(self.len()) == row;
        self.cursor.set(row);
        // The actions read like buttons.
        again || row < ACTIONS.len()
    }

    fn answer(&mut self, answer: Answer, out: &mut Out) {
        let Answer::Picked(what, path) = answer else {
            return;
        };
        match what {
            PickFor::Corpus => out.push(Commit::new(path, Case::boxed)),
            PickFor::Case => out.push(Case::new(path)),
            PickFor::Bundle => out.push(Bundle::new(path)),
            PickFor::VerifyBundle => out.push(Verify::new(path, None, None)),
            PickFor::Classifier => out.push(Request::new(path, None)),
            PickFor::Subject => out.push(Sign::new(path, None)),
            _ => {}
        }
    }

    fn keys(&self) -> Vec<(KeyCode, &'static str)> {
        vec![
            (KeyCode::Enter, "open"),
            (KeyCode::Tab, "actions or recent"),
        ]
    }

    fn help(&self) -> Keys {
        &[
            (
                "c",
                "commit a folder of documents, before any request is known",
            ),
            ("o", "open a case: its documents, requests and productions"),
            ("r", "read a classifier file: what a request looks for"),
            ("b", "browse a disclosure bundle"),
            ("v", "verify a disclosure bundle"),
            ("s", "sign or time-stamp any file, check either, make a key"),
        ]
    }
}

impl Draw for Home {
    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let [banner, body] =
            Layout::vertical([Constraint::Length(4), Constraint::Min(0)]).areas(area);
        let theme = canvas.theme;
        canvas.text(
            banner,
            vec![
                Line::default(),
                Line::styled(
                    "  Productions that prove the search was honest.",
                    theme.strong(),
                ),
                Line::styled(
                    "  committed = produced + withheld + not responsive + exceptions",
                    theme.dim(),
                ),
            ],
        );
        let split = if area.width >= 120 {
            Layout::horizontal([Constraint::Percentage(55), Constraint::Percentage(45)])
        } else {
            Layout::vertical([Constraint::Length(8), Constraint::Min(3)])
        };
        let [left, right] = split.areas(body);
        let at = self.cursor.get(self.len());
        let inner = canvas.block(left, "Start", at < ACTIONS.len());
        let selected = (at < ACTIONS.len()).then_some(at);
        canvas.rows(inner, ACTIONS.len(), selected, true, |row, width| {
            let (key, title, what, _) = ACTIONS[row];
            let what = text::pad(what, width.saturating_sub(23));
            Line::from(vec![
                Span::styled(format!(" {key}  "), theme.accent()),
                Span::raw(format!("{title:<19}")),
                Span::styled(what, theme.dim()),
            ])
        });
        self.draw_recent(canvas, right, at);
    }
}
