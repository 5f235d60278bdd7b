//! One item as read from the corpus, made into what is committed of it. Runs on many threads.

use super::error::CommitError;
use super::hashes;
use super::leaf::{FormCommitment, LeafStatus, PublicLeaf, ReasonCode};
use super::meta::ItemMeta;
use super::names::{NO_FORM, UNREAD};
use super::opening::{Sections, disclosed};
use super::tree::Hash;
use super::vault::Keys;
use super::vault::keys::commit;
use super::vault::record::{NativePlace, VaultItem};
use crate::ingest::{ExceptionReason, ItemKind, Ledger, RawItem, Unread};
use crate::item::{CanonicalVector, Form, Picture, PictureError, picture_vector, text_vector};
use sha2::{Digest, Sha256};

/// An item ready to be written to the vault.
pub(super) struct Prepared {
    /// Its place in the order of reading.
    pub number: u32,
    pub status: LeafStatus,
    pub forms: Vec<FormCommitment>,
    /// Of its opening tree. The facts' is made when it is known which numbers its family has.
    pub sections: Sections,
    pub vectors: Vec<CanonicalVector>,
    pub sha256: Hash,
    pub meta: ItemMeta,
    pub ledger: Ledger,
    pub bytes: Vec<u8>,
    pub text: Option<String>,
    /// The source file, if the item is that whole file.
    pub whole_file: Option<String>,
}

impl Prepared {
    /// For the vault, as far as it is known before all items were read.
    pub fn into_item(
        self,
        duplicate_of: Option<u32>,
        native: NativePlace,
        text: Option<super::vault::record::Extent>,
    ) -> Result<VaultItem, CommitError> {
        Ok(VaultItem {
            leaf: PublicLeaf::new(self.number, self.status, [0; 32], self.forms)?,
            number: self.number,
            sections: self.sections,
            vectors: self.vectors,
            sha256: self.sha256,
            duplicate_of,
            native,
            text,
            meta: self.meta,
        })
    }
}

/// Derives the vectors, commits to them, and makes the sections of the opening tree. `parent` is a number.
pub(super) fn prepare(
    mut raw: RawItem,
    number: u32,
    parent: Option<u32>,
    forms: &[Form],
    whole_file: Option<String>,
    keys: &Keys,
) -> Result<Prepared, CommitError> {
    hashes::record(&mut raw);
    let picture = picture(&raw);
    let Derived { vectors, exception } = {
        let mut ledger = std::mem::take(&mut raw.ledger);
        let derived = derive(&raw, picture.as_ref(), forms, &mut ledger);
        raw.ledger = ledger;
        derived
    };
    let mut commitments = Vec::with_capacity(vectors.len());
    for vector in &vectors {
        let points = commit(keys, number, vector)?;
        commitments.push(FormCommitment::new(vector.form(), points)?);
    }
    if !raw.ledger.is_empty() {
        raw.metadata.insert(UNREAD.to_owned(), raw.ledger.to_fact());
    }
    let (status, detail) = match exception {
        None if raw.ledger.is_empty() => (LeafStatus::Read, None),
        None => (LeafStatus::Partly, None),
        Some((reason, detail)) => (
            LeafStatus::Exception(ReasonCode::new(reason)?),
            Some(detail),
        ),
    };
    let meta = ItemMeta {
        children: Vec::new(),
        exception: detail,
        extractor: raw.extractor,
        kind: raw.kind.id().to_owned(),
        media_type: raw.media_type,
        metadata: raw.metadata,
        parent,
        path: raw.path,
        size: raw.bytes.len() as u64,
    };
    let sha256 = Sha256::digest(&raw.bytes).into();
    let seed = keys.seed(number);
    let tiles = match picture {
        Some(Ok(picture)) => picture.tiles(),
        _ => Vec::new(),
    };
    let tiles = tiles.iter().map(Vec::as_slice);
    let sections = Sections([
        [0; 32],
        disclosed::of_people(&seed, &meta),
        disclosed::of_native(&seed, &sha256),
        disclosed::of_text(&seed, raw.text.as_deref().unwrap_or_default()),
        disclosed::of_picture(&seed, tiles.len() as u32, tiles),
    ]);
    Ok(Prepared {
        number,
        status,
        forms: commitments,
        sections,
        vectors,
        sha256,
        meta,
        ledger: raw.ledger,
        bytes: raw.bytes,
        text: raw.text,
        whole_file,
    })
}

