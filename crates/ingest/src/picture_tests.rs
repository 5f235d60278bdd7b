//! Pictures that hold more than their first frame, and files that are two things at once: all of it is read, or it is said.

use super::again::{self, Outside};
use super::item::{ItemKind, RawItem};
use super::ledger::Unread;
use super::limits::IngestOptions;

const WORDS: &str = "the velvet otter moved to the cellar";

fn read(name: &str, bytes: &[u8]) -> Vec<RawItem> {
    let outside = Outside {
        name,
        ..Outside::default()
    };
    again::read(bytes, &outside, &IngestOptions::default())
}

fn sample(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/pictures/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

fn zip() -> Vec<u8> {
    use std::io::Write;
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    out.start_file("note.txt", stored).unwrap();
    out.write_all(WORDS.as_bytes()).unwrap();
    out.finish().unwrap().into_inner()
}

/// A PDF of one page that says [`WORDS`].
fn pdf() -> Vec<u8> {
    let content = format!("BT /F1 12 Tf 72 700 Td ({WORDS}) Tj ET");
    super::ocr::sample::file(&[
        b"<</Type /Catalog /Pages 2 0 R>>".to_vec(),
        b"<</Type /Pages /Count 1 /Kids [3 0 R]>>".to_vec(),
        b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \
          /Resources <</Font <</F1 5 0 R>>>>>>"
            .to_vec(),
        super::ocr::sample::stream("", content.as_bytes()),
        b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>".to_vec(),
    ])
}

fn paths(items: &[RawItem]) -> Vec<&str> {
    items.iter().map(|item| &*item.path).collect()
}

#[track_caller]
fn says(items: &[RawItem]) {
    let found = |item: &RawItem| {
        item.text
            .as_deref()
            .is_some_and(|text| text.contains(WORDS))
    };
    assert!(items.iter().any(found), "{:?}", paths(items));
}

#[track_caller]
fn wholly(items: &[RawItem]) {
    for item in items {
        assert!(
            item.exception.is_none(),
            "{}: {:?}",
            item.path,
            item.exception
        );
        assert!(
            item.ledger.is_empty(),
            "{}: {}",
            item.path,
            item.ledger.line()
        );
    }
}

#[test]
fn pages_and_frames_are_items() {
    for (name, parts) in [
        ("pages.tif", &["page-2.tif", "page-3.tif"][..]),
        ("frames.gif", &["frame-2.png", "frame-3.png"]),
        ("frames.png", &["frame-2.png", "frame-3.png"]),
        ("frames.webp", &["frame-2.png", "frame-3.png"]),
        ("two.mpo", &["behind-the-end-of-the-picture-1.jpg"]),
        ("grid.heic", &["picture-3.png"]),
        ("thumbnail-other.jpg", &["thumbnail.jpg"]),
        ("thumbnail-same.jpg", &[]),
        ("plain.png", &[]),
    ] {
        let items = read(name, &sample(name));
        let wanted: Vec<String> = (std::iter::once("item".to_owned()))
            .chain(parts.iter().map(|part| format!("item!/{part}")))
            .collect();
        assert_eq!(paths(&items), wanted, "{name}");
        assert!(items.iter().all(|item| item.kind == ItemKind::Image));
        assert!(items.iter().skip(1).all(|item| item.parent == Some(0)));
        assert!(items[0].extractor.starts_with("candor-picture/"));
        wholly(&items);
    }
}

#[test]
fn files_behind_a_picture_are_read() {
    for name in [
        "plain.png",
        "turned.jpg",
        "frames.gif",
        "pages.tif",
        "turned.webp",
        "grid.heic",
    ] {
        let picture = sample(name);
        for behind in [zip(), pdf(), WORDS.as_bytes().to_vec()] {
            // Filled up with zeros, as some programs do.
            let bytes = [&picture[..], &[0; 7], &behind].concat();
            let items = read(name, &bytes);
            assert_eq!(items[0].kind, ItemKind::Image, "{name}");
            says(&items);
            wholly(&items);
        }
        let two = [
            &picture[..],
            &sample("thumbnail-same.jpg"),
            &sample("plain.png"),
        ]
        .concat();
        let items = read(name, &two);
        let behind = items.iter().filter(|item| item.path.contains("!/behind"));
        assert_eq!(behind.count(), 2, "{name}: {:?}", paths(&items));
        wholly(&items);
        // Zeros and blanks are nothing; what nobody knows is counted.
        wholly(&read(name, &[&picture[..], &[0; 300], b"\r\n"].concat()));
        let items = read(
            name,
            &[&picture[..], &[1, 7, 200, 3, 255].repeat(40)].concat(),
        );
        assert!(items[0].ledger.has(Unread::Beside), "{name}");
    }
    // Behind something that nobody knows.
    let bytes = [
        &sample("plain.png")[..],
        &[1, 7, 200, 3, 255],
        &sample("turned.jpg"),
    ]
    .concat();
    let items = read("a.png", &bytes);
    assert_eq!(items.len(), 2);
    assert!(
        items[0].ledger.line().contains("5 bytes behind the end"),
        "{}",
        items[0].ledger.line()
    );
}

/// Many small pictures one behind the other cost no more than their bytes.
#[test]
fn a_thousand_pictures_in_a_row_are_one_level() {
    let items = read("a.png", &sample("plain.png").repeat(1_200));
    assert_eq!(items.len(), 1_001);
    assert!(items.iter().skip(1).all(|item| item.parent == Some(0)));
    assert!(items[0].ledger.has(Unread::Beside));
}

#[test]
fn a_picture_that_is_something_else_as_well_is_read_as_both() {
    // A comment in front of the picture's data.
    let jpeg = sample("turned.jpg");
    let pdf = pdf();
    let comment = [
        &[0xff, 0xfe][..],
        &(pdf.len() as u16 + 2).to_be_bytes(),
        &pdf,
    ]
    .concat();
    let bytes = [&jpeg[..2], &comment, &jpeg[2..]].concat();
    let items = read("a.pdf", &bytes);
    assert_eq!(items[0].kind, ItemKind::Image);
    says(&items);
    // The end of an archive in a comment of a GIF, with offsets from the beginning of the file.
    let gif = sample("frames.gif");
    let mut archive = zip();
    let at = archive.windows(4).position(|w| w == b"PK\x05\x06").unwrap();
    let comment = gif.len() as u16 + 1;
    archive[at + 20..at + 22].copy_from_slice(&comment.to_le_bytes());
    assert!(archive.len() < 256 && gif.len() < 60_000);
    let block = [&[0x21, 0xfe, archive.len() as u8][..], &archive, &[0]].concat();
    let bytes = [&gif[..gif.len() - 1], &block, b";"].concat();
    let mut bytes = bytes;
    // The comment runs to the end of the file, whatever it holds.
    let rest = bytes.len() - (gif.len() - 1 + 3 + archive.len());
    let place = gif.len() - 1 + 3 + at + 20;
    bytes[place..place + 2].copy_from_slice(&(rest as u16).to_le_bytes());
    let items = read("a.gif", &bytes);
    assert_eq!(items[0].kind, ItemKind::Image);
    says(&items);
}

#[test]
fn a_length_that_spells_ftyp_makes_no_heic() {
    let jpeg = sample("turned.jpg");
    // A first segment of 0x6674 bytes, which begins with "yp" and brands.
    let size = usize::from(u16::from_be_bytes(*b"ft"));
    let mut segment = b"\xff\xefftypheic\0\0\0\0mif1heic".to_vec();
    segment.resize(2 + size, 0);
    let bytes = [&jpeg[..2], &segment, &jpeg[2..]].concat();
    assert_eq!(&bytes[4..12], b"ftypheic");
    let items = read("a.heic", &bytes);
    assert_eq!(items[0].media_type, "image/jpeg");
    wholly(&items);
    assert!(candor_picture::Picture::decode(&items[0].bytes).is_ok());
}

/// A PDF at the beginning of an archive lies in it, packed or not.
#[test]
fn an_archive_whose_first_file_is_a_pdf_is_an_archive() {
    let mut tar = tar::Builder::new(Vec::new());
    let mut add = |name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes).unwrap();
    };
    add("first.pdf", &pdf());
    add("second.txt", b"a kingfisher in the second file");
    let tar = tar.into_inner().unwrap();
    let items = read("a.tar", &tar);
    assert_eq!(items[0].kind, ItemKind::Archive);
    assert_eq!(items.len(), 3, "{:?}", paths(&items));
    says(&items);
    use std::io::Write;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    gz.write_all(&pdf()).unwrap();
    let items = read("a.pdf.gz", &gz.finish().unwrap());
    assert_eq!(items[0].kind, ItemKind::Archive);
    says(&items);
}

