//! The constants of a proof by name.

use ff::Field;
use pasta_curves::Fp;

use crate::circuit::shape::{Digits, Shape};

/// The constants by name, and the products of constant columns that lanes, folds and columns of `c` carry.
#[derive(Clone, Debug)]
pub(crate) struct Constants {
    pub beta1: Fp,
    pub beta2: Fp,
    pub alpha: Fp,
    pub rho: Fp,
    pub tau: Fp,
    /// `lambda_l` of every lane.
    pub lambda: Vec<Fp>,
    /// `mu_f` of every fold.
    pub mu: Vec<Fp>,
    /// `nu_m` of every column of `c`.
    pub nu: Vec<Fp>,
    /// Zero, and not used, where the network is public.
    pub kappa: Fp,
    /// Likewise.
    pub eta: Fp,
    /// `xi_s` of every column of `g`.
    pub xi: Vec<Fp>,
}

impl Constants {
    /// From the values of the constant columns, as of [`constants`](crate::circuit::forms::constants) and, where the network
    /// is sealed, [`seal_constants`](crate::circuit::forms::seal_constants).
    pub fn new(shape: &Shape, values: &[Fp]) -> Self {
        let (named, rest) = values.split_at(5);
        let (lane, rest) = rest.split_at(shape.lane_digits().columns());
        let (fold, rest) = rest.split_at(shape.fold_digits().columns());
        let (column, seal) = rest.split_at(shape.c_digits().columns());
        let (joining, strip) = seal.split_at(seal.len().min(2));
        let products = |count: usize, digits: Digits, columns: &[Fp]| -> Vec<Fp> {
            (0..count)
                .map(|index| {
                    let factors = digits.factors(index).into_iter();
                    factors.fold(Fp::ONE, |product, i| product * columns[i])
                })
                .collect()
        };
        Constants {
            beta1: named[0],
            beta2: named[1],
            alpha: named[2],
            rho: named[3],
            tau: named[4],
            lambda: products(shape.lanes(), shape.lane_digits(), lane),
            mu: products(shape.folds(), shape.fold_digits(), fold),
            nu: products(shape.c_columns(), shape.c_digits(), column),
            kappa: joining.first().copied().unwrap_or(Fp::ZERO),
            eta: joining.last().copied().unwrap_or(Fp::ZERO),
            xi: products(shape.weight_strips(), shape.xi_digits(), strip),
        }
    }
}
