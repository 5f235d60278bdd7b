//! The prover of the halo2 argument, for exactly this circuit.
//!
//! halo2's `create_proof` serves every circuit; this one knows its own, and writes the same messages in the same
//! order, so that the stock `verify_proof` accepts what it writes (and nothing else checks it: a mistake here can
//! only make proofs that do not verify, or that are not zero-knowledge). What it saves:
//!
//! - stages 0 to 2 are committed once, not once for the challenges and again in the proof;
//! - constants are public, so their columns are constant polynomials: one scalar multiplication each, no
//!   transforms, and gates lose a degree for each constant they read ([`quotient`]);
//! - no column is kept on the extended domain: memory is the witness itself;
//! - columns of a pair are committed by value, not by row ([`pairs`]);
//! - sums over many columns are formed in values, before anything is transformed;
//! - the bases of the inner product argument are collapsed several rounds at a time ([`inner_product`]).
//!
//! **Zero knowledge** is as in halo2: six random rows in every column that holds a secret, a random blind for every
//! commitment, a random polynomial beside the quotient, and the masked inner product argument. All randomness
//! comes from one generator, seeded anew by the operating system for every proof.

mod domain;
mod inner_product;
mod keys;
mod opening;
mod pairs;
mod queries;
mod quotient;
mod randomness;
#[cfg(test)]
mod zero_knowledge;

use ff::Field;
use group::Curve;
use halo2_proofs::arithmetic::eval_polynomial;
use halo2_proofs::transcript::{Transcript, TranscriptWrite};
use pasta_curves::{EqAffine, Fp};
use rayon::prelude::*;

pub(in crate::circuit) use self::keys::{Argument, Blinding};
use self::keys::{PUBLIC_BLIND, Writer, fixed_column, squeeze};
use self::opening::Group;
use self::pairs::PairSums;
use self::queries::Query;
pub(in crate::circuit) use self::randomness::{Randomness, Secret};
use super::lookups::Inverses;
use crate::circuit::prover::rows::combine;
use crate::msm;
use crate::wipe::wipe;

impl Argument {
    /// The halo2 proof: `columns` have their assigned rows, `committed` are the commitments of stages 0 to 2,
    /// `pairs` and `inverses` what is known of the lookups.
    pub fn prove(
        &self,
        mut columns: Vec<Vec<Fp>>,
        blinding: &Blinding,
        committed: &[EqAffine],
        (pairs, inverses): (Vec<PairSums>, Inverses),
        instance: &[Fp],
        rng: &mut Randomness,
    ) -> std::io::Result<Vec<u8>> {
        let n = self.domain.n();
        let mut transcript = Writer::init(Vec::new());
        self.key.hash_into(&mut transcript)?;
        let public = msm::scalars(instance, &self.basis.points) + self.basis.w * PUBLIC_BLIND;
        transcript.common_point(public.to_affine())?;
        let constants = self.commit(&columns, blinding, self.at.constants());
        let helpers = self.commit_helpers(&columns, blinding, &pairs, &inverses);
        drop((pairs, inverses));
        let sums = self.commit(&columns, blinding, self.at.ht(0)..columns.len());
        for point in [committed, &constants, &helpers, &sums]
            .into_iter()
            .flatten()
        {
            transcript.write_point(*point)?;
        }
        for (column, tail) in columns.iter_mut().zip(&blinding.tails) {
            column.extend_from_slice(tail);
        }
        // theta, beta and gamma belong to arguments that this circuit does not use.
        for _ in 0..3 {
            squeeze(&mut transcript);
        }

        let mut random = rng.scalars(Secret::Random, n);
        let random_blind = rng.scalar(Secret::RandomBlind);
        transcript.write_point(self.commit_coefficients(&random, random_blind))?;

        let y = squeeze(&mut transcript);
        let pieces = quotient::pieces(self, &columns, instance, y);
        // The stock verifier reads four pieces; the fourth is zero.
        let mut piece_blinds: [Fp; 4] = std::array::from_fn(|_| rng.scalar(Secret::Piece));
        for (i, blind) in piece_blinds.iter().enumerate() {
            let piece = pieces.get(i).map_or(&[][..], |p| &p[..]);
            transcript.write_point(self.commit_coefficients(piece, *blind))?;
        }

        let x = squeeze(&mut transcript);
        let weights = self.domain.lagrange(x);
        self.write_evaluations(&mut transcript, &columns, instance, &weights)?;
        transcript.write_scalar(eval_polynomial(&random, x))?;

        let xn = x.pow_vartime([n as u64]);
        let mut quotient = pieces[2].clone();
        for piece in pieces[..2].iter().rev() {
            quotient
                .iter_mut()
                .zip(piece)
                .for_each(|(q, c)| *q = *q * xn + c);
        }
        let quotient_blind = piece_blinds
            .iter()
            .rev()
            .fold(Fp::ZERO, |sum, b| sum * xn + b);

        let x1 = squeeze(&mut transcript);
        let x2 = squeeze(&mut transcript);
        let last = [(&quotient, quotient_blind), (&random, random_blind)];
        let groups = self.groups(&columns, &blinding.blinds, instance, (x, x1), last);
        opening::open(self, &mut transcript, rng, x2, groups)?;
        columns.par_iter_mut().for_each(|column| wipe(column));
        wipe(&mut random);
        wipe(&mut piece_blinds);
        Ok(transcript.finalize())
    }

