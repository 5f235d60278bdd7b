//! Filling the advice columns, stage by stage, from the integer evaluator's traces.

use ff::{BatchInvert, Field};
use pasta_curves::Fp;
use rayon::prelude::*;

use super::coefficients::c_columns;
use super::constants::Constants;
use super::lookups::{Inverses, key};
use super::parameters::factors;
use super::rows::{add_products, combine};
use crate::circuit::challenge::{Challenges1, Challenges2};
use crate::circuit::columns::Columns;
use crate::circuit::error::CircuitError;
use crate::circuit::forms;
use crate::circuit::logup::{quotient_entry, remainder_entry};
use crate::circuit::powers::integer;
use crate::circuit::shape::Shape;
use crate::classify::{Network, Plan, Trace};

/// The advice columns of one batch, `usable_rows()` values each; columns of later stages are empty until
/// their stage is filled.
#[derive(Clone, Debug)]
pub struct Witness {
    shape: Shape,
    at: Columns,
    /// Indexed as in [`Columns`].
    pub columns: Vec<Vec<Fp>>,
}

impl Witness {
    /// Stage 0: quotients, remainders, activations and multiplicities.
    pub fn stage0(shape: &Shape, traces: &[Trace]) -> Result<Self, CircuitError> {
        let at = Columns::new(shape);
        let (rows, usable) = (shape.active_rows(), shape.usable_rows());
        let q_max = i64::from(shape.q_max());
        if traces.len() > shape.capacity() {
            return Err(CircuitError::Witness(format!(
                "{} items do not fit {} places",
                traces.len(),
                shape.capacity()
            )));
        }
        // Rows without a neuron: Q = R = A = 0.
        let mut quotients = vec![vec![q_max as u32; rows]; shape.pairs()];
        let mut remainders = vec![vec![0u32; rows]; shape.pairs()];
        let mut activations = vec![vec![0u32; rows]; shape.pairs()];
        for (item, trace) in traces.iter().enumerate() {
            if trace.q.len() != shape.neurons() {
                return Err(CircuitError::Witness(format!(
                    "item {item} has {} neurons, the circuit {}",
                    trace.q.len(),
                    shape.neurons()
                )));
            }
            let (lane, offset) = shape.place(item);
            for i in 0..shape.neurons() {
                let (fold, row) = ((offset + i) / rows, (offset + i) % rows);
                let pair = lane * shape.folds() + fold;
                let (q, r) = (i64::from(trace.q[i]), trace.r[i]);
                if q.abs() > q_max || u64::from(r) >> shape.shift() != 0 {
                    return Err(CircuitError::Witness(format!(
                        "neuron {i} of item {item} is out of range: Q = {q}, R = {r}"
                    )));
                }
                quotients[pair][row] = (q + q_max) as u32;
                remainders[pair][row] = r;
                activations[pair][row] = u32::from(trace.a[i]);
            }
        }
        let mut mq = vec![0u64; shape.q_tables() * rows];
        let mut mr = vec![0u64; rows];
        for (q, r) in quotients.iter().flatten().zip(remainders.iter().flatten()) {
            mq[*q as usize] += 1;
            mr[*r as usize] += 1;
        }
        let mut columns = vec![Vec::new(); at.count()];
        let lift = |values: &[u32]| -> Vec<Fp> {
            let mut column: Vec<Fp> = values.iter().map(|v| Fp::from(u64::from(*v))).collect();
            column.resize(usable, Fp::ZERO);
            column
        };
        for pair in 0..shape.pairs() {
            columns[at.q(pair)] = lift(&quotients[pair]);
            columns[at.r(pair)] = lift(&remainders[pair]);
            columns[at.a(pair)] = lift(&activations[pair]);
        }
        let lift64 = |values: &[u64]| -> Vec<Fp> {
            let mut column: Vec<Fp> = values.iter().map(|v| Fp::from(*v)).collect();
            column.resize(usable, Fp::ZERO);
            column
        };
        for (i, chunk) in mq.chunks(rows).enumerate() {
            columns[at.mq(i)] = lift64(chunk);
        }
        columns[at.mr()] = lift64(&mr);
        Ok(Witness {
            shape: shape.clone(),
            at,
            columns,
        })
    }

