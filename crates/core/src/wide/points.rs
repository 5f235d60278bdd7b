//! Sums of pairs of points in affine coordinates, all with one inversion.
//!
//! `slope = dy / dx`, `x = slope^2 - x1 - x2`, `y = slope (x1 - x) - y1`. With stored values `X = x 2^256` and products
//! that divide by `2^260`, the running product of `k` differences is `P_k = D P_(k-1) / 2^260`; the inverse that goes
//! back through them starts at `2^518 / P` and is, at `k`, what gives `G = 2^262 / dx` by one product with
//! `P_(k-1)`. Then `L = D_y G / 2^260 = slope 2^258`, whose square is `slope^2 2^256`, and `L` times four times a stored
//! value is four times the wanted one over four: no factor is left to be mended.

use ff::{BatchInvert, Field};
use pasta_curves::Fq;
use std::arch::x86_64::*;

use super::Wide;
use super::lanes::{Lanes, Modulus, Order, transpose};
use crate::msm::Point;

/// Pairs that share an inversion: what is remembered of them fits into the second cache.
const BLOCK: usize = 4096;
/// Running products beside each other, so that one does not wait for the other.
const CHAINS: usize = 4;
const EIGHT: usize = 8;

/// What is added to what.
pub(crate) enum Operands<'a> {
    /// `points[at] += points[at + 1]` for every `at`.
    Neighbours(&'a [usize]),
    /// `points[i] += other[i]`.
    Plus(&'a [Point]),
    /// `points[i] -= other[i]`.
    Minus(&'a [Point]),
    /// `points[i] += points[i]`.
    Itself,
}

impl Operands<'_> {
    fn count(&self, points: &[Point]) -> usize {
        match self {
            Operands::Neighbours(at) => at.len(),
            _ => points.len(),
        }
    }

    /// The place of the left operand, which is that of the sum.
    #[inline]
    fn place(&self, i: usize) -> usize {
        match self {
            Operands::Neighbours(at) => at[i],
            _ => i,
        }
    }

    #[inline]
    fn right<'p>(&'p self, points: &'p [Point], i: usize) -> &'p Point {
        match self {
            Operands::Neighbours(at) => &points[at[i] + 1],
            Operands::Plus(other) | Operands::Minus(other) => &other[i],
            Operands::Itself => &points[i],
        }
    }
}

impl Wide {
    /// Adds in place; `None` where two points of a pair share their x coordinate (or, doubled, y is zero): nothing
    /// can be said of the points then.
    pub fn add(self, points: &mut [Point], operands: &Operands<'_>) -> Option<()> {
        if let Operands::Plus(other) | Operands::Minus(other) = operands {
            assert_eq!(other.len(), points.len(), "a point without its partner");
        }
        let count = operands.count(points);
        let mut before = Vec::with_capacity(count.min(BLOCK).div_ceil(EIGHT));
        for from in (0..count).step_by(BLOCK) {
            let to = (from + BLOCK).min(count);
            // SAFETY: a `Wide` exists only where the processor has the instructions.
            unsafe { add_block(points, operands, from..to, &mut before)? };
        }
        Some(())
    }
}

/// `x` and `y` of eight points.
struct Eight {
    x: Lanes,
    y: Lanes,
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load<'a>(point: impl Fn(usize) -> &'a Point) -> Eight {
    const { assert!(size_of::<Point>() == 64) };
    let rows = std::array::from_fn(|lane| {
        // SAFETY: a point is eight words without padding (it is `repr(C)`); the load needs no alignment.
        unsafe { _mm512_loadu_si512(std::ptr::from_ref(point(lane)).cast()) }
    });
    let w = transpose(rows);
    Eight {
        x: Lanes::from_words(&[w[0], w[1], w[2], w[3]]),
        y: Lanes::from_words(&[w[4], w[5], w[6], w[7]]),
    }
}

/// What is to be inverted, not zero where the formulas hold; below 2. Bounds are multiples of the order.
#[inline]
#[target_feature(enable = "avx512f")]
fn run(order: &Order, operands: &Operands<'_>, left: &Eight, right: &Eight) -> Lanes {
    match operands {
        Operands::Itself => left.y.shifted::<1>().carry(),
        _ => distance(order, &right.x, &left.x),
    }
}

/// What the inverse is multiplied by, below 4.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn rise(order: &Order, operands: &Operands<'_>, left: &Eight, right: &Eight) -> Lanes {
    match operands {
        // 3 x^2: the product misses 2^4.
        Operands::Itself => {
            let square = order.mul(&left.x, &left.x.shifted::<4>().carry());
            square.plus(&square).plus(&square).carry()
        }
        Operands::Minus(_) => {
            let dy = order.times::<1>().minus(&right.y).minus(&left.y);
            dy.carry()
        }
        _ => distance(order, &right.y, &left.y),
    }
}

