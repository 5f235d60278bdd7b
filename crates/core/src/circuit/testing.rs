//! Fixtures for the circuit's tests: unrolled matrices and committed batches.

use ff::Field;
use group::Curve;
use halo2_proofs::poly::EvaluationDomain;
use halo2_proofs::poly::commitment::Blind;
use pasta_curves::{EqAffine, Fp};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::prover::{BatchInput, Known};
use super::{Model, Shape, Statement, StatementItem};
use crate::classify::card::{Card, Decision, Labels};
use crate::classify::{Classifier, Layer, Linear, Network, TensorRef, Term, trace};
use crate::item::Form;
use crate::params;
use crate::sealed::{Opening, seal};

/// What a matrix entry multiplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Input,
    Neuron,
}

/// One entry of a network's matrix: what it multiplies, the number that it holds, and which number of the network that
/// is, counted over the weights of all terms and the biases of all layers in file order.
pub(crate) struct Entry {
    pub source: Source,
    pub j: usize,
    pub weight: i64,
    pub number: usize,
    pub zero_point: i64,
}

/// A row of the matrix, and the number of the neuron's bias.
pub(crate) struct Row {
    pub entries: Vec<Entry>,
    pub bias: usize,
}

/// The network's matrix, one row per neuron, unrolled by the plainest loops.
pub(crate) fn matrix(network: &Network) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut numbers = 0;
    for layer in network.layers() {
        let [oc, oh, ow] = layer.out;
        let weights_of = |term: &Term| term.op.weights().len();
        let biases = numbers + layer.terms.iter().map(weights_of).sum::<usize>();
        for o in 0..oc {
            for oy in 0..oh {
                for ox in 0..ow {
                    let mut row = Vec::new();
                    let mut first = numbers;
                    for term in &layer.terms {
                        let [ic, ih, iw] = network.shape(term.input);
                        let (source, start) = match term.input {
                            TensorRef::Input => (Source::Input, 0),
                            TensorRef::Layer(l) => (Source::Neuron, network.layer_offset(l)),
                        };
                        let mut entry = |j: usize, weights: &[i32], at: usize| {
                            row.push(Entry {
                                source,
                                j: start + j,
                                weight: i64::from(weights[at]),
                                number: first + at,
                                zero_point: term.zero_point,
                            });
                        };
                        match &term.op {
                            Linear::Dense { weights } => {
                                let size = ic * ih * iw;
                                let i = (o * oh + oy) * ow + ox;
                                for j in 0..size {
                                    entry(j, weights, i * size + j);
                                }
                            }
                            Linear::Conv {
                                kernel: [kh, kw],
                                stride,
                                pad,
                                groups,
                                weights,
                            } => {
                                let per_group = ic / groups;
                                let group = o / (oc / groups);
                                for c in 0..per_group {
                                    for ky in 0..*kh {
                                        for kx in 0..*kw {
                                            let y = (oy * stride[0] + ky) as i64 - pad[0] as i64;
                                            let x = (ox * stride[1] + kx) as i64 - pad[1] as i64;
                                            if y < 0 || x < 0 || y >= ih as i64 || x >= iw as i64 {
                                                continue;
                                            }
                                            let channel = group * per_group + c;
                                            let j = (channel * ih + y as usize) * iw + x as usize;
                                            let at = ((o * per_group + c) * kh + ky) * kw + kx;
                                            entry(j, weights, at);
                                        }
                                    }
                                }
                            }
                        }
                        first += weights_of(term);
                    }
                    rows.push(Row {
                        entries: row,
                        bias: biases + o,
                    });
                }
            }
        }
        numbers = biases + oc;
    }
    rows
}

/// The network's matrix, one row of `(source, j, weight)` per neuron.
pub(crate) fn sparse_matrix(network: &Network) -> Vec<Vec<(Source, usize, i64)>> {
    let rows = matrix(network).into_iter();
    rows.map(|row| {
        row.entries
            .iter()
            .map(|e| (e.source, e.j, e.weight))
            .collect()
    })
    .collect()
}

/// A batch of committed vectors with its true statement.
pub(crate) struct Fixture {
    pub shape: Shape,
    pub network: Network,
    pub statement: Statement,
    pub vectors: Vec<Vec<u8>>,
    pub blinds: Vec<Vec<Fp>>,
    /// The network sealed, if the statement is about a seal.
    pub seal: Option<Opening>,
}

