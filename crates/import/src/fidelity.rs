//! How close the integer network is to the float model, on pictures that calibration did not see.

use super::error::ImportError;
use serde::Serialize;
use std::fmt;

/// One picture's outcome in both worlds.
pub(crate) struct Pair {
    pub name: String,
    pub float: Vec<f32>,
    pub integer: Vec<f32>,
    pub float_matches: bool,
    pub integer_matches: bool,
}

/// A comparison of the float model with the integer network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fidelity {
    /// Pictures compared.
    pub pictures: usize,
    /// Pictures for which both find the same class best; `None` for a single score.
    pub same_class: Option<usize>,
    /// Pictures with the same verdict.
    pub same_verdict: usize,
    /// Pearson correlation of all scores.
    pub correlation: Option<f64>,
    /// Mean absolute difference of scores.
    pub mean_difference: f64,
    /// Largest absolute difference of scores.
    pub worst_difference: f64,
    /// Where it is.
    pub worst_picture: String,
    /// Standard deviation of the float scores, to compare the differences with.
    pub spread: f64,
    /// Pictures with different verdicts (at most twenty).
    pub disagreements: Vec<String>,
}

/// Least correlation of scores that goes with any agreement asked for: below it, verdicts agree by chance.
const LEAST_CORRELATION: f64 = 0.97;
/// Scores that spread less than this are constant, and correlate with nothing.
const NO_SPREAD: f64 = 1e-6;

impl Fidelity {
    /// Refuses what agrees less than a share of `least` (0 to 1; 0 refuses nothing). One picture near the line
    /// is never held against a small set.
    pub(crate) fn at_least(&self, least: f64) -> Result<(), ImportError> {
        let allowed = ((1.0 - least) * self.pictures as f64).floor().max(1.0);
        let differ = (self.pictures - self.same_verdict) as f64;
        let related = self.correlation.unwrap_or(0.0) >= LEAST_CORRELATION
            || self.spread < NO_SPREAD
            || self.worst_difference <= 0.05 * self.spread;
        if least <= 0.0 || (differ <= allowed && related) {
            return Ok(());
        }
        let correlation = self
            .correlation
            .map_or("not at all".to_owned(), |c| format!("by {c:.3}"));
        Err(ImportError::Fidelity(format!(
            "it has the model's verdict on {} of {} pictures that calibration did not see ({:.1} %; at least {:.1} % is \
             asked for), and its scores correlate with the model's {correlation} (at least {LEAST_CORRELATION}); \
             give more and more typical pictures with --calibrate, or say with --least-agreement 0 that this will do",
            self.same_verdict,
            self.pictures,
            100.0 * self.same_verdict as f64 / self.pictures as f64,
            100.0 * least
        )))
    }

    pub(crate) fn new(pairs: &[Pair]) -> Option<Fidelity> {
        let first = pairs.first()?;
        let mut worst = (0.0, first.name.clone());
        let mut sums = [0f64; 6];
        let mut disagreements = Vec::new();
        let (mut same_class, mut same_verdict) = (0, 0);
        for pair in pairs {
            for (f, i) in pair.float.iter().zip(&pair.integer) {
                let (f, i) = (f64::from(*f), f64::from(*i));
                let difference = (f - i).abs();
                if difference > worst.0 {
                    worst = (difference, pair.name.clone());
                }
                for (sum, v) in sums.iter_mut().zip([f, i, f * f, i * i, f * i, difference]) {
                    *sum += v;
                }
            }
            same_class += usize::from(best(&pair.float) == best(&pair.integer));
            if pair.float_matches == pair.integer_matches {
                same_verdict += 1;
            } else if disagreements.len() < 20 {
                disagreements.push(pair.name.clone());
            }
        }
        let n = pairs.iter().map(|p| p.float.len()).sum::<usize>() as f64;
        let [f, i, ff, ii, fi, d] = sums.map(|s| s / n);
        let (var_f, var_i) = (ff - f * f, ii - i * i);
        let correlation = (fi - f * i) / (var_f * var_i).sqrt();
        Some(Fidelity {
            pictures: pairs.len(),
            same_class: (first.float.len() > 1).then_some(same_class),
            same_verdict,
            correlation: correlation.is_finite().then_some(correlation),
            mean_difference: d,
            worst_difference: worst.0,
            worst_picture: worst.1,
            spread: var_f.max(0.0).sqrt(),
            disagreements,
        })
    }
}

