//! A batch of requests, from beginning to end, unattended.

use super::request::{Found, Request, folder_name};
use super::write::{self, Allowed, Determination, FACTS_PLACE, LOG};
use crate::bundle::bag;
use crate::clean;
use crate::commit::Vault;
use crate::export::log::Table;
use crate::export::named::Named;
use crate::export::output::OutputError;
use crate::export::production::ExportError;
use crate::guard::Allowance;
use crate::private::{self, Lock, Locking, WorkError};
use crate::progress::{Progress, Silent, Unit};
use crate::verify::verify_files;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

/// Longest file with the facts of a request that was exported.
const MAX_FACTS: u64 = 64 << 20;
/// Longest file that is told apart by its hash.
const MAX_NAMED: u64 = 1 << 30;

/// The batch's own numbers; written last.
pub const SUMMARY: &str = "internal/summary.json";
/// Held while a batch is exported; a killed one's is swept like any unfinished file.
const LOCK: &str = ".batch.candor-part";
const REQUEST_LOG: &str = "internal/request-log.csv";
const EXEMPTIONS: &str = "internal/exemptions.csv";
const FAILURES: &str = "internal/failures.csv";
const FAILURE_COLUMNS: [&str; 2] = ["Request Number", "Reason"];

/// A request that could not be exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Its number.
    pub request: String,
    /// Why, and what to do.
    pub reason: String,
}

/// What became of a batch, as `internal/summary.json` has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Requests in the batch.
    pub requests: usize,
    /// Exported, now or in an earlier run.
    pub exported: usize,
    /// Of these, in an earlier run.
    pub kept: usize,
    /// Requests of earlier batches in the same folder, which are in its log and in the numbers below.
    pub earlier: usize,
    /// Documents handed over.
    pub released: u64,
    /// Documents kept back.
    pub withheld: u64,
    /// Items that were not searched.
    pub unprocessed: u64,
    /// Requests by final disposition.
    pub dispositions: BTreeMap<String, u32>,
    /// Requests by exemption: each counts once per request, however many documents it covers.
    pub exemptions: BTreeMap<String, u32>,
    /// What was allowed to leave now, although it resembles something withheld, and why.
    pub allowed: Vec<Allowance>,
    /// Items and passages that were allowed, and about which nothing was found.
    pub idle: Vec<String>,
    /// Requests that failed.
    pub failures: Vec<Failure>,
}

