//! Committed vectors that no item has: entries that are not bytes, and rows outside the form.
//!
//! A commitment says nothing of the size of its entries, and the proof does not ask. What that gives is a vector of
//! field elements whose verdict is still the one verdict that the network has on it: see SECURITY.md.

use ff::Field;
use pasta_curves::Fp;

use super::*;
use crate::classify::Linear;

/// Weights of a one-layer text network.
fn weights(network: &Network) -> &[i32] {
    match &network.layers()[0].terms[0].op {
        Linear::Dense { weights } => weights,
        Linear::Conv { .. } => unreachable!("texts have no convolutions"),
    }
}

fn score(network: &Network, x: &[Fp]) -> Fp {
    let terms = weights(network).iter().zip(x);
    let sum: Fp = terms.map(|(w, x)| powers::integer(i64::from(*w)) * x).sum();
    powers::integer(network.layers()[0].bias[0]) + sum
}

/// The trace of a one-layer text network over field elements, where it has one.
fn trace_of(batch: &Batch, x: &[Fp]) -> Option<Trace> {
    let z = small(score(&batch.network, x))?;
    let t = batch.shape.shift();
    let q = z >> t;
    if q.abs() > i64::from(batch.shape.q_max()) {
        return None;
    }
    let a = q.clamp(0, 255);
    let one = 1i64 << t;
    let z_miss = one - one * a;
    Some(Trace {
        q: vec![q as i32, (z_miss >> t) as i32],
        r: vec![(z & (one - 1)) as u32, 0],
        a: vec![a as u8, (z_miss >> t).clamp(0, 255) as u8],
    })
}

/// Entries that are negative, huge and fractions, made up so that the score is `z`.
fn no_bytes(batch: &Batch, z: i64) -> Vec<Fp> {
    let weights = weights(&batch.network);
    let a = weights.iter().position(|w| *w > 3).unwrap();
    let b = weights.iter().position(|w| *w < -3).unwrap();
    let mut x = vec![Fp::ZERO; batch.shape.rows()];
    x[17] = Fp::from(u64::MAX).square();
    x[18] = Fp::from(7).invert().unwrap();
    x[b] = -Fp::from(123_456_789);
    let missing = powers::integer(z) - score(&batch.network, &x);
    x[a] += missing * powers::integer(i64::from(weights[a])).invert().unwrap();
    x
}

#[test]
fn a_vector_that_is_not_bytes_has_one_verdict_like_any_other() {
    for (z, miss) in [(-500i64 * 512, true), (500 * 512, false)] {
        let mut batch = Batch::text(3);
        let x = no_bytes(&batch, z);
        batch.items[0].trace = trace_of(&batch, &x).unwrap();
        batch.items[0].strips[0] = x;
        batch.state();
        assert_eq!(batch.statement.items[0].miss, miss);
        assert_eq!(batch.attack(Hooks::default()), (gates(&[]), None));
        batch.lie_about(0);
        let found = batch.attack(Hooks::default());
        assert_eq!(found, (gates(&[IS_B]), Some(Refusal::Opening)));
    }
}

#[test]
fn a_vector_whose_score_leaves_the_range_has_no_verdict_at_all() {
    // One above the largest quotient, far above it, and not an integer of any size.
    let q_max = 4088i64;
    for z in [(q_max + 1) << 9, 1 << 40, -((q_max + 1) << 9)] {
        for miss in [true, false] {
            let mut batch = Batch::text(3);
            let x = no_bytes(&batch, z);
            assert_eq!(trace_of(&batch, &x), None);
            batch.items[0].strips[0] = x;
            batch.items[0].claim(miss);
            batch.state();
            let found = batch.attack(Hooks::default());
            let want = (gates(&[IS_B]), Some(Refusal::Opening));
            assert_eq!(found, want, "{z} {miss}");
        }
    }
    // Nor can the witness hold what the tables do not: a quotient out of range is not looked up.
    let mut batch = Batch::text(3);
    let x = no_bytes(&batch, (q_max + 1) << 9);
    batch.items[0].strips[0] = x;
    batch.items[0].trace = Trace {
        q: vec![q_max as i32, -254],
        r: vec![0, 0],
        a: vec![255, 0],
    };
    batch.state();
    let mut forge = |stage: Stage, at: &Columns, c: &mut Vec<Vec<Fp>>, _: Option<&Challenges1>| {
        if stage == Stage::Zero {
            c[at.q(0)][0] += Fp::ONE;
        }
    };
    let found = batch.attack(Hooks::forge(&mut forge));
    assert_eq!(found, (gates(&[SUM_END]), Some(Refusal::Opening)));
}

#[test]
fn rows_outside_the_form_count_for_nothing() {
    let mut batch = Batch::text(3);
    for row in 4080..batch.shape.rows() {
        batch.items[1].strips[0][row] = Fp::from(row as u64).square();
    }
    batch.state();
    assert_eq!(batch.attack(Hooks::default()), (gates(&[]), None));

    // Unless c is bent so that they do, and by just what the wrong verdict lacks.
    batch.lie_about(1);
    let row = 4085;
    let liar = batch.clone();
    let traces: Vec<Trace> = liar.items.iter().map(|i| i.trace.clone()).collect();
    let misses: Vec<bool> = liar.statement.items.iter().map(|i| i.miss).collect();
    let mut forge = |stage: Stage, at: &Columns, c: &mut Vec<Vec<Fp>>, ch: Option<&Challenges1>| {
        if stage == Stage::One {
            let ch = ch.unwrap();
            let mut probe = Witness::stage0(&liar.shape, &traces).unwrap();
            probe.columns.clone_from(c);
            probe.stage3(&forms::constants(&liar.shape, ch, Fp::from(5)));
            let b = forms::b_value(&liar.network, &liar.shape, ch, misses.iter().copied());
            let off = b - probe.columns[at.acc()][0];
            let factor = c[at.x(0)][row] * powers::pow(ch.rho, row as u64);
            c[at.c(1)][row] -= off * factor.invert().unwrap();
        }
    };
    let found = batch.attack(Hooks::forge(&mut forge));
    assert_eq!(found, (gates(&[IS_V]), Some(Refusal::Opening)));
}
