//! From a case and a classifier to a disclosure bundle.
//!
//! 1. classify every item that has the classifier's form (the integer evaluator; seconds);
//! 2. check the list of items to withhold against the matches;
//! 3. plan batches and circuit widths ([`plan`]);
//! 4. prove batch by batch into `BUNDLE.partial/`, every finished proof renamed into place, so that a
//!    killed run resumes with the batches that are left;
//! 5. write leaves, produced items and manifest, verify the result as anybody would, and rename it to its
//!    final name.

mod assemble;
mod batches;
mod check;
mod error;
mod options;
pub mod plan;
mod run;
mod terms;
mod withhold;
mod work;

pub use check::{Checked, check_terms, facts};
pub use error::ProveError;
pub use options::{Leaves, ProveOptions, plan_case};
pub use plan::{BatchPlan, Plan, PlanError, PlanOptions, parse_bytes};
pub use run::{ProveSummary, prove_case};
pub use terms::{Difference, Terms, differences};
pub use withhold::{ItemFacts, Mistake, MistakeKind, WithholdEntry, WithholdError, WithholdList};
pub use work::doing;
