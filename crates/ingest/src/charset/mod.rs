//! Bytes to text, whatever the charset.

mod cns;
mod hz;
mod iso2022;
mod label;
mod tables;
mod twice;
mod utf32;
mod utf7;

pub(crate) use label::Charset;

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use iso2022::Family;

use crate::ledger::{Ledger, Unread};

/// How many characters of a label are repeated.
const LABEL: usize = 40;
/// How many bytes the detector looks at.
const SAMPLE: usize = 1 << 20;

/// Text, and the name of the charset it was read in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub(crate) struct Decoded {
    pub text: String,
    /// A label under which the same bytes give the same text.
    pub charset: String,
    /// Some bytes are nothing in that charset: what was done with them.
    pub lossy: Option<&'static str>,
    /// Why the text is a guess, or two readings of the same bytes.
    pub doubt: Option<String>,
    /// It has characters of private use, which mean something where they were written only.
    pub private: bool,
}

impl Decoded {
    /// Writes down what is doubtful about the text.
    pub fn tell(&self, ledger: &mut Ledger) {
        if let Some(what) = self.lossy {
            ledger.add(Unread::Replaced, what);
        }
        if let Some(doubt) = &self.doubt {
            ledger.add(Unread::Guessed, doubt);
        }
        if self.private {
            ledger.add(
                Unread::NoUnicode,
                "characters of private use, in a charset that has places for them",
            );
        }
    }

    /// The text, after what is doubtful about it has been written down.
    pub fn told(self, ledger: &mut Ledger) -> String {
        self.tell(ledger);
        self.text
    }

    fn is_sure(&self) -> bool {
        self.lossy.is_none() && self.doubt.is_none()
    }
}

/// What is noted of an item whose text has replacement characters for bytes that could not be decoded.
pub(crate) const LOSSY: &str =
    "some bytes are not valid in its charset; replacement characters stand for them";
const CONTROL: &str = "control characters, which no text has, were left out";
const MIXED: &str = "some bytes are not valid in UTF-8, and were taken for Windows 1252";

/// Decodes `bytes`: by their byte order mark, else as `declared` if they are valid so, else as
/// UTF-8 if they are valid, else by what the detector says. Where two readings are as good, the text is both of them.
/// Line ends become `\n`, control characters go.
pub(crate) fn decode(bytes: &[u8], declared: Option<&str>) -> Decoded {
    let label = declared.map(str::trim).filter(|label| !label.is_empty());
    let mut found = read(bytes, label);
    if let Some(other) = twice::undone(&found.text) {
        found.other = Some(match found.other {
            Some(first) => both(&first, &other),
            None => other,
        });
        found.doubt.get_or_insert_with(|| {
            "it seems to be encoded twice; it is its text as it stands and as it was meant"
                .to_owned()
        });
    }
    let unicode = found.charset.starts_with("UTF");
    let private = !unicode
        && found
            .text
            .contains(|c| matches!(c, '\u{e000}'..='\u{f8fe}'));
    if found.lossy.is_none() && has_odd(&found.text) {
        found.lossy = Some(CONTROL);
    }
    let text = tidy(&found.text);
    Decoded {
        text: match &found.other {
            Some(other) => both(&text, &tidy(other)),
            None => text,
        },
        charset: found.charset.to_owned(),
        lossy: found.lossy,
        doubt: found.doubt,
        private,
    }
}

/// Decodes `bytes` for which several charsets are declared: the first in which they are valid without a doubt. Where
/// others give another text, that is its text as well.
pub(crate) fn decode_among(bytes: &[u8], declared: &[String]) -> Decoded {
    let mut first = decode(bytes, declared.first().map(String::as_str));
    if bytes.is_ascii()
        && first.charset.starts_with("UTF-8")
        && first.is_sure()
        && !bytes.contains(&b'+')
        && !bytes.contains(&b'~')
    {
        return first;
    }
    let certain =
        !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok() && first.charset == "UTF-8";
    for label in declared.iter().skip(1) {
        if certain {
            break;
        }
        let mut other = decode(bytes, Some(label));
        if !other.is_sure() || other.text == first.text {
            continue;
        }
        // The first was not the charset of the bytes, and what stands there is a guess.
        let guess = declared.first().and_then(|label| Charset::for_label(label))
            != Charset::for_label(&first.charset);
        if !first.is_sure() && (first.lossy.is_some() || guess) {
            std::mem::swap(&mut first, &mut other);
            continue;
        }
        first.text = both(&first.text, &other.text);
        first.doubt.get_or_insert_with(|| {
            let all: Vec<String> = declared.iter().take(4).map(|label| shown(label)).collect();
            format!(
                "it declares several charsets ({}); it is its text in each of them",
                all.join(", ")
            )
        });
    }
    first
}

