//! Training from start to finish: split, choose a threshold, fit, quantise, measure.

use crate::classify::{Card, Classifier, Decision, Evaluation, Labels};
use crate::item::Form;
use crate::train::TrainError;
use crate::train::dataset::{Dataset, Row};
use crate::train::model::{FitOptions, Model};
use crate::train::quantise::quantise;
use crate::train::split::{FOLDS, Split, split};
use crate::train::threshold::{Goal, choose, outcome};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

/// Fewest examples of either label.
pub const FEWEST: usize = 20;

/// What to train.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    /// How to fit.
    pub fit: FitOptions,
    /// Share of the items that is only measured on.
    pub held_out: f64,
    /// What the threshold is to achieve.
    pub goal: Goal,
    /// Name of the classifier.
    pub name: String,
    /// Description of the classifier.
    pub description: String,
    /// Who answers for it.
    pub author: String,
    /// The two answers.
    pub labels: Labels,
}

/// One line of the table of thresholds.
#[derive(Clone, Debug, Serialize)]
pub struct ThresholdLine {
    /// What the threshold was chosen for.
    pub goal: String,
    /// The threshold.
    pub threshold: f64,
    /// True for the one in the file.
    pub chosen: bool,
    /// Floating-point model on the held-out items.
    pub float: Evaluation,
    /// Integer network on the held-out items.
    pub integer: Evaluation,
}

/// What happened.
#[derive(Clone, Debug, Serialize)]
pub struct TrainReport {
    /// Items labelled positive.
    pub positive: usize,
    /// Items labelled negative.
    pub negative: usize,
    /// Items that equal another one.
    pub duplicates: usize,
    /// Contents that carry both labels.
    pub contradictory: usize,
    /// Items trained on.
    pub trained_on: usize,
    /// Items held out.
    pub held_out: usize,
    /// Iterations of the optimiser.
    pub iterations: u64,
    /// Units of the integer score per unit of the logit.
    pub score_unit: u64,
    /// Share of the held-out items on which the float model and the integer network decide alike.
    pub agreement: f64,
    /// Largest difference between integer and float logits on the held-out items.
    pub largest_error: f64,
    /// Thresholds and what they achieve.
    pub thresholds: Vec<ThresholdLine>,
}

/// A trained classifier and how it came about.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The classifier.
    pub classifier: Classifier,
    /// The report.
    pub report: TrainReport,
}

/// Trains on everything but the held-out split; the threshold is chosen by cross-validation inside the
/// training part, so that the held-out figures are honest.
pub fn train(data: &Dataset, form: Form, options: &TrainOptions) -> Result<Trained, TrainError> {
    for (label, found) in [
        ("positive", data.count(true)),
        ("negative", data.count(false)),
    ] {
        if found < FEWEST {
            return Err(TrainError::TooFew { label, found });
        }
    }
    let parts = split(&data.examples, options.held_out, options.fit.seed);
    let labelled = |i: usize| (&data.examples[i].row, data.examples[i].positive);
    let fit = |indices: &mut dyn Iterator<Item = usize>| {
        let rows: Vec<(&Row, bool)> = indices.map(labelled).collect();
        Model::fit(&rows, form.len(), options.fit)
    };

    // Folds 0..FOLDS score the part of the training items that they did not see; the last fit sees all.
    let mut models: Vec<(Model, u64)> = (0..=FOLDS)
        .into_par_iter()
        .map(|fold| fit(&mut parts.train.iter().filter(|t| t.1 != fold).map(|t| t.0)))
        .collect::<Result<_, _>>()?;
    let (model, iterations) = models.pop().expect("one more model than folds");
    let unseen: Vec<(f64, bool)> = parts
        .train
        .iter()
        .map(|&(i, fold)| {
            let (row, positive) = labelled(i);
            (models[fold].0.logit(row), positive)
        })
        .collect();
    let threshold = choose(&unseen, options.goal);
    let calibration: Vec<&Row> = parts.train.iter().map(|&(i, _)| labelled(i).0).collect();
    let quantised = quantise(&model, form, threshold, &calibration)?;

    let unit = quantised.unit as f64;
    let measure = |i: usize| {
        let example = &data.examples[i];
        let float = model.logit(&example.row);
        let score = crate::classify::evaluate(&quantised.network, &example.vector).score;
        (float, score, example.positive)
    };
    let held_out: Vec<(f64, i64, bool)> = parts.held_out.par_iter().map(|&i| measure(i)).collect();
    let line = |goal: Goal, chosen: bool| {
        let at = if chosen {
            threshold
        } else {
            choose(&unseen, goal)
        };
        let offset = ((at - threshold) * unit).round() as i64;
        ThresholdLine {
            goal: describe(goal),
            threshold: at,
            chosen,
            float: outcome(held_out.iter().map(|h| (h.0, h.2)), at, "held out, float"),
            integer: outcome(
                held_out.iter().map(|h| ((h.1 - offset) as f64, h.2)),
                0.0,
                "held out, integer",
            ),
        }
    };
    let recalls = [0.8, 0.9, 0.95, 0.98, 0.99, 0.995];
    let mut goals: Vec<Goal> = recalls.into_iter().map(Goal::Recall).collect();
    goals.push(Goal::F1);
    goals.retain(|g| *g != options.goal);
    let mut thresholds: Vec<ThresholdLine> = goals.into_iter().map(|g| line(g, false)).collect();
    thresholds.push(line(options.goal, true));
    thresholds.sort_by(|a, b| b.threshold.total_cmp(&a.threshold));

    let alike = |h: &&(f64, i64, bool)| (h.0 >= threshold) == (h.1 >= 0);
    let report = TrainReport {
        positive: data.count(true),
        negative: data.count(false),
        duplicates: data.examples.len() - parts.distinct,
        contradictory: parts.contradictory,
        trained_on: parts.train.len(),
        held_out: parts.held_out.len(),
        iterations,
        score_unit: quantised.unit,
        agreement: held_out.iter().filter(alike).count() as f64 / held_out.len().max(1) as f64,
        largest_error: held_out
            .iter()
            .map(|h| (h.1 as f64 / unit - (h.0 - threshold)).abs())
            .fold(0.0, f64::max),
        thresholds,
    };
    let card = card(options, &report, &parts, threshold);
    let classifier = Classifier::new(card, quantised.network).map_err(TrainError::File)?;
    Ok(Trained { classifier, report })
}

