//! Table entries by key, and their inverses: what the prover knows of its lookups.

use ff::{BatchInvert, PrimeField};
use pasta_curves::Fp;

use crate::circuit::logup::{A_MAX, quotient_entry};
use crate::circuit::shape::Shape;

/// A column's entry as a key below `limit`; `None` for anything else.
pub(crate) fn key(value: &Fp, limit: usize) -> Option<u32> {
    let repr = value.to_repr();
    let (low, high) = repr.split_at(4);
    let key = u32::from_le_bytes(low.try_into().ok()?);
    (high.iter().all(|byte| *byte == 0) && (key as usize) < limit).then_some(key)
}

/// `1/U` and `1/V` of every table entry: a cell that is in the tables has `h = 1/u + 1/v` by two look-ups.
#[derive(Clone, Debug)]
pub(crate) struct Inverses {
    /// By biased quotient: `1 / (beta1 + q + alpha clamp(q - q_max))`.
    pub u: Vec<Fp>,
    /// By remainder: `1 / (beta2 + r)`.
    pub v: Vec<Fp>,
    /// By biased quotient: the activation.
    pub activations: Vec<Fp>,
}

impl Inverses {
    pub fn new(shape: &Shape, beta1: Fp, beta2: Fp, alpha: Fp) -> Self {
        let bytes: Vec<Fp> = (0..=A_MAX as u64).map(Fp::from).collect();
        let entries = (0..=2 * shape.q_max() as usize).map(|i| quotient_entry(shape, i));
        let activations: Vec<Fp> = entries.clone().map(|(_, a)| bytes[a as usize]).collect();
        let mut u: Vec<Fp> = entries
            .zip(&activations)
            .map(|((q, _), a)| beta1 + Fp::from(q) + alpha * a)
            .collect();
        let mut v: Vec<Fp> = (0..1u64 << shape.shift())
            .map(|r| beta2 + Fp::from(r))
            .collect();
        // A zero stays zero; it occurs with probability below 2^-230.
        u.iter_mut().batch_invert();
        v.iter_mut().batch_invert();
        Inverses { u, v, activations }
    }
}
