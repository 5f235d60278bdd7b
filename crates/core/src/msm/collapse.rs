//! Many sums with the same coefficients: `out_i = sum_b factor_b point_(b m + i)`.
//!
//! This is what the inner product argument does to its bases. Because every output is made by the same sequence
//! of doublings and additions (the signed digits of the factors), all outputs are computed side by side in affine
//! coordinates, each step with one shared inversion.

use super::additions::{add, double};
use super::point::Point;
use ff::PrimeField;
use group::Curve;
use halo2_proofs::arithmetic::best_multiexp;
use pasta_curves::{EqAffine, Fp};
use rayon::prelude::*;

/// Digits are zero or odd and below `2^(WIDTH-1)` in magnitude; a non-zero one is followed by `WIDTH - 1` zeros.
const WIDTH: u32 = 4;
/// Odd multiples of a point that digits select: 1, 3, 5, 7.
const MULTIPLES: usize = 1 << (WIDTH - 2);
/// Outputs that share an inversion.
const CHUNK: usize = 512;

/// `out_i = sum_b factors[b] points[b m + i]`, `m = points.len() / factors.len()`.
///
/// # Panics
/// If the number of factors does not divide the number of points, or an output is the identity (for bases that
/// were hashed to the curve and factors drawn by Fiat-Shamir nobody can find such a case).
pub fn collapse(points: &[Point], factors: &[Fp]) -> Vec<Point> {
    assert!(!factors.is_empty() && points.len().is_multiple_of(factors.len()));
    let m = points.len() / factors.len();
    let digits: Vec<Vec<i8>> = factors.iter().map(non_adjacent_form).collect();
    (0..m)
        .step_by(CHUNK)
        .collect::<Vec<_>>()
        .into_par_iter()
        .flat_map_iter(|from| {
            let to = (from + CHUNK).min(m);
            let blocks: Vec<&[Point]> = points.chunks_exact(m).map(|b| &b[from..to]).collect();
            side_by_side(&blocks, &digits).unwrap_or_else(|| one_by_one(&blocks, factors))
        })
        .collect()
}

/// The plain way, for inputs that affine formulas cannot add.
fn one_by_one(blocks: &[&[Point]], factors: &[Fp]) -> Vec<Point> {
    (0..blocks[0].len())
        .map(|i| {
            let bases: Vec<EqAffine> = blocks.iter().map(|b| b[i].affine()).collect();
            Point::new(&best_multiexp(factors, &bases).to_affine())
                .expect("no sum of independent bases is the identity")
        })
        .collect()
}

fn side_by_side(blocks: &[&[Point]], digits: &[Vec<i8>]) -> Option<Vec<Point>> {
    let tables: Vec<Vec<Vec<Point>>> = blocks
        .iter()
        .map(|block| odd_multiples(block))
        .collect::<Option<_>>()?;
    let mut sums: Option<Vec<Point>> = None;
    let mut scratch = Vec::with_capacity(blocks[0].len());
    for place in (0..digits.iter().map(Vec::len).max()?).rev() {
        if let Some(sums) = &mut sums {
            double(sums, &mut scratch)?;
        }
        for (table, digits) in tables.iter().zip(digits) {
            let digit = digits.get(place).copied().unwrap_or(0);
            if digit == 0 {
                continue;
            }
            let multiple = &table[usize::from(digit.unsigned_abs()) / 2];
            match &mut sums {
                Some(sums) => add(sums, multiple, digit < 0, &mut scratch)?,
                None => {
                    let sign = i16::from(digit);
                    sums = Some(multiple.iter().map(|p| p.times_sign_of(sign)).collect());
                }
            }
        }
    }
    sums
}

/// `P, 3P, 5P, 7P` of every point.
fn odd_multiples(points: &[Point]) -> Option<Vec<Vec<Point>>> {
    let mut scratch = Vec::with_capacity(points.len());
    let mut twice = points.to_vec();
    double(&mut twice, &mut scratch)?;
    let mut table = vec![points.to_vec()];
    for i in 1..MULTIPLES {
        let mut next = table[i - 1].clone();
        add(&mut next, &twice, false, &mut scratch)?;
        table.push(next);
    }
    Some(table)
}

/// Signed digits of a scalar, least significant first, `sum_i digit_i 2^i`.
fn non_adjacent_form(value: &Fp) -> Vec<i8> {
    let repr = value.to_repr();
    let bytes: &[u8] = repr.as_ref();
    let bit = |i: usize| i < 256 && bytes[i / 8] >> (i % 8) & 1 == 1;
    let mut digits = Vec::with_capacity(257);
    let mut carry = 0i32;
    let mut i = 0;
    while i <= 256 {
        if (i32::from(bit(i)) + carry) & 1 == 0 {
            // Carry stays: 1 + 1 gives 0 and carries on, 0 + 0 carries nothing.
            digits.push(0);
            i += 1;
            continue;
        }
        let window = (0..WIDTH as usize).fold(carry, |w, j| w + (i32::from(bit(i + j)) << j));
        let half = 1 << (WIDTH - 1);
        let digit = if window >= half {
            window - 2 * half
        } else {
            window
        };
        carry = i32::from(window >= half);
        digits.push(digit as i8);
        digits.extend(std::iter::repeat_n(0, WIDTH as usize - 1));
        i += WIDTH as usize;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params;
    use ff::Field;

    fn value(digits: &[i8]) -> Fp {
        digits.iter().rev().fold(Fp::ZERO, |sum, d| {
            let digit = Fp::from(u64::from(d.unsigned_abs()));
            sum.double() + if *d < 0 { -digit } else { digit }
        })
    }

    #[test]
    fn digits_name_the_scalar() {
        let mut state = Fp::from(5);
        let some = (0..200).map(|_| {
            state = state.square() + Fp::ONE;
            state
        });
        let edge = [Fp::ZERO, Fp::ONE, -Fp::ONE, -Fp::from(2), Fp::TWO_INV];
        for x in some.chain(edge).chain((0..300).map(Fp::from)) {
            let digits = non_adjacent_form(&x);
            assert_eq!(value(&digits), x);
            assert!(digits.iter().all(|d| *d == 0 || d % 2 != 0 && d.abs() < 8));
        }
    }

    #[test]
    fn outputs_are_the_sums() {
        let basis = params::basis(12).unwrap();
        let mut state = Fp::from(11);
        let mut factors = vec![Fp::ONE];
        while factors.len() < 8 {
            state = state.square() + Fp::from(3);
            factors.push(state);
        }
        for count in [1usize, 2, 8] {
            let points = &basis.points[..1600];
            let m = points.len() / count;
            let got = collapse(points, &factors[..count]);
            assert_eq!(got.len(), m);
            for i in [0, 1, m / 2, m - 1] {
                let bases: Vec<EqAffine> = (0..count).map(|b| basis.lagrange[b * m + i]).collect();
                let expected = best_multiexp(&factors[..count], &bases).to_affine();
                assert_eq!(got[i].affine(), expected, "{count} {i}");
            }
        }
    }

    #[test]
    fn equal_points_are_added_the_plain_way() {
        let basis = params::basis(12).unwrap();
        let p = basis.points[5];
        let got = collapse(
            &[p, basis.points[6], p, basis.points[7]],
            &[Fp::ONE, Fp::ONE],
        );
        let twice = (basis.lagrange[5] * Fp::from(2)).to_affine();
        assert_eq!(got[0].affine(), twice);
    }
}
