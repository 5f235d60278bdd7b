//! Structural checks: shapes, sizes and the form of the decision.

use crate::classify::card::is_layer_name;
use crate::classify::error::NetworkError;
use crate::classify::layer::{
    Layer, Linear, MAX_BIAS, MAX_NEURONS, MAX_TERMS, MAX_WEIGHT, TensorRef, Term,
};
use crate::item::Form;

/// Checks one layer against its inputs.
pub(super) fn layer(form: Form, layers: &[Layer], index: usize) -> Result<(), NetworkError> {
    let layer = &layers[index];
    let fail = |problem: String| NetworkError::Layer {
        index,
        name: layer.name.clone(),
        problem,
    };
    if !is_layer_name(&layer.name) {
        return Err(NetworkError::Layer {
            index,
            name: layer.name.escape_debug().take(40).collect(),
            problem: "its name is too long or holds control characters".to_owned(),
        });
    }
    if layer.out.iter().any(|&d| d == 0 || d > MAX_NEURONS) {
        return Err(fail(format!("impossible shape {:?}", layer.out)));
    }
    if layer.bias.len() != layer.out[0] {
        return Err(fail(format!(
            "{} biases for {} channels",
            layer.bias.len(),
            layer.out[0]
        )));
    }
    if layer
        .bias
        .iter()
        .any(|b| b.unsigned_abs() > MAX_BIAS as u64)
    {
        return Err(fail(format!("a bias is beyond {MAX_BIAS}")));
    }
    if layer.terms.is_empty() || layer.terms.len() > MAX_TERMS {
        return Err(fail(format!(
            "{} terms, expected 1 to {MAX_TERMS}",
            layer.terms.len()
        )));
    }
    for term in &layer.terms {
        let input = match term.input {
            TensorRef::Input => form.shape(),
            TensorRef::Layer(from) if from < index => layers[from].out,
            TensorRef::Layer(from) => {
                return Err(fail(format!("reads layer {from}, which is not before it")));
            }
        };
        if !(0..=255).contains(&term.zero_point) {
            return Err(fail(format!("zero point {} is no byte", term.zero_point)));
        }
        operator(&term.op, input, layer.out).map_err(&fail)?;
        if term
            .op
            .weights()
            .iter()
            .any(|w| w.unsigned_abs() > MAX_WEIGHT as u32)
        {
            return Err(fail(format!("a weight is beyond {MAX_WEIGHT}")));
        }
    }
    Ok(())
}

/// Checks that the operator maps `input` to `out`.
fn operator(op: &Linear, input: [usize; 3], out: [usize; 3]) -> Result<(), String> {
    let expected = match op {
        Linear::Dense { .. } => {
            if out[1] != 1 || out[2] != 1 {
                return Err(format!("a dense layer has shape [n, 1, 1], not {out:?}"));
            }
            product(&[out[0], input[0], input[1], input[2]])
        }
        Linear::Conv {
            kernel,
            stride,
            pad,
            groups,
            ..
        } => {
            let groups = *groups;
            if groups == 0 || !input[0].is_multiple_of(groups) || !out[0].is_multiple_of(groups) {
                return Err(format!(
                    "{groups} groups do not divide {} input and {} output channels",
                    input[0], out[0]
                ));
            }
            let axes = [("height", 0, pad[0], pad[2]), ("width", 1, pad[1], pad[3])];
            for (axis, a, before, after) in axes {
                let (size, kernel, stride) = (input[a + 1], kernel[a], stride[a]);
                // A kernel never lies wholly in the padding.
                if kernel == 0
                    || stride == 0
                    || kernel > 4096
                    || before >= kernel
                    || after >= kernel
                {
                    return Err(format!(
                        "{axis}: kernel {kernel}, stride {stride}, padding {before} and {after} do not fit"
                    ));
                }
                let padded = size + before + after;
                let result = padded.checked_sub(kernel).map(|room| room / stride + 1);
                if result != Some(out[a + 1]) {
                    return Err(format!(
                        "{axis}: {size} with kernel {kernel}, stride {stride}, padding {before} and \
                         {after} does not give {}",
                        out[a + 1]
                    ));
                }
            }
            product(&[out[0], input[0] / groups, kernel[0], kernel[1]])
        }
    };
    let found = op.weights().len();
    if expected != Some(found) {
        return Err(format!("{found} weights do not fit the shapes"));
    }
    Ok(())
}

fn product(factors: &[usize]) -> Option<usize> {
    factors.iter().try_fold(1usize, |n, &f| n.checked_mul(f))
}

/// Checks that the last two layers are match and miss.
pub(super) fn decision(shift: u32, layers: &[Layer]) -> Result<(), NetworkError> {
    let fail = |problem| Err(NetworkError::Decision { problem });
    let [.., score, miss] = layers else {
        return fail("there are fewer than two layers");
    };
    if score.out != [1, 1, 1] {
        return fail("the match layer has more than one neuron");
    }
    if miss.out != [1, 1, 1] {
        return fail("the miss layer has more than one neuron");
    }
    let one = 1i32 << shift;
    let gate = Term {
        input: TensorRef::Layer(layers.len() - 2),
        op: Linear::Dense {
            weights: vec![-one],
        },
        zero_point: 0,
    };
    if miss.terms != [gate] || miss.bias != [i64::from(one)] {
        return fail("the miss layer is not 2^t - 2^t * match");
    }
    Ok(())
}