/// The first of the largest scores.
pub(crate) fn best(scores: &[f32]) -> usize {
    let mut best = 0;
    for (i, s) in scores.iter().enumerate() {
        if *s > scores[best] {
            best = i;
        }
    }
    best
}

impl fmt::Display for Fidelity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |n: usize| {
            format!(
                "{n} of {} ({:.1} %)",
                self.pictures,
                100.0 * n as f64 / self.pictures as f64
            )
        };
        writeln!(f, "  same verdict        {}", share(self.same_verdict))?;
        if let Some(n) = self.same_class {
            writeln!(f, "  same best class     {}", share(n))?;
        }
        if let Some(c) = self.correlation {
            writeln!(f, "  score correlation   {c:.6}")?;
        }
        writeln!(
            f,
            "  score difference    mean {:.4}, worst {:.4} ({}); scores spread by {:.3}",
            self.mean_difference, self.worst_difference, self.worst_picture, self.spread
        )?;
        for name in &self.disagreements {
            writeln!(f, "  other verdict       {name}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, float: &[f32], integer: &[f32]) -> Pair {
        Pair {
            name: name.into(),
            float: float.to_vec(),
            integer: integer.to_vec(),
            float_matches: float[0] >= 0.0,
            integer_matches: integer[0] >= 0.0,
        }
    }

    #[test]
    fn counts_and_worst_case() {
        let pairs = [
            pair("a", &[1.0, 2.0], &[1.0, 2.5]),
            pair("b", &[0.1, -3.0], &[-0.1, -3.0]),
        ];
        let f = Fidelity::new(&pairs).unwrap();
        assert_eq!((f.pictures, f.same_class, f.same_verdict), (2, Some(2), 1));
        assert_eq!(f.worst_picture, "a");
        assert!((f.worst_difference - 0.5).abs() < 1e-6);
        assert!((f.mean_difference - 0.175).abs() < 1e-6);
        assert_eq!(f.disagreements, ["b"]);
        assert!(f.correlation.unwrap() > 0.99);
        assert!(Fidelity::new(&[]).is_none());
    }

    #[test]
    fn too_little_agreement_is_refused_with_the_figures() {
        let near: Vec<Pair> = (0..40)
            .map(|i| {
                let score = i as f32 - 19.5;
                pair("p", &[score], &[score + 0.01])
            })
            .collect();
        assert!(Fidelity::new(&near).unwrap().at_least(0.95).is_ok());
        // One of four near the line is no sign of anything; four of forty are.
        let mut four: Vec<Pair> = near.into_iter().skip(18).take(4).collect();
        four[2] = pair("p", &[0.01], &[-0.01]);
        assert!(Fidelity::new(&four).unwrap().at_least(0.95).is_ok());
        let far: Vec<Pair> = (0..40)
            .map(|i| {
                let score = i as f32 - 19.5;
                pair("p", &[score], &[if i % 10 == 0 { -score } else { score }])
            })
            .collect();
        let fidelity = Fidelity::new(&far).unwrap();
        let error = fidelity.at_least(0.95).unwrap_err().to_string();
        assert!(error.contains("36 of 40 pictures"), "{error}");
        assert!(fidelity.at_least(0.0).is_ok());
        // The same verdict always, but scores that have nothing to do with the model's.
        let chance: Vec<Pair> = (0..40)
            .map(|i| pair("p", &[1.0 + i as f32], &[41.0 - i as f32]))
            .collect();
        let error = Fidelity::new(&chance).unwrap().at_least(0.95).unwrap_err();
        assert!(error.to_string().contains("40 of 40"), "{error}");
    }
}
