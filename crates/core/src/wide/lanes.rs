//! Eight elements side by side: limbs, loads, products.
//!
//! A [`Lanes`] holds eight integers below `2^259`, each in five limbs of 52 bits (*normal* form: limbs 0 to 3 below
//! `2^52`). They stand for field elements and need not be reduced; comments give bounds in multiples of the
//! order `p = 2^254 + t`, `t < 2^126`. A product of integers below `a p` and `b p` is below `(a b / 64 + 1) p`.

use ff::PrimeField;
use pasta_curves::{Fp, Fq};
use std::arch::x86_64::*;

const LIMB: u32 = 52;
const MASK: u64 = (1 << LIMB) - 1;
/// `2^254` in limb 4.
const TOP: u32 = 254 - 4 * LIMB;

/// A field whose elements are stored as `x 2^256 mod p` in four words, least significant first.
pub(super) trait Modulus: PrimeField {
    /// The order `p`.
    const ORDER: [u64; 4];
    /// `2^256 mod p`: how `1` is stored.
    const R256: [u64; 4];
    /// The limbs of `p`.
    const LIMBS: [u64; 5] = limbs(Self::ORDER);
    /// `-1 / p` modulo `2^52`.
    const NEGATIVE_INVERSE: u64 = negative_inverse(Self::ORDER[0]);

    /// The stored words.
    fn words(&self) -> &[u64; 4];
    /// The element that is stored so; the words must be below `p`.
    fn from_words(words: [u64; 4]) -> Self;
}

macro_rules! modulus {
    ($field:ty, $order:expr, $r256:expr) => {
        impl Modulus for $field {
            const ORDER: [u64; 4] = $order;
            const R256: [u64; 4] = $r256;

            fn words(&self) -> &[u64; 4] {
                // SAFETY: the type is a transparent wrapper of four words; its size is asserted below, its
                // meaning by `stored_as_expected` before anything here runs.
                unsafe { &*std::ptr::from_ref(self).cast() }
            }

            fn from_words(words: [u64; 4]) -> Self {
                const { assert!(size_of::<$field>() == 32 && align_of::<$field>() == 8) };
                // SAFETY: as above, and every four words are a value of the type.
                unsafe { std::mem::transmute::<[u64; 4], Self>(words) }
            }
        }
    };
}

modulus!(
    Fp,
    [
        0x992d_30ed_0000_0001,
        0x2246_98fc_094c_f91b,
        0,
        0x4000_0000_0000_0000
    ],
    [
        0x3478_6d38_ffff_fffd,
        0x992c_350b_e419_14ad,
        0xffff_ffff_ffff_ffff,
        0x3fff_ffff_ffff_ffff
    ]
);
modulus!(
    Fq,
    [
        0x8c46_eb21_0000_0001,
        0x2246_98fc_0994_a8dd,
        0,
        0x4000_0000_0000_0000
    ],
    [
        0x5b2b_3e9c_ffff_fffd,
        0x992c_350b_e342_0567,
        0xffff_ffff_ffff_ffff,
        0x3fff_ffff_ffff_ffff
    ]
);

pub(super) const fn limbs(w: [u64; 4]) -> [u64; 5] {
    [
        w[0] & MASK,
        (w[0] >> 52 | w[1] << 12) & MASK,
        (w[1] >> 40 | w[2] << 24) & MASK,
        (w[2] >> 28 | w[3] << 36) & MASK,
        w[3] >> 16,
    ]
}

/// Newton's iteration: every step doubles the number of right bits.
const fn negative_inverse(p: u64) -> u64 {
    let mut inverse = 1u64;
    let mut step = 0;
    while step < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(p.wrapping_mul(inverse)));
        step += 1;
    }
    inverse.wrapping_neg() & MASK
}

/// Eight integers, limb by limb.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lanes(pub [__m512i; 5]);

/// Four words of eight elements, word by word.
pub(super) type Words = [__m512i; 4];

#[inline]
#[target_feature(enable = "avx512f")]
fn all(value: u64) -> __m512i {
    _mm512_set1_epi64(value.cast_signed())
}

