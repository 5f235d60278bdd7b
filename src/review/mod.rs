//! Decisions of a review, kept in the case: which matching items are to be withheld, and why.
//!
//! Whoever reviews what a request selects decides for hours. Each decision is on disk before the next key is
//! read, whoever takes it, the terminal application or `candor review`; `candor prove` without a list of its
//! own withholds what is recorded here.
//!
//! The decisions on one request lie in `CASE/vault/review-CLASSIFIER.jsonl`, named by the classifier's hash,
//! one act a line, never rewritten (`log`). No lock is held between two acts: processes take turns, and one
//! that comes later sees what the others decided before it adds to it.

mod error;
mod log;
mod table;

pub use error::ReviewError;
use log::Log;
pub use log::{Act, Line};
pub use table::to_csv;

use crate::Surroundings;
use crate::bundle::{Reason, Withheld};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Why an item is withheld.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The ground.
    pub reason: Reason,
    /// What the log will tell.
    pub description: String,
    /// When this was decided, by this machine's clock (RFC 3339, UTC).
    pub decided_at: String,
}

/// The decisions on one request.
#[derive(Debug)]
pub struct Review {
    log: Log,
    decisions: BTreeMap<u32, Decision>,
}

/// What an undo changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// The items, and what holds for each now: withheld for this reason again, or not withheld.
    pub items: BTreeMap<u32, Option<Decision>>,
}

impl Review {
    /// The decisions about a classifier's matches in a case, as far as there are any. Nothing is written before
    /// the first decision.
    pub fn open(case: &Path, classifier_hash: &[u8; 32]) -> Result<Self, ReviewError> {
        let log = Log::open(case, classifier_hash)?;
        let decisions = decide(log.lines());
        Ok(Review { log, decisions })
    }

    /// What is withheld now, by item.
    pub fn decisions(&self) -> &BTreeMap<u32, Decision> {
        &self.decisions
    }

    /// The same as the lines of a log of withheld items, in order.
    pub fn withheld(&self) -> Vec<Withheld> {
        let line = |(index, decision): (&u32, &Decision)| Withheld {
            index: *index,
            reason: decision.reason,
            description: decision.description.clone(),
        };
        self.decisions.iter().map(line).collect()
    }

    /// What a person should know: an act that was cut off while it was written.
    pub fn remarks(&self) -> &[String] {
        self.log.remarks()
    }

    /// Every act, also what was undone, oldest first.
    pub fn history(&self) -> &[Line] {
        self.log.lines()
    }

    /// The file with the decisions; it exists once there was one.
    pub fn path(&self) -> &Path {
        self.log.path()
    }

    /// Withholds an item, or changes why.
    pub fn withhold(
        &mut self,
        around: &Surroundings,
        index: u32,
        reason: Reason,
        description: &str,
    ) -> Result<(), ReviewError> {
        let item = Withheld {
            index,
            reason,
            description: description.to_owned(),
        };
        self.withhold_all(around, [item])
    }

    /// Withholds several items in one act, which one undo takes back. All are recorded or, if one of them cannot
    /// be, none.
    pub fn withhold_all(
        &mut self,
        around: &Surroundings,
        items: impl IntoIterator<Item = Withheld>,
    ) -> Result<(), ReviewError> {
        let mut acts = Vec::new();
        for mut item in items {
            item.description = item.description.trim().to_owned();
            item.check()?;
            acts.push(Act::Withhold {
                index: item.index,
                reason: item.reason,
                description: item.description,
            });
        }
        self.act(around, acts)
    }

    /// Releases an item: it will be produced.
    pub fn release(&mut self, around: &Surroundings, index: u32) -> Result<(), ReviewError> {
        self.release_all(around, [index])
    }

    /// Releases several items in one act, which one undo takes back.
    pub fn release_all(
        &mut self,
        around: &Surroundings,
        items: impl IntoIterator<Item = u32>,
    ) -> Result<(), ReviewError> {
        let acts = items.into_iter().map(|index| Act::Release { index });
        self.act(around, acts.collect())
    }

