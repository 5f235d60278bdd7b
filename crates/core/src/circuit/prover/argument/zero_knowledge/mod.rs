//! That proofs are zero-knowledge: every opened value and every commitment is hidden by randomness of its own.
//!
//! The verifier cannot see this: a prover that forgets its blinding rows makes proofs that verify. So the guards look
//! at the prover from within, and a mutation run spoils each kind of draw in each way: exactly the guards that are
//! meant to notice must notice, and no other.

mod guards;
mod transcript;

use std::collections::BTreeSet;

use ff::Field;
use halo2_proofs::plonk::VerifyingKey;
use pasta_curves::{EqAffine, Fp};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use self::guards::{Guard, Run, SECRETS, broken, on_two_rows, rank};
use self::transcript::lagrange;
use super::queries::{self, Query};
use super::randomness::spoiling::Fault;
use super::{Randomness, Secret};
use crate::circuit::Shape;
use crate::circuit::columns::Columns;
use crate::circuit::prover::Prover;
use crate::circuit::shape::BLINDING_ROWS;
use crate::circuit::testing::{Fixture, folded_network, text_network, text_vectors};
use crate::circuit::verifier::verifying_key;

/// Proofs of one statement, all spoiled in the same way; `None` when one cannot be written.
fn runs<'f>(
    f: &'f Fixture,
    prover: &Prover,
    key: &'f VerifyingKey<EqAffine>,
    fault: Option<(Secret, Fault)>,
    count: usize,
) -> Option<Vec<Run<'f>>> {
    let run = |_| {
        let mut rng = Randomness::fresh();
        rng.spoiler.fault = fault;
        Run::new(f, prover, key, rng)
    };
    (0..count).map(run).collect()
}

#[test]
fn honest_proofs_hide_every_value_behind_randomness_of_its_own() {
    for (f, proofs) in [
        (Fixture::new(12, 1, text_network(0), text_vectors(3)), 19),
        (Fixture::new(12, 4, text_network(6), text_vectors(3)), 3),
        (Fixture::new(12, 1, folded_network(), text_vectors(1)), 2),
        (Fixture::sealed(1, text_network(0), text_vectors(3)), 25),
        (Fixture::sealed(4, text_network(6), text_vectors(3)), 3),
    ] {
        let prover = Prover::new(&f.shape).unwrap();
        let key = verifying_key(&f.shape).unwrap();
        let all = runs(&f, &prover, &key, None, proofs).unwrap();
        // As many proofs as there are opened values in the first case: the rank is that of all of them.
        assert!(proofs < 19 || all[0].residuals().len() == proofs);
        assert_eq!(broken(&all), BTreeSet::new());
    }
}

/// What must notice that one kind of draw is spoiled.
fn watchers(secret: Secret, fault: Fault) -> BTreeSet<Guard> {
    use Guard::{Blinds, Fresh, Link, Mask, Random, Rank, Rows, Verifies, Written};
    let watchers: &[Guard] = match (secret, fault) {
        // The fourth piece of the quotient is zero: without a blind it is the identity.
        (Secret::Piece, Fault::Zero | Fault::Unused) => &[Written],
        // Drawn once in a proof: there is nothing to share.
        (Secret::RandomBlind | Secret::Opening | Secret::MaskBlind, Fault::Shared) => &[],
        (Secret::Row, Fault::Zero | Fault::Shared) => &[Fresh(Secret::Row), Rank],
        (Secret::Row, Fault::Unused) => &[Rank, Rows],
        (Secret::Column, Fault::Unused) => &[Rows, Blinds],
        (Secret::Random, Fault::Unused) => &[Random],
        (Secret::RandomBlind, Fault::Unused) => &[Random, Blinds],
        (Secret::Mask, Fault::Unused) => &[Mask],
        (Secret::MaskBlind, Fault::Unused) => &[Mask, Blinds],
        (Secret::Opening | Secret::Round, Fault::Unused) => &[Blinds],
        // A nonce of zero is the identity, which is not read.
        (Secret::Nonce, Fault::Zero) => &[Fresh(Secret::Nonce), Verifies],
        (Secret::Nonce, Fault::Unused) => &[Link, Verifies],
        (_, Fault::Zero | Fault::Shared | Fault::Fixed) => &[Fresh(secret)],
    };
    watchers.iter().copied().collect()
}

