//! Whole files, made here, one for each thing that a person finds in a PDF and a reader may miss.

use super::*;
use crate::limits::Passwords;
use crate::ocr::sample::{file, pdf_with_a_scan, stream};

const PAGE: &str = "/Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources 5 0 R";

/// A file of one page that says `content`; `catalog` and `page` are added to theirs, `more` objects begin
/// with number 7.
fn one_page(catalog: &str, page: &str, content: &str, more: &[Vec<u8>]) -> Vec<u8> {
    let mut objects = vec![
        format!("<</Type /Catalog /Pages 2 0 R {catalog}>>").into_bytes(),
        b"<</Type /Pages /Count 1 /Kids [3 0 R]>>".to_vec(),
        format!("<<{PAGE} /Contents 4 0 R {page}>>").into_bytes(),
        stream("", content.as_bytes()),
        b"<</Font <</F1 6 0 R>> /Properties <</L 7 0 R>>>>".to_vec(),
        b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>".to_vec(),
    ];
    objects.extend_from_slice(more);
    file(&objects)
}

fn text(content: &str) -> String {
    format!("BT /F1 12 Tf 72 700 Td {content} ET")
}

fn read(bytes: &[u8]) -> Reading {
    Pdf.read(bytes, &Given::within(1 << 20)).unwrap()
}

#[test]
fn lines_of_a_page_are_joined_at_hyphens_and_told_apart_by_gaps() {
    let content = text(
        "14 TL (the king-) Tj T* (fisher ledger) Tj T* [(os) -20 (prey) -900 (plan)] TJ T* 6 Tc (cormorant) Tj",
    );
    let reading = read(&one_page("", "", &content, &[]));
    assert!(
        reading
            .text
            .starts_with("the kingfisher ledger\nosprey plan\ncormorant\nking-fisher"),
        "{}",
        reading.text
    );
    assert!(reading.ledger.is_empty(), "{}", reading.ledger.line());
    assert_eq!(reading.facts["pages"], "1");
}

#[test]
fn what_nobody_sees_is_read_and_said() {
    let content = text("(shown) Tj 3 Tr 0 -20 Td (invisible) Tj 0 Tr 0 -2000 Td (outside) Tj");
    let reading = read(&one_page("", "", &content, &[]));
    for word in ["shown", "invisible", "outside"] {
        assert!(reading.text.contains(word), "{}", reading.text);
    }
    assert_eq!(
        reading.facts["hidden_text"],
        "9 letters invisible, 7 letters outside of the page"
    );
}

#[test]
fn layers_that_are_switched_off_are_read() {
    let content =
        text("(shown) Tj") + " /OC /L BDC " + &text("0 -50 Td (switched off) Tj") + " EMC";
    let layers = "/OCProperties <</OCGs [7 0 R] /D <</OFF [7 0 R]>>>>";
    let layer = b"<</Type /OCG /Name (Draft)>>".to_vec();
    let reading = read(&one_page(layers, "", &content, &[layer]));
    assert!(reading.text.contains("switched off"), "{}", reading.text);
    assert!(reading.ledger.is_empty(), "{}", reading.ledger.line());
}

#[test]
fn forms_notes_bookmarks_and_titles_are_text() {
    let more = [
        b"<</Type /OCG>>".to_vec(),
        b"<</Fields [9 0 R]>>".to_vec(),
        b"<</T (plan) /FT /Tx /V (the osprey plan)>>".to_vec(),
        b"<</First 11 0 R>>".to_vec(),
        b"<</Title (The heron chapter) /Next 11 0 R>>".to_vec(),
        b"<</Type /Annot /Subtype /Text /T (Jane Roe) /Contents (ask the gannet) /Rect [0 0 9 9]>>"
            .to_vec(),
        stream("", b"<x><dc:title>Kingfisher title</dc:title></x>"),
    ];
    let catalog = "/AcroForm 8 0 R /Outlines 10 0 R /Metadata 13 0 R";
    let reading = read(&one_page(
        catalog,
        "/Annots [12 0 R]",
        &text("(body) Tj"),
        &more,
    ));
    assert_eq!(
        reading.text,
        "body\nJane Roe: ask the gannet\nplan: the osprey plan\nBookmarks:\nThe heron chapter\nTitle: Kingfisher title"
    );
    assert_eq!(reading.facts["title"], "Kingfisher title");
}

