//! Splits by content: equal items never straddle, and the same items split the same way every time.

use crate::train::dataset::Example;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Number of folds in which the threshold is chosen.
pub const FOLDS: usize = 5;

/// Where the examples go; indices into the slice that was split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// For training, with the fold of each.
    pub train: Vec<(usize, usize)>,
    /// Never seen in training or in choosing the threshold.
    pub held_out: Vec<usize>,
    /// Number of different contents.
    pub distinct: usize,
    /// Number of contents that carry both labels; they are trained on, not measured on.
    pub contradictory: usize,
}

/// Splits each class by a seeded hash of the content.
pub fn split(examples: &[Example], held_out_share: f64, seed: u64) -> Split {
    let mut groups: BTreeMap<[u8; 32], Vec<usize>> = BTreeMap::new();
    for (i, example) in examples.iter().enumerate() {
        let key = Sha256::new_with_prefix(seed.to_le_bytes()).chain_update(example.group);
        groups.entry(key.finalize().into()).or_default().push(i);
    }
    let mut split = Split {
        train: vec![],
        held_out: vec![],
        distinct: groups.len(),
        contradictory: 0,
    };
    // Groups come in the order of their hash, which is random enough.
    let mut classes: [Vec<Vec<usize>>; 2] = [vec![], vec![]];
    for (fold, group) in groups.into_values().enumerate() {
        let positive = examples[group[0]].positive;
        if group.iter().any(|&i| examples[i].positive != positive) {
            split.contradictory += 1;
            split.train.extend(group.iter().map(|&i| (i, fold % FOLDS)));
        } else {
            classes[usize::from(positive)].push(group);
        }
    }
    for class in classes {
        let held_out = (class.len() as f64 * held_out_share).round() as usize;
        for (rank, group) in class.into_iter().enumerate() {
            if rank < held_out {
                split.held_out.extend(group);
            } else {
                let fold = rank % FOLDS;
                split.train.extend(group.into_iter().map(|i| (i, fold)));
            }
        }
    }
    split.train.sort_unstable();
    split.held_out.sort_unstable();
    split
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::text_vector;

    fn example(text: &str, positive: bool) -> Example {
        Example::new(text.to_owned(), positive, text_vector(text))
    }

    #[test]
    fn equal_items_stay_together_and_classes_keep_their_share() {
        let mut examples: Vec<Example> = (0..200)
            .map(|i| example(&format!("item{i} and more{i}"), i % 4 == 0))
            .collect();
        examples.extend((0..200).map(|i| example(&format!("item{i} and more{i}"), i % 4 == 0)));
        examples.push(example("item1 and more1", true));
        let split = split(&examples, 0.2, 7);
        assert_eq!((split.distinct, split.contradictory), (200, 1));
        assert_eq!(split.train.len() + split.held_out.len(), 401);
        for &i in &split.held_out {
            assert!(
                split
                    .train
                    .iter()
                    .all(|&(j, _)| examples[j].group != examples[i].group)
            );
        }
        let positive = split
            .held_out
            .iter()
            .filter(|&&i| examples[i].positive)
            .count();
        assert_eq!((split.held_out.len(), positive), (80, 20));
        assert_ne!(split, super::split(&examples, 0.2, 8));
        assert_eq!(split, super::split(&examples, 0.2, 7));
    }
}
