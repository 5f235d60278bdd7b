//! A verification as documents for people: a self-contained page to print, and the draft of a
//! certificate for a qualified person to complete.

pub mod certificate;
mod html;
mod page;
mod reproduce;

pub use html::escape;
pub use page::{Inputs, KIND as REPORT, page};
pub use reproduce::{chain_command, chain_command_here, command};
