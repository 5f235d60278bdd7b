//! The non-linear part: requantisation and clamp of every neuron by one lookup argument.
//!
//! **Statement.** On every active row of every pair, `(q, a)` is an entry of the quotient table
//! `{(Q + q_max, clamp(Q, 0, 255)) : |Q| <= q_max}` and `r` is in `[0, 2^t)`.
//!
//! **Argument** (logarithmic derivatives, Haböck, ePrint 2022/1530). With `u = beta1 + q + alpha a`,
//! `v = beta2 + r`, and table rows `U = beta1 + Tq + alpha Ta`, `V = beta2 + Tr`:
//!
//! ```text
//! sum over cells (1/u + 1/v)  =  sum over table rows (mq/U + mr/V)
//! ```
//!
//! As rational functions of independent `beta1`, `beta2` the two halves must agree separately, and the
//! poles name the multisets; fewer than 2^254 cells are looked up, so multiplicities cannot wrap.
//!
//! **Gates** (all multiplied by `active` unless noted)
//!
//! ```text
//! lookup       h u v - u - v                                         degree 5, one per pair
//! table 0      ht_0 U_0 V - mq_0 V - mr U_0                          degree 5
//! table i>0    ht_i U_i - mq_i                                       degree 4
//! sum          S_next - S - sum h + sum ht                           degree 2
//! sum start    first * S,   sum end   last * S                       degree 2
//! ```
//!
//! A cell with `u = v = 0` would leave `h` free; beta1 and beta2 are drawn after the cells are committed,
//! so this happens with probability below cells / 2^254. Rows without a neuron hold `Q = R = A = 0`,
//! which is in the tables; their multiplicities are counted like all others.

use halo2_proofs::plonk::{ConstraintSystem, VirtualCells};
use halo2_proofs::poly::Rotation;
use pasta_curves::Fp;

use super::config::{Config, sum};
use super::shape::Shape;

/// Largest value of an activation.
pub const A_MAX: i64 = 255;

/// The activation of a quotient: `clamp(Q, 0, 255)`.
pub fn clamp(q: i64) -> i64 {
    q.clamp(0, A_MAX)
}

/// Entry `index` of the quotient table: biased quotient and activation. Entries beyond the range repeat
/// the last one.
pub fn quotient_entry(shape: &Shape, index: usize) -> (u64, u64) {
    let q_max = i64::from(shape.q_max());
    let biased = (index as i64).min(2 * q_max);
    (biased as u64, clamp(biased - q_max) as u64)
}

/// Entry `row` of the remainder table; rows beyond `2^t` repeat the last one.
pub fn remainder_entry(shape: &Shape, row: usize) -> u64 {
    (row as u64).min((1 << shape.shift()) - 1)
}

pub(crate) fn gates(meta: &mut ConstraintSystem<Fp>, config: &Config) {
    let at = &config.at;
    let pair_terms = |cells: &mut VirtualCells<'_, Fp>, pair: usize| {
        let u = config.cur(cells, at.beta1())
            + config.cur(cells, at.q(pair))
            + config.cur(cells, at.alpha()) * config.cur(cells, at.a(pair));
        let v = config.cur(cells, at.beta2()) + config.cur(cells, at.r(pair));
        (u, v)
    };
    for pair in 0..config.shape.pairs() {
        meta.create_gate("lookup", |cells| {
            let active = config.active(cells);
            let h = config.cur(cells, at.h(pair));
            let (u, v) = pair_terms(cells, pair);
            vec![(
                "h u v = u + v",
                active * (h * u.clone() * v.clone() - u - v),
            )]
        });
    }
    for i in 0..config.shape.q_tables() {
        meta.create_gate("table", |cells| {
            let active = config.active(cells);
            let ht = config.cur(cells, at.ht(i));
            let mq = config.cur(cells, at.mq(i));
            let tq = cells.query_fixed(config.fixed.table_q[i]);
            let ta = cells.query_fixed(config.fixed.table_a[i]);
            let u = config.cur(cells, at.beta1()) + tq + config.cur(cells, at.alpha()) * ta;
            let constraint = if i == 0 {
                let tr = cells.query_fixed(config.fixed.table_r);
                let mr = config.cur(cells, at.mr());
                let v = config.cur(cells, at.beta2()) + tr;
                ht * u.clone() * v.clone() - mq * v - mr * u
            } else {
                ht * u - mq
            };
            vec![("ht U V = mq V + mr U", active * constraint)]
        });
    }
    meta.create_gate("lookup sum", |cells| {
        let active = config.active(cells);
        let first = cells.query_fixed(config.fixed.first);
        let last = cells.query_fixed(config.fixed.last);
        let s = cells.query_advice(config.advice[at.s()], Rotation::cur());
        let s_next = cells.query_advice(config.advice[at.s()], Rotation::next());
        let used = sum((0..config.shape.pairs()).map(|p| config.cur(cells, at.h(p))))
            .expect("a shape has at least one pair");
        let table = sum((0..config.shape.q_tables()).map(|i| config.cur(cells, at.ht(i))))
            .expect("a shape has at least one table column");
        vec![
            ("running sum", active * (s_next - s.clone() - used + table)),
            ("starts at zero", first * s.clone()),
            ("ends at zero", last * s),
        ]
    });
}
