//! Bates numbers: a prefix and a zero-padded number, one per document.

use serde::Serialize;

/// Digits of a number unless asked otherwise.
pub const DEFAULT_WIDTH: usize = 7;
/// Most digits.
pub const MAX_WIDTH: usize = 12;
const MAX_PREFIX: usize = 30;

/// A series of control numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bates {
    prefix: String,
    start: u64,
    width: usize,
}

/// Why documents cannot be numbered so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatesError {
    /// A prefix that some platform or file system trips over.
    #[error(
        "'{0}' cannot be a prefix: use up to {MAX_PREFIX} ASCII letters, digits, '-', '_' and '.', \
         beginning with a letter"
    )]
    Prefix(String),
    /// Where does the number begin?
    #[error("the prefix '{0}' ends in a digit, which Everlaw cannot tell from the number: add '-'")]
    EndsInDigit(String),
    /// No such width.
    #[error("a number has 1 to {MAX_WIDTH} digits, not {0}")]
    Width(usize),
    /// More documents than numbers.
    #[error("{count} documents from number {start} on do not fit in {width} digits: use --width {}", width + 1)]
    Full {
        /// How many documents.
        count: usize,
        /// The first number.
        start: u64,
        /// Digits.
        width: usize,
    },
}

impl Bates {
    /// A series.
    pub fn new(prefix: &str, start: u64, width: usize) -> Result<Self, BatesError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        if !prefix.starts_with(|c: char| c.is_ascii_alphabetic())
            || prefix.len() > MAX_PREFIX
            || !prefix.bytes().all(allowed)
        {
            return Err(BatesError::Prefix(prefix.to_owned()));
        }
        if !(1..=MAX_WIDTH).contains(&width) {
            return Err(BatesError::Width(width));
        }
        Ok(Bates {
            prefix: prefix.to_owned(),
            start,
            width,
        })
    }

    /// Whether that many documents can be numbered.
    pub fn check(&self, count: usize) -> Result<(), BatesError> {
        let end = 10u64.pow(self.width as u32);
        if self.start.saturating_add(count as u64) > end {
            return Err(BatesError::Full {
                count,
                start: self.start,
                width: self.width,
            });
        }
        Ok(())
    }

    /// The prefix.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The number of the `n`-th document, counted from 0.
    pub fn number(&self, n: usize) -> String {
        let number = self.start.saturating_add(n as u64);
        format!("{}{number:0width$}", self.prefix, width = self.width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_padded_and_never_overflow_their_width() {
        let bates = Bates::new("ABC", 1, 7).unwrap();
        assert_eq!(bates.number(0), "ABC0000001");
        assert_eq!(bates.number(41), "ABC0000042");
        assert!(bates.check(9_999_999).is_ok());
        let full = bates.check(10_000_000).unwrap_err();
        assert!(full.to_string().contains("--width 8"), "{full}");
        assert!(Bates::new("A", 99, 2).unwrap().check(1).is_ok());
        assert!(Bates::new("A", 99, 2).unwrap().check(2).is_err());
    }

    #[test]
    fn prefixes_that_break_paths_or_platforms_are_refused() {
        for bad in [
            "",
            "../x",
            "A B",
            "a/b",
            "[A]",
            "1A",
            "\u{fe}",
            &"A".repeat(31),
        ] {
            assert!(
                matches!(Bates::new(bad, 1, 7), Err(BatesError::Prefix(_))),
                "{bad}"
            );
        }
        assert_eq!(Bates::new("A", 1, 0), Err(BatesError::Width(0)));
        assert_eq!(Bates::new("A", 1, 13), Err(BatesError::Width(13)));
        assert!(Bates::new("ACME-P2.", 1, 7).is_ok());
    }
}
