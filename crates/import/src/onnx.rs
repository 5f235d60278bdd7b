//! Reading the ONNX protobuf: constants, attributes and the graph, with caps on everything.

use super::error::{ImportError, printable};
use std::collections::{HashMap, HashSet};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use tract_onnx::pb::{self, AttributeProto, ModelProto, NodeProto, TensorProto};
use tract_onnx::prelude::Framework as _;

/// Longest model file.
pub const MAX_MODEL: u64 = 512 << 20;
/// Most nodes in a model.
pub const MAX_NODES: usize = 20_000;
/// Most entries in one constant.
const MAX_CONSTANT: usize = 1 << 25;

/// A constant tensor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Const {
    pub dims: Vec<usize>,
    pub data: Data,
}

/// Entries of a constant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    Float(Vec<f32>),
    Int(Vec<i64>),
}

impl Const {
    pub fn ints(dims: Vec<usize>, values: Vec<i64>) -> Self {
        Const {
            dims,
            data: Data::Int(values),
        }
    }

    pub fn len(&self) -> usize {
        match &self.data {
            Data::Float(v) => v.len(),
            Data::Int(v) => v.len(),
        }
    }

    pub fn to_f32(&self) -> Vec<f32> {
        match &self.data {
            Data::Float(v) => v.clone(),
            Data::Int(v) => v.iter().map(|&v| v as f32).collect(),
        }
    }

    pub fn as_ints(&self) -> Option<&[i64]> {
        match &self.data {
            Data::Int(v) => Some(v),
            Data::Float(_) => None,
        }
    }

    /// The only entry.
    pub fn scalar(&self) -> Option<f32> {
        match &self.data {
            Data::Float(v) if v.len() == 1 => Some(v[0]),
            Data::Int(v) if v.len() == 1 => Some(v[0] as f32),
            _ => None,
        }
    }
}

/// A parsed graph.
pub(crate) struct Graph {
    pub nodes: Vec<NodeProto>,
    pub constants: HashMap<String, Rc<Const>>,
    /// Names of the constants of type int8: zero points of signed codes.
    pub signed: HashSet<String>,
    pub input: String,
    pub input_dims: Vec<Option<usize>>,
    pub output: String,
    /// Version of the standard operators.
    pub opset: i64,
    pub producer: String,
}

/// Name and operator of a node, for messages.
pub(crate) fn describe(node: &NodeProto) -> String {
    let name = if node.name.is_empty() {
        node.output.first().map_or("", |o| o.as_str())
    } else {
        &node.name
    };
    format!("node '{}' ({})", printable(name), printable(&node.op_type))
}

pub(crate) fn refuse(node: &NodeProto, problem: impl Into<String>) -> ImportError {
    ImportError::Node {
        node: describe(node),
        problem: problem.into(),
    }
}

/// Decodes the protobuf.
pub(crate) fn decode(bytes: &[u8]) -> Result<ModelProto, ImportError> {
    if bytes.len() as u64 > MAX_MODEL {
        return Err(ImportError::TooLarge {
            what: "bytes",
            limit: MAX_MODEL,
            found: bytes.len() as u64,
        });
    }
    let proto = catch_unwind(AssertUnwindSafe(|| {
        tract_onnx::onnx().proto_model_for_read(&mut Cursor::new(bytes))
    }));
    match proto {
        Ok(Ok(proto)) => Ok(proto),
        Ok(Err(e)) => Err(ImportError::Malformed(printable(&format!("{e}")))),
        Err(_) => Err(ImportError::Malformed("its protobuf is broken".into())),
    }
}

