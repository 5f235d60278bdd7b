//! Charsets of seven bits that switch between sets by escape sequences (ISO 2022): Japanese with all its extensions, Korean,
//! Chinese. One machine reads them all: which of them a text is, its escapes say better than its label.

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GBK, ISO_8859_7, WINDOWS_1252};

use super::cns;

/// Which sets are meant where a text switches without naming one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Japanese,
    Korean,
    Chinese,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    Ascii,
    /// ASCII with the sign of the yen.
    Roman,
    Katakana,
    Jis208,
    Jis212,
    /// The first plane of JIS X 0213, as far as it is that of JIS X 0208.
    Jis213,
    Gb,
    Ksc,
    Cns1,
    Cns2,
    Latin,
    Greek,
    /// One that nobody here has.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    G0,
    G1,
    G2,
    G3,
}

/// A switch: its length, where the set goes, and which one it is.
fn switch(rest: &[u8]) -> Option<(usize, Place, Set)> {
    use Place::{G0, G1, G2, G3};
    let [0x1b, rest @ ..] = rest else { return None };
    Some(match rest {
        [b'(', b'B', ..] => (3, G0, Set::Ascii),
        [b'(', b'J' | b'H', ..] => (3, G0, Set::Roman),
        [b'(', b'I', ..] => (3, G0, Set::Katakana),
        [b')', b'I', ..] => (3, G1, Set::Katakana),
        [b'$', b'@' | b'B', ..] => (3, G0, Set::Jis208),
        [b'$', b'A', ..] => (3, G0, Set::Gb),
        [
            b'$',
            at @ (b'(' | b')' | b'*' | b'+'),
            set @ b'@'..=b'R',
            ..,
        ] => {
            let place = match at {
                b'(' => G0,
                b')' => G1,
                b'*' => G2,
                _ => G3,
            };
            let set = match set {
                b'@' | b'B' => Set::Jis208,
                b'A' => Set::Gb,
                b'C' => Set::Ksc,
                b'D' => Set::Jis212,
                b'G' => Set::Cns1,
                b'H' => Set::Cns2,
                b'O' | b'Q' => Set::Jis213,
                _ => Set::Other,
            };
            (4, place, set)
        }
        [b'.', b'A', ..] => (3, G2, Set::Latin),
        [b'.', b'F', ..] => (3, G2, Set::Greek),
        // A sign that the set was revised; the switch itself follows.
        [b'&', b'@', 0x1b, ..] => (3, G3, Set::Other),
        _ => return None,
    })
}

/// Whether there is a switch in a text: no other text has these.
pub(crate) fn is_switched(bytes: &[u8]) -> bool {
    memchr::memchr_iter(0x1b, bytes).any(|at| switch(&bytes[at..]).is_some())
}

/// What is being read.
struct Machine {
    out: String,
    lossy: bool,
    /// Bytes of one encoding that are still to be decoded.
    run: Vec<u8>,
    encoding: &'static Encoding,
}

impl Machine {
    fn flush(&mut self) {
        if !self.run.is_empty() {
            let (text, lossy) = self.encoding.decode_without_bom_handling(&self.run);
            self.out.push_str(&text);
            self.lossy |= lossy;
            self.run.clear();
        }
    }

    fn push(&mut self, encoding: &'static Encoding, bytes: &[u8]) {
        if self.encoding != encoding {
            self.flush();
            self.encoding = encoding;
        }
        self.run.extend_from_slice(bytes);
    }

    fn say(&mut self, c: char) {
        self.flush();
        self.out.push(c);
    }

    fn nothing(&mut self) {
        self.say(char::REPLACEMENT_CHARACTER);
        self.lossy = true;
    }

    /// Two bytes of a set.
    fn two(&mut self, set: Set, first: u8, second: u8) {
        let high = [first | 0x80, second | 0x80];
        match set {
            Set::Jis208 => self.push(EUC_JP, &high),
            Set::Jis212 => self.push(EUC_JP, &[0x8f, high[0], high[1]]),
            // Rows that the newer set has filled otherwise.
            Set::Jis213 if !matches!(first, 0x2d..=0x2f | 0x74..) => self.push(EUC_JP, &high),
            Set::Gb => self.push(GBK, &high),
            Set::Ksc => self.push(EUC_KR, &high),
            Set::Cns1 | Set::Cns2 => match cns::big5(set == Set::Cns2, first, second) {
                Some(bytes) => self.push(BIG5, &bytes),
                None => self.nothing(),
            },
            _ => self.nothing(),
        }
    }

