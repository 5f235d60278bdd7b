//! Forgeries by a prover that is entirely in the attacker's hands: it commits to what it likes, changes its mind after
//! challenges, and writes a proof all the same. Each names the gates that its witness breaks, and what the verifier says.
//!
//! `forge_tests` changes one cell of an honest run; these are whole attacks, with several lanes, folds and strips.

mod arithmetic;
mod batches;
mod closed_forms;
mod inputs;
mod items;
mod lanes;
mod lookup;
mod rows;
mod strips;
mod tables;
mod transcript;

use std::collections::BTreeSet;
use std::sync::Arc;

use ff::{Field, PrimeField};
use group::{Curve, GroupEncoding};
use halo2_proofs::dev::{MockProver, VerifyFailure};
use halo2_proofs::poly::EvaluationDomain;
use halo2_proofs::poly::commitment::Blind;
use pasta_curves::{EqAffine, Fp};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::batch::{BatchCircuit, with_shape};
use super::challenge::{Challenges1, Challenges2, PointBytes};
use super::columns::Columns;
use super::link::{self, BASES, LinkProof};
use super::powers;
use super::prover::Stage;
use super::prover::argument::{Argument, Blinding, Randomness, Secret};
use super::prover::coefficients;
use super::prover::constants::Constants;
use super::prover::witness::Witness;
use super::public::{differences, instance};
use super::shape::Shape;
use super::testing::{text_network, text_vectors};
use super::verifier::{VerifyError, verify_batch};
use super::{Statement, StatementItem, forms};
use crate::classify::{Network, Trace, trace};
use crate::params;

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// Commitment to a whole column of field elements, blinding rows included.
fn commit_column(shape: &Shape, values: &[Fp], blind: Fp) -> EqAffine {
    let params = params::halo2(shape.k()).unwrap();
    let domain = EvaluationDomain::<Fp>::new(1, shape.k());
    let mut values = values.to_vec();
    values.resize(shape.rows(), Fp::ZERO);
    let values = domain.lagrange_from_vec(values);
    params.commit_lagrange(&values, Blind(blind)).to_affine()
}

/// One item: what its commitments open to, row by row, and the trace that is claimed for it.
#[derive(Clone)]
struct Item {
    strips: Vec<Vec<Fp>>,
    blinds: Vec<Fp>,
    trace: Trace,
}

impl Item {
    fn honest(shape: &Shape, network: &Network, vector: &[u8], rng: &mut ChaCha20Rng) -> Item {
        let strips = vector
            .chunks(shape.active_rows())
            .map(|strip| {
                let mut rows: Vec<Fp> = strip.iter().map(|b| Fp::from(u64::from(*b))).collect();
                rows.resize(shape.rows(), Fp::ZERO);
                rows
            })
            .collect();
        Item {
            strips,
            blinds: (0..shape.strips()).map(|_| Fp::random(&mut *rng)).collect(),
            trace: trace(network, vector),
        }
    }

    fn commitments(&self, shape: &Shape) -> Vec<EqAffine> {
        let strips = self.strips.iter().zip(&self.blinds);
        strips.map(|(v, b)| commit_column(shape, v, *b)).collect()
    }

    fn miss(&self) -> bool {
        self.trace.a.last() == Some(&1)
    }

    /// Claims the verdict `miss`, consistently in the last two neurons.
    fn claim(&mut self, miss: bool) {
        let n = self.trace.q.len();
        let miss = i32::from(miss);
        let t = &mut self.trace;
        (t.q[n - 2], t.r[n - 2], t.a[n - 2]) = (1 - miss, 0, (1 - miss) as u8);
        (t.q[n - 1], t.r[n - 1], t.a[n - 1]) = (miss, 0, miss as u8);
    }
}

/// A batch and what is stated of it.
#[derive(Clone)]
struct Batch {
    shape: Shape,
    network: Network,
    items: Vec<Item>,
    statement: Statement,
}

impl Batch {
    fn new(network: Network, vectors: &[Vec<u8>], lanes: usize) -> Batch {
        let shape = Shape::for_network(&network, lanes).unwrap();
        let mut rng = rng(5);
        let items = vectors
            .iter()
            .map(|v| Item::honest(&shape, &network, v, &mut rng))
            .collect();
        let mut batch = Batch {
            statement: Statement {
                root: [1; 32],
                classifier: [2; 32],
                form: network.form().id().into(),
                items: Vec::new(),
            },
            shape,
            network,
            items,
        };
        batch.state();
        batch
    }

    /// Linear text items in one lane.
    fn text(items: usize) -> Batch {
        Batch::new(text_network(0), &text_vectors(items), 1)
    }

