//! Bytes to text, whatever the charset.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{EUC_KR, Encoding, GBK, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};
use mail_parser::decoders::charsets::map::charset_decoder;

use crate::ledger::{Ledger, Unread};

/// How many characters of a label are repeated.
const LABEL: usize = 40;
/// How many bytes the detector looks at.
const SAMPLE: usize = 1 << 20;

/// Text, and the name of the charset it was read in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub text: String,
    pub charset: String,
    /// Some bytes are nothing in that charset; replacement characters stand for them.
    pub lossy: bool,
    /// The declared charset, if nobody here knows it and the bytes do not say what they are either: the text is a
    /// guess.
    pub unknown: Option<String>,
}

impl Decoded {
    /// Writes down what is doubtful about the text.
    pub fn tell(&self, ledger: &mut Ledger) {
        if self.lossy {
            ledger.add(Unread::Replaced, LOSSY);
        }
        if let Some(label) = &self.unknown {
            let detail = format!(
                "its charset {label} is not known here, and was taken for {}; convert it and add the result",
                self.charset
            );
            ledger.add(Unread::Guessed, detail);
        }
    }
}

/// What is noted of an item whose text has replacement characters for bytes that could not be decoded.
pub(crate) const LOSSY: &str =
    "some bytes are not valid in its charset; replacement characters stand for them";

/// Decodes `bytes`: by their byte order mark, else as `declared` if they are valid so, else as
/// UTF-8 if they are valid, else by what the detector says. Line ends become `\n`, control
/// characters go.
pub(crate) fn decode(bytes: &[u8], declared: Option<&str>) -> Decoded {
    let (text, charset, lossy) = decode_raw(bytes, declared);
    let label = declared.map(str::trim).filter(|label| !label.is_empty());
    let foreign = |label: &&str| {
        !bytes.is_ascii()
            && std::str::from_utf8(bytes).is_err()
            && Encoding::for_bom(bytes).is_none()
            && Encoding::for_label(label.as_bytes()).is_none()
            && !label.eq_ignore_ascii_case(&charset)
    };
    Decoded {
        text: tidy(&text),
        unknown: label
            .filter(foreign)
            .map(|label| label.chars().take(LABEL).collect()),
        charset: charset.into_owned(),
        lossy,
    }
}

/// Whether a label is one of UTF-16.
fn is_utf16(label: &str) -> bool {
    let known = Encoding::for_label(label.as_bytes());
    known == Some(UTF_16LE) || known == Some(UTF_16BE)
}

/// UTF-16 by its label only: which of the two halves comes first the bytes say better, and text that has a byte for
/// each letter is no UTF-16 at all. `None`: go by the bytes.
fn utf16_by_label(bytes: &[u8], encoding: &'static Encoding) -> Option<&'static Encoding> {
    if let Some(found) = utf16_without_mark(bytes) {
        return Some(found);
    }
    let single = !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok();
    (!single).then_some(encoding)
}

fn decode_raw<'a>(
    bytes: &'a [u8],
    declared: Option<&str>,
) -> (Cow<'a, str>, Cow<'static, str>, bool) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, lossy) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return (text, encoding.name().into(), lossy);
    }
    if let Some(label) = declared.map(str::trim).filter(|label| !label.is_empty()) {
        let known = Encoding::for_label(label.as_bytes());
        let known = match known {
            Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => {
                utf16_by_label(bytes, encoding)
            }
            known => known,
        };
        if let Some(encoding) = known.filter(|e| *e != REPLACEMENT) {
            // us-ascii is an alias of windows-1252, which accepts everything: only believe it as
            // far as ASCII goes.
            let ascii_lie = label.to_ascii_lowercase().contains("ascii") && !bytes.is_ascii();
            if !ascii_lie
                && let Some(text) =
                    encoding.decode_without_bom_handling_and_without_replacement(bytes)
            {
                return (text, encoding.name().into(), false);
            }
        } else if !is_utf16(label)
            && let Some(decoder) = charset_decoder(label.as_bytes())
        {
            // UTF-7, IBM 850 and other charsets that only live on in mail. Some labels (hz-gb-2312) stand
            // for a decoder that replaces everything by one character: a whole text would be gone.
            let text = decoder(bytes);
            if !text.contains(char::REPLACEMENT_CHARACTER) {
                return (text.into(), label.to_ascii_lowercase().into(), false);
            }
        }
    }
    if let Some(text) = utf7(bytes) {
        return (text.into(), "utf-7".into(), false);
    }
    if let Some((label, encoding)) = shifts(bytes) {
        let (text, lossy) = unshifted(bytes, label, encoding);
        return (text.into(), label.into(), lossy);
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        let (text, lossy) = encoding.decode_without_bom_handling(bytes);
        return (text, encoding.name().into(), lossy);
    }
    if !bytes.contains(&0x1b)
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return (text.into(), UTF_8.name().into(), false);
    }
    let encoding = detect(bytes);
    let (text, lossy) = encoding.decode_without_bom_handling(bytes);
    (text, encoding.name().into(), lossy)
}

