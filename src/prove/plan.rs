//! Choosing circuit widths: how many items go into one proof.
//!
//! A batch covers consecutive items, in index order, that have the classifier's form. Its circuit is
//! [`Model::shape`] with some number of lanes; the verifier derives the same shape from the
//! classifier file and the lane count. Wide circuits share their fixed costs (tables, constants, the
//! opening argument) among more items; memory and the work that a kill can lose bound the width.

use crate::circuit::{CircuitError, Model, Shape};

/// Peak memory of the prover per advice cell, in bytes: its value (32), sums by value, and a share of what is in
/// flight. Rounded up: MobileNet v2 is planned at 1.85 GiB and was measured at 1.73.
const BYTES_PER_CELL: u64 = 50;
/// What the prover takes whatever the shape: parameters, tables, transforms in flight.
const BYTES_ALWAYS: u64 = 192 << 20;
/// CPU seconds per advice column at `k = 15`: 0.07 to 0.14 measured (many lanes of a few folds; one lane of 204).
const SECONDS_PER_COLUMN_K15: f64 = 0.1;
/// Most (lane, fold) pairs in a batch of several items, so that a kill loses minutes, not hours.
const MAX_PAIRS: usize = 256;
/// Default memory limit when the machine's is unknown: 8 GiB.
const DEFAULT_MEMORY: u64 = 8 << 30;

/// What bounds a plan.
#[derive(Clone, Copy, Debug)]
pub struct PlanOptions {
    /// Bytes the prover may take.
    pub memory: u64,
    /// Most items in a batch; `None` leaves it to the planner.
    pub max_items: Option<usize>,
}

impl Default for PlanOptions {
    fn default() -> Self {
        PlanOptions {
            memory: available_memory().unwrap_or(DEFAULT_MEMORY) / 4 * 3,
            max_items: None,
        }
    }
}

/// The memory available on this machine, where the system tells.
fn available_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|l| l.starts_with("MemAvailable:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib << 10)
}

/// Parses "4G", "900M", "65536".
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor: u64 = match text[digits.len()..]
        .to_ascii_uppercase()
        .trim_end_matches("IB")
        .trim_end_matches('B')
    {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "T" => 1 << 40,
        _ => return Err("expected a number with K, M, G or T".to_owned()),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|n| n.checked_mul(factor))
        .filter(|n| *n > 0)
        .ok_or_else(|| "expected a number of bytes such as 4G".to_owned())
}

/// One batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchPlan {
    /// Position of its first item among the items that have the form.
    pub first: usize,
    /// Number of items.
    pub items: usize,
    /// Its circuit.
    pub shape: Shape,
}

/// All batches of a request, with what they will cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In index order.
    pub batches: Vec<BatchPlan>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// No circuit.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// Even one lane takes too much memory.
    #[error(
        "proving one item takes about {need} MiB of memory, the limit is {limit} MiB: raise it with --memory, \
         or use a machine with more memory"
    )]
    Memory {
        /// MiB that one lane takes.
        need: u64,
        /// MiB allowed.
        limit: u64,
    },
}

/// Estimated peak memory of proving one batch of a shape, in bytes.
pub fn memory(shape: &Shape) -> u64 {
    (shape.advice_columns() as u64 + 16) * (shape.rows() as u64) * BYTES_PER_CELL + BYTES_ALWAYS
}

/// Estimated CPU seconds of proving one batch of a shape; rough, and low for small batches.
pub fn cpu_seconds(shape: &Shape) -> f64 {
    let columns = shape.advice_columns() as f64 + 12.0;
    columns * SECONDS_PER_COLUMN_K15 * (shape.rows() as f64 / f64::from(1 << 15))
}

