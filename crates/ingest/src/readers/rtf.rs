//! Rich text to plain text.

use encoding_rs::{Encoding, WINDOWS_1252};

use crate::reading::{ReadError, Reader, Reading};

/// Groups nested deeper than this are damage or malice.
const MAX_DEPTH: usize = 10_000;

/// Destinations whose content no reader sees.
const HIDDEN: [&str; 24] = [
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "objdata",
    "themedata",
    "colorschememapping",
    "latentstyles",
    "datastore",
    "listtable",
    "listoverridetable",
    "rsidtbl",
    "generator",
    "xmlnstbl",
    "fldinst",
    "bkmkstart",
    "bkmkend",
    "filetbl",
    "revtbl",
    "wgrffmtfilter",
    "mmathPr",
    "pntext",
];

#[derive(Clone, Copy)]
struct Group {
    hidden: bool,
    /// How many characters follow a `\u` for readers that do not know it.
    skip: usize,
}

pub(crate) struct RichText;

impl Reader for RichText {
    fn name(&self) -> &'static str {
        "candor-rtf/1"
    }

    fn read(&self, bytes: &[u8], _unpacked: u64) -> Result<Reading, ReadError> {
        let text = to_text(bytes)
            .ok_or_else(|| ReadError::Corrupt("not a readable rich text file".to_owned()))?;
        Ok(Reading {
            text,
            ..Reading::default()
        })
    }
}

/// The visible text of an RTF document; `None` if it is none.
pub(crate) fn to_text(bytes: &[u8]) -> Option<String> {
    if !bytes.starts_with(b"{\\rtf") {
        return None;
    }
    let mut reader = Rtf {
        rest: bytes,
        out: String::new(),
        pending: Vec::new(),
        surrogates: Vec::new(),
        charset: WINDOWS_1252,
        stack: Vec::new(),
        group: Group {
            hidden: false,
            skip: 1,
        },
        skipping: 0,
    };
    reader.run()?;
    Some(reader.out)
}

struct Rtf<'a> {
    rest: &'a [u8],
    out: String,
    /// Bytes in the document's charset, not yet decoded.
    pending: Vec<u8>,
    surrogates: Vec<u16>,
    charset: &'static Encoding,
    stack: Vec<Group>,
    group: Group,
    /// Characters still to be skipped after a `\u`.
    skipping: usize,
}

