//! Recall and precision from samples of what was found and of what was not.

use super::hypergeometric::bounds_at;
use serde::Serialize;

/// A sample from one part of a corpus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Items of the part.
    pub population: u32,
    /// Of these, drawn at random and read.
    pub sampled: u32,
    /// Of these, responsive.
    pub responsive: u32,
    /// Of the sampled, those that nobody could read as they were committed: each may be either.
    pub unknown: u32,
}

impl Part {
    /// All of it was read.
    fn exhausted(&self) -> bool {
        self.sampled >= self.population && self.unknown == 0
    }

    /// Least and most responsive items, with `error` on each side.
    fn bounds(&self, error: f64) -> (u64, u64) {
        let (k, n, all) = (self.responsive, self.sampled, self.population);
        if self.exhausted() {
            return (k.into(), k.into());
        }
        let (low, _) = bounds_at(k, n, all, error);
        let (_, high) = bounds_at(k + self.unknown, n, all, error);
        (low, high)
    }
}

/// What is known of a search.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Search {
    /// What it found.
    pub found: Part,
    /// What it searched and did not find.
    pub not_found: Part,
    /// What it could not search.
    pub unsearched: Part,
}

/// A share between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Between {
    /// At least.
    pub low: f64,
    /// At most.
    pub high: f64,
}

/// What the samples say, all of it together with the confidence that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// Share of the responsive items that was found.
    pub recall: Between,
    /// Share of the found items that is responsive.
    pub precision: Between,
    /// Responsive items that were found: least and most.
    pub found: (u64, u64),
    /// That were searched and not found.
    pub missed: (u64, u64),
    /// That could not be searched.
    pub unsearched: (u64, u64),
}

impl Search {
    /// Exact bounds (hypergeometric) of each part that was sampled and not exhausted; the permitted error is divided
    /// among them (Bonferroni), so that all hold at once. A part that was never sampled may hold nothing or only
    /// responsive items. `confidence` is a share.
    ///
    /// ```text
    /// a = (1 - confidence) / (2 m), m parts sampled and not exhausted
    /// low  = L(found) / (L(found) + U(not found) + U(unsearched))       U, L: bounds_at(.., a)
    /// high = U(found) / (U(found) + L(not found) + L(unsearched))       0/0: anything from 0 to 1
    /// ```
    pub fn quality(&self, confidence: f64) -> Quality {
        let parts = [self.found, self.not_found, self.unsearched];
        let open = parts.iter().filter(|p| p.sampled > 0 && !p.exhausted());
        let error = (1.0 - confidence) / (2.0 * open.count().max(1) as f64);
        let [found, missed, unsearched] = parts.map(|part| part.bounds(error));
        let share = |part: u64, rest: u64, nothing: f64| match part + rest {
            0 => nothing,
            all => part as f64 / all as f64,
        };
        let all = u64::from(self.found.population);
        Quality {
            recall: Between {
                low: share(found.0, missed.1 + unsearched.1, 0.0),
                high: share(found.1, missed.0 + unsearched.0, 1.0),
            },
            precision: Between {
                low: share(found.0, all - found.0, 0.0),
                high: share(found.1, all - found.1, 1.0),
            },
            found,
            missed,
            unsearched,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hypergeometric::probability;
    use super::*;

    fn part(responsive: u32, sampled: u32, population: u32) -> Part {
        Part {
            population,
            sampled,
            responsive,
            unknown: 0,
        }
    }

    fn of(found: Part, not_found: Part) -> Search {
        Search {
            found,
            not_found,
            unsearched: Part::default(),
        }
    }

    /// By a program of its own in another language.
    #[test]
    fn two_vectors() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        let some = of(part(280, 300, 900), part(2, 1_000, 20_000)).quality(0.95);
        near(some.recall.low, 0.8369453044375645);
        near(some.recall.high, 0.9953757225433526);
        assert_eq!((some.found, some.missed), ((811, 861), (4, 158)));
        let all = of(part(870, 900, 900), part(2, 1_000, 20_000)).quality(0.95);
        near(all.recall.low, 0.8605341246290801);
        near(all.recall.high, 0.9931506849315068);
        near(all.precision.low, 870.0 / 900.0);
        near(all.precision.high, 870.0 / 900.0);
    }

    #[test]
    fn what_is_not_known_is_the_worst_and_the_best_that_it_can_be() {
        let mut search = of(part(10, 10, 10), part(0, 50, 50));
        assert_eq!(
            search.quality(0.95).recall,
            Between {
                low: 1.0,
                high: 1.0
            }
        );
        // Nobody looked at what could not be searched.
        search.unsearched = part(0, 0, 30);
        let open = search.quality(0.95);
        assert_eq!(open.unsearched, (0, 30));
        assert_eq!(
            open.recall,
            Between {
                low: 0.25,
                high: 1.0
            }
        );
        // Items that were not opened as committed may all be responsive, or none of them.
        search.unsearched = Part::default();
        search.not_found.unknown = 10;
        let doubtful = search.quality(0.95);
        assert_eq!(doubtful.missed, (0, 10));
        // Nothing anywhere: recall is undefined, so it is anything.
        let nothing = of(part(0, 5, 5), part(0, 5, 5)).quality(0.95);
        assert_eq!(
            nothing.recall,
            Between {
                low: 0.0,
                high: 1.0
            }
        );
        assert_eq!(
            nothing.precision,
            Between {
                low: 0.0,
                high: 0.0
            }
        );
    }

    /// Both bounds of recall together hold as often as is said, for every outcome of both samples.
    #[test]
    fn coverage_is_what_is_said_by_exact_enumeration() {
        let (found, other) = ((60u32, 20u32), (300u32, 60u32));
        for (k1, k0) in [(0u32, 0u32), (45, 3), (30, 30), (60, 1), (3, 0), (0, 5)] {
            let truth = match k1 + k0 {
                0 => None,
                all => Some(f64::from(k1) / f64::from(all)),
            };
            let mut covered = 0.0;
            for x in 0..=found.1 {
                let px = probability(x.into(), found.1.into(), k1.into(), found.0.into());
                if px < 1e-12 {
                    continue;
                }
                for y in 0..=other.1 {
                    let py = probability(y.into(), other.1.into(), k0.into(), other.0.into());
                    if py < 1e-12 {
                        continue;
                    }
                    let search = of(part(x, found.1, found.0), part(y, other.1, other.0));
                    let recall = search.quality(0.95).recall;
                    if truth.is_none_or(|r| recall.low <= r && r <= recall.high) {
                        covered += px * py;
                    }
                }
            }
            assert!(covered >= 0.95 - 1e-9, "{k1} {k0}: {covered}");
        }
    }
}
