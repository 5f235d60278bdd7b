//! Every fact that a responder commits beside a document, used to pass off another text as its own.

use super::*;

fn made() -> Made {
    Made {
        software: concat!("candor ", env!("CARGO_PKG_VERSION")).into(),
        here: true,
        listed: false,
    }
}

/// The item as an honest commitment has it.
fn honest(path: &str, native: &[u8]) -> (ItemMeta, String) {
    let name = path.rsplit('/').next().unwrap();
    let outside = Outside {
        name,
        ..Outside::default()
    };
    let mut found = again::read(native, &outside, &IngestOptions::default()).remove(0);
    crate::commit::hashes::record(&mut found);
    if !found.ledger.is_empty() {
        found.metadata.insert(UNREAD.into(), found.ledger.to_fact());
    }
    let meta = ItemMeta {
        children: Vec::new(),
        parent: None,
        exception: None,
        extractor: found.extractor,
        kind: found.kind.id().into(),
        media_type: found.media_type,
        metadata: found.metadata,
        path: path.into(),
        size: native.len() as u64,
    };
    (meta, found.text.unwrap_or_default())
}

fn again(meta: &ItemMeta, native: &[u8], text: &str) -> Reread {
    reread(&made(), meta, native, text)
}

#[track_caller]
fn differs(found: Reread, what: &str) {
    assert!(
        matches!(&found, Reread::Differs(why) if why.contains(what)),
        "{found:?}"
    );
}

#[track_caller]
fn unclear(found: Reread, what: &str) {
    assert!(
        matches!(&found, Reread::Unclear(why) if why.contains(what)),
        "{found:?}"
    );
}

const NOTE: &[u8] = b"We pay the fine in May.\n";
const MAIL: &[u8] = b"From: a@acme.example\r\nTo: b@acme.example\r\nSubject: fine\r\n\
    Date: Wed, 31 Jul 2002 23:30:05 -0500\r\nMessage-ID: <1@acme.example>\r\n\r\nWe pay the fine in May.\r\n";

#[test]
fn an_honest_item_is_the_same() {
    for (path, native) in [
        ("a/note.txt", NOTE),
        ("a/mail.eml", MAIL),
        ("b.mbox!/3", MAIL),
    ] {
        let (meta, text) = honest(path, native);
        assert_eq!(again(&meta, native, &text), Reread::Same, "{path}");
        differs(again(&meta, native, "Nothing to see."), "gives a text of");
    }
}

/// The attack: with the label hz-gb-2312 a whole text becomes one replacement character, which has no
/// word, and so no vector but zero.
#[test]
fn no_charset_label_makes_a_text_the_documents() {
    for (path, native) in [("a/note.txt", NOTE), ("a/mail.eml", MAIL)] {
        for (label, text) in [
            ("hz-gb-2312", "\u{fffd}".to_owned()),
            ("replacement", "\u{fffd}".to_owned()),
            ("hz-gb-2312", String::new()),
            (
                "utf-16le",
                encoding_rs::UTF_16LE.decode(native).0.into_owned(),
            ),
            ("ibm866", encoding_rs::IBM866.decode(native).0.into_owned()),
        ] {
            let text = &*text;
            let (mut meta, own) = honest(path, native);
            if own == text {
                continue;
            }
            meta.metadata.insert("charset".into(), label.into());
            differs(again(&meta, native, text), "");
            // Nor does it where its container could have said so: there a person looks at best.
            meta.path = "x.eml!/attachments/1-note.txt".into();
            assert_ne!(again(&meta, native, text), Reread::Same, "{path} {label}");
        }
    }
}

#[test]
fn what_the_container_said_is_compared_by_a_person() {
    let text = "caf\u{439} au lait";
    let native = encoding_rs::WINDOWS_1251.encode(text).0.into_owned();
    // The detector takes it for a Western one.
    let (mut meta, own) = honest("x.eml!/attachments/1-part.txt", &native);
    assert_ne!(own, text);
    meta.metadata
        .insert("charset".into(), "windows-1251".into());
    unclear(again(&meta, &native, text), "charset that was recorded");
    meta.path = "part.txt".into();
    differs(again(&meta, &native, text), "gives a text of");
    // A label under which the bytes are not valid explains nothing.
    meta.path = "x.eml!/attachments/1-part.txt".into();
    meta.metadata.insert("charset".into(), "UTF-8".into());
    let replaced = String::from_utf8_lossy(&native).into_owned();
    differs(again(&meta, &native, &replaced), "gives a text of");
}

