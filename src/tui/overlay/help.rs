//! What the keys do, here and everywhere.

use crate::tui::canvas::{Canvas, wrap};
use crate::tui::scroll::Scroll;
use crossterm::event::KeyEvent;
use ratatui::text::{Line, Span};

/// Keys that mean the same on every screen.
pub(crate) const EVERYWHERE: &[(&str, &str)] = &[
    (
        "↑ ↓ j k",
        "move; PgUp PgDn Ctrl-u Ctrl-d by pages, g G to the ends",
    ),
    ("⏎", "open, choose, start"),
    ("Tab 1-9", "next part of the screen, part by number"),
    ("/", "search in a list"),
    (
        "F1 ?",
        "this help; where text is typed, ? is text and F1 is help",
    ),
    (
        "in text",
        "Ctrl-a Ctrl-e to the ends, Ctrl-w deletes a word, Ctrl-u everything before",
    ),
    ("q Esc", "back; on the first screen, quit"),
    ("F2", "back to work that was left to go on"),
    ("Ctrl-c", "quit"),
    (
        "mouse",
        "click rows, tabs and the keys in the last line; wheel moves",
    ),
];

/// Keys of what lies over a screen. Each shows its own in its last line.
#[cfg(test)]
pub(crate) const DIALOGS: &[(&str, &str)] = &[
    (
        "y Y",
        "yes; in what the disclosure guard found: all of it may leave",
    ),
    ("n N q Esc", "no, cancel, close"),
    ("k", "going back while something works: keep it going"),
    ("⏎", "choose, take what was typed"),
    (
        "← →",
        "choosing a file: the folder around, the folder inside",
    ),
    ("Tab", "why something is withheld: the list, the text"),
    (
        "a Del",
        "what the disclosure guard found: allow it, with a reason; take that back",
    ),
];

/// The help for one screen.
#[derive(Clone, Debug)]
pub struct Help {
    title: String,
    keys: &'static [(&'static str, &'static str)],
    scroll: Scroll,
}

impl Help {
    /// Help for a screen with these keys.
    pub fn new(title: String, keys: &'static [(&'static str, &'static str)]) -> Self {
        Help {
            title,
            keys,
            scroll: Scroll::default(),
        }
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> bool {
        !self.scroll.key(key)
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        let mut lines = Vec::new();
        let heading = |text: &str| Line::styled(text.to_owned(), canvas.theme.strong());
        let theme = canvas.theme;
        let room = usize::from(canvas.frame.area().width.min(80)).saturating_sub(19);
        let row = |(key, what): &(&str, &str)| -> Vec<Line<'static>> {
            let parts = wrap(what, room).into_iter().enumerate();
            let line = |(n, part): (usize, String)| {
                let key = if n == 0 { *key } else { "" };
                Line::from(vec![
                    Span::styled(format!("  {key:<10}"), theme.accent()),
                    Span::raw(format!(" {part}")),
                ])
            };
            parts.map(line).collect()
        };
        lines.push(heading(&self.title));
        lines.extend(self.keys.iter().flat_map(row));
        lines.push(Line::default());
        lines.push(heading("Everywhere"));
        lines.extend(EVERYWHERE.iter().flat_map(row));
        let inner = canvas.dialog("Help", 78, lines.len() as u16 + 2);
        canvas.scrolled(inner, lines, &self.scroll);
    }
}
