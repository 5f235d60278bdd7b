//! Whether it pays to cheat, to be honest, and to bother an honest provider.
//!
//! Kang et al. (arXiv 2210.08674) let provider and consumer put down stakes and say that incentives then keep both
//! honest. The inequalities here are derived from that description, not printed in it.

pub mod picture;

use crate::statistics::hypergeometric::detection;
use crate::statistics::sizes::error_of_margin;
use serde::{Deserialize, Serialize};

/// A sale of a model whose accuracy is claimed and tested. Amounts are in one currency, whichever.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sale {
    /// What the consumer pays.
    pub fee: f64,
    /// What else it is worth to the provider to be believed.
    pub belief: f64,
    /// The provider's stake, lost when the test fails.
    pub provider_stake: f64,
    /// The consumer's stake, lost when a test was asked for and the consumer does not go on.
    pub consumer_stake: f64,
    /// What all the proofs of the test cost the provider.
    pub proofs: f64,
    /// What an honest provider loses when the consumer breaks off: the proofs, and what was kept ready for nothing.
    pub burnt: f64,
    /// Items that are tested.
    pub items: u64,
    /// By how much the claim of a cheating provider exceeds the truth, as a share: the observed accuracy must exceed
    /// the true one by that much for the claim to pass.
    pub excess: f64,
    /// By how much the claim of an honest provider stays below the truth, as a share.
    pub reserve: f64,
}

/// What follows for a [`Sale`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The chance that the cheat passes, at most.
    pub cheat_passes: f64,
    /// The chance that an honest claim fails, at most.
    pub honest_fails: f64,
    /// What the cheat gains on average, at most.
    pub cheat_gains: f64,
    /// What an honest provider gains on average, at least.
    pub honest_gains: f64,
    /// The stake of the provider above which cheating does not pay.
    pub stake_above: f64,
    /// The stake up to which an honest provider takes part; infinite where an honest claim cannot fail.
    #[serde(serialize_with = "finite")]
    pub stake_up_to: f64,
    /// Cheating pays.
    pub cheating_pays: bool,
    /// An honest provider takes part.
    pub honest_takes_part: bool,
    /// Who breaks off to do harm loses less than the victim does.
    pub griefing_pays: bool,
}

/// JSON knows no infinity.
fn finite<S: serde::Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
    value.is_finite().then_some(*value).serialize(to)
}

impl Sale {
    /// ```text
    /// d  = exp(-2 n excess^2)        the cheat passes with a chance of at most d       (Hoeffding)
    /// d' = exp(-2 n reserve^2)       an honest claim fails with a chance of at most d'
    /// cheating does not pay     iff  d (fee + belief) < (1 - d) stake + proofs
    /// an honest one takes part  iff  (1 - d') fee - d' stake >= proofs
    /// a griefer loses no less   iff  the consumer's stake >= burnt
    /// ```
    /// A reserve of zero is not protected by the bound: then `d'` is 1/2, since the observed accuracy is about as
    /// often below the true one as above.
    pub fn verdict(&self) -> Verdict {
        let passes = error_of_margin(self.items, self.excess);
        let fails = match self.reserve > 0.0 {
            true => error_of_margin(self.items, self.reserve).min(0.5),
            false => 0.5,
        };
        let cheat = self.cheat_gains(self.provider_stake, passes);
        let honest = self.honest_gains(self.provider_stake, fails);
        let above = match passes < 1.0 {
            true => (passes * (self.fee + self.belief) - self.proofs) / (1.0 - passes),
            false => f64::INFINITY,
        };
        let up_to = match fails > 0.0 {
            true => ((1.0 - fails) * self.fee - self.proofs) / fails,
            false if self.fee >= self.proofs => f64::INFINITY,
            false => f64::NEG_INFINITY,
        };
        Verdict {
            cheat_passes: passes,
            honest_fails: fails,
            cheat_gains: cheat,
            honest_gains: honest,
            stake_above: above.max(0.0),
            stake_up_to: up_to,
            cheating_pays: cheat >= 0.0,
            honest_takes_part: honest >= 0.0,
            griefing_pays: self.consumer_stake < self.burnt,
        }
    }

    fn cheat_gains(&self, stake: f64, passes: f64) -> f64 {
        passes * (self.fee + self.belief) - (1.0 - passes) * stake - self.proofs
    }

    fn honest_gains(&self, stake: f64, fails: f64) -> f64 {
        (1.0 - fails) * self.fee - fails * stake - self.proofs
    }
}

