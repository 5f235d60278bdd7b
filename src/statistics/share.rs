//! Observed shares with what is known about the true ones.

use serde::Serialize;
use statrs::distribution::{Beta, ContinuousCDF};

/// A share that was observed, and the exact interval (Clopper and Pearson 1934) that holds the true one in 95 of
/// 100 cases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// Observed.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Independent observations that the interval rests on.
    pub n: usize,
}

/// Of `all` items, `hits` were right. Items that belong together are one observation: of those there were at most
/// `groups`. `None` without any.
pub fn share(hits: u64, all: u64, groups: usize) -> Option<Share> {
    let n = (all as f64).min(groups as f64);
    if n < 1.0 {
        return None;
    }
    let value = hits as f64 / all as f64;
    let (k, alpha) = (value * n, 0.05);
    let quantile = |a: f64, b: f64, p: f64| Beta::new(a, b).map_or(f64::NAN, |d| d.inverse_cdf(p));
    let low = if k <= 0.0 {
        0.0
    } else {
        quantile(k, n - k + 1.0, alpha / 2.0)
    };
    let high = if k >= n {
        1.0
    } else {
        quantile(k + 1.0, n - k, 1.0 - alpha / 2.0)
    };
    Some(Share {
        value,
        low,
        high,
        n: n as usize,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_clopper_and_pearson_s() {
        // R: binom.test(8, 10), binom.test(0, 20), binom.test(20, 20)
        let near = |a: f64, b: f64| (a - b).abs() < 5e-4;
        let some = share(8, 10, 10).unwrap();
        assert!(
            near(some.low, 0.4439) && near(some.high, 0.9748),
            "{some:?}"
        );
        let none = share(0, 20, 20).unwrap();
        assert!(none.low == 0.0 && near(none.high, 0.1684), "{none:?}");
        let all = share(20, 20, 20).unwrap();
        assert!(near(all.low, 0.8316) && all.high == 1.0, "{all:?}");
        assert_eq!(share(0, 0, 9), None);
    }

    #[test]
    fn copies_are_one_observation() {
        let eight_times = share(64, 80, 10).unwrap();
        assert_eq!(
            eight_times,
            Share {
                value: 0.8,
                ..share(8, 10, 10).unwrap()
            }
        );
    }
}
