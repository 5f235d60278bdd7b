//! Sealed classifiers: a network whose architecture is public and whose numbers are a secret, but fixed.
//!
//! | part | holds | who has it |
//! |---|---|---|
//! | [`SealedClassifier`] | form, shift, shapes, operators, zero points, decision, labels, and one Pedersen commitment for every strip of the parameters | everybody; its name is the SHA-256 of its file |
//! | [`Opening`] | the classifier, and the blinding factors | its owner |
//!
//! The parameters (weights and biases of all layers but the miss layer, in the order of [`Plan`]) are cut into strips of
//! [`Form::strip_rows`](crate::item::Form::strip_rows) numbers, each committed at the rows of a column:
//!
//! ```text
//! Sealed_s = sum_i w_(T s + i) L_i + r_s W          S_w = ceil(K / T) points
//! ```
//!
//! They hide the numbers perfectly and bind their owner to them (discrete logarithms on Vesta); nothing is rounded, and
//! the number of parameters is all they say. Which verdicts they give is proved in [`circuit`](crate::circuit).

mod any;
mod file;
#[cfg(feature = "prove")]
mod opening;
#[cfg(test)]
mod tests;

#[cfg(feature = "prove")]
pub use any::Held;
pub use any::{AnyClassifier, AnyError, Published};
pub use file::{MAGIC, MAX_FILE, SECRET_MAGIC, SealError, SealedClassifier};
#[cfg(feature = "prove")]
pub use opening::{Opening, seal};

#[cfg(doc)]
use crate::classify::Plan;
