//! From a fitted model to an integer network.
//!
//! The weights are made as large as the static bounds allow: they are public integers and cost nothing in a
//! proof, so rounding them is the only loss, and it is small.

use crate::classify::{Layer, Linear, Network, NetworkError, TensorRef, Term};
use crate::item::Form;
use crate::train::TrainError;
use crate::train::dataset::{Row, input_scale};
use crate::train::model::Model;

/// A network that decides as `logit >= threshold`.
#[derive(Clone, Debug)]
pub struct Quantised {
    /// The network.
    pub network: Network,
    /// Units of the integer score per unit of the logit.
    pub unit: u64,
}

/// Quantises a model. `calibration` rows tell how large hidden activations get.
pub fn quantise(
    model: &Model,
    form: Form,
    threshold: f64,
    calibration: &[&Row],
) -> Result<Quantised, TrainError> {
    let shift = form.limits().max_shift;
    let mut layers = vec![];
    // The match neuron as real numbers over its integer input.
    let (input, weights, bias) = if model.hidden() == 0 {
        let (weights, bias) = model.linear_parts();
        let scale = input_scale(form);
        let weights = weights.iter().map(|w| w / scale).collect();
        (TensorRef::Input, weights, bias)
    } else {
        let (layer, weights, bias) = hidden_layer(model, form, shift, calibration)?;
        layers.push(layer);
        (TensorRef::Layer(0), weights, bias)
    };
    let weights: Vec<f64> = weights;
    let build = |unit: u64| -> Result<Network, NetworkError> {
        let unit = unit as f64;
        let mut layers = layers.clone();
        layers.push(Layer {
            name: "match".to_owned(),
            out: [1, 1, 1],
            terms: vec![Term {
                input,
                op: Linear::Dense {
                    weights: weights.iter().map(|w| (w * unit).round() as i32).collect(),
                },
                zero_point: 0,
            }],
            // The match neuron is at least 1 from Z = 2^t on.
            bias: vec![((bias - threshold) * unit).round() as i64 + (1 << shift)],
        });
        Network::with_miss(form, shift, layers)
    };
    // The largest unit that fits, bit by bit from the top.
    let (mut unit, mut found) = (0u64, None);
    for bit in (0..40).rev() {
        let candidate = unit | 1 << bit;
        if let Ok(network) = build(candidate) {
            unit = candidate;
            found = Some(network);
        }
    }
    match found {
        Some(network) => Ok(Quantised { network, unit }),
        None => Err(match build(1) {
            Err(error) => TrainError::Quantise(error),
            Ok(_) => TrainError::Optimiser("the model has no weights".to_owned()),
        }),
    }
}

/// The hidden layer, and the output weights and bias over its bytes.
///
/// A unit's activation `h` becomes `round(g h)`, with the gain `g` such that nearly all calibration rows stay
/// below 255 (larger ones saturate) and `Z` stays within the static bounds.
fn hidden_layer(
    model: &Model,
    form: Form,
    shift: u32,
    calibration: &[&Row],
) -> Result<(Layer, Vec<f64>, f64), TrainError> {
    let parts = model.hidden_parts();
    let hidden = model.hidden();
    let mut peaks: Vec<Vec<f64>> = vec![Vec::with_capacity(calibration.len()); hidden];
    for row in calibration {
        for (peaks, a) in peaks.iter_mut().zip(model.activations(row)) {
            peaks.push(a);
        }
    }
    let one = f64::from(1u32 << shift);
    let scale = input_scale(form);
    let limits = form.limits();
    let most = 0.98 * limits.max_q as f64 * one;
    let mut layer = Layer {
        name: "hidden".to_owned(),
        out: [0, 1, 1],
        terms: vec![],
        bias: vec![],
    };
    let (mut weights, mut out) = (Vec::new(), Vec::new());
    for (j, peaks) in peaks.iter_mut().enumerate() {
        peaks.sort_by(f64::total_cmp);
        let at = (peaks.len() as f64 * 0.999) as usize;
        let peak = peaks.get(at.min(peaks.len().wrapping_sub(1))).copied();
        let Some(peak) = peak.filter(|&p| p > 0.0) else {
            continue; // a unit that is never active
        };
        let column = || parts.weights[j..].iter().step_by(hidden).map(|w| w / scale);
        // The reach of Z / (2^t g), as the static bounds will see it.
        let reach = match form.max_norm_sq() {
            Some(limit) => {
                let side = |positive: bool| {
                    let part = column().filter(|w| (*w > 0.0) == positive);
                    (part.map(|w| w * w).sum::<f64>() * limit as f64).sqrt()
                };
                side(true).max(side(false))
            }
            None => column().map(|w| w.abs() * 255.0).sum(),
        } + parts.bias[j].abs();
        let gain = (255.0 / peak).min(most / one / reach);
        weights.extend(column().map(|w| (w * gain * one).round() as i32));
        // Half a unit more, because the quotient is rounded down.
        layer
            .bias
            .push(((parts.bias[j] * gain + 0.5) * one).round() as i64);
        out.push(parts.out[j] / gain);
    }
    if out.is_empty() {
        return Err(TrainError::Optimiser(
            "no hidden unit is ever active".to_owned(),
        ));
    }
    layer.out[0] = out.len();
    layer.terms.push(Term {
        input: TensorRef::Input,
        op: Linear::Dense { weights },
        zero_point: 0,
    });
    Ok((layer, out, parts.out_bias))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::evaluate;
    use crate::item::text_vector;
    use crate::train::model::{FitOptions, Loss};

    #[test]
    fn integer_and_float_agree() {
        let words = ["alpha", "beta", "gamma", "delta", "omega", "kappa"];
        let text = |i: usize| {
            let at = |k: usize| words[(i / k) % words.len()];
            format!("{} {} {} number{}", at(1), at(6), at(5), i % 17)
        };
        let vectors: Vec<_> = (0..300)
            .map(|i| text_vector(Form::TextWordsV3, &text(i)))
            .collect();
        let rows: Vec<Row> = vectors.iter().map(Row::of).collect();
        let labelled: Vec<(&Row, bool)> = rows
            .iter()
            .enumerate()
            .map(|(i, row)| (row, text(i).contains("alpha") != text(i).contains("omega")))
            .collect();
        let calibration: Vec<&Row> = rows.iter().collect();
        for hidden in [0, 12] {
            let options = FitOptions {
                hidden,
                loss: Loss::Logistic,
                l2: 1e-5,
                max_iterations: 200,
                seed: 1,
            };
            let form = Form::TextWordsV3;
            let (model, _) = Model::fit(&labelled, form.len(), options).unwrap();
            let quantised = quantise(&model, form, 0.25, &calibration).unwrap();
            for (vector, row) in vectors.iter().zip(&rows) {
                let score = evaluate(&quantised.network, vector).score as f64;
                let float = model.logit(row) - 0.25;
                let tolerance = if hidden == 0 { 0.01 } else { 0.3 };
                let error = (score / quantised.unit as f64 - float).abs();
                assert!(error < tolerance, "{hidden} {float} {error}");
            }
        }
    }
}