/// Text in UTF-7 that does not say so: `+`, the base64 of letters, `-`. A sum such as `a+b-c` is none.
fn utf7(bytes: &[u8]) -> Option<String> {
    static SHIFT: std::sync::LazyLock<regex::bytes::Regex> = std::sync::LazyLock::new(|| {
        regex::bytes::Regex::new(r"(?-u)\+([A-Za-z0-9/+]{3,})-")
            .expect("the expression is a constant")
    });
    if !bytes.is_ascii() {
        return None;
    }
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let (mut sound, mut found) = (0, 0);
    for shift in SHIFT.captures_iter(sample).take(100) {
        found += 1;
        let mut wide = Vec::new();
        let coded = shift.get(1).map_or(&b""[..], |found| found.as_bytes());
        // Letters of sixteen bits: what is left over is less than one digit.
        if matches!(coded.len() % 8, 0 | 3 | 6) {
            crate::mail::transfer::push_base64(&mut wide, coded.iter().copied());
            let units = wide
                .chunks_exact(2)
                .map(|two| u16::from_be_bytes([two[0], two[1]]));
            let said: Option<String> = char::decode_utf16(units).map(Result::ok).collect();
            // One script, and not the ASCII that needs no shift.
            let likely = |c: char| {
                matches!(c, '\u{a0}'..='\u{5ff}' | '\u{2010}'..='\u{203a}' | '\u{3040}'..='\u{30ff}')
                    || c.is_ascii_punctuation()
                    || c == '\u{20ac}'
            };
            sound +=
                usize::from(said.is_some_and(|said| !said.is_empty() && said.chars().all(likely)));
        }
    }
    if sound == 0 || sound * 10 < found * 9 {
        return None;
    }
    let text = charset_decoder(b"utf-7")?(bytes);
    (!text.contains(char::REPLACEMENT_CHARACTER)).then_some(text)
}

/// The charsets of seven bits that shift between two sets: Korean by ISO 2022, and HZ.
pub(crate) fn shifts(bytes: &[u8]) -> Option<(&'static str, &'static Encoding)> {
    let head = &bytes[..bytes.len().min(SAMPLE)];
    if !head.is_ascii() {
        return None;
    }
    if head.windows(4).any(|four| four == b"\x1b$)C") && head.contains(&0x0e) {
        return Some(("iso-2022-kr", EUC_KR));
    }
    let opened = head.windows(2).filter(|two| two == b"~{").count();
    let closed = head.windows(2).filter(|two| two == b"~}").count();
    let balanced = opened > 0 && opened == closed && !head.contains(&0x1b);
    // What stands between has to be pairs of the set.
    let pairs = balanced && {
        let mut rest = head;
        let mut sound = true;
        while let Some(at) = rest.windows(2).position(|two| two == b"~{") {
            rest = &rest[at + 2..];
            let end = rest.windows(2).position(|two| two == b"~}").unwrap_or(0);
            let inner = &rest[..end];
            sound &= !inner.is_empty()
                && inner.len().is_multiple_of(2)
                && inner.iter().all(|byte| (0x21..=0x7e).contains(byte));
        }
        sound
    };
    pairs.then_some(("hz-gb-2312", GBK))
}

/// Text in such a charset: what is shifted gets its eighth bit back.
fn unshifted(bytes: &[u8], label: &str, encoding: &'static Encoding) -> (String, bool) {
    let mut wide = Vec::with_capacity(bytes.len());
    let mut shifted = false;
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let (skip, now) = match label {
            "iso-2022-kr" => match rest[0] {
                0x0e => (1, true),
                0x0f => (1, false),
                0x1b if rest.starts_with(b"\x1b$)C") => (4, shifted),
                _ => (0, shifted),
            },
            _ if rest.starts_with(b"~{") => (2, true),
            _ if rest.starts_with(b"~}") => (2, false),
            _ if rest.starts_with(b"~~") && !shifted => {
                wide.push(b'~');
                (2, shifted)
            }
            _ if rest.starts_with(b"~\n") => (2, shifted),
            _ => (0, shifted),
        };
        shifted = now;
        if skip > 0 {
            at += skip;
            continue;
        }
        let high = shifted && (0x21..=0x7e).contains(&rest[0]);
        wide.push(if high { rest[0] | 0x80 } else { rest[0] });
        // A line ends the shift of HZ.
        shifted &= rest[0] != b'\n';
        at += 1;
    }
    let (text, lossy) = encoding.decode_without_bom_handling(&wide);
    (text.into_owned(), lossy)
}

