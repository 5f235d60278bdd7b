//! Whether some bytes are text at all.

use super::charset;

/// How much of a file is looked at.
pub(crate) const HEAD: usize = 16 << 10;

/// Text in some charset: no zero bytes but those of UTF-16, and hardly any control characters.
pub(crate) fn is_textual(head: &[u8]) -> bool {
    if encoding_rs::Encoding::for_bom(head).is_some() || charset::utf16_without_mark(head).is_some()
    {
        return true;
    }
    let odd = head
        .iter()
        .filter(|byte| matches!(byte, 0..=6 | 14..=26 | 28..=31 | 127))
        .count();
    // Shifts of ISO-2022 are not control characters of anything else.
    if charset::is_switched(head) {
        return true;
    }
    !head.contains(&0) && odd * 100 <= head.len()
}
