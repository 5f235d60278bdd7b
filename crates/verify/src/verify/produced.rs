//! A produced item is the committed one: its bytes, text and metadata are those under its leaf, its text
//! gives the committed vector, and the vector matches.
//!
//! Whether it matches a sealed classifier nobody can calculate here: that stands in the proofs, which are about produced
//! items as well, and the check `sealed` sees that it does.

use super::complaints::Complaints;
use crate::bundle::{Bundle, Disposition, Dispositions};
use crate::item::{Agreement, CanonicalVector, Form, agreement, text_vector};
use crate::pedersen;
use crate::progress::{Progress, Unit};
use crate::record::kin::{KinError, Kinship};
use crate::record::meta::ItemMeta;
use crate::record::opening::WrongSection;
use crate::record::tree::Hash;
use crate::record::{PublicLeaf, identity};
use crate::sealed::Published;
use md5::Md5;
use pasta_curves::Fp;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;

/// Bytes of produced items that are held in memory at a time.
const AT_ONCE: u64 = 256 << 20;
/// Largest picture: no item of a commitment is larger.
const MAX_IN_MEMORY: u64 = 256 << 20;

/// Checks all produced items, and counts them; names every one that fails and why.
pub(super) fn check_all(
    bundle: &Bundle,
    leaves: &[PublicLeaf],
    dispositions: &Dispositions,
    classifier: Published<'_>,
    progress: &dyn Progress,
) -> Result<(String, u32, Kinship), Complaints> {
    let indices: Vec<u32> = dispositions.with(Disposition::Produced).collect();
    progress.begin(
        "Checking produced items",
        Some(indices.len() as u64),
        Unit::Items,
    );
    let one = |&index: &u32| {
        if progress.cancelled() {
            return Err((index, "stopped as asked".to_owned()));
        }
        let result = check(bundle, &leaves[index as usize], classifier);
        progress.advance(1);
        result.map_err(|why| (index, why))
    };
    let results: Vec<Result<Looked, (u32, String)>> = waves(&indices, |i| bundle.memory_of(i))
        .into_iter()
        .flat_map(|wave| wave.par_iter().map(one).collect::<Vec<_>>())
        .collect();
    progress.end();
    if progress.cancelled() {
        return Err("stopped as asked".to_owned().into());
    }
    let mut failures = Complaints::default();
    for (index, why) in results.iter().filter_map(|r| r.as_ref().err()) {
        failures.add(format!("item {index}"), why.clone());
    }
    if !failures.is_empty() {
        return Err(failures);
    }
    let mut detail = format!(
        "{} items: bytes, text, metadata{} are the committed ones",
        indices.len(),
        match classifier.sealed() {
            None => ", vector and score",
            Some(_) => " and vector",
        }
    );
    let looked: Vec<Looked> = results.into_iter().flatten().collect();
    let kinship = families(&looked, leaves.len() as u32).map_err(|error| error.to_string())?;
    let roundings: Vec<Rounding> = looked.into_iter().filter_map(|one| one.rounding).collect();
    if let Some(largest) = roundings.iter().map(|r| r.largest).max() {
        detail += &format!(
            "; {} lossy pictures decode here with other rounding (at most {largest} of 255)",
            roundings.len()
        );
    }
    if classifier.sealed().is_some() && !roundings.is_empty() {
        detail +=
            "; whether they would match as decoded here, nobody can tell of a sealed classifier";
    }
    let other: Vec<String> = roundings
        .iter()
        .filter(|rounding| rounding.same_verdict == Some(false))
        .map(|rounding| rounding.index.to_string())
        .collect();
    if !other.is_empty() {
        detail += &format!(
            "; decoded here, {} of these would not match: compare by eye item {}",
            other.len(),
            other.join(", ")
        );
    }
    Ok((detail, indices.len() as u32, kinship))
}

/// What the produced documents say of their families, if it fits together.
fn families(looked: &[Looked], count: u32) -> Result<Kinship, KinError> {
    let mut kinship = Kinship::default();
    for one in looked {
        kinship.learn(one.index, one.parent, &one.children, count)?;
    }
    kinship.check()?;
    Ok(kinship)
}

