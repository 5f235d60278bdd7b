//! Opening an item in parts: of each section nothing, or some leaves.
//!
//! ```text
//! version 1 | per section: 0 and its hash, or 1 and a part ([`super::Part`])
//! ```
//!
//! Whoever opens some parts must not open what lets the others be guessed: hashes of the whole, sizes, counts, what
//! was not read. Both sides refuse that: making such an opening, and checking one.

use super::disclosed::section_seed;
use super::facts::{self, FIELDS};
use super::part::{Part, PartError};
use super::seed::Seed;
use super::{Section, Sections, root, shape, words};
use crate::record::codec::{CodecError, Reader};
use crate::record::meta::ItemMeta;
use crate::record::tree::Hash;

const VERSION: u8 = 1;

/// One section of an opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenSection {
    /// Nothing of it.
    Closed(Hash),
    /// Some leaves, or all.
    Part(Part),
}

/// An item opened in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemOpening {
    sections: [OpenSection; 5],
}

/// Why an opening in parts is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpeningTreeError {
    /// Too short, too long.
    #[error("malformed opening: {0}")]
    Codec(#[from] CodecError),
    /// Another version of the encoding.
    #[error("an opening of unknown version {0}: it needs another version of candor")]
    Version(u8),
    /// A mark that has no meaning.
    #[error("malformed opening: a section is marked {0}")]
    Mark(u8),
    /// One section.
    #[error("its {}: {source}", section.label())]
    Part {
        /// Which.
        section: Section,
        /// What is wrong.
        source: PartError,
    },
    /// Another item, or a changed value.
    #[error("it does not open its leaf: what it shows is not what was committed")]
    Root,
    /// Not the number of facts that every item has.
    #[error("malformed opening: it has {0} facts")]
    Facts(u32),
    /// What would let closed parts be guessed.
    #[error("it opens '{0}' beside what is closed, which would let the closed part be guessed")]
    Telling(&'static str),
    /// Words that are not cut as the text is.
    #[error("the words from {0} on are not cut as words are: a word may be hidden in another")]
    Words(u32),
    /// A value that no such fact has.
    #[error("the fact '{0}' has a value that it cannot have")]
    Value(&'static str),
}

impl ItemOpening {
    /// Opens these facts of an item and nothing else. `sections` are the hashes of its sections.
    pub fn of_facts(
        item: &Seed,
        meta: &ItemMeta,
        sections: &Sections,
        names: &[&'static str],
    ) -> Result<Self, OpeningTreeError> {
        let mut positions: Vec<u32> = names
            .iter()
            .filter_map(|name| facts::position(name))
            .collect();
        positions.sort_unstable();
        positions.dedup();
        let open = shape::runs(positions);
        let values = facts::values(meta);
        let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
        let part = Part::new(
            &section_seed(item, Section::Facts),
            Section::Facts,
            &values,
            &open,
        );
        let mut closed = sections.0.map(OpenSection::Closed);
        if let Some(part) = part {
            closed[Section::Facts as usize] = OpenSection::Part(part);
        }
        let opening = ItemOpening { sections: closed };
        opening.check_telling()?;
        Ok(opening)
    }

    /// The sections, in the order of [`Section::ALL`].
    pub fn sections(&self) -> &[OpenSection; 5] {
        &self.sections
    }

    /// The encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        for section in &self.sections {
            match section {
                OpenSection::Closed(hash) => {
                    out.push(0);
                    out.extend_from_slice(hash);
                }
                OpenSection::Part(part) => {
                    out.push(1);
                    part.encode(&mut out);
                }
            }
        }
        out
    }

    /// Parses an encoding; accepts exactly what [`ItemOpening::encode`] writes.
    pub fn parse(bytes: &[u8]) -> Result<Self, OpeningTreeError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if version != VERSION {
            return Err(OpeningTreeError::Version(version));
        }
        let mut sections = Vec::with_capacity(5);
        for section in Section::ALL {
            sections.push(match reader.u8()? {
                0 => OpenSection::Closed(reader.array()?),
                1 => OpenSection::Part(
                    Part::parse(&mut reader)
                        .map_err(|source| OpeningTreeError::Part { section, source })?,
                ),
                mark => return Err(OpeningTreeError::Mark(mark)),
            });
        }
        reader.finish()?;
        let sections = sections.try_into().map_err(|_| CodecError::Truncated)?;
        Ok(ItemOpening { sections })
    }

    /// Checks the opening against the leaf's root: that it shows what was committed, as it was cut, and nothing that
    /// tells of what it does not show.
    pub fn check(&self, d: &Hash) -> Result<(), OpeningTreeError> {
        let mut hashes = [[0; 32]; 5];
        for ((hash, section), id) in hashes.iter_mut().zip(&self.sections).zip(Section::ALL) {
            *hash = match section {
                OpenSection::Closed(hash) => *hash,
                OpenSection::Part(part) => part.hash(id),
            };
        }
        if root(&hashes) != *d {
            return Err(OpeningTreeError::Root);
        }
        if let OpenSection::Part(part) = &self.sections[Section::Facts as usize]
            && part.count() as usize != FIELDS.len()
        {
            return Err(OpeningTreeError::Facts(part.count()));
        }
        self.check_telling()?;
        if let OpenSection::Part(part) = &self.sections[Section::Text as usize] {
            for (first, values) in part.stretches() {
                if !words::are_words(values, first == 0) {
                    return Err(OpeningTreeError::Words(first));
                }
            }
        }
        self.parent()?;
        self.children()?;
        Ok(())
    }

    /// Refuses what lets closed parts be guessed.
    fn check_telling(&self) -> Result<(), OpeningTreeError> {
        let whole =
            |section: &OpenSection| matches!(section, OpenSection::Part(part) if part.is_whole());
        // The picture's own section may stay closed beside its file.
        if self.sections[..4].iter().all(whole) {
            return Ok(());
        }
        if matches!(
            self.sections[Section::Native as usize],
            OpenSection::Part(_)
        ) {
            return Err(OpeningTreeError::Telling("native bytes"));
        }
        let OpenSection::Part(facts) = &self.sections[Section::Facts as usize] else {
            return Ok(());
        };
        let telling = |(at, _): (u32, &[u8])| FIELDS.get(at as usize).filter(|fact| !fact.alone);
        match facts.values().find_map(telling) {
            Some(fact) => Err(OpeningTreeError::Telling(fact.name)),
            None => Ok(()),
        }
    }

    /// The value of a fact, if it is open.
    pub fn fact(&self, name: &str) -> Option<&[u8]> {
        let at = facts::position(name)?;
        let OpenSection::Part(part) = &self.sections[Section::Facts as usize] else {
            return None;
        };
        part.values()
            .find(|(position, _)| *position == at)
            .map(|(_, value)| value)
    }

    /// The item that it was found in, if that is open; `Some(None)`: in none.
    pub fn parent(&self) -> Result<Option<Option<u32>>, OpeningTreeError> {
        let Some(value) = self.fact("parent") else {
            return Ok(None);
        };
        if value.is_empty() {
            return Ok(Some(None));
        }
        let parent = number(value).ok_or(OpeningTreeError::Value("parent"))?;
        Ok(Some(Some(parent)))
    }

    /// The items that were found in it, if that is open.
    pub fn children(&self) -> Result<Option<Vec<u32>>, OpeningTreeError> {
        let Some(value) = self.fact("children") else {
            return Ok(None);
        };
        if value.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let children: Option<Vec<u32>> = value.split(|byte| *byte == b',').map(number).collect();
        children
            .map(Some)
            .ok_or(OpeningTreeError::Value("children"))
    }
}

