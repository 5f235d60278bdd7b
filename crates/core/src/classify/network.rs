//! The integer network: tensors of bytes and linear operators between them.
//!
//! For every neuron, with one shift `t` for the whole network:
//!
//! ```text
//! Z = b + sum_terms sum_taps w (y - zero_point)
//! Z = 2^t Q + R,   0 <= R < 2^t        (floor division)
//! A = clamp(Q, 0, 255)
//! ```
//!
//! `y` ranges over the input vector and the activations `A` of earlier layers. A residual addition is a
//! layer with two terms; average pooling, and `relu(b - a)` for max pooling, are convolutions.
//!
//! **Order of neurons**: layer by layer, channel-major (channel, row, column) inside a layer.
//!
//! **Decision**: the last two layers are fixed in shape. The last but one is the *match* layer, a single
//! neuron: the item matches when its activation is at least 1. The last is the *miss* neuron,
//! `Z = 2^t - 2^t A_match`, so that its activation is 1 exactly when the item does not match.

pub(super) mod check;

pub use super::error::NetworkError;
pub use super::layer::*;
use crate::classify::bounds::{self, LayerBounds};
use crate::item::Form;

/// A checked network: shapes fit, sizes are capped, every `Z` provably within the form's limits, and the
/// last neuron says whether the item misses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    form: Form,
    shift: u32,
    layers: Vec<Layer>,
    offsets: Vec<usize>,
    bounds: Vec<LayerBounds>,
}

impl Network {
    /// Checks and assembles a network whose last two layers are already match and miss.
    pub fn new(form: Form, shift: u32, layers: Vec<Layer>) -> Result<Self, NetworkError> {
        check::shift(form, shift)?;
        check::cap("layers", layers.len() as u64, MAX_LAYERS as u64)?;
        let mut offsets = Vec::with_capacity(layers.len() + 1);
        let mut sizes = check::Sizes::default();
        for (index, layer) in layers.iter().enumerate() {
            offsets.push(sizes.neurons as usize);
            check::layer(form, &layers, index)?;
            sizes.layer(layer.out)?;
            for term in &layer.terms {
                sizes.term(layer.out, term.op.weights().len() as u64)?;
            }
        }
        offsets.push(sizes.neurons as usize);
        check::decision(shift, &layers)?;
        let bounds = bounds::analyse(form, shift, &layers)?;
        Ok(Network {
            form,
            shift,
            layers,
            offsets,
            bounds,
        })
    }

    /// Appends the miss neuron to layers that end in the match neuron, and checks the whole.
    pub fn with_miss(form: Form, shift: u32, mut layers: Vec<Layer>) -> Result<Self, NetworkError> {
        let Some(last) = layers.len().checked_sub(1) else {
            return Err(NetworkError::Decision {
                problem: "there is no layer",
            });
        };
        layers.push(miss_layer(last, shift));
        Network::new(form, shift, layers)
    }

    /// The form of the input.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The shift `t`.
    pub fn shift(&self) -> u32 {
        self.shift
    }

    /// The layers, in order; the last two are match and miss.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Number of neurons `N`.
    pub fn neurons(&self) -> usize {
        self.offsets[self.layers.len()]
    }

    /// Index of a layer's first neuron; `layer_offset(layers().len())` is `N`.
    pub fn layer_offset(&self, layer: usize) -> usize {
        self.offsets[layer]
    }

    /// Shape of a tensor.
    pub fn shape(&self, tensor: TensorRef) -> [usize; 3] {
        match tensor {
            TensorRef::Input => self.form.shape(),
            TensorRef::Layer(index) => self.layers[index].out,
        }
    }

    /// Static bounds per layer.
    pub fn bounds(&self) -> &[LayerBounds] {
        &self.bounds
    }

    /// Index of the match layer.
    pub fn match_layer(&self) -> usize {
        self.layers.len() - 2
    }

    /// Number of weights.
    pub fn weight_count(&self) -> usize {
        let terms = self.layers.iter().flat_map(|layer| &layer.terms);
        terms.map(|term| term.op.weights().len()).sum()
    }

    /// Overwrites weights and biases, and what their bounds tell of them.
    #[cfg(feature = "prove")]
    pub(super) fn wipe(&mut self) {
        use zeroize::Zeroize;
        for layer in &mut self.layers {
            layer.bias.zeroize();
            for term in &mut layer.terms {
                term.op.weights_mut().zeroize();
            }
        }
        for bounds in &mut self.bounds {
            for range in bounds.z.iter_mut().chain(&mut bounds.a) {
                range.lo.zeroize();
                range.hi.zeroize();
            }
        }
    }
}