/// Cuts the items into runs whose files fit into [`AT_ONCE`] bytes of memory together; one that does not is a run of
/// its own. So what many cores read at a time does not grow with their number.
fn waves(indices: &[u32], size: impl Fn(u32) -> u64) -> Vec<&[u32]> {
    let (mut out, mut from, mut bytes) = (Vec::new(), 0, 0u64);
    for (at, &index) in indices.iter().enumerate() {
        let more = size(index);
        if at > from && bytes.saturating_add(more) > AT_ONCE {
            out.push(&indices[from..at]);
            (from, bytes) = (at, 0);
        }
        bytes = bytes.saturating_add(more);
    }
    if from < indices.len() {
        out.push(&indices[from..]);
    }
    out
}

/// A native file, read once in pieces of bounded size.
struct Native {
    sha256: Hash,
    md5: String,
    /// Its bytes, if they were asked for.
    bytes: Vec<u8>,
}

impl Native {
    /// Reads `size` bytes, no more and no fewer.
    fn read(mut file: File, size: u64, keep: bool) -> Result<Self, String> {
        let show = |e: std::io::Error| e.to_string();
        let length = file.metadata().map_err(show)?.len();
        let wrong = |length: u64| {
            format!(
                "its bytes are not the committed ones: the file has {length}, its metadata says {size}"
            )
        };
        if length != size {
            return Err(wrong(length));
        }
        let mut bytes = Vec::new();
        if keep {
            if size > MAX_IN_MEMORY {
                return Err(format!(
                    "its file has {size} bytes, more than the {MAX_IN_MEMORY} a picture may have"
                ));
            }
            bytes
                .try_reserve_exact(size as usize)
                .map_err(|_| format!("there is no memory for its {size} bytes"))?;
        }
        let (mut sha256, mut md5) = (Sha256::new(), Md5::new());
        let mut buffer = vec![0; 1 << 16];
        let mut read = 0;
        loop {
            let n = file.read(&mut buffer).map_err(show)?;
            if n == 0 {
                break;
            }
            read += n as u64;
            if read > size {
                return Err(wrong(read));
            }
            let piece = &buffer[..n];
            sha256.update(piece);
            md5.update(piece);
            if keep {
                bytes.extend_from_slice(piece);
            }
        }
        if read != size {
            return Err(wrong(read));
        }
        Ok(Native {
            sha256: sha256.finalize().into(),
            md5: hex::encode(md5.finalize()),
            bytes,
        })
    }
}

/// What was found about a document.
struct Looked {
    index: u32,
    parent: Option<u32>,
    children: Vec<u32>,
    rounding: Option<Rounding>,
}

/// A lossy picture that decodes here to another vector than the committed one.
struct Rounding {
    index: u32,
    largest: u8,
    /// The vector that was derived here gets the verdict of the committed one; unknown where the classifier is sealed.
    same_verdict: Option<bool>,
}

fn check(bundle: &Bundle, leaf: &PublicLeaf, classifier: Published<'_>) -> Result<Looked, String> {
    let index = leaf.index();
    let show = |e: crate::bundle::BundleError| e.to_string();
    let opening = bundle.opening(index).map_err(show)?;
    if opening.index != index {
        return Err(format!("its opening is for item {}", opening.index));
    }
    let form = classifier.form();
    let wrong = |e: WrongSection| e.to_string();
    let opened = &opening.disclosed;
    opened.check_root(leaf.d()).map_err(wrong)?;
    let (meta, _) = bundle.meta(index).map_err(show)?;
    opened.check_meta(&meta).map_err(wrong)?;
    let file = bundle.native_file(index, &meta).map_err(show)?;
    let native = Native::read(file, meta.size, !form.is_text())?;
    opened.check_native(&native.sha256).map_err(wrong)?;
    check_hashes(&meta, &hex::encode(native.sha256), &native.md5)?;
    let text = bundle.text(index).map_err(show)?;
    opened.check_text(&text).map_err(wrong)?;
    let stored = || bundle.vector(index).map_err(show);
    let (vector, agreement) =
        check_vector(leaf, form, &opening.blinds, &text, &native.bytes, stored)?;
    if classifier
        .evaluate(&vector)
        .is_some_and(|verdict| !verdict.matches)
    {
        return Err("it does not match the classifier".to_owned());
    }
    let rounding = match agreement {
        Agreement::Exact => None,
        Agreement::Rounding { largest, derived } => Some(Rounding {
            index,
            largest,
            // Of a sealed classifier nobody knows it.
            same_verdict: classifier.evaluate(&derived).map(|verdict| verdict.matches),
        }),
    };
    Ok(Looked {
        index,
        parent: meta.parent,
        children: meta.children,
        rounding,
    })
}

