//! The fixed columns of a shape: row selectors and tables, the same for the circuit and for its prover.

use ff::Field;
use pasta_curves::Fp;

use super::logup::{quotient_entry, remainder_entry};
use super::shape::Shape;

/// Values on all `n` rows.
#[derive(Debug)]
pub(crate) struct FixedValues {
    pub active: Vec<Fp>,
    pub first: Vec<Fp>,
    pub last: Vec<Fp>,
    pub table_q: Vec<Vec<Fp>>,
    pub table_a: Vec<Vec<Fp>>,
    pub table_r: Vec<Fp>,
}

impl FixedValues {
    pub fn new(shape: &Shape) -> Self {
        let (n, active) = (shape.rows(), shape.active_rows());
        let rows = |count: usize, value: &dyn Fn(usize) -> Fp| -> Vec<Fp> {
            let mut column: Vec<Fp> = (0..count).map(value).collect();
            column.resize(n, Fp::ZERO);
            column
        };
        let mut last = vec![Fp::ZERO; n];
        last[active] = Fp::ONE;
        let entry = |i: usize, row: usize| quotient_entry(shape, i * active + row);
        FixedValues {
            active: rows(active, &|_| Fp::ONE),
            first: rows(1, &|_| Fp::ONE),
            last,
            table_q: (0..shape.q_tables())
                .map(|i| rows(active, &|row| Fp::from(entry(i, row).0)))
                .collect(),
            table_a: (0..shape.q_tables())
                .map(|i| rows(active, &|row| Fp::from(entry(i, row).1)))
                .collect(),
            table_r: rows(active, &|row| Fp::from(remainder_entry(shape, row))),
        }
    }
}