    /// Stage 1: coefficients and combined inputs.
    pub fn stage1(&mut self, network: &Network, ch: &Challenges1, inputs: &[&[u8]]) {
        let usable = self.shape.usable_rows();
        for (i, mut column) in c_columns(network, &self.shape, ch.rho, ch.theta)
            .into_iter()
            .enumerate()
        {
            column.resize(usable, Fp::ZERO);
            self.columns[self.at.c(i)] = column;
        }
        let bytes: Vec<Fp> = (0..256u64).map(Fp::from).collect();
        let lambdas: Vec<Fp> = forms::lambdas(&self.shape, ch.rho)
            .take(inputs.len())
            .collect();
        let mut combined = vec![Fp::ZERO; self.shape.inputs()];
        const CHUNK: usize = 512;
        combined
            .par_chunks_mut(CHUNK)
            .enumerate()
            .for_each(|(k, chunk)| {
                for (input, lambda) in inputs.iter().zip(&lambdas) {
                    for (sum, byte) in chunk.iter_mut().zip(&input[k * CHUNK..]) {
                        match byte {
                            0 => {}
                            1 => *sum += lambda,
                            byte => *sum += bytes[usize::from(*byte)] * lambda,
                        }
                    }
                }
            });
        for (s, chunk) in combined.chunks(self.shape.active_rows()).enumerate() {
            let mut column = chunk.to_vec();
            column.resize(usable, Fp::ZERO);
            self.columns[self.at.x(s)] = column;
        }
    }

    /// Stage 1 of a sealed network: its secret numbers.
    pub fn weights(&mut self, parameters: &[i64]) {
        let (rows, usable) = (self.shape.active_rows(), self.shape.usable_rows());
        for (s, strip) in parameters.chunks(rows).enumerate() {
            let mut column: Vec<Fp> = Vec::with_capacity(self.shape.rows());
            column.extend(strip.iter().map(|value| integer(*value)));
            column.resize(usable, Fp::ZERO);
            self.columns[self.at.w(s)] = column;
        }
    }

    /// Stage 1 of a sealed network: its outputs enter the identity as the verdict does.
    pub fn disclose(&mut self, plan: &Plan, ch: &Challenges1) {
        let (rows, n) = (self.shape.active_rows(), self.shape.neurons());
        for slot in 0..self.shape.slots() {
            for i in plan.disclosed_neurons() {
                let place = slot * n + i;
                self.columns[self.at.c(place / rows)][place % rows] -= ch.theta;
            }
        }
    }

    /// Stage 2, of a sealed network: what its numbers are multiplied with.
    pub fn stage2(&mut self, plan: &Plan, challenges: (&Challenges1, &Challenges2), items: usize) {
        let (rows, usable) = (self.shape.active_rows(), self.shape.usable_rows());
        let factors = factors(plan, &self.shape, challenges, items);
        for (s, strip) in factors.chunks(rows).enumerate() {
            let mut column = strip.to_vec();
            column.resize(usable, Fp::ZERO);
            self.columns[self.at.g(s)] = column;
        }
    }

    /// Stage 3: constants, lookup helpers and running sums. `constants` as they stand in the instance.
    pub(crate) fn stage3(&mut self, constants: &[Fp]) -> Inverses {
        let (rows, usable) = (self.shape.active_rows(), self.shape.usable_rows());
        for (i, value) in self.at.constants().zip(constants) {
            self.columns[i] = vec![*value; usable];
        }
        let constants = Constants::new(&self.shape, constants);
        let (beta1, beta2, alpha) = (constants.beta1, constants.beta2, constants.alpha);
        let inverses = Inverses::new(&self.shape, beta1, beta2, alpha);
        let helpers: Vec<Vec<Fp>> = (0..self.shape.pairs())
            .into_par_iter()
            .map(|pair| {
                let (q, r, a) = (
                    &self.columns[self.at.q(pair)],
                    &self.columns[self.at.r(pair)],
                    &self.columns[self.at.a(pair)],
                );
                let mut column: Vec<Fp> = (0..rows)
                    .map(|i| {
                        let known = key(&q[i], inverses.u.len()).zip(key(&r[i], inverses.v.len()));
                        match known {
                            Some((q, r)) if inverses.activations[q as usize] == a[i] => {
                                inverses.u[q as usize] + inverses.v[r as usize]
                            }
                            // Not in the tables: no proof of this will verify.
                            _ => {
                                let (u, v) = (beta1 + q[i] + alpha * a[i], beta2 + r[i]);
                                (u + v) * (u * v).invert().unwrap_or(Fp::ZERO)
                            }
                        }
                    })
                    .collect();
                column.resize(usable, Fp::ZERO);
                column
            })
            .collect();
        for (pair, h) in helpers.into_iter().enumerate() {
            self.columns[self.at.h(pair)] = h;
        }
        for i in 0..self.shape.q_tables() {
            let mq = &self.columns[self.at.mq(i)];
            let mr = &self.columns[self.at.mr()];
            let column = fractions(
                (0..rows).map(|row| {
                    let (tq, ta) = quotient_entry(&self.shape, i * rows + row);
                    let u = beta1 + Fp::from(tq) + alpha * Fp::from(ta);
                    if i == 0 {
                        let v = beta2 + Fp::from(remainder_entry(&self.shape, row));
                        (mq[row] * v + mr[row] * u, u * v)
                    } else {
                        (mq[row], u)
                    }
                }),
                usable,
            );
            self.columns[self.at.ht(i)] = column;
        }
        self.lookup_sum(rows, usable);
        self.linear_sum(rows, usable, &constants);
        self.c_sum(rows, usable, &constants);
        if self.shape.is_sealed() {
            self.weight_sums(rows, usable, &constants);
        }
        inverses
    }

