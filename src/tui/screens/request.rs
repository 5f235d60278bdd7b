//! A request: what the classifier says of itself and of the case, what to keep back, and the proof.

use super::pane::Pane;
use super::request_proofs::Proofs;
use super::search::Search;
use super::{Keys, View};
use crate::bundle::Reason;
use crate::explain;
use crate::prove::{PlanOptions, WithholdEntry};
use crate::sealed::AnyClassifier;
use crate::tui::cursor::Cursor;
use crate::tui::engine::{DryRunData, Fact, PlanFacts, Unfinished};
use crate::tui::event::{Effect, Ended, Event, Job, JobId, Outcome, Snapshot, Subject};
use crate::tui::overlay::{Answer, Finding, Overlay, PickFor, Picker, PromptFor, Question};
use crate::tui::recent::{Kind, Recent};
use crate::tui::scroll::Scroll;
use crate::tui::state::Out;
use crate::tui::text;
use crate::verify::Report;
use crossterm::event::{KeyCode, KeyEvent};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Parts of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Classifier,
    Scores,
    Matches,
    Borderline,
    Prove,
}

pub(super) const TABS: [(Tab, &str); 5] = [
    (Tab::Classifier, "Classifier"),
    (Tab::Scores, "Scores"),
    (Tab::Matches, "Matches"),
    (Tab::Borderline, "Borderline"),
    (Tab::Prove, "Prove"),
];

/// The screen.
#[derive(Debug)]
pub struct Request {
    pub(super) path: PathBuf,
    pub(super) case: Option<PathBuf>,
    /// The secret part of a sealed classifier, if it was chosen: otherwise the one beside it.
    pub(super) secret: Option<PathBuf>,
    pub(super) classifier: Option<Arc<AnyClassifier>>,
    pub(super) data: Option<Box<DryRunData>>,
    /// What the network alone says of what it looks for.
    pub(super) warnings: Vec<String>,
    /// Positions of the matches, clearest first.
    pub(super) matches: Vec<usize>,
    /// Positions of the items nearest to the line, by score.
    pub(super) borderline: Vec<usize>,
    /// What is withheld, as it is recorded in the case.
    pub(super) withheld: BTreeMap<u32, WithholdEntry>,
    /// Decisions that are on their way into the case. Before the record was read, it is one.
    pub(super) recording: usize,
    /// The record in the case cannot be read.
    pub(super) unread: bool,
    /// What was recorded earlier has been said.
    pub(super) greeted: bool,
    /// The last reason that was given, for more of the same.
    pub(super) last_reason: Option<(Reason, String)>,
    /// What stands against the items that are kept back.
    pub(super) objection: Option<String>,
    /// What the disclosure guard found, until somebody decides.
    pub(super) asked: Vec<Finding>,
    /// Near copies of what is withheld that may leave, and why.
    pub(super) allowed: BTreeMap<u32, String>,
    /// What the two lists show after searching.
    pub(super) shown: [Vec<usize>; 2],
    pub(super) search: Search,
    pub(super) proofs: Proofs,
    pub(super) tab: usize,
    pub(super) cursors: [Cursor; 2],
    pub(super) reading: bool,
    pub(super) scroll: Scroll,
    /// Of an error beside what the classifier says of itself.
    pub(super) said: Scroll,
    pub(super) pane: Pane,
    pub(super) output: Option<PathBuf>,
    /// The production that was begun and is to be gone on with.
    pub(super) begun: Option<Unfinished>,
    /// Bounds of the plan that were chosen by hand.
    pub(super) bounds: Option<PlanOptions>,
    dry_run: Option<JobId>,
    pub(super) proving: Option<JobId>,
    pub(super) paused: bool,
    pub(super) stopping: bool,
    /// The job that plans anew within other bounds.
    pub(super) planning: Option<JobId>,
    /// The job that writes the list of all items.
    pub(super) saving: Option<JobId>,
    pub(super) at: Snapshot,
    pub(super) error: Option<String>,
    pub(super) report: Option<Box<Report>>,
}

impl Request {
    /// For a classifier file and perhaps a case.
    pub fn new(path: PathBuf, case: Option<PathBuf>) -> Self {
        Request {
            path,
            case,
            secret: None,
            classifier: None,
            data: None,
            warnings: Vec::new(),
            matches: Vec::new(),
            borderline: Vec::new(),
            withheld: BTreeMap::new(),
            recording: 0,
            unread: false,
            greeted: false,
            last_reason: None,
            objection: None,
            asked: Vec::new(),
            allowed: BTreeMap::new(),
            shown: [Vec::new(), Vec::new()],
            search: Search::default(),
            proofs: Proofs::default(),
            tab: 0,
            cursors: [Cursor::default(); 2],
            reading: false,
            scroll: Scroll::default(),
            said: Scroll::default(),
            pane: Pane::default(),
            output: None,
            begun: None,
            bounds: None,
            dry_run: None,
            proving: None,
            paused: false,
            stopping: false,
            planning: None,
            saving: None,
            at: Snapshot::default(),
            error: None,
            report: None,
        }
    }

