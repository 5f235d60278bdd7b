//! The quotient of all gates by `X^n - 1`, without halo2's expression evaluator.
//!
//! With constants that are constant polynomials (they are public) every gate is of the form `active * P_j`,
//! `first * G_j` or `last * E_j`. Folded with powers of `y`, in the order of the gates,
//!
//! ```text
//! active P + first G + last E  =  (X^n - 1) (piece_0 + X^n piece_1 + X^2n piece_2)
//! P = sum_p y^(..) (h_p u_p v_p - u_p - v_p)  +  tables  +  sum_f c_f A_f  +  sum_s c_s X_s  [-  sum_s w_s g_s]
//!     +  linear terms
//! ```
//!
//! `P` has degree at most `3 (n - 1)`, so it is fixed by its values on three cosets; and `H` is one of them, where
//! `P` is zero on every active row and only the few others need to be computed. Each pair therefore costs
//! three interpolations and six transforms of size `n`; all that is linear in the columns is added up in values.
//! `A_f = sum_l lambda_l a_(l,f)` is formed before its transform too.

use ff::Field;
use pasta_curves::Fp;
use rayon::prelude::*;

use super::domain::{Domain, Reversed};
use super::keys::Argument;
use crate::circuit::powers::powers;
use crate::circuit::prover::constants::Constants;
use crate::circuit::prover::rows::{add_products, combine};

/// Values of the advice columns on all `n` rows, blinding rows included.
pub(super) type Columns<'a> = &'a [Vec<Fp>];

/// The column, one row later: `X -> omega X`.
fn next(column: &[Fp]) -> Vec<Fp> {
    let mut out = column.to_vec();
    out.rotate_left(1);
    out
}

/// The power of `y` of every gate.
struct Weights {
    tie: Vec<Fp>,
    lookup: Vec<Fp>,
    table: Vec<Fp>,
    /// Lookup sum: running, start, end.
    s: [Fp; 3],
    /// Linear sum: running, start, end.
    acc: [Fp; 3],
    /// Sum of `c`: running, start, end.
    acc_t: [Fp; 3],
    /// Sum of `w g`: running, end.
    acc_w: [Fp; 2],
    /// Sum of `g`: running, start, end.
    acc_g: [Fp; 3],
    /// What stands in the instance behind the constants: `B` and `V`, or `P` and `G`.
    public: [Fp; 2],
}

impl Weights {
    /// Gates in the order of `configure`; the last has weight 1.
    fn new(argument: &Argument, y: Fp, kappa: Fp) -> Self {
        let shape = &argument.shape;
        let constants = shape.constants();
        let sums = if shape.is_sealed() { 13 } else { 9 };
        let count = 2 * constants + shape.pairs() + shape.q_tables() + sums;
        let mut powers = powers(y, count);
        let mut take = |n: usize| -> Vec<Fp> {
            let mut taken = powers.split_off(powers.len() - n);
            taken.reverse();
            taken
        };
        let three = |w: Vec<Fp>| [w[0], w[1], w[2]];
        take(constants); // "keeps its value": zero for constant polynomials
        let mut weights = Weights {
            tie: take(constants),
            lookup: take(shape.pairs()),
            table: take(shape.q_tables()),
            s: three(take(3)),
            acc: [Fp::ZERO; 3],
            acc_t: [Fp::ZERO; 3],
            acc_w: [Fp::ZERO; 2],
            acc_g: [Fp::ZERO; 3],
            public: [Fp::ZERO; 2],
        };
        if shape.is_sealed() {
            // The two sums have no start of their own: it is joined with that of `w g`.
            let (acc, acc_t, joined) = (take(2), take(2), take(3));
            weights.acc = [acc[0], joined[2] * kappa, acc[1]];
            weights.acc_t = [acc_t[0], joined[2], acc_t[1]];
            weights.acc_w = [joined[0], joined[1]];
            weights.acc_g = three(take(3));
            weights.public = [joined[2], weights.acc_g[1]];
        } else {
            weights.acc = three(take(3));
            weights.acc_t = three(take(3));
            weights.public = [weights.acc[1], weights.acc_t[1]];
        }
        weights
    }
}

