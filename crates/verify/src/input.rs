//! Opening files that another party made: [`candor_edge::input`], and classifier files.

pub use candor_edge::input::*;

use std::path::Path;

/// More than any classifier file has: `Classifier::from_bytes` knows the exact cap.
const MAX_CLASSIFIER: u64 = 256 << 20;

/// A classifier file, opened as [`open`] does.
pub fn classifier(
    path: &Path,
) -> Result<crate::classify::Classifier, crate::classify::ClassifierError> {
    use crate::classify::{Classifier, ClassifierError};
    let bytes = read(path, MAX_CLASSIFIER).map_err(|source| ClassifierError::Io {
        path: path.to_owned(),
        source,
    })?;
    Classifier::from_bytes(&bytes).map_err(|source| ClassifierError::File {
        path: path.to_owned(),
        source: Box::new(source),
    })
}
