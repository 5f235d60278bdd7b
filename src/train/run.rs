//! Training from start to finish: split, choose a threshold, fit, quantise, measure.

use crate::classify::{Card, Classifier, Decision, Evaluation, Labels, Network};
use crate::item::Form;
use crate::statistics::share::{Share, share};
use crate::train::dataset::{self, Dataset, Row};
use crate::train::error::{FEWEST, TrainError};
use crate::train::idf::{idf, scaled};
use crate::train::model::{FitOptions, Loss, Model};
use crate::train::quantise::quantise;
use crate::train::split::{FOLDS, Split, split};
use crate::train::threshold::{Goal, choose, outcome};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Scores of a model, and whether each item is positive.
type Scored = Vec<(f64, bool)>;

/// The fact of a card that lists what a classifier was trained on: `message/rfc822 812; text/plain 40`.
pub const TYPES: &str = "media types";

/// What to train.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    /// How to fit.
    pub fit: FitOptions,
    /// Penalties to choose among by cross-validation, strongest first; none to use that of `fit`.
    pub penalties: Vec<f64>,
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
    /// Groups of copies, near copies and conversations among all items: none straddles the split.
    pub groups: usize,
    /// Groups among the held-out items, negative and positive.
    pub held_out_groups: [usize; 2],
    /// Precision of the integer network on the held-out items, with its 95 % interval.
    pub precision: Option<Share>,
    /// Recall likewise.
    pub recall: Option<Share>,
    /// Items trained on by media type.
    pub media_types: BTreeMap<String, usize>,
    /// Outcome on other documents, where there are any.
    pub test: Option<TestReport>,
    /// Strength of the penalty that was used.
    pub l2: f64,
    /// Documents of the held-out part that match at the threshold for a recall of 95 %: what that recall costs in
    /// reading.
    pub read_for_95: usize,
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

