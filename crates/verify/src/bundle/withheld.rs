//! Matching items that are kept back, and why.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest description of why something is withheld.
pub const MAX_DESCRIPTION: usize = 4000;

/// A recognised ground for withholding: privilege (FRCP 26(b)(5)) or a FOIA exemption (5 U.S.C. 552(b)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason(&'static str);

const REASONS: [(&str, &str); 20] = [
    ("AC", "attorney-client privilege"),
    ("WP", "attorney work product"),
    ("CI", "common interest"),
    ("JDA", "joint defense agreement"),
    ("OTHER", "other privilege or protection"),
    ("(b)(1)", "FOIA exemption 1: national security"),
    ("(b)(2)", "FOIA exemption 2: internal personnel rules"),
    (
        "(b)(3)",
        "FOIA exemption 3: another statute (name it in the description)",
    ),
    (
        "(b)(4)",
        "FOIA exemption 4: trade secrets, commercial information",
    ),
    (
        "(b)(5)",
        "FOIA exemption 5: privileged agency communications",
    ),
    ("(b)(6)", "FOIA exemption 6: personal privacy"),
    ("(b)(7)(A)", "FOIA exemption 7(A): enforcement proceedings"),
    ("(b)(7)(B)", "FOIA exemption 7(B): fair trial"),
    (
        "(b)(7)(C)",
        "FOIA exemption 7(C): privacy in law enforcement records",
    ),
    ("(b)(7)(D)", "FOIA exemption 7(D): confidential sources"),
    ("(b)(7)(E)", "FOIA exemption 7(E): investigative techniques"),
    ("(b)(7)(F)", "FOIA exemption 7(F): safety of individuals"),
    ("(b)(8)", "FOIA exemption 8: financial institutions"),
    (
        "(b)(9)",
        "FOIA exemption 9: geological information on wells",
    ),
    ("COURT", "protective or sealing order of a court"),
];

impl Reason {
    /// All recognised grounds.
    pub fn all() -> impl Iterator<Item = Reason> {
        REASONS.iter().map(|(code, _)| Reason(code))
    }

    /// The ground with this code, in any case and with or without the parentheses of an exemption.
    pub fn parse(text: &str) -> Option<Reason> {
        let plain = |s: &str| -> String {
            s.chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect()
        };
        let wanted = plain(text);
        Reason::all().find(|reason| plain(reason.0) == wanted)
    }

    /// The code: "AC", "(b)(5)".
    pub fn code(&self) -> &'static str {
        self.0
    }

    /// The code in words.
    pub fn title(&self) -> &'static str {
        REASONS
            .iter()
            .find(|(code, _)| *code == self.0)
            .map_or("", |(_, title)| title)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        REASONS
            .iter()
            .find(|(code, _)| *code == text)
            .map(|(code, _)| Reason(code))
            .ok_or_else(|| serde::de::Error::custom(format!("unknown reason code '{text}'")))
    }
}

/// One line of the withheld log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// The item.
    pub index: u32,
    /// The ground.
    pub reason: Reason,
    /// What the log tells about the item, without revealing what is protected.
    pub description: String,
}

/// Why a withheld entry is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WithheldError {
    /// No description.
    #[error("item {0} is withheld without a description that can be seen")]
    NoDescription(u32),
    /// A description that is too long.
    #[error("the description of withheld item {0} is longer than {MAX_DESCRIPTION} bytes")]
    TooLong(u32),
}

impl Withheld {
    /// Whether the entry says enough and not too much.
    pub fn check(&self) -> Result<(), WithheldError> {
        if !crate::clean::is_visible(&self.description) {
            Err(WithheldError::NoDescription(self.index))
        } else if self.description.len() > MAX_DESCRIPTION {
            Err(WithheldError::TooLong(self.index))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_write_them_and_written_one_way() {
        for (text, code) in [
            ("ac", "AC"),
            ("(b)(7)(C)", "(b)(7)(C)"),
            ("b7c", "(b)(7)(C)"),
            ("B5", "(b)(5)"),
            ("other", "OTHER"),
        ] {
            assert_eq!(Reason::parse(text).unwrap().code(), code);
        }
        assert_eq!(Reason::parse("because"), None);
        assert!(Reason::all().all(|r| Reason::parse(r.code()) == Some(r) && !r.title().is_empty()));
        assert!(serde_json::from_str::<Reason>("\"b5\"").is_err());
    }
}
