//! The last part of a request: what proving takes, and doing it.

use super::request::Request;
use super::request_guard::numbers;
use super::request_proofs::Proofs;
use super::{Bundle, Verify};
use crate::prove::{self, PlanOptions};
use crate::tui::event::{Effect, Ended, Job, Outcome, Snapshot};
use crate::tui::overlay::{Confirm, Overlay, Prompt, PromptFor, Question};
use crate::tui::state::Out;
use crate::tui::text;
use crossterm::event::{KeyCode, KeyEvent};
use std::num::NonZero;
use std::path::PathBuf;

impl Request {
    pub(super) fn suggestion(&self) -> Option<PathBuf> {
        let stem = self.path.file_stem()?.to_string_lossy().into_owned();
        let case = self.case.as_ref()?;
        let name = case.file_name()?.to_string_lossy().into_owned();
        Some(case.with_file_name(format!("{name}-{stem}-bundle")))
    }

    fn ask_to_prove(&mut self, out: &mut Out) {
        if self.proving.is_some() || self.report.is_some() || self.planning.is_some() {
            return;
        }
        if self.recording > 0 {
            return out.toast("a decision is being recorded: try again");
        }
        if self.unread {
            return out.toast(
                "what is to be withheld cannot be read from the case, so nothing is produced: put the record \
                 right first",
            );
        }
        if let Some(objection) = &self.objection {
            return out.toast(objection.clone());
        }
        if let Some(differs) = self.differs() {
            return out.toast(differs);
        }
        let (Some(Ok(plan)), Some(output)) = (self.plan(), &self.output) else {
            return;
        };
        if self.ask_about_findings(out) {
            return;
        }
        let allowed = match self.allowed.len() {
            0 => String::new(),
            _ => format!(
                "Allowed to leave, although near copies: {}.",
                numbers(self.allowed.keys())
            ),
        };
        let produced = self.matches.len().saturating_sub(self.withheld.len());
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
                allowed,
                format!("The bundle: {}", out.path(output)),
                String::new(),
                "It stays on this machine until you hand it over. What is produced in it, the other \
                 side can read."
                    .to_owned(),
            ],
            "prove",
        )));
    }

    /// How what is recorded now differs from the list that the unfinished production was begun with.
    pub(super) fn differs(&self) -> Option<String> {
        let begun = self.begun.as_ref()?;
        let Some(then) = &begun.withheld else {
            return Some(
                "It does not say what it was begun to withhold, so nobody can tell whether that is what is \
                 recorded now. o begins another one."
                    .to_owned(),
            );
        };
        let numbers = |list: Vec<String>| match list.len() {
            0 => None,
            _ => Some(list.join(", ")),
        };
        let now = |i: &&u32| !self.withheld.contains_key(i);
        let gone = numbers(then.iter().filter(now).map(u32::to_string).collect());
        let new = self.withheld.keys().filter(|i| !then.contains(i));
        let new = numbers(new.map(u32::to_string).collect());
        let mut said = Vec::new();
        said.extend(new.map(|list| format!("withheld now, but not when it was begun: {list}")));
        said.extend(gone.map(|list| format!("withheld when it was begun, but not now: {list}")));
        (!said.is_empty()).then(|| {
            format!(
                "What is withheld has changed since this production was begun, so it cannot go on ({}). o \
                 begins another one with what is recorded now; u and Del change what is recorded.",
                said.join("; ")
            )
        })
    }

    /// The bounds of the plan that is shown, or those that a plan begins with.
    fn bounds(&self) -> PlanOptions {
        self.bounds.unwrap_or_else(|| match self.plan() {
            Some(Ok(plan)) => plan.options(),
            _ => PlanOptions::default(),
        })
    }

    /// Takes another bound, and plans anew.
    pub(super) fn bound(&mut self, what: PromptFor, typed: &str, out: &mut Out) {
        let mut options = self.bounds();
        let typed = typed.trim();
        let wrong = match what {
            PromptFor::Memory if typed.is_empty() => {
                options.memory = PlanOptions::default().memory;
                None
            }
            PromptFor::Memory => match prove::parse_bytes(typed) {
                Ok(memory) => {
                    options.memory = memory;
                    None
                }
                Err(why) => Some(why),
            },
            _ if typed.is_empty() => {
                options.max_items = None;
                None
            }
            _ => match typed.parse::<NonZero<usize>>() {
                Ok(most) => {
                    options.max_items = Some(most.get());
                    None
                }
                Err(_) => Some("a number of items, from 1 on".to_owned()),
            },
        };
        if let Some(why) = wrong {
            return out.toast(why);
        }
        let (Some(case), Some(classifier)) = (&self.case, &self.classifier) else {
            return;
        };
        self.bounds = Some(options);
        self.planning = Some(out.start(Job::Plan {
            case: case.clone(),
            classifier: classifier.clone(),
            options,
        }));
    }

    pub(super) fn planned(&mut self, ended: Ended, out: &mut Out) {
        match (ended, &mut self.data) {
            (Ended::Ok(Outcome::Planned(plan)), Some(data)) => data.plan = plan,
            (Ended::Failed(why) | Ended::Cancelled(why), _) => out.toast(text::message(&why)),
            _ => {}
        }
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
            allow: self.allowed.clone().into_iter().collect(),
            plan: plan.options(),
            output: output.clone(),
        };
        self.error = None;
        self.asked.clear();
        self.at = Snapshot::default();
        self.proofs = Proofs::default();
        self.stopping = false;
        self.proving = Some(out.start(job));
    }

    pub(super) fn prove_key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        match (key.code, self.proving, &self.report) {
            (KeyCode::Char('p' | 'c'), Some(_), _) if self.stopping => {
                out.toast("it is stopping: the proof that is being made is finished first");
            }
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
                    let verify = Verify::new(bundle, commitment, Some(self.path.clone()));
                    out.push(verify.with_chosen_files());
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
            (KeyCode::Char('m'), None, None) => {
                let now = self.bounds().memory;
                out.ask(Overlay::Prompt(Prompt::new(
                    PromptFor::Memory,
                    "Memory that proving may take",
                    "Such as 4G or 900M. Empty: three quarters of what is free now.",
                    format!("{}M", now >> 20),
                )));
            }
            (KeyCode::Char('b'), None, None) => {
                let now = self.bounds().max_items;
                out.ask(Overlay::Prompt(Prompt::new(
                    PromptFor::Batch,
                    "Most items in one proof",
                    "More proofs, each smaller. Empty: as many as memory allows.",
                    now.map_or(String::new(), |n| n.to_string()),
                )));
            }
            (KeyCode::Enter, None, None) => self.ask_to_prove(out),
            _ => return self.scroll.key(key),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::screens::request_proofs::PROVING;
    use std::time::Duration;

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
