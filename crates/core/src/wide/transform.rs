//! Fourier transforms, eight rows at a time.
//!
//! `n` values are taken as eight rows of `m = n/8`. Three levels go between rows: there a [`Lanes`] holds eight neighbours
//! of one row. The others stay within rows: there it holds one place of all eight rows, and all lanes have the same
//! root. Between the two, blocks of eight by eight are turned.
//!
//! Roots and factors are held as `x 2^260`, so that a product with a stored value is a stored value. Bounds of values
//! are multiples of the order; 32 of them still fit.

use pasta_curves::Fp;
use std::arch::x86_64::*;

use super::Wide;
use super::lanes::{Lanes, Order, load, ready, store, transpose};

const EIGHT: usize = 8;
/// The smallest and the largest number of values, as logarithms.
const SIZES: std::ops::RangeInclusive<u32> = 6..=15;

/// Factors of `n` values, ready to be multiplied.
#[derive(Debug)]
pub(crate) struct Factors(Vec<Lanes>);

/// Tables for transforms of `2^log_n` values.
#[derive(Debug)]
pub(crate) struct Transform {
    /// `w^i` for `i < n/2`.
    roots: Vec<[u64; 5]>,
    /// `w^i`, `w^2i`, `w^4i`, eight neighbours at a time: for the levels between rows.
    between: [Vec<Lanes>; 3],
}

fn packed(values: impl ExactSizeIterator<Item = [u64; 5]>) -> Vec<Lanes> {
    let mut out = Vec::with_capacity(values.len() / EIGHT);
    let mut values = values.peekable();
    while values.peek().is_some() {
        let mut limbs = [[0u64; EIGHT]; 5];
        for lane in 0..EIGHT {
            let value = values.next().expect("a multiple of eight");
            for (limbs, limb) in limbs.iter_mut().zip(value) {
                limbs[lane] = limb;
            }
        }
        // SAFETY: both are five times eight words, and any words are a value.
        out.push(unsafe { std::mem::transmute::<[[u64; EIGHT]; 5], Lanes>(limbs) });
    }
    out
}

impl Transform {
    /// Tables for the powers `w^i`, `i < n/2`, of a primitive root; `None` for sizes that are not worth it.
    pub fn new(_: Wide, roots: &[Fp]) -> Option<Self> {
        let n = 2 * roots.len();
        if !SIZES.contains(&n.ilog2()) {
            return None;
        }
        let roots: Vec<[u64; 5]> = roots.iter().map(ready).collect();
        let between = [1, 2, 4].map(|stride| {
            let count = roots.len() / stride;
            packed((0..count).map(|i| roots[i * stride]))
        });
        Some(Transform { roots, between })
    }

    /// Factors for [`Self::in_time`] and [`Self::in_frequency`].
    pub fn factors(&self, factors: &[Fp]) -> Factors {
        assert_eq!(factors.len(), 2 * self.roots.len());
        Factors(packed(factors.iter().map(ready)))
    }

    /// Values in order to places in bit-reversed order (decimation in frequency), multiplied by `factors` at the end.
    pub fn in_frequency(&self, a: &mut [Fp], factors: Option<&Factors>) {
        assert_eq!(a.len(), 2 * self.roots.len());
        // SAFETY: the tables were made with a `Wide`, which exists only where the processor has the instructions.
        unsafe { self.frequency(a, factors) }
    }

