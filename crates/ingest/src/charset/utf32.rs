//! UTF-32: four bytes a character, of which the first or the last is always zero.

/// The text, and whether something in it is no character. Which byte comes first, a mark or the zeros say.
pub(crate) fn decode(bytes: &[u8]) -> (String, bool) {
    let big = is_big(bytes);
    let mut lossy = !bytes.len().is_multiple_of(4);
    let text = bytes
        .chunks_exact(4)
        .map(|four| [four[0], four[1], four[2], four[3]])
        .map(|four| {
            if big {
                u32::from_be_bytes(four)
            } else {
                u32::from_le_bytes(four)
            }
        })
        .map(|number| {
            char::from_u32(number).unwrap_or_else(|| {
                lossy = true;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    (text, lossy)
}

fn is_big(bytes: &[u8]) -> bool {
    let zeros = |at: usize| {
        let sample = bytes[..bytes.len().min(4096)].chunks_exact(4);
        sample.filter(|four| four[at] == 0).count()
    };
    bytes.starts_with(&[0, 0, 0xfe, 0xff])
        || !bytes.starts_with(&[0xff, 0xfe, 0, 0]) && zeros(0) > zeros(3)
}

/// Whether bytes are UTF-32: by their mark, or as every character of them would be one that texts have.
pub(crate) fn is_likely(bytes: &[u8]) -> bool {
    let marked = bytes.starts_with(&[0, 0, 0xfe, 0xff]) || bytes.starts_with(&[0xff, 0xfe, 0, 0]);
    if bytes.len() < 8 || !bytes.len().is_multiple_of(4) || !bytes.contains(&0) {
        return false;
    }
    let sample = &bytes[..bytes.len().min(4096)];
    let (text, lossy) = decode(sample);
    let odd = |c: char| c.is_control() && !c.is_whitespace();
    !lossy && !text.contains(odd) && (marked || sample.len() >= 16)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The bytes of a text in both orders.
    pub(in crate::charset) fn encoded(text: &str) -> [Vec<u8>; 2] {
        let of = |bytes: fn(u32) -> [u8; 4]| text.chars().flat_map(|c| bytes(c.into())).collect();
        [of(u32::to_le_bytes), of(u32::to_be_bytes)]
    }

    #[test]
    fn both_orders_with_and_without_mark() {
        let text = "velvet otter \u{1f9a6} ключ";
        let [le, be] = encoded(text);
        for bytes in [&le, &be] {
            assert!(is_likely(bytes));
            assert_eq!(decode(bytes), (text.to_owned(), false));
        }
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(!is_likely(&utf16[..utf16.len() / 4 * 4]));
        assert!(decode(&le[..7]).1);
    }
}
