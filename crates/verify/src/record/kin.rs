//! Who lies in whom, as far as that was opened.
//!
//! Parents are facts under an item's leaf. Numbers are drawn at random, so a parent may have a higher one, and who
//! committed may have stated a circle. So every walk here keeps what it has seen, and whatever is known from both
//! sides has to agree.

use std::collections::{BTreeMap, BTreeSet};

/// The parents that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinship {
    parents: BTreeMap<u32, Option<u32>>,
    /// What every item that spoke for itself says is inside of it.
    children: BTreeMap<u32, Vec<u32>>,
}

/// Families that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KinError {
    /// A number that no item has.
    #[error("item {item} names item {other} as its family, and there is no such item")]
    NoSuchItem {
        /// Who says so.
        item: u32,
        /// Of whom.
        other: u32,
    },
    /// Children that are not listed the one way.
    #[error("item {0} lists what is inside of it twice or out of order")]
    Order(u32),
    /// Two sides that say different things.
    #[error("item {child} and item {parent} do not agree on whether one lies in the other")]
    Disagree {
        /// The one inside, perhaps.
        child: u32,
        /// The one around it, perhaps.
        parent: u32,
    },
    /// A circle.
    #[error("item {0} lies in itself")]
    Circle(u32),
}

impl Kinship {
    /// Takes what an item says, in a corpus of `count` items.
    pub fn learn(
        &mut self,
        item: u32,
        parent: Option<u32>,
        children: &[u32],
        count: u32,
    ) -> Result<(), KinError> {
        let strange = parent.iter().chain(children).find(|other| **other >= count);
        if let Some(&other) = strange {
            return Err(KinError::NoSuchItem { item, other });
        }
        if !children.is_sorted_by(|a, b| a < b) {
            return Err(KinError::Order(item));
        }
        self.state(item, parent)?;
        for &child in children {
            self.state(child, Some(item))?;
        }
        self.children.insert(item, children.to_vec());
        Ok(())
    }

    /// Takes what an item says of what it lies in, and nothing else.
    pub fn learn_parent(
        &mut self,
        item: u32,
        parent: Option<u32>,
        count: u32,
    ) -> Result<(), KinError> {
        match parent.filter(|parent| *parent >= count) {
            Some(other) => Err(KinError::NoSuchItem { item, other }),
            None => self.state(item, parent),
        }
    }

    fn state(&mut self, item: u32, parent: Option<u32>) -> Result<(), KinError> {
        match self.parents.insert(item, parent) {
            Some(before) if before != parent => {
                let parent = before.or(parent).unwrap_or(item);
                Err(KinError::Disagree {
                    child: item,
                    parent,
                })
            }
            _ => Ok(()),
        }
    }

    /// Whether all that was learnt fits together: both sides agree wherever both spoke, and nothing lies in itself.
    pub fn check(&self) -> Result<(), KinError> {
        for (&child, &parent) in &self.parents {
            let Some(parent) = parent else { continue };
            let lists = |children: &Vec<u32>| children.binary_search(&child).is_ok();
            if self
                .children
                .get(&parent)
                .is_some_and(|children| !lists(children))
            {
                return Err(KinError::Disagree { child, parent });
            }
        }
        let mut ends = BTreeSet::new();
        for &item in self.parents.keys() {
            let mut path = BTreeSet::new();
            let mut at = item;
            while !ends.contains(&at) {
                if !path.insert(at) {
                    return Err(KinError::Circle(at));
                }
                match self.parent(at) {
                    Some(parent) => at = parent,
                    None => break,
                }
            }
            ends.extend(path);
        }
        Ok(())
    }

    /// The item that an item lies in, if that is known.
    pub fn parent(&self, item: u32) -> Option<u32> {
        self.parents.get(&item).copied().flatten()
    }

    /// What is inside of an item, if that item spoke for itself.
    pub fn inside(&self, item: u32) -> &[u32] {
        self.children.get(&item).map_or(&[], Vec::as_slice)
    }

    /// Whether it is known what an item lies in, or that it lies in none.
    pub fn knows(&self, item: u32) -> bool {
        self.parents.contains_key(&item)
    }

    /// The items around an item, innermost first, as far as they are known.
    pub fn around(&self, item: u32) -> Vec<u32> {
        let mut seen = BTreeSet::from([item]);
        let mut out = Vec::new();
        let mut at = item;
        while let Some(parent) = self.parent(at).filter(|parent| seen.insert(*parent)) {
            out.push(parent);
            at = parent;
        }
        out
    }

    /// The outermost item around an item, as far as it is known; the item itself if none is.
    pub fn head(&self, item: u32) -> u32 {
        self.around(item).last().copied().unwrap_or(item)
    }

    /// Every item of which something is known, with its parent.
    pub fn items(&self) -> impl Iterator<Item = (u32, Option<u32>)> + '_ {
        self.parents.iter().map(|(item, parent)| (*item, *parent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_found_whatever_the_numbers() {
        let mut kin = Kinship::default();
        // 9 holds 2 and 7, 2 holds 8.
        kin.learn(9, None, &[2, 7], 10).unwrap();
        kin.learn(8, Some(2), &[], 10).unwrap();
        kin.learn(2, Some(9), &[8], 10).unwrap();
        kin.check().unwrap();
        assert_eq!(kin.around(8), [2, 9]);
        assert_eq!(
            (kin.head(8), kin.head(7), kin.head(9), kin.head(5)),
            (9, 9, 9, 5)
        );
        assert!(kin.knows(7) && !kin.knows(5));
    }

    #[test]
    fn contradictions_are_refused_and_walks_end() {
        let mut kin = Kinship::default();
        let (item, other) = (1, 10);
        assert_eq!(
            kin.learn(1, Some(10), &[], 10),
            Err(KinError::NoSuchItem { item, other })
        );
        assert_eq!(kin.learn(1, None, &[3, 2], 10), Err(KinError::Order(1)));
        let mut two = Kinship::default();
        two.learn(1, None, &[3], 10).unwrap();
        let (child, parent) = (3, 1);
        assert_eq!(
            two.learn(2, None, &[3], 10),
            Err(KinError::Disagree { child, parent })
        );
        let mut one_sided = Kinship::default();
        one_sided.learn(1, None, &[], 10).unwrap();
        one_sided.learn(3, Some(1), &[], 10).unwrap();
        assert_eq!(one_sided.check(), Err(KinError::Disagree { child, parent }));
        let mut circle = Kinship::default();
        circle.learn(1, Some(2), &[2], 10).unwrap();
        assert_eq!(circle.learn(2, Some(1), &[1], 10), Ok(()));
        assert!(matches!(circle.check(), Err(KinError::Circle(_))));
        assert_eq!(circle.head(1), 2);
        let mut itself = Kinship::default();
        itself.learn(4, Some(4), &[4], 10).unwrap();
        assert_eq!(itself.check(), Err(KinError::Circle(4)));
    }
}
