//! Structural checks: shapes, sizes and the form of the decision.

use crate::classify::card::is_layer_name;
use crate::classify::error::NetworkError;
use crate::classify::layer::{
    Layer, MAX_BIAS, MAX_MACS, MAX_NEURONS, MAX_TERMS, MAX_WEIGHT, MAX_WEIGHTS, Op, TensorRef,
    miss_layer,
};
use crate::item::Form;

/// Refuses what is above a cap.
pub(in crate::classify) fn cap(
    what: &'static str,
    found: u64,
    limit: u64,
) -> Result<(), NetworkError> {
    if found > limit {
        return Err(NetworkError::TooLarge { what, limit, found });
    }
    Ok(())
}

/// How large a network is so far, layer by layer.
#[derive(Default)]
pub(in crate::classify) struct Sizes {
    /// Neurons.
    pub neurons: u64,
    weights: u64,
    macs: u64,
}

impl Sizes {
    /// Adds the neurons of a layer.
    pub fn layer(&mut self, out: [usize; 3]) -> Result<(), NetworkError> {
        let size = out.iter().try_fold(1u64, |n, &d| n.checked_mul(d as u64));
        self.neurons = self.neurons.saturating_add(size.unwrap_or(u64::MAX));
        cap("neurons", self.neurons, MAX_NEURONS as u64)
    }

    /// Adds a term of that many weights to that layer, which was added.
    pub fn term(&mut self, out: [usize; 3], weights: u64) -> Result<(), NetworkError> {
        self.weights = self.weights.saturating_add(weights);
        cap("weights", self.weights, MAX_WEIGHTS as u64)?;
        let positions = (out[1] * out[2]) as u64;
        self.macs = self.macs.saturating_add(weights.saturating_mul(positions));
        cap("multiplications per item", self.macs, MAX_MACS)
    }
}

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
        let of = |from: usize| (from < index).then(|| layers[from].out);
        let input = source(form, term.input, of).map_err(&fail)?;
        zero_point(term.zero_point).map_err(&fail)?;
        let expected = operator(&term.op.op(), input, layer.out).map_err(&fail)?;
        let found = term.op.weights().len();
        if expected != Some(found) {
            return Err(fail(format!("{found} weights do not fit the shapes")));
        }
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

/// Checks the shift.
pub(in crate::classify) fn shift(form: Form, shift: u32) -> Result<(), NetworkError> {
    let limit = form.limits().max_shift;
    if shift < 1 || shift > limit {
        return Err(NetworkError::Shift {
            limit,
            found: shift,
        });
    }
    Ok(())
}

/// The shape of the tensor a term reads; `of` knows those of earlier layers.
pub(in crate::classify) fn source(
    form: Form,
    input: TensorRef,
    of: impl Fn(usize) -> Option<[usize; 3]>,
) -> Result<[usize; 3], String> {
    match input {
        TensorRef::Input => Ok(form.shape()),
        TensorRef::Layer(from) => {
            of(from).ok_or_else(|| format!("reads layer {from}, which is not before it"))
        }
    }
}

/// Checks that a zero point is a byte.
pub(in crate::classify) fn zero_point(value: i64) -> Result<(), String> {
    match (0..=255).contains(&value) {
        true => Ok(()),
        false => Err(format!("zero point {value} is no byte")),
    }
}

/// Checks that the operator maps `input` to `out`, and says how many weights it has.
pub(in crate::classify) fn operator(
    op: &Op,
    input: [usize; 3],
    out: [usize; 3],
) -> Result<Option<usize>, String> {
    match op {
        Op::Dense => {
            if out[1] != 1 || out[2] != 1 {
                return Err(format!("a dense layer has shape [n, 1, 1], not {out:?}"));
            }
        }
        Op::Conv {
            kernel,
            stride,
            pad,
            groups,
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
        }
    }
    Ok(op.weight_count(input, out))
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
    let gate = miss_layer(layers.len() - 2, shift);
    if miss.terms != gate.terms || miss.bias != gate.bias {
        return fail("the miss layer is not 2^t - 2^t * match");
    }
    Ok(())
}