/// Outcome on documents from elsewhere.
#[derive(Clone, Debug, Serialize)]
pub struct TestReport {
    /// Outcome of the integer network.
    pub evaluation: Evaluation,
    /// Items left out because they are, or nearly are, among those trained on.
    pub known: usize,
    /// Precision with its 95 % interval.
    pub precision: Option<Share>,
    /// Recall likewise.
    pub recall: Option<Share>,
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
/// training part, so that the held-out figures are honest. `test` holds documents from elsewhere, which are
/// only measured on; those that are kin to a document of `data` are left out of that.
pub fn train(
    data: &Dataset,
    test: Option<&Dataset>,
    form: Form,
    options: &TrainOptions,
) -> Result<Trained, TrainError> {
    for (label, found) in [
        ("positive", data.count(true)),
        ("negative", data.count(false)),
    ] {
        if found < FEWEST {
            return Err(TrainError::TooFew { label, found });
        }
    }
    let groups = data.groups();
    let parts = split(&data.examples, &groups, options.held_out, options.fit.seed);
    let labelled = |i: usize| (&data.examples[i].row, data.examples[i].positive);
    let fit = |fold: usize, l2: f64| {
        let seen = parts.train.iter().filter(|t| t.1 != fold);
        let rows: Vec<(&Row, bool)> = seen.map(|t| labelled(t.0)).collect();
        fit(&rows, form, FitOptions { l2, ..options.fit })
    };
    // The models of folds 0..FOLDS score the part of the training items that they did not see.
    let unseen = |l2: f64| -> Result<Scored, TrainError> {
        let models: Vec<(Model, u64)> = (0..FOLDS)
            .into_par_iter()
            .map(|fold| fit(fold, l2))
            .collect::<Result<_, _>>()?;
        let score = |&(i, fold): &(usize, usize)| {
            let (row, positive) = labelled(i);
            (models[fold].0.logit(row), positive)
        };
        Ok(parts.train.iter().map(score).collect())
    };
    // A penalty, what it is worth, and the scores that say so.
    let mut best: Option<(f64, f64, Scored)> = None;
    let given = [options.fit.l2];
    let penalties = match &options.penalties[..] {
        [] => &given[..],
        some => some,
    };
    for &l2 in penalties {
        let unseen = unseen(l2)?;
        let worth = worth(&unseen, options.goal);
        if best.as_ref().is_none_or(|(_, most, _)| worth > *most) {
            best = Some((l2, worth, unseen));
        }
    }
    let (l2, _, unseen) = best.expect("at least one penalty");
    // The last fit sees all of the training part.
    let (model, iterations) = fit(FOLDS, l2)?;
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
    let at_95 = choose(&unseen, Goal::Recall(0.95));
    let read_for_95 = held_out.iter().filter(|h| h.0 >= at_95).count();
    let recalls = [0.8, 0.9, 0.95, 0.98, 0.99, 0.995];
    let mut goals: Vec<Goal> = recalls.into_iter().map(Goal::Recall).collect();
    goals.push(Goal::F1);
    goals.retain(|g| *g != options.goal);
    let mut thresholds: Vec<ThresholdLine> = goals.into_iter().map(|g| line(g, false)).collect();
    thresholds.push(line(options.goal, true));
    thresholds.sort_by(|a, b| b.threshold.total_cmp(&a.threshold));

    let chosen = thresholds
        .iter()
        .find(|line| line.chosen)
        .map(|line| &line.integer);
    let [negative, positive] = parts.held_out_groups;
    let test = test.map(|test| tested(data, test, &quantised.network));
    let alike = |h: &&(f64, i64, bool)| (h.0 >= threshold) == (h.1 >= 0);
    let report = TrainReport {
        positive: data.count(true),
        negative: data.count(false),
        duplicates: data.examples.len() - parts.distinct,
        contradictory: parts.contradictory,
        trained_on: parts.train.len(),
        held_out: parts.held_out.len(),
        groups: parts.groups,
        held_out_groups: parts.held_out_groups,
        precision: chosen.and_then(|e| {
            share(
                e.true_positives,
                e.true_positives + e.false_positives,
                negative + positive,
            )
        }),
        recall: chosen.and_then(|e| {
            share(
                e.true_positives,
                e.true_positives + e.false_negatives,
                positive,
            )
        }),
        media_types: data
            .media_types()
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count))
            .collect(),
        test,
        l2,
        read_for_95,
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

/// Fits a model to rows of a form: on texts, with the rarity of words folded into the weights.
fn fit(rows: &[(&Row, bool)], form: Form, options: FitOptions) -> Result<(Model, u64), TrainError> {
    if !form.is_text() {
        return Model::fit(rows, form.len(), options);
    }
    let factors = idf(rows, form.len());
    let wide: Vec<Row> = rows.iter().map(|(row, _)| scaled(row, &factors)).collect();
    let wide: Vec<(&Row, bool)> = wide.iter().zip(rows.iter().map(|r| r.1)).collect();
    let (model, iterations) = Model::fit(&wide, form.len(), options)?;
    Ok((model.folded(&factors), iterations))
}

/// How well scores serve a goal: the larger the better.
fn worth(scored: &[(f64, bool)], goal: Goal) -> f64 {
    let at = outcome(scored.iter().copied(), choose(scored, goal), "");
    match goal {
        Goal::F1 => at.f1().unwrap_or(0.0),
        // What is found is given: the fewest documents to read.
        Goal::Recall(_) => -((at.true_positives + at.false_positives) as f64),
    }
}

/// Measures on documents from elsewhere, without those that are kin to one of `data`.
fn tested(data: &Dataset, test: &Dataset, network: &Network) -> TestReport {
    // A group is named by its first member, and those of `data` come first.
    let first_unknown = data.examples.len();
    let groups = dataset::groups(data.examples.iter().chain(&test.examples));
    let groups = &groups[first_unknown..];
    let mut evaluation = Evaluation::default();
    let (mut known, mut seen) = (0, [BTreeSet::new(), BTreeSet::new()]);
    for (example, group) in test.examples.iter().zip(groups) {
        if *group < first_unknown {
            known += 1;
            continue;
        }
        seen[usize::from(example.positive)].insert(*group);
        let score = crate::classify::evaluate(network, &example.vector).score;
        evaluation.count(example.positive, score >= 0);
    }
    evaluation.set = format!(
        "external test: {} items in {} groups, {known} more left out as kin to training items",
        evaluation.items(),
        seen[0].len() + seen[1].len()
    );
    let e = &evaluation;
    TestReport {
        precision: share(
            e.true_positives,
            e.true_positives + e.false_positives,
            seen[0].len() + seen[1].len(),
        ),
        recall: share(
            e.true_positives,
            e.true_positives + e.false_negatives,
            seen[1].len(),
        ),
        known,
        evaluation,
    }
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
        0 if fit.loss == Loss::SquaredHinge => "linear support vector machine".to_owned(),
        0 => "logistic regression".to_owned(),
        n => format!("one hidden layer of {n} rectified linear units"),
    };
    let interval = |share: &Option<Share>| match share {
        Some(s) => format!("{:.1} to {:.1} %", 100.0 * s.low, 100.0 * s.high),
        None => "unknown".to_owned(),
    };
    let set = format!(
        "held-out split: {} items in {} groups, share {}, seed {}; recall {}, precision {} (95 % intervals)",
        parts.held_out.len(),
        parts.held_out_groups.iter().sum::<usize>(),
        options.held_out,
        fit.seed,
        interval(&report.recall),
        interval(&report.precision)
    );
    let chosen = report.thresholds.iter().find(|line| line.chosen);
    let evaluation = chosen.map(|line| Evaluation {
        set,
        ..line.integer.clone()
    });
    let facts = [
        ("model", model),
        ("trainer", format!("candor {}", env!("CARGO_PKG_VERSION"))),
        ("penalty", format!("l2 = {:e}", report.l2)),
        ("seed", fit.seed.to_string()),
        (
            "trained on",
            format!(
                "{} items of {} positive and {} negative in {} groups; {} equal another, {} contents carry both labels",
                report.trained_on,
                report.positive,
                report.negative,
                report.groups,
                report.duplicates,
                report.contradictory
            ),
        ),
        (
            TYPES,
            report
                .media_types
                .iter()
                .map(|(name, count)| format!("{name} {count}"))
                .collect::<Vec<_>>()
                .join("; "),
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
        evaluations: evaluation
            .into_iter()
            .chain(report.test.as_ref().map(|test| test.evaluation.clone()))
            .collect(),
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
    use crate::train::kin::Kin;

    fn example(text: &str, positive: bool) -> Example {
        Example {
            media_type: "text/plain".into(),
            kin: Kin::new(&BTreeMap::new(), Some(text)),
            ..Example::new(
                String::new(),
                positive,
                text_vector(Form::TextWordsV3, text),
            )
        }
    }

    /// Random texts with random labels, each eight times with another first line: there is nothing to learn but
    /// the texts themselves.
    fn forwards() -> Dataset {
        let text = |i: usize| {
            let words: Vec<String> = (0..40)
                .map(|k| format!("w{}", (i * 7919 + k * 104_729 + i * k * 977) % 65_537))
                .collect();
            words.join(" ")
        };
        let examples = (0..8)
            .flat_map(|n| (0..60).map(move |i| (n, i)))
            .map(|(n, i)| {
                example(
                    &format!("forwarded by office {n}\n{}", text(i)),
                    i * 31 % 7 < 3,
                )
            })
            .collect();
        Dataset {
            examples,
            skipped: vec![],
        }
    }

    #[test]
    fn near_copies_do_not_make_guessing_look_like_knowing() {
        let report = train(&forwards(), None, Form::TextWordsV3, &options(0))
            .unwrap()
            .report;
        assert_eq!(report.groups, 60);
        assert!(
            report.held_out_groups.iter().sum::<usize>() >= 8,
            "{report:?}"
        );
        let chosen = report.thresholds.iter().find(|line| line.chosen).unwrap();
        let accuracy = chosen.integer.accuracy().unwrap();
        assert!((0.1..0.9).contains(&accuracy), "{accuracy}");
        let recall = report.recall.unwrap();
        assert!(recall.high - recall.low > 0.3, "{recall:?}");
    }

    #[test]
    fn documents_from_elsewhere_are_measured_on_unless_they_are_known() {
        let test = Dataset {
            examples: vec![
                example(
                    "an unknown text about nothing in particular, ending in winner",
                    true,
                ),
                example(
                    "another one that nobody has seen before, with kind regards",
                    false,
                ),
                data().examples[5].clone(),
            ],
            skipped: vec![],
        };
        let trained = train(&data(), Some(&test), Form::TextWordsV3, &options(0)).unwrap();
        let report = trained.report.test.unwrap();
        assert_eq!((report.evaluation.items(), report.known), (2, 1));
        let card = trained.classifier.card();
        assert!(
            card.evaluations[1]
                .set
                .starts_with("external test: 2 items")
        );
        assert_eq!(card.facts[TYPES], "text/plain 300");
    }

    fn data() -> Dataset {
        let numbered = |i: usize| {
            let positive = i.is_multiple_of(3);
            let words: Vec<String> = (0..8)
                .map(|k| format!("word{}", (i * 7919 + k * 104_729 + i * k * 31) % 211))
                .collect();
            let close = if positive { "winner" } else { "regards" };
            example(&format!("{} {close}", words.join(" ")), positive)
        };
        Dataset {
            examples: (100..400).map(numbered).collect(),
            skipped: vec![],
        }
    }

    fn options(hidden: usize) -> TrainOptions {
        TrainOptions {
            fit: FitOptions {
                hidden,
                loss: Loss::Logistic,
                l2: 1e-5,
                max_iterations: 100,
                seed: 1,
            },
            penalties: vec![],
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
            let one = train(&data(), None, Form::TextWordsV3, &options(hidden)).unwrap();
            let evaluation = &one.classifier.card().evaluations[0];
            assert_eq!(evaluation.items(), 60);
            assert!(evaluation.f1().unwrap() > 0.9, "{hidden}: {evaluation:?}");
            assert!(one.report.agreement > 0.95);
            let two = train(&data(), None, Form::TextWordsV3, &options(hidden)).unwrap();
            assert_eq!(one.classifier.hash(), two.classifier.hash());
        }
    }

    #[test]
    fn a_support_vector_machine_and_a_penalty_of_its_own() {
        let mut options = options(0);
        options.fit.loss = Loss::SquaredHinge;
        options.penalties = vec![1e-1, 1e-3];
        let trained = train(&data(), None, Form::TextWordsV3, &options).unwrap();
        let card = trained.classifier.card();
        assert_eq!(card.facts["model"], "linear support vector machine");
        assert!(card.evaluations[0].f1().unwrap() > 0.9);
        // Of equally good ones, the strongest.
        assert_eq!(trained.report.l2, 1e-1);
        assert_eq!(trained.report.read_for_95, 20);
    }

    #[test]
    fn a_penalty_is_better_that_finds_more_or_reads_less() {
        let clear = [(2.0, true), (1.0, true), (-1.0, false), (-2.0, false)];
        let mixed = [(2.0, true), (1.0, false), (-1.0, true), (-2.0, false)];
        for goal in [Goal::F1, Goal::Recall(0.95)] {
            assert!(worth(&clear, goal) > worth(&mixed, goal));
        }
    }

    #[test]
    fn too_few_examples_are_refused() {
        let mut data = data();
        data.examples.retain(|e| !e.positive);
        let error = train(&data, None, Form::TextWordsV3, &options(0)).unwrap_err();
        assert!(matches!(
            error,
            TrainError::TooFew {
                label: "positive",
                found: 0
            }
        ));
    }
}
