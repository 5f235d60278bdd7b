//! Sums for provers: scalars of any size, columns, and coefficients that are a function of few keys.

use super::buckets::Buckets;
use super::point::Point;
use super::window;
use ff::{Field, PrimeField};
use group::Group;
use pasta_curves::{Eq, Fp};
use rayon::prelude::*;
use zeroize::Zeroize;

/// Bits of a scalar.
const SCALAR_BITS: usize = 255;

/// `sum_j values[j] bases[j]` for scalars of any size.
///
/// # Panics
/// If there are fewer bases than scalars.
pub fn scalars(values: &[Fp], bases: &[Point]) -> Eq {
    assert!(bases.len() >= values.len(), "a scalar without its base");
    let bits = window_bits(values.len());
    let sums: Vec<Eq> = signed_digits(values, bits)
        .par_iter()
        .map(|digits| window(digits, bases, 1 << (bits - 1)))
        .collect();
    sums.into_iter().rev().fold(Eq::identity(), |mut sum, w| {
        for _ in 0..bits {
            sum = sum.double();
        }
        sum + w
    })
}

/// The width of windows that costs least for this many points: six multiplications and a half per point and
/// twenty-seven per bucket, in each window.
fn window_bits(points: usize) -> usize {
    let cost = |bits: usize| (SCALAR_BITS / bits + 1) * (13 * points + 54 * (1 << (bits - 1)));
    (2..=14).min_by_key(|bits| cost(*bits)).unwrap_or(8)
}

/// Digits between `-2^(bits-1)` and `2^(bits-1)` of every scalar, window by window, least significant first.
fn signed_digits(values: &[Fp], bits: usize) -> Vec<Vec<i16>> {
    let windows = SCALAR_BITS / bits + 1;
    let mut digits = vec![vec![0i16; values.len()]; windows];
    for (j, value) in values.iter().enumerate() {
        if bool::from(value.is_zero()) {
            continue;
        }
        let repr = value.to_repr();
        let bytes: &[u8] = repr.as_ref();
        let mut carry = 0i32;
        for (w, column) in digits.iter_mut().enumerate() {
            let (byte, bit) = (w * bits / 8, w * bits % 8);
            let raw = (0..4).fold(0u32, |raw, i| {
                raw | u32::from(*bytes.get(byte + i).unwrap_or(&0)) << (8 * i)
            });
            let mut digit = (raw >> bit & ((1 << bits) - 1)) as i32 + carry;
            carry = i32::from(digit > 1 << (bits - 1));
            digit -= carry << bits;
            column[j] = digit as i16;
        }
        debug_assert_eq!(carry, 0, "the top window has room for the carry");
    }
    digits
}

/// `sum_j values[j] bases[j]` for a column; fast where all entries but a few are below 2^16.
pub fn column(values: &[Fp], bases: &[Point]) -> Eq {
    let mut low = vec![0u32; values.len()];
    let (mut rest, mut rest_bases) = (Vec::new(), Vec::new());
    for (j, value) in values.iter().enumerate() {
        let repr = value.to_repr();
        let digits: &[u8] = repr.as_ref();
        if digits[2..].iter().all(|d| *d == 0) {
            low[j] = u32::from(u16::from_le_bytes([digits[0], digits[1]]));
        } else {
            rest.push(*value);
            rest_bases.push(bases[j]);
        }
    }
    if rest.len() > values.len() / 8 {
        return scalars(values, bases);
    }
    let mut sum = small(&low, bases);
    if !rest.is_empty() {
        sum += scalars(&rest, &rest_bases);
    }
    sum
}

/// The sum of the bases of every key, keys ascending; a key may come in several parts, which belong together.
///
/// A sum with coefficients that are a function of the key is then one over as many points as there are keys.
pub fn by_key(keys: &[u32], bases: &[Point]) -> Vec<(u32, Point)> {
    let most = keys.iter().max().map_or(0, |key| *key as usize + 1);
    let entries = keys.iter().map(|key| *key as usize + 1);
    let mut buckets = Buckets::new(entries.zip(bases.iter().copied()), most);
    while buckets.halve() {}
    let sums = buckets.sums().into_iter();
    sums.map(|(bucket, sum)| (bucket as u32 - 1, sum)).collect()
}

/// `sum_j values[j] bases[j]`, in windows of a byte, as many as the largest value has.
pub fn small(values: &[u32], bases: &[Point]) -> Eq {
    let most = values.iter().copied().max().unwrap_or(0);
    let bytes = (u32::BITS - most.leading_zeros()).div_ceil(8);
    (0..bytes).rev().fold(Eq::identity(), |mut sum, byte| {
        for _ in 0..8 {
            sum = sum.double();
        }
        let digits: Vec<i16> = values
            .iter()
            .map(|v| (v >> (8 * byte) & 255) as i16)
            .collect();
        sum + window(&digits, bases, 255)
    })
}