    /// Places in bit-reversed order, multiplied by `factors` first, to values in order (decimation in time).
    pub fn in_time(&self, a: &mut [Fp], factors: Option<&Factors>) {
        assert_eq!(a.len(), 2 * self.roots.len());
        // SAFETY: as above.
        unsafe { self.time(a, factors) }
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    fn frequency(&self, a: &mut [Fp], factors: Option<&Factors>) {
        let order = Order::of::<Fp>();
        let m = a.len() / EIGHT;
        let mut places = Vec::with_capacity(m);
        let mut bound = 1;
        for j in (0..m).step_by(EIGHT) {
            let mut rows: [Lanes; EIGHT] = std::array::from_fn(|row| load(&a[row * m + j..]));
            bound = 1;
            for (level, half) in [4, 2, 1].into_iter().enumerate() {
                for low in (0..EIGHT).filter(|row| row & half == 0) {
                    let root = &self.between[level][((low % half) * m + j) / EIGHT];
                    let (sum, rest) = split(&order, &rows[low], &rows[low + half], bound);
                    (rows[low], rows[low + half]) = (sum, order.mul(&rest, root));
                }
                bound = next_bound(bound);
            }
            places.extend(turned(&rows));
        }
        let mut half = m / 2;
        while half > 1 {
            let stride = self.roots.len() / half;
            for block in places.chunks_exact_mut(2 * half) {
                let (left, right) = block.split_at_mut(half);
                for (i, (l, r)) in left.iter_mut().zip(right).enumerate() {
                    let root = Lanes::splat(&self.roots[i * stride]);
                    let (sum, rest) = split(&order, l, r, bound);
                    (*l, *r) = (sum, order.mul(&rest, &root));
                }
            }
            bound = next_bound(bound);
            half /= 2;
        }
        for pair in places.chunks_exact_mut(2) {
            (pair[0], pair[1]) = split(&order, &pair[0], &pair[1], bound);
        }
        for (j, block) in places.chunks_exact(EIGHT).enumerate() {
            let rows = turned(block.try_into().expect("eight"));
            for (row, mut value) in rows.into_iter().enumerate() {
                if let Some(Factors(factors)) = factors {
                    value = order.mul(&value, &factors[row * m / EIGHT + j]);
                }
                store(&mut a[row * m + EIGHT * j..], &order.reduced(&value));
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    fn time(&self, a: &mut [Fp], factors: Option<&Factors>) {
        let order = Order::of::<Fp>();
        let m = a.len() / EIGHT;
        let mut places = Vec::with_capacity(m);
        for j in (0..m).step_by(EIGHT) {
            let rows: [Lanes; EIGHT] = std::array::from_fn(|row| {
                let value = load(&a[row * m + j..]);
                match factors {
                    Some(Factors(factors)) => order.mul(&value, &factors[(row * m + j) / EIGHT]),
                    None => value,
                }
            });
            places.extend(turned(&rows));
        }
        // Below 1.1, and a level adds at most 2: fifteen levels stay below 32.
        for pair in places.chunks_exact_mut(2) {
            (pair[0], pair[1]) = both(&order, &pair[0], &pair[1]);
        }
        let mut half = 2;
        while half < m {
            let stride = self.roots.len() / half;
            for block in places.chunks_exact_mut(2 * half) {
                let (left, right) = block.split_at_mut(half);
                for (i, (l, r)) in left.iter_mut().zip(right).enumerate() {
                    let root = Lanes::splat(&self.roots[i * stride]);
                    (*l, *r) = both(&order, l, &order.mul(r, &root));
                }
            }
            half *= 2;
        }
        for (j, block) in places.chunks_exact(EIGHT).enumerate() {
            let mut rows = turned(block.try_into().expect("eight"));
            for (level, half) in [(2, 1), (1, 2), (0, 4)] {
                for low in (0..EIGHT).filter(|row| row & half == 0) {
                    let root = &self.between[level][(low % half) * m / EIGHT + j];
                    let t = order.mul(&rows[low + half], root);
                    (rows[low], rows[low + half]) = both(&order, &rows[low], &t);
                }
            }
            for (row, value) in rows.iter().enumerate() {
                store(&mut a[row * m + EIGHT * j..], &order.reduced(value));
            }
        }
    }
}

/// The bound of sums, from that of their terms: reduced before 32 is exceeded.
fn next_bound(bound: u32) -> u32 {
    if bound > 8 { 2 } else { 2 * bound }
}

/// `l + r` and `l - r` for values below `bound`, at most 16; the difference is below 32.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn split(order: &Order, l: &Lanes, r: &Lanes, bound: u32) -> (Lanes, Lanes) {
    let mut sum = l.plus(r).carry();
    if bound > 8 {
        sum = order.below_two(&sum);
    }
    (sum, order.times::<4>().plus(l).minus(r).carry())
}

/// `l + t` and `l - t` for `t` below 2.
#[inline]
#[target_feature(enable = "avx512f")]
fn both(order: &Order, l: &Lanes, t: &Lanes) -> (Lanes, Lanes) {
    let difference = order.times::<1>().plus(l).minus(t);
    (l.plus(t).carry(), difference.carry())
}

/// Eight by eight elements, turned.
#[inline]
#[target_feature(enable = "avx512f")]
fn turned(rows: &[Lanes; EIGHT]) -> [Lanes; EIGHT] {
    let zero = _mm512_setzero_si512();
    let mut out = [Lanes([zero; 5]); EIGHT];
    for limb in 0..5 {
        let turned = transpose(std::array::from_fn(|row| rows[row].0[limb]));
        for (out, value) in out.iter_mut().zip(turned) {
            out.0[limb] = value;
        }
    }
    out
}
