//! What has to be true of proofs for them to reveal nothing, each as a check of its own.

use std::collections::BTreeSet;

use ff::{Field, PrimeField};
use group::{Curve, GroupEncoding};
use halo2_proofs::arithmetic::{best_multiexp, eval_polynomial};
use halo2_proofs::plonk::VerifyingKey;
use halo2_proofs::poly::EvaluationDomain;
use halo2_proofs::poly::commitment::Blind;
use pasta_curves::{EqAffine, Fp};
use rand_core::UnwrapErr;

use super::super::queries::{self, Query};
use super::super::{Randomness, Secret};
use super::transcript::{Parsed, lagrange};
use crate::circuit::columns::Columns;
use crate::circuit::link;
use crate::circuit::prover::{Prover, Stage};
use crate::circuit::shape::BLINDING_ROWS;
use crate::circuit::testing::Fixture;
use crate::circuit::verifier::verify_with_key;
use crate::classify::{Trace, trace};
use crate::params;

/// Everything that is drawn.
pub const SECRETS: [Secret; 10] = [
    Secret::Row,
    Secret::Column,
    Secret::Random,
    Secret::RandomBlind,
    Secret::Piece,
    Secret::Opening,
    Secret::Mask,
    Secret::MaskBlind,
    Secret::Round,
    Secret::Nonce,
];

/// A check of the prover's randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    /// A proof can be written: no point of it is the identity.
    Written,
    /// It verifies.
    Verifies,
    /// No draw of this kind is zero, and none occurs twice, in one proof or in two.
    Fresh(Secret),
    /// What evaluations show beside the witness has full rank over several proofs: each is masked by its own rows.
    Rank,
    /// Commitments of columns are halo2's of all rows, with the blinding rows and the blind that were drawn.
    Rows,
    /// The blind that the opening ends with is the sum of all that were drawn.
    Blinds,
    /// The random polynomial is the one drawn, in its commitment and in its value.
    Random,
    /// So is the mask of the inner product argument, made zero at `x_3`.
    Mask,
    /// The link proof begins with the nonces that were drawn.
    Link,
}

/// One proof with all that its verifier does not see.
pub struct Run<'f> {
    f: &'f Fixture,
    key: &'f VerifyingKey<EqAffine>,
    proof: Vec<u8>,
    parsed: Parsed,
    /// Assigned rows of all columns.
    columns: Vec<Vec<Fp>>,
    rng: Randomness,
}

impl<'f> Run<'f> {
    /// Proves with randomness that records itself; `None` when no proof can be written.
    pub fn new(
        f: &'f Fixture,
        prover: &Prover,
        key: &'f VerifyingKey<EqAffine>,
        mut rng: Randomness,
    ) -> Option<Self> {
        let traces: Vec<Trace> = f.vectors.iter().map(|v| trace(&f.network, v)).collect();
        let mut columns = Vec::new();
        let mut keep = |stage: Stage, all: &mut Vec<Vec<Fp>>| {
            if stage == Stage::Three {
                columns.clone_from(all);
            }
        };
        let proof = prover
            .prove_with(
                f.known(),
                &f.statement,
                &f.inputs(),
                &traces,
                &mut rng,
                &mut keep,
            )
            .ok()?;
        Some(Run {
            f,
            key,
            parsed: Parsed::new(f, key, &proof),
            proof,
            columns,
            rng,
        })
    }

    fn drawn(&self, secret: Secret) -> &[Fp] {
        &self.rng.spoiler.drawn[&secret]
    }

    fn drawn_once(&self, secret: Secret) -> Fp {
        let all = self.drawn(secret);
        assert_eq!(all.len(), 1);
        all[0]
    }

    fn tail(&self, column: usize) -> &[Fp] {
        &self.drawn(Secret::Row)[column * BLINDING_ROWS..][..BLINDING_ROWS]
    }

