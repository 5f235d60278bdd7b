//! Productions for review platforms.

use super::matter::{FAMILY, build, matter};
use crate::common::{candor, copy_dir, json, output, text, walk};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The rows of a DAT in UTF-8, as maps by header.
pub fn dat(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = text(path);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let rows: Vec<Vec<String>> = text
        .strip_suffix("\r\n")
        .unwrap()
        .split("\r\n")
        .map(|row| {
            let row = row.strip_prefix('\u{fe}').unwrap();
            let row = row.strip_suffix('\u{fe}').unwrap();
            row.split("\u{fe}\u{14}\u{fe}").map(str::to_owned).collect()
        })
        .collect();
    rows[1..]
        .iter()
        .map(|row| {
            assert_eq!(row.len(), rows[0].len());
            rows[0].iter().cloned().zip(row.iter().cloned()).collect()
        })
        .collect()
}

#[test]
fn a_production_for_relativity() {
    let matter = matter();
    let target = matter.at("relativity");
    let mut export = matter.bundle_command(&["export", "-q", "--json"]);
    export
        .args([
            "--profile",
            "relativity",
            "--prefix",
            "ACME-",
            "--start",
            "5",
        ])
        .args([
            "--slip-sheets",
            "--confidentiality",
            "CONFIDENTIAL",
            "--case",
        ])
        .arg(matter.at("case"))
        .arg("-o")
        .arg(&target);
    // 4: the corpus has an exception.
    let facts = json(&mut export, 4);
    assert_eq!(facts["documents"], 4);
    assert_eq!(facts["slip_sheets"], 1);
    assert_eq!(
        (&facts["first"], &facts["last"]),
        (&"ACME-0000005".into(), &"ACME-0000008".into())
    );

    let (served, kept) = (target.join("serve"), target.join("internal"));
    let load = served.join("VOL001/DATA/VOL001.dat");
    assert!(
        fs::read(&load)
            .unwrap()
            .starts_with(b"\xef\xbb\xbf\xc3\xbeBEGBATES\xc3\xbe\x14\xc3\xbe")
    );
    let rows = dat(&load);
    let mail = &rows[0];
    assert_eq!(mail["BEGBATES"], "ACME-0000005");
    assert_eq!(
        (&*mail["BEGATTACH"], &*mail["ENDATTACH"]),
        ("ACME-0000005", "ACME-0000006")
    );
    assert_eq!(mail["FROM"], "Doe, Jane <jane@acme.example>");
    assert_eq!(mail["TO"], "a@x.example;b@y.example");
    assert_eq!(mail["SUBJECT"], "The lottery th draw (R)");
    assert_eq!(mail["DATESENT"], "08/01/2002 04:30:05");
    assert!(!mail.contains_key("TIMESENT"));
    assert_eq!(mail["CUSTODIAN"], "Jane Roe");
    assert_eq!(mail["CONFIDENTIALITY"], "CONFIDENTIAL");
    assert_eq!(mail["NATIVELINK"], r".\VOL001\NATIVES\001\ACME-0000005.eml");
    assert_eq!(mail["ZK_PROOFID"], "000000.proof");
    assert_eq!(mail["ZK_LEAF"].len(), 64);
    let attachment = &rows[1];
    assert_eq!(attachment["PARENTID"], "ACME-0000005");
    assert_eq!(attachment["FILENAME"], "results.txt");
    // Its path is not known here, so it comes last.
    let slip = &rows[3];
    assert_eq!(slip["NATIVELINK"], r".\VOL001\NATIVES\001\ACME-0000008.pdf");
    assert_eq!((&*slip["SUBJECT"], &*slip["FILEPATH"]), ("", ""));
    assert!(text(&served.join("VOL001/TEXT/001/ACME-0000008.txt")).contains("(b)(3)"));

    // Natives are the committed bytes, and every file is in the hash manifest.
    let native = fs::read(served.join("VOL001/NATIVES/001/ACME-0000005.eml")).unwrap();
    assert_eq!(native, FAMILY.as_bytes());
    for side in [&served, &kept] {
        let hashes = text(&side.join("hashes.csv"));
        let files = walk(side);
        assert_eq!(hashes.lines().count(), files.len());
        for file in files.iter().filter(|file| *file != "hashes.csv") {
            assert!(hashes.contains(&format!("{file},")), "{file}");
        }
    }

    let exceptions = text(&served.join("exceptions.csv"));
    assert!(
        exceptions.contains("substitution,ACME-0000005"),
        "{exceptions}"
    );
    assert!(exceptions.contains("unprocessed") && !exceptions.contains("d.txt"));
    assert!(text(&kept.join("exceptions.csv")).contains("d.txt"));
    let line = |side: &Path| -> String {
        let log = text(&side.join("privilege-log.csv"));
        log.lines().nth(1).unwrap().to_owned()
    };
    let log = line(&served);
    assert!(log.starts_with("PRIV000001,ACME-0000008,,"), "{log}");
    assert!(log.contains("(b)(3)") && !log.contains("b.txt"), "{log}");
    let log = line(&kept);
    assert!(log.starts_with("PRIV000001,ACME-0000008,text,"), "{log}");
    assert!(log.contains("(b)(3)") && log.contains("b.txt"), "{log}");
    for side in [&served, &kept] {
        let workbook = fs::read(side.join("privilege-log.xlsx")).unwrap();
        assert!(workbook.starts_with(b"PK"));
    }

    // Never over an existing folder.
    output(&mut export, 3);
}

