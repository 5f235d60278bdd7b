//! `opening.json`: what opens the leaf and the committed vector of an item that is handed over whole.

use crate::record::opening::{Disclosed, Sections, Seed};
use ff::PrimeField;
use pasta_curves::Fp;
use serde::{Deserialize, Serialize};

const FORMAT: &str = "candor-opening-2";
/// Longest opening that is read.
pub const MAX_BYTES: u64 = 64 << 10;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    index: u32,
    facts: String,
    people: String,
    native: String,
    text: String,
    picture: String,
    seed: String,
    blinds: Vec<String>,
}

/// The sections of an item with the seed that opens all but the decoded picture, and the blinds of one form's
/// commitments.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The item.
    pub index: u32,
    /// What opens its leaf.
    pub disclosed: Disclosed,
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
    /// Bytes that are no hash, seed or reduced scalar.
    #[error("field '{0}' is not 32 bytes in hexadecimal, or not a reduced scalar")]
    Bytes(&'static str),
}

impl Opening {
    /// The canonical bytes.
    pub fn to_json(&self) -> Vec<u8> {
        let [facts, people, native, text, picture] = self.disclosed.sections.0.map(hex::encode);
        let file = File {
            format: FORMAT.to_owned(),
            index: self.index,
            facts,
            people,
            native,
            text,
            picture,
            seed: hex::encode(self.disclosed.seed.as_bytes()),
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
        let file: File = crate::input::json(bytes)?;
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
            disclosed: Disclosed {
                sections: Sections([
                    bytes32("facts", &file.facts)?,
                    bytes32("people", &file.people)?,
                    bytes32("native", &file.native)?,
                    bytes32("text", &file.text)?,
                    bytes32("picture", &file.picture)?,
                ]),
                seed: Seed::from_bytes(bytes32("seed", &file.seed)?),
            },
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
            disclosed: Disclosed {
                sections: Sections([[1; 32], [2; 32], [3; 32], [5; 32], [6; 32]]),
                seed: Seed::from_bytes([7; 32]),
            },
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
            text.replace("candor-opening-2", "candor-opening-1"),
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
