//! The public leaf: what the commitment says about one item, revealing nothing of it.
//!
//! Encoding, all integers little-endian:
//!
//! | field | bytes |
//! |---|---|
//! | version | 1, value 2 |
//! | status | 1 (0 read, 1 partly read, 2 exception), then a reason code if exception |
//! | `d`, the root of the opening tree | 32 |
//! | number of forms | 1 |
//! | each form, in the order of [`Form::ALL`] | id, number of strips 1, 32 per strip |
//!
//! A reason code or form id is a length byte and that many ASCII characters. A strip is a
//! compressed point, canonical and not the identity. An item that was read has at least one form, an
//! exception none. There is one encoding per leaf: parsing refuses everything that encoding would
//! not produce. The index is the leaf's place; what the item is, what it lies in, what was not read of it is
//! under `d` and opened from there ([`super::opening`]).

use super::codec::{CodecError, Reader};
use super::tree::{Hash, leaf_hash};
use crate::item::Form;
use candor_core::points::read_point;
use group::{CurveAffine, GroupEncoding};
use halo2_proofs::pasta::EqAffine;

const VERSION: u8 = 2;
/// Longest encoding: all forms plus a generous head.
pub const MAX_LEAF_BYTES: usize = 2048;
const MAX_REASON: usize = 48;

/// A stable machine-readable reason ("encrypted", "too_large"): lower-case letters, digits and
/// underscores.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReasonCode(String);

impl ReasonCode {
    /// Checks the characters and the length.
    pub fn new(code: &str) -> Result<Self, LeafError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if code.is_empty() || code.len() > MAX_REASON || !code.bytes().all(allowed) {
            return Err(LeafError::Reason);
        }
        Ok(ReasonCode(code.to_owned()))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far an item was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeafStatus {
    /// Wholly, as far as its reader can tell; its canonical vectors are committed.
    Read,
    /// Not all of it: what was read is committed.
    Partly,
    /// Not at all, for this reason.
    Exception(ReasonCode),
}

/// The committed vector of one form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormCommitment {
    form: Form,
    strips: Vec<EqAffine>,
}

impl FormCommitment {
    /// One point per strip of the form, none of them the identity.
    pub fn new(form: Form, strips: Vec<EqAffine>) -> Result<Self, LeafError> {
        if strips.len() != form.strips() {
            return Err(LeafError::Strips {
                form,
                found: strips.len(),
            });
        }
        if strips.iter().any(|point| bool::from(point.is_identity())) {
            return Err(LeafError::Point);
        }
        Ok(FormCommitment { form, strips })
    }

    /// The form.
    pub fn form(&self) -> Form {
        self.form
    }

    /// One commitment per strip.
    pub fn strips(&self) -> &[EqAffine] {
        &self.strips
    }
}

/// What the commitment says about one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicLeaf {
    index: u32,
    status: LeafStatus,
    d: Hash,
    forms: Vec<FormCommitment>,
}

/// Why bytes or parts are not a leaf.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// Too short, too long.
    #[error("malformed leaf: {0}")]
    Codec(#[from] CodecError),
    /// Longer than any leaf.
    #[error("malformed leaf: {0} bytes are more than a leaf can have")]
    TooLong(usize),
    /// Another version of the encoding.
    #[error("leaf of unknown version {0}: it needs another version of candor")]
    Version(u8),
    /// A tag byte that has no meaning.
    #[error("malformed leaf: {field} has no value {value}")]
    Tag {
        /// The field.
        field: &'static str,
        /// The byte.
        value: u8,
    },
    /// Not a reason code.
    #[error("malformed leaf: bad reason code")]
    Reason,
    /// Unknown form id.
    #[error("malformed leaf: unknown canonical form")]
    Form,
    /// Forms twice or out of order.
    #[error("malformed leaf: forms are repeated or out of order")]
    FormOrder,
    /// Wrong number of strips.
    #[error("malformed leaf: form {form} has {} strips, not {found}", form.strips())]
    Strips {
        /// The form.
        form: Form,
        /// The number found.
        found: usize,
    },
    /// Not a canonical point other than the identity.
    #[error("malformed leaf: a commitment is not a valid curve point")]
    Point,
    /// Items that were read have forms and exceptions have none.
    #[error("malformed leaf: status and forms contradict each other")]
    Status,
}