/// A number as [`facts::values`] writes it, in no other way.
fn number(value: &[u8]) -> Option<u32> {
    let number: u32 = std::str::from_utf8(value).ok()?.parse().ok()?;
    (number.to_string().as_bytes() == value).then_some(number)
}

#[cfg(test)]
// One stretch that is opened is a list of one range.
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::super::disclosed::{of_facts, of_native, of_people, of_picture, of_text};
    use super::*;
    use std::ops::Range;

    const TEXT: &str = "Dear Jane, pay 5 million.";

    fn meta() -> ItemMeta {
        ItemMeta {
            children: vec![9, 12],
            parent: Some(7),
            path: "secret.eml".into(),
            metadata: [("subject".to_owned(), "Deal".to_owned())].into(),
            size: 1234,
            ..ItemMeta::default()
        }
    }

    fn seed() -> Seed {
        Seed::from_bytes([3; 32])
    }

    fn sections_of(meta: &ItemMeta) -> Sections {
        let seed = seed();
        Sections([
            of_facts(&seed, meta),
            of_people(&seed, meta),
            of_native(&seed, &[1; 32]),
            of_text(&seed, TEXT),
            of_picture(&seed, 0, std::iter::empty()),
        ])
    }

    fn family() -> (ItemOpening, Hash) {
        let sections = sections_of(&meta());
        let opening = ItemOpening::of_facts(&seed(), &meta(), &sections, &["parent", "children"]);
        (opening.unwrap(), sections.root())
    }

    #[test]
    fn a_parent_opens_alone_and_says_nothing_else() {
        let (opening, d) = family();
        let bytes = opening.encode();
        let again = ItemOpening::parse(&bytes).unwrap();
        assert_eq!(again, opening);
        assert_eq!(again.check(&d), Ok(()));
        assert_eq!(again.parent(), Ok(Some(Some(7))));
        assert_eq!(again.children(), Ok(Some(vec![9, 12])));
        assert_eq!(again.fact("path"), None);
        let contains = |needle: &[u8]| bytes.windows(needle.len()).any(|w| w == needle);
        assert!(!contains(b"secret") && !contains(b"Deal") && !contains(b"1234"));
        assert!(bytes.len() < 700, "{}", bytes.len());
    }

    fn text_part(open: &[Range<u32>]) -> Part {
        let values: Vec<&[u8]> = words::words(TEXT).map(str::as_bytes).collect();
        Part::new(
            &section_seed(&seed(), Section::Text),
            Section::Text,
            &values,
            open,
        )
        .unwrap()
    }

    #[test]
    fn words_open_and_the_rest_stays_closed() {
        let mut sections = sections_of(&meta()).0.map(OpenSection::Closed);
        sections[Section::Text as usize] = OpenSection::Part(text_part(&[0..3]));
        let opening = ItemOpening { sections };
        assert_eq!(opening.check(&sections_of(&meta()).root()), Ok(()));
        let bytes = opening.encode();
        assert!(!bytes.windows(7).any(|w| w == b"million"));
    }

    #[test]
    fn every_check_can_fail_by_itself() {
        let (opening, d) = family();
        let bytes = opening.encode();
        let with = |at: usize, value: u8| {
            let mut bytes = bytes.clone();
            bytes[at] = value;
            ItemOpening::parse(&bytes)
                .and_then(|opening| opening.check(&d))
                .unwrap_err()
        };
        assert_eq!(with(0, 9), OpeningTreeError::Version(9));
        assert_eq!(with(1, 2), OpeningTreeError::Mark(2));
        // The salt of the section, and the mark of its first run.
        assert_eq!(with(2, bytes[2] ^ 1), OpeningTreeError::Root);
        let source = PartError::First;
        assert_eq!(
            with(35, 2),
            OpeningTreeError::Part {
                section: Section::Facts,
                source
            }
        );
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(
            ItemOpening::parse(&longer),
            Err(OpeningTreeError::Codec(CodecError::Trailing(1)))
        );
        assert_eq!(opening.check(&[0; 32]), Err(OpeningTreeError::Root));
    }

    /// Both sides refuse it: whoever makes an opening, and whoever is handed one.
    #[test]
    fn what_tells_of_closed_parts_is_refused() {
        let sections = sections_of(&meta());
        for name in ["size", "sha256", "unread", "other"] {
            let made = ItemOpening::of_facts(&seed(), &meta(), &sections, &["parent", name]);
            assert_eq!(made, Err(OpeningTreeError::Telling(name)));
        }
        let values = facts::values(&meta());
        let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
        let seed = section_seed(&seed(), Section::Facts);
        let size = facts::position("size").unwrap();
        let mut forged = sections.0.map(OpenSection::Closed);
        let part = Part::new(&seed, Section::Facts, &values, &[size..size + 1]).unwrap();
        forged[0] = OpenSection::Part(part);
        let forged = ItemOpening { sections: forged };
        assert_eq!(
            forged.check(&sections.root()),
            Err(OpeningTreeError::Telling("size"))
        );
        let mut native = sections.0.map(OpenSection::Closed);
        let native_seed = section_seed(&super::tests::seed(), Section::Native);
        let part = Part::new(&native_seed, Section::Native, &[&[1; 32]], &[0..1]).unwrap();
        native[2] = OpenSection::Part(part);
        let native = ItemOpening { sections: native };
        assert_eq!(
            native.check(&sections.root()),
            Err(OpeningTreeError::Telling("native bytes"))
        );
    }

    /// A responder who cut the text otherwise could hide a word inside of another.
    #[test]
    fn words_that_are_cut_otherwise_are_refused() {
        let seed_of_text = section_seed(&seed(), Section::Text);
        let cut: [&[u8]; 3] = [b"Dear ", b"Jane, pay ", b"5 "];
        let part = Part::new(&seed_of_text, Section::Text, &cut, &[0..2]).unwrap();
        let mut hashes = sections_of(&meta()).0;
        hashes[Section::Text as usize] = part.hash(Section::Text);
        let mut sections = hashes.map(OpenSection::Closed);
        sections[Section::Text as usize] = OpenSection::Part(part);
        let opening = ItemOpening { sections };
        assert_eq!(
            opening.check(&root(&hashes)),
            Err(OpeningTreeError::Words(0))
        );
    }

    /// Facts as a responder with another program might commit them.
    fn forged(values: &[&[u8]], open: &[Range<u32>]) -> OpeningTreeError {
        let seed_of_facts = section_seed(&seed(), Section::Facts);
        let part = Part::new(&seed_of_facts, Section::Facts, values, open).unwrap();
        let mut hashes = sections_of(&meta()).0;
        hashes[0] = part.hash(Section::Facts);
        let mut sections = hashes.map(OpenSection::Closed);
        sections[0] = OpenSection::Part(part);
        ItemOpening { sections }.check(&root(&hashes)).unwrap_err()
    }

    #[test]
    fn facts_have_their_number_and_their_values() {
        let values = facts::values(&meta());
        let mut values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
        let parent = facts::position("parent").unwrap();
        for wrong in ["07", "x", "4294967296"] {
            values[parent as usize] = wrong.as_bytes();
            assert_eq!(
                forged(&values, &[parent..parent + 1]),
                OpeningTreeError::Value("parent")
            );
        }
        values[parent as usize] = b"7";
        values[parent as usize + 1] = b"1,,2";
        assert_eq!(
            forged(&values, &[parent + 1..parent + 2]),
            OpeningTreeError::Value("children")
        );
        assert_eq!(forged(&values[..9], &[0..1]), OpeningTreeError::Facts(9));
    }
}
