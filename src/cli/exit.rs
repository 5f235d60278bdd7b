//! Exit codes: the contract with scripts.

use crate::output::OutputError;
use crate::seal::SealFilesError;
use crate::sign::{SignError, StepError};
use crate::train::TrainError;
use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or verified.
    Ok = 0,
    /// Verification failed, or something withheld would have gone out.
    Failed = 1,
    /// The command line was wrong.
    Usage = 2,
    /// A file was unreadable or malformed.
    Unreadable = 3,
    /// Verified, with exceptions that need a human look.
    Exceptions = 4,
    /// The user interrupted it (128 + SIGINT, as shells have it).
    Interrupted = 130,
}

impl Exit {
    /// The exit code for an error: that of a [`UsageError`] (or of an output under a name that cannot be) or
    /// [`InterruptedError`] if one is anywhere in the chain, else 3. What is wrong with an *argument* is 2, what is wrong
    /// with the content of a *file* is 3.
    pub fn of(error: &anyhow::Error) -> Self {
        let of_name = |cause: &(dyn std::error::Error + 'static)| {
            of_output(cause).is_some_and(OutputError::is_usage)
        };
        if error
            .chain()
            .any(|cause| cause.is::<UsageError>() || of_name(cause))
        {
            Exit::Usage
        } else if error.chain().any(|cause| cause.is::<InterruptedError>()) {
            Exit::Interrupted
        } else if error.chain().any(|cause| cause.is::<RefusedError>()) {
            Exit::Failed
        } else {
            Exit::Unreadable
        }
    }
}

/// The error of an output, also where another one passes it on as its own.
fn of_output<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a OutputError> {
    let step = |error: &'a StepError| match error {
        StepError::Output(error) | StepError::Sign(SignError::Output(error)) => Some(error),
        _ => None,
    };
    let train = |error: &'a TrainError| match error {
        TrainError::Output(error) => Some(error),
        _ => None,
    };
    let seal = |error: &'a SealFilesError| match error {
        SealFilesError::Output(error) => Some(error),
        _ => None,
    };
    cause
        .downcast_ref::<OutputError>()
        .or_else(|| cause.downcast_ref::<StepError>().and_then(step))
        .or_else(|| cause.downcast_ref::<TrainError>().and_then(train))
        .or_else(|| cause.downcast_ref::<SealFilesError>().and_then(seal))
}

/// An error and its causes, outermost first. What an error already quotes of its cause is not said again.
pub fn in_words(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |said, cause| {
        let cause = cause.to_string();
        if said.is_empty() {
            cause
        } else if said.contains(&cause) {
            said
        } else {
            format!("{said}: {cause}")
        }
    })
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// The command line asked for something that makes no sense; says what to do instead.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// The disclosure guard found something; says what.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RefusedError(pub String);

/// The user asked to stop, and it stopped in an orderly way; says what that means.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InterruptedError(pub String);

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn a_quoted_cause_is_said_once() {
        let cause = UsageError("line 3 is wrong".into());
        let quoting = anyhow::Error::new(cause).context("x.json is refused: line 3 is wrong");
        assert_eq!(in_words(&quoting), "x.json is refused: line 3 is wrong");
        let plain = anyhow::Error::new(UsageError("no such file".into())).context("cannot open x");
        assert_eq!(in_words(&plain), "cannot open x: no such file");
    }

    #[test]
    fn usage_errors_keep_their_code_under_context() {
        let error = Err::<(), _>(UsageError("no".into()))
            .context("while starting")
            .unwrap_err();
        assert_eq!(Exit::of(&error), Exit::Usage);
        let stopped = anyhow::Error::new(InterruptedError("stopped".into()));
        assert_eq!(Exit::of(&stopped), Exit::Interrupted);
        assert_eq!(Exit::of(&anyhow::anyhow!("other")), Exit::Unreadable);
    }
}
