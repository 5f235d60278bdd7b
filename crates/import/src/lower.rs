//! From the ONNX graph to the float network, node by node.
//!
//! Every value is a *view* of a tensor of the float network: a shape as ONNX sees it and, after transpositions,
//! an order of the entries. Reshapes and transpositions therefore cost nothing; a dense layer that reads a
//! transposed tensor gets its columns permuted.

mod elementwise;
mod linear;
mod pool;
mod quantised;
mod shape;

use super::error::{ImportError, printable};
use super::graph::{Clamp, FloatNet, Kind, Node, Op, Source, Summand};
use super::onnx::{Const, Graph, constant_node, describe, int, refuse};
use candor_core::classify::network::{MAX_MACS, MAX_NEURONS};
use candor_core::item::Form;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use tract_onnx::pb::NodeProto;

/// What a model ends in, besides its scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    /// Raw scores.
    Scores,
    /// Softmax, or its logarithm: same order, dropped.
    Softmax,
    /// Sigmoid: same order, dropped; thresholds are translated.
    Sigmoid,
}

/// Pixel bytes `p` become `factor p + offset` per channel before the model sees them.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalisation {
    /// One factor per channel.
    pub factors: [f32; 3],
    /// One offset per channel.
    pub offsets: [f32; 3],
}

impl Normalisation {
    /// Bytes as they are.
    pub const PIXEL: Normalisation = Normalisation {
        factors: [1.0; 3],
        offsets: [0.0; 3],
    };

    /// `(scale p - mean) / std` per channel.
    pub fn new(scale: f32, mean: [f32; 3], std: [f32; 3]) -> Self {
        Normalisation {
            factors: std.map(|s| scale / s),
            offsets: std::array::from_fn(|c| -mean[c] / std[c]),
        }
    }

    /// A named convention: `pixel`, `pixel/255`, `pixel/127.5-1`, `imagenet`.
    pub fn preset(name: &str) -> Option<Self> {
        Some(match name {
            "pixel" => Normalisation::PIXEL,
            "pixel/255" => Normalisation::new(1.0 / 255.0, [0.0; 3], [1.0; 3]),
            "pixel/127.5-1" => Normalisation::new(1.0 / 127.5, [1.0; 3], [1.0; 3]),
            "imagenet" => {
                Normalisation::new(1.0 / 255.0, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
            }
            _ => return None,
        })
    }
}

/// A lowered model.
pub(crate) struct Lowered {
    pub net: FloatNet,
    pub finish: Finish,
    /// How the model wants its input.
    pub layout: Layout,
    /// Entry of the model's output row for every channel of the last node is the identity.
    pub classes: usize,
}

/// How the model wants its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub dims: Vec<usize>,
    pub channels_last: bool,
    /// The model sees one channel, `0.299 R + 0.587 G + 0.114 B`.
    pub grey: bool,
}

/// Luminance weights of red, green and blue for models that read one channel.
pub(crate) const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

#[derive(Clone)]
pub(crate) enum Value {
    Const(Rc<Const>),
    Tensor(View),
    Final(View, Finish),
}

/// A tensor as ONNX sees it.
#[derive(Clone)]
pub(crate) struct View {
    pub source: Source,
    /// With the batch dimension, which is 1.
    pub shape: Vec<usize>,
    /// Entry of the tensor for every entry of the view; `None` when they agree.
    pub order: Option<Rc<Vec<u32>>>,
    /// Zeros around height and width that are still to be added: top, left, bottom, right.
    pub pad: [usize; 4],
    /// Factor that is still to be applied to every entry of the tensor, in its own order: what differs from place to place, no
    /// convolution can do, but a layer that reads all places can.
    pub gain: Option<Rc<Vec<f32>>>,
}

impl View {
    fn plain(source: Source, out: [usize; 3], rank: usize) -> View {
        let shape = match rank {
            4 => vec![1, out[0], out[1], out[2]],
            _ => vec![1, out.iter().product()],
        };
        View {
            source,
            shape,
            order: None,
            pad: [0; 4],
            gain: None,
        }
    }

    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    pub fn same_order(&self, other: &View) -> bool {
        self.shape == other.shape && self.order == other.order
    }
}

