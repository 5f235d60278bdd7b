//! The classifier file (`.clf`): one file, self-contained, canonical, named by its SHA-256.
//!
//! ```text
//! "candor-clf-1\n"                  13 bytes
//! length of the header              u32, little-endian
//! header                            JSON, keys sorted, no white space, UTF-8 unescaped
//! per layer, in order:
//!     per term, in order: weights   little-endian i16 or i32, as the header says
//!     biases                        little-endian i64, one per output channel
//! ```
//!
//! ```json
//! {"author":"","decision":{"rule":"logit >= 0","score_unit":1000},"description":"","evaluations":[],
//!  "facts":{},"form":"text/hash4080-v1","labels":{"match":"spam","other":"other"},
//!  "layers":[{"name":"match","out":[1,1,1],"terms":[{"input":"input","op":"dense","weights":"i16",
//!  "zero_point":0}]},{"name":"miss","out":[1,1,1],"terms":[{"input":{"layer":0},"op":"dense",
//!  "weights":"i16","zero_point":0}]}],"name":"spam","shift":11}
//! ```
//!
//! A convolution's `op` is `{"conv":{"groups":1,"kernel":[3,3],"pad":[1,1,1,1],"stride":[1,1]}}`.
//!
//! There is exactly one encoding of a classifier: weights are `i16` whenever all of them fit, the header
//! must equal its own re-serialisation, and nothing may follow the last bias.

use crate::classify::card::{Card, CardError, is_layer_name};
use crate::classify::network::{Layer, Network, NetworkError, TensorRef, Term};
use crate::classify::{Verdict, evaluate};
use crate::item::{CanonicalVector, Form};
use crate::magic;
use header::{Header, HeaderError, LayerHeader, TermHeader, Width};
use sha2::{Digest, Sha256};
use std::path::PathBuf;

pub(crate) mod header;

pub use crate::magic::CLASSIFIER as MAGIC;
/// Longest header.
pub const MAX_HEADER: usize = 4 << 20;
/// Longest file.
pub const MAX_FILE: u64 = 128 << 20;

/// Why bytes are not a classifier.
#[derive(Debug, thiserror::Error)]
pub enum ClassifierError {
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// A named file is malformed.
    #[error("{} is not a valid classifier file", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<ClassifierError>,
    },
    /// A sealed classifier where its weights are needed.
    #[error(
        "it is a sealed classifier, whose weights are a secret of its owner, and they are needed here: only the \
         classifier before sealing will do"
    )]
    IsSealed,
    /// The secret part of a seal where a classifier belongs.
    #[error(
        "it is the secret part of a sealed classifier, which only its owner should have: name the classifier here"
    )]
    IsSecretPart,
    /// The first bytes are wrong.
    #[error(
        "it does not begin with 'candor-clf-1'; a classifier file is made by 'candor classifier train'"
    )]
    Magic,
    /// Longer than any classifier.
    #[error("{what} has {found} bytes, more than the {limit} allowed")]
    TooLarge {
        /// Header or file.
        what: &'static str,
        /// The cap.
        limit: u64,
        /// The size found.
        found: u64,
    },
    /// The file ends early.
    #[error("the file ends within {0}")]
    Truncated(String),
    /// Bytes follow the last bias.
    #[error("{0} bytes follow the end of the classifier")]
    Trailing(usize),
    /// The header is not the expected JSON.
    #[error("header: {0}")]
    Header(String),
    /// The content could be written in another, canonical way.
    #[error("the encoding is not canonical: {0}")]
    NonCanonical(String),
    /// A text is unacceptable.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The network is unacceptable.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

impl From<HeaderError> for ClassifierError {
    fn from(error: HeaderError) -> Self {
        match error {
            HeaderError::Json(why) => ClassifierError::Header(why),
            HeaderError::NonCanonical(how) => ClassifierError::NonCanonical(how.to_owned()),
        }
    }
}

/// A classifier: a checked network and what it says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classifier {
    card: Card,
    network: Network,
    hash: [u8; 32],
}

impl Classifier {
    /// Assembles a classifier; refuses texts that a file may not hold.
    pub fn new(card: Card, network: Network) -> Result<Self, ClassifierError> {
        card.check()?;
        let mut classifier = Classifier {
            card,
            network,
            hash: [0; 32],
        };
        classifier.hash = Sha256::digest(classifier.to_bytes()).into();
        Ok(classifier)
    }

