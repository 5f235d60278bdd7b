//! Additions of points in affine coordinates that share an inversion: eight at a time where the processor can.

use super::point::Point;
#[cfg(feature = "prove")]
use crate::wide::{Operands, Wide};
use ff::Field;
use pasta_curves::Fq;

/// Fewer additions than this are not worth thirty-two inverses.
#[cfg(feature = "prove")]
const FEW: usize = 64;

/// `points[left] += points[left + 1]` for every `left`; the two have different x coordinates.
pub(super) fn neighbours(points: &mut [Point], lefts: &[usize]) {
    #[cfg(feature = "prove")]
    if let (Some(wide), true) = (Wide::detect(), lefts.len() >= FEW) {
        let done = wide.add(points, &Operands::Neighbours(lefts));
        return done.expect("no difference is zero");
    }
    one_by_one(points, lefts).expect("no difference is zero");
}

fn one_by_one(points: &mut [Point], lefts: &[usize]) -> Option<()> {
    let mut inverses = Vec::with_capacity(lefts.len());
    let differences = lefts.iter().map(|at| points[at + 1].x - points[*at].x);
    invert_all(&mut inverses, differences)?;
    for (&left, inverse) in lefts.iter().zip(&inverses) {
        let (p, q) = (points[left], points[left + 1]);
        points[left] = chord(p, q.x, q.y, *inverse);
    }
    Some(())
}

/// `sums[i] += other[i]`, or `-=`; `None` where two points share their x coordinate.
#[cfg(feature = "prove")]
pub(super) fn add(
    sums: &mut [Point],
    other: &[Point],
    subtract: bool,
    scratch: &mut Vec<Fq>,
) -> Option<()> {
    if let (Some(wide), true) = (Wide::detect(), sums.len() >= FEW) {
        let operands = if subtract {
            Operands::Minus(other)
        } else {
            Operands::Plus(other)
        };
        return wide.add(sums, &operands);
    }
    invert_all(scratch, sums.iter().zip(other).map(|(p, q)| q.x - p.x))?;
    for ((p, q), inverse) in sums.iter_mut().zip(other).zip(scratch.iter()) {
        *p = chord(*p, q.x, if subtract { -q.y } else { q.y }, *inverse);
    }
    Some(())
}

/// `sums[i] += sums[i]`. The curve has prime order, so no point is its own opposite.
#[cfg(feature = "prove")]
pub(super) fn double(sums: &mut [Point], scratch: &mut Vec<Fq>) -> Option<()> {
    if let (Some(wide), true) = (Wide::detect(), sums.len() >= FEW) {
        return wide.add(sums, &Operands::Itself);
    }
    invert_all(scratch, sums.iter().map(|p| p.y.double()))?;
    for (p, inverse) in sums.iter_mut().zip(scratch.iter()) {
        let square = p.x.square();
        let slope = (square.double() + square) * inverse;
        *p = line(*p, p.x, slope);
    }
    Some(())
}

/// `p + (x, y)`, by the inverse of the difference of x.
fn chord(p: Point, x: Fq, y: Fq, inverse: Fq) -> Point {
    line(p, x, (y - p.y) * inverse)
}

/// The opposite of the third point on the line of this slope through `p` and a point of this `x`.
fn line(p: Point, other_x: Fq, slope: Fq) -> Point {
    let x = slope.square() - p.x - other_x;
    let y = slope * (p.x - x) - p.y;
    Point { x, y }
}

/// The inverses of all values, into `out`; `None` if one is zero.
fn invert_all(
    out: &mut Vec<Fq>,
    values: impl DoubleEndedIterator<Item = Fq> + Clone,
) -> Option<()> {
    out.clear();
    let mut product = Fq::ONE;
    for value in values.clone() {
        out.push(product);
        product *= value;
    }
    let mut inverse = Option::<Fq>::from(product.invert())?;
    for (place, value) in out.iter_mut().rev().zip(values.rev()) {
        *place *= inverse;
        inverse *= value;
    }
    Some(())
}