/// Every place of a form, a note and an outline that holds words: without one of them, its word is missing.
#[test]
fn every_place_of_forms_notes_and_outlines_is_read() {
    let more = [
        b"<</Type /OCG>>".to_vec(),
        b"<</Fields [9 0 R 10 0 R]>>".to_vec(),
        b"<</T (mail) /Kids [<</T (to) /FT /Tx /V (heron value) /RV (<p>gannet rich</p>) /TU (tern hint)>>]>>".to_vec(),
        b"<</T (seal) /FT /Sig /V <</Name (Roe signer) /Reason (plover reason) /Location (dunlin place) /ContactInfo (knot contact)>>>>".to_vec(),
        // A chapter, its section and what follows it.
        b"<</First 12 0 R>>".to_vec(),
        b"<</Title (auk chapter) /First 13 0 R /Next 14 0 R>>".to_vec(),
        b"<</Title (skua section)>>".to_vec(),
        b"<</Title (puffin chapter)>>".to_vec(),
        b"<</Subtype /Widget /MK <</CA (stork button) /RC (crane over) /AC (ibis pressed)>> /TU (egret tip) /Rect [0 0 9 9]>>".to_vec(),
        b"<</Subtype /Redact /Subj (swift subject) /OverlayText (finch overlay) /Rect [0 0 9 9]>>".to_vec(),
        b"<</Subtype /FreeText /RC (<p>wren rich note</p>) /A <</URI (http://lark.example/)>> /Rect [0 0 9 9]>>".to_vec(),
        stream("", b"<xdp><template><subform><field><caption><value><text>robin caption</text></value></caption></field></subform></template><xfa:datasets><xfa:data><x>rook data</x></xfa:data></xfa:datasets></xdp>"),
    ];
    let mut more = more.to_vec();
    more[1] = b"<</Fields [9 0 R 10 0 R] /XFA 18 0 R>>".to_vec();
    let reading = read(&one_page(
        "/AcroForm 8 0 R /Outlines 11 0 R",
        "/Annots [15 0 R 16 0 R 17 0 R]",
        &text("(body) Tj"),
        &more,
    ));
    for words in [
        "mail.to: heron value",
        "gannet rich",
        "tern hint",
        "Roe signer",
        "plover reason",
        "dunlin place",
        "knot contact",
        "Bookmarks:\nauk chapter\nskua section\npuffin chapter",
        "stork button",
        "crane over",
        "ibis pressed",
        "egret tip",
        "swift subject: finch overlay",
        "wren rich note",
        "http://lark.example/",
        "robin caption",
        "rook data",
    ] {
        assert_eq!(
            reading.text.matches(words).count(),
            1,
            "{words}: {}",
            reading.text
        );
    }
    assert!(reading.ledger.is_empty(), "{}", reading.ledger.line());
}

#[test]
fn values_that_the_page_shows_are_not_said_twice() {
    let more = [
        b"<</Type /OCG>>".to_vec(),
        b"<</Fields [9 0 R]>>".to_vec(),
        b"<</T (plan) /FT /Tx /V (the osprey plan)>>".to_vec(),
    ];
    let reading = read(&one_page(
        "/AcroForm 8 0 R",
        "",
        &text("(the osprey plan) Tj"),
        &more,
    ));
    assert_eq!(reading.text, "the osprey plan");
}

#[test]
fn choices_are_read_as_they_are_shown() {
    let more = [
        b"<</Type /OCG>>".to_vec(),
        b"<</Fields [9 0 R 10 0 R 11 0 R]>>".to_vec(),
        b"<</T (land) /FT /Ch /Ff 131072 /V (DE) /Opt [[(DE) (Germany)] [(FR) (France)]]>>"
            .to_vec(),
        b"<</T (bird) /FT /Ch /V (osprey) /Opt [(osprey) (heron) [(3) (gannet)]]>>".to_vec(),
        b"<</T (none) /FT /Ch /Ff 131072 /Opt [(plover)]>>".to_vec(),
    ];
    let reading = read(&one_page("/AcroForm 8 0 R", "", &text("(body) Tj"), &more));
    for words in ["land: DE", "Germany", "bird: osprey", "heron", "gannet"] {
        assert!(reading.text.contains(words), "{words}: {}", reading.text);
    }
    for words in ["France", "plover"] {
        assert!(!reading.text.contains(words), "{}", reading.text);
    }
}

