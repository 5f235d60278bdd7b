//! A line of text being typed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use zeroize::{Zeroize, Zeroizing};

/// The text and where the next character goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    text: String,
    /// Byte offset, on a character boundary.
    at: usize,
}

impl Input {
    /// With some text, the cursor behind it.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Input {
            at: text.len(),
            text,
        }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before and after the cursor.
    pub fn split(&self) -> (&str, &str) {
        self.text.split_at(self.at)
    }

    /// Inserts pasted text as one line.
    pub fn paste(&mut self, text: &str) {
        for c in text.chars() {
            self.insert(if c == '\n' || c == '\t' { ' ' } else { c });
        }
    }

    fn insert(&mut self, c: char) {
        if !c.is_control() {
            self.text.insert(self.at, c);
            self.at += c.len_utf8();
        }
    }

    fn before(&self) -> usize {
        self.text[..self.at]
            .char_indices()
            .next_back()
            .map_or(0, |(i, _)| i)
    }

    /// Edits by a key; false if the key edits nothing.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('u') if ctrl => {
                self.text.drain(..self.at);
                self.at = 0;
            }
            KeyCode::Char('a') if ctrl => self.at = 0,
            KeyCode::Char('e') if ctrl => self.at = self.text.len(),
            KeyCode::Char('w') if ctrl => {
                let kept = self.text[..self.at].trim_end();
                let start = kept.rfind([' ', '/']).map_or(0, |i| i + 1);
                self.text.drain(start..self.at);
                self.at = start;
            }
            KeyCode::Char(_) if !key.modifiers.is_empty() => return false,
            KeyCode::Char(c) => self.insert(c),
            KeyCode::Backspace if self.at > 0 => {
                self.at = self.before();
                self.text.remove(self.at);
            }
            KeyCode::Backspace => {}
            KeyCode::Delete if self.at < self.text.len() => {
                self.text.remove(self.at);
            }
            KeyCode::Left => self.at = self.before(),
            KeyCode::Right => {
                self.at += self.text[self.at..]
                    .chars()
                    .next()
                    .map_or(0, char::len_utf8);
            }
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = self.text.len(),
            _ => return false,
        }
        true
    }
}

/// Longest password that is typed without leaving copies of itself in memory.
const SECRET: usize = 512;

/// A line that is typed without being shown, and wiped afterwards.
#[derive(Clone)]
pub struct Secret(Input);

impl Default for Secret {
    fn default() -> Self {
        Secret(Input {
            // Room enough from the beginning: a text that grows leaves its old place as it was.
            text: String::with_capacity(SECRET),
            at: 0,
        })
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.text.zeroize();
    }
}

impl Secret {
    /// The line to edit.
    pub fn input(&mut self) -> &mut Input {
        &mut self.0
    }

    /// What was typed.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.text.clone())
    }

    /// As it is shown: so many dots.
    pub fn dots(&self) -> Input {
        let dots = |text: &str| "•".repeat(text.chars().count());
        let (before, after) = self.0.split();
        let (before, after) = (dots(before), dots(after));
        Input {
            at: before.len(),
            text: before + &after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editing_respects_characters() {
        let mut input = Input::new("né");
        input.key(KeyCode::Backspace.into());
        assert_eq!(input.text(), "n");
        input.key(KeyCode::Char('ö').into());
        input.key(KeyCode::Left.into());
        input.key(KeyCode::Char('x').into());
        assert_eq!(input.split(), ("nx", "ö"));
        input.key(KeyCode::Delete.into());
        assert_eq!(input.text(), "nx");
        input.paste("a\nb\u{1b}");
        assert_eq!(input.text(), "nxa b");
        input.key(KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        assert_eq!(input.text(), "nxa ");
        input.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
        assert_eq!(input.text(), "");
    }

    #[test]
    fn a_secret_is_never_shown() {
        let mut secret = Secret::default();
        secret.input().paste("größe");
        secret.input().key(KeyCode::Left.into());
        assert_eq!(*secret.reveal(), "größe");
        assert_eq!(secret.dots().split(), ("••••", "•"));
        assert!(!format!("{secret:?}").contains("gr"));
    }
}
