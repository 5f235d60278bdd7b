//! The network that a proof is about, as its verifier knows it.

use crate::classify::Network;
use crate::item::Form;
use crate::sealed::SealedClassifier;

use super::error::CircuitError;
use super::shape::Shape;

/// A network whose weights are known, or one of which they are sealed.
#[derive(Clone, Copy, Debug)]
pub enum Model<'m> {
    /// All of it is public.
    Public(&'m Network),
    /// Its weights are a secret.
    Sealed(&'m SealedClassifier),
}

impl<'m> From<&'m Network> for Model<'m> {
    fn from(network: &'m Network) -> Self {
        Model::Public(network)
    }
}

impl<'m> From<&'m SealedClassifier> for Model<'m> {
    fn from(sealed: &'m SealedClassifier) -> Self {
        Model::Sealed(sealed)
    }
}

impl Model<'_> {
    /// The form it reads.
    pub fn form(&self) -> Form {
        match self {
            Model::Public(network) => network.form(),
            Model::Sealed(sealed) => sealed.form(),
        }
    }

    /// Number of activations that are stated of an item beside its verdict.
    pub fn outputs(&self) -> usize {
        match self {
            Model::Public(_) => 0,
            Model::Sealed(sealed) => sealed.plan().disclosed_neurons().count(),
        }
    }

    /// The circuit that proves `lanes` lanes of it.
    pub fn shape(&self, lanes: usize) -> Result<Shape, CircuitError> {
        match self {
            Model::Public(network) => Shape::for_network(network, lanes),
            Model::Sealed(sealed) => Shape::for_plan(sealed.plan(), lanes),
        }
    }
}
