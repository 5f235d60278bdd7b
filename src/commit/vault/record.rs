//! What the vault keeps about one item, and its encoding.
//!
//! Record, little-endian, byte strings preceded by their length as u32:
//!
//! | field | bytes |
//! |---|---|
//! | version | 1, value 2 |
//! | index | 4 |
//! | leaf | string |
//! | number, the item's place in the order of reading | 4 |
//! | hashes of the sections of its opening tree | 5 x 32 |
//! | each form of the leaf | vector (string, see `put_vector`) |
//! | SHA-256 of the native bytes | 32 |
//! | duplicate of | 0, or 1 and u32 |
//! | native bytes | 0, offset u64, length u64; or 1 and the file's path below the corpus |
//! | text | 0, or 1, offset u64, length u64 |
//! | metadata | string, canonical |
//!
//! Seeds and blinds are not stored: they follow from the vault's secret and the number ([`super::keys`]).

use crate::commit::codec::{CodecError, Reader, put_bytes, put_varint};
use crate::commit::leaf::{LeafError, PublicLeaf};
use crate::commit::meta::{ItemMeta, MetaError};
use crate::commit::tree::Hash;
use crate::item::{CanonicalVector, Form, VectorError};
use candor_verify::record::opening::Sections;
use ff::PrimeField;
use halo2_proofs::pasta::Fp;
use zeroize::{Zeroize, ZeroizeOnDrop};

const VERSION: u8 = 2;
const DENSE: u8 = 0;
const SPARSE: u8 = 1;

/// Blinding factors of one form, one per strip. Wiped when dropped, hidden in debug output.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Blinds(Vec<[u8; 32]>);

impl Blinds {
    pub(crate) fn new(blinds: &[Fp]) -> Self {
        Blinds(blinds.iter().map(Fp::to_repr).collect())
    }

    /// The factors as field elements. The caller's copy is the caller's to guard.
    pub fn to_scalars(&self) -> Vec<Fp> {
        let decode = |repr: &[u8; 32]| Option::from(Fp::from_repr(*repr));
        // Canonical by construction: from scalars, or checked when parsed.
        self.0.iter().filter_map(decode).collect()
    }

    /// The factors' canonical bytes.
    pub fn as_bytes(&self) -> &[[u8; 32]] {
        &self.0
    }
}

impl std::fmt::Debug for Blinds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blinds({} hidden)", self.0.len())
    }
}

/// A stretch of a blob file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub offset: u64,
    pub len: u64,
}

/// Where the native bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NativePlace {
    /// In the vault.
    Vault(Extent),
    /// Left where they were: a file below the corpus folder.
    Corpus(String),
}

/// Everything the responder knows about one item but the bulky content, and what opens it: that the vault derives where it
/// is needed ([`Vault::disclosed`](super::Vault::disclosed), [`Vault::blinds`](super::Vault::blinds)).
#[derive(Clone, Debug, PartialEq)]
pub struct VaultItem {
    pub(crate) leaf: PublicLeaf,
    pub(crate) number: u32,
    pub(crate) sections: Sections,
    pub(crate) vectors: Vec<CanonicalVector>,
    pub(crate) sha256: Hash,
    pub(crate) duplicate_of: Option<u32>,
    pub(crate) native: NativePlace,
    pub(crate) text: Option<Extent>,
    pub(crate) meta: ItemMeta,
}

