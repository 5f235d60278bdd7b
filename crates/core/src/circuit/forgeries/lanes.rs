//! Several lanes and folds: constants that keep them apart, items exchanged between them, lies in the last fold.

use ff::Field;
use pasta_curves::Fp;

use super::*;
use crate::circuit::testing::wide_network;

/// Eleven items in three lanes, four to a lane; five items in five lanes of two folds each.
fn batches() -> [Batch; 2] {
    let of = |hidden, lanes, items| {
        Batch::new(wide_network(hidden, |_| true), &text_vectors(items), lanes)
    };
    let batches = [of(1000, 3, 11), of(4100, 5, 5)];
    assert_eq!(
        batches
            .each_ref()
            .map(|b| (b.shape.folds(), b.shape.slots())),
        [(1, 4), (2, 1)]
    );
    batches
}

/// The honest witness up to stage 1, and the instance, for made-up challenges.
fn witness(batch: &Batch) -> (Witness, Vec<Fp>) {
    let shape = &batch.shape;
    let ch1 = Challenges1::draw(&shape.encode(), &batch.statement.digest(), &[]);
    let ch2 = Challenges2::draw(&ch1, &[]);
    let traces: Vec<Trace> = batch.items.iter().map(|i| i.trace.clone()).collect();
    let mut w = Witness::stage0(shape, &traces).unwrap();
    let vectors = text_vectors(batch.items.len());
    let vectors: Vec<&[u8]> = vectors.iter().map(|v| &v[..]).collect();
    w.stage1(&batch.network, &ch1, &vectors);
    let public = instance(&batch.network, shape, &batch.statement, &ch1, &ch2);
    (w, public)
}

#[test]
fn every_constant_is_tied_to_the_instance() {
    for batch in batches() {
        let (base, public) = witness(&batch);
        let constants = batch.shape.constants();
        let check = |w: Witness| violated(&batch.shape, w.columns, public.clone());
        let mut honest = base.clone();
        honest.stage3(&public[..constants]);
        assert_eq!(check(honest), gates(&[]));
        for j in 0..constants {
            // A witness that is consistent, with another constant.
            let mut other = public.clone();
            other[j] += Fp::ONE;
            let mut w = base.clone();
            w.stage3(&other[..constants]);
            let tie = ("tie".to_owned(), "starts at its instance".to_owned());
            assert!(check(w).contains(&tie), "constant {j}");
        }
    }
}

#[test]
fn every_cell_of_every_lane_and_fold_is_seen() {
    for batch in batches() {
        let (base, public) = witness(&batch);
        let (shape, constants) = (&batch.shape, batch.shape.constants());
        let at = Columns::new(shape);
        let rows = shape.active_rows();
        for pair in 0..shape.pairs() {
            for (column, linear) in [(at.q(pair), true), (at.r(pair), true), (at.a(pair), false)] {
                for row in [0, 1, rows / 2, rows - 1] {
                    let mut w = base.clone();
                    w.columns[column][row] += Fp::ONE;
                    w.stage3(&public[..constants]);
                    assert_ne!(w.columns[at.s()][rows], Fp::ZERO, "lookup {pair} {row}");
                    // An activation that no layer reads is the lookup's alone.
                    if linear {
                        let is_b = w.columns[at.acc()][0] == public[constants];
                        assert!(!is_b, "linear identity {pair} {row}");
                    }
                }
            }
        }
    }
}

#[test]
fn items_are_not_exchangeable_between_lanes_slots_and_folds() {
    for batch in batches() {
        let n = batch.items.len();
        let exchanged = |a: usize, b: usize| {
            let mut liar = batch.clone();
            (liar.items[a].trace, liar.items[b].trace) =
                (batch.items[b].trace.clone(), batch.items[a].trace.clone());
            for (to, from) in [(a, b), (b, a)] {
                liar.statement.items[to].miss = batch.statement.items[from].miss;
            }
            liar
        };
        for a in 1..n {
            // The first item, and one of the same lane or of the one before.
            for b in BTreeSet::from([0, a - 1]) {
                assert_ne!(batch.items[a].trace, batch.items[b].trace);
                let liar = exchanged(a, b);
                let (mut w, public) = witness(&liar);
                let constants = liar.shape.constants();
                w.stage3(&public[..constants]);
                let at = Columns::new(&liar.shape);
                // The same cells in other places: the lookups cannot see it, the linear identity must.
                let end = w.columns[at.s()][liar.shape.active_rows()];
                assert_eq!(end, Fp::ZERO);
                assert_ne!(w.columns[at.acc()][0], public[constants], "{a} {b}");
            }
        }
        assert_eq!(batch.attack(Hooks::default()), (gates(&[]), None));
        let found = exchanged(0, n - 1).attack(Hooks::default());
        assert_eq!(found, (gates(&[IS_B]), Some(Refusal::Opening)));
    }
}

#[test]
fn lies_in_the_last_fold_are_seen() {
    let honest = Batch::new(wide_network(4100, |_| true), &text_vectors(3), 3);
    assert_eq!(honest.shape.folds(), 2);
    let mut batch = honest.clone();
    batch.lie_about(1);
    let found = batch.attack(Hooks::default());
    assert_eq!(found, (gates(&[IS_B]), Some(Refusal::Opening)));

    let mut swap = |stage: Stage, at: &Columns, c: &mut Vec<Vec<Fp>>, _: Option<&Challenges1>| {
        if stage == Stage::One {
            c.swap(at.c(0), at.c(1));
        }
    };
    let found = honest.attack(Hooks::forge(&mut swap));
    assert_eq!(found, (gates(&[IS_B, IS_V]), Some(Refusal::Opening)));

    // A cell beyond the network's last neuron holds a remainder, duly counted.
    let row = honest.shape.active_rows() - 1;
    let mut stray = |stage: Stage, at: &Columns, c: &mut Vec<Vec<Fp>>, _: Option<&Challenges1>| {
        if stage == Stage::Zero {
            assert_eq!(c[at.r(3)][row], Fp::ZERO);
            c[at.r(3)][row] = Fp::from(5);
            c[at.mr()][0] -= Fp::ONE;
            c[at.mr()][5] += Fp::ONE;
        }
    };
    let found = honest.attack(Hooks::forge(&mut stray));
    assert_eq!(found, (gates(&[IS_B]), Some(Refusal::Opening)));
}
