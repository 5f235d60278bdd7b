//! Why layers are not a network.

use crate::classify::bounds::BoundsError;

/// Why layers are not a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// Above a cap.
    #[error("the network has {found} {what}, more than the {limit} allowed")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The cap.
        limit: u64,
        /// The number found.
        found: u64,
    },
    /// Shift out of range.
    #[error("shift {found} is not within 1..={limit}, the range for this form")]
    Shift {
        /// Largest shift of the form.
        limit: u32,
        /// The shift found.
        found: u32,
    },
    /// A layer is malformed.
    #[error("layer {index} ('{name}'): {problem}")]
    Layer {
        /// Index of the layer.
        index: usize,
        /// Name of the layer.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// The last two layers are not a match neuron and its miss neuron.
    #[error("the last two layers must be one match neuron and one miss neuron: {problem}")]
    Decision {
        /// What is wrong.
        problem: &'static str,
    },
    /// A neuron may leave the range that the circuit holds.
    #[error(transparent)]
    Bounds(#[from] BoundsError),
}