impl PublicLeaf {
    /// Checks the parts against each other.
    pub fn new(
        index: u32,
        status: LeafStatus,
        d: Hash,
        forms: Vec<FormCommitment>,
    ) -> Result<Self, LeafError> {
        if !forms.is_sorted_by(|a, b| a.form < b.form) {
            return Err(LeafError::FormOrder);
        }
        if forms.is_empty() != matches!(status, LeafStatus::Exception(_)) {
            return Err(LeafError::Status);
        }
        Ok(PublicLeaf {
            index,
            status,
            d,
            forms,
        })
    }

    /// Position in the corpus.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// How far it was read.
    pub fn status(&self) -> &LeafStatus {
        &self.status
    }

    /// The reason, if this is an exception.
    pub fn exception(&self) -> Option<&ReasonCode> {
        match &self.status {
            LeafStatus::Read | LeafStatus::Partly => None,
            LeafStatus::Exception(reason) => Some(reason),
        }
    }

    /// Whether it was read in part only.
    pub fn is_partly_read(&self) -> bool {
        self.status == LeafStatus::Partly
    }

    /// The root of its opening tree.
    pub fn d(&self) -> &Hash {
        &self.d
    }

    /// The committed vectors, in the order of [`Form::ALL`].
    pub fn forms(&self) -> &[FormCommitment] {
        &self.forms
    }

    /// The commitment of one form, one point per strip.
    pub fn form(&self, form: Form) -> Option<&[EqAffine]> {
        self.forms
            .iter()
            .find(|commitment| commitment.form == form)
            .map(FormCommitment::strips)
    }

    /// The encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        match &self.status {
            LeafStatus::Read => out.push(0),
            LeafStatus::Partly => out.push(1),
            LeafStatus::Exception(reason) => {
                out.push(2);
                put_short(&mut out, reason.as_str());
            }
        }
        out.extend_from_slice(&self.d);
        out.push(self.forms.len() as u8);
        for commitment in &self.forms {
            put_short(&mut out, commitment.form.id());
            out.push(commitment.strips.len() as u8);
            for point in &commitment.strips {
                out.extend_from_slice(&point.to_bytes());
            }
        }
        out
    }

    /// Parses the encoding of the item in this place; accepts exactly what [`PublicLeaf::encode`] produces.
    pub fn parse(index: u32, bytes: &[u8]) -> Result<Self, LeafError> {
        if bytes.len() > MAX_LEAF_BYTES {
            return Err(LeafError::TooLong(bytes.len()));
        }
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if version != VERSION {
            return Err(LeafError::Version(version));
        }
        let status = match reader.u8()? {
            0 => LeafStatus::Read,
            1 => LeafStatus::Partly,
            2 => LeafStatus::Exception(ReasonCode::new(short(&mut reader)?)?),
            value => return Err(tag("status", value)),
        };
        let d = reader.array()?;
        let count = reader.u8()?;
        let forms = (0..count)
            .map(|_| parse_form(&mut reader))
            .collect::<Result<Vec<_>, _>>()?;
        reader.finish()?;
        PublicLeaf::new(index, status, d, forms)
    }

    /// The leaf's hash in the tree.
    pub fn hash(&self) -> Hash {
        leaf_hash(&self.encode())
    }
}

fn tag(field: &'static str, value: u8) -> LeafError {
    LeafError::Tag { field, value }
}

fn put_short(out: &mut Vec<u8>, text: &str) {
    out.push(text.len() as u8);
    out.extend_from_slice(text.as_bytes());
}

