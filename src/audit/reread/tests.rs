//! Every fact that a responder commits beside a document, used to pass off another text as its own.

use super::*;
use crate::commit::UNREAD;
use crate::ingest::volume::GIVEN_TEXT;
use crate::ingest::{Ledger, Unread};
use crate::item::Form;

fn made() -> Made {
    Made {
        software: concat!("candor ", env!("CARGO_PKG_VERSION")).into(),
        here: true,
        listed: false,
        supplements: false,
        forms: vec![Form::TextWordsV3],
    }
}

fn elsewhere() -> Made {
    Made {
        software: "candor 9.9.9".into(),
        here: false,
        ..made()
    }
}

fn listed() -> Made {
    Made {
        listed: true,
        ..made()
    }
}

/// What the leaf of an item with this text says.
fn public(meta: &ItemMeta, text: &str, made: &Made) -> Public {
    let mut raw = RawItem::nameless(Vec::new());
    raw.text = Some(text.to_owned());
    let found = Public::from(&made.outcomes(&raw)[0]);
    Public {
        partly: meta.metadata.contains_key(UNREAD),
        ..found
    }
}

fn unhashed(public: Public) -> Part {
    Part {
        public,
        sha256: None,
    }
}

/// As many parts as the metadata names, each read.
fn parts(meta: &ItemMeta) -> Vec<Part> {
    let read = unhashed(Public {
        reason: None,
        partly: false,
        forms: vec![Form::TextWordsV3],
    });
    vec![read; meta.children.len()]
}

fn again_by(made: &Made, meta: &ItemMeta, native: &[u8], text: &str) -> Reread {
    let (public, parts) = (public(meta, text, made), parts(meta));
    let item = Committed {
        meta,
        native,
        text,
        public,
        parts,
    };
    reread(made, &item).verdict
}

/// An item that was not searched.
fn unsearched(made: &Made, meta: &ItemMeta, native: &[u8], reason: &str) -> Reread {
    let item = Committed {
        meta,
        native,
        text: "",
        public: Public {
            reason: Some(reason.to_owned()),
            partly: false,
            forms: Vec::new(),
        },
        parts: parts(meta),
    };
    reread(made, &item).verdict
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
    again_by(&made(), meta, native, text)
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
    // With what the container says, nothing had to be guessed.
    assert!(meta.metadata.remove(UNREAD).is_some());
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
    assert!(meta.metadata[UNREAD].contains("replaced"));
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
    let mut read = crate::ingest::again::read(note, &outside, &IngestOptions::default()).remove(0);
    crate::commit::hashes::record(&mut read);
    let text = read.text.unwrap();
    let (mut meta, _) = honest("x.eml!/attachments/1-note.txt", note);
    meta.kind = "mail".into();
    meta.media_type = read.media_type;
    meta.metadata = read.metadata;
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
    let found = again_by(&elsewhere(), &meta, NOTE, "Nothing to see.");
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
    // And a row of it that is the item's.
    differs(
        again_by(&listed(), &meta, NOTE, "Nothing to see."),
        "has no row for it",
    );
    meta.metadata.insert("control_number".into(), "B1".into());
    let found = again_by(&listed(), &meta, NOTE, "Nothing to see.");
    unclear(found, "load file");
    // A text with the words of the file is searched as the file's is.
    let found = again_by(&listed(), &meta, NOTE, "We pay  the FINE in May");
    assert_eq!(found, Reread::Same);
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
    custodian.path = "Roe/mail.eml".into();
    assert_eq!(again(&custodian, MAIL, &text), Reread::Same);
    // Without a load file the custodian is the folder.
    custodian.path = "Doe/mail.eml".into();
    differs(again(&custodian, MAIL, &text), "custodian");
}

#[test]
fn parts_that_were_left_out_or_put_in_are_noticed() {
    let (mut meta, text) = honest("mail.eml", MAIL);
    meta.children = vec![7];
    let found = again(&meta, MAIL, &text);
    differs(found, "contains 0 parts, and the corpus has 1");
}

