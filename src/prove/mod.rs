//! From a case and a classifier to a disclosure bundle.
//!
//! 1. classify every item that has the classifier's form (the integer evaluator; seconds);
//! 2. check the list of items to withhold against the matches;
//! 3. plan batches and circuit widths ([`plan`]);
//! 4. prove batch by batch into `BUNDLE.partial/`, every finished proof renamed into place, so that a
//!    killed run resumes with the batches that are left;
//! 5. write leaves, produced items and manifest, verify the result as anybody would, and rename it to its
//!    final name.

pub mod plan;
mod run;
mod terms;
mod withhold;

pub use plan::{BatchPlan, Plan, PlanError, PlanOptions, parse_bytes};
pub use run::{
    Checked, Leaves, ProveError, ProveOptions, ProveSummary, check_terms, doing, facts, plan_case,
    prove_case,
};
pub use terms::{Difference, Terms, differences};
pub use withhold::{ItemFacts, Mistake, MistakeKind, WithholdEntry, WithholdError, WithholdList};
