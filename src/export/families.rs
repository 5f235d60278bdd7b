//! Families that a production does not have whole.
//!
//! A proof is about one item, and so is a verdict: of a message and its attachments some may match and some
//! not. Only what matches leaves the vault, so a family can be produced in part. Parties usually agree on
//! whole families; this log says for each of them which members are there, which are not, and why, so that
//! the rest can be asked for by item.
//!
//! Who belongs to whom is committed under each leaf and not public. A produced document says what it lies in and
//! what lies in it, so most members are known; of one that was produced without its message, the others are not.
//! Where the parties agreed on families, the responder opens what every member lies in and what lies in it, and nothing
//! else of it: `family-openings.jsonl`, a line an item, which `verify-bundle --families` checks against the leaves.

use super::log::{Table, family_id};
use super::numbering::Numbered;
use crate::bundle::Disposition;
use crate::commit::families::{self, FamiliesError};
use crate::commit::kin::Kinship;
use crate::commit::opening::{ItemOpening, OpeningTreeError};
use crate::commit::{Vault, VaultError, VaultItem};
use crate::verify::VerifiedBundle;
use std::collections::{BTreeMap, BTreeSet};

/// The file with the opened families.
pub const OPENINGS: &str = families::NAME;

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
    /// One row for every known member of every family that is produced in part.
    pub table: Table,
    /// How many families that are.
    pub incomplete: usize,
}

/// Why families are not opened, or an opening of them is refused.
#[derive(Debug, thiserror::Error)]
pub enum FamilyError {
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// An opening that cannot be made.
    #[error("item {item}: {source}")]
    Opening {
        /// The item.
        item: u32,
        /// Why.
        source: OpeningTreeError,
    },
    /// What was opened does not hold.
    #[error(transparent)]
    Refused(#[from] FamiliesError),
}

/// Opens every member of every family of which something is produced: what it lies in, and what lies in it. Returns
/// what is known then, and the file.
pub fn open(vault: &Vault, verified: &VerifiedBundle) -> Result<(Kinship, String), FamilyError> {
    let all = vault.kinship()?;
    let produced = || verified.dispositions().with(Disposition::Produced);
    let heads: BTreeSet<u32> = produced().map(|index| all.head(index)).collect();
    let mut file = String::new();
    for (index, _) in all.items() {
        if heads.contains(&all.head(index)) {
            file += &open_facts(vault, &vault.item(index)?, &families::FACTS)?;
        }
    }
    let opened = families::check(&file, verified.leaves(), verified.kinship())?;
    opened.whole(produced())?;
    Ok((opened.kinship, file))
}

/// The line that opens an item's parent, and nothing else of it.
pub fn open_parent(vault: &Vault, item: &VaultItem) -> Result<String, FamilyError> {
    open_facts(vault, item, &["parent"])
}

fn open_facts(
    vault: &Vault,
    item: &VaultItem,
    facts: &[&'static str],
) -> Result<String, FamilyError> {
    let opening = ItemOpening::of_facts(&vault.seed(item), item.meta(), item.sections(), facts);
    let line = opening.and_then(|opening| families::line(item.index(), &opening));
    line.map_err(|source| FamilyError::Opening {
        item: item.index(),
        source,
    })
}

/// The families of a production that are not whole, as far as members are known.
pub fn incomplete(verified: &VerifiedBundle, kinship: &Kinship, numbered: &[Numbered]) -> Families {
    let bates: BTreeMap<u32, &str> = numbered.iter().map(|n| (n.index, &*n.bates)).collect();
    let of = |index: u32| verified.dispositions().get(index);
    let mut families: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (index, _) in kinship.items() {
        let head = kinship.head(index);
        families.entry(head).or_default().extend([head, index]);
    }
    let produced = |index: &u32| of(*index) == Some(Disposition::Produced);
    let mut table = Table::new(&COLUMNS);
    let mut incomplete = 0;
    for (head, members) in families {
        if !members.iter().any(produced) || members.iter().all(produced) {
            continue;
        }
        incomplete += 1;
        for index in members {
            let Some(disposition) = of(index) else {
                continue;
            };
            let parent = kinship.parent(index);
            let number = bates.get(&index).copied();
            let holder = kinship.around(index).into_iter().find(produced);
            let place = match (disposition, number) {
                (Disposition::Produced, _) => "produced under its own number".to_owned(),
                (Disposition::Withheld, Some(_)) => "placeholder; see the privilege log".to_owned(),
                (Disposition::Withheld, None) => "see the privilege log".to_owned(),
                _ => match holder.and_then(|index| bates.get(&index)) {
                    Some(holder) => format!("inside the file of {holder}, without its own number"),
                    None => "not in this production".to_owned(),
                },
            };
            let parent = match parent {
                Some(parent) => parent.to_string(),
                None if kinship.knows(index) => String::new(),
                None => "not opened".to_owned(),
            };
            table.rows.push(vec![
                family_id(head),
                index.to_string(),
                parent,
                number.unwrap_or_default().to_owned(),
                disposition.label().to_owned(),
                place,
            ]);
        }
    }
    Families { table, incomplete }
}