#[test]
fn replacement_characters_do_not_pass_silently() {
    let native = b"\xef\xbb\xbfWe pay \xff\xfe\xff the fine.";
    let (meta, text) = honest("note.txt", native);
    assert!(text.contains('\u{fffd}'));
    unclear(again(&meta, native, &text), "replacement characters");
}

/// Named as mail, a text loses whatever stands before its first blank line.
#[test]
fn neither_a_name_nor_a_container_makes_a_text_a_message() {
    let memo = b"To: the board\nWe won the lottery, pay the fine.\n\nBest regards\n";
    let (mut meta, text) = honest("memo.eml", memo);
    assert_eq!(meta.kind, "mail");
    assert_ne!(text.as_bytes(), memo);
    unclear(again(&meta, memo, &text), "the name that was recorded");
    meta.path = "memo.txt".into();
    differs(again(&meta, memo, &text), "gives a text of");

    let note = b"Note: we won the lottery\nand pay the fine.\n\nBest regards\n";
    let outside = Outside {
        message: true,
        ..Outside::default()
    };
    let read = crate::ingest::again::read(note, &outside, &IngestOptions::default()).remove(0);
    let text = read.text.unwrap();
    let (mut meta, _) = honest("x.eml!/attachments/1-note.txt", note);
    meta.kind = "mail".into();
    meta.extractor = read.extractor;
    unclear(again(&meta, note, &text), "container is said");
    meta.path = "note.txt".into();
    differs(again(&meta, note, &text), "");
}

#[test]
fn a_reader_that_this_version_does_not_have_is_a_lie_in_its_own_commitment() {
    let (mut meta, text) = honest("note.txt", NOTE);
    for reader in ["another/9", "encoding_rs/0.1.0", "undoc/0.27.1", ""] {
        meta.extractor = reader.into();
        differs(again(&meta, NOTE, "Nothing to see."), "gives a text of");
        // Whose text is the document's is the document's, whoever is said to have read it.
        assert_eq!(again(&meta, NOTE, &text), Reread::Same);
    }
    let elsewhere = Made {
        software: "candor 9.9.9".into(),
        here: false,
        listed: false,
    };
    let found = reread(&elsewhere, &meta, NOTE, "Nothing to see.");
    unclear(found, "candor 9.9.9");
}

#[test]
fn a_given_text_needs_a_load_file_in_the_commitment() {
    let (mut meta, _) = honest("note.txt", NOTE);
    meta.extractor = GIVEN_TEXT.into();
    differs(
        again(&meta, NOTE, "Nothing to see."),
        "the commitment states none",
    );
    let listed = Made {
        listed: true,
        ..made()
    };
    let found = reread(&listed, &meta, NOTE, "Nothing to see.");
    unclear(found, "load file");
}

#[test]
fn a_text_of_what_cannot_be_read_is_noticed() {
    let native = b"PK\x03\x04 and no more";
    let (meta, _) = honest("broken.docx", native);
    differs(again(&meta, native, "Nothing to see."), "cannot be read");
}

#[test]
fn facts_that_the_file_does_not_state_are_noticed() {
    let (meta, text) = honest("mail.eml", MAIL);
    for (key, value) in [
        ("date", "1999-01-01T00:00:00Z"),
        ("from", "counsel@firm.example"),
        ("subject", "privileged"),
        ("message_id", "2@acme.example"),
        ("author", "nobody"),
    ] {
        let mut false_facts = meta.clone();
        false_facts.metadata.insert(key.into(), value.into());
        differs(again(&false_facts, MAIL, &text), key);
    }
    let mut undated = meta.clone();
    undated.metadata.remove("date");
    differs(again(&undated, MAIL, &text), "date");
    for (key, value) in [("sha256", "00".repeat(32)), ("md5", "00".repeat(16))] {
        let mut hashes = meta.clone();
        hashes.metadata.insert(key.into(), value);
        differs(again(&hashes, MAIL, &text), key);
    }
    let mut size = meta.clone();
    size.size = u64::MAX;
    differs(again(&size, MAIL, &text), "bytes");
    // What comes from elsewhere is not the file's to state.
    let mut custodian = meta;
    custodian.metadata.insert("custodian".into(), "Roe".into());
    assert_eq!(again(&custodian, MAIL, &text), Reread::Same);
}

#[test]
fn parts_that_were_left_out_or_put_in_are_noticed() {
    let (mut meta, text) = honest("mail.eml", MAIL);
    meta.children = vec![7];
    let found = reread(&made(), &meta, MAIL, &text);
    differs(found, "contains 0 parts, and the corpus has 1");
}

