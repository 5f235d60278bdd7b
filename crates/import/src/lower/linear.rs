//! Convolutions, dense layers and batch normalisation.

use super::{Lowering, Value, View, even};
use crate::error::ImportError;
use crate::graph::{Clamp, Op, Source};
use crate::onnx::{Const, float, int, ints, refuse, string};
use candor_core::classify::network::MAX_WEIGHTS;
use tract_onnx::pb::NodeProto;

/// Kernel, stride and padding of a convolution or pooling, and the shape it yields.
pub(super) struct Window {
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    pub dilation: [usize; 2],
    /// Top, left, bottom, right.
    pub pad: [usize; 4],
    pub out: [usize; 2],
    /// The padding without what rounding up added behind it.
    pub stated: [usize; 4],
}

fn pair(node: &NodeProto, name: &str, default: usize) -> Result<[usize; 2], ImportError> {
    match ints(node, name) {
        None | Some([]) => Ok([default; 2]),
        Some(&[a, b]) => match (usize::try_from(a), usize::try_from(b)) {
            (Ok(a), Ok(b)) if (1..=4096).contains(&a) && (1..=4096).contains(&b) => Ok([a, b]),
            _ => Err(refuse(node, format!("{name} {a} x {b} is out of range"))),
        },
        Some(other) => Err(refuse(
            node,
            format!(
                "{name} has {} entries; only two dimensions are supported",
                other.len()
            ),
        )),
    }
}

/// Reads kernel, stride, padding and dilation and derives the output's shape.
pub(super) fn window(
    node: &NodeProto,
    kernel: Option<[usize; 2]>,
    input: [usize; 3],
    extra: [usize; 4],
) -> Result<Window, ImportError> {
    let kernel = match kernel {
        Some(kernel) => kernel,
        None => pair(node, "kernel_shape", 0)?,
    };
    if kernel.contains(&0) || kernel.iter().any(|&k| k > 4096) {
        return Err(refuse(node, "it has no usable kernel_shape"));
    }
    let stride = pair(node, "strides", 1)?;
    let dilation = pair(node, "dilations", 1)?;
    let span: [usize; 2] = std::array::from_fn(|a| (kernel[a] - 1) * dilation[a] + 1);
    let mut pad = match ints(node, "pads") {
        None | Some([]) => [0; 4],
        Some(&[t, l, b, r]) => {
            let mut pad = [0usize; 4];
            for (to, from) in pad.iter_mut().zip([t, l, b, r]) {
                *to = usize::try_from(from)
                    .ok()
                    .filter(|&p| p <= 4096)
                    .ok_or_else(|| refuse(node, format!("padding {from} is out of range")))?;
            }
            pad
        }
        Some(other) => {
            return Err(refuse(
                node,
                format!("pads has {} entries, expected 4", other.len()),
            ));
        }
    };
    match string(node, "auto_pad").as_str() {
        "" | "NOTSET" => {}
        "VALID" => pad = [0; 4],
        same @ ("SAME_UPPER" | "SAME_LOWER") => {
            for a in 0..2 {
                let size = input[a + 1];
                let out = size.div_ceil(stride[a]);
                let total = ((out - 1) * stride[a] + span[a]).saturating_sub(size);
                let (small, large) = (total / 2, total - total / 2);
                (pad[a], pad[a + 2]) = if same == "SAME_UPPER" {
                    (small, large)
                } else {
                    (large, small)
                };
            }
        }
        _ => return Err(refuse(node, "its auto_pad is not known")),
    }
    for (p, e) in pad.iter_mut().zip(extra) {
        *p += e;
    }
    let mut out = [0; 2];
    let stated = pad;
    for a in 0..2 {
        let room = (input[a + 1] + pad[a] + pad[a + 2])
            .checked_sub(span[a])
            .ok_or_else(|| refuse(node, "its kernel is larger than its input"))?;
        out[a] = room / stride[a] + 1;
        if int(node, "ceil_mode", 0) == 1 && !room.is_multiple_of(stride[a]) {
            // The last window must begin inside the input or the padding before it.
            if out[a] * stride[a] < input[a + 1] + pad[a] {
                pad[a + 2] += stride[a] - room % stride[a];
                out[a] += 1;
            }
        }
        if pad[a] >= span[a] || pad[a + 2] >= span[a] {
            return Err(refuse(
                node,
                format!(
                    "padding {} and {} is not smaller than the kernel {}",
                    pad[a],
                    pad[a + 2],
                    span[a]
                ),
            ));
        }
    }
    Ok(Window {
        kernel,
        stride,
        dilation,
        pad,
        out,
        stated,
    })
}

