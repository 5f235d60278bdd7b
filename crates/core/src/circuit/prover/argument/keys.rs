//! Keys, tables and parameters of a shape, and commitments to columns.

use ff::Field;
use group::Curve;
use halo2_proofs::plonk::{VerifyingKey, keygen_vk};
use halo2_proofs::transcript::{Blake2bWrite, Challenge255, Transcript};
use pasta_curves::{Eq, EqAffine, Fp};
use rayon::prelude::*;

use super::domain::{COSETS, Domain};
use super::queries::Fixed;
use super::randomness::{Randomness, Secret};
use crate::circuit::batch::{BatchCircuit, with_shape};
use crate::circuit::columns::Columns;
use crate::circuit::error::CircuitError;
use crate::circuit::fixed::FixedValues;
use crate::circuit::shape::{BLINDING_ROWS, Shape};
use crate::msm::{self, Point};
use crate::params::{self, CommitBasis};
use crate::wipe::wipe;

pub(super) type Writer = Blake2bWrite<Vec<u8>, EqAffine, Challenge255<EqAffine>>;

/// The blind of commitments to public columns: halo2's `Blind::default()`.
pub(super) const PUBLIC_BLIND: Fp = Fp::ONE;

pub(super) fn squeeze(transcript: &mut Writer) -> Fp {
    *transcript.squeeze_challenge_scalar::<()>()
}

/// Secret randomness of the advice columns.
pub(in crate::circuit) struct Blinding {
    /// The last rows of every column.
    pub tails: Vec<[Fp; BLINDING_ROWS]>,
    /// The blind of every column's commitment.
    pub blinds: Vec<Fp>,
}

impl Drop for Blinding {
    fn drop(&mut self) {
        self.tails.iter_mut().for_each(|tail| wipe(&mut tail[..]));
        wipe(&mut self.blinds);
    }
}

impl Blinding {
    pub fn draw(rng: &mut Randomness, columns: usize) -> Self {
        Blinding {
            tails: (0..columns)
                .map(|_| std::array::from_fn(|_| rng.scalar(Secret::Row)))
                .collect(),
            blinds: rng.scalars(Secret::Column, columns),
        }
    }
}

pub(super) fn fixed_column(values: &FixedValues, column: Fixed) -> &[Fp] {
    match column {
        Fixed::Active => &values.active,
        Fixed::First => &values.first,
        Fixed::Last => &values.last,
        Fixed::TableQ(i) => &values.table_q[i],
        Fixed::TableA(i) => &values.table_a[i],
        Fixed::TableR => &values.table_r,
    }
}

/// The row selectors on one coset.
#[derive(Debug)]
pub(super) struct Selectors {
    pub active: Vec<Fp>,
    pub first: Vec<Fp>,
    pub last: Vec<Fp>,
}

/// Keys, tables and parameters of one shape.
#[derive(Debug)]
pub(in crate::circuit) struct Argument {
    pub(super) shape: Shape,
    pub(super) at: Columns,
    pub(super) basis: &'static CommitBasis,
    /// The blinding base.
    pub(super) w: Point,
    /// The bases of coefficients.
    pub(super) monomials: Vec<Point>,
    pub(super) key: VerifyingKey<EqAffine>,
    pub(super) domain: Domain,
    pub(super) fixed: FixedValues,
    /// Row selectors on cosets 1, 2, 3.
    pub(super) selectors: Vec<Selectors>,
}

impl Argument {
    /// Derives everything that depends on the shape only.
    pub fn new(shape: &Shape) -> Result<Self, CircuitError> {
        let params = params::halo2(shape.k())?;
        let basis = params::basis(shape.k())?;
        let point = |g| Point::new(g).expect("no base is the identity");
        let domain = Domain::new(shape.k());
        let fixed = FixedValues::new(shape);
        let selectors = {
            let lift = |column: &[Fp]| domain.interpolate(column.to_vec());
            let (active, first, last) =
                (lift(&fixed.active), lift(&fixed.first), lift(&fixed.last));
            (1..COSETS)
                .map(|k| Selectors {
                    active: domain.on_coset(&active, k),
                    first: domain.on_coset(&first, k),
                    last: domain.on_coset(&last, k),
                })
                .collect()
        };
        Ok(Argument {
            shape: shape.clone(),
            at: Columns::new(shape),
            basis,
            w: point(&basis.w),
            monomials: params.get_g().iter().map(point).collect(),
            key: with_shape(shape, || keygen_vk(params, &BatchCircuit::empty()))?,
            domain,
            fixed,
            selectors,
        })
    }

    /// The shape this is for.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Where the columns stand.
    pub fn columns(&self) -> &Columns {
        &self.at
    }

    /// The commitment bases.
    pub fn basis(&self) -> &'static CommitBasis {
        self.basis
    }

    /// Commitments to some columns, given their assigned rows.
    pub fn commit(
        &self,
        columns: &[Vec<Fp>],
        blinding: &Blinding,
        which: std::ops::Range<usize>,
    ) -> Vec<EqAffine> {
        let constants = self.at.constants();
        let points: Vec<Eq> = which
            .into_par_iter()
            .map(|i| {
                let hidden = if constants.contains(&i) {
                    // A constant polynomial: its value times the first coefficient's base.
                    self.monomials[0].affine() * columns[i][0]
                } else {
                    let mut values = columns[i].clone();
                    values.extend_from_slice(&blinding.tails[i]);
                    let sum = msm::column(&values, &self.basis.points);
                    wipe(&mut values);
                    sum
                };
                hidden + self.basis.w * blinding.blinds[i]
            })
            .collect();
        points.iter().map(|p| p.to_affine()).collect()
    }

    /// The commitment to a polynomial by its coefficients.
    pub(super) fn commit_coefficients(&self, poly: &[Fp], blind: Fp) -> EqAffine {
        (msm::scalars(poly, &self.monomials) + self.basis.w * blind).to_affine()
    }
}
