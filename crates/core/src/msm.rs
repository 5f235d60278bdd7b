//! Sums of many curve points with small coefficients.
//!
//! Most columns of a proof and all canonical vectors hold small integers. Points are sorted into 255 buckets by
//! coefficient, every bucket is summed in affine coordinates, pair by pair, and all additions of a round share
//! one inversion (Montgomery's trick): about six multiplications an addition instead of eleven and more.
//!
//! Running time depends on the coefficients: this runs on the machine of whoever knows them.

use crate::params::CommitBasis;
use ff::{Field, PrimeField};
use group::Group;
use halo2_proofs::arithmetic::best_multiexp;
use pasta_curves::arithmetic::CurveAffine;
use pasta_curves::{Eq, EqAffine, Fp, Fq};

/// Fewer points than this are added one by one: rounds of few additions do not pay for their inversions.
const FEW: usize = 600;

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

    fn affine(self) -> EqAffine {
        EqAffine::from_xy_unchecked(self.x, self.y)
    }
}

/// `sum_j values[j] bases[j]`.
pub fn bytes(values: &[u8], bases: &[Point]) -> Eq {
    let mut buckets = Buckets::new(values, bases);
    if buckets.points.len() >= FEW {
        while buckets.halve() {}
    }
    buckets.total()
}

/// `sum_j values[j] L_j` for a column whose entries, but for a few, are below 2^16.
pub fn column(values: &[Fp], basis: &CommitBasis) -> Eq {
    let (mut low, mut high) = (vec![0u8; values.len()], vec![0u8; values.len()]);
    let (mut rest, mut rest_bases) = (Vec::new(), Vec::new());
    for (j, value) in values.iter().enumerate() {
        let repr = value.to_repr();
        let digits: &[u8] = repr.as_ref();
        if digits[2..].iter().all(|d| *d == 0) {
            (low[j], high[j]) = (digits[0], digits[1]);
        } else {
            rest.push(*value);
            rest_bases.push(basis.lagrange[j]);
        }
    }
    if rest.len() > values.len() / 8 {
        return best_multiexp(values, &basis.lagrange[..values.len()]);
    }
    let mut sum = bytes(&high, &basis.points);
    for _ in 0..8 {
        sum = sum.double();
    }
    sum += bytes(&low, &basis.points);
    if !rest.is_empty() {
        sum += best_multiexp(&rest, &rest_bases);
    }
    sum
}

/// Points by coefficient: bucket `d` is `points[start[d]..][..len[d]]`.
struct Buckets {
    points: Vec<Point>,
    start: [usize; 256],
    len: [usize; 256],
    /// Sums that affine formulas cannot add: a point and itself or its opposite.
    extra: Vec<(usize, Eq)>,
}

impl Buckets {
    fn new(values: &[u8], bases: &[Point]) -> Self {
        let mut len = [0usize; 256];
        for &value in values {
            len[usize::from(value)] += 1;
        }
        len[0] = 0;
        let mut start = [0usize; 256];
        for d in 1..256 {
            start[d] = start[d - 1] + len[d - 1];
        }
        let total = start[255] + len[255];
        let nothing = Point {
            x: Fq::ZERO,
            y: Fq::ZERO,
        };
        let mut points = vec![nothing; total];
        let mut next = start;
        for (&value, base) in values.iter().zip(bases) {
            if value != 0 {
                let at = &mut next[usize::from(value)];
                points[*at] = *base;
                *at += 1;
            }
        }
        Buckets {
            points,
            start,
            len,
            extra: Vec::new(),
        }
    }

    /// Adds neighbours within every bucket; false once no bucket has two points.
    fn halve(&mut self) -> bool {
        // Left points of the pairs, and their differences in x.
        let mut lefts = Vec::with_capacity(self.points.len() / 2);
        let mut differences = Vec::with_capacity(self.points.len() / 2);
        let mut gone = Vec::new();
        for d in 1..256 {
            for pair in 0..self.len[d] / 2 {
                let left = self.start[d] + 2 * pair;
                let (p, q) = (self.points[left], self.points[left + 1]);
                let dx = q.x - p.x;
                if dx == Fq::ZERO {
                    self.extra.push((d, Eq::from(p.affine()) + q.affine()));
                    gone.push(left);
                } else {
                    lefts.push(left);
                    differences.push(dx);
                }
            }
        }
        if lefts.is_empty() && gone.is_empty() {
            return false;
        }
        let mut before = Vec::with_capacity(differences.len());
        let mut product = Fq::ONE;
        for dx in &differences {
            before.push(product);
            product *= dx;
        }
        let mut inverse = product.invert().expect("no factor is zero");
        for ((&left, dx), before) in lefts.iter().zip(&differences).zip(&before).rev() {
            let slope = inverse * before;
            inverse *= dx;
            let (p, q) = (self.points[left], self.points[left + 1]);
            let slope = (q.y - p.y) * slope;
            let x = slope.square() - p.x - q.x;
            let y = slope * (p.x - x) - p.y;
            self.points[left] = Point { x, y };
        }
        for d in 1..256 {
            let start = self.start[d];
            let mut kept = 0;
            for at in (0..self.len[d]).step_by(2) {
                if gone.binary_search(&(start + at)).is_err() {
                    self.points[start + kept] = self.points[start + at];
                    kept += 1;
                }
            }
            self.len[d] = kept;
        }
        true
    }

    /// `sum_d d (sum of bucket d)`: every bucket enters `running` once and stays for as many rounds as its
    /// coefficient.
    fn total(&self) -> Eq {
        let mut extra = [Eq::identity(); 256];
        for (d, sum) in &self.extra {
            extra[*d] += sum;
        }
        let (mut running, mut sum) = (Eq::identity(), Eq::identity());
        for d in (1..256).rev() {
            for point in &self.points[self.start[d]..][..self.len[d]] {
                running += point.affine();
            }
            if !self.extra.is_empty() {
                running += extra[d];
            }
            sum += running;
        }
        sum
    }
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
