//! What is done with signatures and time-stamps: each step with its files and its line in the custody
//! log. The command line and the terminal application take the same ones.

use super::keys::{self, KeyError};
use super::minisig::{self, EXTENSION, SignError, Signature, sign_file};
use super::subject::{Subject, SubjectError};
use super::tsp::{self, RequestError, Stamp, TokenError, Trust};
use crate::Surroundings;
use crate::bundle::bag;
use crate::commit::open_commitment;
use crate::custody::{self, Act, CustodyError, Doing};
use crate::output::{Kind, OutputError, Target};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// Nothing to sign or stamp.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Signing.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A file.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A request that cannot be made.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A request that cannot be read.
    #[error("{}: {source}", path.display())]
    BadRequest {
        /// Which.
        path: PathBuf,
        /// Why.
        source: RequestError,
    },
    /// The authority's answer does not hold.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A file with certificates that has none.
    #[error("{}: {source}", path.display())]
    Certificate {
        /// Which.
        path: PathBuf,
        /// Why.
        source: TokenError,
    },
    /// What was made cannot be put where it belongs.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The custody log.
    #[error("the custody log: {0}")]
    Custody(#[from] CustodyError),
}

const REQUEST: Kind = Kind {
    name: "a time-stamp request",
    is: |bytes| tsp::nonce(bytes).is_ok(),
};

fn read(path: &Path) -> Result<Vec<u8>, StepError> {
    crate::input::read(path, super::MAX_STAMPED).map_err(|source| StepError::Io {
        path: path.to_owned(),
        source,
    })
}

/// The case whose custody log hears of a step: the one that was named, or the one that `what` is.
fn log_of(what: &Path, case: Option<&Path>) -> Option<PathBuf> {
    case.map(Path::to_owned).or_else(|| custody::case_of(what))
}

/// Announces a step that is taken with a case, if there is one.
fn begin(
    around: &Surroundings,
    case: Option<PathBuf>,
    action: &str,
    file: &Path,
    makes: PathBuf,
) -> Result<Option<Act>, StepError> {
    let facts = [("file", file.display().to_string())];
    let begin = |case: PathBuf| Act::begin(around, &case, action, facts, Doing::leaving(makes));
    Ok(case.map(begin).transpose()?)
}

/// Signs a file, a bundle or a case. `password` is asked for only if the key has one.
pub fn sign(
    around: &Surroundings,
    what: &Path,
    key: &Path,
    password: impl FnOnce() -> Option<Zeroizing<String>>,
    case: Option<&Path>,
    force: bool,
) -> Result<Signature, StepError> {
    let subject = Subject::of(what)?;
    // Before a password is asked for.
    minisig::target(&subject, force)?;
    let key = keys::secret(key, password)?;
    let facts = match open_commitment(subject.file()) {
        Ok(commitment) => format!("root:{}", commitment.root_hex()),
        Err(_) => String::new(),
    };
    let act = begin(
        around,
        log_of(what, case),
        "sign",
        subject.file(),
        subject.beside(EXTENSION),
    )?;
    let made = sign_file(around, &subject, &key, &facts, force)?;
    if let Some(act) = act {
        let facts = [
            ("file", made.file.display().to_string()),
            ("key", made.key.clone()),
        ];
        act.done(facts)?;
    }
    Ok(made)
}

/// Where a time-stamp request goes: never into a bundle, which has no place for it.
pub fn request_path(what: &Path, subject: &Subject) -> PathBuf {
    if what.is_dir() && subject.file().ends_with(bag::TAG_MANIFEST) {
        let mut name = what.file_name().unwrap_or_default().to_owned();
        name.push(".tsq");
        what.with_file_name(name)
    } else {
        subject.beside("tsq")
    }
}

/// Writes a time-stamp request; returns the file that is to be stamped and the request.
pub fn request(
    what: &Path,
    output: Option<PathBuf>,
    force: bool,
) -> Result<(PathBuf, PathBuf), StepError> {
    let subject = Subject::of(what)?;
    let target = match &output {
        Some(path) => Target::new(path, REQUEST, force, &[what, subject.file()])?.public(),
        None => Target::beside(&request_path(what, &subject), REQUEST, force)?,
    };
    let path = target.path().to_owned();
    target.write(&tsp::request(&read(subject.file())?)?)?;
    Ok((subject.file().to_owned(), path))
}

/// Keeps an authority's reply beside the file, if it is about this file and this request. Returns what
/// it says and where it is.
pub fn store(
    around: &Surroundings,
    what: &Path,
    reply: &Path,
    request: Option<PathBuf>,
    case: Option<&Path>,
    force: bool,
) -> Result<(Stamp, PathBuf), StepError> {
    let subject = Subject::of(what)?;
    let (data, answer) = (read(subject.file())?, read(reply)?);
    let usual = request_path(what, &subject);
    let nonce = match request.or_else(|| usual.exists().then_some(usual)) {
        Some(path) => {
            let bytes = read(&path)?;
            tsp::nonce(&bytes).map_err(|source| StepError::BadRequest { path, source })?
        }
        None => None,
    };
    let stamp = tsp::inspect(&answer, &data, nonce.as_deref())?;
    let target = subject.beside("tsr");
    if read(&target).is_ok_and(|kept| kept == answer) {
        return Ok((stamp, target));
    }
    // An earlier one says more than a later one: it is not replaced unasked.
    let kept = Target::beside(&target, Kind::unique("a time-stamp"), force)?;
    let act = begin(
        around,
        log_of(what, case),
        "timestamp",
        subject.file(),
        target.clone(),
    )?;
    kept.write(&answer)?;
    if let Some(act) = act {
        let facts = [
            ("file", subject.file().display().to_string()),
            ("stamped", stamp.time.clone()),
        ];
        act.done(facts)?;
    }
    Ok((stamp, target))
}

/// Checks a stored time-stamp against certificates that are trusted, with further ones that may lead to
/// them. Returns what it says and where it is.
pub fn check_stamp(
    what: &Path,
    roots: &[PathBuf],
    helpers: &[PathBuf],
    token: Option<PathBuf>,
) -> Result<(Stamp, PathBuf), StepError> {
    let subject = Subject::of(what)?;
    let path = token.unwrap_or_else(|| subject.beside("tsr"));
    let mut trust = Trust::default();
    let bad = |path: &Path| {
        let path = path.to_owned();
        move |source| StepError::Certificate { path, source }
    };
    for file in roots {
        trust.add_root(&read(file)?).map_err(bad(file))?;
    }
    for file in helpers {
        trust.add_helper(&read(file)?).map_err(bad(file))?;
    }
    let stamp = tsp::verify(&read(&path)?, &read(subject.file())?, None, &trust)?;
    Ok((stamp, path))
}
