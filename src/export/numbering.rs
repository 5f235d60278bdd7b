//! Which documents a production has, in which order, and under which numbers.
//!
//! Documents come in the order of the commitment, which keeps every family together, parents first.

use super::bates::{Bates, BatesError};
use crate::bundle::{Disposition, Withheld};
use crate::commit::PublicLeaf;
use crate::verify::VerifiedBundle;
use std::collections::BTreeMap;

/// A document of the production, before its files are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// The item.
    pub index: u32,
    /// Its number.
    pub bates: String,
    /// First and last number of its family, both empty if it stands alone.
    pub family: (String, String),
    /// The first item of the family, produced or not.
    pub head: u32,
    /// Number of the document it was attached to, if that is in the production.
    pub parent: Option<String>,
    /// The item it was attached to, if that is not in the production, and what became of it.
    pub absent_parent: Option<(u32, Disposition)>,
    /// Hash of its leaf, in hexadecimal.
    pub leaf: String,
    /// The proof that covers it.
    pub proof: String,
    /// Set for a placeholder of a withheld document.
    pub withheld: Option<Withheld>,
}

/// The proof file that covers each proved item.
pub fn proofs(verified: &VerifiedBundle) -> BTreeMap<u32, String> {
    let mut proved = verified.dispositions().proved();
    let mut out = BTreeMap::new();
    for (number, batch) in verified.bundle().manifest().batches.iter().enumerate() {
        for (index, _) in proved.by_ref().take(batch.items as usize) {
            out.insert(index, format!("{number:06}.proof"));
        }
    }
    out
}

/// The first item of the family that a leaf belongs to.
pub fn head(leaves: &[PublicLeaf], index: u32) -> u32 {
    let mut at = index;
    while let Some(parent) = leaves.get(at as usize).and_then(PublicLeaf::parent) {
        // Parents come before their children, so this ends.
        at = parent;
    }
    at
}

/// Numbers the produced documents, and the withheld ones if they get placeholders.
pub fn number(
    verified: &VerifiedBundle,
    bates: &Bates,
    slips: bool,
) -> Result<Vec<Numbered>, BatesError> {
    let leaves = verified.leaves();
    let proofs = proofs(verified);
    let withheld: BTreeMap<u32, &Withheld> = verified
        .bundle()
        .manifest()
        .withheld
        .iter()
        .map(|entry| (entry.index, entry))
        .collect();
    let chosen: Vec<u32> = verified
        .dispositions()
        .iter()
        .filter(|(_, d)| *d == Disposition::Produced || (slips && *d == Disposition::Withheld))
        .map(|(index, _)| index)
        .collect();
    bates.check(chosen.len())?;
    let numbers: BTreeMap<u32, String> = chosen
        .iter()
        .enumerate()
        .map(|(n, index)| (*index, bates.number(n)))
        .collect();
    let mut families: BTreeMap<u32, (String, String, u32)> = BTreeMap::new();
    for (index, number) in &numbers {
        families
            .entry(head(leaves, *index))
            .and_modify(|(_, last, count)| {
                last.clone_from(number);
                *count += 1;
            })
            .or_insert_with(|| (number.clone(), number.clone(), 1));
    }
    let documents = chosen.into_iter().map(|index| {
        let leaf = &leaves[index as usize];
        let head = head(leaves, index);
        let parent = leaf.parent();
        Numbered {
            index,
            bates: numbers[&index].clone(),
            family: match families.get(&head) {
                Some((first, last, count)) if *count > 1 => (first.clone(), last.clone()),
                _ => Default::default(),
            },
            head,
            parent: parent.and_then(|parent| numbers.get(&parent).cloned()),
            absent_parent: parent
                .filter(|parent| !numbers.contains_key(parent))
                .and_then(|parent| Some((parent, verified.dispositions().get(parent)?))),
            leaf: hex::encode(leaf.hash()),
            proof: proofs.get(&index).cloned().unwrap_or_default(),
            withheld: withheld.get(&index).map(|entry| (*entry).clone()),
        }
    });
    Ok(documents.collect())
}
