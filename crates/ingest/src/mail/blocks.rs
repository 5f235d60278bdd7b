//! What lies in the text of a message besides text: encoded files, armour, MIME structures that lost their
//! header.

use std::sync::LazyLock;

use regex::Regex;

use super::transfer;

/// A stretch of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    /// A file: uuencode, yEnc, BinHex, or bare base64.
    File {
        /// The line that announces it, which stays in the text.
        head: &'a str,
        block: transfer::Block,
    },
    /// Cipher text.
    Sealed(&'a str),
    /// The parts of a message, from the first boundary on, and that boundary.
    Parts(&'a str, String),
}

/// Fewest lines of a block of base64 that nothing announces.
const MIN_LINES: usize = 3;
const MIN_WIDTH: usize = 56;

/// Takes a text apart.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let (mut from, mut at) = (0, 0);
    let mut after_armour = false;
    // How far base64 was looked at in vain.
    let mut looked = 0;
    while at < text.len() {
        let rest = &text[at..];
        let line = rest.split_inclusive('\n').next().unwrap_or(rest);
        let shown = line.trim_end();
        let bytes = rest.as_bytes();
        let found = if shown.starts_with("begin ") || shown.starts_with("begin-base64 ") {
            transfer::uu_block(bytes)
        } else if shown.starts_with("=ybegin ") {
            transfer::yenc_block(bytes)
        } else if bytes.starts_with(transfer::BINHEX) {
            transfer::binhex_block(bytes)
        } else {
            None
        };
        if let Some(mut block) = found {
            block.len = ceil(text, at + block.len) - at;
            text_piece(&mut out, &text[from..at]);
            let len = block.len;
            out.push(Piece::File { head: shown, block });
            at += len;
            from = at;
            continue;
        }
        if let Some(kind) = armour(shown) {
            let end = rest.find(&format!("-----END {kind}"));
            let len = end.map_or(rest.len(), |end| {
                end + rest[end..].find('\n').map_or(rest.len() - end, |nl| nl + 1)
            });
            text_piece(&mut out, &text[from..at]);
            out.push(Piece::Sealed(&rest[..len]));
            at += len;
            from = at;
            continue;
        }
        if let Some(boundary) = boundary_of_parts(rest, shown) {
            text_piece(&mut out, &text[from..at]);
            out.push(Piece::Parts(rest, boundary));
            return out;
        }
        if shown.starts_with("-----BEGIN ") {
            after_armour = true;
        } else if shown.starts_with("-----END ") {
            after_armour = false;
        }
        if at >= looked && !after_armour && wide(shown) {
            let (len, count) = run_of_base64(rest);
            looked = at + len;
            if count >= MIN_LINES && mixed(&rest[..len.min(4096)]) {
                let mut decoded = Vec::new();
                transfer::push_base64(&mut decoded, rest[..len].bytes());
                text_piece(&mut out, &text[from..at]);
                out.push(Piece::File {
                    head: "",
                    block: transfer::Block {
                        name: String::new(),
                        bytes: decoded,
                        len,
                        ended: true,
                    },
                });
                at += len;
                from = at;
                continue;
            }
        }
        at += line.len();
    }
    text_piece(&mut out, &text[from..]);
    out
}

fn text_piece<'a>(out: &mut Vec<Piece<'a>>, text: &'a str) {
    if !text.trim().is_empty() {
        out.push(Piece::Text(text));
    }
}

/// The next place at which a string can be cut.
fn ceil(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at.min(text.len())
}

/// What a line of armour says lies within, where that is cipher text.
fn armour(line: &str) -> Option<&'static str> {
    let kind = line.strip_prefix("-----BEGIN ")?.strip_suffix("-----")?;
    match kind {
        "PGP MESSAGE" => Some("PGP MESSAGE"),
        kind if kind.starts_with("PGP MESSAGE, PART") => Some("PGP MESSAGE"),
        "PKCS7" => Some("PKCS7"),
        "CMS" => Some("CMS"),
        "SMIME" => Some("SMIME"),
        _ => None,
    }
}

