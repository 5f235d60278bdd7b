//! Labelled items as canonical vectors.

use crate::item::{CanonicalVector, Form};
use sha2::{Digest, Sha256};

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
    /// SHA-256 of the vector: equal items fall on the same side of every split.
    pub group: [u8; 32],
}

impl Example {
    /// Prepares an item for training.
    pub fn new(path: String, positive: bool, vector: CanonicalVector) -> Self {
        Example {
            path,
            positive,
            row: Row::of(&vector),
            group: Sha256::digest(vector.bytes()).into(),
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

impl Dataset {
    /// Number of items with this label.
    pub fn count(&self, positive: bool) -> usize {
        let same = |e: &&Example| e.positive == positive;
        self.examples.iter().filter(same).count()
    }
}