    /// One byte of a set that has 96 characters beyond ASCII, or of one like ASCII.
    fn one(&mut self, set: Set, byte: u8) {
        match set {
            Set::Katakana if byte <= 0x5f => {
                let c = char::from_u32(0xff61 + u32::from(byte - 0x21));
                self.say(c.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Set::Katakana => self.nothing(),
            Set::Roman if byte == b'\\' => self.say('\u{a5}'),
            Set::Roman if byte == b'~' => self.say('\u{203e}'),
            Set::Latin => self.push(WINDOWS_1252, &[byte | 0x80]),
            Set::Greek => self.push(ISO_8859_7, &[byte | 0x80]),
            _ => self.say(char::from(byte)),
        }
    }
}

fn is_double(set: Set) -> bool {
    !matches!(
        set,
        Set::Ascii | Set::Roman | Set::Katakana | Set::Latin | Set::Greek
    )
}

/// The text, and whether something in it is no character.
pub(crate) fn decode(bytes: &[u8], family: Option<Family>) -> (String, bool) {
    let mut machine = Machine {
        out: String::with_capacity(bytes.len()),
        lossy: false,
        run: Vec::new(),
        encoding: EUC_JP,
    };
    let mut own = Set::Ascii;
    let mut second = match family {
        Some(Family::Korean) => Set::Ksc,
        Some(Family::Chinese) => Set::Gb,
        // Without a name, in mail of Japan: half-width letters.
        Some(Family::Japanese) => Set::Katakana,
        None => Set::Other,
    };
    let (mut third, mut shifted) = (Set::Other, false);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        if let Some((len, place, set)) = switch(rest) {
            match place {
                Place::G0 => own = set,
                Place::G1 => second = set,
                Place::G2 => third = set,
                Place::G3 => {}
            }
            at += len;
            continue;
        }
        let set = if shifted { second } else { own };
        let next = rest
            .get(1)
            .copied()
            .filter(|next| (0x21..=0x7e).contains(next));
        match byte {
            0x0e => shifted = true,
            0x0f => shifted = false,
            // A single one of the third set.
            0x1b if rest.get(1) == Some(&b'N') && third != Set::Other => {
                match (rest.get(2), rest.get(3)) {
                    (Some(&first @ 0x21..=0x7e), Some(&second @ 0x21..=0x7e))
                        if is_double(third) =>
                    {
                        machine.two(third, first, second);
                        at += 3;
                    }
                    (Some(&first @ 0x20..=0x7f), _) if !is_double(third) => {
                        machine.one(third, first);
                        at += 2;
                    }
                    _ => machine.nothing(),
                }
            }
            0x21..=0x7e if is_double(set) => match next {
                Some(next) => {
                    machine.two(set, byte, next);
                    at += 1;
                }
                None => machine.nothing(),
            },
            0x21..=0x7e => machine.one(set, byte),
            b'\n' => {
                machine.say('\n');
                shifted = false;
            }
            0..=0x7f => machine.say(char::from(byte)),
            _ => machine.nothing(),
        }
        at += 1;
    }
    machine.flush();
    (machine.out, machine.lossy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_sets() {
        for (bytes, text) in [
            (&b"\x1b$B$3$l\x1b(B ok"[..], "これ ok"),
            (b"\x1b$@$3$l\x1b(J\\1\x1b(B", "これ¥1"),
            (b"\x1b(I6@\x1b(B", "ｶﾀ"),
            (b"\x1b$(D\x30\x21\x1b(B", "丂"),
            (b"\x1b$A<:Ky\x1b(B\x1b$(C0!3*\x1b(B", "己所가나"),
            (b"\x1b.AT\x1bNitudes", "Tétudes"),
            (b"\x1b$)C\n\x0e0!3*\x0f ok", "\n가나 ok"),
            (b"\x1b$)A\x0eVPND\x0f ok", "中文 ok"),
            (b"\x1b$)G\x0eDc\x0f\x1b$*H\x1bN!!", "中乂"),
            (b"\x1b$(Q$3$l\x1b(B", "これ"),
        ] {
            let found = decode(bytes, None);
            if text.starts_with('T') {
                assert!(found.0.contains('\u{e9}'), "{found:?}");
                continue;
            }
            assert_eq!(found, (text.to_owned(), false), "{bytes:?}");
            assert!(is_switched(bytes));
        }
        assert!(decode(b"\x1b$(Q\x7e\x21\x1b(B", None).1);
        assert!(decode(b"\x1b$BA\x1b(B", None).1);
        assert!(!is_switched(b"\x1b[31mred\x1b[0m $B"));
    }

    #[test]
    fn the_label_tells_the_set_where_the_text_does_not() {
        assert_eq!(decode(b"\x0e0!3*\x0f", Some(Family::Korean)).0, "가나");
        assert_eq!(decode(b"\x0eVPND\x0f", Some(Family::Chinese)).0, "中文");
        assert!(decode(b"\x0e0!3*\x0f", None).1);
    }
}
