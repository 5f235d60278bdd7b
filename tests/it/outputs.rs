//! What a command writes where it was told to, and what it never writes over; and that a verdict is not lost for it.

#![cfg(unix)]

use crate::common::{candor, output, walk};
use crate::supplements::Matter;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

fn pipe(path: &Path) {
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
}

/// Everything below a folder but pipes, by name.
fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |name: String| (name.clone(), fs::read(dir.join(name)).unwrap());
    walk(dir).into_iter().map(read).collect()
}

/// Runs a command that must end by itself, and with this code; what it says.
#[track_caller]
fn ends(matter: &Matter, line: &str, code: i32) -> String {
    let mut command = candor();
    command.current_dir(matter.0.path()).args(line.split(' '));
    command.timeout(Duration::from_secs(120));
    let ended = output(&mut command, code);
    String::from_utf8([ended.stdout, ended.stderr].concat()).unwrap()
}

fn matter() -> Matter {
    let matter = Matter::new();
    matter.prove("acme", "bundle");
    fs::write(matter.at("notes.txt"), "somebody's notes").unwrap();
    fs::create_dir(matter.at("folder")).unwrap();
    symlink("notes.txt", matter.at("link.html")).unwrap();
    symlink("nowhere", matter.at("dangling.html")).unwrap();
    pipe(&matter.at("pipe.html"));
    matter
}

const VERIFY: &str =
    "verify-bundle bundle --commitment acme/commitment.json --classifier lottery.clf";

#[test]
fn nothing_but_an_earlier_output_of_its_kind_is_written_over() {
    let matter = matter();
    let before = contents(matter.0.path());
    let commands = [
        ("classify --case acme --classifier lottery.clf --csv", true),
        ("features corpus -o", true),
        ("classifier explain lottery.clf --case acme --csv", true),
        (
            "review export --case acme --classifier lottery.clf -o",
            false,
        ),
        ("timestamp request acme/commitment.json -o", true),
        (
            "audit challenge bundle --commitment acme/commitment.json --classifier lottery.clf --size 1 -o",
            false,
        ),
        (
            "classifier train --positive corpus --negative corpus -o",
            true,
        ),
    ];
    for (command, can_force) in commands {
        // Features are told apart by the ending.
        let ending = if command.starts_with("features") {
            ".csv"
        } else {
            ""
        };
        for place in [
            "notes.txt",
            "folder",
            "link.html",
            "dangling.html",
            "pipe.html",
        ] {
            let name = format!("{place}{ending}");
            if !ending.is_empty() {
                fs::rename(matter.at(place), matter.at(&name)).unwrap();
            }
            let said = ends(&matter, &format!("{command} {name}"), 2);
            assert!(said.contains(place), "{command} {name}: {said}");
            if place != "notes.txt" && can_force {
                ends(&matter, &format!("{command} {name} --force"), 2);
            }
            if !ending.is_empty() {
                fs::rename(matter.at(&name), matter.at(place)).unwrap();
            }
        }
        let inside = [
            "acme/commitment.json",
            "acme/custody.log",
            "acme/vault/vault.json",
            "acme/vault/new.csv",
            "bundle/bagit.txt",
            "bundle/data/new.csv",
        ];
        for place in inside
            .iter()
            .filter(|place| ending.is_empty() || place.ends_with(ending))
        {
            let force = if can_force { " --force" } else { "" };
            ends(&matter, &format!("{command} {place}{force}"), 2);
        }
        if command.contains("--classifier lottery.clf") {
            let force = if can_force { " --force" } else { "" };
            let said = ends(&matter, &format!("{command} lottery.clf{force}"), 2);
            assert!(said.contains("this very command"), "{command}: {said}");
        }
    }
    // The custody log says what recovers nothing; everything else is as it was.
    assert_eq!(contents(matter.0.path()), before);
    // What was written by the same command before is replaced, and anything on demand.
    for n in 0..2 {
        ends(
            &matter,
            "classify --case acme --classifier lottery.clf --csv list.csv -q",
            0,
        );
        ends(&matter, "features corpus -o x.csv -q", 0);
        ends(&matter, "timestamp request acme/commitment.json", 0);
        let code = if n == 0 { 0 } else { 2 };
        ends(
            &matter,
            "review export --case acme --classifier lottery.clf -o d.csv -q",
            code,
        );
    }
    let classify = "classify --case acme --classifier lottery.clf --csv notes.txt -q";
    let said = ends(&matter, classify, 2);
    assert!(said.contains("--force"), "{said}");
    ends(&matter, &format!("{classify} --force"), 0);
    assert!(
        fs::read_to_string(matter.at("notes.txt"))
            .unwrap()
            .starts_with("item,outcome")
    );
    assert!(
        fs::symlink_metadata(matter.at("link.html"))
            .unwrap()
            .is_symlink()
    );
}

/// What can be verified is said, whatever becomes of the page about it.
#[test]
fn a_report_that_cannot_be_written_costs_no_verdict() {
    let matter = matter();
    let verified = ends(&matter, VERIFY, 4);
    let headline = verified.lines().next().unwrap().to_owned();
    let before = contents(matter.0.path());
    for option in ["--report", "--certificate"] {
        for place in [
            "folder.html",
            "notes.html",
            "link.html",
            "dangling.html",
            "pipe.html",
            "no/such/folder.html",
            "bundle/report.html",
            "acme/vault/report.html",
        ] {
            for (from, to) in [("folder", "folder.html"), ("notes.txt", "notes.html")] {
                if to == place {
                    fs::rename(matter.at(from), matter.at(to)).unwrap();
                }
            }
            let line = format!("{VERIFY} {option} {place}");
            let said = ends(&matter, &line, 3);
            assert!(said.starts_with(&headline), "{line}: {said}");
            assert!(said.contains("error: ") && said.contains("The verdict above stands"));
            let told = matter.json(&format!("{line} --json"), 3);
            assert_eq!(told["verdict"], "verified", "{told:#}");
            for (from, to) in [("folder", "folder.html"), ("notes.txt", "notes.html")] {
                if to == place {
                    fs::rename(matter.at(to), matter.at(from)).unwrap();
                }
            }
        }
        for input in ["acme/commitment.json", "lottery.clf"] {
            let option = option.replace("certificate", "report");
            ends(&matter, &format!("{VERIFY} {option} {input} --force"), 2);
        }
    }
    ends(
        &matter,
        &format!("{VERIFY} --report a.html --certificate a.html"),
        2,
    );
    assert_eq!(contents(matter.0.path()), before);
    // A verdict that is no failed write is what the exit code says.
    fs::write(matter.at("bundle/data/bundle.json"), "{}").unwrap();
    let said = ends(&matter, &format!("{VERIFY} --report folder"), 1);
    assert!(
        said.starts_with("VERIFICATION FAILED") && said.contains("error: "),
        "{said}"
    );
    let said = ends(&matter, &format!("{VERIFY} --report new.html"), 1);
    assert!(
        !said.contains("error: ") && matter.at("new.html").exists(),
        "{said}"
    );
    // One report takes the place of another, and of a certificate only if told so.
    ends(&matter, &format!("{VERIFY} --report new.html"), 1);
    ends(&matter, &format!("{VERIFY} --certificate draft.html"), 1);
    let said = ends(&matter, &format!("{VERIFY} --report draft.html"), 1);
    assert!(said.contains("draft.html exists already"), "{said}");
    let said = ends(&matter, &format!("{VERIFY} --report draft.html --force"), 1);
    assert!(!said.contains("error: "), "{said}");
}
