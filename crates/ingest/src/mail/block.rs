//! The header of a message or part, apart from its body, with what is damaged in it mended.
//!
//! A header ends at the first blank line. Gateways and editors leave lines in it that are no header, break
//! headers without the blank that says so, forget the blank line at its end, or put one in the middle.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::lines::{header_name, lines};

/// Header and body.
pub(crate) struct Block<'a> {
    pub header: Cow<'a, [u8]>,
    pub body: &'a [u8],
    /// Lines within the header that are none.
    pub stray: Vec<u8>,
    /// Whether anything had to be mended.
    pub mended: bool,
}

static PARAMETER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i-u)^(?:boundary|charset|name|filename|type|protocol|micalg|report-type|format|smime-type|start)(?:\*\d*\*?)?\s*="#)
        .expect("constant expression")
});
static GLUED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i-u)([^\r\n])[ \t]+(Content-(?:Type|Transfer-Encoding|Disposition|ID):)")
        .expect("constant expression")
});

/// Splits a message or part.
pub(crate) fn split(raw: &[u8]) -> Block<'_> {
    let mut block = first(raw);
    if let Some((more, body)) = continued(&block.header, block.body) {
        let mut header = block.header.into_owned();
        if !header.is_empty() && !header.ends_with(b"\n") {
            header.push(b'\n');
        }
        header.extend_from_slice(more);
        block = Block {
            header: Cow::Owned(header),
            body,
            stray: block.stray,
            mended: true,
        };
    }
    let glued = |line: &[u8]| {
        line.get(..8)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"content-"))
            && GLUED.is_match(line)
    };
    if lines(&block.header).any(glued) {
        let parted = GLUED
            .replace_all(&block.header, &b"$1\n$2"[..])
            .into_owned();
        block.header = Cow::Owned(parted);
        block.mended = true;
    }
    block
}

fn first(raw: &[u8]) -> Block<'_> {
    let mut out: Option<Vec<u8>> = None;
    let mut stray = Vec::new();
    // Lines that are no header, in the order of the text, not yet followed by one.
    let mut pending: Option<usize> = None;
    let mut at = 0;
    let mut any = false;
    let mut open = false;
    let (mut end, mut body) = (raw.len(), raw.len());
    for line in lines(raw) {
        let start = at;
        at += line.len();
        let shown = line.trim_ascii_end();
        if shown.is_empty() {
            // A line of blanks within a header goes on if a header follows.
            let blanks = line.iter().any(|byte| matches!(byte, b' ' | b'\t'));
            let next = lines(&raw[at..]).next().unwrap_or_default();
            if !(blanks && any && header_name(next).is_some()) {
                (end, body) = (start, at);
                break;
            }
            out.get_or_insert_with(|| raw[..start].to_vec());
            continue;
        }
        let folded = line.starts_with(b" ") || line.starts_with(b"\t");
        let is_header = header_name(line).is_some() && !line.starts_with(b"--");
        if is_header || folded && any && pending.is_none() {
            if let Some(from) = pending.take() {
                out.get_or_insert_with(|| raw[..from].to_vec());
                stray.extend_from_slice(&raw[from..start]);
            }
            any |= is_header;
            open = shown.ends_with(b";") || shown.ends_with(b",");
            if let Some(out) = &mut out {
                out.extend_from_slice(line);
            }
            continue;
        }
        if line.starts_with(b"--") {
            pending.get_or_insert(start);
            break;
        }
        if any && pending.is_none() && (open || PARAMETER.is_match(line)) {
            let out = out.get_or_insert_with(|| raw[..start].to_vec());
            out.push(b' ');
            out.extend_from_slice(line);
            open = shown.ends_with(b";") || shown.ends_with(b",");
            continue;
        }
        pending.get_or_insert(start);
    }
    let mended = out.is_some() || pending.is_some() && any;
    // What follows the last header without being one begins the body.
    let (end, body) = match pending {
        Some(from) => (from, from),
        None => (end, body),
    };
    Block {
        header: match out {
            Some(out) => Cow::Owned(out),
            None => Cow::Borrowed(&raw[..end]),
        },
        body: &raw[body..],
        stray,
        mended,
    }
}