/// Exports every request that can be exported into `target`, goes on after failures, and writes the
/// batch's own files at the end. What earlier batches wrote into the folder stays, and stays in its log.
/// Stopping (or being killed) loses nothing: the next run goes on. `allow` are documents that may leave although they
/// resemble withheld ones, as ITEM=REASON.
pub fn export_batch(
    requests: &[Found],
    target: &Path,
    named: &Named,
    allow: &[String],
    progress: &dyn Progress,
) -> Result<Summary, ExportError> {
    let folder = target.join("requests");
    at(&folder, private::create_dir_all(&folder))?;
    // Two batches would write one log.
    let lock = target.join(LOCK);
    let Locking::Locked(lock) = at(&lock, Lock::acquire(&lock))? else {
        return Err(OutputError::Work(WorkError::Busy(target.to_owned())).into());
    };
    private::sweep(target);
    private::sweep(&folder);
    let earlier = Earlier::read(target, &folder, requests)?;
    let internal = target.join("internal");
    at(&internal, private::create_dir_all(&internal))?;
    let mut summary = Summary {
        requests: requests.len(),
        ..Summary::default()
    };
    let mut log = Table::new(&LOG);
    progress.begin(
        "exporting requests",
        Some(requests.len() as u64),
        Unit::Items,
    );
    let (mut allowed, mut idle) = (BTreeSet::new(), BTreeSet::new());
    for found in requests {
        if progress.cancelled() {
            return Err(ExportError::Cancelled);
        }
        let outcome = match found {
            Ok(request) => one(request, named, allow, &folder).map_err(|reason| Failure {
                request: request.number.clone(),
                reason,
            }),
            Err((number, reason)) => Err(Failure {
                request: number.clone(),
                reason: reason.clone(),
            }),
        };
        match outcome {
            Ok((determination, written)) => {
                summary.add(&determination, written.is_none());
                let written = written.unwrap_or_default();
                allowed.extend(written.used);
                idle.extend(written.idle);
                log.rows.push(determination.log_row());
            }
            Err(failure) => summary.failures.push(failure),
        }
        progress.advance(1);
    }
    progress.end();
    summary.idle = idle
        .into_iter()
        .filter(|idle: &String| {
            let used = |a: &Allowance| match idle.strip_prefix("passage ") {
                Some(id) => a.is_by(id),
                None => *idle == format!("item {}", a.item),
            };
            !allowed.iter().any(used)
        })
        .collect();
    summary.allowed = allowed.into_iter().collect();
    summary.earlier = earlier.determinations.len();
    for determination in &earlier.determinations {
        summary.add(determination, false);
        summary.exported -= 1;
        log.rows.push(determination.log_row());
    }
    let mut exemptions = Table::new(&["Exemption", "Title", "Requests"]);
    for (code, count) in &summary.exemptions {
        let title = crate::bundle::Reason::parse(code).map_or("", |reason| reason.title());
        let row = [code.clone(), title.to_owned(), count.to_string()];
        exemptions.rows.push(row.to_vec());
    }
    let mut failures = Table::new(&FAILURE_COLUMNS);
    for failure in summary.failures.iter().chain(&earlier.failures) {
        let row = [failure.request.clone(), failure.reason.clone()];
        failures.rows.push(row.to_vec());
    }
    for (name, table) in [
        (REQUEST_LOG, &log),
        (EXEMPTIONS, &exemptions),
        (FAILURES, &failures),
    ] {
        let path = target.join(name);
        let bytes = at(&path, table.csv().map_err(io::Error::from))?;
        put(&path, &bytes)?;
    }
    let json = clean::to_json(&summary).unwrap_or_default() + "\n";
    put(&target.join(SUMMARY), json.as_bytes())?;
    // Best effort: the next batch sweeps it.
    let _ = fs::remove_file(lock.path());
    Ok(summary)
}

/// What earlier batches left in the folder, apart from the requests of this one.
struct Earlier {
    determinations: Vec<Determination>,
    failures: Vec<Failure>,
}

impl Earlier {
    fn read(target: &Path, folder: &Path, requests: &[Found]) -> Result<Self, ExportError> {
        let mut now = BTreeSet::new();
        for found in requests {
            let (Ok(Request { number, .. }) | Err((number, _))) = found;
            now.insert(number.as_str());
        }
        let mut found = Earlier {
            determinations: Vec::new(),
            failures: Vec::new(),
        };
        let now_in: BTreeSet<String> = now.iter().map(|number| folder_name(number)).collect();
        let mut folders = Vec::new();
        for entry in at(folder, fs::read_dir(folder))? {
            let entry = at(folder, entry)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') && !now_in.contains(&name) {
                folders.push(entry.path());
            }
        }
        folders.sort();
        for place in folders {
            let facts = place.join(FACTS_PLACE);
            // A row that cannot be read must not vanish from the log: nothing is written then.
            let read = crate::input::read(&facts, MAX_FACTS)
                .and_then(|bytes| Ok(serde_json::from_slice(&bytes)?));
            let remedy = |error: io::Error| {
                io::Error::other(format!(
                    "{error}: the request log is made from it; move this folder away, or export into another \
                     one"
                ))
            };
            found.determinations.push(at(&facts, read.map_err(remedy))?);
        }
        let path = target.join(FAILURES);
        if path.exists() {
            let mut table = at(
                &path,
                csv::Reader::from_path(&path).map_err(io::Error::from),
            )?;
            for row in table.records() {
                let row = at(&path, row.map_err(io::Error::from))?;
                let cell = |n| row.get(n).unwrap_or_default().to_owned();
                let failure = Failure {
                    request: cell(0),
                    reason: cell(1),
                };
                let exported = || {
                    found
                        .determinations
                        .iter()
                        .any(|d| d.request == failure.request)
                };
                if !now.contains(failure.request.as_str()) && !exported() {
                    found.failures.push(failure);
                }
            }
        }
        Ok(found)
    }
}

