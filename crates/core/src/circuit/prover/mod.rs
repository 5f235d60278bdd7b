//! Proving one batch: witness, stages, challenges, link.
//!
//! Challenges depend on the commitments of stages 0 and 1, which stand at the front of the halo2 proof; the
//! proof itself is written by the module `argument`.

pub(super) mod argument;
pub(super) mod coefficients;
pub(super) mod constants;
mod lookups;
pub(super) mod rows;
pub mod witness;

use group::GroupEncoding;
use pasta_curves::{EqAffine, Fp};
use rayon::prelude::*;
use zeroize::Zeroize;

use self::argument::{Argument, Blinding, Randomness, Secret};
use self::witness::Witness;
use super::challenge::{Challenges1, Challenges2, PointBytes};
use super::error::CircuitError;
use super::forms;
use super::link::{self, BASES, LinkProof};
use super::public::{differences, instance};
use super::shape::Shape;
use super::statement::Statement;
use crate::classify::{Network, Trace, trace};
use crate::wipe::wipe;

/// The secret side of one item.
#[derive(Clone, Copy, Debug)]
pub struct BatchInput<'a> {
    /// The canonical vector, one byte per entry.
    pub vector: &'a [u8],
    /// Blinds of the item's commitments, one per strip.
    pub blinds: &'a [Fp],
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
    Two,
}

/// Proves one batch; see [`Prover`] to reuse keys.
pub fn prove_batch(
    shape: &Shape,
    network: &Network,
    statement: &Statement,
    inputs: &[BatchInput<'_>],
) -> Result<Vec<u8>, CircuitError> {
    Prover::new(shape)?.prove(network, statement, inputs)
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
    pub fn prove(
        &self,
        network: &Network,
        statement: &Statement,
        inputs: &[BatchInput<'_>],
    ) -> Result<Vec<u8>, CircuitError> {
        self.check(network, statement, inputs)?;
        let mut traces: Vec<Trace> = inputs
            .par_iter()
            .map(|input| trace(network, input.vector))
            .collect();
        for (item, trace) in statement.items.iter().zip(&traces) {
            if trace.a.last().map(|a| *a == 1) != Some(item.miss) {
                let why = format!("item {} has another verdict", item.index);
                return Err(CircuitError::Witness(why));
            }
        }
        let mut rng = Randomness::fresh();
        let proof = self.prove_with(
            network,
            statement,
            inputs,
            &traces,
            &mut rng,
            &mut |_, _| {},
        );
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
        network: &Network,
        statement: &Statement,
        inputs: &[BatchInput<'_>],
    ) -> Result<(), CircuitError> {
        let reject = |why: String| Err(CircuitError::Witness(why));
        let shape = self.shape();
        if let Err(why) = statement.fits(shape, network) {
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
    pub(crate) fn prove_traces(
        &self,
        network: &Network,
        statement: &Statement,
        inputs: &[BatchInput<'_>],
        traces: &[Trace],
        forge: &mut dyn FnMut(Stage, &mut Vec<Vec<Fp>>),
    ) -> Result<Vec<u8>, CircuitError> {
        let mut rng = Randomness::fresh();
        self.prove_with(network, statement, inputs, traces, &mut rng, forge)
    }

    /// Proves with given traces and randomness; `forge` may change the columns after each stage (tests).
    pub(super) fn prove_with(
        &self,
        network: &Network,
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
        witness.stage1(network, &ch1, &vectors);
        forge(Stage::One, &mut witness.columns);
        let stage1 = argument.commit(&witness.columns, &blinding, at.stage1());
        let ch2 = Challenges2::draw(&ch1, &bytes(&stage1));
        let link = {
            let nonces = std::array::from_fn(|_| rng.scalar(Secret::Nonce));
            self.link(statement, inputs, &blinding, &stage1, (&ch1, &ch2), nonces)
        };
        committed.extend(stage1);

        let instance = instance(network, shape, statement, &ch1, &ch2);
        let inverses = witness.stage2(&instance[..shape.constants()]);
        forge(Stage::Two, &mut witness.columns);
        let known = (pairs, inverses);
        let mut proof = argument
            .prove(
                witness.columns,
                &blinding,
                &committed,
                known,
                &instance,
                rng,
            )
            .map_err(halo2_proofs::plonk::Error::from)?;
        proof.extend_from_slice(&link.to_bytes());
        Ok(proof)
    }

    /// Ties the input columns to the corpus commitments.
    fn link(
        &self,
        statement: &Statement,
        inputs: &[BatchInput<'_>],
        blinding: &Blinding,
        stage1: &[EqAffine],
        (ch1, ch2): (&Challenges1, &Challenges2),
        nonces: [Fp; BASES],
    ) -> LinkProof {
        let (shape, at) = (self.shape(), self.argument.columns());
        let differences = differences(shape, statement, &stage1[shape.c_columns()..], ch1);
        let lambdas: Vec<Fp> = forms::lambdas(shape, ch1.rho).take(inputs.len()).collect();
        let mut secrets: Vec<[Fp; BASES]> = (0..shape.strips())
            .map(|s| {
                let column = at.x(s);
                let committed: Fp = inputs
                    .iter()
                    .zip(&lambdas)
                    .map(|(input, lambda)| input.blinds[s] * lambda)
                    .sum();
                std::array::from_fn(|i| match blinding.tails[column].get(i) {
                    Some(tail) => *tail,
                    None => blinding.blinds[column] - committed,
                })
            })
            .collect();
        let link = LinkProof::prove(
            ch2.digest(),
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
