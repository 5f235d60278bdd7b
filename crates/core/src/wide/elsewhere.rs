//! Processors for which nothing is written: what needs a [`Wide`] cannot exist.

use pasta_curves::Fp;
use std::convert::Infallible;

use super::Wide;
use crate::msm::Point;

/// What would be added to what.
#[allow(dead_code)]
pub(crate) enum Operands<'a> {
    Neighbours(&'a [usize]),
    Plus(&'a [Point]),
    Minus(&'a [Point]),
    Itself,
}

impl Wide {
    pub fn add(self, _: &mut [Point], _: &Operands<'_>) -> Option<()> {
        match self.0 {}
    }

    pub fn combine(self, _: &mut [Fp], _: &[(Fp, &[Fp])]) {
        match self.0 {}
    }

    pub fn add_products(self, _: &mut [Fp], _: Fp, _: &[&[Fp]]) {
        match self.0 {}
    }
}

/// Factors of a transform.
#[derive(Debug)]
pub(crate) struct Factors(Infallible);

/// Tables of a transform.
#[derive(Debug)]
pub(crate) struct Transform(Infallible);

impl Transform {
    pub fn new(wide: Wide, _: &[Fp]) -> Option<Self> {
        match wide.0 {}
    }

    pub fn factors(&self, _: &[Fp]) -> Factors {
        match self.0 {}
    }

    pub fn in_frequency(&self, _: &mut [Fp], _: Option<&Factors>) {
        match self.0 {}
    }

    pub fn in_time(&self, _: &mut [Fp], _: Option<&Factors>) {
        match self.0 {}
    }
}
