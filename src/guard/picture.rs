//! Pictures that are the same although their files are not: saved in another format, or a little smaller.

use crate::item::{CanonicalVector, Form};

/// Bits of two fingerprints that may differ.
const MAX_BITS: u32 = 6;
/// Mean difference of a value, of 255, up to which two pictures are nearly the same.
const MAX_DIFFERENCE: u32 = 6;

/// A committed picture with a fingerprint: which of neighbouring areas is brighter ("difference hash").
#[derive(Clone, Debug)]
pub(super) struct Picture {
    vector: CanonicalVector,
    fingerprint: u64,
}

impl Picture {
    /// Of a picture's vector; nothing of a text's.
    pub fn new(vector: &CanonicalVector) -> Option<Self> {
        if vector.form().is_text() {
            return None;
        }
        Some(Picture {
            fingerprint: fingerprint(vector.bytes())?,
            vector: vector.clone(),
        })
    }

    /// The form.
    pub fn form(&self) -> Form {
        self.vector.form()
    }

    /// The mean difference, if the two are the same or nearly.
    pub fn likeness(&self, other: &Picture) -> Option<u32> {
        if self.form() != other.form()
            || (self.fingerprint ^ other.fingerprint).count_ones() > MAX_BITS
        {
            return None;
        }
        let (a, b) = (self.vector.bytes(), other.vector.bytes());
        if a == b {
            return Some(0);
        }
        let sum: u64 = a
            .iter()
            .zip(b)
            .map(|(a, b)| u64::from(a.abs_diff(*b)))
            .sum();
        let mean = sum.div_ceil(a.len() as u64) as u32;
        (mean <= MAX_DIFFERENCE).then_some(mean)
    }
}

/// 9 x 8 areas of the brightness; 64 comparisons of neighbours. Planes of three colours or pixels of three values:
/// for the comparison it only matters that the same is done with both.
fn fingerprint(bytes: &[u8]) -> Option<u64> {
    let pixels = bytes.len() / 3;
    let side = pixels.isqrt();
    if side * side != pixels || side < 9 {
        return None;
    }
    let plane = &bytes[..pixels];
    let area = |row: usize, column: usize| -> u32 {
        let rows = row * side / 8..(row + 1) * side / 8;
        let columns = column * side / 9..(column + 1) * side / 9;
        let count = (rows.len() * columns.len()).max(1) as u32;
        let sum: u32 = rows
            .flat_map(|r| columns.clone().map(move |c| u32::from(plane[r * side + c])))
            .sum();
        sum / count
    };
    let mut out = 0;
    for row in 0..8 {
        for column in 0..8 {
            out = out << 1 | u64::from(area(row, column) > area(row, column + 1));
        }
    }
    Some(out)
}
