//! A position in a list, moved by arrows and vim keys.

use crossterm::event::{KeyCode, KeyEvent};
use std::ops::Range;

/// The selected row of a list whose length is known elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    at: usize,
}

/// Rows that a page key moves.
const PAGE: usize = 15;

impl Cursor {
    /// The row, within a list of `len`.
    pub fn get(self, len: usize) -> usize {
        self.at.min(len.saturating_sub(1))
    }

    /// Selects a row.
    pub fn set(&mut self, row: usize) {
        self.at = row;
    }

    /// Moves by a key; false if the key does not move.
    pub fn key(&mut self, key: KeyEvent, len: usize) -> bool {
        let last = len.saturating_sub(1);
        let at = self.get(len);
        self.at = match key.code {
            KeyCode::Up | KeyCode::Char('k') => at.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => at + 1,
            KeyCode::PageUp => at.saturating_sub(PAGE),
            KeyCode::PageDown => at + PAGE,
            KeyCode::Home | KeyCode::Char('g') => 0,
            KeyCode::End | KeyCode::Char('G') => last,
            _ => return false,
        }
        .min(last);
        true
    }
}

/// The rows to show so that the selected one is among them.
pub fn window(at: usize, len: usize, height: usize) -> Range<usize> {
    let start = at
        .saturating_sub(height / 2)
        .min(len.saturating_sub(height));
    start..(start + height).min(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_move_and_stop_at_the_ends() {
        let mut cursor = Cursor::default();
        for (key, want) in [
            (KeyCode::Char('k'), 0),
            (KeyCode::Char('j'), 1),
            (KeyCode::PageDown, 16),
            (KeyCode::Char('G'), 19),
            (KeyCode::Down, 19),
            (KeyCode::Home, 0),
        ] {
            assert!(cursor.key(key.into(), 20));
            assert_eq!(cursor.get(20), want, "{key:?}");
        }
        assert!(!cursor.key(KeyCode::Enter.into(), 20));
        assert_eq!(cursor.get(0), 0);
    }

    #[test]
    fn the_window_holds_the_selected_row() {
        assert_eq!(window(0, 100, 10), 0..10);
        assert_eq!(window(50, 100, 10), 45..55);
        assert_eq!(window(99, 100, 10), 90..100);
        assert_eq!(window(2, 3, 10), 0..3);
    }
}