/// A reading of some bytes.
struct Found<'a> {
    text: Cow<'a, str>,
    charset: &'static str,
    lossy: Option<&'static str>,
    /// Why it is a guess.
    doubt: Option<String>,
    /// Another reading that is as good.
    other: Option<String>,
}

impl<'a> Found<'a> {
    fn sure(text: impl Into<Cow<'a, str>>, charset: &'static str) -> Self {
        Self {
            text: text.into(),
            charset,
            lossy: None,
            doubt: None,
            other: None,
        }
    }

    fn lossy(mut self, lossy: bool) -> Self {
        self.lossy = lossy.then_some(LOSSY);
        self
    }

    fn doubt(mut self, why: String) -> Self {
        self.doubt = Some(why);
        self
    }

    fn or(mut self, other: impl Into<String>) -> Self {
        self.other = Some(other.into());
        self
    }
}

/// One text, and of a second one the lines that the first does not have.
pub(crate) fn both(first: &str, second: &str) -> String {
    let known: std::collections::HashSet<&str> = first.lines().collect();
    let mut out = first.to_owned();
    for line in second.lines().filter(|line| !known.contains(line)) {
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// Control characters that no text has.
fn is_odd(byte: u8) -> bool {
    matches!(byte, 0..=7 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f)
}

/// Whether there are such characters, but for those that end a text on old systems.
fn has_odd(text: &str) -> bool {
    let text = text.trim_end_matches(['\u{1a}', '\0', '\n', '\r']);
    text.bytes().any(is_odd)
}

fn shown(label: &str) -> String {
    label.chars().take(LABEL).collect()
}

fn read<'a>(bytes: &'a [u8], label: Option<&str>) -> Found<'a> {
    if utf32::is_likely(bytes) {
        let (text, lossy) = utf32::decode(bytes);
        return Found::sure(text, "UTF-32").lossy(lossy);
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, lossy) = encoding.decode_without_bom_handling(&bytes[mark..]);
        if lossy && encoding == UTF_8 {
            return mixed(&bytes[mark..]);
        }
        return Found::sure(text, encoding.name()).lossy(lossy);
    }
    let charset = label.and_then(Charset::for_label);
    if let Some(charset) = charset.filter(|charset| charset.is_utf16()) {
        if let Some(found) = utf16_by_label(bytes, charset) {
            return found;
        }
    } else if charset == Some(Charset::Utf32) && bytes.contains(&0) {
        let (text, lossy) = utf32::decode(bytes);
        return Found::sure(text, "UTF-32").lossy(lossy);
    }
    match bytes.is_ascii() {
        true => read_ascii(bytes, charset),
        false => read_high(bytes, label, charset),
    }
}

/// UTF-16 by its label only: which of the two halves comes first the bytes say better, and text that has a byte for
/// each letter is no UTF-16 at all. `None`: go by the bytes.
fn utf16_by_label<'a>(bytes: &'a [u8], charset: Charset) -> Option<Found<'a>> {
    let charset = utf16_without_mark(bytes).map_or(charset, Charset::Known);
    let (text, lossy) = charset.decode(bytes);
    let found = Found::sure(text, charset.name()).lossy(lossy);
    match std::str::from_utf8(bytes) {
        Ok(single) if !bytes.iter().any(|byte| is_odd(*byte)) => {
            // Ideographs and words in Latin letters can be the same bytes.
            let wide = |c: char| matches!(c, '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}');
            let likely = !lossy && found.text.chars().all(wide) && !single.contains(' ');
            likely.then(|| {
                found.or(single).doubt(
                    "it may be UTF-16, or a byte for each letter; both readings are its text"
                        .to_owned(),
                )
            })
        }
        _ => Some(found),
    }
}