/// Reads constants and the graph's ends.
/// `scores` names the output that is meant where the model has several.
pub(crate) fn parse(proto: &ModelProto, scores: Option<&str>) -> Result<Graph, ImportError> {
    let malformed = |why: &str| ImportError::Malformed(why.to_owned());
    let graph = proto
        .graph
        .as_ref()
        .ok_or_else(|| malformed("it has no graph"))?;
    if graph.node.len() > MAX_NODES {
        return Err(ImportError::TooLarge {
            what: "nodes",
            limit: MAX_NODES as u64,
            found: graph.node.len() as u64,
        });
    }
    if !proto.functions.is_empty() {
        return Err(malformed("it defines local functions; inline them first"));
    }
    let mut constants = HashMap::new();
    for tensor in &graph.initializer {
        let constant = constant(tensor).map_err(|why| {
            ImportError::Malformed(format!("constant '{}': {why}", printable(&tensor.name)))
        })?;
        constants.insert(tensor.name.clone(), Rc::new(constant));
    }
    let inputs: Vec<_> = graph
        .input
        .iter()
        .filter(|input| !constants.contains_key(&input.name))
        .collect();
    let [input] = inputs[..] else {
        return Err(ImportError::Malformed(format!(
            "it has {} inputs, expected one picture",
            inputs.len()
        )));
    };
    let output = output(graph, scores)?;
    Ok(Graph {
        nodes: graph.node.clone(),
        constants,
        signed: graph
            .initializer
            .iter()
            .filter(|t| t.data_type == pb::tensor_proto::DataType::Int8 as i32)
            .map(|t| t.name.clone())
            .collect(),
        input: input.name.clone(),
        input_dims: input_dims(input),
        output,
        opset: opset(proto),
        producer: printable(&proto.producer_name),
    })
}

/// The output that is meant: a second one is never ignored in silence.
fn output(graph: &pb::GraphProto, scores: Option<&str>) -> Result<String, ImportError> {
    let names: Vec<&str> = graph.output.iter().map(|o| o.name.as_str()).collect();
    let list = || {
        let shown: Vec<String> = names.iter().map(|name| printable(name)).collect();
        shown.join(", ")
    };
    match (scores, &names[..]) {
        (None, []) => Err(ImportError::Malformed("it has no output".into())),
        (None, [only]) => Ok((*only).to_owned()),
        (None, _) => Err(ImportError::Output(format!(
            "it has {} of them ({}); say which are the scores (--scores NAME)",
            names.len(),
            list()
        ))),
        (Some(name), _) if names.contains(&name) => Ok(name.to_owned()),
        (Some(name), _) => Err(ImportError::Output(format!(
            "none is called '{}'; there are {}",
            printable(name),
            list()
        ))),
    }
}

/// The version of the standard operators that a model was written for.
fn opset(proto: &ModelProto) -> i64 {
    let mut imports = proto.opset_import.iter();
    let standard = imports.find(|o| ["", "ai.onnx"].contains(&o.domain.as_str()));
    // Without a statement, the specification means the first.
    standard.map_or(1, |o| o.version)
}

fn input_dims(input: &pb::ValueInfoProto) -> Vec<Option<usize>> {
    use pb::tensor_shape_proto::dimension::Value as Dim;
    let Some(pb::type_proto::Value::TensorType(tensor)) =
        input.r#type.as_ref().and_then(|t| t.value.as_ref())
    else {
        return Vec::new();
    };
    let Some(shape) = &tensor.shape else {
        return Vec::new();
    };
    shape
        .dim
        .iter()
        .map(|dim| match dim.value {
            Some(Dim::DimValue(value)) => usize::try_from(value).ok(),
            _ => None,
        })
        .collect()
}

