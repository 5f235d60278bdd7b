//! Signing a file and checking a signature.

use super::subject::Subject;
use crate::Surroundings;
use crate::input;
use crate::output::{Kind, OutputError, Target};
use minisign::{PublicKey, SecretKey, SignatureBox};
use serde::Serialize;
use std::io::BufReader;
use std::path::PathBuf;

/// The extension of signatures.
pub const EXTENSION: &str = "minisig";
const MAX_SIGNATURE: u64 = 64 << 10;

/// A signature that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signature {
    /// The signed file.
    pub file: PathBuf,
    /// The signature's file.
    pub signature: PathBuf,
    /// The comment that is signed with the file: when, what, which root.
    pub comment: String,
    /// Identifies the key.
    pub key: String,
}

/// Why a file cannot be signed, or a signature not be read.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Signing failed.
    #[error("{} cannot be signed: {why}", path.display())]
    Sign {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// It cannot be put where it belongs.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Not a signature.
    #[error("{} is not a signature: {why}", path.display())]
    NotASignature {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

fn io(path: &std::path::Path) -> impl Fn(std::io::Error) -> SignError + '_ {
    |source| SignError::Io {
        path: path.to_owned(),
        source,
    }
}

const SIGNATURE: Kind = Kind {
    name: "a signature",
    is: |bytes| bytes.starts_with(b"untrusted comment:"),
};

/// Where the signature of a subject goes.
pub(super) fn target(subject: &Subject, force: bool) -> Result<Target, OutputError> {
    Target::beside(&subject.beside(EXTENSION), SIGNATURE, force)
}

/// Signs a subject and puts the signature where it belongs, beside it. `facts` go into the signed comment.
pub fn sign_file(
    around: &Surroundings,
    subject: &Subject,
    key: &SecretKey,
    facts: &str,
    force: bool,
) -> Result<Signature, SignError> {
    let path = subject.file();
    let failed = |error: minisign::PError| SignError::Sign {
        path: path.to_owned(),
        why: error.to_string(),
    };
    let now = around.now().unix_timestamp();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let clean = |text: &str| -> String {
        text.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    };
    let mut comment = format!("timestamp:{now}\tfile:{}\thashed", clean(&name));
    if !facts.is_empty() {
        comment.push('\t');
        comment.push_str(&clean(facts));
    }
    let public = PublicKey::from_secret_key(key).map_err(failed)?;
    let file = input::open(path).map_err(io(path))?;
    let signature = minisign::sign(
        Some(&public),
        key,
        BufReader::new(file),
        Some(&comment),
        Some("signature from candor"),
    )
    .map_err(failed)?;
    let target = target(subject, force)?;
    let place = target.path().to_owned();
    target.write(signature.into_string().as_bytes())?;
    Ok(Signature {
        file: path.to_owned(),
        signature: place,
        comment,
        key: key_id(public.keynum()),
    })
}

/// Checks the signature beside a subject (or the one given); `Ok(Err(_))` says why it does not hold.
pub fn verify_file(
    subject: &Subject,
    key: &PublicKey,
    signature: Option<PathBuf>,
) -> Result<Result<Signature, String>, SignError> {
    let target = signature.unwrap_or_else(|| subject.beside(EXTENSION));
    let malformed = |why: String| SignError::NotASignature {
        path: target.clone(),
        why,
    };
    let text =
        input::read_to_string(&target, MAX_SIGNATURE).map_err(|error| match error.kind() {
            std::io::ErrorKind::FileTooLarge => malformed("it is too long".to_owned()),
            _ => io(&target)(error),
        })?;
    let parsed = SignatureBox::from_string(&text).map_err(|e| malformed(e.to_string()))?;
    if parsed.keynum() != key.keynum() {
        return Ok(Err(format!(
            "it was made with key {}, not with {}",
            key_id(parsed.keynum()),
            key_id(key.keynum())
        )));
    }
    let path = subject.file();
    let file = BufReader::new(input::open(path).map_err(io(path))?);
    Ok(
        match minisign::verify(key, &parsed, file, true, false, false) {
            Ok(()) => Ok(Signature {
                file: path.to_owned(),
                signature: target.clone(),
                comment: parsed
                    .trusted_comment()
                    .map_err(|e| malformed(e.to_string()))?,
                key: key_id(key.keynum()),
            }),
            Err(error) => Err(error.to_string()),
        },
    )
}

/// A key's number as minisign shows it.
pub fn key_id(keynum: &[u8]) -> String {
    let bytes: Vec<u8> = keynum.iter().rev().copied().collect();
    hex::encode_upper(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::keys::{self, KeyError, Password};
    use std::fs;
    use zeroize::Zeroizing;

    #[test]
    fn signatures_hold_for_the_file_and_the_key_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let (secret, public) = keys::generate(&at("me"), &Password::None).unwrap();
        assert!(matches!(
            keys::generate(&at("me"), &Password::None),
            Err(KeyError::Exists(_))
        ));
        fs::write(at("commitment.json"), b"{}\n").unwrap();
        let subject = Subject::of(&at("commitment.json")).unwrap();
        let key = keys::secret(&secret, || None).unwrap();
        let made = sign_file(
            &Surroundings::system(),
            &subject,
            &key,
            "root:ab\ncd",
            false,
        )
        .unwrap();
        assert_eq!(made.signature, at("commitment.json.minisig"));
        assert!(made.comment.ends_with("hashed\troot:ab cd"));
        let public = keys::public(public.to_str().unwrap()).unwrap();
        let checked = verify_file(&subject, &public, None).unwrap().unwrap();
        assert_eq!(checked, made);
        // The key as one line.
        let line = public.to_base64();
        assert!(keys::public(&line).is_ok());

        let text = fs::read_to_string(&made.signature).unwrap();
        fs::write(&made.signature, text.replace("root:ab", "root:xx")).unwrap();
        assert!(verify_file(&subject, &public, None).unwrap().is_err());
        fs::write(&made.signature, &text).unwrap();
        fs::write(at("commitment.json"), b"{ }\n").unwrap();
        assert!(verify_file(&subject, &public, None).unwrap().is_err());
        let (_, other) = keys::generate(&at("other"), &Password::None).unwrap();
        let other = keys::public(other.to_str().unwrap()).unwrap();
        let why = verify_file(&subject, &other, None).unwrap().unwrap_err();
        assert!(why.contains(&made.key), "{why}");
        fs::write(&made.signature, "nonsense").unwrap();
        assert!(matches!(
            verify_file(&subject, &public, None),
            Err(SignError::NotASignature { .. })
        ));
    }

    /// Signatures that the reference implementation made: the current kind holds, the old one, over
    /// the file itself instead of its hash, is not accepted.
    #[test]
    fn the_reference_implementation_agrees() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("test");
        fs::write(&file, b"test").unwrap();
        let key = keys::public("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3").unwrap();
        assert_eq!(key_id(key.keynum()), "E7620F1842B4E81F");
        let subject = Subject::of(&file).unwrap();
        let check = |lines: [&str; 3]| {
            let text = format!(
                "untrusted comment: signature from minisign secret key\n{}\ntrusted comment: {}\n{}\n",
                lines[0], lines[1], lines[2]
            );
            fs::write(subject.beside(EXTENSION), text).unwrap();
            verify_file(&subject, &key, None)
        };
        let current = check([
            "RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=",
            "timestamp:1556193335\tfile:test",
            "y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==",
        ]);
        assert_eq!(
            current.unwrap().unwrap().comment,
            "timestamp:1556193335\tfile:test"
        );
        let old = check([
            "RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=",
            "timestamp:1555779966\tfile:test",
            "QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==",
        ]);
        assert!(!matches!(old, Ok(Ok(_))));
    }

    #[test]
    #[ignore = "derives a key with the full cost: 1 GiB and some seconds"]
    fn keys_with_a_password_need_it() {
        let dir = tempfile::tempdir().unwrap();
        let password = Zeroizing::new("open sesame".to_owned());
        let stem = dir.path().join("k");
        let (secret, _) = keys::generate(&stem, &Password::Of(password.clone())).unwrap();
        assert!(matches!(
            keys::secret(&secret, || None),
            Err(KeyError::NeedsPassword(_))
        ));
        let wrong = || Some(Zeroizing::new("wrong".to_owned()));
        assert!(keys::secret(&secret, wrong).is_err());
        assert!(keys::secret(&secret, || Some(password)).is_ok());
    }
}