#[test]
fn what_stands_around_a_pdf_is_read_or_counted() {
    let items = read("a.pdf", &[&pdf()[..], b"\r\n\0\0", &zip()].concat());
    assert_eq!(items.len(), 3, "{:?}", paths(&items));
    wholly(&items);
    let items = read(
        "a.pdf",
        &[&b"\x01\x02 the kingfisher\n"[..], &pdf()].concat(),
    );
    assert!(items[0].ledger.has(Unread::Beside));
    wholly(&read("a.pdf", &pdf()));
}

#[test]
fn a_text_or_web_page_that_ends_with_an_archive_is_read_as_both() {
    for (name, text) in [
        (
            "a.txt",
            format!("a kingfisher\n{}", "and more words\n".repeat(2_000)),
        ),
        (
            "a.html",
            format!(
                "<html><p>a kingfisher</p>{}",
                "<p>more words</p>".repeat(2_000)
            ),
        ),
        (
            "a.rtf",
            format!(
                "{{\\rtf1\\ansi a kingfisher {}}}",
                "\\par more words ".repeat(2_000)
            ),
        ),
    ] {
        let items = read(name, &[text.as_bytes(), &zip()].concat());
        assert!(
            items[0]
                .text
                .as_deref()
                .is_some_and(|text| text.contains("kingfisher"))
        );
        says(&items);
    }
}