    /// States the commitments and verdicts of the items as they are.
    fn state(&mut self) {
        let items = self.items.iter().enumerate();
        self.statement.items = items
            .map(|(i, item)| StatementItem {
                index: i as u32,
                commitments: item.commitments(&self.shape),
                miss: item.miss(),
                outputs: Vec::new(),
            })
            .collect();
    }

    /// States the other verdict of an item, and claims it in its trace.
    fn lie_about(&mut self, item: usize) {
        let stated = &mut self.statement.items[item].miss;
        *stated = !*stated;
        self.items[item].claim(*stated);
    }

    fn verify(&self, proof: &[u8]) -> Result<(), VerifyError> {
        verify_batch(&self.shape, &self.network, &self.statement, proof)
    }

    fn honest_proof(&self) -> Vec<u8> {
        self.prove(Hooks::default()).proof
    }

    /// Proves as told, and says which gates do not hold and what the verifier answers.
    fn attack(&self, hooks: Hooks<'_>) -> (BTreeSet<(String, String)>, Option<Refusal>) {
        let attempt = self.prove(hooks);
        let gates = violated(&self.shape, attempt.columns, attempt.public);
        let verdict = self.verify(&attempt.proof);
        (gates, verdict.err().as_ref().map(Refusal::of))
    }
}

/// Which check of the verifier refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Statement,
    Encoding,
    Link,
    /// halo2 could not read the proof.
    Halo2,
    Opening,
    Other,
}

impl Refusal {
    fn of(error: &VerifyError) -> Refusal {
        match error {
            VerifyError::Statement(_) => Refusal::Statement,
            VerifyError::Encoding => Refusal::Encoding,
            VerifyError::Link => Refusal::Link,
            VerifyError::Halo2(_) => Refusal::Halo2,
            VerifyError::Opening => Refusal::Opening,
            _ => Refusal::Other,
        }
    }
}

type Forge<'h> = &'h mut dyn FnMut(Stage, &Columns, &mut Vec<Vec<Fp>>, Option<&Challenges1>);
type Late<'h> = &'h mut dyn FnMut(&Columns, &mut Vec<Vec<Fp>>, &Challenges1);

/// Where the attacker interferes.
#[derive(Default)]
#[allow(clippy::type_complexity)]
struct Hooks<'h> {
    /// Changes columns after a stage; the challenges are known from stage 1 on.
    forge: Option<Forge<'h>>,
    /// Chooses the blinding.
    blinding: Option<&'h mut dyn FnMut(&mut Blinding)>,
    /// Changes columns of stage 0 after the challenges were drawn from the commitments to the old ones.
    late: Option<Late<'h>>,
    /// Changes the combined inputs.
    inputs: Option<&'h dyn Fn(&mut Vec<Vec<Fp>>)>,
}

impl<'h> Hooks<'h> {
    fn forge(forge: Forge<'h>) -> Self {
        Hooks {
            forge: Some(forge),
            ..Hooks::default()
        }
    }
}

struct Attempt {
    proof: Vec<u8>,
    columns: Vec<Vec<Fp>>,
    public: Vec<Fp>,
}

fn encoded(points: &[EqAffine]) -> Vec<PointBytes> {
    points.iter().map(EqAffine::to_bytes).collect()
}