/// Lowers a graph for pictures of a form.
pub(crate) fn lower(
    graph: &Graph,
    form: Form,
    normalisation: &Normalisation,
) -> Result<Lowered, ImportError> {
    let layout = layout(graph, form)?;
    let mut lowering = Lowering {
        graph,
        net: FloatNet {
            input: form.shape(),
            nodes: Vec::new(),
        },
        values: HashMap::new(),
        neurons: 0,
        work: 0,
        ones: HashMap::new(),
        needed: needed(graph),
    };
    lowering.start(&layout, normalisation);
    for node in &graph.nodes {
        if node
            .output
            .iter()
            .any(|o| lowering.needed.contains(o.as_str()))
        {
            lowering.node(node)?;
        }
    }
    let (view, finish) = match lowering.values.get(&graph.output) {
        Some(Value::Tensor(view)) => (view.clone(), Finish::Scores),
        Some(Value::Final(view, finish)) => (view.clone(), *finish),
        _ => {
            return Err(ImportError::Output(format!(
                "nothing computes '{}'",
                printable(&graph.output)
            )));
        }
    };
    lowering.finish(&view)?;
    let net = lowering.net;
    let classes = net.nodes.last().map_or(0, |n| n.out[0]);
    Ok(Lowered {
        net,
        finish,
        layout,
        classes,
    })
}

/// Values that the output depends on.
fn needed(graph: &Graph) -> HashSet<&str> {
    let mut needed = HashSet::from([graph.output.as_str()]);
    for node in graph.nodes.iter().rev() {
        if node.output.iter().any(|o| needed.contains(o.as_str())) {
            needed.extend(node.input.iter().map(String::as_str));
        }
    }
    needed
}

fn layout(graph: &Graph, form: Form) -> Result<Layout, ImportError> {
    let dims = &graph.input_dims;
    let shown: Vec<String> = dims
        .iter()
        .map(|d| d.map_or("?".to_owned(), |d| d.to_string()))
        .collect();
    let fail = |problem: &str| ImportError::Input {
        form,
        found: format!("'{}' [{}]", printable(&graph.input), shown.join(", ")),
        problem: problem.to_owned(),
    };
    let [channels, height, width] = form.shape();
    if form.is_text() {
        return Err(fail("only picture forms take ONNX models"));
    }
    if dims.first().is_some_and(|d| d.is_some_and(|d| d != 1)) {
        return Err(fail(
            "it has a fixed batch; export it with batch 1 or a dynamic batch",
        ));
    }
    let fits = |found: Option<usize>, wanted: usize| found.is_none_or(|d| d == wanted);
    match dims[..] {
        [_, c, h, w]
            if (c == Some(1) || fits(c, channels)) && fits(h, height) && fits(w, width) =>
        {
            let c = c.unwrap_or(channels);
            Ok(Layout {
                dims: vec![1, c, height, width],
                channels_last: false,
                grey: c == 1,
            })
        }
        [_, h, w, c]
            if (c == Some(1) || c == Some(channels)) && fits(h, height) && fits(w, width) =>
        {
            let c = c.unwrap_or(channels);
            Ok(Layout {
                dims: vec![1, height, width, c],
                channels_last: true,
                grey: c == 1,
            })
        }
        [_, n] if fits(n, channels * height * width) => Ok(Layout {
            dims: vec![1, channels * height * width],
            channels_last: false,
            grey: false,
        }),
        _ => Err(fail(&format!(
            "expected [1, {channels}, {height}, {width}] or [1, {height}, {width}, {channels}]"
        ))),
    }
}

pub(crate) struct Lowering<'g> {
    graph: &'g Graph,
    pub net: FloatNet,
    values: HashMap<String, Value>,
    neurons: usize,
    work: u64,
    /// Tensors that are one everywhere, by height and width.
    ones: HashMap<[usize; 2], Source>,
    /// Values that the output depends on.
    needed: HashSet<&'g str>,
}

