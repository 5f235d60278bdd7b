//! The scores of a case's items, and samples of them.

use super::ExplainError;
use crate::classify::Classifier;
use crate::commit::Vault;
use crate::item::CanonicalVector;
use crate::progress::{Progress, Unit};
use crate::requests::Ranges;
use rayon::prelude::*;

/// Most pictures that are evaluated where no dry run was made.
const MOST_PICTURES: usize = 512;
/// Fewest of them, however large the network.
const FEWEST_PICTURES: usize = 32;
/// Multiplications that this may take: large networks need a second for a picture.
const MULTIPLICATIONS: u64 = 20_000_000_000;
const CHUNK: usize = 1024;

/// Scores by item.
#[derive(Clone, Debug, Default)]
pub struct Scored {
    /// Index and score, by index.
    pub items: Vec<(u32, i64)>,
    /// Items of the form that were not evaluated.
    pub left_out: usize,
}

impl Scored {
    /// Which items match.
    pub fn matching(&self) -> Ranges {
        let matching = self.items.iter().filter(|(_, score)| *score >= 0);
        Ranges::of(matching.map(|(index, _)| *index))
    }

    /// How many items match.
    pub fn matches(&self) -> usize {
        self.items.iter().filter(|(_, score)| *score >= 0).count()
    }

    /// At most `most` items of one side, evenly over the case.
    pub fn sample(&self, matching: bool, most: usize) -> Vec<u32> {
        let side: Vec<u32> = self
            .items
            .iter()
            .filter(|(_, score)| (*score >= 0) == matching)
            .map(|(index, _)| *index)
            .collect();
        evenly(&side, most)
    }
}

/// At most `most` of a list, evenly over it.
pub(super) fn evenly(list: &[u32], most: usize) -> Vec<u32> {
    let n = list.len().min(most);
    (0..n).map(|i| list[i * list.len() / n]).collect()
}

/// Evaluates a case.
pub fn of_case(
    classifier: &Classifier,
    vault: &Vault,
    progress: &dyn Progress,
) -> Result<Scored, ExplainError> {
    let form = classifier.form();
    let mut have = Vec::new();
    for leaf in vault.leaves() {
        let leaf = leaf?;
        if leaf.form(form).is_some() {
            have.push(leaf.index());
        }
    }
    let most = if form.is_text() {
        usize::MAX
    } else {
        let affordable = MULTIPLICATIONS / multiplications(classifier).max(1);
        (affordable as usize).clamp(FEWEST_PICTURES, MOST_PICTURES)
    };
    let chosen = evenly(&have, most);
    let mut scored = Scored {
        items: Vec::with_capacity(chosen.len()),
        left_out: have.len() - chosen.len(),
    };
    progress.begin("classifying", Some(chosen.len() as u64), Unit::Items);
    for chunk in chosen.chunks(CHUNK) {
        if progress.cancelled() {
            return Err(ExplainError::Cancelled);
        }
        let scores: Vec<Option<(u32, i64)>> = chunk
            .par_iter()
            .map(|index| {
                let vector = vector(vault, classifier, *index)?;
                Ok(vector.map(|v| (*index, classifier.evaluate(&v).score)))
            })
            .collect::<Result<_, ExplainError>>()?;
        scored.items.extend(scores.into_iter().flatten());
        progress.advance(chunk.len() as u64);
    }
    progress.end();
    Ok(scored)
}

/// Multiplications for an item.
fn multiplications(classifier: &Classifier) -> u64 {
    let layers = classifier.network().layers().iter();
    layers
        .flat_map(|l| {
            l.terms
                .iter()
                .map(|t| (t.op.weights().len() * l.positions()) as u64)
        })
        .sum()
}

/// The vector that the classifier reads.
pub(super) fn vector(
    vault: &Vault,
    classifier: &Classifier,
    index: u32,
) -> Result<Option<CanonicalVector>, ExplainError> {
    Ok(vault.item(index)?.vector(classifier.form()).cloned())
}

/// The vectors of some items.
pub(super) fn vectors(
    vault: &Vault,
    classifier: &Classifier,
    items: &[u32],
) -> Result<Vec<(u32, CanonicalVector)>, ExplainError> {
    let found: Vec<_> = items
        .par_iter()
        .map(|index| Ok(vector(vault, classifier, *index)?.map(|v| (*index, v))))
        .collect::<Result<_, ExplainError>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// The score of other bytes of the same form; nothing where no item can have them.
pub(super) fn score_of(classifier: &Classifier, bytes: Vec<u8>) -> Option<i64> {
    let vector = CanonicalVector::new(classifier.form(), bytes).ok()?;
    Some(classifier.evaluate(&vector).score)
}
