//! Reading documents, Outlook messages and archives.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use candor::ingest::{
    ExceptionReason, Family, IngestOptions, ItemKind, Passwords, RawItem, SourceFile, Unread,
    names, read_source, worker,
};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/documents")
        .join(name)
}

fn fixture(name: &str) -> Family {
    read(name, &fs::read(data(name)).unwrap())
}

fn read(name: &str, bytes: &[u8]) -> Family {
    read_with(name, bytes, &IngestOptions::default())
}

fn read_with(name: &str, bytes: &[u8], options: &IngestOptions) -> Family {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, bytes).unwrap();
    // As in the program: a reader that dies on a document takes a process with it, not the tests.
    worker::offer(
        &candor::Surroundings::system(),
        env!("CARGO_BIN_EXE_candor").into(),
    );
    let file = SourceFile::regular(name, path, bytes.len() as u64);
    let mut families: Vec<Family> = read_source(&file, options).collect();
    assert_eq!(families.len(), 1);
    let family = families.remove(0);
    for (index, item) in family.iter().enumerate() {
        assert!(names::is_safe_relative(&item.path), "{:?}", item.path);
        assert_eq!(item.parent.is_none(), index == 0);
        assert!(item.parent.is_none_or(|parent| parent < index));
        assert!(item.exception.is_none() || item.text.is_none());
    }
    family
}

fn text(item: &RawItem) -> &str {
    match &item.exception {
        Some(exception) => panic!("{}: {exception}", item.path),
        None => item.text.as_deref().unwrap(),
    }
}

fn reason(item: &RawItem) -> Option<ExceptionReason> {
    item.exception.as_ref().map(|exception| exception.reason)
}

/// A zip archive of the given members.
fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn documents_are_read() {
    for (name, media_type, words) in [
        (
            "crazyones.pdf",
            "application/pdf",
            vec!["crazy ones", "genius"],
        ),
        (
            "r2-empty-password.pdf",
            "application/pdf",
            vec!["pdf encryption test"],
        ),
        (
            "blk-paras-and-tables.docx",
            "wordprocessingml",
            vec!["Lorem ipsum", "Text before\nTable\nBetween\nText after"],
        ),
        ("par-hyperlinks.docx", "wordprocessingml", vec!["hyperlink"]),
        (
            "ledger.xlsx",
            "spreadsheetml",
            vec!["Supplier", "Müller & Söhne", "1234.5", "hidden in B2"],
        ),
        (
            "plan.pptx",
            "presentationml",
            vec!["Launch plan", "Do not mention the recall", "speaker remark"],
        ),
        (
            "old.xls",
            "application/vnd.ms-excel",
            vec!["Invoice", "Zürich", "42"],
        ),
        ("sample.doc", "application/msword", vec!["the"]),
        (
            "minutes.odt",
            "opendocument.text",
            vec!["Minutes\n", "Café & co\tagreed"],
        ),
        ("table.ods", "opendocument.spreadsheet", vec!["alpha\tbeta"]),
    ] {
        let family = fixture(name);
        // One of them has a picture and a table of another program in it.
        let inside = if name == "sample.doc" { 2 } else { 0 };
        assert_eq!(family.len(), 1 + inside, "{name}");
        let item = &family[0];
        assert_eq!(item.kind, ItemKind::Document, "{name}");
        assert!(
            item.media_type.contains(media_type),
            "{name}: {}",
            item.media_type
        );
        assert!(item.extractor.contains('/'), "{name}");
        for word in words {
            assert!(
                text(item).contains(word),
                "{name}: {word:?} missing in {:?}",
                text(item)
            );
        }
    }
    assert_eq!(fixture("minutes.odt")[0].metadata["title"], "Board minutes");
    assert_eq!(fixture("ledger.xlsx")[0].metadata["author"], "J. Clerk");
}