    /// What the opened values show beside the witness: the part that blinding rows have to supply.
    pub fn residuals(&self) -> Vec<Fp> {
        let (shape, parsed) = (&self.f.shape, &self.parsed);
        let at = Columns::new(shape);
        let constants = at.constants();
        let (at_x, at_x3) = (lagrange(shape, parsed.x), lagrange(shape, parsed.x3));
        let n = at_x.len();
        let plain = |column: usize, weights: &[Fp], rotation: usize| -> Fp {
            let rows = self.columns[column].iter().enumerate();
            rows.map(|(i, c)| *c * weights[(i + n - rotation) % n])
                .sum()
        };
        let mut out = Vec::new();
        let order = queries::advice(shape, &at);
        for (query, value) in order.iter().zip(&parsed.advice) {
            let (Query::Current(column) | Query::Next(column)) = *query;
            if constants.contains(&column) {
                assert_eq!(*value, self.columns[column][0], "constants are public");
                continue;
            }
            let rotation = usize::from(matches!(query, Query::Next(_)));
            out.push(*value - plain(column, &at_x, rotation));
        }
        let folded = on_two_rows(&order).into_iter().fold(Fp::ZERO, |sum, c| {
            let value = match constants.contains(&c) {
                true => self.columns[c][0],
                false => plain(c, &at_x3, 0),
            };
            sum * parsed.x1 + value
        });
        out.push(parsed.groups[1] - folded);
        out
    }

    fn verifies(&self) -> bool {
        let f = self.f;
        verify_with_key(self.key, &f.shape, f.model(), &f.statement, &self.proof).is_ok()
    }

    /// All columns at once, in a random combination: wrong ones cancel with a chance of 2^-254.
    fn rows(&self) -> bool {
        let shape = &self.f.shape;
        let params = params::halo2(shape.k()).unwrap();
        let domain = EvaluationDomain::<Fp>::new(1, shape.k());
        let constants = Columns::new(shape).constants();
        let points = &self.parsed.advice_points;
        let blinds = self.drawn(Secret::Column);
        assert_eq!(points.len(), blinds.len());
        let mut rng = UnwrapErr(rand::rngs::SysRng);
        let weights: Vec<Fp> = points.iter().map(|_| Fp::random(&mut rng)).collect();
        let mut values = vec![Fp::ZERO; shape.rows()];
        let mut blind = Fp::ZERO;
        for (i, weight) in weights.iter().enumerate() {
            let column = &self.columns[i];
            let row = |row: usize| match constants.contains(&i) {
                true => column[0],
                false if row < column.len() => column[row],
                false => self.tail(i)[row - column.len()],
            };
            for (at, sum) in values.iter_mut().enumerate() {
                *sum += *weight * row(at);
            }
            blind += *weight * blinds[i];
        }
        let expected = params.commit_lagrange(&domain.lagrange_from_vec(values), Blind(blind));
        best_multiexp(&weights, points) == expected
    }

    /// The coefficient of `W`, from all blinds that were drawn.
    fn blinds(&self) -> bool {
        let (shape, p) = (&self.f.shape, &self.parsed);
        let order = queries::advice(shape, &Columns::new(shape));
        let blinds = self.drawn(Secret::Column);
        let two = on_two_rows(&order);
        let fold = |sum: Fp, blind: Fp| sum * p.x1 + blind;
        let two_rows = two.iter().map(|c| blinds[*c]).fold(Fp::ZERO, fold);
        let xn = p.x.pow_vartime([shape.rows() as u64]);
        let quotient = self
            .drawn(Secret::Piece)
            .iter()
            .rev()
            .fold(Fp::ZERO, |sum, blind| sum * xn + blind);
        let one_row = order
            .iter()
            .filter_map(|query| match query {
                Query::Current(c) if !two.contains(c) => Some(blinds[*c]),
                _ => None,
            })
            .chain(queries::fixed(shape).iter().map(|_| Fp::ONE))
            .chain([quotient, self.drawn_once(Secret::RandomBlind)])
            .fold(Fp::ZERO, fold);
        let groups = [Fp::ONE, two_rows, one_row];
        let opened = groups
            .iter()
            .fold(self.drawn_once(Secret::Opening), |sum, b| sum * p.x4 + b);
        let sides = self.drawn(Secret::Round).chunks_exact(2);
        let rounds: Fp = sides
            .zip(&p.rounds)
            .map(|(side, u)| side[0] * u.invert().unwrap() + side[1] * u)
            .sum();
        p.blind == self.drawn_once(Secret::MaskBlind) * p.xi + opened + rounds
    }

