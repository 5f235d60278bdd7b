//! Sets of item numbers as runs: `[[0, 4], [9, 9]]`.

use serde::{Deserialize, Serialize};

/// Item numbers, as runs with both ends included, in order and apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<[u32; 2]>", into = "Vec<[u32; 2]>")]
pub struct Ranges(Vec<[u32; 2]>);

impl Ranges {
    /// The set of these numbers.
    pub fn of(numbers: impl Iterator<Item = u32>) -> Self {
        let mut sorted: Vec<u32> = numbers.collect();
        sorted.sort_unstable();
        let mut runs: Vec<[u32; 2]> = Vec::new();
        for n in sorted {
            match runs.last_mut() {
                Some([_, last]) if n <= last.saturating_add(1) => *last = n,
                _ => runs.push([n, n]),
            }
        }
        Ranges(runs)
    }

    /// Whether a number is in the set.
    pub fn contains(&self, n: u32) -> bool {
        let after = self.0.partition_point(|[first, _]| *first <= n);
        after > 0 && n <= self.0[after - 1][1]
    }

    /// The numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().flat_map(|[first, last]| *first..=*last)
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.0.iter().map(|[first, last]| last - first + 1).sum()
    }
}

impl TryFrom<Vec<[u32; 2]>> for Ranges {
    type Error = String;

    fn try_from(runs: Vec<[u32; 2]>) -> Result<Self, String> {
        let apart = runs
            .windows(2)
            .all(|w| w[0][1].checked_add(1).is_some_and(|next| next < w[1][0]));
        let forward = runs
            .iter()
            .all(|[first, last]| first <= last && *last < u32::MAX);
        if apart && forward {
            Ok(Ranges(runs))
        } else {
            Err("runs of item numbers overlap or are out of order".to_owned())
        }
    }
}

impl From<Ranges> for Vec<[u32; 2]> {
    fn from(ranges: Ranges) -> Self {
        ranges.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_the_numbers() {
        let numbers = [9, 1, 2, 3, 3, 7];
        let ranges = Ranges::of(numbers.into_iter());
        assert_eq!(
            serde_json::to_string(&ranges).unwrap(),
            "[[1,3],[7,7],[9,9]]"
        );
        assert_eq!(ranges.iter().collect::<Vec<_>>(), [1, 2, 3, 7, 9]);
        assert_eq!(ranges.count(), 5);
        for n in 0..12 {
            assert_eq!(ranges.contains(n), numbers.contains(&n), "{n}");
        }
        for bad in ["[[3,1]]", "[[1,2],[3,4]]", "[[5,6],[1,2]]"] {
            assert!(serde_json::from_str::<Ranges>(bad).is_err(), "{bad}");
        }
    }
}
