//! From an ONNX model to a classifier file.
//!
//! ```text
//! onnx       protobuf, constants, attributes; caps           (decoded by tract's protobuf layer)
//! lower      nodes to a small float network                  linear maps, clamps, max-pools
//! fold       batch normalisation, input normalisation, residual additions disappear into linear maps
//! float      runs the float network on sample pictures       calibration
//! quantise   scales, zero points, integer weights            within the circuit's static bounds
//! decision   from scores to one bit
//! reference  tract runs the original model                   fidelity, on held-out pictures
//! ```
//!
//! What cannot be expressed exactly is refused with the name of the node, never approximated in silence.

mod decision;
mod error;
mod fidelity;
mod float;
mod fold;
mod graph;
mod lower;
mod onnx;
mod quantise;
mod reference;
mod samples;
#[cfg(test)]
mod tests;

pub use decision::Rule;
pub use error::ImportError;
pub use fidelity::Fidelity;
pub use lower::Normalisation;
pub use onnx::MAX_MODEL;
pub use samples::{MeasuredOn, Sample, read_samples};

use candor_core::classify::{Card, Classifier, Decision, Evaluation, Labels, trace};
use candor_core::item::Form;
use candor_core::progress::{Progress, Unit};
use fidelity::Pair;
use float::Stats;
use graph::FloatNet;
use quantise::{Built, Codes};
use rayon::prelude::*;
use reference::Reference;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What a model is turned into.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// The form that the model sees.
    pub form: Form,
    /// How bytes become the model's inputs.
    pub normalisation: Normalisation,
    /// When an item matches.
    pub rule: Rule,
    /// Names of the model's scores, in order; may be empty.
    pub labels: Vec<String>,
    /// Names or indices of the positive classes.
    pub positive: Vec<String>,
    /// The shift of the network; `None` for the largest that the form allows.
    pub shift: Option<u32>,
    /// Name of the output that holds the scores; needed where the model has several outputs.
    pub scores: Option<String>,
    /// Least share of held-out pictures with the model's own verdict, 0 to 1: below it, the import is refused.
    pub least_agreement: f64,
    /// Name of the classifier.
    pub name: String,
    /// What it looks for and how it was made.
    pub description: String,
    /// Who answers for it.
    pub author: String,
}

/// A classifier and how faithful it is.
#[derive(Debug)]
pub struct Imported {
    /// The classifier.
    pub classifier: Classifier,
    /// The comparison on pictures that calibration did not see.
    pub fidelity: Fidelity,
    /// Which pictures those were.
    pub measured_on: MeasuredOn,
    /// Why the comparison is not with tract, when it is not.
    pub reference_problem: Option<String>,
    /// Channels whose scale the static bounds made coarser than calibration asked for, and all channels.
    pub coarse: (usize, usize),
    /// Channels whose upper clamp (ReLU6) is looser than the model's, for the same reason.
    pub loose: usize,
    /// Outcome on held-out pictures that lie in folders named by label: float model, then integer network.
    pub evaluations: Option<(Evaluation, Evaluation)>,
}

