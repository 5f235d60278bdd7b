//! Tests of a classifier on the texts of a case.
//!
//! **One word.** A bucket is *decisive* when taking it away ends nearly every match and putting it into
//! nearly any other document makes a match. What the other words weigh does not matter for this test, so
//! noise in the weights does not hide a single word.
//!
//! **A known document.** Three measurements, on distinct content (copies and near copies of the item of
//! highest score counted as one, by the cosine of the vectors):
//!
//! * *alignment*: the cosine between what speaks for a match and the vector of the highest item. A topic is
//!   spread over far more words than any document has; a classifier made of a document is that document.
//! * *isolation*: how far the highest item lies above the best other content, in units of how far that lies
//!   above the median.
//! * *halves*: of each match, random halves of its words, scaled as a shorter document would be. A topic
//!   survives in many of them, a comparison with one document in none.

use super::scores::{Scored, score_of, vector, vectors};
use super::{ExplainError, Inside, Warning};
use crate::classify::Classifier;
use crate::commit::Vault;
use crate::item::CanonicalVector;
use crate::item::text::SCALE;
use crate::progress::{Progress, Unit};
use rand::seq::SliceRandom;
use rand::{SeedableRng, rngs::StdRng};
use rayon::prelude::*;
use serde::Serialize;

/// Most items of each side that the word test changes.
const SAMPLE: usize = 64;
/// Share of a side whose verdict has to turn.
const NEARLY_ALL: f64 = 0.9;
/// Cosine from which two vectors count as the same content.
const NEAR: f64 = 0.8;
/// Alignment from which the weights are called those of a document.
const ALIGNED: f64 = 0.6;
/// Isolation from which an item is called singled out.
const ISOLATED: f64 = 1.0;
/// Distinct other documents that isolation needs.
const ENOUGH: usize = 20;
const HALVES: usize = 16;
const HALVED: usize = 32;
/// Share of halves that still match, up to which a match depends on the whole document.
const FEW_HALVES: f64 = 0.02;
/// Fewest buckets of a match that halves make sense for.
const FEWEST_WORDS: usize = 8;

/// A bucket that turns verdicts by itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Decisive {
    /// The bucket.
    pub bucket: usize,
    /// Share of the matches that end without it.
    pub matches_lost: f64,
    /// Share of the other documents that match with it.
    pub matches_won: f64,
}

/// What the tests found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Findings {
    /// The bucket that turns the most verdicts.
    pub decisive: Option<Decisive>,
    /// Cosine between what speaks for a match and the highest item.
    pub alignment: Option<f64>,
    /// How far the highest item lies above the best other content.
    pub isolation: Option<f64>,
    /// Item of the highest score.
    pub highest: Option<u32>,
    /// Items of nearly the same content as the highest, itself included.
    pub near_copies: usize,
    /// Matches that are no near copies of the highest.
    pub other_matches: usize,
    /// Share of random halves of matches that still match.
    pub halves: Option<f64>,
    /// In plain words.
    pub warnings: Vec<Warning>,
}

pub(super) fn test(
    classifier: &Classifier,
    vault: &Vault,
    scored: &Scored,
    inside: &Inside,
    progress: &dyn Progress,
) -> Result<Findings, ExplainError> {
    progress.begin("testing single words and documents", None, Unit::Items);
    let matches = vectors(vault, classifier, &scored.sample(true, SAMPLE))?;
    let others = vectors(vault, classifier, &scored.sample(false, SAMPLE))?;
    let mut found = Findings {
        decisive: decisive(classifier, inside, &matches, &others),
        halves: halves(classifier, &matches[..matches.len().min(HALVED)]),
        ..Findings::default()
    };
    isolation(classifier, vault, scored, inside, &mut found)?;
    progress.end();
    warn(&mut found, inside, scored);
    Ok(found)
}

/// Whether the verdict of a document with one entry changed is another.
fn turned(classifier: &Classifier, x: &CanonicalVector, bucket: usize, entry: u8) -> bool {
    let mut bytes = x.bytes().to_vec();
    let before = std::mem::replace(&mut bytes[bucket], entry);
    before != entry
        && score_of(classifier, bytes)
            .is_some_and(|s| (s >= 0) != (classifier.evaluate(x).score >= 0))
}

