//! Whether a file is whole. The interpreter repairs in silence; this tells that there was something to
//! repair, so that text may be missing.

use std::io::Read;

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::content::UntypedIter;
use hayro::hayro_syntax::object::{Dict, Name, Object, Stream};

use crate::ledger::{Ledger, Unread};

/// Most bytes that are unpacked to check checksums.
const MAX_CHECKED: u64 = 512 << 20;

/// Checks the streams of a document while they pass by.
#[derive(Debug, Default)]
pub(super) struct Streams {
    objects: usize,
    damaged: u32,
    stopped: u32,
    checked: u64,
}

impl Streams {
    /// Looks at an object of the document.
    pub fn see(&mut self, object: &Object<'_>) {
        self.objects += 1;
        if let Object::Stream(stream) = object {
            self.damaged += u32::from(!self.is_whole(stream));
            // What pages draw by name: forms, patterns, the looks of notes.
            if stream.dict().contains_key("BBox")
                && let Ok(content) = stream.decoded_data()
            {
                self.stopped += u32::from(!is_interpreted(content.as_ref()));
            }
        }
    }

    fn is_whole(&mut self, stream: &Stream<'_>) -> bool {
        let filter = match stream.dict().get::<Object<'_>>("Filter") {
            Some(Object::Name(name)) => Some(name.as_str().to_owned()),
            Some(Object::Array(names)) => names
                .iter::<Name<'_>>()
                .next()
                .map(|name| name.as_str().to_owned()),
            _ => None,
        };
        match filter.as_deref() {
            Some("FlateDecode" | "Fl") => {
                let left = MAX_CHECKED.saturating_sub(self.checked);
                let mut unpacked =
                    flate2::read::ZlibDecoder::new(std::io::Cursor::new(stream.raw_data()))
                        .take(left);
                let whole = std::io::copy(&mut unpacked, &mut std::io::sink());
                self.checked += whole.as_ref().copied().unwrap_or(0);
                whole.is_ok()
            }
            // Pictures are not text; what cannot be seen on a page is told where it is drawn.
            None
            | Some(
                "DCTDecode" | "DCT" | "JPXDecode" | "CCITTFaxDecode" | "CCF" | "JBIG2Decode"
                | "Crypt",
            ) => true,
            Some(_) => stream.decoded_data().is_ok(),
        }
    }

    /// Everything that is wrong with the file.
    pub fn judge(self, pdf: &Pdf, catalog: Option<&Dict<'_>>, ledger: &mut Ledger) {
        let bytes: &[u8] = pdf.data().as_ref();
        let found = pdf.pages().len();
        let declared = catalog
            .and_then(|catalog| catalog.get::<Dict<'_>>("Pages"))
            .and_then(|pages| pages.get::<i32>("Count"));
        match declared.map(usize::try_from) {
            Some(Ok(declared)) if declared == found => {}
            Some(Ok(declared)) if declared > found => {
                let missing = u32::try_from(declared - found).unwrap_or(u32::MAX);
                let why = format!("of {declared} pages {found} are there");
                ledger.add_many(Unread::Truncated, missing, why);
            }
            _ => ledger.add(
                Unread::Damaged,
                "the number of pages is not what the file says",
            ),
        }
        let (marked, indexed) = (has_end(bytes), table_is_there(bytes));
        match (marked, indexed) {
            (true, true) => {}
            (false, _) => ledger.add(Unread::Truncated, "the file has no end mark"),
            (true, false) => ledger.add(
                Unread::Damaged,
                "the table of contents is not where the file says: it was rebuilt",
            ),
        }
        let behind = behind(bytes);
        if behind > TRAILER {
            let detail = format!("{behind} bytes behind its end are no part of it");
            ledger.add(Unread::Unknown, detail);
        }
        let lost = pdf.len().saturating_sub(self.objects);
        let lost = u32::try_from(lost).unwrap_or(u32::MAX);
        ledger.add_many(Unread::Damaged, lost, "objects that cannot be read");
        ledger.add_many(
            Unread::Undecodable,
            self.damaged,
            "streams that cannot be unpacked, or not to their end",
        );
        ledger.add_many(
            Unread::Undecodable,
            self.stopped,
            "drawings within pages that cannot be followed to their end",
        );
    }
}