/// Turns a model into a classifier.
///
/// `calibration` may be empty for models that state their scales. `held_out` is what fidelity is measured on; where
/// it is empty, a part of `calibration` is kept for that, or patterns are made. Below
/// [`ImportOptions::least_agreement`] the import is refused.
pub fn import(
    model: &[u8],
    options: &ImportOptions,
    calibration: &[Sample],
    held_out: &[Sample],
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    let proto = onnx::decode(model)?;
    let graph = onnx::parse(&proto, options.scores.as_deref())?;
    let mut made = Vec::new();
    let samples::Split {
        calibration,
        held_out,
        measured_on,
    } = samples::Split::new(calibration, held_out, options.form, &mut made);
    let lowered = lower::lower(&graph, options.form, &options.normalisation)?;
    let net = fold::simplify(lowered.net);
    net.scores()?;
    let positives = positives(options, lowered.classes)?;
    let resolved = decision::resolve(options.rule, &positives, lowered.classes, lowered.finish)?;

    let stats = calibrate(&net, &calibration, progress);
    let shift = options.shift.unwrap_or(options.form.limits().max_shift);
    if shift == 0 || shift > options.form.limits().max_shift {
        return Err(ImportError::Network(
            candor_core::classify::NetworkError::Shift {
                limit: options.form.limits().max_shift,
                found: shift,
            },
        ));
    }
    let built = Built::new(&net, stats.as_ref(), options.form, shift)?;
    let tensors = built.tensors.clone();
    let (coarse, loose) = ((built.coarse, built.channels), built.loose);
    let decided = decision::decide(&net, built, stats.as_ref(), &resolved)?;

    let (reference, reference_problem) = match Reference::new(
        &proto,
        &graph.output,
        &lowered.layout,
        &options.normalisation,
    ) {
        Ok(reference) => (Some(reference), None),
        Err(e) => (None, Some(e.to_string())),
    };
    let compare = Comparison {
        net: &net,
        tensors: &tensors,
        network: &decided.network,
        reference: reference.as_ref(),
        resolved: &resolved,
    };
    let pairs = compare.run(&held_out, progress)?;
    let fidelity = Fidelity::new(&pairs).ok_or_else(|| {
        ImportError::Calibration("there is no picture to compare the model on".into())
    })?;
    fidelity.at_least(options.least_agreement)?;
    let evaluations = evaluations(options, &positives, &held_out, &pairs);

    let mut facts = BTreeMap::from([
        (
            "model sha256".to_owned(),
            hex::encode(Sha256::digest(model)),
        ),
        (
            "calibration pictures".to_owned(),
            calibration.len().to_string(),
        ),
        ("comparison".to_owned(), decided.method.to_owned()),
        (
            "normalisation".to_owned(),
            format!(
                "byte * {:?} + {:?}",
                options.normalisation.factors, options.normalisation.offsets
            ),
        ),
    ]);
    if !graph.producer.is_empty() && graph.producer != "(unnamed)" {
        facts.insert("model producer".to_owned(), graph.producer.clone());
    }
    facts.insert(
        "fidelity".to_owned(),
        format!(
            "same verdict on {} of {} {}; worst score difference {:.4}, spread {:.3}",
            fidelity.same_verdict,
            fidelity.pictures,
            measured_on.shown(),
            fidelity.worst_difference,
            fidelity.spread
        ),
    );
    let card = Card {
        name: options.name.clone(),
        description: options.description.clone(),
        author: options.author.clone(),
        labels: Labels {
            matching: match_label(options, &positives),
            other: "other".to_owned(),
        },
        decision: Decision {
            rule: rule_in_words(options, &positives),
            score_unit: decided.score_unit,
        },
        evaluations: evaluations
            .iter()
            .map(|(_, integer)| integer.clone())
            .collect(),
        facts,
    };
    Ok(Imported {
        classifier: Classifier::new(card, decided.network)?,
        fidelity,
        measured_on,
        reference_problem,
        coarse,
        loose,
        evaluations,
    })
}

/// Statistics of every channel over the calibration pictures.
fn calibrate(net: &FloatNet, samples: &[&Sample], progress: &dyn Progress) -> Option<Stats> {
    progress.begin("calibrating", Some(samples.len() as u64), Unit::Items);
    let stats = samples
        .par_iter()
        .map(|sample| {
            let picture: Vec<f32> = sample
                .vector
                .bytes()
                .iter()
                .map(|&b| f32::from(b))
                .collect();
            let mut stats = Stats::new(net);
            stats.see(net, &float::run(net, &picture));
            progress.advance(1);
            stats
        })
        .reduce_with(Stats::merge);
    progress.end();
    stats
}

struct Comparison<'a> {
    net: &'a FloatNet,
    tensors: &'a [(usize, Codes)],
    network: &'a candor_core::classify::Network,
    reference: Option<&'a Reference>,
    resolved: &'a decision::Resolved,
}