/// What is searched of an item; without any, why.
struct Derived {
    vectors: Vec<CanonicalVector>,
    exception: Option<(&'static str, String)>,
}

/// The picture that an item is, if it is one that was read.
fn picture(raw: &RawItem) -> Option<Result<Picture, PictureError>> {
    (raw.kind == ItemKind::Image && raw.exception.is_none()).then(|| Picture::decode(&raw.bytes))
}

fn derive(
    raw: &RawItem,
    picture: Option<&Result<Picture, PictureError>>,
    forms: &[Form],
    ledger: &mut Ledger,
) -> Derived {
    let failed = |reason, detail| Derived {
        vectors: Vec::new(),
        exception: Some((reason, detail)),
    };
    if let Some(exception) = &raw.exception {
        return failed(exception.reason.id(), exception.detail.clone());
    }
    let read = |vectors| Derived {
        vectors,
        exception: None,
    };
    match vectors(raw, picture, forms) {
        Ok(vectors) if vectors.is_empty() => {
            let (reason, detail) = no_vector(raw, forms);
            failed(reason, detail)
        }
        Ok(vectors) => read(vectors),
        // Its text was recognised, by a program that knows more kinds of pictures.
        Err(error) if raw.text.is_some() && forms.iter().any(Form::is_text) => {
            ledger.add(Unread::Undecodable, format!("the picture: {error}"));
            read(text_vectors(raw, forms))
        }
        Err(error) => failed(undecodable(error).id(), error.to_string()),
    }
}

/// What a commitment in these forms says of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// For an item that is not searched: the reason, and a sentence.
    pub exception: Option<(&'static str, String)>,
    /// The forms in which it is searched, in order.
    pub forms: Vec<Form>,
    /// What of it was not read.
    pub ledger: Ledger,
}

/// What an honest commitment in these forms would say of an item that was read so.
pub(crate) fn outcome(raw: &RawItem, forms: &[Form]) -> Outcome {
    let picture = match forms.iter().all(Form::is_text) {
        true => None,
        false => picture(raw),
    };
    let mut ledger = raw.ledger.clone();
    let Derived { vectors, exception } = derive(raw, picture.as_ref(), forms, &mut ledger);
    let mut forms: Vec<Form> = vectors.iter().map(CanonicalVector::form).collect();
    forms.sort_unstable();
    Outcome {
        exception,
        forms,
        ledger,
    }
}

/// The item's vectors in those of the chosen forms that it has.
fn vectors<'p>(
    raw: &RawItem,
    picture: Option<&'p Result<Picture, PictureError>>,
    forms: &[Form],
) -> Result<Vec<CanonicalVector>, &'p PictureError> {
    let mut vectors = text_vectors(raw, forms);
    let mut forms: Vec<Form> = forms.iter().copied().filter(|f| !f.is_text()).collect();
    if let (Some(picture), false) = (picture, forms.is_empty()) {
        forms.sort_unstable();
        forms.dedup();
        let picture = picture.as_ref()?;
        for form in forms {
            // Only a form of texts is refused.
            vectors.extend(picture_vector(form, picture).ok());
        }
    }
    Ok(vectors)
}

/// The item's vectors in those of the chosen forms that are forms of texts, and in which it has a word.
fn text_vectors(raw: &RawItem, forms: &[Form]) -> Vec<CanonicalVector> {
    let Some(text) = &raw.text else {
        return vec![];
    };
    let mut forms: Vec<Form> = forms.iter().copied().filter(Form::is_text).collect();
    forms.sort_unstable();
    forms.dedup();
    let vectors = forms.into_iter().map(|form| text_vector(form, text));
    // A text without a word that the form counts is zero in it, and a verdict about zero says nothing.
    vectors.filter(|vector| !vector.is_zero()).collect()
}

/// Why a picture has no vector, in the words of reading.
fn undecodable(error: &PictureError) -> ExceptionReason {
    match error {
        PictureError::TooLarge { .. } | PictureError::Memory => ExceptionReason::TooLarge,
        PictureError::Unrecognised | PictureError::FloatSamples => ExceptionReason::Unsupported,
        _ => ExceptionReason::Corrupt,
    }
}

fn no_vector(raw: &RawItem, forms: &[Form]) -> (&'static str, String) {
    if raw.text.is_some() && forms.iter().any(Form::is_text) {
        let detail = "there is no word of two letters in it; look whether it is meant to be, or review it by hand";
        return (ExceptionReason::NoText.id(), detail.to_owned());
    }
    let detail = format!(
        "content of type {} has no vector in the forms of this commitment; a person has to look",
        raw.media_type
    );
    (NO_FORM, detail)
}

#[cfg(test)]
mod tests {
    use super::NO_FORM;
    use crate::ingest::ExceptionReason;
    use candor_verify::verify::in_words;

    #[test]
    fn every_reason_has_words_in_the_first_line_of_a_verdict() {
        let reasons = ExceptionReason::ALL.map(ExceptionReason::id);
        for code in reasons.into_iter().chain([NO_FORM]) {
            assert!(!in_words(code).contains(['\'', '_']), "{code}");
        }
    }
}
