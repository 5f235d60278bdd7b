//! A batch of requests, from beginning to end, unattended.

use super::request::{Found, Request, folder_name};
use super::write::{self, Determination, FACTS, LOG};
use crate::bundle::bag;
use crate::commit::Vault;
use crate::commit::vault::layout::write_atomically;
use crate::export::log::Table;
use crate::export::production::ExportError;
use crate::progress::{Progress, Silent, Unit};
use crate::verify::verify_files;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// A request that could not be exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Its number.
    pub request: String,
    /// Why, and what to do.
    pub reason: String,
}

/// What became of a batch, as `summary.json` has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Requests in the batch.
    pub requests: usize,
    /// Exported, now or in an earlier run.
    pub exported: usize,
    /// Of these, in an earlier run.
    pub kept: usize,
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
    /// Requests that failed.
    pub failures: Vec<Failure>,
}

/// Exports every request that can be exported into `target`, goes on after failures, and writes the
/// batch's own files at the end. Stopping (or being killed) loses nothing: the next run goes on.
pub fn export_batch(
    requests: &[Found],
    target: &Path,
    progress: &dyn Progress,
) -> Result<Summary, ExportError> {
    let folder = target.join("requests");
    at(&folder, fs::create_dir_all(&folder))?;
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
    for found in requests {
        if progress.cancelled() {
            return Err(ExportError::Cancelled);
        }
        let outcome = match found {
            Ok(request) => one(request, &folder).map_err(|reason| Failure {
                request: request.number.clone(),
                reason,
            }),
            Err((number, reason)) => Err(Failure {
                request: number.clone(),
                reason: reason.clone(),
            }),
        };
        match outcome {
            Ok((determination, kept)) => {
                summary.add(&determination, kept);
                log.rows.push(determination.log_row());
            }
            Err(failure) => summary.failures.push(failure),
        }
        progress.advance(1);
    }
    progress.end();
    let mut exemptions = Table::new(&["Exemption", "Title", "Requests"]);
    for (code, count) in &summary.exemptions {
        let title = crate::bundle::Reason::parse(code).map_or("", |reason| reason.title());
        let row = [code.clone(), title.to_owned(), count.to_string()];
        exemptions.rows.push(row.to_vec());
    }
    let mut failures = Table::new(&["Request Number", "Reason"]);
    for failure in &summary.failures {
        let row = [failure.request.clone(), failure.reason.clone()];
        failures.rows.push(row.to_vec());
    }
    for (name, table) in [
        ("request-log.csv", &log),
        ("exemptions.csv", &exemptions),
        ("failures.csv", &failures),
    ] {
        let path = target.join(name);
        let bytes = at(&path, table.csv().map_err(io::Error::from))?;
        put(&path, &bytes)?;
    }
    let mut json = serde_json::to_vec_pretty(&summary).unwrap_or_default();
    json.push(b'\n');
    put(&target.join("summary.json"), &json)?;
    Ok(summary)
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
    let written =
        write_atomically(path, bytes).map_err(|error| io::Error::other(error.to_string()));
    at(path, written)
}

/// Exports one request, or finds that it has been.
fn one(request: &Request, folder: &Path) -> Result<(Determination, bool), String> {
    let target = folder.join(folder_name(&request.number));
    let fingerprint = fingerprint(request)?;
    if target.exists() {
        let facts = target.join(FACTS);
        let old: Determination = fs::read(&facts)
            .map_err(|error| format!("{}: {error}", facts.display()))
            .and_then(|bytes| {
                serde_json::from_slice(&bytes)
                    .map_err(|error| format!("{}: {error}", facts.display()))
            })?;
        return if old.fingerprint == fingerprint {
            Ok((old, true))
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
    .map_err(|error| error.to_string())?
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
        .map_err(|error| error.to_string())?;
    write::write(request, &fingerprint, &verified, vault.as_ref(), &target)
        .map(|determination| (determination, false))
        .map_err(|error| error.to_string())
}

/// Hash of everything that a request's folder is made from.
fn fingerprint(request: &Request) -> Result<String, String> {
    let mut hasher = Sha256::new_with_prefix(b"candor/foia-export/v1\0");
    for path in [
        &request.bundle.join(bag::TAG_MANIFEST),
        &request.commitment,
        &request.classifier,
    ] {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        hasher.update(Sha256::digest(bytes));
    }
    let facts = serde_json::to_vec(&(&request.number, &request.facts, request.case.is_some()))
        .map_err(|error| error.to_string())?;
    hasher.update(facts);
    Ok(hex::encode(hasher.finalize()))
}