    fn commits(&self, point: EqAffine, poly: &[Fp], blind: Fp) -> bool {
        let params = params::halo2(self.f.shape.k()).unwrap();
        let mut bases = params.get_g().to_vec();
        bases.push(params::basis(self.f.shape.k()).unwrap().w);
        best_multiexp(&[poly, &[blind]].concat(), &bases).to_affine() == point
    }

    fn random(&self) -> bool {
        let (p, poly) = (&self.parsed, self.drawn(Secret::Random));
        self.commits(p.random_point, poly, self.drawn_once(Secret::RandomBlind))
            && p.random_value == eval_polynomial(poly, p.x)
    }

    fn mask(&self) -> bool {
        let mut poly = self.drawn(Secret::Mask).to_vec();
        let at_x3 = eval_polynomial(&poly, self.parsed.x3);
        poly[0] -= at_x3;
        let blind = self.drawn_once(Secret::MaskBlind);
        self.commits(self.parsed.mask_point, &poly, blind)
    }

    fn link(&self) -> bool {
        let basis = params::basis(self.f.shape.k()).unwrap();
        let first = best_multiexp(self.drawn(Secret::Nonce), &link::bases(basis));
        self.parsed.link[..32] == first.to_affine().to_bytes()
    }
}

/// Columns that are opened on two rows, in proof order.
pub fn on_two_rows(order: &[Query]) -> Vec<usize> {
    order
        .iter()
        .filter_map(|query| match query {
            Query::Next(column) => Some(*column),
            Query::Current(_) => None,
        })
        .collect()
}

fn fresh(runs: &[Run<'_>], secret: Secret) -> bool {
    let all = || runs.iter().flat_map(|run| run.drawn(secret));
    let distinct: BTreeSet<_> = all().map(|value| value.to_repr()).collect();
    distinct.len() == all().count() && all().all(|value| *value != Fp::ZERO)
}

/// The rank of a matrix given by rows.
pub fn rank(mut rows: Vec<Vec<Fp>>) -> usize {
    let mut rank = 0;
    for column in 0..rows[0].len() {
        let Some(pivot) = (rank..rows.len()).find(|i| rows[*i][column] != Fp::ZERO) else {
            continue;
        };
        rows.swap(rank, pivot);
        let (done, rest) = rows.split_at_mut(rank + 1);
        let pivot = &done[rank];
        let inverse = pivot[column].invert().unwrap();
        for row in rest {
            let factor = row[column] * inverse;
            row.iter_mut()
                .zip(pivot)
                .skip(column)
                .for_each(|(a, b)| *a -= factor * b);
        }
        rank += 1;
    }
    rank
}

/// All guards that do not hold for these proofs.
pub fn broken(runs: &[Run<'_>]) -> BTreeSet<Guard> {
    let mut out = BTreeSet::new();
    let mut check = |guard, holds: bool| {
        if !holds {
            out.insert(guard);
        }
    };
    for secret in SECRETS {
        check(Guard::Fresh(secret), fresh(runs, secret));
    }
    let residuals: Vec<Vec<Fp>> = runs.iter().map(Run::residuals).collect();
    let full = residuals.len().min(residuals[0].len());
    check(Guard::Rank, rank(residuals) == full);
    let run = &runs[0];
    check(Guard::Verifies, run.verifies());
    check(Guard::Rows, run.rows());
    check(Guard::Blinds, run.blinds());
    check(Guard::Random, run.random());
    check(Guard::Mask, run.mask());
    check(Guard::Link, run.link());
    out
}