/// Whether the interpreter comes to the end of some content. A single bracket too many ends it, and other programs
/// go on behind that.
pub(super) fn is_interpreted(content: &[u8]) -> bool {
    const END: &[u8] = b"candorEnd";
    let marked = [content, b"\n", END].concat();
    let mut all = UntypedIter::new(&marked);
    let mut last = false;
    while let Some(instruction) = all.next() {
        last = &**instruction.operator == END;
    }
    last
}

/// Whether the last object is followed by an end mark. What follows the mark may be anything but objects.
fn has_end(bytes: &[u8]) -> bool {
    let mark = bytes.windows(5).rposition(|window| window == b"%%EOF");
    mark.is_some_and(|at| !bytes[at..].windows(4).any(|window| window == b" obj"))
}

/// More than this behind the end mark is no trailer of a server or a mail program.
const TRAILER: usize = 256;

/// How many bytes that are something stand behind the last end mark.
fn behind(bytes: &[u8]) -> usize {
    let mark = bytes.windows(5).rposition(|window| window == b"%%EOF");
    mark.map_or(0, |at| {
        let rest = &bytes[at + 5..];
        rest.iter()
            .filter(|byte| !matches!(byte, 0 | b' ' | b'\r' | b'\n' | b'\t'))
            .count()
    })
}

/// Whether there is a cross-reference table at the place that the end of the file names.
fn table_is_there(bytes: &[u8]) -> bool {
    let named = || {
        let tail = bytes.len().saturating_sub(64 << 10);
        let at = bytes[tail..]
            .windows(9)
            .rposition(|word| word == b"startxref")?;
        let digits = bytes[tail + at + 9..].trim_ascii_start();
        let len = digits
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let number = std::str::from_utf8(&digits[..len]).ok()?;
        number.parse::<usize>().ok()
    };
    // Something in front of the file moves everything.
    let head = &bytes[..bytes.len().min(1024)];
    let lead = head
        .windows(5)
        .position(|word| word == b"%PDF-")
        .unwrap_or(0);
    named().is_some_and(|at| {
        [at, at.saturating_add(lead)].iter().any(|at| {
            let table = bytes.get(*at..).unwrap_or_default().trim_ascii_start();
            table.starts_with(b"xref") || table.first().is_some_and(u8::is_ascii_digit)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_followed_to_its_end_or_not() {
        for whole in [
            "",
            "BT (a) Tj ET",
            "BT (a) Tj ET % said",
            "1 0 0 1 0 0 cm foo \0",
        ] {
            assert!(is_interpreted(whole.as_bytes()), "{whole}");
        }
        for junk in [
            ")",
            ">",
            "]",
            "}",
            "(open",
            "<4g> Tj",
            "[1 2 ET",
            "/X <</A 1 BDC",
        ] {
            let content = format!("BT (a) Tj ET {junk} BT (b) Tj ET");
            assert!(!is_interpreted(content.as_bytes()), "{junk}");
        }
    }

    #[test]
    fn an_end_mark_is_at_the_end() {
        assert!(has_end(b"1 0 obj endobj trailer %%EOF\njunk"));
        assert!(!has_end(b"%%EOF\n7 0 obj <</Len"));
        assert!(!has_end(b"1 0 obj <<"));
    }

    #[test]
    fn what_stands_behind_the_end_is_counted() {
        assert_eq!(behind(b"%PDF-1.4 %%EOF a %%EOF\r\n\0\0"), 0);
        assert_eq!(behind(b"%PDF-1.4 %%EOF\nPK\x03\x04 and more"), 11);
        assert_eq!(behind(b"%PDF-1.4"), 0);
    }

    #[test]
    fn the_table_is_where_the_file_says() {
        assert!(table_is_there(b"%PDF-1.4\nxref\n0 1\nstartxref\n9\n%%EOF"));
        assert!(table_is_there(
            b"junk%PDF-1.4\nxref\n0 1\nstartxref\n9\n%%EOF"
        ));
        assert!(!table_is_there(b"%PDF-1.4\nxref\n0 1\nstartxref\n2\n%%EOF"));
        assert!(!table_is_there(
            b"%PDF-1.4\nxref\n0 1\nstartxref\n99999999999999999999\n%%EOF"
        ));
    }
}
