//! Exit codes: the contract with scripts.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or verified.
    Ok = 0,
    /// Verification failed.
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
    /// The exit code for an error: that of a [`UsageError`] or [`InterruptedError`] if one is
    /// anywhere in the chain, else 3.
    pub fn of(error: &anyhow::Error) -> Self {
        if error.chain().any(|cause| cause.is::<UsageError>()) {
            Exit::Usage
        } else if error.chain().any(|cause| cause.is::<InterruptedError>()) {
            Exit::Interrupted
        } else {
            Exit::Unreadable
        }
    }
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

/// The user asked to stop, and it stopped in an orderly way; says what that means.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InterruptedError(pub String);

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

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
