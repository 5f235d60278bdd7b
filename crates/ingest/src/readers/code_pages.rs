//! Charsets by the numbers that Windows gives them.

use encoding_rs::{Encoding, WINDOWS_1252};

/// The charset of a code page; Windows 1252 for one that nobody knows.
pub(super) fn code_page(number: i64) -> &'static Encoding {
    known(number).unwrap_or(WINDOWS_1252)
}

/// The charset of a code page.
pub(super) fn known(number: i64) -> Option<&'static Encoding> {
    let label = match number {
        65001 | 1208 => "utf-8".to_owned(),
        1200 => "utf-16le".to_owned(),
        1201 => "utf-16be".to_owned(),
        932 | 10001 => "shift_jis".to_owned(),
        936 | 10008 | 20936 => "gbk".to_owned(),
        949 | 1361 | 10003 => "euc-kr".to_owned(),
        950 | 10002 => "big5".to_owned(),
        54936 => "gb18030".to_owned(),
        20866 => "koi8-r".to_owned(),
        21866 => "koi8-u".to_owned(),
        866 => "ibm866".to_owned(),
        874 => "windows-874".to_owned(),
        10000 => "macintosh".to_owned(),
        10007 => "x-mac-cyrillic".to_owned(),
        50220..=50222 => "iso-2022-jp".to_owned(),
        51932 | 20932 => "euc-jp".to_owned(),
        51949 => "euc-kr".to_owned(),
        51936 => "gbk".to_owned(),
        20127 => "windows-1252".to_owned(),
        28591..=28606 => format!("iso-8859-{}", number - 28590),
        38598 => "iso-8859-8-i".to_owned(),
        1250..=1258 => format!("windows-{number}"),
        _ => return None,
    };
    Encoding::for_label(label.as_bytes())
}

/// The charset of a font, by the number that fonts have for it.
pub(super) fn font_charset(number: i64) -> Option<&'static Encoding> {
    known(match number {
        0 => 1252,
        77 => 10000,
        128 => 932,
        129 | 130 => 949,
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
        _ => return None,
    })
}
