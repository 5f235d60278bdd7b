//! Volumes as other programs make them, and broken ones.

use super::*;
use crate::corpus::Corpus;
use crate::dat::{DatWriter, Encoding};
use crate::error::IngestError;
use crate::selection::Selection;
use crate::walk::{walk_all, walk_entries};
use crate::{ExceptionReason, IngestOptions, ItemKind, RawItem};
use std::fs;
use tempfile::TempDir;

const COLUMNS: [&str; 9] = [
    "BEGBATES",
    "ENDBATES",
    "BEGATTACH",
    "CUSTODIAN",
    "SUBJECT",
    "DATESENT",
    "REVIEWERNOTE",
    "NATIVELINK",
    "TEXTLINK",
];

type Row<'a> = [&'a str; 9];

fn row<'a>(number: &'a str, family: &'a str, native: &'a str, text: &'a str) -> Row<'a> {
    [
        number,
        number,
        family,
        "Jane Roe",
        "caf\u{e9}",
        "07/14/2001",
        "hot!",
        native,
        text,
    ]
}

/// A volume with natives and texts whose names differ from the links in case.
fn volume(encoding: Encoding, rows: &[Row<'_>]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        (
            "NATIVES/001/A1.EML",
            &b"From: a@b\r\nTo: c@d\r\nSubject: read from the mail\r\n\r\nbody\r\n"[..],
        ),
        ("NATIVES/001/a2.txt", b"the attachment itself"),
        ("NATIVES/001/A4.bin", &[0, 159, 146, 150, 1, 2]),
        ("TEXT/001/A1.txt", b"the text of the mail"),
        ("TEXT/001/A2.txt", b"\xef\xbb\xbfthe text of the attachment"),
        ("TEXT/001/A3.txt", b"only text"),
        ("TEXT/001/empty.txt", b""),
    ] {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let mut writer = DatWriter::new(Vec::new(), encoding, COLUMNS).unwrap();
    rows.iter().for_each(|row| drop(writer.row(row).unwrap()));
    fs::create_dir(dir.path().join("DATA")).unwrap();
    fs::write(dir.path().join("DATA/VOL.DAT"), writer.into_inner()).unwrap();
    dir
}

fn open_in(dir: &TempDir) -> Result<Volume, VolumeError> {
    let files = walk_all(dir.path()).unwrap();
    open(
        &dir.path().join("DATA/VOL.DAT"),
        &files,
        Some("DATA/VOL.DAT"),
        dir.path(),
        None,
    )
}

fn items(dir: &TempDir) -> Vec<RawItem> {
    let options = IngestOptions::default();
    let families = open_in(dir).unwrap().families;
    families
        .iter()
        .flat_map(|family| family.read(&options))
        .collect()
}

#[test]
fn rows_become_items_in_every_encoding() {
    let rows = [
        row("A1", "A1", r".\NATIVES\001\a1.eml", r"TEXT\001\A1.TXT"),
        row("A2", "A1", r"\natives\001\A2.txt", r"TEXT\001\A2.txt"),
        row("A3", "", "", "TEXT/001/A3.txt"),
        row("A4", "", r"NATIVES\001\A4.bin", ""),
    ];
    for encoding in [
        Encoding::Utf8,
        Encoding::Utf8Bom,
        Encoding::Cp1252,
        Encoding::Utf16,
    ] {
        let dir = volume(encoding, &rows);
        let volume = open_in(&dir).unwrap();
        assert_eq!(
            (volume.documents, volume.named, volume.families.len()),
            (4, 6, 3)
        );
        assert_eq!(volume.ignored, ["REVIEWERNOTE"]);
        let items = items(&dir);
        let paths: Vec<&str> = items.iter().map(|item| item.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "NATIVES/001/A1.EML",
                "NATIVES/001/a2.txt",
                "TEXT/001/A3.txt",
                "NATIVES/001/A4.bin"
            ]
        );
        let mail = &items[0];
        assert_eq!(mail.text.as_deref(), Some("the text of the mail"));
        assert_eq!(
            (mail.kind, &*mail.media_type, &*mail.extractor),
            (ItemKind::Mail, "message/rfc822", GIVEN_TEXT)
        );
        assert_eq!(mail.metadata["control_number"], "A1");
        assert_eq!(mail.metadata["subject"], "caf\u{e9}");
        assert_eq!(mail.metadata["custodian"], "Jane Roe");
        assert_eq!(mail.metadata["date"], "2001-07-14T00:00:00Z");
        assert!(
            mail.metadata.values().all(|value| value != "hot!"),
            "a reviewer's note is committed"
        );
        assert_eq!(
            (items[1].parent, items[1].text.as_deref()),
            (Some(0), Some("the text of the attachment"))
        );
        assert_eq!(
            (items[2].bytes.as_slice(), &*items[2].media_type),
            (&b"only text"[..], "text/plain")
        );
        assert_eq!(
            items[3].exception.as_ref().unwrap().reason,
            ExceptionReason::Unsupported
        );
        assert_eq!(items[3].metadata["control_number"], "A4");
    }
}

