//! From scores to one bit: the layers after the scores' inputs.
//!
//! * `score>=T`: one neuron `score - T`, as fine as the bounds allow.
//!
//! The score of a verdict is the distance of the best positive class from its strongest rival
//! (`candor_core::classify::clearness`), so differences are brought to one unit.
//!
//! * `argmax` over few classes: for every positive class `p` and every other class `j` one neuron
//!   `score_j - score_p` straight from the features, without rounding scores to bytes. The item matches when
//!   some positive class is exceeded by no other class; an exact tie counts for the positive class.
//! * `argmax` when that would take too many weights: scores are rounded to bytes over the range in which
//!   largest scores lie, the largest positive score is found by `max(a, b) = a + relu(b - a)`, and the
//!   comparison is made with it. Ties of bytes count for the positive class.

use super::error::ImportError;
use super::float::Stats;
use super::graph::{FloatNet, Kind, Source};
use super::lower::Finish;
use super::quantise::{Built, Codes, Target};
use candor_core::classify::{Layer, Linear, Network, TensorRef, Term};

/// Most weights that comparing scores pair by pair may take.
const MAX_PAIR_WEIGHTS: usize = 1 << 21;

/// When an item matches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// The largest score belongs to a positive class.
    Argmax,
    /// The positive class's score is at least this.
    AtLeast(f64),
    /// The positive class's score is at most this.
    AtMost(f64),
}

impl std::str::FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let number = |rest: &str| {
            rest.parse::<f64>()
                .ok()
                .filter(|t| t.is_finite())
                .ok_or_else(|| format!("'{rest}' is not a number"))
        };
        if compact == "argmax" {
            Ok(Rule::Argmax)
        } else if let Some(rest) = compact.strip_prefix("score>=") {
            number(rest).map(Rule::AtLeast)
        } else if let Some(rest) = compact.strip_prefix("score<=") {
            number(rest).map(Rule::AtMost)
        } else {
            Err("expected 'argmax', 'score>=T' or 'score<=T'".to_owned())
        }
    }
}

/// A rule that fits a model.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Resolved {
    Argmax {
        positives: Vec<usize>,
        classes: usize,
    },
    /// `sum factor score + offset >= 0`
    Linear { row: Vec<(usize, f32)>, offset: f64 },
}

/// Checks a rule against the model's scores.
pub(crate) fn resolve(
    rule: Rule,
    positives: &[usize],
    classes: usize,
    finish: Finish,
) -> Result<Resolved, ImportError> {
    let fail = |why: String| Err(ImportError::Decision(why));
    if let Some(p) = positives.iter().find(|p| **p >= classes) {
        return fail(format!(
            "class {p} does not exist; the model has {classes} scores"
        ));
    }
    let (threshold, sign) = match rule {
        Rule::Argmax => {
            if classes < 2 {
                return fail("the model has one score; use 'score>=T'".into());
            }
            if positives.is_empty() || positives.len() == classes {
                return fail("argmax needs positive classes, and others".into());
            }
            let mut positives = positives.to_vec();
            positives.sort_unstable();
            positives.dedup();
            return Ok(Resolved::Argmax { positives, classes });
        }
        Rule::AtLeast(t) => (t, 1.0),
        Rule::AtMost(t) => (t, -1.0),
    };
    let class = match positives {
        [class] => *class,
        [] if classes == 1 => 0,
        _ => return fail("a threshold applies to exactly one positive class".into()),
    };
    let (row, threshold) = match finish {
        Finish::Scores => (vec![(class, 1.0)], threshold),
        Finish::Softmax if classes != 2 => {
            return fail(
                "a threshold on one of many softmax outputs is not linear; use 'argmax', or drop the softmax"
                    .into(),
            );
        }
        _ if !(threshold > 0.0 && threshold < 1.0) => {
            return fail(format!(
                "the model ends in probabilities; a threshold of {threshold} is not between 0 and 1"
            ));
        }
        Finish::Sigmoid => (vec![(class, 1.0)], (threshold / (1.0 - threshold)).ln()),
        Finish::Softmax => (
            vec![(class, 1.0), (1 - class, -1.0)],
            (threshold / (1.0 - threshold)).ln(),
        ),
    };
    Ok(Resolved::Linear {
        row: row
            .into_iter()
            .map(|(c, f): (usize, f32)| (c, f * sign as f32))
            .collect(),
        offset: -sign * threshold,
    })
}

