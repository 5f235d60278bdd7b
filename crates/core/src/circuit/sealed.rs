//! Sealed networks: what the circuit and its verifier do where the weights are a secret.
//!
//! Both sides of the linear part, `V` and `B` (`linear.rs`, `forms.rs`), are linear in the
//! secret numbers `w_k` (all weights and biases but those of the miss layer, in the order of
//! [`crate::classify::Plan`]). For `kappa`, drawn with tau after `c` and `w` are committed:
//!
//! ```text
//! V + kappa B = sum_k w_k g_k + P        g_k = v_k + kappa Lambda b_k        Lambda = sum_e lambda_e (stated items)
//! ```
//!
//! with `v_k`, `b_k` the coefficients of `w_k` in `V` and in an item's part of `B`. `P` is what is public: the miss
//! layer, and the stated verdicts. The prover commits `w` (stage 1) and `g` (stage 2), number `k = T s + i` in strip `s`
//! at row `i`. `acc[0]` depends on stages 0 and 1 and on rho, `accT[0]` on `c` and tau, so kappa keeps the two
//! equations apart.
//!
//! **Outputs.** A sealed file may name layers whose activations are stated with the verdict of every item (classes, one
//! neuron each; a score, rounded to a byte). They are checked as the verdict is, under the same theta, since the row of
//! every neuron has a power of its own: `c` carries `-theta` at their rows as well, and `P`, with `D` their neurons and
//! `o` what is stated,
//!
//! ```text
//! V's part   - theta (slots) sum_{i in D} tau^i        B's part   theta sum_e lambda_e sum_{i in D} rho^i o_{e,i}
//! ```
//!
//! **`w` is what was sealed**: the link ([`super::link`]) shows that its columns differ from the commitments of the
//! sealed file in blinding rows and blinds only. The statement names the file by its hash, and the verifier compares:
//! so the numbers are fixed before rho is drawn.
//!
//! **`g` is what it has to be**: for `eta`, drawn after `g` is committed, and `xi_s = eta^(T s)`,
//!
//! ```text
//! sum_s xi_s sum_i eta^i g_s[i] = G = V_lin(w_k := eta^k) + kappa Lambda b_lin(w_k := eta^k)
//! ```
//!
//! which fixes every row, those behind the last number included: there `g` is zero, so what a seal may hold there
//! counts for nothing. `G` takes no loop over weights: sums over rows, columns and channels are geometric.
//!
//! **Gates**, in place of "is B" and "is V":
//!
//! ```text
//! weights  active * ( accW - accW_next - sum_s w_s g_s )                                   degree 3
//!          last * accW                                                                     degree 2
//!          first * ( accT + kappa acc - accW - P )                                         degree 3
//! g        active * ( accG - eta accG_next - sum_s xi_s g_s )                              degree 5
//!          first * (accG - G),   last * accG                                               degree 2
//! ```
//!
//! **No range is checked.** Whoever seals numbers that overflow fixes a function all the same: `2^t Q + R` with
//! `|Q| <= q_max` is unique in the field and every neuron is determined by those before it, so an item has one verdict at
//! most. Where it has none there is no proof. What honest owners seal passed the static bounds.
//!
//! **Zero knowledge.** `P` and `G` are functions of public values. All that depends on `w`, `c` and the sums included,
//! stands in columns with six random rows and a blind of their own, however many proofs there are of one seal.

use ff::Field;
use halo2_proofs::plonk::ConstraintSystem;
use pasta_curves::{EqAffine, Fp};

use super::challenge::{Challenges1, Challenges2, Challenges3};
use super::config::{Config, sum};
use super::forms::{self, Frame, Layout, b_layer, stated, tap_sums, v_layer, volume};
use super::linear::{factor, times};
use super::powers::{geometric, integer, pow};
use super::shape::Shape;
use super::statement::{Statement, StatementItem};
use crate::classify::{Op, Plan};
use crate::sealed::SealedClassifier;

pub(crate) fn gates(meta: &mut ConstraintSystem<Fp>, config: &Config) {
    let (at, shape) = (&config.at, &config.shape);
    if !shape.is_sealed() {
        return;
    }
    let (strips, constants) = (shape.weight_strips(), shape.constants());
    meta.create_gate("weights", |cells| {
        let active = config.active(cells);
        let first = cells.query_fixed(config.fixed.first);
        let last = cells.query_fixed(config.fixed.last);
        let products = (0..strips).map(|s| config.cur(cells, at.w(s)) * config.cur(cells, at.g(s)));
        let total = sum(products).expect("a sealed network has a number");
        let acc_w = config.cur(cells, at.acc_w());
        let next = config.next(cells, at.acc_w());
        let acc = config.cur(cells, at.acc());
        let joined = config.cur(cells, at.acc_t()) + config.cur(cells, at.kappa()) * acc;
        let p = config.instance_at(cells, constants);
        vec![
            ("running sum", active * (acc_w.clone() - next - total)),
            ("ends at zero", last * acc_w.clone()),
            ("is V + kappa B", first * (joined - acc_w - p)),
        ]
    });
    meta.create_gate("g", |cells| {
        let active = config.active(cells);
        let first = cells.query_fixed(config.fixed.first);
        let last = cells.query_fixed(config.fixed.last);
        let total = sum((0..strips).map(|s| {
            let xi = factor(config, cells, shape.xi_digits().factors(s), |i| at.xi(i));
            let g = config.cur(cells, at.g(s));
            times(xi, g)
        }))
        .expect("a sealed network has a number");
        let acc = config.cur(cells, at.acc_g());
        let next = config.cur(cells, at.eta()) * config.next(cells, at.acc_g());
        let g = config.instance_at(cells, constants + 1);
        vec![
            ("Horner sum", active * (acc.clone() - next - total)),
            ("is G", first * (acc.clone() - g)),
            ("ends at zero", last * acc),
        ]
    });
}

