//! The one form that all text is given before it is committed to.
//!
//! The same word has to be the same characters, whichever program wrote it: composed letters (NFC), no soft
//! hyphens and no characters of no width inside of words. What a reader sees stays as it is: a soft hyphen at a line's
//! end is a hyphen.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Characters that nobody sees and that part words.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{180E}' | '\u{034F}'
    )
}

/// Joiners and marks of direction: they mean something in scripts that join letters or run from right to
/// left, and nothing between letters of others.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{200C}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2061}'..='\u{2064}' | '\u{2066}'..='\u{2069}')
}

/// Letters and digits of scripts in which joiners and marks of direction mean nothing.
fn is_plain(c: Option<char>) -> bool {
    c.is_some_and(|c| {
        c.is_alphanumeric() && (c < '\u{590}' || ('\u{1E00}'..'\u{2000}').contains(&c))
    })
}

/// Text in that form.
pub(crate) fn normal(text: String) -> String {
    if text.is_ascii() {
        return text;
    }
    let odd = |c: char| is_invisible(c) || is_mark(c);
    let text = if text.contains(odd) {
        let mut out = String::with_capacity(text.len());
        let text = text.replace("\u{AD}\n", "-\n").replace("\u{AD}\r", "-\r");
        let mut chars = text.chars().filter(|c| !is_invisible(*c)).peekable();
        while let Some(c) = chars.next() {
            let between =
                is_mark(c) && is_plain(out.chars().next_back()) && is_plain(chars.peek().copied());
            if !between {
                out.push(c);
            }
        }
        out
    } else {
        text
    };
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text,
        _ => text.nfc().collect(),
    }
}

/// Fewer different ones than this are bullets and logos, not letters.
const PRIVATE_LETTERS: usize = 3;

/// How many characters are of the private use area: they are letters in one font, and nothing to whoever searches.
pub(crate) fn private(text: &str) -> u32 {
    if text.is_ascii() {
        return 0;
    }
    let mut different = std::collections::BTreeSet::new();
    let mut count = 0u32;
    for c in text.chars().filter(|c| is_private(*c)) {
        count = count.saturating_add(1);
        if different.len() < PRIVATE_LETTERS {
            different.insert(c);
        }
    }
    if different.len() < PRIVATE_LETTERS {
        0
    } else {
        count
    }
}

fn is_private(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFD}')
}

/// Whether there is a word in it: two letters or digits in a row, or one of a script without spaces.
pub(crate) fn has_word(text: &str) -> bool {
    let mut before = false;
    text.chars().any(|c| {
        let letter = c.is_alphanumeric();
        let word = letter && (before || c >= '\u{E00}');
        before = letter;
        word
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_one_font_are_counted_and_bullets_are_not() {
        let hidden: String = "otter"
            .chars()
            .map(|c| char::from_u32(0xF000 + u32::from(c)).unwrap())
            .collect();
        assert_eq!(private(&format!("seen {hidden}")), 5);
        assert_eq!(private("\u{F0B7} one \u{F0B7} two \u{F0A7} three"), 0);
        assert_eq!(private("plain, na\u{ef}ve"), 0);
    }

    #[test]
    fn words_are_the_same_whoever_wrote_them() {
        for (written, wanted) in [
            ("plain", "plain"),
            ("Gespra\u{308}ch", "Gespräch"),
            (
                "acqui\u{AD}sition of North\u{200B}wind",
                "acquisition of Northwind",
            ),
            ("acqui\u{AD}\nsition\u{AD}\r\n", "acqui-\nsition-\r\n"),
            ("king\u{200D}fisher \u{202E}x", "kingfisher \u{202E}x"),
            // Persian needs its non-joiner, and a family its joiners.
            ("می\u{200C}خواهم", "می\u{200C}خواهم"),
            ("👩\u{200D}👧", "👩\u{200D}👧"),
            ("\u{FEFF}mark", "mark"),
            ("が", "が"),
        ] {
            assert_eq!(normal(written.to_owned()), wanted);
            assert_eq!(normal(normal(written.to_owned())), wanted);
        }
        assert!(has_word("ab") && has_word("a 12") && has_word("字"));
        assert!(!has_word(" .-\n a b") && !has_word(""));
    }
}
