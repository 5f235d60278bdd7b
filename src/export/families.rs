//! Families that a production does not have whole.
//!
//! A proof is about one item, and so is a verdict: of a message and its attachments some may match and some
//! not. Only what matches leaves the vault, so a family can be produced in part. Parties usually agree on
//! whole families; this log says for each of them which members are there, which are not, and why, so that
//! the rest can be asked for by item.

use super::log::{Table, family_id};
use super::numbering::Numbered;
use crate::bundle::Disposition;
use crate::commit::PublicLeaf;
use crate::verify::VerifiedBundle;
use std::collections::BTreeMap;

/// The columns.
pub const COLUMNS: [&str; 6] = [
    "FamilyID",
    "Item",
    "Parent",
    "Bates",
    "Disposition",
    "Where",
];

/// The log.
#[derive(Clone, Debug)]
pub struct Families {
    /// One row for every member of every family that is produced in part.
    pub table: Table,
    /// How many families that are.
    pub incomplete: usize,
}

/// The families of a production that are not whole.
pub fn incomplete(verified: &VerifiedBundle, numbered: &[Numbered]) -> Families {
    let bates: BTreeMap<u32, &str> = numbered.iter().map(|n| (n.index, &*n.bates)).collect();
    let dispositions: Vec<Disposition> = verified.dispositions().iter().map(|(_, d)| d).collect();
    list(verified.leaves(), &dispositions, &bates)
}

fn list(
    leaves: &[PublicLeaf],
    dispositions: &[Disposition],
    bates: &BTreeMap<u32, &str>,
) -> Families {
    let parents: Vec<Option<u32>> = leaves.iter().map(PublicLeaf::parent).collect();
    let mut families: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut heads: Vec<u32> = Vec::with_capacity(leaves.len());
    for (index, parent) in (0..).zip(&parents) {
        // Parents come before their children.
        let head = parent.map_or(index, |parent| heads[parent as usize]);
        heads.push(head);
        families.entry(head).or_default().push(index);
    }
    let of = |index: u32| dispositions[index as usize];
    let produced = |index: &u32| of(*index) == Disposition::Produced;
    let mut table = Table::new(&COLUMNS);
    let mut incomplete = 0;
    for (head, members) in families {
        if !members.iter().any(produced) || members.iter().all(produced) {
            continue;
        }
        incomplete += 1;
        for index in members {
            let parent = parents[index as usize];
            let number = bates.get(&index).copied();
            let place = match (of(index), number) {
                (Disposition::Produced, _) => "produced under its own number".to_owned(),
                (Disposition::Withheld, Some(_)) => "placeholder; see the privilege log".to_owned(),
                (Disposition::Withheld, None) => "see the privilege log".to_owned(),
                _ => match holder(&parents, index, &produced).and_then(|i| bates.get(&i)) {
                    Some(holder) => format!("inside the file of {holder}, without its own number"),
                    None => "not in this production".to_owned(),
                },
            };
            table.rows.push(vec![
                family_id(head),
                index.to_string(),
                parent.map(|parent| parent.to_string()).unwrap_or_default(),
                number.unwrap_or_default().to_owned(),
                of(index).label().to_owned(),
                place,
            ]);
        }
    }
    Families { table, incomplete }
}

/// The nearest produced item that an item lies in.
fn holder(parents: &[Option<u32>], index: u32, produced: &impl Fn(&u32) -> bool) -> Option<u32> {
    let mut at = parents[index as usize];
    while let Some(parent) = at.filter(|parent| !produced(parent)) {
        at = parents[parent as usize];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_that_holds_an_item_is_the_nearest_produced_one_above() {
        // 0 message > 1 archive > 2, 3; 4 alone.
        let parents = [None, Some(0), Some(1), Some(1), None];
        let produced = |index: &u32| *index == 0 || *index == 3;
        assert_eq!(holder(&parents, 2, &produced), Some(0));
        assert_eq!(holder(&parents, 3, &produced), Some(0));
        assert_eq!(holder(&parents, 0, &produced), None);
        assert_eq!(holder(&parents, 4, &produced), None);
    }
}
