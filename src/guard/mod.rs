//! The disclosure guard: before documents leave, everything withheld against everything they contain.
//!
//! What is withheld is named item by item, but documents lie inside one another: a message holds its attachments'
//! bytes whatever their verdicts, an archive its members, and the same message lies with several custodians. So the
//! guard looks at every item inside of what goes out, at any depth, and compares it with every withheld item and
//! with what lies inside of that.
//!
//! | ground | how it is found | level |
//! |---|---|---|
//! | contains it | the committed family | exact |
//! | same bytes | SHA-256 | exact |
//! | same message | Message-ID (EDRM message hash) | exact |
//! | same text | words in order, without layout, case and spelling of characters | exact from 8 words on |
//! | quotes it | shingles of 4 words: half of the withheld text (with or without what it quotes itself), or 40 | near |
//! | same picture | the committed picture, or nearly | near |
//! | its path names it | the path leads through the withheld item | near |
//! | its facts name it | subject, file name, thread: equal or referred to | told |
//!
//! What is *exact* is refused: the remedy is to withhold the other item too. What is *near* is a question that a
//! person answers: withhold it, or allow it with a reason ([`Allowance`]), which is recorded. What lies inside a
//! withheld item without being withheld by itself (an attachment that does not match) is near at most. Nothing is
//! asked about what is only *told*: every later message of a thread refers to it.
//!
//! # Measured
//! The bodies of 151 shipped messages (`corpus-examples/mail`), each taken as withheld, against each other one
//! and against five changed copies of itself; counted with a script of the same rules, not with this module:
//!
//! | words a shingle | pairs asked about, of 22,650 | quoted, wrapped anew | a sentence cut out | 1 word in 20 replaced | 1 in 10 | first 60 % only |
//! |---:|---:|---:|---:|---:|---:|---:|
//! | 3 | 28 | 150 | 145 | 150 | 149 | 139 |
//! | **4** | **28** | **150** | **142** | **150** | **149** | **139** |
//! | 5 | 28 | 150 | 139 | 147 | 140 | 135 |
//! | 8 | 24 | 150 | 134 | 140 | 111 | 127 |
//!
//! The 28 are a message that was filed twice, issues of the same newsletters, and messages with the same long
//! footer. With 5 words, asking from 40 % of the text on asks about 78 pairs instead of 28, and a passage of 20
//! shingles instead of 40 about 48. The one message that no copy gives away is too short for a shingle. Messages
//! that lost a sentence and were missed are short.
//!
//! What the guard cannot see: a text in other words, a picture of a text, anything inside of what could not be read
//! ([`Findings::unseen`] counts that).

pub mod allow;
mod check;
mod finding;
mod index;
mod inspect;
mod names;
mod picture;
pub(crate) mod words;

pub use check::{CheckError, check, check_bundle};
pub use finding::{Finding, Findings, Ground, Level, Refusal};
pub use inspect::{GuardError, inspect, inspect_with_earlier};

use serde::{Deserialize, Serialize};

/// An item of which somebody decided that it may leave although it resembles a withheld one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// The item.
    pub item: u32,
    /// Why, in that person's words.
    pub reason: String,
}

/// Who will read what leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The other side, or everybody.
    OtherSide,
    /// The judge alone, who may have to see a document because it was drawn: everything can be allowed.
    InCamera,
}