#[test]
fn embedded_files_are_children_whoever_names_them() {
    let more = [
        b"<</Type /OCG>>".to_vec(),
        stream(
            "/Type /EmbeddedFile /Subtype /text#2Fplain",
            b"named by a tree",
        ),
        b"<</Type /Filespec /UF (ledger.txt) /EF <</F 8 0 R>>>>".to_vec(),
        stream("/Type /EmbeddedFile", b"named by nothing"),
        stream(
            "/Type /EmbeddedFile /Filter /FlateDecode",
            b"no zlib at all",
        ),
    ];
    let catalog = "/Names <</EmbeddedFiles <</Names [(x) 9 0 R]>>>>";
    let reading = read(&one_page(catalog, "", &text("(body) Tj"), &more));
    let found: Vec<(&str, &[u8])> = reading
        .children
        .iter()
        .map(|child| (&*child.name, &*child.bytes))
        .collect();
    assert_eq!(
        found[..2],
        [
            ("ledger.txt", b"named by a tree".as_slice()),
            ("", b"named by nothing")
        ]
    );
    assert!(reading.children[2].damage.is_some());
    assert!(reading.ledger.has(Unread::Embedded));
    // A bomb is a damaged child, not memory.
    let reading = Pdf
        .read(&one_page(catalog, "", "", &more), &Given::within(10))
        .unwrap();
    assert!(reading.children.iter().all(|child| child.damage.is_some()));
}

#[test]
fn a_page_that_is_a_picture_is_a_scan_in_its_place() {
    let reading = read(&pdf_with_a_scan(&["before"], &["after"]));
    assert_eq!(reading.text, "before\n\n\n\nafter");
    let [scan] = &reading.scans[..] else {
        panic!("{:?}", reading.scans)
    };
    assert_eq!(
        (scan.page, scan.whole, scan.start, scan.end),
        (2, true, 8, 8)
    );
    // 1,200 dots over 540 points.
    assert_eq!(scan.dpi, 160);
}

#[test]
fn damage_is_told() {
    let whole = one_page("", "", &text("(body) Tj"), &[]);
    let cut = &whole[..whole.len() - 60];
    assert!(read(cut).ledger.has(Unread::Truncated));
    let moved = String::from_utf8_lossy(&whole).replace("startxref\n", "startxref\n9");
    assert!(read(moved.as_bytes()).ledger.has(Unread::Damaged));
    let gone = String::from_utf8_lossy(&whole).replace("/Contents 4 0 R", "/Contents 44 0 R");
    assert!(read(gone.as_bytes()).ledger.has(Unread::Undecodable));
    let fewer = String::from_utf8_lossy(&whole).replace("/Count 1", "/Count 3");
    assert!(read(fewer.as_bytes()).ledger.has(Unread::Truncated));
    assert!(matches!(
        Pdf.read(b"%PDF-1.4 and nothing else", &Given::within(1)),
        Err(ReadError::Corrupt(_))
    ));
}

#[test]
fn letters_without_a_character_are_counted_by_page() {
    // A font with an encoding of its own and glyph names that mean nothing.
    let font = "<</Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] /FirstChar 1 /LastChar 4 \
        /Widths [1 1 1 1] /Encoding <</Differences [1 /q1x /q2x /q3x /q4x]>> \
        /CharProcs <</q1x 8 0 R /q2x 8 0 R /q3x 8 0 R /q4x 8 0 R>>>>";
    let shape = stream("", b"1 0 0 0 1 1 d1 0 0 1 1 re f");
    let content = "BT /F1 12 Tf 72 700 Td <01020304> Tj ET";
    let bytes = one_page("", "", content, &[b"null".to_vec(), shape]);
    let plain = "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>";
    let bytes = String::from_utf8_lossy(&bytes).replace(plain, font);
    let reading = read(bytes.as_bytes());
    let (_, entry) = reading
        .ledger
        .entries()
        .find(|(code, _)| *code == Unread::NoUnicode)
        .unwrap_or_else(|| panic!("{:?} {}", reading.text, reading.ledger.line()));
    assert_eq!(entry.count, 4);
    assert!(entry.detail.contains("page 1"));
}