impl Lowering<'_> {
    /// The input's view: normalised, in the model's layout.
    fn start(&mut self, layout: &Layout, normalisation: &Normalisation) {
        let mut source = Source::Input;
        let out = self.net.input;
        let mut shape = out;
        let mut add = |net: &mut FloatNet, name: &str, out, op, bias| {
            net.nodes.push(Node {
                name: name.to_owned(),
                out,
                kind: Kind::Linear {
                    terms: vec![Summand {
                        input: source,
                        op,
                        zero: Vec::new(),
                    }],
                    bias,
                    clamp: Clamp::NONE,
                },
                hint: None,
            });
            source = Source::Node(net.nodes.len() - 1);
        };
        if layout.grey {
            shape = [1, out[1], out[2]];
            let op = Op::Conv {
                kernel: [1, 1],
                stride: [1, 1],
                pad: [0; 4],
                groups: 1,
                weights: LUMA.to_vec(),
            };
            add(&mut self.net, "grey", shape, op, vec![0.0]);
        }
        if *normalisation != Normalisation::PIXEL {
            let channels = shape[0];
            let factors = normalisation.factors[..channels].to_vec();
            let offsets = normalisation.offsets[..channels].to_vec();
            add(
                &mut self.net,
                "normalise",
                shape,
                Op::Scale { factors },
                offsets,
            );
        }
        let order = layout.channels_last.then(|| {
            let [c, h, w] = shape;
            let entries = (0..h * w).flat_map(|p| (0..c).map(move |c| (c * h * w + p) as u32));
            Rc::new(entries.collect())
        });
        let view = View {
            source,
            shape: layout.dims.clone(),
            order,
            pad: [0; 4],
            gain: None,
        };
        self.values
            .insert(self.graph.input.clone(), Value::Tensor(view));
    }

    /// Makes the last node the row of scores, in the output's order.
    fn finish(&mut self, view: &View) -> Result<(), ImportError> {
        let shape = self.net.shape(view.source);
        let size: usize = shape.iter().product();
        if view.gain.is_some() {
            return Err(ImportError::Output(
                "its scores are scaled differently from place to place; end the model in a dense layer".into(),
            ));
        }
        if view.pad != [0; 4] || view.shape.iter().filter(|&&d| d != 1).count() > 1 {
            return Err(ImportError::Output(format!(
                "expected one row of scores, found shape {:?}",
                view.shape
            )));
        }
        if size > 100_000 {
            return Err(ImportError::Output(format!("{size} scores are too many")));
        }
        // The scores themselves are never stored as bytes.
        if let Source::Node(i) = view.source
            && i + 1 == self.net.nodes.len()
        {
            let node = &mut self.net.nodes[i];
            if node.hint.take().is_some()
                && let Kind::Linear { clamp, .. } = &mut node.kind
            {
                *clamp = Clamp::NONE;
            }
        }
        let is_last = view.source == Source::Node(self.net.nodes.len().wrapping_sub(1));
        if is_last && view.order.is_none() && shape[1..] == [1, 1] && self.net.scores().is_ok() {
            return Ok(());
        }
        let (op, out) = if view.order.is_none() && shape[1..] == [1, 1] {
            let factors = vec![1.0; size];
            (Op::Scale { factors }, shape)
        } else {
            if size > 4096 {
                return Err(ImportError::Output(format!("{size} scores are too many")));
            }
            let mut weights = vec![0.0; size * size];
            for i in 0..size {
                let from = view.order.as_ref().map_or(i, |o| o[i] as usize);
                weights[i * size + from] = 1.0;
            }
            (Op::Dense { weights }, [size, 1, 1])
        };
        self.net.nodes.push(Node {
            name: "scores".to_owned(),
            out,
            kind: Kind::Linear {
                terms: vec![Summand {
                    input: view.source,
                    op,
                    zero: Vec::new(),
                }],
                bias: vec![0.0; out[0]],
                clamp: Clamp::NONE,
            },
            hint: None,
        });
        Ok(())
    }

    fn node(&mut self, node: &NodeProto) -> Result<(), ImportError> {
        let domain = &node.domain;
        if !["", "ai.onnx", "com.microsoft"].contains(&domain.as_str()) {
            return Err(refuse(
                node,
                format!(
                    "operators of the domain '{}' are not known",
                    printable(domain)
                ),
            ));
        }
        let value = match node.op_type.as_str() {
            "Constant" => Value::Const(Rc::new(constant_node(node)?)),
            "Identity" => self.value(node, 0)?,
            "Dropout" => self.dropout(node)?,
            "Cast" => self.cast(node)?,
            "Neg" => self.negate(node)?,
            "Conv" => self.conv(node)?,
            "Gemm" => self.gemm(node)?,
            "MatMul" => self.matmul(node)?,
            "BatchNormalization" => self.batch_norm(node)?,
            "AveragePool" => self.average_pool(node)?,
            "GlobalAveragePool" => self.global_average_pool(node)?,
            "ReduceMean" => self.reduce_mean(node)?,
            "MaxPool" => self.max_pool(node)?,
            "GlobalMaxPool" => self.global_max_pool(node)?,
            "Relu" => self.clamp(node, 0.0, f32::INFINITY)?,
            "Clip" => self.clip(node)?,
            "Add" | "Sum" => self.add(node, 1.0)?,
            "Sub" => self.add(node, -1.0)?,
            "Mul" => self.multiply(node, false)?,
            "Div" => self.multiply(node, true)?,
            "Max" => self.extremum(node, true)?,
            "Min" => self.extremum(node, false)?,
            "Concat" => self.concat(node)?,
            "Flatten" => self.flatten(node)?,
            "Reshape" => self.reshape(node)?,
            "Squeeze" => self.squeeze(node)?,
            "Unsqueeze" => self.unsqueeze(node)?,
            "Transpose" => self.transpose(node)?,
            "Pad" => self.pad(node)?,
            "Shape" => self.shape_of(node)?,
            "Gather" => self.gather(node)?,
            "Slice" => self.slice(node)?,
            "Softmax" | "LogSoftmax" => self.softmax(node)?,
            "Sigmoid" => self.last(node, Finish::Sigmoid)?,
            "QuantizeLinear" => self.quantize(node)?,
            "DequantizeLinear" => self.dequantize(node)?,
            "QLinearConv" => self.qlinear_conv(node)?,
            "QLinearMatMul" => self.qlinear_matmul(node)?,
            "QLinearAdd" => self.qlinear_add(node)?,
            "QLinearAveragePool" => self.qlinear_average_pool(node)?,
            "QLinearGlobalAveragePool" => self.qlinear_global_average_pool(node)?,
            "QGemm" => self.qgemm(node)?,
            "HardSwish" | "HardSigmoid" | "Tanh" | "Gelu" | "Elu" | "Selu" | "LeakyRelu"
            | "PRelu" | "Mish" | "Softplus" | "Erf" | "Exp" | "Pow" | "Sqrt" => {
                return Err(refuse(
                    node,
                    "this activation has no exact integer counterpart here; train the model with ReLU \
                     or ReLU6",
                ));
            }
            _ => return Err(refuse(node, "this operator is not supported")),
        };
        let output = node
            .output
            .first()
            .ok_or_else(|| refuse(node, "it has no output"))?;
        if let Some(second) = node.output[1..]
            .iter()
            .find(|o| self.needed.contains(o.as_str()))
        {
            return Err(refuse(
                node,
                format!(
                    "its second output '{}' is used, which is not supported",
                    printable(second)
                ),
            ));
        }
        if self.values.insert(output.clone(), value).is_some() {
            return Err(refuse(node, "its output was computed before"));
        }
        Ok(())
    }

    /// The value of an input.
    fn value(&self, node: &NodeProto, index: usize) -> Result<Value, ImportError> {
        let name = node
            .input
            .get(index)
            .filter(|n| !n.is_empty())
            .ok_or_else(|| refuse(node, format!("input {index} is missing")))?;
        if let Some(value) = self.values.get(name) {
            return Ok(value.clone());
        }
        if let Some(constant) = self.graph.constants.get(name) {
            return Ok(Value::Const(constant.clone()));
        }
        Err(refuse(
            node,
            format!(
                "it reads '{}', which nothing before it computes",
                printable(name)
            ),
        ))
    }

    /// An input that depends on the picture.
    fn view(&self, node: &NodeProto, index: usize) -> Result<View, ImportError> {
        match self.value(node, index)? {
            Value::Tensor(view) => Ok(view),
            Value::Final(..) => Err(refuse(
                node,
                "it reads the result of a softmax or sigmoid, which is supported as a model's last step only",
            )),
            Value::Const(_) => Err(refuse(node, format!("input {index} is a constant"))),
        }
    }

    /// A view whose padding is done, and whose entries are what they are.
    fn unpadded(&self, node: &NodeProto, index: usize) -> Result<View, ImportError> {
        let view = self.weighted(node, index)?;
        even(node, &view)?;
        Ok(view)
    }

    /// A view whose padding is done; its gain is not.
    fn weighted(&self, node: &NodeProto, index: usize) -> Result<View, ImportError> {
        let view = self.view(node, index)?;
        if view.pad != [0; 4] {
            return Err(refuse(
                node,
                "it reads a padded tensor; only a convolution may follow 'Pad'",
            ));
        }
        Ok(view)
    }

    /// An input that does not depend on the picture.
    fn constant(&self, node: &NodeProto, index: usize) -> Result<Rc<Const>, ImportError> {
        match self.value(node, index)? {
            Value::Const(constant) => Ok(constant),
            _ => Err(refuse(
                node,
                format!("input {index} depends on the picture, where only a constant is supported"),
            )),
        }
    }

    fn optional(&self, node: &NodeProto, index: usize) -> Result<Option<Rc<Const>>, ImportError> {
        match node.input.get(index) {
            Some(name) if !name.is_empty() => self.constant(node, index).map(Some),
            _ => Ok(None),
        }
    }

    /// Channels, height and width of a view that is in the network's own order.
    fn picture(&self, node: &NodeProto, view: &View) -> Result<[usize; 3], ImportError> {
        let shape = self.net.shape(view.source);
        if view.order.is_some() || view.shape[..] != [1, shape[0], shape[1], shape[2]] {
            return Err(refuse(
                node,
                format!(
                    "its input was rearranged to {:?} in a way that is not supported",
                    view.shape
                ),
            ));
        }
        Ok(shape)
    }

    /// Adds a tensor.
    fn push(
        &mut self,
        node: &NodeProto,
        out: [usize; 3],
        kind: Kind,
    ) -> Result<Source, ImportError> {
        self.neurons = out
            .iter()
            .try_fold(1usize, |n, &d| n.checked_mul(d))
            .and_then(|n| n.checked_add(self.neurons))
            .filter(|&n| n <= 4 * MAX_NEURONS)
            .ok_or_else(|| refuse(node, format!("its output of shape {out:?} is too large")))?;
        self.net.nodes.push(Node {
            name: node_name(node),
            out,
            kind,
            hint: None,
        });
        Ok(Source::Node(self.net.nodes.len() - 1))
    }

    fn push_linear(
        &mut self,
        node: &NodeProto,
        out: [usize; 3],
        terms: Vec<(Source, Op)>,
        bias: Vec<f32>,
        clamp: Clamp,
    ) -> Result<Source, ImportError> {
        debug_assert_eq!(bias.len(), out[0]);
        for (source, op) in &terms {
            // A scaling touches every entry once.
            let factor = match op {
                Op::Scale { .. } => 1,
                _ => out[1] * out[2],
            };
            let size = match op {
                Op::Scale { .. } => self.net.shape(*source).iter().product(),
                _ => op.weights().len(),
            };
            self.work = self
                .work
                .saturating_add((size as u64).saturating_mul(factor as u64));
        }
        if self.work > MAX_MACS {
            return Err(refuse(
                node,
                format!("up to here, the model takes more than {MAX_MACS} multiplications"),
            ));
        }
        let finite = |values: &[f32]| values.iter().all(|v| v.is_finite());
        if !finite(&bias) || !terms.iter().all(|(_, op)| finite(op.weights())) {
            return Err(refuse(node, "it has a weight that is not finite"));
        }
        let terms = terms
            .into_iter()
            .map(|(input, op)| Summand {
                input,
                op,
                zero: Vec::new(),
            })
            .collect();
        self.push(node, out, Kind::Linear { terms, bias, clamp })
    }

    /// A softmax over all scores keeps their order. Over anything else it does not.
    fn softmax(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let view = self.unpadded(node, 0)?;
        let rank = view.shape.len() as i64;
        // Up to version 12, everything from the axis on is one row.
        let flattens = self.graph.opset < 13;
        let axis = int(node, "axis", if flattens { 1 } else { -1 });
        let at = usize::try_from(if axis < 0 { axis + rank } else { axis }).unwrap_or(usize::MAX);
        let row = match view.shape.get(at..) {
            Some(rest) if flattens => rest.iter().product(),
            Some([along, ..]) => *along,
            _ => return Err(refuse(node, format!("it has no axis {axis}"))),
        };
        if row != view.size() {
            return Err(refuse(
                node,
                format!(
                    "it normalises rows of {row}, not all {} scores together (axis {axis} of {:?})",
                    view.size(),
                    view.shape
                ),
            ));
        }
        self.last(node, Finish::Softmax)
    }

    fn last(&mut self, node: &NodeProto, finish: Finish) -> Result<Value, ImportError> {
        Ok(Value::Final(self.unpadded(node, 0)?, finish))
    }
}

/// Refuses a view with a gain.
fn even(node: &NodeProto, view: &View) -> Result<(), ImportError> {
    if view.gain.is_some() {
        return Err(refuse(
            node,
            "it reads a tensor that is scaled differently from place to place (an average that leaves out its padding, a \
             product with a picture of constants); only a mean over all places or a dense layer may follow. Average with \
             count_include_pad=True and without ceil_mode, and train again",
        ));
    }
    Ok(())
}

fn node_name(node: &NodeProto) -> String {
    let shown = describe(node);
    let name = shown
        .strip_prefix("node '")
        .and_then(|s| s.rsplit_once("' ("))
        .map_or(shown.as_str(), |(name, _)| name);
    name.to_owned()
}