#[test]
fn documents_without_a_key_or_without_text() {
    for (name, expected) in [
        ("encrypted-file.pdf", ExceptionReason::Encrypted),
        (
            "libreoffice-writer-password.pdf",
            ExceptionReason::Encrypted,
        ),
    ] {
        let item = &fixture(name)[0];
        assert_eq!(reason(item), Some(expected), "{name}: {:?}", item.text);
    }
    let pdf = fs::read(data("crazyones.pdf")).unwrap();
    let cut = &read("cut.pdf", &pdf[..3000])[0];
    assert!(cut.exception.is_some() || cut.ledger.has(Unread::Truncated));
    // A scan whose title is all that can be read: partly read, and told how to read the rest.
    let scan = &fixture("imagemagick-lzw.pdf")[0];
    assert!(scan.ledger.has(Unread::PicturePage), "{:?}", scan.exception);
    assert!(scan.ledger.line().contains("page 1; commit with --ocr"));
    assert_eq!(cut.media_type, "application/pdf");
}

#[test]
fn rich_text_is_read() {
    let family = read("a.doc", br"{\rtf1\ansi\ansicpg1252 Gr\'fc\'dfe\par zwei}");
    assert_eq!(family[0].media_type, "application/rtf");
    assert_eq!(text(&family[0]), "Grüße\nzwei");
}

#[test]
fn outlook_messages_are_families() {
    let plain = fixture("ascii.msg");
    assert_eq!(plain[0].kind, ItemKind::Mail);
    assert!(
        text(&plain[0]).starts_with("Subject: "),
        "{}",
        text(&plain[0])
    );
    let family = fixture("attachment.msg");
    assert!(family.len() > 1);
    assert_eq!(
        family[0].metadata["attachments"],
        (family.len() - 1).to_string()
    );
    assert!(family[1].path.starts_with("attachment.msg!/attachments/1-"));
}

#[test]
fn encrypted_office_files_are_read_with_a_password_that_fits() {
    for name in ["locked.xlsx", "locked2007.xlsx"] {
        let bytes = fs::read(data(name)).unwrap();
        assert_eq!(
            reason(&read(name, &bytes)[0]),
            Some(ExceptionReason::Encrypted)
        );
        let with = |list: &str| {
            let options = IngestOptions {
                passwords: Passwords::from_list(list),
                ..IngestOptions::default()
            };
            read_with(name, &bytes, &options)
        };
        // A wrong one never gives noise.
        assert_eq!(
            reason(&with("Gespräch 8\nledger")[0]),
            Some(ExceptionReason::Encrypted)
        );
        let family = with("Gespräch 8\nGespräch 7");
        assert!(text(&family[0]).contains("Müller & Söhne"), "{name}");
        assert_eq!(family[0].metadata["author"], "J. Clerk");
    }
}

#[test]
fn what_outlook_sends_beside_a_mail_is_read() {
    let family = fixture("winmail.dat");
    let shape: Vec<_> = family
        .iter()
        .map(|item| (item.path.as_str(), item.parent, item.kind))
        .collect();
    assert_eq!(
        shape,
        [
            ("winmail.dat", None, ItemKind::Mail),
            (
                "winmail.dat!/attachments/1-Ledger für März.csv",
                Some(0),
                ItemKind::Text
            ),
            (
                "winmail.dat!/attachments/2-Inner subject",
                Some(0),
                ItemKind::Mail
            ),
        ]
    );
    assert!(text(&family[0]).contains("The ledger is attached."));
    assert!(text(&family[1]).contains("heron,1234.50"));
    assert!(text(&family[2]).contains("words of the message within"));
    assert!(family.iter().all(|item| item.ledger.is_empty()));

    let family = fixture("own.msg");
    assert_eq!(family.len(), 3);
    assert_eq!(family[0].metadata["subject"], "RE: Ledger");
    assert!(text(&family[2]).contains("inner gannet words"));
}

