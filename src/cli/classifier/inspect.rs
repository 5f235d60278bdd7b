//! `candor classifier inspect`.

use super::sealed;
use super::shared::{self, line, measures, measures_json, operator};
use crate::classify::{Classifier, Layer, TensorRef};
use crate::clean;
use crate::cli::Exit;
use crate::cli::common::Secret;
use crate::explain;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Show what is inside a classifier file
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reading a file checks it: shapes, canonical encoding, and that no document whatever can drive a
neuron out of the range that a proof can represent. Of a sealed classifier (candor classifier seal) it shows
what is known and what is sealed; with its secret part, that the two belong together.

Examples:
  candor classifier inspect spam.clf
  candor classifier inspect model.sealed
  candor classifier inspect model.sealed --secret model.secret
  candor classifier inspect spam.clf --json | jq .sha256")]
pub(super) struct InspectArgs {
    /// Classifier file
    file: PathBuf,
    #[command(flatten)]
    secret: Secret,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: InspectArgs) -> anyhow::Result<Exit> {
    let any = args.secret.open_if_given(&args.file)?;
    if let Some(public) = any.published().sealed() {
        sealed::show(public, any.held().is_some(), args.json)?;
        return Ok(Exit::Ok);
    }
    let classifier = crate::input::classifier(&args.file)?;
    if args.json {
        clean::print_json(&to_json(&classifier))?;
    } else {
        print!("{}", to_text(&classifier));
    }
    Ok(Exit::Ok)
}

fn source(classifier: &Classifier, tensor: TensorRef) -> String {
    match tensor {
        TensorRef::Input => "input".to_owned(),
        TensorRef::Layer(i) => classifier.network().layers()[i].name.clone(),
    }
}

/// How much of the circuit's range a layer may use.
fn headroom(classifier: &Classifier, layer: usize) -> f64 {
    let network = classifier.network();
    let range = network.bounds()[layer].z_range();
    let most = classifier.form().limits().max_q << network.shift();
    range.hi.max(-range.lo) as f64 / most as f64
}

fn terms_text(classifier: &Classifier, layer: &Layer) -> String {
    let terms = layer.terms.iter();
    let terms = terms.map(|t| (t.op.op(), t.input, t.zero_point));
    shared::terms(terms, |input| source(classifier, input))
}

fn to_text(classifier: &Classifier) -> String {
    use std::fmt::Write;
    let (card, network) = (classifier.card(), classifier.network());
    let mut out = String::new();
    for warning in explain::brief(classifier) {
        let _ = writeln!(out, "WARNING: {}", warning.text);
    }
    let _ = writeln!(
        out,
        "claimed by its author, checked by nobody (what it looks for: candor classifier explain)"
    );
    out += &shared::claims(card);
    let unit = card.decision.score_unit;
    let unit = unit.map_or(String::new(), |u| format!(" (score: {u} units per unit)"));
    out += &line("matches if", &format!("{}{unit}", card.decision.rule));
    if !card.evaluations.is_empty() {
        let _ = writeln!(
            out,
            "\nclaimed by its author, not measured here (precision, recall, F1): candor classifier eval measures"
        );
        for evaluation in &card.evaluations {
            let _ = writeln!(out, "  {}  {}", measures(evaluation), evaluation.set);
        }
    }
    if !card.facts.is_empty() {
        let _ = writeln!(out, "\nfurther claims of its author");
        for (key, value) in &card.facts {
            let _ = writeln!(out, "  {key}: {}", value.replace('\n', "\n    "));
        }
    }
    let _ = writeln!(out, "\nin the file, checked");
    out += &line("sha-256", &hex::encode(classifier.hash()));
    out += &line("form", &classifier.form().to_string());
    let numbers = format!(
        "{} neurons, {} weights, shift {}",
        network.neurons(),
        network.weight_count(),
        network.shift()
    );
    out += &line("network", &numbers);
    let _ = writeln!(
        out,
        "\nlayers (Z: range of the sums for any input; A: of the activations)"
    );
    for (i, layer) in network.layers().iter().enumerate() {
        let (z, a) = (network.bounds()[i].z_range(), network.bounds()[i].a_range());
        let [c, h, w] = layer.out;
        let _ = writeln!(
            out,
            "  {i:>3} {:<14} {:<11} Z {}..{} ({:.0} % of the range) A {}..{}  {}",
            layer.name,
            format!("{c}x{h}x{w}"),
            z.lo,
            z.hi,
            100.0 * headroom(classifier, i),
            a.lo,
            a.hi,
            terms_text(classifier, layer)
        );
    }
    out
}

fn to_json(classifier: &Classifier) -> Value {
    let (card, network) = (classifier.card(), classifier.network());
    let layers: Vec<Value> = network
        .layers()
        .iter()
        .enumerate()
        .map(|(i, layer)| {
            let (z, a) = (network.bounds()[i].z_range(), network.bounds()[i].a_range());
            let terms: Vec<Value> = layer
                .terms
                .iter()
                .map(|t| {
                    json!({
                        "operator": operator(&t.op.op()),
                        "input": source(classifier, t.input),
                        "zero_point": t.zero_point,
                        "weights": t.op.weights().len(),
                    })
                })
                .collect();
            json!({
                "name": layer.name,
                "shape": layer.out,
                "terms": terms,
                "z": [z.lo, z.hi],
                "a": [a.lo, a.hi],
                "range_used": headroom(classifier, i),
            })
        })
        .collect();
    let evaluations: Vec<Value> = card
        .evaluations
        .iter()
        .map(|e| {
            let mut value = measures_json(e);
            value["set"] = json!(e.set);
            value
        })
        .collect();
    json!({
        "warnings": explain::brief(classifier),
        "name": card.name,
        "claimed_by_author": {
            "name": card.name,
            "description": card.description,
            "author": card.author,
            "labels": card.labels,
            "rule": card.decision.rule,
            "evaluations": evaluations,
            "facts": card.facts,
        },
        "sha256": hex::encode(classifier.hash()),
        "form": classifier.form(),
        "score_unit": card.decision.score_unit,
        "shift": network.shift(),
        "neurons": network.neurons(),
        "weights": network.weight_count(),
        "layers": layers,
    })
}
