//! A document that is handed over whole: one seed opens everything but the decoded picture, whose pixels another
//! decoder may round otherwise and which is compared through its vector instead.

use super::{Section, Seed, facts, people, root, section, words};
use crate::record::meta::ItemMeta;
use crate::record::tree::Hash;

/// The hashes of the five sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sections(pub [Hash; 5]);

impl Sections {
    /// `d`.
    pub fn root(&self) -> Hash {
        root(&self.0)
    }

    /// The hash of one.
    pub fn of(&self, section: Section) -> &Hash {
        &self.0[section as usize]
    }
}

/// The seed of a section, from the item's.
pub fn section_seed(item: &Seed, of: Section) -> Seed {
    let at = u32::from(of.id());
    item.of_subtree(5, &(at..at + 1))
}

/// The section of facts.
pub fn of_facts(item: &Seed, meta: &ItemMeta) -> Hash {
    facts(&section_seed(item, Section::Facts), meta)
}

/// The section of people.
pub fn of_people(item: &Seed, meta: &ItemMeta) -> Hash {
    people(&section_seed(item, Section::People), meta)
}

/// The section of the native bytes, by their SHA-256.
pub fn of_native(item: &Seed, sha256: &Hash) -> Hash {
    native(&section_seed(item, Section::Native), sha256)
}

/// The section of the text.
pub fn of_text(item: &Seed, text: &str) -> Hash {
    // A text has at most 2^32 words, as its length in bytes is capped far below.
    let count = words::count(text) as u32;
    self::text(&section_seed(item, Section::Text), count, text)
}

/// The section of the picture, by its tiles.
pub fn of_picture<'t>(item: &Seed, count: u32, tiles: impl Iterator<Item = &'t [u8]>) -> Hash {
    let seed = section_seed(item, Section::Picture);
    section(&seed, Section::Picture, count, tiles)
}

fn facts(seed: &Seed, meta: &ItemMeta) -> Hash {
    whole(seed, Section::Facts, &facts::values(meta))
}

fn people(seed: &Seed, meta: &ItemMeta) -> Hash {
    whole(seed, Section::People, &people::values(meta))
}

fn native(seed: &Seed, sha256: &Hash) -> Hash {
    whole(seed, Section::Native, &[sha256.to_vec()])
}

fn text(seed: &Seed, count: u32, text: &str) -> Hash {
    let values = words::words(text).map(str::as_bytes);
    section(seed, Section::Text, count, values)
}

fn whole(seed: &Seed, of: Section, values: &[Vec<u8>]) -> Hash {
    section(
        seed,
        of,
        values.len() as u32,
        values.iter().map(Vec::as_slice),
    )
}

/// What opens an item that is handed over whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosed {
    /// The sections' hashes: all but the picture's follow from the rest and say, where they do not, which part of the
    /// document is another one.
    pub sections: Sections,
    /// The seed of facts, people, native bytes and text.
    pub seed: Seed,
}

/// A part of a document that is not the committed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongSection {
    /// The hashes are not those of the leaf.
    #[error("its opening is not that of its leaf")]
    Root,
    /// A section.
    #[error("its {} {} not the committed {}", .0.label(), if *.0 == Section::Native || *.0 == Section::People { "are" } else { "is" }, if *.0 == Section::Native || *.0 == Section::People { "ones" } else { "one" })]
    Section(Section),
}

impl Disclosed {
    /// What opens an item with this seed.
    pub fn new(item: &Seed, sections: Sections) -> Self {
        Disclosed {
            sections,
            seed: item.child(0),
        }
    }

    /// Whether the opening belongs to the leaf with this root.
    pub fn check_root(&self, d: &Hash) -> Result<(), WrongSection> {
        match self.sections.root() == *d {
            true => Ok(()),
            false => Err(WrongSection::Root),
        }
    }

    fn seed_of(&self, of: Section) -> Seed {
        let at = u32::from(of.id());
        self.seed.of_subtree(4, &(at..at + 1))
    }

    fn check(&self, of: Section, found: Hash) -> Result<(), WrongSection> {
        match found == *self.sections.of(of) {
            true => Ok(()),
            false => Err(WrongSection::Section(of)),
        }
    }

