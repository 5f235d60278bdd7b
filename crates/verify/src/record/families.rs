//! Opened families: who lies in whom, item by item, and nothing else of the items.
//!
//! A line of the file is an item, the number of what it lies in, the numbers of what lies in it, and an opening of
//! these two facts. Whoever has the leaves checks the openings; as both directions are opened, a member that is left
//! out of the file is named by another line.

use super::kin::{KinError, Kinship};
use super::leaf::PublicLeaf;
use super::opening::{ItemOpening, OpeningTreeError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The file in a production.
pub const NAME: &str = "family-openings.jsonl";
/// What every line begins with.
pub const BEGINNING: &str = "{\"item\":";
/// Longest file that is accepted.
pub const MAX_BYTES: u64 = 1 << 30;
/// The facts that are opened of every member.
pub const FACTS: [&str; 2] = ["parent", "children"];

/// Why opened families are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FamiliesError {
    /// A line that is none.
    #[error("line {line}: {what}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// An opening.
    #[error("line {line}, item {item}: {source}")]
    Opening {
        /// From 1.
        line: usize,
        /// The item.
        item: u32,
        /// What is wrong.
        source: OpeningTreeError,
    },
    /// What the openings say does not fit together.
    #[error(transparent)]
    Kin(#[from] KinError),
    /// A produced item of which nothing is opened.
    #[error("item {0} is produced, and its family is not opened")]
    Produced(u32),
    /// A member that is left out.
    #[error("item {item} names item {member} as its family, and that one is not opened")]
    Member {
        /// Who names it.
        item: u32,
        /// Who is missing.
        member: u32,
    },
    /// Half an opening.
    #[error("of item {0} it is not opened what lies in it, so its family may have more members")]
    Half(u32),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    item: u32,
    parent: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    children: Option<Vec<u32>>,
    opening: String,
}

/// The line of an item, with what is open of its family.
pub fn line(item: u32, opening: &ItemOpening) -> Result<String, OpeningTreeError> {
    let line = Line {
        item,
        parent: opening.parent()?.flatten(),
        children: opening.children()?,
        opening: hex::encode(opening.encode()),
    };
    let mut line = serde_json::to_string(&line).expect("plain data always serialises");
    line.push('\n');
    Ok(line)
}

/// What a file of opened families shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What is known then, with what was known before.
    pub kinship: Kinship,
    /// The items with a line.
    items: BTreeSet<u32>,
    /// Those of which it is open what lies in them.
    wholly: BTreeSet<u32>,
}

/// Whole families, as they were opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole {
    /// Families of more than one member.
    pub families: usize,
    /// Their members.
    pub members: usize,
    /// Produced items that have no family.
    pub alone: usize,
}

/// Checks every opening of a file against the leaves, and all of them against each other and what is `known`.
pub fn check(file: &str, leaves: &[PublicLeaf], known: &Kinship) -> Result<Opened, FamiliesError> {
    let count = leaves.len() as u32;
    let mut opened = Opened {
        kinship: known.clone(),
        items: BTreeSet::new(),
        wholly: BTreeSet::new(),
    };
    for (line, text) in (1..).zip(file.split_terminator('\n')) {
        let bad = |what: &dyn std::fmt::Display| FamiliesError::Line {
            line,
            what: what.to_string(),
        };
        // Of the two lines that an error would have, the file's counts.
        let json = |error: serde_json::Error| {
            let said = error.to_string();
            let place = format!(" at line {} column {}", error.line(), error.column());
            match said.strip_suffix(&place) {
                Some(said) => bad(&format!("{said} (column {})", error.column())),
                None => bad(&said),
            }
        };
        let stated: Line = crate::input::json(text.as_bytes()).map_err(json)?;
        let bytes = hex::decode(&stated.opening).map_err(|error| bad(&error))?;
        let item = stated.item;
        // One way to write a line: what two readers could read as two things is refused.
        if serde_json::to_string(&stated).ok().as_deref() != Some(text) {
            return Err(bad(
                &"it is not written as candor writes it (spaces, order, line end, or what is null)",
            ));
        }
        let leaf = leaves
            .get(item as usize)
            .ok_or_else(|| bad(&"there is no such item"))?;
        let wrong = |source| FamiliesError::Opening { line, item, source };
        let opening = ItemOpening::parse(&bytes).map_err(wrong)?;
        opening.check(leaf.d()).map_err(wrong)?;
        if opening.parent().map_err(wrong)? != Some(stated.parent) {
            return Err(bad(&"it opens another parent than it states, or none"));
        }
        let children = opening.children().map_err(wrong)?;
        if children != stated.children {
            return Err(bad(&"it opens other parts than it states, or none"));
        }
        if !opened.items.insert(item) {
            return Err(bad(&"the item has a line already"));
        }
        match children {
            Some(children) => {
                opened
                    .kinship
                    .learn(item, stated.parent, &children, count)?;
                opened.wholly.insert(item);
            }
            None => opened.kinship.learn_parent(item, stated.parent, count)?,
        }
    }
    opened.kinship.check()?;
    Ok(opened)
}