    /// Makes the decisions exactly these, in one act, which one undo takes back.
    pub fn replace(
        &mut self,
        around: &Surroundings,
        items: impl IntoIterator<Item = Withheld>,
    ) -> Result<(), ReviewError> {
        let items: Vec<Withheld> = items.into_iter().collect();
        let kept = |index: &u32| items.iter().any(|item| item.index == *index);
        let mut acts: Vec<Act> = (self.decisions.keys().copied())
            .filter(|index| !kept(index))
            .map(|index| Act::Release { index })
            .collect();
        for item in items {
            item.check()?;
            acts.push(Act::Withhold {
                index: item.index,
                reason: item.reason,
                description: item.description,
            });
        }
        self.act(around, acts)
    }

    /// Takes the last act back; the one before it is the last then. `None` if there is nothing to take back.
    /// If somebody else decided something since this was read, nothing is taken back: the caller looks first.
    pub fn undo(&mut self, around: &Surroundings) -> Result<Option<Undone>, ReviewError> {
        let Some(step) = standing(self.log.lines()).pop() else {
            return Ok(None);
        };
        let touched: Vec<u32> = step.iter().filter_map(|line| line.act.item()).collect();
        let before = self.log.lines().len();
        let guard = self.log.lock()?;
        if self.log.refresh(&guard)? || self.log.lines().len() != before {
            self.decisions = decide(self.log.lines());
            return Err(ReviewError::Changed(self.log.path().to_owned()));
        }
        self.log.append(&guard, &around.stamp(), vec![Act::Undo])?;
        self.decisions = decide(self.log.lines());
        let items = touched
            .into_iter()
            .map(|index| (index, self.decisions.get(&index).cloned()));
        Ok(Some(Undone {
            items: items.collect(),
        }))
    }

    /// Looks whether another process decided something meanwhile; true if so.
    pub fn refresh(&mut self) -> Result<bool, ReviewError> {
        let guard = self.log.lock()?;
        let changed = self.log.refresh(&guard)?;
        self.decisions = decide(self.log.lines());
        Ok(changed)
    }

    /// Records acts that change something.
    fn act(&mut self, around: &Surroundings, acts: Vec<Act>) -> Result<(), ReviewError> {
        let guard = self.log.lock()?;
        self.log.refresh(&guard)?;
        self.decisions = decide(self.log.lines());
        let acts: Vec<Act> = acts
            .into_iter()
            .filter(|act| match act {
                Act::Withhold {
                    index,
                    reason,
                    description,
                } => !self.decisions.get(index).is_some_and(|decision| {
                    decision.reason == *reason && decision.description == *description
                }),
                Act::Release { index } => self.decisions.contains_key(index),
                Act::Undo => true,
            })
            .collect();
        if acts.is_empty() {
            return Ok(());
        }
        self.log.append(&guard, &around.stamp(), acts)?;
        self.decisions = decide(self.log.lines());
        Ok(())
    }
}

/// Requests with decisions in a case: hash of the classifier, in hexadecimal, and the file.
pub fn requests(case: &Path) -> Result<BTreeMap<String, PathBuf>, ReviewError> {
    log::requests(case)
}

/// Lines by step, without the steps that were undone.
fn standing(lines: &[Line]) -> Vec<Vec<&Line>> {
    let mut steps: Vec<Vec<&Line>> = Vec::new();
    for line in lines {
        match &line.act {
            Act::Undo => {
                steps.pop();
            }
            _ => match steps.last_mut() {
                Some(step) if step[0].step == line.step => step.push(line),
                _ => steps.push(vec![line]),
            },
        }
    }
    steps
}

/// What holds after these acts.
fn decide(lines: &[Line]) -> BTreeMap<u32, Decision> {
    let mut decisions = BTreeMap::new();
    for line in standing(lines).into_iter().flatten() {
        match &line.act {
            Act::Withhold {
                index,
                reason,
                description,
            } => {
                let decision = Decision {
                    reason: *reason,
                    description: description.clone(),
                    decided_at: line.time.clone(),
                };
                decisions.insert(*index, decision);
            }
            Act::Release { index } => {
                decisions.remove(index);
            }
            Act::Undo => {}
        }
    }
    decisions
}

#[cfg(test)]
mod tests;