fn short<'a>(reader: &mut Reader<'a>) -> Result<&'a str, LeafError> {
    let len = reader.u8()?;
    std::str::from_utf8(reader.take(usize::from(len))?).map_err(|_| LeafError::Reason)
}

fn parse_form(reader: &mut Reader<'_>) -> Result<FormCommitment, LeafError> {
    let id = short(reader).map_err(|error| match error {
        LeafError::Reason => LeafError::Form,
        other => other,
    })?;
    let form = Form::from_id(id).ok_or(LeafError::Form)?;
    let found = usize::from(reader.u8()?);
    if found != form.strips() {
        return Err(LeafError::Strips { form, found });
    }
    let strips = (0..found)
        .map(|_| {
            let bytes = reader.array::<32>()?;
            read_point(&bytes).ok_or(LeafError::Point)
        })
        .collect::<Result<Vec<_>, _>>()?;
    FormCommitment::new(form, strips)
}

/// Strategies for property tests.
#[cfg(test)]
pub mod testing {
    use super::*;
    use group::Curve;
    use halo2_proofs::pasta::{Eq, Fp};
    use proptest::prelude::*;

    /// Any point but the identity.
    pub fn arb_point() -> impl Strategy<Value = EqAffine> {
        use group::Group;
        (1u64..).prop_map(|n| (Eq::generator() * Fp::from(n)).to_affine())
    }

    fn arb_form() -> impl Strategy<Value = FormCommitment> {
        proptest::sample::select(Form::ALL.to_vec()).prop_flat_map(|form| {
            proptest::collection::vec(arb_point(), form.strips())
                .prop_map(move |strips| FormCommitment::new(form, strips).unwrap())
        })
    }

