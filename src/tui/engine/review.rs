//! Decisions to withhold, as the screen takes them: each is written into the case before it is shown as taken.
//!
//! A thread of its own takes one after the other, so that none waits for a preview and none overtakes another.
//! It is waited for at the end of the program.

use crate::Surroundings;
use crate::bundle::Withheld;
use crate::review::{Decision, Review, ReviewError, Undone};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

/// What is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decide {
    /// Nothing: what stands recorded is asked for.
    Read,
    /// These are withheld.
    Withhold(Vec<Withheld>),
    /// These are not withheld any more.
    Release(Vec<u32>),
    /// The last act is taken back.
    Undo,
}

/// About which request in which case.
pub type Matter = (PathBuf, [u8; 32]);

/// What stands recorded.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// What is withheld.
    pub decisions: BTreeMap<u32, Decision>,
    /// What a person should know of the record.
    pub remarks: Vec<String>,
    /// What an undo changed; `None` for any other act, and if there was nothing to take back.
    pub undone: Option<Undone>,
}

/// The records that are open.
pub struct Reviews {
    around: Surroundings,
    open: HashMap<Matter, Review>,
}

impl Reviews {
    /// None yet; decisions are dated by this clock.
    pub fn new(around: &Surroundings) -> Self {
        Reviews {
            around: around.clone(),
            open: HashMap::new(),
        }
    }

    /// Takes one decision. An error comes with what stands recorded all the same, if it can be read.
    pub fn decide(
        &mut self,
        matter: &Matter,
        what: Decide,
    ) -> (Result<(), String>, Option<Recorded>) {
        let words = |e: ReviewError| e.to_string();
        if what == Decide::Read || !self.open.contains_key(matter) {
            match Review::open(&matter.0, &matter.1) {
                Ok(review) => drop(self.open.insert(matter.clone(), review)),
                Err(e) => {
                    self.open.remove(matter);
                    return (Err(words(e)), None);
                }
            }
        }
        let Some(review) = self.open.get_mut(matter) else {
            return (Err("the record is not open".to_owned()), None);
        };
        let remarks = review.remarks().to_vec();
        let mut undone = None;
        let result = match what {
            Decide::Read => Ok(()),
            Decide::Withhold(items) => review.withhold_all(&self.around, items),
            Decide::Release(items) => review.release_all(&self.around, items),
            Decide::Undo => review.undo(&self.around).map(|what| undone = what),
        };
        let recorded = Recorded {
            decisions: review.decisions().clone(),
            remarks,
            undone,
        };
        if result.is_err() {
            // Whatever went wrong, the next act starts from the file.
            self.open.remove(matter);
        }
        (result.map_err(words), Some(recorded))
    }
}
