//! What a commit found and did, for people and scripts.

use super::commitment::Commitment;
pub use super::copies::{GROUPS_SHOWN, SharedCopies};
use super::ocr::Recognised;
use crate::ingest::corpus::LoadFileFacts;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use time::Date;

/// Items and bytes of one media type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TypeCount {
    /// Number of items.
    pub items: u32,
    /// Their native bytes.
    pub bytes: u64,
}

/// An item that could not be processed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExceptionLine {
    /// The item.
    pub item: u32,
    /// Its path, which may hold control characters: escape it before showing it.
    pub path: String,
    /// The reason code.
    pub reason: String,
    /// What is wrong and what would help.
    pub detail: String,
}

/// What a supplement adds to the commitment before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Supplemented {
    /// The root of the commitment before.
    pub root: String,
    /// Its place: 1 supplements the first commitment.
    pub number: u32,
    /// How many earlier exceptions its items answer.
    pub resolved: u32,
    /// How many items that were read in part only its items answer, with more of them read.
    pub completed: u32,
    /// How many exceptions are left.
    pub left: u32,
    /// How many items are left that were read in part.
    pub left_partly: u32,
    /// The first few that are answered: `item` is the exception, `reason` what it was, `detail` by which item.
    pub first_resolved: Vec<ExceptionLine>,
    /// The first few that are left.
    pub first_left: Vec<ExceptionLine>,
}

/// How many exceptions [`CommitReport::first_exceptions`] holds at most.
pub const EXCEPTIONS_SHOWN: usize = 20;

/// The result of [`super::commit_folder`].
#[derive(Clone, Debug)]
pub struct CommitReport {
    /// What to publish.
    pub commitment: Commitment,
    /// Where it was written.
    pub commitment_file: PathBuf,
    /// The list of all exceptions, inside the vault.
    pub exceptions_file: PathBuf,
    /// Number of files read.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Items and bytes by media type.
    pub types: BTreeMap<String, TypeCount>,
    /// Items whose native bytes equal those of an earlier item.
    pub duplicates: u32,
    /// Messages with the Message-ID of an earlier one, but other bytes.
    pub same_message: u32,
    /// Documents that more than one custodian had, byte for byte.
    pub across_custodians: u32,
    /// The first few of them.
    pub first_across_custodians: Vec<SharedCopies>,
    /// The list of all copies, inside the vault.
    pub duplicates_file: PathBuf,
    /// Items of each custodian.
    pub custodians: BTreeMap<String, u32>,
    /// First and last day of any item (UTC).
    pub dates: Option<(Date, Date)>,
    /// Items without a date.
    pub undated: u32,
    /// The load file that listed the documents, if one did.
    pub load_file: Option<LoadFileFacts>,
    /// The first few exceptions.
    pub first_exceptions: Vec<ExceptionLine>,
    /// What text recognition did, if it was asked for.
    pub recognised: Option<Recognised>,
    /// Of the partly read items, how many have something of a code; all codes, also those that the commitment
    /// leaves out.
    pub unread: BTreeMap<String, u32>,
    /// The first few items that were read in part, with the codes.
    pub first_partly: Vec<ExceptionLine>,
    /// What it supplements, and what of that is resolved.
    pub supplements: Option<Supplemented>,
    /// The leaves, to be published with the commitment.
    pub leaves_file: PathBuf,
    /// Wall-clock time.
    pub seconds: f64,
}

/// What the custody log has of a commitment.
pub fn facts(report: &CommitReport) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("root", report.commitment.root_hex().to_owned()),
        ("items", report.commitment.count().to_string()),
    ];
    if let Some(found) = &report.supplements {
        facts.push(("supplements", found.root.clone()));
        facts.push(("resolves", (found.resolved + found.completed).to_string()));
    }
    facts
}

impl CommitReport {
    /// Items committed per second.
    pub fn items_per_second(&self) -> f64 {
        f64::from(self.commitment.count()) / self.seconds.max(1e-9)
    }

    /// The report as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        let commitment = &self.commitment;
        serde_json::json!({
            "root": commitment.root_hex(),
            "merkle_root": hex::encode(commitment.merkle_root()),
            "case": commitment.case(),
            "custodian": commitment.custodian(),
            "created": commitment.created(),
            "count": commitment.count(),
            "committed": commitment.committed(),
            "partly_read": commitment.partly_read(),
            "unread": self.unread,
            "numbering": commitment.numbering(),
            "exceptions": commitment.exceptions_by_reason(),
            "forms": commitment.forms(),
            "files": self.files,
            "bytes": self.bytes,
            "types": self.types,
            "duplicates": self.duplicates,
            "same_message": self.same_message,
            "across_custodians": self.across_custodians,
            "first_across_custodians": self.first_across_custodians,
            "duplicates_file": self.duplicates_file,
            "custodians": self.custodians,
            "first_date": self.dates.map(|(first, _)| first.to_string()),
            "last_date": self.dates.map(|(_, last)| last.to_string()),
            "undated": self.undated,
            "scope": commitment.scope(),
            "load_file": self.load_file.as_ref().map(|facts| serde_json::json!({
                "path": facts.path,
                "documents": facts.documents,
                "columns_ignored": facts.ignored,
            })),
            "ocr": self.recognised,
            "supplements": self.supplements,
            "first_exceptions": self.first_exceptions,
            "first_partly": self.first_partly,
            "leaves_file": self.leaves_file,
            "commitment_file": self.commitment_file,
            "exceptions_file": self.exceptions_file,
            "seconds": self.seconds,
            "items_per_second": self.items_per_second(),
        })
    }
}