#[test]
fn without_given_text_documents_are_read_with_what_they_contain() {
    let dir = volume(Encoding::Utf8, &[row("A1", "", r"NATIVES\001\A1.EML", "")]);
    let mail = "MIME-Version: 1.0\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\nContent-Disposition: attachment; filename=n.txt\r\n\r\nnote\r\n--b--\r\n";
    fs::write(dir.path().join("NATIVES/001/A1.EML"), mail).unwrap();
    let alone = items(&dir);
    assert_eq!(alone.len(), 2);
    assert!(alone[0].extractor.starts_with("mail-parser/"));
    assert_eq!(
        (alone[1].parent, &*alone[1].path),
        (Some(0), "NATIVES/001/A1.EML!/attachments/1-n.txt")
    );
    // The load file has the attachment as a document of its own.
    let mut writer = DatWriter::new(Vec::new(), Encoding::Utf8, COLUMNS).unwrap();
    for row in [
        row("A1", "A1", r"NATIVES\001\A1.EML", ""),
        row("A2", "A1", r"NATIVES\001\a2.txt", ""),
    ] {
        writer.row(row).unwrap();
    }
    fs::write(dir.path().join("DATA/VOL.DAT"), writer.into_inner()).unwrap();
    let listed = items(&dir);
    assert_eq!(listed.len(), 2);
    assert_eq!(
        (listed[1].parent, &*listed[1].path),
        (Some(0), "NATIVES/001/a2.txt")
    );
}

#[test]
fn what_is_missing_is_an_exception_under_its_number() {
    let dir = volume(
        Encoding::Utf8,
        &[
            row("A1", "", r"NATIVES\001\gone.pdf", r"TEXT\001\A1.txt"),
            row("A2", "", r"NATIVES\001\a2.txt", r"TEXT\001\gone.txt"),
            row("A3", "", "", ""),
            row("A4", "", r"NATIVES\001\A4.bin", r"TEXT\001\empty.txt"),
            row("A5", "A0", "", r"TEXT\001\A3.txt"),
        ],
    );
    let items = items(&dir);
    let reasons: Vec<_> = items
        .iter()
        .map(|item| item.exception.as_ref().map(|e| e.reason))
        .collect();
    use ExceptionReason::{Missing, NoText};
    assert_eq!(
        reasons,
        [
            Some(Missing),
            Some(Missing),
            Some(Missing),
            Some(NoText),
            None
        ]
    );
    assert!(
        items[0]
            .exception
            .as_ref()
            .unwrap()
            .detail
            .contains("NATIVES/001/gone.pdf")
    );
    assert_eq!(items[1].bytes, b"the attachment itself");
    for (item, number) in items.iter().zip(["A1", "A2", "A3", "A4", "A5"]) {
        assert_eq!(item.metadata["control_number"], number);
    }
    assert!(items[4].ledger.line().contains("attached to A0"));
}

#[test]
fn one_file_under_two_numbers_gives_two_items() {
    let dir = volume(
        Encoding::Utf8,
        &[
            row("A1", "", r"NATIVES\001\a2.txt", ""),
            row("A2", "", r"NATIVES\001\a2.txt", ""),
        ],
    );
    let paths: Vec<String> = items(&dir).into_iter().map(|item| item.path).collect();
    assert_eq!(paths, ["NATIVES/001/a2.txt", "NATIVES/001/a2.txt!/~2"]);
}

