//! Form `text/words16376-v3`: hashed single words of a text, in any script.
//!
//! 1. A soft hyphen at a line's end is a hyphen. Drop what nobody sees: Default_Ignorable_Code_Point and category Cf.
//! 2. What is no character of Unicode 16.0 parts words like a space: later versions of Unicode give it a meaning.
//! 3. NFKD: full-width and compatibility characters, ligatures and composed letters become what they stand for. Drop accents,
//!    points, strokes through and under a letter, and tatweel (`characters.rs`).
//! 4. Join a word that was broken at a line's end: letter, hyphen, line feed, small letter.
//! 5. Fold the case: every character to lower, to upper and to lower case again (so `ß` and `ẞ` are `ss`, and a final
//!    sigma is a sigma). NFC.
//! 6. Tokens: maximal runs of letters, marks and numbers that begin with no mark and have at least two characters.
//!    In scripts that put no spaces between words (Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar) a letter with
//!    its marks is a unit: the tokens are every two units that follow each other, or a unit that stands alone.
//! 7. Terms: the tokens, hashed into 16,376 buckets.
//!
//! **What parts words.** Everything else, `_` as well: `merger_agreement_2002` is three words, and not a fourth one. Words of
//! a single letter or digit are no tokens; with them, nothing measurable was gained.
//!
//! **Accents** are not told apart, as people type them or not: `résumé` is `resume`, `Müller` is `muller` (and not `mueller`), a
//! Hebrew or Arabic word is the same with vowel points and without. What that costs and gains, how the number of buckets was
//! chosen, and that pairs of words gain nothing beside them, is measured in `classifiers/README.md`.
//!
//! **Letters that look alike** are not folded: a Cyrillic `а` in a Latin word makes another word. Readers count such words as not
//! read (`lookalike`), so that a person looks.

use super::characters::{is_folded, is_ignored};
use regex::Regex;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// What Unicode 16.0 does not know.
static UNASSIGNED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\P{age:16.0}").expect("a constant pattern"));

/// Words broken at the end of a line.
static BROKEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(\p{L}\p{M}*)[-\u{2010}]\r?\n[ \t]*(\p{Ll})").expect("a constant pattern")
});

/// A run of units without spaces, or a word.
static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    let dense = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー";
    let unit = format!(r"[[{dense}]&&\p{{L}}]\p{{M}}*");
    let word = r"\p{L}\p{N}";
    Regex::new(&format!(
        r"(?<dense>(?:{unit})+)|[[{word}]--[{dense}]][[{word}\p{{M}}]--[{dense}]]+"
    ))
    .expect("a constant pattern")
});

/// One unit of a dense run.
static UNIT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\p{L}\p{M}*").expect("a constant pattern"));

/// Without what is not seen. A soft hyphen shows at a line's end.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{AD}' && matches!(chars.peek(), Some('\r' | '\n')) {
            out.push('-');
        } else if !is_ignored(c) {
            out.push(c);
        }
    }
    out
}

/// To lower, to upper and to lower case.
fn fold(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
}

/// The text as its words are cut from it.
fn folded(text: &str) -> String {
    if text.is_ascii() {
        return BROKEN.replace_all(text, "$1$2").to_ascii_lowercase();
    }
    let visible = visible(text);
    let known = UNASSIGNED.replace_all(&visible, " ");
    let plain: String = known.nfkd().filter(|c| !is_folded(*c)).collect();
    BROKEN
        .replace_all(&plain, "$1$2")
        .chars()
        .flat_map(fold)
        .nfc()
        .collect()
}