    /// To go on with a production that was begun.
    pub(super) fn resume(path: PathBuf, case: PathBuf, begun: Unfinished) -> Self {
        let mut request = Request::new(path, Some(case));
        request.output = Some(begun.output.clone());
        request.tab = TABS.len() - 1;
        request.allowed = begun.allowed.iter().cloned().collect();
        request.begun = Some(begun);
        request
    }

    pub(super) fn tab(&self) -> Tab {
        TABS[self.tab].0
    }

    /// The list of the current tab, and which cursor moves in it.
    pub(super) fn list(&self) -> Option<(&[usize], usize)> {
        match self.tab() {
            Tab::Matches => Some((&self.shown[0], 0)),
            Tab::Borderline => Some((&self.shown[1], 1)),
            _ => None,
        }
    }

    pub(super) fn selected(&self) -> Option<&Fact> {
        let (list, cursor) = self.list()?;
        let row = *list.get(self.cursors[cursor].get(list.len()))?;
        self.data.as_ref()?.items.get(row)
    }

    pub(super) fn plan(&self) -> Option<&Result<PlanFacts, String>> {
        self.data.as_ref().map(|d| &d.plan)
    }

    pub(super) fn preview(&mut self, out: &mut Out) {
        let subject = match (self.selected(), &self.case) {
            (Some(item), Some(case)) => Some(Subject::Case(case.clone(), item.facts.index)),
            _ => None,
        };
        self.pane.show(subject, out);
    }

    fn show_tab(&mut self, tab: usize, out: &mut Out) {
        self.tab = tab.min(TABS.len() - 1);
        self.reading = false;
        self.scroll.home();
        self.preview(out);
    }

    /// Whether the classifier is sealed and was not opened, so that it can be looked at and not run.
    pub(super) fn unopened(&self) -> bool {
        self.classifier.as_ref().is_some_and(|c| c.held().is_none())
    }

    fn load(&mut self, out: &mut Out) {
        self.error = None;
        let job = Job::DryRun {
            classifier: self.path.clone(),
            case: self.case.clone(),
            secret: self.secret.clone(),
        };
        self.dry_run = Some(out.start(job));
    }
}

impl View for Request {
    fn title(&self) -> String {
        match &self.classifier {
            Some(c) => format!("Request {}", text::clean(c.name())),
            None => format!("Request {}", text::name(&self.path)),
        }
    }

    fn start(&mut self, out: &mut Out) {
        self.load(out);
    }

    fn shown(&mut self, _: &[Recent], out: &mut Out) {
        // Somebody may have decided something by the command line.
        self.read_record(out);
    }

