//! Splits by groups: what belongs together ([`super::kin`]) never straddles, and the same items split the same way
//! every time.

use crate::train::dataset::Example;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// Number of folds in which the threshold is chosen.
pub const FOLDS: usize = 5;

/// Where the examples go; indices into the slice that was split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// For training, with the fold of each.
    pub train: Vec<(usize, usize)>,
    /// Never seen in training or in choosing the threshold.
    pub held_out: Vec<usize>,
    /// Number of groups.
    pub groups: usize,
    /// Number of groups among the held-out items, negative and positive.
    pub held_out_groups: [usize; 2],
    /// Number of different contents.
    pub distinct: usize,
    /// Number of contents that carry both labels; they are trained on, not measured on.
    pub contradictory: usize,
}

/// Splits each class by a seeded hash of the groups. `groups` has a number for each example
/// ([`super::Dataset::groups`]); a group with both labels is split as its first example says.
pub fn split(examples: &[Example], groups: &[usize], held_out_share: f64, seed: u64) -> Split {
    let mut contents: HashMap<[u8; 32], [bool; 2]> = HashMap::new();
    for example in examples {
        contents.entry(example.content).or_default()[usize::from(example.positive)] = true;
    }
    let contradictory = |i: usize| contents[&examples[i].content] == [true; 2];
    // The hash of a group is that of its least content, so that order and number of files do not matter.
    let mut members: BTreeMap<usize, (Vec<usize>, [u8; 32])> = BTreeMap::new();
    for (i, (example, group)) in examples.iter().zip(groups).enumerate() {
        let (list, least) = members.entry(*group).or_insert((Vec::new(), [0xff; 32]));
        list.push(i);
        *least = (*least).min(example.content);
    }
    let mut ordered: Vec<([u8; 32], Vec<usize>)> = members
        .into_values()
        .map(|(list, least)| {
            let key = Sha256::new_with_prefix(seed.to_le_bytes()).chain_update(least);
            (key.finalize().into(), list)
        })
        .collect();
    ordered.sort();
    let mut split = Split {
        train: vec![],
        held_out: vec![],
        groups: ordered.len(),
        held_out_groups: [0; 2],
        distinct: contents.len(),
        contradictory: contents.values().filter(|both| **both == [true; 2]).count(),
    };
    // Groups come in the order of their hash, which is random enough.
    let mut classes: [Vec<Vec<usize>>; 2] = [vec![], vec![]];
    for (fold, (_, group)) in ordered.into_iter().enumerate() {
        if group.iter().any(|&i| contradictory(i)) {
            split.train.extend(group.iter().map(|&i| (i, fold % FOLDS)));
        } else {
            classes[usize::from(examples[group[0]].positive)].push(group);
        }
    }
    for class in classes {
        let wanted = held_out_share * class.iter().map(Vec::len).sum::<usize>() as f64;
        // A large group must not become the whole of what is measured on: it is trained on.
        let largest = (wanted / 4.0).max(1.0) as usize;
        let (mut held_out, mut rank) = (0usize, 0usize);
        for group in class {
            let fits = (held_out + group.len()) as f64 <= wanted.round();
            if group.len() <= largest && fits {
                held_out += group.len();
                for positive in [false, true] {
                    let any = group.iter().any(|&i| examples[i].positive == positive);
                    split.held_out_groups[usize::from(positive)] += usize::from(any);
                }
                split.held_out.extend(group);
            } else {
                split
                    .train
                    .extend(group.into_iter().map(|i| (i, rank % FOLDS)));
                rank += 1;
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
    use crate::item::{Form, text_vector};
    use crate::train::dataset::Dataset;

    fn example(text: &str, positive: bool) -> Example {
        Example::new(
            text.to_owned(),
            positive,
            text_vector(Form::TextWordsV3, text),
        )
    }

    #[test]
    fn equal_items_stay_together_and_classes_keep_their_share() {
        let mut examples: Vec<Example> = (0..200)
            .map(|i| example(&format!("item{i} and more{i}"), i % 4 == 0))
            .collect();
        examples.extend((0..200).map(|i| example(&format!("item{i} and more{i}"), i % 4 == 0)));
        examples.push(example("item1 and more1", true));
        let data = Dataset {
            examples: examples.clone(),
            skipped: vec![],
        };
        let groups = data.groups();
        let split = split(&examples, &groups, 0.2, 7);
        assert_eq!((split.distinct, split.contradictory), (200, 1));
        assert_eq!(split.train.len() + split.held_out.len(), 401);
        for &i in &split.held_out {
            assert!(
                split
                    .train
                    .iter()
                    .all(|&(j, _)| examples[j].content != examples[i].content)
            );
        }
        let positive = split
            .held_out
            .iter()
            .filter(|&&i| examples[i].positive)
            .count();
        assert_eq!((split.held_out.len(), positive), (80, 20));
        assert_eq!(split.held_out_groups, [30, 10]);
        assert_ne!(split, super::split(&examples, &groups, 0.2, 8));
        assert_eq!(split, super::split(&examples, &groups, 0.2, 7));
    }
}