impl Fixture {
    /// Commits `vectors` at `2^k` rows and states the verdicts of `network`.
    pub fn new(k: u32, lanes: usize, network: Network, vectors: Vec<Vec<u8>>) -> Self {
        let shape = Shape::new(
            k,
            network.shift(),
            network.form().limits().max_q as u32,
            network.neurons(),
            network.form().len(),
            lanes,
        )
        .unwrap();
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        let mut blinds = Vec::new();
        let mut items = Vec::new();
        for (i, vector) in vectors.iter().enumerate() {
            let blind: Vec<Fp> = (0..shape.strips()).map(|_| Fp::random(&mut rng)).collect();
            items.push(StatementItem {
                index: i as u32,
                commitments: commit(&shape, vector, &blind),
                miss: !trace(&network, vector).matches(),
                outputs: Vec::new(),
            });
            blinds.push(blind);
        }
        Fixture {
            shape,
            statement: Statement {
                root: [1; 32],
                classifier: [2; 32],
                form: network.form().id().into(),
                items,
            },
            network,
            vectors,
            blinds,
            seal: None,
        }
    }

    /// As [`Fixture::new`] at the rows of the network's form, about a fresh seal of the network.
    pub fn sealed(lanes: usize, network: Network, vectors: Vec<Vec<u8>>) -> Self {
        Self::disclosing(lanes, network, vectors, Vec::new())
    }

    /// As [`Fixture::sealed`], stating activations of some layers with every verdict.
    pub fn disclosing(
        lanes: usize,
        network: Network,
        vectors: Vec<Vec<u8>>,
        disclosed: Vec<usize>,
    ) -> Self {
        let mut f = Fixture::new(network.form().k(), lanes, network, vectors);
        let opening = sealed(&f.network, disclosed);
        let plan = opening.sealed().plan();
        for (item, vector) in f.statement.items.iter_mut().zip(&f.vectors) {
            let trace = trace(&f.network, vector);
            item.outputs = plan.disclosed_neurons().map(|i| trace.a[i]).collect();
        }
        f.shape = Shape::for_plan(opening.sealed().plan(), lanes).unwrap();
        f.statement.classifier = opening.sealed().hash();
        f.seal = Some(opening);
        f
    }

    /// The network as its prover knows it.
    pub fn known(&self) -> Known<'_> {
        match &self.seal {
            Some(opening) => opening.into(),
            None => (&self.network).into(),
        }
    }

    /// The network as its verifier knows it.
    pub fn model(&self) -> Model<'_> {
        self.known().model()
    }

    pub fn inputs(&self) -> Vec<BatchInput<'_>> {
        self.vectors
            .iter()
            .zip(&self.blinds)
            .map(|(vector, blinds)| BatchInput { vector, blinds })
            .collect()
    }
}

/// A fresh seal of a network.
pub(crate) fn sealed(network: &Network, disclosed: Vec<usize>) -> Opening {
    let card = Card {
        name: "sealed".into(),
        description: String::new(),
        author: String::new(),
        labels: Labels {
            matching: "yes".into(),
            other: "no".into(),
        },
        decision: Decision {
            rule: "logit >= 0".into(),
            score_unit: None,
        },
        evaluations: Vec::new(),
        facts: Default::default(),
    };
    let classifier = Classifier::new(card.clone(), network.clone()).unwrap();
    seal(classifier, card, disclosed).unwrap()
}

/// Pedersen commitments of a vector's strips, through halo2's own multiplication.
pub(crate) fn commit(shape: &Shape, vector: &[u8], blinds: &[Fp]) -> Vec<EqAffine> {
    let params = params::halo2(shape.k()).unwrap();
    let domain = EvaluationDomain::<Fp>::new(1, shape.k());
    vector
        .chunks(shape.active_rows())
        .zip(blinds)
        .map(|(strip, blind)| {
            let mut values: Vec<Fp> = strip.iter().map(|b| Fp::from(u64::from(*b))).collect();
            values.resize(shape.rows(), Fp::ZERO);
            params
                .commit_lagrange(&domain.lagrange_from_vec(values), Blind(*blind))
                .to_affine()
        })
        .collect()
}

/// Sparse text vectors with small entries.
pub(crate) fn text_vectors(count: usize) -> Vec<Vec<u8>> {
    let mut rng = ChaCha20Rng::seed_from_u64(9);
    (0..count)
        .map(|_| {
            let mut vector = vec![0u8; Form::TextHash4080V1.len()];
            for _ in 0..150 {
                let at = rng.next_u32() as usize % vector.len();
                vector[at] = (rng.next_u32() % 80) as u8;
            }
            vector
        })
        .collect()
}

