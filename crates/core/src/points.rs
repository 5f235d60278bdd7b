//! Reading points of Vesta that somebody else wrote.

use ff::PrimeField;
use group::{CurveAffine, GroupEncoding};
use halo2_proofs::pasta::{EqAffine, Fq};
use pasta_curves::arithmetic::CurveAffine as _;

/// The point of a canonical encoding of 32 bytes; `None` for anything else and for the identity, which no honest
/// commitment, proof or parameter is. Every point that comes from outside is read here (those of a halo2 transcript by
/// halo2, with the same rule).
pub fn read_point(bytes: &[u8; 32]) -> Option<EqAffine> {
    let point: EqAffine = Option::from(EqAffine::from_bytes(bytes))?;
    (!bool::from(point.is_identity())).then_some(point)
}

/// The point that [`read_point`] gives, with its second coordinate at hand instead of a square root. `None` as well if that
/// is not the one: the curve and the sign leave a single number.
pub(crate) fn point_with(bytes: &[u8], y: &[u8]) -> Option<EqAffine> {
    let mut x: [u8; 32] = bytes.try_into().ok()?;
    let y: [u8; 32] = y.try_into().ok()?;
    if x == [0; 32] {
        return None; // the identity
    }
    let odd = x[31] >> 7;
    x[31] &= 0x7f;
    // The lowest bit is the sign.
    if y[0] & 1 != odd {
        return None;
    }
    let x = Option::<Fq>::from(Fq::from_repr(x))?;
    let y = Option::<Fq>::from(Fq::from_repr(y))?;
    Option::from(EqAffine::from_xy(x, y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params;

    #[test]
    fn the_identity_and_bytes_that_are_no_point_are_not_read() {
        let point = params::basis(12).unwrap().w;
        assert_eq!(read_point(&point.to_bytes()), Some(point));
        assert_eq!(read_point(&EqAffine::identity().to_bytes()), None);
        assert_eq!(read_point(&[0xff; 32]), None);
        let y = *point.coordinates().unwrap().y();
        assert_eq!(point_with(&point.to_bytes(), &y.to_repr()), Some(point));
        assert_eq!(point_with(&point.to_bytes(), &(-y).to_repr()), None);
        assert_eq!(point_with(&[0; 32], &[0; 32]), None);
        assert_eq!(point_with(&[0xff; 32], &[0xff; 32]), None);
    }
}