impl Lanes {
    /// One integer in every lane.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub fn splat(limbs: &[u64; 5]) -> Self {
        Lanes([
            all(limbs[0]),
            all(limbs[1]),
            all(limbs[2]),
            all(limbs[3]),
            all(limbs[4]),
        ])
    }

    /// From words, most significant limb as it comes.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub fn from_words(w: &Words) -> Self {
        let mask = all(MASK);
        let join = |low: __m512i, high: __m512i| _mm512_and_si512(_mm512_or_si512(low, high), mask);
        Lanes([
            _mm512_and_si512(w[0], mask),
            join(_mm512_srli_epi64::<52>(w[0]), _mm512_slli_epi64::<12>(w[1])),
            join(_mm512_srli_epi64::<40>(w[1]), _mm512_slli_epi64::<24>(w[2])),
            join(_mm512_srli_epi64::<28>(w[2]), _mm512_slli_epi64::<36>(w[3])),
            _mm512_srli_epi64::<16>(w[3]),
        ])
    }

    /// To words; the integers must be below `2^256`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub fn to_words(self) -> Words {
        let l = self.0;
        [
            _mm512_or_si512(l[0], _mm512_slli_epi64::<52>(l[1])),
            _mm512_or_si512(_mm512_srli_epi64::<12>(l[1]), _mm512_slli_epi64::<40>(l[2])),
            _mm512_or_si512(_mm512_srli_epi64::<24>(l[2]), _mm512_slli_epi64::<28>(l[3])),
            _mm512_or_si512(_mm512_srli_epi64::<36>(l[3]), _mm512_slli_epi64::<16>(l[4])),
        ]
    }

    /// Carries between limbs, signed; the integers themselves must not be negative.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub fn carry(self) -> Self {
        let mask = all(MASK);
        let mut l = self.0;
        for i in 0..4 {
            l[i + 1] = _mm512_add_epi64(l[i + 1], _mm512_srai_epi64::<52>(l[i]));
            l[i] = _mm512_and_si512(l[i], mask);
        }
        Lanes(l)
    }

    /// The sum, limb by limb, without carries.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub fn plus(self, other: &Self) -> Self {
        let mut l = self.0;
        for (a, b) in l.iter_mut().zip(&other.0) {
            *a = _mm512_add_epi64(*a, *b);
        }
        Lanes(l)
    }

    /// The difference, limb by limb, without carries.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub fn minus(self, other: &Self) -> Self {
        let mut l = self.0;
        for (a, b) in l.iter_mut().zip(&other.0) {
            *a = _mm512_sub_epi64(*a, *b);
        }
        Lanes(l)
    }

    /// `2^BITS` times, without carries.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub fn shifted<const BITS: u32>(self) -> Self {
        let mut l = self.0;
        for limb in &mut l {
            *limb = _mm512_slli_epi64::<BITS>(*limb);
        }
        Lanes(l)
    }
}

/// The order's constants, in registers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    p: [__m512i; 5],
    negative_inverse: __m512i,
}

impl Order {
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub fn of<F: Modulus>() -> Self {
        Order {
            p: Lanes::splat(&F::LIMBS).0,
            negative_inverse: all(F::NEGATIVE_INVERSE),
        }
    }

    /// `2^BITS p`, without carries.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub fn times<const BITS: u32>(&self) -> Lanes {
        Lanes(self.p).shifted::<BITS>()
    }

    /// `a b / 2^260` modulo `p`, in normal form, for factors in normal form (Montgomery's product; limb 3 of the
    /// order is zero).
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub fn mul(&self, a: &Lanes, b: &Lanes) -> Lanes {
        let zero = _mm512_setzero_si512();
        let (a, p) = (&a.0, &self.p);
        let mut t = [zero; 5];
        for &b in &b.0 {
            t[0] = _mm512_madd52lo_epu64(t[0], a[0], b);
            let m = _mm512_madd52lo_epu64(zero, t[0], self.negative_inverse);
            t[1] = _mm512_madd52lo_epu64(t[1], a[1], b);
            t[2] = _mm512_madd52lo_epu64(t[2], a[2], b);
            t[3] = _mm512_madd52lo_epu64(t[3], a[3], b);
            t[4] = _mm512_madd52lo_epu64(t[4], a[4], b);
            t[0] = _mm512_madd52lo_epu64(t[0], m, p[0]);
            t[1] = _mm512_madd52lo_epu64(t[1], m, p[1]);
            t[2] = _mm512_madd52lo_epu64(t[2], m, p[2]);
            t[4] = _mm512_madd52lo_epu64(t[4], m, p[4]);
            // The lowest limb is a multiple of 2^52 now: a limb down, and the high halves.
            let carried = _mm512_srli_epi64::<52>(t[0]);
            t[0] = _mm512_add_epi64(t[1], carried);
            t[0] = _mm512_madd52hi_epu64(t[0], a[0], b);
            t[1] = _mm512_madd52hi_epu64(t[2], a[1], b);
            t[2] = _mm512_madd52hi_epu64(t[3], a[2], b);
            t[3] = _mm512_madd52hi_epu64(t[4], a[3], b);
            t[4] = _mm512_madd52hi_epu64(zero, a[4], b);
            t[0] = _mm512_madd52hi_epu64(t[0], m, p[0]);
            t[1] = _mm512_madd52hi_epu64(t[1], m, p[1]);
            t[2] = _mm512_madd52hi_epu64(t[2], m, p[2]);
            t[4] = _mm512_madd52hi_epu64(t[4], m, p[4]);
        }
        Lanes(t).carry()
    }

    /// `x - q p` for `q = floor(x / 2^254)`, without carries: more than `-2^133`, less than `2^254`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn without_multiples(&self, x: &Lanes) -> Lanes {
        let zero = _mm512_setzero_si512();
        let (l, p) = (&x.0, &self.p);
        let q = _mm512_srli_epi64::<TOP>(l[4]);
        let low = |i: usize| _mm512_madd52lo_epu64(zero, q, p[i]);
        let high = |i: usize| _mm512_madd52hi_epu64(zero, q, p[i]);
        Lanes([
            _mm512_sub_epi64(l[0], low(0)),
            _mm512_sub_epi64(_mm512_sub_epi64(l[1], high(0)), low(1)),
            _mm512_sub_epi64(_mm512_sub_epi64(l[2], high(1)), low(2)),
            l[3],
            _mm512_and_si512(l[4], all((1 << TOP) - 1)),
        ])
    }

    /// The same modulo `p`, below `2p`, in normal form.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub fn below_two(&self, x: &Lanes) -> Lanes {
        self.without_multiples(x).plus(&Lanes(self.p)).carry()
    }

    /// The same modulo `p`, below `p`, in normal form.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub fn reduced(&self, x: &Lanes) -> Lanes {
        let mut y = self.without_multiples(x).carry();
        let negative = _mm512_cmplt_epi64_mask(y.0[4], _mm512_setzero_si512());
        for (limb, p) in y.0.iter_mut().zip(&self.p) {
            *limb = _mm512_mask_add_epi64(*limb, negative, *limb, *p);
        }
        y.carry()
    }
}

