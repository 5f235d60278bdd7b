//! The versioned forms and the vectors they hold.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Number of buckets of `text/words16376-v3`: a strip of `2^14` rows holds one more.
pub const TEXT_WORDS_BUCKETS: usize = 16_376;
/// Number of buckets of `text/hash4080-v1`.
pub const TEXT_HASH_BUCKETS: usize = 4080;
/// Euclidean norm of a text's vector before rounding.
pub const TEXT_SCALE: u64 = 1020;

/// A canonical form: name, version, length and shape of a vector of bytes.
///
/// A form never changes once published; an improvement is a new form with a new id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// Hashed words and word pairs of a text, see [`crate::item::text::hash`].
    TextHash4080V1,
    /// Hashed words of a text, see [`crate::item::text::words`].
    TextWordsV3,
    /// 32x32 RGB picture, channel-major.
    ImageRgb32V1,
    /// 96x96 RGB picture, channel-major.
    ImageRgb96V1,
    /// 224x224 RGB picture, channel-major.
    ImageRgb224V1,
}

/// What the circuit of a form can hold: `Z = 2^t Q + R` with `t <= max_shift` and `|Q| <= max_q`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest requantisation shift `t`: remainders `0..2^t` fill one table column.
    pub max_shift: u32,
    /// Largest absolute quotient `Q`.
    pub max_q: i64,
}

impl Form {
    /// Every form, in the order of their declaration.
    pub const ALL: [Form; 5] = [
        Form::TextHash4080V1,
        Form::TextWordsV3,
        Form::ImageRgb32V1,
        Form::ImageRgb96V1,
        Form::ImageRgb224V1,
    ];

    /// The forms that a corpus is committed in unless its owner chooses others: one that a better one replaced
    /// is used on demand only.
    pub const CURRENT: [Form; 4] = [
        Form::TextWordsV3,
        Form::ImageRgb32V1,
        Form::ImageRgb96V1,
        Form::ImageRgb224V1,
    ];

    /// The id that files carry.
    pub fn id(&self) -> &'static str {
        match self {
            Form::TextWordsV3 => "text/words16376-v3",
            Form::TextHash4080V1 => "text/hash4080-v1",
            Form::ImageRgb32V1 => "image/rgb32-v1",
            Form::ImageRgb96V1 => "image/rgb96-v1",
            Form::ImageRgb224V1 => "image/rgb224-v1",
        }
    }

    /// The form with this id.
    pub fn from_id(id: &str) -> Option<Form> {
        Form::ALL.into_iter().find(|form| form.id() == id)
    }

    /// Why an id names no form, and what to do.
    pub fn unknown(id: &str) -> String {
        match id {
            "text/words16376-v2" => format!(
                "the form '{id}' cut words otherwise and was replaced by {}: train the classifier again, or \
                 commit to the documents anew",
                Form::TextWordsV3
            ),
            _ => format!("unknown canonical form '{id}'"),
        }
    }

    /// True for the forms of texts.
    pub fn is_text(&self) -> bool {
        matches!(self, Form::TextWordsV3 | Form::TextHash4080V1)
    }

    /// Shape as channels, height, width. A text is a vector of channels.
    pub fn shape(&self) -> [usize; 3] {
        match self {
            Form::TextWordsV3 => [TEXT_WORDS_BUCKETS, 1, 1],
            Form::TextHash4080V1 => [TEXT_HASH_BUCKETS, 1, 1],
            Form::ImageRgb32V1 => [3, 32, 32],
            Form::ImageRgb96V1 => [3, 96, 96],
            Form::ImageRgb224V1 => [3, 224, 224],
        }
    }

    /// Number of bytes in a vector of this form.
    #[allow(clippy::len_without_is_empty)] // no form is empty
    pub fn len(&self) -> usize {
        self.shape().iter().product()
    }

    /// Base-two logarithm of the number of rows in the circuit for this form.
    pub fn k(&self) -> u32 {
        match self {
            Form::TextWordsV3 => 14,
            Form::TextHash4080V1 => 12,
            _ => 15,
        }
    }

    /// Most entries that one committed column holds; the remaining rows of `2^k` are for blinding.
    pub fn strip_rows(&self) -> usize {
        (1 << self.k()) - 7
    }

    /// Number of committed columns that a vector takes.
    pub fn strips(&self) -> usize {
        self.len().div_ceil(self.strip_rows())
    }

    /// Upper bound of the squared Euclidean norm of every vector of this form, where the form has one.
    ///
    /// [`CanonicalVector::new`] enforces it, so that static bounds of networks may use it.
    pub fn max_norm_sq(&self) -> Option<u64> {
        // Rounding adds half a unit at most to each entry; see the head of [`text`](crate::item::text).
        let rounding = match self {
            Form::TextWordsV3 => 64,
            Form::TextHash4080V1 => 32,
            _ => return None,
        };
        Some((TEXT_SCALE + rounding) * (TEXT_SCALE + rounding))
    }

    /// What the circuit of this form can hold.
    pub fn limits(&self) -> Limits {
        // 2^t rows of remainders fit one column, quotients from -q to q two.
        let (max_shift, max_q) = match self {
            Form::TextWordsV3 => (13, 16_376),
            Form::TextHash4080V1 => (11, 4088),
            _ => (14, 32_760),
        };
        Limits { max_shift, max_q }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for Form {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Form {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        Form::from_id(&id).ok_or_else(|| serde::de::Error::custom(Form::unknown(&id)))
    }
}

/// Why bytes are not a vector of a form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VectorError {
    /// Wrong number of bytes.
    #[error("a vector of form {form} has {expected} bytes, not {found}")]
    Length {
        /// The form asked for.
        form: Form,
        /// Its length.
        expected: usize,
        /// The length given.
        found: usize,
    },
    /// Larger than any vector that the form's derivation yields.
    #[error("squared norm {found} is above {limit}, the most that form {form} can have")]
    Norm {
        /// The form asked for.
        form: Form,
        /// [`Form::max_norm_sq`].
        limit: u64,
        /// The squared norm found.
        found: u64,
    },
}

