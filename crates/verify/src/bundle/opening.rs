//! `opening.json`: what opens the leaf and the committed vector of a produced item.

use crate::record::digest::Salt;
use ff::PrimeField;
use pasta_curves::Fp;
use serde::{Deserialize, Serialize};

const FORMAT: &str = "candor-opening-1";
/// Longest opening that is read.
pub const MAX_BYTES: u64 = 64 << 10;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    index: u32,
    native_salt: String,
    text_salt: String,
    meta_salt: String,
    blinds: Vec<String>,
}

/// The salts of a leaf's digests and the blinds of one form's commitments.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The item.
    pub index: u32,
    /// Salt of the native bytes.
    pub native: Salt,
    /// Salt of the text.
    pub text: Salt,
    /// Salt of the metadata.
    pub meta: Salt,
    /// One per strip of the form; none for an item without a vector of that form.
    pub blinds: Vec<Fp>,
}

/// Why an opening is refused.
#[derive(Debug, thiserror::Error)]
pub enum OpeningError {
    /// Not the expected JSON.
    #[error("it is not an opening: {0}")]
    Json(#[from] serde_json::Error),
    /// Another format.
    #[error("it has format '{0}'; this version of candor reads '{FORMAT}'")]
    Format(String),
    /// Not written the one way candor writes it.
    #[error("it is not in canonical form")]
    NotCanonical,
    /// Bytes that are no salt or no reduced scalar.
    #[error("field '{0}' is not 32 bytes in hexadecimal, or not a reduced scalar")]
    Bytes(&'static str),
}

impl Opening {
    /// The canonical bytes.
    pub fn to_json(&self) -> Vec<u8> {
        let file = File {
            format: FORMAT.to_owned(),
            index: self.index,
            native_salt: hex::encode(self.native.as_bytes()),
            text_salt: hex::encode(self.text.as_bytes()),
            meta_salt: hex::encode(self.meta.as_bytes()),
            blinds: self
                .blinds
                .iter()
                .map(|b| hex::encode(b.to_repr()))
                .collect(),
        };
        let mut json = serde_json::to_vec_pretty(&file).expect("strings always serialise");
        json.push(b'\n');
        json
    }

    /// Parses canonical bytes.
    pub fn from_json(bytes: &[u8]) -> Result<Self, OpeningError> {
        let file: File = serde_json::from_slice(bytes)?;
        if file.format != FORMAT {
            return Err(OpeningError::Format(file.format));
        }
        let bytes32 = |name: &'static str, text: &str| -> Result<[u8; 32], OpeningError> {
            let mut out = [0; 32];
            hex::decode_to_slice(text, &mut out).map_err(|_| OpeningError::Bytes(name))?;
            Ok(out)
        };
        let opening = Opening {
            index: file.index,
            native: Salt::from_bytes(bytes32("native_salt", &file.native_salt)?),
            text: Salt::from_bytes(bytes32("text_salt", &file.text_salt)?),
            meta: Salt::from_bytes(bytes32("meta_salt", &file.meta_salt)?),
            blinds: file
                .blinds
                .iter()
                .map(|b| {
                    Option::from(Fp::from_repr(bytes32("blinds", b)?))
                        .ok_or(OpeningError::Bytes("blinds"))
                })
                .collect::<Result<_, _>>()?,
        };
        if opening.to_json() != bytes {
            return Err(OpeningError::NotCanonical);
        }
        Ok(opening)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening() -> Opening {
        Opening {
            index: 3,
            native: Salt::from_bytes([1; 32]),
            text: Salt::from_bytes([2; 32]),
            meta: Salt::from_bytes([3; 32]),
            blinds: vec![Fp::from(4)],
        }
    }

    #[test]
    fn openings_round_trip_and_other_spellings_are_refused() {
        let json = opening().to_json();
        assert_eq!(Opening::from_json(&json).unwrap().to_json(), json);
        let text = String::from_utf8(json).unwrap();
        for other in [
            text.replace("0101", "01 1"),
            text.replace("\"index\": 3", "\"index\":3"),
            text.replace("candor-opening-1", "candor-opening-2"),
            text.replace("\"index\"", "\"extra\": 1, \"index\""),
            text.replacen("04", "FF", 1),
            format!("{text} "),
        ] {
            assert!(Opening::from_json(other.as_bytes()).is_err(), "{other}");
        }
        // A scalar that is not reduced.
        let big = text.replace(&hex::encode(Fp::from(4).to_repr()), &"ff".repeat(32));
        assert!(matches!(
            Opening::from_json(big.as_bytes()),
            Err(OpeningError::Bytes("blinds"))
        ));
    }
}
