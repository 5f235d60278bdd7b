//! Proving one batch on the stock halo2 prover.
//!
//! Challenges depend on commitments that `create_proof` makes, so the commitments of stages 0 and 1 are
//! computed here first, from the same values and a clone of the same generator. halo2_proofs 0.4.1 draws,
//! per circuit: the blinding rows of every advice column in column order, then one blind per column. The
//! prefix of the finished proof is compared with what was predicted, so a change of that order upstream
//! is an error, never a bad proof. The seed is fresh from the operating system for every attempt and never
//! stored: two proofs from one seed would reveal witnesses.

use std::sync::Arc;

use ff::Field;
use group::{Curve, GroupEncoding};
use halo2_proofs::plonk::{ProvingKey, create_proof, keygen_pk, keygen_vk};
use halo2_proofs::poly::commitment::Params;
use halo2_proofs::transcript::{Blake2bWrite, Challenge255};
use pasta_curves::{Eq, EqAffine, Fp};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng, UnwrapErr};
use rayon::prelude::*;
use zeroize::Zeroize;

use super::challenge::{Challenges1, Challenges2, PointBytes};
use super::columns::Columns;
use super::config::{BatchCircuit, with_shape};
use super::link::{self, BASES, LinkProof};
use super::shape::{BLINDING_ROWS, Shape};
use super::statement::Statement;
use super::witness::Witness;
use super::{CircuitError, forms};
use crate::classify::{Network, Trace, trace};
use crate::msm;
use crate::params::{self, CommitBasis};

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
    shape: Shape,
    at: Columns,
    params: &'static Params<EqAffine>,
    basis: &'static CommitBasis,
    key: ProvingKey<EqAffine>,
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

/// The blinding randomness that `create_proof` will draw from a generator in this state.
struct Blinding {
    tails: Vec<[Fp; BLINDING_ROWS]>,
    blinds: Vec<Fp>,
}

impl Blinding {
    fn predict(rng: &ChaCha20Rng, columns: usize) -> Self {
        let mut rng = rng.clone();
        Blinding {
            tails: (0..columns)
                .map(|_| std::array::from_fn(|_| Fp::random(&mut rng)))
                .collect(),
            blinds: (0..columns).map(|_| Fp::random(&mut rng)).collect(),
        }
    }
}

impl Prover {
    /// Derives the keys of a shape (about a second for `k = 15`).
    pub fn new(shape: &Shape) -> Result<Self, CircuitError> {
        let params = params::halo2(shape.k())?;
        let basis = params::basis(shape.k())?;
        let key = with_shape(shape, || {
            let vk = keygen_vk(params, &BatchCircuit::empty())?;
            keygen_pk(params, vk, &BatchCircuit::empty())
        })?;
        Ok(Prover {
            shape: shape.clone(),
            at: Columns::new(shape),
            params,
            basis,
            key,
        })
    }