/// Reads a constant tensor.
pub(crate) fn constant(tensor: &TensorProto) -> Result<Const, String> {
    if tensor.data_location.unwrap_or(0) != 0 || !tensor.external_data.is_empty() {
        return Err("its data is in another file; save the model as one file".into());
    }
    let dims: Vec<usize> = tensor
        .dims
        .iter()
        .map(|&d| usize::try_from(d).map_err(|_| format!("negative dimension {d}")))
        .collect::<Result<_, _>>()?;
    let len = dims
        .iter()
        .try_fold(1usize, |n, &d| n.checked_mul(d))
        .filter(|&n| n <= MAX_CONSTANT)
        .ok_or("it is too large")?;
    let raw = &tensor.raw_data;
    macro_rules! raw {
        ($type:ty) => {
            raw.chunks_exact(size_of::<$type>())
                .map(|b| <$type>::from_le_bytes(b.try_into().expect("chunks have this size")))
        };
    }
    let ints = |raw: Vec<i64>, typed: &[i32]| {
        if tensor.raw_data.is_empty() {
            typed.iter().map(|&v| i64::from(v)).collect()
        } else {
            raw
        }
    };
    use pb::tensor_proto::DataType as T;
    let kind = [
        T::Float,
        T::Double,
        T::Float16,
        T::Int64,
        T::Int32,
        T::Uint8,
        T::Int8,
        T::Bool,
    ]
    .into_iter()
    .find(|t| *t as i32 == tensor.data_type)
    .ok_or_else(|| format!("element type {} is not read", tensor.data_type))?;
    let data = match kind {
        T::Float if raw.is_empty() => Data::Float(tensor.float_data.clone()),
        T::Float => Data::Float(raw!(f32).collect()),
        T::Double if raw.is_empty() => {
            Data::Float(tensor.double_data.iter().map(|&v| v as f32).collect())
        }
        T::Double => Data::Float(raw!(f64).map(|v| v as f32).collect()),
        T::Float16 if raw.is_empty() => {
            Data::Float(tensor.int32_data.iter().map(|&v| half(v as u16)).collect())
        }
        T::Float16 => Data::Float(raw!(u16).map(half).collect()),
        T::Int64 if raw.is_empty() => Data::Int(tensor.int64_data.clone()),
        T::Int64 => Data::Int(raw!(i64).collect()),
        T::Int32 => Data::Int(ints(raw!(i32).map(i64::from).collect(), &tensor.int32_data)),
        T::Int8 => Data::Int(ints(raw!(i8).map(i64::from).collect(), &tensor.int32_data)),
        _ => Data::Int(ints(
            raw.iter().map(|&v| i64::from(v)).collect(),
            &tensor.int32_data,
        )),
    };
    let constant = Const { dims, data };
    if constant.len() != len {
        return Err(format!(
            "{} entries do not fill its shape {:?}",
            constant.len(),
            constant.dims
        ));
    }
    if let Data::Float(values) = &constant.data
        && values.iter().any(|v| v.is_nan())
    {
        return Err("it contains NaN".into());
    }
    Ok(constant)
}

/// IEEE 754 half precision.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
    }
}

fn attribute<'n>(node: &'n NodeProto, name: &str) -> Option<&'n AttributeProto> {
    node.attribute.iter().find(|a| a.name == name)
}

pub(crate) fn int(node: &NodeProto, name: &str, default: i64) -> i64 {
    attribute(node, name).map_or(default, |a| a.i)
}

pub(crate) fn float(node: &NodeProto, name: &str) -> Option<f32> {
    attribute(node, name).map(|a| a.f)
}

pub(crate) fn ints<'n>(node: &'n NodeProto, name: &str) -> Option<&'n [i64]> {
    attribute(node, name).map(|a| &a.ints[..])
}

pub(crate) fn string(node: &NodeProto, name: &str) -> String {
    attribute(node, name).map_or(String::new(), |a| {
        String::from_utf8_lossy(&a.s).into_owned()
    })
}

/// The tensor of a `Constant` node.
pub(crate) fn constant_node(node: &NodeProto) -> Result<Const, ImportError> {
    if let Some(tensor) = attribute(node, "value").and_then(|a| a.t.as_ref()) {
        return constant(tensor).map_err(|why| refuse(node, why));
    }
    if let Some(value) = float(node, "value_float") {
        return Ok(Const {
            dims: vec![],
            data: Data::Float(vec![value]),
        });
    }
    if let Some(a) = attribute(node, "value_int") {
        return Ok(Const::ints(vec![], vec![a.i]));
    }
    if let Some(values) = ints(node, "value_ints") {
        return Ok(Const::ints(vec![values.len()], values.to_vec()));
    }
    if let Some(a) = attribute(node, "value_floats") {
        return Ok(Const {
            dims: vec![a.floats.len()],
            data: Data::Float(a.floats.clone()),
        });
    }
    Err(refuse(node, "its value is of a kind that is not read"))
}