fn decisive(
    classifier: &Classifier,
    inside: &Inside,
    matches: &[(u32, CanonicalVector)],
    others: &[(u32, CanonicalVector)],
) -> Option<Decisive> {
    // Candidates: what the effects name, and what the first matches consist of.
    let mut candidates: Vec<usize> = inside
        .effects
        .iter()
        .flat_map(|e| e.strongest(16))
        .collect();
    for (_, x) in matches.iter().take(2) {
        candidates.extend((0..x.bytes().len()).filter(|at| x.bytes()[*at] > 0));
    }
    candidates.sort_unstable();
    candidates.dedup();
    let share = |list: &[(u32, CanonicalVector)], bucket: usize, entry: u8| {
        let n = list
            .iter()
            .filter(|(_, x)| turned(classifier, x, bucket, entry))
            .count();
        if list.is_empty() {
            0.0
        } else {
            n as f64 / list.len() as f64
        }
    };
    let tested: Vec<Decisive> = candidates
        .par_iter()
        .map(|bucket| {
            // As strong as where it occurs; a word that occurs nowhere as one of a short document.
            let mut entries: Vec<u8> = matches.iter().map(|(_, x)| x.bytes()[*bucket]).collect();
            entries.retain(|e| *e > 0);
            entries.sort_unstable();
            let entry = entries.get(entries.len() / 2).copied().unwrap_or(128);
            Decisive {
                bucket: *bucket,
                matches_lost: share(matches, *bucket, 0),
                matches_won: share(others, *bucket, entry),
            }
        })
        .collect();
    let turns = |d: &Decisive| match (matches.is_empty(), others.is_empty()) {
        (true, _) => d.matches_won,
        (_, true) => d.matches_lost,
        _ => d.matches_lost.min(d.matches_won),
    };
    tested
        .into_iter()
        .max_by(|a, b| turns(a).total_cmp(&turns(b)).then(b.bucket.cmp(&a.bucket)))
}

/// Share of random halves that still match. The generator's seed is fixed: the same case gives the same answer.
fn halves(classifier: &Classifier, matches: &[(u32, CanonicalVector)]) -> Option<f64> {
    let long: Vec<(u32, Vec<usize>, &CanonicalVector)> = matches
        .iter()
        .map(|(index, x)| {
            let present = (0..x.bytes().len()).filter(|at| x.bytes()[*at] > 0);
            (*index, present.collect::<Vec<usize>>(), x)
        })
        .filter(|(_, present, _)| present.len() >= FEWEST_WORDS)
        .collect();
    let kept: usize = long
        .par_iter()
        .map(|(index, present, x)| {
            let mut rng = StdRng::seed_from_u64(u64::from(*index));
            let mut present = present.clone();
            let still = |_: &usize| {
                present.shuffle(&mut rng);
                let half = scaled(x.bytes(), &present[..present.len().div_ceil(2)]);
                score_of(classifier, half).is_some_and(|s| s >= 0)
            };
            (0..HALVES).filter(still).count()
        })
        .sum();
    (!long.is_empty()).then(|| kept as f64 / (long.len() * HALVES) as f64)
}

/// The kept entries, at the norm of a whole document.
fn scaled(x: &[u8], keep: &[usize]) -> Vec<u8> {
    let norm: f64 = keep
        .iter()
        .map(|at| f64::from(x[*at]).powi(2))
        .sum::<f64>()
        .sqrt();
    let mut half = vec![0; x.len()];
    for at in keep {
        // Rounded down: the norm stays within the form's bound.
        half[*at] = (f64::from(x[*at]) * SCALE as f64 / norm).min(255.0) as u8;
    }
    half
}

fn cosine(a: &[u8], b: &[u8]) -> f64 {
    let dot = |a: &[u8], b: &[u8]| -> u64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| u64::from(*a) * u64::from(*b))
            .sum()
    };
    let norms = (dot(a, a) as f64 * dot(b, b) as f64).sqrt();
    if norms > 0.0 {
        dot(a, b) as f64 / norms
    } else {
        0.0
    }
}

