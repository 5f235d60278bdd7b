//! What to prove with.

use super::error::ProveError;
use super::plan::{Plan, PlanOptions};
use super::withhold::WithholdList;
use crate::commit::{Vault, VaultError};
use crate::guard::Allowance;
use crate::sealed::Published;

/// What to prove with.
#[derive(Debug, Default)]
pub struct ProveOptions {
    /// Bounds of the plan.
    pub plan: PlanOptions,
    /// Matching items to keep back.
    pub withhold: WithholdList,
    /// Why the case's budget of bits does not hold for this answer.
    pub over_budget: Option<String>,
    /// Whether an unfinished run goes on although the list is not the one it was begun with.
    pub change_list: bool,
    /// Near copies of withheld items that may leave, as ITEM=REASON.
    pub allow: Vec<String>,
    /// The same, by index: a file may be called like the index of another item.
    pub allowances: Vec<Allowance>,
    /// Whether the bundle has the leaves.
    pub leaves: Leaves,
}

/// Whether a bundle has the public leaves itself. They were published with the commitment, so a bundle can do without;
/// but then it can only be verified where they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leaves {
    /// In the first bundle over a commitment, and wherever they are small.
    #[default]
    Auto,
    /// Yes.
    Include,
    /// No.
    Omit,
}

impl Leaves {
    /// Leaves of this many bytes are no reason to do without.
    const SMALL: u64 = 4 << 20;

    pub(super) fn included(self, vault: &Vault, first: bool) -> Result<bool, VaultError> {
        Ok(match self {
            Leaves::Include => true,
            Leaves::Omit => false,
            Leaves::Auto => first || vault.size_of_leaves()? <= Self::SMALL,
        })
    }
}

/// The plan for a request, and how many items it covers.
pub fn plan_case<'c>(
    vault: &Vault,
    classifier: impl Into<Published<'c>>,
    options: &PlanOptions,
) -> Result<(Plan, usize), ProveError> {
    let classifier = classifier.into();
    if let Some(sealed) = classifier.sealed()
        && !sealed.plan().disclosed().is_empty()
    {
        return Err(ProveError::Discloses(
            sealed.plan().disclosed_neurons().count(),
        ));
    }
    let form = classifier.form();
    let items = vault.commitment().forms().get(&form).copied().unwrap_or(0) as usize;
    if items == 0 {
        // The answer is a bundle that says so: nothing is to be proved, whatever the memory.
        return Ok((Plan::default(), 0));
    }
    Ok((Plan::new(classifier.model(), items, options)?, items))
}