    /// Whether this is the committed metadata.
    pub fn check_meta(&self, meta: &ItemMeta) -> Result<(), WrongSection> {
        let seed = |of| self.seed_of(of);
        self.check(Section::Facts, facts(&seed(Section::Facts), meta))?;
        self.check(Section::People, people(&seed(Section::People), meta))
    }

    /// Whether this is the SHA-256 of the committed bytes.
    pub fn check_native(&self, sha256: &Hash) -> Result<(), WrongSection> {
        let found = native(&self.seed_of(Section::Native), sha256);
        self.check(Section::Native, found)
    }

    /// Whether this is the committed text.
    pub fn check_text(&self, text: &str) -> Result<(), WrongSection> {
        let count =
            u32::try_from(words::count(text)).map_err(|_| WrongSection::Section(Section::Text))?;
        let found = self::text(&self.seed_of(Section::Text), count, text);
        self.check(Section::Text, found)
    }

    /// All of it.
    pub fn check_all(
        &self,
        d: &Hash,
        meta: &ItemMeta,
        sha256: &Hash,
        text: &str,
    ) -> Result<(), WrongSection> {
        self.check_root(d)?;
        self.check_meta(meta)?;
        self.check_native(sha256)?;
        self.check_text(text)
    }
}

/// What opens the bytes of an item by their SHA-256, and nothing else of it. Only for who has these bytes already, in
/// the file that the item lies in: to anybody else the SHA-256 would let closed parts be guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisclosedNative {
    /// The sections' hashes.
    pub sections: Sections,
    /// The seed of the native section.
    pub seed: Seed,
}

impl DisclosedNative {
    /// What opens the bytes of an item with this seed.
    pub fn new(item: &Seed, sections: Sections) -> Self {
        DisclosedNative {
            sections,
            seed: section_seed(item, Section::Native),
        }
    }

    /// Whether these are the bytes under the leaf with this root.
    pub fn check(&self, d: &Hash, sha256: &Hash) -> Result<(), WrongSection> {
        if self.sections.root() != *d {
            return Err(WrongSection::Root);
        }
        match native(&self.seed, sha256) == *self.sections.of(Section::Native) {
            true => Ok(()),
            false => Err(WrongSection::Section(Section::Native)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta() -> ItemMeta {
        ItemMeta {
            path: "a.eml".into(),
            metadata: [("to", "a@b, c@d"), ("subject", "Hi")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
            ..ItemMeta::default()
        }
    }

    fn opened() -> (Disclosed, Hash) {
        let seed = Seed::from_bytes([9; 32]);
        let sections = Sections([
            of_facts(&seed, &meta()),
            of_people(&seed, &meta()),
            of_native(&seed, &[1; 32]),
            of_text(&seed, "Hello, world"),
            of_picture(&seed, 0, std::iter::empty()),
        ]);
        (Disclosed::new(&seed, sections), sections.root())
    }

    #[test]
    fn a_whole_document_opens_and_every_other_one_is_refused_by_its_part() {
        let (opened, d) = opened();
        let native = [1; 32];
        assert_eq!(
            opened.check_all(&d, &meta(), &native, "Hello, world"),
            Ok(())
        );
        let wrong = |meta: &ItemMeta, native: &Hash, text: &str| {
            opened
                .check_all(&d, meta, native, text)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            wrong(&meta(), &native, "Hello, World"),
            "its text is not the committed one"
        );
        assert_eq!(
            wrong(&meta(), &[2; 32], "Hello, world"),
            "its bytes are not the committed ones"
        );
        let mut subject = meta();
        subject.metadata.insert("subject".into(), "Ho".into());
        assert_eq!(
            wrong(&subject, &native, "Hello, world"),
            "its metadata is not the committed one"
        );
        let mut to = meta();
        to.metadata.insert("to".into(), "a@b".into());
        let why = wrong(&to, &native, "Hello, world");
        assert_eq!(why, "its senders and recipients are not the committed ones");
        let other = opened.check_all(&[0; 32], &meta(), &native, "Hello, world");
        assert_eq!(other, Err(WrongSection::Root));
    }

    #[test]
    fn the_seed_that_is_handed_over_does_not_open_the_picture() {
        let seed = Seed::from_bytes([9; 32]);
        assert_eq!(section_seed(&seed, Section::Picture), seed.child(1));
        assert_eq!(
            section_seed(&seed, Section::Facts),
            seed.child(0).child(0).child(0)
        );
    }
}
