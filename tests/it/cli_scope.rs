//! Rules that leave documents out before the commitment: counted, published in words, never by name.

use crate::common::candor;
use candor::commit::Vault;
use predicates::prelude::*;
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

/// What a command that succeeds prints as JSON.
fn json(command: &mut assert_cmd::Command) -> serde_json::Value {
    crate::common::json(command, 0)
}

/// Two custodians' folders with mail of two years, a text without a date, temporary and hidden files.
fn corpus() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mail = |n: u32, year: u32| {
        format!(
            "From: a@x\r\nSubject: {n}\r\nMessage-ID: <{n}@x>\r\nDate: Tue, 01 May {year} 12:00:00 +0000\r\n\r\nText {n}.\r\n"
        )
    };
    for (name, text) in [
        ("Ann/2001.eml", mail(1, 2001)),
        ("Ann/2002.eml", mail(2, 2002)),
        ("Ann/note.txt", "no date here".to_owned()),
        ("Ann/draft.tmp", "temporary".to_owned()),
        ("Bob/2001.eml", mail(1, 2001)),
        // The same message, filed by another server.
        (
            "Bob/again.eml",
            format!(
                "Received: by y; Tue, 01 May 2001 12:00:01 +0000\r\n{}",
                mail(1, 2001)
            ),
        ),
        ("Bob/.cache/secret-name.eml", mail(9, 2001)),
    ] {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn commit(more: &[&str]) -> (TempDir, Value) {
    let (corpus, dir) = (corpus(), tempfile::tempdir().unwrap());
    let mut command = candor();
    command
        .arg("commit")
        .arg(corpus.path())
        .arg("--case")
        .arg(dir.path().join("case"));
    let report = json(command.args(more).arg("--json"));
    (dir, report)
}

fn paths(dir: &TempDir) -> Vec<String> {
    let vault = Vault::open(&dir.path().join("case")).unwrap();
    vault
        .items()
        .map(|item| item.unwrap().path().to_owned())
        .collect()
}

#[test]
fn without_rules_there_is_no_scope() {
    let (dir, report) = commit(&[]);
    assert_eq!(
        (&report["count"], &report["scope"]),
        (&7.into(), &json!([]))
    );
    assert_eq!(report["custodians"], json!({}));
    assert_eq!(paths(&dir).len(), 7);
}

#[test]
fn every_rule_counts_what_the_ones_before_left() {
    let rules = [
        "--skip-hidden",
        "--include",
        "*.eml",
        "--include",
        "*.t*",
        "--exclude",
        "*.TMP",
        "--custodian-folders",
        "--only-custodian",
        "ann",
        "--from",
        "2001-05-01",
        "--to",
        "2001-12-31",
        "--undated",
        "exclude",
    ];
    let (dir, report) = commit(&rules);
    assert_eq!(paths(&dir), ["Ann/2001.eml"]);
    let counted: Vec<(&str, &str, u64, u64)> = report["scope"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| {
            let text = |key: &str| rule[key].as_str().unwrap();
            let number = |key: &str| rule[key].as_u64().unwrap();
            (
                text("rule"),
                text("unit"),
                number("considered"),
                number("left_out"),
            )
        })
        .collect();
    assert_eq!(
        counted,
        [
            ("hidden", "files", 7, 1),
            ("include", "files", 6, 0),
            ("exclude", "files", 6, 1),
            ("custodian", "families", 5, 2),
            ("date", "families", 3, 2),
        ]
    );
    let public = fs::read_to_string(dir.path().join("case/commitment.json")).unwrap();
    for name in ["secret-name", "draft", "2002.eml", "note"] {
        assert!(!public.contains(name), "{name} is published");
    }
    let (dir, _) = commit(&[
        "--custodian-folders",
        "--from",
        "2001-05-01",
        "--to",
        "2001-12-31",
        "--exclude",
        "Bob/**",
    ]);
    assert_eq!(
        paths(&dir),
        ["Ann/2001.eml", "Ann/draft.tmp", "Ann/note.txt"],
        "undated ones are kept"
    );
}

#[test]
fn copies_are_counted_across_custodians_and_by_message() {
    let (dir, report) = commit(&["--custodian-folders", "--skip-hidden"]);
    assert_eq!(
        (
            &report["duplicates"],
            &report["same_message"],
            &report["across_custodians"]
        ),
        (&1.into(), &1.into(), &1.into())
    );
    assert_eq!(report["custodians"], json!({"Ann": 4, "Bob": 2}));
    assert_eq!(report["undated"], 2);
    let csv = fs::read_to_string(dir.path().join("case/vault/duplicates.csv")).unwrap();
    assert!(
        csv.contains(",0,bytes,Bob,Bob/2001.eml,")
            && csv.contains(",0,message_id,Bob,Bob/again.eml,"),
        "{csv}"
    );
    let vault = Vault::open(&dir.path().join("case")).unwrap();
    let facts = vault.item(0).unwrap().meta().metadata.clone();
    // Computed with md5sum over "<1@x>".
    assert_eq!(facts["edrm_mih"], "3d01a3d9cf298610632c542db943942f");
    assert_eq!(facts["custodian"], "Ann");
    assert_eq!(facts["md5"].len(), 32);
}

#[test]
fn empty_files_are_no_copies_of_one_another() {
    let (corpus, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for name in ["a", "b", "c.txt"] {
        fs::write(
            corpus.path().join(name),
            if name == "c.txt" { "text" } else { "" },
        )
        .unwrap();
    }
    let mut command = candor();
    command
        .arg("commit")
        .arg(corpus.path())
        .arg("--case")
        .arg(dir.path().join("case"))
        .arg("--json");
    let report = json(&mut command);
    assert_eq!(
        (&report["duplicates"], &report["exceptions"]["empty"]),
        (&0.into(), &2.into())
    );
}

#[test]
fn people_see_what_was_left_out() {
    let (corpus, dir) = (corpus(), tempfile::tempdir().unwrap());
    let run = |more: &[&str]| {
        let mut command = candor();
        command
            .arg("commit")
            .arg(corpus.path())
            .arg("--case")
            .arg(dir.path().join("case"))
            .args(more);
        command.assert()
    };
    run(&["--from", "2001-13-01"])
        .code(2)
        .stderr(predicate::str::contains("2001-12-31"));
    run(&["--from", "2002-01-01", "--to", "2001-01-01"])
        .code(2)
        .stderr(predicate::str::contains("is after"));
    run(&["--include", "["])
        .code(2)
        .stderr(predicate::str::contains("'['"));
    run(&["--include", "*.pdf"])
        .code(3)
        .stderr(predicate::str::contains("nothing to commit"));
    run(&["--only-custodian", "Nobody"])
        .code(3)
        .stderr(predicate::str::contains("nothing to commit"));
    run(&["--exclude", "*.tmp", "--custodian-folders"])
        .code(0)
        .stdout(predicate::str::contains(
            "no paths that match '*.tmp': 1 of 7 files left out",
        ))
        .stdout(predicate::str::contains("Bob/2001.eml").not())
        .stdout(predicate::str::contains("Ann/2001.eml x2: Ann, Bob"))
        .stdout(predicate::str::contains(
            "Dates from 2001-05-01 to 2002-05-01 (UTC); 1 items without",
        ));
}
