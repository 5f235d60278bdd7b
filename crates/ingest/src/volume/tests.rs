//! Volumes as other programs make them, and broken ones.

use super::*;
use crate::dat::{DatWriter, Encoding};
use crate::walk::walk_all;
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
        "07/04/2001",
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
        assert_eq!(mail.metadata["date"], "2001-07-04T00:00:00Z");
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
        ("BEGBATES,NATIVELINK\n", "does not begin with"),
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
    let found = || detect(&walk_all(dir.path()).unwrap());
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
