//! Which facts about withheld documents a log names when it is handed over.
//!
//! A bundle tells of a withheld document its ground and a description. Dates, parties and subjects are in the
//! responder's vault, and are not served unless somebody asked for them, column by column. Documents that
//! are withheld to protect persons need a second word: naming the source is what their exemption forbids.

use crate::bundle::Reason;
use serde::Serialize;
use std::fmt;

/// A fact about a withheld document that only the vault has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFact {
    /// The date of sending.
    Date,
    /// Mail, text, picture, ...
    Type,
    /// Who wrote it.
    Author,
    /// Recipients.
    To,
    /// Copies.
    Cc,
    /// Blind copies.
    Bcc,
    /// Subject.
    Subject,
    /// Name of the file.
    FileName,
    /// Whose document it is, where that is recorded document by document.
    Custodian,
}

impl LogFact {
    /// All facts, in the order of a log.
    pub const ALL: [LogFact; 9] = [
        LogFact::Date,
        LogFact::Type,
        LogFact::Author,
        LogFact::To,
        LogFact::Cc,
        LogFact::Bcc,
        LogFact::Subject,
        LogFact::FileName,
        LogFact::Custodian,
    ];

    /// The name on the command line.
    pub fn id(self) -> &'static str {
        match self {
            LogFact::Date => "date",
            LogFact::Type => "type",
            LogFact::Author => "author",
            LogFact::To => "to",
            LogFact::Cc => "cc",
            LogFact::Bcc => "bcc",
            LogFact::Subject => "subject",
            LogFact::FileName => "file-name",
            LogFact::Custodian => "custodian",
        }
    }

    /// The fact of that name, or which names there are.
    pub fn parse(id: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|fact| fact.id() == id);
        found.ok_or_else(|| {
            let known = Self::ALL.map(LogFact::id).join(", ");
            format!("'{id}' is no fact of a withheld document: known are {known}")
        })
    }
}

impl fmt::Display for LogFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// Whether a ground protects persons, so that a name in a log would give away what is withheld.
pub fn protects_persons(reason: Reason) -> bool {
    ["(b)(6)", "(b)(7)(C)", "(b)(7)(D)", "(b)(7)(F)"].contains(&reason.code())
}

/// The grounds of [`protects_persons`], in words for people.
pub const PERSONAL: &str = "(b)(6), (b)(7)(C), (b)(7)(D) and (b)(7)(F)";

/// What the logs name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Of documents withheld on other grounds.
    pub facts: Vec<LogFact>,
    /// Of documents that are withheld to protect persons.
    pub personal: Vec<LogFact>,
}

impl Named {
    /// Everything: for what stays with the responder.
    pub fn everything() -> Self {
        Named {
            facts: LogFact::ALL.to_vec(),
            personal: LogFact::ALL.to_vec(),
        }
    }

    /// Whether a fact of a document that is withheld on this ground is named.
    pub fn names(&self, fact: LogFact, reason: Reason) -> bool {
        let list = if protects_persons(reason) {
            &self.personal
        } else {
            &self.facts
        };
        list.contains(&fact)
    }

    /// What to tell whoever asked for facts to be served; nothing if nobody did.
    pub fn warnings(&self) -> Vec<String> {
        let list = |facts: &[LogFact]| -> String {
            let ids: Vec<&str> = facts.iter().map(|fact| fact.id()).collect();
            ids.join(", ")
        };
        let mut out = Vec::new();
        if !self.facts.is_empty() {
            out.push(format!(
                "serve/ tells of withheld documents, as you asked: {}",
                list(&self.facts)
            ));
        }
        if !self.personal.is_empty() {
            out.push(format!(
                "WARNING: serve/ tells of documents withheld under {PERSONAL}, as you asked: {}. Names \
                 there are what these grounds protect; read the logs before they leave.",
                list(&self.personal)
            ));
        }
        out
    }

    /// For a custody log: which facts were served of which documents.
    pub fn record(&self) -> String {
        let mut all: Vec<String> = self.facts.iter().map(ToString::to_string).collect();
        let personal = self.personal.iter();
        all.extend(personal.map(|fact| format!("personal:{fact}")));
        if all.is_empty() {
            "none".to_owned()
        } else {
            all.join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_named_unasked_and_persons_need_a_second_word() {
        let ground = |code: &str| Reason::parse(code).unwrap();
        for fact in LogFact::ALL {
            assert_eq!(LogFact::parse(fact.id()), Ok(fact));
            for reason in Reason::all() {
                assert!(!Named::default().names(fact, reason));
                assert!(Named::everything().names(fact, reason));
            }
        }
        assert!(LogFact::parse("names").unwrap_err().contains("author, to"));
        let named = Named {
            facts: LogFact::ALL.to_vec(),
            personal: Vec::new(),
        };
        for code in ["(b)(6)", "(b)(7)(C)", "(b)(7)(D)", "(b)(7)(F)"] {
            for fact in LogFact::ALL {
                assert!(!named.names(fact, ground(code)), "{fact} under {code}");
            }
        }
        assert!(named.names(LogFact::Author, ground("AC")));
        assert!(Named::default().warnings().is_empty());
        assert_eq!(Named::everything().warnings().len(), 2);
        assert_eq!(Named::default().record(), "none");
    }
}
