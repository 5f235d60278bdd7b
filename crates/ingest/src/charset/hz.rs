//! HZ: Chinese in seven bits, between `~{` and `~}`.

use encoding_rs::GBK;

/// The text, and whether something in it is no character.
pub(crate) fn decode(bytes: &[u8]) -> (String, bool) {
    let mut wide = Vec::with_capacity(bytes.len());
    let mut shifted = false;
    let mut lossy = false;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let two = bytes.get(at..at + 2).unwrap_or_default();
        match two {
            b"~{" if !shifted => shifted = true,
            b"~}" if shifted => shifted = false,
            b"~~" if !shifted => wide.push(b'~'),
            b"~\n" if !shifted => {}
            [first @ 0x21..=0x77, second @ 0x21..=0x7e] if shifted => {
                wide.extend([first | 0x80, second | 0x80]);
            }
            _ => {
                // Half a character, or a line's end that ends the shift.
                lossy |= shifted && (0x21..=0x7e).contains(&byte) || !byte.is_ascii();
                shifted &= byte != b'\n';
                wide.push(byte);
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    let (text, broken) = GBK.decode_without_bom_handling(&wide);
    (text.into_owned(), lossy || broken)
}

/// What a text would say if it were HZ, which nobody declares: only if all that is shifted is Chinese as people write it,
/// mostly of the characters that are frequent. Program code and wikis have `~{` as well.
pub(crate) fn guess(bytes: &[u8]) -> Option<String> {
    memchr::memmem::find(bytes, b"~{")?;
    if !bytes.is_ascii() || bytes.contains(&0x1b) {
        return None;
    }
    let (mut all, mut frequent) = (0usize, 0usize);
    let mut rest = bytes;
    while let Some(at) = memchr::memmem::find(rest, b"~{") {
        rest = &rest[at + 2..];
        let end = memchr::memmem::find(rest, b"~}")?;
        let inner = &rest[..end];
        if inner.is_empty() || !inner.len().is_multiple_of(2) {
            return None;
        }
        for two in inner.chunks_exact(2) {
            if !(0x21..=0x77).contains(&two[0]) || !(0x21..=0x7e).contains(&two[1]) {
                return None;
            }
            // The first rows are signs and other scripts, then come the frequent characters, then those of rare use.
            if two[0] >= 0x24 {
                all += 1;
                frequent += usize::from(matches!(two[0], 0x24..=0x27 | 0x30..=0x57));
            }
        }
        rest = &rest[end + 2..];
    }
    if all == 0 || frequent * 10 < all * 8 {
        return None;
    }
    let (text, lossy) = decode(bytes);
    (!lossy).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifted_and_not() {
        let (text, lossy) = decode(b"see ~{<:Ky2;~} ~~ ~\nend");
        assert_eq!((&*text, lossy), ("see 己所不 ~ end", false));
        assert!(decode(b"~{<:K~}").1);
        assert_eq!(guess(b"see ~{<:Ky2;~}").as_deref(), Some("see 己所不"));
        for code in [
            "a ~{b~} c",
            "~{code~} and ~{more~}",
            "if (x) ~{ return ~}",
            "~{velvetotter~}",
            "~{otter ledger~}",
            "~{",
            "~{~}",
        ] {
            assert_eq!(guess(code.as_bytes()), None, "{code}");
        }
    }
}