/// `P` on two cosets, as sums that grow.
struct Sums([Vec<Fp>; 2]);

impl Sums {
    const COSETS: [usize; 2] = [1, 2];

    fn zero(n: usize) -> Self {
        Sums([vec![Fp::ZERO; n], vec![Fp::ZERO; n]])
    }

    fn add(mut self, other: Sums) -> Self {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        }
        self
    }

    /// Adds `factor x y z`.
    fn add_triple(&mut self, domain: &Domain, factor: Fp, xyz: [&Reversed; 3]) {
        for (sum, k) in self.0.iter_mut().zip(Self::COSETS) {
            let [x, y, z] = xyz.map(|p| domain.on_coset(p, k));
            add_products(sum, factor, &[&x, &y, &z]);
        }
    }

    /// Adds `factor x y`.
    fn add_double(&mut self, domain: &Domain, factor: Fp, xy: [&Reversed; 2]) {
        for (sum, k) in self.0.iter_mut().zip(Self::COSETS) {
            let [x, y] = xy.map(|p| domain.on_coset(p, k));
            add_products(sum, factor, &[&x, &y]);
        }
    }

    /// Adds a polynomial.
    fn add_single(&mut self, domain: &Domain, poly: &Reversed) {
        for (sum, k) in self.0.iter_mut().zip(Self::COSETS) {
            let x = domain.on_coset(poly, k);
            sum.iter_mut().zip(&x).for_each(|(s, x)| *s += x);
        }
    }
}

/// Everything the gates read.
struct Gates<'a> {
    argument: &'a Argument,
    columns: Columns<'a>,
    constants: Constants,
    /// The constants' instance cells.
    tied: &'a [Fp],
    instance: &'a [Fp],
    weights: Weights,
}

/// The three pieces of the quotient, as coefficients, lowest first.
pub(super) fn pieces(
    argument: &Argument,
    columns: Columns<'_>,
    instance: &[Fp],
    y: Fp,
) -> [Vec<Fp>; 3] {
    let tied = &instance[..argument.shape.constants()];
    let constants = Constants::new(&argument.shape, tied);
    let gates = Gates {
        argument,
        columns,
        weights: Weights::new(argument, y, constants.kappa),
        constants,
        tied,
        instance,
    };
    gates.quotient()
}

