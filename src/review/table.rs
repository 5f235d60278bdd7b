//! Decisions as a list with the columns `item,reason,description`, as `--withhold` takes it.

use super::Review;
use crate::clean;
use crate::commit::{Vault, VaultError};
use std::collections::BTreeMap;

/// The list as CSV. An item is named by its path where that means this item and nothing else, and survives a
/// spreadsheet; otherwise by its index.
pub fn to_csv(review: &Review, vault: &Vault) -> Result<Vec<u8>, VaultError> {
    let names = names(review, vault)?;
    let mut rows = vec![["item".to_owned(), "reason".into(), "description".into()]];
    for item in review.withheld() {
        rows.push([
            names.get(&item.index).cloned().unwrap_or_default(),
            item.reason.code().to_owned(),
            clean::cell(&item.description),
        ]);
    }
    let mut out = csv::Writer::from_writer(Vec::new());
    let written: Result<(), csv::Error> = rows.iter().try_for_each(|row| out.write_record(row));
    // Nothing that writes to memory fails.
    Ok(written
        .ok()
        .and_then(|()| out.into_inner().ok())
        .unwrap_or_default())
}

fn names(review: &Review, vault: &Vault) -> Result<BTreeMap<u32, String>, VaultError> {
    let mut paths: BTreeMap<String, u32> = BTreeMap::new();
    let mut wanted = BTreeMap::new();
    for item in vault.items() {
        let item = item?;
        let path = &item.meta().path;
        *paths.entry(path.clone()).or_default() += 1;
        if review.decisions().contains_key(&item.index()) {
            wanted.insert(item.index(), path.clone());
        }
    }
    let plain = |path: &str| clean::cell(path) == path && path.trim() == path;
    for (index, path) in &mut wanted {
        if paths.get(&**path) != Some(&1) || !plain(path) {
            *path = index.to_string();
        }
    }
    Ok(wanted)
}