impl Opened {
    /// Whether the families of all these items are opened, and wholly: whoever a member names is opened too.
    pub fn whole(&self, produced: impl Iterator<Item = u32>) -> Result<Whole, FamiliesError> {
        let mut heads = BTreeSet::new();
        let mut alone = 0;
        for item in produced {
            if !self.items.contains(&item) {
                return Err(FamiliesError::Produced(item));
            }
            let none = self.kinship.parent(item).is_none() && self.kinship.inside(item).is_empty();
            match none {
                true => alone += 1,
                false => drop(heads.insert(self.kinship.head(item))),
            }
        }
        let mut members = 0;
        for &item in &self.items {
            let inside = self.kinship.inside(item).iter().copied();
            let missing = |member: &u32| !self.items.contains(member);
            if let Some(member) = self
                .kinship
                .parent(item)
                .into_iter()
                .chain(inside)
                .find(missing)
            {
                return Err(FamiliesError::Member { item, member });
            }
            if !self.wholly.contains(&item) {
                return Err(FamiliesError::Half(item));
            }
            members += usize::from(heads.contains(&self.kinship.head(item)));
        }
        Ok(Whole {
            families: heads.len(),
            members,
            alone,
        })
    }
}

impl std::fmt::Display for Whole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} families with {} members are opened wholly, {} produced items have none",
            self.families, self.members, self.alone
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::leaf::{LeafStatus, ReasonCode};
    use crate::record::meta::ItemMeta;
    use crate::record::opening::{Sections, disclosed, seed::Seed};

    /// A corpus with these parents and children, as they are stated.
    struct Corpus(Vec<(ItemMeta, Seed, Sections)>);

    impl Corpus {
        fn of(stated: &[(Option<u32>, &[u32])]) -> Self {
            let item = |(index, (parent, children)): (usize, &(Option<u32>, &[u32]))| {
                let meta = ItemMeta {
                    parent: *parent,
                    children: children.to_vec(),
                    path: format!("{index}.eml"),
                    ..ItemMeta::default()
                };
                let seed = Seed::from_bytes([index as u8; 32]);
                let sections = Sections([
                    disclosed::of_facts(&seed, &meta),
                    disclosed::of_people(&seed, &meta),
                    disclosed::of_native(&seed, &[1; 32]),
                    disclosed::of_text(&seed, "text"),
                    disclosed::of_picture(&seed, 0, std::iter::empty()),
                ]);
                (meta, seed, sections)
            };
            Corpus(stated.iter().enumerate().map(item).collect())
        }

        fn leaves(&self) -> Vec<PublicLeaf> {
            let reason = ReasonCode::new("encrypted").unwrap();
            let leaf = |(index, (_, _, sections)): (usize, &(ItemMeta, Seed, Sections))| {
                let status = LeafStatus::Exception(reason.clone());
                PublicLeaf::new(index as u32, status, sections.root(), vec![]).unwrap()
            };
            self.0.iter().enumerate().map(leaf).collect()
        }

        fn line(&self, index: u32, facts: &[&'static str]) -> String {
            let (meta, seed, sections) = &self.0[index as usize];
            line(
                index,
                &ItemOpening::of_facts(seed, meta, sections, facts).unwrap(),
            )
            .unwrap()
        }

        fn file(&self, items: &[u32]) -> String {
            items.iter().map(|item| self.line(*item, &FACTS)).collect()
        }

        fn check(&self, file: &str) -> Result<Opened, FamiliesError> {
            check(file, &self.leaves(), &Kinship::default())
        }
    }

    /// 3 holds 0 and 2, 0 holds 4; 1 has no family.
    fn corpus() -> Corpus {
        Corpus::of(&[
            (Some(3), &[4]),
            (None, &[]),
            (Some(3), &[]),
            (None, &[0, 2]),
            (Some(0), &[]),
        ])
    }

    #[test]
    fn whole_families_are_shown_to_be_whole() {
        let corpus = corpus();
        let opened = corpus.check(&corpus.file(&[0, 1, 2, 3, 4])).unwrap();
        let whole = opened.whole([4, 1].into_iter()).unwrap();
        let (families, members, alone) = (1, 4, 1);
        let expected = Whole {
            families,
            members,
            alone,
        };
        assert_eq!(whole, expected);
        assert_eq!(opened.kinship.around(4), [0, 3]);
    }

    #[test]
    fn members_cannot_be_left_out() {
        let corpus = corpus();
        let whole = |file: &str| corpus.check(file).unwrap().whole([4].into_iter());
        let left_out = |item, member| Err(FamiliesError::Member { item, member });
        assert_eq!(whole(&corpus.file(&[0, 3, 4])), left_out(3, 2));
        assert_eq!(whole(&corpus.file(&[0, 2, 4])), left_out(0, 3));
        assert_eq!(whole(&corpus.file(&[1])), Err(FamiliesError::Produced(4)));
        let half = corpus.file(&[0, 2, 4]) + &corpus.line(3, &["parent"]);
        assert_eq!(whole(&half), Err(FamiliesError::Half(3)));
        // A leaf at the end that does not say that it is one.
        let half = corpus.file(&[0, 3, 4]) + &corpus.line(2, &["parent"]);
        assert_eq!(whole(&half), Err(FamiliesError::Half(2)));
    }

    #[test]
    fn lines_that_state_what_they_do_not_open_are_refused() {
        let corpus = corpus();
        let refused = |file: &str| corpus.check(file).unwrap_err().to_string();
        let file = corpus.file(&[0, 2]);
        let lied = file.replacen("\"parent\":3", "\"parent\":1", 1);
        assert!(refused(&lied).contains("line 1: it opens another parent"));
        let lied = file.replacen("[4]", "[]", 1);
        assert!(refused(&lied).contains("line 1: it opens other parts"));
        let lied = file.replacen(",\"children\":[4]", "", 1);
        assert!(refused(&lied).contains("line 1: it opens other parts"));
        let other = file.replacen("\"item\":2", "\"item\":4", 1);
        assert!(refused(&other).contains("line 2, item 4: it does not open its leaf"));
        let nobody = file.replacen("\"item\":2", "\"item\":9", 1);
        assert!(refused(&nobody).contains("line 2: there is no such item"));
        assert!(refused(&file.repeat(2)).contains("line 3: the item has a line already"));
        assert!(refused(&corpus.line(2, &["subject"])).contains("another parent"));
        let more = file.replacen("{\"item\"", "{\"more\":1,\"item\"", 1);
        assert!(refused(&more).contains("unknown field"));
        // One line number, the file's.
        let torn = format!("{}{{\"item\":2,", corpus.line(0, &FACTS));
        let said = refused(&torn);
        assert!(
            said.starts_with("line 2: ") && said.matches("line").count() == 1,
            "{said}"
        );
    }

    #[test]
    fn there_is_one_way_to_write_a_line() {
        let corpus = corpus();
        let file = corpus.file(&[0, 2]);
        corpus.check(&file).unwrap();
        let other = [
            file.replacen("\"item\":", "\"item\": ", 1),
            file.replace('\n', "\r\n"),
            file.replacen(",\"children\":[4]", ",\"children\":[4] ", 1),
            file.replacen("\"item\":0,\"parent\":3,", "\"parent\":3,\"item\":0,", 1),
        ];
        for other in other {
            assert_ne!(other, file);
            let said = corpus.check(&other).unwrap_err().to_string();
            assert!(said.starts_with("line 1: it is not written"), "{said}");
        }
        let alone = corpus.line(1, &FACTS);
        let absent = alone.replacen("\"parent\":null,", "", 1);
        assert_ne!(absent, alone);
        assert!(corpus.check(&absent).is_err());
        assert!(corpus.check(&(file + "\n")).is_err(), "an empty line");
    }

    /// Lies that were committed are found where both sides speak.
    #[test]
    fn families_that_do_not_agree_are_refused() {
        let disowned = Corpus::of(&[(None, &[1]), (None, &[])]);
        assert!(matches!(
            disowned.check(&disowned.file(&[0, 1])),
            Err(FamiliesError::Kin(KinError::Disagree { .. }))
        ));
        let smuggled = Corpus::of(&[(None, &[]), (Some(0), &[])]);
        assert!(matches!(
            smuggled.check(&smuggled.file(&[0, 1])),
            Err(FamiliesError::Kin(KinError::Disagree { .. }))
        ));
        let circle = Corpus::of(&[(Some(1), &[1]), (Some(0), &[0])]);
        assert!(matches!(
            circle.check(&circle.file(&[0, 1])),
            Err(FamiliesError::Kin(KinError::Circle(_)))
        ));
    }
}