#[test]
fn broken_load_files_are_refused_with_the_row() {
    let error = |rows: &[Row<'_>]| open_in(&volume(Encoding::Utf8, rows)).unwrap_err();
    let text = r"TEXT\001\A3.txt";
    assert!(matches!(error(&[]), VolumeError::Empty));
    assert!(matches!(
        error(&[row("A1", "", "", text), row("", "", "", text)]),
        VolumeError::NoNumber(3)
    ));
    assert!(matches!(
        error(&[row("A1", "", "", text), row("A1", "", "", text)]),
        VolumeError::Twice { row: 3, number } if number == "A1"
    ));
    for hostile in [
        r"..\..\secret",
        "/etc/passwd",
        r"C:\x",
        r"\\host\x",
        r"TEXT\..\..\x",
    ] {
        for place in [row("A1", "", hostile, text), row("A1", "", "", hostile)] {
            let refused = error(&[place]);
            assert!(
                matches!(&refused, VolumeError::Path { row: 2, path, .. } if path == hostile),
                "{hostile}: {refused}"
            );
        }
    }
    assert!(matches!(
        error(&[row("A1", "A2", "", text), row("A2", "A1", "", text)]),
        VolumeError::Cycle(2)
    ));
    let dir = volume(Encoding::Utf8, &[]);
    for (bytes, want) in [
        ("BEGBATES\n", "does not name columns"),
        (
            "\u{fe}A\u{fe}\u{14}\u{fe}NATIVELINK\u{fe}\n",
            "no column for control numbers",
        ),
        ("\u{fe}BEGBATES\u{fe}\n", "no column for the documents"),
    ] {
        fs::write(dir.path().join("DATA/VOL.DAT"), bytes).unwrap();
        let message = open_in(&dir).unwrap_err().to_string();
        assert!(message.contains(want), "{message}");
    }
}

#[test]
fn hashes_that_do_not_fit_are_noted() {
    let dir = volume(Encoding::Utf8, &[]);
    let good = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(
        b"the attachment itself",
    ));
    let mut writer = DatWriter::new(
        Vec::new(),
        Encoding::Utf8,
        ["DOCID", "NATIVELINK", "SHA256HASH"],
    )
    .unwrap();
    writer
        .row(["1", "NATIVES/001/a2.txt", &good.to_uppercase()])
        .unwrap();
    writer.row(["2", "NATIVES/001/a2.txt", "00"]).unwrap();
    fs::write(dir.path().join("DATA/VOL.DAT"), writer.into_inner()).unwrap();
    let items = items(&dir);
    assert!(items[0].ledger.is_empty());
    assert!(items[1].ledger.line().contains("SHA-256 is not the one"));
}

#[test]
fn only_load_files_in_their_usual_places_are_detected() {
    let dir = volume(Encoding::Utf16, &[row("A1", "", "", r"TEXT\001\A3.txt")]);
    let found = || {
        let (files, folders) = walk_entries(dir.path()).unwrap();
        detect(&files, dir.path(), &folders).usable
    };
    assert_eq!(found(), [dir.path().join("DATA/VOL.DAT")]);
    fs::write(dir.path().join("winmail.dat"), b"\x78\x9f\x3e\x22").unwrap();
    fs::write(
        dir.path().join("table.dat"),
        "\u{fe}A\u{fe}\u{14}\u{fe}B\u{fe}\n",
    )
    .unwrap();
    fs::copy(
        dir.path().join("DATA/VOL.DAT"),
        dir.path().join("TEXT/other.dat"),
    )
    .unwrap();
    assert_eq!(found().len(), 1);
    fs::copy(
        dir.path().join("DATA/VOL.DAT"),
        dir.path().join("second.dat"),
    )
    .unwrap();
    assert_eq!(found().len(), 2);
}

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    dir
}

fn opened(dir: &TempDir, selection: &Selection) -> Result<Corpus, IngestError> {
    crate::corpus::open(dir.path(), selection, &IngestOptions::default())
}

fn read_all(dir: &TempDir) -> Vec<RawItem> {
    let options = IngestOptions::default();
    let corpus = opened(dir, &Selection::default()).unwrap();
    assert!(corpus.load_file.is_some(), "a heap of files");
    let sources = corpus.sources.iter();
    sources
        .flat_map(|source| crate::read(source, &options).flatten())
        .collect()
}

const WORDS: &[u8] = b"the kingfisher ledger was moved to the cellar";

