//! What comes with the opened items: the responder's half of the seed, and the audits before this one.

use super::challenge::{Challenge, ChallengeError, Population};
use super::history::History;
use super::log::Logged;
use crate::commit::{Commitment, Hash, chain};
use serde::{Deserialize, Serialize};

const FORMAT: &str = "candor-audit-answer-2";
/// Longest answer that is read.
pub const MAX_BYTES: u64 = 4 << 20;

/// The file `data/answer.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    format: String,
    /// Digest of the challenge.
    pub challenge: String,
    /// The audit's number.
    pub number: u32,
    /// The link of the commitment's chain, in hexadecimal.
    pub link: String,
    /// The items that follow from both halves, ascending.
    pub items: Vec<u32>,
    /// The audits over this commitment before this one.
    pub earlier: Vec<Logged>,
}

/// Why an answer is refused.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// Not such a file.
    #[error("data/answer.json is not an answer: {0}")]
    Json(#[from] serde_json::Error),
    /// Another format.
    #[error("data/answer.json has format '{0}'; this version of candor reads '{FORMAT}'")]
    Format(String),
    /// The challenge.
    #[error(transparent)]
    Challenge(#[from] ChallengeError),
    /// To another challenge.
    #[error("the openings answer another challenge than the one given")]
    OtherChallenge,
    /// A link that the commitment does not have.
    #[error(
        "what the responder reveals as its half of the seed is not the one of audit {0} that the commitment \
         holds: the sample was not drawn at random"
    )]
    Link(u32),
    /// Items that the seed does not give.
    #[error("the items that were opened are not those that both halves of the seed give")]
    Items,
    /// Audits before this one that are not told, or told otherwise.
    #[error(
        "the answer does not tell of all audits before number {number}, or tells of them otherwise than the bundle does: \
         numbers are used one after the other, so there were {before}; ask for an answer that names every one (candor \
         audit log)",
        before = number - 1
    )]
    Earlier {
        /// The audit's number.
        number: u32,
    },
    /// A number whose link may be known to whoever chose the nonce.
    #[error(
        "the challenge has number {number}, and the bundle says that this number was used before: whoever saw the answer \
         then could foresee this sample; draw a challenge with a later number"
    )]
    Used {
        /// The audit's number.
        number: u32,
    },
}

impl Answer {
    /// To a challenge, with its link.
    pub fn new(
        challenge: &Challenge,
        population: &Population,
        link: &Hash,
        earlier: Vec<Logged>,
    ) -> Result<Self, ChallengeError> {
        Ok(Answer {
            format: FORMAT.to_owned(),
            challenge: hex::encode(challenge.digest()?),
            number: challenge.number,
            link: hex::encode(link),
            items: challenge.items(population, link)?,
            earlier,
        })
    }

    /// The file's bytes.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }

    /// Parses a file.
    pub fn from_json(bytes: &[u8]) -> Result<Self, AnswerError> {
        let answer: Answer = crate::input::json(bytes)?;
        match answer.format == FORMAT {
            true => Ok(answer),
            false => Err(AnswerError::Format(answer.format)),
        }
    }

    /// Whether it answers this challenge with the one link that the commitment allows, and names exactly
    /// the items that follow.
    pub fn check(
        &self,
        challenge: &Challenge,
        population: &Population,
        commitment: &Commitment,
        history: &History,
    ) -> Result<(), AnswerError> {
        if self.challenge != hex::encode(challenge.digest()?) || self.number != challenge.number {
            return Err(AnswerError::OtherChallenge);
        }
        let mut link = [0; 32];
        let parsed = hex::decode_to_slice(&self.link, &mut link).is_ok();
        if !parsed || !chain::belongs(commitment.audit_anchor(), self.number, &link) {
            return Err(AnswerError::Link(self.number));
        }
        if challenge.items(population, &link)? != self.items {
            return Err(AnswerError::Items);
        }
        let number = challenge.number;
        if !history.allows(number) {
            return Err(AnswerError::Used { number });
        }
        let told = |(used, digest, seal): &(u32, String, String)| {
            let mut earlier = self.earlier.iter();
            earlier.any(|a| a.number == *used && a.challenge == *digest && a.bundle == *seal)
        };
        let numbers = self.earlier.iter().map(|audit| audit.number);
        match numbers.eq(1..number) && history.audits.iter().all(told) {
            true => Ok(()),
            false => Err(AnswerError::Earlier { number }),
        }
    }
}
