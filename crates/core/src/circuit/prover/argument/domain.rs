//! Fourier transforms over the rows `H = {omega^i}` and its cosets.
//!
//! With `v` a primitive `4n`-th root of unity, the cosets are `v^k H` for `k = 0..4`; `X^n` is the constant
//! `i^k` on them, `i = v^n`. A polynomial of degree below `3n` is `p_0 + X^n p_1 + X^2n p_2`; its *residue* on
//! coset `k` is `p_0 + i^k p_1 + i^2k p_2`, which has degree below `n` and the same values there.
//!
//! Nothing here is ever put into bit-reversed order and back: the inverse transform decimates in frequency
//! (values in order, coefficients reversed), the forward transform in time (the other way round). What lies
//! between is a [`Reversed`]: `n` times the coefficients, bit-reversed, so that the factor `1/n` is paid once,
//! together with the shift to a coset.

use ff::{Field, PrimeField};
use pasta_curves::Fp;
use rayon::prelude::*;

use crate::circuit::powers::powers;
use crate::wide::{Factors, Transform, Wide};

/// Number of cosets, `H` itself included.
pub(super) const COSETS: usize = 4;

/// `n` times the coefficients of a polynomial of degree below `n`, in bit-reversed order.
#[derive(Clone, Debug)]
pub(super) struct Reversed(pub Vec<Fp>);

/// Tables for `n = 2^k` rows.
#[derive(Debug)]
pub(super) struct Domain {
    log_n: u32,
    omega: Fp,
    /// `i`, the primitive fourth root of unity `v^n`.
    i: Fp,
    roots: Vec<Fp>,
    inverse_roots: Vec<Fp>,
    wide: Option<WideDomain>,
    /// Per coset `k`: `v^(k m) / n` at the place of coefficient `m`.
    enter: Vec<Vec<Fp>>,
    /// Per coset `k`: `v^(-k m)` at the place of coefficient `m`.
    leave: Vec<Vec<Fp>>,
    n_inverse: Fp,
}

/// The same tables, for eight values at a time.
#[derive(Debug)]
struct WideDomain {
    forward: Transform,
    inverse: Transform,
    enter: Vec<Factors>,
    leave: Vec<Factors>,
}

impl Domain {
    pub fn new(log_n: u32) -> Self {
        let n = 1usize << log_n;
        let mut v = Fp::ROOT_OF_UNITY;
        for _ in log_n + 2..Fp::S {
            v = v.square();
        }
        let omega = v.square().square();
        let invert = |x: Fp| x.invert().expect("a root of unity is not zero");
        let n_inverse = invert(Fp::from(n as u64));
        let table = |base: Fp, scale: Fp| -> Vec<Fp> {
            let powers = powers(base, n);
            (0..n)
                .map(|place| powers[reverse(place, log_n)] * scale)
                .collect()
        };
        let mut domain = Domain {
            log_n,
            omega,
            i: v.pow_vartime([n as u64]),
            roots: powers(omega, n / 2),
            inverse_roots: powers(invert(omega), n / 2),
            wide: None,
            enter: (0..COSETS as u64)
                .map(|k| table(v.pow_vartime([k]), n_inverse))
                .collect(),
            leave: (0..COSETS as u64)
                .map(|k| table(invert(v.pow_vartime([k])), Fp::ONE))
                .collect(),
            n_inverse,
        };
        domain.wide = Wide::detect().and_then(|wide| WideDomain::new(wide, &domain));
        domain
    }

    /// The number of rows.
    pub fn n(&self) -> usize {
        1 << self.log_n
    }

    /// The generator of `H`.
    pub fn omega(&self) -> Fp {
        self.omega
    }

    /// `i^k`: what `X^n` is on coset `k`.
    pub fn x_to_n(&self, k: usize) -> Fp {
        self.i.pow_vartime([k as u64])
    }

    /// From values on `H`.
    pub fn interpolate(&self, mut values: Vec<Fp>) -> Reversed {
        match &self.wide {
            Some(wide) => wide.inverse.in_frequency(&mut values, None),
            None => decimate_in_frequency(&mut values, &self.inverse_roots),
        }
        Reversed(values)
    }

    /// The values on coset `k`.
    pub fn on_coset(&self, poly: &Reversed, k: usize) -> Vec<Fp> {
        if let Some(wide) = &self.wide {
            let mut values = poly.0.clone();
            wide.forward.in_time(&mut values, Some(&wide.enter[k]));
            return values;
        }
        let mut values: Vec<Fp> = poly
            .0
            .iter()
            .zip(&self.enter[k])
            .map(|(c, shift)| *c * shift)
            .collect();
        decimate_in_time(&mut values, &self.roots);
        values
    }

