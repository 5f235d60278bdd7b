//! The header of a classifier file: its JSON, and what it says about tensors.
//!
//! Fields are declared in alphabetical order of their JSON names: that is the canonical order.

use crate::classify::card::{Decision, Evaluation, Labels};
use crate::classify::network::{Linear, TensorRef, Term};
use crate::item::Form;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) author: String,
    pub(super) decision: Decision,
    pub(super) description: String,
    pub(super) evaluations: Vec<Evaluation>,
    pub(super) facts: BTreeMap<String, String>,
    pub(super) form: Form,
    pub(super) labels: Labels,
    pub(super) layers: Vec<LayerHeader>,
    pub(super) name: String,
    pub(super) shift: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LayerHeader {
    pub(super) name: String,
    pub(super) out: [usize; 3],
    pub(super) terms: Vec<TermHeader>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TermHeader {
    pub(super) input: InputHeader,
    pub(super) op: OpHeader,
    pub(super) weights: Width,
    pub(super) zero_point: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum InputHeader {
    Input,
    Layer(usize),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum OpHeader {
    Conv(ConvHeader),
    Dense,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConvHeader {
    pub(super) groups: usize,
    pub(super) kernel: [usize; 2],
    pub(super) pad: [usize; 4],
    pub(super) stride: [usize; 2],
}

/// Width of stored weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Width {
    I16,
    I32,
}

impl Width {
    /// The canonical width: the smallest that holds every weight.
    pub(super) fn of(weights: &[i32]) -> Width {
        if weights.iter().all(|&w| i16::try_from(w).is_ok()) {
            Width::I16
        } else {
            Width::I32
        }
    }
}

impl TermHeader {
    pub(super) fn of(term: &Term) -> Self {
        TermHeader {
            input: match term.input {
                TensorRef::Input => InputHeader::Input,
                TensorRef::Layer(index) => InputHeader::Layer(index),
            },
            op: match &term.op {
                Linear::Dense { .. } => OpHeader::Dense,
                Linear::Conv {
                    kernel,
                    stride,
                    pad,
                    groups,
                    ..
                } => OpHeader::Conv(ConvHeader {
                    groups: *groups,
                    kernel: *kernel,
                    pad: *pad,
                    stride: *stride,
                }),
            },
            weights: Width::of(term.op.weights()),
            zero_point: term.zero_point,
        }
    }

    pub(super) fn input(&self) -> TensorRef {
        match self.input {
            InputHeader::Input => TensorRef::Input,
            InputHeader::Layer(index) => TensorRef::Layer(index),
        }
    }

    /// Number of weights between tensors of these shapes, unless it overflows or groups are 0.
    pub(super) fn weight_count(&self, input: [usize; 3], out: [usize; 3]) -> Option<usize> {
        let factors = match &self.op {
            OpHeader::Dense => [out[0], input[0], input[1], input[2]],
            OpHeader::Conv(conv) => {
                let per_group = input[0].checked_div(conv.groups)?;
                [out[0], per_group, conv.kernel[0], conv.kernel[1]]
            }
        };
        factors.iter().try_fold(1usize, |n, &f| n.checked_mul(f))
    }

    pub(super) fn operator(&self, weights: Vec<i32>) -> Linear {
        match &self.op {
            OpHeader::Dense => Linear::Dense { weights },
            OpHeader::Conv(conv) => Linear::Conv {
                kernel: conv.kernel,
                stride: conv.stride,
                pad: conv.pad,
                groups: conv.groups,
                weights,
            },
        }
    }
}

/// The canonical serialisation.
pub(super) fn to_json(header: &Header) -> Vec<u8> {
    serde_json::to_vec(header)
        .expect("strings, integers and maps with string keys always serialise")
}
