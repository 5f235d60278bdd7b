//! Transfer encodings undone, as far as the bytes allow, and what was wrong with them.

use std::borrow::Cow;

use super::lines;
use crate::ledger::Unread;

/// Bytes after their encoding has been undone.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Content<'a> {
    pub bytes: Cow<'a, [u8]>,
    /// What was wrong.
    pub damage: Option<(Unread, &'static str)>,
    /// Text in the clear behind the encoded part: the footer of a mailing list.
    pub tail: &'a [u8],
}

impl<'a> Content<'a> {
    fn plain(bytes: &'a [u8]) -> Self {
        Self {
            bytes: Cow::Borrowed(bytes),
            ..Self::default()
        }
    }

    fn owned(bytes: Vec<u8>) -> Self {
        Self {
            bytes: Cow::Owned(bytes),
            ..Self::default()
        }
    }
}

/// Undoes the encoding of that name.
pub(crate) fn decode<'a>(raw: &'a [u8], encoding: &str) -> Content<'a> {
    let encoding = without_comments(encoding);
    let name = encoding
        .trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '.'))
        .to_ascii_lowercase();
    let name = name.split([' ', ';', '(']).next().unwrap_or_default();
    match name {
        "base64" | "b" | "base-64" | "x-base64" => base64(raw),
        "quoted-printable" | "quoted_printable" | "q" | "qp" => {
            Content::owned(quoted_printable(raw))
        }
        "x-uuencode" | "uuencode" | "x-uue" | "uue" | "x-uu" => match uu_block(raw) {
            Some(block) => Content {
                damage: (!block.ended).then_some((Unread::Truncated, UU_CUT)),
                bytes: Cow::Owned(block.bytes),
                tail: &[],
            },
            None => Content {
                damage: Some((Unread::Undecodable, "declared as uuencode, but is not")),
                ..Content::plain(raw)
            },
        },
        name if is_identity(name) => Content::plain(raw),
        _ => Content {
            damage: Some((Unread::Undecodable, FOREIGN)),
            ..Content::plain(raw)
        },
    }
}

/// A header field without what stands in brackets.
fn without_comments(field: &str) -> String {
    let mut depth = 0usize;
    let mut out = String::with_capacity(field.len());
    for c in field.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// Names of no encoding at all, and charsets that stand in the wrong field.
fn is_identity(name: &str) -> bool {
    let bits = name.trim_start_matches(|c: char| c.is_ascii_digit());
    matches!(
        name,
        "" | "binary"
            | "none"
            | "plain"
            | "text"
            | "text/plain"
            | "identity"
            | "unknown"
            | "default"
            | "ascii"
    ) || matches!(bits.trim_start_matches(['-', '_', ' ']), "bit" | "bits")
        || encoding_rs::Encoding::for_label(name.as_bytes()).is_some()
}

/// Takes the yEnc blocks out of a text. Their bytes are no text in any charset, so that comes before decoding.
pub(crate) fn without_yenc(bytes: &[u8]) -> (Cow<'_, [u8]>, Vec<Block>) {
    const MARK: &[u8] = b"=ybegin ";
    if !bytes.windows(MARK.len()).any(|window| window == MARK) {
        return (Cow::Borrowed(bytes), Vec::new());
    }
    let (mut text, mut files) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let block = rest.starts_with(MARK).then(|| yenc_block(rest)).flatten();
        let len = match block.filter(|block| block.len > 0) {
            Some(block) => {
                let len = block.len;
                files.push(block);
                len
            }
            None => {
                let end = rest.iter().position(|byte| *byte == b'\n');
                let len = end.map_or(rest.len(), |end| end + 1);
                text.extend_from_slice(&rest[..len]);
                len
            }
        };
        at += len;
    }
    (Cow::Owned(text), files)
}

pub(crate) const UU_CUT: &str = "a uuencoded block is cut off";
const FOREIGN: &str = "its transfer encoding is not known here";
const CUT: &str = "the base64 encoding is cut off";
const DAMAGED: &str = "the base64 encoding is damaged";
const NOT: &str = "declared as base64, but is not";

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

