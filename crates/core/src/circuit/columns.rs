//! Where every column stands. Advice columns are ordered by stage, because the prefix of a proof lists
//! their commitments in this order.
//!
//! ```text
//! stage 0   q_0 r_0 a_0  q_1 r_1 a_1 ...  mq_0 .. mq_{nq-1}  mr
//! stage 1   c_0 .. c_{F-1} (folds)  c_F .. (strips)  X_0 .. X_{strips-1}
//! stage 2   beta1 beta2 alpha rho tau  lambda..  mu..  nu..  h_0 .. h_{pairs-1}  ht_0 ..  S acc accT
//! ```

use super::shape::Shape;
use std::ops::Range;

/// Indices of the advice columns of a shape.
#[derive(Clone, Debug)]
pub struct Columns {
    pairs: usize,
    q_tables: usize,
    c_columns: usize,
    strips: usize,
    stage1: usize,
    stage2: usize,
    lambda: usize,
    mu: usize,
    nu: usize,
    h: usize,
}

impl Columns {
    /// The layout of `shape`.
    pub fn new(shape: &Shape) -> Self {
        let stage1 = shape.stage0_columns();
        let stage2 = stage1 + shape.stage1_columns();
        let lambda = stage2 + 5;
        let mu = lambda + shape.lane_digits().columns();
        let nu = mu + shape.fold_digits().columns();
        Columns {
            pairs: shape.pairs(),
            q_tables: shape.q_tables(),
            c_columns: shape.c_columns(),
            strips: shape.strips(),
            stage1,
            stage2,
            lambda,
            mu,
            nu,
            h: nu + shape.c_digits().columns(),
        }
    }
    /// Biased quotient of a pair: `Q + q_max`.
    pub fn q(&self, pair: usize) -> usize {
        3 * pair
    }
    /// Remainder of a pair.
    pub fn r(&self, pair: usize) -> usize {
        3 * pair + 1
    }
    /// Activation of a pair.
    pub fn a(&self, pair: usize) -> usize {
        3 * pair + 2
    }
    /// Multiplicities of quotient table column `i`.
    pub fn mq(&self, i: usize) -> usize {
        3 * self.pairs + i
    }
    /// Multiplicities of the remainder table.
    pub fn mr(&self) -> usize {
        3 * self.pairs + self.q_tables
    }
    /// Column `i` of `c`: folds, then strips.
    pub fn c(&self, i: usize) -> usize {
        self.stage1 + i
    }
    /// Combined inputs of strip `s`.
    pub fn x(&self, s: usize) -> usize {
        self.stage1 + self.c_columns + s
    }
    /// Stage 0 columns.
    pub fn stage0(&self) -> Range<usize> {
        0..self.stage1
    }
    /// Stage 1 columns.
    pub fn stage1(&self) -> Range<usize> {
        self.stage1..self.stage2
    }
    /// All constant columns, in instance order.
    pub fn constants(&self) -> Range<usize> {
        self.stage2..self.h
    }
    /// First challenge of the first lookup.
    pub fn beta1(&self) -> usize {
        self.stage2
    }
    /// Challenge of the remainder lookup.
    pub fn beta2(&self) -> usize {
        self.stage2 + 1
    }
    /// Compression challenge.
    pub fn alpha(&self) -> usize {
        self.stage2 + 2
    }
    /// Point of the linear identity.
    pub fn rho(&self) -> usize {
        self.stage2 + 3
    }
    /// Point of the check of `c`.
    pub fn tau(&self) -> usize {
        self.stage2 + 4
    }
    /// Lane constant column `i`.
    pub fn lambda(&self, i: usize) -> usize {
        self.lambda + i
    }
    /// Fold constant column `i`.
    pub fn mu(&self, i: usize) -> usize {
        self.mu + i
    }
    /// `c` constant column `i`.
    pub fn nu(&self, i: usize) -> usize {
        self.nu + i
    }
    /// Lookup helper of a pair.
    pub fn h(&self, pair: usize) -> usize {
        self.h + pair
    }
    /// Table helper `i`.
    pub fn ht(&self, i: usize) -> usize {
        self.h + self.pairs + i
    }
    /// Running sum of the lookup.
    pub fn s(&self) -> usize {
        self.h + self.pairs + self.q_tables
    }
    /// Running sum of the linear identity.
    pub fn acc(&self) -> usize {
        self.s() + 1
    }
    /// Running sum of the check of `c`.
    pub fn acc_t(&self) -> usize {
        self.s() + 2
    }
    /// Number of strips.
    pub fn strips(&self) -> usize {
        self.strips
    }
    /// Number of advice columns.
    pub fn count(&self) -> usize {
        self.s() + 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_dense_and_distinct() {
        for shape in [
            Shape::new(12, 11, 4088, 2, 4080, 1).unwrap(),
            Shape::new(12, 11, 4088, 9_000, 4080, 6).unwrap(),
            Shape::new(15, 14, 32760, 3_000_000, 150_528, 1).unwrap(),
        ] {
            let c = Columns::new(&shape);
            let mut all: Vec<usize> = Vec::new();
            for p in 0..shape.pairs() {
                all.extend([c.q(p), c.r(p), c.a(p), c.h(p)]);
            }
            for i in 0..shape.q_tables() {
                all.extend([c.mq(i), c.ht(i)]);
            }
            all.push(c.mr());
            all.extend((0..shape.c_columns()).map(|i| c.c(i)));
            all.extend((0..shape.strips()).map(|i| c.x(i)));
            all.extend(c.constants());
            all.extend([c.s(), c.acc(), c.acc_t()]);
            all.sort_unstable();
            assert_eq!(all, (0..shape.advice_columns()).collect::<Vec<_>>());
            assert_eq!(c.count(), shape.advice_columns());
            assert_eq!(c.constants().len(), shape.constants());
            assert!(all[c.stage0()].iter().all(|&i| i < c.c(0)));
        }
    }
}
