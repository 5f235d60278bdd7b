//! Writing DAT files.
//!
//! The three characters of the format cannot occur in values. Where they do they are replaced, and
//! every replacement is reported to the caller: a load file that silently differs from the document
//! is worth nothing.

use super::encoding::{Encoding, NEWLINE, QUOTE, SEPARATOR};
use std::io::{self, Write};

/// Something that a value could not be written with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitution {
    /// The column, from 0.
    pub column: usize,
    /// What was replaced, and by what.
    pub what: &'static str,
    /// How often.
    pub times: u32,
}

/// Why each replacement is made, in the order in which they are reported.
const REPLACED: [&str; 4] = [
    "\u{ae} became (R): in a load file it stands for a line break",
    "\u{fe} became th: in a load file it quotes values",
    "a control character became a space",
    "a character that the encoding does not have became ?",
];

/// A value as a load file can hold it, with the number of replacements of each sort.
fn clean(value: &str) -> (String, [u32; 4]) {
    let mut out = String::with_capacity(value.len());
    let mut counts = [0; 4];
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' | '\n' => {
                if c == '\r' {
                    chars.next_if_eq(&'\n');
                }
                out.push(NEWLINE);
            }
            NEWLINE => {
                counts[0] += 1;
                out.push_str("(R)");
            }
            QUOTE => {
                counts[1] += 1;
                out.push_str("th");
            }
            '\t' => out.push(c),
            c if c.is_control() => {
                counts[2] += 1;
                out.push(' ');
            }
            c => out.push(c),
        }
    }
    (out, counts)
}

/// Writes a DAT file row by row.
#[derive(Debug)]
pub struct DatWriter<W> {
    out: W,
    encoding: Encoding,
}

impl<W: Write> DatWriter<W> {
    /// Starts a file with its header row.
    pub fn new<S: AsRef<str>>(
        mut out: W,
        encoding: Encoding,
        columns: impl IntoIterator<Item = S>,
    ) -> io::Result<Self> {
        out.write_all(encoding.mark())?;
        let mut writer = DatWriter { out, encoding };
        writer.row(columns)?;
        Ok(writer)
    }

    /// Writes a row; returns what had to be replaced.
    pub fn row<S: AsRef<str>>(
        &mut self,
        values: impl IntoIterator<Item = S>,
    ) -> io::Result<Vec<Substitution>> {
        let mut replaced = Vec::new();
        let mut bytes = Vec::new();
        for (column, value) in values.into_iter().enumerate() {
            let (value, mut counts) = clean(value.as_ref());
            if column > 0 {
                bytes
                    .extend_from_slice(&self.encoding.encode(SEPARATOR.encode_utf8(&mut [0; 4])).0);
            }
            let (cell, lost) = self.encoding.encode(&format!("{QUOTE}{value}{QUOTE}"));
            counts[3] = lost;
            bytes.extend_from_slice(&cell);
            for (what, times) in REPLACED.into_iter().zip(counts) {
                if times > 0 {
                    replaced.push(Substitution {
                        column,
                        what,
                        times,
                    });
                }
            }
        }
        bytes.extend_from_slice(&self.encoding.encode("\r\n").0);
        self.out.write_all(&bytes)?;
        Ok(replaced)
    }

    /// What was written to.
    pub fn into_inner(self) -> W {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(encoding: Encoding, rows: &[&[&str]]) -> (String, Vec<Substitution>) {
        let mut writer = DatWriter::new(Vec::new(), encoding, rows[0]).unwrap();
        let mut replaced = Vec::new();
        for row in &rows[1..] {
            replaced.extend(writer.row(*row).unwrap());
        }
        (hex::encode(writer.into_inner()), replaced)
    }

    const HEADER: &[&str] = &["BEGBATES", "ENDBATES"];

    #[test]
    fn the_header_is_the_published_vector_in_each_encoding() {
        let utf8 = "c3be4245474241544553c3be14c3be454e444241544553c3be0d0a";
        assert_eq!(rows(Encoding::Utf8, &[HEADER]).0, utf8);
        assert_eq!(
            rows(Encoding::Utf8Bom, &[HEADER]).0,
            format!("efbbbf{utf8}")
        );
        assert_eq!(
            rows(Encoding::Cp1252, &[HEADER]).0,
            "fe4245474241544553fe14fe454e444241544553fe0d0a"
        );
        assert_eq!(
            rows(Encoding::Utf16, &[&["AB", "C"]]).0,
            "fffefe0041004200fe001400fe004300fe000d000a00"
        );
    }

    #[test]
    fn line_breaks_become_the_registered_sign() {
        let (hex, replaced) = rows(Encoding::Utf8, &[&["A"], &["x\r\ny\nz\rw"]]);
        assert_eq!(hex, "c3be41c3be0d0ac3be78c2ae79c2ae7ac2ae77c3be0d0a");
        assert_eq!(replaced, []);
        let (hex, _) = rows(Encoding::Cp1252, &[&["A"], &["x\ny"]]);
        assert_eq!(hex, "fe41fe0d0afe78ae79fe0d0a");
    }

    #[test]
    fn delimiters_in_values_are_replaced_and_each_is_reported() {
        let (hex, replaced) = rows(
            Encoding::Utf8,
            &[HEADER, &["a\u{ae}b\u{ae}", "\u{fe}\u{14}\u{0}\t"]],
        );
        assert!(
            hex.ends_with("c3be6128522962285229c3be14c3be7468202009c3be0d0a"),
            "{hex}"
        );
        let found: Vec<(usize, u32, &str)> = replaced
            .iter()
            .map(|s| (s.column, s.times, &s.what[..2]))
            .collect();
        assert_eq!(found, [(0, 2, "\u{ae}"), (1, 1, "\u{fe}"), (1, 2, "a ")]);
    }

    #[test]
    fn what_an_old_encoding_lacks_is_reported() {
        let (hex, replaced) = rows(Encoding::Cp1252, &[&["A"], &["\u{20ac}\u{e9}\u{4e2d}"]]);
        assert!(hex.ends_with("fe80e93ffe0d0a"), "{hex}");
        assert_eq!(replaced.len(), 1);
        assert!(replaced[0].what.contains("became ?"));
        assert_eq!(replaced[0].times, 1);
    }
}
