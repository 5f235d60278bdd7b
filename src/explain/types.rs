//! Whether a classifier is run on kinds of files that it was trained on.

use super::Warning;
use crate::classify::Classifier;
use crate::commit::{Vault, VaultError};
use crate::explain::scores::Scored;
use crate::train::TYPES;
use std::collections::{BTreeMap, BTreeSet};

/// Types that are named in the warning, most frequent first.
const NAMED: usize = 5;

/// The media types that a card says the classifier was trained on; `None` where it does not say.
pub fn trained_on(classifier: &Classifier) -> Option<BTreeSet<&str>> {
    let fact = classifier.card().facts.get(TYPES)?;
    let types = fact
        .split("; ")
        .filter_map(|entry| Some(entry.rsplit_once(' ')?.0));
    Some(types.collect())
}

/// Warns about scored items of types that the classifier was not trained on.
pub fn test(
    classifier: &Classifier,
    vault: &Vault,
    scored: &Scored,
) -> Result<Option<Warning>, VaultError> {
    let Some(known) = trained_on(classifier) else {
        return Ok(None);
    };
    let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
    for &(item, _) in &scored.items {
        let item = vault.item(item)?;
        let media_type = &item.meta().media_type;
        if !known.contains(media_type.as_str()) {
            *unknown.entry(media_type.clone()).or_default() += 1;
        }
    }
    Ok(warning(&unknown, scored.items.len()))
}

fn warning(unknown: &BTreeMap<String, usize>, all: usize) -> Option<Warning> {
    let count: usize = unknown.values().sum();
    let mut types: Vec<(&String, &usize)> = unknown.iter().collect();
    types.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), (*name).clone()));
    let mut named: Vec<String> = types
        .iter()
        .take(NAMED)
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    if let Some(more) = types.len().checked_sub(NAMED).filter(|more| *more > 0) {
        named.push(format!("{more} more types"));
    }
    (count > 0).then(|| {
        Warning::new(
            "other_types",
            format!(
                "{count} of {all} items are of types that this classifier was not trained on, by its own card \
                 ({}): how well it finds them was not measured",
                named.join(", ")
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_types_are_named() {
        let types = BTreeMap::from([
            ("a/a", 3),
            ("b/b", 7),
            ("c/c", 1),
            ("d/d", 1),
            ("e/e", 1),
            ("f/f", 1),
        ])
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count))
        .collect();
        let text = warning(&types, 100).unwrap().text;
        assert!(text.starts_with("14 of 100 items"), "{text}");
        assert!(
            text.contains("(7 b/b, 3 a/a, 1 c/c, 1 d/d, 1 e/e, 1 more types)"),
            "{text}"
        );
        assert_eq!(warning(&BTreeMap::new(), 5), None);
    }
}
