//! What a screen is, and what it can ask for.

use super::canvas::Canvas;
use super::event::{Effect, Event, Job, JobId, Snapshot};
use super::overlay::{Answer, Asker, Overlay};
use super::recent::{Kind, Recent};
use super::text;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use std::path::{Path, PathBuf};

/// How a screen looks.
pub trait Draw {
    /// Draws it.
    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect);
}

/// Keys and what they do.
pub type Keys = &'static [(&'static str, &'static str)];

/// A screen.
pub trait View: Draw {
    /// Its name, clean.
    fn title(&self) -> String;
    /// It appears for the first time.
    fn start(&mut self, _out: &mut Out) {}
    /// It appears again.
    fn shown(&mut self, _recent: &[Recent], _out: &mut Out) {}
    /// A key; false if it means nothing here.
    fn key(&mut self, key: KeyEvent, out: &mut Out) -> bool;
    /// Pasted text.
    fn paste(&mut self, _text: &str, _out: &mut Out) {}
    /// News from the engine; given back if they are for somebody else.
    fn event(&mut self, event: Event, _out: &mut Out) -> Option<Event> {
        Some(event)
    }
    /// A row of the list was clicked; true if it was selected already.
    fn select(&mut self, _row: usize, _out: &mut Out) -> bool {
        false
    }
    /// A question of this screen was answered.
    fn answer(&mut self, _answer: Answer, _out: &mut Out) {}
    /// A job that would be lost, and what it is.
    fn busy(&self) -> Option<(JobId, &'static str)> {
        None
    }
    /// All its jobs: they end with it.
    fn jobs(&self) -> Vec<JobId> {
        self.busy().map(|(id, _)| id).into_iter().collect()
    }
    /// How far the job is that would be lost.
    fn progress(&self) -> Option<&Snapshot> {
        None
    }
    /// The terminal has another size.
    fn resized(&mut self, _out: &mut Out) {}
    /// Whether letters are text here.
    fn typing(&self) -> bool {
        false
    }
    /// The footer.
    fn keys(&self) -> Vec<(KeyCode, &'static str)>;
    /// The help.
    fn help(&self) -> Keys;
}

/// What a screen asks for while it handles an event.
pub struct Out {
    /// Work.
    pub effects: Vec<Effect>,
    /// Changes of what is visible.
    pub nav: Vec<Nav>,
    /// The next job's name.
    pub next_job: JobId,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The folder that the program was started in.
    pub cwd: PathBuf,
    /// The user's home.
    pub home: Option<PathBuf>,
}

/// A change of what is visible.
pub enum Nav {
    /// Show another screen; back leads here.
    Push(Box<dyn View>),
    /// Back to the screen before.
    Back,
    /// Back to the screen before, while the work of this one goes on.
    Park,
    /// Ask something.
    Ask(Overlay),
    /// A remark.
    Toast(String),
    /// This was opened.
    Opened(Kind, PathBuf),
    /// End the program.
    Quit,
    /// An overlay is done; the screen gets the answer.
    Answer(Answer),
}

impl Out {
    /// Starts a job.
    pub fn start(&mut self, job: Job) -> JobId {
        let id = self.next_job;
        self.next_job += 1;
        self.effects.push(Effect::Start(id, job));
        id
    }

    /// Shows a screen.
    pub fn push(&mut self, screen: impl View + 'static) {
        self.nav.push(Nav::Push(Box::new(screen)));
    }

    /// Asks something.
    pub fn ask(&mut self, overlay: Overlay) {
        self.nav.push(Nav::Ask(overlay));
    }

    /// Says something.
    pub fn toast(&mut self, text: impl Into<String>) {
        self.nav.push(Nav::Toast(text.into()));
    }

    /// Remembers that something was opened.
    pub fn opened(&mut self, kind: Kind, path: &Path) {
        self.nav.push(Nav::Opened(kind, path.to_owned()));
    }

    /// A path as it is shown.
    pub fn path(&self, path: &Path) -> String {
        text::path(self.home.as_deref(), path)
    }

    /// A path as typed: `~` is the home folder, relative ones start in the working folder.
    pub fn resolve(&self, typed: &str) -> PathBuf {
        let typed = typed.trim();
        match (typed.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.cwd.join(typed),
        }
    }
}

impl Asker for Out {
    fn answer(&mut self, answer: Answer) {
        self.nav.push(Nav::Answer(answer));
    }

    fn remark(&mut self, text: String) {
        self.toast(text);
    }

    fn list(&mut self, folder: PathBuf) {
        self.effects.push(Effect::List(folder));
    }

    fn place(&self, typed: &str) -> PathBuf {
        self.resolve(typed)
    }
}
