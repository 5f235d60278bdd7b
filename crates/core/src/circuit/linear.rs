//! The linear part: one identity for every layer of every item, and the check of its coefficients.
//!
//! **Identity.** With `lambda_e = rho^base(e)` ([`Shape::base`](super::shape::Shape::base)), bits `miss_e` and `y_e = (x_e, A_e)`:
//!
//! ```text
//! sum_e lambda_e sum_i rho^i (Z_{e,i} - b_i - sum_j W_ij y_{e,j})
//!     + theta sum_e lambda_e rho^(N-1) (A_{e,N-1} - miss_e)  =  0
//! ```
//!
//! Every neuron of every item has its own power of rho and theta is independent, so the sum vanishes as a
//! polynomial exactly if every neuron satisfies `Z = b + W y` and every verdict is the stated one. Cells
//! without a neuron have powers of their own too: they are forced to `Z = 0`.
//!
//! **In rows.** Column pair `(l, f)` starts at power `rho^(T (l F + f)) = lambda_l mu_f`, row `i` adds
//! `rho^i`, and `acc` runs backwards as a Horner sum, so no powers need columns:
//!
//! ```text
//! linear   active * ( acc - rho acc_next - sum_l lambda_l ( sum_f mu_f (2^t (q - q_max) + r) - sum_f c_f a )
//!                     + sum_s c_{F+s} X_s )                                              degree 5
//!          first * (acc - B),   last * acc                                               degree 2
//! ```
//!
//! `c_f` carries `sum_i rho^i W_ij` for the neurons of fold `f`, scaled by `rho^-j` so that the Horner
//! factor restores it (and `-theta` at the verdict); `c_{F+s}` the same for inputs;
//! `X_s = sum_e lambda_e x_{e,s}`, tied to the corpus outside ([`super::link`]). `B` is public:
//! `sum_e lambda_e (sum_i rho^i b_i + theta rho^(N-1) miss_e)`.
//!
//! **The coefficients are right.** tau is drawn after `c` is committed; with `sigma = tau / rho` and
//! `nu_m = sigma^(T m)`,
//!
//! ```text
//! c        active * ( accT - tau accT_next - sum_m nu_m c_m )                            degree 5
//!          first * (accT - V),   last * accT                                             degree 2
//! ```
//!
//! so `sum_m nu_m sum_i tau^i c_m[i] = V`, where the verifier computes `V` from the weights alone
//! ([`super::forms`]). As a polynomial in tau this fixes every entry of `c`, the zero ones included.

//!
//! Where the weights are a secret, neither `B` nor `V` is known, and both checks are joined: [`super::sealed`].

use halo2_proofs::plonk::{ConstraintSystem, Expression, VirtualCells};
use pasta_curves::Fp;

use super::config::{Config, sum};

/// The product of the constants that stand for an index; `None` for the empty product.
pub(super) fn factor(
    config: &Config,
    cells: &mut VirtualCells<'_, Fp>,
    columns: Vec<usize>,
    column: impl Fn(usize) -> usize,
) -> Option<Expression<Fp>> {
    columns
        .into_iter()
        .map(|i| config.cur(cells, column(i)))
        .reduce(|a, b| a * b)
}

pub(super) fn times(factor: Option<Expression<Fp>>, value: Expression<Fp>) -> Expression<Fp> {
    match factor {
        Some(factor) => factor * value,
        None => value,
    }
}

pub(crate) fn gates(meta: &mut ConstraintSystem<Fp>, config: &Config) {
    let at = &config.at;
    let shape = &config.shape;
    let (folds, constants) = (shape.folds(), shape.constants());
    meta.create_gate("linear", |cells| {
        let active = config.active(cells);
        let first = cells.query_fixed(config.fixed.first);
        let last = cells.query_fixed(config.fixed.last);
        let two_t = Fp::from(1u64 << shape.shift());
        let bias = Expression::Constant(Fp::from(u64::from(shape.q_max())));
        let mut total: Option<Expression<Fp>> = None;
        let mut add = |term: Expression<Fp>| {
            total = Some(match total.take() {
                Some(sum) => sum + term,
                None => term,
            });
        };
        for lane in 0..shape.lanes() {
            let outputs = sum((0..folds).map(|fold| {
                let pair = lane * folds + fold;
                let z = (config.cur(cells, at.q(pair)) - bias.clone()) * two_t
                    + config.cur(cells, at.r(pair));
                let mu = factor(config, cells, shape.fold_digits().factors(fold), |i| {
                    at.mu(i)
                });
                times(mu, z)
            }));
            let activations = sum((0..folds).map(|fold| {
                config.cur(cells, at.c(fold)) * config.cur(cells, at.a(lane * folds + fold))
            }));
            let lambda = factor(config, cells, shape.lane_digits().factors(lane), |i| {
                at.lambda(i)
            });
            let (Some(outputs), Some(activations)) = (outputs, activations) else {
                unreachable!("a shape has at least one fold");
            };
            add(times(lambda, outputs - activations));
        }
        for s in 0..shape.strips() {
            add(-(config.cur(cells, at.c(folds + s)) * config.cur(cells, at.x(s))));
        }
        let total = total.expect("a shape has at least one lane");
        let acc = config.cur(cells, at.acc());
        let next = config.cur(cells, at.rho()) * config.next(cells, at.acc());
        let mut constraints = vec![("Horner sum", active * (acc.clone() - next - total))];
        if !shape.is_sealed() {
            let b = config.instance_at(cells, constants);
            constraints.push(("is B", first * (acc.clone() - b)));
        }
        constraints.push(("ends at zero", last * acc));
        constraints
    });
    meta.create_gate("c", |cells| {
        let active = config.active(cells);
        let first = cells.query_fixed(config.fixed.first);
        let last = cells.query_fixed(config.fixed.last);
        let total = sum((0..shape.c_columns()).map(|m| {
            let nu = factor(config, cells, shape.c_digits().factors(m), |i| at.nu(i));
            let c = config.cur(cells, at.c(m));
            times(nu, c)
        }))
        .expect("a shape has at least one column of c");
        let acc = config.cur(cells, at.acc_t());
        let next = config.cur(cells, at.tau()) * config.next(cells, at.acc_t());
        let mut constraints = vec![("Horner sum", active * (acc.clone() - next - total))];
        if !shape.is_sealed() {
            let v = config.instance_at(cells, constants + 1);
            constraints.push(("is V", first * (acc.clone() - v)));
        }
        constraints.push(("ends at zero", last * acc));
        constraints
    });
}
