//! Which documents a production has, in which order, and under which numbers.
//!
//! Items are numbered at random, so documents come by control number, else by path, as people sort names: "2.eml"
//! before "10.eml". Families stay together, as far as it is known who belongs to whom, outermost first.

use super::bates::{Bates, BatesError};
use super::source::SourceError;
use crate::bundle::{Disposition, Withheld};
use crate::commit::kin::Kinship;
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
    /// The outermost item of the family, produced or not, as far as it is known.
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

/// Why documents are not numbered.
#[derive(Debug, thiserror::Error)]
pub enum NumberingError {
    /// The numbers.
    #[error(transparent)]
    Bates(#[from] BatesError),
    /// The documents.
    #[error(transparent)]
    Source(#[from] SourceError),
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

/// A piece of a name, so that numbers in it sort as numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// Digits without the zeros in front: their length decides first.
    Number(usize, String),
    /// Anything else.
    Text(String),
}

/// A name as people sort it.
pub fn natural(name: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits);
        let (piece, behind) = rest.split_at(end.unwrap_or(rest.len()));
        out.push(if digits {
            let number = piece.trim_start_matches('0');
            Piece::Number(number.len(), number.to_owned())
        } else {
            Piece::Text(piece.to_owned())
        });
        rest = behind;
    }
    out
}

/// The produced documents, and the withheld ones if they get placeholders, in the order of the production. What has
/// no name here, because it is withheld, comes last in its family, and last of all if that is not known.
pub fn in_order(
    verified: &VerifiedBundle,
    kinship: &Kinship,
    slips: bool,
) -> Result<Vec<u32>, SourceError> {
    let chosen: Vec<u32> = verified
        .dispositions()
        .iter()
        .filter(|(_, d)| *d == Disposition::Produced || (slips && *d == Disposition::Withheld))
        .map(|(index, _)| index)
        .collect();
    let mut names: BTreeMap<u32, Vec<Piece>> = BTreeMap::new();
    for &index in &chosen {
        if verified.dispositions().get(index) == Some(Disposition::Produced) {
            let (meta, _) = verified.bundle().meta(index)?;
            let control = meta.metadata.get("control_number");
            names.insert(index, natural(control.unwrap_or(&meta.path)));
        }
    }
    // A family stands where its outermost document would, else the first of those that have a name.
    let mut places: BTreeMap<u32, &Vec<Piece>> = BTreeMap::new();
    for (index, name) in &names {
        let head = kinship.head(*index);
        match (names.get(&head), places.get(&head)) {
            (Some(own), _) => drop(places.insert(head, own)),
            (None, Some(other)) if *other <= name => {}
            (None, _) => drop(places.insert(head, name)),
        }
    }
    let mut chosen = chosen;
    chosen.sort_by_cached_key(|index| {
        let head = kinship.head(*index);
        let place = places.get(&head).copied();
        let depth = usize::from(*index != head);
        let name = names.get(index);
        (
            place.is_none(),
            place,
            head,
            depth,
            name.is_none(),
            name,
            *index,
        )
    });
    Ok(chosen)
}

/// Numbers the produced documents, and the withheld ones if they get placeholders.
pub fn number(
    verified: &VerifiedBundle,
    kinship: &Kinship,
    bates: &Bates,
    slips: bool,
) -> Result<Vec<Numbered>, NumberingError> {
    let leaves = verified.leaves();
    let proofs = proofs(verified);
    let withheld: BTreeMap<u32, &Withheld> = verified
        .bundle()
        .manifest()
        .withheld
        .iter()
        .map(|entry| (entry.index, entry))
        .collect();
    let chosen = in_order(verified, kinship, slips)?;
    bates.check(chosen.len())?;
    let numbers: BTreeMap<u32, String> = chosen
        .iter()
        .enumerate()
        .map(|(n, index)| (*index, bates.number(n)))
        .collect();
    let mut families: BTreeMap<u32, (String, String, u32)> = BTreeMap::new();
    for index in &chosen {
        let number = &numbers[index];
        families
            .entry(kinship.head(*index))
            .and_modify(|(_, last, count)| {
                last.clone_from(number);
                *count += 1;
            })
            .or_insert_with(|| (number.clone(), number.clone(), 1));
    }
    let documents = chosen.into_iter().map(|index| {
        let leaf = &leaves[index as usize];
        let head = kinship.head(index);
        let parent = kinship.parent(index);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_as_people_sort_them() {
        let mut names = ["10.eml", "2.eml", "a/1", "a/1!/x", "a/02", "a", "002.eml"];
        names.sort_by_cached_key(|name| natural(name));
        assert_eq!(
            names,
            ["2.eml", "002.eml", "10.eml", "a", "a/1", "a/1!/x", "a/02"]
        );
    }
}
