//! The random audit: draw, open in camera, check.

use super::asked::{AuditTask, Target};
use super::progress::Channel;
use super::verify::{Session, obtain};
use crate::Surroundings;
use crate::audit::history::History;
use crate::audit::open::OpenError;
use crate::audit::verify::{Answered, AuditError};
use crate::audit::{
    Challenge, ChallengeError, Labels, Population, Stratum, Terms, open_sample_allowing,
    reread_produced, verify_openings,
};
use crate::commit::Vault;
use crate::commit::open_commitment;
use crate::custody::{Act, CustodyError, Doing};
use crate::guard::CheckError;
use crate::ingest::IngestOptions;
use crate::output::{self, Kind, OutputError};
use crate::tui::event::{Ended, Outcome};
use crate::verify::VerifiedBundle;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
enum TaskError {
    #[error("the custody log: {0}")]
    Custody(#[from] CustodyError),
    #[error("{} exists already: choose another name", .0.display())]
    Exists(PathBuf),
    #[error("{}: {source}", path.display())]
    Challenge {
        path: PathBuf,
        source: ChallengeError,
    },
    #[error(transparent)]
    Output(OutputError),
    #[error(transparent)]
    Draw(#[from] ChallengeError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Check(#[from] AuditError),
    #[error(transparent)]
    Labels(#[from] crate::audit::estimate::LabelsError),
    #[error(transparent)]
    Source(#[from] crate::export::source::SourceError),
    #[error(transparent)]
    Vault(#[from] crate::commit::VaultError),
    #[error(transparent)]
    Commitment(#[from] crate::commit::OpenError),
    #[error(transparent)]
    Classifier(#[from] crate::sealed::AnyError),
    #[error(transparent)]
    Bag(#[from] crate::bundle::bag::BagError),
}

pub(super) fn run(
    around: &Surroundings,
    task: AuditTask,
    session: &Session,
    progress: &Channel,
) -> Ended {
    let result = match &task {
        AuditTask::Draw {
            target,
            stratum,
            confidence,
            size,
            nonce,
            number,
            deadline,
            output,
        } => match obtain(target, session, progress) {
            Ok(verified) => {
                let terms = |next| Terms {
                    confidence: *confidence,
                    size: *size,
                    number: number.unwrap_or(next),
                    deadline: deadline.clone(),
                };
                draw(&verified, *stratum, terms, nonce.as_deref(), output.clone())
            }
            Err(ended) => return *ended,
        },
        // That the bundle verifies and was proved in this case is checked there.
        AuditTask::Open {
            target,
            case,
            challenge,
            again,
            allow,
            output,
        } => open(
            around,
            target,
            case,
            challenge,
            (again.as_deref(), allow),
            output.clone(),
            progress,
        ),
        AuditTask::Check {
            target,
            challenge,
            openings,
            labels,
            received,
        } => match obtain(target, session, progress) {
            Ok(verified) => {
                let answered = Answered {
                    openings: Some(openings),
                    received: *received,
                };
                check(
                    &verified,
                    target,
                    challenge,
                    answered,
                    labels.as_deref(),
                    progress,
                )
            }
            Err(ended) => return *ended,
        },
        AuditTask::Reread { target } => match obtain(target, session, progress) {
            Ok(verified) => reread(&verified, target, progress),
            Err(ended) => return *ended,
        },
    };
    match result {
        Ok(outcome) => Ended::Ok(outcome),
        Err(TaskError::Open(error @ OpenError::Cancelled)) => Ended::Cancelled(error.to_string()),
        Err(TaskError::Open(OpenError::Guard(CheckError::Disclosure(refusal)))) => {
            Ended::Ok(Outcome::Guarded(Box::new(refusal)))
        }
        Err(error) => Ended::Failed(error.to_string()),
    }
}

fn load(path: &Path) -> Result<Challenge, TaskError> {
    Challenge::load(path).map_err(|source| TaskError::Challenge {
        path: path.to_owned(),
        source,
    })
}

fn reread(
    verified: &VerifiedBundle,
    target: &Target,
    progress: &Channel,
) -> Result<Outcome, TaskError> {
    let commitment = open_commitment(&target.commitment)?;
    let classifier = crate::input::any_classifier(&target.classifier)?;
    let report = reread_produced(
        verified,
        &commitment,
        &classifier,
        &IngestOptions::default(),
        progress,
    )?;
    Ok(Outcome::Reread(Box::new(report)))
}

fn draw(
    verified: &VerifiedBundle,
    stratum: Stratum,
    terms: impl FnOnce(u32) -> Terms,
    nonce: Option<&str>,
    output: PathBuf,
) -> Result<Outcome, TaskError> {
    if output.exists() {
        return Err(TaskError::Exists(output));
    }
    let nonce = match nonce {
        Some(text) => Challenge::nonce_from_text(text),
        None => Challenge::fresh_nonce()?,
    };
    let terms = terms(History::of_bundle(verified.bundle().dir())?.next());
    let challenge = Challenge::draw(&Population::of(verified, stratum), &terms, nonce)?;
    let target = output::Target::new(&output, Kind::unique("a challenge"), None, &[]);
    let written = target.and_then(|target| target.write(&challenge.to_json()));
    written.map_err(TaskError::Output)?;
    Ok(Outcome::Drawn(Box::new(challenge), output))
}

fn open(
    around: &Surroundings,
    target: &Target,
    case: &Path,
    challenge: &Path,
    (again, allow): (Option<&str>, &[String]),
    output: PathBuf,
    progress: &Channel,
) -> Result<Outcome, TaskError> {
    let vault = Vault::open(case)?;
    let classifier = crate::input::any_classifier(&target.classifier)?;
    let read = load(challenge)?;
    let begun = [("number", read.number.to_string())];
    let act = Act::begin(
        around,
        case,
        "audit open",
        begun,
        Doing::leaving(output.clone()),
    )?;
    let opened = open_sample_allowing(
        around,
        &vault,
        &target.bundle,
        &classifier,
        &read,
        again,
        allow,
        &output,
        progress,
    )?;
    opened.record(around, act, case, &read, &output)?;
    Ok(Outcome::Opened(opened.items, output))
}

fn check(
    verified: &VerifiedBundle,
    target: &Target,
    challenge: &Path,
    answered: Answered<'_>,
    labels: Option<&Path>,
    progress: &Channel,
) -> Result<Outcome, TaskError> {
    let read = load(challenge)?;
    let labels = labels
        .map(|path| Labels::read(path, read.population))
        .transpose()?;
    let commitment = open_commitment(&target.commitment)?;
    let classifier = crate::input::any_classifier(&target.classifier)?;
    let report = verify_openings(
        verified,
        &commitment,
        &classifier,
        &read,
        answered,
        labels.as_ref(),
        progress,
    )?;
    Ok(Outcome::Audited(Box::new(report)))
}