/// The charset the detector believes in.
pub(crate) fn detect(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    detector.feed(sample, true);
    detector.guess(None, Utf8Detection::Allow)
}

/// The text as it is, line ends and all, in the charset that is guessed for it, and that charset.
pub(crate) fn decode_exact(bytes: &[u8]) -> (String, String) {
    let encoding = detect(bytes);
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    (text.into_owned(), encoding.name().to_owned())
}

/// UTF-16 without a byte order mark: in Latin text every other byte is zero; in others, one half of the bytes
/// says which script it is and the other one which letter.
pub(crate) fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(4096) & !1];
    if sample.len() < 8 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let zeros = |offset| {
        let half = sample.iter().skip(offset).step_by(2);
        half.filter(|byte| **byte == 0).count() * 100 / (sample.len() / 2)
    };
    match (zeros(0), zeros(1)) {
        (even, odd) if odd >= 60 && even <= 5 => return Some(UTF_16LE),
        (even, odd) if even >= 60 && odd <= 5 => return Some(UTF_16BE),
        _ => {}
    }
    // Text in a charset of bytes has no such control characters.
    let odd = sample
        .iter()
        .filter(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31))
        .count();
    // Text of few blanks is of a script without: a single zero in it tells.
    let blanks = sample.iter().filter(|byte| **byte == b' ').count();
    let enough = if blanks * 20 > sample.len() {
        sample.len() / 10
    } else {
        1
    };
    if odd < enough || std::str::from_utf8(sample).is_ok() && odd * 10 < sample.len() {
        return None;
    }
    let (le, be) = (
        plausible(sample, u16::from_le_bytes),
        plausible(sample, u16::from_be_bytes),
    );
    match (le, be) {
        (le, be) if le >= 95 && le > be => Some(UTF_16LE),
        (le, be) if be >= 95 && be > le => Some(UTF_16BE),
        _ => None,
    }
}

/// How many of a hundred characters are what text is made of, as far as they come from few scripts.
fn plausible(sample: &[u8], join: fn([u8; 2]) -> u16) -> usize {
    let units = sample.chunks_exact(2).map(|two| join([two[0], two[1]]));
    let (mut good, mut all, mut blanks) = (0, 0, 0);
    let mut blocks = std::collections::BTreeSet::new();
    for c in char::decode_utf16(units) {
        all += 1;
        let Ok(c) = c else { continue };
        let blank = matches!(c, ' ' | '\n' | '\r' | '\t' | '\u{3000}');
        blanks += usize::from(blank);
        let common = blank
            || c.is_ascii_graphic()
            || matches!(c, '\u{A0}'..='\u{FF}' | '\u{2010}'..='\u{2044}' | '\u{20AC}' | '\u{2116}' | '\u{3001}'..='\u{301F}' | '\u{FF01}'..='\u{FF5E}');
        if common || c.is_alphanumeric() {
            good += 1;
            if !common {
                // Ideographs are one script in many blocks.
                let block = u32::from(c) >> 8;
                blocks.insert(
                    if (0x4E..=0x9F).contains(&block) || (0xAC..=0xD7).contains(&block) {
                        0x4E
                    } else {
                        block
                    },
                );
            }
        }
    }
    if all == 0 || blanks == 0 || blocks.len() > 4 {
        return 0;
    }
    good * 100 / all
}

