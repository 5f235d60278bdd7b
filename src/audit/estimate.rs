//! What a labelled sample says about what the search missed.

use super::challenge::Stratum;
use serde::Serialize;
use statrs::distribution::{Beta, ContinuousCDF};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a person said about each opened item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    hits: BTreeMap<u32, bool>,
}

/// Why labels are refused.
#[derive(Debug, thiserror::Error)]
pub enum LabelsError {
    /// Not such a file.
    #[error("{}: {source}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: csv::Error,
    },
    /// Another table.
    #[error("{} has no column '{column}'", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
    },
    /// Not the number of an item.
    #[error("'{0}' is not the number of an item")]
    Item(String),
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

/// What a person is asked about each opened item: the column's name, and the answer that counts.
pub fn question(stratum: Stratum) -> (&'static str, bool) {
    match stratum {
        Stratum::NotResponsive | Stratum::Exceptions | Stratum::All => ("responsive", true),
        Stratum::Withheld => ("justified", false),
    }
}

impl Labels {
    /// Reads a CSV file with the columns `item` and the one of the [`question`], yes or no.
    pub fn read(path: &Path, stratum: Stratum) -> Result<Self, LabelsError> {
        let (column, counts) = question(stratum);
        let csv = |source| LabelsError::Csv {
            path: path.to_owned(),
            source,
        };
        let missing = |column| LabelsError::Column {
            path: path.to_owned(),
            column,
        };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_path(path)
            .map_err(csv)?;
        let header = reader.headers().map_err(csv)?;
        let place = |name| {
            let found = header.iter().position(|h| h.eq_ignore_ascii_case(name));
            found.ok_or_else(|| missing(name))
        };
        let (item_at, label_at) = (place("item")?, place(column)?);
        let mut labels = Labels::default();
        for row in reader.records() {
            let row = row.map_err(csv)?;
            let cell = |at| row.get(at).unwrap_or_default();
            let item = cell(item_at)
                .parse()
                .map_err(|_| LabelsError::Item(cell(item_at).to_owned()))?;
            let yes = match &*cell(label_at).to_ascii_lowercase() {
                "yes" | "y" | "1" | "true" => true,
                "no" | "n" | "0" | "false" => false,
                _ => {
                    let label = cell(label_at).to_owned();
                    return Err(LabelsError::Label { item, label });
                }
            };
            if labels.hits.insert(item, yes == counts).is_some() {
                return Err(LabelsError::Twice(item));
            }
        }
        Ok(labels)
    }

    /// How many items of the sample have the answer that counts; every item must have a label, and no other.
    pub fn hits(&self, sample: &[u32]) -> Result<u32, LabelsError> {
        if let Some((item, _)) = self
            .hits
            .iter()
            .find(|(item, _)| sample.binary_search(item).is_err())
        {
            return Err(LabelsError::Stray(*item));
        }
        let missing: Vec<u32> = sample
            .iter()
            .copied()
            .filter(|item| !self.hits.contains_key(item))
            .collect();
        if let Some(&first) = missing.first() {
            let count = missing.len();
            return Err(LabelsError::Missing { count, first });
        }
        Ok(self.hits.values().filter(|yes| **yes).count() as u32)
    }
}

