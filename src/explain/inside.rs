//! What the network says by itself, without a case.

use super::cone;
use super::effect::{self, Concentration, Effects};
use crate::classify::Classifier;
use serde::Serialize;

/// Fewer buckets than this carry the decision: one word.
const ONE: f64 = 1.5;
/// Fewer buckets than this carry the decision: few words.
const FEW: f64 = 32.0;

/// Something a responder should know before answering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Stable name.
    pub kind: &'static str,
    /// In one line.
    pub text: String,
}

impl Warning {
    pub(crate) fn new(kind: &'static str, text: String) -> Self {
        Warning { kind, text }
    }
}

/// What the network alone says.
#[derive(Clone, Debug)]
pub struct Inside {
    /// How much each entry moves the score; nothing where that cannot be said without items.
    pub effects: Option<Effects>,
    /// How many entries carry the decision.
    pub concentration: Option<Concentration>,
    /// How near to one pattern a match has to be: 0 to 1, for linear classifiers of texts.
    pub cone: Option<f64>,
    /// Plain words first.
    pub warnings: Vec<Warning>,
}

/// Looks at the network alone: cheap for texts, and little for pictures.
pub fn inside(classifier: &Classifier) -> Inside {
    let net = classifier.network();
    let effects = effect::of_network(net);
    let concentration = effects.as_ref().map(|e| e.concentration());
    let cone = cone::needed(net);
    let mut warnings = Vec::new();
    let range = net.bounds()[net.match_layer()].z_range();
    let line = 1i64 << net.shift();
    if range.hi < line {
        warnings.push(Warning::new(
            "matches_nothing",
            "this classifier matches no item whatever".to_owned(),
        ));
    } else if range.lo >= line {
        warnings.push(Warning::new(
            "matches_everything",
            "this classifier matches every item whatever: all of them would be produced".to_owned(),
        ));
    }
    if let Some(c) = &concentration {
        let carried = c.carried();
        let what = if classifier.form().is_text() {
            ("word", "words")
        } else {
            ("value of the picture", "values of the picture")
        };
        if c.nonzero > 0 && carried < ONE {
            warnings.push(Warning::new(
                "one_word",
                format!("this classifier looks at one {}", what.0),
            ));
        } else if c.nonzero > 0 && carried < FEW {
            warnings.push(Warning::new(
                "few_words",
                format!("this classifier looks at about {carried:.0} {}", what.1),
            ));
        }
    }
    let carried_by_one = warnings.iter().any(|w| w.kind == "one_word");
    if let Some(near) = cone
        && near >= cone::NARROW
        && !carried_by_one
    {
        warnings.push(Warning::new(
            "narrow",
            format!(
                "only texts that agree to {:.0} % or more with one pattern can match: such a classifier \
                 asks for copies of a document that its author knows",
                100.0 * near.min(1.0)
            ),
        ));
    }
    Inside {
        effects,
        concentration,
        cone,
        warnings,
    }
}

/// The warnings that the network alone gives: for places that show one line.
pub fn brief(classifier: &Classifier) -> Vec<Warning> {
    inside(classifier).warnings
}
