//! Sample pictures from a folder, for calibration and for comparison.

use super::error::ImportError;
use candor_core::item::{CanonicalVector, Form, image_vector};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// A picture with its name and, when its folder says so, its class.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Path below the samples' folder.
    pub name: String,
    /// The picture in the classifier's form.
    pub vector: CanonicalVector,
    /// The folder it lies in, where that is a label.
    pub label: Option<String>,
}

/// Most pictures read from one folder.
pub const MAX_SAMPLES: usize = 20_000;

/// Reads every picture below a folder, in order of path. Files that are no pictures are left out and counted.
///
/// A picture's label is the name of its folder below `folder`: `shoes/1.png` is labelled `shoes`.
pub fn read_samples(folder: &Path, form: Form) -> Result<(Vec<Sample>, usize), ImportError> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|e| ImportError::Io {
            path: e.path().unwrap_or(folder).to_owned(),
            source: e.into(),
        })?;
        if entry.file_type().is_file() {
            paths.push(entry.into_path());
        }
    }
    if paths.len() > MAX_SAMPLES {
        return Err(ImportError::TooLarge {
            what: "sample pictures",
            limit: MAX_SAMPLES as u64,
            found: paths.len() as u64,
        });
    }
    let read: Vec<Option<Sample>> = paths
        .par_iter()
        .map(|path| {
            let bytes = std::fs::read(path).map_err(|source| ImportError::Io {
                path: path.clone(),
                source,
            })?;
            let Ok(vector) = image_vector(form, &bytes) else {
                return Ok(None);
            };
            let relative = path.strip_prefix(folder).unwrap_or(path);
            let mut parts = relative.iter().map(|p| p.to_string_lossy().into_owned());
            let first = parts.next();
            Ok(Some(Sample {
                name: relative.to_string_lossy().into_owned(),
                vector,
                label: first.filter(|_| parts.next().is_some()),
            }))
        })
        .collect::<Result<_, ImportError>>()?;
    let found = read.len();
    let samples: Vec<Sample> = read.into_iter().flatten().collect();
    let skipped = found - samples.len();
    Ok((samples, skipped))
}
