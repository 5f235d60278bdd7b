//! Field arithmetic eight elements at a time, where the processor has the instructions for it.
//!
//! AVX-512 IFMA multiplies eight pairs of 52-bit integers and adds the low or the high half of the products. A field
//! element is five limbs of 52 bits, eight elements stand side by side (module `lanes`). Two uses carry most of the
//! prover's time: sums of points in affine coordinates (`points`) and Fourier transforms (`transform`); products and
//! sums of columns (`columns`) are the third.
//!
//! **Scales.** `pasta_curves` stores `x` as `x 2^256 mod p`; multiplication here gives `a b / 2^260`. Nothing is
//! converted: elements are taken as they are stored, and the factor `2^4` that a product misses is put into
//! constants (the tables of a transform), or into the one inversion that many additions share.
//!
//! Everything here has a scalar twin that runs where `Wide::detect` finds no such processor, and gives the same
//! bytes: values leave this module fully reduced. This is the only module of the crate with `unsafe` code, and a
//! verifier is built without it. Running time does not depend on values, but for additions that the formulas
//! cannot do.

#[cfg(target_arch = "x86_64")]
mod columns;
#[cfg(target_arch = "x86_64")]
mod lanes;
#[cfg(target_arch = "x86_64")]
mod points;
#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
#[cfg(target_arch = "x86_64")]
mod transform;

#[cfg(not(target_arch = "x86_64"))]
mod elsewhere;
#[cfg(not(target_arch = "x86_64"))]
pub(crate) use elsewhere::{Factors, Operands, Transform};
#[cfg(target_arch = "x86_64")]
pub(crate) use points::Operands;
#[cfg(target_arch = "x86_64")]
pub(crate) use transform::{Factors, Transform};

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set by [`turn_off`].
static OFF: AtomicBool = AtomicBool::new(false);

/// One element at a time from now on, whatever the processor can: to measure, and to compare.
///
/// What is made is the same; keys that exist keep their way.
pub fn turn_off() {
    OFF.store(true, Ordering::Relaxed);
}

/// Whether elements are taken eight at a time.
pub fn is_used() -> bool {
    Wide::detect().is_some()
}

/// What only exists where the wide way does.
#[cfg(target_arch = "x86_64")]
type Token = ();
#[cfg(not(target_arch = "x86_64"))]
type Token = std::convert::Infallible;

/// Proof that this processor has the instructions, and that elements are stored as this module reads them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wide(#[cfg_attr(target_arch = "x86_64", allow(dead_code))] Token);

impl Wide {
    /// The wide way, where there is one.
    #[cfg(target_arch = "x86_64")]
    pub fn detect() -> Option<Self> {
        static FOUND: OnceLock<bool> = OnceLock::new();
        let found = || {
            is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512ifma")
                && stored_as_expected()
        };
        (*FOUND.get_or_init(found) && !OFF.load(Ordering::Relaxed)).then_some(Wide(()))
    }

    /// There is none.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn detect() -> Option<Self> {
        None
    }
}

/// Whether `1` and `-1` are stored as `2^256` and `-2^256` modulo the field's order, in four words, in both fields.
#[cfg(target_arch = "x86_64")]
fn stored_as_expected() -> bool {
    use self::lanes::Modulus;
    use pasta_curves::{Fp, Fq};
    fn agrees<F: Modulus>() -> bool {
        let one = *F::ONE.words();
        let minus_one = *(-F::ONE).words();
        // p - one, word by word.
        let mut borrow = false;
        let difference: [u64; 4] = std::array::from_fn(|i| {
            let (d, b1) = F::ORDER[i].overflowing_sub(one[i]);
            let (d, b2) = d.overflowing_sub(u64::from(borrow));
            borrow = b1 || b2;
            d
        });
        one == F::R256 && minus_one == difference
    }
    agrees::<Fp>() && agrees::<Fq>()
}