    fn key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        if self.classifier.is_none() {
            return self.error.is_some() && self.scroll.key(key);
        }
        if self.data.is_none() {
            match key.code {
                KeyCode::Char('o') if self.dry_run.is_none() => {
                    let picker = Picker::new(PickFor::Case, out.cwd.clone());
                    out.ask(Overlay::Picker(picker));
                }
                KeyCode::Char('x') if self.dry_run.is_none() && self.unopened() => {
                    let folder = self.path.parent().map_or(out.cwd.clone(), PathBuf::from);
                    let picker = Picker::new(PickFor::SealSecret, folder);
                    out.ask(Overlay::Picker(picker));
                }
                KeyCode::PageDown | KeyCode::PageUp if self.error.is_some() => {
                    return self.said.key(key);
                }
                _ => return self.scroll.key(key),
            }
            return true;
        }
        if self.search.typing() && self.search.key(key) {
            self.cursors = [Cursor::default(); 2];
            self.refresh(out);
            return true;
        }
        match key.code {
            KeyCode::Char(c @ '1'..='5') => {
                self.show_tab(c as usize - '1' as usize, out);
                return true;
            }
            KeyCode::Tab | KeyCode::Right => {
                self.show_tab((self.tab + 1) % TABS.len(), out);
                return true;
            }
            KeyCode::BackTab | KeyCode::Left => {
                self.show_tab((self.tab + TABS.len() - 1) % TABS.len(), out);
                return true;
            }
            KeyCode::Char('s') if self.saving.is_none() => {
                self.ask_where_to_save(out);
                return true;
            }
            _ => {}
        }
        match self.tab() {
            Tab::Classifier => self.scroll.key(key),
            Tab::Scores => false,
            Tab::Matches | Tab::Borderline => self.list_key(key, out),
            Tab::Prove => self.prove_key(key, out),
        }
    }

    fn event(&mut self, event: Event, out: &mut Out) -> Option<Event> {
        match event {
            Event::Progress(id, at) if Some(id) == self.dry_run || Some(id) == self.proving => {
                if let Some(Ok(plan)) = self.data.as_ref().map(|d| &d.plan) {
                    self.proofs.follow(&at, &plan.proofs);
                }
                self.at = at;
            }
            Event::Reviewed {
                matter,
                what,
                result,
                recorded,
            } if Some(&matter) == self.matter().as_ref() => {
                self.reviewed(&what, result.is_ok(), recorded, out);
            }
            Event::WithholdRead(_, Ok(entries)) => self.take_list(entries, out),
            Event::WithholdRead(_, Err(why)) => out.toast(text::message(&why)),
            Event::Done(id, ended) if Some(id) == self.dry_run => {
                self.dry_run = None;
                match ended {
                    Ended::Ok(Outcome::DryRun(classifier, data)) => {
                        let held = classifier.held().map(|held| held.classifier());
                        let warnings = held.map(explain::brief).unwrap_or_default();
                        self.warnings = warnings.into_iter().map(|w| w.text).collect();
                        self.classifier = Some(classifier);
                        out.opened(Kind::Classifier, &self.path);
                        data.into_iter().for_each(|data| self.loaded(data, out));
                    }
                    Ended::Ok(Outcome::Unopened(classifier, why)) => {
                        self.classifier = Some(classifier);
                        out.opened(Kind::Classifier, &self.path);
                        self.error = Some(format!("{why}. x chooses the secret part."));
                    }
                    Ended::Failed(error) | Ended::Cancelled(error) => self.error = Some(error),
                    Ended::Ok(_) => {}
                }
            }
            Event::Done(id, ended) if Some(id) == self.saving => {
                self.saving = None;
                out.toast(match ended {
                    Ended::Failed(why) | Ended::Cancelled(why) => text::message(&why),
                    Ended::Ok(Outcome::Exported(_, path)) => format!("saved {}", out.path(&path)),
                    Ended::Ok(_) => return None,
                });
            }
            Event::Done(id, ended) if Some(id) == self.planning => {
                self.planning = None;
                self.planned(ended, out);
            }
            Event::Done(id, ended) if Some(id) == self.proving => {
                self.proving = None;
                self.paused = false;
                self.stopping = false;
                match ended {
                    Ended::Ok(Outcome::Proved(report)) => {
                        self.begun = None;
                        self.report = Some(report);
                        self.output.iter().for_each(|b| out.opened(Kind::Bundle, b));
                    }
                    Ended::Ok(Outcome::Guarded(refusal)) => self.guarded(&refusal, out),
                    Ended::Cancelled(said) => {
                        self.error = Some(said);
                        out.toast("stopped");
                    }
                    Ended::Failed(error) => self.error = Some(error),
                    Ended::Ok(_) => {}
                }
            }
            other => return self.pane.event(other),
        }
        None
    }

    fn select(&mut self, row: usize, out: &mut Out) -> bool {
        let Some((list, cursor)) = self.list() else {
            return false;
        };
        let again = self.cursors[cursor].get(list.len()) == row;
        self.cursors[cursor].set(row);
        self.preview(out);
        again
    }

    fn answer(&mut self, answer: Answer, out: &mut Out) {
        match answer {
            Answer::Picked(PickFor::Case, case) => {
                self.case = Some(case);
                self.load(out);
            }
            Answer::Picked(PickFor::SealSecret, path) => {
                self.secret = Some(path);
                match self.case {
                    Some(_) => self.load(out),
                    None => out.toast("o chooses the case to run it over"),
                }
            }
            Answer::Reason(reason, description) => self.keep_back(reason, description, out),
            Answer::Picked(PickFor::WithholdList, path) => {
                out.effects.push(Effect::ReadWithhold(path));
            }
            Answer::Typed(PromptFor::Output, path) => {
                let path = out.resolve(&path);
                // Another place is another production, with its own list.
                if self.begun.take_if(|begun| begun.output != path).is_some() {
                    self.forget_allowances()
                        .into_iter()
                        .for_each(|said| out.toast(said));
                }
                self.output = Some(path);
            }
            Answer::Typed(what @ (PromptFor::Memory | PromptFor::Batch), typed) => {
                self.bound(what, &typed, out);
            }
            Answer::Typed(PromptFor::Scores, path) => self.save_scores(&path, out),
            Answer::Yes(Question::Prove) => self.prove(out),
            Answer::Allowed(allowed) => self.allow(allowed, out),
            Answer::Yes(Question::Stop) => {
                out.effects.extend(self.proving.map(Effect::Cancel));
                self.paused = false;
                self.stopping = self.proving.is_some();
            }
            _ => {}
        }
    }

    fn jobs(&self) -> Vec<JobId> {
        let others = self
            .dry_run
            .into_iter()
            .chain(self.planning)
            .chain(self.saving);
        self.proving.into_iter().chain(others).collect()
    }

    fn progress(&self) -> Option<&Snapshot> {
        Some(&self.at)
    }

    fn resized(&mut self, out: &mut Out) {
        self.pane.refit(out);
    }

    fn typing(&self) -> bool {
        self.search.typing()
    }

    fn paste(&mut self, text: &str, out: &mut Out) {
        if self.search.paste(text) {
            self.refresh(out);
        }
    }

    fn busy(&self) -> Option<(JobId, &'static str)> {
        self.proving.map(|id| (id, "Proving"))
    }

    fn keys(&self) -> Vec<(KeyCode, &'static str)> {
        if self.data.is_none() {
            return match (&self.classifier, self.dry_run) {
                (Some(_), None) if self.unopened() => vec![
                    (KeyCode::Char('o'), "run it over a case"),
                    (KeyCode::Char('x'), "its secret part"),
                ],
                (Some(_), None) => vec![(KeyCode::Char('o'), "run it over a case")],
                _ => Vec::new(),
            };
        }
        if self.search.typing() {
            return vec![(KeyCode::Enter, "keep"), (KeyCode::Esc, "clear")];
        }
        let mut keys = match self.tab() {
            Tab::Matches | Tab::Borderline => {
                let read = if self.reading { "to the list" } else { "read" };
                vec![
                    (KeyCode::Enter, read),
                    (KeyCode::Char('w'), "withhold"),
                    (KeyCode::Char('W'), "as before"),
                    (KeyCode::Delete, "release"),
                    (KeyCode::Char('u'), "undo"),
                    (KeyCode::Char('l'), "list"),
                    (KeyCode::Char('/'), "search"),
                ]
            }
            Tab::Scores => vec![(KeyCode::Char('s'), "save the list")],
            Tab::Prove if self.stopping => Vec::new(),
            Tab::Prove if self.proving.is_some() => {
                let pause = if self.paused { "go on" } else { "pause" };
                vec![(KeyCode::Char('p'), pause), (KeyCode::Char('c'), "cancel")]
            }
            Tab::Prove if self.report.is_some() => vec![
                (KeyCode::Enter, "browse the bundle"),
                (KeyCode::Char('v'), "verify"),
            ],
            Tab::Prove => vec![
                (
                    KeyCode::Enter,
                    if self.asked.is_empty() {
                        "prove"
                    } else {
                        "decide"
                    },
                ),
                (KeyCode::Char('o'), "where to"),
                (KeyCode::Char('m'), "memory"),
                (KeyCode::Char('b'), "items in a proof"),
            ],
            _ => Vec::new(),
        };
        keys.push((KeyCode::Tab, "part"));
        keys
    }

    fn help(&self) -> Keys {
        &[
            (
                "1 … 5",
                "classifier, scores, matches, borderline items, proof",
            ),
            (
                "x",
                "of a sealed classifier: choose its secret part, if it is not beside it",
            ),
            ("⏎", "read an item; again: back to the list"),
            (
                "w W",
                "withhold the selected match: asks why; as the last one",
            ),
            ("Del", "release it: it will be produced"),
            (
                "u",
                "take the last decision back, then the one before it, also of earlier days",
            ),
            (
                "l",
                "withhold what a list says (CSV: item, reason, description)",
            ),
            ("/", "search in the list"),
            ("s", "save what the classifier says of every item (CSV)"),
            (
                "⏎",
                "in the last part: prove, or decide about near copies of what is withheld; then: browse the bundle",
            ),
            (
                "p c",
                "while proving: pause between batches, cancel; proving again resumes",
            ),
            (
                "o m b",
                "where to put the bundle; most memory; most items in one proof",
            ),
            ("v", "verify the finished bundle"),
        ]
    }
}
