//! Forgeries: an honest run with exactly one thing changed, and exactly the check that sees it.
//!
//! Gate by gate with halo2's `MockProver` (which names the violated constraint), then end to end with real
//! proofs through the verifier.

use std::collections::BTreeSet;
use std::sync::Arc;

use ff::Field;
use group::CurveAffine;
use halo2_proofs::dev::{MockProver, VerifyFailure};
use pasta_curves::{EqAffine, Fp};

use super::batch::{BatchCircuit, with_shape};
use super::challenge::{Challenges1, Challenges2};
use super::columns::Columns;
use super::prover::witness::Witness;
use super::prover::{Prover, Stage};
use super::public::instance;
use super::shape::Shape;
use super::testing::{Fixture, text_network, text_vectors};
use super::verifier::{VerifyError, verify_batch, verify_with_key, verifying_key};
use crate::classify::{Trace, trace};

/// Changes columns after a stage.
type Forge<'f> = dyn FnMut(Stage, &Columns, &mut Vec<Vec<Fp>>) + 'f;

fn fixture() -> Fixture {
    Fixture::new(12, 1, text_network(0), text_vectors(5))
}

/// Fills all stages with made-up but consistent challenges, forging in between, and names the violated
/// gates and constraints.
fn violations(
    f: &Fixture,
    traces: &[Trace],
    forge: &mut Forge<'_>,
    forge_instance: &dyn Fn(&mut Vec<Fp>),
) -> BTreeSet<(String, String)> {
    let at = Columns::new(&f.shape);
    let ch1 = Challenges1::draw(&f.shape.encode(), &f.statement.digest(), &[]);
    let ch2 = Challenges2::draw(&ch1, &[]);
    let mut witness = Witness::stage0(&f.shape, traces).unwrap();
    forge(Stage::Zero, &at, &mut witness.columns);
    let vectors: Vec<&[u8]> = f.vectors.iter().map(|v| &v[..]).collect();
    witness.stage1(&f.network, &ch1, &vectors);
    forge(Stage::One, &at, &mut witness.columns);
    let mut public = instance(&f.network, &f.shape, &f.statement, &ch1, &ch2);
    witness.stage3(&public[..f.shape.constants()]);
    forge(Stage::Three, &at, &mut witness.columns);
    forge_instance(&mut public);
    let circuit = BatchCircuit {
        columns: Arc::new(witness.columns),
    };
    let result = with_shape(&f.shape, || {
        MockProver::run(f.shape.k(), &circuit, vec![public])
            .unwrap()
            .verify()
    });
    let mut out = BTreeSet::new();
    for failure in result.err().unwrap_or_default() {
        match failure {
            VerifyFailure::ConstraintNotSatisfied { constraint, .. } => {
                let text = constraint.to_string();
                // "Constraint 0 ('name') in gate 3 ('gate')"
                let quoted: Vec<&str> = text.split('\'').collect();
                out.insert((quoted[3].to_owned(), quoted[1].to_owned()));
            }
            other => panic!("unexpected failure: {other}"),
        }
    }
    out
}

