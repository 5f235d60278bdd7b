//! Verifying batch proofs: challenges from the prefix, the link, the stock halo2 verifier, and one final
//! multi-scalar multiplication for all proofs of a row count together.

use std::collections::HashMap;

use ff::Field;
use halo2_proofs::plonk::{VerificationStrategy, VerifyingKey, keygen_vk, verify_proof};
use halo2_proofs::poly::commitment::{Guard, MSM, Params};
use halo2_proofs::transcript::{Blake2bRead, Challenge255, EncodedChallenge};
use pasta_curves::{EqAffine, Fp};
use rand_core::UnwrapErr;

use super::batch::{BatchCircuit, with_shape};
use super::challenge::{Challenges1, Challenges2, Challenges3, PointBytes};
use super::link::{self, LINK_BYTES, LinkProof};
use super::model::Model;
use super::public::{differences, instance};
use super::sealed;
use super::shape::Shape;
use super::statement::Statement;
use crate::params::{self, ParamsError};
use crate::points;

/// Why a batch proof was refused. One variant per check.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// Statement and shape do not belong together.
    #[error("the statement does not fit the circuit: {0}")]
    Statement(&'static str),
    /// Too short to contain the commitments and the link proof.
    #[error("the proof is truncated")]
    Truncated,
    /// More bytes than a proof has.
    #[error("the proof has {0} trailing bytes")]
    Trailing(usize),
    /// A commitment in the prefix is not the canonical encoding of a point other than the identity.
    #[error("the proof contains bytes that encode no point or scalar")]
    Encoding,
    /// The input columns are not the stated combination of the corpus commitments, or the weights not the sealed ones.
    #[error("the proof is not about the committed items (link check failed)")]
    Link,
    /// halo2 refused the proof.
    #[error("the zero-knowledge proof does not verify: {0}")]
    Halo2(String),
    /// The final multi-scalar multiplication is not zero: at least one proof's opening is wrong.
    #[error("the polynomial openings do not verify")]
    Opening,
    /// [`BatchVerifier::finish`] was asked about no proof at all.
    #[error("no proof was given, so nothing is proved")]
    Nothing,
    /// [`BatchVerifier::finish`] was asked after a proof had been refused.
    #[error("a proof was refused before, so the proofs do not verify together")]
    Refused,
    /// No key could be derived for the shape.
    #[error("no verifying key for this shape: {0}")]
    Key(String),
    /// The public parameters could not be loaded.
    #[error(transparent)]
    Params(#[from] ParamsError),
}

/// Defers the final multiplication: yields what must evaluate to the identity.
struct Defer<'p>(MSM<'p, EqAffine>);

impl<'p> VerificationStrategy<'p, EqAffine> for Defer<'p> {
    type Output = MSM<'p, EqAffine>;

    fn process<E: EncodedChallenge<EqAffine>>(
        self,
        f: impl FnOnce(MSM<'p, EqAffine>) -> Result<Guard<'p, EqAffine, E>, halo2_proofs::plonk::Error>,
    ) -> Result<Self::Output, halo2_proofs::plonk::Error> {
        Ok(f(self.0)?.use_challenges())
    }
}

/// Derives the verifying key of a shape.
pub fn verifying_key(shape: &Shape) -> Result<VerifyingKey<EqAffine>, VerifyError> {
    let params = params::halo2(shape.k())?;
    with_shape(shape, || keygen_vk(params, &BatchCircuit::empty()))
        .map_err(|e| VerifyError::Key(e.to_string()))
}

/// Verifies any number of batch proofs; [`BatchVerifier::finish`] gives the verdict on all openings.
///
/// Every other check is done, and reported, when the proof is added. A refused proof spoils the whole: whoever
/// overlooks the answer of [`BatchVerifier::add`] is told again at the end.
#[derive(Debug, Default)]
#[must_use = "nothing is proved before `finish`"]
pub struct BatchVerifier {
    refused: bool,
    keys: HashMap<Shape, VerifyingKey<EqAffine>>,
    deferred: HashMap<u32, MSM<'static, EqAffine>>,
}

