//! What vouches for a file and lies beside it: a signature, a time-stamp. Read without trusting anybody;
//! checked against the keys and certificates that are given.

use super::minisig::{self, EXTENSION, key_id};
use super::subject::Subject;
use super::tsp::{self, Stamp, Trust};
use super::{MAX_STAMPED, verify_file};
use crate::input;
use minisign::{PublicKey, SignatureBox};
use std::path::{Path, PathBuf};

/// Largest signature and time-stamp that are read.
const MAX_BYTES: u64 = 1 << 20;

/// What a signature says, and whether it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The number of the key that made it, as minisign shows it.
    pub key: String,
    /// The comment that was signed with the file. May hold control characters.
    pub comment: String,
    /// Whether it holds for one of the given keys, and which file that key is in; `None` if no given
    /// key is the one that made it.
    pub checked: Option<Result<PathBuf, String>>,
}

/// What lies beside one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// "The commitment", "The bundle".
    pub what: &'static str,
    /// The file.
    pub file: PathBuf,
    /// A signature, or why what is there is none.
    pub signature: Option<Result<Signed, String>>,
    /// A time-stamp, or why what is there does not hold. Its authority was checked if it says so.
    pub stamp: Option<Result<Stamp, String>>,
}

fn read(path: &Path) -> Option<Result<Vec<u8>, String>> {
    match input::read(path, MAX_BYTES) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        other => Some(other.map_err(|e| format!("{}: {e}", path.display()))),
    }
}

/// Looks beside a file, a bundle (its tag manifest) or a case (its commitment file). `keys` are
/// files with public keys; `authorities` files with certificates that are trusted to stamp.
pub fn look(what: &'static str, path: &Path, keys: &[PathBuf], authorities: &[PathBuf]) -> Beside {
    let mut found = Beside {
        what,
        file: path.to_owned(),
        signature: None,
        stamp: None,
    };
    let Ok(subject) = Subject::of(path) else {
        return found;
    };
    subject.file().clone_into(&mut found.file);
    found.signature = read(&subject.beside(EXTENSION)).map(|bytes| signed(&subject, &bytes?, keys));
    found.stamp = read(&subject.beside("tsr")).map(|token| stamped(&subject, &token?, authorities));
    found
}

fn signed(subject: &Subject, bytes: &[u8], keys: &[PathBuf]) -> Result<Signed, String> {
    let text = String::from_utf8_lossy(bytes);
    let parsed = SignatureBox::from_string(&text).map_err(|e| e.to_string())?;
    let ours = |path: &PathBuf| -> Option<(PathBuf, PublicKey)> {
        let key = super::keys::public(&path.to_string_lossy()).ok()?;
        (key.keynum() == parsed.keynum()).then(|| (path.clone(), key))
    };
    let checked =
        keys.iter()
            .find_map(ours)
            .map(|(path, key)| match verify_file(subject, &key, None) {
                Ok(Ok(minisig::Signature { .. })) => Ok(path),
                Ok(Err(why)) => Err(why),
                Err(error) => Err(error.to_string()),
            });
    Ok(Signed {
        key: key_id(parsed.keynum()),
        comment: parsed.trusted_comment().map_err(|e| e.to_string())?,
        checked,
    })
}

fn stamped(subject: &Subject, token: &[u8], authorities: &[PathBuf]) -> Result<Stamp, String> {
    let data = input::read(subject.file(), MAX_STAMPED).map_err(|e| e.to_string())?;
    let stamp = tsp::inspect(token, &data, None).map_err(|e| e.to_string())?;
    let mut trust = Trust::default();
    let mut some = false;
    for path in authorities {
        let Some(Ok(bytes)) = read(path) else {
            return Err(format!("{} cannot be read", path.display()));
        };
        trust
            .add_root(&bytes)
            .map_err(|e| format!("{}: {e}", path.display()))?;
        some = true;
    }
    if some {
        tsp::verify(token, &data, None, &trust).map_err(|e| e.to_string())
    } else {
        Ok(stamp)
    }
}

impl Beside {
    /// In sentences, for a report.
    pub fn sentences(&self) -> Vec<String> {
        let what = self.what;
        let mut out = Vec::new();
        match &self.signature {
            None => {}
            Some(Err(why)) => out.push(format!("{what} has a signature file that is none: {why}")),
            Some(Ok(signed)) => out.push(match &signed.checked {
                Some(Ok(key)) => format!(
                    "{what} has a good signature by key {} ({}).",
                    signed.key,
                    key.file_name().unwrap_or_default().to_string_lossy()
                ),
                Some(Err(why)) => format!("{what} has a signature that does not hold: {why}"),
                None => format!(
                    "{what} has a signature by key {}; candor verify-signature checks it against the \
                     signer's key.",
                    signed.key
                ),
            }),
        }
        match &self.stamp {
            None => {}
            Some(Ok(stamp)) if stamp.trusted => out.push(format!(
                "{what} has a time-stamp of {} by {}, whose certificate was checked.",
                stamp.time, stamp.authority
            )),
            Some(Ok(stamp)) => out.push(format!(
                "{what} has a time-stamp that says {}; its authority was not checked here: candor timestamp \
                 verify does that.",
                stamp.time
            )),
            Some(Err(why)) => {
                out.push(format!("{what} has a time-stamp that does not hold: {why}"))
            }
        }
        out
    }
}

/// What is said of a commitment file and a bundle together, for a report.
pub fn sentences(found: &[Beside]) -> Vec<String> {
    let mut out: Vec<String> = found.iter().flat_map(Beside::sentences).collect();
    if out.is_empty() {
        out.push("Neither a signature nor a time-stamp was found beside the files.".to_owned());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::{Password, keys, sign_file};
    use std::fs;

    #[test]
    fn a_signature_is_shown_without_a_key_and_checked_with_one() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("commitment.json"), "the root").unwrap();
        let nothing = look("The commitment", &at("commitment.json"), &[], &[]);
        assert_eq!((&nothing.signature, &nothing.stamp), (&None, &None));
        assert!(sentences(&[nothing])[0].starts_with("Neither"));

        let (secret, public) = keys::generate(&at("ours"), &Password::None).unwrap();
        let (_, other) = keys::generate(&at("other"), &Password::None).unwrap();
        let key = keys::secret(&secret, || None).unwrap();
        let subject = Subject::of(&at("commitment.json")).unwrap();
        sign_file(
            &crate::Surroundings::system(),
            &subject,
            &key,
            "root:ab",
            false,
        )
        .unwrap();
        let see = |keys: &[PathBuf]| {
            let found = look("The commitment", &at("commitment.json"), keys, &[]);
            found.signature.unwrap().unwrap()
        };
        let unknown = see(&[other]);
        assert_eq!(unknown.checked, None);
        assert!(unknown.comment.contains("root:ab"));
        assert_eq!(
            see(std::slice::from_ref(&public)).checked,
            Some(Ok(public.clone()))
        );

        fs::write(at("commitment.json"), "another root").unwrap();
        assert!(matches!(see(&[public]).checked, Some(Err(_))));
        fs::write(at("commitment.json.minisig"), "nonsense").unwrap();
        fs::write(at("commitment.json.tsr"), "nonsense").unwrap();
        let broken = look("The commitment", &at("commitment.json"), &[], &[]);
        assert!(matches!(broken.signature, Some(Err(_))));
        assert!(matches!(broken.stamp, Some(Err(_))));
        assert_eq!(broken.sentences().len(), 2);
    }
}
