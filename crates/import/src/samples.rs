//! Sample pictures from a folder, for calibration and for comparison.

use super::error::ImportError;
use candor_core::item::{CanonicalVector, Form, image_vector};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// What fidelity was measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasuredOn {
    /// The pictures given for it.
    HeldOut,
    /// Every fifth of the sample pictures, kept from calibration.
    PartOfCalibration,
    /// Patterns made here: there were no pictures at all.
    Patterns,
}

impl MeasuredOn {
    /// As people are told.
    pub fn shown(self) -> &'static str {
        match self {
            MeasuredOn::HeldOut => "held-out pictures",
            MeasuredOn::PartOfCalibration => "sample pictures kept from calibration",
            MeasuredOn::Patterns => "made-up patterns (no pictures were given)",
        }
    }
}

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

/// Every how many sample pictures one is kept from calibration, where no others are given.
const KEPT: usize = 5;
/// Patterns that are made where there are no pictures at all.
const PATTERNS: u32 = 48;

/// What to calibrate with and what to compare on.
pub(crate) struct Split<'a> {
    pub calibration: Vec<&'a Sample>,
    pub held_out: Vec<&'a Sample>,
    pub measured_on: MeasuredOn,
}

impl<'a> Split<'a> {
    /// The pictures given, a part of the samples, or patterns, which are made into `made`.
    pub fn new(
        calibration: &'a [Sample],
        held_out: &'a [Sample],
        form: Form,
        made: &'a mut Vec<Sample>,
    ) -> Self {
        let (held_out, measured_on) = if !held_out.is_empty() {
            (held_out, MeasuredOn::HeldOut)
        } else if calibration.len() < KEPT {
            *made = patterns(form);
            (&made[..], MeasuredOn::Patterns)
        } else {
            // The first of every five: a folder's last class is not missed.
            let chosen = |kept: bool| {
                let samples = calibration.iter().enumerate();
                let samples = samples.filter(move |(i, _)| (i % KEPT == 0) == kept);
                samples.map(|(_, sample)| sample).collect()
            };
            return Split {
                calibration: chosen(false),
                held_out: chosen(true),
                measured_on: MeasuredOn::PartOfCalibration,
            };
        };
        Split {
            calibration: calibration.iter().collect(),
            held_out: held_out.iter().collect(),
            measured_on,
        }
    }
}

/// Waves and blocks of several sizes and contrasts, always the same.
fn patterns(form: Form) -> Vec<Sample> {
    let [channels, height, width] = form.shape();
    let pattern = |n: u32| {
        let (a, b, c) = (n * 7 + 3, n * 13 + 5, n * 29 + 11);
        let (block, least) = ((height as u32 / 8).max(1) * (1 + n % 3), n * 37 % 200);
        let contrast = (255 - least) * (1 + n % 4) / 4;
        let mut bytes = Vec::with_capacity(channels * height * width);
        for channel in 0..channels as u32 {
            for y in 0..height as u32 {
                for x in 0..width as u32 {
                    let wave = (x * a / 3 + y * b / 4 + channel * c) % 256;
                    let square = (x / block * 61 + y / block * 97 + channel * 43 + n * 31) % 256;
                    bytes.push((least + (wave + 2 * square) * contrast / 765) as u8);
                }
            }
        }
        bytes
    };
    (0..PATTERNS)
        .filter_map(|n| {
            Some(Sample {
                name: format!("pattern {n}"),
                vector: CanonicalVector::new(form, pattern(n)).ok()?,
                label: None,
            })
        })
        .collect()
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
