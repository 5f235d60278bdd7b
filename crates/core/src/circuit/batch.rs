//! The halo2 circuit: the gate that ties constants to the instance, and assignment.
//!
//! **Constants.** Every constant column keeps its value and starts at its instance cell:
//!
//! ```text
//! constant   active * (k_next - k)                     degree 2
//! tie        first  * (k - instance[j])                degree 2   (rotation j of the instance at row 0)
//! ```
//!
//! **How the shape gets here.** `Circuit::configure` has neither `self` nor an argument, so the shape
//! reaches it through one scoped thread-local ([`with_shape`]); nothing else in the crate is global.
//! Const generics would fix the set of shapes at compile time, which a planner that fits lanes and folds
//! to any classifier cannot live with. halo2 calls `configure` on the calling thread only.

use std::cell::RefCell;
use std::sync::Arc;

use halo2_proofs::circuit::{Layouter, SimpleFloorPlanner, Value};
use halo2_proofs::plonk::{Circuit, ConstraintSystem, Error};
use pasta_curves::Fp;

use super::columns::Columns;
use super::config::{Config, FixedColumns};
use super::fixed::FixedValues;
use super::shape::{BLINDING_ROWS, Shape};
use super::{linear, logup, sealed};

thread_local! {
    static SHAPE: RefCell<Option<Shape>> = const { RefCell::new(None) };
}

/// Runs `f` with `shape` visible to `configure`, and restores what was there before, also on a panic.
pub(crate) fn with_shape<T>(shape: &Shape, f: impl FnOnce() -> T) -> T {
    struct Restore(Option<Shape>);
    impl Drop for Restore {
        fn drop(&mut self) {
            SHAPE.with(|s| *s.borrow_mut() = self.0.take());
        }
    }
    let _restore = Restore(SHAPE.with(|s| s.borrow_mut().replace(shape.clone())));
    f()
}

fn constant_gates(meta: &mut ConstraintSystem<Fp>, config: &Config) {
    meta.create_gate("constant", |cells| {
        let active = config.active(cells);
        config
            .at
            .constants()
            .map(|i| {
                let change = config.next(cells, i) - config.cur(cells, i);
                ("keeps its value", active.clone() * change)
            })
            .collect::<Vec<_>>()
    });
    meta.create_gate("tie", |cells| {
        let first = cells.query_fixed(config.fixed.first);
        config
            .at
            .constants()
            .enumerate()
            .map(|(j, i)| {
                let difference = config.cur(cells, i) - config.instance_at(cells, j);
                ("starts at its instance", first.clone() * difference)
            })
            .collect::<Vec<_>>()
    });
}

/// A circuit with its assigned advice columns; without them it serves key generation.
#[derive(Clone, Debug)]
pub(crate) struct BatchCircuit {
    /// `advice_columns()` columns of `usable_rows()` values each, or empty.
    pub columns: Arc<Vec<Vec<Fp>>>,
}

impl BatchCircuit {
    /// The circuit without a witness.
    pub fn empty() -> Self {
        BatchCircuit {
            columns: Arc::new(Vec::new()),
        }
    }
}

impl Circuit<Fp> for BatchCircuit {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;

    fn without_witnesses(&self) -> Self {
        BatchCircuit::empty()
    }

    fn configure(meta: &mut ConstraintSystem<Fp>) -> Config {
        let shape = SHAPE
            .with(|s| s.borrow().clone())
            .expect("circuit configured outside with_shape; this is a bug in candor");
        let at = Columns::new(&shape);
        let advice = (0..at.count()).map(|_| meta.advice_column()).collect();
        let instance = meta.instance_column();
        let tables = 0..shape.q_tables();
        let fixed = FixedColumns {
            active: meta.fixed_column(),
            first: meta.fixed_column(),
            last: meta.fixed_column(),
            table_q: tables.clone().map(|_| meta.fixed_column()).collect(),
            table_a: tables.map(|_| meta.fixed_column()).collect(),
            table_r: meta.fixed_column(),
        };
        let config = Config {
            shape,
            at,
            advice,
            fixed,
            instance,
        };
        constant_gates(meta, &config);
        logup::gates(meta, &config);
        linear::gates(meta, &config);
        sealed::gates(meta, &config);
        assert_eq!(
            meta.blinding_factors() + 1,
            BLINDING_ROWS,
            "the layout assumes six blinding rows"
        );
        assert!(meta.degree() <= 5, "gates must stay within degree 5");
        config
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fp>) -> Result<(), Error> {
        let shape = &config.shape;
        let values = FixedValues::new(shape);
        let fixed = &config.fixed;
        layouter.assign_region(
            || "batch",
            |mut region| {
                let tables_q = fixed.table_q.iter().zip(&values.table_q);
                let tables_a = fixed.table_a.iter().zip(&values.table_a);
                let others = [
                    (&fixed.active, &values.active),
                    (&fixed.first, &values.first),
                    (&fixed.last, &values.last),
                    (&fixed.table_r, &values.table_r),
                ];
                for (column, values) in others.into_iter().chain(tables_q).chain(tables_a) {
                    for (row, value) in values[..shape.usable_rows()].iter().enumerate() {
                        region.assign_fixed(|| "", *column, row, || Value::known(*value))?;
                    }
                }
                for (column, values) in config.advice.iter().zip(self.columns.iter()) {
                    for (row, value) in values.iter().enumerate() {
                        region.assign_advice(|| "", *column, row, || Value::known(*value))?;
                    }
                }
                Ok(())
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_configure_within_the_degree_bound() {
        for (k, n, p, l) in [
            (12, 2, 4080, 1),
            (12, 40, 4080, 16),
            (15, 28_000, 3072, 64),
            (15, 800_000, 27_648, 4),
            (15, 2_600_000, 150_528, 1),
        ] {
            let shape = Shape::new(k, 11, 4088, n, p, l).unwrap();
            let sealed = |numbers| shape.clone().sealed(numbers).unwrap();
            for shape in [shape.clone(), sealed(3), sealed(20_000), sealed(4_000_000)] {
                with_shape(&shape, || {
                    let mut meta = ConstraintSystem::default();
                    let config = BatchCircuit::configure(&mut meta);
                    assert_eq!(config.advice.len(), shape.advice_columns());
                    assert_eq!(meta.degree(), 5);
                });
            }
        }
    }

    #[test]
    fn the_shape_is_restored_after_a_panic() {
        let shape = Shape::new(8, 4, 300, 2, 10, 1).unwrap();
        let caught = std::panic::catch_unwind(|| with_shape(&shape, || panic!("x")));
        assert!(caught.is_err());
        SHAPE.with(|s| assert!(s.borrow().is_none()));
    }
}
