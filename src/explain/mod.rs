//! What a classifier looks for, told from its numbers and not from its card.
//!
//! A card is what its author claims. A file whose card speaks of unsolicited mail may hold one weight for
//! one name. The responder, who answers with a bit about every document, has to be able to see that before
//! anything is proved:
//!
//! * [`effect`]: how much each entry of the vector moves the score, and how many entries carry the decision;
//! * [`cone`]: how near a text has to be to one pattern to match at all (a bound, for linear classifiers);
//! * [`texts`]: what one word does to the verdicts of the case, and whether only near copies of one document
//!   match;
//! * [`words`]: the words of the committed texts behind the strongest buckets;
//! * [`types`]: whether it is run on kinds of files that it was trained on;
//! * [`pictures`]: which regions of sample pictures carry the verdict.
//!
//! Every warning is a measurement with a stated threshold. None of them proves an intention, and a
//! classifier that is built to avoid them may do so: reading the matches before they leave stays necessary.

pub mod cone;
pub mod effect;
pub mod pictures;
pub mod scores;
pub mod texts;
pub mod types;
pub mod words;

use crate::classify::Classifier;
use crate::commit::{NoSuchForm, Vault, VaultError};
use crate::progress::Progress;
use effect::{Concentration, Effects, Method};
use scores::Scored;
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

/// What a classifier does to a case.
#[derive(Debug)]
pub struct Explanation {
    /// The network alone. Where it has hidden layers, the effects are measured on the case.
    pub inside: Inside,
    /// Every item that has a score, in order.
    pub scored: Scored,
    /// Tests on texts.
    pub texts: Option<texts::Findings>,
    /// Tests on pictures.
    pub pictures: Option<pictures::Findings>,
    /// A warning about kinds of files that the classifier was not trained on.
    pub types: Option<Warning>,
}

impl Explanation {
    /// All warnings, the network's own first.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut all = self.inside.warnings.clone();
        all.extend(self.texts.iter().flat_map(|t| t.warnings.iter().cloned()));
        all.extend(
            self.pictures
                .iter()
                .flat_map(|p| p.warnings.iter().cloned()),
        );
        all.extend(self.types.clone());
        all
    }
}

/// Why an explanation is not possible.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The vault cannot be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Nothing in the case has the classifier's form.
    #[error(transparent)]
    NoItems(#[from] NoSuchForm),
    /// The watcher asked to stop.
    #[error("stopped as asked")]
    Cancelled,
}

/// Runs the tests on a case. `scored` are the scores of all its items if a dry run was made already.
pub fn on_case(
    classifier: &Classifier,
    vault: &Vault,
    scored: Option<Scored>,
    progress: &dyn Progress,
) -> Result<Explanation, ExplainError> {
    let mut inside = inside(classifier);
    let scored = match scored {
        Some(scored) => scored,
        None => scores::of_case(classifier, vault, progress)?,
    };
    if scored.items.is_empty() {
        return Err(NoSuchForm::new(classifier.form(), vault.commitment()).into());
    }
    let (mut texts, mut pictures) = (None, None);
    if classifier.form().is_text() {
        let exact = inside
            .effects
            .as_ref()
            .is_some_and(|e| e.method == Method::Weights);
        if !exact {
            let measured = effect::by_removal(classifier, vault, &scored, progress)?;
            inside.concentration = Some(measured.concentration());
            inside.effects = Some(measured);
        }
        texts = Some(texts::test(classifier, vault, &scored, &inside, progress)?);
    } else {
        pictures = Some(pictures::test(classifier, vault, &scored, progress)?);
    }
    let types = types::test(classifier, vault, &scored)?;
    Ok(Explanation {
        inside,
        types,
        scored,
        texts,
        pictures,
    })
}
