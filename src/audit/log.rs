//! The audits of a case, in its custody log: which numbers are used, and for what.
//!
//! A link of the chain is public once it was revealed, so it must never decide a second sample: a number
//! belongs to one challenge for ever, and the log says to which. It is written before anything is opened.

use super::challenge::{Challenge, ChallengeError, Stratum};
use crate::Surroundings;
use crate::bundle::Disposition;
use crate::commit::chain;
use crate::custody::{self, Chain, CustodyError};
use serde::{Deserialize, Serialize};
use std::path::Path;

const ACTION: &str = "audit";
/// The action of a proof, with the seal of the bundle that it made.
pub const PROVE: &str = "prove";
/// The fact in which a proof's line has the seal.
pub const SEAL: &str = "seal";

/// One audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logged {
    /// Its number.
    pub number: u32,
    /// When it was first answered, by the responder's clock.
    pub time: String,
    /// The challenge's digest.
    pub challenge: String,
    /// Seal of the bundle.
    pub bundle: String,
    /// SHA-256 of the classifier.
    pub classifier: String,
    /// What was drawn from.
    pub population: String,
    /// How many items.
    pub items: String,
    /// Why there was another audit of the same items.
    pub reason: Option<String>,
}

/// Why an audit gets no number.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The log.
    #[error(transparent)]
    Custody(#[from] CustodyError),
    /// The challenge.
    #[error(transparent)]
    Challenge(#[from] ChallengeError),
    /// Not the next number.
    #[error(
        "the challenge is for audit number {asked}, and the next one of this case has number {next}: ask for a \
         challenge with that number and a new nonce (the numbers before were used, see candor audit log)"
    )]
    Number {
        /// In the challenge.
        asked: u32,
        /// By the log.
        next: u32,
    },
    /// The chain is used up.
    #[error(
        "all {} audits of this commitment were used: commit anew",
        chain::LENGTH
    )]
    Exhausted,
    /// A second sample of the same.
    #[error(
        "{what} were audited already for this classifier, as number {number}: another sample opens more of them; if it \
         was ordered, say so with --again REASON, which is recorded"
    )]
    Repeated {
        /// The population.
        what: &'static str,
        /// The earlier audit.
        number: u32,
    },
    /// A bundle that was made elsewhere, or changed.
    #[error(
        "the custody log of the case has no proof of a bundle with seal {0}: open for the very bundle that candor \
         prove made here"
    )]
    NoSuchBundle(String),
}

/// The audits in a custody log.
pub fn audits(chain: &Chain) -> Vec<Logged> {
    let entries = chain.entries.iter().filter(|entry| entry.action == ACTION);
    let mut found: Vec<Logged> = entries
        .filter_map(|entry| {
            let fact = |name: &str| entry.facts.get(name).cloned();
            Some(Logged {
                number: fact("number")?.parse().ok()?,
                time: entry.time.clone(),
                challenge: fact("challenge")?,
                bundle: fact("bundle")?,
                classifier: fact("classifier")?,
                population: fact("population")?,
                items: fact("items")?,
                reason: fact("reason"),
            })
        })
        .collect();
    found.sort_by_key(|audit| audit.number);
    found
}

/// Whether two populations can have items in common. The same items are in every bundle for a classifier.
fn overlap(a: &str, b: &str) -> bool {
    let named = |id: &str| Stratum::EVERY.into_iter().find(|s| s.id() == id);
    let (Some(one), Some(other)) = (named(a), named(b)) else {
        return a == b;
    };
    let undisclosed = [
        Disposition::NotResponsive,
        Disposition::OutsideForm,
        Disposition::Exception,
        Disposition::Withheld,
    ];
    undisclosed.into_iter().any(|disposition| {
        let both = |partly| one.has(disposition, partly) && other.has(disposition, partly);
        both(false) || both(true)
    })
}

/// The number of the next audit.
pub fn next(audits: &[Logged]) -> u32 {
    audits.last().map_or(1, |last| last.number + 1)
}

/// The seals of the bundles that were proved in a case, with the classifier of each.
pub fn proved(chain: &Chain) -> impl Iterator<Item = (&str, &str)> {
    let entries = chain.entries.iter().filter(|entry| entry.action == PROVE);
    entries.filter_map(|entry| {
        let fact = |name: &str| entry.facts.get(name).map(String::as_str);
        Some((fact(SEAL)?, fact("classifier").unwrap_or_default()))
    })
}

