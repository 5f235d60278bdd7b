//! Points as bare coordinates.

use pasta_curves::arithmetic::CurveAffine;
use pasta_curves::{EqAffine, Fq};

/// An affine point that is not the identity.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Point {
    pub(crate) x: Fq,
    pub(crate) y: Fq,
}

impl Point {
    /// The coordinates; `None` for the identity.
    pub fn new(point: &EqAffine) -> Option<Self> {
        let at = Option::<pasta_curves::arithmetic::Coordinates<_>>::from(point.coordinates())?;
        Some(Point {
            x: *at.x(),
            y: *at.y(),
        })
    }

    /// The point as the curve library has it.
    pub fn affine(self) -> EqAffine {
        EqAffine::from_xy_unchecked(self.x, self.y)
    }

    pub(super) fn times_sign_of(self, digit: i16) -> Self {
        if digit < 0 {
            Point {
                x: self.x,
                y: -self.y,
            }
        } else {
            self
        }
    }
}
