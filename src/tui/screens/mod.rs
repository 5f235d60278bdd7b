//! The screens. Each is a small state machine of its own with its keys and its view.

mod audit;
mod audit_view;
mod bundle;
mod bundle_view;
mod case;
mod case_view;
mod commit;
mod commit_scope;
mod commit_view;
mod custody;
mod desk;
mod export;
mod form;
mod home;
mod pane;
mod plot;
mod request;
mod request_guard;
mod request_lists;
mod request_prove;
mod request_view;
mod search;
mod sign;
mod verify;
mod verify_view;

pub use audit::Audit;
pub use bundle::Bundle;
pub use case::Case;
pub use commit::Commit;
pub use custody::Custody;
pub use export::Export;
pub use home::Home;
pub use request::Request;
pub use sign::Sign;
pub use verify::Verify;

use super::canvas::Canvas;
use super::event::{Event, JobId, Snapshot};
use super::overlay::Answer;
use super::recent::Recent;
use super::scroll::Scroll;
use super::state::Out;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;

/// Keys and what they do.
pub type Keys = &'static [(&'static str, &'static str)];

/// A screen.
pub trait View {
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
    /// Draws it.
    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect);
}

/// What a screen shows until its data are there, or why they are not.
fn opening(
    canvas: &mut Canvas<'_, '_>,
    area: Rect,
    error: Option<(&str, &Scroll)>,
    at: &super::event::Snapshot,
) {
    let inner = canvas.block(area, "", false);
    match error {
        Some((error, scroll)) => failure(canvas, inner, error, scroll),
        None => canvas.progress(inner, at, false),
    }
}

/// An error, whole, however long it is.
fn failure(canvas: &mut Canvas<'_, '_>, area: Rect, error: &str, scroll: &Scroll) {
    let style = canvas.theme.bad();
    let lines = super::text::lines(error).into_iter();
    let lines = lines.map(|line| ratatui::text::Line::styled(line, style));
    canvas.scrolled(area, lines.collect(), scroll);
}
