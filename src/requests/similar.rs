//! Classifiers that hardly differ: their answers, taken together, say more about single items than each was
//! meant to.

use crate::classify::{Classifier, Network};
use serde::Serialize;

/// Share of the numbers of a network up to which two networks are called near-identical.
const FEW: f64 = 0.01;
/// Numbers up to which they are, however small the networks.
const FEWEST: usize = 8;
/// Cosine of all weights from which they are.
const PARALLEL: f64 = 0.99;

/// How an earlier classifier resembles the one at hand.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Similar {
    /// SHA-256 of the earlier one.
    pub classifier: String,
    /// What it calls itself.
    pub name: String,
    /// Weights and biases that differ.
    pub differing: usize,
    /// All weights and biases.
    pub of: usize,
    /// Items whose verdicts differ, where those of both are known.
    pub verdicts_differ: Option<u32>,
}

fn numbers(net: &Network) -> impl Iterator<Item = i64> + '_ {
    net.layers().iter().flat_map(|layer| {
        let weights = layer
            .terms
            .iter()
            .flat_map(|t| t.op.weights().iter().map(|w| i64::from(*w)));
        weights.chain(layer.bias.iter().copied())
    })
}

fn weights(net: &Network) -> impl Iterator<Item = f64> + '_ {
    let terms = net.layers().iter().flat_map(|layer| &layer.terms);
    terms.flat_map(|t| t.op.weights().iter().map(|w| f64::from(*w)))
}

/// How many numbers differ of how many, if the two are near-identical.
pub(super) fn compare(a: &Classifier, b: &Classifier) -> Option<(usize, usize)> {
    let (a, b) = (a.network(), b.network());
    let same_shape = a.form() == b.form()
        && a.layers().len() == b.layers().len()
        && a.layers().iter().zip(b.layers()).all(|(x, y)| {
            x.out == y.out
                && x.terms.len() == y.terms.len()
                && x.terms.iter().zip(&y.terms).all(|(s, t)| {
                    s.input == t.input && s.op.weights().len() == t.op.weights().len()
                })
        });
    if !same_shape {
        return None;
    }
    let of = numbers(a).count();
    let mut differing = numbers(a).zip(numbers(b)).filter(|(x, y)| x != y).count();
    if a.shift() != b.shift() {
        differing += 1;
    }
    let (mut dot, mut left, mut right) = (0.0, 0.0, 0.0);
    for (x, y) in weights(a).zip(weights(b)) {
        dot += x * y;
        left += x * x;
        right += y * y;
    }
    let parallel = left > 0.0 && right > 0.0 && dot / f64::sqrt(left * right) >= PARALLEL;
    let few = differing <= FEWEST.max((of as f64 * FEW) as usize);
    (few || parallel).then_some((differing, of))
}