fn set(pairs: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    pairs
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

fn honest(f: &Fixture) -> Vec<Trace> {
    f.vectors.iter().map(|v| trace(&f.network, v)).collect()
}

const LOOKUP: (&str, &str) = ("lookup", "h u v = u + v");
const TABLE: (&str, &str) = ("table", "ht U V = mq V + mr U");
const SUM_END: (&str, &str) = ("lookup sum", "ends at zero");
const IS_B: (&str, &str) = ("linear", "is B");
const IS_V: (&str, &str) = ("c", "is V");

#[test]
fn an_honest_witness_satisfies_every_gate() {
    let f = fixture();
    assert_eq!(
        violations(&f, &honest(&f), &mut |_, _, _| {}, &|_| {}),
        set(&[])
    );
}

#[test]
fn each_column_forged_alone_violates_its_own_gate() {
    let f = fixture();
    let n = f.network.neurons();
    // What is changed by one, after which stage, in which column and row, and the constraints that see it.
    type Case = (&'static str, Stage, fn(&Columns) -> usize, usize, Violated);
    type Violated = Vec<(&'static str, &'static str)>;
    let cases: Vec<Case> = vec![
        (
            "q: the pair leaves the table or the linear identity",
            Stage::Zero,
            |at| at.q(0),
            n,
            vec![SUM_END, IS_B],
        ),
        ("r", Stage::Zero, |at| at.r(0), n, vec![SUM_END, IS_B]),
        (
            "a of a verdict",
            Stage::Zero,
            |at| at.a(0),
            n - 1,
            vec![SUM_END, IS_B],
        ),
        (
            "q of an empty row",
            Stage::Zero,
            |at| at.q(0),
            4000,
            vec![SUM_END, IS_B],
        ),
        (
            "quotient multiplicity",
            Stage::Zero,
            |at| at.mq(0),
            7,
            vec![SUM_END],
        ),
        (
            "second quotient table's multiplicity",
            Stage::Zero,
            |at| at.mq(1),
            7,
            vec![SUM_END],
        ),
        (
            "remainder multiplicity",
            Stage::Zero,
            |at| at.mr(),
            7,
            vec![SUM_END],
        ),
        (
            "c of a neuron that is never active",
            Stage::One,
            |at| at.c(0),
            4088,
            vec![IS_V],
        ),
        ("c of an input", Stage::One, |at| at.c(1), 4085, vec![IS_V]),
        ("X", Stage::One, |at| at.x(0), 3, vec![IS_B]),
        (
            "h",
            Stage::Three,
            |at| at.h(0),
            2,
            vec![LOOKUP, ("lookup sum", "running sum")],
        ),
        (
            "table helper",
            Stage::Three,
            |at| at.ht(0),
            2,
            vec![TABLE, ("lookup sum", "running sum")],
        ),
        (
            "second table helper",
            Stage::Three,
            |at| at.ht(1),
            2,
            vec![TABLE, ("lookup sum", "running sum")],
        ),
        (
            "lookup sum",
            Stage::Three,
            |at| at.s(),
            9,
            vec![("lookup sum", "running sum")],
        ),
        (
            "lookup sum does not start at zero",
            Stage::Three,
            |at| at.s(),
            0,
            vec![
                ("lookup sum", "running sum"),
                ("lookup sum", "starts at zero"),
            ],
        ),
        (
            "linear sum",
            Stage::Three,
            |at| at.acc(),
            9,
            vec![("linear", "Horner sum")],
        ),
        (
            "linear sum's start",
            Stage::Three,
            |at| at.acc(),
            0,
            vec![("linear", "Horner sum"), IS_B],
        ),
        (
            "linear sum's end",
            Stage::Three,
            |at| at.acc(),
            4089,
            vec![("linear", "Horner sum"), ("linear", "ends at zero")],
        ),
        (
            "c sum",
            Stage::Three,
            |at| at.acc_t(),
            9,
            vec![("c", "Horner sum")],
        ),
        (
            "c sum's start",
            Stage::Three,
            |at| at.acc_t(),
            0,
            vec![("c", "Horner sum"), IS_V],
        ),
        (
            "c sum's end",
            Stage::Three,
            |at| at.acc_t(),
            4089,
            vec![("c", "Horner sum"), ("c", "ends at zero")],
        ),
    ];
    for (what, forged_stage, column, row, want) in &cases {
        let mut forge = |stage: Stage, at: &Columns, c: &mut Vec<Vec<Fp>>| {
            if stage == *forged_stage {
                c[column(at)][*row] += Fp::ONE;
            }
        };
        let got = violations(&f, &honest(&f), &mut forge, &|_| {});
        assert_eq!(got, set(want), "{what}");
    }
}

#[test]
fn each_challenge_constant_is_tied_to_the_instance() {
    let f = fixture();
    let at = Columns::new(&f.shape);
    for j in 0..f.shape.constants() {
        let got = violations(&f, &honest(&f), &mut |_, _, _| {}, &|public| {
            public[j] += Fp::ONE
        });
        assert_eq!(
            got,
            set(&[("tie", "starts at its instance")]),
            "constant {j}"
        );
    }
    // A constant that changes along the way violates its own gate (and whatever reads it).
    let column = at.alpha();
    let got = violations(
        &f,
        &honest(&f),
        &mut |s, _, c| {
            if s == Stage::Three {
                c[column][100] += Fp::ONE;
            }
        },
        &|_| {},
    );
    assert!(
        got.contains(&("constant".to_owned(), "keeps its value".to_owned())),
        "{got:?}"
    );
}

#[test]
fn a_wrong_public_sum_is_refused() {
    let f = fixture();
    let b = f.shape.constants();
    for (j, want) in [(b, IS_B), (b + 1, IS_V)] {
        let got = violations(&f, &honest(&f), &mut |_, _, _| {}, &|public| {
            public[j] += Fp::ONE
        });
        assert_eq!(got, set(&[want]));
    }
}

#[test]
fn consistent_lies_about_a_neuron_fail_the_linear_identity_alone() {
    let f = fixture();
    // Another quotient with its right activation and multiplicities: only Z is wrong.
    let mut traces = honest(&f);
    traces[1].q[0] += 1;
    traces[1].a[0] = traces[1].q[0].clamp(0, 255) as u8;
    assert_eq!(
        violations(&f, &traces, &mut |_, _, _| {}, &|_| {}),
        set(&[IS_B])
    );
    // A lie that is consistent down to the verdict.
    let mut traces = honest(&f);
    let t = &mut traces[2];
    let miss = 1 - i32::from(t.a[1]);
    t.q[0] = 1 - miss;
    t.a[0] = t.q[0] as u8;
    t.q[1] = miss;
    t.a[1] = miss as u8;
    assert_eq!(
        violations(&f, &traces, &mut |_, _, _| {}, &|_| {}),
        set(&[IS_B])
    );
}

#[test]
fn an_activation_that_is_not_the_clamp_fails_the_lookup() {
    let f = fixture();
    let mut traces = honest(&f);
    // Activations feed the linear identity too; the multiset alone already differs.
    traces[3].a[0] = traces[3].a[0].wrapping_add(3);
    let got = violations(&f, &traces, &mut |_, _, _| {}, &|_| {});
    assert_eq!(got, set(&[SUM_END, IS_B]));
}

#[test]
fn a_remainder_out_of_range_fails_the_lookup_alone() {
    let f = fixture();
    let t = f.shape.shift();
    let row = f.shape.neurons() * 2;
    // Q - 1, R + 2^t: the same Z, and an activation that a negative quotient leaves alone.
    let mut traces = honest(&f);
    let item = traces
        .iter()
        .position(|t| t.q[0] < -1)
        .expect("some item scores low");
    traces[item].q[0] -= 1;
    let place = item * f.shape.neurons();
    let got = violations(
        &f,
        &traces,
        &mut |s, at, c| {
            if s == Stage::Zero {
                c[at.r(0)][place] += Fp::from(1u64 << t);
            }
        },
        &|_| {},
    );
    assert_eq!(got, set(&[SUM_END]), "row {row}");
}

#[test]
fn honest_proofs_verify_and_both_proofs_of_one_statement_differ() {
    for f in [
        fixture(),
        Fixture::new(12, 4, text_network(6), text_vectors(3)),
    ] {
        let prover = Prover::new(&f.shape).unwrap();
        let one = prover.prove(&f.network, &f.statement, &f.inputs()).unwrap();
        let two = prover.prove(&f.network, &f.statement, &f.inputs()).unwrap();
        // Every point is blinded and every scalar depends on challenges: no 32-byte word occurs in both, but for
        // the value of a table column that is zero everywhere.
        let words: BTreeSet<&[u8]> = one.chunks(32).collect();
        for (i, word) in two.chunks(32).enumerate() {
            assert!(
                *word == [0; 32] || !words.contains(word),
                "word {i} of {}",
                two.len() / 32
            );
        }
        verify_batch(&f.shape, &f.network, &f.statement, &one).unwrap();
        verify_batch(&f.shape, &f.network, &f.statement, &two).unwrap();
    }
}

/// Proves with a forged witness; the statement is what the forger claims.
fn forged(
    f: &Fixture,
    traces: &[Trace],
    stage: Stage,
    forge: &dyn Fn(&Columns, &mut Vec<Vec<Fp>>),
) -> VerifyError {
    let at = Columns::new(&f.shape);
    let proof = Prover::new(&f.shape)
        .unwrap()
        .prove_traces(
            &f.network,
            &f.statement,
            &f.inputs(),
            traces,
            &mut |s, c| {
                if s == stage {
                    forge(&at, c);
                }
            },
        )
        .unwrap();
    verify_batch(&f.shape, &f.network, &f.statement, &proof).unwrap_err()
}

#[test]
fn forged_witnesses_give_proofs_that_do_not_verify() {
    let f = fixture();
    let traces = honest(&f);
    type Forge = fn(&Columns, &mut Vec<Vec<Fp>>);
    let cases: [(Stage, Forge); 7] = [
        (Stage::Zero, |at, c| c[at.a(0)][1] += Fp::ONE),
        (Stage::Zero, |at, c| c[at.mq(0)][1] += Fp::ONE),
        (Stage::One, |at, c| c[at.c(0)][1] += Fp::ONE),
        (Stage::Three, |at, c| c[at.h(0)][1] += Fp::ONE),
        (Stage::Three, |at, c| c[at.rho()].fill(Fp::ONE)),
        (Stage::Three, |at, c| c[at.acc()][0] = Fp::ZERO),
        (Stage::Three, |at, c| c[at.acc_t()][0] = Fp::ZERO),
    ];
    for (stage, forge) in cases {
        let error = forged(&f, &traces, stage, &forge);
        assert!(
            matches!(error, VerifyError::Halo2(_) | VerifyError::Opening),
            "{error}"
        );
    }
}

#[test]
fn an_input_column_other_than_the_committed_items_fails_the_link() {
    let f = fixture();
    let error = forged(&f, &honest(&f), Stage::One, &|at, c| {
        c[at.x(0)][17] += Fp::ONE
    });
    assert!(matches!(error, VerifyError::Link), "{error}");
    // Outside the form's rows too, where c is zero.
    let error = forged(&f, &honest(&f), Stage::One, &|at, c| {
        c[at.x(0)][4089] += Fp::ONE
    });
    assert!(matches!(error, VerifyError::Link), "{error}");
}

#[test]
fn another_items_vector_cannot_stand_in_for_a_committed_one() {
    let mut f = fixture();
    // The responder proves about item 1's vector where item 0 was committed (a match hidden as a miss).
    f.vectors[0] = f.vectors[1].clone();
    f.statement.items[0].miss = f.statement.items[1].miss;
    let error = forged(&f, &honest(&f), Stage::Three, &|_, _| {});
    assert!(matches!(error, VerifyError::Link), "{error}");
}

#[test]
fn the_wrong_verdict_cannot_be_proved_or_claimed_afterwards() {
    let mut f = fixture();
    let prover = Prover::new(&f.shape).unwrap();
    let proof = prover.prove(&f.network, &f.statement, &f.inputs()).unwrap();
    let traces = honest(&f);
    f.statement.items[2].miss = !f.statement.items[2].miss;
    // Refused before proving ...
    assert!(prover.prove(&f.network, &f.statement, &f.inputs()).is_err());
    // ... and by the verifier, for the honest proof and for one made for the lie.
    let error = verify_batch(&f.shape, &f.network, &f.statement, &proof).unwrap_err();
    assert!(matches!(error, VerifyError::Link), "{error}");
    let error = forged(&f, &traces, Stage::Three, &|_, _| {});
    assert!(
        matches!(error, VerifyError::Halo2(_) | VerifyError::Opening),
        "{error}"
    );
}

#[test]
fn a_proof_speaks_of_one_statement_only() {
    let f = fixture();
    let proof = Prover::new(&f.shape)
        .unwrap()
        .prove(&f.network, &f.statement, &f.inputs())
        .unwrap();
    let refuse = |expected: &str, change: &dyn Fn(&mut Fixture)| {
        let mut other = fixture();
        change(&mut other);
        let error =
            verify_batch(&other.shape, &other.network, &other.statement, &proof).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    // What could be said with this circuit: the challenges are others, and with them the items.
    let link = VerifyError::Link.to_string();
    refuse(&link, &|o| o.statement.root[0] ^= 1);
    refuse(&link, &|o| o.statement.classifier[0] ^= 1);
    refuse(&link, &|o| o.statement.items[0].index = 99);
    refuse(&link, &|o| o.statement.items[0].miss ^= true);
    refuse(&link, &|o| o.statement.items.swap(0, 1));
    refuse(&link, &|o| {
        o.statement.items.pop();
    });
    refuse(&link, &|o| {
        let again = o.statement.items[0].clone();
        o.statement.items.push(again);
    });
    refuse(&link, &|o| {
        let c = o.statement.items[1].commitments.clone();
        o.statement.items[0].commitments = c;
    });
    // What could not: it is refused before the proof is looked at.
    let unfit = |why| VerifyError::Statement(why).to_string();
    refuse(&unfit("the network reads another form"), &|o| {
        o.statement.form.push('x');
    });
    refuse(&unfit("the number of items is out of range"), &|o| {
        o.statement.items.clear();
    });
    refuse(
        &unfit("an item has the wrong number of commitments"),
        &|o| {
            o.statement.items[0].commitments.clear();
        },
    );
    refuse(&unfit("a commitment is the identity"), &|o| {
        o.statement.items[0].commitments[0] = EqAffine::identity();
    });
    refuse(&unfit("the circuit is not the one of this network"), &|o| {
        let (s, q_max) = (&o.shape, o.shape.q_max() + 1);
        let other = Shape::new(s.k(), s.shift(), q_max, s.neurons(), s.inputs(), s.lanes());
        o.shape = other.unwrap();
    });
}

#[test]
fn another_network_of_the_same_shape_is_refused() {
    let f = fixture();
    let proof = Prover::new(&f.shape)
        .unwrap()
        .prove(&f.network, &f.statement, &f.inputs())
        .unwrap();
    let mut layers = f.network.layers()[..1].to_vec();
    layers[0].bias[0] += 1;
    let other =
        crate::classify::Network::with_miss(f.network.form(), f.network.shift(), layers).unwrap();
    // Same statement digest (as if the file hash collided): the public sums differ.
    let error = verify_batch(&f.shape, &other, &f.statement, &proof).unwrap_err();
    assert!(
        matches!(error, VerifyError::Halo2(_) | VerifyError::Opening),
        "{error}"
    );
}

#[test]
fn damaged_proofs_are_refused_without_panic() {
    let f = fixture();
    let proof = Prover::new(&f.shape)
        .unwrap()
        .prove(&f.network, &f.statement, &f.inputs())
        .unwrap();
    let key = verifying_key(&f.shape).unwrap();
    let verify = |bytes: &[u8]| verify_with_key(&key, &f.shape, &f.network, &f.statement, bytes);
    for len in [0, 1, 31, 255, 256, 300, 500] {
        assert!(
            matches!(verify(&proof[..len]), Err(VerifyError::Truncated)),
            "{len}"
        );
    }
    assert!(verify(&proof[..proof.len() - 1]).is_err());
    assert!(verify(&proof[..proof.len() - 32]).is_err());
    // Bytes between the halo2 proof and the link proof.
    let mut long = proof.clone();
    let at = long.len() - super::link::LINK_BYTES;
    long.splice(at..at, [0u8; 32]);
    assert!(matches!(verify(&long), Err(VerifyError::Trailing(32))));
    // One flipped bit anywhere.
    for at in (0..proof.len()).step_by(211) {
        let mut bad = proof.clone();
        bad[at] ^= 1 << (at % 8);
        assert!(verify(&bad).is_err(), "byte {at}");
    }
    // Every 32-byte word made non-canonical.
    for at in (0..proof.len()).step_by(32) {
        let mut bad = proof.clone();
        bad[at..at + 32].fill(0xff);
        assert!(verify(&bad).is_err(), "word {at}");
    }
}
