//! Proving one batch: witness, stages, challenges, link.
//!
//! Challenges depend on the commitments of stages 0 and 1, which stand at the front of the halo2 proof; the
//! proof itself is written by the module `argument`.

pub(super) mod argument;
pub(super) mod coefficients;
pub(super) mod constants;
mod lookups;
pub(super) mod parameters;
pub(super) mod rows;
pub mod witness;

use group::GroupEncoding;
use pasta_curves::{EqAffine, Fp};
use rayon::prelude::*;
use zeroize::Zeroize;

use self::argument::{Argument, Blinding, Randomness, Secret};
use self::witness::Witness;
use super::challenge::{Challenges1, Challenges2, Challenges3, PointBytes};
use super::error::CircuitError;
use super::forms;
use super::link::{self, BASES, LinkProof};
use super::model::Model;
use super::public::{differences, instance};
use super::sealed;
use super::shape::Shape;
use super::statement::Statement;
use crate::classify::{Network, Trace, trace};
use crate::sealed::Opening;
use crate::wipe::wipe;

/// The secret side of one item.
#[derive(Clone, Copy, Debug)]
pub struct BatchInput<'a> {
    /// The canonical vector, one byte per entry.
    pub vector: &'a [u8],
    /// Blinds of the item's commitments, one per strip.
    pub blinds: &'a [Fp],
}

/// The network that a proof is about, as its prover knows it.
#[derive(Clone, Copy, Debug)]
pub enum Known<'k> {
    /// Everybody knows it.
    Public(&'k Network),
    /// Its weights are a secret, and this is it.
    Sealed(&'k Opening),
}

impl<'k> From<&'k Network> for Known<'k> {
    fn from(network: &'k Network) -> Self {
        Known::Public(network)
    }
}

impl<'k> From<&'k Opening> for Known<'k> {
    fn from(opening: &'k Opening) -> Self {
        Known::Sealed(opening)
    }
}

impl<'k> Known<'k> {
    /// The network, weights and all.
    pub fn network(&self) -> &'k Network {
        match self {
            Known::Public(network) => network,
            Known::Sealed(opening) => opening.network(),
        }
    }

    /// What the verifier knows.
    pub fn model(&self) -> Model<'k> {
        match self {
            Known::Public(network) => Model::Public(network),
            Known::Sealed(opening) => Model::Sealed(opening.sealed()),
        }
    }
}

/// Keys and parameters for proving batches of one shape.
#[derive(Debug)]
pub struct Prover {
    argument: Argument,
}

/// The moments at which a test may forge the witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Zero,
    One,
    /// Sealed networks only.
    Two,
    Three,
}

/// Proves one batch; see [`Prover`] to reuse keys.
pub fn prove_batch<'k>(
    shape: &Shape,
    known: impl Into<Known<'k>>,
    statement: &Statement,
    inputs: &[BatchInput<'_>],
) -> Result<Vec<u8>, CircuitError> {
    Prover::new(shape)?.prove(known, statement, inputs)
}

impl Prover {
    /// Derives the keys of a shape (about a second for `k = 15`).
    pub fn new(shape: &Shape) -> Result<Self, CircuitError> {
        Ok(Prover {
            argument: Argument::new(shape)?,
        })
    }

    /// The shape that this prover's keys are for.
    pub fn shape(&self) -> &Shape {
        self.argument.shape()
    }

    /// Proves `statement`: the halo2 proof followed by the link proof.
    ///
    /// About a network that is public, or one that the owner of a seal opens.
    pub fn prove<'k>(
        &self,
        known: impl Into<Known<'k>>,
        statement: &Statement,
        inputs: &[BatchInput<'_>],
    ) -> Result<Vec<u8>, CircuitError> {
        let known = known.into();
        self.check(known, statement, inputs)?;
        let mut traces: Vec<Trace> = inputs
            .par_iter()
            .map(|input| trace(known.network(), input.vector))
            .collect();
        for (item, trace) in statement.items.iter().zip(&traces) {
            if trace.a.last().map(|a| *a == 1) != Some(item.miss) {
                let why = format!("item {} has another verdict", item.index);
                return Err(CircuitError::Witness(why));
            }
        }
        if let Known::Sealed(opening) = known {
            let plan = opening.sealed().plan();
            for (item, trace) in statement.items.iter().zip(&traces) {
                let outputs = plan.disclosed_neurons().map(|i| trace.a[i]);
                if !outputs.eq(item.outputs.iter().copied()) {
                    let why = format!("item {} has other outputs", item.index);
                    return Err(CircuitError::Witness(why));
                }
            }
        }
        let mut rng = Randomness::fresh();
        let proof = self.prove_with(known, statement, inputs, &traces, &mut rng, &mut |_, _| {});
        for trace in &mut traces {
            trace.q.zeroize();
            trace.r.zeroize();
            trace.a.zeroize();
        }
        proof
    }