    /// The residue that has these values on coset `k`.
    pub fn residue(&self, mut values: Vec<Fp>, k: usize) -> Reversed {
        if let Some(wide) = &self.wide {
            wide.inverse.in_frequency(&mut values, Some(&wide.leave[k]));
            return Reversed(values);
        }
        let mut poly = self.interpolate(values);
        for (c, shift) in poly.0.iter_mut().zip(&self.leave[k]) {
            *c *= shift;
        }
        poly
    }

    /// The residue on coset 3 of a polynomial of degree below `3n`, from those on cosets 0, 1 and 2:
    /// `r_3 = r_1 - i (r_0 - r_2)`.
    pub fn last_residue(&self, r0: &Reversed, r1: &Reversed, r2: &Reversed) -> Reversed {
        let rest = r0.0.iter().zip(&r1.0).zip(&r2.0);
        Reversed(
            rest.map(|((r0, r1), r2)| *r1 - self.i * (*r0 - r2))
                .collect(),
        )
    }

    /// `p_0, p_1, p_2` from the residues on cosets 1, 2 and 3.
    pub fn pieces(&self, r1: &Reversed, r2: &Reversed, r3: &Reversed) -> [Reversed; 3] {
        // r1 = p0 + i p1 - p2,  r2 = p0 - p1 + p2,  r3 = p0 - i p1 - p2; and 1 / 2i = -i / 2.
        let half_i = -self.i * Fp::TWO_INV;
        let (mut p0, mut p1, mut p2) = (vec![], vec![], vec![]);
        for ((r1, r2), r3) in r1.0.iter().zip(&r2.0).zip(&r3.0) {
            let one = (*r1 - r3) * half_i;
            let difference = (*r1 + r3) * Fp::TWO_INV;
            let sum = *r2 + one;
            p0.push((sum + difference) * Fp::TWO_INV);
            p1.push(one);
            p2.push((sum - difference) * Fp::TWO_INV);
        }
        [Reversed(p0), Reversed(p1), Reversed(p2)]
    }

    /// The coefficients, lowest first.
    pub fn coefficients(&self, poly: &Reversed) -> Vec<Fp> {
        (0..self.n())
            .into_par_iter()
            .map(|m| poly.0[reverse(m, self.log_n)] * self.n_inverse)
            .collect()
    }

    /// `L_j(x)` for every row `j`: the value at `x` of the polynomial that is 1 on row `j` and 0 on the others.
    ///
    /// `x` must not be in `H`.
    pub fn lagrange(&self, x: Fp) -> Vec<Fp> {
        let rows = powers(self.omega, self.n());
        let mut inverses: Vec<Fp> = rows.iter().map(|w| x - w).collect();
        ff::BatchInvert::batch_invert(inverses.iter_mut());
        let factor = (x.pow_vartime([self.n() as u64]) - Fp::ONE) * self.n_inverse;
        rows.iter()
            .zip(&inverses)
            .map(|(w, inverse)| factor * w * inverse)
            .collect()
    }
}

impl WideDomain {
    fn new(wide: Wide, domain: &Domain) -> Option<Self> {
        let forward = Transform::new(wide, &domain.roots)?;
        let factors = |tables: &[Vec<Fp>]| tables.iter().map(|t| forward.factors(t)).collect();
        Some(WideDomain {
            inverse: Transform::new(wide, &domain.inverse_roots)?,
            enter: factors(&domain.enter),
            leave: factors(&domain.leave),
            forward,
        })
    }
}

fn reverse(index: usize, bits: u32) -> usize {
    index.reverse_bits() >> (usize::BITS - bits)
}

/// Values in order to places in bit-reversed order.
fn decimate_in_frequency(a: &mut [Fp], roots: &[Fp]) {
    let mut half = a.len() / 2;
    let mut stride = 1;
    while half > 1 {
        for block in a.chunks_exact_mut(2 * half) {
            let (left, right) = block.split_at_mut(half);
            let roots = roots.iter().step_by(stride);
            for ((l, r), root) in left.iter_mut().zip(right).zip(roots) {
                let difference = *l - *r;
                *l += *r;
                *r = difference * root;
            }
        }
        half /= 2;
        stride *= 2;
    }
    for pair in a.chunks_exact_mut(2) {
        (pair[0], pair[1]) = (pair[0] + pair[1], pair[0] - pair[1]);
    }
}

