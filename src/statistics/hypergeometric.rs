//! Samples without replacement: what the marked items in a sample say about those in its population.

use statrs::function::factorial::ln_binomial;

/// `P[X = k]` for the number of hits in a sample of `n` from `population` with `marked` such items.
pub fn probability(k: u64, n: u64, marked: u64, population: u64) -> f64 {
    if k > n || k > marked || n - k > population - marked {
        return 0.0;
    }
    let ln = ln_binomial(marked, k) + ln_binomial(population - marked, n - k)
        - ln_binomial(population, n);
    ln.exp()
}

/// `P[X <= k]`, added up from the largest term down.
pub fn at_most(k: u64, n: u64, marked: u64, population: u64) -> f64 {
    let lowest = (n + marked).saturating_sub(population);
    let highest = k.min(n).min(marked);
    if highest < lowest {
        return 0.0;
    }
    let mut terms: Vec<f64> = (lowest..=highest)
        .map(|i| probability(i, n, marked, population))
        .collect();
    terms.sort_by(f64::total_cmp);
    terms.iter().sum::<f64>().min(1.0)
}

/// `P[X >= k]`: by symmetry, the unmarked ones in the sample are at most `n - k`.
pub fn at_least(k: u64, n: u64, marked: u64, population: u64) -> f64 {
    if k > n {
        return 0.0;
    }
    at_most(n - k, n, population - marked, population)
}

/// The least and the most marked items that a population can hold if a sample of `n` has `hits`: the exact
/// interval for sampling without replacement, half of the permitted error on each side whatever `hits` is. Whoever
/// takes all of it at one side when there are no hits, and half when there are some, has chosen by the result, and is
/// wrong more often than said. `confidence` is a share, such as 0.95.
pub fn bounds(hits: u32, n: u32, population: u32, confidence: f64) -> (u64, u64) {
    bounds_at(hits, n, population, (1.0 - confidence) / 2.0)
}

/// As [`bounds`], with the `error` that each side may have.
///
/// ```text
/// low  = min {K in [k, N - n + k]: P[Hyp(N, K, n) >= k] > error}
/// high = max {K in [k, N - n + k]: P[Hyp(N, K, n) <= k] > error}
/// ```
pub fn bounds_at(hits: u32, n: u32, population: u32, error: f64) -> (u64, u64) {
    let (k, n, all) = (
        u64::from(hits),
        u64::from(n.min(population)),
        u64::from(population),
    );
    let k = k.min(n);
    let (least, most) = (k, all - n + k);
    // Both probabilities are monotone in the number of marked items.
    let search = |mut low: u64, mut high: u64, holds: &dyn Fn(u64) -> bool| {
        while low < high {
            let middle = low + (high - low) / 2;
            match holds(middle) {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        low
    };
    let low = search(least, most, &|marked| at_least(k, n, marked, all) > error);
    let beyond = search(least, most + 1, &|marked| {
        marked > most || at_most(k, n, marked, all) <= error
    });
    (low, beyond.saturating_sub(1).max(low))
}

/// The probability that a random sample of `n` holds at least one of the `marked` items of a population.
pub fn detection(n: u32, marked: u32, population: u32) -> f64 {
    let (n, marked) = (n.min(population), marked.min(population));
    1.0 - at_most(0, n.into(), marked.into(), population.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By an exact computation with fractions, in other software.
    #[test]
    fn bounds_are_the_exact_ones() {
        // Of a large population they are those of Clopper and Pearson.
        let (low, high) = bounds(1, 10, 100_000_000, 0.95);
        assert!((low as f64 / 1e8 - 0.00253).abs() < 1e-5, "{low}");
        assert!((high as f64 / 1e8 - 0.44502).abs() < 1e-5, "{high}");
        let (low, high) = bounds(10, 100, 100_000_000, 0.99);
        assert!((low as f64 / 1e8 - 0.038196).abs() < 1e-5, "{low}");
        assert!((high as f64 / 1e8 - 0.201954).abs() < 1e-5, "{high}");
        let (low, high) = bounds(0, 100, 100_000_000, 0.95);
        let want = 1.0 - 0.025f64.powf(0.01);
        assert!(
            low == 0 && (high as f64 / 1e8 - want).abs() < 1e-5,
            "{high}"
        );
        // Small ones by hand: of 5 items 2 were seen, one of them marked, so 1 to 4 are.
        assert_eq!(bounds(1, 2, 5, 0.95), (1, 4));
        assert_eq!(bounds(0, 0, 7, 0.95), (0, 7));
        assert_eq!(bounds(3, 7, 7, 0.95), (3, 3));
        assert_eq!(bounds(0, 0, 0, 0.95), (0, 0));
        assert_eq!(bounds(9, 5, 20, 0.95).1, 20);
    }

    /// For every number of marked items, the probability that the interval holds it, added up over all
    /// outcomes: never below what is said. With the whole error on one side where there are no hits it was
    /// 94.2 % for 95 at n = 100.
    #[test]
    fn coverage_is_what_is_said_by_exact_enumeration() {
        for (population, n, confidence) in [
            (30u32, 7u32, 0.95),
            (100, 20, 0.9),
            (400, 100, 0.95),
            (5_000, 100, 0.95),
            (2_000, 60, 0.99),
        ] {
            let intervals: Vec<(u64, u64)> = (0..=n)
                .map(|hits| bounds(hits, n, population, confidence))
                .collect();
            assert!(intervals.is_sorted());
            let step = (population / 400).max(1) as usize;
            for marked in (0..=u64::from(population)).step_by(step) {
                let covered: f64 = (0..=n)
                    .zip(&intervals)
                    .filter(|(_, (low, high))| (*low..=*high).contains(&marked))
                    .map(|(hits, _)| probability(hits.into(), n.into(), marked, population.into()))
                    .sum();
                assert!(
                    covered >= confidence - 1e-9,
                    "{marked} of {population}, n = {n}: {covered}"
                );
            }
        }
    }

    #[test]
    fn probabilities_add_up() {
        for (n, marked, population) in [(7, 4, 20), (100, 30, 400), (5, 0, 9), (9, 9, 9)] {
            let sum: f64 = (0..=n).map(|k| probability(k, n, marked, population)).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{sum}");
            for k in 0..n {
                let both =
                    at_most(k, n, marked, population) + at_least(k + 1, n, marked, population);
                assert!((both - 1.0).abs() < 1e-9);
            }
        }
    }

    /// The table in SECURITY.md.
    #[test]
    fn detection_is_as_documented() {
        let document = include_str!("../../SECURITY.md");
        for (share, row) in [(100u32, "1 %"), (200, "2 %"), (500, "5 %"), (1_000, "10 %")] {
            let cells: Vec<String> = [59u32, 100, 165, 385, 1_000]
                .map(|n| match detection(n, share, 10_000) {
                    sure if sure >= 0.9995 => "> 99.9 %".to_owned(),
                    found => format!("{:.1} %", 100.0 * found),
                })
                .to_vec();
            let line = format!("| {row} | {} |", cells.join(" | "));
            assert!(document.contains(&line), "SECURITY.md lacks: {line}");
        }
    }
}
