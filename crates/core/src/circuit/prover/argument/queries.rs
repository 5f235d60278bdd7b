//! The order in which a proof lists evaluations: the order in which `configure` first asks for each column at
//! each rotation (see the gates in [`batch`](crate::circuit::batch), [`logup`](crate::circuit::logup),
//! [`linear`](crate::circuit::linear) and [`sealed`](crate::circuit::sealed)).
//!
//! Were this order wrong, no proof would verify.

use crate::circuit::columns::Columns;
use crate::circuit::shape::Shape;

/// Advice columns asked for at `x` and at `omega x`, or at `x` only, in proof order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Query {
    /// Column `.0` on this row.
    Current(usize),
    /// Column `.0` on the next row.
    Next(usize),
}

/// Advice queries in proof order.
pub(super) fn advice(shape: &Shape, at: &Columns) -> Vec<Query> {
    use Query::{Current, Next};
    let mut out = Vec::new();
    for constant in at.constants() {
        out.extend([Next(constant), Current(constant)]);
    }
    for pair in 0..shape.pairs() {
        out.extend([at.h(pair), at.q(pair), at.a(pair), at.r(pair)].map(Current));
    }
    for i in 0..shape.q_tables() {
        out.extend([at.ht(i), at.mq(i)].map(Current));
        if i == 0 {
            out.push(Current(at.mr()));
        }
    }
    out.extend([Current(at.s()), Next(at.s())]);
    out.extend((0..shape.folds()).map(|f| Current(at.c(f))));
    for s in 0..shape.strips() {
        out.extend([at.c(shape.folds() + s), at.x(s)].map(Current));
    }
    for sum in [at.acc(), at.acc_t()] {
        out.extend([Current(sum), Next(sum)]);
    }
    if shape.is_sealed() {
        for s in 0..shape.weight_strips() {
            out.extend([at.w(s), at.g(s)].map(Current));
        }
        for sum in [at.acc_w(), at.acc_g()] {
            out.extend([Current(sum), Next(sum)]);
        }
    }
    out
}

/// Fixed columns: `active`, `first`, `last`, then the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fixed {
    /// 1 on active rows.
    Active,
    /// 1 on row 0.
    First,
    /// 1 on the row of end values.
    Last,
    /// Quotient table column `.0`.
    TableQ(usize),
    /// Activation table column `.0`.
    TableA(usize),
    /// The remainder table.
    TableR,
}

/// Fixed queries in proof order.
pub(super) fn fixed(shape: &Shape) -> Vec<Fixed> {
    let mut out = vec![Fixed::Active, Fixed::First];
    for i in 0..shape.q_tables() {
        out.extend([Fixed::TableQ(i), Fixed::TableA(i)]);
        if i == 0 {
            out.push(Fixed::TableR);
        }
    }
    out.push(Fixed::Last);
    out
}