/// A linear text classifier with weights of both signs that matches about half of [`text_vectors`].
pub(crate) fn text_network(hidden: usize) -> Network {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let mut weight = |m: i32| (rng.next_u32() % (2 * m as u32 + 1)) as i32 - m;
    let form = Form::TextHash4080V1;
    let dense = |name: &str, out: usize, input, weights, bias| Layer {
        name: name.into(),
        out: [out, 1, 1],
        terms: vec![Term {
            input,
            op: Linear::Dense { weights },
            zero_point: 0,
        }],
        bias: vec![bias; out],
    };
    let mut layers = Vec::new();
    if hidden > 0 {
        let weights = (0..hidden * form.len()).map(|_| weight(20)).collect();
        layers.push(dense("hidden", hidden, TensorRef::Input, weights, 500));
        let weights = (0..hidden).map(|_| weight(50)).collect();
        layers.push(dense("match", 1, TensorRef::Layer(0), weights, 100));
    } else {
        let weights = (0..form.len()).map(|_| weight(60)).collect();
        layers.push(dense("match", 1, TensorRef::Input, weights, 600));
    }
    Network::with_miss(form, 9, layers).unwrap()
}

/// A text classifier with two folds: 4,090 hidden neurons, of which 40 are read.
pub(crate) fn folded_network() -> Network {
    wide_network(4090, |i| i < 40)
}

/// A text classifier with `hidden` neurons of small weights; the match neuron reads those that `read` names.
pub(crate) fn wide_network(hidden: usize, read: impl Fn(usize) -> bool) -> Network {
    let mut rng = ChaCha20Rng::seed_from_u64(31);
    let mut weight = |m: i32| (rng.next_u32() % (2 * m as u32 + 1)) as i32 - m;
    let form = Form::TextHash4080V1;
    let dense = |name: &str, out: usize, input, weights, bias| Layer {
        name: name.into(),
        out: [out, 1, 1],
        terms: vec![Term {
            input,
            op: Linear::Dense { weights },
            zero_point: 0,
        }],
        bias: vec![bias; out],
    };
    let first = (0..hidden * form.len()).map(|_| weight(20)).collect();
    let second = (0..hidden)
        .map(|i| if read(i) { weight(1) } else { 0 })
        .collect();
    Network::with_miss(
        form,
        9,
        vec![
            dense("hidden", hidden, TensorRef::Input, first, 700),
            dense("match", 1, TensorRef::Layer(0), second, 300),
        ],
    )
    .unwrap()
}

/// A picture classifier: a convolution to 4 x 4 pixels of two channels, then one neuron.
pub(crate) fn image_network(form: Form) -> Network {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let mut weight = |m: i32| (rng.next_u32() % (2 * m as u32 + 1)) as i32 - m;
    let side = form.shape()[1] / 4;
    let conv = Layer {
        name: "conv".into(),
        out: [2, 4, 4],
        terms: vec![Term {
            input: TensorRef::Input,
            op: Linear::Conv {
                kernel: [side, side],
                stride: [side, side],
                pad: [0; 4],
                groups: 1,
                weights: (0..2 * 3 * side * side).map(|_| weight(12)).collect(),
            },
            zero_point: 128,
        }],
        bias: vec![3000, 2000],
    };
    let dense = Layer {
        name: "match".into(),
        out: [1, 1, 1],
        terms: vec![Term {
            input: TensorRef::Layer(0),
            op: Linear::Dense {
                weights: (0..32).map(|_| weight(20)).collect(),
            },
            zero_point: 0,
        }],
        bias: vec![100],
    };
    Network::with_miss(form, 11, vec![conv, dense]).unwrap()
}

/// Noise of several brightnesses.
pub(crate) fn image_vectors(form: Form, count: usize) -> Vec<Vec<u8>> {
    let mut rng = ChaCha20Rng::seed_from_u64(9);
    (0..count)
        .map(|_| {
            let mut vector = vec![0u8; form.len()];
            rng.fill_bytes(&mut vector);
            let bright = rng.next_u32() % 200;
            for byte in &mut vector {
                *byte = (u32::from(*byte) * bright / 200) as u8;
            }
            vector
        })
        .collect()
}
