//! What lies over a screen until it is answered.

mod answer;
mod confirm;
mod findings;
mod help;
mod notice;
mod picker;
mod prompt;
mod reason;

pub use answer::{Answer, Asker, PickFor, PromptFor, Question};
pub use confirm::Confirm;
pub use findings::{Finding, Findings};
pub use help::Help;
#[cfg(test)]
pub(crate) use help::{DIALOGS, EVERYWHERE};
pub use notice::Notice;
pub use picker::Picker;
pub use prompt::Prompt;
pub use reason::ReasonDialog;

use super::canvas::Canvas;
use super::engine::Entry;
use crossterm::event::KeyEvent;
use std::path::Path;

/// One of them.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// Choosing a file or folder.
    Picker(Picker),
    /// Yes or no.
    Confirm(Confirm),
    /// A line of text.
    Prompt(Prompt),
    /// Why something is withheld.
    Reason(ReasonDialog),
    /// What the keys do.
    Help(Help),
    /// A message that is too long for the last line.
    Notice(Notice),
    /// What was found before something leaves.
    Findings(Findings),
}

impl Overlay {
    /// It appears.
    pub fn start(&mut self, out: &mut dyn Asker) {
        if let Overlay::Picker(picker) = self {
            picker.start(out);
        }
    }

    /// A key; true when the overlay is done.
    pub fn key(&mut self, key: KeyEvent, out: &mut dyn Asker) -> bool {
        match self {
            Overlay::Picker(o) => o.key(key, out),
            Overlay::Confirm(o) => o.key(key, out),
            Overlay::Prompt(o) => o.key(key, out),
            Overlay::Reason(o) => o.key(key, out),
            Overlay::Help(o) => o.key(key),
            Overlay::Notice(o) => o.key(key),
            Overlay::Findings(o) => o.key(key, out),
        }
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str, out: &mut dyn Asker) {
        match self {
            Overlay::Picker(o) => o.paste(text, out),
            Overlay::Prompt(o) => o.paste(text),
            Overlay::Reason(o) => o.paste(text),
            Overlay::Findings(o) => o.paste(text, out),
            Overlay::Confirm(_) | Overlay::Help(_) | Overlay::Notice(_) => {
                out.remark("nothing to paste into here".to_owned())
            }
        }
    }

    /// Whether letters are text here.
    pub fn typing(&self) -> bool {
        match self {
            Overlay::Picker(_) | Overlay::Prompt(_) => true,
            Overlay::Reason(o) => o.typing(),
            Overlay::Findings(o) => o.typing(),
            Overlay::Confirm(_) | Overlay::Help(_) | Overlay::Notice(_) => false,
        }
    }

    /// A row was clicked; true if it was selected already.
    pub fn select(&mut self, row: usize) -> bool {
        match self {
            Overlay::Picker(o) => o.select(row),
            Overlay::Reason(o) => o.select(row),
            Overlay::Findings(o) => o.select(row),
            _ => false,
        }
    }

    /// A folder was listed.
    pub fn listed(&mut self, path: &Path, entries: &Result<Vec<Entry>, String>) {
        if let Overlay::Picker(picker) = self {
            picker.listed(path, entries);
        }
    }

    /// Draws it.
    pub fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        match self {
            Overlay::Picker(o) => o.draw(canvas),
            Overlay::Confirm(o) => o.draw(canvas),
            Overlay::Prompt(o) => o.draw(canvas),
            Overlay::Reason(o) => o.draw(canvas),
            Overlay::Help(o) => o.draw(canvas),
            Overlay::Notice(o) => o.draw(canvas),
            Overlay::Findings(o) => o.draw(canvas),
        }
    }
}
