//! Reading DAT files, strictly: a row that does not have the header's columns is an error that names
//! it, never a document with its fields shifted.

use super::{Encoding, NEWLINE, QUOTE, SEPARATOR};
use std::collections::HashSet;

/// Why a file is not a DAT file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatError {
    /// No quote at its beginning, in any encoding.
    #[error(
        "it does not begin with \u{fe} in UTF-8, UTF-16LE or Windows-1252: export it with Concordance's delimiters (\u{fe}, DC4, \u{ae})"
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
        "row {row} has {found} fields, the header has {expected}; a value may hold an unescaped \u{fe} or DC4"
    )]
    Width {
        /// The row, from 1 with the header.
        row: usize,
        /// Its fields.
        found: usize,
        /// Those of the header.
        expected: usize,
    },
    /// A quote within a value, or none at its end.
    #[error(
        "row {row}, field {field}: \u{fe} does not stand at the end of the value; replace it there and export again"
    )]
    Quote {
        /// The row, from 1 with the header.
        row: usize,
        /// The field, from 1.
        field: usize,
    },
}

/// A DAT file, decoded.
#[derive(Clone, Debug)]
pub struct Dat {
    encoding: Encoding,
    columns: Vec<String>,
    text: String,
    /// Where the first document's row begins.
    body: usize,
}

impl Dat {
    /// Whether some bytes, the beginning of a file, look like a DAT file.
    pub fn looks_like(head: &[u8]) -> bool {
        let quote = |encoding: Encoding| {
            head.strip_prefix(encoding.mark())
                .unwrap_or(head)
                .starts_with(&encoding.encode("\u{fe}").0)
        };
        Encoding::of(head).is_some_and(quote)
    }

    /// Reads the header; the rows are read by [`Dat::rows`].
    pub fn parse(bytes: &[u8]) -> Result<Self, DatError> {
        let encoding = Encoding::of(bytes).ok_or(DatError::NotDat)?;
        let text = encoding
            .decode(bytes)
            .ok_or(DatError::Encoding(match encoding {
                Encoding::Utf16 => "UTF-16LE",
                _ => "UTF-8",
            }))?;
        if !text.starts_with(QUOTE) {
            return Err(DatError::NotDat);
        }
        let mut scan = Scan {
            text: &text,
            at: 0,
            row: 0,
        };
        let columns = scan.next().ok_or(DatError::NotDat)??;
        let mut seen = HashSet::new();
        if let Some(twice) = columns.iter().find(|name| !seen.insert(name.trim())) {
            return Err(DatError::TwoColumns(twice.clone()));
        }
        let body = scan.at;
        Ok(Dat {
            encoding,
            columns,
            body,
            text,
        })
    }

    /// How it is encoded.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The header.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows after the header, with their numbers (the header's is 1), each as wide as the header.
    pub fn rows(&self) -> impl Iterator<Item = Result<(usize, Vec<String>), DatError>> + '_ {
        let mut scan = Scan {
            text: &self.text,
            at: self.body,
            row: 1,
        };
        let expected = self.columns.len();
        std::iter::from_fn(move || {
            let fields = scan.next()?;
            let row = scan.row;
            Some(fields.and_then(|fields| match fields.len() {
                found if found == expected => Ok((row, fields)),
                found => Err(DatError::Width {
                    row,
                    found,
                    expected,
                }),
            }))
        })
    }
}

/// Reads rows one after the other.
struct Scan<'t> {
    text: &'t str,
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
        let (raw, len) = match rest.strip_prefix(QUOTE) {
            Some(quoted) => {
                let end = quoted.find(QUOTE).ok_or(DatError::Quote {
                    row: self.row,
                    field,
                })?;
                (&quoted[..end], end + 2 * QUOTE.len_utf8())
            }
            None => {
                let end = rest.find([SEPARATOR, '\r', '\n']).unwrap_or(rest.len());
                (&rest[..end], end)
            }
        };
        self.at += len;
        Ok(raw.replace(NEWLINE, "\n"))
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
            if self.peek() == Some(SEPARATOR) {
                self.at += 1;
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
            assert!(Dat::looks_like(&bytes));
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
    fn what_is_wrong_is_said_with_its_row() {
        let dat = |body: &str| format!("\u{fe}A\u{fe}\u{14}\u{fe}B\u{fe}\r\n{body}").into_bytes();
        assert_eq!(rows(b"A,B\r\n"), Err(DatError::NotDat));
        assert_eq!(rows(b"\xef\xbb\xbfA,B"), Err(DatError::NotDat));
        assert_eq!(rows(b""), Err(DatError::NotDat));
        assert_eq!(rows(b"\xc3\xbeA\xff"), Err(DatError::Encoding("UTF-8")));
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
        assert_eq!(
            rows(&dat("\u{fe}x\u{fe}y\u{fe}\u{14}\u{fe}z\u{fe}")),
            Err(quote(1))
        );
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
