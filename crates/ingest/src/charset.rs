//! Bytes to text, whatever the charset.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};
use mail_parser::decoders::charsets::map::charset_decoder;

/// How many bytes the detector looks at.
const SAMPLE: usize = 1 << 20;

/// Text, and the name of the charset it was read in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub text: String,
    pub charset: String,
    /// Some bytes are nothing in that charset; replacement characters stand for them.
    pub lossy: bool,
}

/// What is noted of an item whose text has replacement characters for bytes that could not be decoded.
pub(crate) const LOSSY: &str =
    "some bytes are not valid in its charset; replacement characters stand for them";

/// Decodes `bytes`: by their byte order mark, else as `declared` if they are valid so, else as
/// UTF-8 if they are valid, else by what the detector says. Line ends become `\n`, control
/// characters go.
pub(crate) fn decode(bytes: &[u8], declared: Option<&str>) -> Decoded {
    let (text, charset, lossy) = decode_raw(bytes, declared);
    Decoded {
        text: tidy(&text),
        charset: charset.into_owned(),
        lossy,
    }
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
        if let Some(encoding) = Encoding::for_label(label.as_bytes()).filter(|e| *e != REPLACEMENT)
        {
            // us-ascii is an alias of windows-1252, which accepts everything: only believe it as
            // far as ASCII goes.
            let ascii_lie = label.to_ascii_lowercase().contains("ascii") && !bytes.is_ascii();
            if !ascii_lie
                && let Some(text) =
                    encoding.decode_without_bom_handling_and_without_replacement(bytes)
            {
                return (text, encoding.name().into(), false);
            }
        } else if let Some(decoder) = charset_decoder(label.as_bytes()) {
            // UTF-7, IBM 850 and other charsets that only live on in mail. Some labels (hz-gb-2312) stand
            // for a decoder that replaces everything by one character: a whole text would be gone.
            let text = decoder(bytes);
            if !text.contains(char::REPLACEMENT_CHARACTER) {
                return (text.into(), label.to_ascii_lowercase().into(), false);
            }
        }
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

/// The charset the detector believes in.
pub(crate) fn detect(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    detector.feed(sample, true);
    detector.guess(None, Utf8Detection::Allow)
}

/// UTF-16 without a byte order mark shows in Latin text: every other byte is zero.
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
        (even, odd) if odd >= 60 && even <= 5 => Some(UTF_16LE),
        (even, odd) if even >= 60 && odd <= 5 => Some(UTF_16BE),
        _ => None,
    }
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
    fn control_characters_go() {
        assert_eq!(
            decode(b"a\0b\x07\rc\r\nd\te\x0cf", None).text,
            "ab\nc\nd\te\nf"
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
