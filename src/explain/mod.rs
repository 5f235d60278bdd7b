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
mod error;
mod inside;
pub mod pictures;
pub mod scores;
pub mod texts;
pub mod types;
pub mod words;

pub use error::ExplainError;
pub use inside::{Inside, Warning, brief, inside};

use crate::classify::Classifier;
use crate::commit::{NoSuchForm, Vault};
use crate::progress::Progress;
use effect::Method;
use scores::Scored;

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

/// The warnings about a classifier and a case. That nothing in the case has the classifier's form is one.
pub fn warnings_on(
    classifier: &Classifier,
    vault: &Vault,
    scored: Option<Scored>,
    progress: &dyn Progress,
) -> Result<(Vec<Warning>, Scored), ExplainError> {
    match on_case(classifier, vault, scored, progress) {
        Ok(told) => Ok((told.warnings(), told.scored)),
        Err(ExplainError::NoItems(none)) => {
            let mut warnings = vec![Warning::new(
                "nothing_to_search",
                format!("nothing can be searched: {none}"),
            )];
            warnings.extend(brief(classifier));
            Ok((warnings, Scored::default()))
        }
        Err(error) => Err(error),
    }
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
