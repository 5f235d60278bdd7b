//! Sums of many curve points with coefficients (multi-scalar multiplication).
//!
//! Coefficients are cut into windows of a few bits. Within a window, points are sorted into buckets by digit,
//! every bucket is summed in affine coordinates, pair by pair, and all additions of a round share one inversion
//! (Montgomery's trick): about six multiplications an addition instead of eleven and more. Digits of full-size
//! scalars are signed, which halves the number of buckets.
//!
//! Running time depends on the coefficients: this runs on the machine of whoever knows them.

mod buckets;
mod collapse;

pub use collapse::collapse;

use self::buckets::Buckets;
use crate::params::CommitBasis;
use ff::{Field, PrimeField};
use group::Group;
use halo2_proofs::arithmetic::best_multiexp;
use pasta_curves::arithmetic::CurveAffine;
use pasta_curves::{Eq, EqAffine, Fp, Fq};
use rayon::prelude::*;

/// Fewer points than this are added one by one: rounds of few additions do not pay for their inversions.
const FEW: usize = 600;

/// Bits of a scalar.
const SCALAR_BITS: usize = 255;

/// An affine point that is not the identity.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    x: Fq,
    y: Fq,
}

impl Point {
    /// The coordinates; `None` for the identity.
    pub fn new(point: &EqAffine) -> Option<Self> {
        let at = Option::<pasta_curves::arithmetic::Coordinates<_>>::from(point.coordinates())?;
        Some(Point {
            x: *at.x(),
            y: *at.y(),
        })
    }

    /// The point as the curve library has it.
    pub fn affine(self) -> EqAffine {
        EqAffine::from_xy_unchecked(self.x, self.y)
    }

    fn times_sign_of(self, digit: i16) -> Self {
        if digit < 0 {
            Point {
                x: self.x,
                y: -self.y,
            }
        } else {
            self
        }
    }
}

/// `sum_j values[j] bases[j]`.
pub fn bytes(values: &[u8], bases: &[Point]) -> Eq {
    let digits: Vec<i16> = values.iter().map(|v| i16::from(*v)).collect();
    window(&digits, bases, 255)
}

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

/// `sum_j values[j] L_j` for a column; fast where all entries but a few are below 2^16.
pub fn column(values: &[Fp], basis: &CommitBasis) -> Eq {
    let (mut low, mut high) = (vec![0i16; values.len()], vec![0i16; values.len()]);
    let (mut rest, mut rest_bases) = (Vec::new(), Vec::new());
    for (j, value) in values.iter().enumerate() {
        let repr = value.to_repr();
        let digits: &[u8] = repr.as_ref();
        if digits[2..].iter().all(|d| *d == 0) {
            (low[j], high[j]) = (i16::from(digits[0]), i16::from(digits[1]));
        } else {
            rest.push(*value);
            rest_bases.push(basis.lagrange[j]);
        }
    }
    if rest.len() > values.len() / 8 {
        return scalars(values, &basis.points);
    }
    let mut sum = window(&high, &basis.points, 255);
    for _ in 0..8 {
        sum = sum.double();
    }
    sum += window(&low, &basis.points, 255);
    if !rest.is_empty() {
        sum += best_multiexp(&rest, &rest_bases);
    }
    sum
}

/// `sum_j digits[j] bases[j]` for digits between `-max` and `max`.
fn window(digits: &[i16], bases: &[Point], max: usize) -> Eq {
    let mut buckets = Buckets::new(digits, bases, max);
    if buckets.points() >= FEW {
        while buckets.halve() {}
    }
    buckets.total()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params;
    use group::Curve;

    fn basis() -> &'static CommitBasis {
        params::basis(12).unwrap()
    }

    fn expected(values: &[u8], bases: &[EqAffine]) -> Eq {
        let scalars: Vec<Fp> = values.iter().map(|v| Fp::from(u64::from(*v))).collect();
        best_multiexp(&scalars, bases)
    }

    #[test]
    fn few_many_equal_and_no_coefficients() {
        let n = 4096;
        let columns: [Vec<u8>; 6] = [
            vec![0; n],
            vec![255; n],
            vec![1; n],
            (0..n).map(|i| (i * 7 % 256) as u8).collect(),
            (0..n).map(|i| if i % 50 == 0 { 9 } else { 0 }).collect(),
            (0..n).map(|i| (i == 77) as u8 * 200).collect(),
        ];
        for values in columns {
            assert_eq!(
                bytes(&values, &basis().points),
                expected(&values, &basis().lagrange),
                "{:?}",
                &values[..8]
            );
            let short = &values[..values.len() - 1000];
            assert_eq!(
                bytes(short, &basis().points),
                expected(short, &basis().lagrange[..short.len()])
            );
        }
    }

    #[test]
    fn equal_and_opposite_points_are_added_rightly() {
        let some: Vec<EqAffine> = (0..2000)
            .map(|i| {
                let p = basis().lagrange[i / 4];
                if i % 4 == 2 { -p } else { p }
            })
            .collect();
        let points: Vec<Point> = some.iter().map(|p| Point::new(p).unwrap()).collect();
        for value in [1u8, 3] {
            let values = vec![value; some.len()];
            assert_eq!(bytes(&values, &points), expected(&values, &some));
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
            let sum = column(&values, basis());
            let halo2 = best_multiexp(&values, &basis().lagrange);
            assert_eq!(sum.to_affine(), halo2.to_affine(), "{every}");
        }
    }
}
