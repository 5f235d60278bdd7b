//! Rows that no gate reads, running sums that are bent.

use ff::Field;
use pasta_curves::Fp;

use super::*;

/// The remainder of one item out of range: `Q - 1, R + 2^t` have the same `Z`. Returns the forgery's cell.
fn remainder_out_of_range(batch: &mut Batch) -> usize {
    let items = &mut batch.items;
    let victim = items.iter().position(|i| i.trace.q[0] < -1).unwrap();
    items[victim].trace.q[0] -= 1;
    victim * batch.shape.neurons()
}

#[test]
fn garbage_where_no_gate_reads_changes_nothing() {
    let batch = Batch::text(5);
    let end = batch.shape.active_rows();
    let mut forge =
        |stage: Stage, at: &Columns, c: &mut Vec<Vec<Fp>>, _: Option<&Challenges1>| match stage {
            Stage::Zero => at
                .stage0()
                .for_each(|i| c[i][end] = Fp::from(123_456 + i as u64)),
            Stage::One => (at.c(0)..at.x(0)).for_each(|i| c[i][end] = -Fp::from(7 + i as u64)),
            Stage::Two => {}
            Stage::Three => {
                c[at.h(0)][end] = Fp::from(99);
                c[at.ht(0)][end] = Fp::from(98);
            }
        };
    let mut choose = |blinding: &mut Blinding| {
        for (i, tail) in blinding.tails.iter_mut().enumerate() {
            for (j, value) in tail.iter_mut().enumerate() {
                *value = Fp::from((1000 * i + j) as u64);
            }
        }
    };
    let hooks = Hooks {
        forge: Some(&mut forge),
        blinding: Some(&mut choose),
        ..Hooks::default()
    };
    assert_eq!(batch.attack(hooks), (gates(&[]), None));
}

#[allow(clippy::type_complexity)]
#[test]
fn a_surplus_in_the_lookup_cannot_be_moved_out_of_sight() {
    type Move = fn(&Columns, &mut Vec<Vec<Fp>>, usize, Fp);
    let moves: [(&str, Move, &[(&str, &str)]); 3] = [
        (
            "to a row without a gate",
            |at, c, end, off| c[at.h(0)][end] = -off,
            &[SUM_END],
        ),
        (
            "into the last step",
            |at, c, end, _| c[at.s()][end] = Fp::ZERO,
            &[SUM_STEP],
        ),
        (
            "into the start",
            |at, c, _, off| c[at.s()].iter_mut().for_each(|v| *v -= off),
            &[SUM_START],
        ),
    ];
    for (what, move_it, want) in moves {
        let mut batch = Batch::text(5);
        let place = remainder_out_of_range(&mut batch);
        let (end, two_t) = (
            batch.shape.active_rows(),
            Fp::from(1u64 << batch.shape.shift()),
        );
        let mut forge =
            |stage: Stage, at: &Columns, c: &mut Vec<Vec<Fp>>, _: Option<&Challenges1>| match stage
            {
                Stage::Zero => c[at.r(0)][place] += two_t,
                Stage::One | Stage::Two => {}
                Stage::Three => {
                    let off = c[at.s()][end];
                    assert_ne!(off, Fp::ZERO);
                    move_it(at, c, end, off);
                }
            };
        let found = batch.attack(Hooks::forge(&mut forge));
        assert_eq!(found, (gates(want), Some(Refusal::Opening)), "{what}");
    }
}

#[allow(clippy::type_complexity)]
#[test]
fn a_horner_sum_cannot_be_bent_to_the_wrong_verdict() {
    type Bend = fn(&mut [Fp], Fp, Fp, usize);
    let bends: [(&str, Bend, &[(&str, &str)]); 3] = [
        (
            // acc_T = off / rho^T: every step holds, acc_0 is B.
            "it does not end at zero",
            |acc, off, inverse, end| {
                let mut value = off;
                for cell in &mut acc[..=end] {
                    *cell += value;
                    value *= inverse;
                }
            },
            &[END],
        ),
        ("its start is set", |acc, off, _, _| acc[0] += off, &[STEP]),
        (
            "its last step is broken",
            |acc, off, inverse, end| {
                let mut value = off;
                for cell in &mut acc[..end] {
                    *cell += value;
                    value *= inverse;
                }
            },
            &[STEP],
        ),
    ];
    for (what, bend, want) in bends {
        let mut batch = Batch::text(5);
        let stated = &mut batch.statement.items[2].miss;
        *stated = !*stated;
        let (shape, network) = (batch.shape.clone(), batch.network.clone());
        let misses: Vec<bool> = batch.statement.items.iter().map(|i| i.miss).collect();
        let mut forge =
            |stage: Stage, at: &Columns, c: &mut Vec<Vec<Fp>>, ch: Option<&Challenges1>| {
                if stage == Stage::Three {
                    let ch = ch.unwrap();
                    let b = forms::b_value(&network, &shape, ch, misses.iter().copied());
                    let off = b - c[at.acc()][0];
                    assert_ne!(off, Fp::ZERO);
                    let inverse = ch.rho.invert().unwrap();
                    bend(&mut c[at.acc()], off, inverse, shape.active_rows());
                    assert_eq!(c[at.acc()][0], b);
                }
            };
        let found = batch.attack(Hooks::forge(&mut forge));
        assert_eq!(found, (gates(want), Some(Refusal::Opening)), "{what}");
    }
}
