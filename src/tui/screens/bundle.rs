//! A disclosure bundle: the count identity, every item, and what is proved about each.

use super::export::{Chosen, Known};
use super::pane::Pane;
use super::search::Search;
use super::{Audit, Export, Keys, Sign, Verify, View};
use crate::bundle::Disposition;
use crate::clean;
use crate::sign::Beside;
use crate::tui::cursor::Cursor;
use crate::tui::engine::BundleData;
use crate::tui::event::{Effect, Ended, Event, Job, JobId, Outcome, Snapshot, Subject, Vouching};
use crate::tui::overlay::{Answer, Overlay, Prompt, PromptFor};
use crate::tui::recent::{Kind, Recent};
use crate::tui::scroll::Scroll;
use crate::tui::state::Out;
use crate::tui::text;
use crossterm::event::{KeyCode, KeyEvent};
use std::path::PathBuf;

/// Lists of items, in the order of the tabs.
pub(super) const TABS: [(Option<Disposition>, &str); 6] = [
    (Some(Disposition::Produced), "produced"),
    (Some(Disposition::Withheld), "withheld"),
    (Some(Disposition::NotResponsive), "not responsive"),
    (Some(Disposition::Exception), "exceptions"),
    (Some(Disposition::OutsideForm), "other form"),
    (None, "all"),
];

/// The screen.
#[derive(Debug)]
pub struct Bundle {
    path: PathBuf,
    pub(super) data: Option<Box<BundleData>>,
    pub(super) error: Option<String>,
    job: Option<JobId>,
    pub(super) at: Snapshot,
    pub(super) tab: usize,
    pub(super) rows: Vec<u32>,
    pub(super) cursor: Cursor,
    pub(super) reading: bool,
    pub(super) scroll: Scroll,
    pub(super) pane: Pane,
    pub(super) search: Search,
    pub(super) vouched: Vec<Beside>,
}

impl Bundle {
    /// For a bundle's folder.
    pub fn new(path: PathBuf) -> Self {
        Bundle {
            path,
            data: None,
            error: None,
            job: None,
            at: Snapshot::default(),
            tab: 0,
            rows: Vec::new(),
            cursor: Cursor::default(),
            reading: false,
            scroll: Scroll::default(),
            pane: Pane::default(),
            search: Search::default(),
            vouched: Vec::new(),
        }
    }

    /// The selected item and what became of it.
    pub(super) fn selected(&self) -> Option<(u32, Disposition)> {
        let index = *self.rows.get(self.cursor.get(self.rows.len()))?;
        let disposition = self.data.as_ref()?.dispositions.get(index)?;
        Some((index, disposition))
    }

    fn show_tab(&mut self, tab: usize, out: &mut Out) {
        self.tab = tab.min(TABS.len() - 1);
        self.reading = false;
        self.cursor = Cursor::default();
        self.refresh(out);
    }

    /// Applies the tab and the search.
    fn refresh(&mut self, out: &mut Out) {
        if let Some(data) = &self.data {
            let fits = self.search.filter();
            let wanted = TABS[self.tab].0;
            self.rows = data
                .dispositions
                .iter()
                .filter(|(_, d)| wanted.is_none_or(|w| w == *d))
                .map(|(index, _)| index)
                .filter(|index| {
                    let (path, subject) = data.title(*index).unwrap_or_default();
                    let log = data.withheld(*index);
                    let reason = log.map_or(String::new(), |w| w.reason.to_string());
                    let leaf = &data.leaves[*index as usize];
                    let why = leaf.exception().map_or("", |r| r.as_str());
                    fits(&[
                        &index.to_string(),
                        path,
                        subject,
                        &reason,
                        log.map_or("", |w| &w.description),
                        why,
                    ])
                })
                .collect();
        }
        self.preview(out);
    }

    fn preview(&mut self, out: &mut Out) {
        self.scroll.home();
        let subject = match self.selected() {
            Some((index, Disposition::Produced)) => Some(Subject::Bundle(self.path.clone(), index)),
            _ => None,
        };
        self.pane.show(subject, out);
    }