impl Batch {
    fn prove(&self, mut hooks: Hooks<'_>) -> Attempt {
        let (shape, items, statement) = (&self.shape, &self.items, &self.statement);
        let argument = Argument::new(shape).unwrap();
        let at = argument.columns().clone();
        let mut rng = Randomness::fresh();
        let mut blinding = Blinding::draw(&mut rng, at.count());
        if let Some(choose) = hooks.blinding {
            choose(&mut blinding);
        }
        let mut forge = |stage, columns: &mut Vec<Vec<Fp>>, ch: Option<&Challenges1>| {
            if let Some(forge) = &mut hooks.forge {
                forge(stage, &at, columns, ch);
            }
        };
        let traces: Vec<Trace> = items.iter().map(|i| i.trace.clone()).collect();
        let mut w = Witness::stage0(shape, &traces).unwrap();
        forge(Stage::Zero, &mut w.columns, None);
        let commit = |w: &Witness| {
            let (mut committed, pairs) = argument.commit_pairs(&w.columns, &blinding);
            let rest = committed.len()..at.stage0().end;
            committed.extend(argument.commit(&w.columns, &blinding, rest));
            (committed, pairs)
        };
        let (mut committed, mut pairs) = commit(&w);
        let ch1 = Challenges1::draw(&shape.encode(), &statement.digest(), &encoded(&committed));
        if let Some(late) = hooks.late {
            late(&at, &mut w.columns, &ch1);
            (committed, pairs) = commit(&w);
        }

        let none = vec![0; shape.inputs()];
        let inputs: Vec<&[u8]> = items.iter().map(|_| &none[..]).collect();
        w.stage1(&self.network, &ch1, &inputs);
        let lambdas: Vec<Fp> = forms::lambdas(shape, ch1.rho).take(items.len()).collect();
        let combine = |of: &dyn Fn(&Item) -> Fp| -> Fp {
            items.iter().zip(&lambdas).map(|(i, l)| of(i) * l).sum()
        };
        let mut combined: Vec<Vec<Fp>> = (0..shape.strips())
            .map(|s| {
                (0..shape.rows())
                    .map(|row| combine(&|i| i.strips[s][row]))
                    .collect()
            })
            .collect();
        if let Some(change) = hooks.inputs {
            change(&mut combined);
        }
        for (s, column) in combined.into_iter().enumerate() {
            w.columns[at.x(s)] = column[..shape.usable_rows()].to_vec();
        }
        forge(Stage::One, &mut w.columns, Some(&ch1));
        let stage1 = argument.commit(&w.columns, &blinding, at.stage1());
        let ch2 = Challenges2::draw(&ch1, &encoded(&stage1));
        let secrets: Vec<[Fp; BASES]> = (0..shape.strips())
            .map(|s| {
                let column = at.x(s);
                std::array::from_fn(|i| match blinding.tails[column].get(i) {
                    Some(tail) => *tail - combine(&|it| it.strips[s][shape.usable_rows() + i]),
                    None => blinding.blinds[column] - combine(&|it| it.blinds[s]),
                })
            })
            .collect();
        let link = LinkProof::prove(
            ch2.digest(),
            &link::bases(argument.basis()),
            &differences(shape, statement, &stage1[shape.c_columns()..], &ch1),
            &secrets,
            std::array::from_fn(|_| rng.scalar(Secret::Nonce)),
        );
        committed.extend(stage1);

        let public = instance(&self.network, shape, statement, &ch1, &ch2);
        let inverses = w.stage3(&public[..shape.constants()]);
        forge(Stage::Three, &mut w.columns, Some(&ch1));
        let columns = w.columns.clone();
        let known = (pairs, inverses);
        let mut proof = argument
            .prove(w.columns, &blinding, &committed, known, &public, &mut rng)
            .unwrap();
        proof.extend_from_slice(&link.to_bytes());
        Attempt {
            proof,
            columns,
            public,
        }
    }
}

/// The gates that do not hold, with the names of their constraints.
pub(super) fn violated(
    shape: &Shape,
    columns: Vec<Vec<Fp>>,
    public: Vec<Fp>,
) -> BTreeSet<(String, String)> {
    let circuit = BatchCircuit {
        columns: Arc::new(columns),
    };
    let result = with_shape(shape, || {
        MockProver::run(shape.k(), &circuit, vec![public])
            .unwrap()
            .verify()
    });
    let failures = result.err().unwrap_or_default();
    let name = |failure: &VerifyFailure| match failure {
        VerifyFailure::ConstraintNotSatisfied { constraint, .. } => {
            // "Constraint 0 ('name') in gate 3 ('gate')"
            let text = constraint.to_string();
            let quoted: Vec<&str> = text.split('\'').collect();
            (quoted[3].to_owned(), quoted[1].to_owned())
        }
        other => panic!("unexpected failure: {other}"),
    };
    failures.iter().map(name).collect()
}

pub(super) fn gates(names: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    let owned = |(gate, constraint): &(&str, &str)| ((*gate).to_owned(), (*constraint).to_owned());
    names.iter().map(owned).collect()
}

const SUM_STEP: (&str, &str) = ("lookup sum", "running sum");
const SUM_START: (&str, &str) = ("lookup sum", "starts at zero");
const SUM_END: (&str, &str) = ("lookup sum", "ends at zero");
const STEP: (&str, &str) = ("linear", "Horner sum");
const IS_B: (&str, &str) = ("linear", "is B");
const END: (&str, &str) = ("linear", "ends at zero");
const IS_V: (&str, &str) = ("c", "is V");

/// A signed integer from its field element, if it is a small one.
fn small(value: Fp) -> Option<i64> {
    let get = |value: Fp| -> Option<i64> {
        let repr = value.to_repr();
        let (low, high) = repr.split_at(8);
        if high.iter().any(|byte| *byte != 0) {
            return None;
        }
        i64::try_from(u64::from_le_bytes(low.try_into().ok()?)).ok()
    };
    get(value).or_else(|| get(-value).map(|v| -v))
}

#[test]
fn the_attackers_prover_makes_good_proofs_when_it_does_not_attack() {
    for batch in [
        Batch::text(5),
        Batch::new(text_network(6), &text_vectors(3), 4),
    ] {
        assert_eq!(batch.attack(Hooks::default()), (gates(&[]), None));
    }
}