impl Summary {
    fn add(&mut self, determination: &Determination, kept: bool) {
        self.exported += 1;
        self.kept += usize::from(kept);
        self.released += u64::from(determination.released);
        self.withheld += u64::from(determination.withheld);
        self.unprocessed += u64::from(determination.unprocessed);
        *self
            .dispositions
            .entry(determination.final_disposition.clone())
            .or_default() += 1;
        for code in determination.exemptions.keys() {
            *self.exemptions.entry(code.clone()).or_default() += 1;
        }
    }
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, ExportError> {
    result.map_err(|source| ExportError::Write {
        path: path.to_owned(),
        source,
    })
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    at(path, private::write(path, bytes))
}

/// Exports one request, or finds that it has been: then nothing was allowed now.
fn one(
    request: &Request,
    named: &Named,
    allow: &[String],
    folder: &Path,
) -> Result<(Determination, Option<Allowed>), String> {
    let target = folder.join(folder_name(&request.number));
    let fingerprint = fingerprint(request, named)?;
    if target.exists() {
        let facts = target.join(FACTS_PLACE);
        let unknown = |error: String| {
            format!(
                "{}: {error}; move {} away to export the request again",
                facts.display(),
                target.display()
            )
        };
        let bytes =
            crate::input::read(&facts, MAX_FACTS).map_err(|error| unknown(error.to_string()))?;
        let old: Determination =
            serde_json::from_slice(&bytes).map_err(|error| unknown(error.to_string()))?;
        return if old.fingerprint == fingerprint {
            Ok((old, None))
        } else {
            Err(format!(
                "{} was exported from other files or facts: move it away to export the request again",
                target.display()
            ))
        };
    }
    let verified = verify_files(
        &request.bundle,
        &request.commitment,
        &request.classifier,
        &Silent,
    )
    .map_err(|error| reasons(&error))?
    .map_err(|report| {
        format!(
            "the bundle does not verify: {}",
            report.failures().join("; ")
        )
    })?;
    let vault = request
        .case
        .as_deref()
        .map(Vault::open)
        .transpose()
        .map_err(|error| reasons(&error))?;
    write::write(
        request,
        &fingerprint,
        &verified,
        vault.as_ref(),
        named,
        allow,
        &target,
    )
    .map(|(determination, allowed)| (determination, Some(allowed)))
    .map_err(|error| reasons(&error))
}

/// An error with what is behind it, as far as it does not say that itself.
fn reasons(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut behind = error.source();
    while let Some(reason) = behind {
        let more = reason.to_string();
        if !said.contains(&more) {
            said += &format!(": {more}");
        }
        behind = reason.source();
    }
    said
}

/// Hash of everything that a request's folder is made from.
fn fingerprint(request: &Request, named: &Named) -> Result<String, String> {
    let mut hasher = Sha256::new_with_prefix(b"candor/foia-export/v2\0");
    for path in [
        &request.bundle.join(bag::TAG_MANIFEST),
        &request.commitment,
        &request.classifier,
    ] {
        let bytes = crate::input::read(path, MAX_NAMED)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        hasher.update(Sha256::digest(bytes));
    }
    let case = request.case.is_some();
    let facts = serde_json::to_vec(&(&request.number, &request.facts, case, named))
        .map_err(|error| error.to_string())?;
    hasher.update(facts);
    Ok(hex::encode(hasher.finalize()))
}