impl Resolved {
    /// What the float model decides on these scores.
    pub fn decide(&self, scores: &[f32]) -> bool {
        match self {
            Resolved::Argmax { positives, .. } => {
                let best = |positive: bool| {
                    (0..scores.len())
                        .filter(|c| positives.contains(c) == positive)
                        .map(|c| scores[c])
                        .fold(f32::NEG_INFINITY, f32::max)
                };
                best(true) >= best(false)
            }
            Resolved::Linear { row, offset } => {
                let sum: f64 = row
                    .iter()
                    .map(|(c, f)| f64::from(*f) * f64::from(scores[*c]))
                    .sum();
                sum + offset >= 0.0
            }
        }
    }
}

/// A finished network.
pub(crate) struct Decided {
    pub network: Network,
    /// Units of the verdict's score per unit of the model's score.
    pub score_unit: Option<u64>,
    /// How scores are compared, in words.
    pub method: &'static str,
}

/// Appends the decision's layers and checks the whole network.
pub(crate) fn decide(
    net: &FloatNet,
    mut built: Built,
    stats: Option<&Stats>,
    resolved: &Resolved,
) -> Result<Decided, ImportError> {
    let two_t = 1i64 << built.shift;
    let (score_unit, method) = match resolved {
        Resolved::Linear { row, offset } => {
            let node = net.recombined("match", std::slice::from_ref(row), &[*offset as f32])?;
            let codes = built.linear(net, &node, Target::Finest)?;
            // The item matches when Z >= 2^t.
            last(&mut built).bias[0] += two_t;
            let unit = codes.scale[0] * two_t as f64;
            (Some(unit.round() as u64), "one score against a threshold")
        }
        Resolved::Argmax { positives, classes } => {
            let others: Vec<usize> = (0..*classes).filter(|c| !positives.contains(c)).collect();
            let features: usize = match &net.scores()?.kind {
                Kind::Linear { terms, .. } => terms
                    .iter()
                    .map(|t| net.shape(t.input).iter().product::<usize>())
                    .sum(),
                Kind::MaxPool { .. } => 0,
            };
            let pairs = positives.len() * others.len();
            if pairs.saturating_mul(features) <= MAX_PAIR_WEIGHTS {
                let unit = pairwise(net, &mut built, positives, &others)?;
                (unit, "scores compared in pairs, without rounding them")
            } else {
                let unit = by_maximum(net, &mut built, stats, positives, &others)?;
                (
                    unit,
                    "scores rounded to bytes, then compared with the best positive one",
                )
            }
        }
    };
    let network = Network::with_miss(built.form, built.shift, built.layers)?;
    Ok(Decided {
        network,
        score_unit,
        method,
    })
}

fn last(built: &mut Built) -> &mut Layer {
    built.layers.last_mut().expect("a layer was just added")
}

fn pairwise(
    net: &FloatNet,
    built: &mut Built,
    positives: &[usize],
    others: &[usize],
) -> Result<Option<u64>, ImportError> {
    let two_t = 1i64 << built.shift;
    let rows: Vec<Vec<(usize, f32)>> = positives
        .iter()
        .flat_map(|&p| others.iter().map(move |&j| vec![(j, 1.0), (p, -1.0)]))
        .collect();
    let node = net.recombined("exceeds", &rows, &vec![0.0; rows.len()])?;
    // All differences in one unit, the coarsest of those that each could have: the verdict's score is the
    // smallest of them, which means something only if they can be compared.
    let counters = (built.channels, built.coarse, built.loose);
    let finest = built.linear(net, &node, Target::Finest)?;
    built.layers.pop();
    (built.channels, built.coarse, built.loose) = counters;
    let scale = finest.scale.iter().copied().fold(f64::INFINITY, f64::min);
    built.linear(net, &node, Target::AtMost(scale))?;
    // A >= 1 exactly when the difference is at least one unit: Z + 2^t - 1 >= 2^t.
    last(built).bias.iter_mut().for_each(|b| *b += two_t - 1);
    let exceeds = built.layers.len() - 1;
    // Z = 2^t - sum A: at least 2^t only when every A is 0.
    let count = others.len();
    let weights = (0..positives.len() * rows.len())
        .map(|at| {
            let (p, pair) = (at / rows.len(), at % rows.len());
            -i32::from(pair / count == p)
        })
        .collect();
    let name = if positives.len() == 1 {
        "match"
    } else {
        "unexceeded"
    };
    built
        .layers
        .push(dense(name, exceeds, positives.len(), weights, two_t));
    if positives.len() > 1 {
        let unexceeded = built.layers.len() - 1;
        let weights = vec![two_t as i32; positives.len()];
        built.layers.push(dense("match", unexceeded, 1, weights, 0));
    }
    Ok(unit(scale, two_t))
}