fn describe(goal: Goal) -> String {
    match goal {
        Goal::F1 => "best F1".to_owned(),
        Goal::Recall(share) => format!("recall {share}"),
    }
}

fn card(options: &TrainOptions, report: &TrainReport, parts: &Split, threshold: f64) -> Card {
    let fit = options.fit;
    let model = match fit.hidden {
        0 => "logistic regression".to_owned(),
        n => format!("one hidden layer of {n} rectified linear units"),
    };
    let set = format!(
        "held-out split: {} items, share {}, seed {}",
        parts.held_out.len(),
        options.held_out,
        fit.seed
    );
    let chosen = report.thresholds.iter().find(|line| line.chosen);
    let evaluation = chosen.map(|line| Evaluation {
        set,
        ..line.integer.clone()
    });
    let facts = [
        ("model", model),
        ("trainer", format!("candor {}", env!("CARGO_PKG_VERSION"))),
        ("penalty", format!("l2 = {:e}", fit.l2)),
        ("seed", fit.seed.to_string()),
        (
            "trained on",
            format!(
                "{} items of {} positive and {} negative; {} equal another, {} contents carry both labels",
                report.trained_on,
                report.positive,
                report.negative,
                report.duplicates,
                report.contradictory
            ),
        ),
        (
            "threshold",
            format!(
                "chosen for {} by {FOLDS}-fold cross-validation in the training part",
                describe(options.goal)
            ),
        ),
        (
            "fidelity",
            format!(
                "integer and float decide alike on {:.2} % of the held-out items; largest difference of \
                 logits {:.2e}",
                100.0 * report.agreement,
                report.largest_error
            ),
        ),
    ];
    Card {
        name: options.name.clone(),
        description: options.description.clone(),
        author: options.author.clone(),
        labels: options.labels.clone(),
        decision: Decision {
            rule: format!("logit >= {threshold:.4}"),
            score_unit: Some(report.score_unit),
        },
        evaluations: evaluation.into_iter().collect(),
        facts: facts
            .map(|(k, v)| (k.to_owned(), v))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::text_vector;
    use crate::train::dataset::Example;

    fn data() -> Dataset {
        let words = "report budget lunch meeting agenda invoice server weekend travel printer";
        let words: Vec<&str> = words.split(' ').collect();
        let example = |i: usize| {
            let positive = i.is_multiple_of(3);
            let mut text: Vec<&str> = (0..8)
                .map(|k| words[(i * 7 + k * k * 3 + i / 11) % 10])
                .collect();
            text.push(if positive { "winner" } else { "regards" });
            let text = format!("{} {i}", text.join(" "));
            Example::new(format!("{i}.txt"), positive, text_vector(&text))
        };
        Dataset {
            examples: (100..400).map(example).collect(),
            skipped: vec![],
        }
    }

    fn options(hidden: usize) -> TrainOptions {
        TrainOptions {
            fit: FitOptions {
                hidden,
                l2: 1e-5,
                max_iterations: 100,
                seed: 1,
            },
            held_out: 0.2,
            goal: Goal::Recall(0.9),
            name: "test".into(),
            description: String::new(),
            author: String::new(),
            labels: Labels {
                matching: "winner".into(),
                other: "other".into(),
            },
        }
    }

    #[test]
    fn a_separable_task_is_learned_the_same_way_every_time() {
        for hidden in [0, 4] {
            let one = train(&data(), Form::TextHash4080V1, &options(hidden)).unwrap();
            let evaluation = &one.classifier.card().evaluations[0];
            assert_eq!(evaluation.items(), 60);
            assert!(evaluation.f1().unwrap() > 0.9, "{hidden}: {evaluation:?}");
            assert!(one.report.agreement > 0.95);
            let two = train(&data(), Form::TextHash4080V1, &options(hidden)).unwrap();
            assert_eq!(one.classifier.hash(), two.classifier.hash());
        }
    }

    #[test]
    fn too_few_examples_are_refused() {
        let mut data = data();
        data.examples.retain(|e| !e.positive);
        let error = train(&data, Form::TextHash4080V1, &options(0)).unwrap_err();
        assert!(matches!(
            error,
            TrainError::TooFew {
                label: "positive",
                found: 0
            }
        ));
    }
}
