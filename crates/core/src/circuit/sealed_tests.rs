//! Sealed networks: the equations, the gates and the checks, each forged once.

use std::collections::BTreeSet;

use ff::Field;
use pasta_curves::Fp;
use proptest::prelude::*;

use super::challenge::{Challenges1, Challenges2, Challenges3};
use super::columns::Columns;
use super::forgeries::{gates, violated};
use super::link::LINK_BYTES;
use super::powers::{integer, pow, powers};
use super::prover::parameters::factors;
use super::prover::witness::Witness;
use super::prover::{BatchInput, Known, Prover, Stage};
use super::sealed::{g_value, instance, p_value};
use super::testing::{
    Fixture, Source, folded_network, image_network, image_vectors, matrix, sealed, text_network,
    text_vectors, wide_network,
};
use super::verifier::{BatchVerifier, VerifyError, verify_batch, verify_with_key, verifying_key};
use super::{Shape, StatementItem, forms};
use crate::classify::plan::parameters;
use crate::classify::testing::arb_network;
use crate::classify::{Network, Plan, Trace, trace};
use crate::item::Form;

const IS_P: (&str, &str) = ("weights", "is V + kappa B");
const W_STEP: (&str, &str) = ("weights", "running sum");
const W_END: (&str, &str) = ("weights", "ends at zero");
const G_STEP: (&str, &str) = ("g", "Horner sum");
const IS_G: (&str, &str) = ("g", "is G");
const G_END: (&str, &str) = ("g", "ends at zero");

/// Three strips, the last with some rows left, in one lane.
fn fixture() -> Fixture {
    Fixture::sealed(1, wide_network(3, |_| true), text_vectors(5))
}

/// Six hidden neurons and the match neuron, whose activations are stated; in lanes.
fn disclosing() -> Fixture {
    let f = Fixture::disclosing(2, text_network(6), text_vectors(5), vec![0, 1]);
    let outputs = f.statement.items.iter().flat_map(|item| &item.outputs);
    assert!(outputs.clone().count() == 35 && outputs.filter(|o| **o > 1).count() > 5);
    f
}

/// Every kind of shape: one strip; many, with lanes; folds; pictures with convolutions and zero points.
fn fixtures() -> Vec<Fixture> {
    let form = Form::ImageRgb32V1;
    vec![
        Fixture::sealed(1, text_network(0), text_vectors(5)),
        fixture(),
        Fixture::sealed(4, text_network(6), text_vectors(3)),
        Fixture::sealed(2, image_network(form), image_vectors(form, 3)),
        disclosing(),
    ]
}

fn honest(f: &Fixture) -> Vec<Trace> {
    f.vectors.iter().map(|v| trace(&f.network, v)).collect()
}

type Forge<'f> = dyn FnMut(Stage, &Columns, &mut Vec<Vec<Fp>>, &Challenges1) + 'f;

/// Fills all stages with made-up but consistent challenges, forging in between.
fn witness(f: &Fixture, traces: &[Trace], forge: &mut Forge<'_>) -> (Vec<Vec<Fp>>, Vec<Fp>) {
    let opening = f.seal.as_ref().unwrap();
    let (shape, plan) = (&f.shape, opening.sealed().plan());
    let at = Columns::new(shape);
    let ch1 = Challenges1::draw(&shape.encode(), &f.statement.digest(), &[]);
    let ch2 = Challenges2::draw(&ch1, &[]);
    let ch3 = Challenges3::draw(&ch2, &[]);
    let mut w = Witness::stage0(shape, traces).unwrap();
    forge(Stage::Zero, &at, &mut w.columns, &ch1);
    let vectors: Vec<&[u8]> = f.vectors.iter().map(|v| &v[..]).collect();
    w.stage1(&f.network, &ch1, &vectors);
    w.weights(&opening.parameters());
    w.disclose(plan, &ch1);
    forge(Stage::One, &at, &mut w.columns, &ch1);
    w.stage2(plan, (&ch1, &ch2), f.vectors.len());
    forge(Stage::Two, &at, &mut w.columns, &ch1);
    let public = instance(plan, shape, &f.statement, (&ch1, &ch2, &ch3));
    w.stage3(&public[..shape.constants()]);
    forge(Stage::Three, &at, &mut w.columns, &ch1);
    (w.columns, public)
}

