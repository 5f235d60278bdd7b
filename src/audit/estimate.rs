//! What a labelled sample says about what the search missed.

use serde::{Deserialize, Serialize};
use statrs::distribution::{Beta, ContinuousCDF};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a person said about each opened item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    responsive: BTreeMap<u32, bool>,
}

/// Why labels are refused.
#[derive(Debug, thiserror::Error)]
pub enum LabelsError {
    /// Not such a file.
    #[error("{}: {source}; expected the columns item, responsive", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: csv::Error,
    },
    /// Neither yes nor no.
    #[error("item {item}: '{label}' is neither yes nor no")]
    Label {
        /// The item.
        item: u32,
        /// What stands there.
        label: String,
    },
    /// Said twice.
    #[error("item {0} is labelled twice")]
    Twice(u32),
    /// Not in the sample.
    #[error("item {0} is labelled but is not in the sample")]
    Stray(u32),
    /// Left out.
    #[error(
        "{count} items of the sample have no label, the first is item {first}: the estimate needs all"
    )]
    Missing {
        /// How many.
        count: usize,
        /// The first.
        first: u32,
    },
}

#[derive(Deserialize)]
struct Row {
    item: u32,
    responsive: String,
}

impl Labels {
    /// Reads a CSV file with the columns `item` and `responsive` (yes or no).
    pub fn read(path: &Path) -> Result<Self, LabelsError> {
        let csv = |source| LabelsError::Csv {
            path: path.to_owned(),
            source,
        };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_path(path)
            .map_err(csv)?;
        let mut labels = Labels::default();
        for row in reader.deserialize::<Row>() {
            let row = row.map_err(csv)?;
            let responsive = match &*row.responsive.to_ascii_lowercase() {
                "yes" | "y" | "1" | "true" => true,
                "no" | "n" | "0" | "false" => false,
                _ => {
                    return Err(LabelsError::Label {
                        item: row.item,
                        label: row.responsive,
                    });
                }
            };
            if labels.responsive.insert(row.item, responsive).is_some() {
                return Err(LabelsError::Twice(row.item));
            }
        }
        Ok(labels)
    }

    /// How many items of the sample are responsive; every item must have a label, and no other.
    pub fn hits(&self, sample: &[u32]) -> Result<u32, LabelsError> {
        if let Some((item, _)) = self
            .responsive
            .iter()
            .find(|(item, _)| sample.binary_search(item).is_err())
        {
            return Err(LabelsError::Stray(*item));
        }
        let missing: Vec<u32> = sample
            .iter()
            .copied()
            .filter(|item| !self.responsive.contains_key(item))
            .collect();
        if let Some(&first) = missing.first() {
            let count = missing.len();
            return Err(LabelsError::Missing { count, first });
        }
        Ok(self.responsive.values().filter(|yes| **yes).count() as u32)
    }
}

/// How many responsive documents the search may have missed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Elusion {
    /// Items that were looked at.
    pub sampled: u32,
    /// Of these, responsive.
    pub hits: u32,
    /// Items they were drawn from.
    pub population: u32,
    /// Confidence in per cent.
    pub confidence: f64,
    /// Hits by sampled.
    pub rate: f64,
    /// Bounds of the rate. With no hit the lower bound is zero and the upper one-sided.
    pub rate_low: f64,
    /// As above.
    pub rate_high: f64,
    /// Missed documents: best guess, least, most.
    pub missed: u64,
    /// As above.
    pub missed_low: u64,
    /// As above.
    pub missed_high: u64,
    /// Share of the responsive documents that was found, at worst and at best, if all matches are
    /// responsive; absent without matches.
    pub recall_low: Option<f64>,
    /// As above.
    pub recall_high: Option<f64>,
    /// All of it in plain words.
    pub plain: Vec<String>,
}

/// The exact (Clopper-Pearson) interval for `hits` in `n`; one-sided where there are no hits, or only.
pub fn interval(hits: u32, n: u32, confidence: f64) -> (f64, f64) {
    let error = 1.0 - confidence;
    let quantile = |a: u32, b: u32, p: f64| {
        // The parameters are positive, so there is such a distribution.
        Beta::new(f64::from(a), f64::from(b)).map_or(f64::NAN, |beta| beta.inverse_cdf(p))
    };
    match hits {
        0 if n == 0 => (0.0, 1.0),
        0 => (0.0, 1.0 - error.powf(1.0 / f64::from(n))),
        hits if hits >= n => (error.powf(1.0 / f64::from(n)), 1.0),
        hits => (
            quantile(hits, n - hits + 1, error / 2.0),
            quantile(hits + 1, n - hits, 1.0 - error / 2.0),
        ),
    }
}