#[test]
fn archives_are_families() {
    let inner = archive(&[("deep.txt", b"deep down")]);
    let mail = b"From: a\nTo: b\nSubject: in a zip\n\nbody\n";
    let zip = archive(&[
        ("folder/note.txt", b"a note"),
        ("../../evil.csv", b"a,b\n"),
        ("old/mail.eml", mail),
        ("inner.zip", &inner),
        ("empty", b""),
    ]);
    let family = read("box.zip", &zip);
    let shape: Vec<_> = family
        .iter()
        .map(|item| (item.path.as_str(), item.parent, item.kind))
        .collect();
    assert_eq!(
        shape,
        [
            ("box.zip", None, ItemKind::Archive),
            ("box.zip!/folder/note.txt", Some(0), ItemKind::Text),
            ("box.zip!/__/__/evil.csv", Some(0), ItemKind::Text),
            ("box.zip!/old/mail.eml", Some(0), ItemKind::Mail),
            ("box.zip!/inner.zip", Some(0), ItemKind::Archive),
            ("box.zip!/inner.zip!/deep.txt", Some(4), ItemKind::Text),
            ("box.zip!/empty", Some(0), ItemKind::Other),
        ]
    );
    assert_eq!(family[0].bytes, zip);
    assert!(text(&family[0]).contains("folder/note.txt\n"));
    assert_eq!(family[2].metadata["file_name"], "../../evil.csv");
    assert_eq!(text(&family[5]), "deep down");
    assert_eq!(reason(&family[6]), Some(ExceptionReason::Empty));
}

#[test]
fn archives_that_cannot_be_opened() {
    // The encryption flag of the only member, in its local and its central header.
    let mut locked = archive(&[("secret.txt", b"secret")]);
    let central = locked.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    locked[6] |= 1;
    locked[central + 8] |= 1;
    let family = read("a.zip", &locked);
    assert_eq!(reason(&family[0]), None);
    assert_eq!(reason(&family[1]), Some(ExceptionReason::Encrypted));
    assert_eq!(family[1].path, "a.zip!/secret.txt");

    let whole = archive(&[("a.txt", &[b'x'; 5000])]);
    let cut = read("a.zip", &whole[..whole.len() - 30]);
    // Its members are found without the directory, and that it ends too early is said.
    assert!(cut[0].ledger.has(Unread::Truncated), "{:?}", cut[0].ledger);
    assert_eq!(text(&cut[1]).len(), 5000);

    let mut broken = archive(&[("a.txt", b"some text, stored or packed, whichever")]);
    broken[40] ^= 0xff;
    let family = read("a.zip", &broken);
    assert_eq!(reason(&family[1]), Some(ExceptionReason::Corrupt));
}

#[test]
fn bombs_do_not_go_off() {
    let zeros = vec![0; 64 << 20];
    let bomb = archive(&[("zeros", &zeros)]);
    let family = read("bomb.zip", &bomb);
    assert_eq!(reason(&family[1]), Some(ExceptionReason::TooLarge));

    let mut nested = archive(&[("core.txt", b"core")]);
    for _ in 0..12 {
        nested = archive(&[("a.zip", &nested), ("b.zip", &nested)]);
    }
    let options = IngestOptions {
        max_family_items: 300,
        ..IngestOptions::default()
    };
    let family = read_with("nest.zip", &nested, &options);
    assert!(family.len() <= 301);
    assert!(
        family
            .iter()
            .any(|item| reason(item) == Some(ExceptionReason::TooDeep))
    );
    assert!(
        family
            .iter()
            .any(|item| reason(item) == Some(ExceptionReason::TooMany))
    );
}

fn mutated() -> impl Strategy<Value = (String, Vec<u8>)> {
    let seeds: Vec<(String, Vec<u8>)> = fs::read_dir(data(""))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name() != "LICENSES.md")
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .filter(|(_, bytes)| bytes.len() < 40_000)
        .collect();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20);
    (
        prop::sample::select(seeds),
        changes,
        any::<prop::sample::Index>(),
        any::<bool>(),
    )
        .prop_map(|((name, mut bytes), changes, end, cut)| {
            for (at, value) in changes {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            if cut {
                bytes.truncate(end.index(bytes.len()).max(1));
            }
            (name, bytes)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn damaged_documents_never_fail((name, bytes) in mutated()) {
        read(&name, &bytes);
    }
}