/// Why a record cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Too short or too long.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// Another version.
    #[error("a record of unknown version {0}")]
    Version(u8),
    /// Its leaf.
    #[error(transparent)]
    Leaf(#[from] LeafError),
    /// Its metadata.
    #[error(transparent)]
    Meta(#[from] MetaError),
    /// A vector.
    #[error(transparent)]
    Vector(#[from] VectorError),
    /// Something else that makes no sense.
    #[error("{0}")]
    Malformed(&'static str),
}

impl VaultItem {
    /// Position in the corpus.
    pub fn index(&self) -> u32 {
        self.leaf.index()
    }

    /// The public leaf.
    pub fn leaf(&self) -> &PublicLeaf {
        &self.leaf
    }

    /// The item's place in the order of reading, which is the order of paths. It never leaves the vault.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The item that it was found in: a message for its attachment.
    pub fn parent(&self) -> Option<u32> {
        self.meta.parent
    }

    /// The items that were found in it.
    pub fn children(&self) -> &[u32] {
        &self.meta.children
    }

    /// The hashes of the sections of its opening tree.
    pub fn sections(&self) -> &Sections {
        &self.sections
    }

    /// The committed vector of a form.
    pub fn vector(&self, form: Form) -> Option<&CanonicalVector> {
        self.position(form).map(|at| &self.vectors[at])
    }

    /// Path, type, extractor and the other facts.
    pub fn meta(&self) -> &ItemMeta {
        &self.meta
    }

    /// Place in the corpus. May hold control characters: escape it before showing it.
    pub fn path(&self) -> &str {
        &self.meta.path
    }

    /// SHA-256 of the native bytes.
    pub fn sha256(&self) -> &Hash {
        &self.sha256
    }

    /// The first item with the same native bytes, if this is not the first.
    pub fn duplicate_of(&self) -> Option<u32> {
        self.duplicate_of
    }

    fn position(&self, form: Form) -> Option<usize> {
        self.vectors.iter().position(|vector| vector.form() == form)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&self.index().to_le_bytes());
        put_bytes(&mut out, &self.leaf.encode());
        out.extend_from_slice(&self.number.to_le_bytes());
        out.extend_from_slice(self.sections.0.as_flattened());
        for vector in &self.vectors {
            put_vector(&mut out, vector.bytes());
        }
        out.extend_from_slice(&self.sha256);
        match self.duplicate_of {
            None => out.push(0),
            Some(first) => {
                out.push(1);
                out.extend_from_slice(&first.to_le_bytes());
            }
        }
        match &self.native {
            NativePlace::Vault(extent) => {
                out.push(0);
                put_extent(&mut out, extent);
            }
            NativePlace::Corpus(path) => {
                out.push(1);
                put_bytes(&mut out, path.as_bytes());
            }
        }
        match &self.text {
            None => out.push(0),
            Some(extent) => {
                out.push(1);
                put_extent(&mut out, extent);
            }
        }
        put_bytes(&mut out, &self.meta.to_canonical());
        out
    }

    /// Only the leaf: cheaper where nothing else is needed.
    pub(crate) fn parse_leaf(bytes: &[u8]) -> Result<PublicLeaf, RecordError> {
        let mut reader = Reader::new(bytes);
        leaf(&mut reader)
    }

    /// Only the facts, in which are those of the family: cheaper where the vectors are not needed.
    pub(crate) fn parse_meta(bytes: &[u8]) -> Result<(u32, ItemMeta), RecordError> {
        let mut reader = Reader::new(bytes);
        let leaf = leaf(&mut reader)?;
        reader.u32()?;
        for _ in 0..5 {
            reader.array::<32>()?;
        }
        for _ in leaf.forms() {
            reader.bytes()?;
        }
        behind_vectors(&mut reader)?;
        let meta = ItemMeta::from_canonical(reader.bytes()?)?;
        reader.finish()?;
        Ok((leaf.index(), meta))
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let mut reader = Reader::new(bytes);
        let leaf = leaf(&mut reader)?;
        let number = reader.u32()?;
        let mut sections = Sections([[0; 32]; 5]);
        for hash in &mut sections.0 {
            *hash = reader.array()?;
        }
        let mut vectors = Vec::new();
        for commitment in leaf.forms() {
            let form = commitment.form();
            let vector = vector(reader.bytes()?, form.len())?;
            vectors.push(CanonicalVector::new(form, vector)?);
        }
        let (sha256, duplicate_of, native, text) = behind_vectors(&mut reader)?;
        let meta = ItemMeta::from_canonical(reader.bytes()?)?;
        reader.finish()?;
        Ok(VaultItem {
            leaf,
            number,
            sections,
            vectors,
            sha256,
            duplicate_of,
            native,
            text,
            meta,
        })
    }
}

fn leaf(reader: &mut Reader<'_>) -> Result<PublicLeaf, RecordError> {
    match reader.u8()? {
        VERSION => {
            let index = reader.u32()?;
            Ok(PublicLeaf::parse(index, reader.bytes()?)?)
        }
        other => Err(RecordError::Version(other)),
    }
}

/// What stands between the vectors and the facts.
type Behind = (Hash, Option<u32>, NativePlace, Option<Extent>);

fn behind_vectors(reader: &mut Reader<'_>) -> Result<Behind, RecordError> {
    let sha256 = reader.array()?;
    let duplicate_of = match reader.u8()? {
        0 => None,
        1 => Some(reader.u32()?),
        _ => return Err(RecordError::Malformed("bad duplicate mark")),
    };
    let native = match reader.u8()? {
        0 => NativePlace::Vault(extent(reader)?),
        1 => std::str::from_utf8(reader.bytes()?)
            .map(|path| NativePlace::Corpus(path.to_owned()))
            .map_err(|_| RecordError::Malformed("a path is not UTF-8"))?,
        _ => return Err(RecordError::Malformed("bad mark of native bytes")),
    };
    let text = match reader.u8()? {
        0 => None,
        1 => Some(extent(reader)?),
        _ => return Err(RecordError::Malformed("bad mark of text")),
    };
    Ok((sha256, duplicate_of, native, text))
}

fn put_extent(out: &mut Vec<u8>, extent: &Extent) {
    out.extend_from_slice(&extent.offset.to_le_bytes());
    out.extend_from_slice(&extent.len.to_le_bytes());
}

fn extent(reader: &mut Reader<'_>) -> Result<Extent, CodecError> {
    Ok(Extent {
        offset: reader.u64()?,
        len: reader.u64()?,
    })
}

/// Dense: 0, then the entries. Sparse: 1, then for each non-zero entry its distance from the one
/// before (base 128) and its value. Whichever is shorter.
fn put_vector(out: &mut Vec<u8>, entries: &[u8]) {
    let mut sparse = vec![SPARSE];
    let mut next = 0;
    for (at, &value) in entries.iter().enumerate().filter(|(_, value)| **value != 0) {
        put_varint(&mut sparse, (at - next) as u32);
        sparse.push(value);
        next = at + 1;
    }
    if sparse.len() <= entries.len() {
        put_bytes(out, &sparse);
    } else {
        out.extend_from_slice(&(entries.len() as u32 + 1).to_le_bytes());
        out.push(DENSE);
        out.extend_from_slice(entries);
    }
}

fn vector(bytes: &[u8], len: usize) -> Result<Vec<u8>, RecordError> {
    match bytes.split_first() {
        Some((&DENSE, entries)) if entries.len() == len => Ok(entries.to_vec()),
        Some((&SPARSE, mut rest)) => {
            let mut entries = vec![0; len];
            let mut next = 0usize;
            while !rest.is_empty() {
                let mut reader = Reader::new(rest);
                let at = next + reader.varint()? as usize;
                let value = reader.u8()?;
                *entries
                    .get_mut(at)
                    .ok_or(RecordError::Malformed("a vector has too many entries"))? = value;
                next = at + 1;
                rest = reader.rest();
            }
            Ok(entries)
        }
        _ => Err(RecordError::Malformed("a vector is malformed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commit::leaf::{FormCommitment, LeafStatus, ReasonCode};
    use group::{Curve, Group};
    use proptest::prelude::*;

    /// Leaves of every form and of an exception; that any leaf survives its own encoding, its crate tests.
    fn arb_leaf() -> impl Strategy<Value = PublicLeaf> {
        let forms = proptest::sample::subsequence(Form::ALL.to_vec(), 0..=Form::ALL.len());
        (forms, any::<[u8; 32]>(), any::<u32>()).prop_map(|(forms, d, index)| {
            let status = if forms.is_empty() {
                LeafStatus::Exception(ReasonCode::new("encrypted").unwrap())
            } else {
                LeafStatus::Partly
            };
            let point = halo2_proofs::pasta::Eq::generator().to_affine();
            let committed = |form: Form| FormCommitment::new(form, vec![point; form.strips()]);
            let forms = forms
                .into_iter()
                .map(committed)
                .map(Result::unwrap)
                .collect();
            PublicLeaf::new(index, status, d, forms).unwrap()
        })
    }

    fn arb_item() -> impl Strategy<Value = VaultItem> {
        let native = prop_oneof![
            any::<(u64, u64)>()
                .prop_map(|(offset, len)| NativePlace::Vault(Extent { offset, len })),
            ".{0,20}".prop_map(NativePlace::Corpus),
        ];
        (
            arb_leaf(),
            any::<[[u8; 32]; 5]>(),
            any::<Option<u32>>(),
            native,
            any::<Option<(u64, u64)>>(),
            ".{0,30}",
            any::<u64>(),
        )
            .prop_map(|(leaf, bytes, duplicate_of, native, text, path, seed)| {
                let forms: Vec<Form> = leaf.forms().iter().map(|c| c.form()).collect();
                let number = seed as u32;
                VaultItem {
                    number,
                    sections: Sections(bytes),
                    vectors: forms
                        .iter()
                        .map(|form| {
                            let mut entries = vec![0; form.len()];
                            let every = if form.is_text() {
                                97
                            } else {
                                1 + seed as usize % 5
                            };
                            entries.iter_mut().step_by(every).for_each(|x| *x = 9);
                            CanonicalVector::new(*form, entries).unwrap()
                        })
                        .collect(),
                    sha256: bytes[3],
                    duplicate_of,
                    native,
                    text: text.map(|(offset, len)| Extent { offset, len }),
                    meta: ItemMeta {
                        children: vec![1, 2],
                        parent: duplicate_of,
                        exception: None,
                        extractor: "x/1".into(),
                        kind: "text".into(),
                        media_type: "text/plain".into(),
                        metadata: Default::default(),
                        path,
                        size: seed,
                    },
                    leaf,
                }
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn records_round_trip(item in arb_item()) {
            let bytes = item.encode();
            prop_assert_eq!(VaultItem::parse_leaf(&bytes).unwrap(), item.leaf.clone());
            let meta = VaultItem::parse_meta(&bytes).unwrap();
            prop_assert_eq!(meta, (item.index(), item.meta.clone()));
            prop_assert_eq!(VaultItem::parse(&bytes).unwrap(), item);
        }

        #[test]
        fn damaged_records_never_panic(
            item in arb_item(), at: prop::sample::Index, cut: prop::sample::Index, byte: u8
        ) {
            let mut bytes = item.encode();
            prop_assert!(VaultItem::parse(&bytes[..cut.index(bytes.len())]).is_err());
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = (VaultItem::parse(&bytes), VaultItem::parse_meta(&bytes));
        }

        #[test]
        fn vectors_round_trip(entries in proptest::collection::vec(
            prop_oneof![3 => Just(0u8), 1 => any::<u8>()], 0..600
        )) {
            let mut out = Vec::new();
            put_vector(&mut out, &entries);
            prop_assert!(out.len() <= entries.len() + 5);
            let mut reader = Reader::new(&out);
            let stored = reader.bytes().unwrap();
            prop_assert_eq!(vector(stored, entries.len()).unwrap(), entries);
        }
    }

    #[test]
    fn vectors_that_do_not_fit_are_refused() {
        assert!(vector(&[], 4).is_err());
        assert!(vector(&[DENSE, 1, 2, 3], 4).is_err());
        assert!(vector(&[SPARSE, 3, 9], 4).is_ok());
        assert!(vector(&[SPARSE, 4, 9], 4).is_err());
        assert!(vector(&[SPARSE, 4], 4).is_err());
        assert!(vector(&[2, 0], 4).is_err());
    }

    #[test]
    fn secrets_are_not_printed() {
        let blinds = Blinds::new(&[Fp::from(123_456)]);
        assert_eq!(format!("{blinds:?}"), "Blinds(1 hidden)");
        assert_eq!(blinds.to_scalars(), [Fp::from(123_456)]);
    }
}
