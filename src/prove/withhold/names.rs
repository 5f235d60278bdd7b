//! Items by everything that a list may call them.

use super::{ItemFacts, MistakeKind};
use std::collections::{BTreeMap, BTreeSet};

/// Paths, control numbers and indices of a case.
pub(crate) struct Names<'a> {
    paths: BTreeMap<&'a str, Vec<u32>>,
    control_numbers: BTreeMap<&'a str, Vec<u32>>,
    count: usize,
}

impl<'a> Names<'a> {
    /// The names of all items, in index order.
    pub fn new(items: &'a [ItemFacts]) -> Self {
        let (mut paths, mut control_numbers) = (BTreeMap::new(), BTreeMap::new());
        for item in items {
            let named: &mut Vec<u32> = paths.entry(&*item.path).or_default();
            named.push(item.index);
            if let Some(number) = &item.control_number {
                let named: &mut Vec<u32> = control_numbers.entry(&**number).or_default();
                named.push(item.index);
            }
        }
        Names {
            paths,
            control_numbers,
            count: items.len(),
        }
    }

    /// A path is taken as such. Otherwise a control number of digits may also be the index of another item, and
    /// then the list has to say which it means. Tables of this program put an apostrophe in front of what a
    /// spreadsheet would take for a formula; it may still be there.
    pub fn find(&self, name: &str) -> Result<u32, MistakeKind> {
        let mut found = self.all(name);
        if found.is_empty()
            && let Some(bare) = name.strip_prefix('\'')
        {
            found = self.all(bare);
        }
        match (found.pop_first(), found.is_empty()) {
            (Some(one), true) => Ok(one),
            (Some(_), false) => Err(MistakeKind::Ambiguous {
                name: name.to_owned(),
            }),
            (None, _) => Err(MistakeKind::NoSuchItem {
                name: name.to_owned(),
            }),
        }
    }

    fn all(&self, name: &str) -> BTreeSet<u32> {
        let index = name.parse().ok().filter(|i| (*i as usize) < self.count);
        match self.paths.get(name) {
            Some(items) => items.iter().copied().collect(),
            None => {
                let numbered = self.control_numbers.get(name).into_iter().flatten();
                numbered.copied().chain(index).collect()
            }
        }
    }
}