/// Adds base64 to `out`, piece by piece where there is padding in between. Says how many characters are left
/// over at its end.
pub(crate) fn push_base64(out: &mut Vec<u8>, chars: impl Iterator<Item = u8>) -> usize {
    let (mut bits, mut count) = (0u32, 0);
    let flush = |out: &mut Vec<u8>, bits: u32, count: usize| match count {
        2 => out.push((bits >> 4) as u8),
        3 => out.extend([(bits >> 10) as u8, (bits >> 2) as u8]),
        _ => {}
    };
    for byte in chars {
        if byte == b'=' {
            flush(out, bits, count);
            (bits, count) = (0, 0);
        } else if let Some(value) = sextet(byte) {
            bits = bits << 6 | value;
            count += 1;
            if count == 4 {
                out.extend([(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]);
                (bits, count) = (0, 0);
            }
        }
    }
    flush(out, bits, count);
    count
}

/// Whether a line is nothing but base64.
pub(crate) fn is_base64(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let end = line.trim_ascii_end().iter().rposition(|byte| *byte != b'=');
    end.is_some_and(|end| {
        line[..=end]
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
    })
}

/// Base64 that is damaged is read as far as possible; text sent in the clear under the name of base64 is
/// taken as it is, and so is text in the clear behind it.
pub(crate) fn base64(raw: &[u8]) -> Content<'_> {
    let foreign = |line: &[u8]| {
        let odd = |byte: &&u8| sextet(**byte).is_none() && !matches!(**byte, b'=' | b'\r' | b'\n');
        line.iter().filter(odd).count()
    };
    // Where prose begins: a line with blanks inside, or with much that is no base64.
    let mut end = 0;
    let mut odd = 0;
    let mut proper = 0usize;
    let mut prose = None;
    for line in lines(raw) {
        let shown = line.trim_ascii();
        let strange = foreign(shown);
        let rule = shown.len() > 3 && shown.iter().all(|byte| matches!(byte, b'_' | b'-' | b'='));
        if !shown.is_empty() && (shown.contains(&b' ') || rule || strange * 4 > shown.len()) {
            // Something may have been written behind the last of it, on the same line.
            let word = shown.split(|byte| *byte == b' ').next().unwrap_or_default();
            if word.ends_with(b"=") && is_base64(word) {
                proper += word.len();
                end += line.iter().position(|byte| *byte == b'=').unwrap_or(0) + 1;
                end += line[..]
                    .iter()
                    .skip_while(|byte| **byte != b'=')
                    .skip(1)
                    .take_while(|byte| **byte == b'=')
                    .count();
            }
            prose = Some(end);
            break;
        }
        odd += strange;
        proper += shown.len() - strange;
        end += line.len();
    }
    let (coded, tail) = raw.split_at(prose.unwrap_or(raw.len()));
    if proper < 8 && !tail.trim_ascii().is_empty() {
        return Content {
            damage: Some((Unread::Undecodable, NOT)),
            ..Content::plain(raw)
        };
    }
    let mut bytes = Vec::with_capacity(coded.len() / 4 * 3);
    let left = push_base64(&mut bytes, coded.iter().copied());
    let damage = if odd > 0 {
        Some((Unread::Undecodable, DAMAGED))
    } else if left == 1 {
        Some((Unread::Truncated, CUT))
    } else {
        None
    };
    Content {
        bytes: Cow::Owned(bytes),
        damage,
        tail,
    }
}

/// Quoted-printable in which every `=` that does not begin a valid escape stands for itself.
pub(crate) fn quoted_printable(raw: &[u8]) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let mut out = Vec::with_capacity(raw.len());
    for line in lines(raw) {
        let shown = line.trim_ascii_end();
        let ending = if line.ends_with(b"\r\n") {
            2
        } else {
            usize::from(line.ends_with(b"\n"))
        };
        let soft = shown.ends_with(b"=");
        let mut rest = if soft {
            &shown[..shown.len() - 1]
        } else {
            shown
        };
        while let Some(at) = rest.iter().position(|byte| *byte == b'=') {
            out.extend_from_slice(&rest[..at]);
            match (
                rest.get(at + 1).and_then(digit),
                rest.get(at + 2).and_then(digit),
            ) {
                (Some(high), Some(low)) => {
                    out.push((high << 4 | low) as u8);
                    rest = &rest[at + 3..];
                }
                _ => {
                    out.push(b'=');
                    rest = &rest[at + 1..];
                }
            }
        }
        out.extend_from_slice(rest);
        if !soft {
            out.extend_from_slice(&line[line.len() - ending..]);
        }
    }
    out
}

