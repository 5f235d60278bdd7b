//! A request: what the classifier says of itself and of the case, what to keep back, and the proof.

use super::pane::Pane;
use super::request_prove::Proofs;
use super::search::Search;
use super::{Keys, View, request_view};
use crate::bundle::Reason;
use crate::classify::Classifier;
use crate::prove::{WithholdEntry, WithholdList};
use crate::tui::canvas::Canvas;
use crate::tui::cursor::Cursor;
use crate::tui::engine::{DryRunData, Fact, PlanFacts};
use crate::tui::event::{Effect, Ended, Event, Job, JobId, Outcome, Snapshot, Subject};
use crate::tui::overlay::{Answer, Overlay, PickFor, Picker, PromptFor, Question, ReasonDialog};
use crate::tui::recent::{Kind, Recent};
use crate::tui::state::Out;
use crate::tui::text;
use crate::verify::Report;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
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

/// Items on each side of the line that are worth reading.
const BORDERLINE: usize = 25;

/// The screen.
#[derive(Debug)]
pub struct Request {
    pub(super) path: PathBuf,
    pub(super) case: Option<PathBuf>,
    pub(super) classifier: Option<Arc<Classifier>>,
    pub(super) data: Option<Box<DryRunData>>,
    /// Positions of the matches, clearest first.
    pub(super) matches: Vec<usize>,
    /// Positions of the items nearest to the line, by score.
    pub(super) borderline: Vec<usize>,
    pub(super) withheld: BTreeMap<u32, WithholdEntry>,
    /// The last reason that was given, for more of the same.
    last_reason: Option<(Reason, String)>,
    /// What the two lists show after searching.
    pub(super) shown: [Vec<usize>; 2],
    pub(super) search: Search,
    pub(super) proofs: Proofs,
    pub(super) tab: usize,
    pub(super) cursors: [Cursor; 2],
    pub(super) reading: bool,
    pub(super) scroll: u16,
    pub(super) pane: Pane,
    pub(super) output: Option<PathBuf>,
    dry_run: Option<JobId>,
    pub(super) proving: Option<JobId>,
    pub(super) paused: bool,
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
            classifier: None,
            data: None,
            matches: Vec::new(),
            borderline: Vec::new(),
            withheld: BTreeMap::new(),
            last_reason: None,
            shown: [Vec::new(), Vec::new()],
            search: Search::default(),
            proofs: Proofs::default(),
            tab: 0,
            cursors: [Cursor::default(); 2],
            reading: false,
            scroll: 0,
            pane: Pane::default(),
            output: None,
            dry_run: None,
            proving: None,
            paused: false,
            at: Snapshot::default(),
            error: None,
            report: None,
        }
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

    /// What stands against the list of items to keep back.
    pub(super) fn objection(&self) -> Option<String> {
        let data = self.data.as_ref()?;
        let facts: Vec<_> = data.items.iter().map(|i| i.facts.clone()).collect();
        let list = WithholdList::new(self.withheld.values().cloned().collect());
        list.resolve(&facts).err().map(|e| e.to_string())
    }

    fn preview(&mut self, out: &mut Out) {
        let subject = match (self.selected(), &self.case) {
            (Some(item), Some(case)) => Some(Subject::Case(case.clone(), item.facts.index)),
            _ => None,
        };
        self.pane.show(subject, out);
    }

    fn show_tab(&mut self, tab: usize, out: &mut Out) {
        self.tab = tab.min(TABS.len() - 1);
        self.reading = false;
        self.scroll = 0;
        self.preview(out);
    }

    fn load(&mut self, out: &mut Out) {
        self.error = None;
        let job = Job::DryRun(self.path.clone(), self.case.clone());
        self.dry_run = Some(out.start(job));
    }

    fn loaded(&mut self, data: Box<DryRunData>, out: &mut Out) {
        let score = |i: &usize| data.items[*i].score.unwrap_or(i64::MIN);
        let mut matches: Vec<usize> = (0..data.items.len())
            .filter(|i| data.items[*i].facts.matches())
            .collect();
        matches.sort_by_key(|i| (std::cmp::Reverse(score(i)), *i));
        let mut scored: Vec<usize> = (0..data.items.len())
            .filter(|i| data.items[*i].score.is_some())
            .collect();
        scored.sort_by_key(|i| (std::cmp::Reverse(score(i)), *i));
        let line = matches.len();
        let from = line.saturating_sub(BORDERLINE);
        let to = (line + BORDERLINE).min(scored.len());
        self.borderline = scored[from..to].to_vec();
        self.cursors[1].set(line - from);
        self.matches = matches;
        self.data = Some(data);
        if self.output.is_none() {
            self.output = self.suggestion();
        }
        self.refresh(out);
    }

    /// Applies the search to both lists.
    fn refresh(&mut self, out: &mut Out) {
        if let Some(data) = &self.data {
            let fits = self.search.filter();
            let narrow = |list: &[usize]| -> Vec<usize> {
                let found = |i: &&usize| {
                    let item = &data.items[**i];
                    fits(&[&item.facts.path, &item.title])
                };
                list.iter().filter(found).copied().collect()
            };
            self.shown = [narrow(&self.matches), narrow(&self.borderline)];
        }
        self.preview(out);
    }

    /// Takes over a list of items to withhold, if it fits what the dry run says.
    fn take_list(&mut self, entries: Vec<WithholdEntry>, out: &mut Out) {
        let Some(data) = &self.data else { return };
        let facts: Vec<_> = data.items.iter().map(|i| i.facts.clone()).collect();
        match WithholdList::new(entries).resolve(&facts) {
            Ok(resolved) => {
                let n = resolved.len() as u64;
                for w in resolved {
                    let entry = WithholdEntry {
                        item: w.index.to_string(),
                        reason: w.reason,
                        description: w.description,
                    };
                    self.withheld.insert(w.index, entry);
                }
                out.toast(format!(
                    "{} from the list are withheld",
                    text::plural(n, "item")
                ));
            }
            Err(error) => out.toast(text::clean(&error.to_string())),
        }
    }

    fn keep_back(&mut self, reason: Reason, description: String, out: &mut Out) {
        let Some(item) = self.selected() else { return };
        let index = item.facts.index;
        let entry = WithholdEntry {
            item: index.to_string(),
            reason,
            description: description.clone(),
        };
        self.last_reason = Some((reason, description));
        self.withheld.insert(index, entry);
        if let Some(objection) = self.objection() {
            out.toast(text::clean(&objection));
        }
    }

    fn withhold(&mut self, out: &mut Out) {
        let Some(item) = self.selected() else { return };
        if !item.facts.matches() {
            return out.toast("this item does not match, so there is nothing to withhold");
        }
        let before = self.withheld.get(&item.facts.index);
        let before = before.map(|w| (w.reason, w.description.as_str()));
        let dialog = ReasonDialog::new(&text::clean(&item.title), before);
        out.ask(Overlay::Reason(dialog));
    }

    fn list_key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        if self.reading {
            match key.code {
                KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q') => {
                    self.reading = false;
                    return true;
                }
                _ if self.pane.key(key) => return true,
                _ => {}
            }
        } else if let Some((list, cursor)) = self.list() {
            let len = list.len();
            if self.cursors[cursor].key(key, len) {
                self.preview(out);
                return true;
            }
        }
        match key.code {
            KeyCode::Enter => self.reading = true,
            KeyCode::Char('w') => self.withhold(out),
            KeyCode::Char('W') => match (self.last_reason.clone(), self.selected()) {
                (Some((reason, text)), Some(item)) if item.facts.matches() => {
                    self.keep_back(reason, text, out);
                }
                (None, _) => out.toast("no reason was given yet: w asks for one"),
                _ => out.toast("this item does not match, so there is nothing to withhold"),
            },
            KeyCode::Char('/') => self.search.begin(),
            KeyCode::Esc if self.search.clear() => self.refresh(out),
            KeyCode::Char('l') => {
                let picker = Picker::new(PickFor::WithholdList, out.cwd.clone());
                out.ask(Overlay::Picker(picker));
            }
            KeyCode::Char('u') => {
                let index = self.selected().map(|i| i.facts.index);
                index.and_then(|i| self.withheld.remove(&i));
            }
            _ => return false,
        }
        true
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

    fn shown(&mut self, _: &[Recent], _: &mut Out) {}

    fn key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        if self.classifier.is_none() {
            return false;
        }
        if self.data.is_none() {
            match key.code {
                KeyCode::Char('o') if self.dry_run.is_none() => {
                    let picker = Picker::new(PickFor::Case, out.cwd.clone());
                    out.ask(Overlay::Picker(picker));
                }
                KeyCode::Down | KeyCode::Char('j') => self.scroll = (self.scroll + 1).min(200),
                KeyCode::Up | KeyCode::Char('k') => self.scroll = self.scroll.saturating_sub(1),
                _ => return false,
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
            _ => {}
        }
        match self.tab() {
            Tab::Classifier => {
                match key.code {
                    KeyCode::Down | KeyCode::Char('j') => self.scroll = (self.scroll + 1).min(200),
                    KeyCode::Up | KeyCode::Char('k') => self.scroll = self.scroll.saturating_sub(1),
                    _ => return false,
                }
                true
            }
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
            Event::WithholdRead(_, Ok(entries)) => self.take_list(entries, out),
            Event::WithholdRead(_, Err(why)) => out.toast(text::clean(&why)),
            Event::Done(id, ended) if Some(id) == self.dry_run => {
                self.dry_run = None;
                match ended {
                    Ended::Ok(Outcome::DryRun(classifier, data)) => {
                        self.classifier = Some(classifier);
                        out.opened(Kind::Classifier, &self.path);
                        data.into_iter().for_each(|data| self.loaded(data, out));
                    }
                    Ended::Failed(error) | Ended::Cancelled(error) => self.error = Some(error),
                    Ended::Ok(_) => {}
                }
            }
            Event::Done(id, ended) if Some(id) == self.proving => {
                self.proving = None;
                self.paused = false;
                match ended {
                    Ended::Ok(Outcome::Proved(report)) => {
                        self.report = Some(report);
                        self.output.iter().for_each(|b| out.opened(Kind::Bundle, b));
                    }
                    Ended::Failed(error) | Ended::Cancelled(error) => self.error = Some(error),
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
            Answer::Reason(reason, description) => self.keep_back(reason, description, out),
            Answer::Picked(PickFor::WithholdList, path) => {
                out.effects.push(Effect::ReadWithhold(path));
            }
            Answer::Typed(PromptFor::Output, path) => self.output = Some(out.resolve(&path)),
            Answer::Yes(Question::Prove) => self.prove(out),
            Answer::Yes(Question::Stop) => {
                out.effects.extend(self.proving.map(Effect::Cancel));
                self.paused = false;
            }
            _ => {}
        }
    }

    fn jobs(&self) -> Vec<JobId> {
        self.proving.into_iter().chain(self.dry_run).collect()
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
                    (KeyCode::Char('W'), "same reason"),
                    (KeyCode::Char('u'), "undo"),
                    (KeyCode::Char('l'), "list"),
                    (KeyCode::Char('/'), "search"),
                ]
            }
            Tab::Prove if self.proving.is_some() => {
                let pause = if self.paused { "go on" } else { "pause" };
                vec![(KeyCode::Char('p'), pause), (KeyCode::Char('c'), "cancel")]
            }
            Tab::Prove if self.report.is_some() => vec![
                (KeyCode::Enter, "browse the bundle"),
                (KeyCode::Char('v'), "verify"),
            ],
            Tab::Prove => vec![(KeyCode::Enter, "prove"), (KeyCode::Char('o'), "where to")],
            _ => Vec::new(),
        };
        keys.push((KeyCode::Tab, "next part"));
        keys
    }

    fn help(&self) -> Keys {
        &[
            (
                "1 … 5",
                "classifier, scores, matches, borderline items, proof",
            ),
            ("⏎", "read an item; again: back to the list"),
            (
                "w W u",
                "withhold the selected match: asks why; as the last one; undo",
            ),
            (
                "l",
                "withhold what a list says (CSV: item, reason, description)",
            ),
            ("/", "search in the list"),
            ("⏎", "in the last part: prove; then: browse the bundle"),
            (
                "p c",
                "while proving: pause between batches, cancel; proving again resumes",
            ),
            ("o", "where to put the bundle"),
            ("v", "verify the finished bundle"),
        ]
    }

    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        request_view::draw(self, canvas, area);
    }
}
