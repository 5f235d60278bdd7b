//! Labels of charsets, and what decodes them: the one place where a label, or the number of a code page, becomes a decoder.

use std::borrow::Cow;

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GBK, ISO_8859_8, ISO_8859_8_I, KOI8_R, KOI8_U, MACINTOSH,
    REPLACEMENT, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_874, WINDOWS_1252, X_MAC_CYRILLIC,
    X_USER_DEFINED,
};

use super::iso2022::{self, Family};
use super::tables::{TABLES, Table};
use super::{hz, utf7, utf32};

/// Longest label that is looked at.
const MAX_LABEL: usize = 64;

/// A charset that is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    /// One of those of the web.
    Known(&'static Encoding),
    Table(&'static Table),
    Utf7,
    /// Which byte comes first is told by the bytes.
    Utf32,
    /// Several sets, between which escape sequences switch.
    Iso2022(Family),
    Hz,
    /// Only believed as far as the bytes are ASCII.
    Ascii,
}

/// Small letters and digits of a label: what is between them, nobody writes twice in the same way.
fn key(label: &str) -> String {
    label
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(MAX_LABEL)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

impl Charset {
    /// What a label stands for. `None`: nobody here knows it, or it says nothing.
    pub fn for_label(label: &str) -> Option<Self> {
        // What programs write around it.
        let label = label.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let label = label.strip_prefix("charset=").unwrap_or(label);
        let key = key(label);
        if matches!(
            key.as_str(),
            "ascii"
                | "usascii"
                | "us"
                | "646"
                | "iso646us"
                | "iso646irv1991"
                | "ansix341968"
                | "ansix341986"
                | "cp367"
                | "ibm367"
                | "csascii"
                | "isoir6"
        ) {
            return Some(Self::Ascii);
        }
        let rest = key.strip_prefix('x').unwrap_or(&key);
        if key.ends_with("utf7") || key.ends_with("utf7imap") {
            return Some(Self::Utf7);
        }
        if key.contains("utf32") || key.contains("ucs4") {
            return Some(Self::Utf32);
        }
        if matches!(
            rest,
            "hz" | "hzgb2312" | "hzgb" | "cshzgb2312" | "hzgb231280"
        ) {
            return Some(Self::Hz);
        }
        if let Some(at) = key.find("iso2022") {
            return Some(Self::Iso2022(match &key[at + 7..] {
                rest if rest.starts_with("kr") => Family::Korean,
                rest if rest.starts_with("cn") => Family::Chinese,
                _ => Family::Japanese,
            }));
        }
        if matches!(key.as_str(), "jis" | "jisencoding" | "csjisencoding") {
            return Some(Self::Iso2022(Family::Japanese));
        }
        // Sets with characters that the decoder of the web has at the same place as others.
        if key.contains("0213") || key.contains("2004") {
            return None;
        }
        if let Some(encoding) = Encoding::for_label(label.trim().as_bytes()) {
            // The one makes every text one character, the other characters of private use.
            let says = encoding != REPLACEMENT && encoding != X_USER_DEFINED;
            return says.then_some(Self::Known(encoding));
        }
        let table = TABLES.iter().find(|table| {
            table.labels.contains(&rest)
                || table.labels.contains(&&*key)
                || self::key(table.name) == key
        });
        if let Some(table) = table {
            return Some(Self::Table(table));
        }
        alias(rest).or_else(|| numbered(rest))
    }

    /// The charset of a code page.
    pub fn for_code_page(number: i64) -> Option<Self> {
        let known = |label: &str| Encoding::for_label(label.as_bytes()).map(Self::Known);
        match number {
            65001 | 1208 => known("utf-8"),
            1200 | 1202 | 17584 => known("utf-16le"),
            1201 | 1203 => known("utf-16be"),
            12000 | 12001 => Some(Self::Utf32),
            65000 => Some(Self::Utf7),
            932 | 943 | 10001 => known("shift_jis"),
            936 | 1386 | 10008 | 20936 | 51936 => known("gbk"),
            949 | 1363 | 10003 | 51949 => known("euc-kr"),
            950 | 951 | 1370 | 10002 => known("big5"),
            54936 => known("gb18030"),
            878 | 20866 => known("koi8-r"),
            1168 | 21866 => known("koi8-u"),
            866 => known("ibm866"),
            874 => known("windows-874"),
            10000 => known("macintosh"),
            10007 | 10017 => known("x-mac-cyrillic"),
            50220..=50222 => Some(Self::Iso2022(Family::Japanese)),
            50225 => Some(Self::Iso2022(Family::Korean)),
            50227 | 50229 => Some(Self::Iso2022(Family::Chinese)),
            52936 => Some(Self::Hz),
            20932 | 51932 => known("euc-jp"),
            367 | 20127 => Some(Self::Ascii),
            28591..=28606 => known(&format!("iso-8859-{}", number - 28590)),
            38598 => known("iso-8859-8-i"),
            1250..=1258 => known(&format!("windows-{number}")),
            // As IBM counts those of ISO.
            819 => known("iso-8859-1"),
            912 => known("iso-8859-2"),
            913 => known("iso-8859-3"),
            914 => known("iso-8859-4"),
            915 => known("iso-8859-5"),
            1089 => known("iso-8859-6"),
            813 => known("iso-8859-7"),
            916 => known("iso-8859-8"),
            920 => known("iso-8859-9"),
            919 => known("iso-8859-10"),
            923 => known("iso-8859-15"),
            _ => {
                let number = u32::try_from(number).ok().filter(|number| *number > 0)?;
                let by = |wanted| TABLES.iter().find(|table| table.number == wanted);
                // Windows counts those of mainframes from 20,000 on.
                let ebcdic = |table: &&Table| table.is_ebcdic();
                by(number)
                    .or_else(|| by(number.checked_sub(20_000)?).filter(ebcdic))
                    .map(Self::Table)
            }
        }
    }

    /// Its name, which is a label of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Known(encoding) => encoding.name(),
            Self::Table(table) => table.name,
            Self::Utf7 => "UTF-7",
            Self::Utf32 => "UTF-32",
            Self::Iso2022(Family::Japanese) => "ISO-2022-JP",
            Self::Iso2022(Family::Korean) => "ISO-2022-KR",
            Self::Iso2022(Family::Chinese) => "ISO-2022-CN",
            Self::Hz => "HZ-GB-2312",
            Self::Ascii => "US-ASCII",
        }
    }

    /// The text, and whether some bytes are nothing in this charset: U+FFFD stands for them.
    pub fn decode(self, bytes: &[u8]) -> (Cow<'_, str>, bool) {
        match self {
            Self::Known(encoding) => {
                let (text, lossy) = encoding.decode_without_bom_handling(bytes);
                // Bytes that have no meaning become control characters by the standard.
                let nothing = |c: char| matches!(c, '\u{80}'..='\u{9f}');
                if self.is_single() && text.contains(nothing) {
                    return (text.replace(nothing, "\u{fffd}").into(), true);
                }
                (text, lossy)
            }
            Self::Table(table) => owned(table.decode(bytes)),
            Self::Utf7 => owned(utf7::decode(bytes)),
            Self::Utf32 => owned(utf32::decode(bytes)),
            Self::Iso2022(family) => owned(iso2022::decode(bytes, Some(family))),
            Self::Hz => owned(hz::decode(bytes)),
            Self::Ascii => {
                let (text, lossy) = Self::Known(WINDOWS_1252).decode(bytes);
                (text, lossy || !bytes.is_ascii())
            }
        }
    }

    /// Whether it has a byte for each character, of which the first half is ASCII.
    pub fn is_single(self) -> bool {
        match self {
            Self::Known(encoding) => encoding.is_single_byte(),
            Self::Table(table) => !table.is_ebcdic(),
            _ => false,
        }
    }

    /// Whether it is UTF-16.
    pub fn is_utf16(self) -> bool {
        matches!(self, Self::Known(encoding) if encoding == UTF_16LE || encoding == UTF_16BE)
    }

    /// Whether both give the same text, but for signs.
    pub fn resembles(self, other: &'static Encoding) -> bool {
        let Self::Known(own) = self else { return false };
        let family = |encoding: &'static Encoding| match encoding.name() {
            "GBK" | "gb18030" => "GBK",
            name if encoding == KOI8_R || encoding == KOI8_U => {
                debug_assert!(name.starts_with("KOI8"));
                "KOI8"
            }
            "ISO-8859-7" | "windows-1253" => "Greek",
            "windows-1255" => "Hebrew",
            _ if encoding == ISO_8859_8 || encoding == ISO_8859_8_I => "Hebrew",
            "windows-1252" | "ISO-8859-15" => "Western",
            "windows-1254" => "Western",
            name => name,
        };
        family(own) == family(other)
    }
}

