//! What can happen, and what can be asked for.

pub use super::engine::Subject;
use super::engine::{
    AuditTask, BundleData, CaseData, ChainTarget, Decide, DryRunData, Entry, ExportTask, Found,
    Helpers, Matter, Nearby, PlanFacts, Preview, Recorded, SignTask, Signed, Target,
};
use crate::audit::{AuditReport, Challenge, Rereading};
use crate::commit::audit::Audit;
use crate::commit::{CommitOptions, CommitReport};
use crate::custody::Chain;
use crate::guard::Refusal;
use crate::ingest::{IngestOptions, Selection};
use crate::prove::{PlanOptions, WithholdEntry};
use crate::sealed::AnyClassifier;
use crate::sign::Beside;
use crate::verify::{Check, Report, VerifiedBundle};
use crossterm::event::{KeyEvent, MouseEvent};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Names a job for as long as the program runs.
pub type JobId = u64;

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A key.
    Key(KeyEvent),
    /// The mouse.
    Mouse(MouseEvent),
    /// Pasted text; a terminal pastes the path of a file that is dropped on it.
    Paste(String),
    /// The terminal has another size.
    Resize(u16, u16),
    /// Time for the next picture of moving things.
    Tick,
    /// The system asks the program to end.
    Terminate,
    /// How far a job is.
    Progress(JobId, Snapshot),
    /// What a scan has found so far.
    Found(JobId, Box<Found>),
    /// A check of a verification starts.
    Checking(JobId, &'static str),
    /// A check of a verification is over.
    Checked(JobId, Check),
    /// A job ended.
    Done(JobId, Ended),
    /// A folder was listed.
    Listed(PathBuf, Result<Vec<Entry>, String>),
    /// An item was read.
    Previewed(Subject, Result<Preview, String>),
    /// What belongs to a bundle was looked for.
    Located(PathBuf, Nearby),
    /// A file was written.
    Saved(Result<PathBuf, String>),
    /// The custody log of a case was read.
    Custody(PathBuf, Result<Chain, String>),
    /// What vouches for a bundle and its commitment file was looked for.
    Vouched(PathBuf, Vec<Beside>),
    /// A decision to withhold was recorded, or was not.
    Reviewed {
        /// About which request in which case.
        matter: Matter,
        /// The decision.
        what: Decide,
        /// Whether it is recorded.
        result: Result<(), String>,
        /// What stands recorded now, if that can be told.
        recorded: Option<Recorded>,
    },
    /// A list of items to withhold was read.
    WithholdRead(PathBuf, Result<Vec<WithholdEntry>, String>),
}

/// How a job ended.
#[derive(Debug)]
pub enum Ended {
    /// With this.
    Ok(Outcome),
    /// Not, for this reason.
    Failed(String),
    /// Because it was asked to stop; the text says what that leaves behind.
    Cancelled(String),
}

/// What a job made.
#[derive(Debug)]
pub enum Outcome {
    /// The whole folder was looked at.
    Scanned(Box<Found>),
    /// A commitment.
    Committed(Box<CommitReport>),
    /// A case.
    Case(Box<CaseData>),
    /// A classifier file, and the dry run if there was a case to run it on.
    DryRun(Arc<AnyClassifier>, Option<Box<DryRunData>>),
    /// A sealed classifier that could not be run over a case, since it was not opened, and why.
    Unopened(Arc<AnyClassifier>, String),
    /// A finished bundle.
    Proved(Box<Report>),
    /// Nothing was proved: something withheld would go out, or somebody has to decide whether it does.
    Guarded(Box<Refusal>),
    /// A bundle.
    Bundle(Box<BundleData>),
    /// A verification, and the bundle if it verified.
    Verified(Box<Report>, Option<Arc<VerifiedBundle>>),
    /// Something was written: what it is, in sentences, and where.
    Exported(Vec<String>, PathBuf),
    /// A case was checked.
    CaseChecked(Box<Audit>),
    /// A sample was drawn, and where the challenge is.
    Drawn(Box<Challenge>, PathBuf),
    /// So many items were opened, and where they are.
    Opened(usize, PathBuf),
    /// Produced documents were read again.
    Reread(Box<Rereading>),
    /// Openings were checked.
    Audited(Box<AuditReport>),
    /// What proving takes within other bounds, or why that is not possible.
    Planned(Result<PlanFacts, String>),
    /// A step with a signature or a time-stamp was taken.
    Signed(Box<Signed>),
    /// It was not taken, because it would replace this file.
    InTheWay(PathBuf),
}

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// What is being done.
    pub label: String,
    /// Units done.
    pub done: u64,
    /// Units in all, if known.
    pub total: Option<u64>,
    /// Whether units are bytes.
    pub in_bytes: bool,
    /// A remark.
    pub note: String,
    /// Time since this phase began.
    pub elapsed: Duration,
}

