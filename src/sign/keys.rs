//! Key pairs in minisign's format: `NAME.key` (secret, with or without a password) and `NAME.pub`.

use crate::clean;
use crate::input;
use crate::private;
use minisign::{KeyPair, PublicKey, PublicKeyBox, SecretKey, SecretKeyBox};
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Longest key file that is read.
const MAX_KEY: u64 = 64 << 10;

/// How a secret key is protected.
#[derive(Clone)]
pub enum Password {
    /// By this password.
    Of(Zeroizing<String>),
    /// Not at all: whoever has the file can sign.
    None,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Password::Of(_) => "Password(hidden)",
            Password::None => "no password",
        })
    }
}

/// Why a key cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A key file is in the way.
    #[error("{} exists already and candor never overwrites a key: choose another name", .0.display())]
    Exists(PathBuf),
    /// One half of a pair is in the way.
    #[error(
        "{} exists already and candor never overwrites a key, and {} is missing: if an earlier keygen was killed in between,          remove it; otherwise choose another name", there.display(), missing.display()
    )]
    Half {
        /// What is there.
        there: PathBuf,
        /// What is not.
        missing: PathBuf,
    },
    /// Not a key, or not with this password.
    #[error("{} cannot be used: {why}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Something else than a key, given instead of one.
    #[error("{} is no {wanted}: {what}; {remedy}", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What was needed.
        wanted: &'static str,
        /// What it is.
        what: &'static str,
        /// What to give.
        remedy: &'static str,
    },
    /// Neither.
    #[error("--key {}: there is no such file, and it is no public key (56 characters, beginning with RW)", clean::line(.0))]
    NeitherFileNorKey(String),
    /// The key has a password.
    #[error("{} is protected by a password: set CANDOR_KEY_PASSWORD or give --password-file", .0.display())]
    NeedsPassword(PathBuf),
    /// No key could be made.
    #[error("no key could be made: {0}")]
    Generate(String),
}

const COMMENT: &str = "candor secret key: keep it secret, keep a backup";

/// Makes a key pair; returns the two files.
pub fn generate(stem: &Path, password: &Password) -> Result<(PathBuf, PathBuf), KeyError> {
    let with = |extension: &str| {
        let mut name = stem.file_name().unwrap_or_default().to_owned();
        name.push(extension);
        stem.with_file_name(name)
    };
    let (secret, public) = (with(".key"), with(".pub"));
    let there = |path: &Path| path.symlink_metadata().is_ok();
    match (there(&secret), there(&public)) {
        (false, false) => {}
        (true, false) => {
            return Err(KeyError::Half {
                there: secret,
                missing: public,
            });
        }
        (false, true) => {
            return Err(KeyError::Half {
                there: public,
                missing: secret,
            });
        }
        (true, true) => return Err(KeyError::Exists(secret)),
    }
    let failed = |error: minisign::PError| KeyError::Generate(error.to_string());
    let pair = match password {
        Password::Of(password) => KeyPair::generate_encrypted_keypair(Some(password.to_string())),
        Password::None => KeyPair::generate_unencrypted_keypair(),
    }
    .map_err(failed)?;
    let text = pair.sk.to_box(Some(COMMENT)).map_err(failed)?.into_string();
    let text = Zeroizing::new(text);
    write_private(&secret, text.as_bytes())?;
    let text = pair.pk.to_box().map_err(failed)?.into_string();
    private::write_public_new(&public, text.as_bytes()).map_err(|source| {
        // A secret key whose public one nobody has is of no use, and in the way.
        let _ = std::fs::remove_file(&secret);
        KeyError::Io {
            path: public.clone(),
            source,
        }
    })?;
    Ok((secret, public))
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    private::write_new(path, bytes).map_err(|source| KeyError::Io {
        path: path.to_owned(),
        source,
    })
}

fn read(path: &Path) -> Result<String, KeyError> {
    input::read_to_string(path, MAX_KEY).map_err(|source| KeyError::Io {
        path: path.to_owned(),
        source,
    })
}

/// Refuses what says that it is something else.
fn other(
    path: &Path,
    text: &str,
    wanted: &'static str,
    remedy: &'static str,
) -> Result<(), KeyError> {
    match input::says(text.as_bytes()).filter(|what| !what.contains(wanted)) {
        Some(what) => Err(KeyError::Other {
            path: path.to_owned(),
            wanted,
            what,
            remedy,
        }),
        None => Ok(()),
    }
}

fn bad(path: &Path) -> impl Fn(minisign::PError) -> KeyError + '_ {
    |error| KeyError::Key {
        path: path.to_owned(),
        why: error.to_string(),
    }
}

/// Reads a secret key. `password` is asked for only if the key has one.
pub fn secret(
    path: &Path,
    password: impl FnOnce() -> Option<Zeroizing<String>>,
) -> Result<SecretKey, KeyError> {
    let text = Zeroizing::new(read(path)?);
    other(
        path,
        &text,
        "secret key",
        "sign takes the secret one, which keygen named .key",
    )?;
    let parse = || SecretKeyBox::from_string(&text).map_err(bad(path));
    if let Ok(key) = parse()?.into_unencrypted_secret_key() {
        return Ok(key);
    }
    let password = password().ok_or_else(|| KeyError::NeedsPassword(path.to_owned()))?;
    parse()?
        .into_secret_key(Some(password.to_string()))
        .map_err(bad(path))
}

/// Reads a public key: the file that minisign writes, or the key's one line of Base64.
pub fn public(path_or_key: &str) -> Result<PublicKey, KeyError> {
    let path = Path::new(path_or_key);
    if path.symlink_metadata().is_err() {
        return PublicKey::from_base64(path_or_key.trim())
            .map_err(|_| KeyError::NeitherFileNorKey(path_or_key.to_owned()));
    }
    let text = read(path)?;
    other(
        path,
        &text,
        "public key",
        "a signature is checked with the public one, which keygen named .pub",
    )?;
    PublicKeyBox::from_string(&text)
        .and_then(PublicKeyBox::into_public_key)
        .map_err(bad(path))
}
