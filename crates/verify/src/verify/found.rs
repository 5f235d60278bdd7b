//! What a verification finds: checks, counts, and a time that somebody attests.

use super::complaints::{Complaint, Complaints};
use crate::clean;
use serde::Serialize;
use std::fmt;
use std::time::Instant;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It holds.
    Ok,
    /// It does not.
    Failed,
    /// An earlier failure left nothing to check.
    NotRun,
}

/// One named check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Stable name.
    pub name: &'static str,
    /// Whether it holds.
    pub ok: bool,
    /// Whether it ran.
    pub status: Status,
    /// What was found.
    pub detail: String,
    /// What of the bundle is to blame, each by itself, where a check is about many things.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub complaints: Vec<Complaint>,
    /// How long it took.
    pub milliseconds: u64,
}

impl Check {
    /// A check that ended so.
    pub fn new(name: &'static str, status: Status, detail: impl Into<String>) -> Self {
        Check {
            name,
            ok: status == Status::Ok,
            status,
            detail: detail.into(),
            complaints: Vec::new(),
            milliseconds: 0,
        }
    }

    /// What a check that began at `start` found, and what it hands on if it holds.
    pub(super) fn ended<T>(
        name: &'static str,
        start: Instant,
        result: Result<(String, T), Complaints>,
    ) -> (Self, Option<T>) {
        let (status, detail, complaints, value) = match result {
            Ok((detail, value)) => (Status::Ok, detail, Vec::new(), Some(value)),
            Err(why) => (Status::Failed, why.to_string(), why.into_each(), None),
        };
        // It may quote the bundle, whose author would like to write lines of his own.
        let clean = |complaint: Complaint| Complaint {
            about: clean::line(&complaint.about),
            why: clean::line(&complaint.why),
        };
        let check = Check {
            complaints: complaints.into_iter().map(clean).collect(),
            milliseconds: start.elapsed().as_millis() as u64,
            ..Check::new(name, status, clean::line(&detail))
        };
        (check, value)
    }

    /// Adds those of `names` that did not run, and why.
    pub(super) fn fill(checks: &mut Vec<Check>, names: &[&'static str], why: &str) {
        for &name in names {
            if !checks.iter().any(|check| check.name == name) {
                checks.push(Check::new(name, Status::NotRun, why));
            }
        }
    }

    /// As a report shows it.
    pub(super) fn line(&self) -> String {
        let mark = match self.status {
            Status::Ok => "ok    ",
            Status::Failed => "FAILED",
            Status::NotRun => "-     ",
        };
        format!("{mark}  {:<15} {}", self.name, self.detail)
    }

    /// Those that failed, each as "name: detail".
    pub(super) fn failures(checks: &[Check]) -> impl Iterator<Item = String> + '_ {
        let failed = checks.iter().filter(|c| c.status == Status::Failed);
        failed.map(|c| format!("{}: {}", c.name, c.detail))
    }
}

/// The count identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Items in the commitment.
    pub committed: u32,
    /// Handed over.
    pub produced: u32,
    /// Kept back and logged.
    pub withheld: u32,
    /// Proved not to match.
    pub not_responsive: u32,
    /// Could not be processed.
    pub exceptions: u32,
    /// The classifier does not read their form.
    pub outside_form: u32,
    /// Could not be processed or searched, and a supplement has what they are, searched.
    pub resolved: u32,
}

impl Counts {
    /// Whether the identity holds.
    pub fn balance(&self) -> bool {
        let parts = [
            self.produced,
            self.withheld,
            self.not_responsive,
            self.exceptions,
            self.outside_form,
            self.resolved,
        ];
        parts.iter().map(|n| u64::from(*n)).sum::<u64>() == u64::from(self.committed)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} committed = {} produced + {} withheld + {} not responsive + {} exceptions",
            self.committed, self.produced, self.withheld, self.not_responsive, self.exceptions
        )?;
        if self.outside_form > 0 {
            write!(f, " + {} outside the classifier's form", self.outside_form)?;
        }
        if self.resolved > 0 {
            write!(f, " + {} resolved by a supplement", self.resolved)?;
        }
        Ok(())
    }
}

/// A time-stamp over the commitment file whose authority was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stamped {
    /// When the commitment existed, by the authority's clock (RFC 3339, UTC).
    pub time: String,
    /// Who stamped it.
    pub authority: String,
}
