//! Powers of a point, and sums of them.

use ff::Field;
use pasta_curves::Fp;

/// `base^0, base^1, .., base^(count-1)`.
pub fn powers(base: Fp, count: usize) -> Vec<Fp> {
    let mut out = Vec::with_capacity(count);
    let mut value = Fp::ONE;
    for _ in 0..count {
        out.push(value);
        value *= base;
    }
    out
}

/// `base^exponent`.
pub fn pow(base: Fp, exponent: u64) -> Fp {
    base.pow_vartime([exponent])
}

/// `sum_{i < count} base^i`, also where `base = 1`.
pub fn geometric(base: Fp, count: u64) -> Fp {
    // Doubling: s(2m) = s(m) (1 + base^m), s(m+1) = 1 + base s(m).
    let (mut sum, mut power) = (Fp::ZERO, Fp::ONE);
    for bit in (0..u64::BITS).rev() {
        sum *= Fp::ONE + power;
        power = power.square();
        if (count >> bit) & 1 == 1 {
            sum = Fp::ONE + base * sum;
            power *= base;
        }
    }
    sum
}

/// An integer as a field element.
pub fn integer(value: i64) -> Fp {
    let magnitude = Fp::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn geometric_sums() {
        for base in [Fp::ONE, Fp::from(3), -Fp::from(7)] {
            for count in 0..40u64 {
                let naive: Fp = powers(base, count as usize).into_iter().sum();
                assert_eq!(geometric(base, count), naive);
            }
        }
    }
}
