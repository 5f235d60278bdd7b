//! Verifying, for a judge to watch, and as the first step of everything that needs a verified bundle.

use super::progress::Channel;
use crate::classify::Classifier;
use crate::commit::vault::open_commitment;
use crate::progress::Progress;
use crate::tui::event::{Ended, Event, Outcome};
use crate::verify::{self, InputError, VerifiedBundle};
use std::path::PathBuf;
use std::sync::Arc;

/// A bundle and the two files that it is verified against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The bundle.
    pub bundle: PathBuf,
    /// The commitment file that was published before the request.
    pub commitment: PathBuf,
    /// The requester's classifier file.
    pub classifier: PathBuf,
}

fn outcome(target: &Target, progress: &Channel) -> Result<Outcome, InputError> {
    let commitment = open_commitment(&target.commitment)?;
    let classifier = Classifier::load(&target.classifier)?;
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

pub(super) fn run(target: &Target, progress: &Channel) -> Ended {
    match outcome(target, progress) {
        Err(error) => Ended::Failed(error.to_string()),
        Ok(Outcome::Verified(_, None)) if progress.cancelled() => {
            Ended::Cancelled("stopped before the end: nothing was decided".to_owned())
        }
        Ok(outcome) => Ended::Ok(outcome),
    }
}

/// The bundle as it was verified before, or verified now; or how that ended instead.
pub(super) fn obtain(
    target: &Target,
    before: Option<Arc<VerifiedBundle>>,
    progress: &Channel,
) -> Result<Arc<VerifiedBundle>, Box<Ended>> {
    match before.map_or_else(|| run(target, progress), |v| Ended::Ok(kept(v))) {
        Ended::Ok(Outcome::Verified(_, Some(verified))) => Ok(verified),
        other => Err(Box::new(other)),
    }
}

fn kept(verified: Arc<VerifiedBundle>) -> Outcome {
    Outcome::Verified(Box::new(verified.report().clone()), Some(verified))
}
