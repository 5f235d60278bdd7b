//! Load files: Concordance DAT as it is written, byte for byte, and what other programs make of it.
//!
//! ```text
//! row = þ field þ (DC4 þ field þ)* CR LF        þ quotes, DC4 separates, ® is a line break in a field
//! ```
//!
//! | | þ | DC4 | ® | end of row |
//! |---|---|---|---|---|
//! | UTF-8 | C3 BE | 14 | C2 AE | 0D 0A |
//! | Windows-1252 | FE | 14 | AE | 0D 0A |
//! | UTF-16LE | FE 00 | 14 00 | AE 00 | 0D 00 0A 00 |

mod delimiters;
mod read;
mod write;

pub use delimiters::Delimiters;
pub use read::{Dat, DatError};
pub use write::cp1252;
pub use write::{DatWriter, Substitution};

use serde::Serialize;

const QUOTE: char = '\u{fe}';
const SEPARATOR: char = '\u{14}';
const NEWLINE: char = '\u{ae}';

/// How characters become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8 with a byte order mark.
    Utf8Bom,
    /// UTF-8.
    Utf8,
    /// Windows-1252; what it does not have becomes a question mark.
    Cp1252,
    /// UTF-16, little-endian, with a byte order mark.
    Utf16,
    /// UTF-16, big-endian, with a byte order mark. Read, never written by choice.
    Utf16Be,
}

impl Encoding {
    /// The encoding of that name.
    pub fn from_id(id: &str) -> Option<Self> {
        Some(match id {
            "utf8-bom" => Encoding::Utf8Bom,
            "utf8" => Encoding::Utf8,
            "cp1252" => Encoding::Cp1252,
            "utf16" => Encoding::Utf16,
            _ => return None,
        })
    }

    fn mark(self) -> &'static [u8] {
        match self {
            Encoding::Utf8Bom => b"\xef\xbb\xbf",
            Encoding::Utf16 => b"\xff\xfe",
            Encoding::Utf16Be => b"\xfe\xff",
            Encoding::Utf8 | Encoding::Cp1252 => b"",
        }
    }

    /// The bytes of `text`, and how many characters it could not express.
    fn encode(self, text: &str) -> (Vec<u8>, u32) {
        match self {
            Encoding::Utf8Bom | Encoding::Utf8 => (text.as_bytes().to_vec(), 0),
            Encoding::Utf16 => (text.encode_utf16().flat_map(u16::to_le_bytes).collect(), 0),
            Encoding::Utf16Be => (text.encode_utf16().flat_map(u16::to_be_bytes).collect(), 0),
            Encoding::Cp1252 => cp1252(text),
        }
    }

    /// The encoding of a load file: by its byte order mark, else by the bytes of its beginning.
    fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xef, 0xbb, 0xbf, ..] => Encoding::Utf8Bom,
            [0xff, 0xfe, ..] => Encoding::Utf16,
            [0xfe, 0xff, ..] => Encoding::Utf16Be,
            // A column's name follows the mark or is the beginning: its letters are Latin.
            [0xfe, 0x00, _, 0x00, ..] | [0x20..=0x7e, 0x00, _, 0x00, ..] => Encoding::Utf16,
            [0x00, 0xfe, 0x00, _, ..] | [0x00, 0x20..=0x7e, 0x00, _, ..] => Encoding::Utf16Be,
            [0xfe, ..] => Encoding::Cp1252,
            _ => Encoding::Utf8,
        }
    }

    /// The text of a file in this encoding, without its mark; nothing if it is not valid.
    fn decode(self, bytes: &[u8]) -> Option<String> {
        let bytes = bytes.strip_prefix(self.mark()).unwrap_or(bytes);
        match self {
            Encoding::Utf8Bom | Encoding::Utf8 => String::from_utf8(bytes.to_vec()).ok(),
            Encoding::Utf16Be => encoding_rs::UTF_16BE
                .decode_without_bom_handling_and_without_replacement(bytes)
                .map(Into::into),
            Encoding::Utf16 => encoding_rs::UTF_16LE
                .decode_without_bom_handling_and_without_replacement(bytes)
                .map(Into::into),
            Encoding::Cp1252 => Some(
                encoding_rs::WINDOWS_1252
                    .decode_without_bom_handling(bytes)
                    .0
                    .into(),
            ),
        }
    }
}
