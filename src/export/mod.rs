//! Productions that review platforms load, made from a verified bundle and from nothing else.
//!
//! | module | owns |
//! |---|---|
//! | [`bates`] | control numbers |
//! | [`profile`] | what each platform wants: columns, encodings, folders, paths |
//! | [`fields`] | the value of every column of a document |
//! | [`opticon`] | image load files |
//! | [`numbering`] | which documents, in which order, under which numbers |
//! | [`output`] | a folder that appears whole or not at all |
//! | [`sides`] | its two halves: what may be handed over, what stays with the responder |
//! | [`named`] | which facts about withheld documents are handed over: none unasked |
//! | [`images`] | pictures as pages |
//! | [`slip`] | placeholders for withheld documents |
//! | [`families`] | which members of a family are there, and which are not |
//! | [`log`] | the privilege log and the log of departures, as CSV and XLSX |
//! | [`production`] | putting it all together |
//! | [`foia`] | batches of freedom-of-information requests |
//!
//! Everything starts from a [`VerifiedBundle`](crate::verify::VerifiedBundle), and what is written is
//! compared with the committed digests once more while it is written. What the responder's vault adds about
//! documents that are not in the bundle goes into a folder that stays with the responder ([`sides`]).

pub mod bates;
pub mod families;
pub mod fields;
pub mod foia;
pub mod images;
pub mod log;
pub mod named;
pub mod numbering;
pub mod opticon;
pub mod output;
pub mod production;
pub mod profile;
pub mod sides;
pub mod slip;
pub mod source;

pub use bates::{Bates, BatesError};
pub use named::{LogFact, Named};
pub use production::{ExportError, ExportOptions, Production, export};
pub use profile::Profile;
pub use sides::Side;
