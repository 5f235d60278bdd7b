//! `candor classifier inspect`.

use super::sealed;
use super::shared::{measures, measures_json};
use crate::classify::{Classifier, Layer, Linear, TensorRef};
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

fn operator(op: &Linear) -> String {
    match op {
        Linear::Dense { .. } => "dense".to_owned(),
        Linear::Conv {
            kernel: [h, w],
            stride: [sh, sw],
            pad,
            groups,
            ..
        } => format!("conv {h}x{w} stride {sh}x{sw} pad {pad:?} groups {groups}"),
    }
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
    let term = |t: &crate::classify::Term| {
        let zero = match t.zero_point {
            0 => String::new(),
            z => format!(" - {z}"),
        };
        format!(
            "{} of {}{zero}",
            operator(&t.op),
            source(classifier, t.input)
        )
    };
    layer.terms.iter().map(term).collect::<Vec<_>>().join(" + ")
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
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            let _ = writeln!(out, "{name:<12} {value}");
        }
    };
    line("name", card.name.clone());
    line(
        "description",
        card.description.replace('\n', "\n             "),
    );
    line("author", card.author.clone());
    line(
        "labels",
        format!("{} | {}", card.labels.matching, card.labels.other),
    );
    let unit = card.decision.score_unit;
    let unit = unit.map_or(String::new(), |u| format!(" (score: {u} units per unit)"));
    line("matches if", format!("{}{unit}", card.decision.rule));
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
    let mut line = |name: &str, value: String| {
        let _ = writeln!(out, "{name:<12} {value}");
    };
    line("sha-256", hex::encode(classifier.hash()));
    line("form", classifier.form().to_string());
    line(
        "network",
        format!(
            "{} neurons, {} weights, shift {}",
            network.neurons(),
            network.weight_count(),
            network.shift()
        ),
    );
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
                        "operator": operator(&t.op),
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
