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
//! | quotes it | shingles of 4 words: a third of the withheld text (with or without what it quotes itself), or 40 | near |
//! | holds it unseen | the same shingles in what the file's bytes say by themselves, where no reader shows it | near |
//! | same picture | the committed picture, or nearly | near |
//! | its path names it | the path leads through the withheld item | near |
//! | its facts name it | subject, file name, thread: equal or referred to | told |
//!
//! What is *exact* is refused: the remedy is to withhold the other item too. What is *near* is a question that a
//! person answers: withhold it, or allow it with a reason ([`Allowance`]), which is recorded. What lies inside a
//! withheld item without being withheld by itself (an attachment that does not match) is near at most. Nothing is
//! asked about what is only *told*: every later message of a thread refers to it. Pictures of less than 16 KiB inside of
//! withheld items are logos to it, and not compared.
//!
//! What several items share is one *passage*, asked about once ([`Passage`]): `--allow passage:ID=REASON` allows the items
//! that share it and nothing else that would be asked about; each of them is recorded with the reason and the passage.
//!
//! What stands in a tenth of the withheld texts *and* in a twentieth of those that go out (and in at least 5 and 20 of
//! them) is what messages end with, a disclaimer or a list's footer, and no passage: it is not compared, and counted
//! ([`Findings::set_aside`]). Of one item that goes out the eight gravest pairs are named ([`Findings::more`]).
//!
//! # Measured
//! 5,786 messages of SpamAssassin's public corpus, lists and advertising: as repetitive as mail gets. Each is changed as
//! people and programs change messages and compared with itself; then 200 at random are withheld, 2,000 others go out,
//! five times, and messages that are asked about are counted (`cargo test --release --lib guard::measure -- --ignored
//! --nocapture`, with `CANDOR_GUARD_MAIL` naming the folder; the shipped messages are a test of every run).
//!
//! | recognised, of those with 20 words and more | from half of the text on (before) | **from a third on** | from a quarter on |
//! |---|---:|---:|---:|
//! | a `Received` line more, an empty line more, wrapped anew, as HTML, forwarded, quoted in a reply | 100 % | **100 %** | 100 % |
//! | another signature | 94.4 % | **97.5 %** | 99.4 % |
//! | 1 % of words changed | 100 % | **100 %** | 100 % |
//! | 5 % of words changed | 99.8 % | **99.9 %** | 99.9 % |
//! | 20 % of words changed | 79.3 % | **95.1 %** | 98.3 % |
//! | the first half only | 83.4 % | **99.4 %** | 99.5 % |
//! | asked about, of 10,000, with footers compared | 2,629 | 3,668 | 4,116 |
//! | asked about, of 10,000, with footers set aside | 1,730 | **2,726** | 3,209 |
//! | of these neither of the conversation nor of the sender of a withheld one | 1,171 | **1,953** | 2,290 |
//! | answers that are due, one for each passage and each other message | | **659** | |
//!
//! So a third asks as often as a half did with footers, and misses a fifth of what that missed. Most of the rest that is
//! asked about is advertising made of the same sentences, and footers of lists with few messages; where a message says
//! nothing but a footer, the question has no better answer than a reason, which is due once for each passage: 6.6 answers
//! for a hundred messages instead of 27. With the program on 900 of these messages as files, 90 withheld: 174 asked about,
//! 9 of them because of what only their bytes say; 17 passages and 19 other questions.
//!
//! Time, in the test profile (`time_of_a_large_corpus` there): 23,205 items, 201 withheld, 5,004 that go out with 23,004
//! inside of them, 19,359 findings: 65 CPU s; before paths were looked up once, 79. 79,317 items, 801 withheld, 6,516 that go
//! out with 78,516 inside of them: 228 CPU s, so 2.9 ms for each item that is compared, at either size.
//!
//! A case of a chain is compared with the others of it as well (`elsewhere.rs`): what was withheld from one is asked about
//! when it would leave by another, and what another has handed over is told.
//!
//! What the guard cannot see: a text in other words or in another order of words, a picture of a text, a picture in other
//! colours, turned or written on, anything inside of what could not be read
//! ([`Findings::unseen`] counts that).

pub mod allow;
mod check;
mod elsewhere;
mod error;
mod finding;
mod index;
mod inspect;
#[cfg(test)]
mod measure;
mod names;
mod passage;
mod picture;
pub(crate) mod words;

pub use check::{CheckError, check, check_bundle};
pub use elsewhere::inspect_with_earlier;
pub use error::GuardError;
pub use finding::{Elsewhere, Finding, Findings, Ground, Handed, Level, Refusal};
pub use inspect::inspect;
pub use passage::Passage;

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

impl Allowance {
    /// Whether an answer about this passage allowed it.
    pub fn is_by(&self, passage: &str) -> bool {
        let by = self.reason.rsplit_once("(passage ");
        by.is_some_and(|(_, ids)| {
            ids.trim_end_matches(')')
                .split(", ")
                .any(|id| id == passage)
        })
    }
}

/// Who will read what leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The other side, or everybody.
    OtherSide,
    /// The judge alone, who may have to see a document because it was drawn: everything can be allowed.
    InCamera,
}
