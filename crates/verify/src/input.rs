//! Opening files that another party made: [`candor_edge::input`], and classifier files.

pub use candor_edge::input::*;

use crate::classify::{Classifier, ClassifierError};
use crate::sealed::{AnyClassifier, AnyError};
use std::path::Path;

/// More than any classifier file has: `Classifier::from_bytes` knows the exact cap.
const MAX_CLASSIFIER: u64 = 256 << 20;

fn bytes(path: &Path) -> Result<Vec<u8>, ClassifierError> {
    read(path, MAX_CLASSIFIER).map_err(|source| ClassifierError::Io {
        path: path.to_owned(),
        source,
    })
}

fn in_file(path: &Path, source: ClassifierError) -> ClassifierError {
    ClassifierError::File {
        path: path.to_owned(),
        source: Box::new(source),
    }
}

/// A classifier file all of which is public, opened as [`open`] does.
pub fn classifier(path: &Path) -> Result<Classifier, ClassifierError> {
    Classifier::from_bytes(&bytes(path)?).map_err(|source| in_file(path, source))
}

/// A classifier file, public or sealed.
pub fn any_classifier(path: &Path) -> Result<AnyClassifier, AnyError> {
    AnyClassifier::from_bytes(&bytes(path)?).map_err(|error| match error {
        AnyError::Public(source) => in_file(path, source).into(),
        AnyError::Sealed(source) => AnyError::File {
            path: path.to_owned(),
            what: "a valid sealed classifier",
            source: Box::new(source),
        },
        named => named,
    })
}
