//! A case: its items with a preview, and what lies around it.

use super::pane::Pane;
use super::search::Search;
use super::{Bundle, Commit, Custody, Keys, Request, Sign, View};
use crate::commit::audit::Audit;
use crate::tui::cursor::Cursor;
use crate::tui::engine::{CaseData, ItemRow};
use crate::tui::event::{Effect, Ended, Event, Job, JobId, Outcome, Snapshot, Subject};
use crate::tui::overlay::{Answer, Overlay, PickFor, Picker};
use crate::tui::recent::{Kind, Recent};
use crate::tui::scroll::Scroll;
use crate::tui::state::Out;
use crate::tui::text;
use crossterm::event::{KeyCode, KeyEvent};
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Number,
    Path,
    Size,
    Date,
    Type,
}

pub(super) const SORTS: [(Sort, &str); 5] = [
    (Sort::Number, "number"),
    (Sort::Path, "path"),
    (Sort::Size, "size"),
    (Sort::Date, "date"),
    (Sort::Type, "type"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    All,
    Committed,
    Exceptions,
    Partly,
    Duplicates,
}

pub(super) const STATUSES: [(Status, &str); 5] = [
    (Status::All, "all"),
    (Status::Committed, "with a vector"),
    (Status::Exceptions, "exceptions"),
    (Status::Partly, "read in part"),
    (Status::Duplicates, "duplicates"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Focus {
    Items,
    Preview,
    Around,
}

/// The screen.
#[derive(Debug)]
pub struct Case {
    path: PathBuf,
    pub(super) data: Option<Box<CaseData>>,
    pub(super) error: Option<String>,
    job: Option<JobId>,
    pub(super) at: Snapshot,
    pub(super) focus: Focus,
    pub(super) search: Search,
    pub(super) sort: usize,
    pub(super) status: usize,
    /// 0 is every type.
    pub(super) kind: usize,
    pub(super) kinds: Vec<String>,
    pub(super) visible: Vec<usize>,
    pub(super) cursor: Cursor,
    pub(super) around: Cursor,
    pub(super) pane: Pane,
    /// Of an error.
    pub(super) scroll: Scroll,
    /// What waits has been said.
    reminded: bool,
    /// The job that checks whether the case is intact, and what it found.
    pub(super) checking: Option<JobId>,
    pub(super) checked: Option<Box<Audit>>,
}

impl Case {
    /// For a case's folder.
    pub fn new(path: PathBuf) -> Self {
        Case {
            path,
            data: None,
            error: None,
            job: None,
            at: Snapshot::default(),
            focus: Focus::Items,
            search: Search::default(),
            sort: 0,
            status: 0,
            kind: 0,
            kinds: Vec::new(),
            visible: Vec::new(),
            cursor: Cursor::default(),
            around: Cursor::default(),
            pane: Pane::default(),
            scroll: Scroll::default(),
            reminded: false,
            checking: None,
            checked: None,
        }
    }

    /// As [`Case::new`], for whoever shows any screen.
    pub fn boxed(path: PathBuf) -> Box<dyn View> {
        Box::new(Case::new(path))
    }

    fn item(&self) -> Option<&ItemRow> {
        let row = self.visible.get(self.cursor.get(self.visible.len()))?;
        self.data.as_ref()?.items.get(*row)
    }

    /// Applies search, filters and order.
    fn refresh(&mut self, out: &mut Out) {
        let Some(data) = &self.data else { return };
        let found = self.search.filter();
        let kind = self.kind.checked_sub(1).and_then(|k| self.kinds.get(k));
        let fits = |item: &ItemRow| {
            let status = match STATUSES[self.status].0 {
                Status::All => true,
                Status::Committed => item.exception.is_none(),
                Status::Exceptions => item.exception.is_some(),
                Status::Partly => item.partly,
                Status::Duplicates => item.duplicate_of.is_some(),
            };
            status
                && kind.is_none_or(|k| *k == item.media_type)
                && found(&[&item.path, &item.subject])
        };
        let mut visible: Vec<usize> = (0..data.items.len())
            .filter(|i| fits(&data.items[*i]))
            .collect();
        let item = |i: &usize| &data.items[*i];
        match SORTS[self.sort].0 {
            Sort::Number => {}
            Sort::Path => visible.sort_by_key(|i| &item(i).path),
            Sort::Size => visible.sort_by_key(|i| std::cmp::Reverse(item(i).size)),
            Sort::Date => visible.sort_by_key(|i| &item(i).date),
            Sort::Type => visible.sort_by_key(|i| &item(i).media_type),
        }
        self.visible = visible;
        self.preview(out);
    }

    fn preview(&mut self, out: &mut Out) {
        let subject = self
            .item()
            .map(|item| Subject::Case(self.path.clone(), item.index));
        self.pane.show(subject, out);
    }

    /// What can be opened from the list of what lies around: productions to go on with, classifiers, bundles.
    pub(super) fn around_len(&self) -> usize {
        let near = self.data.as_ref().map(|d| &d.nearby);
        near.map_or(0, |n| {
            n.unfinished.len() + n.classifiers.len() + n.bundles.len()
        })
    }

    fn open_around(&self, out: &mut Out) {
        let Some(data) = &self.data else { return };
        let near = &data.nearby;
        let row = self.around.get(self.around_len());
        if let Some(begun) = near.unfinished.get(row) {
            return match near.classifier(&begun.classifier_hash) {
                Some(classifier) => out.push(Request::resume(
                    classifier.to_owned(),
                    self.path.clone(),
                    begun.clone(),
                )),
                None => out.toast(format!(
                    "the classifier {} of this production is not here: put its file beside the case",
                    text::short(&begun.classifier_hash)
                )),
            };
        }
        let row = row - near.unfinished.len();
        if let Some(found) = near.classifiers.get(row) {
            out.push(Request::new(found.path.clone(), Some(self.path.clone())));
        } else if let Some(found) = near.bundles.get(row - near.classifiers.len()) {
            out.push(Bundle::new(found.path.clone()));
        }
    }

    /// Says what waits for somebody to go on with it.
    fn remind(&mut self, out: &mut Out) {
        let Some(data) = &self.data else { return };
        let near = &data.nearby;
        let mut said: Vec<String> = data.recovered.iter().map(|s| text::message(s)).collect();
        for begun in &near.unfinished {
            said.push(format!(
                "A production is not finished: {}, {} of {}. Tab or a leads to it, ⏎ goes on with it.",
                out.path(&begun.output),
                begun.finished,
                text::plural(begun.proofs as u64, "proof"),
            ));
        }
        for review in &near.reviewed {
            let name = (near.classifiers.iter())
                .find(|c| c.hash == review.classifier_hash)
                .map_or_else(
                    || text::short(&review.classifier_hash),
                    |c| text::clean(&c.name),
                );
            match &review.withheld {
                Ok(0) => {}
                Ok(n) => said.push(format!(
                    "Withheld from the request {name}: {}, as recorded.",
                    text::plural(*n as u64, "item")
                )),
                Err(why) => said.push(text::message(why)),
            }
        }
        if !said.is_empty() && !self.reminded {
            self.reminded = true;
            out.toast(said.join("\n"));
        }
    }

    /// Steps through a number of choices, back with the shift key.
    fn turn(at: usize, count: usize, back: bool) -> usize {
        (at + if back { count - 1 } else { 1 }) % count
    }
}

impl View for Case {
    fn title(&self) -> String {
        match &self.data {
            Some(data) => format!("Case {}", text::clean(&data.name)),
            None => format!("Case {}", text::name(&self.path)),
        }
    }

    fn start(&mut self, out: &mut Out) {
        self.job = Some(out.start(Job::OpenCase(self.path.clone())));
    }

    fn shown(&mut self, _: &[Recent], out: &mut Out) {
        // A production may have been made meanwhile.
        out.effects.push(Effect::Locate(self.path.clone()));
    }

    fn key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        if self.data.is_none() {
            return self.error.is_some() && self.scroll.key(key);
        }
        if self.search.typing() && self.search.key(key) {
            self.cursor.set(0);
            self.refresh(out);
            return true;
        }
        match (self.focus, key.code) {
            (
                Focus::Preview,
                KeyCode::Esc | KeyCode::Char('q') | KeyCode::Left | KeyCode::Enter,
            ) => {
                self.focus = Focus::Items;
                return true;
            }
            (Focus::Preview, _) if self.pane.key(key, out) => return true,
            (Focus::Around, KeyCode::Esc | KeyCode::Char('q')) => {
                self.focus = Focus::Items;
                return true;
            }
            (Focus::Around, KeyCode::Enter) => {
                self.open_around(out);
                return true;
            }
            (Focus::Around, _) if self.around.key(key, self.around_len()) => return true,
            (Focus::Items, KeyCode::Enter | KeyCode::Right) => {
                self.focus = Focus::Preview;
                return true;
            }
            (Focus::Items, _) if self.cursor.key(key, self.visible.len()) => {
                self.preview(out);
                return true;
            }
            _ => {}
        }
        match key.code {
            KeyCode::Tab => {
                self.focus = match self.focus {
                    Focus::Items => Focus::Preview,
                    Focus::Preview if self.around_len() > 0 => Focus::Around,
                    Focus::Preview | Focus::Around => Focus::Items,
                }
            }
            KeyCode::Char('a') if self.around_len() > 0 => self.focus = Focus::Around,
            KeyCode::Char('/') => {
                self.focus = Focus::Items;
                self.search.begin();
            }
            KeyCode::Esc if self.search.clear() => self.refresh(out),
            KeyCode::Char(c @ ('s' | 'S')) => {
                self.sort = Self::turn(self.sort, SORTS.len(), c == 'S');
            }
            KeyCode::Char(c @ ('x' | 'X')) => {
                self.status = Self::turn(self.status, STATUSES.len(), c == 'X');
            }
            KeyCode::Char(c @ ('t' | 'T')) => {
                self.kind = Self::turn(self.kind, self.kinds.len() + 1, c == 'T');
            }
            KeyCode::Char('n') => out.push(Sign::new(self.path.clone(), None)),
            KeyCode::Char('l') => out.push(Custody::new(self.path.clone())),
            KeyCode::Char('m') => {
                if let Some(data) = &self.data {
                    out.push(Commit::again(self.path.clone(), &data.name, Case::boxed));
                }
            }
            KeyCode::Char('i') if self.checking.is_none() => {
                self.checked = None;
                self.checking = Some(out.start(Job::CheckCase(self.path.clone())));
            }
            KeyCode::Char('y') => {
                let root = self.data.as_ref().map(|d| d.root.clone());
                out.effects.extend(root.map(Effect::Copy));
                out.toast("the root is on the clipboard, if this terminal allows it");
            }
            KeyCode::Char('r') => {
                let picker = Picker::new(PickFor::Classifier, out.cwd.clone());
                out.ask(Overlay::Picker(picker));
            }
            _ => return false,
        }
        if matches!(key.code, KeyCode::Char('s' | 'x' | 't' | 'S' | 'X' | 'T')) {
            self.cursor.set(0);
            self.refresh(out);
        }
        true
    }

    fn paste(&mut self, text: &str, out: &mut Out) {
        if self.search.paste(text) {
            self.refresh(out);
        }
    }

    fn event(&mut self, event: Event, out: &mut Out) -> Option<Event> {
        match event {
            Event::Progress(id, at) if Some(id) == self.job || Some(id) == self.checking => {
                self.at = at;
            }
            Event::Done(id, ended) if Some(id) == self.checking => {
                self.checking = None;
                match ended {
                    Ended::Ok(Outcome::CaseChecked(audit)) => self.checked = Some(audit),
                    Ended::Failed(why) | Ended::Cancelled(why) => out.toast(text::message(&why)),
                    Ended::Ok(_) => {}
                }
            }
            Event::Done(id, ended) if Some(id) == self.job => {
                self.job = None;
                match ended {
                    Ended::Ok(Outcome::Case(data)) => {
                        let mut kinds: Vec<String> =
                            data.items.iter().map(|i| i.media_type.clone()).collect();
                        kinds.sort();
                        kinds.dedup();
                        self.kinds = kinds;
                        self.data = Some(data);
                        out.opened(Kind::Case, &self.path);
                        self.refresh(out);
                        self.remind(out);
                    }
                    Ended::Failed(error) | Ended::Cancelled(error) => self.error = Some(error),
                    Ended::Ok(_) => {}
                }
            }
            Event::Located(path, nearby) if path == self.path => {
                if let Some(data) = &mut self.data {
                    data.nearby = nearby;
                }
            }
            other => return self.pane.event(other),
        }
        None
    }

    fn select(&mut self, row: usize, out: &mut Out) -> bool {
        if self.focus == Focus::Around {
            let again = self.around.get(self.around_len()) == row;
            self.around.set(row);
            return again;
        }
        let again = self.cursor.get(self.visible.len()) == row;
        self.cursor.set(row);
        self.preview(out);
        again
    }

    fn answer(&mut self, answer: Answer, out: &mut Out) {
        if let Answer::Picked(PickFor::Classifier, path) = answer {
            out.push(Request::new(path, Some(self.path.clone())));
        }
    }

    fn jobs(&self) -> Vec<JobId> {
        self.job.into_iter().chain(self.checking).collect()
    }

    fn resized(&mut self, out: &mut Out) {
        self.pane.refit(out);
    }

    fn typing(&self) -> bool {
        self.search.typing()
    }

    fn keys(&self) -> Vec<(KeyCode, &'static str)> {
        if self.search.typing() {
            return vec![(KeyCode::Enter, "keep"), (KeyCode::Esc, "clear")];
        }
        let mut keys = vec![(KeyCode::Char('r'), "request")];
        match self.focus {
            Focus::Items => keys.extend([
                (KeyCode::Enter, "read"),
                (KeyCode::Char('/'), "search"),
                (KeyCode::Char('s'), "sort"),
                (KeyCode::Char('t'), "type"),
                (KeyCode::Char('x'), "status"),
                (KeyCode::Char('l'), "log"),
                (KeyCode::Char('n'), "sign"),
                (KeyCode::Char('m'), "supplement"),
            ]),
            Focus::Preview => keys.push((KeyCode::Enter, "to the list")),
            Focus::Around => keys.push((KeyCode::Enter, "open")),
        }
        if self.around_len() > 0 {
            keys.push((KeyCode::Tab, "part"));
        }
        keys
    }

    fn help(&self) -> Keys {
        &[
            ("r", "load a classifier and run it over this case"),
            ("⏎", "read the item; again: back to the list"),
            ("/", "search in paths and subjects"),
            (
                "s t x S T X",
                "sort; filter by type; by status; capitals go back",
            ),
            (
                "a",
                "productions that are not finished, classifiers at hand, productions so far",
            ),
            ("l", "the custody log: what was done with this case, when"),
            (
                "m",
                "supplement it: read again what could not be read (a folder found late: commit it, under Supplements)",
            ),
            ("n", "sign the commitment, time-stamp it, check either"),
            (
                "i",
                "check that the case is intact: everything opens as committed",
            ),
            ("y", "copy the root"),
            (
                "! = └",
                "an exception; same bytes as an earlier item; part of another item",
            ),
        ]
    }
}
