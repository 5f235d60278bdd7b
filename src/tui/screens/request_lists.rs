//! The two lists of a request: what matches, and what is nearest to the line; and what is kept back.

use super::request::Request;
use crate::bundle::Reason;
use crate::prove::{WithholdEntry, WithholdList};
use crate::tui::engine::DryRunData;
use crate::tui::event::Job;
use crate::tui::overlay::{Overlay, PickFor, Picker, Prompt, PromptFor, ReasonDialog};
use crate::tui::state::Out;
use crate::tui::text;
use crossterm::event::{KeyCode, KeyEvent};

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
            .map(|e| text::clean(&e.to_string()));
    }

    /// Takes over a list of items to withhold, if it fits what the dry run says.
    pub(super) fn take_list(&mut self, entries: Vec<WithholdEntry>, out: &mut Out) {
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
                self.weigh();
                out.toast(format!(
                    "{} from the list are withheld",
                    text::plural(n, "item")
                ));
            }
            Err(error) => out.toast(text::clean(&error.to_string())),
        }
    }

    pub(super) fn keep_back(&mut self, reason: Reason, description: String, out: &mut Out) {
        let Some(item) = self.selected() else { return };
        let index = item.facts.index;
        let entry = WithholdEntry {
            item: index.to_string(),
            reason,
            description: description.clone(),
        };
        self.last_reason = Some((reason, description));
        self.withheld.insert(index, entry);
        self.weigh();
        if let Some(objection) = &self.objection {
            out.toast(objection.clone());
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
                if index.and_then(|i| self.withheld.remove(&i)).is_some() {
                    self.weigh();
                }
            }
            _ => return false,
        }
        true
    }
}