#[test]
fn volumes_with_any_delimiters_are_volumes() {
    for (name, load) in [
        (
            "DATA/v.dat",
            "^DOCID^|^NATIVELINK^|^TEXTLINK^|^CUSTODIAN^\r\n^A1^|^N\\A1.pdf^|^T\\A1.txt^|^Roe^\r\n",
        ),
        (
            "v.dat",
            "DOCID|NATIVELINK|TEXTLINK|CUSTODIAN\r\nA1|N\\A1.pdf|T\\A1.txt|Roe\r\n",
        ),
        (
            "v.csv",
            "\"DOCID\",\"NATIVELINK\",\"TEXTLINK\",\"CUSTODIAN\"\r\n\"A1\",\"N\\A1.pdf\",\"T\\A1.txt\",\"Roe\"\r\n",
        ),
        (
            "load/v.txt",
            "Bates Beg\tNative Path\tText Path\tCustodian\nA1\tN/A1.pdf\tT/A1.txt\tRoe\n",
        ),
        (
            "v.csv",
            "Beg Doc;File Link;Text Link;Custodian\nA1;N/A1.pdf;T/A1.txt;Roe\n\u{1a}",
        ),
    ] {
        let dir = folder(&[
            (name, load.as_bytes()),
            ("N/A1.pdf", b"%PDF-1.4 x"),
            ("T/A1.txt", WORDS),
        ]);
        let items = read_all(&dir);
        assert_eq!(items.len(), 1, "{load}");
        assert_eq!(
            items[0].text.as_deref().map(str::as_bytes),
            Some(WORDS),
            "{load}"
        );
        assert_eq!(items[0].metadata["control_number"], "A1");
        assert_eq!(items[0].metadata["custodian"], "Roe");
    }
}

#[test]
fn ordinary_tables_are_no_load_files_and_broken_load_files_are_no_heaps() {
    let dir = folder(&[
        ("list.csv", b"DOCID,TEXT\n1,hello there\n"),
        ("a.txt", b"x"),
    ]);
    assert!(
        opened(&dir, &Selection::default())
            .unwrap()
            .load_file
            .is_none()
    );
    for (name, load) in [
        (
            "v.dat",
            &b"\xc3\xbeDOCID\xc3\xbe\x14\xc3\xbeDOCID\xc3\xbe\n"[..],
        ),
        ("v.dat", b"\xff\xfe\xfe\0D\0O\0C\0I\0D\0\xfe\0\x14"),
        (
            "v.lfp",
            b"IM,ABC0001,D,0,@VOL001;IMAGES\\001;ABC0001.tif;2\r\n",
        ),
    ] {
        let dir = folder(&[(name, load), ("NATIVES/A1.txt", b"x")]);
        let error = opened(&dir, &Selection::default()).unwrap_err();
        assert!(error.to_string().contains("--no-load-file"), "{error}");
        let heap = Selection {
            load_file: crate::LoadFile::Ignore,
            ..Selection::default()
        };
        assert!(opened(&dir, &heap).is_ok());
    }
}

#[test]
fn text_in_the_load_file_is_the_text() {
    let load = "\u{fe}DOCID\u{fe}\u{14}\u{fe}NATIVELINK\u{fe}\u{14}\u{fe}EXTRACTEDTEXT\u{fe}\r\n\
        \u{fe}A1\u{fe}\u{14}\u{fe}N\\A1.tif\u{fe}\u{14}\u{fe}line one\u{ae}the kingfisher ledger\u{ae}caf\u{e9}\u{fe}\r\n\
        \u{fe}A2\u{fe}\u{14}\u{fe}N\\A2.tif\u{fe}\u{14}\u{fe}short osprey text\u{fe}\r\n\
        \u{fe}A3\u{fe}\u{14}\u{fe}N\\A2.tif\u{fe}\u{14}\u{fe}readme.txt\u{fe}\r\n";
    let dir = folder(&[
        ("DATA/v.dat", load.as_bytes()),
        ("N/A1.tif", b"II*\0 one"),
        ("N/A2.tif", b"II*\0 two"),
    ]);
    let items = read_all(&dir);
    assert_eq!(
        items[0].text.as_deref(),
        Some("line one\nthe kingfisher ledger\ncaf\u{e9}")
    );
    assert_eq!(items[1].text.as_deref(), Some("short osprey text"));
    assert_eq!(items[2].text.as_deref(), Some("readme.txt"));
    assert_eq!(
        (&*items[0].extractor, items[0].bytes.as_slice()),
        (GIVEN_TEXT, &b"II*\0 one"[..])
    );
    // The same column with paths.
    let load = "DOCID,EXTRACTEDTEXT\nA1,T\\A1.txt\nA2,T\\gone.txt\n";
    let dir = folder(&[("v.dat", load.as_bytes()), ("T/A1.txt", WORDS)]);
    let items = read_all(&dir);
    assert_eq!(items[0].bytes, WORDS);
    assert_eq!(
        items[1].exception.as_ref().unwrap().reason,
        ExceptionReason::Missing
    );
}