    /// The shape that this prover's keys are for.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Proves `statement`: the halo2 proof followed by the link proof.
    pub fn prove(
        &self,
        network: &Network,
        statement: &Statement,
        inputs: &[BatchInput<'_>],
    ) -> Result<Vec<u8>, CircuitError> {
        let traces: Vec<Trace> = inputs
            .par_iter()
            .map(|input| trace(network, input.vector))
            .collect();
        self.check(network, statement, inputs, &traces)?;
        self.prove_traces(network, statement, inputs, &traces, &mut |_, _| {})
    }

    /// Refuses witnesses that could only give a proof that does not verify.
    fn check(
        &self,
        network: &Network,
        statement: &Statement,
        inputs: &[BatchInput<'_>],
        traces: &[Trace],
    ) -> Result<(), CircuitError> {
        let reject = |why: String| Err(CircuitError::Witness(why));
        let shape = &self.shape;
        if network.neurons() != shape.neurons() || network.shift() != shape.shift() {
            return reject("the network has another shape than the circuit".into());
        }
        if inputs.is_empty() || inputs.len() != statement.items.len() {
            return reject(format!(
                "{} items stated, {} given",
                statement.items.len(),
                inputs.len()
            ));
        }
        for ((item, input), trace) in statement.items.iter().zip(inputs).zip(traces) {
            if input.vector.len() != shape.inputs()
                || input.blinds.len() != shape.strips()
                || item.commitments.len() != shape.strips()
            {
                return reject(format!("item {} has another form", item.index));
            }
            if trace.a.last().map(|a| *a == 1) != Some(item.miss) {
                return reject(format!("item {} has another verdict", item.index));
            }
        }
        Ok(())
    }

    /// Proves with given traces; `forge` may change the columns after each stage (tests).
    pub(crate) fn prove_traces(
        &self,
        network: &Network,
        statement: &Statement,
        inputs: &[BatchInput<'_>],
        traces: &[Trace],
        forge: &mut dyn FnMut(Stage, &mut Vec<Vec<Fp>>),
    ) -> Result<Vec<u8>, CircuitError> {
        let shape = &self.shape;
        let mut seed = [0u8; 32];
        UnwrapErr(rand::rngs::SysRng).fill_bytes(&mut seed);
        let rng = ChaCha20Rng::from_seed(seed);
        seed.zeroize();
        let blinding = Blinding::predict(&rng, self.at.count());

        let mut witness = Witness::stage0(shape, traces)?;
        forge(Stage::Zero, &mut witness.columns);
        let stage0 = self.commit(&witness, &blinding, self.at.stage0());
        let ch1 = Challenges1::draw(&shape.encode(), &statement.digest(), &stage0);

        let vectors: Vec<&[u8]> = inputs.iter().map(|i| i.vector).collect();
        witness.stage1(network, &ch1, &vectors);
        forge(Stage::One, &mut witness.columns);
        let stage1 = self.commit(&witness, &blinding, self.at.stage1());
        let ch2 = Challenges2::draw(&ch1, &stage1);

        let instance = instance(network, shape, statement, &ch1, &ch2);
        witness.stage2(&instance[..shape.constants()]);
        forge(Stage::Two, &mut witness.columns);

        let link = self.link(statement, inputs, &blinding, &stage1, &ch1, &ch2)?;
        let circuit = BatchCircuit {
            columns: Arc::new(witness.columns),
        };
        let mut transcript = Blake2bWrite::<_, EqAffine, Challenge255<_>>::init(Vec::new());
        with_shape(shape, || {
            create_proof(
                self.params,
                &self.key,
                &[circuit],
                &[&[&instance]],
                rng,
                &mut transcript,
            )
        })?;
        let mut proof = transcript.finalize();
        let prefix = proof.chunks_exact(32);
        if !prefix
            .zip(stage0.iter().chain(&stage1))
            .all(|(a, b)| a == b)
        {
            return Err(CircuitError::PrefixChanged);
        }
        proof.extend_from_slice(&link.to_bytes());
        Ok(proof)
    }

    /// The commitments halo2 will make to some columns.
    fn commit(
        &self,
        witness: &Witness,
        blinding: &Blinding,
        columns: std::ops::Range<usize>,
    ) -> Vec<PointBytes> {
        let points: Vec<Eq> = columns
            .into_par_iter()
            .map(|i| {
                let mut values = witness.columns[i].clone();
                values.extend_from_slice(&blinding.tails[i]);
                msm::column(&values, self.basis) + self.basis.w * blinding.blinds[i]
            })
            .collect();
        points.iter().map(|p| p.to_affine().to_bytes()).collect()
    }

    /// Ties the input columns to the corpus commitments.
    fn link(
        &self,
        statement: &Statement,
        inputs: &[BatchInput<'_>],
        blinding: &Blinding,
        stage1: &[PointBytes],
        ch1: &Challenges1,
        ch2: &Challenges2,
    ) -> Result<LinkProof, CircuitError> {
        let shape = &self.shape;
        let combined: Vec<EqAffine> = stage1[shape.c_columns()..]
            .iter()
            .map(|bytes| Option::from(EqAffine::from_bytes(bytes)))
            .collect::<Option<_>>()
            .ok_or(CircuitError::PrefixChanged)?;
        let differences = differences(shape, statement, &combined, ch1);
        let lambdas: Vec<Fp> = forms::lambdas(shape, ch1.rho).take(inputs.len()).collect();
        let secrets: Vec<[Fp; BASES]> = (0..shape.strips())
            .map(|s| {
                let column = self.at.x(s);
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
        Ok(LinkProof::prove(
            ch2.digest(),
            &link::bases(self.basis),
            &differences,
            &secrets,
            &mut UnwrapErr(rand::rngs::SysRng),
        ))
    }
}

/// `D_s = C_X,s - sum_e lambda_e C_{e,s}` for every strip.
pub(crate) fn differences(
    shape: &Shape,
    statement: &Statement,
    combined: &[EqAffine],
    ch1: &Challenges1,
) -> Vec<EqAffine> {
    let lambdas: Vec<Fp> = forms::lambdas(shape, ch1.rho)
        .take(statement.items.len())
        .collect();
    combined
        .iter()
        .enumerate()
        .map(|(s, x)| {
            let points: Vec<EqAffine> = statement.items.iter().map(|i| i.commitments[s]).collect();
            let sum: Eq = halo2_proofs::arithmetic::best_multiexp(&lambdas, &points);
            (Eq::from(*x) - sum).to_affine()
        })
        .collect()
}

/// The instance column: constants, `B`, `V`. Prover and verifier compute it with this one function.
pub(crate) fn instance(
    network: &Network,
    shape: &Shape,
    statement: &Statement,
    ch1: &Challenges1,
    ch2: &Challenges2,
) -> Vec<Fp> {
    let mut values = forms::constants(shape, ch1, ch2.tau);
    let misses = statement.items.iter().map(|item| item.miss);
    values.push(forms::b_value(network, shape, ch1, misses));
    values.push(forms::v_value(network, shape, ch1, ch2.tau));
    values
}