/// How many documents of a population are not where they belong: responsive ones that were not found, or
/// withheld ones without a good ground.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Elusion {
    /// Which items of the bundle the sample was drawn from.
    pub stratum: Stratum,
    /// Items that were looked at.
    pub sampled: u32,
    /// Of these, responsive; of withheld ones, not justified.
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
    /// Such documents in the whole population: best guess, least, most.
    pub missed: u64,
    /// As above.
    pub missed_low: u64,
    /// As above.
    pub missed_high: u64,
    /// Share of the responsive documents that was found, at worst and at best, if all matches are
    /// responsive: among the items that were searched, or, for a sample of all, among all items. Absent
    /// without matches, and for samples that say nothing about it.
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
    pub fn new(
        stratum: Stratum,
        hits: u32,
        sampled: u32,
        population: u32,
        matches: u32,
        confidence: f64,
    ) -> Self {
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
        let about_recall = matches > 0 && matches!(stratum, Stratum::NotResponsive | Stratum::All);
        let recall = |missed: u64| {
            about_recall.then(|| f64::from(matches) / (f64::from(matches) + missed as f64))
        };
        let mut estimate = Elusion {
            stratum,
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
        let items = self.stratum.items();
        let what = match self.stratum {
            Stratum::Withheld => "withheld without a good ground",
            _ => "responsive",
        };
        let is = if self.hits == 1 { "is" } else { "are" };
        let mut words = vec![format!(
            "{} of the {} {items} were drawn at random and read; {} of them {is} {what} ({}).",
            self.sampled,
            self.population,
            self.hits,
            percent(self.rate)
        )];
        if all {
            words.push(format!(
                "That is all of them: exactly {} {is} {what}.",
                self.hits
            ));
        } else if self.hits == 0 {
            words.push(format!(
                "With {} % confidence, at most {} of the {items} are {what}: at most about {} documents. \
                 (The rule of three says {}.)",
                self.confidence,
                percent(self.rate_high),
                self.missed_high,
                percent((3.0 / f64::from(self.sampled.max(1))).min(1.0)),
            ));
        } else {
            words.push(format!(
                "With {} % confidence, between {} and {} of the {items} are {what}: about {} documents, \
                 between {} and {}.",
                self.confidence,
                percent(self.rate_low),
                percent(self.rate_high),
                self.missed,
                self.missed_low,
                self.missed_high
            ));
        }
        if let (Some(low), Some(high)) = (self.recall_low, self.recall_high) {
            let there = match self.stratum {
                Stratum::All => "what there was to find in the whole corpus",
                _ => "what there was to find in the items that could be searched",
            };
            let (low, high) = (percent(low), percent(high));
            let found = match low == high {
                true => format!("exactly {low}"),
                false => format!("between {low} and {high}"),
            };
            words.push(format!(
                "If everything that matches is responsive, the search found {found} of {there}."
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
        let estimate = Elusion::new(Stratum::NotResponsive, 0, 385, 10_000, 90, 95.0);
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
        let estimate = Elusion::new(Stratum::All, 2, 40, 40, 0, 95.0);
        assert_eq!(
            (estimate.missed_low, estimate.missed, estimate.missed_high),
            (2, 2, 2)
        );
        assert_eq!(estimate.recall_low, None);
    }

    #[test]
    fn the_bounds_respect_what_was_seen() {
        let estimate = Elusion::new(Stratum::All, 1, 38, 40, 5, 95.0);
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
            Labels::read(&path, Stratum::All)
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
        assert!(matches!(
            read("item,justified\n3,yes\n"),
            Err(LabelsError::Column {
                column: "responsive",
                ..
            })
        ));
        assert!(matches!(
            read("item,responsive\nx,yes\n"),
            Err(LabelsError::Item(item)) if item == "x"
        ));
    }

    #[test]
    fn each_population_is_asked_its_own_question_and_answered_in_its_own_words() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("labels.csv");
        std::fs::write(&path, "Note,Item,Justified\nx,3,yes\ny,5,NO\n").unwrap();
        let labels = Labels::read(&path, Stratum::Withheld).unwrap();
        assert_eq!(labels.hits(&[3, 5]).unwrap(), 1);
        let words = |stratum, matches| Elusion::new(stratum, 1, 20, 100, matches, 95.0);
        let withheld = words(Stratum::Withheld, 50);
        assert_eq!(
            withheld.plain[0],
            "20 of the 100 withheld items were drawn at random and read; 1 of them is withheld without a \
             good ground (5.00 %)."
        );
        // Neither the withheld items nor the unsearched ones alone say what the search found.
        assert_eq!(withheld.recall_low, None);
        assert_eq!(words(Stratum::Exceptions, 50).recall_low, None);
        assert_eq!(words(Stratum::All, 0).recall_low, None);
        let all = words(Stratum::All, 50);
        assert!(
            all.plain[2].ends_with("in the whole corpus."),
            "{:?}",
            all.plain
        );
        let searched = words(Stratum::NotResponsive, 50);
        assert!(searched.plain[2].ends_with("could be searched."));
        let certain = Elusion::new(Stratum::All, 0, 9, 9, 3, 95.0);
        assert!(
            certain.plain[2].contains("found exactly 100.00 % of"),
            "{:?}",
            certain.plain
        );
        assert_eq!(searched.recall_high, Some(50.0 / 51.0));
    }
}
