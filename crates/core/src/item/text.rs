//! Form `text/hash4080-v1`: hashed words and word pairs of a text.
//!
//! 1. Lower-case the text (Unicode, with final sigma).
//! 2. Tokens: maximal runs of letters, numbers and `_` that have at least two characters. These are the
//!    tokens of scikit-learn's default pattern `(?u)\b\w\w+\b`.
//! 3. Terms: every token, and every pair of consecutive tokens joined by one space.
//! 4. Bucket of a term: `|murmur3_32(UTF-8 bytes, seed 0) as i32| mod 4080`, as scikit-learn's
//!    `HashingVectorizer(ngram_range=(1, 2), alternate_sign=False, n_features=4080)`.
//! 5. Weight of a bucket with `tf` terms: `w = 2^16 (1 + ln tf)`, by the integer recurrence in [`weight`].
//! 6. With `W = ceil(sqrt(sum w^2))`: entry `x = min(255, floor((2 SCALE w + W) / (2 W)))`, that is
//!    `SCALE w / W` rounded half up.
//!
//! Everything is integer arithmetic, so every machine gets the same bytes.
//!
//! **Norm.** Before rounding the vector has Euclidean norm at most `SCALE`, because `W` is rounded up.
//! Rounding adds at most 1/2 to each of the 4,080 entries, a vector of norm at most `sqrt(4080) / 2 < 32`,
//! and saturation only shrinks. Hence `||x|| <= SCALE + 32`: [`MAX_NORM_SQ`].

use crate::item::form::{CanonicalVector, Form};
pub use crate::item::form::{
    TEXT_BUCKETS as BUCKETS, TEXT_MAX_NORM_SQ as MAX_NORM_SQ, TEXT_SCALE as SCALE,
};
use regex::Regex;
use std::sync::LazyLock;

/// Fraction bits of [`weight`].
const FRACTION: u32 = 16;
/// `floor(2^16 ln 2)`.
const LN_2: u64 = 45_426;
const TABLE: usize = 1024;

/// Letters (L), numbers (N) and underscore: the characters that Python's `\w` matches.
static TOKEN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\p{L}\p{N}_]{2,}").expect("a constant pattern"));

/// Weights of small counts.
static WEIGHTS: [u32; TABLE] = {
    let mut table = [0; TABLE];
    let mut tf = 1;
    while tf < TABLE {
        table[tf] = weight(tf as u32);
        tf += 1;
    }
    table
};

/// The canonical vector of a text.
pub fn text_vector(text: &str) -> CanonicalVector {
    let counts = term_counts(text);
    let weights: Vec<u64> = counts
        .iter()
        .map(|&tf| match WEIGHTS.get(tf as usize) {
            Some(&w) => u64::from(w),
            None => u64::from(weight(tf)),
        })
        .collect();
    let bytes = scale_to_bytes(&weights);
    CanonicalVector::new(Form::TextHash4080V1, bytes)
        .expect("the length is fixed and the norm bound is proved above")
}

/// How often each bucket is hit by the terms of `text`.
pub fn term_counts(text: &str) -> Vec<u32> {
    let mut counts = vec![0u32; BUCKETS];
    for_each_term(text, |term| {
        let slot = &mut counts[bucket(term.as_bytes())];
        *slot = slot.saturating_add(1);
    });
    counts
}

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

/// Bucket of a term.
pub fn bucket(term: &[u8]) -> usize {
    let mut source = term;
    let hash = murmur3::murmur3_32(&mut source, 0).expect("reading from memory cannot fail");
    (hash.cast_signed().unsigned_abs() % BUCKETS as u32) as usize
}

/// `2^16 (1 + ln tf)` in integers, for `tf >= 1`.
///
/// `log2 tf` is computed to 16 fraction bits by repeated squaring of the mantissa (32 bits, truncated),
/// and multiplied by `floor(2^16 ln 2)`.
pub const fn weight(tf: u32) -> u32 {
    let exponent = 31 - tf.leading_zeros();
    // Mantissa in [1, 2) with 31 fraction bits.
    let mut mantissa = (tf as u64) << (31 - exponent);
    let mut log2 = exponent as u64;
    let mut bit = 0;
    while bit < FRACTION {
        mantissa = (mantissa * mantissa) >> 31;
        log2 <<= 1;
        if mantissa >= 1 << 32 {
            mantissa >>= 1;
            log2 |= 1;
        }
        bit += 1;
    }
    ((1 << FRACTION) + ((log2 * LN_2) >> FRACTION)) as u32
}

/// Step 6 of the form.
fn scale_to_bytes(weights: &[u64]) -> Vec<u8> {
    // At most 4080 * (2^16 * 23.2)^2 < 2^53.
    let sum: u64 = weights.iter().map(|w| w * w).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let floor = sum.isqrt();
    let norm = if floor * floor == sum {
        floor
    } else {
        floor + 1
    };
    weights
        .iter()
        .map(|w| ((2 * SCALE * w + norm) / (2 * norm)).min(255) as u8)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    /// Indices written by scikit-learn 1.x, `HashingVectorizer` with the parameters of the module's head.
    #[test]
    fn buckets_are_those_of_scikit_learn() {
        for (term, expected) in SKLEARN {
            assert_eq!(bucket(term.as_bytes()), *expected, "{term}");
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
        let counts = term_counts("free money free money");
        assert_eq!(counts.iter().sum::<u32>(), 4 + 3);
        assert_eq!(counts[bucket(b"free money")], 2);
        assert_eq!(counts[bucket(b"money free")], 1);
    }

    #[test]
    fn weights_are_one_plus_logarithm() {
        assert_eq!(weight(1), 65_536);
        for tf in [2u32, 3, 7, 100, 1_000, 65_537, u32::MAX] {
            let exact = 65_536.0 * (1.0 + f64::from(tf).ln());
            assert!((f64::from(weight(tf)) - exact).abs() < 24.0, "{tf}");
        }
        assert!((1..5_000).all(|tf| weight(tf) <= weight(tf + 1)));
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
        let vector = text_vector(text);
        assert_eq!(
            hex::encode(Sha256::digest(vector.bytes())),
            "dc55eefa995189b905bb752f18c7ca115d10c118591d9c7ff21eaac07e587dff"
        );
        assert!(text_vector("").bytes().iter().all(|&b| b == 0));
        assert!(text_vector("a b c !").bytes().iter().all(|&b| b == 0));
        assert_eq!(text_vector("word").bytes()[bucket(b"word")], 255);
    }

    proptest! {
        #[test]
        fn norm_stays_within_its_bound(weights in proptest::collection::vec(0u64..1_600_000, BUCKETS)) {
            let x = scale_to_bytes(&weights);
            let norm: u64 = x.iter().map(|&b| u64::from(b) * u64::from(b)).sum();
            prop_assert!(norm <= MAX_NORM_SQ);
        }

        #[test]
        fn any_text_has_a_vector(text in "\\PC{0,400}") {
            prop_assert!(text_vector(&text).norm_sq() <= MAX_NORM_SQ);
        }
    }
}