impl Snapshot {
    /// Units per second.
    pub fn rate(&self) -> f64 {
        self.done as f64 / self.elapsed.as_secs_f64().max(1e-3)
    }

    /// Time left, if it can be told.
    pub fn left(&self) -> Option<Duration> {
        let total = self.total.filter(|t| *t > self.done && self.done > 0)?;
        let seconds = self.elapsed.as_secs_f64() * (total - self.done) as f64 / self.done as f64;
        Duration::try_from_secs_f64(seconds).ok()
    }
}

/// Where to look for what vouches for files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vouching {
    /// What the answer is about: a bundle, a case, a file.
    pub about: PathBuf,
    /// The files, and how a sentence calls each.
    pub files: Vec<(&'static str, PathBuf)>,
    /// Files with public keys.
    pub keys: Vec<PathBuf>,
    /// Files with certificates that are trusted to stamp.
    pub authorities: Vec<PathBuf>,
}

/// What the state machine asks the engine to do.
#[derive(Debug)]
pub enum Effect {
    /// Start a job.
    Start(JobId, Job),
    /// Ask a job to stop.
    Cancel(JobId),
    /// Let a job wait, or go on.
    Pause(JobId, bool),
    /// List a folder.
    List(PathBuf),
    /// Read an item, for a pane of so many columns and rows; of a long text, the page with this number.
    Preview(Subject, (u16, u16), usize),
    /// Look for the commitment and the classifier of a bundle.
    Locate(PathBuf),
    /// Write a file that must not exist yet.
    Save(PathBuf, Vec<u8>),
    /// Read the custody log of a case.
    ReadCustody(PathBuf),
    /// Look for what vouches for files.
    Vouch(Vouching),
    /// Record a decision to withhold in the case.
    Review(Matter, Decide),
    /// Read a list of items to withhold.
    ReadWithhold(PathBuf),
    /// Remember the list of recent things.
    Remember(Vec<super::recent::Recent>),
    /// Put text on the clipboard, by the terminal.
    Copy(String),
}

/// Work that takes time.
#[derive(Debug)]
pub enum Job {
    /// Look at a folder without committing to it.
    Scan(PathBuf, Box<(Selection, IngestOptions)>),
    /// Commit to a folder.
    Commit(PathBuf, Box<CommitOptions>, Helpers),
    /// Open a case.
    OpenCase(PathBuf),
    /// Load a classifier and run it over a case.
    DryRun {
        /// Its file.
        classifier: PathBuf,
        /// The case.
        case: Option<PathBuf>,
        /// The secret part of a sealed one; nothing for the one that lies beside it.
        secret: Option<PathBuf>,
    },
    /// Prove.
    Prove {
        /// The case.
        case: PathBuf,
        /// The classifier.
        classifier: Arc<AnyClassifier>,
        /// Items to keep back.
        withhold: Vec<WithholdEntry>,
        /// Near copies of these that may leave, and why.
        allow: Vec<(u32, String)>,
        /// Bounds of the plan: the same for every part of one production.
        plan: PlanOptions,
        /// The bundle.
        output: PathBuf,
    },
    /// Plan proving within other bounds.
    Plan {
        /// The case.
        case: PathBuf,
        /// The classifier.
        classifier: Arc<AnyClassifier>,
        /// The bounds.
        options: PlanOptions,
    },
    /// Write what a classifier says of every item into a new file (CSV).
    Scores {
        /// The case.
        case: PathBuf,
        /// The classifier.
        classifier: Arc<AnyClassifier>,
        /// The file.
        output: PathBuf,
    },
    /// Sign, time-stamp, or check either.
    Sign(Box<SignTask>),
    /// Open a bundle.
    OpenBundle(PathBuf),
    /// Verify a bundle against a commitment and a classifier.
    Verify(Target),
    /// Verify a commitment and its supplements, each with its bundle.
    VerifyChain(Box<ChainTarget>),
    /// Write something from a bundle that verifies.
    Export(Box<ExportTask>),
    /// A random audit.
    Audit(Box<AuditTask>),
    /// Check that a case is intact.
    CheckCase(PathBuf),
}
