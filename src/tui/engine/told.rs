//! What the engine tells of its work.

use crate::commit::report::TypeCount;
use crate::commit::scope::ScopeRule;
use crate::dryrun::Counts;
use crate::ingest::corpus::LoadFileFacts;
use crate::prove::{ItemFacts, PlanOptions};
use std::collections::BTreeMap;
use std::path::PathBuf;
use time::Date;

/// What is in a folder, as far as it has been looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Items: files, messages of mailboxes, attachments.
    pub items: u64,
    /// By media type.
    pub types: BTreeMap<String, TypeCount>,
    /// Items with the bytes of an earlier one.
    pub duplicates: u64,
    /// Items that have text.
    pub texts: u64,
    /// Pictures.
    pub pictures: u64,
    /// Items that were read and have neither.
    pub neither: u64,
    /// All that cannot be read, by reason.
    pub reasons: BTreeMap<String, u64>,
    /// The load file that lists the documents, if one does.
    pub load_file: Option<LoadFileFacts>,
    /// What each rule left out, as the commitment will state it.
    pub rules: Vec<ScopeRule>,
    /// Items of each custodian that a document or a folder names.
    pub custodians: BTreeMap<String, u64>,
    /// First and last day.
    pub dates: Option<(Date, Date)>,
    /// The first exceptions, and items with neither text nor picture.
    pub exceptions: Vec<FoundException>,
}

/// An item that will be an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundException {
    /// Its path.
    pub path: String,
    /// The reason's code.
    pub reason: String,
    /// What is wrong.
    pub detail: String,
}

/// What a classifier says about a case, and what proving it will take.
#[derive(Clone, Debug)]
pub struct DryRunData {
    /// The numbers.
    pub counts: Counts,
    /// Every item, in order.
    pub items: Vec<Fact>,
    /// What proving takes, or why it is not possible.
    pub plan: Result<PlanFacts, String>,
    /// What the classifier looks for, where that needs saying.
    pub warnings: Vec<String>,
    /// Which requests were answered over this root, and what they revealed.
    pub answered: Vec<String>,
}

/// What proving will take.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanFacts {
    /// Items to prove.
    pub items: usize,
    /// Items in each proof.
    pub proofs: Vec<u64>,
    /// Peak memory, bytes.
    pub memory: u64,
    /// Processor time, seconds.
    pub cpu_seconds: f64,
    /// Time on a clock if all processors help, seconds.
    pub seconds: f64,
    /// Bytes of all proofs.
    pub bytes: u64,
    /// Memory that the plan was allowed.
    pub limit: u64,
    /// Most items that a proof was allowed.
    pub most: Option<usize>,
}

impl PlanFacts {
    /// The bounds of this plan: every part of one production has the same.
    pub fn options(&self) -> PlanOptions {
        PlanOptions {
            memory: self.limit,
            max_items: self.most,
        }
    }
}

/// An item of a dry run.
#[derive(Clone, Debug)]
pub struct Fact {
    /// What the withheld list needs.
    pub facts: ItemFacts,
    /// The score, where the classifier says something.
    pub score: Option<i64>,
    /// Subject, or path.
    pub title: String,
    /// The first item with the same bytes.
    pub duplicate_of: Option<u32>,
}

/// What a step came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Whether it is what one hopes for: a check that fails is not.
    pub good: bool,
    /// In one sentence.
    pub verdict: String,
    /// What else there is to know.
    pub facts: Vec<(&'static str, String)>,
    /// What comes next.
    pub next: &'static str,
    /// A key pair that was made: secret, public.
    pub keys: Option<(PathBuf, PathBuf)>,
}
