//! The guard before something made from a bundle leaves: a production, documents for the judge.

use super::allow::{self, AllowError};
use super::{Allowance, Findings, GuardError, Reader, Refusal, inspect, inspect_with_earlier};
use crate::bundle::Disposition;
use crate::commit::Vault;
use crate::custody::CustodyError;
use crate::progress::Progress;
use crate::verify::VerifiedBundle;
use std::collections::BTreeSet;

/// Why something does not leave.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The guard cannot look.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// Allowances that make no sense.
    #[error("--allow: {0}")]
    Allow(#[from] AllowError),
    /// What was allowed before cannot be read.
    #[error(transparent)]
    Custody(#[from] CustodyError),
    /// Something withheld would leave.
    #[error(transparent)]
    Disclosure(#[from] Refusal),
}

/// Compares what a bundle withholds with what it produces, before the other side gets a rendition of it.
pub fn check_bundle(
    vault: &Vault,
    verified: &VerifiedBundle,
    allow: &[String],
    progress: &dyn Progress,
) -> Result<(Findings, Vec<Allowance>), CheckError> {
    let with = |wanted| -> BTreeSet<u32> { verified.dispositions().with(wanted).collect() };
    check(
        vault,
        &verified.report().classifier,
        &with(Disposition::Withheld),
        &with(Disposition::Produced),
        allow,
        Reader::OtherSide,
        progress,
    )
}

/// Compares everything withheld with everything inside of what goes out. What was allowed when the bundle was made
/// (`classifier` is its classifier's hash, in hexadecimal) counts, and what `allow` adds to it. Passages that are allowed
/// and that there are not are left in [`Findings::idle_passages`].
pub fn check(
    vault: &Vault,
    classifier: &str,
    withheld: &BTreeSet<u32>,
    outgoing: &BTreeSet<u32>,
    allow: &[String],
    reader: Reader,
    progress: &dyn Progress,
) -> Result<(Findings, Vec<Allowance>), CheckError> {
    let mut allowed = allow::parse_in(vault, allow)?;
    let passages = allow::passages(allow)?;
    let mut findings = match reader {
        Reader::OtherSide => inspect_with_earlier(vault, withheld, outgoing, None, progress)?,
        // The judge sees withheld documents because they are withheld.
        Reader::InCamera => inspect(vault, withheld, outgoing, progress)?,
    };
    let given: BTreeSet<u32> = allowed.iter().map(|a| a.item).collect();
    let settled = findings.settle(&passages).into_iter();
    allowed.extend(settled.filter(|a| !given.contains(&a.item)));
    // One that an earlier run recorded may be about what is only told now, or no more about anything.
    let asked = findings.findings.iter();
    let asked: BTreeSet<u32> = asked
        .filter(|f| f.level > super::Level::Told)
        .map(|f| f.outgoing)
        .collect();
    allowed.retain(|a| asked.contains(&a.item));
    let given: BTreeSet<u32> = allowed.iter().map(|a| a.item).collect();
    let recorded = allow::recorded(vault.case(), classifier)?.into_iter();
    allowed.extend(recorded.filter(|a| asked.contains(&a.item) && !given.contains(&a.item)));
    findings.judge(&allowed, reader)?;
    Ok((findings, allowed))
}
