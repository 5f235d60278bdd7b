//! Products and sums of columns, row by row.

use pasta_curves::Fp;
use std::arch::x86_64::*;

use super::Wide;
use super::lanes::{Lanes, Order, load, ready, store};

const EIGHT: usize = 8;
/// Products that are added before a sum is reduced: with what was there, it stays below 32.
const TERMS: usize = 24;

impl Wide {
    /// `out_i = sum_t factor_t column_t,i`. All columns are as long as `out`, a multiple of eight.
    pub fn combine(self, out: &mut [Fp], terms: &[(Fp, &[Fp])]) {
        assert!(terms.iter().all(|(_, column)| column.len() == out.len()));
        // SAFETY: a `Wide` exists only where the processor has the instructions.
        unsafe { combine(out, terms) }
    }

    /// `sum_i += factor x_i y_i ..` for columns as long as `sum`, a multiple of eight.
    pub fn add_products(self, sum: &mut [Fp], factor: Fp, columns: &[&[Fp]]) {
        assert!(!columns.is_empty(), "nothing to multiply");
        assert!(columns.iter().all(|column| column.len() == sum.len()));
        // SAFETY: as above.
        unsafe { add_products(sum, factor, columns) }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn combine(out: &mut [Fp], terms: &[(Fp, &[Fp])]) {
    let order = Order::of::<Fp>();
    let factors: Vec<[u64; 5]> = terms.iter().map(|(factor, _)| ready(factor)).collect();
    for (block, out) in out.chunks_exact_mut(EIGHT).enumerate() {
        let mut sum = Lanes([_mm512_setzero_si512(); 5]);
        for (terms, factors) in terms.chunks(TERMS).zip(factors.chunks(TERMS)) {
            for ((_, column), factor) in terms.iter().zip(factors) {
                let value = load(&column[EIGHT * block..]);
                sum = sum.plus(&order.mul(&value, &Lanes::splat(factor)));
            }
            sum = order.below_two(&sum.carry());
        }
        store(out, &order.reduced(&sum));
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn add_products(sum: &mut [Fp], factor: Fp, columns: &[&[Fp]]) {
    let order = Order::of::<Fp>();
    // Every product of stored values misses 2^4; the last one, with the factor, misses nothing.
    let missing = (1..columns.len()).fold(factor, |factor, _| factor * Fp::from(16));
    let factor = Lanes::splat(&ready(&missing));
    for (block, sum) in sum.chunks_exact_mut(EIGHT).enumerate() {
        let mut product = factor;
        for column in columns {
            product = order.mul(&product, &load(&column[EIGHT * block..]));
        }
        let total = load(sum).plus(&product).carry();
        store(sum, &order.reduced(&total));
    }
}