    fn weight_sums(&mut self, rows: usize, usable: usize, constants: &Constants) {
        let strips = self.shape.weight_strips();
        let (products, factors): (Vec<Fp>, Vec<Fp>) = (0..rows)
            .into_par_iter()
            .map(|i| {
                let (mut product, mut factor) = (Fp::ZERO, Fp::ZERO);
                for (s, xi) in (0..strips).zip(&constants.xi) {
                    let g = self.columns[self.at.g(s)][i];
                    product += self.columns[self.at.w(s)][i] * g;
                    factor += *xi * g;
                }
                (product, factor)
            })
            .unzip();
        self.columns[self.at.acc_w()] = horner(&products, Fp::ONE, usable);
        self.columns[self.at.acc_g()] = horner(&factors, constants.eta, usable);
    }

    fn lookup_sum(&mut self, rows: usize, usable: usize) {
        let mut s = vec![Fp::ZERO; usable];
        for i in 0..rows {
            let used: Fp = (0..self.shape.pairs())
                .map(|p| self.columns[self.at.h(p)][i])
                .sum();
            let table: Fp = (0..self.shape.q_tables())
                .map(|t| self.columns[self.at.ht(t)][i])
                .sum();
            s[i + 1] = s[i] + used - table;
        }
        self.columns[self.at.s()] = s;
    }

    fn linear_sum(&mut self, rows: usize, usable: usize, constants: &Constants) {
        let shape = &self.shape;
        let two_t = Fp::from(1u64 << shape.shift());
        let bias = Fp::from(u64::from(shape.q_max()));
        let column = |i: usize| &self.columns[i][..];
        let mut terms = Vec::with_capacity(2 * shape.pairs());
        let mut constant = Fp::ZERO;
        for (l, lambda) in constants.lambda.iter().enumerate() {
            for (f, mu) in constants.mu.iter().enumerate() {
                let pair = l * shape.folds() + f;
                let place = *lambda * mu;
                constant -= place * two_t * bias;
                terms.push((place * two_t, column(self.at.q(pair))));
                terms.push((place, column(self.at.r(pair))));
            }
        }
        let mut terms = combine(rows, &terms);
        terms.iter_mut().for_each(|term| *term += constant);
        for f in 0..shape.folds() {
            let lanes = constants.lambda.iter().enumerate();
            let activations: Vec<(Fp, &[Fp])> = lanes
                .map(|(l, lambda)| (*lambda, column(self.at.a(l * shape.folds() + f))))
                .collect();
            let activations = combine(rows, &activations);
            add_products(&mut terms, -Fp::ONE, &[column(self.at.c(f)), &activations]);
        }
        for s in 0..shape.strips() {
            let c = column(self.at.c(shape.folds() + s));
            add_products(&mut terms, -Fp::ONE, &[c, column(self.at.x(s))]);
        }
        self.columns[self.at.acc()] = horner(&terms, constants.rho, usable);
    }

    fn c_sum(&mut self, rows: usize, usable: usize, constants: &Constants) {
        let nu = constants.nu.iter().enumerate();
        let terms: Vec<(Fp, &[Fp])> = nu
            .map(|(m, nu)| (*nu, &self.columns[self.at.c(m)][..]))
            .collect();
        let terms = combine(rows, &terms);
        self.columns[self.at.acc_t()] = horner(&terms, constants.tau, usable);
    }
}

