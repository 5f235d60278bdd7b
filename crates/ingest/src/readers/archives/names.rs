//! Names whose charset nobody states.
//!
//! Zip files made before 2007, and many since, hold names in the code page of the machine they were made on.
//! UTF-8 betrays itself; among the others the likeliest one is chosen, name by name, by what letters and words
//! look like: letters beside letters of their own script, no boxes and arrows, no capital within a word.

use encoding_rs::{BIG5, EUC_KR, Encoding, GBK, IBM866, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};

const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";
const CP852: &str = "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}";

/// Longest name that is looked at.
const MAX_NAME: usize = 4_096;

/// A name, and the charset that was guessed for it if it had to be.
pub(super) fn decode(bytes: &[u8]) -> (String, Option<&'static str>) {
    let bytes = &bytes[..bytes.len().min(MAX_NAME)];
    if let Ok(name) = std::str::from_utf8(bytes) {
        return (name.to_owned(), None);
    }
    // In the order of how common they are: the first of equals wins.
    let tables = [("IBM 437", CP437), ("IBM 850", CP850), ("IBM 852", CP852)];
    let tables = tables.map(|(name, table)| (name, Some(by_table(bytes, table))));
    let known: [(&'static str, &'static Encoding); 7] = [
        ("IBM 866", IBM866),
        ("Shift_JIS", SHIFT_JIS),
        ("GBK", GBK),
        ("Big5", BIG5),
        ("EUC-KR", EUC_KR),
        ("windows-1252", WINDOWS_1252),
        ("windows-1251", WINDOWS_1251),
    ];
    let known = known.map(|(name, encoding)| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
        (name, text.map(String::from))
    });
    let mut best: Option<(i32, &'static str, String)> = None;
    for (name, text) in tables.into_iter().chain(known) {
        let Some(text) = text else { continue };
        let score = score(&text);
        if best.as_ref().is_none_or(|(most, ..)| score > *most) {
            best = Some((score, name, text));
        }
    }
    match best {
        Some((_, name, text)) => (text, Some(name)),
        None => (String::from_utf8_lossy(bytes).into_owned(), Some("none")),
    }
}

/// Text in the code pages that it can be written in: passwords were.
pub(super) fn in_code_pages(text: &str) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for table in [CP437, CP850] {
        let one = |c: char| match c.is_ascii() {
            true => Some(c as u8),
            false => table.chars().position(|t| t == c).map(|at| 0x80 + at as u8),
        };
        all.extend(text.chars().map(one).collect::<Option<Vec<u8>>>());
    }
    for encoding in [WINDOWS_1252, WINDOWS_1251, IBM866, SHIFT_JIS] {
        let (bytes, _, lossy) = encoding.encode(text);
        if !lossy {
            all.push(bytes.into_owned());
        }
    }
    all.dedup();
    all
}

fn by_table(bytes: &[u8], table: &str) -> String {
    let high: Vec<char> = table.chars().collect();
    let one = |byte: &u8| match byte {
        0..=0x7f => char::from(*byte),
        _ => high
            .get(usize::from(*byte) - 0x80)
            .copied()
            .unwrap_or('\u{fffd}'),
    };
    bytes.iter().map(one).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Ascii,
    Latin,
    Greek,
    Cyrillic,
    Han,
    Kana,
    Hangul,
    /// Digits, blanks, punctuation.
    Between,
    /// Boxes, arrows, signs, characters of no use in a name.
    Odd,
}

fn script(c: char) -> Script {
    match c {
        'a'..='z' | 'A'..='Z' => Script::Ascii,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Script::Odd,
        '\u{20}'..='\u{7e}'
        | '\u{2010}'..='\u{201f}'
        | '\u{3001}'..='\u{3004}'
        | '\u{3006}'..='\u{3011}'
        | '\u{a0}'
        | '\u{30fb}'
        | '\u{2116}'
        | '\u{b7}' => Script::Between,
        'ª' | 'º' | 'ƒ' | '×' | '÷' | 'µ' | '\u{2c0}'..='\u{36f}' => Script::Odd,
        '\u{c0}'..='\u{24f}' => Script::Latin,
        '\u{370}'..='\u{3ff}' => Script::Greek,
        '\u{400}'..='\u{45f}' => Script::Cyrillic,
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}' | '\u{3005}' => Script::Kana,
        '\u{4e00}'..='\u{9fff}' => Script::Han,
        '\u{ac00}'..='\u{d7a3}' => Script::Hangul,
        _ => Script::Odd,
    }
}