/// Uniform line ends, and none of the control characters but tab and newline.
pub(crate) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\n' | '\t' => out.push(c),
            // Colours of a terminal: `ESC [ 31 m`.
            '\u{1b}' if chars.peek() == Some(&'[') => {
                chars.next();
                while chars.next_if(|c| matches!(c, ' '..='?')).is_some() {}
                chars.next_if(|c| matches!(c, '@'..='~'));
            }
            '\u{c}' | '\u{b}' => out.push('\n'),
            '\u{FEFF}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RUSSIAN: &str = "Уважаемые коллеги, направляю вам отчёт о продажах за третий квартал. \
        Прошу сообщить о полученных замечаниях до конца недели. С уважением, Иван Петров.";

    #[test]
    fn declared_charsets_are_used() {
        let (koi8, _, _) = encoding_rs::KOI8_R.encode(RUSSIAN);
        let decoded = decode(&koi8, Some("koi8-r"));
        assert_eq!(
            (decoded.text.as_str(), decoded.charset.as_str()),
            (RUSSIAN, "KOI8-R")
        );
        assert_eq!(decode(b"caf\xe9", Some("ISO-8859-1")).text, "café");
        assert_eq!(decode(b"+AOk-", Some("utf-7")).text, "é");
    }

    #[test]
    fn undeclared_and_wrongly_declared_charsets_are_detected() {
        for (encoding, name) in [
            (encoding_rs::KOI8_R, "KOI8-U"),
            (encoding_rs::WINDOWS_1251, "windows-1251"),
            (encoding_rs::UTF_8, "UTF-8"),
        ] {
            let (bytes, _, _) = encoding.encode(RUSSIAN);
            for declared in [
                None,
                Some("us-ascii"),
                Some("utf-8"),
                Some("x-unknown"),
                Some(""),
            ] {
                let decoded = decode(&bytes, declared);
                assert_eq!(decoded.text, RUSSIAN, "{name} declared {declared:?}");
                assert_eq!(decoded.charset, name);
            }
        }
        let german = "Die Prüfung der Verträge über Lüftungsgeräte hat größere Mängel ergeben.";
        let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(german);
        assert_eq!(decode(&bytes, None).text, german);
    }

    /// Labels that the standard maps to a decoder which swallows everything.
    #[test]
    fn no_label_makes_a_text_vanish() {
        let text = b"We won the lottery; the fine is paid in May.";
        for label in ["hz-gb-2312", "iso-2022-kr", "iso-2022-cn", "replacement"] {
            let decoded = decode(text, Some(label));
            assert_eq!(decoded.text.as_bytes(), text, "{label}");
            assert!(!decoded.lossy);
        }
        let broken = decode(b"\xef\xbb\xbfa\xff\xffb", None);
        assert!(broken.lossy && broken.text.contains(char::REPLACEMENT_CHARACTER));
    }

    #[test]
    fn a_charset_that_nobody_knows_is_told() {
        // "velvet" in EBCDIC.
        let ebcdic = b"\xa5\x85\x93\xa5\x85\xa3\x40\x96\xa3\xa3\x85\x99";
        for label in ["ibm037", "cp500", "x-nobody-knows"] {
            let decoded = decode(ebcdic, Some(label));
            let mut ledger = Ledger::default();
            decoded.tell(&mut ledger);
            assert!(ledger.has(Unread::Guessed), "{label}: {decoded:?}");
        }
        for (bytes, label) in [
            (&b"plain"[..], "x-nobody-knows"),
            ("na\u{ef}ve".as_bytes(), "x-nobody-knows"),
            (b"caf\xe9", "iso-8859-1"),
            (b"caf\xe9", ""),
            (b"caf\x82", "cp850"),
        ] {
            assert_eq!(decode(bytes, Some(label)).unknown, None, "{label}");
        }
    }

    #[test]
    fn a_label_of_utf16_does_not_say_which_half_is_first() {
        let text = "velvet otter in the cellar";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for label in ["utf-16", "utf-16le", "utf-16be", "unicode", "ucs-2"] {
            for bytes in [&le[..], &be, text.as_bytes()] {
                assert_eq!(decode(bytes, Some(label)).text, text, "{label} {bytes:?}");
            }
        }
    }

    #[test]
    fn utf16_with_and_without_mark() {
        let text = "Quarterly report: naïve assumptions\r\nsecond line";
        let want = "Quarterly report: naïve assumptions\nsecond line";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&le, None).text, want);
        assert_eq!(decode(&be, None).text, want);
        let marked: Vec<u8> = [0xff, 0xfe].into_iter().chain(le).collect();
        let decoded = decode(&marked, Some("iso-8859-1"));
        assert_eq!(
            (decoded.text.as_str(), decoded.charset.as_str()),
            (want, "UTF-16LE")
        );
    }

    #[test]
    fn utf16_of_other_scripts_and_shifted_charsets() {
        for text in [
            RUSSIAN,
            "зимородок переехал в подвал",
            "翡翠の帳簿は地下室に移されました。\n次の行",
            "Το βιβλίο μεταφέρθηκε στο υπόγειο",
        ] {
            let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            assert_eq!(decode(&le, None).text, text);
            assert_eq!(decode(&be, None).text, text);
            assert_eq!(decode(text.as_bytes(), None).text, text);
        }
        assert_eq!(
            decode(b"\x1b$)C\n\x0e0!3*\x0f ok", Some("iso-2022-kr")).text,
            "\n가나 ok"
        );
        assert_eq!(
            decode(b"see ~{<:Ky2;~} ~~ end", Some("hz-gb-2312")).text,
            "see 己所不 ~ end"
        );
        assert_eq!(decode(b"a ~{b~} c", None).text, "a ~{b~} c");
        let junk: Vec<u8> = (0..4000u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        assert_eq!(utf16_without_mark(&junk), None);
    }

    #[test]
    fn control_characters_go() {
        assert_eq!(
            decode(b"a\0b\x07\rc\r\nd\te\x0cf", None).text,
            "ab\nc\nd\te\nf"
        );
        assert_eq!(
            decode(b"\x1b[1;31mred\x1b[0m [x]\x1b[", None).text,
            "red [x]"
        );
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, declared in proptest::option::of("[ -~]{0,50}")) {
            let decoded = decode(&bytes, declared.as_deref());
            prop_assert!(!decoded.text.contains('\0'));
        }
    }
}