/// `sum_j values[j] bases[j]` for integers of either sign, in windows of a byte.
pub fn integers(values: &[i64], bases: &[Point]) -> Eq {
    let most = values.iter().map(|v| v.unsigned_abs()).max().unwrap_or(0);
    let bytes = (u64::BITS - most.leading_zeros()).div_ceil(8);
    (0..bytes).rev().fold(Eq::identity(), |mut sum, byte| {
        for _ in 0..8 {
            sum = sum.double();
        }
        let mut digits: Vec<i16> = values
            .iter()
            .map(|v| ((v.unsigned_abs() >> (8 * byte)) & 255) as i16 * v.signum() as i16)
            .collect();
        sum += window(&digits, bases, 255);
        digits.zeroize();
        sum
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{self, CommitBasis};
    use group::Curve;
    use halo2_proofs::arithmetic::best_multiexp;

    fn basis() -> &'static CommitBasis {
        params::basis(12).unwrap()
    }

    #[test]
    fn sums_by_key_carry_any_function_of_the_key() {
        // Few keys, many keys, one key; equal and opposite points among them.
        let mut bases = basis().points.clone();
        bases[9] = bases[3];
        bases[12] = bases[6].times_sign_of(-1);
        for count in [1u32, 3, 700, 60_000] {
            let keys: Vec<u32> = (0..bases.len() as u32).map(|j| j * 7919 % count).collect();
            let function = |key: u32| (Fp::from(u64::from(key)) + Fp::TWO_INV).square();
            let (values, sums): (Vec<Fp>, Vec<Point>) = by_key(&keys, &bases)
                .into_iter()
                .map(|(key, sum)| (function(key), sum))
                .unzip();
            assert!(values.len() <= count as usize + 2, "{count}");
            let expected: Vec<Fp> = keys.iter().map(|key| function(*key)).collect();
            assert_eq!(
                scalars(&values, &sums),
                scalars(&expected, &bases),
                "{count}"
            );
        }
        assert!(by_key(&[], &[]).is_empty());
    }

    #[test]
    fn small_values_of_one_to_four_bytes() {
        for limit in [0u32, 1, 255, 256, 65_521, 1 << 17, u32::MAX] {
            let values: Vec<u32> = (0..4096u32)
                .map(|j| j.wrapping_mul(2_654_435_761) % limit.max(1))
                .collect();
            let expected: Vec<Fp> = values.iter().map(|v| Fp::from(u64::from(*v))).collect();
            assert_eq!(
                small(&values, &basis().points),
                best_multiexp(&expected, &basis().lagrange)
            );
        }
    }

    #[test]
    fn full_size_scalars() {
        let largest = -Fp::ONE;
        for n in [0usize, 1, 2, 3, 31, 700, 4096] {
            let mut state = Fp::from(3);
            let values: Vec<Fp> = (0..n)
                .map(|i| {
                    state = state.square() + Fp::from(i as u64);
                    match i % 5 {
                        0 => largest - Fp::from(i as u64),
                        1 => Fp::from(i as u64 / 9),
                        2 => largest * Fp::TWO_INV,
                        _ => state,
                    }
                })
                .collect();
            assert_eq!(
                scalars(&values, &basis().points),
                best_multiexp(&values, &basis().lagrange[..n]),
                "{n}"
            );
        }
    }

    #[test]
    fn digits_of_every_width_name_the_scalar() {
        let values = [Fp::ZERO, Fp::ONE, -Fp::ONE, Fp::TWO_INV, Fp::from(0xffff)];
        for bits in 2..=14 {
            let digits = signed_digits(&values, bits);
            for (j, value) in values.iter().enumerate() {
                let sum = digits.iter().rev().fold(Fp::ZERO, |sum, w| {
                    assert!(w[j].unsigned_abs() <= 1 << (bits - 1));
                    let digit = Fp::from(u64::from(w[j].unsigned_abs()));
                    let sum = sum * Fp::from(1 << bits);
                    if w[j] < 0 { sum - digit } else { sum + digit }
                });
                assert_eq!(sum, *value, "{bits}");
            }
        }
    }

    #[test]
    fn columns_with_large_entries_among_small_ones() {
        let n = 4096;
        let large = -Fp::from(5);
        for every in [1, 3, 700, 100_000] {
            let values: Vec<Fp> = (0..n)
                .map(|i| {
                    if i % every == every - 1 {
                        large + Fp::from(i as u64)
                    } else {
                        Fp::from((i * 31 % 65_536) as u64)
                    }
                })
                .collect();
            let sum = column(&values, &basis().points);
            let halo2 = best_multiexp(&values, &basis().lagrange);
            assert_eq!(sum.to_affine(), halo2.to_affine(), "{every}");
        }
    }

    #[test]
    fn integers_of_either_sign() {
        let bases = &basis().points;
        let mut value = 1i64;
        let mut values: Vec<i64> = (0..bases.len())
            .map(|_| {
                value = value
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                value >> 24
            })
            .collect();
        values[..6].copy_from_slice(&[0, 1, -1, 1 << 40, -(1 << 40), 255]);
        let fields: Vec<Fp> = values
            .iter()
            .map(|v| {
                let magnitude = Fp::from(v.unsigned_abs());
                if *v < 0 { -magnitude } else { magnitude }
            })
            .collect();
        for count in [0, 1, 5, values.len()] {
            assert_eq!(
                integers(&values[..count], bases),
                best_multiexp(&fields[..count], &basis().lagrange[..count])
            );
        }
    }
}