impl Lowering<'_> {
    pub(super) fn conv(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let view = self.view(node, 0)?;
        let weights = self.constant(node, 1)?;
        let bias = self.optional(node, 2)?.map(|b| b.to_f32());
        self.conv_with(node, &view, &weights, bias)
    }

    /// A convolution with given weights `[O, I/g, kh, kw]`.
    pub(super) fn conv_with(
        &mut self,
        node: &NodeProto,
        view: &View,
        weights: &Const,
        bias: Option<Vec<f32>>,
    ) -> Result<Value, ImportError> {
        even(node, view)?;
        let input = self.picture(node, view)?;
        let &[out, per_group, kh, kw] = &weights.dims[..] else {
            return Err(refuse(
                node,
                format!(
                    "weights of shape {:?}; only two-dimensional convolutions are supported",
                    weights.dims
                ),
            ));
        };
        let groups = usize::try_from(int(node, "group", 1)).unwrap_or(0);
        if groups == 0
            || out == 0
            || !out.is_multiple_of(groups)
            || per_group.checked_mul(groups) != Some(input[0])
        {
            return Err(refuse(
                node,
                format!(
                    "weights of shape {:?} in {groups} groups do not fit {} input channels",
                    weights.dims, input[0]
                ),
            ));
        }
        let bias = bias.unwrap_or_else(|| vec![0.0; out]);
        if bias.len() != out {
            return Err(refuse(
                node,
                format!("{} biases for {out} channels", bias.len()),
            ));
        }
        let window = window(node, Some([kh, kw]), input, view.pad)?;
        let span: usize = (0..2)
            .map(|a| ([kh, kw][a] - 1) * window.dilation[a] + 1)
            .product();
        if out.saturating_mul(per_group).saturating_mul(span) > MAX_WEIGHTS {
            return Err(refuse(node, "it has too many weights"));
        }
        let (kernel, values) = dilate(&weights.to_f32(), [kh, kw], window.dilation);
        let op = Op::Conv {
            kernel,
            stride: window.stride,
            pad: window.pad,
            groups,
            weights: values,
        };
        let shape = [out, window.out[0], window.out[1]];
        let source = self.push_linear(node, shape, vec![(view.source, op)], bias, Clamp::NONE)?;
        Ok(Value::Tensor(View::plain(source, shape, 4)))
    }

    pub(super) fn gemm(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let view = self.weighted(node, 0)?;
        let weights = self.constant(node, 1)?;
        let bias = self.optional(node, 2)?;
        if int(node, "transA", 0) != 0 {
            return Err(refuse(node, "transA is not supported"));
        }
        let alpha = float(node, "alpha").unwrap_or(1.0);
        let beta = float(node, "beta").unwrap_or(1.0);
        let bias = bias.map(|b| b.to_f32().iter().map(|v| beta * v).collect());
        self.dense(
            node,
            &view,
            &weights,
            int(node, "transB", 0) != 0,
            alpha,
            bias,
        )
    }

    pub(super) fn matmul(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let view = self.weighted(node, 0)?;
        let weights = self.constant(node, 1)?;
        self.dense(node, &view, &weights, false, 1.0, None)
    }

    /// `alpha x W + bias`, with `W` of shape `[in, out]`, or `[out, in]` when `transposed`.
    pub(super) fn dense(
        &mut self,
        node: &NodeProto,
        view: &View,
        weights: &Const,
        transposed: bool,
        alpha: f32,
        bias: Option<Vec<f32>>,
    ) -> Result<Value, ImportError> {
        let &[a, b] = &weights.dims[..] else {
            return Err(refuse(
                node,
                format!("weights of shape {:?}, expected a matrix", weights.dims),
            ));
        };
        let (inputs, outputs) = if transposed { (b, a) } else { (a, b) };
        let size = view.size();
        if size != inputs || view.shape.last() != Some(&inputs) || outputs == 0 {
            return Err(refuse(
                node,
                format!(
                    "a matrix of {inputs} x {outputs} does not fit its input of shape {:?}",
                    view.shape
                ),
            ));
        }
        let bias = match bias {
            None => vec![0.0; outputs],
            Some(b) if b.len() == 1 => vec![b[0]; outputs],
            Some(b) if b.len() == outputs => b,
            Some(b) => {
                return Err(refuse(
                    node,
                    format!("{} biases for {outputs} outputs", b.len()),
                ));
            }
        };
        let values = weights.to_f32();
        let mut arranged = vec![0f32; values.len()];
        for o in 0..outputs {
            for i in 0..inputs {
                let value = if transposed {
                    values[o * inputs + i]
                } else {
                    values[i * outputs + o]
                };
                let at = view.order.as_ref().map_or(i, |order| order[i] as usize);
                let gain = view.gain.as_ref().map_or(1.0, |gain| gain[at]);
                arranged[o * inputs + at] = alpha * gain * value;
            }
        }
        let out = [outputs, 1, 1];
        let op = Op::Dense { weights: arranged };
        let source = self.push_linear(node, out, vec![(view.source, op)], bias, Clamp::NONE)?;
        let mut shape = view.shape.clone();
        if let Some(last) = shape.last_mut() {
            *last = outputs;
        }
        Ok(Value::Tensor(View {
            source,
            shape,
            order: None,
            pad: [0; 4],
            gain: None,
        }))
    }

    pub(super) fn batch_norm(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        // Up to version 6, the mode was an attribute that meant training by default.
        let old = self.graph.opset < 7 && int(node, "is_test", 0) == 0;
        if int(node, "training_mode", 0) != 0 || old {
            return Err(refuse(
                node,
                "it is in training mode, so that a picture's result depends on others in its batch; export \
                 the model for inference",
            ));
        }
        let view = self.unpadded(node, 0)?;
        let channels = self.net.shape(view.source)[0];
        let mut parameters = Vec::new();
        for index in 1..5 {
            let values = self.constant(node, index)?.to_f32();
            if values.len() != channels {
                return Err(refuse(
                    node,
                    format!("{} parameters for {channels} channels", values.len()),
                ));
            }
            parameters.push(values);
        }
        // In ONNX the second dimension is the channel, whatever the order of the rest.
        if view.order.is_some() || view.shape.get(1) != Some(&channels) {
            return Err(refuse(node, "its input was rearranged"));
        }
        let epsilon = float(node, "epsilon").unwrap_or(1e-5);
        let [gamma, beta, mean, variance] = &parameters[..] else {
            unreachable!("four were read");
        };
        let factors: Vec<f32> = (0..channels)
            .map(|c| (f64::from(gamma[c]) / f64::from(variance[c] + epsilon).sqrt()) as f32)
            .collect();
        let bias = (0..channels)
            .map(|c| beta[c] - mean[c] * factors[c])
            .collect();
        self.scaled(node, &view, factors, bias, Clamp::NONE)
    }

    /// `clamp(factors x + bias)` per channel; the view's shape and order stay.
    pub(super) fn scaled(
        &mut self,
        node: &NodeProto,
        view: &View,
        factors: Vec<f32>,
        bias: Vec<f32>,
        clamp: Clamp,
    ) -> Result<Value, ImportError> {
        let out = self.net.shape(view.source);
        let terms: Vec<(Source, Op)> = vec![(view.source, Op::Scale { factors })];
        let source = self.push_linear(node, out, terms, bias, clamp)?;
        Ok(Value::Tensor(View {
            source,
            ..view.clone()
        }))
    }
}

/// Spreads a kernel's taps, with zeros between them.
fn dilate(weights: &[f32], kernel: [usize; 2], dilation: [usize; 2]) -> ([usize; 2], Vec<f32>) {
    if dilation == [1, 1] {
        return (kernel, weights.to_vec());
    }
    let span: [usize; 2] = std::array::from_fn(|a| (kernel[a] - 1) * dilation[a] + 1);
    let mut out = Vec::new();
    for plane in weights.chunks_exact(kernel[0] * kernel[1]) {
        let start = out.len();
        out.resize(start + span[0] * span[1], 0.0);
        for (i, w) in plane.iter().enumerate() {
            let (dy, dx) = (i / kernel[1] * dilation[0], i % kernel[1] * dilation[1]);
            out[start + dy * span[1] + dx] = *w;
        }
    }
    (span, out)
}
