//! Signatures and public keys of OpenPGP that lie beside a document: they hold no document, and say whose they are.
//!
//! Only what is nothing else is taken for one: every byte belongs to a packet, and every packet is a signature, a public key
//! or what is said of its owner (RFC 4880 and 9580). Nothing is checked.

use std::collections::BTreeSet;

/// Most packets that are looked at.
const MAX_PACKETS: usize = 10_000;
/// Most names that are taken.
const MAX_NAMES: usize = 1_000;

/// What such a file says, as text; `None`: it is something else.
pub(crate) fn told(bytes: &[u8]) -> Option<String> {
    match armoured(bytes) {
        Some(inner) => packets(&inner),
        None if bytes.first().is_some_and(|first| first & 0x80 != 0) => packets(bytes),
        None => None,
    }
}

/// The bytes within an armour that is all of the file.
fn armoured(bytes: &[u8]) -> Option<Vec<u8>> {
    if !bytes.trim_ascii_start().starts_with(b"-----BEGIN PGP ") {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let kinds = ["SIGNATURE", "PUBLIC KEY BLOCK"];
    let inner = kinds.iter().find_map(|kind| {
        text.strip_prefix(&format!("-----BEGIN PGP {kind}-----"))?
            .strip_suffix(&format!("-----END PGP {kind}-----"))
    })?;
    // Headers end at the first blank line; the checksum begins with an equals sign.
    let body = match inner.trim_start().split_once("\n\n") {
        Some((_, body)) => body,
        None => inner
            .trim_start()
            .split_once("\r\n\r\n")
            .map_or(inner, |(_, body)| body),
    };
    let lines = body.lines().map(str::trim);
    let lines: Vec<&str> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('='))
        .collect();
    let mut out = Vec::new();
    super::transfer::push_base64(&mut out, lines.iter().flat_map(|line| line.bytes()));
    lines
        .iter()
        .all(|line| super::transfer::is_base64(line.as_bytes()))
        .then_some(out)
}

fn packets(mut rest: &[u8]) -> Option<String> {
    let (mut signatures, mut keys) = (0usize, 0usize);
    let mut names = BTreeSet::new();
    let mut count = 0;
    while !rest.is_empty() {
        count += 1;
        let (tag, body, behind) = packet(rest).filter(|_| count <= MAX_PACKETS)?;
        match tag {
            // Versions 3 to 6 of signatures and keys.
            2 if (3..=6).contains(body.first()?) => signatures += 1,
            6 | 14 if (2..=6).contains(body.first()?) => keys += 1,
            // What keyrings hold beside: trust, and a picture of the owner.
            12 | 17 if keys > 0 => {}
            13 if keys > 0 => {
                let name = String::from_utf8_lossy(body).trim().to_owned();
                if names.len() < MAX_NAMES {
                    names.insert(name);
                }
            }
            _ => return None,
        }
        rest = behind;
    }
    let what = match (signatures, keys) {
        (0, 0) => return None,
        (_, 0) => "Signature",
        _ => "Public key",
    };
    let mut out = format!("{what}\n");
    for name in names {
        out.push_str(&name);
        out.push('\n');
    }
    Some(out)
}

/// The tag, the body and what is behind the first packet.
fn packet(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if first & 0x80 == 0 {
        return None;
    }
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0usize, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let (tag, length, at) = if first & 0x40 != 0 {
        let one = usize::from(*rest.first()?);
        match one {
            0..192 => (first & 0x3F, one, 1),
            192..224 => {
                let two = usize::from(*rest.get(1)?);
                (first & 0x3F, ((one - 192) << 8) + two + 192, 2)
            }
            255 => (first & 0x3F, number(rest.get(1..5)?), 5),
            // In parts: only data is.
            _ => return None,
        }
    } else {
        let size = match first & 3 {
            0 => 1,
            1 => 2,
            2 => 4,
            _ => return None,
        };
        (first >> 2 & 0xF, number(rest.get(..size)?), size)
    };
    let body = rest.get(at..)?.get(..length)?;
    Some((tag, body, &rest[at + length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn old(tag: u8, body: &[u8]) -> Vec<u8> {
        [&[0x80 | tag << 2, body.len() as u8], body].concat()
    }

    fn armour(kind: &str, bytes: &[u8]) -> String {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for three in bytes.chunks(3) {
            let mut all = [0; 3];
            all[..three.len()].copy_from_slice(three);
            let number = u32::from_be_bytes([0, all[0], all[1], all[2]]);
            for i in 0..4 {
                let letter = letters[(number >> (18 - 6 * i) & 63) as usize];
                text.push(if i <= three.len() {
                    letter as char
                } else {
                    '='
                });
            }
        }
        format!(
            "-----BEGIN PGP {kind}-----\nComment: x\n\n{text}\n=abcd\n-----END PGP {kind}-----\n"
        )
    }

    #[test]
    fn signatures_and_keys_say_whose_they_are() {
        let signature = old(2, &[4, 0, 1, 8, 0, 0]);
        let key = [
            old(6, &[4, 1, 2, 3]),
            old(13, b"Jane Roe <roe@example.com>"),
            signature.clone(),
        ]
        .concat();
        for (kind, bytes, told_) in [
            ("SIGNATURE", &signature, "Signature\n"),
            (
                "PUBLIC KEY BLOCK",
                &key,
                "Public key\nJane Roe <roe@example.com>\n",
            ),
        ] {
            assert_eq!(told(bytes).as_deref(), Some(told_));
            assert_eq!(told(armour(kind, bytes).as_bytes()).as_deref(), Some(told_));
        }
        // The new notation of lengths.
        let new = [&[0xC2, 6][..], &[4, 0, 1, 8, 0, 0]].concat();
        assert_eq!(told(&new).as_deref(), Some("Signature\n"));
    }

    #[test]
    fn whatever_holds_more_is_something_else() {
        let signature = old(2, &[4, 0, 1, 8, 0, 0]);
        for bytes in [
            // Cipher text, literal data, a signature with words behind it, a torn one, nothing.
            old(1, &[3, 0, 0]),
            [signature.clone(), old(11, b"b\0\0\0\0\0words")].concat(),
            [signature.clone(), b"the plan".to_vec()].concat(),
            signature[..signature.len() - 1].to_vec(),
            old(13, b"a name alone"),
            old(2, b"no version"),
            b"\xff\xff\xff\xff\xff\xff".to_vec(),
            Vec::new(),
            "\u{e9}t\u{e9}".as_bytes().to_vec(),
        ] {
            assert_eq!(told(&bytes), None, "{bytes:?}");
        }
        let text = armour("SIGNATURE", &signature);
        assert_eq!(told(format!("the plan\n{text}").as_bytes()), None);
        assert_eq!(
            told(text.replace("\n=abcd", "\nthe plan is kept").as_bytes()),
            None
        );
    }
}
