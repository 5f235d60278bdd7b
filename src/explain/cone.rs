//! How near to one pattern a text has to be before a linear classifier can match it.
//!
//! A match needs `w . x >= T` with `T = 2^t - b`. Entries are bytes and the norm of `x` is bounded, so
//! `w . x` has a largest value `M` over all texts. The ratio `T / M` is near 1 when only texts close to the
//! best one can match, as with a classifier that is made of one document; it is small, or negative, when a
//! topic can be spoken of in many ways.

use super::effect::linear;
use crate::classify::Network;

/// From here on a classifier is called narrow.
pub const NARROW: f64 = 0.5;

/// `T / M`, between 0 and more than 1 (nothing can match); `None` unless the network is a linear one of texts.
pub fn needed(net: &Network) -> Option<f64> {
    let norm_sq = net.form().max_norm_sq()?;
    let (weights, bias) = linear(net)?;
    let threshold = ((1i64 << net.shift()) - bias) as f64;
    if threshold <= 0.0 {
        return Some(0.0);
    }
    let most = largest(&weights, norm_sq as f64);
    (most > 0.0).then_some(threshold / most)
}

/// The largest `w . x` over `0 <= x <= 255` with `|x|^2 <= norm_sq`: entries proportional to the weights,
/// the largest of them cut at 255.
fn largest(weights: &[i64], norm_sq: f64) -> f64 {
    let mut toward: Vec<f64> = weights
        .iter()
        .filter(|w| **w > 0)
        .map(|w| *w as f64)
        .collect();
    toward.sort_by(|a, b| b.total_cmp(a));
    let mut rest: f64 = toward.iter().map(|w| w * w).sum();
    let (mut sum, mut room) = (0.0, norm_sq);
    for w in &toward {
        if room <= 0.0 || rest <= 0.0 {
            break;
        }
        // Proportional entries for all that is left, if the largest of them fits into a byte.
        let scale = (room / rest).sqrt();
        if scale * w <= 255.0 {
            return sum + scale * rest;
        }
        let entry = 255f64.min(room.sqrt());
        sum += w * entry;
        room -= entry * entry;
        rest -= w * w;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_sum_respects_bytes_and_norm() {
        assert_eq!(largest(&[3, -5], 1e6), 3.0 * 255.0);
        // Norm 5 in the direction (3, 4).
        assert!((largest(&[3, 4, -7], 25.0) - 25.0).abs() < 1e-9);
        // The first entry is cut at 255, the second takes what is left: sqrt(256^2 - 255^2).
        let left = (256f64.powi(2) - 255f64.powi(2)).sqrt();
        let found = largest(&[1_000_000, 1], 256f64.powi(2));
        assert!((found - (255e6 + left)).abs() < 1.0, "{found}");
    }
}