impl Comparison<'_> {
    fn run(&self, samples: &[&Sample], progress: &dyn Progress) -> Result<Vec<Pair>, ImportError> {
        progress.begin("comparing", Some(samples.len() as u64), Unit::Items);
        let pairs = samples
            .par_iter()
            .map(|sample| {
                let pair = self.pair(sample);
                progress.advance(1);
                pair
            })
            .collect();
        progress.end();
        pairs
    }

    fn pair(&self, sample: &Sample) -> Result<Pair, ImportError> {
        let bytes = sample.vector.bytes();
        let float = match self.reference {
            Some(reference) => reference.run(bytes)?,
            None => {
                let picture: Vec<f32> = bytes.iter().map(|&b| f32::from(b)).collect();
                float::run(self.net, &picture).pop().unwrap_or_default()
            }
        };
        let trace = trace(self.network, bytes);
        let integer = decision::scores_of(self.net, self.tensors, self.network, bytes, &trace.a)?;
        if float.len() != integer.len() {
            return Err(ImportError::Reference(format!(
                "it yields {} scores, not {}",
                float.len(),
                integer.len()
            )));
        }
        Ok(Pair {
            name: sample.name.clone(),
            float_matches: self.resolved.decide(&float),
            integer_matches: trace.matches(),
            float,
            integer,
        })
    }
}

/// Indices of the positive classes.
fn positives(options: &ImportOptions, classes: usize) -> Result<Vec<usize>, ImportError> {
    if !options.labels.is_empty() && options.labels.len() != classes {
        return Err(ImportError::Labels(format!(
            "{} labels for {classes} scores",
            options.labels.len()
        )));
    }
    options
        .positive
        .iter()
        .map(|name| {
            let named: Vec<usize> = (0..options.labels.len())
                .filter(|&i| options.labels[i] == *name)
                .collect();
            match named[..] {
                [class] => Ok(class),
                [] => name.parse().map_err(|_| {
                    ImportError::Labels(format!("'{name}' is neither a label nor a number"))
                }),
                _ => Err(ImportError::Labels(format!(
                    "'{name}' is the label of several classes; name it by number"
                ))),
            }
        })
        .collect()
}

fn label(options: &ImportOptions, class: usize) -> String {
    options
        .labels
        .get(class)
        .cloned()
        .unwrap_or_else(|| format!("class {class}"))
}

fn match_label(options: &ImportOptions, positives: &[usize]) -> String {
    let joined = positives
        .iter()
        .map(|&p| label(options, p))
        .collect::<Vec<_>>()
        .join(" or ");
    let short: String = joined.chars().take(200).collect();
    if short.is_empty() {
        options.name.clone()
    } else {
        short
    }
}

fn rule_in_words(options: &ImportOptions, positives: &[usize]) -> String {
    let names = match_label(options, positives);
    match options.rule {
        Rule::Argmax => format!("the best class is {names}; ties count as a match"),
        Rule::AtLeast(t) => format!("score of {names} >= {t}"),
        Rule::AtMost(t) => format!("score of {names} <= {t}"),
    }
}

/// Accuracy, where the held-out pictures lie in folders named by label.
fn evaluations(
    options: &ImportOptions,
    positives: &[usize],
    samples: &[&Sample],
    pairs: &[Pair],
) -> Option<(Evaluation, Evaluation)> {
    if options.labels.is_empty() || samples.is_empty() {
        return None;
    }
    let classes: Vec<usize> = samples
        .iter()
        .map(|s| {
            let name = s.label.as_ref()?;
            options.labels.iter().position(|l| l == name)
        })
        .collect::<Option<_>>()?;
    let named = |set: &str| Evaluation {
        set: set.to_owned(),
        ..Evaluation::default()
    };
    let mut float = named("held-out pictures, float model");
    let mut integer = named("held-out pictures");
    for (class, pair) in classes.iter().zip(pairs) {
        let positive = positives.contains(class) || positives.is_empty() && *class == 0;
        float.count(positive, pair.float_matches);
        integer.count(positive, pair.integer_matches);
    }
    Some((float, integer))
}
