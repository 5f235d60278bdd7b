//! Screens that are a form whose last row does something: exports, audits, signatures. What they have in
//! common is here; what each is about, in its own file.

use super::form::{Form, Pressed};
use super::{Keys, View};
use crate::tui::canvas::Canvas;
use crate::tui::event::{Effect, Ended, Event, Job, JobId, Snapshot};
use crate::tui::nav::Draw;
use crate::tui::overlay::{Answer, Overlay, PickFor, Picker, Question};
use crate::tui::recent::Recent;
use crate::tui::scroll::Scroll;
use crate::tui::state::Out;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout, Rect};
use std::path::{Path, PathBuf};

/// The form, and the job that its last row started.
#[derive(Debug, Default)]
pub struct Desk {
    pub(super) form: Form,
    pub(super) job: Option<JobId>,
    pub(super) at: Snapshot,
    /// The check of the bundle that runs before the work itself.
    pub(super) checking: Option<&'static str>,
    stopping: bool,
    /// Where the result is scrolled to.
    pub(super) scroll: Scroll,
}

impl Desk {
    pub(super) fn new(form: Form) -> Self {
        Desk {
            form,
            ..Desk::default()
        }
    }

    /// Starts the work.
    pub(super) fn begin(&mut self, job: Job, out: &mut Out) {
        self.at = Snapshot::default();
        self.checking = None;
        self.stopping = false;
        self.scroll.home();
        self.job = Some(out.start(job));
    }

    fn idle(&self) -> bool {
        self.job.is_none()
    }

    /// Draws the form; what is left below it is for the result.
    pub(super) fn draw(&self, title: &str, canvas: &mut Canvas<'_, '_>, area: Rect) -> Rect {
        let rows = self.form.len() as u16 + 2;
        let [head, below] = Layout::vertical([
            Constraint::Length(rows.min(area.height.saturating_sub(6))),
            Constraint::Min(0),
        ])
        .areas(area);
        let inner = canvas.block(head, title, self.idle());
        self.form.draw(canvas, inner, self.idle());
        below
    }

    /// Draws how far the work is.
    pub(super) fn draw_progress(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let mut now = self.at.clone();
        if let Some(name) = self.checking {
            now.note = format!("verifying first: {name}");
            if now.label.is_empty() {
                name.clone_into(&mut now.label);
            }
        }
        if self.stopping {
            "stopping".clone_into(&mut now.note);
        }
        canvas.progress(area, &now, false);
    }
}

/// What such a screen is about.
pub trait About: Draw {
    /// The form and its job.
    fn desk(&self) -> &Desk;
    /// The same, to change.
    fn desk_mut(&mut self) -> &mut Desk;
    /// Its name, clean.
    fn name(&self) -> String;
    /// What its job is called in a question: "The export".
    fn work(&self) -> &'static str;
    /// Near what files are looked for.
    fn near(&self) -> &Path;
    /// It appears, for the first time or again.
    fn appears(&mut self, _out: &mut Out) {}
    /// The form changed.
    fn settle(&mut self);
    /// The last row was pressed.
    fn go(&mut self, out: &mut Out);
    /// The job ended.
    fn ended(&mut self, ended: Ended, out: &mut Out);
    /// A question was answered with yes.
    fn yes(&mut self, question: Question, out: &mut Out);
    /// Somebody allowed what the disclosure guard had found.
    fn allowed(&mut self, _: Vec<(u32, String)>, _: &mut Out) {}
    /// A file was chosen.
    fn picked(&mut self, what: PickFor, path: PathBuf) {
        self.desk_mut().form.set_file(what, path, true);
    }
    /// News that are not about the job; given back if they are for somebody else.
    fn news(&mut self, event: Event) -> Option<Event> {
        Some(event)
    }
    /// The help.
    fn explain(&self) -> Keys;
}

impl<S: About> View for S {
    fn title(&self) -> String {
        self.name()
    }

    fn start(&mut self, out: &mut Out) {
        self.appears(out);
    }

    fn shown(&mut self, _: &[Recent], out: &mut Out) {
        self.appears(out);
    }

    fn key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        if let Some(job) = self.desk().job {
            if key.code == KeyCode::Char('c') {
                self.desk_mut().stopping = true;
                out.effects.push(Effect::Cancel(job));
                return true;
            }
            return false;
        }
        if matches!(key.code, KeyCode::PageDown | KeyCode::PageUp) {
            return self.desk().scroll.key(key);
        }
        match self.desk_mut().form.key(key) {
            Pressed::Nothing => return false,
            Pressed::Moved => self.settle(),
            Pressed::Pick(what) => {
                let start = self.near().parent().map_or(out.cwd.clone(), PathBuf::from);
                out.ask(Overlay::Picker(Picker::new(what, start)));
            }
            Pressed::Button(_) => self.go(out),
        }
        true
    }

    fn paste(&mut self, text: &str, _: &mut Out) {
        if self.desk().idle() {
            self.desk_mut().form.paste(text);
        }
    }

    fn event(&mut self, event: Event, out: &mut Out) -> Option<Event> {
        let desk = self.desk_mut();
        match event {
            Event::Progress(id, at) if Some(id) == desk.job => desk.at = at,
            Event::Checking(id, name) if Some(id) == desk.job => {
                desk.checking = Some(name);
                desk.at = Snapshot::default();
            }
            Event::Checked(id, _) if Some(id) == desk.job => desk.checking = None,
            Event::Done(id, ended) if Some(id) == desk.job => {
                desk.job = None;
                desk.checking = None;
                self.ended(ended, out);
            }
            other => return self.news(other),
        }
        None
    }

    fn select(&mut self, row: usize, _: &mut Out) -> bool {
        self.desk().idle() && self.desk_mut().form.select(row)
    }

    fn answer(&mut self, answer: Answer, out: &mut Out) {
        match answer {
            Answer::Picked(what, path) => self.picked(what, path),
            Answer::Yes(question) => self.yes(question, out),
            Answer::Allowed(allowed) => self.allowed(allowed, out),
            _ => {}
        }
    }

    fn busy(&self) -> Option<(JobId, &'static str)> {
        self.desk().job.map(|id| (id, self.work()))
    }

    fn progress(&self) -> Option<&Snapshot> {
        Some(&self.desk().at)
    }

    fn typing(&self) -> bool {
        self.desk().idle() && self.desk().form.typing()
    }

    fn keys(&self) -> Vec<(KeyCode, &'static str)> {
        if !self.desk().idle() {
            return vec![(KeyCode::Char('c'), "cancel")];
        }
        let form = &self.desk().form;
        let mut keys = vec![(KeyCode::Tab, "next row"), (KeyCode::Enter, form.enter())];
        if !(self.desk().scroll.at_home() && self.desk().scroll.at_end()) {
            keys.push((KeyCode::PageDown, "more"));
        }
        if self.typing() {
            keys.push((KeyCode::Esc, "back"));
        } else if form.choosing() {
            keys.push((KeyCode::Right, "other choice"));
        } else if form.chosen() {
            keys.push((KeyCode::Delete, "none"));
        }
        keys
    }

    fn help(&self) -> Keys {
        self.explain()
    }
}