/// `P`: the public part of `V + kappa B`.
pub fn p_value(
    plan: &Plan,
    shape: &Shape,
    (ch1, ch2): (&Challenges1, &Challenges2),
    items: &[StatementItem],
) -> Fp {
    let (miss, l) = (plan.miss(), plan.layers().len());
    let frame = Frame::new(shape, ch1, ch2.tau);
    let mut v = v_layer(&miss, l, plan, &frame) + frame.verdict(shape, ch1);
    let misses = items.iter().map(|item| item.miss);
    let mut b = stated(b_layer(&miss, l, plan, ch1.rho), shape, ch1, misses);
    if !plan.disclosed().is_empty() {
        let neurons: Vec<u64> = plan.disclosed_neurons().map(|i| i as u64).collect();
        let at_tau: Fp = neurons.iter().map(|i| pow(ch2.tau, *i)).sum();
        v -= ch1.theta * frame.slots * at_tau;
        let at_rho: Vec<Fp> = neurons.iter().map(|i| pow(ch1.rho, *i)).collect();
        for (item, lambda) in items.iter().zip(forms::lambdas(shape, ch1.rho)) {
            let outputs = item.outputs.iter().zip(&at_rho);
            let sum: Fp = outputs.map(|(o, p)| Fp::from(u64::from(*o)) * p).sum();
            b += ch1.theta * lambda * sum;
        }
    }
    v + ch2.kappa * b
}

/// `kappa Lambda`: what the coefficients of `B` are multiplied with, for so many stated items.
pub(super) fn kappa_lambda(
    shape: &Shape,
    ch1: &Challenges1,
    ch2: &Challenges2,
    items: usize,
) -> Fp {
    let lambda: Fp = forms::lambdas(shape, ch1.rho).take(items).sum();
    ch2.kappa * lambda
}

/// `G`: what `sum_k eta^k g_k` must be.
pub fn g_value(
    plan: &Plan,
    shape: &Shape,
    (ch1, ch2): (&Challenges1, &Challenges2),
    items: usize,
    eta: Fp,
) -> Fp {
    let frame = Frame::new(shape, ch1, ch2.tau);
    let rho = ch1.rho;
    let (mut v, mut b) = (Fp::ZERO, Fp::ZERO);
    for (l, layer) in plan.layers().iter().enumerate() {
        let mut at = plan.parameter_offset(l) as u64;
        let offset = pow(rho, plan.first(l));
        for (t, term) in layer.terms.iter().enumerate() {
            let source = plan.tensor(term.input);
            let start = pow(eta, at);
            let form = |s| start * at_powers(&term.op, layer.out, source, (rho, s), eta);
            v += form(frame.sigma) * frame.place(plan, l, term.input);
            if term.zero_point != 0 {
                b -= integer(term.zero_point) * form(Fp::ONE) * offset;
            }
            at += plan.weight_count(l, t) as u64;
        }
        let [channels, height, width] = layer.out;
        let positions = (height * width) as u64;
        b += pow(eta, at)
            * geometric(eta * pow(rho, positions), channels as u64)
            * geometric(rho, positions)
            * offset;
    }
    v + kappa_lambda(shape, ch1, ch2, items) * b
}

/// `sum_ij W_ij g^i s^j` of an operator whose weight number `k` is `eta^k`.
fn at_powers(op: &Op, out: [usize; 3], source: [usize; 3], (g, s): (Fp, Fp), eta: Fp) -> Fp {
    match op {
        Op::Dense => {
            let columns = volume(source) as u64;
            geometric(g * pow(eta, columns), volume(out) as u64) * geometric(s * eta, columns)
        }
        Op::Conv {
            kernel,
            stride,
            pad,
            groups,
        } => {
            let [oc, oh, ow] = out;
            let [ic, ih, iw] = source;
            let (in_group, out_group) = ((ic / groups) as u64, (oc / groups) as u64);
            // Horner over the taps, from the last.
            let taps = tap_sums((*kernel, *stride, *pad), out, source, g, s);
            let taps = taps.iter().rev().fold(Fp::ZERO, |sum, tap| sum * eta + tap);
            let plane = (kernel[0] * kernel[1]) as u64;
            let channel = pow(s, (ih * iw) as u64);
            let channels = geometric(channel * pow(eta, plane), in_group);
            let filter = pow(g, (oh * ow) as u64) * pow(eta, plane * in_group);
            let group = pow(filter, out_group) * pow(channel, in_group);
            taps * channels * geometric(filter, out_group) * geometric(group, *groups as u64)
        }
    }
}

/// The instance column: constants, `P`, `G`. Prover and verifier compute it with this one function.
pub(crate) fn instance(
    plan: &Plan,
    shape: &Shape,
    statement: &Statement,
    (ch1, ch2, ch3): (&Challenges1, &Challenges2, &Challenges3),
) -> Vec<Fp> {
    let mut values = forms::constants(shape, ch1, ch2.tau);
    values.extend(forms::seal_constants(shape, ch2.kappa, ch3.eta));
    values.push(p_value(plan, shape, (ch1, ch2), &statement.items));
    let items = statement.items.len();
    values.push(g_value(plan, shape, (ch1, ch2), items, ch3.eta));
    values
}

/// `C_w,s - Sealed_s` for every strip of the secret numbers.
pub(crate) fn differences(sealed: &SealedClassifier, weights: &[EqAffine]) -> Vec<EqAffine> {
    use group::Curve;
    let pairs = weights.iter().zip(sealed.commitments());
    pairs
        .map(|(w, sealed)| (*w - *sealed).to_affine())
        .collect()
}
