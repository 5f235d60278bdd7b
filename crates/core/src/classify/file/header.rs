//! The header of a classifier file: its JSON, and what it says about tensors.
//!
//! Fields are declared in alphabetical order of their JSON names: that is the canonical order.

use crate::classify::card::{Decision, Evaluation, Labels};
use crate::classify::network::{Linear, Op, TensorRef, Term};
use crate::item::Form;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) author: String,
    pub(crate) decision: Decision,
    pub(crate) description: String,
    pub(crate) evaluations: Vec<Evaluation>,
    pub(crate) facts: BTreeMap<String, String>,
    pub(crate) form: Form,
    pub(crate) labels: Labels,
    pub(crate) layers: Vec<LayerHeader>,
    pub(crate) name: String,
    pub(crate) shift: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LayerHeader {
    pub(crate) name: String,
    pub(crate) out: [usize; 3],
    pub(crate) terms: Vec<TermHeader>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TermHeader {
    pub(crate) input: InputHeader,
    pub(crate) op: OpHeader,
    pub(crate) weights: Width,
    pub(crate) zero_point: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum InputHeader {
    Input,
    Layer(usize),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OpHeader {
    Conv(ConvHeader),
    Dense,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConvHeader {
    pub(crate) groups: usize,
    pub(crate) kernel: [usize; 2],
    pub(crate) pad: [usize; 4],
    pub(crate) stride: [usize; 2],
}

/// Width of stored weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Width {
    I16,
    I32,
}

impl Width {
    /// The canonical width: the smallest that holds every weight.
    pub(crate) fn of(weights: &[i32]) -> Width {
        if weights.iter().all(|&w| i16::try_from(w).is_ok()) {
            Width::I16
        } else {
            Width::I32
        }
    }
}

impl InputHeader {
    pub(crate) fn of(input: TensorRef) -> Self {
        match input {
            TensorRef::Input => InputHeader::Input,
            TensorRef::Layer(index) => InputHeader::Layer(index),
        }
    }

    pub(crate) fn input(&self) -> TensorRef {
        match self {
            InputHeader::Input => TensorRef::Input,
            InputHeader::Layer(index) => TensorRef::Layer(*index),
        }
    }
}

impl OpHeader {
    pub(crate) fn of(op: &Op) -> Self {
        match op {
            Op::Dense => OpHeader::Dense,
            Op::Conv {
                kernel,
                stride,
                pad,
                groups,
            } => OpHeader::Conv(ConvHeader {
                groups: *groups,
                kernel: *kernel,
                pad: *pad,
                stride: *stride,
            }),
        }
    }

    pub(crate) fn op(&self) -> Op {
        match self {
            OpHeader::Dense => Op::Dense,
            OpHeader::Conv(conv) => Op::Conv {
                kernel: conv.kernel,
                stride: conv.stride,
                pad: conv.pad,
                groups: conv.groups,
            },
        }
    }
}

impl TermHeader {
    pub(crate) fn of(term: &Term) -> Self {
        TermHeader {
            input: InputHeader::of(term.input),
            op: OpHeader::of(&term.op.op()),
            weights: Width::of(term.op.weights()),
            zero_point: term.zero_point,
        }
    }

    pub(crate) fn input(&self) -> TensorRef {
        self.input.input()
    }

    /// Number of weights between tensors of these shapes, unless it overflows or groups are 0.
    pub(crate) fn weight_count(&self, input: [usize; 3], out: [usize; 3]) -> Option<usize> {
        self.op.op().weight_count(input, out)
    }

    pub(crate) fn operator(&self, weights: Vec<i32>) -> Linear {
        self.op.op().with(weights)
    }
}

/// Why bytes are no header.
pub(crate) enum HeaderError {
    /// They are not such JSON.
    Json(String),
    /// They say it in another way than the canonical one: how.
    NonCanonical(&'static str),
}

/// The beginning of a file: its magic, the length of the header, the header.
pub(crate) fn beginning(magic: &[u8], header: &impl Serialize) -> Vec<u8> {
    let header = to_json(header);
    let mut bytes = magic.to_vec();
    bytes.extend((header.len() as u32).to_le_bytes());
    bytes.extend(header);
    bytes
}

/// Reads a header, which has to be its own canonical serialisation.
pub(crate) fn from_json<H: Serialize + DeserializeOwned>(json: &[u8]) -> Result<H, HeaderError> {
    let header: H = serde_json::from_slice(json).map_err(|e| HeaderError::Json(e.to_string()))?;
    if to_json(&header) != json {
        return Err(HeaderError::NonCanonical(
            "the header differs from its own serialisation (sorted keys, no white space)",
        ));
    }
    Ok(header)
}

/// The canonical serialisation.
fn to_json(header: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(header)
        .expect("strings, integers and maps with string keys always serialise")
}
