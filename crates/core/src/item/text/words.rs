//! Form `text/words16376-v2`: hashed single words of a text, in any script.
//!
//! 1. Drop what nobody sees: soft hyphens, characters of no width, joiners and marks of direction.
//! 2. NFKC: full-width and compatibility characters, ligatures and composed letters become what they stand for.
//! 3. Join a word that was broken at a line's end: letter, hyphen, line feed, small letter.
//! 4. Fold the case: every character to upper case, and each of the result to lower case (so `ß` is `ss`, and a final
//!    sigma is a sigma).
//! 5. Tokens: maximal runs of letters, marks, numbers and `_` that begin with no mark and have at least two characters.
//!    In scripts that put no spaces between words (Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar) a letter with
//!    its marks is a unit: the tokens are every two units that follow each other, or a unit that stands alone.
//! 6. Terms: the tokens, hashed into 16,376 buckets.
//!
//! How the number of buckets was chosen, and that pairs of words gain nothing beside them, is measured in
//! `classifiers/README.md`.

use regex::Regex;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// Words broken at the end of a line.
static BROKEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(\p{L}\p{M}*)[-\u{2010}]\r?\n[ \t]*(\p{Ll})").expect("a constant pattern")
});

/// A run of units without spaces, or a word.
static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    let dense = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー";
    let unit = format!(r"[[{dense}]&&\p{{L}}]\p{{M}}*");
    let word = r"\p{L}\p{N}_";
    Regex::new(&format!(
        r"(?<dense>(?:{unit})+)|[[{word}]--[{dense}]][[{word}\p{{M}}]--[{dense}]]+"
    ))
    .expect("a constant pattern")
});

/// One unit of a dense run.
static UNIT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\p{L}\p{M}*").expect("a constant pattern"));

/// Characters that nobody sees.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{34F}'
            | '\u{180E}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}'
            | '\u{FEFF}'
    )
}

/// Upper case, and each character of that in lower case.
fn fold(c: char) -> impl Iterator<Item = char> {
    c.to_uppercase().flat_map(char::to_lowercase)
}

/// The terms of `text`, in order.
pub fn for_each_term(text: &str, mut each: impl FnMut(&str)) {
    let plain: String = text.chars().filter(|c| !is_invisible(*c)).nfkc().collect();
    let folded: String = BROKEN
        .replace_all(&plain, "$1$2")
        .chars()
        .flat_map(fold)
        .collect();
    for found in TOKEN.captures_iter(&folded) {
        let Some(dense) = found.name("dense") else {
            each(found.get_match().as_str());
            continue;
        };
        let units: Vec<_> = UNIT.find_iter(dense.as_str()).collect();
        if let [only] = units[..] {
            each(only.as_str());
        }
        for pair in units.windows(2) {
            each(&dense.as_str()[pair[0].start()..pair[1].end()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::form::Form;
    use crate::item::text::text_vector;
    use sha2::{Digest, Sha256};

    fn terms(text: &str) -> Vec<String> {
        let mut out = Vec::new();
        for_each_term(text, |term| out.push(term.to_owned()));
        out
    }

    #[test]
    fn words_are_the_same_however_they_are_written() {
        for (text, expected) in [
            ("A big-deal, I_am 4u!", "big deal i_am 4u"),
            ("STRASSE Straße", "strasse strasse"),
            ("ΣΑΣ σας", "σασ σασ"),
            ("ﬁnance ＦＵＬＬ ｗｉｄｔｈ", "finance full width"),
            (
                "acqui\u{AD}sition of North\u{200B}wind",
                "acquisition of northwind",
            ),
            ("cafe\u{301}s cafés", "cafés cafés"),
            (
                "infor-\nmation infor-\r\n  mation",
                "information information",
            ),
            (
                "well-known\nNon-\nProfit 3-\n4x",
                "well known non profit 4x",
            ),
            // A combining mark is part of its word, and begins none.
            ("हिन्दी \u{301}ab", "हिन्दी ab"),
            ("", ""),
            ("a b c . 1", ""),
        ] {
            assert_eq!(terms(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn scripts_without_spaces_are_read_in_pairs() {
        for (text, expected) in [
            ("日本語", "日本 本語"),
            ("漢", "漢"),
            ("東京タワー2024年 ab", "東京 京タ タワ ワー 2024 年 ab"),
            ("ﾃｽﾄ", "テス スト"),
            ("ข้อมูล", "ข้อ อมู มูล"),
            ("contract契約書ok", "contract 契約 約書 ok"),
        ] {
            assert_eq!(terms(text).join(" "), expected, "{text}");
        }
    }

    /// The character tables of the standard library, of `regex` and of `unicode-normalization` decide what a token is.
    /// They grow with Unicode; this test says when an upgrade would change the form for characters that are
    /// already in use, and the form would then need its own tables.
    #[test]
    fn character_tables_are_pinned() {
        let mut all = Sha256::new();
        for c in '\0'..='\u{323af}' {
            for_each_term(&format!("a{c}b {c}"), |term| {
                all.update(term.as_bytes());
                all.update([0]);
            });
        }
        assert_eq!(
            hex::encode(all.finalize()),
            "82cd61bd5ff4078361f56f79e311c02bb4d3edb286625a08ae44e895f3b2287a"
        );
    }

    #[test]
    fn vectors_are_pinned() {
        let text = "Subject: Free money\nFrom: a@example.com\n\nClick here for FREE money, free of charge. 契約書";
        let vector = text_vector(Form::TextWordsV2, text);
        assert_eq!(
            hex::encode(Sha256::digest(vector.bytes())),
            "8b9c5626d8af635cec9e2267afba5422a73c4665933b80ad1a0ce5fbbcfdc36d"
        );
    }
}
