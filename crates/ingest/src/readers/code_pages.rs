//! Charsets by the numbers that Windows gives them, where documents do.

use encoding_rs::WINDOWS_1252;

use crate::charset::Charset;
use crate::ledger::{Ledger, Unread};

/// What a text with a byte a character is in where nothing else is said.
pub(super) const WESTERN: Charset = Charset::Known(WINDOWS_1252);

/// The charset of a code page. That of one which nobody knows is guessed, and that is written down.
pub(super) fn code_page(number: i64, ledger: &mut Ledger) -> Charset {
    match Charset::for_code_page(number) {
        // Documents are not mail: what they have beyond ASCII is western.
        Some(Charset::Ascii) => WESTERN,
        Some(charset) => charset,
        None => {
            // Zero: that of the machine.
            if number > 0 {
                let detail = format!(
                    "its code page {number} is not known here; its text was taken for Windows 1252"
                );
                ledger.add(Unread::Guessed, detail);
            }
            WESTERN
        }
    }
}

/// The charset of a font, by the number that fonts have for it. `None`: that of the document, or no text (symbols).
pub(super) fn font_charset(number: i64) -> Option<Charset> {
    Charset::for_code_page(match number {
        0 => 1252,
        77 => 10000,
        78 => 10001,
        79 => 10003,
        80 => 10008,
        81 => 10002,
        83 => 10005,
        84 => 10004,
        85 => 10006,
        86 => 10081,
        87 => 10021,
        88 => 10029,
        89 => 10007,
        128 => 932,
        129 => 949,
        130 => 1361,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        254 => 437,
        255 => 850,
        _ => return None,
    })
}

/// Whether a font has no charset of its own: the default, and symbols.
pub(super) fn is_default(number: i64) -> bool {
    matches!(number, 1 | 2)
}