#[test]
fn an_exception_that_can_be_read_is_noticed() {
    let forms = [Form::TextWordsV3];
    let (mut meta, _) = honest("a/note.txt", NOTE);
    let again = |meta: &ItemMeta, native: &[u8], reason| {
        reread_unsearched(&made(), meta, native, Some(reason), &forms)
    };
    differs(again(&meta, NOTE, "corrupt"), "corrupt");
    differs(again(&meta, NOTE, "empty"), "empty");
    // Not naming a reader is no excuse either, unless its place or a limit could be one.
    meta.extractor.clear();
    differs(again(&meta, NOTE, "unsupported"), "text/words16376-v3");
    unclear(again(&meta, NOTE, "too_deep"), "");
    meta.path = "x.zip!/note.txt".into();
    unclear(again(&meta, NOTE, "unsupported"), "");
    let nothing = honest("nothing.txt", b"").0;
    assert_eq!(again(&nothing, b"", "empty"), Reread::Same);
    unclear(again(&nothing, b"", "unreadable"), "look at the original");
    // An archive of nothing is empty, and has bytes.
    let archive = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
    let meta = honest("nothing.zip", &archive).0;
    assert_eq!(again(&meta, &archive, "empty"), Reread::Same);
    // What no reader here reads, and what no form of the commitment is for.
    let program = b"\x7fELF\x02\x01\x01\0\0\0";
    let meta = honest("program", program).0;
    assert_eq!(again(&meta, program, "unsupported"), Reread::Same);
    // What has no word that the form counts.
    let meta = honest("marks.txt", b"1 a - b").0;
    assert_eq!(again(&meta, b"1 a - b", "no_text"), Reread::Same);
    let (meta, _) = honest("a/note.txt", NOTE);
    let found = reread_unsearched(&made(), &meta, NOTE, Some("no_form"), &[Form::ImageRgb32V1]);
    assert_eq!(found, Reread::Same);
}

/// A page that is a picture, and one that has text: "before" and "after".
fn scan_between_texts() -> Vec<u8> {
    crate::ingest::ocr::sample::pdf_with_a_scan(&["before"], &["after"])
}

#[test]
fn recognised_text_is_compared_by_a_person_and_never_made_again() {
    let native = scan_between_texts();
    let (mut meta, text) = honest("scan.pdf", &native);
    assert!(text.contains("before") && text.contains("after"));
    meta.extractor += " tesseract/5.3.0 candor-ocr-eng/0011223344556677";
    let with = text.replace("after", "seen in the picture\nafter");
    unclear(again(&meta, &native, &with), "recognised in a picture");
    // The file's own words are still in it.
    let without = with.replace("before", "");
    differs(again(&meta, &native, &without), "without text recognition");
    // What has no picture has no recognised text.
    let (mut meta, text) = honest("note.txt", NOTE);
    meta.extractor += " tesseract/5.3.0 candor-ocr-eng/0011223344556677";
    differs(again(&meta, NOTE, &text), "neither a scanned page");
}

/// The attack: an item of which a part could not be searched is committed as one that was read whole.
#[test]
fn what_could_not_be_read_cannot_be_hidden() {
    let native = scan_between_texts();
    let (meta, text) = honest("scan.pdf", &native);
    assert!(meta.metadata[UNREAD].contains("picture_page"));
    assert_eq!(again(&meta, &native, &text), Reread::Same);
    let mut hidden = meta.clone();
    hidden.metadata.remove(UNREAD);
    differs(
        again(&hidden, &native, &text),
        "commitment does not say so: pages that are pictures",
    );
    let mut another = Ledger::default();
    another.add(Unread::Form, "a note");
    hidden.metadata.insert(UNREAD.into(), another.to_fact());
    differs(again(&hidden, &native, &text), "(1 here, 0 stated)");
    hidden.metadata.insert(UNREAD.into(), "{}{}".into());
    differs(again(&hidden, &native, &text), "no such list");
    // More than is seen here may come from the container; less may have come from elsewhere.
    let mut more = Ledger::from_fact(&meta.metadata[UNREAD]).unwrap();
    more.add(Unread::Damaged, "its archive is damaged");
    let mut honest = meta.clone();
    honest.metadata.insert(UNREAD.into(), more.to_fact());
    assert_eq!(again(&honest, &native, &text), Reread::Same);
    let listed = Made {
        listed: true,
        ..made()
    };
    hidden.metadata.remove(UNREAD);
    unclear(reread(&listed, &hidden, &native, &text), "by eye");
    // Recognising the page explains that it is not said to be a picture, and nothing else.
    hidden.extractor += " tesseract/5.3.0 candor-ocr-eng/0011223344556677";
    unclear(again(&hidden, &native, &text), "recognised in a picture");
}
