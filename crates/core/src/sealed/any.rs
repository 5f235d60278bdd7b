//! Classifiers that are public and such that are sealed, wherever either will do.
//!
//! | who | has | as |
//! |---|---|---|
//! | whoever verifies | the file that everybody has | [`Published`] |
//! | whoever runs it over documents | its numbers | [`Held`] |
//! | whoever reads a file | one or the other | [`AnyClassifier`] |
//!
//! What takes [`Published`] cannot look at secret weights, and what takes [`Held`] cannot lack them: the compiler sees
//! to both.

use super::file::{self, SealError, SealedClassifier};
#[cfg(feature = "prove")]
use super::opening::Opening;
#[cfg(feature = "prove")]
use crate::circuit::Known;
use crate::circuit::{CircuitError, Model, Shape};
#[cfg(feature = "prove")]
use crate::classify::Network;
use crate::classify::{Card, Classifier, ClassifierError, Verdict, evaluate};
use crate::item::{CanonicalVector, Form};
#[cfg(feature = "prove")]
use std::path::Path;
use std::path::PathBuf;

/// A classifier as everybody knows it.
#[derive(Clone, Copy, Debug)]
pub enum Published<'c> {
    /// All of it is public.
    Whole(&'c Classifier),
    /// Its weights are a secret.
    Sealed(&'c SealedClassifier),
}

impl<'c> From<&'c Classifier> for Published<'c> {
    fn from(classifier: &'c Classifier) -> Self {
        Published::Whole(classifier)
    }
}

impl<'c> From<&'c SealedClassifier> for Published<'c> {
    fn from(sealed: &'c SealedClassifier) -> Self {
        Published::Sealed(sealed)
    }
}

impl<'c> From<&'c AnyClassifier> for Published<'c> {
    fn from(any: &'c AnyClassifier) -> Self {
        any.published()
    }
}

impl<'c> Published<'c> {
    /// SHA-256 of the file that everybody has: its name.
    pub fn hash(self) -> [u8; 32] {
        match self {
            Published::Whole(classifier) => classifier.hash(),
            Published::Sealed(sealed) => sealed.hash(),
        }
    }

    /// What it says about itself.
    pub fn card(self) -> &'c Card {
        match self {
            Published::Whole(classifier) => classifier.card(),
            Published::Sealed(sealed) => sealed.card(),
        }
    }

    /// Its short name.
    pub fn name(self) -> &'c str {
        &self.card().name
    }

    /// The form it reads.
    pub fn form(self) -> Form {
        self.model().form()
    }

    /// The bytes of the file that everybody has.
    pub fn to_bytes(self) -> Vec<u8> {
        match self {
            Published::Whole(classifier) => classifier.to_bytes(),
            Published::Sealed(sealed) => sealed.to_bytes(),
        }
    }

    /// What proofs are about.
    pub fn model(self) -> Model<'c> {
        match self {
            Published::Whole(classifier) => Model::Public(classifier.network()),
            Published::Sealed(sealed) => Model::Sealed(sealed),
        }
    }

    /// The circuit that proves `lanes` lanes of it.
    pub fn shape(self, lanes: usize) -> Result<Shape, CircuitError> {
        self.model().shape(lanes)
    }

    /// The sealed file, if it is one.
    pub fn sealed(self) -> Option<&'c SealedClassifier> {
        match self {
            Published::Whole(_) => None,
            Published::Sealed(sealed) => Some(sealed),
        }
    }

    /// The classifier, if all of it is public.
    pub fn whole(self) -> Option<&'c Classifier> {
        match self {
            Published::Whole(classifier) => Some(classifier),
            Published::Sealed(_) => None,
        }
    }

    /// Its verdict about a vector; nothing where that takes a secret.
    pub fn evaluate(self, x: &CanonicalVector) -> Option<Verdict> {
        Some(evaluate(self.whole()?.network(), x))
    }
}

/// A classifier as whoever runs it has it: with all its numbers.
#[cfg(feature = "prove")]
#[derive(Clone, Copy, Debug)]
pub enum Held<'c> {
    /// Everybody has them.
    Public(&'c Classifier),
    /// Its owner has them.
    Sealed(&'c Opening),
}

#[cfg(feature = "prove")]
impl<'c> From<&'c Classifier> for Held<'c> {
    fn from(classifier: &'c Classifier) -> Self {
        Held::Public(classifier)
    }
}

#[cfg(feature = "prove")]
impl<'c> From<&'c Opening> for Held<'c> {
    fn from(opening: &'c Opening) -> Self {
        Held::Sealed(opening)
    }
}

#[cfg(feature = "prove")]
impl<'c> From<Held<'c>> for Published<'c> {
    fn from(held: Held<'c>) -> Self {
        held.published()
    }
}

