//! Forms of texts: hashed counts of terms, weighted and scaled to bytes in integers.
//!
//! | form | terms | buckets | rows |
//! |---|---|---:|---:|
//! | `text/words16376-v3`, see [`words`] | single words of any script | 16,376 | `2^14` |
//! | `text/hash4080-v1`, see [`hash`] | words and pairs of words, as scikit-learn's default pattern has them | 4,080 | `2^12` |
//!
//! From the terms on, both are derived alike, with `n` buckets:
//!
//! 1. Bucket of a term: `|murmur3_32(UTF-8 bytes, seed 0) as i32| mod n`, as scikit-learn's
//!    `HashingVectorizer(alternate_sign=False, n_features=n)`.
//! 2. Weight of a bucket with `tf` terms: `w = 2^16 (1 + ln tf)`, by the integer recurrence in [`weight`].
//! 3. With `W = ceil(sqrt(sum w^2))`: entry `x = min(255, floor((2 SCALE w + W) / (2 W)))`, that is
//!    `SCALE w / W` rounded half up.
//!
//! Everything is integer arithmetic, so every machine gets the same bytes. How rare a word is, is left to the weights
//! of a classifier (`candor classifier train` folds it in): a vector depends on nothing but its own text.
//!
//! **Norm.** Before rounding the vector has Euclidean norm at most `SCALE`, because `W` is rounded up.
//! Rounding adds at most 1/2 to each of the `n` entries, a vector of norm at most `sqrt(n) / 2`, which is below 32
//! for 4,080 entries and below 64 for 16,376, and saturation only shrinks. Hence `||x|| <= SCALE + 32` and
//! `||x|| <= SCALE + 64`: [`Form::max_norm_sq`].

mod characters;
pub mod hash;
pub mod words;

use crate::item::form::{CanonicalVector, Form};

pub use crate::item::form::TEXT_SCALE as SCALE;

/// Fraction bits of [`weight`].
const FRACTION: u32 = 16;
/// `floor(2^16 ln 2)`.
const LN_2: u64 = 45_426;
const TABLE: usize = 1024;

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

/// The canonical vector of a text in a text form. It [is zero](CanonicalVector::is_zero) if the text has no term, and only
/// then: a verdict about it would say nothing, so such a text is not committed in this form.
///
/// # Panics
///
/// If `form` is not a form of texts.
pub fn text_vector(form: Form, text: &str) -> CanonicalVector {
    let weights: Vec<u64> = term_counts(form, text)
        .iter()
        .map(|&tf| match WEIGHTS.get(tf as usize) {
            Some(&w) => u64::from(w),
            None => u64::from(weight(tf)),
        })
        .collect();
    let bytes = scale_to_bytes(&weights);
    CanonicalVector::new(form, bytes)
        .expect("the length is fixed and the norm bound is proved above")
}

/// How often each bucket is hit by the terms of `text`.
pub fn term_counts(form: Form, text: &str) -> Vec<u32> {
    let mut counts = vec![0u32; form.len()];
    for_each_term(form, text, |term| {
        let slot = &mut counts[bucket(form, term.as_bytes())];
        *slot = slot.saturating_add(1);
    });
    counts
}

/// The terms of `text` in order.
///
/// # Panics
///
/// If `form` is not a form of texts.
pub fn for_each_term(form: Form, text: &str, each: impl FnMut(&str)) {
    match form {
        Form::TextHash4080V1 => hash::for_each_term(text, each),
        Form::TextWordsV3 => words::for_each_term(text, each),
        _ => panic!("{form} is no form of texts"),
    }
}

/// Bucket of a term.
pub fn bucket(form: Form, term: &[u8]) -> usize {
    let mut source = term;
    let hash = murmur3::murmur3_32(&mut source, 0).expect("reading from memory cannot fail");
    (hash.cast_signed().unsigned_abs() % form.len() as u32) as usize
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

/// Step 3 of the derivation.
fn scale_to_bytes(weights: &[u64]) -> Vec<u8> {
    // At most 16,376 * (2^16 * 23.2)^2 < 2^55.
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

    const FORMS: [Form; 2] = [Form::TextWordsV3, Form::TextHash4080V1];

    #[test]
    fn weights_are_one_plus_logarithm() {
        assert_eq!(weight(1), 65_536);
        for tf in [2u32, 3, 7, 100, 1_000, 65_537, u32::MAX] {
            let exact = 65_536.0 * (1.0 + f64::from(tf).ln());
            assert!((f64::from(weight(tf)) - exact).abs() < 24.0, "{tf}");
        }
        assert!((1..5_000).all(|tf| weight(tf) <= weight(tf + 1)));
    }

    /// One entry of `n` at least is `SCALE / sqrt(n)`, so whatever has a term is not zero.
    #[test]
    fn a_vector_is_zero_for_want_of_terms_only() {
        let many: String = (0..400_000).map(|i| format!("w{i} ")).collect();
        for form in FORMS {
            for text in ["", "a b c . 1", "word", "契約", &many] {
                let terms = term_counts(form, text).iter().sum::<u32>();
                assert_eq!(text_vector(form, text).is_zero(), terms == 0, "{form}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "no form of texts")]
    fn pictures_have_no_terms() {
        term_counts(Form::ImageRgb32V1, "word");
    }

    proptest! {
        #[test]
        fn norm_stays_within_its_bound(
            long in any::<bool>(),
            weights in proptest::collection::vec(0u64..1_600_000, 16_376),
        ) {
            let form = FORMS[usize::from(!long)];
            let x = scale_to_bytes(&weights[..form.len()]);
            let norm: u64 = x.iter().map(|&b| u64::from(b) * u64::from(b)).sum();
            prop_assert!(norm <= form.max_norm_sq().unwrap());
        }

        #[test]
        fn any_text_has_a_vector(text in "\\PC{0,400}") {
            for form in FORMS {
                prop_assert!(text_vector(form, &text).norm_sq() <= form.max_norm_sq().unwrap());
            }
        }
    }
}
