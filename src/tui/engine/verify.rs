//! Verifying, for a judge to watch, and as the first step of everything that needs a verified bundle.

use super::asked::{ChainTarget, Target};
use super::progress::Channel;
use crate::commit::{open_commitment, succession};
use crate::progress::{Progress, Unit};
use crate::tui::event::{Ended, Event, Outcome};
use crate::verify::{self, InputError, VerifiedBundle};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};

/// Verifies a chain. What is exported, audited or kept for later is one bundle, so nothing is handed on but the report.
pub(super) fn run_chain(target: &ChainTarget, progress: &Channel) -> Ended {
    let watch = |of: Option<u32>, step: verify::Step<'_>| match step {
        verify::Step::Started(name) => progress.send(|id| Event::Checking(id, name)),
        verify::Step::Finished(check) => {
            let mut check = check.clone();
            if let Some(number) = of {
                check.detail = format!("{}: {}", succession::name(number), check.detail);
            }
            progress.send(|id| Event::Checked(id, check));
        }
    };
    let files = (&target.bundles, &target.commitments);
    match verify::watch_chain_files(files.0, files.1, &target.classifier, progress, &watch) {
        Err(error) => Ended::Failed(error.to_string()),
        Ok(chain) if !chain.report.verified() && progress.cancelled() => {
            Ended::Cancelled("stopped before the end: nothing was decided".to_owned())
        }
        Ok(chain) => Ended::Ok(Outcome::Verified(Box::new(chain.report), None)),
    }
}

fn outcome(target: &Target, progress: &Channel) -> Result<Outcome, InputError> {
    let commitment = open_commitment(&target.commitment)?;
    let classifier = crate::input::any_classifier(&target.classifier)?;
    let watch = |step: verify::Step<'_>| match step {
        verify::Step::Started(name) => progress.send(|id| Event::Checking(id, name)),
        verify::Step::Finished(check) => progress.send(|id| Event::Checked(id, check.clone())),
    };
    let result = verify::verify_watched(&target.bundle, &commitment, &classifier, progress, &watch);
    Ok(match result {
        Ok(verified) => {
            let report = Box::new(verified.report().clone());
            Outcome::Verified(report, Some(Arc::new(verified)))
        }
        Err(report) => Outcome::Verified(Box::new(report), None),
    })
}

pub(super) fn run(target: &Target, session: &Session, progress: &Channel) -> Ended {
    let before = files(target);
    match outcome(target, progress) {
        Err(error) => Ended::Failed(error.to_string()),
        Ok(Outcome::Verified(_, None)) if progress.cancelled() => {
            Ended::Cancelled("stopped before the end: nothing was decided".to_owned())
        }
        Ok(outcome) => {
            if let Outcome::Verified(_, Some(verified)) = &outcome {
                session.keep(target, before, verified);
            }
            Ended::Ok(outcome)
        }
    }
}

/// The bundle as it was verified before in this program, if it has not changed since, or verified now;
/// or how that ended instead.
pub(super) fn obtain(
    target: &Target,
    session: &Session,
    progress: &Channel,
) -> Result<Arc<VerifiedBundle>, Box<Ended>> {
    if let Some(verified) = session.recall(target, progress) {
        return Ok(verified);
    }
    match run(target, session, progress) {
        Ended::Ok(Outcome::Verified(_, Some(verified))) => Ok(verified),
        other => Err(Box::new(other)),
    }
}

/// The last bundle that was verified since the program was started.
///
/// A verdict is a function of bytes: those of the bundle, of the commitment file, and of the classifier
/// file. So it stands as long as they are the same, which is asked of the bytes themselves and not of
/// sizes or times: the bundle is hashed again, as the first check does it. That is a small part of a
/// verification; what is saved is the proofs.
#[derive(Debug, Default)]
pub(super) struct Session {
    last: Mutex<Option<Verdict>>,
}

#[derive(Clone, Debug)]
struct Verdict {
    target: Target,
    /// SHA-256 of the commitment file and of the classifier file.
    files: [[u8; 32]; 2],
    verified: Arc<VerifiedBundle>,
}

fn files(target: &Target) -> Option<[[u8; 32]; 2]> {
    let hash = |path| Some(Sha256::digest(crate::input::read(path, 256 << 20).ok()?).into());
    Some([hash(&target.commitment)?, hash(&target.classifier)?])
}

impl Session {
    /// `before` are the hashes of the two files before the verification read them.
    fn keep(&self, target: &Target, before: Option<[[u8; 32]; 2]>, verified: &Arc<VerifiedBundle>) {
        let verdict = before
            .filter(|before| files(target) == Some(*before))
            .map(|files| Verdict {
                target: target.clone(),
                files,
                verified: verified.clone(),
            });
        if let Ok(mut last) = self.last.lock() {
            *last = verdict;
        }
    }

    fn recall(&self, target: &Target, progress: &Channel) -> Option<Arc<VerifiedBundle>> {
        let last = self.last.lock().ok()?.clone()?;
        let same = last.target == *target && files(target) == Some(last.files);
        if !same {
            return None;
        }
        progress.begin(
            "Has the bundle changed since it was verified?",
            None,
            Unit::Items,
        );
        let unchanged = last.verified.bundle().is_unchanged();
        progress.end();
        unchanged.then_some(last.verified)
    }
}
