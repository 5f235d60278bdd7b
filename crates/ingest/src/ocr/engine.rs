//! The engine: where it is, which version, which models.

use candor_edge::Surroundings;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

const PROGRAM: &str = "tesseract";

/// Why there is no text recognition.
#[derive(Debug, Error)]
pub enum OcrError {
    /// The program is not there.
    #[error(
        "text recognition needs the program 'tesseract', which is not in the PATH: install it (Debian, Ubuntu: \
         apt install tesseract-ocr; Fedora: dnf install tesseract; macOS: brew install tesseract), or commit \
         without --ocr"
    )]
    Missing,
    /// It does not do what it should.
    #[error("the program {} cannot be used for text recognition: {why}", program.display())]
    Unusable {
        /// The program.
        program: PathBuf,
        /// What it said.
        why: String,
    },
    /// No model for a language.
    #[error(
        "tesseract has no model for the language '{language}'; it has {known}. Install it (Debian, Ubuntu: apt \
         install tesseract-ocr-{language}), or name another with --ocr-language"
    )]
    Language {
        /// The language.
        language: String,
        /// Those it has.
        known: String,
    },
}

/// Tesseract as it is installed here. It travels to the workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Engine {
    pub program: PathBuf,
    /// The folder of the models.
    pub models: PathBuf,
    pub language: String,
    pub version: String,
    /// SHA-256 of the models, in order, shortened.
    pub digest: String,
    /// Whether it can tell which way up a page is.
    pub orientation: bool,
}

impl Engine {
    pub fn find(around: &Surroundings, language: &str) -> Result<Self, OcrError> {
        let path = around.variable("PATH").unwrap_or_default();
        let program = std::env::split_paths(&path)
            .map(|folder| folder.join(PROGRAM))
            .find(|program| program.is_file())
            .ok_or(OcrError::Missing)?;
        Self::at(&program, language)
    }

    /// The engine that `program` is.
    pub fn at(program: &Path, language: &str) -> Result<Self, OcrError> {
        let unusable = |why: &str| OcrError::Unusable {
            program: program.to_owned(),
            why: why.to_owned(),
        };
        let says = |argument: &str| -> Result<String, OcrError> {
            let output = Command::new(program)
                .arg(argument)
                .stdin(Stdio::null())
                .output()
                .map_err(|error| unusable(&error.to_string()))?;
            // Version 3 and 4 say it on standard error.
            let all = [output.stdout, output.stderr].concat();
            Ok(String::from_utf8_lossy(&all).into_owned())
        };
        let version = says("--version")?;
        let version = version
            .lines()
            .find_map(|line| line.strip_prefix("tesseract "))
            .and_then(|version| version.split_whitespace().next())
            .map(|version| version.trim_start_matches('v').to_owned())
            .ok_or_else(|| unusable("it does not state its version"))?;
        let listed = says("--list-langs")?;
        let mut lines = listed.lines();
        let models = lines
            .find_map(|line| line.split_once('"')?.1.split_once('"'))
            .map(|(folder, _)| PathBuf::from(folder))
            .ok_or_else(|| unusable("it does not say where its models are"))?;
        let known: Vec<&str> = lines.map(str::trim).filter(|l| !l.is_empty()).collect();
        let mut hash = Sha256::new();
        for wanted in language.split('+') {
            let model = models.join(format!("{wanted}.traineddata"));
            let plain = wanted
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/'));
            if !plain || wanted.starts_with(['-', '/']) || !known.contains(&wanted) {
                return Err(OcrError::Language {
                    language: wanted.to_owned(),
                    known: known.join(", "),
                });
            }
            let model = std::fs::read(&model)
                .map_err(|error| unusable(&format!("{}: {error}", model.display())))?;
            hash.update(Sha256::digest(&model));
        }
        Ok(Engine {
            program: program.to_owned(),
            models,
            language: language.to_owned(),
            version,
            digest: hex::encode(&hash.finalize()[..8]),
            orientation: known.contains(&"osd"),
        })
    }

    /// Engine and models: "tesseract/5.3.0 candor-ocr-eng/1f2e3d4c5b6a7988".
    pub fn name(&self) -> String {
        format!(
            "tesseract/{} candor-ocr-{}/{}",
            self.version, self.language, self.digest
        )
    }
}