/// An item that was not searched, with the sentence that goes with it.
fn failed(path: &str, native: &[u8]) -> ItemMeta {
    let name = path.rsplit('/').next().unwrap();
    let outside = Outside {
        name,
        ..Outside::default()
    };
    let found = again::read(native, &outside, &IngestOptions::default()).remove(0);
    let outcome = made().outcomes(&found).remove(0);
    let mut meta = honest(path, native).0;
    meta.exception = outcome.exception.map(|(_, detail)| detail);
    meta
}

#[test]
fn an_exception_that_can_be_read_is_noticed() {
    let mut meta = failed("a/note.txt", NOTE);
    meta.exception = Some("it is damaged".into());
    let again = |meta: &ItemMeta, native: &[u8], reason| unsearched(&made(), meta, native, reason);
    differs(again(&meta, NOTE, "corrupt"), "corrupt");
    differs(again(&meta, NOTE, "empty"), "empty");
    // Not naming a reader is no excuse either, unless its place or a limit could be one; and no limit is one for
    // what lies in nothing and is read without a process of its own.
    meta.extractor.clear();
    differs(again(&meta, NOTE, "unsupported"), "text/words16376-v3");
    for limit in ["too_deep", "too_many", "time_limit", "reader_failed"] {
        differs(again(&meta, NOTE, limit), limit);
    }
    unclear(again(&meta, NOTE, "too_large"), "limits");
    meta.path = "x.zip!/note.txt".into();
    unclear(again(&meta, NOTE, "unsupported"), "where it was found");
    unclear(again(&meta, NOTE, "too_deep"), "limits");
    let nothing = failed("nothing.txt", b"");
    assert_eq!(again(&nothing, b"", "empty"), Reread::Same);
    unclear(again(&nothing, b"", "unreadable"), "look at the original");
    // An archive of nothing is empty, and has bytes.
    let archive = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
    let meta = failed("nothing.zip", &archive);
    assert_eq!(again(&meta, &archive, "empty"), Reread::Same);
    // What no reader here reads, and what no form of the commitment is for.
    let program = b"\x7fELF\x02\x01\x01\0\0\0";
    let meta = failed("program", program);
    assert_eq!(again(&meta, program, "unsupported"), Reread::Same);
    // What has no word that the form counts.
    let meta = failed("marks.txt", b"1 a - b");
    assert!(meta.exception.is_some());
    let (_, text) = honest("marks.txt", b"1 a - b");
    let item = Committed {
        meta: &meta,
        native: b"1 a - b",
        text: &text,
        public: Public {
            reason: Some("no_text".into()),
            partly: false,
            forms: Vec::new(),
        },
        parts: Vec::new(),
    };
    assert_eq!(reread(&made(), &item).verdict, Reread::Same);
}

/// The attack: the reason that everybody sees, and that the first line counts, is another than the file's. Locked
/// papers become clutter, damaged ones empty.
#[test]
fn a_false_reason_is_noticed() {
    let program = b"\x7fELF\x02\x01\x01\0\0\0";
    let mut meta = failed("program", program);
    for reason in [
        "clutter",
        "no_text",
        "corrupt",
        "encrypted",
        "empty",
        "no_form",
    ] {
        differs(unsearched(&made(), &meta, program, reason), reason);
    }
    // Another sentence than the one that is given here is for a person.
    meta.exception = Some("a family picture".into());
    unclear(
        unsearched(&made(), &meta, program, "unsupported"),
        "in other words",
    );
    meta.exception = None;
    differs(
        unsearched(&made(), &meta, program, "unsupported"),
        "do not agree",
    );
    // Content that is said not to have been there to commit, for a reason that needs it.
    let nothing = failed("nothing.txt", b"");
    for reason in ["unsupported", "corrupt", "encrypted", "no_text", "too_deep"] {
        differs(
            unsearched(&made(), &nothing, b"", reason),
            "content was not committed",
        );
    }
}