/// Bytes below 0x80: text as it stands, or in one of the charsets of seven bits.
fn read_ascii(bytes: &[u8], charset: Option<Charset>) -> Found<'_> {
    if let Some(encoding) = utf16_without_mark(bytes) {
        let (text, lossy) = encoding.decode_without_bom_handling(bytes);
        return Found::sure(text, encoding.name()).lossy(lossy);
    }
    let family = match charset {
        Some(Charset::Iso2022(family)) => Some(family),
        _ => None,
    };
    if family.is_some() || iso2022::is_switched(bytes) {
        let (text, lossy) = iso2022::decode(bytes, family);
        let has = |what: &[u8]| memchr::memmem::find(bytes, what).is_some();
        let charset = Charset::Iso2022(family.unwrap_or_else(|| match () {
            () if has(b"\x1b$)C") => Family::Korean,
            () if has(b"\x1b$)") => Family::Chinese,
            () => Family::Japanese,
        }));
        return Found::sure(text, charset.name()).lossy(lossy);
    }
    if let Some(charset @ (Charset::Utf7 | Charset::Hz)) = charset {
        let (text, lossy) = charset.decode(bytes);
        return Found::sure(text, charset.name()).lossy(lossy);
    }
    let plain = String::from_utf8_lossy(bytes);
    let name = match charset {
        Some(Charset::Known(encoding)) if encoding.is_ascii_compatible() => encoding.name(),
        _ => UTF_8.name(),
    };
    // Some scripts of mainframes lie where ASCII has its letters.
    if let Some(charset @ Charset::Table(table)) = charset
        && table.is_ebcdic()
    {
        let (other, lossy) = charset.decode(bytes);
        if !lossy && other != plain {
            let why = format!(
                "it is declared as {}, and may be ASCII; both readings are its text",
                charset.name()
            );
            return Found::sure(plain, charset.name()).or(other).doubt(why);
        }
    }
    for (what, guess) in [("HZ", hz::guess(bytes)), ("UTF-7", utf7_guess(bytes))] {
        if let Some(guess) = guess {
            let why = format!(
                "it may be {what}, which nothing declares, or is as it stands; both readings are its text"
            );
            return Found::sure(plain, name).or(guess).doubt(why);
        }
    }
    Found::sure(plain, name)
}

/// Bytes of which some are above 0x7f.
fn read_high<'a>(bytes: &'a [u8], label: Option<&str>, charset: Option<Charset>) -> Found<'a> {
    let utf8 = std::str::from_utf8(bytes).ok();
    let undeclared = |charset: &Charset| {
        *charset == Charset::Ascii || *charset == Charset::Known(UTF_8) || charset.is_utf16()
    };
    let declared = charset.filter(|charset| !undeclared(charset));
    let mut best = None;
    if let Some(charset) = declared {
        let (text, lossy) = charset.decode(bytes);
        let found = Found::sure(text, charset.name()).lossy(lossy);
        match (lossy, utf8) {
            (false, Some(utf8)) if charset.is_single() => {
                let why = format!(
                    "its charset is declared as {}, and its bytes are UTF-8; both readings are its text",
                    shown(label.unwrap_or_default())
                );
                let other = found.text.into_owned();
                return Found::sure(utf8, charset.name()).or(other).doubt(why);
            }
            (false, _) if charset == Charset::Known(BIG5) && big5_differs(bytes) => {
                let why = "it has characters that versions of Big5 have at different places; they are those of Hong Kong";
                return found.doubt(why.to_owned());
            }
            (false, _) => return contradicted(bytes, charset, found),
            (true, _) => best = Some(found),
        }
    }
    if let Some(utf8) = utf8 {
        return Found::sure(utf8, UTF_8.name());
    }
    let (good, bad) = sequences(bytes);
    if good >= bad * if declared.is_some() { 10 } else { 3 } {
        return mixed(bytes);
    }
    // Single bytes that are nothing, in a text that is what it says.
    let high = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    if let Some(found) = best {
        let holes = found.text.matches(char::REPLACEMENT_CHARACTER).count();
        if holes * 20 <= high {
            return found;
        }
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        let (text, lossy) = encoding.decode_without_bom_handling(bytes);
        return Found::sure(text, encoding.name()).lossy(lossy);
    }
    let encoding = detect(bytes);
    let (text, lossy) = Charset::Known(encoding).decode(bytes);
    let said = match (label, charset) {
        (None, _) => "its charset is not declared".to_owned(),
        (Some(label), None) => format!("its charset {} is not known here", shown(label)),
        (Some(label), Some(_)) => {
            format!("it is not in the charset {} that it declares", shown(label))
        }
    };
    let why = format!(
        "{said}, and was taken for {}; if that is wrong, convert it and add the result",
        encoding.name()
    );
    Found::sure(text, encoding.name()).lossy(lossy).doubt(why)
}