    /// Parses a file's bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ClassifierError> {
        too_large("the file", bytes.len() as u64, MAX_FILE)?;
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| {
            if bytes.starts_with(magic::SEALED) {
                ClassifierError::IsSealed
            } else if bytes.starts_with(magic::SEAL_SECRET) {
                ClassifierError::IsSecretPart
            } else {
                ClassifierError::Magic
            }
        })?;
        let mut reader = Reader { rest };
        let length = u32::from_le_bytes(reader.array("the header's length")?) as usize;
        too_large("the header", length as u64, MAX_HEADER as u64)?;
        let json = reader.take(length, || "the header".to_owned())?;
        let header: Header = header::from_json(json)?;
        let layers = read_layers(&header, &mut reader)?;
        if !reader.rest.is_empty() {
            return Err(ClassifierError::Trailing(reader.rest.len()));
        }
        let network = Network::new(header.form, header.shift, layers)?;
        let card = Card {
            name: header.name,
            description: header.description,
            author: header.author,
            labels: header.labels,
            decision: header.decision,
            evaluations: header.evaluations,
            facts: header.facts,
        };
        card.check()?;
        Ok(Classifier {
            card,
            network,
            hash: Sha256::digest(bytes).into(),
        })
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = header::beginning(MAGIC, &self.header());
        for layer in self.network.layers() {
            for term in &layer.terms {
                let weights = term.op.weights();
                match Width::of(weights) {
                    Width::I16 => {
                        bytes.extend(weights.iter().flat_map(|&w| (w as i16).to_le_bytes()))
                    }
                    Width::I32 => bytes.extend(weights.iter().flat_map(|w| w.to_le_bytes())),
                }
            }
            bytes.extend(layer.bias.iter().flat_map(|b| b.to_le_bytes()));
        }
        bytes
    }

    /// SHA-256 of the file: the classifier's identity.
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// What it says about itself.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// Its short name.
    pub fn name(&self) -> &str {
        &self.card.name
    }

    /// The form it reads.
    pub fn form(&self) -> Form {
        self.network.form()
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Overwrites the weights and biases, for those whose weights are a secret. It is no classifier any more.
    #[cfg(feature = "prove")]
    pub(crate) fn wipe(&mut self) {
        self.network.wipe();
    }

    /// Runs it on an item; see [`evaluate()`](crate::classify::evaluate()).
    pub fn evaluate(&self, x: &CanonicalVector) -> Verdict {
        evaluate(&self.network, x)
    }

    fn header(&self) -> Header {
        let layer_header = |layer: &Layer| LayerHeader {
            name: layer.name.clone(),
            out: layer.out,
            terms: layer.terms.iter().map(TermHeader::of).collect(),
        };
        Header {
            author: self.card.author.clone(),
            decision: self.card.decision.clone(),
            description: self.card.description.clone(),
            evaluations: self.card.evaluations.clone(),
            facts: self.card.facts.clone(),
            form: self.network.form(),
            labels: self.card.labels.clone(),
            layers: self.network.layers().iter().map(layer_header).collect(),
            name: self.card.name.clone(),
            shift: self.network.shift(),
        }
    }
}

fn too_large(what: &'static str, found: u64, limit: u64) -> Result<(), ClassifierError> {
    if found > limit {
        return Err(ClassifierError::TooLarge { what, limit, found });
    }
    Ok(())
}

/// Reads all tensors. Nothing is allocated that the file does not hold.
fn read_layers(header: &Header, reader: &mut Reader) -> Result<Vec<Layer>, ClassifierError> {
    let mut layers: Vec<Layer> = Vec::new();
    for (index, layer) in header.layers.iter().enumerate() {
        let fail = |problem: &str| NetworkError::Layer {
            index,
            name: layer.name.clone(),
            problem: problem.to_owned(),
        };
        if !is_layer_name(&layer.name) {
            return Err(ClassifierError::Header(format!(
                "the name of layer {index} is too long or holds control characters"
            )));
        }
        let mut terms = Vec::new();
        for term in &layer.terms {
            let input = match term.input() {
                TensorRef::Input => header.form.shape(),
                TensorRef::Layer(from) => match layers.get(from) {
                    Some(layer) => layer.out,
                    None => return Err(fail("it reads a layer that is not before it").into()),
                },
            };
            let count = term
                .weight_count(input, layer.out)
                .ok_or_else(|| fail("its shape is impossible"))?;
            let what = || format!("the weights of layer {index} ('{}')", layer.name);
            let weights: Vec<i32> = match term.weights {
                Width::I16 => reader
                    .tensor::<2>(count, what)?
                    .map(|b| i32::from(i16::from_le_bytes(b)))
                    .collect(),
                Width::I32 => reader
                    .tensor::<4>(count, what)?
                    .map(i32::from_le_bytes)
                    .collect(),
            };
            if Width::of(&weights) != term.weights {
                return Err(ClassifierError::NonCanonical(format!(
                    "{} fit into i16",
                    what()
                )));
            }
            terms.push(Term {
                input: term.input(),
                op: term.operator(weights),
                zero_point: term.zero_point,
            });
        }
        let what = || format!("the biases of layer {index} ('{}')", layer.name);
        let bias = reader.tensor::<8>(layer.out[0], what)?;
        layers.push(Layer {
            name: layer.name.clone(),
            out: layer.out,
            terms,
            bias: bias.map(i64::from_le_bytes).collect(),
        });
    }
    Ok(layers)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(
        &mut self,
        count: usize,
        what: impl Fn() -> String,
    ) -> Result<&'a [u8], ClassifierError> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return Err(ClassifierError::Truncated(what()));
        };
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], ClassifierError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, || what.to_owned())?);
        Ok(array)
    }

    fn tensor<const N: usize>(
        &mut self,
        count: usize,
        what: impl Fn() -> String,
    ) -> Result<impl Iterator<Item = [u8; N]> + 'a, ClassifierError> {
        let Some(length) = count.checked_mul(N) else {
            return Err(ClassifierError::Truncated(what()));
        };
        let bytes = self.take(length, what)?;
        Ok(bytes.as_chunks::<N>().0.iter().copied())
    }
}

#[cfg(test)]
mod tests;
