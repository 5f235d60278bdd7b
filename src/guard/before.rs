//! What was withheld from the commitments that a supplement follows: it does not leave by the supplement either.
//!
//! Two vaults have no item in common, so this compares what says by itself that two documents are one: the bytes, and
//! the hash of a message. A near copy of what another case withheld is not looked for.

use super::error::GuardError;
use super::finding::{Finding, Ground, Level};
use crate::commit::vault::VaultItem;
use crate::commit::{Vault, VaultError};
use crate::requests;
use std::collections::BTreeMap;
use std::path::Path;

/// Facts that say what a document is, whatever case it lies in.
const IDENTITY: [&str; 2] = ["sha256", "edrm_mih"];

/// What was withheld before: by a fact that says what it is, the case and the item.
#[derive(Debug, Default)]
pub(super) struct Before {
    known: BTreeMap<(&'static str, String), (String, u32)>,
}

impl Before {
    /// Of every case that this one supplements, the next one before it first.
    pub fn of(vault: &Vault) -> Result<Self, GuardError> {
        let mut before = Before::default();
        let number = |vault: &Vault| vault.commitment().supplements().map_or(0, |s| s.number);
        let (mut next, mut last) = (vault.supplements().map(Path::to_owned), number(vault));
        while let Some(path) = next {
            let earlier = Vault::open(&path).map_err(|source| GuardError::Before {
                path: path.clone(),
                source,
            })?;
            for answer in requests::answers(earlier.case(), earlier.commitment().root_hex())? {
                for index in answer.withheld.iter().filter(|item| *item < earlier.len()) {
                    before.learn(&path, &earlier.item(index)?);
                }
            }
            // Numbers go down by one, so this ends.
            next = earlier.supplements().map(Path::to_owned);
            if number(&earlier) >= last {
                break;
            }
            last = number(&earlier);
        }
        Ok(before)
    }

    fn learn(&mut self, case: &Path, item: &VaultItem) {
        for (key, value) in identity(item) {
            let place = || (case.display().to_string(), item.index());
            self.known.entry((key, value)).or_insert_with(place);
        }
    }

    /// Whether there is anything to compare with.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether this item, which leaves by itself or inside of `holder`, was withheld before.
    pub fn look(
        &self,
        vault: &Vault,
        index: u32,
        holder: u32,
    ) -> Result<Option<Finding>, VaultError> {
        let item = vault.item(index)?;
        let found = identity(&item).find_map(|key| self.known.get(&key));
        let Some((case, withheld)) = found else {
            return Ok(None);
        };
        let path = vault.item(holder)?.path().to_owned();
        Ok(Some(Finding {
            withheld: holder,
            withheld_path: path.clone(),
            part: None,
            outgoing: holder,
            outgoing_path: path,
            inside: (index != holder).then(|| item.path().to_owned()),
            level: Level::Near,
            grounds: vec![Ground::WithheldBefore {
                case: case.clone(),
                item: *withheld,
            }],
        }))
    }
}

fn identity(item: &VaultItem) -> impl Iterator<Item = (&'static str, String)> + '_ {
    let known = &item.meta().metadata;
    IDENTITY
        .into_iter()
        .filter_map(|key| Some((key, known.get(key)?.clone())))
}
