//! Form `text/hash4080-v1`: hashed words and word pairs of a text.
//!
//! 1. Lower-case the text (Unicode, with final sigma).
//! 2. Tokens: maximal runs of letters, numbers and `_` that have at least two characters. These are the
//!    tokens of scikit-learn's default pattern `(?u)\b\w\w+\b`.
//! 3. Terms: every token, and every pair of consecutive tokens joined by one space; hashed into 4,080 buckets.
//!
//! A small circuit, and a coarse form: see `classifiers/README.md` for what it costs on hard topics. It stays, because
//! a form never changes once published.

use regex::Regex;
use std::sync::LazyLock;

/// Letters (L), numbers (N) and underscore: the characters that Python's `\w` matches.
static TOKEN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\p{L}\p{N}_]{2,}").expect("a constant pattern"));

/// The terms of `text`, in order: each token, and the pair that it ends.
pub fn for_each_term(text: &str, mut each: impl FnMut(&str)) {
    let lower = text.to_lowercase();
    let mut pair = String::with_capacity(64);
    for token in TOKEN.find_iter(&lower) {
        let token = token.as_str();
        each(token);
        // `pair` holds the previous token and a space, except before the first token.
        if !pair.is_empty() {
            pair.push_str(token);
            each(&pair);
            pair.clear();
        }
        pair.push_str(token);
        pair.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::form::Form;
    use crate::item::text::{bucket, term_counts, text_vector};
    use sha2::{Digest, Sha256};

    const FORM: Form = Form::TextHash4080V1;

    /// Indices written by scikit-learn 1.x, `HashingVectorizer` with the `ngram_range=(1, 2), alternate_sign=False, n_features=4080`.
    #[test]
    fn buckets_are_those_of_scikit_learn() {
        for (term, expected) in SKLEARN {
            assert_eq!(bucket(FORM, term.as_bytes()), *expected, "{term}");
        }
    }

    const SKLEARN: &[(&str, usize)] = &[
        ("free", 1118),
        ("money", 1082),
        ("free money", 3256),
        ("über", 644),
        ("straße", 197),
        ("σας", 3767),
        ("x²y", 942),
        ("i_am", 2721),
        ("4u", 1114),
        ("日本語", 937),
        ("привет мир", 3147),
        ("subject", 2001),
        ("unsubscribe", 3827),
        ("click here", 3618),
        ("longer than sixteen_bytes", 792),
    ];

    #[test]
    fn tokens_are_those_of_the_pattern() {
        let terms = |text: &str| -> Vec<String> {
            TOKEN
                .find_iter(&text.to_lowercase())
                .map(|m| m.as_str().to_owned())
                .collect()
        };
        assert_eq!(terms("A big-deal, I_am 4u!"), ["big", "deal", "i_am", "4u"]);
        assert_eq!(
            terms("ÜBER straße ΣΑΣ x²y"),
            ["über", "straße", "σας", "x²y"]
        );
        // A combining mark is no word character for Python.
        assert_eq!(terms("caf\u{65}\u{301}s"), ["cafe"]);
        let counts = term_counts(FORM, "free money free money");
        assert_eq!(counts.iter().sum::<u32>(), 4 + 3);
        assert_eq!(counts[bucket(FORM, b"free money")], 2);
        assert_eq!(counts[bucket(FORM, b"money free")], 1);
    }

    /// The character tables of the standard library and of `regex` decide what a token is. They grow with
    /// Unicode; this test says when an upgrade would change the form for characters that are already in
    /// use, and the form would then need its own tables.
    #[test]
    fn character_tables_are_pinned() {
        let mut words = Sha256::new();
        let mut lower = Sha256::new();
        let word = Regex::new(r"[\p{L}\p{N}_]").unwrap();
        for c in '\0'..='\u{323af}' {
            let text = c.to_string();
            if word.is_match(&text) {
                words.update(text.as_bytes());
            }
            let lowered = text.to_lowercase();
            if lowered != text {
                lower.update(text.as_bytes());
                lower.update(lowered.as_bytes());
            }
        }
        assert_eq!(
            (hex::encode(words.finalize()), hex::encode(lower.finalize())),
            (
                "5af9baeb2777a7f5f9914b4f85a63b77e6f88b36cc5511d8792cddd914af6ec8".to_owned(),
                "6bb308a759f43add712e3ab4d9835af6d54a19a274073b598c24fdbc0fdd28bd".to_owned()
            )
        );
    }

    #[test]
    fn vectors_are_pinned() {
        let text = "Subject: Free money\nFrom: a@example.com\n\nClick here for FREE money, free of charge.";
        let vector = text_vector(FORM, text);
        assert_eq!(
            hex::encode(Sha256::digest(vector.bytes())),
            "dc55eefa995189b905bb752f18c7ca115d10c118591d9c7ff21eaac07e587dff"
        );
        assert!(text_vector(FORM, "").bytes().iter().all(|&b| b == 0));
        assert!(text_vector(FORM, "a b c !").bytes().iter().all(|&b| b == 0));
        assert_eq!(
            text_vector(FORM, "word").bytes()[bucket(FORM, b"word")],
            255
        );
    }
}