    /// Any leaf.
    pub fn arb_leaf() -> impl Strategy<Value = PublicLeaf> {
        let status = prop_oneof![
            proptest::collection::vec(arb_form(), 1..5).prop_map(Ok),
            "[a-z0-9_]{1,48}".prop_map(|code| Err(ReasonCode::new(&code).unwrap())),
        ];
        (any::<u32>(), any::<bool>(), status, any::<Hash>()).prop_map(
            |(index, partly, status, d)| {
                let (status, mut forms) = match status {
                    Ok(forms) if partly => (LeafStatus::Partly, forms),
                    Ok(forms) => (LeafStatus::Read, forms),
                    Err(reason) => (LeafStatus::Exception(reason), Vec::new()),
                };
                forms.sort_by_key(FormCommitment::form);
                forms.dedup_by_key(|commitment| commitment.form());
                PublicLeaf::new(index, status, d, forms).unwrap()
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::testing::arb_leaf;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn leaves_round_trip(leaf in arb_leaf()) {
            let bytes = leaf.encode();
            prop_assert!(bytes.len() <= MAX_LEAF_BYTES);
            prop_assert_eq!(PublicLeaf::parse(leaf.index(), &bytes).unwrap(), leaf);
        }

        #[test]
        fn every_accepted_encoding_is_the_canonical_one(
            leaf in arb_leaf(), at: prop::sample::Index, flip in 1u8..
        ) {
            let mut bytes = leaf.encode();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            if let Ok(parsed) = PublicLeaf::parse(leaf.index(), &bytes) {
                prop_assert_eq!(parsed.encode(), bytes);
                prop_assert_ne!(parsed, leaf);
            }
        }

        #[test]
        fn truncated_and_extended_leaves_are_refused(leaf in arb_leaf(), cut: prop::sample::Index) {
            let mut bytes = leaf.encode();
            prop_assert!(PublicLeaf::parse(0, &bytes[..cut.index(bytes.len())]).is_err());
            bytes.push(0);
            prop_assert_eq!(
                PublicLeaf::parse(0, &bytes),
                Err(LeafError::Codec(CodecError::Trailing(1)))
            );
        }

        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = PublicLeaf::parse(0, &bytes);
        }
    }

    const D: Hash = [1; 32];

    fn text_leaf() -> PublicLeaf {
        let point = EqAffine::generator();
        let form = FormCommitment::new(Form::TextHash4080V1, vec![point]).unwrap();
        PublicLeaf::new(7, LeafStatus::Partly, D, vec![form]).unwrap()
    }

    #[test]
    fn the_encoding_is_pinned_and_short() {
        let leaf = text_leaf();
        let mut expected = vec![2, 1];
        expected.extend(D);
        expected.extend([1, 16]);
        expected.extend(b"text/hash4080-v1");
        expected.push(1);
        expected.extend(EqAffine::generator().to_bytes());
        assert_eq!(leaf.encode(), expected);
        assert_eq!(expected.len(), 85);
    }

    #[test]
    fn malformed_leaves_are_refused_by_name() {
        let bytes = text_leaf().encode();
        let with = |at: usize, new: &[u8]| {
            let mut bytes = bytes.clone();
            bytes[at..at + new.len()].copy_from_slice(new);
            PublicLeaf::parse(7, &bytes).unwrap_err()
        };
        assert_eq!(with(0, &[1]), LeafError::Version(1));
        assert_eq!(with(1, &[9]), tag("status", 9));
        let forms = 2 + 32;
        assert_eq!(with(forms + 2, b"test"), LeafError::Form);
        assert_eq!(with(forms + 2, &[0xff]), LeafError::Form);
        let form = Form::TextHash4080V1;
        assert_eq!(with(forms + 18, &[2]), LeafError::Strips { form, found: 2 });
        assert_eq!(with(forms + 19, &[0; 32]), LeafError::Point);
        assert_eq!(with(forms + 19, &[0xff; 32]), LeafError::Point);
        let long = vec![1; MAX_LEAF_BYTES + 1];
        assert_eq!(
            PublicLeaf::parse(7, &long),
            Err(LeafError::TooLong(long.len()))
        );
    }

    #[test]
    fn a_point_has_one_encoding() {
        // The modulus as x would be a second encoding of x = 0.
        let mut modulus = [0u8; 32];
        modulus.copy_from_slice(
            &hex::decode("0100000021eb468cdda89409fc98462200000000000000000000000000000040")
                .unwrap(),
        );
        assert!(bool::from(EqAffine::from_bytes(&modulus).is_none()));
    }

    #[test]
    fn contradictions_are_refused() {
        let form = |form: Form| {
            FormCommitment::new(form, vec![EqAffine::generator(); form.strips()]).unwrap()
        };
        let text = form(Form::TextHash4080V1);
        let image = form(Form::ImageRgb32V1);
        let leaf = |status, forms| PublicLeaf::new(0, status, D, forms);
        let reason = || LeafStatus::Exception(ReasonCode::new("empty").unwrap());
        assert_eq!(leaf(LeafStatus::Read, vec![]), Err(LeafError::Status));
        assert_eq!(leaf(LeafStatus::Partly, vec![]), Err(LeafError::Status));
        assert_eq!(leaf(reason(), vec![text.clone()]), Err(LeafError::Status));
        assert!(leaf(reason(), vec![]).is_ok());
        let both = vec![text.clone(), image.clone()];
        assert!(leaf(LeafStatus::Read, both).is_ok());
        for forms in [vec![image, text.clone()], vec![text.clone(), text]] {
            assert_eq!(leaf(LeafStatus::Read, forms), Err(LeafError::FormOrder));
        }
        let identity = EqAffine::identity();
        assert_eq!(
            FormCommitment::new(Form::TextHash4080V1, vec![identity]),
            Err(LeafError::Point)
        );
        for bad in [
            "",
            "Upper",
            "with space",
            "hy-phen",
            "ümlaut",
            &"x".repeat(49),
        ] {
            assert_eq!(ReasonCode::new(bad), Err(LeafError::Reason), "{bad:?}");
        }
    }
}