impl BatchVerifier {
    /// A verifier that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Checks everything of one proof but its final opening.
    ///
    /// About a network or a sealed classifier: one verifier takes proofs of both.
    pub fn add<'m>(
        &mut self,
        shape: &Shape,
        model: impl Into<Model<'m>>,
        statement: &Statement,
        proof: &[u8],
    ) -> Result<(), VerifyError> {
        let added = self.try_add(shape, model.into(), statement, proof);
        self.refused |= added.is_err();
        added
    }

    fn try_add(
        &mut self,
        shape: &Shape,
        model: Model<'_>,
        statement: &Statement,
        proof: &[u8],
    ) -> Result<(), VerifyError> {
        // Before a key is derived: that takes memory and time in proportion to the shape.
        statement
            .fits(shape, model)
            .map_err(VerifyError::Statement)?;
        if !self.keys.contains_key(shape) {
            self.keys.insert(shape.clone(), verifying_key(shape)?);
        }
        let msm = check(&self.keys[shape], shape, model, statement, proof)?;
        match self.deferred.get_mut(&shape.k()) {
            Some(all) => {
                // A random factor, so that no proof can cancel another's error.
                all.scale(Fp::random(&mut UnwrapErr(rand::rngs::SysRng)));
                all.add_msm(&msm);
            }
            None => {
                self.deferred.insert(shape.k(), msm);
            }
        }
        Ok(())
    }

    /// Checks the openings of all proofs added: there has to be one, and none may have been refused.
    pub fn finish(self) -> Result<(), VerifyError> {
        if self.refused {
            return Err(VerifyError::Refused);
        }
        if self.deferred.is_empty() {
            return Err(VerifyError::Nothing);
        }
        if self.deferred.into_values().all(|msm| msm.eval()) {
            Ok(())
        } else {
            Err(VerifyError::Opening)
        }
    }
}

/// Verifies one proof completely.
pub fn verify_batch<'m>(
    shape: &Shape,
    model: impl Into<Model<'m>>,
    statement: &Statement,
    proof: &[u8],
) -> Result<(), VerifyError> {
    let model = model.into();
    statement
        .fits(shape, model)
        .map_err(VerifyError::Statement)?;
    verify_with_key(&verifying_key(shape)?, shape, model, statement, proof)
}

/// As [`verify_batch`], with a key derived before.
pub fn verify_with_key<'m>(
    key: &VerifyingKey<EqAffine>,
    shape: &Shape,
    model: impl Into<Model<'m>>,
    statement: &Statement,
    proof: &[u8],
) -> Result<(), VerifyError> {
    if check(key, shape, model.into(), statement, proof)?.eval() {
        Ok(())
    } else {
        Err(VerifyError::Opening)
    }
}

fn check(
    key: &VerifyingKey<EqAffine>,
    shape: &Shape,
    model: Model<'_>,
    statement: &Statement,
    proof: &[u8],
) -> Result<MSM<'static, EqAffine>, VerifyError> {
    statement
        .fits(shape, model)
        .map_err(VerifyError::Statement)?;
    let params: &'static Params<EqAffine> = params::halo2(shape.k())?;
    let split = proof
        .len()
        .checked_sub(LINK_BYTES)
        .ok_or(VerifyError::Truncated)?;
    let (halo2, link) = proof.split_at(split);
    let link: &[u8; LINK_BYTES] = link.try_into().map_err(|_| VerifyError::Truncated)?;

    let (stage0, stage1) = (shape.stage0_columns(), shape.stage1_columns());
    let stages = stage0 + stage1 + shape.stage2_columns();
    let mut prefix: Vec<PointBytes> = Vec::with_capacity(stages);
    for chunk in halo2.chunks_exact(32).take(stages) {
        prefix.push(chunk.try_into().map_err(|_| VerifyError::Truncated)?);
    }
    if prefix.len() < stages {
        return Err(VerifyError::Truncated);
    }
    let (stage0, rest) = prefix.split_at(stage0);
    let (stage1, stage2) = rest.split_at(stage1);
    let ch1 = Challenges1::draw(&shape.encode(), &statement.digest(), stage0);
    let ch2 = Challenges2::draw(&ch1, stage1);

    let linked: Vec<EqAffine> = stage1[shape.c_columns()..]
        .iter()
        .map(points::read_point)
        .collect::<Option<_>>()
        .ok_or(VerifyError::Encoding)?;
    let link = LinkProof::from_bytes(link).ok_or(VerifyError::Encoding)?;
    let (combined, weights) = linked.split_at(shape.strips());
    let mut differences = differences(shape, statement, combined, &ch1);
    let (digest, instance) = match model {
        Model::Public(network) => {
            let instance = instance(network, shape, statement, &ch1, &ch2);
            (*ch2.digest(), instance)
        }
        Model::Sealed(known) => {
            differences.extend(sealed::differences(known, weights));
            let ch3 = Challenges3::draw(&ch2, stage2);
            let challenges = (&ch1, &ch2, &ch3);
            let instance = sealed::instance(known.plan(), shape, statement, challenges);
            (*ch3.digest(), instance)
        }
    };
    let bases = link::bases(params::basis(shape.k())?);
    if !link.verify(&digest, &bases, &differences) {
        return Err(VerifyError::Link);
    }

    let mut rest = halo2;
    let msm = {
        let mut transcript = Blake2bRead::<_, EqAffine, Challenge255<_>>::init(&mut rest);
        verify_proof(
            params,
            key,
            Defer(params.empty_msm()),
            &[&[&instance]],
            &mut transcript,
        )
        .map_err(|e| VerifyError::Halo2(e.to_string()))?
    };
    if !rest.is_empty() {
        return Err(VerifyError::Trailing(rest.len()));
    }
    Ok(msm)
}
