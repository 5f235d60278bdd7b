//! What is known of a sealed classifier, and what is not.

use super::shared::{self, indented, line, measures, operator};
use crate::classify::{PlanLayer, TensorRef};
use crate::clean;
use crate::sealed::SealedClassifier;
use serde_json::{Value, json};

/// Prints it.
pub(super) fn show(sealed: &SealedClassifier, opened: bool, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        clean::print_json(&to_json(sealed, opened))?;
    } else {
        print!("{}", to_text(sealed, opened));
    }
    Ok(())
}

fn source(tensor: TensorRef) -> String {
    match tensor {
        TensorRef::Input => "input".to_owned(),
        TensorRef::Layer(i) => format!("layer {i}"),
    }
}

fn terms(layer: &PlanLayer) -> String {
    let terms = layer.terms.iter();
    let terms = terms.map(|t| (t.op.clone(), t.input, t.zero_point));
    shared::terms(terms, source)
}

/// What is stated of every item that it is run over.
fn stated(sealed: &SealedClassifier) -> String {
    match sealed.plan().disclosed() {
        [] => "a yes or no, and nothing else".to_owned(),
        layers => format!(
            "a yes or no, and the activations of {} neurons (layers {layers:?})",
            sealed.plan().disclosed_neurons().count()
        ),
    }
}

/// For people.
pub(super) fn to_text(sealed: &SealedClassifier, opened: bool) -> String {
    use std::fmt::Write;
    let (card, plan) = (sealed.card(), sealed.plan());
    let mut out = String::new();
    // Writing into a string cannot fail.
    let _ = writeln!(
        out,
        "SEALED: its weights and biases are a secret of its owner; what it looks for, nobody else can tell\n\n\
         claimed by its owner, checked by nobody"
    );
    out += &shared::claims(card);
    out += &line("matches if", &card.decision.rule);
    for evaluation in &card.evaluations {
        out += &line(
            "measured",
            &format!("{}  {}", measures(evaluation), evaluation.set),
        );
    }
    for (key, value) in &card.facts {
        out += &line("fact", &format!("{key}: {}", indented(value)));
    }
    let _ = writeln!(out, "\nknown: in the file, checked");
    out += &line("sha-256", &hex::encode(sealed.hash()));
    out += &line("form", &sealed.form().to_string());
    let network = format!("{} neurons, shift {}", plan.neurons(), plan.shift());
    out += &line("network", &network);
    out += &line("stated", &stated(sealed));
    let _ = writeln!(
        out,
        "\nsealed: fixed by the file, and known to its owner alone"
    );
    let commitments = match sealed.commitments().len() {
        1 => "one commitment".to_owned(),
        n => format!("{n} commitments"),
    };
    let numbers = format!(
        "all {} of the layers below, by {commitments}",
        plan.parameters()
    );
    out += &line("numbers", &numbers);
    if opened {
        out += &line("opened", "the secret part given opens this seal");
    }
    let _ = writeln!(
        out,
        "\nlayers (a public one behind them turns the match into the bit that is stated)"
    );
    for (i, layer) in plan.layers().iter().enumerate() {
        let [c, h, w] = layer.out;
        let weights: usize = (0..layer.terms.len())
            .map(|t| plan.weight_count(i, t))
            .sum();
        let _ = writeln!(
            out,
            "  {i:>3} {:<11} {weights} weights, {c} biases  {}",
            format!("{c}x{h}x{w}"),
            terms(layer)
        );
    }
    out
}

/// For programs.
pub(super) fn to_json(sealed: &SealedClassifier, opened: bool) -> Value {
    let (card, plan) = (sealed.card(), sealed.plan());
    let layers: Vec<Value> = (0..)
        .zip(plan.layers())
        .map(|(i, layer)| {
            let terms: Vec<Value> = (0..)
                .zip(&layer.terms)
                .map(|(t, term)| {
                    json!({
                        "operator": operator(&term.op),
                        "input": source(term.input),
                        "zero_point": term.zero_point,
                        "weights": plan.weight_count(i, t),
                    })
                })
                .collect();
            json!({ "shape": layer.out, "terms": terms })
        })
        .collect();
    json!({
        "sealed": true,
        "opened": opened,
        "name": card.name,
        "claimed_by_owner": {
            "name": card.name,
            "description": card.description,
            "author": card.author,
            "labels": card.labels,
            "rule": card.decision.rule,
            "facts": card.facts,
        },
        "sha256": hex::encode(sealed.hash()),
        "form": sealed.form(),
        "score_unit": card.decision.score_unit,
        "shift": plan.shift(),
        "neurons": plan.neurons(),
        "secret_numbers": plan.parameters(),
        "commitments": sealed.commitments().len(),
        "disclosed_layers": plan.disclosed(),
        "disclosed_neurons": plan.disclosed_neurons().count(),
        "layers": layers,
    })
}