fn owned((text, lossy): (String, bool)) -> (Cow<'static, str>, bool) {
    (text.into(), lossy)
}

/// Names that programs have for charsets of the web beside those that the web knows.
fn alias(key: &str) -> Option<Charset> {
    let starts = |names: &[&str]| names.iter().any(|name| key.starts_with(name));
    let encoding = if starts(&["utf8", "unicode11utf8", "unicode20utf8", "csutf8"]) {
        UTF_8
    } else if key.contains("utf16") || starts(&["ucs2", "iso10646", "unicode"]) {
        let big = key.ends_with("be") || key.contains("big") || key.contains("fffe");
        if big { UTF_16BE } else { UTF_16LE }
    } else if starts(&["euccn", "eucgb", "cngb", "gb2312", "gb23", "gbk", "gb18030"]) {
        GBK
    } else if starts(&["eucjp", "ujis", "cseucpkdfmtjapanese"]) {
        EUC_JP
    } else if starts(&["sjis", "shiftjis", "mskanji", "windows31j", "cswindows31j"]) {
        SHIFT_JIS
    } else if starts(&["big5", "cnbig5", "bigfive", "etenbig5"]) {
        BIG5
    } else if starts(&["uhc", "ksc5601", "ksx1001", "euckr", "korean", "mscp949"]) {
        EUC_KR
    } else if key == "koi8r" {
        KOI8_R
    } else if key == "koi8u" {
        KOI8_U
    } else if starts(&["macroman"]) && !key.contains("ia")
        || key == "mac"
        || key == "applemacintosh"
    {
        MACINTOSH
    } else if starts(&["maccyrillic", "macukrain", "macuk"]) {
        X_MAC_CYRILLIC
    } else if starts(&["tis620", "iso885911", "thai"]) {
        WINDOWS_874
    } else if let Some(number) = key.strip_prefix("latin") {
        let part = match number {
            "1" => "1",
            "2" => "2",
            "3" => "3",
            "4" => "4",
            "5" => "9",
            "6" => "10",
            "7" => "13",
            "8" => "14",
            "9" | "0" => "15",
            "10" => "16",
            _ => return None,
        };
        Encoding::for_label(format!("iso-8859-{part}").as_bytes())?
    } else if let Some(part) = ["iso8859", "8859", "isoiec8859"]
        .iter()
        .find_map(|start| key.strip_prefix(start))
        .filter(|part| part.len() <= 2)
    {
        Encoding::for_label(format!("iso-8859-{part}").as_bytes())?
    } else {
        return None;
    };
    Some(Charset::Known(encoding))
}

