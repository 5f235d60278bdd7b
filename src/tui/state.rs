//! What is shown.

use super::canvas::Hits;
use super::event::JobId;
use super::overlay::Overlay;
use super::recent::Recent;
use super::screens::{Home, View};
use super::theme::Theme;
use std::path::PathBuf;

pub use super::nav::{Nav, Out};

/// Everything that is shown.
pub struct State {
    /// The screens, the visible one last. Never empty.
    pub screens: Vec<Box<dyn View>>,
    /// Screens that were left while their work goes on, the latest last.
    pub parked: Vec<Box<dyn View>>,
    /// What lies over it, the topmost last.
    pub overlays: Vec<Overlay>,
    /// What was opened before.
    pub recent: Vec<Recent>,
    /// Styles.
    pub theme: Theme,
    /// Counts up with time.
    pub tick: u64,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// A remark for the last line, until the next key.
    pub toast: Option<String>,
    /// What was drawn where, last time.
    pub hits: Hits,
    /// The folder that the program was started in.
    pub cwd: PathBuf,
    /// The user's home.
    pub home: Option<PathBuf>,
    /// The program is to end.
    pub quit: bool,
    /// The next job's name.
    pub next_job: JobId,
}

impl State {
    /// The first screen.
    pub fn new(cwd: PathBuf, recent: Vec<Recent>, theme: Theme) -> Self {
        State {
            screens: vec![Box::new(Home::new(recent.clone()))],
            parked: Vec::new(),
            overlays: Vec::new(),
            recent,
            theme,
            tick: 0,
            size: (80, 24),
            toast: None,
            hits: Hits::default(),
            cwd,
            home: None,
            quit: false,
            next_job: 1,
        }
    }

    /// The visible screen.
    pub fn screen(&self) -> &dyn View {
        self.screens.last().expect("home stays").as_ref()
    }

    /// Whether something runs that would be lost.
    pub fn busy(&self) -> bool {
        let mut screens = self.screens.iter().chain(&self.parked);
        screens.any(|screen| screen.busy().is_some())
    }

    /// Whether letters are text where a key would go.
    pub fn typing(&self) -> bool {
        match self.overlays.last() {
            Some(overlay) => overlay.typing(),
            None => self.screen().typing(),
        }
    }

    /// What screens need to know and can ask for.
    pub fn out(&self) -> Out {
        Out {
            effects: Vec::new(),
            nav: Vec::new(),
            next_job: self.next_job,
            size: self.size,
            cwd: self.cwd.clone(),
            home: self.home.clone(),
        }
    }
}
