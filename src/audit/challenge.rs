//! The challenge: how many items of what are to be opened, and the requester's half of what decides which.
//!
//! The other half is the responder's, committed before ([`crate::commit::chain`]); see [`super::sample`].

use super::sample;
use crate::bundle::Disposition;
use crate::commit::{Hash, chain};
use crate::verify::VerifiedBundle;
use rand::TryRng;
use rand::rngs::{SysError, SysRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const FORMAT: &str = "candor-audit-challenge-2";
/// Longest challenge that is read.
pub const MAX_BYTES: u64 = 1 << 20;

/// Which items of a bundle a sample is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stratum {
    /// Those that were proved not to match.
    NotResponsive,
    /// Those that were not searched: exceptions, and items outside the classifier's form.
    Exceptions,
    /// Both: everything that the search did not find.
    All,
    /// The matches that were kept back.
    Withheld,
    /// Those that were read in part only, and that the search did not find.
    Partly,
}

impl Stratum {
    /// All of them.
    pub const EVERY: [Stratum; 5] = [
        Stratum::NotResponsive,
        Stratum::Exceptions,
        Stratum::All,
        Stratum::Withheld,
        Stratum::Partly,
    ];

    /// Whether items that ended so belong to it.
    /// `partly` says whether the item was read in part.
    pub fn has(self, disposition: Disposition, partly: bool) -> bool {
        match disposition {
            Disposition::NotResponsive | Disposition::OutsideForm if self == Stratum::Partly => {
                partly
            }
            Disposition::NotResponsive => matches!(self, Stratum::NotResponsive | Stratum::All),
            Disposition::Exception | Disposition::OutsideForm => {
                matches!(self, Stratum::Exceptions | Stratum::All)
            }
            Disposition::Withheld => self == Stratum::Withheld,
            Disposition::Produced => false,
        }
    }

    /// The stable name.
    pub fn id(self) -> &'static str {
        match self {
            Stratum::NotResponsive => "not_responsive",
            Stratum::Exceptions => "exceptions",
            Stratum::All => "all",
            Stratum::Withheld => "withheld",
            Stratum::Partly => "partly",
        }
    }

    /// The items in words, as in "12 of the 40 ...".
    pub fn items(self) -> &'static str {
        match self {
            Stratum::NotResponsive => "items that do not match",
            Stratum::Exceptions => "items that could not be searched",
            Stratum::All => "items that the search did not find",
            Stratum::Withheld => "withheld items",
            Stratum::Partly => "items that were read in part and not found",
        }
    }
}

/// The items that an audit draws from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Population {
    /// Root of the corpus, in hexadecimal.
    pub root: String,
    /// SHA-256 of the bundle's tag manifest, in hexadecimal.
    pub bundle: String,
    /// SHA-256 of the classifier, in hexadecimal.
    pub classifier: String,
    /// Which items of the bundle these are.
    pub stratum: Stratum,
    /// The items, ascending.
    pub items: Vec<u32>,
    /// How many items of the bundle match.
    pub matches: u32,
}

/// A challenge, as its file has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    format: String,
    /// Root of the corpus.
    pub root: String,
    /// SHA-256 of the bundle's tag manifest.
    pub bundle: String,
    /// SHA-256 of the classifier.
    pub classifier: String,
    /// What is drawn from.
    pub population: Stratum,
    /// How many items that are.
    pub population_count: u32,
    /// How many of them are to be opened.
    pub sample: u32,
    /// Confidence in per cent, for the size of the sample and the interval.
    pub confidence: f64,
    /// Margin of error in per cent; absent if the size was chosen by hand.
    pub margin: Option<f64>,
    /// The audit's number: 1 for the first over this commitment, and one more each time.
    pub number: u32,
    /// What the responder could not foresee, in hexadecimal.
    pub nonce: String,
    /// Until when a complete answer is expected (RFC 3339); afterwards there is none.
    pub deadline: Option<String>,
}

/// What the author of a challenge chooses beside the population and the nonce.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// In per cent.
    pub confidence: f64,
    /// How many items.
    pub size: Size,
    /// The audit's number.
    pub number: u32,
    /// Until when, RFC 3339 or a date, which means its end.
    pub deadline: Option<String>,
}

