//! Reading load files, strictly: a row that does not have the header's columns is an error that names
//! it, never a document with its fields shifted.

use super::{Delimiters, Encoding};
use crate::charset;
use std::collections::HashSet;

/// Why a file is not a load file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatError {
    /// No delimiters in its first line.
    #[error(
        "its first line does not name columns between delimiters that are understood: export it with Concordance's (\u{fe}, DC4, \u{ae}) or as CSV"
    )]
    NotDat,
    /// Bytes that the encoding does not have.
    #[error("it begins like {0}, but is not valid in that encoding; export it again as UTF-8")]
    Encoding(&'static str),
    /// Two columns of one name.
    #[error("two columns are called '{0}'; rename one of them")]
    TwoColumns(String),
    /// Too many or too few fields.
    #[error(
        "row {row} has {found} fields, the header has {expected}; a value may hold a character that separates or quotes values: replace it there and export again"
    )]
    Width {
        /// The row, from 1 with the header.
        row: usize,
        /// Its fields.
        found: usize,
        /// Those of the header.
        expected: usize,
    },
    /// No quote at the end of a value.
    #[error(
        "row {row}, field {field}: the value begins with the mark that quotes values and does not end with one; complete it and export again"
    )]
    Quote {
        /// The row, from 1 with the header.
        row: usize,
        /// The field, from 1.
        field: usize,
    },
}

/// A load file, decoded.
#[derive(Clone, Debug)]
pub struct Dat {
    encoding: Encoding,
    charset: Option<String>,
    delimiters: Delimiters,
    columns: Vec<String>,
    text: String,
    /// Where the first document's row begins.
    body: usize,
}

impl Dat {
    /// Reads the header; the rows are read by [`Dat::rows`].
    pub fn parse(bytes: &[u8]) -> Result<Self, DatError> {
        let encoding = Encoding::of(bytes);
        let wide = matches!(encoding, Encoding::Utf16 | Encoding::Utf16Be);
        // DOS ended texts with Control-Z; one byte of it may stand at the end of wide characters.
        let bytes = match bytes {
            [rest @ .., 0x1a] if wide && rest.len() % 2 == 0 => rest,
            bytes => bytes,
        };
        let mut charset = None;
        let text = match (encoding.decode(bytes), encoding) {
            (Some(text), _) => text,
            (None, Encoding::Utf8) => {
                let decoded = charset::decode_exact(bytes);
                charset = Some(decoded.1);
                decoded.0
            }
            (None, Encoding::Utf16) => return Err(DatError::Encoding("UTF-16LE")),
            (None, Encoding::Utf16Be) => return Err(DatError::Encoding("UTF-16BE")),
            (None, _) => return Err(DatError::Encoding("UTF-8")),
        };
        let end = text.trim_end_matches(['\u{1a}', '\0']).len();
        let text = text[..end].to_owned();
        let delimiters = Delimiters::of(&text).ok_or(DatError::NotDat)?;
        let mut scan = Scan {
            text: &text,
            delimiters,
            at: 0,
            row: 0,
        };
        let columns = scan.next().ok_or(DatError::NotDat)??;
        let mut seen = HashSet::new();
        let named = columns.iter().filter(|name| !name.trim().is_empty());
        if let Some(twice) = named.clone().find(|name| !seen.insert(name.trim())) {
            return Err(DatError::TwoColumns(twice.clone()));
        }
        let body = scan.at;
        Ok(Dat {
            encoding,
            charset,
            delimiters,
            columns,
            body,
            text,
        })
    }

    /// How it is encoded.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The charset, where it says nothing and is no UTF-8: this one was guessed.
    pub fn guessed_charset(&self) -> Option<&str> {
        self.charset.as_deref()
    }

    /// What separates and quotes its values.
    pub fn delimiters(&self) -> Delimiters {
        self.delimiters
    }

    /// The header.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows after the header, with their numbers (the header's is 1), each as wide as the header.
    pub fn rows(&self) -> impl Iterator<Item = Result<(usize, Vec<String>), DatError>> + '_ {
        let mut scan = Scan {
            text: &self.text,
            delimiters: self.delimiters,
            at: self.body,
            row: 1,
        };
        let expected = self.columns.len();
        std::iter::from_fn(move || {
            let fields = scan.next()?;
            let row = scan.row;
            Some(fields.and_then(|mut fields| {
                // Some programs write a separator behind the last value as well.
                if fields.len() == expected + 1 && fields.last().is_some_and(String::is_empty) {
                    fields.pop();
                }
                match fields.len() {
                    found if found == expected => Ok((row, fields)),
                    found => Err(DatError::Width {
                        row,
                        found,
                        expected,
                    }),
                }
            }))
        })
    }
}

