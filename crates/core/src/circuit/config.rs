//! The columns of the halo2 circuit, as gates ask for them.

use halo2_proofs::plonk::{Advice, Column, Expression, Fixed, Instance, VirtualCells};
use halo2_proofs::poly::Rotation;
use pasta_curves::Fp;

use super::columns::Columns;
use super::shape::Shape;

/// Fixed columns.
#[derive(Clone, Debug)]
pub(crate) struct FixedColumns {
    /// 1 on active rows.
    pub active: Column<Fixed>,
    /// 1 on row 0.
    pub first: Column<Fixed>,
    /// 1 on row `T`, the row of end values.
    pub last: Column<Fixed>,
    /// Biased quotients of each quotient table column.
    pub table_q: Vec<Column<Fixed>>,
    /// Their clamped activations.
    pub table_a: Vec<Column<Fixed>>,
    /// Remainders.
    pub table_r: Column<Fixed>,
}

/// Configuration of the circuit.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub shape: Shape,
    pub at: Columns,
    pub advice: Vec<Column<Advice>>,
    pub fixed: FixedColumns,
    pub instance: Column<Instance>,
}

impl Config {
    /// The value of advice column `i` on this row.
    pub fn cur(&self, cells: &mut VirtualCells<'_, Fp>, i: usize) -> Expression<Fp> {
        cells.query_advice(self.advice[i], Rotation::cur())
    }
    /// The value of advice column `i` on the next row.
    pub fn next(&self, cells: &mut VirtualCells<'_, Fp>, i: usize) -> Expression<Fp> {
        cells.query_advice(self.advice[i], Rotation::next())
    }
    /// The selector of active rows.
    pub fn active(&self, cells: &mut VirtualCells<'_, Fp>) -> Expression<Fp> {
        cells.query_fixed(self.fixed.active)
    }
    /// Instance value `j`, to be used on row 0 only.
    pub fn instance_at(&self, cells: &mut VirtualCells<'_, Fp>, j: usize) -> Expression<Fp> {
        cells.query_instance(self.instance, Rotation(j as i32))
    }
}

/// A sum of expressions; `None` for an empty sum.
pub(crate) fn sum(terms: impl IntoIterator<Item = Expression<Fp>>) -> Option<Expression<Fp>> {
    terms.into_iter().reduce(|a, b| a + b)
}