/// How large a sample is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Size {
    /// Enough for this margin, in per cent.
    Margin(f64),
    /// This many.
    Items(u32),
}

/// Why there is no challenge, or it is refused.
#[derive(Debug, thiserror::Error)]
pub enum ChallengeError {
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No randomness.
    #[error("the operating system gave no random numbers: {0}")]
    Random(#[from] SysError),
    /// Nothing to draw from.
    #[error("the bundle has no {}, so there is nothing to draw from", .0.items())]
    Empty(Stratum),
    /// Nonsense.
    #[error("{0}")]
    Parameter(&'static str),
    /// Not a challenge.
    #[error("it is not a challenge: {0}")]
    Json(#[from] serde_json::Error),
    /// Another format.
    #[error("it has format '{0}'; this version of candor reads '{FORMAT}'")]
    Format(String),
    /// A challenge to another bundle.
    #[error("the challenge is to another {0}")]
    Other(&'static str),
    /// A size that its margin does not give, or that there are not as many items for.
    #[error("the challenge asks for {asked} of {count} items; what it states gives {size}")]
    Sample {
        /// In the challenge.
        asked: u32,
        /// Of the population.
        count: u32,
        /// By margin and confidence.
        size: u32,
    },
    /// No such number.
    #[error(
        "audits are numbered from 1 to {last}, and this is number {0}",
        last = chain::LENGTH
    )]
    Number(u32),
    /// No such time.
    #[error(
        "the deadline '{0}' is not a time such as 2026-05-03T17:00:00Z, nor a date such as 2026-05-03"
    )]
    Deadline(String),
    /// A nonce that is not 32 bytes.
    #[error("the challenge's nonce is not 64 hexadecimal digits")]
    Nonce,
}

impl Population {
    /// Of a bundle that verifies: an audit of any other would be about nothing.
    pub fn of(verified: &VerifiedBundle, stratum: Stratum) -> Self {
        let dispositions = verified.dispositions();
        let manifest = verified.bundle().manifest();
        Population {
            root: manifest.root.clone(),
            bundle: hex::encode(verified.bundle().seal()),
            classifier: manifest.classifier.clone(),
            stratum,
            items: dispositions
                .iter()
                .zip(verified.leaves())
                .filter(|((_, disposition), leaf)| stratum.has(*disposition, leaf.is_partly_read()))
                .map(|((index, _), _)| index)
                .collect(),
            matches: dispositions.count(Disposition::Produced)
                + dispositions.count(Disposition::Withheld),
        }
    }
}

fn bytes32(text: &str) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    hex::decode_to_slice(text, &mut out).ok()?;
    (hex::encode(out) == text).then_some(out)
}

/// A deadline as it is written down: a date means its end.
pub(crate) fn deadline(text: &str) -> Result<String, ChallengeError> {
    let wrong = || ChallengeError::Deadline(text.to_owned());
    let whole = match text.len() {
        10 => format!("{text}T23:59:59Z"),
        _ => text.to_owned(),
    };
    let time = OffsetDateTime::parse(&whole, &Rfc3339).map_err(|_| wrong())?;
    time.format(&Rfc3339).map_err(|_| wrong())
}