/// A vector of a form: right length, and within the form's norm bound.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CanonicalVector {
    form: Form,
    bytes: Vec<u8>,
}

/// What a document says can be read from its vector.
impl Drop for CanonicalVector {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.bytes);
    }
}

impl CanonicalVector {
    /// Checks length and norm.
    pub fn new(form: Form, bytes: Vec<u8>) -> Result<Self, VectorError> {
        if bytes.len() != form.len() {
            return Err(VectorError::Length {
                form,
                expected: form.len(),
                found: bytes.len(),
            });
        }
        if let Some(limit) = form.max_norm_sq() {
            let found = norm_sq(&bytes);
            if found > limit {
                return Err(VectorError::Norm { form, limit, found });
            }
        }
        Ok(CanonicalVector { form, bytes })
    }

    /// The form.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The entries.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The entries, by value.
    pub fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Whether every entry is zero.
    pub fn is_zero(&self) -> bool {
        self.bytes.iter().all(|entry| *entry == 0)
    }

    /// Squared Euclidean norm.
    pub fn norm_sq(&self) -> u64 {
        norm_sq(&self.bytes)
    }
}

impl fmt::Debug for CanonicalVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nonzero = self.bytes.iter().filter(|&&b| b != 0).count();
        write!(f, "CanonicalVector({}, {nonzero} non-zero)", self.form)
    }
}

fn norm_sq(bytes: &[u8]) -> u64 {
    bytes.iter().map(|&b| u64::from(b) * u64::from(b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_and_strips_hold_the_vector() {
        for form in Form::ALL {
            assert_eq!(Form::from_id(form.id()), Some(form));
            assert!(form.strips() * form.strip_rows() >= form.len());
            assert!(form.strip_rows() < 1 << form.k());
            let json = serde_json::to_string(&form).unwrap();
            assert_eq!(serde_json::from_str::<Form>(&json).unwrap(), form);
        }
        assert_eq!(Form::from_id("text/hash4080-v2"), None);
        let old = serde_json::from_str::<Form>("\"text/words16376-v2\"").unwrap_err();
        assert!(
            old.to_string().contains("train the classifier again"),
            "{old}"
        );
        assert_eq!(Form::TextWordsV3.strips(), 1);
        assert_eq!(Form::ImageRgb224V1.strips(), 5);
        assert_eq!(Form::ImageRgb96V1.strips(), 1);
    }

    #[test]
    fn vectors_are_checked() {
        let form = Form::TextHash4080V1;
        assert!(CanonicalVector::new(form, vec![0; 4080]).is_ok());
        assert!(matches!(
            CanonicalVector::new(form, vec![0; 4079]),
            Err(VectorError::Length { found: 4079, .. })
        ));
        assert!(matches!(
            CanonicalVector::new(form, vec![255; 4080]),
            Err(VectorError::Norm { .. })
        ));
        assert!(CanonicalVector::new(Form::ImageRgb32V1, vec![255; 3072]).is_ok());
    }
}