fn violations(f: &Fixture, traces: &[Trace], forge: &mut Forge<'_>) -> BTreeSet<(String, String)> {
    let (columns, public) = witness(f, traces, forge);
    violated(&f.shape, columns, public)
}

/// `g` by the definition: the coefficient of every number in `V` and in `B`, from the unrolled matrix.
fn double_sum(
    network: &Network,
    shape: &Shape,
    (ch1, ch2): (&Challenges1, &Challenges2),
    items: usize,
) -> Vec<Fp> {
    let sigma = ch2.tau * ch1.rho.invert().unwrap();
    let n = shape.neurons();
    let lambda: Fp = (0..items).map(|e| pow(ch1.rho, shape.base(e))).sum();
    let slots: Fp = (0..shape.slots())
        .map(|s| pow(ch2.tau, (s * n) as u64))
        .sum();
    let inputs = pow(sigma, (shape.folds() * shape.active_rows()) as u64);
    let rho = powers(ch1.rho, n);
    let sigmas = powers(sigma, n.max(shape.inputs()));
    let mut g = vec![Fp::ZERO; parameters(network).len()];
    for (i, row) in matrix(network)[..n - 1].iter().enumerate() {
        for entry in &row.entries {
            let source = match entry.source {
                Source::Input => inputs,
                Source::Neuron => slots,
            };
            g[entry.number] += rho[i] * sigmas[entry.j] * source
                - ch2.kappa * lambda * integer(entry.zero_point) * rho[i];
        }
        g[row.bias] += ch2.kappa * lambda * rho[i];
    }
    g
}

