//! What a verification found, for people and for programs.

use crate::record::scope::ScopeRule;
use serde::Serialize;
use std::fmt;

/// What a verified bundle proves, in plain words.
pub const PROVED: [&str; 4] = [
    "Every item of the committed corpus is accounted for, exactly once.",
    "Every item listed as not responsive was run through exactly this classifier and does not match; \
     nothing else about it is revealed.",
    "Every withheld item matches the classifier, so the withheld log is complete.",
    "Every produced item is byte for byte the item that was committed, and matches.",
];

/// What it does not prove, in plain words.
pub const NOT_PROVED: [&str; 5] = [
    "that nothing was left out of the corpus before the commitment was made",
    "that the committed vector of an undisclosed item was honestly computed from its file (a random audit \
     before the judge answers that)",
    "that the classifier is a good one for the request",
    "that a claim of privilege or exemption is justified",
    "anything about the content of exceptions and of items outside the classifier's form",
];

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
    /// How long it took.
    pub milliseconds: u64,
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
        Ok(())
    }
}

/// The outcome of a verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    verdict: &'static str,
    /// The count identity, as far as the leaves could be read.
    #[serde(flatten)]
    pub counts: Counts,
    /// The corpus's root, in hexadecimal.
    pub root: String,
    /// The case's name.
    pub case: String,
    /// Whose documents these are.
    pub custodian: Option<String>,
    /// When the commitment was made, by the responder's clock.
    pub committed_at: String,
    /// What the responder states to have left out before the commitment.
    pub scope: Vec<ScopeRule>,
    /// SHA-256 of the classifier file.
    pub classifier: String,
    /// The classifier's name.
    pub classifier_name: String,
    /// The checks, in the order they ran.
    pub checks: Vec<Check>,
    /// What is proved, if verified.
    pub proved: Vec<&'static str>,
    /// What is not proved in any case.
    pub not_proved: Vec<&'static str>,
}

impl Report {
    /// What the checks found, with what both files say about themselves.
    pub fn new(
        counts: Counts,
        commitment: &crate::record::Commitment,
        classifier: &crate::classify::Classifier,
        checks: Vec<Check>,
    ) -> Self {
        let ok = checks.iter().all(|c| c.ok);
        Report {
            verdict: if ok { "verified" } else { "failed" },
            counts,
            root: commitment.root_hex().to_owned(),
            case: commitment.case().to_owned(),
            custodian: commitment.custodian().map(str::to_owned),
            committed_at: commitment.created().to_owned(),
            scope: commitment.scope().to_vec(),
            classifier: hex::encode(classifier.hash()),
            classifier_name: classifier.name().to_owned(),
            checks,
            proved: if ok { PROVED.to_vec() } else { Vec::new() },
            not_proved: NOT_PROVED.to_vec(),
        }
    }

    /// A report made up for tests of what shows reports.
    #[doc(hidden)]
    pub fn for_display(ok: bool, counts: Counts, case: &str, checks: Vec<Check>) -> Self {
        Report {
            verdict: if ok { "verified" } else { "failed" },
            counts,
            root: "ab".repeat(32),
            case: case.to_owned(),
            custodian: None,
            committed_at: "2026-01-01T00:00:00Z".to_owned(),
            scope: Vec::new(),
            classifier: "cd".repeat(32),
            classifier_name: case.to_owned(),
            checks,
            proved: if ok { PROVED.to_vec() } else { Vec::new() },
            not_proved: NOT_PROVED.to_vec(),
        }
    }

    /// Whether every check holds.
    pub fn verified(&self) -> bool {
        self.verdict == "verified"
    }

    /// "verified" or "failed".
    pub fn verdict(&self) -> &'static str {
        self.verdict
    }

    /// The report for people.
    pub fn to_text(&self) -> String {
        use std::fmt::Write;
        let mut out = String::new();
        // Writing into a string cannot fail.
        for check in &self.checks {
            let mark = match check.status {
                Status::Ok => "ok    ",
                Status::Failed => "FAILED",
                Status::NotRun => "-     ",
            };
            let _ = writeln!(out, "{mark}  {:<15} {}", check.name, check.detail);
        }
        if self.verified() {
            let _ = writeln!(out, "\nVERIFIED: {}\n\nProved:", self.counts);
            self.proved.iter().for_each(|line| {
                let _ = writeln!(out, "  - {line}");
            });
        } else {
            let _ = writeln!(out, "\nVERIFICATION FAILED");
            self.failures().iter().for_each(|line| {
                let _ = writeln!(out, "  - {line}");
            });
        }
        if !self.scope.is_empty() {
            let _ = writeln!(
                out,
                "\nLeft out before the commitment, as the responder states:"
            );
            self.scope.iter().for_each(|rule| {
                let _ = writeln!(out, "  - {}", crate::clean::line(&rule.to_string()));
            });
        }
        let _ = writeln!(out, "\nNot proved:");
        self.not_proved.iter().for_each(|line| {
            let _ = writeln!(out, "  - {line}");
        });
        out
    }

    /// The failed checks, each as "name: detail".
    pub fn failures(&self) -> Vec<String> {
        self.checks
            .iter()
            .filter(|c| c.status == Status::Failed)
            .map(|c| format!("{}: {}", c.name, c.detail))
            .collect()
    }
}
