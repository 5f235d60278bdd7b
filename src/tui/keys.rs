//! Which keys mean something. Modifiers are part of a key: Alt-y is not y.
//!
//! Every key passes [`bound`] before any screen or overlay sees it, so what they match by its code alone has
//! no modifier: whatever came with one is either named here or is no key of this program.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Whether it ends the program.
pub fn is_quit(key: KeyEvent) -> bool {
    key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL
}

/// The key as screens and overlays know it; `None` if this program has no such key. With `typing`, letters are
/// text where the key goes to.
pub fn bound(key: KeyEvent, typing: bool) -> Option<KeyEvent> {
    const NONE: KeyModifiers = KeyModifiers::NONE;
    const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
    const CONTROL: KeyModifiers = KeyModifiers::CONTROL;
    let code = match (key.modifiers, key.code) {
        (NONE, code) => code,
        // The shift key is in the letter already; so it is in what shift and Tab are together.
        (SHIFT, KeyCode::Char(c)) if typing || !c.is_lowercase() => KeyCode::Char(c),
        (SHIFT, KeyCode::BackTab | KeyCode::Tab) => KeyCode::BackTab,
        (CONTROL, KeyCode::Char('n')) => KeyCode::Down,
        (CONTROL, KeyCode::Char('p')) => KeyCode::Up,
        // Editing a line.
        (CONTROL, KeyCode::Char('a' | 'e' | 'u' | 'w')) if typing => {
            return Some(KeyEvent::new(key.code, CONTROL));
        }
        (CONTROL, KeyCode::Char('d' | 'f')) if !typing => KeyCode::PageDown,
        (CONTROL, KeyCode::Char('u' | 'b')) if !typing => KeyCode::PageUp,
        _ => return None,
    };
    Some(code.into())
}

/// What a key is called in the last line and in questions.
pub fn name(code: KeyCode) -> String {
    match code {
        KeyCode::Enter => "⏎".to_owned(),
        KeyCode::Esc => "Esc".to_owned(),
        KeyCode::Tab => "Tab".to_owned(),
        KeyCode::Char(' ') => "Space".to_owned(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::F(n) => format!("F{n}"),
        KeyCode::Up => "↑".to_owned(),
        KeyCode::Down => "↓".to_owned(),
        KeyCode::Left => "←".to_owned(),
        KeyCode::Right => "→".to_owned(),
        KeyCode::PageDown => "PgDn".to_owned(),
        KeyCode::PageUp => "PgUp".to_owned(),
        KeyCode::Delete => "Del".to_owned(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_modifiers_pass() {
        let all = KeyModifiers::all().iter().collect::<Vec<_>>();
        for bits in 0..1u32 << all.len() {
            let modifiers = (0..all.len())
                .filter(|n| bits >> n & 1 == 1)
                .fold(KeyModifiers::NONE, |sum, n| sum | all[n]);
            for c in ' '..='~' {
                for typing in [false, true] {
                    let passed = bound(KeyEvent::new(KeyCode::Char(c), modifiers), typing);
                    let Some(passed) = passed else {
                        continue;
                    };
                    let named = match modifiers {
                        KeyModifiers::NONE => passed.code == KeyCode::Char(c),
                        KeyModifiers::SHIFT => {
                            passed.code == KeyCode::Char(c) && (typing || !c.is_lowercase())
                        }
                        KeyModifiers::CONTROL if typing && "aeuw".contains(c) => {
                            passed.modifiers == KeyModifiers::CONTROL
                        }
                        KeyModifiers::CONTROL => {
                            !matches!(passed.code, KeyCode::Char(_) | KeyCode::Enter)
                        }
                        _ => false,
                    };
                    assert!(named, "{modifiers} {c} became {passed:?}");
                }
            }
            for code in [KeyCode::Enter, KeyCode::Delete, KeyCode::F(2), KeyCode::Esc] {
                let passed = bound(KeyEvent::new(code, modifiers), false);
                assert_eq!(passed.is_some(), modifiers.is_empty(), "{modifiers} {code}");
            }
        }
    }
}
