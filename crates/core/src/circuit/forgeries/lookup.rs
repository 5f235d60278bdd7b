//! Multiplicities and poles: what the lookup argument counts.

use ff::Field;
use pasta_curves::Fp;

use super::*;

#[test]
fn multiplicities_of_equal_entries_are_one_number() {
    // The remainder table repeats its last entry: huge and negative counts there cancel as field elements.
    let batch = Batch::text(5);
    let mut forge = |stage: Stage, at: &Columns, c: &mut Vec<Vec<Fp>>, _: Option<&Challenges1>| {
        if stage == Stage::Zero {
            let huge = Fp::from(u64::MAX).square();
            c[at.mr()][4000] += huge;
            c[at.mr()][4001] -= huge;
        }
    };
    let found = batch.attack(Hooks::forge(&mut forge));
    assert_eq!(found, (gates(&[]), None));
    // Between different entries they do not.
    let mut forge = |stage: Stage, at: &Columns, c: &mut Vec<Vec<Fp>>, _: Option<&Challenges1>| {
        if stage == Stage::Zero {
            c[at.mr()][1] += Fp::ONE;
            c[at.mr()][2] -= Fp::ONE;
        }
    };
    let found = batch.attack(Hooks::forge(&mut forge));
    assert_eq!(found, (gates(&[SUM_END]), Some(Refusal::Opening)));
}

/// `Q - 1, R + 2^t` for one item: its place and remainder.
fn victim(batch: &mut Batch) -> (usize, usize) {
    let items = &mut batch.items;
    let victim = items.iter().position(|i| i.trace.q[0] < -1).unwrap();
    items[victim].trace.q[0] -= 1;
    let remainder = items[victim].trace.r[0] as usize;
    (victim * batch.shape.neurons(), remainder)
}

#[test]
fn multiplicities_chosen_after_beta_satisfy_every_gate_but_come_too_late() {
    let mut batch = Batch::text(5);
    let (place, remainder) = victim(&mut batch);
    let two_t = Fp::from(1u64 << batch.shape.shift());
    let r = Fp::from(remainder as u64);
    let mut forge = |stage: Stage, at: &Columns, c: &mut Vec<Vec<Fp>>, _: Option<&Challenges1>| {
        if stage == Stage::Zero {
            c[at.r(0)][place] += two_t;
        }
    };
    // The sum has 1/(beta2 + r + 2^t) where the table has 1/(beta2 + r): the count makes up for it, at this beta2.
    let mut late = |at: &Columns, c: &mut Vec<Vec<Fp>>, ch: &Challenges1| {
        let pole = ch.beta2 + r;
        let (have, want) = (pole.invert().unwrap(), (pole + two_t).invert().unwrap());
        c[at.mr()][remainder] += (want - have) * pole;
    };
    let hooks = Hooks {
        forge: Some(&mut forge),
        late: Some(&mut late),
        ..Hooks::default()
    };
    // Only the order of Fiat-Shamir stands against it: the verifier draws other challenges, for the link as well.
    assert_eq!(batch.attack(hooks), (gates(&[]), Some(Refusal::Link)));
}

#[test]
fn one_table_does_not_pay_for_the_other() {
    let mut batch = Batch::text(5);
    let (place, remainder) = victim(&mut batch);
    let size = 1usize << batch.shape.shift();
    // The remainder that is out of range, with activation 0, is an entry of the quotient table.
    assert!(remainder + size <= batch.shape.q_max() as usize);
    let mut forge = |stage: Stage, at: &Columns, c: &mut Vec<Vec<Fp>>, _: Option<&Challenges1>| {
        if stage == Stage::Zero {
            c[at.r(0)][place] += Fp::from(size as u64);
            c[at.mq(0)][remainder + size] += Fp::ONE;
            c[at.mr()][remainder] -= Fp::ONE;
        }
    };
    let found = batch.attack(Hooks::forge(&mut forge));
    assert_eq!(found, (gates(&[SUM_END]), Some(Refusal::Opening)));
}

#[test]
fn a_pair_that_collides_under_a_guessed_alpha_is_no_entry() {
    let batch = Batch::text(5);
    let guess = Fp::ONE;
    let mut forge = |stage: Stage, at: &Columns, c: &mut Vec<Vec<Fp>>, _: Option<&Challenges1>| {
        if stage == Stage::Zero {
            c[at.a(0)][0] += Fp::ONE;
            c[at.q(0)][0] -= guess;
        }
    };
    let found = batch.attack(Hooks::forge(&mut forge));
    assert_eq!(found, (gates(&[SUM_END, IS_B]), Some(Refusal::Opening)));
}