/// A label with the number of a code page.
fn numbered(key: &str) -> Option<Charset> {
    if let Some(place) = key.strip_prefix("ebcdic") {
        let number = match place.trim_start_matches("cp") {
            "" | "us" | "ca" | "wt" | "nl" => 37,
            "dk" | "no" => 277,
            "fi" | "se" => 278,
            "it" => 280,
            "es" => 284,
            "gb" | "uk" => 285,
            "fr" => 297,
            "he" => 424,
            "is" => 871,
            "be" | "ch" | "international" | "int" => 500,
            _ => return None,
        };
        return Charset::for_code_page(number);
    }
    let digits = key.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let prefix = &key[..key.len() - digits.len()];
    let known = [
        "",
        "cp",
        "ibm",
        "ccsid",
        "windows",
        "win",
        "mswin",
        "ms",
        "mscp",
        "dos",
        "oem",
        "codepage",
        "csibm",
        "cspc",
        "cswindows",
        "ansi",
        "ansicp",
        "ibmcp",
        "msdos",
        "pc",
        "pccp",
        "wincp",
    ];
    let number = digits.parse().ok().filter(|_| known.contains(&prefix))?;
    Charset::for_code_page(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each group of labels stands for one charset.
    #[test]
    fn labels_of_one_charset() {
        for (name, labels) in [
            (
                "UTF-7",
                "utf-7 utf7 UTF_7 unicode-1-1-utf-7 unicode-2-0-utf-7 csUTF7 csUnicode11UTF7 x-unicode-2-0-utf-7 cp65000 windows-65000 65000",
            ),
            ("UTF-32", "utf-32 utf-32le UTF32BE ucs-4 ISO-10646-UCS-4"),
            (
                "UTF-8",
                "utf-8 UTF8 utf8mb4 utf-8-sig x-utf-8 cp65001 unicode-1-1-utf-8",
            ),
            (
                "UTF-16LE",
                "utf-16 utf-16le ucs-2 unicode csunicode x-utf-16le",
            ),
            ("UTF-16BE", "utf-16be unicodefffe x-utf-16be"),
            ("HZ-GB-2312", "hz-gb-2312 HZ x-hz-gb-2312 cp52936"),
            (
                "ISO-2022-JP",
                "iso-2022-jp csISO2022JP ISO-2022-JP-1 iso-2022-jp-2 ISO-2022-JP-3 iso-2022-jp-ext iso-2022-jp-2004 jis cp50220 50221 _iso-2022-jp$esc",
            ),
            ("ISO-2022-KR", "iso-2022-kr csiso2022kr cp50225"),
            ("ISO-2022-CN", "iso-2022-cn ISO-2022-CN-EXT cp50227"),
            (
                "IBM037",
                "ibm037 cp037 IBM-037 ebcdic-cp-us 037 cp37 ebcdic",
            ),
            ("IBM500", "cp500 ibm500 ebcdic-international ebcdic-cp-be"),
            ("IBM273", "ibm273 cp20273"),
            ("IBM01140", "ibm01140 cp1140 ibm1140"),
            ("IBM437", "cp437 ibm437 437 dos-437 cspc8codepage437"),
            (
                "IBM850",
                "cp850 ibm850 850 cp-850 dos850 cspc850multilingual",
            ),
            ("IBM00858", "cp858 ibm00858 cp00858"),
            ("IBM866", "cp866 ibm866 dos-866"),
            (
                "windows-1251",
                "windows-1251 cp1251 cp-1251 win-1251 win1251 ansi-1251 1251 windows1251",
            ),
            (
                "windows-1252",
                "iso-8859-1 iso8859-1 latin1 latin-1 iso_8859-1:1987 8859-1 iso8859_1 cp819 cp28591",
            ),
            ("ISO-8859-15", "iso-8859-15 iso8859-15 latin9 latin-9 cp923"),
            (
                "windows-874",
                "tis-620 tis620 iso-8859-11 cp874 tis620.2533-1",
            ),
            (
                "GBK",
                "gb2312 gbk chinese euc-cn cn-gb gb2312-80 cp936 x-gbk gb_2312-80",
            ),
            (
                "Big5",
                "big5 big5-hkscs big5-hkscs:2008 cn-big5 cp950 x-x-big5",
            ),
            ("EUC-KR", "euc-kr ks_c_5601-1987 cp949 uhc ksx1001 korean"),
            (
                "Shift_JIS",
                "shift_jis sjis cp932 windows-31j ms_kanji x-sjis",
            ),
            ("macintosh", "macintosh x-mac-roman macroman mac cp10000"),
            ("x-mac-cyrillic", "x-mac-cyrillic x-mac-ukrainian cp10007"),
            (
                "x-mac-ce",
                "x-mac-ce x-mac-centraleurope mac-centraleurope cp10029",
            ),
            ("VISCII", "viscii csviscii VISCII"),
            ("TCVN", "tcvn tcvn5712-1 tcvn5712-1:1993"),
            ("KOI8-T", "koi8-t"),
            (
                "KOI8-R",
                "koi8-r 'koi8-r' \"KOI8_R\" koi8r charset=koi8-r koi8-r;",
            ),
            (
                "US-ASCII",
                "us-ascii ascii ansi_x3.4-1968 iso646-us cp20127",
            ),
        ] {
            for label in labels.split(' ') {
                let found = Charset::for_label(label).map(Charset::name);
                assert_eq!(found, Some(name), "{label}");
            }
            assert_eq!(Charset::for_label(name).map(Charset::name), Some(name));
        }
        for label in [
            "",
            "x-nobody-knows",
            "x-user-defined",
            "replacement",
            "johab",
            "cp1361",
            "shift_jis-2004",
            "euc-jisx0213",
            "8bit",
            "unknown-8bit",
            "0",
        ] {
            assert_eq!(Charset::for_label(label), None, "{label}");
        }
    }

    /// Against the tables of other programs.
    #[test]
    fn single_bytes() {
        for (label, bytes, text) in [
            ("cp437", &b"M\x81ller \x9b5"[..], "Müller ¢5"),
            ("cp850", b"M\x81ller \xbd5", "Müller ¢5"),
            ("cp852", b"P\xfd\xa1li\xe7 \xa7lut", "Příliš žlut"),
            ("cp855", b"\xe1\xb7\xeb\xa8\xe5", "ривет"),
            ("cp864", b"\xe1", "\u{fed3}"),
            ("x-mac-ce", b"P\xdaet \x87 \x8e", "Pŕet á é"),
            (
                "ibm037",
                b"\xa5\x85\x93\xa5\x85\xa3\x40\x96\xa3\xa3\x85\x99\x15\xc1\xf1",
                "velvet otter\nA1",
            ),
            ("ibm273", b"\xd4\xd0\x93\x93\x85\x99", "Müller"),
            ("viscii", b"Vi\xaet Nam", "Việt Nam"),
            ("tcvn", b"Vi\xd6t Nam", "Việt Nam"),
            ("koi8-t", b"\xd4\xcf\xde\xc9\xcb", "точик"),
            ("tis-620", b"\xa1\xd2\xc3", "การ"),
            ("armscii-8", b"\xb2\xb3", "Աա"),
        ] {
            let (decoded, lossy) = Charset::for_label(label).unwrap().decode(bytes);
            assert_eq!((&*decoded, lossy), (text, false), "{label}");
        }
        for (label, bytes) in [
            ("iso-8859-1", &b"M\x81ller"[..]),
            ("iso-8859-2", b"\x8aest"),
            ("ascii", b"caf\xe9"),
            ("cp857", b"\xd5\xe7"),
        ] {
            assert!(
                Charset::for_label(label).unwrap().decode(bytes).1,
                "{label}"
            );
        }
    }
}
