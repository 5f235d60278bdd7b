//! One item as read from the corpus, made into a leaf and what opens it. Runs on many threads.

use super::digest::{Part, Salt};
use super::hashes;
use super::leaf::{Digests, FormCommitment, LeafStatus, PublicLeaf, ReasonCode};
use super::meta::ItemMeta;
use super::pedersen;
use super::pipeline::CommitError;
use super::tree::Hash;
use super::vault::{Blinds, Salts};
use crate::ingest::{ExceptionReason, ItemKind, RawItem, Unread};
use crate::item::{CanonicalVector, Form, ImageError, Picture, text_vector};
use sha2::{Digest, Sha256};

/// The reason code of an item that was read but has no vector in any of the chosen forms.
pub const NO_FORM: &str = "no_form";

/// The fact that holds what of an item was not read: see [`crate::ingest::Ledger::to_fact`].
pub const UNREAD: &str = "unread";

/// An item ready to be written to the vault.
pub(super) struct Prepared {
    pub leaf: PublicLeaf,
    pub salts: Salts,
    pub blinds: Vec<Blinds>,
    pub vectors: Vec<CanonicalVector>,
    pub sha256: Hash,
    pub meta: ItemMeta,
    pub bytes: Vec<u8>,
    pub text: Option<String>,
    /// The source file, if the item is that whole file.
    pub whole_file: Option<String>,
}

/// Derives the vectors, commits to them and digests the rest, with fresh randomness throughout.
pub(super) fn prepare(
    mut raw: RawItem,
    index: u32,
    parent: Option<u32>,
    forms: &[Form],
    whole_file: Option<String>,
) -> Result<Prepared, CommitError> {
    hashes::record(&mut raw);
    let exception = raw
        .exception
        .as_ref()
        .map(|exception| (exception.reason.id(), exception.detail.clone()));
    let (vectors, exception) = match exception {
        Some(exception) => (Vec::new(), Some(exception)),
        None => match vectors(&raw, forms) {
            Ok(vectors) if vectors.is_empty() => (vectors, Some(no_form(&raw))),
            Ok(vectors) => (vectors, None),
            // Its text was recognised, by a program that knows more kinds of pictures.
            Err(error) if raw.text.is_some() => {
                raw.ledger
                    .add(Unread::Undecodable, format!("the picture: {error}"));
                let text = forms.iter().any(Form::is_text);
                let text = raw.text.as_deref().filter(|_| text).map(text_vector);
                (text.into_iter().collect(), None)
            }
            Err(error) => (
                Vec::new(),
                Some((undecodable(&error).id(), error.to_string())),
            ),
        },
    };
    let mut blinds = Vec::with_capacity(vectors.len());
    let mut commitments = Vec::with_capacity(vectors.len());
    for vector in &vectors {
        let form = vector.form();
        let scalars = (0..form.strips())
            .map(|_| pedersen::random_blind())
            .collect::<Result<Vec<_>, _>>()
            .map_err(CommitError::randomness)?;
        let points = pedersen::commit(&form, vector.bytes(), &scalars)?;
        commitments.push(FormCommitment::new(form, points)?);
        blinds.push(Blinds::new(&scalars));
    }
    if !raw.ledger.is_empty() {
        raw.metadata.insert(UNREAD.to_owned(), raw.ledger.to_fact());
    }
    let (status, detail) = match exception {
        None => (LeafStatus::Committed, None),
        Some((reason, detail)) => (
            LeafStatus::Exception(ReasonCode::new(reason)?),
            Some(detail),
        ),
    };
    let meta = ItemMeta {
        exception: detail,
        extractor: raw.extractor,
        kind: raw.kind.id().to_owned(),
        media_type: raw.media_type,
        metadata: raw.metadata,
        path: raw.path,
        size: raw.bytes.len() as u64,
    };
    let salt = || Salt::random().map_err(CommitError::randomness);
    let salts = Salts {
        native: salt()?,
        text: salt()?,
        meta: salt()?,
    };
    let text = raw.text.as_deref().unwrap_or_default();
    let digests = Digests {
        native: Part::Native.digest(&salts.native, &raw.bytes),
        text: Part::Text.digest(&salts.text, text.as_bytes()),
        meta: Part::Meta.digest(&salts.meta, &meta.to_canonical()),
    };
    Ok(Prepared {
        leaf: PublicLeaf::new(index, parent, status, digests, commitments)?,
        salts,
        blinds,
        vectors,
        sha256: Sha256::digest(&raw.bytes).into(),
        meta,
        bytes: raw.bytes,
        text: raw.text,
        whole_file,
    })
}

/// The item's vectors in those of the chosen forms that it has.
fn vectors(raw: &RawItem, forms: &[Form]) -> Result<Vec<CanonicalVector>, ImageError> {
    let text = || raw.text.as_deref().map(text_vector);
    let text_form = forms.iter().any(Form::is_text);
    let mut vectors: Vec<CanonicalVector> = text_form.then(text).flatten().into_iter().collect();
    let mut forms: Vec<Form> = forms.iter().copied().filter(|f| !f.is_text()).collect();
    if raw.kind == ItemKind::Image && !forms.is_empty() {
        forms.sort_unstable();
        forms.dedup();
        let picture = Picture::decode(&raw.bytes)?;
        for form in forms {
            vectors.push(picture.vector(form)?);
        }
    }
    Ok(vectors)
}

/// Why a picture has no vector, in the words of reading.
fn undecodable(error: &ImageError) -> ExceptionReason {
    match error {
        ImageError::TooLarge { .. } | ImageError::Memory => ExceptionReason::TooLarge,
        ImageError::Unrecognised | ImageError::FloatSamples => ExceptionReason::Unsupported,
        _ => ExceptionReason::Corrupt,
    }
}

fn no_form(raw: &RawItem) -> (&'static str, String) {
    let detail = format!(
        "content of type {} has no vector in the forms of this commitment; a person has to look",
        raw.media_type
    );
    (NO_FORM, detail)
}
