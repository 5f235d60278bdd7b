//! Whether a file is whole. The interpreter repairs in silence; this tells that there was something to
//! repair, so that text may be missing.

use std::io::Read;

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Dict, Name, Object, Stream};

use crate::ledger::{Ledger, Unread};

/// Most bytes that are unpacked to check checksums.
const MAX_CHECKED: u64 = 512 << 20;

/// Checks the streams of a document while they pass by.
#[derive(Debug, Default)]
pub(super) struct Streams {
    objects: usize,
    damaged: u32,
    checked: u64,
}

impl Streams {
    /// Looks at an object of the document.
    pub fn see(&mut self, object: &Object<'_>) {
        self.objects += 1;
        if let Object::Stream(stream) = object {
            self.damaged += u32::from(!self.is_whole(stream));
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
        let lost = pdf.len().saturating_sub(self.objects);
        let lost = u32::try_from(lost).unwrap_or(u32::MAX);
        ledger.add_many(Unread::Damaged, lost, "objects that cannot be read");
        ledger.add_many(
            Unread::Undecodable,
            self.damaged,
            "streams that cannot be unpacked, or not to their end",
        );
    }
}

/// Whether the last object is followed by an end mark. What follows the mark may be anything but objects.
fn has_end(bytes: &[u8]) -> bool {
    let mark = bytes.windows(5).rposition(|window| window == b"%%EOF");
    mark.is_some_and(|at| !bytes[at..].windows(4).any(|window| window == b" obj"))
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
    fn an_end_mark_is_at_the_end() {
        assert!(has_end(b"1 0 obj endobj trailer %%EOF\njunk"));
        assert!(!has_end(b"%%EOF\n7 0 obj <</Len"));
        assert!(!has_end(b"1 0 obj <<"));
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
