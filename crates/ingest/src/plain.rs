//! What the bytes of a file say by themselves, whatever its reader makes of them: comments, scripts, header lines that
//! nobody shows, fields of pictures, what stands behind a file's end, parts of a package that nothing refers to.
//!
//! This is not how documents are read: it has neither order nor sense. It is for finding known words wherever they lie.

use flate2::read::ZlibDecoder;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// Bytes that are taken as text at a time.
const PIECE: usize = 1 << 20;
/// Bytes of one piece that are taken with the next one again, so that nothing is cut in two. Even, so that pairs of
/// bytes stay pairs.
const AGAIN: usize = 4 << 10;
/// What one part may unpack to, and all parts of a file.
const PART: u64 = 16 << 20;
const PARTS: u64 = 128 << 20;
/// Parts of one file that are looked at.
const MOST_PARTS: usize = 20_000;

/// Says everything that some bytes may mean as text, piece by piece: as they are, as pairs of bytes where there are
/// zeros among them, without tags where there are tags; then the parts of a package, and compressed streams of a PDF.
/// Pieces overlap, and most of what is said makes no sense.
pub fn each_text(bytes: &[u8], say: &mut dyn FnMut(&str)) {
    take(bytes, say);
    let mut left = PARTS;
    if memchr::memmem::find(&bytes[..bytes.len().min(1024)], b"%PDF-").is_some() {
        streams(bytes, &mut left, say);
    } else if memchr::memmem::find(bytes, b"PK\x01\x02").is_some() {
        members(bytes, &mut left, say);
    }
}

/// The bytes themselves.
fn take(bytes: &[u8], say: &mut dyn FnMut(&str)) {
    let mut at = 0;
    loop {
        let end = bytes.len().min(at + PIECE);
        let piece = &bytes[at..end];
        let text = single(piece);
        say(&text);
        if text
            .trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t'])
            .starts_with('<')
            || at > 0 && text.contains("</")
        {
            say(&untagged(&text));
        }
        let zeros = memchr::memchr_iter(0, piece).count();
        if zeros > piece.len() / 64
            || piece.starts_with(b"\xff\xfe")
            || piece.starts_with(b"\xfe\xff")
        {
            for odd in [0, 1] {
                let pairs = piece.get(odd..).unwrap_or_default().chunks_exact(2);
                let little: Vec<u16> = pairs
                    .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                    .collect();
                say(&String::from_utf16_lossy(&little));
                let big: Vec<u16> = little.iter().map(|unit| unit.swap_bytes()).collect();
                say(&String::from_utf16_lossy(&big));
            }
        }
        if end == bytes.len() {
            return;
        }
        at = end - AGAIN;
    }
}

/// UTF-8, and where it is none the letters that western code pages have at that place.
fn single(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        let other = chunk.invalid().iter();
        out.extend(other.map(|&b| if b >= 0xa0 { char::from(b) } else { ' ' }));
    }
    out
}

/// What stands between tags: runs of a paragraph, cells of a row.
fn untagged(text: &str) -> String {
    let mut out = String::with_capacity(text.len() / 2);
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        out.push(' ');
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

/// Unpacks one part, as far as it can be.
fn part(from: impl Read, left: &mut u64, say: &mut dyn FnMut(&str)) {
    let mut bytes = Vec::new();
    // What is damaged further on says what it said before.
    let _ = from.take(PART.min(*left)).read_to_end(&mut bytes);
    *left -= bytes.len() as u64;
    if !bytes.is_empty() {
        take(&bytes, say);
    }
}

fn members(bytes: &[u8], left: &mut u64, say: &mut dyn FnMut(&str)) {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return;
    };
    for i in 0..archive.len().min(MOST_PARTS) {
        if *left == 0 {
            return;
        }
        if let Ok(member) = archive.by_index(i) {
            part(member, left, say);
        }
    }
}

fn streams(bytes: &[u8], left: &mut u64, say: &mut dyn FnMut(&str)) {
    for at in memchr::memmem::find_iter(bytes, b"stream").take(MOST_PARTS) {
        if *left == 0 {
            return;
        }
        let rest = &bytes[at + b"stream".len()..];
        let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
        let rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        // The first byte of what zlib compressed; most other streams are pictures.
        if rest.first().is_some_and(|b| b & 0x0f == 8) {
            part(ZlibDecoder::new(rest), left, say);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn said(bytes: &[u8]) -> String {
        let mut out = String::new();
        each_text(bytes, &mut |text| {
            out += text;
            out.push('\n');
        });
        out
    }

    const SECRET: &str = "four words of counsel";

    #[test]
    fn words_are_found_wherever_they_lie() {
        let pairs: Vec<u8> = SECRET.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let swapped: Vec<u8> = SECRET.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file("customXml/left.xml", options).unwrap();
        write!(zip, "<a>{SECRET}</a>").unwrap();
        let zip = zip.finish().unwrap().into_inner();
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(SECRET.as_bytes()).unwrap();
        let packed = packed.finish().unwrap();
        let pdf = [
            b"%PDF-1.4\n1 0 obj <<>> stream\r\n",
            &packed[..],
            b"\nendstream",
        ]
        .concat();
        for bytes in [
            format!("\0\u{1}\u{2}{SECRET}\0").into_bytes(),
            [b"\x89PNG\0\0\0\x0dIHDR", &pairs[..]].concat(),
            [b"\x89PNG\0\0\0\x0dIHDR\0", &pairs[..]].concat(),
            [b"abc", &swapped[..]].concat(),
            b"<p>four<b>words</b></p><p>of</p> <p>counsel</p>".to_vec(),
            [b"a program in front".to_vec(), zip].concat(),
            pdf,
        ] {
            let found = said(&bytes)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            assert!(found.contains(SECRET), "{found:?}");
        }
        // At the seam of two pieces, and in a western code page.
        let long = [vec![b' '; PIECE - 9], SECRET.into(), vec![b' '; PIECE]].concat();
        assert!(said(&long).contains(SECRET));
        assert!(said(b"caf\xe9 \x93x\x94").contains("caf\u{e9}  x "));
    }

    #[test]
    fn what_unpacks_without_end_ends() {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(&vec![b'a'; 40 << 20]).unwrap();
        let packed = packed.finish().unwrap();
        let mut pdf = b"%PDF-1.4\n".to_vec();
        for _ in 0..20 {
            pdf.extend([b"stream\n", &packed[..], b"endstream\n"].concat());
        }
        let mut most = 0;
        each_text(&pdf, &mut |text| most += text.len() as u64);
        assert!(most < PARTS + PARTS / 8, "{most}");
    }
}