/// Reads rows one after the other.
struct Scan<'t> {
    text: &'t str,
    delimiters: Delimiters,
    at: usize,
    row: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    /// Skips the end of a row; false if there is something else.
    fn end_of_row(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let end = ["\r\n", "\n", "\r"]
            .into_iter()
            .find(|end| rest.starts_with(end));
        self.at += end.map_or(0, str::len);
        end.is_some() || rest.is_empty()
    }

    /// A value, quoted or, as some programs write numbers and empty fields, bare.
    fn value(&mut self, field: usize) -> Result<String, DatError> {
        let rest = &self.text[self.at..];
        let (raw, len) = match rest.strip_prefix(self.delimiters.quote) {
            Some(quoted) => self.quoted(quoted).ok_or(DatError::Quote {
                row: self.row,
                field,
            })?,
            None => {
                let ends = [self.delimiters.separator, '\r', '\n'];
                let end = rest.find(ends).unwrap_or(rest.len());
                (rest[..end].to_owned(), end)
            }
        };
        self.at += len;
        Ok(match self.delimiters.newline {
            Some(mark) => raw.replace(mark, "\n"),
            None => raw,
        })
    }

    /// A value behind its first quote, and its length with both. It ends with the first quote that a separator or
    /// the end of the row follows; others are part of it, as in names that have the letter.
    fn quoted(&self, quoted: &str) -> Option<(String, usize)> {
        let Delimiters {
            quote, separator, ..
        } = self.delimiters;
        let (mut value, mut from) = (String::new(), 0);
        loop {
            let at = from + quoted[from..].find(quote)?;
            let behind = at + quote.len_utf8();
            let next = quoted[behind..].chars().next();
            value.push_str(&quoted[from..at]);
            from = behind;
            match next {
                Some('"') if quote == '"' => from += 1,
                None | Some('\r' | '\n') => return Some((value, quote.len_utf8() + behind)),
                Some(next) if next == separator => {
                    return Some((value, quote.len_utf8() + behind));
                }
                Some(_) => {}
            }
            value.push(quote);
        }
    }
}