/// A message with a note in it, of which no text is searched: everything else of it is compared all the same.
#[test]
fn what_was_not_searched_is_compared_as_what_was() {
    let mail = b"From: a@acme.example\r\nSubject: fine\r\nDate: Wed, 31 Jul 2002 23:30:05 -0500\r\n\
        MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
        We pay.\r\n--b\r\nContent-Type: text/plain; name=n.txt\r\nContent-Disposition: attachment; filename=n.txt\r\n\
        \r\nthe fine in May\r\n--b--\r\n";
    let (mut meta, text) = honest("a/mail.eml", mail);
    meta.children = vec![4];
    // Outside the classifier's form, for the corpus has no text in it.
    let pictures = Made {
        forms: vec![Form::ImageRgb32V1],
        ..made()
    };
    let of_no_form = |meta: &ItemMeta, text: &str, parts: Vec<Public>| {
        let parts = parts.into_iter().map(unhashed).collect();
        let item = Committed {
            meta,
            native: mail,
            text,
            public: Public {
                reason: Some("no_form".into()),
                partly: false,
                forms: Vec::new(),
            },
            parts,
        };
        reread(&pictures, &item)
    };
    let no_form = || Public {
        reason: Some("no_form".into()),
        partly: false,
        forms: Vec::new(),
    };
    meta.exception = Some(
        "content of type message/rfc822 has no vector in the forms of this commitment; a person has to look".into(),
    );
    let found = of_no_form(&meta, &text, vec![no_form()]);
    assert_eq!(found.verdict, Reread::Same);
    differs(
        of_no_form(&meta, "We pay.", vec![no_form()]).verdict,
        "gives a text",
    );
    differs(
        of_no_form(&meta, &text, vec![]).verdict,
        "contains 1 parts, and the corpus has 0",
    );
    let empty = Public {
        reason: Some("empty".into()),
        ..no_form()
    };
    differs(
        of_no_form(&meta, &text, vec![empty]).verdict,
        "is not searched (no_form) here and not searched (empty) in the corpus",
    );
    for key in ["date", "from", "subject", "attachments"] {
        let mut less = meta.clone();
        less.metadata.remove(key).unwrap();
        differs(of_no_form(&less, &text, vec![no_form()]).verdict, key);
    }
    let mut other = meta.clone();
    other.media_type = "application/pdf".into();
    differs(
        of_no_form(&other, &text, vec![no_form()]).verdict,
        "application/pdf",
    );
    let mut ledger = Ledger::default();
    ledger.add(Unread::Embedded, "a hundred files");
    let mut more = meta.clone();
    more.metadata.insert(UNREAD.into(), ledger.to_fact());
    differs(
        of_no_form(&more, &text, vec![no_form()]).verdict,
        "more of it was not read than there is to miss",
    );
}