/// The boundary, where a line is one and headers of a part follow.
fn boundary_of_parts(rest: &str, line: &str) -> Option<String> {
    static HEADER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?i)^Content-(?:Type|Transfer-Encoding|Disposition|ID|Description|Location)[ \t]*:",
        )
        .expect("constant expression")
    });
    let boundary = line.strip_prefix("--").filter(|name| {
        !name.is_empty() && name.len() <= 200 && !name.ends_with("--") && !name.contains("  ")
    })?;
    let mut after = rest.split_inclusive('\n').skip(1);
    // One blank line in front of the headers is forgiven.
    let mut next = after.next()?;
    if next.trim().is_empty() {
        next = after.next()?;
    }
    HEADER.is_match(next).then(|| boundary.to_owned())
}

fn wide(line: &str) -> bool {
    (MIN_WIDTH..=1000).contains(&line.len()) && transfer::is_base64(line.as_bytes())
}

/// Length of the base64 that `text` begins with, and how many full lines it has.
fn run_of_base64(text: &str) -> (usize, usize) {
    let mut width = 0;
    let (mut len, mut count) = (0, 0);
    for line in text.split_inclusive('\n') {
        let shown = line.trim();
        if width == 0 {
            width = shown.len();
        }
        if shown.is_empty() || shown.len() > width || !transfer::is_base64(shown.as_bytes()) {
            break;
        }
        len += line.len();
        count += 1;
        if shown.len() < width {
            break;
        }
    }
    (len, count)
}

/// Base64 of anything has capitals, small letters and digits; a column of hexadecimals has not.
fn mixed(text: &str) -> bool {
    let has = |wanted: fn(&u8) -> bool| text.as_bytes().iter().any(wanted);
    has(|b| matches!(b, b'G'..=b'Z'))
        && has(|b| matches!(b, b'g'..=b'z'))
        && has(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_one_piece() {
        let text = "begin with me\n--\nsignature\n-- \nContent: yes\nBEGIN\n";
        assert_eq!(pieces(text), [Piece::Text(text)]);
        let hex = format!("{0}\n{0}\n{0}\n{0}\n", "0123456789abcdef".repeat(4));
        assert_eq!(pieces(&hex), [Piece::Text(&hex)]);
        let key = format!(
            "-----BEGIN CERTIFICATE-----\n{0}\n{0}\n{0}\n{0}\n-----END CERTIFICATE-----\n",
            "MIIBZz09aQcd".repeat(5)
        );
        assert_eq!(pieces(&key), [Piece::Text(&key)]);
        assert!(pieces("").is_empty());
    }

    #[test]
    fn files_and_armour_are_found_between_text() {
        let text = "before\nbegin 644 cat.txt\n#0V%T\n`\nend\nbetween\n\
            -----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----\nafter\n";
        let found = pieces(text);
        assert!(matches!(found[0], Piece::Text("before\n")));
        let Piece::File { head, block } = &found[1] else {
            panic!()
        };
        assert_eq!((*head, &*block.bytes), ("begin 644 cat.txt", &b"Cat"[..]));
        assert!(matches!(found[2], Piece::Text("between\n")));
        assert!(matches!(found[3], Piece::Sealed(_)));
        assert!(matches!(found[4], Piece::Text("after\n")));
    }

    #[test]
    fn lost_structures() {
        let text = "words\n--yy\nContent-Type: text/plain\n\nbody\n--yy--\n";
        let found = pieces(text);
        assert!(matches!(&found[1], Piece::Parts(_, boundary) if boundary == "yy"));
        // "the kingfisher ledger was moved to the cellar, twice and once more for good measure ... 0123"
        let coded = "dGhlIGtpbmdmaXNoZXIgbGVkZ2VyIHdhcyBtb3ZlZCB0byB0aGUgY2VsbGFy\n".repeat(4);
        let found = pieces(&coded);
        let [Piece::File { block, .. }] = &*found else {
            panic!("{found:?}")
        };
        assert!(block.bytes.starts_with(b"the kingfisher ledger"));
    }
}
