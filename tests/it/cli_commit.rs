//! The program as a person or a script runs it: committing, dry runs, completions, manual pages.

use crate::common::{candor, classifier, json, output, runs};
use candor::commit::Vault;
use predicates::prelude::*;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Ten texts about cheese, three of which mention a lottery, one of them twice over; one is empty.
fn corpus() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..10 {
        let text = match i {
            2 | 5 => format!("You have won the lottery, claim number {i}"),
            7 => "You have won the lottery, claim number 5".to_owned(),
            9 => String::new(),
            _ => format!("Cheese order number {i}: two wheels of gruyere"),
        };
        fs::write(dir.path().join(format!("{i}.txt")), text).unwrap();
    }
    fs::write(dir.path().join("\u{1b}[31m=evil.txt"), "more cheese").unwrap();
    dir
}

#[test]
fn commit_then_dry_run() {
    let (corpus, dir) = (corpus(), tempfile::tempdir().unwrap());
    let case = dir.path().join("case");
    let report = json(
        candor()
            .arg("commit")
            .arg(corpus.path())
            .arg("--case")
            .arg(&case)
            .arg("--json"),
        0,
    );
    assert_eq!(report["count"], 11);
    assert_eq!(report["exceptions"]["empty"], 1);
    assert_eq!(report["duplicates"], 1);
    let root = report["root"].as_str().unwrap();
    assert_eq!(Vault::open(&case).unwrap().commitment().root_hex(), root);

    let classifier = classifier(dir.path());
    let csv = dir.path().join("review.csv");
    let run = json(
        candor()
            .arg("classify")
            .arg("--case")
            .arg(&case)
            .arg("--classifier")
            .arg(&classifier)
            .arg("--csv")
            .arg(&csv)
            .arg("--json"),
        0,
    );
    assert_eq!(run["root"], root);
    let counts = &run["counts"];
    assert_eq!(counts["committed"], 11);
    assert_eq!(counts["matches"], 3);
    assert_eq!(counts["duplicate_matches"], 1);
    assert_eq!(counts["no_matches"], 7);
    assert_eq!(counts["exceptions"], 1);
    let mut paths: Vec<&str> = run["matches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["path"].as_str().unwrap())
        .collect();
    paths.sort_unstable();
    assert_eq!(paths, ["2.txt", "5.txt", "7.txt"]);
    let rows: Vec<csv::StringRecord> = csv::Reader::from_path(&csv)
        .unwrap()
        .records()
        .map(Result::unwrap)
        .collect();
    assert_eq!(rows.len(), 11);
    let outcomes = |id: &str| rows.iter().filter(|row| &row[1] == id).count();
    assert_eq!(
        (
            outcomes("match"),
            outcomes("no_match"),
            outcomes("exception")
        ),
        (3, 7, 1)
    );
}

#[test]
fn people_see_the_root_and_what_to_do_but_no_escape_codes() {
    let (corpus, dir) = (corpus(), tempfile::tempdir().unwrap());
    fs::write(corpus.path().join("\u{1b}[2Jempty.txt"), "").unwrap();
    let case = dir.path().join("case");
    candor()
        .arg("commit")
        .arg(corpus.path())
        .arg("--case")
        .arg(&case)
        .assert()
        .success()
        .stdout(predicate::str::is_match("\nroot [0-9a-f]{64}\n").unwrap())
        .stdout(predicate::str::contains("u{1b}[2Jempty.txt: empty"))
        .stdout(predicate::str::contains("\u{1b}").not())
        .stderr(predicate::str::contains("Publish now"))
        .stderr(predicate::str::contains("Keep secret"));
    let quiet = dir.path().join("quiet");
    candor()
        .args(["--quiet", "commit"])
        .arg(corpus.path())
        .arg("--case")
        .arg(&quiet)
        .assert()
        .success()
        .stderr("");
}

#[test]
fn exit_codes_and_remedies() {
    let (corpus, dir) = (corpus(), tempfile::tempdir().unwrap());
    let case = dir.path().join("case");
    let commit = || {
        let mut command = candor();
        command
            .arg("commit")
            .arg(corpus.path())
            .arg("--case")
            .arg(&case);
        command
    };
    candor().arg("commit").assert().code(2);
    commit().args(["--name", "a\nb"]).assert().code(2);
    commit().assert().code(0);
    commit()
        .assert()
        .code(3)
        .stderr(predicate::str::contains("choose another folder"));
    let classify = |case: &Path, classifier: &Path| {
        let mut command = candor();
        command.arg("classify").arg("--case").arg(case);
        command.arg("--classifier").arg(classifier);
        command
    };
    let good = classifier(dir.path());
    let junk = dir.path().join("junk.clf");
    fs::write(&junk, "junk").unwrap();
    classify(&case, &good).assert().code(0);
    classify(&case, &junk)
        .assert()
        .code(3)
        .stderr(predicate::str::contains("junk.clf"));
    classify(dir.path(), &good)
        .assert()
        .code(3)
        .stderr(predicate::str::contains("candor commit"));
}

/// Starts a commit that takes a while, by a shell with these settings, and sends it a signal once it has begun.
#[cfg(unix)]
fn interrupted(settings: &str, signal: &str) {
    let (corpus, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // Many, so that even on a busy machine it is not over before the signal comes.
    for i in 0..10_000 {
        let text = format!(
            "Note {i}: {}",
            "nothing to see here, move along. ".repeat(100)
        );
        fs::write(corpus.path().join(format!("{i}.txt")), text).unwrap();
    }
    let case = dir.path().join("case");
    // What is started in the background by a script ignores INT, and so would everything below it.
    let mut command = std::process::Command::new("env");
    if cfg!(target_os = "linux") {
        command.arg("--default-signal=INT");
    }
    command
        .args(["sh", "-c", &format!("{settings} exec \"$0\" \"$@\"")])
        .arg(assert_cmd::cargo::cargo_bin!("candor"))
        .arg("commit")
        .arg(corpus.path())
        .arg("--case")
        .arg(&case);
    let mut child = command
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !case.join(".commit-in-progress").exists() {
        assert_eq!(child.try_wait().unwrap(), None, "ended before it began");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let kill = std::process::Command::new("kill")
        .args(["-s", signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    assert_eq!(
        child.wait().unwrap().code(),
        Some(130),
        "{settings} {signal}"
    );
    assert!(!case.join(".commit-in-progress").exists());
    assert!(!case.join("vault").exists());
}

#[cfg(unix)]
#[test]
fn an_interrupted_commit_cleans_up() {
    interrupted("", "INT");
}

/// As a script's background job, and below nohup: the one signal is ignored, the others are heard.
#[cfg(unix)]
#[test]
fn a_signal_that_is_ignored_does_not_keep_others_from_being_heard() {
    interrupted("trap '' INT;", "TERM");
    interrupted("trap '' HUP;", "INT");
}

/// Kills a commit at various moments; the same command then always succeeds.
#[test]
fn a_killed_commit_can_be_run_again() {
    let (corpus, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let text = "All work and no play makes a dull corpus. ".repeat(200);
    for i in 0..1500 {
        fs::write(
            corpus.path().join(format!("{i}.txt")),
            format!("{i} {text}"),
        )
        .unwrap();
    }
    let mut unfinished = 0;
    for (round, delay) in [0u64, 40, 150].into_iter().enumerate() {
        let case = dir.path().join(format!("case{round}"));
        let run = || {
            let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("candor"));
            command
                .arg("-q")
                .arg("commit")
                .arg(corpus.path())
                .arg("--case")
                .arg(&case);
            command.stdout(std::process::Stdio::null());
            command
        };
        let mut child = run().spawn().unwrap();
        while !case.join(".commit-in-progress").exists() && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        std::thread::sleep(std::time::Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        if Vault::open(&case).is_err() {
            unfinished += 1;
            assert!(!case.join("commitment.json").exists());
            assert!(run().status().unwrap().success());
        }
        let vault = Vault::open(&case).unwrap();
        vault.check().unwrap();
        assert_eq!(vault.len(), 1500);
    }
    assert!(
        unfinished > 0,
        "the commits were too fast to be interrupted"
    );
}

#[test]
fn completions_for_every_shell_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = output(candor().args(["completions", shell]), 0).stdout;
        let script = String::from_utf8(script).unwrap();
        assert!(
            script.contains("verify-bundle") && script.contains("slip-sheets"),
            "{shell}"
        );
        if shell == "bash" && runs("bash", "--version") {
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("candor");
            fs::write(&file, script).unwrap();
            let bash = std::process::Command::new("bash")
                .arg("-n")
                .arg(&file)
                .output();
            assert!(bash.unwrap().status.success());
        }
    }
    output(candor().args(["completions", "dos"]), 2);
}

#[test]
fn manual_pages_for_every_command() {
    let page = String::from_utf8(output(candor().arg("man"), 0).stdout).unwrap();
    assert!(
        page.contains(".TH candor 1") && page.contains("Exit codes"),
        "{page}"
    );
    let dir = tempfile::tempdir().unwrap();
    output(candor().args(["man", "-q", "-o"]).arg(dir.path()), 0);
    for name in [
        "candor",
        "candor-export",
        "candor-audit-challenge",
        "candor-custody-verify",
    ] {
        let page = fs::read_to_string(dir.path().join(format!("{name}.1"))).unwrap();
        assert!(
            page.contains(&format!(".TH {name} 1")) && page.contains(".SH NAME"),
            "{page}"
        );
    }
    output(candor().args(["man", "-o"]).arg(dir.path().join("none")), 3);
}

/// The words of a line as a shell sees them: quotes, comments, and an end at the first pipe or redirection.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match (quoted, c) {
            (Some(quote), c) if c == quote => quoted = None,
            (None, '"' | '\'') => quoted = Some(c),
            (None, '#' | '|' | '>' | ';') if word.is_empty() => break,
            (None, c) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Every command that the README shows is one that the program takes.
#[test]
fn the_commands_of_the_readme_are_the_programs() {
    use clap::Parser;
    let readme = crate::common::text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"));
    let (mut shell, mut seen) = (false, 0);
    for line in readme.replace("\\\n", " ").lines() {
        if line.starts_with("```") {
            shell = line == "```sh";
        } else if shell && line.starts_with("candor ") {
            seen += 1;
            if let Err(error) = candor::cli::Cli::try_parse_from(words(line)) {
                panic!("{line}\n{error}");
            }
        }
    }
    assert!(seen > 25, "only {seen} commands were found");
}
