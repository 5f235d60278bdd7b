//! How much each entry of the vector moves the score, and how many entries carry the decision.
//!
//! For a linear network the effects are its weights. With hidden layers there are no such numbers; what is
//! measured instead is said ([`Method`]):
//!
//! * without a case, the score of a document of this one word less the score of an empty one;
//! * with a case, the score of a document less its score without the word, averaged over the documents that
//!   have it.

use super::ExplainError;
use super::scores::{self, Scored};
use crate::classify::{Classifier, Linear, Network, TensorRef, evaluate};
use crate::commit::Vault;
use crate::item::{CanonicalVector, Form};
use crate::progress::{Progress, Unit};
use rayon::prelude::*;
use serde::Serialize;

/// Most documents that effects are measured on.
const DOCUMENTS: usize = 200;

/// How effects were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The weights themselves: exact.
    Weights,
    /// One word alone against an empty document: a linear equivalent.
    Alone,
    /// Taking the word away from documents of the case: a local linear equivalent.
    Removal {
        /// From how many documents.
        documents: usize,
    },
}

impl Method {
    /// In words.
    pub fn describe(&self) -> String {
        match self {
            Method::Weights => "the weights of a linear classifier, exactly".to_owned(),
            Method::Alone => {
                "the network has hidden layers; a linear equivalent, from what each word does to \
                              an empty document"
                    .to_owned()
            }
            Method::Removal { documents } => format!(
                "the network has hidden layers; a linear equivalent, from what taking each word away does to \
                 {documents} documents of the case"
            ),
        }
    }
}

/// Effects by entry, in units of the score.
#[derive(Clone, Debug)]
pub struct Effects {
    /// One for each entry of the form.
    pub values: Vec<f64>,
    /// How they were found.
    pub method: Method,
}

/// How many entries carry a decision.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Concentration {
    /// Entries with any effect.
    pub nonzero: usize,
    /// `(sum |w|)^2 / sum w^2`: 1 for a single weight, the number of entries for equal weights.
    pub effective: f64,
    /// `(sum w^2)^2 / sum w^4`: the same of the squares, which many tiny weights beside a large one do not
    /// raise.
    pub of_squares: f64,
    /// The smaller of the two for the entries that speak for a match.
    pub toward_match: f64,
}

impl Concentration {
    /// The least of the measures: what a warning goes by.
    pub fn carried(&self) -> f64 {
        let least = self.effective.min(self.of_squares);
        if self.toward_match > 0.0 {
            least.min(self.toward_match)
        } else {
            least
        }
    }
}

fn effective(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let sum: f64 = values.clone().map(f64::abs).sum();
    let squares: f64 = values.map(|w| w * w).sum();
    if squares > 0.0 {
        sum * sum / squares
    } else {
        0.0
    }
}

impl Effects {
    /// How many entries carry the decision.
    pub fn concentration(&self) -> Concentration {
        let all = self.values.iter().copied();
        let toward = all.clone().filter(|w| *w > 0.0);
        Concentration {
            nonzero: all.clone().filter(|w| *w != 0.0).count(),
            effective: effective(all.clone()),
            of_squares: effective(all.map(|w| w * w)),
            toward_match: effective(toward.clone()).min(effective(toward.map(|w| w * w))),
        }
    }

    /// The entries of largest effect, `most` of each sign: for a match, and against it.
    pub fn strongest(&self, most: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.values.len()).collect();
        order.sort_by(|a, b| self.values[*b].total_cmp(&self.values[*a]));
        let toward = order
            .iter()
            .take_while(|i| self.values[**i] > 0.0)
            .take(most);
        let against = order
            .iter()
            .rev()
            .take_while(|i| self.values[**i] < 0.0)
            .take(most);
        toward.chain(against).copied().collect()
    }
}

/// The weights and the bias of a network that is one weighted sum of its input.
pub fn linear(net: &Network) -> Option<(Vec<i64>, i64)> {
    let layer = &net.layers()[net.match_layer()];
    if net.match_layer() != 0 {
        return None;
    }
    let mut weights = vec![0i64; net.form().len()];
    let mut bias = layer.bias[0];
    for term in &layer.terms {
        let (TensorRef::Input, Linear::Dense { weights: row }) = (term.input, &term.op) else {
            return None;
        };
        for (sum, w) in weights.iter_mut().zip(row) {
            *sum += i64::from(*w);
            bias -= i64::from(*w) * term.zero_point;
        }
    }
    Some((weights, bias))
}