/// Headers of the content that follow after a blank line, and the body after them.
fn continued<'a>(header: &[u8], body: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let named = |header: &[u8], wanted: &[u8]| {
        lines(header)
            .filter_map(header_name)
            .any(|name| name.eq_ignore_ascii_case(wanted))
    };
    if named(header, b"content-type") {
        return None;
    }
    let blank: usize = lines(body)
        .take_while(|line| line.trim_ascii().is_empty())
        .map(<[u8]>::len)
        .sum();
    let rest = &body[blank..];
    let mut end = 0;
    let mut content = false;
    for line in lines(rest) {
        if line.trim_ascii().is_empty() {
            return content.then(|| (&rest[..end], &rest[end + line.len()..]));
        }
        let folded = end > 0 && (line.starts_with(b" ") || line.starts_with(b"\t"));
        match header_name(line) {
            Some(name) if !folded => {
                if named(header, name) {
                    return None;
                }
                content |= name.eq_ignore_ascii_case(b"content-type")
                    || name.eq_ignore_ascii_case(b"content-transfer-encoding");
            }
            _ if folded || end > 0 && PARAMETER.is_match(line) => {}
            _ => return None,
        }
        end += line.len();
        if end > 16 << 10 {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(raw: &str) -> (String, String, String) {
        let block = split(raw.as_bytes());
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (text(&block.header), text(block.body), text(&block.stray))
    }

    #[test]
    fn a_sound_header_is_left_alone() {
        let block = split(b"A: b\r\n c\r\nD: e\r\n\r\nbody\n");
        assert!(!block.mended && matches!(block.header, Cow::Borrowed(_)));
        assert_eq!(block.body, b"body\n");
        assert_eq!(parts("just words\n").1, "just words\n");
        assert_eq!(parts("\nbody").1, "body");
        assert_eq!(parts("").1, "");
        // A body that begins like a header is a body.
        let (_, body, _) = parts("A: b\nContent-Type: text/plain\n\nNote: x\n\ny");
        assert_eq!(body, "Note: x\n\ny");
    }

    #[test]
    fn stray_and_torn_lines() {
        let (header, body, stray) = parts("A: b\nthis was torn\nC: d\n\nbody");
        assert_eq!(
            (&*header, &*body, &*stray),
            ("A: b\nC: d\n", "body", "this was torn\n")
        );
        let (header, body, _) =
            parts("A: b\nContent-Type: multipart/mixed;\nboundary=\"x\"\n\n--x\n");
        assert_eq!(
            header,
            "A: b\nContent-Type: multipart/mixed;\n boundary=\"x\"\n"
        );
        assert_eq!(body, "--x\n");
        let (header, body, _) = parts("A: b\n \nC: d\n\nbody");
        assert_eq!((&*header, &*body), ("A: b\nC: d\n", "body"));
    }

    #[test]
    fn missing_and_misplaced_blank_lines() {
        assert_eq!(
            parts("A: b\nC: d\nHello Bob\n\nmore").1,
            "Hello Bob\n\nmore"
        );
        assert_eq!(parts("A: b\n--x\nC: d\n\nmore").1, "--x\nC: d\n\nmore");
        let (header, body, _) = parts("A: b\n\n\nContent-Type: text/html\n\nx");
        assert_eq!((&*header, &*body), ("A: b\nContent-Type: text/html\n", "x"));
        let (header, _, _) =
            parts("Content-Type: text/plain; charset = x Content-Transfer-Encoding: 8bit\n\nx");
        assert!(header.contains("\nContent-Transfer-Encoding: 8bit"));
    }
}
