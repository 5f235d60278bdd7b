//! A volume with a load file, from its commitment to a production of it: under its own numbers.

use crate::common::{candor, classifier};
use candor::commit::Vault;
use candor::dat::{Dat, DatWriter, Encoding};
use predicates::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What a command that succeeds prints as JSON.
fn json(command: &mut assert_cmd::Command) -> serde_json::Value {
    crate::common::json(command, 0)
}

const COLUMNS: [&str; 8] = [
    "DOCID",
    "PARENTID",
    "CUSTODIAN",
    "SUBJECT",
    "DATESENT",
    "PRIVNOTES",
    "NATIVELINK",
    "TEXTLINK",
];

/// A mail with an attachment, a copy of it with another custodian, a scan with recognised text, and a
/// document whose native is gone.
fn volume() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mail = "From: a@x\r\nSubject: one\r\nMessage-ID: <1@x>\r\n\r\nSee attached.\r\n";
    for (name, text) in [
        ("NATIVES/001/ACME-1.eml", mail),
        ("NATIVES/001/ACME-2.txt", "You have won the lottery"),
        ("NATIVES/001/ACME-3.eml", mail),
        ("TEXT/001/ACME-1.txt", "See attached."),
        ("TEXT/001/ACME-4.txt", "lottery results, as recognised"),
        ("TEXT/001/ACME-5.txt", "spam about cheese"),
        ("stray.txt", "not in the load file"),
    ] {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut dat = DatWriter::new(Vec::new(), Encoding::Cp1252, COLUMNS).unwrap();
    for row in [
        [
            "ACME-1",
            "",
            "Ann",
            "on\u{e9}",
            "07/14/2001",
            "call counsel",
            r".\NATIVES\001\acme-1.EML",
            r".\TEXT\001\ACME-1.txt",
        ],
        [
            "ACME-2",
            "ACME-1",
            "Ann",
            "",
            "",
            "",
            r".\NATIVES\001\ACME-2.txt",
            "",
        ],
        [
            "ACME-3",
            "",
            "Bob",
            "one",
            "07/05/2001",
            "",
            r".\NATIVES\001\ACME-3.eml",
            "",
        ],
        [
            "ACME-4",
            "",
            "Bob",
            "",
            "08/01/2001",
            "",
            "",
            r".\TEXT\001\ACME-4.txt",
        ],
        [
            "ACME-5",
            "",
            "Carl",
            "",
            "01/01/1999",
            "",
            "",
            r".\TEXT\001\ACME-5.txt",
        ],
        [
            "ACME-6",
            "",
            "Bob",
            "",
            "",
            "",
            r".\NATIVES\001\ACME-6.pdf",
            "",
        ],
    ] {
        dat.row(row).unwrap();
    }
    fs::create_dir(dir.path().join("DATA")).unwrap();
    fs::write(dir.path().join("DATA/VOL001.dat"), dat.into_inner()).unwrap();
    dir
}

fn commit(corpus: &Path, case: &Path, more: &[&str]) -> Value {
    let mut command = candor();
    command.arg("commit").arg(corpus).arg("--case").arg(case);
    json(command.args(more).arg("--json"))
}

