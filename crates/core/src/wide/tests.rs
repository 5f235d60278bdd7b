//! Eight at a time against one at a time: random values, and those at the edges of every bound.

use ff::{Field, PrimeField};
use group::Curve;
use pasta_curves::{Eq, EqAffine, Fp, Fq};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::arch::x86_64::*;

use super::lanes::{Lanes, Modulus, Order, limbs};
use super::{Operands, Transform, Wide};
use crate::circuit::powers::powers;
use crate::msm::Point;
use crate::params;

/// The wide way; the tests say so where there is none, and are then about nothing.
fn wide() -> Option<Wide> {
    let wide = Wide::detect();
    if wide.is_none() {
        eprintln!("SKIPPED: this processor has no AVX-512 IFMA");
    }
    wide
}

/// Values whose stored words are extreme, and random ones.
fn values<F: Modulus>(count: usize) -> Vec<F> {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let ones = |bits: u32| {
        let mut words = [0u64; 4];
        for bit in 0..bits {
            words[bit as usize / 64] |= 1 << (bit % 64);
        }
        F::from_words(words)
    };
    let mut last = F::ORDER;
    last[0] -= 1;
    let mut out = vec![
        F::ZERO,
        F::ONE,
        -F::ONE,
        F::from_words([1, 0, 0, 0]),
        F::from_words(last),
        F::from_words([0, 0, 0, F::ORDER[3]]),
        F::from_words([u64::MAX, u64::MAX, u64::MAX, F::ORDER[3] - 1]),
    ];
    out.extend([51, 52, 53, 63, 64, 65, 103, 104, 155, 156, 207, 208, 254].map(ones));
    while out.len() < count {
        out.push(F::random(&mut rng));
    }
    out
}

#[target_feature(enable = "avx512f")]
fn pack<F: Modulus>(values: &[F]) -> Lanes {
    let limbs: Vec<[u64; 5]> = values.iter().map(|v| limbs(*v.words())).collect();
    Lanes(std::array::from_fn(|i| {
        let column: [u64; 8] = std::array::from_fn(|lane| limbs[lane][i]);
        // SAFETY: eight words.
        unsafe { _mm512_loadu_si512(column.as_ptr().cast()) }
    }))
}