impl Challenge {
    /// A challenge. The nonce must be chosen after the bundle was handed over.
    pub fn draw(
        population: &Population,
        terms: &Terms,
        nonce: [u8; 32],
    ) -> Result<Self, ChallengeError> {
        if population.items.is_empty() {
            return Err(ChallengeError::Empty(population.stratum));
        }
        if !(50.0..=99.99).contains(&terms.confidence) {
            return Err(ChallengeError::Parameter(
                "the confidence is between 50 and 99.99 per cent",
            ));
        }
        if !(1..=chain::LENGTH).contains(&terms.number) {
            return Err(ChallengeError::Number(terms.number));
        }
        let count = population.items.len() as u32;
        let (n, margin) = match terms.size {
            Size::Items(0) => {
                return Err(ChallengeError::Parameter("a sample has at least one item"));
            }
            Size::Items(n) => (n.min(count), None),
            Size::Margin(margin) if (0.1..=50.0).contains(&margin) => (
                sample::size(count, terms.confidence / 100.0, margin / 100.0),
                Some(margin),
            ),
            Size::Margin(_) => {
                return Err(ChallengeError::Parameter(
                    "the margin is between 0.1 and 50 per cent",
                ));
            }
        };
        Ok(Challenge {
            format: FORMAT.to_owned(),
            root: population.root.clone(),
            bundle: population.bundle.clone(),
            classifier: population.classifier.clone(),
            population: population.stratum,
            population_count: count,
            sample: n,
            confidence: terms.confidence,
            margin,
            number: terms.number,
            nonce: hex::encode(nonce),
            deadline: terms.deadline.as_deref().map(deadline).transpose()?,
        })
    }

    /// What the seed binds: everything that decides on the items, so that the same challenge with a later
    /// deadline has the same sample.
    pub fn digest(&self) -> Result<Hash, ChallengeError> {
        let bytes = |text: &str, what| bytes32(text).ok_or(ChallengeError::Other(what));
        let name = self.population.id();
        Ok(Sha256::new_with_prefix(b"candor/audit/challenge/v2\0")
            .chain_update(bytes(&self.root, "corpus")?)
            .chain_update(bytes(&self.bundle, "bundle")?)
            .chain_update(bytes(&self.classifier, "classifier")?)
            .chain_update((name.len() as u32).to_le_bytes())
            .chain_update(name)
            .chain_update(self.population_count.to_le_bytes())
            .chain_update(self.sample.to_le_bytes())
            .chain_update(bytes32(&self.nonce).ok_or(ChallengeError::Nonce)?)
            .finalize()
            .into())
    }

    /// The first thing in which another challenge is not this one, with what each says. The deadline may have been put
    /// off since.
    pub fn contradicted(&self, other: &Challenge) -> Option<(&'static str, String, String)> {
        let margin = |c: &Challenge| {
            c.margin
                .map_or("none".to_owned(), |margin| margin.to_string())
        };
        let stated = |c: &Challenge| {
            [
                ("corpus", c.root.clone()),
                ("bundle", c.bundle.clone()),
                ("classifier", c.classifier.clone()),
                ("population", c.population.id().to_owned()),
                (
                    "number of items to draw from",
                    c.population_count.to_string(),
                ),
                ("number of samples", c.sample.to_string()),
                ("confidence", c.confidence.to_string()),
                ("margin", margin(c)),
                ("number of the audit", c.number.to_string()),
                ("nonce", c.nonce.clone()),
            ]
        };
        let pairs = stated(self).into_iter().zip(stated(other));
        let mut other = pairs.filter(|((_, own), (_, other))| own != other);
        other
            .next()
            .map(|((what, own), (_, other))| (what, own, other))
    }

    /// The items to open, once the responder's half of the seed is known.
    pub fn items(&self, population: &Population, link: &Hash) -> Result<Vec<u32>, ChallengeError> {
        let seed = sample::seed(&self.digest()?, self.number, link);
        Ok(sample::choose(seed, &population.items, self.sample))
    }

    /// The deadline as a time.
    pub fn deadline_time(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::parse(self.deadline.as_deref()?, &Rfc3339).ok()
    }

    /// A nonce from the operating system.
    pub fn fresh_nonce() -> Result<[u8; 32], ChallengeError> {
        let mut nonce = [0; 32];
        SysRng.try_fill_bytes(&mut nonce)?;
        Ok(nonce)
    }

    /// A nonce from words that several people agreed on, a newspaper's headline, or dice.
    pub fn nonce_from_text(text: &str) -> [u8; 32] {
        match bytes32(text) {
            Some(nonce) => nonce,
            None => Sha256::new_with_prefix(b"candor/audit/nonce/v1\0")
                .chain_update(text)
                .finalize()
                .into(),
        }
    }

