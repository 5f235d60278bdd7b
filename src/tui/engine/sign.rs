//! Signatures and time-stamps: the steps that the command line takes.

use super::asked::SignTask;
use super::progress::Channel;
use super::told::Signed;
use crate::Surroundings;
use crate::progress::{Progress, Unit};
use crate::sign::tsp::Stamp;
use crate::sign::{KeyError, Password, StepError, Subject, keys, steps, verify_file};
use crate::tui::event::{Ended, Outcome};
use std::path::{Path, PathBuf};

pub(super) fn run(around: &Surroundings, task: SignTask, progress: &Channel) -> Ended {
    let label = match &task {
        SignTask::Keygen { .. } => "Making a key pair",
        SignTask::Sign { .. } => "Signing",
        SignTask::CheckSignature { .. } => "Checking the signature",
        SignTask::Request { .. } => "Writing the request",
        SignTask::Store { .. } => "Reading the answer",
        SignTask::CheckStamp { .. } => "Checking the time-stamp",
    };
    progress.begin(label, None, Unit::Items);
    match step(around, task) {
        Ok(Step::Done(signed)) => Ended::Ok(Outcome::Signed(Box::new(signed))),
        Ok(Step::InTheWay(path)) => Ended::Ok(Outcome::InTheWay(path)),
        Err(StepError::Key(KeyError::NeedsPassword(path))) => Ended::Failed(format!(
            "{} is protected by a password: type it above",
            path.display()
        )),
        Err(error) => Ended::Failed(error.to_string()),
    }
}

enum Step {
    Done(Signed),
    InTheWay(PathBuf),
}

/// A file that would be replaced without having been asked about.
fn in_the_way(path: PathBuf, replace: bool) -> Option<Step> {
    (!replace && path.exists()).then_some(Step::InTheWay(path))
}

fn show(path: &Path) -> String {
    path.display().to_string()
}

fn step(around: &Surroundings, task: SignTask) -> Result<Step, StepError> {
    let done = match task {
        SignTask::Keygen { name, password } => keygen(&name, &password)?,
        SignTask::Sign {
            what,
            key,
            password,
            case,
            replace,
        } => {
            let beside = Subject::of(&what)?.beside("minisig");
            if let Some(asks) = in_the_way(beside, replace) {
                return Ok(asks);
            }
            sign(around, &what, &key, password, case.as_deref(), replace)?
        }
        SignTask::CheckSignature {
            what,
            key,
            signature,
        } => check_signature(&what, &key, signature)?,
        SignTask::Request {
            what,
            output,
            replace,
        } => {
            let usual = steps::request_path(&what, &Subject::of(&what)?);
            let place = output.clone().unwrap_or(usual);
            if let Some(asks) = in_the_way(place, replace) {
                return Ok(asks);
            }
            let (file, request) = steps::request(&what, output, replace)?;
            Signed {
                good: true,
                verdict: "The request is written. It holds a hash, nothing of the documents."
                    .into(),
                facts: vec![("about", show(&file)), ("request", show(&request))],
                next: "Send it to a time-stamping authority as application/timestamp-query (candor \
                       itself never goes online), and keep its answer with the next step.",
                keys: None,
            }
        }
        SignTask::Store {
            what,
            reply,
            request,
            case,
            replace,
        } => {
            let beside = Subject::of(&what)?.beside("tsr");
            if let Some(asks) = in_the_way(beside, replace) {
                return Ok(asks);
            }
            match steps::store(around, &what, &reply, request, case.as_deref(), replace) {
                Err(StepError::Token(error)) => refused(&error.to_string()),
                other => {
                    let (stamp, path) = other?;
                    stamped(
                        "The answer is about this file, and is kept beside it.",
                        &stamp,
                        &path,
                        "Its signature has not been checked yet: the next step does that.",
                    )
                }
            }
        }
        SignTask::CheckStamp {
            what,
            roots,
            helpers,
            token,
        } => match steps::check_stamp(&what, &roots, &helpers, token) {
            Err(StepError::Token(error)) => refused(&error.to_string()),
            other => {
                let (stamp, path) = other?;
                stamped(
                    "The time-stamp holds, by a certificate that you trust.",
                    &stamp,
                    &path,
                    "The file existed, exactly as it is, at that time.",
                )
            }
        },
    };
    Ok(Step::Done(done))
}

fn keygen(name: &Path, password: &Password) -> Result<Signed, StepError> {
    let (secret, public) = keys::generate(name, password)?;
    Ok(Signed {
        good: true,
        verdict: "A key pair was made.".into(),
        facts: vec![("secret key", show(&secret)), ("public key", show(&public))],
        next: "Publish the public key where the other side trusts it; guard the secret one, and keep a \
               backup.",
        keys: Some((secret, public)),
    })
}