    /// Refuses statements and inputs that could only give a proof that does not verify.
    fn check(
        &self,
        known: Known<'_>,
        statement: &Statement,
        inputs: &[BatchInput<'_>],
    ) -> Result<(), CircuitError> {
        let reject = |why: String| Err(CircuitError::Witness(why));
        let shape = self.shape();
        if let Err(why) = statement.fits(shape, known.model()) {
            return reject(why.into());
        }
        if inputs.len() != statement.items.len() {
            return reject(format!(
                "{} items stated, {} given",
                statement.items.len(),
                inputs.len()
            ));
        }
        for (item, input) in statement.items.iter().zip(inputs) {
            if input.vector.len() != shape.inputs() || input.blinds.len() != shape.strips() {
                return reject(format!("item {} has another form", item.index));
            }
        }
        Ok(())
    }

    /// Proves with given traces; `forge` may change the columns after each stage.
    #[cfg(test)]
    pub(crate) fn prove_traces<'k>(
        &self,
        known: impl Into<Known<'k>>,
        statement: &Statement,
        inputs: &[BatchInput<'_>],
        traces: &[Trace],
        forge: &mut dyn FnMut(Stage, &mut Vec<Vec<Fp>>),
    ) -> Result<Vec<u8>, CircuitError> {
        let mut rng = Randomness::fresh();
        self.prove_with(known.into(), statement, inputs, traces, &mut rng, forge)
    }

    /// Proves with given traces and randomness; `forge` may change the columns after each stage (tests).
    pub(super) fn prove_with(
        &self,
        known: Known<'_>,
        statement: &Statement,
        inputs: &[BatchInput<'_>],
        traces: &[Trace],
        rng: &mut Randomness,
        forge: &mut dyn FnMut(Stage, &mut Vec<Vec<Fp>>),
    ) -> Result<Vec<u8>, CircuitError> {
        let shape = self.shape();
        let at = self.argument.columns();
        let blinding = Blinding::draw(rng, at.count());

        let mut witness = Witness::stage0(shape, traces)?;
        forge(Stage::Zero, &mut witness.columns);
        let argument = &self.argument;
        let (mut committed, pairs) = argument.commit_pairs(&witness.columns, &blinding);
        let rest = committed.len()..at.stage0().end;
        committed.extend(argument.commit(&witness.columns, &blinding, rest));
        let ch1 = Challenges1::draw(&shape.encode(), &statement.digest(), &bytes(&committed));

        let vectors: Vec<&[u8]> = inputs.iter().map(|i| i.vector).collect();
        witness.stage1(known.network(), &ch1, &vectors);
        if let Known::Sealed(opening) = known {
            witness.weights(&opening.parameters());
            witness.disclose(opening.sealed().plan(), &ch1);
        }
        forge(Stage::One, &mut witness.columns);
        let mut stage1 = argument.commit(&witness.columns, &blinding, at.c(0)..at.w(0));
        if let Known::Sealed(opening) = known {
            stage1.extend(argument.commit_weights(&witness.columns, &blinding, opening));
        }
        let ch2 = Challenges2::draw(&ch1, &bytes(&stage1));
        let (digest, instance, stage2) = match known {
            Known::Public(network) => {
                let instance = instance(network, shape, statement, &ch1, &ch2);
                (*ch2.digest(), instance, Vec::new())
            }
            Known::Sealed(opening) => {
                let plan = opening.sealed().plan();
                witness.stage2(plan, (&ch1, &ch2), inputs.len());
                forge(Stage::Two, &mut witness.columns);
                let stage2 = argument.commit(&witness.columns, &blinding, at.stage2());
                let ch3 = Challenges3::draw(&ch2, &bytes(&stage2));
                let instance = sealed::instance(plan, shape, statement, (&ch1, &ch2, &ch3));
                (*ch3.digest(), instance, stage2)
            }
        };
        let link = {
            let nonces = std::array::from_fn(|_| rng.scalar(Secret::Nonce));
            let linked = &stage1[shape.c_columns()..];
            let secrets = (known, inputs, &blinding);
            self.link(statement, secrets, linked, (&ch1, &digest), nonces)
        };
        committed.extend(stage1);
        committed.extend(stage2);

        let inverses = witness.stage3(&instance[..shape.constants()]);
        forge(Stage::Three, &mut witness.columns);
        let lookups = (pairs, inverses);
        let mut proof = argument
            .prove(
                witness.columns,
                &blinding,
                &committed,
                lookups,
                &instance,
                rng,
            )
            .map_err(halo2_proofs::plonk::Error::from)?;
        proof.extend_from_slice(&link.to_bytes());
        Ok(proof)
    }

    /// Ties the input columns to the corpus commitments, and the columns of weights to the sealed ones.
    fn link(
        &self,
        statement: &Statement,
        (known, inputs, blinding): (Known<'_>, &[BatchInput<'_>], &Blinding),
        linked: &[EqAffine],
        (ch1, digest): (&Challenges1, &[u8; 64]),
        nonces: [Fp; BASES],
    ) -> LinkProof {
        let (shape, at) = (self.shape(), self.argument.columns());
        let (combined, weights) = linked.split_at(shape.strips());
        let mut differences = differences(shape, statement, combined, ch1);
        let lambdas: Vec<Fp> = forms::lambdas(shape, ch1.rho).take(inputs.len()).collect();
        // Blinding rows of a column, and its blind less that of what it is compared with.
        let secret = |column: usize, blind: Fp| -> [Fp; BASES] {
            std::array::from_fn(|i| match blinding.tails[column].get(i) {
                Some(tail) => *tail,
                None => blinding.blinds[column] - blind,
            })
        };
        let mut secrets: Vec<[Fp; BASES]> = (0..shape.strips())
            .map(|s| {
                let committed: Fp = inputs
                    .iter()
                    .zip(&lambdas)
                    .map(|(input, lambda)| input.blinds[s] * lambda)
                    .sum();
                secret(at.x(s), committed)
            })
            .collect();
        if let Known::Sealed(opening) = known {
            differences.extend(sealed::differences(opening.sealed(), weights));
            let blinds = opening.blinds().iter().enumerate();
            secrets.extend(blinds.map(|(s, blind)| secret(at.w(s), *blind)));
        }
        let link = LinkProof::prove(
            digest,
            &link::bases(self.argument.basis()),
            &differences,
            &secrets,
            nonces,
        );
        secrets.iter_mut().for_each(|secret| wipe(&mut secret[..]));
        link
    }
}

fn bytes(points: &[EqAffine]) -> Vec<PointBytes> {
    points.iter().map(EqAffine::to_bytes).collect()
}