fn isolation(
    classifier: &Classifier,
    vault: &Vault,
    scored: &Scored,
    inside: &Inside,
    found: &mut Findings,
) -> Result<(), ExplainError> {
    let Some(&(highest, top)) = scored
        .items
        .iter()
        .max_by_key(|(index, s)| (*s, u32::MAX - index))
    else {
        return Ok(());
    };
    let Some(pattern) = vector(vault, classifier, highest)? else {
        return Ok(());
    };
    found.highest = Some(highest);
    if let Some(effects) = &inside.effects {
        let toward = effects.values.iter().map(|w| w.max(0.0));
        let norm: f64 = toward.clone().map(|w| w * w).sum::<f64>().sqrt();
        let x = pattern.bytes().iter().map(|b| f64::from(*b));
        let length: f64 = x.clone().map(|v| v * v).sum::<f64>().sqrt();
        if norm > 0.0 && length > 0.0 {
            found.alignment = Some(toward.zip(x).map(|(w, v)| w * v).sum::<f64>() / norm / length);
        }
    }
    let near: Vec<bool> = scored
        .items
        .par_iter()
        .map(|(index, _)| {
            Ok(vector(vault, classifier, *index)?
                .is_some_and(|x| cosine(x.bytes(), pattern.bytes()) >= NEAR))
        })
        .collect::<Result<_, ExplainError>>()?;
    found.near_copies = near.iter().filter(|n| **n).count().max(1);
    let mut rest: Vec<i64> = scored
        .items
        .iter()
        .zip(&near)
        .filter(|((index, _), near)| !**near && *index != highest)
        .map(|((_, s), _)| *s)
        .collect();
    rest.sort_unstable();
    found.other_matches = rest.iter().filter(|s| **s >= 0).count();
    if rest.len() >= ENOUGH {
        let (best, middle) = (rest[rest.len() - 1], rest[rest.len() / 2]);
        if best > middle {
            found.isolation = Some((top - best) as f64 / (best - middle) as f64);
        }
    }
    Ok(())
}

fn warn(found: &mut Findings, inside: &Inside, scored: &Scored) {
    let mut warnings = Vec::new();
    let matches = scored.matches();
    let mut one_word = inside.warnings.iter().any(|w| w.kind == "one_word");
    if let Some(d) = found.decisive
        && d.matches_won >= NEARLY_ALL
        && (d.matches_lost >= NEARLY_ALL || matches == 0)
    {
        one_word = true;
        let ends = if matches == 0 {
            "no document of the case matches".to_owned()
        } else {
            format!(
                "without it {:.0} % of the matches end",
                100.0 * d.matches_lost
            )
        };
        warnings.push(Warning::new(
            "decisive_word",
            format!(
                "one word decides: {ends}, with it {:.0} % of the other documents would match (bucket {})",
                100.0 * d.matches_won,
                d.bucket
            ),
        ));
    }
    if one_word {
        found.warnings = warnings;
        return;
    }
    let highest = found.highest.unwrap_or_default();
    if found.alignment.is_some_and(|a| a >= ALIGNED) {
        warnings.push(Warning::new(
            "known_document",
            format!(
                "it looks for one document: its weights agree to {:.0} % with item {highest}",
                100.0 * found.alignment.unwrap_or_default()
            ),
        ));
    } else if matches > 0
        && found.other_matches == 0
        && found.isolation.is_some_and(|i| i >= ISOLATED)
    {
        warnings.push(Warning::new(
            "known_document",
            format!(
                "it singles out one document: item {highest} and its copies match, far above everything else"
            ),
        ));
    }
    if matches > 0 && found.halves.is_some_and(|h| h <= FEW_HALVES) {
        warnings.push(Warning::new(
            "whole_documents",
            format!(
                "it looks for known documents: of random halves of what matches, {:.0} % still match",
                100.0 * found.halves.unwrap_or_default()
            ),
        ));
    }
    found.warnings = warnings;
}
