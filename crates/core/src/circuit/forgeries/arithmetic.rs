//! The arithmetic that everything stands on, against the schoolbook: the curve library computes in assembly.

use ff::{Field, PrimeField};
use group::{Curve, Group};
use halo2_proofs::arithmetic::best_multiexp;
use num_bigint::BigUint;
use pasta_curves::{Eq, EqAffine, Fp, Fq};

use super::*;

fn integer<F: PrimeField<Repr = [u8; 32]>>(value: F) -> BigUint {
    BigUint::from_bytes_le(&value.to_repr())
}

/// Values at the edges of limbs and of the modulus, then random ones.
fn values<F: PrimeField<Repr = [u8; 32]>>(seed: u64) -> Vec<F> {
    let two = F::from(2);
    let mut out = vec![F::ZERO, F::ONE, -F::ONE, F::TWO_INV, -two];
    for bits in [63u64, 64, 127, 128, 191, 192, 253, 254] {
        let power = two.pow_vartime([bits]);
        out.extend([power, power - F::ONE, -power]);
    }
    let mut r = rng(seed);
    out.resize_with(60, || F::random(&mut r));
    out
}

fn field_agrees<F: PrimeField<Repr = [u8; 32]>>(seed: u64) {
    let p = integer(-F::ONE) + 1u32;
    let values = values::<F>(seed);
    for a in &values {
        let x = integer(*a);
        assert!(x < p);
        assert_eq!(integer(a.square()), &x * &x % &p);
        assert_eq!(integer(-*a), (&p - &x) % &p);
        assert_eq!(integer(a.double()), (&x + &x) % &p);
        match Option::<F>::from(a.invert()) {
            Some(inverse) => assert_eq!(integer(inverse) * &x % &p, BigUint::from(1u32)),
            None => assert_eq!(*a, F::ZERO),
        }
        for b in &values {
            let y = integer(*b);
            assert_eq!(integer(*a + b), (&x + &y) % &p);
            assert_eq!(integer(*a - b), (&x + &p - &y) % &p);
            assert_eq!(integer(*a * b), &x * &y % &p);
        }
    }
}

#[test]
fn both_fields_compute_like_whole_numbers() {
    field_agrees::<Fp>(99);
    field_agrees::<Fq>(98);
}

#[test]
fn sums_of_points_are_right_for_extreme_scalars_and_equal_points() {
    let mut r = rng(4);
    let power = |i: usize| Fp::from(2).pow_vartime([i as u64 % 255]);
    for n in [1usize, 2, 3, 4, 5, 7, 8, 16, 31, 33, 64, 100, 257] {
        for kind in 0..9 {
            let scalars: Vec<Fp> = (0..n)
                .map(|i| match kind {
                    0 => Fp::ZERO,
                    1 => -Fp::ONE,
                    2 => Fp::TWO_INV,
                    3 => power(254 - i % 255),
                    4 => power(i) - Fp::ONE,
                    5 => -power(i),
                    6 => Fp::from(u64::MAX),
                    7 => -Fp::from(i as u64),
                    _ => Fp::random(&mut r),
                })
                .collect();
            let same = Eq::random(&mut r).to_affine();
            let points: Vec<EqAffine> = (0..n)
                .map(|i| match (kind + i) % 4 {
                    0 => same,
                    1 => -same,
                    2 if i % 5 == 0 => Eq::identity().to_affine(),
                    _ => Eq::random(&mut r).to_affine(),
                })
                .collect();
            let terms = scalars.iter().zip(&points);
            let want: Eq = terms
                .map(|(s, p)| Eq::from(*p) * s)
                .fold(Eq::identity(), |a, b| a + b);
            assert_eq!(best_multiexp(&scalars, &points), want, "{n} {kind}");
        }
    }
}