/// `acc_i = point acc_{i+1} + terms_i`, zero from the row after the last term.
fn horner(terms: &[Fp], point: Fp, usable: usize) -> Vec<Fp> {
    let mut acc = vec![Fp::ZERO; usable];
    for i in (0..terms.len()).rev() {
        acc[i] = point * acc[i + 1] + terms[i];
    }
    acc
}

/// `numerator / denominator` per row, padded with zeros; a zero denominator gives zero.
fn fractions(terms: impl Iterator<Item = (Fp, Fp)>, usable: usize) -> Vec<Fp> {
    let (numerators, mut column): (Vec<Fp>, Vec<Fp>) = terms.unzip();
    column.iter_mut().batch_invert();
    for (value, numerator) in column.iter_mut().zip(&numerators) {
        *value *= numerator;
    }
    column.resize(usable, Fp::ZERO);
    column
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::Shape;
    use crate::classify::naive::naive_trace;
    use crate::classify::testing::{arb_network, arb_vector};
    use crate::classify::trace;
    use proptest::prelude::*;

    /// A random network and some vectors of its form.
    fn arb_batch() -> impl Strategy<Value = (Network, Vec<Vec<u8>>)> {
        arb_network().prop_flat_map(|network| {
            let vectors = proptest::collection::vec(arb_vector(network.form()), 1..4);
            vectors.prop_map(move |v| {
                let bytes = v.into_iter().map(|v| v.into_bytes()).collect();
                (network.clone(), bytes)
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        /// The circuit's witness is the integer evaluator's trace, cell by cell, and all three running
        /// sums close: the constraints hold for every network the evaluator accepts.
        #[test]
        fn the_witness_is_the_trace((network, vectors) in arb_batch(), lanes in 1usize..3) {
            let slots = Shape::for_network(&network, 1).unwrap().slots();
            let lanes = lanes.max(vectors.len().div_ceil(slots));
            let shape = Shape::for_network(&network, lanes).unwrap();
            let traces: Vec<Trace> = vectors.iter().map(|v| trace(&network, v)).collect();
            let mut witness = Witness::stage0(&shape, &traces).unwrap();
            let at = Columns::new(&shape);
            let (rows, q_max) = (shape.active_rows(), i64::from(shape.q_max()));
            let mut neurons = 0;
            for (item, vector) in vectors.iter().enumerate() {
                let want = naive_trace(&network, vector);
                let (lane, offset) = shape.place(item);
                for i in 0..network.neurons() {
                    let pair = lane * shape.folds() + (offset + i) / rows;
                    let row = (offset + i) % rows;
                    let cell = |column: usize| witness.columns[column][row];
                    prop_assert_eq!(cell(at.q(pair)), integer(i64::from(want.q[i]) + q_max));
                    prop_assert_eq!(cell(at.r(pair)), integer(i64::from(want.r[i])));
                    prop_assert_eq!(cell(at.a(pair)), integer(i64::from(want.a[i])));
                    neurons += 1;
                }
            }
            prop_assert_eq!(neurons, network.neurons() * vectors.len());

            let ch1 = Challenges1::draw(&shape.encode(), &[3; 32], &[]);
            let ch2 = Challenges2::draw(&ch1, &[]);
            let inputs: Vec<&[u8]> = vectors.iter().map(|v| &v[..]).collect();
            witness.stage1(&network, &ch1, &inputs);
            witness.stage3(&forms::constants(&shape, &ch1, ch2.tau));
            let misses = traces.iter().map(|t| !t.matches());
            let b = forms::b_value(&network, &shape, &ch1, misses);
            prop_assert_eq!(witness.columns[at.acc()][0], b);
            let v = forms::v_value(&network, &shape, &ch1, ch2.tau);
            prop_assert_eq!(witness.columns[at.acc_t()][0], v);
            prop_assert_eq!(witness.columns[at.s()][rows], Fp::ZERO);
        }
    }

    #[test]
    fn values_out_of_range_are_refused_before_proving() {
        let network = crate::circuit::testing::text_network(0);
        let shape = Shape::for_network(&network, 1).unwrap();
        let good = trace(&network, &crate::circuit::testing::text_vectors(1)[0]);
        let refuse = |change: &dyn Fn(&mut Trace)| {
            let mut bad = good.clone();
            change(&mut bad);
            assert!(Witness::stage0(&shape, &[bad]).is_err());
        };
        refuse(&|t| t.q[0] = 4089);
        refuse(&|t| t.q[0] = -4089);
        refuse(&|t| t.r[0] = 1 << shape.shift());
        refuse(&|t| {
            t.q.pop();
        });
    }
}