impl Iterator for Scan<'_> {
    type Item = Result<Vec<String>, DatError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Blank lines, such as the last one of some programs, are no rows.
        while self.at < self.text.len() && self.end_of_row() {}
        if self.at == self.text.len() {
            return None;
        }
        self.row += 1;
        let mut fields = Vec::new();
        loop {
            match self.value(fields.len() + 1) {
                Ok(value) => fields.push(value),
                Err(error) => {
                    self.at = self.text.len();
                    return Some(Err(error));
                }
            }
            if self.peek() == Some(self.delimiters.separator) {
                self.at += self.delimiters.separator.len_utf8();
            } else if self.end_of_row() {
                return Some(Ok(fields));
            } else {
                self.at = self.text.len();
                return Some(Err(DatError::Quote {
                    row: self.row,
                    field: fields.len(),
                }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::DatWriter;
    use super::*;
    use proptest::prelude::*;

    fn rows(bytes: &[u8]) -> Result<Vec<Vec<String>>, DatError> {
        Dat::parse(bytes)?
            .rows()
            .map(|row| row.map(|(_, fields)| fields))
            .collect()
    }

    #[test]
    fn published_vectors_are_read_in_every_encoding() {
        for (encoding, bytes) in [
            (
                Encoding::Utf8,
                "c3be41c3be14c3be42c3be0d0ac3bec3a9c3be14c3be79c2ae7ac3be0d0a",
            ),
            (
                Encoding::Utf8Bom,
                "efbbbfc3be41c3be14c3be42c3be0d0ac3bec3a9c3be14c3be79c2ae7ac3be0d0a",
            ),
            (Encoding::Cp1252, "fe41fe14fe42fe0d0afee9fe14fe79ae7afe0d0a"),
            (
                Encoding::Utf16,
                "fffefe004100fe001400fe004200fe000d000a00fe00e900fe001400fe007900ae007a00fe000d000a00",
            ),
        ] {
            let bytes = hex::decode(bytes).unwrap();
            let dat = Dat::parse(&bytes).unwrap();
            assert_eq!(dat.encoding(), encoding);
            assert_eq!(dat.columns(), ["A", "B"]);
            assert_eq!(rows(&bytes).unwrap(), [["\u{e9}", "y\nz"]]);
        }
    }

    #[test]
    fn variants_of_real_programs_are_read() {
        let text = "\u{fe}A\u{fe}\u{14}\u{fe}B\u{fe}\n\n1\u{14}\u{fe}two\r\nlines\u{fe}\r\u{14}";
        assert_eq!(
            rows(text.as_bytes()).unwrap(),
            [["1", "two\r\nlines"], ["", ""]]
        );
    }

    #[test]
    fn other_delimiters_encodings_and_ends_are_read() {
        let wide = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(bytes).collect()
        };
        let dat = "\u{fe}A\u{fe}\u{14}\u{fe}B\u{fe}\r\n\u{fe}x\u{fe}\u{14}\u{fe}зима\u{fe}\r\n";
        let csv = "A,B\r\nx,зима\r\n";
        for bytes in [
            wide(dat, u16::to_le_bytes),
            wide(dat, u16::to_be_bytes),
            [b"\xfe\xff".to_vec(), wide(dat, u16::to_be_bytes)].concat(),
            wide(csv, u16::to_le_bytes),
            wide(csv, u16::to_be_bytes),
            [wide(dat, u16::to_le_bytes), vec![0x1a]].concat(),
            [wide(dat, u16::to_le_bytes), vec![0x1a, 0]].concat(),
            [dat.as_bytes(), b"\x1a"].concat(),
            [dat.as_bytes(), b"\x1a\0\0"].concat(),
            b"^A^|^B^\r\n^x^|^\xd0\xb7\xd0\xb8\xd0\xbc\xd0\xb0^\r\n".to_vec(),
        ] {
            assert_eq!(rows(&bytes).unwrap(), [["x", "зима"]]);
        }
        let said = |text: &str| rows(text.as_bytes()).unwrap();
        assert_eq!(
            said("\"A\",\"B\"\n\"a \"\"b\"\"\",\"two\nlines\"\n"),
            [["a \"b\"", "two\nlines"]]
        );
        assert_eq!(said("A;B\n1;\n;2\n"), [["1", ""], ["", "2"]]);
        assert_eq!(said("A\tB\n1\tx, y\t\n"), [["1", "x, y"]]);
        assert_eq!(said("A,B\nAcme\u{ae},x\n"), [["Acme\u{ae}", "x"]]);
        // A name with the letter that quotes.
        let name = "\u{fe}A\u{fe}\u{14}\u{fe}B\u{fe}\r\n\u{fe}Sigur\u{fe}\u{f3}r\u{fe}\u{14}\u{fe}x\u{fe}\r\n";
        assert_eq!(said(name), [["Sigur\u{fe}\u{f3}r", "x"]]);
        let legacy = Dat::parse(b"A,B\nM\xfcller und S\xf6hne,x\n").unwrap();
        assert_eq!(legacy.guessed_charset(), Some("windows-1252"));
        assert_eq!(
            legacy.rows().next().unwrap().unwrap().1[0],
            "M\u{fc}ller und S\u{f6}hne"
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_row() {
        let dat = |body: &str| format!("\u{fe}A\u{fe}\u{14}\u{fe}B\u{fe}\r\n{body}").into_bytes();
        assert_eq!(rows(b"AB\r\n"), Err(DatError::NotDat));
        assert_eq!(rows(b"\xef\xbb\xbfA B"), Err(DatError::NotDat));
        assert_eq!(rows(b""), Err(DatError::NotDat));
        assert_eq!(
            rows(b"\xef\xbb\xbfA,B\xff"),
            Err(DatError::Encoding("UTF-8"))
        );
        assert_eq!(
            rows(b"\xff\xfe\xfe\x00A"),
            Err(DatError::Encoding("UTF-16LE"))
        );
        let width = DatError::Width {
            row: 2,
            found: 1,
            expected: 2,
        };
        assert_eq!(rows(&dat("\u{fe}x\u{fe}\r\n")), Err(width));
        let quote = |field| DatError::Quote { row: 2, field };
        assert_eq!(rows(&dat("\u{fe}x\u{fe}\u{14}\u{fe}z")), Err(quote(2)));
        assert_eq!(
            rows("\u{fe}A\u{fe}\u{14}\u{fe}A\u{fe}".as_bytes()),
            Err(DatError::TwoColumns("A".into()))
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            values in proptest::collection::vec(("[^\\PC]{0,12}", "[a-z\\n]{0,9}"), 0..5),
            which in 0usize..3,
        ) {
            let encoding = [Encoding::Utf8, Encoding::Utf8Bom, Encoding::Utf16][which];
            let mut writer = DatWriter::new(Vec::new(), encoding, ["A", "B"]).unwrap();
            let clean = |v: &str| v.replace(['\u{fe}', '\u{ae}', '\u{14}'], "").replace(|c: char| c.is_control() && c != '\n', "");
            let values: Vec<[String; 2]> = values.iter().map(|(a, b)| [clean(a), clean(b)]).collect();
            for row in &values {
                prop_assert_eq!(writer.row(row).unwrap(), []);
            }
            prop_assert_eq!(rows(&writer.into_inner()).unwrap(), values);
        }

        #[test]
        fn hostile_bytes_never_panic(bytes in proptest::collection::vec(
            prop_oneof![Just(0xc3u8), Just(0xbe), Just(0xfe), Just(0x14), Just(0), Just(13), any::<u8>()], 0..60
        )) {
            let _ = rows(&bytes);
            let _ = rows(&[&b"\xc3\xbeA\xc3\xbe\n"[..], &bytes].concat());
        }
    }
}
