//! Decisions to withhold, by the command line; and a corpus that holds a case.

use crate::common::{candor, classifier, json, output};
use predicates::prelude::*;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A committed case with three matches, and the request.
fn desk() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mail = dir.path().join("mail");
    fs::create_dir(&mail).unwrap();
    for (name, text) in [
        ("a.txt", "the lottery of counsel"),
        ("b.txt", "another lottery"),
        ("=c.txt", "a third lottery"),
        ("d.txt", "cheese"),
    ] {
        fs::write(mail.join(name), text).unwrap();
    }
    classifier(dir.path());
    let mut commit = candor();
    commit.current_dir(dir.path());
    output(commit.args(["commit", "mail", "--case", "acme", "-q"]), 0);
    dir
}

fn review(dir: &Path, what: &str, more: &[&str]) -> assert_cmd::Command {
    let mut command = candor();
    command.current_dir(dir).args(["review", what]).args(more);
    command.args(["--case", "acme", "--classifier", "lottery.clf"]);
    command
}

#[test]
fn a_list_goes_in_and_comes_out_as_it_was() {
    let desk = desk();
    let dir = desk.path();
    let none = json(&mut review(dir, "list", &["--json"]), 0);
    assert_eq!(none["withheld"], 0);
    let list =
        "item,reason,description\n=c.txt,AC,Letter of counsel\na.txt,b5,\"Draft, internal\"\n";
    fs::write(dir.join("list.csv"), list).unwrap();
    let done = output(&mut review(dir, "import", &["list.csv"]), 0);
    let said = String::from_utf8(done.stdout).unwrap();
    assert_eq!(said, "2 withheld: 2 new, 0 changed, 0 released\n");
    let now = json(&mut review(dir, "list", &["--json"]), 0);
    assert_eq!(now["withheld"], 2);
    let reasons: Vec<&str> = (now["decisions"].as_array().unwrap().iter())
        .map(|d| d["reason"].as_str().unwrap())
        .collect();
    assert_eq!(reasons, ["AC", "(b)(5)"]);
    assert!(now["decisions"][0]["decided_at"].is_string());

    output(&mut review(dir, "export", &["-o", "out.csv"]), 0);
    let out = fs::read_to_string(dir.join("out.csv")).unwrap();
    // A name that a spreadsheet would run is told by its number.
    assert!(out.contains("\n0,AC,Letter of counsel\n"), "{out}");
    assert!(
        out.contains("\na.txt,(b)(5),\"Draft, internal\"\n"),
        "{out}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&dir.join("out.csv")), 0o600);
    }
    review(dir, "export", &["-o", "out.csv"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("does not overwrite"));

    // Read again, it changes nothing; with --replace, what it does not name is released.
    let again = output(&mut review(dir, "import", &["out.csv"]), 0);
    assert!(
        String::from_utf8(again.stdout)
            .unwrap()
            .contains("0 new, 0 changed, 0 released")
    );
    fs::write(
        dir.join("one.csv"),
        "item,reason,description\nb.txt,WP,Notes\n",
    )
    .unwrap();
    let said = output(&mut review(dir, "import", &["one.csv", "--replace"]), 0);
    let said = String::from_utf8(said.stdout).unwrap();
    assert_eq!(said, "1 withheld: 1 new, 0 changed, 2 released\n");
    // What was replaced can be found out.
    let history = json(&mut review(dir, "list", &["--json"]), 0)["history"].clone();
    assert_eq!(history.as_array().unwrap().len(), 5);
}

#[test]
fn a_list_with_a_mistake_changes_nothing() {
    let desk = desk();
    let dir = desk.path();
    for (row, word) in [
        ("d.txt,AC,x", "does not match"),
        ("nowhere.txt,AC,x", "nowhere.txt"),
        ("b.txt,because,x", "because"),
        ("b.txt,AC,", "description"),
    ] {
        let list = format!("item,reason,description\na.txt,AC,fine\n{row}\n");
        fs::write(dir.join("list.csv"), list).unwrap();
        review(dir, "import", &["list.csv"])
            .assert()
            .failure()
            .stderr(predicate::str::contains(word));
        let now = json(&mut review(dir, "list", &["--json"]), 0);
        assert_eq!(now["withheld"], 0, "{row}");
    }
}

#[test]
fn what_was_cut_off_is_said_and_does_not_count() {
    let desk = desk();
    let dir = desk.path();
    fs::write(
        dir.join("list.csv"),
        "item,reason,description\na.txt,AC,x\n",
    )
    .unwrap();
    output(&mut review(dir, "import", &["list.csv"]), 0);
    let file = json(&mut review(dir, "list", &["--json"]), 0)["file"].clone();
    let file = dir.join(file.as_str().unwrap());
    let mut text = fs::read_to_string(&file).unwrap();
    text += "{\"step\":1,\"time\":\"2026-03-";
    fs::write(&file, &text).unwrap();
    review(dir, "list", &[])
        .assert()
        .code(0)
        .stdout(predicate::str::ends_with("1 withheld\n"))
        .stderr(predicate::str::contains("cut off"));
    // A line in the middle is nobody's to skip.
    fs::write(&file, format!("nonsense\n{text}")).unwrap();
    review(dir, "list", &[])
        .assert()
        .code(3)
        .stderr(predicate::str::contains("line 1"));
}

#[test]
fn a_folder_that_holds_a_case_is_not_committed() {
    let desk = desk();
    let dir = desk.path();
    let elsewhere = tempfile::tempdir().unwrap();
    let new = elsewhere.path().join("new");
    for corpus in ["", "acme", "acme/vault"] {
        candor()
            .arg("commit")
            .arg(dir.join(corpus))
            .arg("--case")
            .arg(&new)
            .assert()
            .code(3)
            .stderr(
                predicate::str::contains("is a vault")
                    .and(predicate::str::contains("move the case")),
            );
        assert!(!new.exists(), "{corpus}");
    }
    // Rules that would leave it out do not help: they are for documents.
    candor()
        .arg("commit")
        .arg(dir)
        .args(["--exclude", "acme/**", "--case"])
        .arg(&new)
        .assert()
        .code(3);
    output(
        candor()
            .arg("commit")
            .arg(dir.join("mail"))
            .arg("--case")
            .arg(&new),
        0,
    );
}