/// Text that was encoded as quoted-printable, of which no header says so, or once more than the header says: lines that end
/// in `=` where they were broken.
pub(crate) fn undeclared_quoted_printable(bytes: &[u8]) -> Option<Vec<u8>> {
    memchr::memmem::find(bytes, b"=\n").or(memchr::memmem::find(bytes, b"=\r\n"))?;
    if !bytes.is_ascii() {
        return None;
    }
    let soft = |line: &&[u8]| {
        let line = line.trim_ascii_end();
        (50..=78).contains(&line.len())
            && line.ends_with(b"=")
            && !line.ends_with(b"==")
            && line.contains(&b' ')
    };
    (lines(bytes).filter(soft).take(2).count() == 2).then(|| quoted_printable(bytes))
}

/// A block that carries a file in text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub name: String,
    pub bytes: Vec<u8>,
    /// Its length in the text.
    pub len: usize,
    /// Whether its end was there.
    pub ended: bool,
}

/// The uuencoded block that `text` begins with (`begin 644 name`, or `begin-base64`).
pub(crate) fn uu_block(text: &[u8]) -> Option<Block> {
    let mut rest = lines(text);
    let mut len = 0;
    let head = loop {
        let line = rest.next()?;
        len += line.len();
        if !line.trim_ascii().is_empty() {
            break line.trim_ascii();
        }
    };
    let (based, head) = match head.strip_prefix(b"begin-base64 ") {
        Some(head) => (true, head),
        None => (false, head.strip_prefix(b"begin ")?),
    };
    let space = head.iter().position(|byte| *byte == b' ')?;
    let (mode, name) = (&head[..space], head[space + 1..].trim_ascii());
    if !(3..=4).contains(&mode.len()) || !mode.iter().all(|d| matches!(d, b'0'..=b'7')) {
        return None;
    }
    let mut bytes = Vec::new();
    let (mut ended, mut first) = (false, true);
    for line in rest {
        let shown = line.trim_ascii_end();
        if shown == b"end" || based && shown == b"====" {
            len += line.len();
            ended = true;
            break;
        }
        if based {
            if !is_base64(shown) {
                break;
            }
            push_base64(&mut bytes, shown.iter().copied());
        } else if !shown.is_empty() && !uu_line(&mut bytes, shown) {
            break;
        }
        first = false;
        len += line.len();
    }
    (!first || ended).then(|| Block {
        name: String::from_utf8_lossy(name).trim_matches('"').to_owned(),
        bytes,
        len,
        ended,
    })
}

