//! A produced item is the committed one: its bytes, text and metadata open the leaf's digests, its text
//! gives the committed vector, and the vector matches.

use crate::bundle::{Bundle, Disposition, Dispositions};
use crate::classify::Classifier;
use crate::commit::digest::Part;
use crate::commit::{PublicLeaf, pedersen};
use crate::item::{Agreement, CanonicalVector, Form, agreement, text_vector};
use crate::progress::{Progress, Unit};
use pasta_curves::Fp;
use rayon::prelude::*;

/// Checks all produced items, and counts them; names every one that fails and why.
pub(super) fn check_all(
    bundle: &Bundle,
    leaves: &[PublicLeaf],
    dispositions: &Dispositions,
    classifier: &Classifier,
    progress: &dyn Progress,
) -> Result<(String, u32), String> {
    let indices: Vec<u32> = dispositions.with(Disposition::Produced).collect();
    progress.begin(
        "Checking produced items",
        Some(indices.len() as u64),
        Unit::Items,
    );
    let results: Vec<Result<Option<Rounding>, String>> = indices
        .par_iter()
        .map(|&index| {
            if progress.cancelled() {
                return Err("stopped as asked".to_owned());
            }
            let result = check(bundle, &leaves[index as usize], classifier);
            progress.advance(1);
            result.map_err(|why| format!("item {index}: {why}"))
        })
        .collect();
    progress.end();
    if progress.cancelled() {
        return Err("stopped as asked".to_owned());
    }
    let failures: Vec<String> = results
        .iter()
        .filter_map(|r| r.as_ref().err().cloned())
        .collect();
    if !failures.is_empty() {
        return Err(failures.join("; "));
    }
    let mut detail = format!(
        "{} items: bytes, text, metadata, vector and score are the committed ones",
        indices.len()
    );
    let roundings: Vec<Rounding> = results.into_iter().flatten().flatten().collect();
    if let Some(largest) = roundings.iter().map(|r| r.largest).max() {
        detail += &format!(
            "; {} lossy pictures decode here with other rounding (at most {largest} of 255)",
            roundings.len()
        );
    }
    let other: Vec<String> = roundings
        .iter()
        .filter(|rounding| !rounding.same_verdict)
        .map(|rounding| rounding.index.to_string())
        .collect();
    if !other.is_empty() {
        detail += &format!(
            "; decoded here, {} of these would not match: compare by eye item {}",
            other.len(),
            other.join(", ")
        );
    }
    Ok((detail, indices.len() as u32))
}

/// A lossy picture that decodes here to another vector than the committed one.
struct Rounding {
    index: u32,
    largest: u8,
    /// The vector that was derived here gets the verdict of the committed one.
    same_verdict: bool,
}

fn check(
    bundle: &Bundle,
    leaf: &PublicLeaf,
    classifier: &Classifier,
) -> Result<Option<Rounding>, String> {
    let index = leaf.index();
    let show = |e: crate::bundle::BundleError| e.to_string();
    let opening = bundle.opening(index).map_err(show)?;
    if opening.index != index {
        return Err(format!("its opening is for item {}", opening.index));
    }
    let (meta, meta_bytes) = bundle.meta(index).map_err(show)?;
    let native = bundle.native(index, &meta).map_err(show)?;
    let text = bundle.text(index).map_err(show)?;
    let digests = leaf.digests();
    if Part::Native.digest(&opening.native, &native) != digests.native {
        return Err("its bytes are not the committed ones".to_owned());
    }
    if Part::Text.digest(&opening.text, text.as_bytes()) != digests.text {
        return Err("its text is not the committed one".to_owned());
    }
    if Part::Meta.digest(&opening.meta, &meta_bytes) != digests.meta {
        return Err("its metadata is not the committed one".to_owned());
    }
    let stored = || bundle.vector(index).map_err(show);
    let form = classifier.form();
    let (vector, agreement) = check_vector(leaf, form, &opening.blinds, &text, &native, stored)?;
    if !classifier.evaluate(&vector).matches {
        return Err("it does not match the classifier".to_owned());
    }
    Ok(match agreement {
        Agreement::Exact => None,
        Agreement::Rounding { largest, derived } => Some(Rounding {
            index,
            largest,
            same_verdict: classifier.evaluate(&derived).matches,
        }),
    })
}

/// The vector of a disclosed document, if it is the committed one and the one of the document.
///
/// A text's is derived here. A picture's is `stored` with the document, because decoders of lossy formats
/// may round otherwise; it has to be the committed one and to belong to the file.
pub fn check_vector(
    leaf: &PublicLeaf,
    form: Form,
    blinds: &[Fp],
    text: &str,
    native: &[u8],
    stored: impl FnOnce() -> Result<CanonicalVector, String>,
) -> Result<(CanonicalVector, Agreement), String> {
    let vector = if form.is_text() {
        text_vector(text)
    } else {
        stored()?
    };
    let commitments = pedersen::commit(&form, vector.bytes(), blinds).map_err(|e| e.to_string())?;
    if leaf.form(form) != Some(&commitments[..]) {
        return Err(format!("its {form} vector is not the committed one"));
    }
    let agreement = if form.is_text() {
        Agreement::Exact
    } else {
        agreement(native, &vector).map_err(|e| e.to_string())?
    };
    Ok((vector, agreement))
}
