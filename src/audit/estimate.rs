//! What a labelled sample says about what the search missed.

use super::challenge::Stratum;
use crate::sheet::{Sheet, SheetError};
use crate::statistics::hypergeometric::bounds;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a person said about each opened item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    path: PathBuf,
    /// Whether the item has the answer that counts, and in which line that is said.
    hits: BTreeMap<u32, (bool, u64)>,
}

/// Why labels are refused.
#[derive(Debug, thiserror::Error)]
pub enum LabelsError {
    /// Not such a list, or a line that makes no sense.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// Not in the sample.
    #[error("{}, line {line}: item {item} is labelled but is not in the sample: take it out", path.display())]
    Stray {
        /// The list.
        path: PathBuf,
        /// Its line.
        line: u64,
        /// The item.
        item: u32,
    },
    /// Left out.
    #[error(
        "{}: {count} items of the sample have no label, the first is item {first}: the estimate needs all", path.display()
    )]
    Missing {
        /// The list.
        path: PathBuf,
        /// How many.
        count: usize,
        /// The first.
        first: u32,
    },
}

/// What a person is asked about each opened item: the column's name, and the answer that counts.
pub fn question(stratum: Stratum) -> (&'static str, bool) {
    match stratum {
        Stratum::NotResponsive | Stratum::Exceptions | Stratum::All | Stratum::Partly => {
            ("responsive", true)
        }
        Stratum::Withheld => ("justified", false),
    }
}

impl Labels {
    /// Reads a CSV file with the columns `item` and the one of the [`question`], yes or no.
    pub fn read(path: &Path, stratum: Stratum) -> Result<Self, LabelsError> {
        let (column, counts) = question(stratum);
        let sheet = Sheet::read(path, &["item", column], 2, false)?;
        let mut labels = Labels {
            path: path.to_owned(),
            hits: BTreeMap::new(),
        };
        for line in sheet.lines() {
            let [item, label] = &line.cells[..] else {
                continue;
            };
            let shown = crate::clean::line;
            let Ok(number) = item.parse() else {
                let what = format!("'{}' is not the number of an item", shown(item));
                return Err(sheet.wrong(line, what).into());
            };
            let yes = match &*label.to_ascii_lowercase() {
                "yes" | "y" | "1" | "true" => true,
                "no" | "n" | "0" | "false" => false,
                _ => {
                    let what = format!(
                        "item {number}: '{}' under {column} is neither yes nor no",
                        shown(label)
                    );
                    return Err(sheet.wrong(line, what).into());
                }
            };
            let label = (yes == counts, line.number);
            if let Some((_, earlier)) = labels.hits.insert(number, label) {
                let what = format!("item {number} is labelled in line {earlier} already");
                return Err(sheet.wrong(line, what).into());
            }
        }
        Ok(labels)
    }

    /// How many items of the sample have the answer that counts; every item must have a label, and no other.
    /// Those that are `bad`, since they were not opened as committed, need no label and are counted apart, whatever
    /// anybody says of them: what was shown may not be what there is.
    pub fn hits(&self, sample: &[u32], bad: &[u32]) -> Result<Hits, LabelsError> {
        let stray = |item: &u32| sample.binary_search(item).is_err();
        if let Some((item, (_, line))) = self.hits.iter().find(|(item, _)| stray(item)) {
            return Err(LabelsError::Stray {
                path: self.path.clone(),
                line: *line,
                item: *item,
            });
        }
        let missing: Vec<u32> = sample
            .iter()
            .copied()
            .filter(|item| !self.hits.contains_key(item) && bad.binary_search(item).is_err())
            .collect();
        if let Some(&first) = missing.first() {
            let count = missing.len();
            let path = self.path.clone();
            return Err(LabelsError::Missing { path, count, first });
        }
        let opened = |item: &u32| bad.binary_search(item).is_err();
        let said = self
            .hits
            .iter()
            .filter(|(item, (yes, _))| *yes && opened(item));
        Ok(Hits {
            said: said.count() as u32,
            assumed: bad.len() as u32,
        })
    }
}