#[test]
fn pages_of_an_opticon_list_are_documents_with_the_text_beside_them() {
    let list = ".\\IMAGES\\A";
    let load = format!(
        "A1,VOL,{list}1.tif,Y,,,2\r\nA2,VOL,{list}2.tif,,,,\r\nA3,VOL,{list}3.tif,Y,,,1\r\n"
    );
    let pages: [(&str, &[u8]); 4] = [
        ("IMAGES/A1.tif", b"II*\0 one"),
        ("IMAGES/A2.tif", b"II*\0 two"),
        ("IMAGES/A3.tif", b"II*\0 three"),
        ("TEXT/A1.txt", WORDS),
    ];
    let dir = folder(&[&[("DATA/v.opt", load.as_bytes())], &pages[..]].concat());
    let items = read_all(&dir);
    assert_eq!(items.len(), 3);
    assert_eq!(items[0].text.as_deref().map(str::as_bytes), Some(WORDS));
    assert_eq!(items[0].metadata["control_number_end"], "A2");
    assert_eq!(items[0].metadata["pages"], "2");
    assert_eq!(
        (items[1].parent, &*items[1].path),
        (Some(0), "IMAGES/A2.tif")
    );
    assert_eq!(items[2].metadata["control_number"], "A3");
    // Facts in a table, pages in the list.
    let facts = b"DOCID,CUSTODIAN\nA1,Roe\nA3,Doe\n";
    let dir = folder(
        &[
            &[("DATA/v.opt", load.as_bytes()), ("DATA/v.dat", facts)],
            &pages[..],
        ]
        .concat(),
    );
    let items = read_all(&dir);
    assert_eq!(items.len(), 3);
    assert_eq!(items[0].metadata["custodian"], "Roe");
    assert_eq!(items[2].metadata["custodian"], "Doe");
}

#[test]
fn attachments_of_natives_are_read_unless_they_have_rows() {
    let part = |name: &str, text: &str| {
        format!(
            "--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename={name}\r\n\r\n{text}\r\n"
        )
    };
    let mail = format!(
        "MIME-Version: 1.0\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n{}{}--b--\r\n",
        part("n.txt", "the note"),
        part("m.txt", "the memo")
    );
    let read = |load: &str| {
        let dir = folder(&[
            ("v.dat", load.as_bytes()),
            ("N/A1.eml", mail.as_bytes()),
            ("N/A2.txt", b"the note"),
            ("T/A1.txt", b"body alone"),
            ("T/A2.txt", b"the note as text"),
        ]);
        read_all(&dir)
    };
    let items = read("DOCID,BEGATTACH,NATIVELINK,TEXTLINK\nA1,A1,N/A1.eml,T/A1.txt\n");
    let texts: Vec<_> = items
        .iter()
        .map(|item| item.text.as_deref().unwrap())
        .collect();
    assert_eq!(texts, ["body alone", "the note", "the memo"]);
    assert_eq!(items[2].parent, Some(0));
    // One has a row, the other one has none.
    let items = read(
        "DOCID,BEGATTACH,NATIVELINK,TEXTLINK\nA1,A1,N/A1.eml,T/A1.txt\nA2,A1,N/A2.txt,T/A2.txt\n",
    );
    let texts: Vec<_> = items
        .iter()
        .map(|item| item.text.as_deref().unwrap())
        .collect();
    assert_eq!(texts, ["body alone", "the memo", "the note as text"]);
    assert!(
        items[0]
            .ledger
            .line()
            .contains("1 files inside have no row"),
        "{}",
        items[0].ledger.line()
    );
    // As many rows as attachments: they are those, in whatever form.
    let items = read(
        "DOCID,BEGATTACH,NATIVELINK,TEXTLINK\nA1,A1,N/A1.eml,T/A1.txt\nA2,A1,,T/A2.txt\nA3,A1,,T/A2.txt\n",
    );
    assert_eq!(items.len(), 3);
    assert!(items[0].ledger.is_empty());
}