/// A text that is valid in the charset that it declares, as nearly everything is; what letters follow each other may say
/// that it is another one.
fn contradicted<'a>(bytes: &'a [u8], charset: Charset, found: Found<'a>) -> Found<'a> {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let high = sample.iter().filter(|byte| !byte.is_ascii()).count();
    let letters = sample
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .count();
    // A western text has few letters beyond ASCII, and few letters tell nothing.
    if high < 24 || high * 10 < (high + letters) * 4 || !matches!(charset, Charset::Known(_)) {
        return found;
    }
    let guess = detect(bytes);
    if charset.resembles(guess) || Charset::Known(WINDOWS_1252).resembles(guess) {
        return found;
    }
    let (other, lossy) = Charset::Known(guess).decode(bytes);
    if lossy || other == found.text {
        return found;
    }
    let why = format!(
        "its charset is declared as {}, and its letters are likelier those of {}; both readings are its text",
        charset.name(),
        guess.name()
    );
    found.or(other).doubt(why)
}

/// Whether there are characters of Big5 that its makers put at different places: those of other scripts.
fn big5_differs(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some((&lead, tail)) = rest.split_first() {
        rest = tail;
        if lead >= 0x81 && !tail.is_empty() {
            if lead == 0xc6 && tail[0] >= 0xa1 || matches!(lead, 0xc7 | 0xc8) {
                return true;
            }
            rest = &tail[1..];
        }
    }
    false
}

/// What some bytes say that are declared to be western, if their letters are likelier those of another script.
pub(crate) fn likelier(bytes: &[u8]) -> Option<String> {
    let high = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    let letters = bytes
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .count();
    if high < 6 || high * 10 < (high + letters) * 6 {
        return None;
    }
    let guess = detect(bytes);
    let (text, lossy) = Charset::Known(guess).decode(bytes);
    (!lossy && !Charset::Known(WINDOWS_1252).resembles(guess)).then(|| text.into_owned())
}

/// How many characters beyond ASCII are UTF-8, and how many pieces are none.
fn sequences(bytes: &[u8]) -> (usize, usize) {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    (good, bad)
}

/// UTF-8 with bytes in between that are none: they are read as Windows 1252.
fn mixed(bytes: &[u8]) -> Found<'_> {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.push_str(&Charset::Known(WINDOWS_1252).decode(chunk.invalid()).0);
    }
    let mut found = Found::sure(out, UTF_8.name());
    found.lossy = Some(MIXED);
    found
}

