//! Labelled items as canonical vectors.

use crate::item::{CanonicalVector, Form};
use crate::train::kin::{self, Kin};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The non-zero entries of a vector, scaled to about unit norm: what floating-point training sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Positions of the entries, ascending.
    pub index: Vec<u32>,
    /// Their values.
    pub value: Vec<f64>,
}

/// Divisor from canonical bytes to training values.
pub fn input_scale(form: Form) -> f64 {
    if form.is_text() {
        crate::item::text::SCALE as f64
    } else {
        255.0
    }
}

impl Row {
    /// The row of a vector.
    pub fn of(vector: &CanonicalVector) -> Self {
        let scale = input_scale(vector.form());
        let (mut index, mut value) = (Vec::new(), Vec::new());
        for (i, &x) in vector.bytes().iter().enumerate() {
            if x != 0 {
                index.push(i as u32);
                value.push(f64::from(x) / scale);
            }
        }
        Row { index, value }
    }

    /// Positions and values together.
    pub fn entries(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        let index = self.index.iter().map(|&i| i as usize);
        index.zip(self.value.iter().copied())
    }
}

/// A labelled item.
#[derive(Clone, Debug)]
pub struct Example {
    /// Where it came from.
    pub path: String,
    /// Its label.
    pub positive: bool,
    /// Its vector.
    pub vector: CanonicalVector,
    /// The same for training.
    pub row: Row,
    /// SHA-256 of the vector.
    pub content: [u8; 32],
    /// Media type of the item.
    pub media_type: String,
    /// What relates it to others.
    pub kin: Kin,
}

impl Example {
    /// Prepares an item for training.
    pub fn new(path: String, positive: bool, vector: CanonicalVector) -> Self {
        Example {
            path,
            positive,
            row: Row::of(&vector),
            content: Sha256::digest(vector.bytes()).into(),
            media_type: String::new(),
            kin: Kin::default(),
            vector,
        }
    }
}

/// Labelled items, and how many files could not become one.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    /// The items.
    pub examples: Vec<Example>,
    /// Files without text, by path and reason.
    pub skipped: Vec<(String, String)>,
}

/// A number for each example, equal for those that belong together: the place of the first of them.
pub fn groups<'a>(examples: impl Iterator<Item = &'a Example>) -> Vec<usize> {
    kin::groups(examples.map(|e| (&e.kin, e.content)))
}

impl Dataset {
    /// A number for each item, equal for those that belong together: see [`kin`].
    pub fn groups(&self) -> Vec<usize> {
        groups(self.examples.iter())
    }

    /// Number of items by media type.
    pub fn media_types(&self) -> BTreeMap<&str, usize> {
        let mut types = BTreeMap::new();
        for example in &self.examples {
            *types.entry(example.media_type.as_str()).or_default() += 1;
        }
        types
    }

    /// Number of items with this label.
    pub fn count(&self, positive: bool) -> usize {
        let same = |e: &&Example| e.positive == positive;
        self.examples.iter().filter(same).count()
    }
}
