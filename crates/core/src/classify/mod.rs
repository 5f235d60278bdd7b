//! Integer networks: what a classifier computes, exactly, and how it is written to a file.
//!
//! This module is the reference semantics. The circuit proves the same integers; it knows nothing of floats.

pub mod bounds;
pub mod card;
pub mod clearness;
mod error;
pub mod evaluate;
pub mod file;
pub mod layer;
#[cfg(any(test, feature = "prove"))]
#[doc(hidden)]
pub mod naive;
pub mod network;
pub mod plan;
#[cfg(test)]
pub(crate) mod testing;

pub use bounds::{LayerBounds, Range};
pub use card::{Card, Decision, Evaluation, Labels};
pub use evaluate::{Trace, Verdict, evaluate, trace};
pub use file::{Classifier, ClassifierError};
pub use network::{Layer, Linear, Network, NetworkError, Op, TensorRef, Term};
pub use plan::{Plan, PlanLayer, PlanTerm};
