//! Overwriting secrets before their memory is given back.
//!
//! Field elements are not the `zeroize` crate's to wipe, so they are overwritten here, in a way that the
//! compiler may not leave out.

use halo2_proofs::pasta::Fp;
use std::sync::atomic::{Ordering, compiler_fence};

/// Overwrites field elements with zeros.
pub fn wipe(values: &mut [Fp]) {
    values.fill(Fp::zero());
    // Whoever looks at the memory next might be anybody: the zeros have to be there.
    std::hint::black_box(&*values);
    compiler_fence(Ordering::SeqCst);
}

/// Field elements that are overwritten when dropped.
#[derive(Default)]
pub struct Wiped(pub Vec<Fp>);

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

impl std::fmt::Debug for Wiped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} hidden", self.0.len())
    }
}

impl std::ops::Deref for Wiped {
    type Target = [Fp];

    fn deref(&self) -> &[Fp] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_stays() {
        let mut values = vec![Fp::one(); 9];
        wipe(&mut values);
        assert_eq!(values, vec![Fp::zero(); 9]);
        assert_eq!(format!("{:?}", Wiped(vec![Fp::one()])), "1 hidden");
    }
}
