//! The secret part of a sealed classifier, and sealing.
//!
//! ```text
//! "candor-seal-secret-1\n"          21 bytes
//! SHA-256 of the sealed file        32 bytes
//! length of the classifier file     u32, little-endian
//! the classifier file               as it was before sealing
//! one blinding factor per strip     32 bytes each, little-endian, reduced
//! ```

use ff::PrimeField;
use halo2_proofs::pasta::Fp;
use zeroize::Zeroizing;

use super::file::{SECRET_MAGIC, SealError, SealedClassifier, take, take_long, too_large};
use crate::classify::card::Card;
use crate::classify::plan::parameters;
use crate::classify::{Classifier, Network, Plan, file};
use crate::pedersen;
use crate::wipe::Wiped;

/// A sealed classifier with what opens it: overwritten when dropped.
///
/// It cannot be made but by [`seal`] and [`Opening::from_bytes`], so its numbers are those that the sealed file commits
/// to, and they passed the static bounds of every [`Network`].
pub struct Opening {
    sealed: SealedClassifier,
    classifier: Classifier,
    blinds: Wiped,
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opening")
            .field("sealed", &self.sealed)
            .finish_non_exhaustive()
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.classifier.wipe();
    }
}

/// Seals a classifier under fresh blinding factors; `card` is what is said about it in public
/// ([`Card::published`] says the least), and `disclosed` are the layers whose activations are stated with every verdict
/// ([`Plan::disclosing`]): none, for a yes or no.
pub fn seal(
    mut classifier: Classifier,
    card: Card,
    disclosed: Vec<usize>,
) -> Result<Opening, SealError> {
    match commit(classifier.network(), card, disclosed) {
        Ok((sealed, blinds)) => Ok(Opening {
            sealed,
            classifier,
            blinds,
        }),
        Err(error) => {
            classifier.wipe();
            Err(error)
        }
    }
}

fn commit(
    network: &Network,
    card: Card,
    disclosed: Vec<usize>,
) -> Result<(SealedClassifier, Wiped), SealError> {
    let plan = Plan::of(network).disclosing(disclosed)?;
    let mut blinds = Wiped(Vec::with_capacity(plan.strips()));
    for _ in 0..plan.strips() {
        blinds.0.push(pedersen::random_blind()?);
    }
    let points = pedersen::commit_integers(&plan.form(), &parameters(network), &blinds)?;
    Ok((SealedClassifier::new(card, plan, points)?, blinds))
}

impl Opening {
    /// Reads the secret part of `sealed`, and sees that it opens it.
    pub fn from_bytes(sealed: SealedClassifier, bytes: &[u8]) -> Result<Self, SealError> {
        let points = 32 * sealed.commitments().len() as u64;
        too_large(
            "the secret part",
            bytes.len() as u64,
            file::MAX_FILE + points + 64,
        )?;
        let mut rest = bytes.strip_prefix(SECRET_MAGIC).ok_or(SealError::Magic(
            "candor-seal-secret-1",
            "the secret part of a seal",
        ))?;
        let named = take(&mut rest, 32, "the hash of the sealed file")?;
        if named != sealed.hash() {
            return Err(SealError::OtherSeal {
                expected: hex::encode(sealed.hash()),
                found: hex::encode(named),
            });
        }
        let classifier = take_long(&mut rest, file::MAX_FILE, "the classifier")?;
        let mut opening = Opening {
            blinds: Wiped(Vec::with_capacity(sealed.commitments().len())),
            classifier: Classifier::from_bytes(classifier)?,
            sealed,
        };
        let strips = opening.sealed.commitments().len();
        let blinds = take(&mut rest, 32 * strips, "the blinding factors")?;
        if !rest.is_empty() {
            return Err(SealError::Trailing(rest.len()));
        }
        for (s, blind) in blinds.as_chunks::<32>().0.iter().enumerate() {
            let blind: Option<Fp> = Fp::from_repr(*blind).into();
            opening.blinds.0.push(blind.ok_or(SealError::Blind(s))?);
        }
        opening.check()?;
        Ok(opening)
    }

    fn check(&self) -> Result<(), SealError> {
        let plan = self.sealed.plan();
        if Plan::of(self.network()).disclosing(plan.disclosed().to_vec())? != *plan {
            let why = "its classifier has another architecture".to_owned();
            return Err(SealError::DoesNotOpen(why));
        }
        let points =
            pedersen::commit_integers(&plan.form(), &parameters(self.network()), &self.blinds)?;
        match (0..points.len()).find(|s| points[*s] != self.sealed.commitments()[*s]) {
            Some(s) => Err(SealError::DoesNotOpen(format!(
                "strip {s} of its weights or its blinding factor is another"
            ))),
            None => Ok(()),
        }
    }

    /// The secret part's bytes: for a file that nobody else can read.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let classifier = Zeroizing::new(self.classifier.to_bytes());
        let length = SECRET_MAGIC.len() + 32 + 4 + classifier.len() + 32 * self.blinds.len();
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        bytes.extend(SECRET_MAGIC);
        bytes.extend(self.sealed.hash());
        bytes.extend((classifier.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&classifier);
        for blind in self.blinds.iter() {
            bytes.extend(blind.to_repr());
        }
        bytes
    }

    /// The public part.
    pub fn sealed(&self) -> &SealedClassifier {
        &self.sealed
    }

    /// The classifier as it was before sealing.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// The secret network.
    pub fn network(&self) -> &Network {
        self.classifier.network()
    }

    /// The blinding factors, one per strip.
    pub(crate) fn blinds(&self) -> &[Fp] {
        &self.blinds
    }

    /// The secret numbers, in the order of the plan.
    pub(crate) fn parameters(&self) -> Zeroizing<Vec<i64>> {
        parameters(self.network())
    }
}
