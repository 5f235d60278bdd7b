//! Sealing a classifier into files, and opening a sealed one with its secret part.
//!
//! ```text
//! request.sealed      public: architecture, labels, commitments; its SHA-256 is its name
//! request.secret      0600, its owner's alone: the classifier and the blinding factors
//! ```

use crate::classify::{Card, Classifier, ClassifierError};
use crate::input;
use crate::output::{self, Kind, OutputError, Target};
use crate::sealed::{self, AnyClassifier, AnyError, Opening, SealError};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The extension of sealed files.
pub const EXTENSION: &str = "sealed";
/// The extension of secret parts.
pub const SECRET_EXTENSION: &str = "secret";
const PUBLIC: Kind = Kind::unique("a sealed classifier");
const SECRET: Kind = Kind::unique("the secret part of a sealed classifier");
/// More than any secret part has: `Opening::from_bytes` knows the exact cap.
const MAX_SECRET: u64 = 256 << 20;

/// Where the secret part of a sealed file is unless somebody says otherwise: beside it.
pub fn secret_beside(sealed: &Path) -> PathBuf {
    sealed.with_extension(SECRET_EXTENSION)
}

/// Why a classifier was not sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealFilesError {
    /// It cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The two files are one.
    #[error(
        "{} cannot be both the public file and the secret part: name the secret part with --secret", .0.display()
    )]
    SamePath(PathBuf),
    /// A file is there already.
    #[error(
        "{} exists already: candor does not overwrite sealed classifiers (what was proved with one takes its secret \
         part), choose another name", .0.display()
    )]
    Exists(PathBuf),
    /// A name under which candor writes nothing, or a file that cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// Seals a classifier, with `card` as what is said of it in public, and writes both parts: the secret one first, since
/// a public file that nobody can open would be of no use.
pub fn seal_into(
    classifier: Classifier,
    card: Card,
    public: &Path,
    secret: &Path,
) -> Result<Opening, SealFilesError> {
    if output::same_file(public, secret) {
        return Err(SealFilesError::SamePath(public.to_owned()));
    }
    for path in [public, secret] {
        if path.symlink_metadata().is_ok() {
            return Err(SealFilesError::Exists(path.to_owned()));
        }
    }
    let public = Target::new(public, PUBLIC, None, &[])?.public();
    let secret = Target::new(secret, SECRET, None, &[])?;
    let opening = sealed::seal(classifier, card, Vec::new())?;
    let kept = secret.path().to_owned();
    secret.write(&opening.to_bytes())?;
    let written = public.write(&opening.sealed().to_bytes());
    if written.is_err() {
        // Of no use, and a secret: it does not stay behind.
        let _ = std::fs::remove_file(kept);
    }
    Ok(written.map(|()| opening)?)
}

/// A classifier whose numbers are needed: a public one, or a sealed one with its secret part.
pub fn open(file: &Path, secret: Option<&Path>) -> Result<AnyClassifier, AnyError> {
    let classifier = input::any_classifier(file)?;
    match (secret, classifier.is_sealed()) {
        (None, false) => Ok(classifier),
        (None, true) => Err(AnyError::NeedsSecret {
            path: file.to_owned(),
        }),
        (Some(secret), _) => open_with(classifier, secret),
    }
}