/// Eight rows of eight words, turned: row `i` of the result is word `i` of every row.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn transpose(r: [__m512i; 8]) -> [__m512i; 8] {
    // Pairs of words within 128 bits, then 128-bit blocks.
    let low = |i: usize| _mm512_unpacklo_epi64(r[2 * i], r[2 * i + 1]);
    let high = |i: usize| _mm512_unpackhi_epi64(r[2 * i], r[2 * i + 1]);
    let even = [low(0), low(1), low(2), low(3)];
    let odd = [high(0), high(1), high(2), high(3)];
    let (a, b) = (blocks(even), blocks(odd));
    [a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3]]
}

/// Four rows of four 128-bit blocks, turned.
#[inline]
#[target_feature(enable = "avx512f")]
fn blocks(r: [__m512i; 4]) -> [__m512i; 4] {
    // 0x44: blocks 0, 1 of both; 0xee: blocks 2, 3; 0x88: even blocks; 0xdd: odd blocks.
    let low01 = _mm512_shuffle_i64x2::<0x44>(r[0], r[1]);
    let low23 = _mm512_shuffle_i64x2::<0x44>(r[2], r[3]);
    let high01 = _mm512_shuffle_i64x2::<0xee>(r[0], r[1]);
    let high23 = _mm512_shuffle_i64x2::<0xee>(r[2], r[3]);
    [
        _mm512_shuffle_i64x2::<0x88>(low01, low23),
        _mm512_shuffle_i64x2::<0xdd>(low01, low23),
        _mm512_shuffle_i64x2::<0x88>(high01, high23),
        _mm512_shuffle_i64x2::<0xdd>(high01, high23),
    ]
}

/// The limbs of `x 2^260`, which as a factor misses nothing.
pub(super) fn ready(x: &Fp) -> [u64; 5] {
    limbs(*(*x * Fp::from(16)).words())
}

/// Eight neighbours.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn load(a: &[Fp]) -> Lanes {
    let a = &a[..8];
    let rows = std::array::from_fn(|lane| {
        // SAFETY: an element is four words; the load needs no alignment.
        let half = unsafe { _mm256_loadu_si256(std::ptr::from_ref(&a[lane]).cast()) };
        _mm512_castsi256_si512(half)
    });
    let w = transpose(rows);
    Lanes::from_words(&[w[0], w[1], w[2], w[3]])
}

/// Eight neighbours, which must be reduced.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn store(a: &mut [Fp], value: &Lanes) {
    let a = &mut a[..8];
    let w: Words = value.to_words();
    let zero = _mm512_setzero_si512();
    let rows = transpose([w[0], w[1], w[2], w[3], zero, zero, zero, zero]);
    for (element, row) in a.iter_mut().zip(rows) {
        // SAFETY: as for the load; the value is reduced, so its words are those of an element.
        unsafe {
            let half = _mm512_castsi512_si256(row);
            _mm256_storeu_si256(std::ptr::from_mut(element).cast(), half);
        }
    }
}