/// Places in bit-reversed order to values in order.
fn decimate_in_time(a: &mut [Fp], roots: &[Fp]) {
    for pair in a.chunks_exact_mut(2) {
        (pair[0], pair[1]) = (pair[0] + pair[1], pair[0] - pair[1]);
    }
    let mut half = 2;
    let mut stride = a.len() / 4;
    while 2 * half <= a.len() {
        for block in a.chunks_exact_mut(2 * half) {
            let (left, right) = block.split_at_mut(half);
            let roots = roots.iter().step_by(stride);
            for ((l, r), root) in left.iter_mut().zip(right).zip(roots) {
                let t = *r * root;
                *r = *l - t;
                *l += t;
            }
        }
        half *= 2;
        stride /= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2_proofs::arithmetic::eval_polynomial;
    use halo2_proofs::poly::EvaluationDomain;

    fn random(count: usize, seed: u64) -> Vec<Fp> {
        let mut state = Fp::from(seed);
        (0..count)
            .map(|i| {
                state = state.square() + Fp::from(i as u64 + 1);
                state
            })
            .collect()
    }

    #[test]
    fn the_rows_are_those_of_halo2() {
        for k in [3, 12] {
            let halo2 = EvaluationDomain::<Fp>::new(5, k);
            assert_eq!(Domain::new(k).omega(), halo2.get_omega());
        }
    }

    #[test]
    fn values_and_coefficients_name_one_polynomial() {
        let domain = Domain::new(5);
        let values = random(32, 7);
        let poly = domain.interpolate(values.clone());
        let coefficients = domain.coefficients(&poly);
        let omega = domain.omega();
        let v = (0..).map(|j| omega.pow_vartime([j]));
        for (value, row) in values.iter().zip(v) {
            assert_eq!(eval_polynomial(&coefficients, row), *value);
        }
        let fourth = domain.i;
        assert_eq!(fourth.square(), -Fp::ONE);
        let x = Fp::from(77);
        let at_x: Fp = domain
            .lagrange(x)
            .iter()
            .zip(&values)
            .map(|(l, v)| *l * v)
            .sum();
        assert_eq!(at_x, eval_polynomial(&coefficients, x));
    }

    /// Sizes with and without a wide way, random and extreme values.
    #[test]
    fn eight_at_a_time_gives_what_one_at_a_time_gives() {
        for k in [4, 6, 7, 12, 15] {
            let eight = Domain::new(k);
            let mut one = Domain::new(k);
            assert_eq!(one.wide.is_some(), Wide::detect().is_some() && k >= 6);
            one.wide = None;
            for values in [random(eight.n(), 5), vec![-Fp::ONE; eight.n()]] {
                let poly = eight.interpolate(values.clone());
                assert_eq!(poly.0, one.interpolate(values.clone()).0, "{k}");
                for coset in 0..COSETS {
                    let there = eight.on_coset(&poly, coset);
                    assert_eq!(there, one.on_coset(&poly, coset), "{k} {coset}");
                    let back = eight.residue(there.clone(), coset);
                    assert_eq!(back.0, one.residue(there, coset).0, "{k} {coset}");
                    assert_eq!(back.0, poly.0, "{k} {coset}");
                }
            }
        }
    }

    #[test]
    fn residues_determine_a_polynomial_of_three_pieces() {
        let domain = Domain::new(4);
        let n = domain.n();
        let coefficients = random(3 * n, 9);
        let mut v = Fp::ROOT_OF_UNITY;
        for _ in 6..Fp::S {
            v = v.square();
        }
        let residues: Vec<Reversed> = (0..COSETS)
            .map(|k| {
                let values = (0..n)
                    .map(|j| {
                        let x = v.pow_vartime([(k + 4 * j) as u64]);
                        eval_polynomial(&coefficients, x)
                    })
                    .collect::<Vec<_>>();
                let residue = domain.residue(values.clone(), k);
                assert_eq!(domain.on_coset(&residue, k), values, "coset {k}");
                residue
            })
            .collect();
        let last = domain.last_residue(&residues[0], &residues[1], &residues[2]);
        assert_eq!(last.0, residues[3].0);
        let pieces = domain.pieces(&residues[1], &residues[2], &residues[3]);
        for (piece, expected) in pieces.iter().zip(coefficients.chunks(n)) {
            assert_eq!(domain.coefficients(piece), expected);
        }
    }
}
