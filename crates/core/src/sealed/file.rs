//! The sealed classifier file: public, canonical, named by its SHA-256.
//!
//! ```text
//! "candor-seal-1\n"                 14 bytes
//! length of the header              u32, little-endian
//! header                            JSON, keys sorted, no white space, UTF-8 unescaped
//! one compressed point per strip    32 bytes each, as many as the parameters need
//! ```
//!
//! The header is that of a classifier file without names of layers and widths of weights, and without the miss layer,
//! which is the same for all; and with the layers whose activations are stated with every verdict (`disclosed`),
//! if there are any:
//!
//! ```json
//! {"author":"","decision":{"rule":"logit >= 0","score_unit":1000},"description":"","disclosed":[0],
//!  "evaluations":[],"facts":{},"form":"text/hash4080-v1","labels":{"match":"spam","other":"other"},
//!  "layers":[{"out":[1,1,1],"terms":[{"input":"input","op":"dense","zero_point":0}]}],
//!  "name":"spam","shift":11}
//! ```

use group::GroupEncoding;
use halo2_proofs::pasta::EqAffine;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

use crate::classify::card::{Card, CardError, Decision, Evaluation, Labels};
use crate::classify::file::header::{self, HeaderError, InputHeader, OpHeader};
use crate::classify::network::NetworkError;
use crate::classify::{ClassifierError, Plan, PlanLayer, PlanTerm};
use crate::item::Form;
use crate::params::ParamsError;
use crate::pedersen::PedersenError;
use crate::points::read_point;

pub use crate::magic::{SEAL_SECRET as SECRET_MAGIC, SEALED as MAGIC};

/// Longest header.
const MAX_HEADER: usize = 4 << 20;
/// Longest file: the header, and a point for every strip that the largest network can have.
pub const MAX_FILE: u64 = 8 << 20;

