//! Choosing the logit from which an item matches.

use crate::classify::Evaluation;

/// What the threshold is to achieve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// The best harmonic mean of precision and recall.
    F1,
    /// The highest threshold that finds at least this share of the positive items.
    Recall(f64),
}

/// The threshold for a goal: halfway between the lowest logit that must match and the next one below.
pub fn choose(scored: &[(f64, bool)], goal: Goal) -> f64 {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = sorted.iter().filter(|s| s.1).count();
    let (mut hits, mut best) = (0usize, (f64::NEG_INFINITY, 0.0));
    for (i, &(logit, positive)) in sorted.iter().enumerate() {
        hits += usize::from(positive);
        let next = sorted.get(i + 1).map(|s| s.0);
        if next == Some(logit) {
            continue;
        }
        let threshold = next.map_or(logit - 1.0, |next| (logit + next) / 2.0);
        match goal {
            Goal::Recall(share) => {
                if hits as f64 >= share * positives as f64 {
                    return threshold;
                }
            }
            Goal::F1 => {
                let f1 = 2.0 * hits as f64 / (i + 1 + positives) as f64;
                if f1 > best.0 {
                    best = (f1, threshold);
                }
            }
        }
    }
    best.1
}

/// Outcome of a threshold on scored items.
pub fn outcome(
    scored: impl IntoIterator<Item = (f64, bool)>,
    threshold: f64,
    set: &str,
) -> Evaluation {
    let mut evaluation = Evaluation {
        set: set.to_owned(),
        ..Evaluation::default()
    };
    for (score, positive) in scored {
        evaluation.count(positive, score >= threshold);
    }
    evaluation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_meet_their_goal() {
        let scored = [
            (3.0, true),
            (2.0, true),
            (1.0, false),
            (0.0, true),
            (-1.0, false),
            (-2.0, false),
            (-3.0, true),
        ];
        assert_eq!(choose(&scored, Goal::F1), -0.5);
        assert_eq!(choose(&scored, Goal::Recall(0.5)), 1.5);
        assert_eq!(choose(&scored, Goal::Recall(0.51)), -0.5);
        assert_eq!(choose(&scored, Goal::Recall(1.0)), -4.0);
        let all = outcome(scored, choose(&scored, Goal::Recall(1.0)), "s");
        assert_eq!(all.recall(), Some(1.0));
    }

    #[test]
    fn equal_scores_are_not_separated() {
        let scored = [(1.0, true), (1.0, false), (0.0, true)];
        assert_eq!(choose(&scored, Goal::Recall(0.5)), 0.5);
    }
}
