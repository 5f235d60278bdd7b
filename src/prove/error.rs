//! Why a bundle is not made.

use super::plan::PlanError;
use super::terms::LIST;
use super::terms::{Difference, Terms};
use super::withhold::WithholdError;
use crate::bundle::bag;
use crate::circuit::CircuitError;
use crate::commit::VaultError;
use crate::dryrun::DryRunError;
use crate::guard::allow::AllowError;
use crate::guard::{GuardError, Refusal};
use crate::requests::RequestsError;
use crate::review::ReviewError;
use std::io;
use std::path::{Path, PathBuf};

/// Why a bundle could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The dry run.
    #[error(transparent)]
    DryRun(#[from] DryRunError),
    /// The plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The list of items to withhold.
    #[error(transparent)]
    Withhold(#[from] WithholdError),
    /// What the guard needs cannot be read, or it was stopped.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// Something withheld would leave.
    #[error(transparent)]
    Disclosure(Box<Refusal>),
    /// An allowance that says nothing.
    #[error("--allow: {0}")]
    Allow(#[from] AllowError),
    /// The decisions that are kept in the case.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// The list is not what was decided.
    #[error(
        "the list of items to withhold is not what was decided in the review of this case ({}):{}\nTo withhold \
         what was decided, give no list; to make the list the decision, candor review import.",
        path.display(), lines(differences)
    )]
    OtherDecisions {
        /// The file with the decisions.
        path: PathBuf,
        /// The list against the decisions.
        differences: Vec<Difference>,
    },
    /// A sealed classifier that states more than a verdict.
    #[error(
        "this sealed classifier states the activations of {0} neurons with every verdict, and a bundle has a yes or no: \
         seal the classifier without"
    )]
    Discloses(usize),
    /// The circuit.
    #[error("batch {batch}: {source}")]
    Circuit {
        /// The batch.
        batch: usize,
        /// What went wrong.
        source: CircuitError,
    },
    /// What earlier answers revealed.
    #[error(transparent)]
    Requests(#[from] RequestsError),
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What the case's log says of earlier bundles and audits, which the bundle states.
    #[error(transparent)]
    Custody(#[from] crate::custody::CustodyError),
    /// Packaging.
    #[error(transparent)]
    Bag(#[from] bag::BagError),
    /// The output exists.
    #[error("{} exists already: candor does not overwrite bundles, choose another name", .0.display())]
    Exists(PathBuf),
    /// An unfinished run for something else is in the way.
    #[error(
        "{} holds the unfinished proofs of another request (another case, classifier or batch size), or \
         of another version of candor: choose another name for the bundle, or delete that folder", .0.display()
    )]
    OtherRun(PathBuf),
    /// The run was begun with another list.
    #[error(
        "{} was begun under other terms:{}\n{}", work.display(), lines(differences), remedy(work, terms)
    )]
    OtherTerms {
        /// The work folder.
        work: PathBuf,
        /// What it was begun with.
        terms: Box<Terms>,
        /// What is different now.
        differences: Vec<Difference>,
    },
    /// Another process is at it.
    #[error("another candor is proving into {} right now: let it finish", .0.display())]
    Busy(PathBuf),
    /// The watcher asked to stop.
    #[error("stopped; the same command resumes where it stopped")]
    Cancelled,
    /// The finished bundle does not verify: a bug or a damaged disk.
    #[error(
        "the finished bundle does not verify ({0}); this is a bug in candor or a damaged disk, please report it"
    )]
    SelfCheck(String),
}

fn lines(differences: &[Difference]) -> String {
    differences.iter().map(|d| format!("\n  {d}")).collect()
}

/// How to go on with an unfinished run.
fn remedy(work: &Path, terms: &Terms) -> String {
    let list = if terms.withheld().is_empty() {
        "give no list".to_owned()
    } else {
        format!("give --withhold {}", work.join(LIST).display())
    };
    let allowed: String = terms
        .allowed()
        .iter()
        .map(|a| format!(" --allow '{}={}'", a.item, a.reason.replace('\'', "'\\''")))
        .collect();
    format!(
        "To go on as it was begun, {list}{allowed}; to go on under the new terms and keep the finished proofs, add \
         --change-list; or choose another name for the bundle."
    )
}

pub(super) fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, ProveError> {
    result.map_err(|source| ProveError::Io {
        path: path.to_owned(),
        source,
    })
}
