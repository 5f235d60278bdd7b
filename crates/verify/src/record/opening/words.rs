//! How a text is cut into the words that are leaves of its tree.
//!
//! A word is a run of letters and digits, or a run of other characters that are no white space, together with the
//! white space behind it. So an address does not take its neighbours along, and the gap behind a word goes with the
//! word. White space at the very beginning is a word by itself. A run ends after [`LONGEST`] characters, and characters
//! of scripts that are written without spaces are words one by one.
//!
//! What a letter is follows from ranges that stand here, and not from the tables of a compiler's standard library:
//! those change with its version, and a commitment has to open in ten years as it does today.

/// Most characters of a run without white space.
pub const LONGEST: usize = 40;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Letter,
    Other,
    /// A word by itself.
    Single,
}

fn class(c: char) -> Class {
    match c {
        '\t'..='\r' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' => {
            Class::Space
        }
        '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Class::Space,
        'a'..='z' | 'A'..='Z' | '0'..='9' => Class::Letter,
        '\0'..='\u{7f}' => Class::Other,
        // Latin-1's ordinals, micro sign, superscripts and fractions count as letters.
        '\u{aa}' | '\u{b2}' | '\u{b3}' | '\u{b5}' | '\u{b9}' | '\u{ba}' | '\u{bc}'..='\u{be}' => {
            Class::Letter
        }
        '\u{80}'..='\u{bf}' | '\u{d7}' | '\u{f7}' => Class::Other,
        // Joiners hold words together.
        '\u{200b}'..='\u{200f}' | '\u{2060}' => Class::Letter,
        '\u{2010}'..='\u{206f}' | '\u{20a0}'..='\u{20cf}' | '\u{2190}'..='\u{2bff}' => Class::Other,
        '\u{2e00}'..='\u{2e7f}' | '\u{3001}'..='\u{303f}' | '\u{fe10}'..='\u{fe6f}' => Class::Other,
        '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}' => Class::Other,
        '\u{ff5b}'..='\u{ff65}' | '\u{e000}'..='\u{f8ff}' | '\u{1f000}'..='\u{1faff}' => {
            Class::Other
        }
        // Thai, Lao, Myanmar, Khmer, kana, Han.
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => Class::Single,
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => {
            Class::Single
        }
        '\u{20000}'..='\u{3ffff}' => Class::Single,
        _ => Class::Letter,
    }
}

/// The words of a text, in order; put together they are the text.
#[derive(Clone, Debug)]
pub struct Words<'t> {
    rest: &'t str,
}

/// Cuts a text.
pub fn words(text: &str) -> Words<'_> {
    Words { rest: text }
}

/// How many words a text has.
pub fn count(text: &str) -> usize {
    words(text).count()
}

/// Whether these are the words of their own text, as [`words`] cuts it; `first` if they stand at its beginning.
pub fn are_words(values: &[Vec<u8>], first: bool) -> bool {
    let Ok(text) = String::from_utf8(values.concat()) else {
        return false;
    };
    let mut cut = words(&text);
    let same = values
        .iter()
        .all(|value| cut.next().is_some_and(|word| word.as_bytes() == &value[..]));
    // White space begins a text at most: behind any other word it belongs to that.
    let headless = text
        .chars()
        .next()
        .is_some_and(|c| class(c) == Class::Space);
    same && cut.next().is_none() && (first || !headless)
}

impl<'t> Iterator for Words<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let mut chars = self.rest.char_indices();
        let (_, head) = chars.next()?;
        let kind = class(head);
        let mut behind = kind == Class::Space;
        let mut end = self.rest.len();
        for (length, (at, c)) in (1..).zip(chars) {
            let found = class(c);
            behind |= found == Class::Space;
            let goes_on = match behind {
                true => found == Class::Space,
                false => found == kind && kind != Class::Single && length < LONGEST,
            };
            if !goes_on {
                end = at;
                break;
            }
        }
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str) -> Vec<&str> {
        words(text).collect()
    }

    #[test]
    fn words_take_the_white_space_behind_them_and_nothing_else() {
        assert_eq!(
            cut("Ask jane.roe@acme.com, now!\n\nOk"),
            [
                "Ask ", "jane", ".", "roe", "@", "acme", ".", "com", ", ", "now", "!\n\n", "Ok"
            ]
        );
        assert_eq!(cut("  a b"), ["  ", "a ", "b"]);
        assert_eq!(cut("--- x"), ["--- ", "x"]);
        assert_eq!(cut("\u{5408}\u{5e76} ok"), ["\u{5408}", "\u{5e76} ", "ok"]);
        assert_eq!(
            cut("caf\u{e9}\u{2014}na\u{ef}ve"),
            ["caf\u{e9}", "\u{2014}", "na\u{ef}ve"]
        );
        assert_eq!(cut(""), [""; 0]);
        let long = "x".repeat(100);
        assert_eq!(
            cut(&long).iter().map(|w| w.len()).collect::<Vec<_>>(),
            [40, 40, 20]
        );
    }

    #[test]
    fn a_stretch_has_to_be_cut_as_the_text_is() {
        let values = |words: &[&str]| {
            words
                .iter()
                .map(|w| w.as_bytes().to_vec())
                .collect::<Vec<_>>()
        };
        assert!(are_words(&values(&["Ask ", "jane", "."]), false));
        assert!(!are_words(&values(&["Ask jane", "."]), false));
        assert!(!are_words(&values(&["As", "k "]), false));
        assert!(are_words(&values(&["  ", "a"]), true));
        assert!(!are_words(&values(&["  ", "a"]), false));
        assert!(!are_words(&[vec![0xff]], true));
    }

    proptest! {
        #[test]
        fn put_together_they_are_the_text(text in "\\PC{0,80}|[ a-z.\\n@\u{4e00}-\u{4e20}]{0,80}") {
            let all = cut(&text);
            prop_assert_eq!(all.concat(), text.clone());
            prop_assert_eq!(all.len(), count(&text));
            // Any stretch is cut again in the same way, which is what a verifier checks.
            for from in 0..all.len() {
                let stretch: Vec<Vec<u8>> = all[from..].iter().map(|w| w.as_bytes().to_vec()).collect();
                prop_assert!(are_words(&stretch, from == 0), "{:?}", &all[from..]);
            }
        }
    }
}
