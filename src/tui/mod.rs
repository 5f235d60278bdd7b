//! The terminal application: a whole case, on screen.
//!
//! A pure state machine: [`update()`] takes the state and an event and returns effects; [`view::draw`]
//! takes the state and draws. Everything slow or that touches a file happens in the [`engine`], which
//! runs effects on threads and answers with events. It calls the same library functions as the command
//! line, so whatever is made here can be checked there and the other way round.
//!
//! | module | owns |
//! |---|---|
//! | [`state`], [`update`](mod@update) | what is shown, and how events change it |
//! | [`nav`] | what a screen is, and what it can ask for |
//! | [`screens`] | one file per screen: its state, its keys, its view |
//! | [`overlay`] | what lies over a screen: file picker, questions, help |
//! | [`engine`] | jobs and reads on threads, progress over a channel |
//! | [`canvas`], [`theme`], [`text`] | drawing, in 16 colours or none; hostile text made harmless |
//! | [`keys`], [`scroll`] | which keys mean something; reading what is longer than its pane |
//! | [`terminal`] | entering and always leaving the terminal's alternate screen |
//! | [`recent`] | the list of what was opened before |

pub mod canvas;
pub mod cursor;
pub mod engine;
pub mod event;
pub mod input;
pub mod keys;
pub mod nav;
pub mod overlay;
pub mod recent;
pub mod screens;
pub mod scroll;
pub mod state;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod update;
pub mod view;

pub use terminal::run;
pub use update::update;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod tests;
