//! What of the vault opens an item: taken out for produced items, and for those that an audit opens.

use crate::bundle::opening::Opening;
use crate::commit::{Vault, VaultItem};
use crate::item::Form;

/// The opening of an item's leaf and of its vector of `form`; `None` if it has no such vector.
pub fn opening_of(vault: &Vault, item: &VaultItem, form: Form) -> Option<Opening> {
    Some(Opening {
        blinds: vault.blinds(item, form)?.to_scalars(),
        ..opening_of_leaf(vault, item)
    })
}

/// The opening of an item's leaf alone.
pub fn opening_of_leaf(vault: &Vault, item: &VaultItem) -> Opening {
    Opening {
        index: item.index(),
        disclosed: vault.disclosed(item),
        blinds: Vec::new(),
    }
}