/// Under a load file its rows are parts too; what lies in the file has to be among them.
#[test]
fn a_load_file_explains_what_it_lists_and_nothing_else() {
    let mail = b"From: a@acme.example\r\nSubject: fine\r\nDate: Wed, 31 Jul 2002 23:30:05 -0500\r\n\
        MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
        We pay.\r\n--b\r\nContent-Type: text/plain; name=n.txt\r\nContent-Disposition: attachment; filename=n.txt\r\n\
        \r\nthe fine in May\r\n--b\r\nContent-Type: text/plain; name=m.txt\r\nContent-Disposition: attachment; \
        filename=m.txt\r\n\r\nthe fine in June\r\n--b--\r\n";
    let (mut meta, text) = honest("B1.eml", mail);
    meta.children = vec![2, 3];
    let again = |meta: &ItemMeta| again_by(&listed(), meta, mail, &text);
    differs(
        again(&ItemMeta {
            children: vec![2],
            ..meta.clone()
        }),
        "contains 2 parts, and the corpus has 1",
    );
    for (key, value) in [
        ("control_number", "B1"),
        ("control_number_end", "B4"),
        ("custodian", "Roe"),
        ("original_path", "C:\\mail"),
        // The same time in the zone that the load file has, and the sender by name.
        ("date", "2002-08-01T04:30:05Z"),
        ("from", "a@acme"),
    ] {
        meta.metadata.insert(key.into(), value.into());
    }
    let (public, parts) = (public(&meta, &text, &listed()), parts(&meta));
    let item = Committed {
        meta: &meta,
        native: mail,
        text: &text,
        public,
        parts,
    };
    let found = reread(&listed(), &item);
    assert_eq!(found.verdict, Reread::Same);
    let taken: Vec<&str> = found.taken.iter().map(String::as_str).collect();
    assert_eq!(
        taken,
        [
            "control_number",
            "control_number_end",
            "custodian",
            "date",
            "from",
            "original_path"
        ]
    );
    // More parts are rows; fewer than there are in the file are none that a row explains.
    for (children, fails) in [(vec![2, 3, 4, 5], false), (vec![2], true), (vec![], true)] {
        let other = ItemMeta {
            children,
            ..meta.clone()
        };
        assert_eq!(
            matches!(again(&other), Reread::Differs(_)),
            fails,
            "{other:?}"
        );
    }
    // What the file says and the load file contradicts is for a person; what no load file states, fails.
    for (key, value) in [
        ("date", "1999-01-01T00:00:00Z"),
        ("from", "counsel@firm.example"),
    ] {
        let mut other = meta.clone();
        other.metadata.insert(key.into(), value.into());
        unclear(again(&other), key);
    }
    for (key, value) in [
        ("attachments", "7"),
        ("declared_type", "x/y"),
        ("edrm_mih", "00"),
    ] {
        let mut other = meta.clone();
        other.metadata.insert(key.into(), value.into());
        differs(again(&other), key);
    }
    let mut silent = meta.clone();
    silent.metadata.remove("subject");
    differs(again(&silent), "subject");
    // An item without a row is nothing that a load file explains.
    meta.metadata.remove("control_number");
    differs(again(&meta), "control_number_end");
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
    // With another reader's name it would not have to be.
    meta.extractor = "another/1 tesseract/5.3.0 candor-ocr-eng/0011223344556677".into();
    differs(again(&meta, &native, &without), "another/1");
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
    // More than is seen here may come from a container; where there is none, it fills the population of what was
    // read in part with what was read.
    let mut more = Ledger::from_fact(&meta.metadata[UNREAD]).unwrap();
    more.add(Unread::Damaged, "its archive is damaged");
    let mut honest = meta.clone();
    honest.metadata.insert(UNREAD.into(), more.to_fact());
    differs(again(&honest, &native, &text), "than there is to miss");
    honest.path = "x.zip!/scan.pdf".into();
    unclear(again(&honest, &native, &text), "what it lay in");
    // The words are compared as well.
    let mut other = Ledger::default();
    other.add(Unread::PicturePage, "a blank page");
    honest.metadata.insert(UNREAD.into(), other.to_fact());
    unclear(again(&honest, &native, &text), "is not what is said here");
    // No load file reads less of a file.
    hidden.metadata.remove(UNREAD);
    hidden.metadata.insert("control_number".into(), "B1".into());
    differs(
        again_by(&listed(), &hidden, &native, &text),
        "does not say so",
    );
    hidden.metadata.remove("control_number");
    // Recognising the page explains that it is not said to be a picture, and nothing else.
    hidden.extractor += " tesseract/5.3.0 candor-ocr-eng/0011223344556677";
    unclear(again(&hidden, &native, &text), "recognised in a picture");
}

/// What a network does not see of a picture has to be there as an item, or to be said.
#[test]
fn pages_of_a_picture_cannot_be_left_out() {
    let pages = include_bytes!("../../../tests/data/pictures/pages.tif");
    let (meta, text) = honest("pages.tif", pages);
    differs(again(&meta, pages, &text), "the file contains 2 parts");
    let inks = include_bytes!("../../../tests/data/pictures/inks.jpg");
    let (mut meta, text) = honest("inks.jpg", inks);
    assert!(meta.metadata[UNREAD].contains("colour"));
    meta.metadata.remove(UNREAD);
    differs(again(&meta, inks, &text), "colour profiles");
}