fn check_closed_forms(network: &Network, k: u32, lanes: usize) {
    let plan = Plan::of(network);
    let n = network.neurons();
    let inputs = network.form().len();
    let shape = Shape::new(k, 11, 4088, n, inputs, lanes)
        .and_then(|s| s.sealed(plan.parameters()))
        .unwrap();
    let ch1 = Challenges1::draw(&[k as u8], &[7; 32], &[]);
    let ch2 = Challenges2::draw(&ch1, &[]);
    let eta = Challenges3::draw(&ch2, &[]).eta;
    for items in [1, shape.capacity().min(5)] {
        let want = double_sum(network, &shape, (&ch1, &ch2), items);
        let g = factors(&plan, &shape, (&ch1, &ch2), items);
        assert!(g == want, "g");
        let at_eta: Fp = want
            .iter()
            .zip(powers(eta, want.len()))
            .map(|(g, e)| *g * e)
            .sum();
        let closed = g_value(&plan, &shape, (&ch1, &ch2), items, eta);
        assert!(closed == at_eta, "G");
        // V + kappa B = sum w g + P, whatever the verdicts.
        let misses = || (0..items).map(|e| e % 3 == 0);
        let v = forms::v_value(network, &shape, &ch1, ch2.tau);
        let b = forms::b_value(network, &shape, &ch1, misses());
        let stated: Vec<StatementItem> = misses()
            .map(|miss| StatementItem {
                index: 0,
                commitments: Vec::new(),
                miss,
                outputs: Vec::new(),
            })
            .collect();
        let p = p_value(&plan, &shape, (&ch1, &ch2), &stated);
        let numbers = parameters(network);
        let products: Fp = numbers.iter().zip(&g).map(|(w, g)| integer(*w) * g).sum();
        assert!(v + ch2.kappa * b == products + p, "P");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn closed_forms_are_the_double_sum(network in arb_network(), lanes in 1usize..4) {
        for k in [12, 15] {
            check_closed_forms(&network, k, lanes);
        }
    }
}

#[test]
fn closed_forms_are_the_double_sum_with_folds() {
    check_closed_forms(&folded_network(), 12, 2);
}

#[test]
fn an_honest_witness_satisfies_every_gate() {
    for f in fixtures() {
        let nothing: &mut Forge<'_> = &mut |_, _, _, _| {};
        assert_eq!(violations(&f, &honest(&f), nothing), gates(&[]));
    }
}

/// Columns hold what the evaluator and the secret part say, and behind it nothing.
#[test]
fn the_witness_is_the_sealed_network() {
    let f = fixture();
    let opening = f.seal.as_ref().unwrap();
    let (columns, public) = witness(&f, &honest(&f), &mut |_, _, _, _| {});
    let (at, rows) = (Columns::new(&f.shape), f.shape.active_rows());
    assert_eq!(f.shape.weight_strips(), 3);
    let numbers = opening.parameters();
    for k in 0..rows * f.shape.weight_strips() {
        let want = numbers.get(k).map_or(Fp::ZERO, |w| integer(*w));
        assert_eq!(columns[at.w(k / rows)][k % rows], want);
    }
    for (item, vector) in f.vectors.iter().enumerate() {
        let want = trace(opening.network(), vector);
        for i in 0..f.shape.neurons() {
            let row = item * f.shape.neurons() + i;
            assert_eq!(columns[at.a(0)][row], Fp::from(u64::from(want.a[i])));
        }
    }
    assert_eq!(columns[at.acc_g()][0], public[f.shape.constants() + 1]);
}

#[allow(clippy::type_complexity)]
#[test]
fn each_column_forged_alone_violates_its_own_gate() {
    let f = fixture();
    type Case = (
        &'static str,
        Stage,
        fn(&Columns) -> usize,
        usize,
        &'static [(&'static str, &'static str)],
    );
    let end = f.shape.active_rows();
    let last = f.shape.parameters() - 2 * end;
    let cases: Vec<Case> = vec![
        ("w", Stage::One, |at| at.w(0), 17, &[IS_P]),
        (
            "w of the second strip",
            Stage::One,
            |at| at.w(1),
            4000,
            &[IS_P],
        ),
        (
            "w behind the last number",
            Stage::One,
            |at| at.w(2),
            last,
            &[],
        ),
        ("c of a neuron", Stage::One, |at| at.c(0), 1, &[IS_P]),
        ("c between slots", Stage::One, |at| at.c(0), 4088, &[IS_P]),
        ("c of an input", Stage::One, |at| at.c(1), 4085, &[IS_P]),
        ("X", Stage::One, |at| at.x(0), 3, &[IS_P]),
        (
            "z",
            Stage::Zero,
            |at| at.r(0),
            3,
            &[("lookup sum", "ends at zero"), IS_P],
        ),
        ("g", Stage::Two, |at| at.g(0), 17, &[IS_G, IS_P]),
        (
            "g of a number that is zero",
            Stage::Two,
            |at| at.g(2),
            last,
            &[IS_G],
        ),
        (
            "g of the last row",
            Stage::Two,
            |at| at.g(2),
            end - 1,
            &[IS_G],
        ),
        ("sum of w g", Stage::Three, |at| at.acc_w(), 9, &[W_STEP]),
        (
            "its start",
            Stage::Three,
            |at| at.acc_w(),
            0,
            &[W_STEP, IS_P],
        ),
        (
            "its end",
            Stage::Three,
            |at| at.acc_w(),
            end,
            &[W_STEP, W_END],
        ),
        ("sum of g", Stage::Three, |at| at.acc_g(), 9, &[G_STEP]),
        (
            "its start",
            Stage::Three,
            |at| at.acc_g(),
            0,
            &[G_STEP, IS_G],
        ),
        (
            "its end",
            Stage::Three,
            |at| at.acc_g(),
            end,
            &[G_STEP, G_END],
        ),
        (
            "linear sum's start",
            Stage::Three,
            |at| at.acc(),
            0,
            &[("linear", "Horner sum"), IS_P],
        ),
        (
            "linear sum's end",
            Stage::Three,
            |at| at.acc(),
            end,
            &[("linear", "Horner sum"), ("linear", "ends at zero")],
        ),
        (
            "c sum's start",
            Stage::Three,
            |at| at.acc_t(),
            0,
            &[("c", "Horner sum"), IS_P],
        ),
        (
            "c sum's end",
            Stage::Three,
            |at| at.acc_t(),
            end,
            &[("c", "Horner sum"), ("c", "ends at zero")],
        ),
    ];
    for (what, forged_stage, column, row, want) in &cases {
        let mut forge = |stage: Stage, at: &Columns, c: &mut Vec<Vec<Fp>>, _: &Challenges1| {
            if stage == *forged_stage {
                c[column(at)][*row] += Fp::ONE;
            }
        };
        let got = violations(&f, &honest(&f), &mut forge);
        assert_eq!(got, gates(want), "{what}");
    }
}

#[test]
fn each_constant_is_tied_to_the_instance_and_p_and_g_are_read() {
    // Five strips and more: xi are products.
    let f = Fixture::sealed(1, wide_network(9, |_| true), text_vectors(2));
    assert!(f.shape.xi_digits().digits == 3);
    let (columns, public) = witness(&f, &honest(&f), &mut |_, _, _, _| {});
    let constants = f.shape.constants();
    for j in 0..constants + 2 {
        let mut other = public.clone();
        other[j] += Fp::ONE;
        let want = match j - constants.min(j) {
            0 if j < constants => ("tie", "starts at its instance"),
            0 => IS_P,
            _ => IS_G,
        };
        let got = violated(&f.shape, columns.clone(), other);
        assert_eq!(got, gates(&[want]), "public value {j}");
    }
}

#[test]
fn a_lie_about_a_neuron_or_a_verdict_fails_the_joined_equation_alone() {
    let mut f = fixture();
    let mut traces = honest(&f);
    traces[1].q[0] += 1;
    traces[1].a[0] = traces[1].q[0].clamp(0, 255) as u8;
    let nothing: &mut Forge<'_> = &mut |_, _, _, _| {};
    assert_eq!(violations(&f, &traces, nothing), gates(&[IS_P]));
    // A verdict stated that is not the trace's; one that the trace is bent to.
    let traces = honest(&f);
    f.statement.items[2].miss ^= true;
    assert_eq!(violations(&f, &traces, nothing), gates(&[IS_P]));
    let mut traces = honest(&f);
    let (t, n) = (&mut traces[2], f.shape.neurons());
    let miss = i32::from(f.statement.items[2].miss);
    (t.q[n - 2], t.r[n - 2], t.a[n - 2]) = (1 - miss, 0, (1 - miss) as u8);
    (t.q[n - 1], t.r[n - 1], t.a[n - 1]) = (miss, 0, miss as u8);
    assert_eq!(violations(&f, &traces, nothing), gates(&[IS_P]));
}

/// A network that is consistent in itself, in all but one place the sealed one.
#[test]
fn c_of_other_weights_and_factors_bent_to_fit_are_seen() {
    let f = fixture();
    let mut layers = f.network.layers()[..2].to_vec();
    layers[1].bias[0] += 700;
    if let crate::classify::Linear::Dense { weights } = &mut layers[0].terms[0].op {
        weights.iter_mut().for_each(|w| *w = -*w);
    }
    let other = Network::with_miss(f.network.form(), f.network.shift(), layers).unwrap();
    let mut g = Fixture::sealed(1, other, f.vectors.clone());
    g.seal = f.seal;
    g.statement.classifier = f.statement.classifier;
    let traces = honest(&g);
    // c and all neurons are the other network's, w is the sealed one's.
    let nothing: &mut Forge<'_> = &mut |_, _, _, _| {};
    assert_eq!(violations(&g, &traces, nothing), gates(&[IS_P]));
    // g is bent by just what is missing.
    let (columns, public) = witness(&g, &traces, nothing);
    let at = Columns::new(&g.shape);
    let kappa = columns[at.kappa()][0];
    let joined = columns[at.acc_t()][0] + kappa * columns[at.acc()][0];
    let off = joined - columns[at.acc_w()][0] - public[g.shape.constants()];
    assert_ne!(off, Fp::ZERO);
    let row = 5;
    let step = off * columns[at.w(0)][row].invert().unwrap();
    let mut bend = |stage: Stage, at: &Columns, c: &mut Vec<Vec<Fp>>, _: &Challenges1| {
        if stage == Stage::Two {
            c[at.g(0)][row] += step;
        }
    };
    assert_eq!(violations(&g, &traces, &mut bend), gates(&[IS_G]));
}

/// `c` may be bent in two ways that cancel for one kappa only.
#[test]
fn errors_of_the_two_equations_do_not_cancel() {
    let f = fixture();
    let traces = honest(&f);
    let (columns, _) = witness(&f, &traces, &mut |_, _, _, _| {});
    let at = Columns::new(&f.shape);
    let (kappa, rho) = (columns[at.kappa()][0], columns[at.rho()][0]);
    let tau = columns[at.tau()][0];
    // c_0 is changed where an activation a stands: V changes by tau^row, B by -rho^row a. The remainder of a row makes
    // up for kappa of it, and one that knew kappa would get through.
    let row = 0;
    let a = columns[at.a(0)][row];
    let in_v = pow(tau, row as u64);
    let in_b = -(pow(rho, row as u64) * a);
    let total = in_v + kappa * in_b;
    assert_ne!(total, Fp::ZERO);
    let lambda_z = pow(rho, row as u64);
    let fix = -total * (kappa * lambda_z).invert().unwrap();
    let mut forge = |stage: Stage, at: &Columns, c: &mut Vec<Vec<Fp>>, _: &Challenges1| {
        if stage == Stage::One {
            c[at.c(0)][row] += Fp::ONE;
            c[at.r(0)][row] += fix;
        }
    };
    // Only the lookup sees it, because a remainder cannot be such a number; and kappa comes after c.
    let got = violations(&f, &traces, &mut forge);
    assert_eq!(got, gates(&[("lookup sum", "ends at zero")]));
}

#[test]
fn honest_proofs_verify_have_their_size_and_two_share_no_word() {
    for f in fixtures() {
        let prover = Prover::new(&f.shape).unwrap();
        let prove = || prover.prove(f.known(), &f.statement, &f.inputs()).unwrap();
        let (one, two) = (prove(), prove());
        assert_eq!(one.len() as u64, f.shape.proof_bytes());
        let words: BTreeSet<&[u8]> = one.chunks(32).collect();
        for (i, word) in two.chunks(32).enumerate() {
            assert!(*word == [0; 32] || !words.contains(word), "word {i}");
        }
        // Nor is a commitment of the sealed file among them.
        let sealed = f.seal.as_ref().unwrap().sealed().to_bytes();
        let points = &sealed[sealed.len() - 32 * f.shape.weight_strips()..];
        assert!(points.chunks(32).all(|point| !words.contains(point)));
        let mut all = BatchVerifier::new();
        for proof in [&one, &two] {
            all.add(&f.shape, f.model(), &f.statement, proof).unwrap();
        }
        all.finish().unwrap();
    }
}

#[test]
fn one_verifier_takes_public_and_sealed_proofs() {
    let sealed = fixture();
    let public = Fixture::new(12, 1, text_network(0), text_vectors(3));
    let mut all = BatchVerifier::new();
    for f in [&sealed, &public] {
        let prover = Prover::new(&f.shape).unwrap();
        let proof = prover.prove(f.known(), &f.statement, &f.inputs()).unwrap();
        all.add(&f.shape, f.model(), &f.statement, &proof).unwrap();
    }
    all.finish().unwrap();
}

/// Proves with a forged witness, and says what the verifier answers.
fn forged(f: &Fixture, stage: Stage, forge: &dyn Fn(&Columns, &mut Vec<Vec<Fp>>)) -> VerifyError {
    let at = Columns::new(&f.shape);
    let proof = Prover::new(&f.shape)
        .unwrap()
        .prove_traces(
            f.known(),
            &f.statement,
            &f.inputs(),
            &honest(f),
            &mut |s, c| {
                if s == stage {
                    forge(&at, c);
                }
            },
        )
        .unwrap();
    verify_batch(&f.shape, f.model(), &f.statement, &proof).unwrap_err()
}

#[test]
fn forged_witnesses_give_proofs_that_do_not_verify() {
    let f = fixture();
    type Forge = fn(&Columns, &mut Vec<Vec<Fp>>);
    let cases: [(&str, Stage, Forge); 8] = [
        ("c", Stage::One, |at, c| c[at.c(0)][1] += Fp::ONE),
        ("g", Stage::Two, |at, c| c[at.g(0)][1] += Fp::ONE),
        ("g behind", Stage::Two, |at, c| c[at.g(2)][4088] += Fp::ONE),
        ("acc_w", Stage::Three, |at, c| c[at.acc_w()][0] = Fp::ZERO),
        ("acc_g", Stage::Three, |at, c| c[at.acc_g()][0] = Fp::ZERO),
        ("kappa", Stage::Three, |at, c| c[at.kappa()].fill(Fp::ONE)),
        ("eta", Stage::Three, |at, c| c[at.eta()].fill(Fp::ONE)),
        ("xi", Stage::Three, |at, c| c[at.xi(0)].fill(Fp::ONE)),
    ];
    for (what, stage, forge) in cases {
        let error = forged(&f, stage, &forge);
        assert!(matches!(error, VerifyError::Opening), "{what}: {error}");
    }
}

#[test]
fn numbers_other_than_the_sealed_ones_fail_the_link() {
    let f = fixture();
    for (strip, row) in [(0, 17), (1, 0), (2, 100), (2, 4089)] {
        // In every strip, behind the last number and in the row of end values too.
        let error = forged(&f, Stage::One, &|at, c| c[at.w(strip)][row] += Fp::ONE);
        assert!(matches!(error, VerifyError::Link), "{strip} {row}: {error}");
    }
    // Strips exchanged; errors that cancel between strips.
    let error = forged(&f, Stage::One, &|at, c| c.swap(at.w(0), at.w(1)));
    assert!(matches!(error, VerifyError::Link), "{error}");
    let error = forged(&f, Stage::One, &|at, c| {
        c[at.w(0)][3] += Fp::ONE;
        c[at.w(1)][3] -= Fp::ONE;
    });
    assert!(matches!(error, VerifyError::Link), "{error}");
    // And an error of the inputs that one of the numbers makes up for.
    let error = forged(&f, Stage::One, &|at, c| {
        c[at.x(0)][3] += Fp::ONE;
        c[at.w(0)][3] -= Fp::ONE;
    });
    assert!(matches!(error, VerifyError::Link), "{error}");
}

/// A cheaper model answers in the name of the sealed one.
#[test]
fn another_models_proof_does_not_pass_for_the_sealed_one() {
    let f = fixture();
    let mut layers = f.network.layers()[..2].to_vec();
    layers[1].bias[0] = -layers[1].bias[0];
    let other = Network::with_miss(f.network.form(), f.network.shift(), layers).unwrap();
    let mut cheap = Fixture::sealed(1, other, f.vectors.clone());
    // Honest about the other seal ...
    let prover = Prover::new(&f.shape).unwrap();
    let (vectors, blinds) = (cheap.vectors.clone(), cheap.blinds.clone());
    let secrets = vectors.iter().zip(&blinds);
    let inputs: Vec<BatchInput<'_>> = secrets
        .map(|(vector, blinds)| BatchInput { vector, blinds })
        .collect();
    let proof = prover
        .prove(cheap.known(), &cheap.statement, &inputs)
        .unwrap();
    verify_batch(&f.shape, cheap.model(), &cheap.statement, &proof).unwrap();
    // ... refused for this one, under either name, and made for this name as well.
    let error = verify_batch(&f.shape, f.model(), &cheap.statement, &proof).unwrap_err();
    assert!(
        matches!(
            error,
            VerifyError::Statement("the statement names another sealed classifier")
        ),
        "{error}"
    );
    cheap.statement.classifier = f.statement.classifier;
    let refuse =
        |proof: &[u8]| verify_batch(&f.shape, f.model(), &cheap.statement, proof).unwrap_err();
    assert!(matches!(refuse(&proof), VerifyError::Link));
    let traces = honest(&cheap);
    let made = prover
        .prove_traces(
            cheap.known(),
            &cheap.statement,
            &inputs,
            &traces,
            &mut |_, _| {},
        )
        .unwrap();
    assert!(matches!(refuse(&made), VerifyError::Link));
    // The prover itself refuses to.
    let error = prover
        .prove(cheap.known(), &cheap.statement, &inputs)
        .unwrap_err();
    assert!(
        error.to_string().contains("another sealed classifier"),
        "{error}"
    );
}

/// The same classifier sealed again is another seal.
#[test]
fn a_second_seal_of_the_same_weights_has_proofs_of_its_own() {
    let f = fixture();
    let prover = Prover::new(&f.shape).unwrap();
    let proof = prover.prove(f.known(), &f.statement, &f.inputs()).unwrap();
    let again = sealed(&f.network, Vec::new());
    let mut statement = f.statement.clone();
    statement.classifier = again.sealed().hash();
    let error = verify_batch(&f.shape, again.sealed(), &statement, &proof).unwrap_err();
    assert!(matches!(error, VerifyError::Link), "{error}");
}

#[test]
fn the_wrong_verdict_cannot_be_proved_or_claimed_afterwards() {
    let mut f = fixture();
    let prover = Prover::new(&f.shape).unwrap();
    let proof = prover.prove(f.known(), &f.statement, &f.inputs()).unwrap();
    let traces = honest(&f);
    f.statement.items[2].miss ^= true;
    assert!(prover.prove(f.known(), &f.statement, &f.inputs()).is_err());
    let error = verify_batch(&f.shape, f.model(), &f.statement, &proof).unwrap_err();
    assert!(matches!(error, VerifyError::Link), "{error}");
    let made = prover
        .prove_traces(
            f.known(),
            &f.statement,
            &f.inputs(),
            &traces,
            &mut |_, _| {},
        )
        .unwrap();
    let error = verify_batch(&f.shape, f.model(), &f.statement, &made).unwrap_err();
    assert!(matches!(error, VerifyError::Opening), "{error}");
}

#[test]
fn a_shape_belongs_to_public_or_to_sealed_networks() {
    let f = fixture();
    let prover = Prover::new(&f.shape).unwrap();
    let proof = prover.prove(f.known(), &f.statement, &f.inputs()).unwrap();
    let why = "the circuit is not the one of this network";
    let open = Shape::for_network(&f.network, 1).unwrap();
    assert_ne!(open.encode(), f.shape.encode());
    let more = open.clone().sealed(f.shape.parameters() + 1).unwrap();
    // As many strips, so the same columns and the same key: but another circuit.
    assert_eq!(more.advice_columns(), f.shape.advice_columns());
    assert_ne!(more.encode(), f.shape.encode());
    for (shape, model) in [
        (&open, f.model()),
        (&f.shape, (&f.network).into()),
        (&more, f.model()),
    ] {
        let error = verify_batch(shape, model, &f.statement, &proof).unwrap_err();
        assert!(
            matches!(error, VerifyError::Statement(w) if w == why),
            "{error}"
        );
    }
    // A prover of the one makes no proofs of the other.
    let known: Known<'_> = (&f.network).into();
    assert!(prover.prove(known, &f.statement, &f.inputs()).is_err());
    let public = Prover::new(&open).unwrap();
    assert!(public.prove(f.known(), &f.statement, &f.inputs()).is_err());
}

#[test]
fn damaged_proofs_are_refused_each_by_its_check() {
    let f = fixture();
    let prover = Prover::new(&f.shape).unwrap();
    let prove = || prover.prove(f.known(), &f.statement, &f.inputs()).unwrap();
    let (proof, second) = (prove(), prove());
    let key = verifying_key(&f.shape).unwrap();
    let verify = |bytes: &[u8]| verify_with_key(&key, &f.shape, f.model(), &f.statement, bytes);
    let stage0 = 32 * f.shape.stage0_columns();
    let weights = stage0 + 32 * (f.shape.c_columns() + f.shape.strips());
    let stage2 = stage0 + 32 * f.shape.stage1_columns();
    let stage3 = stage2 + 32 * f.shape.stage2_columns();
    for len in [0, 255, LINK_BYTES + stage2, LINK_BYTES + stage3 - 1] {
        let error = verify(&proof[..len]).unwrap_err();
        assert!(matches!(error, VerifyError::Truncated), "{len}: {error}");
    }
    let with = |at: usize, word: &[u8]| {
        let mut bytes = proof.clone();
        bytes[at..at + word.len()].copy_from_slice(word);
        verify(&bytes).unwrap_err()
    };
    // The identity, and no point at all, where a column of weights is committed.
    for word in [[0; 32], [0xff; 32]] {
        let error = with(weights, &word);
        assert!(matches!(error, VerifyError::Encoding), "{error}");
    }
    // Columns of another proof of the same statement: weights, factors, everything up to them.
    for (what, from, to) in [
        ("w", weights, weights + 32),
        ("g", stage2, stage2 + 32),
        ("stages 1 and 2", stage0, stage3),
        ("stages 0 to 2", 0, stage3),
    ] {
        let error = with(from, &second[from..to]);
        assert!(matches!(error, VerifyError::Link), "{what}: {error}");
    }
    let link = proof.len() - LINK_BYTES;
    let error = with(link, &second[link..]);
    assert!(matches!(error, VerifyError::Link), "{error}");
    // One flipped bit anywhere.
    for at in (0..proof.len()).step_by(307) {
        let mut bad = proof.clone();
        bad[at] ^= 1 << (at % 8);
        assert!(verify(&bad).is_err(), "byte {at}");
    }
}

#[test]
fn every_output_is_the_one_stated() {
    let f = disclosing();
    let prover = Prover::new(&f.shape).unwrap();
    let proof = prover.prove(f.known(), &f.statement, &f.inputs()).unwrap();
    verify_batch(&f.shape, f.model(), &f.statement, &proof).unwrap();
    let nothing: &mut Forge<'_> = &mut |_, _, _, _| {};
    for (item, output) in [(0, 0), (2, 3), (4, 6)] {
        let mut lie = disclosing();
        let stated = &mut lie.statement.items[item].outputs[output];
        *stated = stated.wrapping_add(1);
        assert_eq!(violations(&lie, &honest(&lie), nothing), gates(&[IS_P]));
        // The prover refuses; a proof made all the same, and the honest proof, are refused by the verifier.
        let error = prover
            .prove(lie.known(), &lie.statement, &lie.inputs())
            .unwrap_err();
        assert!(error.to_string().contains("other outputs"), "{error}");
    }
    let mut lie = f.statement.clone();
    lie.items[1].outputs[2] ^= 1;
    let error = verify_batch(&f.shape, f.model(), &lie, &proof).unwrap_err();
    assert!(matches!(error, VerifyError::Link), "{error}");
    let traces = honest(&f);
    let made = prover
        .prove_traces(f.known(), &lie, &f.inputs(), &traces, &mut |_, _| {})
        .unwrap();
    let error = verify_batch(&f.shape, f.model(), &lie, &made).unwrap_err();
    assert!(matches!(error, VerifyError::Opening), "{error}");
    // Outputs of two neurons, or of two items, are not exchangeable.
    let mut swapped = disclosing();
    let (a, b) = (&f.statement.items[0].outputs, &f.statement.items[1].outputs);
    assert_ne!(a, b);
    swapped.statement.items[0].outputs.clone_from(b);
    swapped.statement.items[1].outputs.clone_from(a);
    assert_eq!(
        violations(&swapped, &honest(&swapped), nothing),
        gates(&[IS_P])
    );
    // As many as the seal discloses, and none where it discloses nothing.
    let why = "an item has the wrong number of outputs";
    let refuse = |f: &Fixture, statement: &super::Statement| {
        let error = verify_batch(&f.shape, f.model(), statement, &proof).unwrap_err();
        assert!(
            matches!(error, VerifyError::Statement(w) if w == why),
            "{error}"
        );
    };
    let mut few = f.statement.clone();
    few.items[4].outputs.pop();
    refuse(&f, &few);
    let none = fixture();
    let mut more = none.statement.clone();
    more.items[0].outputs.push(0);
    refuse(&none, &more);
    let public = Fixture::new(12, 1, text_network(0), text_vectors(3));
    let mut more = public.statement.clone();
    more.items[0].outputs.push(0);
    refuse(&public, &more);
}
