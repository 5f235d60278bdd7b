//! What programs wrap around a message: marks, banners, separators, counts. It is taken off before anything else.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

use super::lines::{header_name, is_from_line, lines};
use crate::charset;

/// How many lines that are no header may stand in front of one.
const MAX_FRONT: usize = 20;
/// How far line ends are looked at.
const SAMPLE: usize = 8 << 10;
/// Windows writes this on top of headers that it copies.
const BANNER: &[u8] = b"microsoft mail internet headers";

/// A message without its wrapping.
pub(crate) struct Peeled<'a> {
    pub bytes: Cow<'a, [u8]>,
    /// The file was in UTF-16: what its parts declare as their charset is not true any more.
    pub recoded: bool,
    /// It was taken out of a mailbox as a file of its own: lines that begin with `From ` are quoted.
    pub from_line: bool,
}

/// Takes the wrapping off.
pub(crate) fn peel(raw: &[u8]) -> Peeled<'_> {
    let mut recoded = false;
    let mut bytes = match Encoding::for_bom(raw) {
        Some((encoding, mark)) if encoding == UTF_8 => Cow::Borrowed(&raw[mark..]),
        Some((encoding, mark)) => {
            recoded = true;
            let (text, _) = encoding.decode_without_bom_handling(&raw[mark..]);
            Cow::Owned(text.into_owned().into_bytes())
        }
        None => match charset::utf16_without_mark(raw) {
            Some(encoding) => {
                recoded = true;
                let (text, _) = encoding.decode_without_bom_handling(raw);
                Cow::Owned(text.into_owned().into_bytes())
            }
            None => Cow::Borrowed(raw),
        },
    };
    if let Some(mended) = line_ends(&bytes) {
        bytes = Cow::Owned(mended);
    }
    let (start, end, from_line) = inner(&bytes);
    let bytes = match bytes {
        Cow::Borrowed(all) => Cow::Borrowed(&all[start..end]),
        Cow::Owned(mut all) => {
            all.truncate(end);
            all.drain(..start);
            Cow::Owned(all)
        }
    };
    Peeled {
        bytes,
        recoded,
        from_line,
    }
}

/// Line ends of old Macs, and those that went through a conversion twice.
fn line_ends(bytes: &[u8]) -> Option<Vec<u8>> {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    if sample.contains(&b'\r') && !sample.contains(&b'\n') {
        let mut out = Vec::with_capacity(bytes.len());
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'\r' if bytes.get(at + 1) == Some(&b'\n') => {}
                b'\r' => out.push(b'\n'),
                byte => out.push(*byte),
            }
        }
        return Some(out);
    }
    sample.windows(3).any(|three| three == b"\r\r\n").then(|| {
        let mut out = Vec::with_capacity(bytes.len());
        for (at, byte) in bytes.iter().enumerate() {
            let doubled = *byte == b'\r' && bytes[at + 1..].starts_with(b"\r\n");
            if !doubled {
                out.push(*byte);
            }
        }
        out
    })
}

/// Where the message lies within `bytes`.
fn inner(bytes: &[u8]) -> (usize, usize, bool) {
    let (mut start, mut end) = emlx(bytes).unwrap_or((0, bytes.len()));
    let mut from_line = false;
    for line in lines(&bytes[start..end]).take(MAX_FRONT) {
        let shown = line.trim_ascii();
        // Quoted once for every mailbox that it has been in.
        let marks = shown
            .iter()
            .take(5)
            .take_while(|byte| **byte == b'>')
            .count();
        let bare = &shown[marks..];
        let from = bare.starts_with(b"From ") && is_from_line(bare)
            || shown == b"From"
            || shown == b"From -";
        let banner = shown.len() < 80
            && shown
                .get(..BANNER.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(BANNER));
        if !(shown.is_empty() || from || banner) {
            break;
        }
        from_line |= from;
        start += line.len();
    }
    end = end.max(start);
    (start, end, from_line)
}

/// A message of Apple Mail: the count of its bytes, the message, a property list.
fn emlx(bytes: &[u8]) -> Option<(usize, usize)> {
    let first = lines(bytes).next()?;
    let count: usize = std::str::from_utf8(first.trim_ascii())
        .ok()
        .filter(|digits| !digits.is_empty() && digits.len() < 13)
        .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))?
        .parse()
        .ok()?;
    let second = lines(&bytes[first.len()..]).find(|line| !line.trim_ascii().is_empty())?;
    header_name(second)?;
    let rest = &bytes[first.len()..];
    let is_list = |at: usize| rest[at..].trim_ascii_start().starts_with(b"<?xml");
    if count <= rest.len() && (count == rest.len() || is_list(count)) {
        return Some((first.len(), first.len() + count));
    }
    // The count is wrong: the property list is the last one in the file.
    let list = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    let at = rest
        .windows(list.len())
        .rposition(|window| window == list)
        .filter(|at| rest[*at..].windows(6).any(|tag| tag == b"<plist"));
    Some((first.len(), first.len() + at.unwrap_or(rest.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "From: a@example.com\nSubject: s\n\nwords\n";

    fn peeled(raw: &[u8]) -> String {
        String::from_utf8(peel(raw).bytes.into_owned()).unwrap()
    }

    #[test]
    fn wrappings_come_off() {
        for front in [
            "",
            "\n",
            "\r\n \r\n",
            "\u{feff}",
            "\u{feff}\n",
            "From a@b.c Thu Aug 22 13:17:22 2002\n",
            ">From a@b.c Thu Aug 22 13:17:22 2002\n",
            ">>From a@b.c Thu Aug 22 13:17:22 2002\n",
            "From \n",
            "Microsoft Mail Internet Headers Version 2.0\r\n",
        ] {
            assert_eq!(
                peeled(format!("{front}{MAIL}").as_bytes()),
                MAIL,
                "{front:?}"
            );
        }
        assert_eq!(peeled(MAIL.replace('\n', "\r").as_bytes()), MAIL);
        let doubled = MAIL.replace('\n', "\r\r\n");
        assert_eq!(peeled(doubled.as_bytes()), MAIL.replace('\n', "\r\n"));
        let wide: Vec<u8> = MAIL.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let out = peel(&wide);
        assert!(out.recoded);
        assert_eq!(&*out.bytes, MAIL.as_bytes());
        assert_eq!(peeled(b""), "");
        assert_eq!(peeled(b"\n\n"), "");
    }

    #[test]
    fn apple_mail() {
        let list = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"></plist>\n";
        for count in [MAIL.len(), 3, 99_999] {
            let file = format!("{count}      \n{MAIL}{list}");
            assert_eq!(peeled(file.as_bytes()), MAIL, "{count}");
        }
        let bare = format!("{}\n{MAIL}", MAIL.len());
        assert_eq!(peeled(bare.as_bytes()), MAIL);
        assert_eq!(peeled(b"12\nno header here\n"), "12\nno header here\n");
    }
}