impl Rtf<'_> {
    fn run(&mut self) -> Option<()> {
        while let Some((&byte, rest)) = self.rest.split_first() {
            self.rest = rest;
            match byte {
                b'{' => {
                    self.flush();
                    if self.stack.len() >= MAX_DEPTH {
                        return None;
                    }
                    self.stack.push(self.group);
                    self.skipping = 0;
                }
                b'}' => {
                    self.flush();
                    self.skipping = 0;
                    match self.stack.pop() {
                        Some(group) => self.group = group,
                        None => break,
                    }
                }
                b'\\' => self.control(),
                b'\r' | b'\n' | 0 => {}
                byte => self.literal(byte),
            }
        }
        self.flush();
        Some(())
    }

    fn literal(&mut self, byte: u8) {
        if self.skipping > 0 {
            self.skipping -= 1;
        } else if !self.group.hidden {
            self.flush_surrogates();
            self.pending.push(byte);
        }
    }

    fn text(&mut self, text: &str) {
        self.flush();
        if !self.group.hidden {
            self.out.push_str(text);
        }
    }

    fn flush(&mut self) {
        self.flush_surrogates();
        if !self.pending.is_empty() {
            let (text, _) = self.charset.decode_without_bom_handling(&self.pending);
            self.out.push_str(&text);
            self.pending.clear();
        }
    }

    fn flush_surrogates(&mut self) {
        if !self.surrogates.is_empty() {
            let units = std::mem::take(&mut self.surrogates);
            self.out.push_str(&String::from_utf16_lossy(&units));
        }
    }

    fn control(&mut self) {
        let Some((&first, rest)) = self.rest.split_first() else {
            return;
        };
        if !first.is_ascii_alphabetic() {
            self.rest = rest;
            self.symbol(first);
            return;
        }
        let letters = self
            .rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let (word, rest) = self.rest.split_at(letters.min(40));
        let word = String::from_utf8_lossy(word).into_owned();
        let sign = usize::from(rest.first() == Some(&b'-'));
        let digits = rest[sign..]
            .iter()
            .take(10)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let number = std::str::from_utf8(&rest[..sign + digits])
            .ok()
            .and_then(|text| text.parse::<i64>().ok());
        let mut rest = &rest[if digits > 0 { sign + digits } else { 0 }..];
        if rest.first() == Some(&b' ') {
            rest = &rest[1..];
        }
        self.rest = rest;
        self.word(&word, number);
    }

    fn symbol(&mut self, symbol: u8) {
        match symbol {
            b'\'' => {
                let digits = self
                    .rest
                    .get(..2)
                    .and_then(|digits| std::str::from_utf8(digits).ok());
                if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                    self.rest = &self.rest[2..];
                    self.literal(byte);
                }
            }
            b'*' => self.group.hidden = true,
            b'~' => self.text("\u{a0}"),
            b'_' => self.text("-"),
            b'\r' | b'\n' => self.text("\n"),
            b'\\' | b'{' | b'}' => self.literal(symbol),
            _ => {}
        }
    }

    fn word(&mut self, word: &str, number: Option<i64>) {
        match word {
            "par" | "line" | "sect" | "page" | "row" => self.text("\n"),
            "tab" | "cell" => self.text("\t"),
            "emdash" => self.text("\u{2014}"),
            "endash" => self.text("\u{2013}"),
            "bullet" => self.text("\u{2022}"),
            "lquote" => self.text("\u{2018}"),
            "rquote" => self.text("\u{2019}"),
            "ldblquote" => self.text("\u{201C}"),
            "rdblquote" => self.text("\u{201D}"),
            "ansicpg" => {
                if let Some(charset) = number.and_then(code_page) {
                    self.charset = charset;
                }
            }
            "uc" => self.group.skip = number.unwrap_or(1).clamp(0, 16) as usize,
            "u" => {
                if !self.group.hidden
                    && let Some(number) = number
                {
                    if !self.pending.is_empty() {
                        self.flush();
                    }
                    // Written as a signed 16-bit number.
                    self.surrogates.push(number as u16);
                }
                self.skipping = self.group.skip;
            }
            "bin" => {
                let length = number.unwrap_or(0).max(0) as usize;
                self.rest = &self.rest[length.min(self.rest.len())..];
            }
            word if HIDDEN.contains(&word) => {
                self.flush();
                self.group.hidden = true;
            }
            _ => {}
        }
    }
}

fn code_page(number: i64) -> Option<&'static Encoding> {
    let label = match number {
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        10000 => "macintosh".to_owned(),
        number => format!("windows-{number}"),
    };
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_reader_sees() {
        let rtf =
            br"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator X;}{\info{\title T}}
\f0 Gr\'fc\'dfe \b und\b0  \{x\} \u8364?50\par
two\tab columns\line {\field{\*\fldinst HYPERLINK x}{\fldrslt link}}\u55357?\u56832? end}";
        assert_eq!(
            to_text(rtf).unwrap(),
            "Grüße und {x} €50\ntwo\tcolumns\nlink😀 end"
        );
        let russian = br"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8\'e2\'e5\'f2}";
        assert_eq!(to_text(russian).unwrap(), "Привет");
        assert_eq!(to_text(b"{\\rtf1\\bin3 }}}ok}").unwrap(), "ok");
        assert_eq!(to_text(b"plain"), None);
        assert_eq!(to_text(&b"{\\rtf1".repeat(20_000)), None);
    }

    proptest! {
        #[test]
        fn never_panics(tail in "[\\\\{}'u0-9a-z \\-*]{0,200}", bytes: Vec<u8>) {
            let mut rtf = b"{\\rtf1".to_vec();
            rtf.extend_from_slice(tail.as_bytes());
            rtf.extend_from_slice(&bytes);
            to_text(&rtf);
        }
    }
}