/// `a - b`, below 2.
#[inline]
#[target_feature(enable = "avx512f")]
fn distance(order: &Order, a: &Lanes, b: &Lanes) -> Lanes {
    order.times::<0>().plus(a).minus(b).carry()
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn add_block(
    points: &mut [Point],
    operands: &Operands<'_>,
    range: std::ops::Range<usize>,
    before: &mut Vec<Lanes>,
) -> Option<()> {
    let order = Order::of::<Fq>();
    let groups = range.len().div_ceil(EIGHT);
    // Lanes beyond the last pair repeat it.
    let pair = |group: usize, lane: usize| (range.start + EIGHT * group + lane).min(range.end - 1);
    let left =
        |points: &[Point], group: usize| load(|lane| &points[operands.place(pair(group, lane))]);
    let right =
        |points: &[Point], group: usize| load(|lane| operands.right(points, pair(group, lane)));

    let mut products = [Lanes::splat(&limbs_of(&Fq::ONE)); CHAINS];
    before.clear();
    for group in 0..groups {
        let dx = run(
            &order,
            operands,
            &left(points, group),
            &right(points, group),
        );
        let product = &mut products[group % CHAINS];
        before.push(*product);
        *product = order.mul(product, &dx);
    }
    let mut inverses = invert(&order, &products)?;
    for group in (0..groups).rev() {
        let (p, q) = (left(points, group), right(points, group));
        let (dx, dy) = (
            run(&order, operands, &p, &q),
            rise(&order, operands, &p, &q),
        );
        let inverse = &mut inverses[group % CHAINS];
        let g = order.mul(inverse, &before[group]);
        *inverse = order.mul(inverse, &dx);
        let slope = order.mul(&dy, &g);
        let square = order.mul(&slope, &slope);
        let x = order.times::<1>().plus(&square).minus(&p.x).minus(&q.x);
        let x = order.reduced(&x.carry());
        let back = order.times::<0>().plus(&p.x).minus(&x).shifted::<2>();
        let y = order.mul(&slope, &back.carry());
        let y = order.reduced(&order.times::<0>().plus(&y).minus(&p.y).carry());
        let (x, y) = (x.to_words(), y.to_words());
        let rows = transpose([x[0], x[1], x[2], x[3], y[0], y[1], y[2], y[3]]);
        for (lane, row) in rows.into_iter().enumerate() {
            let point = &mut points[operands.place(pair(group, lane))];
            // SAFETY: as for the load; both coordinates are reduced, so every word is that of an element.
            unsafe { _mm512_storeu_si512(std::ptr::from_mut(point).cast(), row) };
        }
    }
    Some(())
}

/// The limbs of a stored element.
fn limbs_of(x: &Fq) -> [u64; 5] {
    super::lanes::limbs(*x.words())
}

/// `2^518 / P` of every running product; `None` if one is zero.
#[target_feature(enable = "avx512f,avx512ifma")]
fn invert(order: &Order, products: &[Lanes; CHAINS]) -> Option<[Lanes; CHAINS]> {
    let mut elements = [Fq::ZERO; CHAINS * EIGHT];
    for (product, elements) in products.iter().zip(elements.chunks_exact_mut(EIGHT)) {
        let words = order.reduced(product).to_words();
        let mut stored = [[0u64; EIGHT]; 4];
        for (stored, word) in stored.iter_mut().zip(&words) {
            // SAFETY: eight words of room.
            unsafe { _mm512_storeu_si512(stored.as_mut_ptr().cast(), *word) };
        }
        for (lane, element) in elements.iter_mut().enumerate() {
            *element = Fq::from_words(std::array::from_fn(|i| stored[i][lane]));
        }
    }
    if elements.contains(&Fq::ZERO) {
        return None;
    }
    // The inverse of the element stored as P is stored as 2^512 / P.
    elements.iter_mut().batch_invert();
    let factor = Fq::from(64);
    Some(std::array::from_fn(|chain| {
        let mut limbs = [[0u64; EIGHT]; 5];
        for lane in 0..EIGHT {
            let inverse = limbs_of(&(elements[EIGHT * chain + lane] * factor));
            for (limbs, limb) in limbs.iter_mut().zip(inverse) {
                limbs[lane] = limb;
            }
        }
        Lanes(limbs.map(|limb| {
            // SAFETY: eight words.
            unsafe { _mm512_loadu_si512(limb.as_ptr().cast()) }
        }))
    }))
}