impl Elusion {
    /// The estimate. `matches` are the items that the search found; `confidence` is in per cent.
    pub fn new(hits: u32, sampled: u32, population: u32, matches: u32, confidence: f64) -> Self {
        let all = sampled >= population;
        let rate = f64::from(hits) / f64::from(sampled.max(1));
        let (low, high) = if all {
            (rate, rate)
        } else {
            interval(hits, sampled, confidence / 100.0)
        };
        let count = f64::from(population);
        let missed = (rate * count).round() as u64;
        // What was seen is certain, and what was not seen cannot be more than there is.
        let missed_low = ((low * count).ceil() as u64).max(u64::from(hits));
        let unseen = u64::from(population.saturating_sub(sampled));
        let missed_high = ((high * count).floor() as u64)
            .max(missed_low)
            .min(unseen + u64::from(hits));
        let recall = |missed: u64| {
            (matches > 0).then(|| f64::from(matches) / (f64::from(matches) + missed as f64))
        };
        let mut estimate = Elusion {
            sampled,
            hits,
            population,
            confidence,
            rate,
            rate_low: low,
            rate_high: high,
            missed,
            missed_low,
            missed_high,
            recall_low: recall(missed_high),
            recall_high: recall(missed_low),
            plain: Vec::new(),
        };
        estimate.plain = estimate.words(all);
        estimate
    }

    fn words(&self, all: bool) -> Vec<String> {
        let percent = |rate: f64| format!("{:.2} %", rate * 100.0);
        let mut words = vec![format!(
            "{} of the {} items that do not match were drawn at random and read; {} of them are \
             responsive ({}).",
            self.sampled,
            self.population,
            self.hits,
            percent(self.rate)
        )];
        if all {
            words.push(format!(
                "That is all of them: the search missed exactly {}.",
                self.hits
            ));
        } else if self.hits == 0 {
            words.push(format!(
                "With {} % confidence, at most {} of the items that do not match are responsive: at \
                 most about {} documents. (The rule of three says {}.)",
                self.confidence,
                percent(self.rate_high),
                self.missed_high,
                percent((3.0 / f64::from(self.sampled.max(1))).min(1.0)),
            ));
        } else {
            words.push(format!(
                "With {} % confidence, between {} and {} of the items that do not match are \
                 responsive: about {} documents, between {} and {}.",
                self.confidence,
                percent(self.rate_low),
                percent(self.rate_high),
                self.missed,
                self.missed_low,
                self.missed_high
            ));
        }
        if let (Some(low), Some(high)) = (self.recall_low, self.recall_high) {
            words.push(format!(
                "If everything the search found is responsive, it found between {} and {} of what \
                 there was to find.",
                percent(low),
                percent(high)
            ));
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_the_published_ones() {
        let near = |(low, high): (f64, f64), want: (f64, f64)| {
            assert!(
                (low - want.0).abs() < 5e-5 && (high - want.1).abs() < 5e-5,
                "{low} {high} for {want:?}"
            );
        };
        // By bisection of the binomial distribution, in other software.
        near(interval(1, 10, 0.95), (0.00253, 0.44502));
        near(interval(5, 385, 0.95), (0.004230, 0.030046));
        near(interval(10, 100, 0.99), (0.038196, 0.201954));
        near(
            interval(0, 385, 0.95),
            (0.0, 1.0 - 0.05f64.powf(1.0 / 385.0)),
        );
        near(interval(3, 3, 0.95), (0.05f64.powf(1.0 / 3.0), 1.0));
        assert_eq!(interval(0, 0, 0.95), (0.0, 1.0));
    }

    #[test]
    fn no_hit_is_close_to_the_rule_of_three() {
        let estimate = Elusion::new(0, 385, 10_000, 90, 95.0);
        assert!((estimate.rate_high - 3.0 / 385.0).abs() < 1e-4);
        assert_eq!(estimate.missed_high, 77);
        assert!(
            estimate.plain[1].contains("rule of three says 0.78 %"),
            "{:?}",
            estimate.plain
        );
        assert!((estimate.recall_low.unwrap() - 90.0 / 167.0).abs() < 1e-9);
        assert_eq!(estimate.recall_high, Some(1.0));
    }

    #[test]
    fn looking_at_everything_leaves_no_doubt() {
        let estimate = Elusion::new(2, 40, 40, 0, 95.0);
        assert_eq!(
            (estimate.missed_low, estimate.missed, estimate.missed_high),
            (2, 2, 2)
        );
        assert_eq!(estimate.recall_low, None);
    }

    #[test]
    fn the_bounds_respect_what_was_seen() {
        let estimate = Elusion::new(1, 38, 40, 5, 95.0);
        assert!(
            estimate.missed_low >= 1 && estimate.missed_high <= 3,
            "{estimate:?}"
        );
    }

    #[test]
    fn labels_must_be_complete_and_unambiguous() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("labels.csv");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            Labels::read(&path)
        };
        let labels = read("item,responsive\n3,Yes\n5,no\n").unwrap();
        assert_eq!(labels.hits(&[3, 5]).unwrap(), 1);
        assert!(matches!(
            labels.hits(&[3, 5, 9]),
            Err(LabelsError::Missing { count: 1, first: 9 })
        ));
        assert!(matches!(labels.hits(&[3]), Err(LabelsError::Stray(5))));
        assert!(matches!(
            read("item,responsive\n3,maybe\n"),
            Err(LabelsError::Label { item: 3, .. })
        ));
        assert!(matches!(
            read("item,responsive\n3,yes\n3,no\n"),
            Err(LabelsError::Twice(3))
        ));
        assert!(read("a,b\n1,2\n").is_err());
    }
}