/// Opens what was read already.
pub fn open_with(classifier: AnyClassifier, secret: &Path) -> Result<AnyClassifier, AnyError> {
    let bytes = input::read(secret, MAX_SECRET).map_err(|source| ClassifierError::Io {
        path: secret.to_owned(),
        source,
    })?;
    let bytes = Zeroizing::new(bytes);
    let opened = classifier.open(&bytes);
    opened.map_err(|source| AnyError::File {
        path: secret.to_owned(),
        what: "the secret part of this classifier",
        source: Box::new(source),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{Layer, Linear, Network, TensorRef, Term};
    use crate::item::Form;
    use crate::sealed::Held;

    fn classifier() -> Classifier {
        let form = Form::TextHash4080V1;
        let layer = Layer {
            name: "sum".into(),
            out: [1, 1, 1],
            terms: vec![Term {
                input: TensorRef::Input,
                op: Linear::Dense {
                    weights: (0..form.len() as i32).map(|i| i % 7 - 3).collect(),
                },
                zero_point: 0,
            }],
            bias: vec![-5],
        };
        let network = Network::with_miss(form, 8, vec![layer]).unwrap();
        Classifier::new(Card::named("secret words"), network).unwrap()
    }

    #[test]
    fn both_parts_are_written_once_and_the_secret_one_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let (public, secret) = (at("a.sealed"), at("a.secret"));
        assert_eq!(secret_beside(&public), secret);
        let card = classifier().card().published();
        let seal = || seal_into(classifier(), card.clone(), &public, &secret);
        let opening = seal().unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&secret), 0o600);
            assert_eq!(mode(&public) & 0o400, 0o400);
        }
        assert!(matches!(seal(), Err(SealFilesError::Exists(_))));
        let opened = open(&public, Some(&secret)).unwrap();
        assert_eq!(opened.hash(), opening.sealed().hash());
        let Some(Held::Sealed(again)) = opened.held() else {
            panic!("it was opened");
        };
        assert_eq!(again.classifier(), &classifier());
        let same = seal_into(classifier(), card.clone(), &at("b"), &at("b"));
        assert!(matches!(same, Err(SealFilesError::SamePath(_))));
        let bundle = at("bundle");
        std::fs::create_dir_all(bundle.join("data")).unwrap();
        for tag in [crate::bundle::bag::BAGIT, crate::bundle::bag::MANIFEST] {
            std::fs::write(bundle.join(tag), "").unwrap();
        }
        let inside = seal_into(classifier(), card, &at("c"), &bundle.join("data/c.secret"));
        assert!(matches!(
            inside,
            Err(SealFilesError::Output(OutputError::Inside {
                what: "the bundle",
                ..
            }))
        ));
        assert!(!at("c").exists());
    }

    #[test]
    fn every_mix_up_of_files_has_its_sentence() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let card = classifier().card().published();
        for name in ["a", "b"] {
            let (public, secret) = (
                at(name).with_extension("sealed"),
                at(name).with_extension("secret"),
            );
            seal_into(classifier(), card.clone(), &public, &secret).unwrap();
        }
        std::fs::write(at("plain.clf"), classifier().to_bytes()).unwrap();
        std::fs::write(at("none"), "nothing of the kind").unwrap();
        let said = |file: &str, secret: Option<&str>| {
            let secret = secret.map(at);
            let error = open(&at(file), secret.as_deref()).unwrap_err();
            format!("{:#}", anyhow::Error::new(error))
        };
        for (file, secret, words) in [
            ("a.sealed", None, "name the secret part of the seal as well"),
            (
                "a.sealed",
                Some("b.secret"),
                "the secret part of another seal",
            ),
            (
                "a.sealed",
                Some("a.sealed"),
                "does not begin with 'candor-seal-secret-1'",
            ),
            (
                "a.sealed",
                Some("plain.clf"),
                "does not begin with 'candor-seal-secret-1'",
            ),
            ("a.sealed", Some("gone"), "gone"),
            (
                "a.secret",
                None,
                "it is the secret part of a sealed classifier",
            ),
            (
                "plain.clf",
                Some("a.secret"),
                "a public one, to which no secret part belongs",
            ),
            ("none", None, "does not begin with 'candor-clf-1'"),
        ] {
            let error = said(file, secret);
            assert!(error.contains(words), "{file} {secret:?}: {error}");
        }
        let public_needed = input::classifier(&at("a.sealed")).unwrap_err();
        let public_needed = format!("{:#}", anyhow::Error::new(public_needed));
        assert!(
            public_needed.contains("weights are a secret of its owner"),
            "{public_needed}"
        );
    }
}