impl Plan {
    /// Plans batches for `items` items.
    pub fn new<'m>(
        model: impl Into<Model<'m>>,
        items: usize,
        options: &PlanOptions,
    ) -> Result<Self, PlanError> {
        let model = model.into();
        let one = model.shape(1)?;
        let need = memory(&one);
        if need > options.memory {
            return Err(PlanError::Memory {
                need: need >> 20,
                limit: options.memory >> 20,
            });
        }
        let slots = one.slots();
        let wanted = options.max_items.unwrap_or(items).clamp(1, items.max(1));
        let mut lanes = wanted.div_ceil(slots).min((MAX_PAIRS / one.folds()).max(1));
        while lanes > 1 && memory(&model.shape(lanes)?) > options.memory {
            lanes -= 1;
        }
        // Batches of equal size: a last one of a few items would cost nearly as much as a full one.
        let most = (lanes * slots).min(wanted);
        let capacity = items.div_ceil(items.div_ceil(most).max(1)).max(1);
        let mut batches = Vec::new();
        let mut first = 0;
        while first < items {
            let count = capacity.min(items - first);
            batches.push(BatchPlan {
                first,
                items: count,
                shape: model.shape(count.div_ceil(slots))?,
            });
            first += count;
        }
        Ok(Plan { batches })
    }

    /// Peak memory in bytes, estimated.
    pub fn memory(&self) -> u64 {
        self.batches
            .iter()
            .map(|b| memory(&b.shape))
            .max()
            .unwrap_or(0)
    }

    /// CPU seconds, estimated.
    pub fn cpu_seconds(&self) -> f64 {
        self.batches.iter().map(|b| cpu_seconds(&b.shape)).sum()
    }

    /// Bytes of all proofs.
    pub fn proof_bytes(&self) -> u64 {
        self.batches.iter().map(|b| b.shape.proof_bytes()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{Layer, Linear, Network, TensorRef, Term};
    use crate::item::Form;

    /// A text network with `hidden` neurons between input and score; only its size matters here.
    fn text_network(hidden: usize) -> Network {
        let layer = |name: &str, out: usize, input, inputs: usize| Layer {
            name: name.into(),
            out: [out, 1, 1],
            terms: vec![Term {
                input,
                op: Linear::Dense {
                    weights: vec![1; out * inputs],
                },
                zero_point: 0,
            }],
            bias: vec![0; out],
        };
        let form = Form::TextWordsV3;
        let layers = if hidden == 0 {
            vec![layer("match", 1, TensorRef::Input, form.len())]
        } else {
            vec![
                layer("hidden", hidden, TensorRef::Input, form.len()),
                layer("match", 1, TensorRef::Layer(0), hidden),
            ]
        };
        Network::with_miss(form, 9, layers).unwrap()
    }

    #[test]
    fn batches_cover_every_item_once_in_order() {
        for network in [text_network(0), text_network(30)] {
            for items in [0, 1, 5, 2044, 2045, 50_000] {
                for max_items in [None, Some(1), Some(100)] {
                    let options = PlanOptions {
                        memory: 4 << 30,
                        max_items,
                    };
                    let plan = Plan::new(&network, items, &options).unwrap();
                    let mut next = 0;
                    for batch in &plan.batches {
                        assert_eq!(batch.first, next);
                        assert!(batch.items >= 1 && batch.items <= batch.shape.capacity());
                        assert!(max_items.is_none_or(|max| batch.items <= max));
                        next += batch.items;
                    }
                    assert_eq!(next, items);
                    assert!(plan.memory() <= options.memory);
                }
            }
        }
    }

    #[test]
    fn too_little_memory_is_said_before_anything_is_done() {
        let options = PlanOptions {
            memory: 1 << 20,
            max_items: None,
        };
        assert!(matches!(
            Plan::new(&text_network(0), 5, &options),
            Err(PlanError::Memory { .. })
        ));
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(parse_bytes("4G"), Ok(4 << 30));
        assert_eq!(parse_bytes("900m"), Ok(900 << 20));
        assert_eq!(parse_bytes("16GiB"), Ok(16 << 30));
        assert_eq!(parse_bytes("512"), Ok(512));
        for bad in ["", "G", "4X", "-1", "0", "99999999999T"] {
            assert!(parse_bytes(bad).is_err(), "{bad}");
        }
    }
}
