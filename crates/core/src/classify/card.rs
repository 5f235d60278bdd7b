//! What a classifier says about itself: everything in its file that is not the network.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The two answers, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    /// What a matching item is called.
    #[serde(rename = "match")]
    pub matching: String,
    /// What any other item is called.
    pub other: String,
}

/// How the decision came about. The network alone decides; this explains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The rule in words, for example `logit >= -0.35`.
    pub rule: String,
    /// How many units of [`crate::classify::Verdict::score`] make one unit of the quantity in the rule,
    /// where that makes sense.
    pub score_unit: Option<u64>,
}

/// Outcome of running the classifier over labelled items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Not matching, though labelled positive.
    pub false_negatives: u64,
    /// Matching, though labelled negative.
    pub false_positives: u64,
    /// What it was run on.
    pub set: String,
    /// Not matching, and labelled negative.
    pub true_negatives: u64,
    /// Matching, and labelled positive.
    pub true_positives: u64,
}

impl Evaluation {
    /// Counts one item.
    pub fn count(&mut self, labelled_positive: bool, matches: bool) {
        let counter = match (labelled_positive, matches) {
            (true, true) => &mut self.true_positives,
            (true, false) => &mut self.false_negatives,
            (false, true) => &mut self.false_positives,
            (false, false) => &mut self.true_negatives,
        };
        *counter += 1;
    }

    /// Number of items.
    pub fn items(&self) -> u64 {
        [
            self.true_positives,
            self.false_positives,
            self.false_negatives,
            self.true_negatives,
        ]
        .iter()
        .fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// Share of the matching items that are positive; `None` when nothing matches.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.true_positives, self.false_positives)
    }

    /// Share of the positive items that match; `None` when nothing is positive.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.true_positives, self.false_negatives)
    }

    /// Harmonic mean of precision and recall.
    pub fn f1(&self) -> Option<f64> {
        let wrong = self.false_positives.saturating_add(self.false_negatives);
        ratio(self.true_positives.saturating_mul(2), wrong)
    }

    /// Share of the items that are classified as labelled.
    pub fn accuracy(&self) -> Option<f64> {
        let right = self.true_positives.saturating_add(self.true_negatives);
        ratio(right, self.items().saturating_sub(right))
    }
}

fn ratio(part: u64, rest: u64) -> Option<f64> {
    let whole = part.saturating_add(rest);
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A classifier's description of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Short name, one line.
    pub name: String,
    /// What it looks for and how it was made.
    pub description: String,
    /// Who answers for it; may be empty.
    pub author: String,
    /// The two answers.
    pub labels: Labels,
    /// How the decision came about.
    pub decision: Decision,
    /// Measured outcomes.
    pub evaluations: Vec<Evaluation>,
    /// Further facts: training parameters, calibration, fidelity.
    pub facts: BTreeMap<String, String>,
}

/// A text in the card is too long, empty, or holds characters that could mislead a reader.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct CardError {
    /// The field.
    pub field: String,
    /// What is wrong.
    pub problem: String,
}

const MAX_LINE: usize = 200;
const MAX_TEXT: usize = 10_000;
const MAX_ENTRIES: usize = 64;

impl Card {
    /// Of a weighted sum about which nothing is claimed but its name.
    pub fn named(name: &str) -> Card {
        Card {
            name: name.to_owned(),
            description: String::new(),
            author: String::new(),
            labels: Labels {
                matching: name.to_owned(),
                other: "other".to_owned(),
            },
            decision: Decision {
                rule: "a weighted sum".to_owned(),
                score_unit: None,
            },
            evaluations: Vec::new(),
            facts: BTreeMap::new(),
        }
    }

    /// What of this is published beside a sealed network unless its owner writes something else: name, author, labels
    /// and decision. What it looks for, how it was made and what was measured stay with the weights.
    pub fn published(&self) -> Card {
        Card {
            description: String::new(),
            evaluations: Vec::new(),
            facts: BTreeMap::new(),
            ..self.clone()
        }
    }

    /// Checks lengths and characters of every text.
    pub fn check(&self) -> Result<(), CardError> {
        line("name", &self.name, true)?;
        line("author", &self.author, false)?;
        text("description", &self.description)?;
        line("labels.match", &self.labels.matching, true)?;
        line("labels.other", &self.labels.other, true)?;
        text("decision.rule", &self.decision.rule)?;
        for evaluation in &self.evaluations {
            line("evaluations.set", &evaluation.set, true)?;
        }
        for (key, value) in &self.facts {
            line("facts", key, true)?;
            text(&format!("facts.{key}"), value)?;
        }
        for (field, count) in [
            ("evaluations", self.evaluations.len()),
            ("facts", self.facts.len()),
        ] {
            if count > MAX_ENTRIES {
                return Err(error(field, format!("more than {MAX_ENTRIES} entries")));
            }
        }
        Ok(())
    }
}

fn error(field: &str, problem: String) -> CardError {
    CardError {
        field: field.to_owned(),
        problem,
    }
}

fn line(field: &str, value: &str, required: bool) -> Result<(), CardError> {
    if required && !value.chars().any(is_seen) {
        return Err(error(
            field,
            "is empty, or has no letter or digit".to_owned(),
        ));
    }
    if value.chars().count() > MAX_LINE {
        return Err(error(field, format!("has more than {MAX_LINE} characters")));
    }
    characters(field, value, |c| c.is_control())
}

fn text(field: &str, value: &str) -> Result<(), CardError> {
    if value.chars().count() > MAX_TEXT {
        return Err(error(field, format!("has more than {MAX_TEXT} characters")));
    }
    characters(field, value, |c| c.is_control() && c != '\n' && c != '\t')
}

/// Letters and digits, but those that are drawn as nothing (fillers of Hangul).
fn is_seen(c: char) -> bool {
    c.is_alphanumeric() && !matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}

/// Characters that reorder what a reader sees.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// True for a name of a layer that a file may hold: short, and harmless to print.
pub(crate) fn is_layer_name(name: &str) -> bool {
    name.chars().count() <= 100 && !name.chars().any(|c| c.is_control() || is_bidi(c))
}

fn characters(field: &str, value: &str, control: impl Fn(char) -> bool) -> Result<(), CardError> {
    match value.chars().find(|&c| control(c) || is_bidi(c)) {
        Some(c) => Err(error(
            field,
            format!("holds the control character U+{:04X}", u32::from(c)),
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures() {
        let mut e = Evaluation::default();
        assert_eq!(e.precision(), None);
        for (label, matches) in [(true, true), (true, true), (true, false), (false, true)] {
            e.count(label, matches);
        }
        e.count(false, false);
        assert_eq!(e.items(), 5);
        assert_eq!(e.precision(), Some(2.0 / 3.0));
        assert_eq!(e.recall(), Some(2.0 / 3.0));
        assert_eq!(e.f1(), Some(2.0 / 3.0));
        assert_eq!(e.accuracy(), Some(0.6));
    }
}