#[test]
fn dates_are_read_by_one_rule_or_asked_for() {
    let read = |dates: &[&str], order: Option<DateOrder>| {
        let rows: String = (1..)
            .zip(dates)
            .map(|(n, date)| format!("A{n},N/a.txt,{date},EST\n"))
            .collect();
        let load = format!("DOCID,NATIVELINK,DATESENT,TIMEZONE\n{rows}");
        let dir = folder(&[("v.dat", load.as_bytes()), ("N/a.txt", WORDS)]);
        let selection = Selection {
            date_order: order,
            ..Selection::default()
        };
        let options = IngestOptions::default();
        opened(&dir, &selection).map(|corpus| {
            let items = corpus
                .sources
                .iter()
                .flat_map(|source| crate::read(source, &options).flatten());
            items
                .map(|item| item.metadata.get("date").cloned().unwrap_or_default())
                .collect::<Vec<_>>()
        })
    };
    let day = read(&["04/05/2001", "25/05/2001 10:00"], None).unwrap();
    assert_eq!(day, ["2001-05-04T00:00:00Z", "2001-05-25T10:00:00-05:00"]);
    let month = read(&["04/05/2001", "05/25/2001"], None).unwrap();
    assert_eq!(month[0], "2001-04-05T00:00:00Z");
    let asked = read(&["04/05/2001"], None).unwrap_err().to_string();
    assert!(
        asked.contains("row 2") && asked.contains("--date-order"),
        "{asked}"
    );
    let told = read(&["04/05/2001"], Some(DateOrder::DayFirst)).unwrap();
    assert_eq!(told, ["2001-05-04T00:00:00Z"]);
    let mixed = read(&["25/05/2001", "05/25/2001"], None)
        .unwrap_err()
        .to_string();
    assert!(
        mixed.contains("row 3") && mixed.contains("row 2"),
        "{mixed}"
    );
}

#[test]
fn files_that_no_row_names_are_counted_and_named() {
    let load = b"DOCID,NATIVELINK\nA1,N\\A1.txt\n";
    let dir = folder(&[("v.dat", load), ("N/A1.txt", b"one"), ("N/A2.txt", WORDS)]);
    let corpus = opened(&dir, &Selection::default()).unwrap();
    let facts = corpus.load_file.unwrap();
    assert_eq!(facts.unnamed, ["N/A2.txt"]);
    let rule = &corpus.selector.counts()[0];
    assert_eq!((rule.considered, rule.left_out), (2, 1));
}

/// What has the name of a load file and cannot be looked into may list all the others: nobody takes the rest for loose
/// files.
#[cfg(unix)]
#[test]
fn a_load_file_out_of_reach_is_not_overlooked() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::os::unix::fs::{PermissionsExt, symlink};
    type Make<'a> = &'a dyn Fn(&std::path::Path);
    let pipe: Make<'_> =
        &|path| mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    let dangling: Make<'_> = &|path| symlink("nowhere", path).unwrap();
    let link: Make<'_> = &|path| symlink("../elsewhere", path).unwrap();
    let folder: Make<'_> = &|path| fs::create_dir(path).unwrap();
    let unreadable: Make<'_> = &|path| {
        fs::write(path, "x").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o0)).unwrap();
    };
    // Root reads everything.
    let root = rustix::process::geteuid().is_root();
    for (make, why) in [
        (pipe, "named pipe"),
        (dangling, "a link"),
        (link, "a link"),
        (folder, "a folder"),
        (unreadable, if root { "" } else { "denied" }),
    ] {
        for name in ["VOL001.dat", "DATA/VOL001.DAT", "VOL001.opt"] {
            if why.is_empty() {
                continue;
            }
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir(dir.path().join("DATA")).unwrap();
            fs::write(dir.path().join("a.txt"), "a document").unwrap();
            make(&dir.path().join(name));
            let options = crate::IngestOptions::default();
            let opened = |load_file| {
                let selection = crate::selection::Selection {
                    load_file,
                    ..Default::default()
                };
                crate::corpus::open(dir.path(), &selection, &options)
            };
            let error = opened(crate::selection::LoadFile::Detect)
                .unwrap_err()
                .to_string();
            assert!(
                error.contains(why) && error.contains("--no-load-file"),
                "{name}: {error}"
            );
            assert!(error.contains(name), "{error}");
            // Whoever says that there is none gets the files, and what it is as one of them.
            assert!(opened(crate::selection::LoadFile::Ignore).is_ok());
        }
    }
    // A list of pages that is out of reach is not missed where there is a better list.
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.txt"), "a document").unwrap();
    fs::write(
        dir.path().join("VOL.dat"),
        "\u{fe}DOCID\u{fe}\u{14}\u{fe}NATIVELINK\u{fe}\n\u{fe}A1\u{fe}\u{14}\u{fe}a.txt\u{fe}\n",
    )
    .unwrap();
    pipe(&dir.path().join("VOL.opt"));
    let opened = crate::corpus::open(dir.path(), &Default::default(), &Default::default());
    assert!(opened.unwrap().load_file.is_some());
}
