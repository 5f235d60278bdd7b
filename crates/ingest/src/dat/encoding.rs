//! The characters of the format, and how they become bytes.

use serde::Serialize;

pub(super) const QUOTE: char = '\u{fe}';
pub(super) const SEPARATOR: char = '\u{14}';
pub(super) const NEWLINE: char = '\u{ae}';

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

    pub(super) fn mark(self) -> &'static [u8] {
        match self {
            Encoding::Utf8Bom => b"\xef\xbb\xbf",
            Encoding::Utf16 => b"\xff\xfe",
            Encoding::Utf16Be => b"\xfe\xff",
            Encoding::Utf8 | Encoding::Cp1252 => b"",
        }
    }

    /// The bytes of `text`, and how many characters it could not express.
    pub(super) fn encode(self, text: &str) -> (Vec<u8>, u32) {
        match self {
            Encoding::Utf8Bom | Encoding::Utf8 => (text.as_bytes().to_vec(), 0),
            Encoding::Utf16 => (text.encode_utf16().flat_map(u16::to_le_bytes).collect(), 0),
            Encoding::Utf16Be => (text.encode_utf16().flat_map(u16::to_be_bytes).collect(), 0),
            Encoding::Cp1252 => cp1252(text),
        }
    }

    /// The encoding of a load file: by its byte order mark, else by the bytes of its beginning.
    pub(super) fn of(bytes: &[u8]) -> Self {
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
    pub(super) fn decode(self, bytes: &[u8]) -> Option<String> {
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

/// Windows-1252 bytes, with question marks for what it does not have.
pub fn cp1252(text: &str) -> (Vec<u8>, u32) {
    let (bytes, _, lossy) = encoding_rs::WINDOWS_1252.encode(text);
    if !lossy {
        return (bytes.into_owned(), 0);
    }
    let (mut out, mut lost) = (Vec::with_capacity(text.len()), 0);
    let mut buffer = [0; 4];
    for c in text.chars() {
        match encoding_rs::WINDOWS_1252.encode(c.encode_utf8(&mut buffer)) {
            (bytes, _, false) => out.extend_from_slice(&bytes),
            _ => {
                lost += 1;
                out.push(b'?');
            }
        }
    }
    (out, lost)
}
