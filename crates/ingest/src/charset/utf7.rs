//! UTF-7: base64 of UTF-16 between `+` and `-`.

/// The text, and whether a shifted part is none: it stays as it stands.
pub(crate) fn decode(bytes: &[u8]) -> (String, bool) {
    let mut out = String::with_capacity(bytes.len());
    let mut lossy = false;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        if byte != b'+' {
            lossy |= !byte.is_ascii();
            out.push(match byte.is_ascii() {
                true => char::from(byte),
                false => char::REPLACEMENT_CHARACTER,
            });
            continue;
        }
        let coded = bytes[at..]
            .iter()
            .take_while(|byte| sextet(**byte).is_some())
            .count();
        let ended = bytes.get(at + coded) == Some(&b'-');
        match coded {
            // `+-` is a plus; one that shifts nothing stands for itself.
            0 => out.push('+'),
            _ => match shifted(&bytes[at..at + coded]) {
                Some(text) => out.push_str(&text),
                None => {
                    lossy = true;
                    out.push('+');
                    out.extend(bytes[at..at + coded].iter().map(|byte| char::from(*byte)));
                    at += coded;
                    continue;
                }
            },
        }
        at += coded + usize::from(ended);
    }
    (out, lossy)
}

fn sextet(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// What base64 of UTF-16 says; nothing if something is left over or is no character.
pub(super) fn shifted(coded: &[u8]) -> Option<String> {
    let mut units = Vec::with_capacity(coded.len() * 3 / 8);
    let (mut bits, mut count) = (0u32, 0);
    for byte in coded {
        bits = bits << 6 | sextet(*byte)?;
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push((bits >> count) as u16);
            bits &= (1 << count) - 1;
        }
    }
    if count >= 6 || bits != 0 || units.is_empty() {
        return None;
    }
    char::decode_utf16(units).collect::<Result<_, _>>().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_the_standard() {
        for (coded, text) in [
            ("A+ImIDkQ.", "A≢Α."),
            ("Hi Mom -+Jjo--!", "Hi Mom -☺-!"),
            ("+ZeVnLIqe-", "日本語"),
            ("1 +- 1 +AOk-, +2D3eAA-x", "1 + 1 é, \u{1f600}x"),
            ("a + b", "a + b"),
        ] {
            assert_eq!(
                decode(coded.as_bytes()),
                (text.to_owned(), false),
                "{coded}"
            );
        }
        for broken in ["+AOl", "see +2D0- x", "caf\u{e9}", "x+ABC"] {
            assert!(decode(broken.as_bytes()).1, "{broken}");
        }
        assert_eq!(decode(b"see +2D0- x").0, "see +2D0- x");
    }
}