#[test]
fn other_platforms_get_what_they_want() {
    let matter = matter();
    let export = |profile: &str, more: &[&str]| {
        let target = matter.at(&format!("out-{profile}"));
        let mut export = matter.bundle_command(&["export", "-q", "--profile", profile]);
        output(export.args(more).arg("-o").arg(&target), 4);
        assert!(!target.join("internal").exists());
        target.join("serve")
    };
    let nuix = export("nuix", &[]);
    let bytes = fs::read(nuix.join("VOL001.dat")).unwrap();
    assert!(bytes.starts_with("\u{fe}DOCID\u{fe}\u{14}\u{fe}BEGBATES\u{fe}".as_bytes()));
    let rows = dat(&nuix.join("VOL001.dat"));
    assert_eq!(rows[0]["ITEMPATH"], r"VOL001\NATIVES\001\PROD0000001.eml");
    assert_eq!(rows.len(), 3);
    let logikcull = export("logikcull", &["--encoding", "cp1252"]);
    let bytes = fs::read(logikcull.join("VOL001/DATA/VOL001.dat")).unwrap();
    assert!(bytes.starts_with(b"\xfeBegBates\xfe\x14\xfeEndBates\xfe"));
    let csv = export("csv", &["--volume-documents", "1"]);
    let first = text(&csv.join("VOL001/DATA/VOL001.csv"));
    assert!(first.starts_with("BEGBATES,ENDBATES,"), "{first}");
    // The family stays together in the first volume, the other document is in the second.
    assert_eq!(first.lines().count(), 3);
    assert_eq!(text(&csv.join("VOL002/DATA/VOL002.csv")).lines().count(), 2);
    let mut bad = matter.bundle_command(&["export", "-q", "--profile", "everlaw"]);
    output(
        bad.args(["--prefix", "ACME2", "-o"]).arg(matter.at("none")),
        2,
    );
}

#[test]
fn nothing_leaves_a_bundle_that_does_not_verify() {
    let matter = matter();
    let dir = tempfile::tempdir().unwrap();
    let bundle = dir.path().join("bundle");
    copy_dir(&matter.at("bundle"), &bundle);
    let proof = bundle.join("data/proofs/000000.proof");
    let mut bytes = fs::read(&proof).unwrap();
    bytes[100] ^= 1;
    fs::write(&proof, bytes).unwrap();
    let mut export = candor();
    export.args(["export", "-q", "--profile", "csv", "-o"]);
    export
        .arg(dir.path().join("out"))
        .arg(&bundle)
        .args(matter.files());
    output(&mut export, 1);
    assert!(!dir.path().join("out").exists());
}

/// A message with one attachment.
fn mail(body: &str, attached: &str) -> String {
    format!(
        "From: jane@acme.example\r\nTo: a@x.example\r\nSubject: Minutes\r\n\
         Date: Wed, 31 Jul 2002 23:30:05 -0500\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
         {body}\r\n--b\r\nContent-Type: text/plain; name=\"note.txt\"\r\n\
         Content-Disposition: attachment; filename=\"note.txt\"\r\n\r\n{attached}\r\n--b--\r\n"
    )
}

/// Of every family that is produced in part, each member is accounted for.
#[test]
fn families_that_are_not_whole_are_listed_member_by_member() {
    let (lottery, cheese) = ("we won the lottery", "two wheels of gruyere");
    let matter = build(
        &[
            ("a.eml", mail(lottery, cheese)),
            ("b.eml", mail(cheese, lottery)),
            ("c.eml", mail(lottery, lottery)),
            ("d.eml", mail(cheese, cheese)),
            ("e.eml", mail(cheese, "we won the lottery again")),
        ],
        "e.eml!/attachments/1-note.txt,AC,advice",
        &[],
    );
    let target = matter.at("out");
    let mut export = matter.bundle_command(&["export", "-q", "--json", "--profile", "csv"]);
    let facts = json(export.arg("-o").arg(&target), 0);
    assert_eq!(facts["documents"], 4);
    assert_eq!(facts["incomplete_families"], 2);
    assert_eq!(facts["broken_families"], 1);
    assert_eq!(
        text(&target.join("serve/families.csv")).replace("\r\n", "\n"),
        "FamilyID,Item,Parent,Bates,Disposition,Where\n\
         FAM000000,0,,PROD0000001,produced,produced under its own number\n\
         FAM000000,1,0,,not responsive,\"inside the file of PROD0000001, without its own number\"\n\
         FAM000002,2,not opened,,not responsive,not in this production\n\
         FAM000002,3,2,PROD0000002,produced,produced under its own number\n"
    );
    assert!(
        text(&target.join("serve/exceptions.csv"))
            .contains("it was attached to item 2, which is not")
    );
    // It is in the list of hashes as everything else.
    assert!(text(&target.join("serve/hashes.csv")).contains("families.csv,"));
}

#[test]
fn whole_families_need_no_list() {
    let matter = matter();
    let target = matter.at("out-whole");
    let mut export = matter.bundle_command(&["export", "-q", "--json", "--profile", "csv"]);
    let facts = json(export.arg("-o").arg(&target), 4);
    assert_eq!(facts["incomplete_families"], 0);
    assert!(!target.join("serve/families.csv").exists());
}