/// Items of a sample that count as not being where they belong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// A person said so.
    pub said: u32,
    /// Not opened as committed, and taken for such.
    pub assumed: u32,
}

/// How many documents of a population are not where they belong: responsive ones that were not found, or
/// withheld ones without a good ground.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Elusion {
    /// Which items of the bundle the sample was drawn from.
    pub stratum: Stratum,
    /// Items that were looked at.
    pub sampled: u32,
    /// Of these, responsive; of withheld ones, not justified: those that are assumed to be included.
    pub hits: u32,
    /// Those of the hits that were not opened as committed, which counts as the worst that they can be.
    pub assumed: u32,
    /// Items they were drawn from.
    pub population: u32,
    /// Confidence in per cent.
    pub confidence: f64,
    /// Hits by sampled.
    pub rate: f64,
    /// Bounds of the rate, with half of the permitted error on each side.
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

impl Elusion {
    /// The estimate. `matches` are the items that the search found; `confidence` is in per cent.
    pub fn new(
        stratum: Stratum,
        found: Hits,
        sampled: u32,
        population: u32,
        matches: u32,
        confidence: f64,
    ) -> Self {
        let hits = found.said + found.assumed;
        let all = sampled >= population && found.assumed == 0;
        let rate = f64::from(hits) / f64::from(sampled.max(1));
        let count = f64::from(population.max(1));
        let missed = (rate * f64::from(population)).round() as u64;
        // Whatever the assumed ones are, the truth lies between none and all of them.
        let (missed_low, _) = bounds(found.said, sampled, population, confidence / 100.0);
        let (_, missed_high) = bounds(hits, sampled, population, confidence / 100.0);
        let (low, high) = (missed_low as f64 / count, missed_high as f64 / count);
        let about_recall = matches > 0 && matches!(stratum, Stratum::NotResponsive | Stratum::All);
        let recall = |missed: u64| {
            about_recall.then(|| f64::from(matches) / (f64::from(matches) + missed as f64))
        };
        let mut estimate = Elusion {
            stratum,
            sampled,
            hits,
            assumed: found.assumed,
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
        if self.assumed > 0 {
            words.push(format!(
                "{} of these were not opened as committed and count as {what}, whatever a label says: what was shown \
                 need not be what there is.",
                self.assumed
            ));
        }
        if all {
            words.push(format!(
                "That is all of them: exactly {} {is} {what}.",
                self.hits
            ));
        } else if self.hits == 0 {
            words.push(format!(
                "With {} % confidence, at most {} of the {items} are {what}: at most {} documents.",
                self.confidence,
                percent(self.rate_high),
                self.missed_high,
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

    fn said(said: u32) -> Hits {
        Hits { said, assumed: 0 }
    }

    /// A sample of which a part was not opened as committed: the estimate is never better than the worst of it.
    #[test]
    fn what_was_not_opened_as_committed_is_the_worst_it_can_be() {
        let estimate = |said, assumed, all| {
            let hits = Hits { said, assumed };
            Elusion::new(Stratum::NotResponsive, hits, 40, all, 5, 95.0)
        };
        let (worst, some) = (estimate(3, 0, 400), estimate(1, 2, 400));
        assert_eq!((some.hits, some.assumed), (3, 2));
        assert_eq!(some.missed_high, worst.missed_high);
        assert_eq!(some.recall_low, worst.recall_low);
        assert_eq!(some.missed_low, estimate(1, 0, 400).missed_low);
        assert!(
            some.plain[1]
                .starts_with("2 of these were not opened as committed and count as responsive")
        );
        // Looking at all of it leaves a doubt then.
        let exhausted = estimate(1, 2, 40);
        assert_eq!((exhausted.missed_low, exhausted.missed_high), (1, 3));
        assert!(
            !exhausted.plain.iter().any(|line| line.contains("exactly")),
            "{:?}",
            exhausted.plain
        );
    }

    #[test]
    fn no_hit_leaves_half_of_the_error() {
        let estimate = Elusion::new(Stratum::NotResponsive, said(0), 385, 10_000, 90, 95.0);
        let infinite = 1.0 - 0.025f64.powf(1.0 / 385.0);
        assert!((estimate.rate_high - infinite).abs() < 4e-4, "{estimate:?}");
        let high = estimate.missed_high;
        assert!(high > 90 && high < 96, "{high}");
        assert!(!estimate.plain[1].contains("rule of three"));
        let low = 90.0 / (90.0 + high as f64);
        assert!((estimate.recall_low.unwrap() - low).abs() < 1e-9);
        assert_eq!(estimate.recall_high, Some(1.0));
    }

    #[test]
    fn looking_at_everything_leaves_no_doubt() {
        let estimate = Elusion::new(Stratum::All, said(2), 40, 40, 0, 95.0);
        assert_eq!(
            (estimate.missed_low, estimate.missed, estimate.missed_high),
            (2, 2, 2)
        );
        assert_eq!(estimate.recall_low, None);
    }

    #[test]
    fn the_bounds_respect_what_was_seen() {
        let estimate = Elusion::new(Stratum::All, said(1), 38, 40, 5, 95.0);
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
        assert_eq!(labels.hits(&[3, 5], &[]).unwrap(), said(1));
        assert!(matches!(
            labels.hits(&[3, 5, 9], &[]),
            Err(LabelsError::Missing {
                count: 1,
                first: 9,
                ..
            })
        ));
        // What was not opened counts, and neither needs a label nor is helped by one.
        let hits = labels.hits(&[3, 5, 9], &[5, 9]).unwrap();
        assert_eq!(
            hits,
            Hits {
                said: 1,
                assumed: 2
            }
        );
        // "no" for what was not opened as committed says nothing.
        let hits = labels.hits(&[3, 5], &[3, 5]).unwrap();
        assert_eq!(
            hits,
            Hits {
                said: 0,
                assumed: 2
            }
        );
        let stray = labels.hits(&[3], &[]).unwrap_err().to_string();
        assert!(stray.contains("labels.csv, line 3: item 5"), "{stray}");
        for (text, what) in [
            (
                "item,responsive\n3,maybe\n",
                "line 2: item 3: 'maybe' under responsive is neither",
            ),
            (
                "item,responsive\n3,yes\n3,no\n",
                "line 3: item 3 is labelled in line 2 already",
            ),
            (
                "item,justified\n3,yes\n",
                "line 1: the column responsive is missing",
            ),
            (
                "item,responsive\nx,yes\n",
                "line 2: 'x' is not the number of an item",
            ),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(&format!("labels.csv, {what}")), "{error}");
        }
        // As spreadsheets save it.
        let marked = read("\u{feff}Item;Responsive\r\n3;yes\r\n").unwrap();
        assert_eq!(marked.hits(&[3], &[]).unwrap(), said(1));
    }

    #[test]
    fn grounds_are_judged_the_other_way_round() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("labels.csv");
        std::fs::write(&path, "Note,Item,Justified\nx,3,yes\ny,5,NO\n").unwrap();
        let labels = Labels::read(&path, Stratum::Withheld).unwrap();
        assert_eq!(labels.hits(&[3, 5], &[]).unwrap(), said(1));
        let words = |stratum, matches| Elusion::new(stratum, said(1), 20, 100, matches, 95.0);
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
        let certain = Elusion::new(Stratum::All, said(0), 9, 9, 3, 95.0);
        assert!(
            certain.plain[2].contains("found exactly 100.00 % of"),
            "{:?}",
            certain.plain
        );
        assert_eq!(searched.recall_high, Some(50.0 / 51.0));
    }
}
