//! The challenge: which items are to be opened, and why exactly those.

use super::sample;
use crate::bundle::{Bundle, BundleError, Disposition, Dispositions, ManifestError, bag};
use rand::TryRng;
use rand::rngs::{SysError, SysRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

const FORMAT: &str = "candor-audit-challenge-1";
/// Longest challenge that is read.
pub const MAX_BYTES: u64 = 64 << 20;

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
}

impl Stratum {
    /// Whether items that ended so belong to it.
    pub fn has(self, disposition: Disposition) -> bool {
        match disposition {
            Disposition::NotResponsive => matches!(self, Stratum::NotResponsive | Stratum::All),
            Disposition::Exception | Disposition::OutsideForm => {
                matches!(self, Stratum::Exceptions | Stratum::All)
            }
            Disposition::Withheld => self == Stratum::Withheld,
            Disposition::Produced => false,
        }
    }

    /// The items in words, as in "12 of the 40 ...".
    pub fn items(self) -> &'static str {
        match self {
            Stratum::NotResponsive => "items that do not match",
            Stratum::Exceptions => "items that could not be searched",
            Stratum::All => "items that the search did not find",
            Stratum::Withheld => "withheld items",
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
    /// Confidence in per cent, for the size of the sample and the interval.
    pub confidence: f64,
    /// Margin of error in per cent; absent if the size was chosen by hand.
    pub margin: Option<f64>,
    /// What the responder could not foresee, in hexadecimal.
    pub nonce: String,
    /// The items to open, ascending.
    pub items: Vec<u32>,
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
    /// The bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// Its dispositions.
    #[error("{0}")]
    Dispositions(#[from] ManifestError),
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
    /// Items that the seed does not give.
    #[error("the challenge names items that its nonce does not give: it was not drawn at random")]
    Items,
}

impl Population {
    /// Of a bundle, which is checked as far as its packaging and its dispositions go.
    pub fn of(dir: &Path, stratum: Stratum) -> Result<Self, ChallengeError> {
        let bundle = Bundle::open(dir)?;
        let leaves = bundle.leaves()?;
        let dispositions = Dispositions::derive(bundle.manifest(), &leaves)?;
        let path = dir.join(bag::TAG_MANIFEST);
        let tags = std::fs::read(&path).map_err(|source| ChallengeError::Io { path, source })?;
        Ok(Population {
            root: bundle.manifest().root.clone(),
            bundle: hex::encode(Sha256::digest(tags)),
            classifier: bundle.manifest().classifier.clone(),
            stratum,
            items: dispositions
                .iter()
                .filter(|(_, disposition)| stratum.has(*disposition))
                .map(|(index, _)| index)
                .collect(),
            matches: dispositions.count(Disposition::Produced)
                + dispositions.count(Disposition::Withheld),
        })
    }
}

fn bytes32(text: &str) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    hex::decode_to_slice(text, &mut out).ok()?;
    (hex::encode(out) == text).then_some(out)
}

impl Challenge {
    /// Draws a sample. The nonce must be chosen after the bundle was handed over.
    pub fn draw(
        population: &Population,
        confidence: f64,
        size: Size,
        nonce: [u8; 32],
    ) -> Result<Self, ChallengeError> {
        if population.items.is_empty() {
            return Err(ChallengeError::Empty(population.stratum));
        }
        if !(50.0..=99.99).contains(&confidence) {
            return Err(ChallengeError::Parameter(
                "the confidence is between 50 and 99.99 per cent",
            ));
        }
        let count = population.items.len() as u32;
        let (n, margin) = match size {
            Size::Items(0) => {
                return Err(ChallengeError::Parameter("a sample has at least one item"));
            }
            Size::Items(n) => (n.min(count), None),
            Size::Margin(margin) if (0.1..=50.0).contains(&margin) => (
                sample::size(count, confidence / 100.0, margin / 100.0),
                Some(margin),
            ),
            Size::Margin(_) => {
                return Err(ChallengeError::Parameter(
                    "the margin is between 0.1 and 50 per cent",
                ));
            }
        };
        let mut challenge = Challenge {
            format: FORMAT.to_owned(),
            root: population.root.clone(),
            bundle: population.bundle.clone(),
            classifier: population.classifier.clone(),
            population: population.stratum,
            population_count: count,
            confidence,
            margin,
            nonce: hex::encode(nonce),
            items: Vec::new(),
        };
        challenge.items = challenge
            .sample(population, n)
            .ok_or(ChallengeError::Items)?;
        Ok(challenge)
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

    fn sample(&self, population: &Population, n: u32) -> Option<Vec<u32>> {
        let seed = sample::seed(
            &bytes32(&self.root)?,
            &bytes32(&self.bundle)?,
            &bytes32(&self.nonce)?,
        );
        Some(sample::choose(seed, &population.items, n))
    }

    /// Whether this is a challenge to that bundle, with exactly the items that its nonce gives.
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
        if self.population != population.stratum {
            return Err(ChallengeError::Other("population"));
        }
        let size = match self.margin {
            Some(margin) => Size::Margin(margin),
            None => Size::Items(self.items.len() as u32),
        };
        let nonce = bytes32(&self.nonce).ok_or(ChallengeError::Items)?;
        if Challenge::draw(population, self.confidence, size, nonce)? == *self {
            Ok(())
        } else {
            Err(ChallengeError::Items)
        }
    }