/// The terms of `text`, in order.
pub fn for_each_term(text: &str, mut each: impl FnMut(&str)) {
    let folded = folded(text);
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
            ("A big-deal, I_am 4u!", "big deal am 4u"),
            (
                "merger_agreement_2002 __init__",
                "merger agreement 2002 init",
            ),
            ("STRASSE Straße STRAẞE", "strasse strasse strasse"),
            ("ΣΑΣ σας", "σασ σασ"),
            ("ﬁnance ＦＵＬＬ ｗｉｄｔｈ", "finance full width"),
            (
                "acqui\u{AD}sition of North\u{200B}wind",
                "acquisition of northwind",
            ),
            ("cafe\u{301}s cafés CAFÉS cafes", "cafes cafes cafes cafes"),
            ("İzmir ızgara IZGARA", "izmir izgara izgara"),
            ("Αθήνα ΑΘΗΝΑ ᾳδω ΑΙΔΩ", "αθηνα αθηνα αιδω αιδω"),
            ("ещё ЕЩЕ", "еще еще"),
            ("שָׁלוֹם שלום", "שלום שלום"),
            ("مُحَمَّد محمد محمـــد", "محمد محمد محمد"),
            ("m\u{336}e\u{336}r\u{336}ger u\u{332}nder", "merger under"),
            // Letters that look alike stay what they are.
            ("p\u{430}y", "p\u{430}y"),
            (
                "infor-\nmation infor-\r\n  mation",
                "information information",
            ),
            (
                "infor\u{AD}\nmation infor\u{AD}\r\n  mation",
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

    /// Every character that nobody sees, inside of a word and alone.
    #[test]
    fn no_invisible_character_parts_a_word_or_is_one() {
        for c in ['\0'..='\u{FFFF}', '\u{10000}'..=char::MAX]
            .into_iter()
            .flatten()
            .filter(|c| is_ignored(*c))
        {
            let text = format!("Agree{c}ment {c}{c} 漢{c}字");
            assert_eq!(terms(&text), ["agreement", "漢字"], "{c:?}");
        }
        for c in "\u{FE0F}\u{E0100}\u{61C}\u{206A}\u{3164}\u{115F}\u{1160}\u{FFA0}\u{17B4}\u{180B}\u{1BCA0}\u{1D173}\u{E0020}\u{FFF9}\u{640}\u{AD}\u{200B}\u{2065}".chars() {
            assert!(is_ignored(c) || is_folded(c), "{c:?}");
        }
    }

    /// However a character is written, composed or not, large or small, it makes the same term.
    #[test]
    fn every_way_to_write_a_character_is_the_same() {
        let known = |text: &str| !UNASSIGNED.is_match(text);
        let term = |text: &str| terms(&format!("ab{text}cd")).join(" ");
        // Han and Hangul have thousands without case or compatibility: some will do.
        let many = |c: char| matches!(c, '\u{3500}'..='\u{9FF0}' | '\u{AC40}'..='\u{D7A0}' | '\u{20010}'..);
        let mut other = Vec::new();
        for c in ('\0'..='\u{2FA20}').filter(|c| !many(*c) || *c >= '\u{2F800}') {
            let text = c.to_string();
            if !known(&text) {
                continue;
            }
            let this = term(&text);
            let ways: [String; 8] = [
                c.nfd().collect(),
                c.nfkc().collect(),
                c.nfkd().collect(),
                c.to_lowercase().collect(),
                c.to_uppercase().collect(),
                c.to_uppercase().nfc().collect(),
                format!("{c}\u{FE0F}"),
                // A term is its own term.
                this[2..this.len() - 2].to_owned(),
            ];
            if ways.iter().any(|way| known(way) && term(way) != this) {
                other.push(c);
            }
        }
        assert_eq!(other, [] as [char; 0]);
        // Later versions of Unicode give letters to what this form takes for spaces.
        assert_eq!(terms("ab\u{1DFD0}cd"), ["ab", "cd"]);
    }

    /// The character tables of the standard library, of `regex` and of `unicode-normalization` decide what a token is.
    /// What they know beyond Unicode 16.0 is left out; this test says when an upgrade would change the form for
    /// characters that were there already, and the form would then need its own tables.
    #[test]
    fn character_tables_are_pinned() {
        let mut all = Sha256::new();
        for c in '\0'..=char::MAX {
            for_each_term(&format!("a{c}b {c}"), |term| {
                all.update(term.as_bytes());
                all.update([0]);
            });
        }
        assert_eq!(
            hex::encode(all.finalize()),
            "2cd3090c5b0a0876f57afdfa1dd19ca58223f340e3a3697b463c893600261e84"
        );
    }

    #[test]
    fn vectors_are_pinned() {
        let text = "Subject: Free money\nFrom: a@example.com\n\nClick here for FREE money, free of charge. 契約書";
        let vector = text_vector(Form::TextWordsV3, text);
        assert_eq!(
            hex::encode(Sha256::digest(vector.bytes())),
            "8b9c5626d8af635cec9e2267afba5422a73c4665933b80ad1a0ce5fbbcfdc36d"
        );
    }
}