    /// What other screens can start from.
    fn known(&self) -> Known {
        let Some(data) = &self.data else {
            return Known::default();
        };
        let classifier = data.nearby.classifier(&data.manifest.classifier);
        Known {
            commitment: data.nearby.commitment.clone(),
            classifier: classifier.map(PathBuf::from),
            case: data.nearby.case.clone(),
            verified: false,
            chosen: Chosen::default(),
        }
    }

    fn vouch(&self, out: &mut Out) {
        let known = self.known();
        let keys = self.data.iter().flat_map(|d| d.nearby.keys.clone());
        let commitment = known.commitment.map(|path| ("The commitment", path));
        let bundle = ("The bundle", self.path.clone());
        out.effects.push(Effect::Vouch(Vouching {
            about: self.path.clone(),
            files: commitment.into_iter().chain([bundle]).collect(),
            keys: keys.collect(),
            authorities: Vec::new(),
        }));
    }

    fn ask_to_save(&self, what: PromptFor, name: &str, title: &str, out: &mut Out) {
        let path = self.path.with_file_name(format!(
            "{}-{name}.csv",
            self.path.file_name().unwrap_or_default().to_string_lossy()
        ));
        out.ask(Overlay::Prompt(Prompt::new(
            what,
            title,
            "A new file, outside of the bundle.",
            path.to_string_lossy().into_owned(),
        )));
    }

    fn withheld_log(&self) -> Vec<u8> {
        let mut table = csv::Writer::from_writer(Vec::new());
        let _ = table.write_record(["item", "reason", "ground", "description"]);
        for w in self.data.iter().flat_map(|d| &d.manifest.withheld) {
            let _ = table.write_record([
                &w.index.to_string(),
                &clean::cell(w.reason.code()),
                &clean::cell(w.reason.title()),
                &clean::cell(&w.description),
            ]);
        }
        table.into_inner().unwrap_or_default()
    }

    fn disposition_list(&self) -> Vec<u8> {
        let mut table = csv::Writer::from_writer(Vec::new());
        let _ = table.write_record(["item", "disposition", "path", "reason", "leaf"]);
        if let Some(data) = &self.data {
            for (index, disposition) in data.dispositions.iter() {
                let leaf = &data.leaves[index as usize];
                let reason = match leaf.exception() {
                    Some(reason) => reason.to_string(),
                    None => data
                        .withheld(index)
                        .map_or(String::new(), |w| w.reason.to_string()),
                };
                let path = data.title(index).map_or("", |(path, _)| path);
                let _ = table.write_record([
                    &index.to_string(),
                    disposition.label(),
                    &clean::cell(path),
                    &clean::cell(&reason),
                    &hex::encode(leaf.hash()),
                ]);
            }
        }
        table.into_inner().unwrap_or_default()
    }
}

impl View for Bundle {
    fn title(&self) -> String {
        format!("Bundle {}", text::name(&self.path))
    }

    fn start(&mut self, out: &mut Out) {
        self.job = Some(out.start(Job::OpenBundle(self.path.clone())));
    }

    fn shown(&mut self, _: &[Recent], out: &mut Out) {
        out.effects.push(Effect::Locate(self.path.clone()));
    }

    fn resized(&mut self, out: &mut Out) {
        self.pane.refit(out);
    }

    fn jobs(&self) -> Vec<JobId> {
        self.job.into_iter().collect()
    }

    fn typing(&self) -> bool {
        self.search.typing()
    }