#[test]
fn a_volume_keeps_its_numbers_from_commitment_to_production() {
    let (volume, dir) = (volume(), tempfile::tempdir().unwrap());
    let case = dir.path().join("case");
    let report = commit(volume.path(), &case, &["--from", "2000-01-01"]);
    assert_eq!(
        (&report["count"], &report["committed"]),
        (&5.into(), &4.into())
    );
    assert_eq!(report["exceptions"]["missing"], 1);
    assert_eq!(report["load_file"]["documents"], 6);
    assert_eq!(report["load_file"]["columns_ignored"][0], "PRIVNOTES");
    let scope = report["scope"].as_array().unwrap();
    let counts: Vec<(&str, u64, u64)> = scope
        .iter()
        .map(|rule| {
            (
                rule["rule"].as_str().unwrap(),
                rule["considered"].as_u64().unwrap(),
                rule["left_out"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(counts, [("load_file", 7, 1), ("date", 5, 1)]);
    // Bob's copy of Ann's mail.
    assert_eq!(
        (&report["duplicates"], &report["across_custodians"]),
        (&1.into(), &1.into())
    );
    assert_eq!(
        report["first_across_custodians"][0]["custodians"],
        serde_json::json!(["Ann", "Bob"])
    );
    assert_eq!(
        report["custodians"],
        serde_json::json!({"Ann": 2, "Bob": 3})
    );
    assert_eq!(
        (&report["first_date"], &report["last_date"]),
        (&"2001-07-05".into(), &"2001-08-01".into())
    );
    let copies = fs::read_to_string(case.join("vault/duplicates.csv")).unwrap();
    assert!(
        copies.contains("\n2,0,bytes,Bob,NATIVES/001/ACME-3.eml,"),
        "{copies}"
    );
    // The public file says what was left out, in words, and names nothing of it.
    let public = fs::read_to_string(case.join("commitment.json")).unwrap();
    assert!(public.contains("only dates from 2000-01-01 on"), "{public}");
    for secret in ["ACME-5", "stray", "Carl", "counsel"] {
        assert!(!public.contains(secret), "{secret}");
    }
    let vault = Vault::open(&case).unwrap();
    vault.check().unwrap();
    let facts = |index| vault.item(index).unwrap().meta().metadata.clone();
    assert_eq!(facts(1)["control_number"], "ACME-2");
    assert_eq!(vault.item(1).unwrap().parent(), Some(0));
    assert_eq!(facts(0)["sha256"], facts(2)["sha256"]);
    assert_eq!(facts(2)["edrm_mih"], "3d01a3d9cf298610632c542db943942f");
    assert!(
        !facts(4).contains_key("sha256"),
        "a document that is not there has no hash"
    );

    let clf = classifier(dir.path());
    let bundle = dir.path().join("bundle");
    candor()
        .args(["prove", "-q", "--case"])
        .arg(&case)
        .arg("--classifier")
        .arg(&clf)
        .arg("-o")
        .arg(&bundle)
        .assert()
        .success();
    // Reviewers know documents by their numbers.
    let list = dir.path().join("withhold.csv");
    fs::write(
        &list,
        "item,reason,description\nACME-4,AC,Advice of counsel\n",
    )
    .unwrap();
    candor()
        .args(["prove", "--case"])
        .arg(&case)
        .arg("--classifier")
        .arg(&clf)
        .arg("--withhold")
        .arg(&list)
        .arg("-o")
        .arg(dir.path().join("with-log"))
        .assert()
        .success()
        .stdout(predicate::str::contains("1 withheld"));
    let verify = |json: bool| {
        let mut command = candor();
        command
            .arg("verify-bundle")
            .arg(&bundle)
            .arg("--commitment")
            .arg(case.join("commitment.json"))
            .arg("--classifier")
            .arg(&clf);
        if json {
            command.arg("--json");
        }
        command.assert().code(4)
    };
    verify(false)
        .stdout(predicate::str::contains(
            "Left out before the commitment, as the responder states",
        ))
        .stdout(predicate::str::contains(
            "families without a date, 1 of them, are kept: 1 of 5 families left out",
        ));
    let report: Value = serde_json::from_slice(&verify(true).get_output().stdout).unwrap();
    assert_eq!(report["scope"][1]["left_out"], 1);

    let production = dir.path().join("production");
    candor()
        .args(["export", "-q"])
        .arg(&bundle)
        .arg("--commitment")
        .arg(case.join("commitment.json"))
        .arg("--classifier")
        .arg(&clf)
        .args(["--profile", "relativity", "--prefix", "PROD", "-o"])
        .arg(&production)
        .assert()
        .code(4);
    let rows = rows(&find(&production, "dat"));
    let numbers: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (&*row["BEGBATES"], &*row["CONTROLNUMBER"]))
        .collect();
    assert_eq!(
        numbers
            .iter()
            .map(|(_, number)| *number)
            .collect::<Vec<_>>(),
        ["ACME-2", "ACME-4"]
    );

    // What was produced is a volume in turn: whoever received it can commit to it as it is.
    // Both of its dates could be two days: whoever knows who wrote it says which.
    let order = ["--date-order", "month-first"];
    let again = commit(&production, &dir.path().join("again"), &order);
    assert_eq!(
        (&again["count"], &again["committed"]),
        (&2.into(), &2.into())
    );
    let vault = Vault::open(&dir.path().join("again")).unwrap();
    let item = vault.item(0).unwrap();
    assert_eq!(item.meta().metadata["control_number"], "PROD0000001");
    assert_eq!(
        vault.text(0).unwrap().as_deref(),
        Some("You have won the lottery")
    );
    assert_eq!(vault.native(0).unwrap(), b"You have won the lottery");
}

fn find(dir: &Path, extension: &str) -> PathBuf {
    let files = walkdir::WalkDir::new(dir)
        .into_iter()
        .map(|entry| entry.unwrap().into_path());
    let mut found = files.filter(|path| path.extension().is_some_and(|have| have == extension));
    found.next().unwrap()
}

fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let dat = Dat::parse(&fs::read(path).unwrap()).unwrap();
    dat.rows()
        .map(|row| dat.columns().iter().cloned().zip(row.unwrap().1).collect())
        .collect()
}

#[test]
fn load_files_that_cannot_be_used_are_refused_in_words() {
    let (volume, dir) = (volume(), tempfile::tempdir().unwrap());
    let case = dir.path().join("case");
    let run = |more: &[&str]| {
        let mut command = candor();
        command
            .arg("commit")
            .arg(volume.path())
            .arg("--case")
            .arg(&case)
            .args(more);
        command.assert()
    };
    let mut dat = DatWriter::new(Vec::new(), Encoding::Utf8, ["DOCID", "NATIVELINK"]).unwrap();
    dat.row(["1", r"..\..\etc\passwd"]).unwrap();
    let hostile = dir.path().join("hostile.dat");
    fs::write(&hostile, dat.into_inner()).unwrap();
    run(&["--load-file", hostile.to_str().unwrap()])
        .code(3)
        .stderr(predicate::str::contains(
            "hostile.dat: row 2: the path '..\\..\\etc\\passwd' is refused",
        ));
    run(&["--load-file", "missing.dat"])
        .code(3)
        .stderr(predicate::str::contains("missing.dat"));
    fs::copy(
        volume.path().join("DATA/VOL001.dat"),
        volume.path().join("COPY.DAT"),
    )
    .unwrap();
    run(&[])
        .code(2)
        .stderr(predicate::str::contains("name one with --load-file"));
    assert!(!case.join("vault").exists());
    // As they are, load files are documents like others: text in this case.
    run(&["--no-load-file", "-q"]).code(0);
    assert_eq!(Vault::open(&case).unwrap().len(), 9);
}

#[test]
fn natives_may_stay_where_they_are() {
    let (volume, dir) = (volume(), tempfile::tempdir().unwrap());
    let case = dir.path().join("case");
    commit(volume.path(), &case, &["--reference"]);
    let vault = Vault::open(&case).unwrap();
    assert!(vault.native(0).unwrap().starts_with(b"From: a@x"));
    assert_eq!(vault.native(3).unwrap(), b"lottery results, as recognised");
    fs::write(volume.path().join("NATIVES/001/ACME-1.eml"), "changed").unwrap();
    assert!(vault.native(0).is_err());
}