/// Whether what an item's metadata says about its bytes is true of them: a reader of a production goes by these
/// numbers, and a responder chose them.
pub fn check_facts(meta: &ItemMeta, native: &[u8]) -> Result<(), String> {
    if meta.size != native.len() as u64 {
        return Err(format!(
            "its metadata says {} bytes, it has {}",
            meta.size,
            native.len()
        ));
    }
    let sha256 = hex::encode(Sha256::digest(native));
    check_hashes(meta, &sha256, &hex::encode(Md5::digest(native)))
}

fn check_hashes(meta: &ItemMeta, sha256: &str, md5: &str) -> Result<(), String> {
    if let Some(why) = &meta.exception {
        return Err(format!(
            "its metadata says that it could not be processed ({why}), its leaf that it was"
        ));
    }
    let message = meta
        .metadata
        .get("message_id")
        .map(|id| identity::message_hash(id))
        .unwrap_or_default();
    for (key, is) in [("sha256", sha256), ("md5", md5), ("edrm_mih", &message)] {
        // What has no bytes has no hashes of them; a load file may have brought those of the original.
        let applies = match key {
            "edrm_mih" => !message.is_empty(),
            _ => meta.size > 0,
        };
        if let Some(stated) = meta
            .metadata
            .get(key)
            .filter(|stated| applies && **stated != is)
        {
            return Err(format!(
                "its metadata says {key} {stated}, which is not true of it ({is})"
            ));
        }
    }
    Ok(())
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
        text_vector(form, text)
    } else {
        stored()?
    };
    if form.is_text() && vector.is_zero() {
        return Err(format!("its text has no word that {form} counts"));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_at_a_time_is_bounded_whatever_the_cores() {
        let indices: Vec<u32> = (0..10).collect();
        let sizes = [
            1,
            AT_ONCE,
            1,
            1,
            AT_ONCE - 2,
            1,
            u64::MAX,
            5,
            AT_ONCE - 5,
            0,
        ];
        let cut = waves(&indices, |i| sizes[i as usize]);
        assert_eq!(cut.concat(), indices);
        assert!(cut.iter().all(|wave| {
            let sum = wave
                .iter()
                .map(|i| u128::from(sizes[*i as usize]))
                .sum::<u128>();
            wave.len() == 1 || sum <= u128::from(AT_ONCE)
        }));
        assert_eq!(cut.len(), 6);
        assert!(waves(&[], |_| 0).is_empty());
    }

    #[test]
    fn facts_that_contradict_the_bytes_are_refused() {
        let bytes = b"content";
        let meta = |changes: &[(&str, &str)]| {
            let mut metadata = std::collections::BTreeMap::new();
            for (key, value) in [
                ("message_id", "a@b".to_owned()),
                ("sha256", hex::encode(Sha256::digest(bytes))),
                ("md5", hex::encode(Md5::digest(bytes))),
                ("edrm_mih", identity::message_hash("a@b")),
            ] {
                metadata.insert(key.to_owned(), value);
            }
            for (key, value) in changes {
                metadata.insert((*key).to_owned(), (*value).to_owned());
            }
            ItemMeta {
                exception: None,
                extractor: "x/1".into(),
                kind: "mail".into(),
                media_type: "message/rfc822".into(),
                metadata,
                path: "a".into(),
                size: bytes.len() as u64,
                ..ItemMeta::default()
            }
        };
        assert_eq!(check_facts(&meta(&[]), bytes), Ok(()));
        for key in ["sha256", "md5", "edrm_mih"] {
            let why = check_facts(&meta(&[(key, "00")]), bytes).unwrap_err();
            assert!(why.contains(key), "{why}");
        }
        assert!(check_facts(&meta(&[("message_id", "other@b")]), bytes).is_err());
        let sized = ItemMeta {
            size: u64::MAX,
            ..meta(&[])
        };
        assert!(check_facts(&sized, bytes).unwrap_err().contains("bytes"));
        let failed = ItemMeta {
            exception: Some("broken".into()),
            ..meta(&[])
        };
        assert!(check_facts(&failed, bytes).is_err());
    }
}