fn sign(
    around: &Surroundings,
    what: &Path,
    key: &Path,
    password: Password,
    case: Option<&Path>,
    replace: bool,
) -> Result<Signed, StepError> {
    let password = match password {
        Password::Of(password) => Some(password),
        Password::None => None,
    };
    let made = steps::sign(around, what, key, || password, case, replace)?;
    Ok(Signed {
        good: true,
        verdict: "Signed.".into(),
        facts: vec![
            ("file", show(&made.file)),
            ("signature", show(&made.signature)),
            ("key", made.key),
            ("comment", made.comment.replace('\t', ", ")),
        ],
        next: "Whoever has the public key can check it, here or with minisign.",
        keys: None,
    })
}

fn check_signature(
    what: &Path,
    key: &str,
    signature: Option<PathBuf>,
) -> Result<Signed, StepError> {
    let subject = Subject::of(what)?;
    let key = keys::public(key)?;
    Ok(match verify_file(&subject, &key, signature)? {
        Ok(made) => Signed {
            good: true,
            verdict: "The signature is good.".into(),
            facts: vec![
                ("file", show(&made.file)),
                ("key", made.key),
                ("comment", made.comment.replace('\t', ", ")),
            ],
            next: "It vouches for the bytes; what they prove, a verification says.",
            keys: None,
        },
        Err(why) => Signed {
            good: false,
            verdict: format!("BAD SIGNATURE: {why}"),
            facts: vec![("file", show(subject.file()))],
            next: "",
            keys: None,
        },
    })
}

fn refused(why: &str) -> Signed {
    Signed {
        good: false,
        verdict: format!("REFUSED: {why}"),
        facts: Vec::new(),
        next: "",
        keys: None,
    }
}

fn stamped(verdict: &str, stamp: &Stamp, path: &Path, next: &'static str) -> Signed {
    let mut facts = vec![("stamped", stamp.time.clone())];
    if !stamp.authority.is_empty() {
        facts.push(("by", stamp.authority.clone()));
    }
    facts.push(("policy", stamp.policy.clone()));
    facts.push(("token", show(path)));
    Signed {
        good: true,
        verdict: verdict.to_owned(),
        facts,
        next,
        keys: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::engine::progress::Control;
    use crate::tui::event::Event;
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use zeroize::Zeroizing;

    fn take(task: SignTask) -> Ended {
        let (events, _inbox) = channel::<Event>();
        let progress = Channel::new(1, Arc::new(Control::default()), events);
        run(&Surroundings::system(), task, &progress)
    }

    #[test]
    fn steps_are_taken_and_nothing_is_replaced_without_a_yes() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("commitment.json"), "the root").unwrap();
        let done = |task| match take(task) {
            Ended::Ok(Outcome::Signed(signed)) => signed,
            other => panic!("{other:?}"),
        };
        let made = done(SignTask::Keygen {
            name: at("ours"),
            password: Password::None,
        });
        let (key, public) = made.keys.unwrap();
        let sign = |replace| SignTask::Sign {
            what: at("commitment.json"),
            key: key.clone(),
            password: Password::Of(Zeroizing::new(String::new())),
            case: None,
            replace,
        };
        assert!(done(sign(false)).good);
        assert!(matches!(
            take(sign(false)),
            Ended::Ok(Outcome::InTheWay(path)) if path == at("commitment.json.minisig")
        ));
        assert!(done(sign(true)).good);
        let check = || SignTask::CheckSignature {
            what: at("commitment.json"),
            key: public.to_string_lossy().into_owned(),
            signature: None,
        };
        assert!(done(check()).good);
        let request = |replace| SignTask::Request {
            what: at("commitment.json"),
            output: None,
            replace,
        };
        assert!(done(request(false)).good);
        let before = std::fs::read(at("commitment.json.tsq")).unwrap();
        assert!(matches!(
            take(request(false)),
            Ended::Ok(Outcome::InTheWay(_))
        ));
        assert_eq!(std::fs::read(at("commitment.json.tsq")).unwrap(), before);
        // An answer that is none is refused, and not kept.
        let store = SignTask::Store {
            what: at("commitment.json"),
            reply: at("commitment.json.tsq"),
            request: None,
            case: None,
            replace: false,
        };
        assert!(!done(store).good);
        assert!(!at("commitment.json.tsr").exists());
        std::fs::write(at("commitment.json"), "another root").unwrap();
        let bad = done(check());
        assert!(!bad.good && bad.verdict.starts_with("BAD"), "{bad:?}");
    }
}