fn by_maximum(
    net: &FloatNet,
    built: &mut Built,
    stats: Option<&Stats>,
    positives: &[usize],
    others: &[usize],
) -> Result<Option<u64>, ImportError> {
    let one = 1i32 << built.shift;
    let scores = net.scores()?;
    let classes = scores.out[0];
    let stats = stats.ok_or_else(|| {
        ImportError::Calibration("a decision over so many classes needs sample pictures".into())
    })?;
    // Only the largest scores matter: codes cover the upper part of their range.
    let channels = stats.0.last().map_or(&[][..], |s| s);
    let hi = channels
        .iter()
        .map(|s| f64::from(s.hi))
        .fold(f64::MIN, f64::max);
    let mean = channels.iter().map(|s| s.mean()).sum::<f64>() / channels.len().max(1) as f64;
    let top = hi + 0.25 * (hi - mean).abs();
    let scale = 255.0 / (top - mean).max(1e-6);
    let codes = Codes {
        scale: vec![scale; classes],
        zero: vec![(-mean * scale).round() as i64; classes],
        dead: vec![false; classes],
    };
    let used = built.linear(net, scores, Target::Codes(codes.clone()))?;
    if used != codes {
        return Err(ImportError::Decision(
            "the scores can be too large to be compared; name fewer positive classes".into(),
        ));
    }
    let scores = built.layers.len() - 1;
    // Pairs of positives, halving their number until one is left.
    let mut from = scores;
    let mut at: Vec<usize> = positives.to_vec();
    let mut width = classes;
    while at.len() > 1 || width > 1 {
        let half = at.len().div_ceil(2);
        let mut rise = vec![0; half * width];
        let mut keep = vec![0; half * width];
        for n in 0..half {
            keep[n * width + at[n]] = one;
            if let Some(&other) = at.get(half + n) {
                rise[n * width + other] += one;
                rise[n * width + at[n]] -= one;
            }
        }
        built.layers.push(dense("rise", from, half, rise, 0));
        let rise = built.layers.len() - 1;
        let mut maximum = dense("maximum", from, half, keep, 0);
        maximum.terms.push(Term {
            input: TensorRef::Layer(rise),
            op: Linear::Conv {
                kernel: [1, 1],
                stride: [1, 1],
                pad: [0; 4],
                groups: half,
                weights: vec![one; half],
            },
            zero_point: 0,
        });
        built.layers.push(maximum);
        from = built.layers.len() - 1;
        at = (0..half).collect();
        width = half;
    }
    let mut weights = vec![0; others.len() * classes];
    for (row, &j) in weights.chunks_exact_mut(classes).zip(others) {
        row[j] = one;
    }
    let mut exceeds = dense("exceeds", scores, others.len(), weights, 0);
    exceeds.terms.push(Term {
        input: TensorRef::Layer(from),
        op: Linear::Dense {
            weights: vec![-one; others.len()],
        },
        zero_point: 0,
    });
    built.layers.push(exceeds);
    let exceeds = built.layers.len() - 1;
    let weights = vec![-1; others.len()];
    built
        .layers
        .push(dense("match", exceeds, 1, weights, i64::from(one)));
    Ok(unit(scale, i64::from(one)))
}

/// Units of the verdict's score per unit of a difference of scores.
fn unit(scale: f64, two_t: i64) -> Option<u64> {
    let unit = (scale * two_t as f64).round();
    (unit >= 1.0).then_some(unit as u64)
}

fn dense(name: &str, from: usize, out: usize, weights: Vec<i32>, bias: i64) -> Layer {
    Layer {
        name: name.to_owned(),
        out: [out, 1, 1],
        terms: vec![Term {
            input: TensorRef::Layer(from),
            op: Linear::Dense { weights },
            zero_point: 0,
        }],
        bias: vec![bias; out],
    }
}

/// The scores that the integer network's own features give, exactly.
pub(crate) fn scores_of(
    net: &FloatNet,
    tensors: &[(usize, Codes)],
    network: &Network,
    picture: &[u8],
    activations: &[u8],
) -> Result<Vec<f32>, ImportError> {
    let node = net.scores()?;
    let decode = |source: Source| -> Vec<f32> {
        match source {
            Source::Input => picture.iter().map(|&b| f32::from(b)).collect(),
            Source::Node(i) => {
                let (layer, codes) = &tensors[i];
                let plane = net.nodes[i].out[1] * net.nodes[i].out[2];
                let range = network.layer_offset(*layer)..network.layer_offset(layer + 1);
                activations[range]
                    .iter()
                    .enumerate()
                    .map(|(at, &code)| codes.value(at / plane, code))
                    .collect()
            }
        }
    };
    let inputs: Vec<(Source, Vec<f32>)> = node.inputs().iter().map(|&s| (s, decode(s))).collect();
    Ok(super::float::node_value(net, node, &|source| {
        inputs
            .iter()
            .find(|(s, _)| *s == source)
            .map_or(&[][..], |(_, v)| v)
    }))
}
