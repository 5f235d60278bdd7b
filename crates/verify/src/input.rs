//! Opening files that another party made: [`candor_edge::input`], and classifier files.

pub use candor_edge::input::*;

use crate::classify::{Classifier, ClassifierError};
use crate::sealed::{AnyClassifier, AnyError};
use std::path::Path;

/// More than any classifier file has: `Classifier::from_bytes` knows the exact cap.
const MAX_CLASSIFIER: u64 = 256 << 20;

fn bytes(path: &Path) -> Result<Vec<u8>, ClassifierError> {
    read(path, MAX_CLASSIFIER).map_err(|source| ClassifierError::Io {
        path: path.to_owned(),
        source,
    })
}

fn in_file(path: &Path, source: ClassifierError) -> ClassifierError {
    ClassifierError::File {
        path: path.to_owned(),
        source: Box::new(source),
    }
}

/// That it is another file of candor's.
fn other(path: &Path, bytes: &[u8]) -> Result<(), ClassifierError> {
    let own: [&[u8]; 3] = [b"candor-clf-", b"candor-seal-1", b"candor-seal-secret-"];
    if own.iter().any(|magic| bytes.starts_with(magic)) {
        return Ok(());
    }
    let path = path.to_owned();
    match another(bytes, "classifier") {
        Some(source) => Err(ClassifierError::Io { path, source }),
        None => Ok(()),
    }
}

/// A classifier file all of which is public, opened as [`open`] does.
pub fn classifier(path: &Path) -> Result<Classifier, ClassifierError> {
    let bytes = bytes(path)?;
    other(path, &bytes)?;
    Classifier::from_bytes(&bytes).map_err(|source| in_file(path, source))
}

/// A classifier file, public or sealed.
pub fn any_classifier(path: &Path) -> Result<AnyClassifier, AnyError> {
    let bytes = bytes(path)?;
    other(path, &bytes)?;
    AnyClassifier::from_bytes(&bytes).map_err(|error| match error {
        AnyError::Public(source) => in_file(path, source).into(),
        AnyError::Sealed(source) => AnyError::File {
            path: path.to_owned(),
            what: "a valid sealed classifier",
            source: Box::new(source),
        },
        named => named,
    })
}

/// A file or folder that is named twice, under whatever names.
pub fn twice(paths: &[std::path::PathBuf]) -> Option<&Path> {
    let mut known = std::collections::BTreeSet::new();
    let place = |path: &std::path::PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    let again = paths.iter().find(|path| !known.insert(place(path)));
    again.map(std::path::PathBuf::as_path)
}

/// What a file of candor says that it is: for whoever was given it in another one's place. Nothing if it says nothing.
pub fn says(bytes: &[u8]) -> Option<&'static str> {
    let head = &bytes[..bytes.len().min(4 << 10)];
    let holds = |what: &str| head.windows(what.len()).any(|at| at == what.as_bytes());
    let known = [
        (
            head.starts_with(b"candor-clf-"),
            "this is a classifier: give it with --classifier",
        ),
        (
            head.starts_with(b"candor-seal-secret-"),
            "this is the secret part of a sealed classifier: give it with --secret, where its owner runs it",
        ),
        (
            head.starts_with(b"candor-seal-"),
            "this is a sealed classifier: give it with --classifier",
        ),
        (
            head.starts_with(b"candor-leaves-"),
            "these are the leaves of a commitment; the commitment file lies beside them",
        ),
        (
            head.starts_with(b"candor-vault-"),
            "this is a file of a vault, which nobody needs but candor itself",
        ),
        (
            holds("\"candor-commitment-"),
            "this is a commitment file: give it with --commitment",
        ),
        (
            holds("\"candor-audit-challenge-"),
            "this is the challenge of an audit: give it with --challenge",
        ),
        (
            holds("\"candor-audit-answer-"),
            "this is a file of an answer to an audit: name its folder",
        ),
        (
            holds("\"candor-bundle-"),
            "this is a file of a bundle: name the bundle's folder",
        ),
        (
            holds("\"candor-vault-"),
            "this is a file of a vault, which nobody needs but candor itself",
        ),
        (
            head.starts_with(b"untrusted comment:") && holds("secret key"),
            "this is a secret key, which is for signing and for nobody else's eyes",
        ),
        (
            head.starts_with(b"untrusted comment:") && holds("public key"),
            "this is a public key, which is for checking signatures",
        ),
        (
            head.starts_with(b"untrusted comment:"),
            "this is a signature, which lies beside what is signed",
        ),
    ];
    known.into_iter().find(|(is, _)| *is).map(|(_, what)| what)
}

/// Reads JSON. A byte order mark, which editors put in front unasked, is named: to the parser it is only an unexpected
/// character.
pub fn json<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let marks: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
    if marks.iter().any(|mark| bytes.starts_with(mark)) {
        let what = "it begins with a byte order mark (BOM), which no such file has: it was saved anew by an editor; \
                    get the original, or save it as UTF-8 without a mark";
        return Err(serde::de::Error::custom(what));
    }
    serde_json::from_slice(bytes)
}

/// That a file is another one of candor's, as the error of opening it.
pub fn another(bytes: &[u8], wanted: &str) -> Option<std::io::Error> {
    let what = says(bytes)?;
    let words = format!("it is no {wanted}: {what}");
    Some(std::io::Error::new(std::io::ErrorKind::InvalidData, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_another_ones_place_is_told() {
        for (bytes, what) in [
            (&b"candor-clf-1\nx"[..], "--classifier"),
            (b"{\n  \"format\": \"candor-commitment-4\",", "--commitment"),
            (b"{\"format\":\"candor-audit-challenge-2\"", "--challenge"),
            (b"untrusted comment: minisign public key AB", "public key"),
            (b"untrusted comment: candor secret key: keep", "secret key"),
            (b"untrusted comment: signature from candor", "signature"),
        ] {
            assert!(says(bytes).unwrap().contains(what));
        }
        assert_eq!(says(b"{}"), None);
        let marked = json::<serde_json::Value>(b"\xef\xbb\xbf{}").unwrap_err();
        assert!(marked.to_string().contains("byte order mark"), "{marked}");
    }
}
