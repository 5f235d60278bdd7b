//! How many items a test needs.
//!
//! Kang et al. (arXiv 2210.08674, section 6) state sizes for verified accuracy; these are the formulas behind them.
//! Where a pool is finite, drawing without replacement needs fewer.

use super::hypergeometric::detection;

/// Items until the observed share is off by `margin` or more, to one side, with a chance of at most `error`
/// (Hoeffding 1963; in a finite pool Serfling 1974). Both are shares, such as 0.05.
///
/// ```text
/// A = ln(1 / error) / (2 margin^2)        n = ceil(A)         of a pool of N: n = ceil(A (1 + 1/N) / (1 + A/N))
/// ```
pub fn for_margin(margin: f64, error: f64, pool: Option<u32>) -> u64 {
    let infinite = (1.0 / error).ln() / (2.0 * margin * margin);
    match pool {
        None => infinite.ceil() as u64,
        Some(pool) => {
            let all = f64::from(pool);
            let n = infinite * (1.0 + 1.0 / all) / (1.0 + infinite / all);
            (n.ceil() as u64).min(pool.into())
        }
    }
}

/// The chance that the observed share is off by `margin` or more, to one side: what [`for_margin`] bounds.
pub fn error_of_margin(items: u64, margin: f64) -> f64 {
    (-2.0 * items as f64 * margin * margin).exp()
}

/// Items until at least one of the wrong ones is drawn with a chance of `1 - error`, where a share `tampered` is wrong.
///
/// ```text
/// (1 - tampered)^n <= error               of a pool of N: the least n with P[Hyp(N, ceil(tampered N), n) = 0] <= error
/// ```
pub fn for_tampering(tampered: f64, error: f64, pool: Option<u32>) -> u64 {
    let Some(pool) = pool else {
        return (error.ln() / (1.0 - tampered).ln()).ceil() as u64;
    };
    let wrong = (tampered * f64::from(pool)).ceil().max(1.0) as u32;
    let (mut low, mut high) = (0, pool);
    while low < high {
        let middle = low + (high - low) / 2;
        match detection(middle, wrong, pool) >= 1.0 - error {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    low.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of Kang et al. prints 2,396, 366 and $99.93 where the formulas give 2,397, 368 and $99.94.
    #[test]
    fn the_sizes_are_those_of_the_source() {
        let accuracy = [0.05, 0.025, 0.01].map(|margin| for_margin(margin, 0.05, None));
        assert_eq!(accuracy, [600, 2_397, 14_979]);
        let two_sided = [0.05, 0.025, 0.01].map(|margin| for_margin(margin, 0.025, None));
        assert_eq!(two_sided, [738, 2_952, 18_445]);
        let tampering = [0.05, 0.02, 0.01].map(|share| for_tampering(share, 0.025, None));
        assert_eq!(tampering, [72, 183, 368]);
        let dollars = |n: u64| format!("{:.2}", n as f64 * 0.16656);
        assert_eq!(
            (dollars(600), dollars(72)),
            ("99.94".into(), "11.99".into())
        );
    }

    #[test]
    fn the_error_of_a_size_is_at_most_what_was_asked_for() {
        for margin in [0.01, 0.05, 0.2] {
            let n = for_margin(margin, 0.05, None);
            assert!(error_of_margin(n, margin) <= 0.05 && error_of_margin(n - 1, margin) > 0.05);
        }
    }

    #[test]
    fn finite_pools_need_fewer_and_never_more_than_there_are() {
        for pool in [1, 2, 50, 600, 10_000, 100_000_000] {
            let (margin, tampering) = (
                for_margin(0.05, 0.05, Some(pool)),
                for_tampering(0.05, 0.025, Some(pool)),
            );
            assert!(margin <= u64::from(pool).min(600), "{margin} of {pool}");
            assert!(
                tampering <= u64::from(pool).min(72),
                "{tampering} of {pool}"
            );
        }
        assert_eq!(for_margin(0.05, 0.05, Some(100_000_000)), 600);
        // By hand: of ten with one wrong, nine drawn miss it with a chance of 1/10.
        assert_eq!(for_tampering(0.1, 0.1, Some(10)), 9);
        assert_eq!(for_tampering(0.1, 0.09, Some(10)), 10);
    }
}
