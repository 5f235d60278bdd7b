//! The ledger of an item: what its file has that was not read, by code.
//!
//! "Not responsive" is said about the text that was read. What a reader saw and could not read is written
//! down here, so that the item counts as *partly read*. An item of which nothing could be read is an
//! [`Exception`](super::Exception) instead.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Longest explanation that is kept of one code, in characters.
const MAX_DETAIL: usize = 300;

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $id:literal, $shown:literal;)+) => {
        /// What was not read, from a closed list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Unread { $($(#[$doc])* #[serde(rename = $id)] $code,)+ }

        impl Unread {
            /// Every code, in the order of declaration.
            pub const ALL: &'static [Unread] = &[$(Unread::$code,)+];

            /// The stable name used in files; the same as the serde form.
            pub fn id(self) -> &'static str {
                match self { $(Unread::$code => $id,)+ }
            }

            /// As people are told, behind a number.
            pub fn shown(self) -> &'static str {
                match self { $(Unread::$code => $shown,)+ }
            }
        }
    };
}

codes! {
    /// A page without text of its own: a scan.
    PicturePage = "picture_page", "pages that are pictures";
    /// A picture inside that may hold text and is no item of its own.
    Picture = "picture", "pictures inside that were not read";
    /// A further frame or page of a picture, or a picture inside of it, that was not looked at.
    Frames = "frames", "frames or pictures inside of a picture that were not looked at";
    /// A picture whose colours mean something that was not applied: a person sees it in other ones.
    Colour = "colour", "colour profiles that were not applied";
    /// Data that belongs to nothing that the format reads, as behind the end of a picture.
    Beside = "beside", "stretches of data beside what the format reads";
    /// Glyphs that no Unicode character is known for.
    NoUnicode = "no_unicode", "glyphs without a known character";
    /// Characters that were guessed, from the shape of a font's table or the charset.
    Guessed = "guessed", "characters that were guessed";
    /// Words in which letters of two scripts that look alike are mixed: whoever searches for what is seen misses them.
    Lookalike = "lookalike", "words with look-alike letters of another script";
    /// Text recognised with little confidence.
    Uncertain = "uncertain", "pages recognised with little confidence";
    /// An attachment or embedded file that could not be taken out.
    Embedded = "embedded", "embedded files that could not be read";
    /// A form, annotation or field that was not read.
    Form = "form", "forms or annotations not read";
    /// A body or part that lies elsewhere: external-body, cloud links, stripped attachments.
    External = "external", "parts that lie elsewhere";
    /// A part that is encrypted.
    Encrypted = "encrypted", "encrypted parts";
    /// A part or block that could not be decoded.
    Undecodable = "undecodable", "parts that could not be decoded";
    /// Text with bytes that are no characters of its charset.
    Replaced = "replaced", "texts with bytes that are no characters";
    /// The file ends too early.
    Truncated = "truncated", "parts that are cut off";
    /// Text beyond a limit.
    TextCut = "text_cut", "texts cut at a limit";
    /// The structure is damaged and was repaired as well as could be.
    Damaged = "damaged", "damaged structures";
    /// A fact of the container (a date, a field of a load file) that could not be understood or does not fit.
    Fact = "fact", "facts that could not be understood";
    /// The file changed while it was read.
    Changed = "changed", "files changed while being read";
    /// A part of a kind that no reader here knows.
    Unknown = "unknown", "parts of an unknown kind";
}

impl Unread {
    /// Whether something that the document says was not read. What was read all the same, with less certainty or under
    /// another sign, and what is about the container only, is no loss.
    pub fn is_lost(self) -> bool {
        !matches!(
            self,
            Unread::Colour
                | Unread::Fact
                | Unread::Guessed
                | Unread::Lookalike
                | Unread::Replaced
                | Unread::Uncertain
        )
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// How often something was not read, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Number of pages, glyphs, parts, ...
    pub count: u32,
    /// For the person who looks: which ones, and what would help. May hold what a hostile file says.
    pub detail: String,
}

/// What of one item was not read. Empty: all of it was, as far as its reader can tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger(BTreeMap<Unread, Entry>);

impl Ledger {
    /// Adds one occurrence, and what there is to say about it.
    pub fn add(&mut self, code: Unread, detail: impl AsRef<str>) {
        self.add_many(code, 1, detail);
    }

    /// Adds `count` occurrences.
    pub fn add_many(&mut self, code: Unread, count: u32, detail: impl AsRef<str>) {
        if count == 0 {
            return;
        }
        let detail = detail.as_ref();
        let entry = self.0.entry(code).or_default();
        entry.count = entry.count.saturating_add(count);
        let room = MAX_DETAIL.saturating_sub(entry.detail.chars().count());
        if !detail.is_empty() && !entry.detail.contains(detail) && room > 2 {
            if !entry.detail.is_empty() {
                entry.detail.push_str("; ");
            }
            entry.detail.extend(detail.chars().take(room));
        }
    }

    /// Adds everything of another one.
    pub fn append(&mut self, other: Ledger) {
        for (code, entry) in other.0 {
            self.add_many(code, entry.count, entry.detail);
        }
    }

    /// Whether everything was read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether that code occurs.
    pub fn has(&self, code: Unread) -> bool {
        self.0.contains_key(&code)
    }

    /// Its entries, by code.
    pub fn entries(&self) -> impl Iterator<Item = (Unread, &Entry)> {
        self.0.iter().map(|(code, entry)| (*code, entry))
    }

    /// As a fact of the item: JSON by code.
    pub fn to_fact(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What [`Ledger::to_fact`] wrote. `None`: something else.
    pub fn from_fact(fact: &str) -> Option<Self> {
        serde_json::from_str(fact).ok()
    }

    /// As one line for people.
    pub fn line(&self) -> String {
        let one = |(code, entry): (Unread, &Entry)| match entry.detail.as_str() {
            "" => format!("{} {}", entry.count, code.shown()),
            detail => format!("{} {} ({detail})", entry.count, code.shown()),
        };
        self.entries().map(one).collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn occurrences_are_counted_and_details_kept_once_and_short() {
        let mut ledger = Ledger::default();
        assert!(ledger.is_empty());
        ledger.add_many(Unread::PicturePage, 0, "nothing");
        assert!(ledger.is_empty());
        ledger.add(Unread::PicturePage, "page 2");
        ledger.add(Unread::PicturePage, "page 2");
        ledger.add(Unread::PicturePage, "page 7");
        ledger.add(Unread::Embedded, "x".repeat(10_000));
        assert_eq!(ledger.0[&Unread::PicturePage].count, 3);
        assert_eq!(ledger.0[&Unread::PicturePage].detail, "page 2; page 7");
        assert_eq!(ledger.0[&Unread::Embedded].detail.len(), MAX_DETAIL);
        assert_eq!(Ledger::from_fact(&ledger.to_fact()), Some(ledger.clone()));
        assert!(
            ledger
                .line()
                .starts_with("3 pages that are pictures (page 2; page 7)")
        );
    }

    #[test]
    fn codes_have_names_of_their_own() {
        for code in Unread::ALL {
            let json = serde_json::to_string(code).unwrap();
            assert_eq!(json, format!("\"{}\"", code.id()));
        }
        let mut ids: Vec<_> = Unread::ALL.iter().map(|code| code.id()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), Unread::ALL.len());
        assert_eq!(
            Ledger::from_fact("{\"nonsense\":{\"count\":1,\"detail\":\"\"}}"),
            None
        );
    }
}