impl Gates<'_> {
    fn column(&self, i: usize) -> &[Fp] {
        &self.columns[i]
    }

    /// `u` of a pair on a row.
    fn u(&self, pair: usize, row: usize) -> Fp {
        let (at, k) = (&self.argument.at, &self.constants);
        k.beta1 + self.columns[at.q(pair)][row] + k.alpha * self.columns[at.a(pair)][row]
    }

    /// `u` of a pair on all rows.
    fn u_column(&self, pair: usize) -> Vec<Fp> {
        let (at, k) = (&self.argument.at, &self.constants);
        let terms = [
            (Fp::ONE, self.column(at.q(pair))),
            (k.alpha, self.column(at.a(pair))),
        ];
        let mut out = combine(self.argument.domain.n(), &terms);
        out.iter_mut().for_each(|u| *u += k.beta1);
        out
    }

    /// `v` of a pair on a row.
    fn v(&self, pair: usize, row: usize) -> Fp {
        self.constants.beta2 + self.columns[self.argument.at.r(pair)][row]
    }

    /// `U` of quotient table column `i` on a row.
    fn table_u(&self, i: usize, row: usize) -> Fp {
        let (fixed, k) = (&self.argument.fixed, &self.constants);
        k.beta1 + fixed.table_q[i][row] + k.alpha * fixed.table_a[i][row]
    }

    /// `V` on a row.
    fn table_v(&self, row: usize) -> Fp {
        self.constants.beta2 + self.argument.fixed.table_r[row]
    }

    /// A polynomial by its value on every row.
    fn by_row(&self, value: impl Fn(usize) -> Fp) -> Reversed {
        let domain = &self.argument.domain;
        domain.interpolate((0..domain.n()).map(value).collect())
    }

    /// `A_f = sum_l lambda_l a_(l,f)`.
    fn activations(&self, fold: usize) -> Vec<Fp> {
        let (shape, at) = (&self.argument.shape, &self.argument.at);
        let terms: Vec<(Fp, &[Fp])> = self
            .constants
            .lambda
            .iter()
            .enumerate()
            .map(|(l, lambda)| (*lambda, self.column(at.a(l * shape.folds() + fold))))
            .collect();
        combine(self.argument.domain.n(), &terms)
    }

    /// All of `P` that is linear in the columns, on all rows.
    fn linear_terms(&self) -> Vec<Fp> {
        let (shape, at, w) = (&self.argument.shape, &self.argument.at, &self.weights);
        let mut next_rows = vec![
            (w.s[0], next(self.column(at.s()))),
            (
                -(w.acc[0] * self.constants.rho),
                next(self.column(at.acc())),
            ),
            (
                -(w.acc_t[0] * self.constants.tau),
                next(self.column(at.acc_t())),
            ),
        ];
        if shape.is_sealed() {
            let eta = self.constants.eta;
            next_rows.push((-w.acc_w[0], next(self.column(at.acc_w()))));
            next_rows.push((-(w.acc_g[0] * eta), next(self.column(at.acc_g()))));
        }
        let two_t = Fp::from(1u64 << shape.shift());
        let q_max = Fp::from(u64::from(shape.q_max()));
        let mut constant = Fp::ZERO;
        let mut terms: Vec<(Fp, &[Fp])> = next_rows.iter().map(|(f, c)| (*f, &c[..])).collect();
        terms.push((-w.s[0], self.column(at.s())));
        terms.push((w.acc[0], self.column(at.acc())));
        terms.push((w.acc_t[0], self.column(at.acc_t())));
        for pair in 0..shape.pairs() {
            let place = self.constants.lambda[pair / shape.folds()]
                * self.constants.mu[pair % shape.folds()];
            let (lookup, linear) = (w.lookup[pair], w.acc[0] * place);
            constant +=
                linear * two_t * q_max - lookup * (self.constants.beta1 + self.constants.beta2);
            terms.push((-(lookup + linear * two_t), self.column(at.q(pair))));
            terms.push((-(lookup * self.constants.alpha), self.column(at.a(pair))));
            terms.push((-(lookup + linear), self.column(at.r(pair))));
            terms.push((-w.s[0], self.column(at.h(pair))));
        }
        for i in 0..shape.q_tables() {
            terms.push((w.s[0], self.column(at.ht(i))));
            if i > 0 {
                terms.push((-w.table[i], self.column(at.mq(i))));
            }
        }
        for (m, nu) in self.constants.nu.iter().enumerate() {
            terms.push((-(w.acc_t[0] * nu), self.column(at.c(m))));
        }
        if shape.is_sealed() {
            terms.push((w.acc_w[0], self.column(at.acc_w())));
            terms.push((w.acc_g[0], self.column(at.acc_g())));
            for (s, xi) in self.constants.xi.iter().enumerate() {
                terms.push((-(w.acc_g[0] * xi), self.column(at.g(s))));
            }
        }
        let mut out = combine(self.argument.domain.n(), &terms);
        out.iter_mut().for_each(|o| *o += constant);
        out
    }

    /// `P` on the rows of `H` that are not active; on the others a satisfied gate is zero.
    fn on_rows(&self, linear_terms: &[Fp]) -> Vec<Fp> {
        let (shape, at, w) = (&self.argument.shape, &self.argument.at, &self.weights);
        let n = self.argument.domain.n();
        let mut out = vec![Fp::ZERO; n];
        for row in shape.active_rows()..n {
            let cell = |column: usize| self.columns[column][row];
            let mut sum = linear_terms[row];
            for pair in 0..shape.pairs() {
                let uv = self.u(pair, row) * self.v(pair, row);
                sum += w.lookup[pair] * cell(at.h(pair)) * uv;
            }
            for i in 0..shape.q_tables() {
                let (u, v) = (self.table_u(i, row), self.table_v(row));
                sum += w.table[i]
                    * if i == 0 {
                        cell(at.ht(0)) * u * v - cell(at.mq(0)) * v - cell(at.mr()) * u
                    } else {
                        cell(at.ht(i)) * u
                    };
            }
            for (lane, lambda) in self.constants.lambda.iter().enumerate() {
                for fold in 0..shape.folds() {
                    let a = cell(at.a(lane * shape.folds() + fold));
                    sum += w.acc[0] * *lambda * cell(at.c(fold)) * a;
                }
            }
            for s in 0..shape.strips() {
                sum += w.acc[0] * cell(at.c(shape.folds() + s)) * cell(at.x(s));
            }
            for s in 0..shape.weight_strips() {
                sum -= w.acc_w[0] * cell(at.w(s)) * cell(at.g(s));
            }
            out[row] = sum;
        }
        out
    }

    /// `P` on cosets 1 and 2.
    fn on_cosets(&self, linear_terms: Vec<Fp>) -> Sums {
        let argument = self.argument;
        let (shape, at, w, domain) = (
            &argument.shape,
            &argument.at,
            &self.weights,
            &argument.domain,
        );
        let n = domain.n();
        // A few pairs share two vectors of sums, so that memory does not grow with the number of pairs.
        let pairs: Vec<usize> = (0..shape.pairs()).collect();
        let share = pairs.len().div_ceil(2 * rayon::current_num_threads());
        let lookups = pairs
            .par_chunks(share)
            .map(|pairs| {
                let mut sums = Sums::zero(n);
                for &pair in pairs {
                    let h = domain.interpolate(self.column(at.h(pair)).to_vec());
                    let u = domain.interpolate(self.u_column(pair));
                    let v = self.by_row(|row| self.v(pair, row));
                    sums.add_triple(domain, w.lookup[pair], [&h, &u, &v]);
                }
                sums
            })
            .reduce(|| Sums::zero(n), Sums::add);
        // Products of two columns: the factor, a column, and the other one or a sum of some.
        enum Other {
            Activations(usize),
            Column(usize),
        }
        let folds = (0..shape.folds()).map(|f| (w.acc[0], at.c(f), Other::Activations(f)));
        let inputs = (0..shape.strips())
            .map(|s| (w.acc[0], at.c(shape.folds() + s), Other::Column(at.x(s))));
        let numbers =
            (0..shape.weight_strips()).map(|s| (-w.acc_w[0], at.w(s), Other::Column(at.g(s))));
        let products: Vec<(Fp, usize, Other)> = folds.chain(inputs).chain(numbers).collect();
        let share = products.len().div_ceil(2 * rayon::current_num_threads());
        let mut sums = products
            .par_chunks(share)
            .map(|products| {
                let mut sums = Sums::zero(n);
                for (factor, column, other) in products {
                    let column = domain.interpolate(self.column(*column).to_vec());
                    let other = domain.interpolate(match other {
                        Other::Activations(fold) => self.activations(*fold),
                        Other::Column(other) => self.column(*other).to_vec(),
                    });
                    sums.add_double(domain, *factor, [&column, &other]);
                }
                sums
            })
            .reduce(|| Sums::zero(n), Sums::add)
            .add(lookups);
        let poly = |column: usize| domain.interpolate(self.column(column).to_vec());
        for i in 0..shape.q_tables() {
            let (ht, u) = (poly(at.ht(i)), self.by_row(|row| self.table_u(i, row)));
            if i == 0 {
                let v = self.by_row(|row| self.table_v(row));
                sums.add_triple(domain, w.table[0], [&ht, &u, &v]);
                sums.add_double(domain, -w.table[0], [&poly(at.mq(0)), &v]);
                sums.add_double(domain, -w.table[0], [&poly(at.mr()), &u]);
            } else {
                sums.add_double(domain, w.table[i], [&ht, &u]);
            }
        }
        sums.add_single(domain, &domain.interpolate(linear_terms));
        sums
    }

    /// `G`: what must be zero on the first row.
    fn first_row(&self) -> Vec<Fp> {
        let (shape, at, w) = (&self.argument.shape, &self.argument.at, &self.weights);
        let n = self.argument.domain.n();
        let mut sums = vec![
            (w.s[1], self.column(at.s())),
            (w.acc[1], self.column(at.acc())),
            (w.acc_t[1], self.column(at.acc_t())),
        ];
        if shape.is_sealed() {
            sums.push((-w.public[0], self.column(at.acc_w())));
            sums.push((w.acc_g[1], self.column(at.acc_g())));
        }
        let mut out = combine(n, &sums);
        let constants = shape.constants();
        let tied = self.weights.tie.iter().zip(self.tied);
        let constant: Fp = tied.map(|(w, k)| *w * k).sum();
        out.iter_mut().for_each(|o| *o += constant);
        // The instance column is zero but for its first rows; at rotation j, row m stands on row m - j.
        let read = w.tie.iter().copied().enumerate();
        for (rotation, weight) in
            read.chain([(constants, w.public[0]), (constants + 1, w.public[1])])
        {
            for (m, value) in self.instance.iter().enumerate() {
                out[(m + n - rotation) % n] -= weight * value;
            }
        }
        out
    }

    /// `E`: what must be zero on the row of end values.
    fn last_row(&self) -> Vec<Fp> {
        let (at, w) = (&self.argument.at, &self.weights);
        let mut sums = vec![
            (w.s[2], self.column(at.s())),
            (w.acc[2], self.column(at.acc())),
            (w.acc_t[2], self.column(at.acc_t())),
        ];
        if self.argument.shape.is_sealed() {
            sums.push((w.acc_w[1], self.column(at.acc_w())));
            sums.push((w.acc_g[2], self.column(at.acc_g())));
        }
        combine(self.argument.domain.n(), &sums)
    }

    fn quotient(&self) -> [Vec<Fp>; 3] {
        let domain = &self.argument.domain;
        let linear_terms = self.linear_terms();
        let r0 = domain.interpolate(self.on_rows(&linear_terms));
        let Sums([p1, p2]) = self.on_cosets(linear_terms);
        let r1 = domain.residue(p1.clone(), 1);
        let r2 = domain.residue(p2.clone(), 2);
        let p3 = domain.on_coset(&domain.last_residue(&r0, &r1, &r2), 3);

        let first = domain.interpolate(self.first_row());
        let last = domain.interpolate(self.last_row());
        let [q1, q2, q3] = [(1, p1), (2, p2), (3, p3)].map(|(k, p)| {
            let selectors = &self.argument.selectors[k - 1];
            let [g, e] = [&first, &last].map(|poly| domain.on_coset(poly, k));
            let divisor = (domain.x_to_n(k) - Fp::ONE)
                .invert()
                .expect("X^n is not 1 outside H");
            let values = (0..domain.n())
                .map(|j| {
                    let gates = selectors.active[j] * p[j]
                        + selectors.first[j] * g[j]
                        + selectors.last[j] * e[j];
                    gates * divisor
                })
                .collect();
            domain.residue(values, k)
        });
        domain
            .pieces(&q1, &q2, &q3)
            .each_ref()
            .map(|piece| domain.coefficients(piece))
    }
}