/// How much a decoded name looks like one.
fn score(text: &str) -> i32 {
    let mut total = 0;
    for word in text.split(|c| script(c) == Script::Between) {
        total += word_score(word);
    }
    total
}

fn word_score(word: &str) -> i32 {
    let scripts: Vec<Script> = word.chars().map(script).collect();
    let count = |wanted: Script| scripts.iter().filter(|s| **s == wanted).count() as i32;
    let (ascii, latin) = (count(Script::Ascii), count(Script::Latin));
    let (cyrillic, greek) = (count(Script::Cyrillic), count(Script::Greek));
    let east = count(Script::Han) + count(Script::Kana) + count(Script::Hangul);
    let mut total = -4 * count(Script::Odd);
    // Most letters of a word in a Latin script are plain ones.
    total += if latin <= ascii + 1 {
        4 * latin
    } else {
        -latin
    };
    total += if ascii + latin == 0 {
        3 * cyrillic
    } else {
        -4 * cyrillic
    };
    total += if ascii + latin + cyrillic == 0 {
        2 * greek
    } else {
        -4 * greek
    };
    total += 7 * east;
    if east > 0 && (cyrillic + greek + latin > 0) {
        total -= 6;
    }
    // A capital after a small letter happens in plain letters only.
    let chars: Vec<char> = word.chars().collect();
    for three in chars.windows(3) {
        if three[0].is_alphabetic()
            && three[1].is_uppercase()
            && !three[1].is_ascii()
            && three[2].is_lowercase()
        {
            total -= 4;
        }
    }
    for (at, pair) in chars.windows(2).enumerate() {
        let plain = pair[0].is_ascii() && pair[1].is_ascii();
        if pair[0].is_lowercase() && pair[1].is_uppercase() && !plain {
            total -= 4;
        }
        // "Gr" + Han + "e": bytes of a Latin letter taken for half of a character.
        let mixed = |s: Script| matches!(s, Script::Han | Script::Kana | Script::Hangul);
        if mixed(scripts[at + 1]) && pair[0].is_ascii_alphabetic() {
            total -= 6;
        }
        if mixed(scripts[at]) && pair[1].is_ascii_alphabetic() {
            total -= 6;
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str, table: &str) -> Vec<u8> {
        let at = |c: char| match c.is_ascii() {
            true => c as u8,
            false => 0x80 + table.chars().position(|t| t == c).unwrap() as u8,
        };
        text.chars().map(at).collect()
    }

    #[test]
    fn tables_are_whole() {
        for table in [CP437, CP850, CP852] {
            assert_eq!(table.chars().count(), 128);
        }
    }

    #[test]
    fn names_of_many_machines_are_guessed() {
        for name in [
            "Gespräch Müller.txt",
            "Größe.doc",
            "Übung/Maß.pdf",
            "résumé final.doc",
            "año nuevo.txt",
            "Ångström.xls",
        ] {
            assert_eq!(decode(&table(name, CP437)).0, name);
            assert_eq!(decode(&table(name, CP850)).0, name);
        }
        for name in ["São Paulo.txt", "À propos.doc"] {
            assert_eq!(decode(&table(name, CP850)).0, name);
        }
        for (name, encoding) in [
            ("зимородок.txt", IBM866),
            ("Договор 2003.doc", IBM866),
            ("ОТЧЕТ.xls", IBM866),
            ("帳簿.txt", SHIFT_JIS),
            ("会議資料_2004.xls", SHIFT_JIS),
            ("カワセミ台帳.txt", SHIFT_JIS),
            ("Müller.txt", WINDOWS_1252),
        ] {
            let (bytes, _, lossy) = encoding.encode(name);
            assert!(!lossy || encoding == IBM866);
            assert_eq!(decode(&bytes).0, name, "{}", encoding.name());
        }
        assert_eq!(
            decode("naïve.txt".as_bytes()),
            ("naïve.txt".to_owned(), None)
        );
        assert_eq!(decode(b"plain.txt"), ("plain.txt".to_owned(), None));
    }

    #[test]
    fn chinese_and_korean_names_are_names() {
        for (name, encoding) in [("会计报告.txt", GBK), ("보고서.hwp", EUC_KR)] {
            let bytes = encoding.encode(name).0;
            let (found, guess) = decode(&bytes);
            assert!(guess.is_some(), "{found}");
            assert!(!found.contains('\u{fffd}'));
        }
    }
}