/// One line of uuencode; blanks at its end may have been lost.
fn uu_line(out: &mut Vec<u8>, line: &[u8]) -> bool {
    let Some((&count, data)) = line.split_first() else {
        return true;
    };
    if !(b' '..=b'`').contains(&count) {
        return false;
    }
    let count = usize::from((count - b' ') & 63);
    let want = count.div_ceil(3) * 4;
    if data.len() > want + 2 || !data.iter().all(|byte| (b' '..=b'`').contains(byte)) {
        return false;
    }
    let value = |at: usize| u32::from(data.get(at).copied().unwrap_or(b' ') - b' ') & 63;
    let before = out.len();
    for at in (0..want).step_by(4) {
        let bits = value(at) << 18 | value(at + 1) << 12 | value(at + 2) << 6 | value(at + 3);
        out.extend([(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]);
    }
    out.truncate(before + count);
    true
}

/// The yEnc block that `text` begins with.
pub(crate) fn yenc_block(text: &[u8]) -> Option<Block> {
    let mut rest = lines(text);
    let head = rest.next()?;
    if !head.starts_with(b"=ybegin ") {
        return None;
    }
    let name = head
        .windows(6)
        .position(|window| window == b" name=")
        .map(|at| String::from_utf8_lossy(head[at + 6..].trim_ascii()).into_owned());
    let mut len = head.len();
    let mut bytes = Vec::new();
    let mut ended = false;
    for line in rest {
        len += line.len();
        if line.starts_with(b"=yend") {
            ended = true;
            break;
        }
        if line.starts_with(b"=ypart") {
            continue;
        }
        let mut escaped = false;
        for byte in line.iter().filter(|byte| !matches!(byte, b'\r' | b'\n')) {
            match byte {
                b'=' if !escaped => escaped = true,
                byte => {
                    let byte = if escaped {
                        byte.wrapping_sub(64)
                    } else {
                        *byte
                    };
                    bytes.push(byte.wrapping_sub(42));
                    escaped = false;
                }
            }
        }
    }
    Some(Block {
        name: name.unwrap_or_default(),
        bytes,
        len,
        ended,
    })
}

/// What BinHex 4.0 begins with.
pub(crate) const BINHEX: &[u8] = b"(This file must be converted with BinHex";
const BINHEX_CHARS: &[u8; 64] =
    b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr";

/// The BinHex block that `text` begins with: the data fork of a file.
pub(crate) fn binhex_block(text: &[u8]) -> Option<Block> {
    let text_start = text.iter().position(|byte| !byte.is_ascii_whitespace())?;
    if !text[text_start..].starts_with(BINHEX) {
        return None;
    }
    let from = text.iter().position(|byte| *byte == b':')? + 1;
    let until = text[from..].iter().position(|byte| *byte == b':');
    let coded = &text[from..until.map_or(text.len(), |at| from + at)];
    let mut packed = Vec::with_capacity(coded.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for byte in coded {
        if let Some(value) = BINHEX_CHARS.iter().position(|c| c == byte) {
            bits = bits << 6 | value as u32;
            count += 1;
            if count == 4 {
                packed.extend([(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]);
                (bits, count) = (0, 0);
            }
        }
    }
    match count {
        2 => packed.push((bits >> 4) as u8),
        3 => packed.extend([(bits >> 10) as u8, (bits >> 2) as u8]),
        _ => {}
    }
    let file = unrepeat(&packed);
    // Length and name, a zero, type, creator, flags, lengths of the two forks, a checksum.
    let name_len = usize::from(*file.first()?);
    let name = file.get(1..=name_len)?;
    let head = file.get(name_len + 2..name_len + 22)?;
    let len = u32::from_be_bytes(head[10..14].try_into().ok()?) as usize;
    let data = &file[name_len + 22..];
    Some(Block {
        name: String::from_utf8_lossy(name).into_owned(),
        ended: until.is_some() && data.len() >= len,
        bytes: data[..data.len().min(len)].to_vec(),
        len: until.map_or(text.len(), |at| from + at + 1),
    })
}

/// Runs of BinHex unpacked: at most 255 for three bytes.
fn unrepeat(packed: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(packed.len());
    let mut rest = packed.iter();
    while let Some(&byte) = rest.next() {
        if byte != 0x90 {
            out.push(byte);
            continue;
        }
        match rest.next() {
            Some(0) => out.push(0x90),
            Some(&count) => {
                let last = out.last().copied().unwrap_or_default();
                out.extend(std::iter::repeat_n(last, usize::from(count - 1)));
            }
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_encodings_are_read_as_far_as_possible() {
        assert_eq!(quoted_printable(b"a=3Db=\nc=ZZd=4"), b"a=bc=ZZd=4");
        assert_eq!(
            quoted_printable(b"soft= \r\nbreak  \r\n=c3=A9="),
            b"softbreak\r\n\xc3\xa9"
        );
        let cut = base64(b"aGVsbG8gd29ybGQ\n");
        assert_eq!((&*cut.bytes, cut.damage), (&b"hello world"[..], None));
        let cut = base64(b"aGVsbG8gd29ybGQga");
        assert_eq!(cut.damage, Some((Unread::Truncated, CUT)));
        assert_eq!(&*cut.bytes, b"hello world ");
        let damaged = base64(b"aGVsbG8gd29ybGQgYWdhaW4gYW5kIGFnYWluIGFuZCBhZ2Fpbg*=");
        assert!(damaged.bytes.starts_with(b"hello world again"));
        assert!(damaged.damage.is_some());
        let clear = base64(b"This is not base64 at all, it's prose.");
        assert!(clear.bytes.starts_with(b"This is not"));
        assert!(clear.damage.is_some());
        assert_eq!(&*base64(b"aGVs\nbG8=\nIHdv\ncmxk").bytes, b"hello world");
    }

    #[test]
    fn a_footer_in_the_clear_is_kept_apart() {
        for footer in [
            "____\nTo unsubscribe write to us\n",
            "-- \nlist footer\n",
            "Sent from my phone\n",
        ] {
            let raw = format!("aGVsbG8gd29ybGQ=\n\n{footer}");
            let content = base64(raw.as_bytes());
            assert_eq!(&*content.bytes, b"hello world");
            assert_eq!(content.damage, None);
            assert_eq!(content.tail, footer.as_bytes());
        }
    }

    #[test]
    fn a_word_behind_the_padding_is_no_part_of_it() {
        let content = base64(b"ecO2dMOkIHZhYW4uCg== ignored");
        assert_eq!(&*content.bytes, "y\u{f6}t\u{e4} vaan.\n".as_bytes());
        assert_eq!(content.tail, b" ignored");
    }

    #[test]
    fn names_of_encodings_are_taken_as_they_are_written() {
        for name in ["base64", " BASE64 ", "\"base64\"", "base64;", "base64 (x)"] {
            assert_eq!(&*decode(b"aGVsbG8=", name).bytes, b"hello", "{name}");
        }
        assert_eq!(&*decode(b"aGVsbG8=", "8bit").bytes, b"aGVsbG8=");
    }

    #[test]
    fn blocks() {
        let uu = b"begin 644 cat.txt\n#0V%T\n`\nend\nrest";
        let block = uu_block(uu).unwrap();
        assert_eq!(
            (&*block.name, &*block.bytes, block.ended),
            ("cat.txt", &b"Cat"[..], true)
        );
        assert_eq!(&uu[block.len..], b"rest");
        let cut = uu_block(b"begin 644 cat.txt\n#0V%T\n\nRegards, lower case").unwrap();
        assert_eq!((&*cut.bytes, cut.ended), (&b"Cat"[..], false));
        assert_eq!(uu_block(b"begin 10 minutes early\n"), None);
        let based = uu_block(b"begin-base64 644 a\naGVsbG8=\n====\n").unwrap();
        assert_eq!(&*based.bytes, b"hello");
        let yenc =
            yenc_block(b"=ybegin line=128 size=3 name=a b.txt\n\x6d\x8b\x9e\n=yend size=3\n");
        let yenc = yenc.unwrap();
        assert_eq!(
            (&*yenc.name, &*yenc.bytes, yenc.ended),
            ("a b.txt", &b"Cat"[..], true)
        );
    }

    #[test]
    fn binhex_gives_the_data_fork() {
        // A file "a" of type TEXT with "hi": header, checksums left zero, no resource fork.
        let mut file = vec![1, b'a', 0];
        file.extend(b"TEXTttxt\0\0");
        file.extend([0, 0, 0, 4, 0, 0, 0, 0, 0, 0]);
        file.extend([b'h', b'i', 0x90, 3, 0, 0]);
        let mut coded = Vec::new();
        for chunk in file.chunks(3) {
            let bits = chunk
                .iter()
                .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte))
                << (8 * (3 - chunk.len()));
            for shift in [18, 12, 6, 0].into_iter().take(chunk.len() + 1) {
                coded.push(BINHEX_CHARS[(bits >> shift & 63) as usize]);
            }
        }
        let coded = String::from_utf8(coded).unwrap();
        let text = format!("(This file must be converted with BinHex 4.0)\n\n:{coded}:\nrest");
        let block = binhex_block(text.as_bytes()).unwrap();
        assert_eq!(
            (&*block.name, &*block.bytes, block.ended),
            ("a", &b"hiii"[..], true)
        );
        assert_eq!(&text[block.len..], "\nrest");
    }
}
