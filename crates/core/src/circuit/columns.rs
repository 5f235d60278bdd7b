//! Where every column stands. Advice columns are ordered by stage, because the prefix of a proof lists
//! their commitments in this order.
//!
//! ```text
//! stage 0   q_0 r_0 a_0  q_1 r_1 a_1 ...  mq_0 .. mq_{nq-1}  mr
//! stage 1   c_0 .. c_{F-1} (folds)  c_F .. (strips)  X_0 .. X_{strips-1}  [w_0 ..]
//! stage 2   [g_0 ..]
//! stage 3   beta1 beta2 alpha rho tau  lambda..  mu..  nu..  [kappa eta xi..]  h_0 .. h_{pairs-1}  ht_0 ..
//!           S acc accT  [accW accG]
//! ```
//!
//! What stands in brackets is there when the network is sealed.

use super::shape::Shape;
use std::ops::Range;

/// Indices of the advice columns of a shape.
#[derive(Clone, Debug)]
pub struct Columns {
    pairs: usize,
    q_tables: usize,
    c_columns: usize,
    strips: usize,
    weight_strips: usize,
    sums: usize,
    stage1: usize,
    stage2: usize,
    stage3: usize,
    lambda: usize,
    mu: usize,
    nu: usize,
    kappa: usize,
    h: usize,
}

impl Columns {
    /// The layout of `shape`.
    pub fn new(shape: &Shape) -> Self {
        let stage1 = shape.stage0_columns();
        let stage2 = stage1 + shape.stage1_columns();
        let stage3 = stage2 + shape.stage2_columns();
        let lambda = stage3 + 5;
        let mu = lambda + shape.lane_digits().columns();
        let nu = mu + shape.fold_digits().columns();
        Columns {
            pairs: shape.pairs(),
            q_tables: shape.q_tables(),
            c_columns: shape.c_columns(),
            strips: shape.strips(),
            weight_strips: shape.weight_strips(),
            sums: shape.sums(),
            stage1,
            stage2,
            stage3,
            lambda,
            mu,
            nu,
            kappa: nu + shape.c_digits().columns(),
            h: stage3 + shape.constants(),
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
    /// Secret numbers, strip `s`; there are none when the network is public.
    pub fn w(&self, s: usize) -> usize {
        self.stage1 + self.c_columns + self.strips + s
    }
    /// What strip `s` of the secret numbers is multiplied with.
    pub fn g(&self, s: usize) -> usize {
        self.stage2 + s
    }
    /// Stage 0 columns.
    pub fn stage0(&self) -> Range<usize> {
        0..self.stage1
    }
    /// Stage 1 columns.
    pub fn stage1(&self) -> Range<usize> {
        self.stage1..self.stage2
    }
    /// Stage 2 columns.
    pub fn stage2(&self) -> Range<usize> {
        self.stage2..self.stage3
    }
    /// All constant columns, in instance order.
    pub fn constants(&self) -> Range<usize> {
        self.stage3..self.h
    }
    /// First challenge of the first lookup.
    pub fn beta1(&self) -> usize {
        self.stage3
    }
    /// Challenge of the remainder lookup.
    pub fn beta2(&self) -> usize {
        self.stage3 + 1
    }
    /// Compression challenge.
    pub fn alpha(&self) -> usize {
        self.stage3 + 2
    }
    /// Point of the linear identity.
    pub fn rho(&self) -> usize {
        self.stage3 + 3
    }
    /// Point of the check of `c`.
    pub fn tau(&self) -> usize {
        self.stage3 + 4
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
    /// Joins the two checks of a sealed network's coefficients.
    pub fn kappa(&self) -> usize {
        self.kappa
    }
    /// Point of the check of `g`.
    pub fn eta(&self) -> usize {
        self.kappa + 1
    }
    /// `g` constant column `i`.
    pub fn xi(&self, i: usize) -> usize {
        self.kappa + 2 + i
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
    /// Running sum of `w g`.
    pub fn acc_w(&self) -> usize {
        self.s() + 3
    }
    /// Running sum of the check of `g`.
    pub fn acc_g(&self) -> usize {
        self.s() + 4
    }
    /// Number of columns of `w`, and of `g`.
    pub fn weight_strips(&self) -> usize {
        self.weight_strips
    }
    /// Number of strips.
    pub fn strips(&self) -> usize {
        self.strips
    }
    /// Number of advice columns.
    pub fn count(&self) -> usize {
        self.s() + self.sums
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
            Shape::new(12, 11, 4088, 2, 4080, 3)
                .and_then(|s| s.sealed(4081))
                .unwrap(),
            Shape::new(15, 14, 32760, 70_000, 3072, 2)
                .and_then(|s| s.sealed(2_200_000))
                .unwrap(),
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
            if shape.is_sealed() {
                all.extend([c.acc_w(), c.acc_g()]);
                let strips = 0..shape.weight_strips();
                all.extend(strips.flat_map(|s| [c.w(s), c.g(s)]));
                let xi = (0..shape.xi_digits().columns()).map(|i| c.xi(i));
                let named: Vec<usize> = [c.kappa(), c.eta()].into_iter().chain(xi).collect();
                assert!(
                    c.constants()
                        .rev()
                        .zip(named.iter().rev())
                        .all(|(a, b)| a == *b)
                );
                assert!((c.w(0)..c.g(0)).all(|i| c.stage1().contains(&i)));
                assert!((0..shape.weight_strips()).all(|s| c.stage2().contains(&c.g(s))));
            }
            all.sort_unstable();
            assert_eq!(all, (0..shape.advice_columns()).collect::<Vec<_>>());
            assert_eq!(c.count(), shape.advice_columns());
            assert_eq!(c.constants().len(), shape.constants());
            assert!(all[c.stage0()].iter().all(|&i| i < c.c(0)));
        }
    }
}