impl Verdict {
    /// Stakes at which cheating does not pay and an honest provider takes part.
    pub fn window(&self) -> Option<(f64, f64)> {
        (self.stake_above < self.stake_up_to).then_some((self.stake_above, self.stake_up_to))
    }
}

/// A round of predictions of which some are contested: drawn at random after all were given.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Predictions in the round.
    pub predictions: u32,
    /// Of these, contested.
    pub contested: u32,
    /// What a provider gains by each prediction that is not the model's.
    pub gain: f64,
}

/// The stake above which no number of false predictions pays.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RoundStake {
    /// If whatever was gained in the round is forfeited with the stake.
    pub forfeited: f64,
    /// If it is kept.
    pub kept: f64,
}

impl Round {
    /// The supremum over `t` false predictions, found with the chance `p(t)`, that of a sample without replacement.
    ///
    /// ```text
    /// forfeited: max t gain (1 - p(t)) / p(t) <= predictions gain / contested        kept: max t gain / p(t)
    /// ```
    pub fn stake(&self) -> RoundStake {
        let mut stake = RoundStake {
            forfeited: 0.0,
            kept: 0.0,
        };
        for t in 1..=self.predictions {
            let found = detection(self.contested, t, self.predictions);
            let gained = f64::from(t) * self.gain;
            stake.forfeited = stake.forfeited.max(gained * (1.0 - found) / found);
            stake.kept = stake.kept.max(gained / found);
        }
        stake
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sale() -> Sale {
        Sale {
            fee: 1_000.0,
            belief: 500.0,
            provider_stake: 300.0,
            consumer_stake: 100.0,
            proofs: 99.94,
            burnt: 99.94,
            items: 600,
            excess: 0.05,
            reserve: 0.05,
        }
    }

    #[test]
    fn the_window_is_where_the_gains_change_sign() {
        let mut sale = sale();
        // At 600 items nobody passes 5 points above the truth with more than 5 %.
        let verdict = sale.verdict();
        assert!((verdict.cheat_passes - (-3f64).exp()).abs() < 1e-12);
        assert!(!verdict.cheating_pays && verdict.honest_takes_part && !verdict.griefing_pays);
        sale.items = 100;
        let verdict = sale.verdict();
        assert!(verdict.cheating_pays, "{verdict:?}");
        // d = exp(-1/2) = 0.6065: both by hand.
        assert!((verdict.stake_above - (0.60653066 * 1_500.0 - 99.94) / 0.39346934).abs() < 1e-3);
        assert!((verdict.stake_up_to - (0.5 * 1_000.0 - 99.94) / 0.5).abs() < 1e-9);
        assert_eq!(
            verdict.window(),
            None,
            "more stake drives the honest away first"
        );
        sale.items = 600;
        let (above, up_to) = sale.verdict().window().unwrap();
        for (stake, cheating, honest) in [
            (above - 0.01, true, true),
            (above + 0.01, false, true),
            (up_to - 0.01, false, true),
            (up_to + 0.01, false, false),
        ] {
            if stake < 0.0 {
                continue;
            }
            sale.provider_stake = stake;
            let verdict = sale.verdict();
            assert_eq!(
                (verdict.cheating_pays, verdict.honest_takes_part),
                (cheating, honest),
                "{stake}"
            );
        }
        sale.consumer_stake = 99.0;
        assert!(sale.verdict().griefing_pays);
    }

    #[test]
    fn a_claim_at_the_true_accuracy_fails_half_the_time() {
        let mut sale = sale();
        sale.reserve = 0.0;
        assert_eq!(sale.verdict().honest_fails, 0.5);
    }

    #[test]
    fn stakes_of_a_round_are_the_largest_over_all_numbers_of_fakes() {
        let stake = Round {
            predictions: 1_000,
            contested: 50,
            gain: 1.0,
        }
        .stake();
        // Computed elsewhere: one fake is the worst if the round is forfeited, all of them if not.
        assert!((stake.forfeited - 19.0).abs() < 1e-6, "{stake:?}");
        assert!((stake.kept - 1_000.0).abs() < 1e-6, "{stake:?}");
        assert!(stake.forfeited <= 1_000.0 / 50.0);
        let all = Round {
            predictions: 40,
            contested: 40,
            gain: 2.0,
        }
        .stake();
        assert_eq!(all.forfeited, 0.0, "everything is looked at");
    }
}