/// Gives the challenge its number in the log of the case, unless it has it already. `again` is why the same
/// items are sampled another time. Returns the audits before it, and whether it had its number.
pub fn admit(
    around: &Surroundings,
    case: &Path,
    challenge: &Challenge,
    again: Option<&str>,
) -> Result<(Vec<Logged>, bool), LogError> {
    let digest = hex::encode(challenge.digest()?);
    let (mut earlier, mut had) = (Vec::new(), false);
    custody::record_with(around, case, ACTION, |chain| {
        if !proved(chain).any(|(seal, _)| seal == challenge.bundle) {
            return Err(LogError::NoSuchBundle(challenge.bundle.clone()));
        }
        let audits = audits(chain);
        let before = |number: u32| -> Vec<Logged> {
            let audits = audits.iter().filter(|audit| audit.number < number);
            audits.cloned().collect()
        };
        // The same challenge once more: the same items, nothing new is revealed.
        if let Some(known) = audits.iter().find(|audit| audit.challenge == digest)
            && known.number == challenge.number
        {
            (earlier, had) = (before(known.number), true);
            return Ok(None);
        }
        let next = next(&audits);
        if next > chain::LENGTH {
            return Err(LogError::Exhausted);
        }
        if challenge.number != next {
            return Err(LogError::Number {
                asked: challenge.number,
                next,
            });
        }
        let same = audits.iter().find(|audit| {
            audit.classifier == challenge.classifier
                && overlap(&audit.population, challenge.population.id())
        });
        if let (Some(same), None) = (same, again) {
            return Err(LogError::Repeated {
                what: challenge.population.items(),
                number: same.number,
            });
        }
        earlier = before(next);
        let mut facts = vec![
            ("number", next.to_string()),
            ("challenge", digest.clone()),
            ("bundle", challenge.bundle.clone()),
            ("classifier", challenge.classifier.clone()),
            ("population", challenge.population.id().to_owned()),
            ("items", challenge.sample.to_string()),
            ("nonce", challenge.nonce.clone()),
        ];
        if let Some(deadline) = &challenge.deadline {
            facts.push(("deadline", deadline.clone()));
        }
        if let Some(reason) = again {
            facts.push(("reason", reason.to_owned()));
        }
        Ok(Some(facts))
    })?;
    Ok((earlier, had))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::challenge::{Population, Size, Terms};

    fn challenge(number: u32, nonce: u8, stratum: Stratum) -> Challenge {
        let population = Population {
            root: "01".repeat(32),
            bundle: "02".repeat(32),
            classifier: "03".repeat(32),
            stratum,
            items: (0..50).collect(),
            matches: 3,
        };
        let terms = Terms {
            confidence: 95.0,
            size: Size::Items(5),
            number,
            deadline: None,
        };
        Challenge::draw(&population, &terms, [nonce; 32]).unwrap()
    }

    fn case() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let facts = [(SEAL, "02".repeat(32)), ("classifier", "03".repeat(32))];
        custody::record(&Surroundings::system(), dir.path(), PROVE, facts).unwrap();
        dir
    }

    #[test]
    fn numbers_go_up_and_belong_to_one_challenge_for_ever() {
        let dir = case();
        let admit = |c: &Challenge, again| {
            admit(&Surroundings::system(), dir.path(), c, again).map(|(earlier, _)| earlier)
        };
        let misses = Stratum::NotResponsive;
        let first = challenge(1, 1, misses);
        assert!(admit(&first, None).unwrap().is_empty());
        // The same once more reveals nothing new, and adds no line.
        admit(&first, None).unwrap();
        assert_eq!(audits(&custody::read(dir.path()).unwrap()).len(), 1);
        // Another nonce for a link that is public by now: the sample could be chosen.
        let other = admit(&challenge(1, 2, Stratum::Exceptions), None);
        assert!(matches!(other, Err(LogError::Number { asked: 1, next: 2 })));
        let skipping = admit(&challenge(3, 2, Stratum::Exceptions), None);
        assert!(matches!(
            skipping,
            Err(LogError::Number { asked: 3, next: 2 })
        ));
        // The same items sampled again, without and with a reason.
        let again = challenge(2, 2, misses);
        assert!(matches!(
            admit(&again, None),
            Err(LogError::Repeated { number: 1, .. })
        ));
        let earlier = admit(&again, Some("order of 3 May")).unwrap();
        assert_eq!(earlier.len(), 1);
        // All of it is partly the same, too; another population needs no reason.
        let all = admit(&challenge(3, 3, Stratum::All), None);
        assert!(matches!(all, Err(LogError::Repeated { number: 1, .. })));
        assert_eq!(
            admit(&challenge(3, 3, Stratum::Withheld), None)
                .unwrap()
                .len(),
            2
        );
        let chain = custody::read(dir.path()).unwrap();
        let audits = audits(&chain);
        assert_eq!(audits[1].reason.as_deref(), Some("order of 3 May"));
        assert_eq!(next(&audits), 4);
    }

    /// Items that were read in part are among those without a match, and may be among those not searched.
    #[test]
    fn populations_with_items_in_common_are_the_same_items_again() {
        let share = |a: Stratum, b: Stratum| overlap(a.id(), b.id());
        for stratum in Stratum::EVERY {
            assert!(share(stratum, stratum));
            let withheld = stratum == Stratum::Withheld;
            assert_eq!(share(stratum, Stratum::Withheld), withheld, "{stratum:?}");
            assert_eq!(share(Stratum::All, stratum), !withheld, "{stratum:?}");
            assert_eq!(share(Stratum::Partly, stratum), !withheld, "{stratum:?}");
        }
        assert!(!share(Stratum::NotResponsive, Stratum::Exceptions));
    }

    #[test]
    fn only_bundles_that_were_proved_here_are_opened_for() {
        let dir = tempfile::tempdir().unwrap();
        let refused = admit(
            &Surroundings::system(),
            dir.path(),
            &challenge(1, 1, Stratum::All),
            None,
        );
        assert!(matches!(refused, Err(LogError::NoSuchBundle(seal)) if seal == "02".repeat(32)));
        assert!(audits(&custody::read(dir.path()).unwrap()).is_empty());
    }
}