/// Effects from the network alone; nothing for pictures that a network with hidden layers reads.
pub fn of_network(net: &Network) -> Option<Effects> {
    if let Some((weights, _)) = linear(net) {
        return Some(Effects {
            values: weights.into_iter().map(|w| w as f64).collect(),
            method: Method::Weights,
        });
    }
    if !net.form().is_text() {
        return None;
    }
    let score = |bytes: Vec<u8>| {
        let vector = CanonicalVector::new(net.form(), bytes).ok()?;
        Some(evaluate(net, &vector).score as f64)
    };
    let len = net.form().len();
    let empty = score(vec![0; len])?;
    let values = (0..len)
        .into_par_iter()
        .map(|at| {
            let mut bytes = vec![0; len];
            bytes[at] = 255;
            score(bytes).map_or(0.0, |s| (s - empty) / 255.0)
        })
        .collect();
    Some(Effects {
        values,
        method: Method::Alone,
    })
}

/// Effects from taking each word away from documents of the case: matches first, as many others.
pub(super) fn by_removal(
    classifier: &Classifier,
    vault: &Vault,
    scored: &Scored,
    progress: &dyn Progress,
) -> Result<Effects, ExplainError> {
    let mut items = scored.sample(true, DOCUMENTS / 2);
    items.extend(scored.sample(false, DOCUMENTS - items.len()));
    let len = Form::len(&classifier.form());
    let mut sums = vec![0.0; len];
    let mut counts = vec![0.0; len];
    progress.begin("taking words away", Some(items.len() as u64), Unit::Items);
    for (_, vector) in scores::vectors(vault, classifier, &items)? {
        if progress.cancelled() {
            return Err(ExplainError::Cancelled);
        }
        let whole = classifier.evaluate(&vector).score;
        let present: Vec<usize> = (0..len).filter(|at| vector.bytes()[*at] > 0).collect();
        let drops: Vec<f64> = present
            .par_iter()
            .map(|at| {
                let mut bytes = vector.bytes().to_vec();
                let entry = std::mem::take(&mut bytes[*at]);
                let without = scores::score_of(classifier, bytes).unwrap_or(whole);
                (whole - without) as f64 / f64::from(entry)
            })
            .collect();
        for (at, drop) in present.into_iter().zip(drops) {
            sums[at] += drop;
            counts[at] += 1.0;
        }
        progress.advance(1);
    }
    progress.end();
    let values = sums
        .iter()
        .zip(&counts)
        .map(|(s, n)| s / f64::max(*n, 1.0))
        .collect();
    Ok(Effects {
        values,
        method: Method::Removal {
            documents: items.len(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(values: Vec<f64>) -> Concentration {
        let method = Method::Weights;
        Effects { values, method }.concentration()
    }

    #[test]
    fn one_weight_counts_as_one_and_equal_weights_count_all() {
        let mut one = vec![0.0; 4080];
        one[7] = -300.0;
        assert_eq!(measured(one).carried(), 1.0);
        let equal = measured(vec![2.0; 4080]);
        assert!((equal.carried() - 4080.0).abs() < 1e-6);
        assert_eq!(measured(vec![0.0; 8]).carried(), 0.0);
    }

    /// Thousands of tiny weights raise the plain measure to hundreds; what carries the decision is one word.
    #[test]
    fn noise_does_not_hide_a_single_word() {
        let mut values: Vec<f64> = (0..4080)
            .map(|i| if i % 2 == 0 { 3.5 } else { -3.5 })
            .collect();
        values[10] = 1000.0;
        let c = measured(values);
        assert!(c.effective > 200.0, "{c:?}");
        assert!(c.carried() < 1.5, "{c:?}");
    }

    #[test]
    fn the_strongest_are_listed_by_sign() {
        let effects = Effects {
            values: vec![0.0, 3.0, -1.0, 5.0, -9.0, 0.5],
            method: Method::Weights,
        };
        assert_eq!(effects.strongest(2), [3, 1, 4, 2]);
    }
}
