//! The zero-knowledge proof that a batch of committed items gets the stated verdicts from a public
//! integer network.
//!
//! # Statement
//! For a public [`Network`](crate::classify::Network) with weights `W`, biases `b` and shift `t`, public
//! Pedersen commitments `C_e` and public bits `miss_e`: the prover knows the vectors `x_e` inside the
//! `C_e`, and for every item `e` and neuron `i` integers with
//!
//! ```text
//! Z_{e,i} = b_i + sum_j W_{ij} y_{e,j}          y_e = (x_e, A_e)
//! Z_{e,i} = 2^t Q_{e,i} + R_{e,i}               0 <= R < 2^t, |Q| <= q_max
//! A_{e,i} = clamp(Q_{e,i}, 0, 255)
//! A_{e,N-1} = miss_e
//! ```
//!
//! # Construction
//! Rows are neurons, lanes are items ([`shape`]). The non-linear lines are a logarithmic-derivative
//! lookup ([`logup`]); all linear lines of all layers of all items, and the verdicts, are **one** identity
//! at a random point ([`linear`]); inputs enter that identity only through one random linear combination
//! of all items, which the verifier forms itself from the corpus commitments ([`link`]). Weights never
//! enter the circuit: the verifier evaluates them at a random point in time linear in their number
//! ([`forms`]).
//!
//! Challenges come from outside halo2 ([`challenge`]): a halo2 proof starts with the advice commitments in
//! column order, so hashing a prefix of the proof gives a challenge that depends on exactly those columns.
//!
//! | stage | columns | then drawn |
//! |---|---|---|
//! | 0 | `q, r, a` per pair; multiplicities | beta1, beta2, alpha, rho, theta |
//! | 1 | `c` per fold and strip; `X` per strip; (`w`) | tau, (kappa) |
//! | 2 | (`g`) | (eta) |
//! | 3 | constants, `h`, table helpers, `S`, `acc`, `accT`, [`accW`, `accG`] | halo2's own |
//!
//! What stands in brackets is there when the weights are a secret ([`sealed`]): then they are committed, and what they
//! are multiplied with is checked instead of them.

mod batch;
pub mod challenge;
pub mod columns;
mod config;
mod error;
mod fixed;
pub mod forms;
pub mod linear;
pub mod link;
pub mod logup;
mod model;
pub mod powers;
#[cfg(feature = "prove")]
pub mod prover;
mod public;
pub mod sealed;
pub mod shape;
pub mod statement;
pub mod verifier;

#[cfg(test)]
mod forge_tests;
#[cfg(test)]
mod forgeries;
#[cfg(test)]
mod pins;
#[cfg(test)]
mod sealed_tests;
#[cfg(test)]
pub(crate) mod testing;

pub use error::CircuitError;
pub use model::Model;
#[cfg(feature = "prove")]
pub use prover::{BatchInput, Known, prove_batch};
pub use shape::Shape;
pub use statement::{Statement, StatementItem};
pub use verifier::{BatchVerifier, VerifyError};