#[test]
fn each_fault_of_the_prover_is_seen_by_its_own_guards_alone() {
    let f = Fixture::new(12, 1, text_network(0), text_vectors(3));
    faults(&f, &SECRETS);
}

/// What is drawn for the columns of a sealed network, and for their link.
#[test]
fn each_fault_is_seen_where_the_weights_are_a_secret_too() {
    let f = Fixture::sealed(1, text_network(0), text_vectors(3));
    faults(&f, &[Secret::Row, Secret::Column, Secret::Nonce]);
}

fn faults(f: &Fixture, secrets: &[Secret]) {
    let prover = Prover::new(&f.shape).unwrap();
    let key = verifying_key(&f.shape).unwrap();
    for &secret in secrets {
        for fault in [Fault::Zero, Fault::Shared, Fault::Fixed, Fault::Unused] {
            let proofs = match (secret, fault) {
                // More than the rank that shared rows leave.
                (Secret::Row, _) => 4,
                // What is the same in every proof shows in two.
                (_, Fault::Fixed) => 2,
                _ => 1,
            };
            let found = match runs(f, &prover, &key, Some((secret, fault)), proofs) {
                Some(runs) => broken(&runs),
                None => [Guard::Written].into(),
            };
            assert_eq!(found, watchers(secret, fault), "{secret:?} {fault:?}");
        }
    }
}

/// For any challenges: the map from blinding rows and random polynomial to everything that is opened has full rank, so
/// the opened values are uniform whatever the witness.
#[test]
fn the_blinding_map_is_onto_for_every_opened_value() {
    let mut rng = ChaCha20Rng::seed_from_u64(77);
    let shapes = [
        Shape::new(12, 11, 4088, 2, 4080, 1).unwrap(),
        Shape::new(12, 11, 4088, 18, 4080, 5).unwrap(),
        Shape::new(12, 11, 4088, 5002, 4080, 3).unwrap(),
        Shape::new(12, 11, 4088, 9, 27_648, 2).unwrap(),
        Shape::new(12, 11, 4088, 2, 4080, 1)
            .and_then(|s| s.sealed(4081))
            .unwrap(),
        Shape::new(12, 11, 4088, 18, 4080, 2)
            .and_then(|s| s.sealed(65_331))
            .unwrap(),
    ];
    for shape in shapes {
        let at = Columns::new(&shape);
        let order = queries::advice(&shape, &at);
        let secret: Vec<usize> = (0..at.count())
            .filter(|c| !at.constants().contains(c))
            .collect();
        let place = |c: usize| secret.iter().position(|s| *s == c).unwrap() * BLINDING_ROWS;
        // Two coefficients of the random polynomial stand for all of them.
        let width = secret.len() * BLINDING_ROWS + 2;
        let (usable, n) = (shape.usable_rows(), shape.rows());
        let [x, x1, x3]: [Fp; 3] = std::array::from_fn(|_| Fp::random(&mut rng));
        let (at_x, at_x3) = (lagrange(&shape, x), lagrange(&shape, x3));
        let mut rows = Vec::new();
        for query in &order {
            let (Query::Current(c) | Query::Next(c)) = *query;
            if at.constants().contains(&c) {
                continue;
            }
            let rotation = usize::from(matches!(query, Query::Next(_)));
            let mut row = vec![Fp::ZERO; width];
            for i in 0..BLINDING_ROWS {
                row[place(c) + i] = at_x[(usable + i + n - rotation) % n];
            }
            rows.push(row);
        }
        // The folded value of columns on two rows at x3, and random(x), and the other folded value at x3, as if
        // the random polynomial alone hid it.
        let mut folded = vec![Fp::ZERO; width];
        for c in on_two_rows(&order) {
            folded.iter_mut().for_each(|entry| *entry *= x1);
            if !at.constants().contains(&c) {
                for i in 0..BLINDING_ROWS {
                    folded[place(c) + i] += at_x3[usable + i];
                }
            }
        }
        rows.push(folded);
        for point in [x, x3] {
            let mut row = vec![Fp::ZERO; width];
            row[width - 2..].copy_from_slice(&[Fp::ONE, point]);
            rows.push(row);
        }
        let values = rows.len();
        assert_eq!(rank(rows), values, "{shape:?}");
    }
}