/// Text in UTF-7 that does not say so: `+`, the base64 of letters, `-`. A sum such as `a+b-c` is none.
fn utf7_guess(bytes: &[u8]) -> Option<String> {
    static SHIFT: std::sync::LazyLock<regex::bytes::Regex> = std::sync::LazyLock::new(|| {
        regex::bytes::Regex::new(r"(?-u)\+([A-Za-z0-9/+]{3,})-")
            .expect("the expression is a constant")
    });
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let (mut sound, mut found) = (0, 0);
    for shift in SHIFT.captures_iter(sample).take(100) {
        found += 1;
        let coded = shift.get(1).map_or(&b""[..], |found| found.as_bytes());
        // Letters and signs of text, and not the ASCII that needs no shift.
        let likely = |c: char| {
            matches!(c, '\u{a0}'..='\u{7ff}' | '\u{e00}'..='\u{e7f}' | '\u{1e00}'..='\u{1fff}' | '\u{2010}'..='\u{203a}' | '\u{20ac}'
                | '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
                || c.is_ascii_punctuation()
                || c == ' '
        };
        sound += usize::from(utf7::shifted(coded).is_some_and(|said| said.chars().all(likely)));
    }
    if sound == 0 || sound * 10 < found * 9 {
        return None;
    }
    let (text, _) = utf7::decode(bytes);
    Some(text)
}

/// The charset the detector believes in.
pub(crate) fn detect(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    detector.feed(sample, true);
    detector.guess(None, Utf8Detection::Allow)
}

/// Whether bytes that no text in ASCII has switch between sets of characters.
pub(crate) fn is_switched(head: &[u8]) -> bool {
    head.is_ascii() && iso2022::is_switched(head)
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
            // Bold and underlined on a typewriter: one letter over another.
            '\u{8}' => match chars.peek() {
                Some('_') => {
                    chars.next();
                }
                Some(next) if out.ends_with(*next) || out.ends_with('_') => {
                    out.pop();
                }
                _ => {}
            },
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
        assert_eq!(decode(b"+AOk-", Some("unicode-1-1-utf-7")).text, "é");
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
            assert!(decoded.is_sure());
        }
        let broken = decode(b"\xef\xbb\xbfa\xff\xffb", None);
        assert!(broken.lossy.is_some());
    }

    #[test]
    fn a_charset_that_nobody_knows_is_told() {
        // "velvet otter" in EBCDIC.
        let ebcdic = b"\xa5\x85\x93\xa5\x85\xa3\x40\x96\xa3\xa3\x85\x99";
        for label in ["ibm037", "cp500", "cp037", "ebcdic-cp-us"] {
            let decoded = decode(ebcdic, Some(label));
            assert_eq!((&*decoded.text, decoded.is_sure()), ("velvet otter", true));
        }
        for label in [
            Some("x-nobody-knows"),
            Some("x-user-defined"),
            Some("johab"),
            Some("us-ascii"),
            None,
        ] {
            let decoded = decode(ebcdic, label);
            let mut ledger = Ledger::default();
            decoded.tell(&mut ledger);
            assert!(ledger.has(Unread::Guessed), "{label:?}: {decoded:?}");
        }
        for (bytes, label) in [
            (&b"plain"[..], "x-nobody-knows"),
            ("na\u{ef}ve".as_bytes(), "x-nobody-knows"),
            (b"caf\xe9", "iso-8859-1"),
            (b"caf\x82", "cp850"),
        ] {
            assert!(decode(bytes, Some(label)).is_sure(), "{label}");
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

    /// Text in a charset that its label does not say.
    #[test]
    fn switches_are_read_whatever_the_label_says() {
        for label in [
            None,
            Some("us-ascii"),
            Some("utf-8"),
            Some("iso-8859-1"),
            Some("iso-2022-jp"),
            Some("ISO-2022-JP-3"),
            Some("x-what"),
        ] {
            let decoded = decode(b"x \x1b$B$3$l\x1b(B y", label);
            assert_eq!(
                (&*decoded.text, decoded.is_sure()),
                ("x これ y", true),
                "{label:?}"
            );
            let decoded = decode(b"x \x1b$)C\x0e0!3*\x0f y", label);
            assert_eq!(
                (&*decoded.text, decoded.is_sure()),
                ("x 가나 y", true),
                "{label:?}"
            );
        }
        assert!(decode(b"\x1b$BA\x1b(B", None).lossy.is_some());
    }

    /// Where two readings are as good, the text is both, and it is said.
    #[test]
    fn what_is_ambiguous_is_read_twice_and_told() {
        let russian = encoding_rs::KOI8_R.encode(RUSSIAN).0.into_owned();
        for (bytes, label, words) in [
            (
                &b"see ~{<:Ky2;~}"[..],
                Some("chinese"),
                &["~{<:Ky2;~}", "己所不"][..],
            ),
            (b"see ~{<:Ky2;~}", None, &["~{<:Ky2;~}", "己所不"]),
            (b"caf+AOk-", None, &["caf+AOk-", "café"]),
            ("naïve".as_bytes(), Some("iso-8859-1"), &["naïve", "naÃ¯ve"]),
            ("naÃ¯ve".as_bytes(), None, &["naïve", "naÃ¯ve"]),
            (&russian, Some("iso-8859-1"), &["Уважаемые", "õ×ÁÖ"]),
            (&russian, Some("windows-1251"), &["Уважаемые", "хЧБЦБ"]),
            (b"caf\xe9", None, &["café"]),
            (b"caf\xe9", Some("us-ascii"), &["café"]),
        ] {
            let decoded = decode(bytes, label);
            assert!(decoded.doubt.is_some(), "{label:?} {decoded:?}");
            for word in words {
                assert!(decoded.text.contains(word), "{word} {decoded:?}");
            }
            // Under the label that is recorded, the same bytes are the same text.
            if label.is_some() && words.len() > 1 {
                assert_eq!(decode(bytes, Some(&decoded.charset)).text, decoded.text);
            }
        }
        for code in [
            "a ~{b~} c",
            "~{velvet otter~}",
            "a+b-c",
            "x=~{otter ledger~};",
        ] {
            let decoded = decode(code.as_bytes(), None);
            assert_eq!((&*decoded.text, decoded.is_sure()), (code, true));
        }
    }

    #[test]
    fn bytes_that_are_nothing_are_told() {
        let broken = "ключ выдры и бухгалтерская книга".as_bytes();
        let mixed = [broken, b" caf\xe9 ", broken].concat();
        for label in [None, Some("utf-8"), Some("us-ascii")] {
            let decoded = decode(&mixed, label);
            assert!(decoded.text.contains("книга café ключ"), "{decoded:?}");
            assert!(decoded.lossy.is_some());
        }
        for (bytes, label) in [
            (&b"M\x81ller"[..], "iso-8859-1"),
            (b"\xfc\xfc\xfc", "big5"),
            (b"+AOl-", "utf-7"),
            (b"~{<:K~}", "hz"),
        ] {
            let decoded = decode(bytes, Some(label));
            assert!(!decoded.is_sure(), "{label} {decoded:?}");
        }
        assert!(decode(b"\xf0\x40 x", Some("shift_jis")).private);
    }

    /// Scripts whose bytes are all below 0x80.
    #[test]
    fn letters_in_the_place_of_others() {
        let thai: Vec<u8> = "หนังสือ".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let decoded = decode(&thai, Some("utf-16be"));
        assert_eq!((&*decoded.text, decoded.is_sure()), ("หนังสือ", true));
        assert!(decode(&thai, None).lossy.is_some());
        let decoded = decode(b"EYdh@EF", Some("cp424"));
        assert!(
            decoded.text.contains("הספר") && decoded.doubt.is_some(),
            "{decoded:?}"
        );
        assert!(decode(b"\xc6\xe7", Some("big5")).doubt.is_some());
        assert!(decode(b"~{'S'm'U~}", None).doubt.is_some());
    }

    #[test]
    fn letters_struck_twice_are_one() {
        let decoded = decode(b"N\x08NA\x08AM\x08ME\x08E _\x08x_\x08y z\x08_", None);
        assert_eq!((&*decoded.text, decoded.is_sure()), ("NAME xy z", true));
        assert!(decode(b"a\x07b", None).lossy.is_some());
        assert!(decode(b"a\nb\x1a", None).is_sure());
    }

    #[test]
    fn utf32_is_no_utf16() {
        let text = "velvet otter, ключ";
        let [le, be] = utf32::tests::encoded(text);
        let marked: Vec<u8> = [0xff, 0xfe, 0, 0].into_iter().chain(le.clone()).collect();
        for (bytes, label) in [
            (&le, Some("utf-32le")),
            (&be, Some("utf-32")),
            (&be, None),
            (&le, None),
            (&marked, None),
            (&marked, Some("iso-8859-1")),
        ] {
            let decoded = decode(bytes, label);
            assert_eq!(
                (&*decoded.text, decoded.is_sure()),
                (text, true),
                "{label:?}"
            );
        }
    }

    #[test]
    fn several_labels() {
        let all = |labels: &[&str]| {
            labels
                .iter()
                .map(|label| (*label).to_owned())
                .collect::<Vec<_>>()
        };
        let koi8 = encoding_rs::KOI8_R.encode("ключ").0.into_owned();
        let decoded = decode_among(&koi8, &all(&["utf-8", "koi8-r"]));
        assert_eq!((&*decoded.text, decoded.doubt.is_some()), ("ключ", false));
        let decoded = decode_among(&koi8, &all(&["windows-1252", "koi8-r"]));
        assert!(decoded.text.contains("ключ") && decoded.doubt.is_some());
        let decoded = decode_among("ключ".as_bytes(), &all(&["utf-8", "iso-8859-1"]));
        assert_eq!((&*decoded.text, decoded.doubt.is_some()), ("ключ", false));
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
