//! Which proofs of a request are made.

use crate::tui::event::Snapshot;
use std::time::Duration;

/// What the library calls the phase in which proofs are made.
pub(super) const PROVING: &str = "Proving";

/// Which proofs are made.
#[derive(Clone, Debug, Default)]
pub(super) struct Proofs {
    /// Items of all that are finished.
    items: u64,
    /// When each was finished, since the first began.
    pub finished: Vec<Duration>,
}

impl Proofs {
    /// Takes news of the job; `sizes` are the items of each proof.
    pub fn follow(&mut self, at: &Snapshot, sizes: &[u64]) {
        if at.label == PROVING {
            self.items = at.done;
            while sizes
                .get(..=self.finished.len())
                .is_some_and(|done| done.iter().sum::<u64>() <= self.items)
            {
                self.finished.push(at.elapsed);
            }
        }
    }

    /// How long a finished proof took; nothing for those that were there already.
    pub fn took(&self, proof: usize) -> Option<Duration> {
        let end = self.finished.get(proof)?;
        let begin = proof
            .checked_sub(1)
            .map_or(Duration::ZERO, |before| self.finished[before]);
        end.checked_sub(begin)
            .filter(|t| *t > Duration::from_millis(20))
    }
}