    /// The file's bytes.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }

    /// Parses a file.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ChallengeError> {
        let challenge: Challenge = serde_json::from_slice(bytes)?;
        if challenge.format != FORMAT {
            return Err(ChallengeError::Format(challenge.format));
        }
        Ok(challenge)
    }

    /// Reads a file.
    pub fn load(path: &Path) -> Result<Self, ChallengeError> {
        use std::io::Read;
        let io = |source| ChallengeError::Io {
            path: path.to_owned(),
            source,
        };
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map_err(io)?;
        file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(io)?;
        Self::from_json(&bytes)
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

    #[test]
    fn challenges_hold_for_their_bundle_and_their_sample_only() {
        let population = population();
        let challenge = Challenge::draw(&population, 95.0, Size::Margin(10.0), [7; 32]).unwrap();
        assert_eq!(challenge.items.len(), 81);
        let again = Challenge::from_json(&challenge.to_json()).unwrap();
        assert_eq!(again, challenge);
        again.check(&population).unwrap();

        // A requester who wants to see a certain item, or another sample size than stated.
        let mut picked = challenge.clone();
        picked.items[3] += 2;
        assert!(matches!(
            picked.check(&population),
            Err(ChallengeError::Items)
        ));
        let mut fewer = challenge.clone();
        fewer.items.pop();
        assert!(fewer.check(&population).is_err());
        let mut other = population.clone();
        other.bundle = "04".repeat(32);
        assert!(matches!(
            challenge.check(&other),
            Err(ChallengeError::Other("bundle"))
        ));
        let mut other = population.clone();
        other.stratum = Stratum::Withheld;
        assert!(matches!(
            challenge.check(&other),
            Err(ChallengeError::Other("population"))
        ));
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
                assert_eq!(stratum.has(disposition), has.contains(&disposition));
            }
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let mut population = population();
        let draw = |p: &Population, c, s| Challenge::draw(p, c, s, [0; 32]);
        assert!(draw(&population, 0.95, Size::Items(5)).is_err());
        assert!(draw(&population, 95.0, Size::Items(0)).is_err());
        assert!(draw(&population, 95.0, Size::Margin(f64::NAN)).is_err());
        assert!(draw(&population, f64::NAN, Size::Margin(5.0)).is_err());
        assert_eq!(
            draw(&population, 95.0, Size::Items(9999))
                .unwrap()
                .items
                .len(),
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
