//! Sums of many curve points with coefficients (multi-scalar multiplication).
//!
//! Coefficients are cut into windows of a few bits. Within a window, points are sorted into buckets by digit,
//! every bucket is summed in affine coordinates, pair by pair, and all additions of a round share one inversion
//! (Montgomery's trick): about six multiplications an addition instead of eleven and more. Digits of full-size
//! scalars are signed, which halves the number of buckets. Where coefficients are a function of few keys, bases are
//! added up by key first ([`by_key`]).
//!
//! Running time depends on the coefficients: this runs on the machine of whoever knows them.

mod additions;
mod buckets;
#[cfg(feature = "prove")]
mod collapse;
#[cfg(feature = "prove")]
mod columns;
mod point;

#[cfg(feature = "prove")]
pub use collapse::collapse;
#[cfg(feature = "prove")]
pub use columns::{by_key, column, integers, scalars, small};
pub use point::Point;

use self::buckets::Buckets;
use pasta_curves::Eq;

/// Fewer points than this are added one by one: rounds of few additions do not pay for their inversions.
const FEW: usize = 600;

/// `sum_j values[j] bases[j]`.
pub fn bytes(values: &[u8], bases: &[Point]) -> Eq {
    let digits: Vec<i16> = values.iter().map(|v| i16::from(*v)).collect();
    window(&digits, bases, 255)
}

/// `sum_j digits[j] bases[j]` for digits between `-max` and `max`.
fn window(digits: &[i16], bases: &[Point], max: usize) -> Eq {
    let entries = digits.iter().zip(bases).map(|(digit, base)| {
        let bucket = usize::from(digit.unsigned_abs());
        (bucket, base.times_sign_of(*digit))
    });
    let mut buckets = Buckets::new(entries, max);
    if buckets.points() >= FEW {
        while buckets.halve() {}
    }
    buckets.total()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{self, CommitBasis};
    use halo2_proofs::arithmetic::best_multiexp;
    use pasta_curves::{EqAffine, Fp};

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
}