/// Why bytes are no sealed classifier, or not its secret part.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The first bytes are wrong.
    #[error("it does not begin with '{0}', as {1} does")]
    Magic(&'static str, &'static str),
    /// The secret part, where the public file belongs.
    #[error(
        "it is the secret part of a sealed classifier, which only its owner should have: name the sealed file here"
    )]
    SecretPart,
    /// A secret part for a classifier that has none.
    #[error("the classifier given is a public one, to which no secret part belongs")]
    NotSealed,
    /// Longer than it can be.
    #[error("{what} has {found} bytes, more than the {limit} allowed")]
    TooLarge {
        /// What is too long.
        what: &'static str,
        /// The cap.
        limit: u64,
        /// The size found.
        found: u64,
    },
    /// The file ends early.
    #[error("the file ends within {0}")]
    Truncated(&'static str),
    /// Bytes follow the end.
    #[error("{0} bytes follow the end of the file's content")]
    Trailing(usize),
    /// The header is not the expected JSON.
    #[error("header: {0}")]
    Header(String),
    /// The content could be written in another, canonical way.
    #[error("the encoding is not canonical: {0}")]
    NonCanonical(&'static str),
    /// A commitment is not the canonical encoding of a point other than the identity.
    #[error("commitment {0} is no point of the curve, or the identity")]
    Point(usize),
    /// A text is unacceptable.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The architecture is unacceptable.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The classifier inside the secret part is unacceptable.
    #[error("the secret classifier: {0}")]
    Classifier(#[from] ClassifierError),
    /// The secret part names another sealed file.
    #[error(
        "this is the secret part of another seal ({found}); the sealed file given is {expected}"
    )]
    OtherSeal {
        /// Hash of the sealed file given, in hexadecimal.
        expected: String,
        /// The hash that the secret part names.
        found: String,
    },
    /// The secret part names this file, and its numbers or shapes are not those of the file.
    #[error("the secret part does not open the seal: {0}")]
    DoesNotOpen(String),
    /// A blinding factor is not a reduced scalar.
    #[error("blinding factor {0} is not the canonical encoding of a scalar")]
    Blind(usize),
    /// The system's generator of random numbers failed.
    #[cfg(feature = "prove")]
    #[error("the operating system gives no random numbers: {0}")]
    Random(#[from] rand::rngs::SysError),
    /// No commitment could be made.
    #[error(transparent)]
    Pedersen(#[from] PedersenError),
    /// No parameters.
    #[error(transparent)]
    Params(#[from] ParamsError),
}

impl From<HeaderError> for SealError {
    fn from(error: HeaderError) -> Self {
        match error {
            HeaderError::Json(why) => SealError::Header(why),
            HeaderError::NonCanonical(how) => SealError::NonCanonical(how),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealHeader {
    author: String,
    decision: Decision,
    description: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    disclosed: Vec<usize>,
    evaluations: Vec<Evaluation>,
    facts: BTreeMap<String, String>,
    form: Form,
    labels: Labels,
    layers: Vec<SealedLayer>,
    name: String,
    shift: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedLayer {
    out: [usize; 3],
    terms: Vec<SealedTerm>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedTerm {
    input: InputHeader,
    op: OpHeader,
    zero_point: i64,
}

/// What is public of a sealed classifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedClassifier {
    card: Card,
    plan: Plan,
    commitments: Vec<EqAffine>,
    hash: [u8; 32],
}

impl SealedClassifier {
    /// Assembles it; refuses texts that a file may not hold. `commitments` are as many as the plan has strips.
    #[cfg(feature = "prove")]
    pub(super) fn new(
        card: Card,
        plan: Plan,
        commitments: Vec<EqAffine>,
    ) -> Result<Self, SealError> {
        card.check()?;
        assert_eq!(commitments.len(), plan.strips());
        let mut sealed = SealedClassifier {
            card,
            plan,
            commitments,
            hash: [0; 32],
        };
        sealed.hash = Sha256::digest(sealed.to_bytes()).into();
        Ok(sealed)
    }

    /// Parses a file's bytes. Nothing is allocated that the file does not hold.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        if bytes.starts_with(SECRET_MAGIC) {
            return Err(SealError::SecretPart);
        }
        too_large("the file", bytes.len() as u64, MAX_FILE)?;
        let mut rest = bytes
            .strip_prefix(MAGIC)
            .ok_or(SealError::Magic("candor-seal-1", "a sealed classifier"))?;
        let json = take_long(&mut rest, MAX_HEADER as u64, "the header")?;
        let header: SealHeader = header::from_json(json)?;
        let layers = header.layers.iter().map(|layer| PlanLayer {
            out: layer.out,
            terms: layer
                .terms
                .iter()
                .map(|term| PlanTerm {
                    input: term.input.input(),
                    op: term.op.op(),
                    zero_point: term.zero_point,
                })
                .collect(),
        });
        let plan =
            Plan::new(header.form, header.shift, layers.collect())?.disclosing(header.disclosed)?;
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
        let points = take(&mut rest, 32 * plan.strips(), "the commitments")?;
        if !rest.is_empty() {
            return Err(SealError::Trailing(rest.len()));
        }
        let points = points.as_chunks::<32>().0.iter().enumerate();
        let commitments = points
            .map(|(s, point)| read_point(point).ok_or(SealError::Point(s)))
            .collect::<Result<_, _>>()?;
        Ok(SealedClassifier {
            card,
            plan,
            commitments,
            hash: Sha256::digest(bytes).into(),
        })
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = header::beginning(MAGIC, &self.header());
        for point in &self.commitments {
            bytes.extend(point.to_bytes());
        }
        bytes
    }

    fn header(&self) -> SealHeader {
        let term = |term: &PlanTerm| SealedTerm {
            input: InputHeader::of(term.input),
            op: OpHeader::of(&term.op),
            zero_point: term.zero_point,
        };
        let layer = |layer: &PlanLayer| SealedLayer {
            out: layer.out,
            terms: layer.terms.iter().map(term).collect(),
        };
        SealHeader {
            author: self.card.author.clone(),
            decision: self.card.decision.clone(),
            description: self.card.description.clone(),
            disclosed: self.plan.disclosed().to_vec(),
            evaluations: self.card.evaluations.clone(),
            facts: self.card.facts.clone(),
            form: self.plan.form(),
            labels: self.card.labels.clone(),
            layers: self.plan.layers().iter().map(layer).collect(),
            name: self.card.name.clone(),
            shift: self.plan.shift(),
        }
    }

    /// SHA-256 of the file: the seal's name.
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// What its owner says about it.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// Its short name.
    pub fn name(&self) -> &str {
        &self.card.name
    }

    /// The form it reads.
    pub fn form(&self) -> Form {
        self.plan.form()
    }

    /// The architecture.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The commitments to the parameters, one per strip.
    pub fn commitments(&self) -> &[EqAffine] {
        &self.commitments
    }
}

pub(super) fn too_large(what: &'static str, found: u64, limit: u64) -> Result<(), SealError> {
    if found > limit {
        return Err(SealError::TooLarge { what, limit, found });
    }
    Ok(())
}

pub(super) fn take<'a>(
    rest: &mut &'a [u8],
    count: usize,
    what: &'static str,
) -> Result<&'a [u8], SealError> {
    let (taken, left) = rest
        .split_at_checked(count)
        .ok_or(SealError::Truncated(what))?;
    *rest = left;
    Ok(taken)
}

/// Takes bytes that come after their number.
pub(super) fn take_long<'a>(
    rest: &mut &'a [u8],
    limit: u64,
    what: &'static str,
) -> Result<&'a [u8], SealError> {
    let length = take(rest, 4, what)?;
    let length = u32::from_le_bytes(length.try_into().expect("four bytes were taken"));
    too_large(what, u64::from(length), limit)?;
    take(rest, length as usize, what)
}
