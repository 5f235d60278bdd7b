//! The last part of a request: what proving takes, and doing it.

use super::request::Request;
use super::{Bundle, Verify};
use crate::tui::event::{Effect, Job, Snapshot};
use crate::tui::overlay::{Confirm, Overlay, Prompt, PromptFor, Question};
use crate::tui::state::Out;
use crate::tui::text;
use crossterm::event::{KeyCode, KeyEvent};
use std::path::PathBuf;
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

impl Request {
    pub(super) fn suggestion(&self) -> Option<PathBuf> {
        let stem = self.path.file_stem()?.to_string_lossy().into_owned();
        let case = self.case.as_ref()?;
        let name = case.file_name()?.to_string_lossy().into_owned();
        Some(case.with_file_name(format!("{name}-{stem}-bundle")))
    }

    fn ask_to_prove(&mut self, out: &mut Out) {
        if self.proving.is_some() || self.report.is_some() {
            return;
        }
        if let Some(objection) = &self.objection {
            return out.toast(objection.clone());
        }
        let (Some(Ok(plan)), Some(output)) = (self.plan(), &self.output) else {
            return;
        };
        let produced = self.matches.len() - self.withheld.len();
        out.ask(Overlay::Confirm(Confirm::new(
            Question::Prove,
            "Prove and produce?",
            vec![
                format!(
                    "{} to be produced, {} withheld and logged, about {:.0} CPU seconds.",
                    text::plural(produced as u64, "item"),
                    text::count(self.withheld.len() as u64),
                    plan.cpu_seconds.max(1.0)
                ),
                String::new(),
                format!("The bundle: {}", text::path(output)),
                String::new(),
                "It stays on this machine until you hand it over. What is produced in it, the other \
                 side can read."
                    .to_owned(),
            ],
            "prove",
        )));
    }

    pub(super) fn prove(&mut self, out: &mut Out) {
        let (Some(classifier), Some(case), Some(output), Some(Ok(plan))) =
            (&self.classifier, &self.case, &self.output, self.plan())
        else {
            return;
        };
        let job = Job::Prove {
            case: case.clone(),
            classifier: classifier.clone(),
            withhold: self.withheld.values().cloned().collect(),
            memory: plan.limit,
            output: output.clone(),
        };
        self.error = None;
        self.at = Snapshot::default();
        self.proofs = Proofs::default();
        self.proving = Some(out.start(job));
    }

    pub(super) fn prove_key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        match (key.code, self.proving, &self.report) {
            (KeyCode::Char('p'), Some(id), _) => {
                self.paused = !self.paused;
                out.effects.push(Effect::Pause(id, self.paused));
            }
            (KeyCode::Char('c'), Some(_), _) => out.ask(Overlay::Confirm(Confirm::new(
                Question::Stop,
                "Stop proving?",
                vec![
                    "Finished proofs are kept; proving again into the same bundle resumes. The proof \
                     that is being made right now is finished first."
                        .to_owned(),
                ],
                "stop",
            ))),
            (KeyCode::Enter | KeyCode::Char('b'), None, Some(_)) => {
                self.output.iter().for_each(|b| out.push(Bundle::new(b.clone())));
            }
            (KeyCode::Char('v'), None, Some(_)) => {
                let commitment = self
                    .case
                    .as_ref()
                    .map(|c| c.join(crate::commit::commitment::FILE_NAME));
                if let Some(bundle) = self.output.clone() {
                    out.push(Verify::new(bundle, commitment, Some(self.path.clone())));
                }
            }
            (KeyCode::Char('o'), None, None) => {
                let now = self.output.as_ref().map(|p| p.to_string_lossy().into_owned());
                out.ask(Overlay::Prompt(Prompt::new(
                    PromptFor::Output,
                    "Where to put the bundle",
                    "A folder that does not exist yet.",
                    now.unwrap_or_default(),
                )));
            }
            (KeyCode::Enter, None, None) => self.ask_to_prove(out),
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_are_ticked_off_as_their_items_are_done() {
        let mut proofs = Proofs::default();
        let sizes = [5, 5, 2];
        let mut tell = |done, seconds| {
            let at = Snapshot {
                label: PROVING.to_owned(),
                done,
                elapsed: Duration::from_secs(seconds),
                ..Snapshot::default()
            };
            proofs.follow(&at, &sizes);
            proofs.finished.len()
        };
        assert_eq!(tell(0, 1), 0);
        assert_eq!(tell(4, 2), 0);
        assert_eq!(tell(5, 3), 1);
        assert_eq!(tell(12, 7), 3);
        assert_eq!(proofs.took(0), Some(Duration::from_secs(3)));
        assert_eq!(proofs.took(1), Some(Duration::from_secs(4)));
        assert_eq!(proofs.took(2), None);
        assert_eq!(proofs.took(3), None);
    }
}