    /// Evaluations of instance, advice and fixed columns; `weights` are `L_j(x)`.
    fn write_evaluations(
        &self,
        transcript: &mut Writer,
        columns: &[Vec<Fp>],
        instance: &[Fp],
        weights: &[Fp],
    ) -> std::io::Result<()> {
        let n = weights.len();
        for rotation in 0..instance.len() {
            // L_m(omega^j x) = L_(m-j)(x)
            let terms = instance.iter().enumerate();
            let value: Fp = terms
                .map(|(m, v)| *v * weights[(m + n - rotation) % n])
                .sum();
            transcript.write_scalar(value)?;
        }
        let inner = |column: &[Fp]| -> Fp { column.iter().zip(weights).map(|(c, w)| *c * w).sum() };
        let constants = self.at.constants();
        let advice: Vec<Fp> = queries::advice(&self.shape, &self.at)
            .into_par_iter()
            .map(|query| match query {
                Query::Current(i) | Query::Next(i) if constants.contains(&i) => columns[i][0],
                Query::Current(i) => inner(&columns[i]),
                Query::Next(i) => inner(&columns[i][1..]) + columns[i][0] * weights[n - 1],
            })
            .collect();
        for value in advice {
            transcript.write_scalar(value)?;
        }
        for column in queries::fixed(&self.shape) {
            transcript.write_scalar(inner(fixed_column(&self.fixed, column)))?;
        }
        Ok(())
    }

    /// The groups to open: the instance column, columns read on two rows, and all the others.
    fn groups(
        &self,
        columns: &[Vec<Fp>],
        blinds: &[Fp],
        instance: &[Fp],
        (x, x1): (Fp, Fp),
        last: [(&Vec<Fp>, Fp); 2],
    ) -> Vec<Group> {
        let n = self.domain.n();
        let omega = self.domain.omega();
        let coefficients =
            |values: Vec<Fp>| self.domain.coefficients(&self.domain.interpolate(values));

        let mut public = instance.to_vec();
        public.resize(n, Fp::ZERO);
        let rotations = std::iter::successors(Some(x), |p| Some(*p * omega));
        let instance_group = Group {
            points: rotations.take(instance.len()).collect(),
            poly: coefficients(public),
            blind: PUBLIC_BLIND,
        };

        let order = queries::advice(&self.shape, &self.at);
        let on_two_rows: Vec<usize> = order
            .iter()
            .filter_map(|q| match q {
                Query::Next(i) => Some(*i),
                Query::Current(_) => None,
            })
            .collect();
        let on_one_row: Vec<usize> = order
            .iter()
            .filter_map(|q| match q {
                Query::Current(i) if !on_two_rows.contains(i) => Some(*i),
                _ => None,
            })
            .collect();

        let factors = opening::factors(x1, on_two_rows.len());
        let constants = self.at.constants();
        let (mut constant, mut terms, mut blind) = (Fp::ZERO, Vec::new(), Fp::ZERO);
        for (&i, factor) in on_two_rows.iter().zip(&factors) {
            blind += *factor * blinds[i];
            if constants.contains(&i) {
                constant += *factor * columns[i][0];
            } else {
                terms.push((*factor, &columns[i][..]));
            }
        }
        let mut poly = coefficients(combine(n, &terms));
        poly[0] += constant;
        let two_rows = Group {
            points: vec![x, omega * x],
            poly,
            blind,
        };

        let fixed = queries::fixed(&self.shape);
        let factors = opening::factors(x1, on_one_row.len() + fixed.len() + last.len());
        let mut rest = factors.iter().copied();
        let (mut terms, mut blind) = (Vec::new(), Fp::ZERO);
        for (i, factor) in on_one_row.into_iter().zip(&mut rest) {
            blind += factor * blinds[i];
            terms.push((factor, &columns[i][..]));
        }
        for (column, factor) in fixed.into_iter().zip(&mut rest) {
            blind += factor * PUBLIC_BLIND;
            terms.push((factor, fixed_column(&self.fixed, column)));
        }
        let mut poly = coefficients(combine(n, &terms));
        for ((other, other_blind), factor) in last.into_iter().zip(&mut rest) {
            blind += factor * other_blind;
            poly.iter_mut()
                .zip(other)
                .for_each(|(p, c)| *p += factor * c);
        }
        let one_row = Group {
            points: vec![x],
            poly,
            blind,
        };
        vec![instance_group, two_rows, one_row]
    }
}