/// The integers in the lanes, as elements that would be stored so: checks normal form.
fn unpack<F: Modulus>(value: &Lanes) -> [F; 8] {
    // SAFETY: both are five times eight words.
    let limbs: [[u64; 8]; 5] = unsafe { std::mem::transmute(*value) };
    let r = F::from(1 << 16).pow_vartime([16u64]).invert().unwrap();
    std::array::from_fn(|lane| {
        assert!((0..4).all(|i| limbs[i][lane] < 1 << 52), "normal form");
        assert!(limbs[4][lane] < 1 << 51, "below 2^259");
        let two52 = F::from(1 << 52);
        let integer = (0..5)
            .rev()
            .fold(F::ZERO, |sum, i| sum * two52 + F::from(limbs[i][lane]));
        integer * r
    })
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn arithmetic<F: Modulus>() {
    let order = Order::of::<F>();
    let values = values::<F>(400);
    let sixteenth = F::from(16).invert().unwrap();
    for shift in 0..values.len() {
        let at = |offset: usize, i: usize| values[(shift * offset + i) % values.len()];
        let a: [F; 8] = std::array::from_fn(|i| at(1, i));
        let b: [F; 8] = std::array::from_fn(|i| at(3, 7 * i));
        let (va, vb) = (pack(&a), pack(&b));
        let check = |name: &str, got: &Lanes, want: &dyn Fn(F, F) -> F| {
            let got = unpack::<F>(got);
            for i in 0..8 {
                assert_eq!(got[i], want(a[i], b[i]), "{name}");
            }
        };
        check("product", &order.mul(&va, &vb), &|a, b| a * b * sixteenth);
        // Factors as large as they may be: 31 p more than they need to be.
        let large = order
            .times::<5>()
            .minus(&order.times::<0>())
            .plus(&va)
            .carry();
        check("large product", &order.mul(&large, &vb), &|a, b| {
            a * b * sixteenth
        });
        let same = |a: F, _: F| a;
        check("reduced", &order.reduced(&large), &same);
        check("below two", &order.below_two(&large), &same);
        for multiple in [order.times::<0>(), order.times::<1>(), order.times::<4>()] {
            let more = multiple.plus(&va).carry();
            check("reduced", &order.reduced(&more), &same);
            let words = order.reduced(&more).to_words();
            let stored = order.reduced(&Lanes::from_words(&words));
            check("words", &stored, &same);
            // Fully reduced: the words are those that the library stores.
            let limbs: [[u64; 8]; 4] = {
                // SAFETY: four times eight words.
                unsafe { std::mem::transmute(words) }
            };
            for (lane, a) in a.iter().enumerate() {
                let stored: [u64; 4] = std::array::from_fn(|i| limbs[i][lane]);
                assert_eq!(&stored, a.words());
            }
        }
    }
}

#[test]
fn products_and_reductions_are_those_of_the_library() {
    if wide().is_some() {
        // SAFETY: the processor has the instructions.
        unsafe {
            arithmetic::<Fp>();
            arithmetic::<Fq>();
        }
    }
}

#[test]
fn transforms_are_their_definition() {
    let Some(wide) = wide() else { return };
    for log_n in 5..=9u32 {
        let n = 1usize << log_n;
        let mut omega = Fp::ROOT_OF_UNITY;
        for _ in log_n..Fp::S {
            omega = omega.square();
        }
        let roots: Vec<Fp> = powers(omega, n / 2);
        let Some(transform) = Transform::new(wide, &roots) else {
            assert_eq!(log_n, 5);
            continue;
        };
        let reverse = |i: usize| i.reverse_bits() >> (usize::BITS - log_n);
        let a = values::<Fp>(n)[..n].to_vec();
        let definition: Vec<Fp> = (0..n as u64)
            .map(|i| {
                let x = omega.pow_vartime([i]);
                a.iter().rev().fold(Fp::ZERO, |sum, c| sum * x + c)
            })
            .collect();
        let mut got = a.clone();
        transform.in_frequency(&mut got, None);
        for i in 0..n {
            assert_eq!(got[reverse(i)], definition[i], "frequency {log_n}");
        }
        let mut got: Vec<Fp> = (0..n).map(|i| a[reverse(i)]).collect();
        transform.in_time(&mut got, None);
        assert_eq!(got, definition, "time {log_n}");
    }
}

/// Sums that grow as far as they can, at the largest size: nothing overflows.
#[test]
fn the_largest_transform_of_the_largest_values() {
    let Some(wide) = wide() else { return };
    let (log_n, n) = (15u32, 1usize << 15);
    let mut omega = Fp::ROOT_OF_UNITY;
    for _ in log_n..Fp::S {
        omega = omega.square();
    }
    let roots = powers(omega, n / 2);
    let inverse = powers(omega.invert().unwrap(), n / 2);
    let forward = Transform::new(wide, &roots).unwrap();
    let backward = Transform::new(wide, &inverse).unwrap();
    let mut last = Fp::ORDER;
    last[0] -= 1;
    let largest = Fp::from_words(last);
    let scale = forward.factors(&vec![Fp::from(n as u64).invert().unwrap(); n]);
    for a in [
        vec![largest; n],
        (0..n)
            .map(|i| if i % 2 == 0 { largest } else { Fp::ZERO })
            .collect(),
        (0..n)
            .map(|i| if i < n / 2 { largest } else { Fp::ZERO })
            .collect(),
        values::<Fp>(n),
    ] {
        let mut got = a.clone();
        backward.in_frequency(&mut got, None);
        let sum: Fp = a.iter().sum();
        assert_eq!(got[0], sum);
        forward.in_time(&mut got, Some(&scale));
        assert_eq!(got, a);
        backward.in_frequency(&mut got, Some(&scale));
        assert_eq!(got[0], sum * Fp::from(n as u64).invert().unwrap());
    }
}

fn points(count: usize) -> Vec<Point> {
    let basis = params::basis(12).unwrap();
    basis.points.iter().copied().cycle().take(count).collect()
}

fn sum(p: Point, q: Point) -> EqAffine {
    (Eq::from(p.affine()) + q.affine()).to_affine()
}

#[test]
fn additions_are_those_of_the_curve() {
    let Some(wide) = wide() else { return };
    for count in [1usize, 7, 8, 9, 31, 32, 33, 500, 4097, 9001] {
        // The second points come from further on in the basis: no pair is equal or opposite.
        let (p, mut q) = (points(count), points(count + 1234));
        q.drain(..1234);
        let mut got = p.clone();
        wide.add(&mut got, &Operands::Plus(&q)).unwrap();
        let mut less = p.clone();
        wide.add(&mut less, &Operands::Minus(&q)).unwrap();
        let mut twice = p.clone();
        wide.add(&mut twice, &Operands::Itself).unwrap();
        for i in 0..count {
            assert_eq!(got[i].affine(), sum(p[i], q[i]));
            assert_eq!(
                Eq::from(less[i].affine()) + q[i].affine(),
                p[i].affine().into()
            );
            assert_eq!(twice[i].affine(), sum(p[i], p[i]));
        }
        // Every second pair of neighbours, the rest stays.
        let all = points(2 * count);
        let lefts: Vec<usize> = (0..count).step_by(2).map(|i| 2 * i).collect();
        let mut got = all.clone();
        wide.add(&mut got, &Operands::Neighbours(&lefts)).unwrap();
        for i in 0..2 * count {
            let want = if lefts.contains(&i) {
                sum(all[i], all[i + 1])
            } else {
                all[i].affine()
            };
            assert_eq!(got[i].affine(), want);
        }
    }
}

#[test]
fn what_the_formulas_cannot_add_is_refused() {
    let Some(wide) = wide() else { return };
    for place in [0, 5, 63, 99] {
        let (mut p, mut q) = (points(100), points(200));
        q.drain(..100);
        q[place] = p[place];
        assert!(wide.add(&mut p.clone(), &Operands::Plus(&q)).is_none());
        let opposite = Point::new(&-p[place].affine()).unwrap();
        q[place] = opposite;
        assert!(wide.add(&mut p.clone(), &Operands::Minus(&q)).is_none());
        p[place].y = Fq::ZERO;
        assert!(wide.add(&mut p, &Operands::Itself).is_none());
    }
}