#[cfg(feature = "prove")]
impl<'c> Held<'c> {
    /// What everybody knows of it.
    pub fn published(self) -> Published<'c> {
        match self {
            Held::Public(classifier) => Published::Whole(classifier),
            Held::Sealed(opening) => Published::Sealed(opening.sealed()),
        }
    }

    /// SHA-256 of the file that everybody has: its name.
    pub fn hash(self) -> [u8; 32] {
        self.published().hash()
    }

    /// Its short name, as everybody knows it.
    pub fn name(self) -> &'c str {
        self.published().name()
    }

    /// The form it reads.
    pub fn form(self) -> Form {
        self.published().form()
    }

    /// The classifier: of a sealed one, as it was before, with a card that nobody else knows.
    pub fn classifier(self) -> &'c Classifier {
        match self {
            Held::Public(classifier) => classifier,
            Held::Sealed(opening) => opening.classifier(),
        }
    }

    /// The network.
    pub fn network(self) -> &'c Network {
        self.classifier().network()
    }

    /// What a prover has to know.
    pub fn known(self) -> Known<'c> {
        match self {
            Held::Public(classifier) => Known::Public(classifier.network()),
            Held::Sealed(opening) => Known::Sealed(opening),
        }
    }

    /// Its verdict about a vector.
    pub fn evaluate(self, x: &CanonicalVector) -> Verdict {
        evaluate(self.network(), x)
    }
}

/// What a classifier's file holds; of a sealed one, with its secret part or without.
#[derive(Debug)]
pub enum AnyClassifier {
    /// All of it is public.
    Public(Classifier),
    /// Sealed, and its weights are not known here.
    Sealed(SealedClassifier),
    /// Sealed, and opened with its secret part.
    #[cfg(feature = "prove")]
    Opened(Box<Opening>),
}

impl AnyClassifier {
    /// Whether bytes are those of a sealed file, by their beginning.
    pub fn looks_sealed(bytes: &[u8]) -> bool {
        bytes.starts_with(file::MAGIC)
    }

    /// Parses a file's bytes: a sealed one or a public one, as it begins.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AnyError> {
        if Self::looks_sealed(bytes) {
            return Ok(AnyClassifier::Sealed(SealedClassifier::from_bytes(bytes)?));
        }
        Ok(AnyClassifier::Public(Classifier::from_bytes(bytes)?))
    }

    /// Opens a sealed classifier with its secret part.
    #[cfg(feature = "prove")]
    pub fn open(self, secret: &[u8]) -> Result<Self, SealError> {
        let sealed = match self {
            AnyClassifier::Public(_) => return Err(SealError::NotSealed),
            AnyClassifier::Sealed(sealed) => sealed,
            AnyClassifier::Opened(opening) => opening.sealed().clone(),
        };
        let opening = Opening::from_bytes(sealed, secret)?;
        Ok(AnyClassifier::Opened(Box::new(opening)))
    }

    /// What everybody knows of it.
    pub fn published(&self) -> Published<'_> {
        match self {
            AnyClassifier::Public(classifier) => Published::Whole(classifier),
            AnyClassifier::Sealed(sealed) => Published::Sealed(sealed),
            #[cfg(feature = "prove")]
            AnyClassifier::Opened(opening) => Published::Sealed(opening.sealed()),
        }
    }

    /// The same with its numbers, if they are known here.
    #[cfg(feature = "prove")]
    pub fn held(&self) -> Option<Held<'_>> {
        match self {
            AnyClassifier::Public(classifier) => Some(Held::Public(classifier)),
            AnyClassifier::Sealed(_) => None,
            AnyClassifier::Opened(opening) => Some(Held::Sealed(opening)),
        }
    }

    /// As [`AnyClassifier::held`]; without the numbers, the error names the file they are missing from.
    #[cfg(feature = "prove")]
    pub fn held_of(&self, path: &Path) -> Result<Held<'_>, AnyError> {
        self.held().ok_or_else(|| AnyError::NeedsSecret {
            path: path.to_owned(),
        })
    }

    /// SHA-256 of the file that everybody has: its name.
    pub fn hash(&self) -> [u8; 32] {
        self.published().hash()
    }

    /// Its short name, as everybody knows it.
    pub fn name(&self) -> &str {
        self.published().name()
    }

    /// The form it reads.
    pub fn form(&self) -> Form {
        self.published().form()
    }

    /// Whether it is sealed.
    pub fn is_sealed(&self) -> bool {
        self.published().sealed().is_some()
    }
}

/// Why there is no classifier, or none with its numbers.
#[derive(Debug, thiserror::Error)]
pub enum AnyError {
    /// What begins as a sealed file is none.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// What does not is no public one.
    #[error(transparent)]
    Public(#[from] ClassifierError),
    /// A named file is no sealed classifier, or not its secret part.
    #[error("{} is not {what}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        source: Box<SealError>,
    },
    /// A sealed classifier without its secret part.
    #[error(
        "{} is a sealed classifier: what is done here needs its weights, so name the secret part of the seal as well \
         (--secret FILE)",
        path.display()
    )]
    NeedsSecret {
        /// The sealed file.
        path: PathBuf,
    },
}
