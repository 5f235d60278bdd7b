//! The bundle around the proofs.

use super::error::{ProveError, at};
use crate::audit::history;
use crate::bundle::{Manifest, bag, layout};
use crate::commit::Vault;
use crate::commit::vault;
use crate::opening::opening_of;
use crate::private;
use crate::progress::{Progress, Unit};
use rayon::prelude::*;
use std::fs;
use std::path::Path;

/// Writes everything but the proofs, and seals the bag.
pub(super) fn assemble(
    vault: &Vault,
    manifest: &Manifest,
    dir: &Path,
    with_leaves: bool,
    progress: &dyn Progress,
) -> Result<(), ProveError> {
    if with_leaves {
        vault.copy_leaves(&dir.join(layout::LEAVES))?;
    } else {
        // Whoever verifies looks for them beside the commitment file.
        vault::publish_leaves(vault.case())?;
    }

    // Left over from a run that was killed while writing produced items, perhaps with another list.
    let produced_dir = dir.join(layout::PRODUCED);
    if produced_dir.exists() {
        at(&produced_dir, fs::remove_dir_all(&produced_dir))?;
    }
    bag::unseal(dir)?;
    let withheld = |index: &u32| {
        manifest
            .withheld
            .binary_search_by_key(index, |w| w.index)
            .is_ok()
    };
    let produced: Vec<u32> = manifest
        .matches
        .iter()
        .copied()
        .filter(|i| !withheld(i))
        .collect();
    progress.begin(
        "Writing produced items",
        Some(produced.len() as u64),
        Unit::Items,
    );
    produced.par_iter().try_for_each(|&index| {
        write_produced(vault, manifest, dir, index)?;
        progress.advance(1);
        Ok::<(), ProveError>(())
    })?;
    progress.end();
    let path = dir.join(layout::MANIFEST);
    at(&path, private::put(&path, &manifest.to_json()))?;
    let mut info = vec![
        ("External-Identifier", manifest.root.clone()),
        ("External-Description", manifest.description()),
    ];
    info.extend(history::of_case(vault.case(), &manifest.classifier)?);
    bag::seal(dir, &manifest.created[..10], &info)?;
    Ok(())
}

fn write_produced(
    vault: &Vault,
    manifest: &Manifest,
    dir: &Path,
    index: u32,
) -> Result<(), ProveError> {
    let item = vault.item(index)?;
    let folder = dir.join(layout::item_dir(index));
    at(&folder, private::create_dir_all(&folder))?;
    let put = |name: String, bytes: &[u8]| {
        let path = dir.join(name);
        at(&path, private::put(&path, bytes))
    };
    let text = vault.text_of(&item)?.unwrap_or_default();
    let opening = opening_of(vault, &item, manifest.form).expect("a matching item has the form");
    put(layout::native(index, item.meta()), &vault.native_of(&item)?)?;
    put(layout::text(index), text.as_bytes())?;
    put(layout::meta(index), &item.meta().to_canonical())?;
    if let Some(vector) = item.vector(manifest.form)
        && !manifest.form.is_text()
    {
        put(layout::vector(index), vector.bytes())?;
    }
    put(layout::opening(index), &opening.to_json())
}