    /// Whether this is a challenge to that bundle, and asks for what it may ask for.
    pub fn check(&self, population: &Population) -> Result<(), ChallengeError> {
        if self.root != population.root {
            return Err(ChallengeError::Other("corpus"));
        }
        if self.bundle != population.bundle {
            return Err(ChallengeError::Other("bundle"));
        }
        if self.classifier != population.classifier {
            return Err(ChallengeError::Other("classifier"));
        }
        if self.population != population.stratum
            || self.population_count as usize != population.items.len()
        {
            return Err(ChallengeError::Other("population"));
        }
        let terms = Terms {
            confidence: self.confidence,
            size: match self.margin {
                Some(margin) => Size::Margin(margin),
                None => Size::Items(self.sample),
            },
            number: self.number,
            deadline: self.deadline.clone(),
        };
        let nonce = bytes32(&self.nonce).ok_or(ChallengeError::Nonce)?;
        let drawn = Challenge::draw(population, &terms, nonce)?;
        if drawn.sample != self.sample {
            return Err(ChallengeError::Sample {
                asked: self.sample,
                count: self.population_count,
                size: drawn.sample,
            });
        }
        Ok(())
    }

    /// The file's bytes.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }

    /// Parses a file.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ChallengeError> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
        }
        match crate::input::json(bytes) {
            Ok(Head { format }) if format != FORMAT => Err(ChallengeError::Format(format)),
            _ => Ok(crate::input::json(bytes)?),
        }
    }

    /// Reads a file.
    pub fn load(path: &Path) -> Result<Self, ChallengeError> {
        let io = |source| ChallengeError::Io {
            path: path.to_owned(),
            source,
        };
        let bytes = crate::input::read(path, MAX_BYTES).map_err(io)?;
        let challenge = Self::from_json(&bytes);
        let own = bytes
            .windows(24)
            .any(|at| at == b"\"candor-audit-challenge-");
        match crate::input::another(&bytes, "challenge").filter(|_| challenge.is_err() && !own) {
            Some(source) => Err(io(source)),
            None => challenge,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn population() -> Population {
        Population {
            root: "01".repeat(32),
            bundle: "02".repeat(32),
            classifier: "03".repeat(32),
            stratum: Stratum::NotResponsive,
            items: (0..500).map(|i| i * 2).collect(),
            matches: 3,
        }
    }

    fn terms(confidence: f64, size: Size) -> Terms {
        Terms {
            confidence,
            size,
            number: 1,
            deadline: None,
        }
    }

    #[test]
    fn challenges_hold_for_their_bundle_and_what_they_state_only() {
        let population = population();
        let wanted = Terms {
            deadline: Some("2026-05-03".into()),
            ..terms(95.0, Size::Margin(10.0))
        };
        let challenge = Challenge::draw(&population, &wanted, [7; 32]).unwrap();
        assert_eq!(challenge.sample, 81);
        assert_eq!(challenge.deadline.as_deref(), Some("2026-05-03T23:59:59Z"));
        let again = Challenge::from_json(&challenge.to_json()).unwrap();
        assert_eq!(again, challenge);
        again.check(&population).unwrap();

        // Another size than the margin gives, and more than there are.
        for (margin, sample) in [(Some(10.0), 82), (None, 501), (None, 0)] {
            let other = Challenge {
                margin,
                sample,
                ..challenge.clone()
            };
            assert!(other.check(&population).is_err(), "{margin:?} {sample}");
        }
        for number in [0, chain::LENGTH + 1] {
            let other = Challenge {
                number,
                ..challenge.clone()
            };
            let refused = other.check(&population);
            assert!(matches!(refused, Err(ChallengeError::Number(_))));
        }
        type Change = fn(&mut Population);
        let others: [(&str, Change); 5] = [
            ("corpus", |p| p.root = "09".repeat(32)),
            ("bundle", |p| p.bundle = "04".repeat(32)),
            ("classifier", |p| p.classifier = "09".repeat(32)),
            ("population", |p| p.stratum = Stratum::Withheld),
            ("population", |p| p.items.truncate(499)),
        ];
        for (what, change) in others {
            let mut other = population.clone();
            change(&mut other);
            let refused = challenge.check(&other);
            assert!(matches!(refused, Err(ChallengeError::Other(found)) if found == what));
        }
    }

    /// Everything that decides on the sample is in the digest, the deadline is not.
    #[test]
    fn the_digest_binds_what_decides_on_the_items() {
        let population = population();
        let challenge =
            Challenge::draw(&population, &terms(95.0, Size::Items(9)), [7; 32]).unwrap();
        let mut by_hand = b"candor/audit/challenge/v2\0".to_vec();
        for byte in [1, 2, 3] {
            by_hand.extend([byte; 32]);
        }
        by_hand.extend(14u32.to_le_bytes());
        by_hand.extend(b"not_responsive");
        by_hand.extend(500u32.to_le_bytes());
        by_hand.extend(9u32.to_le_bytes());
        by_hand.extend([7; 32]);
        let digest = challenge.digest().unwrap();
        assert_eq!(digest, <Hash>::from(Sha256::digest(by_hand)));
        let later = Challenge {
            deadline: Some("2027-01-01T00:00:00Z".into()),
            ..challenge.clone()
        };
        assert_eq!(later.digest().unwrap(), digest);
        // The items depend on the responder's half and on the number besides.
        let items = |c: &Challenge, link| c.items(&population, &[link; 32]).unwrap();
        let first = items(&challenge, 1);
        assert_eq!(first.len(), 9);
        assert_ne!(first, items(&challenge, 2));
        let second = Challenge {
            number: 2,
            ..challenge.clone()
        };
        assert_ne!(first, items(&second, 1));
    }

    #[test]
    fn deadlines_are_times_or_dates() {
        let at = |text: &str| {
            let wanted = Terms {
                deadline: Some(text.into()),
                ..terms(95.0, Size::Items(1))
            };
            Challenge::draw(&population(), &wanted, [0; 32])
        };
        assert!(
            at("2026-05-03T17:00:00+02:00")
                .unwrap()
                .deadline_time()
                .is_some()
        );
        for text in ["tomorrow", "2026-13-03", "3.5.2026", ""] {
            assert!(
                matches!(at(text), Err(ChallengeError::Deadline(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn every_item_that_is_not_produced_can_be_drawn() {
        use Disposition::*;
        for (stratum, has) in [
            (Stratum::NotResponsive, &[NotResponsive][..]),
            (Stratum::Exceptions, &[Exception, OutsideForm]),
            (Stratum::All, &[NotResponsive, Exception, OutsideForm]),
            (Stratum::Withheld, &[Withheld]),
        ] {
            for disposition in [Produced, Withheld, NotResponsive, Exception, OutsideForm] {
                for partly in [false, true] {
                    let belongs = stratum.has(disposition, partly);
                    assert_eq!(belongs, has.contains(&disposition));
                }
            }
        }
        for disposition in [Produced, Withheld, NotResponsive, Exception, OutsideForm] {
            let unfound = matches!(disposition, NotResponsive | OutsideForm);
            assert_eq!(Stratum::Partly.has(disposition, true), unfound);
            assert!(!Stratum::Partly.has(disposition, false));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let mut population = population();
        let draw = |p: &Population, c, s| Challenge::draw(p, &terms(c, s), [0; 32]);
        assert!(draw(&population, 0.95, Size::Items(5)).is_err());
        assert!(draw(&population, 95.0, Size::Items(0)).is_err());
        assert!(draw(&population, 95.0, Size::Margin(f64::NAN)).is_err());
        assert!(draw(&population, f64::NAN, Size::Margin(5.0)).is_err());
        assert_eq!(
            draw(&population, 95.0, Size::Items(9999)).unwrap().sample,
            500
        );
        population.items.clear();
        assert!(matches!(
            draw(&population, 95.0, Size::Items(5)),
            Err(ChallengeError::Empty(Stratum::NotResponsive))
        ));
    }

    #[test]
    fn nonces_come_from_hexadecimal_or_from_words() {
        assert_eq!(Challenge::nonce_from_text(&"ab".repeat(32)), [0xab; 32]);
        assert_ne!(
            Challenge::nonce_from_text("heads tails heads"),
            Challenge::nonce_from_text("heads tails tails")
        );
    }
}
