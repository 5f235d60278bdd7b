//! The two lists of a request: what matches, and what is nearest to the line; and what is kept back.

use super::request::Request;
use crate::bundle::{Reason, Withheld};
use crate::prove::{WithholdEntry, WithholdList};
use crate::review::{Decision, Undone};
use crate::tui::engine::{Decide, DryRunData, Matter, Recorded};
use crate::tui::event::{Effect, Job};
use crate::tui::overlay::{Overlay, PickFor, Picker, Prompt, PromptFor, ReasonDialog};
use crate::tui::state::Out;
use crate::tui::text;
use crossterm::event::{KeyCode, KeyEvent};
use std::collections::BTreeMap;

/// Items on each side of the line that are worth reading.
const BORDERLINE: usize = 25;

impl Request {
    pub(super) fn loaded(&mut self, data: Box<DryRunData>, out: &mut Out) {
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
        self.read_record(out);
        self.refresh(out);
    }

    /// Applies the search to both lists.
    pub(super) fn refresh(&mut self, out: &mut Out) {
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

    /// Asks whether what is kept back makes sense.
    fn weigh(&mut self) {
        let Some(data) = &self.data else { return };
        let facts: Vec<_> = data.items.iter().map(|i| i.facts.clone()).collect();
        let list = WithholdList::new(self.withheld.values().cloned().collect());
        self.objection = list
            .resolve(&facts)
            .err()
            .map(|e| text::message(&e.to_string()));
    }

    /// The request in the case that decisions are about.
    pub(super) fn matter(&self) -> Option<Matter> {
        Some((self.case.clone()?, self.classifier.as_ref()?.hash()))
    }

    fn decide(&mut self, what: Decide, out: &mut Out) {
        if let Some(matter) = self.matter() {
            self.recording += 1;
            out.effects.push(Effect::Review(matter, what));
        }
    }

    /// Asks for what is recorded.
    pub(super) fn read_record(&mut self, out: &mut Out) {
        if self.data.is_some() {
            self.decide(Decide::Read, out);
        }
    }

    /// Takes what is recorded now.
    pub(super) fn reviewed(
        &mut self,
        what: &Decide,
        good: bool,
        recorded: Option<Recorded>,
        out: &mut Out,
    ) {
        self.recording = self.recording.saturating_sub(1);
        let Some(recorded) = recorded else {
            self.unread = true;
            return;
        };
        self.unread = false;
        let latest = |d: &&Decision| d.decided_at.clone();
        if let Some(last) = recorded.decisions.values().max_by_key(latest)
            && self.last_reason.is_none()
        {
            self.last_reason = Some((last.reason, last.description.clone()));
        }
        let entry = |(index, decision): (&u32, &Decision)| {
            let entry = WithholdEntry {
                item: index.to_string(),
                reason: decision.reason,
                description: decision.description.clone(),
            };
            (*index, entry)
        };
        let before = self.objection.is_some();
        let found = recorded.decisions.len() as u64;
        let now: BTreeMap<u32, WithholdEntry> = recorded.decisions.iter().map(entry).collect();
        let mut said = Vec::new();
        // The record is read again when the screen is shown again.
        if self.greeted && self.withheld != now && self.proving.is_none() {
            said.extend(self.forget_allowances());
        }
        self.withheld = now;
        self.weigh();
        for remark in &recorded.remarks {
            out.toast(text::message(remark));
        }
        match what {
            Decide::Undo if good => said.push(match recorded.undone {
                None => "nothing is left to take back".to_owned(),
                Some(undone) => in_words(&undone),
            }),
            Decide::Read if found > 0 && self.report.is_none() && !self.greeted => {
                let found = text::plural(found, "item");
                said.push(format!("{found} withheld, as recorded in the case"));
            }
            Decide::Withhold(items) if good && items.len() > 1 => {
                let listed = text::plural(items.len() as u64, "item");
                said.push(format!("{listed} from the list are withheld"));
            }
            _ => {}
        }
        self.greeted = true;
        // Once, not at every further step of putting it right.
        if *what != Decide::Read && !before {
            said.extend(self.objection.clone());
        }
        if !said.is_empty() {
            out.toast(said.join("\n"));
        }
        if !good && *what != Decide::Read {
            // Is the record still what it was?
            self.decide(Decide::Read, out);
        }
    }

    /// Takes over a list of items to withhold, if it fits what the dry run says.
    pub(super) fn take_list(&mut self, entries: Vec<WithholdEntry>, out: &mut Out) {
        let Some(data) = &self.data else { return };
        let facts: Vec<_> = data.items.iter().map(|i| i.facts.clone()).collect();
        match WithholdList::new(entries).resolve(&facts) {
            Ok(resolved) => self.decide(Decide::Withhold(resolved), out),
            Err(error) => out.toast(text::message(&error.to_string())),
        }
    }

    pub(super) fn keep_back(&mut self, reason: Reason, description: String, out: &mut Out) {
        let Some(item) = self.selected() else { return };
        let withheld = Withheld {
            index: item.facts.index,
            reason,
            description: description.clone(),
        };
        if let Err(error) = withheld.check() {
            return out.toast(text::message(&error.to_string()));
        }
        self.last_reason = Some((reason, description));
        self.decide(Decide::Withhold(vec![withheld]), out);
    }

    fn release(&mut self, out: &mut Out) {
        let index = self.selected().map(|i| i.facts.index);
        match index.filter(|i| self.withheld.contains_key(i)) {
            Some(index) => self.decide(Decide::Release(vec![index]), out),
            None => out.toast("this item is not withheld"),
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

    pub(super) fn ask_where_to_save(&self, out: &mut Out) {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let Some(case) = &self.case else { return };
        let name = case.file_name().unwrap_or_default().to_string_lossy();
        let path = case.with_file_name(format!("{name}-{stem}-scores.csv"));
        out.ask(Overlay::Prompt(Prompt::new(
            PromptFor::Scores,
            "Save what the classifier says of every item",
            "A new file (CSV), for your own review: it names every document.",
            path.to_string_lossy().into_owned(),
        )));
    }

    pub(super) fn save_scores(&mut self, path: &str, out: &mut Out) {
        if let (Some(case), Some(classifier)) = (&self.case, &self.classifier) {
            self.saving = Some(out.start(Job::Scores {
                case: case.clone(),
                classifier: classifier.clone(),
                output: out.resolve(path),
            }));
        }
    }

    pub(super) fn list_key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        if self.reading {
            match key.code {
                KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q') => {
                    self.reading = false;
                    return true;
                }
                _ if self.pane.key(key, out) => return true,
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
            KeyCode::Delete => self.release(out),
            KeyCode::Char('u') => self.decide(Decide::Undo, out),
            _ => return false,
        }
        true
    }
}

/// What an undo came to.
fn in_words(undone: &Undone) -> String {
    let mut items = undone.items.iter();
    match (items.next(), items.next()) {
        (Some((index, None)), None) => format!("taken back: item {index} is not withheld"),
        (Some((index, Some(decision))), None) => {
            format!(
                "taken back: item {index} is withheld as {}",
                decision.reason
            )
        }
        _ => format!(
            "taken back: what was decided about {} together",
            text::plural(undone.items.len() as u64, "item")
        ),
    }
}
