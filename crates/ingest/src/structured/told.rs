//! What every notation is made into.

use crate::ledger::Ledger;
use crate::reading::Child;

/// What a notation says.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub text: String,
    pub children: Vec<Child>,
    pub ledger: Ledger,
}