    fn paste(&mut self, text: &str, out: &mut Out) {
        if self.search.paste(text) {
            self.refresh(out);
        }
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
        if self.reading {
            let produced = matches!(self.selected(), Some((_, Disposition::Produced)));
            match key.code {
                KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q') => {
                    self.reading = false;
                    return true;
                }
                _ if produced && self.pane.key(key, out) => return true,
                _ if !produced && self.scroll.key(key) => return true,
                _ => {}
            }
        } else if self.cursor.key(key, self.rows.len()) {
            self.preview(out);
            return true;
        }
        match key.code {
            KeyCode::Char(c @ '1'..='6') => self.show_tab(c as usize - '1' as usize, out),
            KeyCode::Tab | KeyCode::Right => self.show_tab((self.tab + 1) % TABS.len(), out),
            KeyCode::BackTab | KeyCode::Left => {
                self.show_tab((self.tab + TABS.len() - 1) % TABS.len(), out);
            }
            KeyCode::Enter => self.reading = true,
            KeyCode::Char('/') => {
                self.reading = false;
                self.search.begin();
            }
            KeyCode::Esc if self.search.clear() => self.refresh(out),
            KeyCode::Char('v') => {
                let known = self.known();
                let (commitment, classifier) = (known.commitment, known.classifier);
                out.push(Verify::new(self.path.clone(), commitment, classifier));
            }
            KeyCode::Char('x') => out.push(Export::new(self.path.clone(), self.known())),
            KeyCode::Char('u') => {
                let nearby = self.data.as_ref().map(|d| &d.nearby);
                out.push(Audit::new(self.path.clone(), self.known(), nearby));
            }
            KeyCode::Char('n') => {
                let case = self.known().case;
                out.push(Sign::new(self.path.clone(), case));
            }
            KeyCode::Char('w') => {
                let title = "Save the withheld log as CSV";
                self.ask_to_save(PromptFor::WithheldLog, "withheld", title, out);
            }
            KeyCode::Char('e') => {
                let title = "Save the disposition of every item as CSV";
                self.ask_to_save(PromptFor::Dispositions, "dispositions", title, out);
            }
            _ => return false,
        }
        true
    }

    fn event(&mut self, event: Event, out: &mut Out) -> Option<Event> {
        match event {
            Event::Progress(id, at) if Some(id) == self.job => self.at = at,
            Event::Done(id, ended) if Some(id) == self.job => {
                self.job = None;
                match ended {
                    Ended::Ok(Outcome::Bundle(data)) => {
                        self.data = Some(data);
                        out.opened(Kind::Bundle, &self.path);
                        self.vouch(out);
                        self.show_tab(0, out);
                    }
                    Ended::Failed(error) | Ended::Cancelled(error) => self.error = Some(error),
                    Ended::Ok(_) => {}
                }
            }
            Event::Located(path, nearby) if path == self.path => {
                if let Some(data) = &mut self.data {
                    data.nearby = nearby;
                }
                self.vouch(out);
            }
            Event::Vouched(path, found) if path == self.path => self.vouched = found,
            other => return self.pane.event(other),
        }
        None
    }

    fn select(&mut self, row: usize, out: &mut Out) -> bool {
        let again = self.cursor.get(self.rows.len()) == row;
        self.cursor.set(row);
        self.preview(out);
        again
    }

    fn answer(&mut self, answer: Answer, out: &mut Out) {
        let (bytes, path) = match answer {
            Answer::Typed(PromptFor::WithheldLog, path) => (self.withheld_log(), path),
            Answer::Typed(PromptFor::Dispositions, path) => (self.disposition_list(), path),
            _ => return,
        };
        let path = out.resolve(&path);
        if path.starts_with(&self.path) {
            return out.toast("not inside the bundle: an added file would break its seal");
        }
        out.effects.push(Effect::Save(path, bytes));
    }

    fn keys(&self) -> Vec<(KeyCode, &'static str)> {
        if self.data.is_none() {
            return Vec::new();
        }
        if self.search.typing() {
            return vec![(KeyCode::Enter, "keep"), (KeyCode::Esc, "clear")];
        }
        let read = if self.reading { "to the list" } else { "read" };
        vec![
            (KeyCode::Enter, read),
            (KeyCode::Tab, "list"),
            (KeyCode::Char('/'), "search"),
            (KeyCode::Char('v'), "verify"),
            (KeyCode::Char('x'), "export"),
            (KeyCode::Char('u'), "audit"),
            (KeyCode::Char('n'), "sign"),
            (KeyCode::Char('e'), "save list"),
        ]
    }

    fn help(&self) -> Keys {
        &[
            (
                "1 … 6",
                "produced, withheld, not responsive, exceptions, other form, all",
            ),
            ("⏎", "read the item; again: back to the list"),
            ("/", "search in numbers, paths, subjects, reasons"),
            ("v", "verify the bundle"),
            ("x", "export: load files for review platforms, logs, report"),
            ("u", "a random audit of what was not produced"),
            ("n", "sign the bundle, time-stamp it, check either"),
            ("w e", "save the withheld log; the list of all items (CSV)"),
        ]
    }
}