/// A GIF of which every byte at the beginning is a letter is one all the same; a sentence is none.
#[test]
fn letters_that_are_a_whole_picture_are_one() {
    let mut gif = b"GIF89a\x20\x20\x20\x20\x21\x20\x20".to_vec();
    assert_eq!(gif.len(), 13);
    // A comment of many blocks of 0x7a letters, one image, the end.
    gif.extend(b"\x21\xfe");
    for _ in 0..200 {
        gif.push(0x7a);
        gif.extend([b'z'; 0x7a]);
    }
    gif.push(0);
    let whole = sample("frames.gif");
    let image = whole.iter().position(|byte| *byte == 0x2c).unwrap();
    gif.extend(&whole[image..]);
    assert!(super::textual::is_textual(&gif[..super::textual::HEAD]));
    assert_eq!(read("a.txt", &gif)[0].kind, ItemKind::Image);
    assert_eq!(
        read("a.txt", b"GIF89a is a format of pictures")[0].kind,
        ItemKind::Text
    );
}

#[test]
fn colours_that_are_not_applied_are_told() {
    let items = read("a.jpg", &sample("inks.jpg"));
    assert!(items[0].ledger.has(Unread::Colour));
    assert!(items[0].exception.is_none());
}

/// Pictures in pictures in pictures end somewhere.
#[test]
fn what_lies_too_deep_is_counted() {
    let mut bytes = sample("plain.png");
    for _ in 0..12 {
        let jpeg = sample("turned.jpg");
        if bytes.len() > 60_000 {
            break;
        }
        let segment = [
            &[0xff, 0xed][..],
            &(bytes.len() as u16 + 2).to_be_bytes(),
            &bytes,
        ]
        .concat();
        bytes = [&jpeg[..2], &segment, &jpeg[2..]].concat();
    }
    let items = read("a.jpg", &bytes);
    assert!(items.len() < 20, "{}", items.len());
}
