//! Reading points of Vesta that somebody else wrote.

use group::{CurveAffine, GroupEncoding};
use halo2_proofs::pasta::EqAffine;

/// The point of a canonical encoding of 32 bytes; `None` for anything else and for the identity, which no honest
/// commitment, proof or parameter is. Every point that comes from outside is read here (those of a halo2 transcript by
/// halo2, with the same rule).
pub fn read_point(bytes: &[u8; 32]) -> Option<EqAffine> {
    let point: EqAffine = Option::from(EqAffine::from_bytes(bytes))?;
    (!bool::from(point.is_identity())).then_some(point)
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
    }
}
