//! What of the vault opens an item: taken out for produced items, and for those that an audit opens.

use crate::bundle::opening::Opening;
use crate::commit::VaultItem;
use crate::item::Form;

/// The opening of an item's leaf and of its vector of `form`; `None` if it has no such vector.
pub fn opening_of(item: &VaultItem, form: Form) -> Option<Opening> {
    Some(Opening {
        blinds: item.blinds(form)?.to_scalars(),
        ..opening_of_leaf(item)
    })
}

/// The opening of an item's leaf alone.
pub fn opening_of_leaf(item: &VaultItem) -> Opening {
    Opening {
        index: item.index(),
        disclosed: item.disclosed(),
        blinds: Vec::new(),
    }
}