#[test]
fn nothing_loops_or_grows_without_end() {
    // Kids, outlines and fields that contain themselves.
    let more = [
        b"<</Type /OCG>>".to_vec(),
        b"<</Fields [9 0 R 9 0 R]>>".to_vec(),
        b"<</T (a) /V (value) /Kids [9 0 R 9 0 R]>>".to_vec(),
        b"<</First 11 0 R>>".to_vec(),
        b"<</Title (round) /Next 12 0 R /First 12 0 R>>".to_vec(),
        b"<</Title (and round) /Next 11 0 R /First 11 0 R>>".to_vec(),
    ];
    let catalog = "/AcroForm 8 0 R /Outlines 10 0 R";
    let reading = read(&one_page(catalog, "", &text("(body) Tj"), &more));
    assert_eq!(reading.text, "body\na: value\nBookmarks:\nround\nand round");
    let given = Given {
        scans: vec![Scan {
            page: 1,
            dpi: 600,
            ..Scan::default()
        }],
        ..Given::default()
    };
    let huge = one_page("", "/UserUnit 1", &text("(body) Tj"), &[]);
    let huge = String::from_utf8_lossy(&huge).replace("[0 0 612 792]", "[0 0 999999 999999]");
    let painted = render::Painter.read(huge.as_bytes(), &given).unwrap();
    assert!(painted.children[0].damage.is_some());
    let fine = one_page("", "", &text("(body) Tj"), &[]);
    let painted = render::Painter.read(&fine, &given).unwrap();
    // 600 to the inch, give or take a dot.
    let bytes = &painted.children[0].bytes;
    assert!(bytes.starts_with(b"P5\n5") && bytes.len() > 33_000_000);
}

#[test]
fn passwords_are_tried() {
    // Made with pypdf: RC4 of 128 bits, user password "heron".
    let bytes = include_bytes!("locked.pdf");
    assert_eq!(
        Pdf.read(bytes, &Given::within(1)).err(),
        Some(ReadError::Encrypted)
    );
    let given = |list: &str| Given {
        passwords: Passwords::from_list(list),
        ..Given::default()
    };
    assert_eq!(
        Pdf.read(bytes, &given("gannet")).err(),
        Some(ReadError::Encrypted)
    );
    let reading = Pdf.read(bytes, &given("gannet\nheron")).unwrap();
    assert!(reading.text.contains("kingfisher"), "{}", reading.text);
}

/// A single bracket too many ends the interpreter's work, and no viewer's.
#[test]
fn content_that_cannot_be_followed_is_told() {
    let content = format!("{} ) {}", text("(before) Tj"), text("(behind) Tj"));
    let reading = read(&one_page("", "", &content, &[]));
    assert!(reading.ledger.has(Unread::Undecodable), "{}", reading.text);
    let form = stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 600 700]",
        format!(") {}", text("(within) Tj")).as_bytes(),
    );
    let reading = read(&one_page("", "", &text("(before) Tj"), &[form]));
    assert!(reading.ledger.has(Unread::Undecodable), "{}", reading.text);
}

#[test]
fn words_in_patterns_and_masks_are_read() {
    let resources = "<</Font <</F1 6 0 R>> /Pattern <</P1 7 0 R>> /ExtGState <</G1 <</SMask <</S /Luminosity /G 8 0 R>>>>>>>>";
    let pattern = stream(
        &format!(
            "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 600 700] /XStep 600 /YStep 700 /Resources {resources}"
        ),
        text("(in the pattern) Tj").as_bytes(),
    );
    let mask = stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 600 700] /Group <</S /Transparency /CS /DeviceGray>> /Resources <</Font <</F1 6 0 R>>>>",
        text("(in the mask) Tj").as_bytes(),
    );
    let content = format!(
        "{} /Pattern cs /P1 scn 0 0 500 600 re f 0 0 500 600 re f /G1 gs 0 0 500 600 re f",
        text("(on the page) Tj")
    );
    let bytes = one_page(
        "",
        &format!("/Resources {resources}"),
        &content,
        &[pattern, mask],
    );
    let bytes = String::from_utf8_lossy(&bytes)
        .replace("/Resources 5 0 R", "")
        .into_bytes();
    let reading = read(&bytes);
    for words in ["on the page", "in the pattern", "in the mask"] {
        assert_eq!(reading.text.matches(words).count(), 1, "{}", reading.text);
    }
}
