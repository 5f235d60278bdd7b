//! Where the text of a Word document lies: in pieces, listed by a table.

use super::super::compound::{u16_at, u32_at};

/// A stretch of text: number of characters, where it lies, whether it has a byte a character.
pub(super) struct Piece {
    pub count: usize,
    pub at: usize,
    pub narrow: bool,
}

/// The pieces that a table lists.
pub(super) fn pieces(table: &[u8]) -> Option<Vec<Piece>> {
    let mut at = 0;
    while table.get(at) == Some(&1) {
        at += 3 + usize::from(u16_at(table, at + 1)?);
    }
    if table.get(at) != Some(&2) {
        return None;
    }
    let length = u32_at(table, at + 1)? as usize;
    let list = table.get(at + 5..)?;
    let count = list.len().min(length).checked_sub(4)? / 12;
    let mut pieces = Vec::with_capacity(count);
    for i in 0..count {
        let (from, to) = (u32_at(list, 4 * i)?, u32_at(list, 4 * i + 4)?);
        let place = u32_at(list, 4 * (count + 1) + 8 * i + 2)?;
        let narrow = place & 0x4000_0000 != 0;
        let at = (place & 0x3FFF_FFFF) as usize;
        pieces.push(Piece {
            count: to.saturating_sub(from) as usize,
            at: if narrow { at / 2 } else { at },
            narrow,
        });
    }
    Some(pieces)
}
